"""Retention: what is over goes, about the oldest first, and what waits stays however old it is."""

import pytest
from msgspec.structs import replace

from domain.messages import Delivery
from storage.base import Change, Storage
from tests.storage.kit import AT, BUDI, SARI, Booking, claimed, ids, lease, message, minutes, queued, said
from tests.storage.test_effects import answer, effect, want

LATER = AT + minutes(10)


async def done(store: Storage, *numbers: int, conversation: str = BUDI, later: float = 0.0) -> None:
    for number in numbers:
        at = AT + minutes(later)
        await store.commit(Change(claim=await claimed(store, said(number, conversation), at), at=at))


async def texts(store: Storage, conversation: str = BUDI) -> list[str]:
    return [line.said.external_id for line in await store.transcript(conversation) if line.said]


# --- the inbox ---


async def test_entries_go_once_they_are_old_enough(store: Storage) -> None:
    await done(store, 1, 2)
    await done(store, 3, 4, later=1)
    assert await store.upkeep.purge("inbox", before=AT, limit=10) == 0
    assert await store.upkeep.purge("inbox", before=AT + minutes(1), limit=10) == 2
    assert await texts(store) == ["3", "4"]
    assert await store.upkeep.purge("inbox", before=AT + minutes(1), limit=10) == 0


async def test_few_go_at_a_time_the_oldest_first(store: Storage) -> None:
    await done(store, 1, 2, 3, 4, 5)
    await done(store, 6, later=20)
    assert [await store.upkeep.purge("inbox", before=LATER, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert await texts(store) == ["6"]


async def test_many_that_wait_are_in_nobodys_way(store: Storage) -> None:
    await store.record([said(number) for number in range(1, 8)], at=AT)
    await done(store, 8, 9, conversation=SARI, later=1)
    await done(store, 10, conversation=SARI, later=20)
    assert [await store.upkeep.purge("inbox", before=LATER, limit=2) for _ in range(2)] == [2, 0]
    assert await texts(store, SARI) == ["10"]
    assert await store.waiting() == 7


async def test_what_is_gone_is_no_repeat_any_more_and_what_is_kept_is(store: Storage) -> None:
    await done(store, 1)
    await done(store, 2, later=20)
    await store.upkeep.purge("inbox", before=LATER, limit=10)
    assert (await store.record([said(1), said(2)], at=LATER)).new == 1


async def test_entries_that_wait_stay_and_keep_their_order(store: Storage) -> None:
    await store.record([said(1), said(2)], at=AT)
    await done(store, 3, conversation=SARI)
    await done(store, 4, conversation=SARI, later=20)
    assert await store.upkeep.purge("inbox", before=LATER, limit=10) == 1
    assert await texts(store, SARI) == ["4"]
    (claim,) = await store.claim(limit=10, lease=lease())
    following = await store.commit(Change(claim=claim, at=AT), lease=lease())
    assert following is not None
    assert (claim.entry.external_id, following.entry.external_id) == ("1", "2")
    assert await store.upkeep.purge("inbox", before=LATER, limit=10) == 1
    assert await store.commit(Change(claim=following, at=AT)) is None
    assert await store.waiting() == 0


async def test_an_entry_put_off_waits_and_one_set_aside_does_not(store: Storage) -> None:
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT, set_aside=True))
    await store.commit(Change(claim=await claimed(store, said(2, SARI)), at=AT, defer_until=99.0))
    await done(store, 3, conversation="telegram:3", later=20)
    assert await store.upkeep.purge("inbox", before=LATER, limit=10) == 1
    assert ids(await store.claim(limit=10, lease=lease(now=99.0))) == ["2"]


# --- the outbox ---


async def test_messages_go_once_they_have_left_the_queue(store: Storage) -> None:
    messages = [message(f"m{number}") for number in range(4)]
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT, outgoing=messages))
    sent, failed, waits, _ = await queued(store)
    await store.settle(replace(sent, delivery=Delivery.SENT, provider_ids=("p1", "p2")))
    await store.settle(replace(failed, delivery=Delivery.FAILED, error="blocked"))
    await store.settle(replace(waits, provider_ids=("p3",)), not_before=5.0)
    assert await store.upkeep.purge("outbox", before=AT, limit=10) == 0
    assert await store.upkeep.purge("outbox", before=LATER, limit=10) == 2
    assert [await store.message(each.id) is None for each in messages] == [True, True, False, False]
    assert await store.message_by_provider_id("telegram", "p1") is None
    assert (await store.message_by_provider_id("telegram", "p3")) is not None
    assert [each.id for each in await queued(store)] == ["m2", "m3"]


async def test_a_provider_id_stays_with_the_message_that_has_it_now(store: Storage) -> None:
    """A message and the one that edits it have one provider's id."""
    first = [message("m1"), message("m2", at=AT + minutes(20)), message("m3", at=AT + minutes(20))]
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT, outgoing=first))
    for each in (await queued(store))[:2]:
        await store.settle(replace(each, delivery=Delivery.SENT, provider_ids=("p1",)))
    assert await store.upkeep.purge("outbox", before=LATER, limit=10) == 1
    found = await store.message_by_provider_id("telegram", "p1")
    assert found is not None
    assert found.id == "m2"


# --- effects and records ---


async def test_effects_go_once_they_were_done_long_ago(store: Storage) -> None:
    await want(store, effect("e1"), effect("e2"), effect("e3"))
    await store.settle_effect(effect("e1"), arrival=answer(effect("e1")), at=AT)
    await store.settle_effect(effect("e2"), arrival=answer(effect("e2")), at=LATER)
    assert await store.upkeep.purge("effects", before=AT, limit=10) == 0
    assert await store.upkeep.purge("effects", before=LATER, limit=10) == 1
    await want(store, effect("e1"), effect("e2"), by=2)
    waiting = await store.claim_effects(limit=10, lease=lease())
    assert sorted(each.effect.id for each in waiting) == ["e1", "e3"]


async def test_records_go_once_they_are_over_and_give_up_their_keys(store: Storage) -> None:
    await store.save(
        Booking(id="b1", over_at=AT, quarters=("0900",)),
        Booking(id="b2", over_at=AT - minutes(5)),
        Booking(id="b3", over_at=LATER),
        Booking(id="b4", due_at=AT),
    )
    assert await store.upkeep.purge("bookings", before=LATER, limit=1) == 1
    assert [each.id for each in await store.find(Booking)] == ["b1", "b3", "b4"]
    assert await store.upkeep.purge("bookings", before=LATER, limit=10) == 1
    await store.save(Booking(id="b5", quarters=("0900",)))
    assert [each.id for each in await store.find(Booking)] == ["b3", "b4", "b5"]


@pytest.mark.parametrize("table", ["invoices", "people", "keys", "nothing"])
async def test_what_has_no_end_is_not_purged(store: Storage, table: str) -> None:
    with pytest.raises(ValueError, match=table):
        await store.upkeep.purge(table, before=LATER, limit=10)


async def test_the_answer_to_an_effect_that_is_gone_is_not_recorded(store: Storage) -> None:
    recorded = await store.settle_effect(effect(), arrival=answer(effect()), at=AT, lease=lease())
    assert (recorded.new, recorded.claims) == (0, ())
    assert await store.waiting() == 0
