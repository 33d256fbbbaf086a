"""Effects are carried out by one worker at a time until their answer is recorded. Named leases have one holder."""

import asyncio

from domain.effects import Effect
from domain.events import Arrival, EffectDone
from storage.base import Change, Storage
from tests.storage.kit import AT, BUDI, HELD_FOR, Open, claimed, ids, lease, said


def effect(effect_id: str = "e1") -> Effect:
    return Effect(id=effect_id, name="payments.create", record="o1", conversation=BUDI, params={"amount": "150000"})


def answer(to: Effect) -> Arrival:
    event = EffectDone(effect=to.id, name=to.name, record=to.record, result={"url": "https://pay"})
    return Arrival(source="effects", external_id=to.id, conversation=to.conversation, event=event)


async def want(store: Storage, *effects: Effect, by: int = 1) -> None:
    await store.commit(Change(claim=await claimed(store, said(by, f"telegram:{by}")), at=AT, effects=effects))


async def test_effects_are_claimed_in_order_up_to_the_limit_by_one(store: Storage) -> None:
    await want(store, *(effect(f"e{number}") for number in range(4)))
    first = await store.claim_effects(limit=3, lease=lease())
    assert [(each.effect.id, each.tries) for each in first] == [("e0", 0), ("e1", 0), ("e2", 0)]
    assert first[0].effect == effect("e0")
    assert [each.effect.id for each in await store.claim_effects(limit=3, lease=lease("other"))] == ["e3"]


async def test_an_effect_with_a_known_id_is_not_wanted_again(store: Storage) -> None:
    await want(store, effect())
    await want(store, effect(), by=2)
    assert len(await store.claim_effects(limit=10, lease=lease())) == 1
    await store.settle_effect(effect(), arrival=answer(effect()), at=AT)
    await want(store, effect(), by=3)
    assert await store.claim_effects(limit=10, lease=lease(now=999.0)) == ()


async def test_an_effect_whose_worker_died_is_claimed_again(store: Storage) -> None:
    await want(store, effect())
    await store.claim_effects(limit=1, lease=lease())
    assert await store.claim_effects(limit=1, lease=lease("other", HELD_FOR - 0.1)) == ()
    (again,) = await store.claim_effects(limit=1, lease=lease("other", HELD_FOR))
    assert (again.effect, again.tries) == (effect(), 1)


async def test_the_answer_of_an_effect_enters_the_inbox_in_the_commit_that_ends_it(store: Storage) -> None:
    await want(store, effect())
    await store.claim_effects(limit=1, lease=lease())
    recorded = await store.settle_effect(effect(), arrival=answer(effect()), at=AT, lease=lease())
    assert ids(recorded.claims) == ["e1"]
    assert recorded.claims[0].entry.event == answer(effect()).event
    assert await store.claim_effects(limit=1, lease=lease(now=999.0)) == ()
    assert (await store.settle_effect(effect(), arrival=answer(effect()), at=AT)).new == 0


async def test_an_effect_without_an_answer_waits_for_its_time_and_holds_up_no_other(store: Storage) -> None:
    await want(store, effect("e1"), effect("e2"))
    await store.claim_effects(limit=1, lease=lease())
    assert (await store.settle_effect(effect("e1"), arrival=None, not_before=20.0, at=AT)).new == 0
    assert [each.effect.id for each in await store.claim_effects(limit=10, lease=lease())] == ["e2"]
    (again,) = await store.claim_effects(limit=10, lease=lease(now=20.0))
    assert (again.effect.id, again.tries) == ("e1", 1)


async def test_an_effect_that_was_answered_does_not_wait_again(store: Storage) -> None:
    await want(store, effect())
    await store.settle_effect(effect(), arrival=answer(effect()), at=AT)
    await store.settle_effect(effect(), arrival=None, not_before=20.0, at=AT)
    assert await store.claim_effects(limit=10, lease=lease(now=20.0)) == ()


# --- named leases ---


async def test_a_named_lease_has_one_holder_who_can_renew_it(store: Storage) -> None:
    assert await store.hold("sender/telegram", lease("a"))
    assert not await store.hold("sender/telegram", lease("b", 10.0))
    assert await store.hold("sender/whatsapp", lease("b", 10.0))
    assert await store.hold("sender/telegram", lease("a", 20.0))
    assert not await store.hold("sender/telegram", lease("b", 20.0 + HELD_FOR - 0.1))
    assert await store.hold("sender/telegram", lease("b", 20.0 + HELD_FOR))
    assert not await store.hold("sender/telegram", lease("a", 51.0))


async def test_a_named_lease_is_let_go_by_its_holder_alone(store: Storage) -> None:
    await store.hold("sender/telegram", lease("a"))
    await store.let_go("sender/telegram", "b")
    assert not await store.hold("sender/telegram", lease("b"))
    await store.let_go("sender/telegram", "a")
    assert await store.hold("sender/telegram", lease("b"))


async def test_a_named_lease_holds_between_processes(store: Storage, another: Open) -> None:
    other = another()
    await other.open()
    held = await asyncio.gather(
        *((store, other)[number % 2].hold("clock", lease(f"clock-{number}")) for number in range(10))
    )
    assert held.count(True) == 1
    await other.close()
