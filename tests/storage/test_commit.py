"""A change is committed as a whole or not at all."""

import asyncio

import pytest
from msgspec.structs import replace

from domain.effects import Effect
from domain.messages import Delivery
from domain.people import Conversation, Person
from domain.records import Record
from storage.base import Change, Claim, LeaseLost, Stale, Storage, Taken
from tests.storage.kit import AT, BUDI, HELD_FOR, SARI, Booking, Invoice, claimed, ids, lease, message, queued, said

EFFECT = Effect(id="e1", name="payments.create", record="o1", conversation=BUDI, params={"amount": "150000"})


def everything(claim: Claim, *save: Record, expect: tuple[Record, ...] = ()) -> Change:
    """A change with something of each kind in it."""
    return Change(
        claim=claim,
        at=AT,
        save=[replace(claim.conversation, case="c9"), Person(id="telegram:9"), *save],
        expect=expect,
        outgoing=[message()],
        effects=[EFFECT],
        arrivals=[said(99, SARI)],
    )


async def nothing_was_written(store: Storage, claim: Claim) -> None:
    assert await store.get(Person, "telegram:9") is None
    assert await queued(store) == []
    assert len(await store.transcript(BUDI)) == 1
    assert await store.claim_effects(limit=10, lease=lease()) == ()
    assert await store.waiting() == 1
    assert (await store.refresh(claim)).conversation.case != "c9"


async def test_all_parts_of_a_change_are_there_after_its_commit(store: Storage) -> None:
    claim = await claimed(store, said(1))
    await store.commit(everything(claim, Booking(id="b1", quarters=("09:00",))))
    assert await store.get(Conversation, BUDI) == Conversation(id=BUDI, version=1, case="c9")
    assert await store.get(Booking, "b1") == Booking(id="b1", version=1, quarters=("09:00",))
    assert await queued(store) == [replace(message(), version=1)]
    (waiting,) = await store.claim_effects(limit=10, lease=lease())
    assert waiting.effect == EFFECT
    assert ids(await store.claim(limit=10, lease=lease())) == ["99"]


async def test_after_a_stale_record_nothing_was_written_and_the_turn_can_be_run_again(store: Storage) -> None:
    await store.save(Booking(id="b1"))
    await store.save(Booking(id="b1", version=1, seats=2))
    claim = await claimed(store, said(1))
    with pytest.raises(Stale):
        await store.commit(everything(claim, Booking(id="b1", version=1, seats=3)))
    await nothing_was_written(store, claim)
    await store.commit(everything(claim, Booking(id="b1", version=2, seats=3)))
    assert await store.get(Booking, "b1") == Booking(id="b1", version=3, seats=3)


async def test_after_a_stale_expectation_nothing_was_written(store: Storage) -> None:
    await store.save(Booking(id="b1"))
    claim = await claimed(store, said(1))
    for expected in (Booking(id="b1"), Booking(id="b1", version=2), Booking(id="b2", version=1)):
        with pytest.raises(Stale):
            await store.commit(everything(claim, expect=(expected,)))
        await nothing_was_written(store, claim)
    await store.commit(everything(claim, expect=(Booking(id="b1", version=1), Booking(id="b2"))))


async def test_after_a_taken_key_nothing_was_written_and_the_key_is_named(store: Storage) -> None:
    await store.save(Booking(id="b1", quarters=("09:00", "09:15")))
    claim = await claimed(store, said(1))
    with pytest.raises(Taken) as taken:
        await store.commit(everything(claim, Booking(id="b2", quarters=("09:15", "09:30"))))
    assert taken.value.key == "slot/09:15"
    await nothing_was_written(store, claim)
    await store.save(Booking(id="b3", quarters=("09:30",)))


async def test_after_a_lost_lease_nothing_was_written(store: Storage) -> None:
    lost = await claimed(store, said(1))
    (taken,) = await store.claim(limit=1, lease=lease("other", HELD_FOR))
    with pytest.raises(LeaseLost):
        await store.commit(everything(lost, Booking(id="b1")))
    await nothing_was_written(store, taken)


async def test_a_lost_lease_is_told_before_a_stale_record(store: Storage) -> None:
    lost = await claimed(store, said(1))
    await store.claim(limit=1, lease=lease("other", HELD_FOR))
    with pytest.raises(LeaseLost):
        await store.commit(everything(lost, Booking(id="b1", version=5)))


async def test_a_conversation_saved_by_somebody_else_makes_its_turn_stale_and_leaves_its_lease(store: Storage) -> None:
    budi = await claimed(store, said(1))
    sari = await claimed(store, said(2, SARI))
    await store.commit(Change(claim=sari, at=AT, save=[Conversation(id=BUDI, case="from-sari")]))
    with pytest.raises(Stale):
        await store.commit(Change(claim=budi, at=AT, save=[replace(budi.conversation, case="own")]))
    assert await store.claim(limit=10, lease=lease("other")) == ()
    fresh = await store.refresh(budi)
    assert fresh.conversation == Conversation(id=BUDI, version=1, case="from-sari")
    await store.commit(Change(claim=fresh, at=AT, save=[replace(fresh.conversation, case="own")]))
    assert await store.get(Conversation, BUDI) == Conversation(id=BUDI, version=2, case="own")


async def test_a_turn_that_leaves_its_conversation_alone_does_not_move_its_version(store: Storage) -> None:
    await store.save(Conversation(id=BUDI))
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT))
    assert await store.get(Conversation, BUDI) == Conversation(id=BUDI, version=1)


async def test_a_deleted_conversation_is_gone_and_its_turn_commits_all_the_same(store: Storage) -> None:
    await store.save(Conversation(id=BUDI, case="c1"), Conversation(id=SARI))
    claim = await claimed(store, said(1))
    sari = Conversation(id=SARI, version=1)
    await store.commit(Change(claim=claim, at=AT, delete=[claim.conversation, sari]))
    assert await store.get(Conversation, BUDI) is None
    assert await store.find(Conversation) == ()
    assert (await claimed(store, said(2))).conversation == Conversation(id=BUDI)


async def test_reports_are_kept_with_the_change_or_not_at_all(store: Storage) -> None:
    first = await claimed(store, said(1))
    await store.commit(Change(claim=first, at=AT, outgoing=[message()]))
    (sent,) = await queued(store)
    claim = await claimed(store, said(2))
    reports = [(sent, Delivery.FAILED, "63016")]
    with pytest.raises(Stale):
        await store.commit(Change(claim=claim, at=AT, save=[Booking(id="b1", version=3)], reports=reports))
    untouched = await store.message(sent.id)
    assert untouched is not None
    assert untouched.delivery is Delivery.QUEUED
    await store.commit(Change(claim=claim, at=AT, reports=reports))
    told = await store.message(sent.id)
    assert told is not None
    assert (told.delivery, told.error) == (Delivery.FAILED, "63016")


async def test_a_message_id_that_was_used_before_is_refused(store: Storage) -> None:
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT, outgoing=[message("m1")]))
    claim = await claimed(store, said(2))
    with pytest.raises(Taken):
        await store.commit(Change(claim=claim, at=AT, outgoing=[message("m2"), message("m1")]))
    assert [each.id for each in await queued(store)] == ["m1"]


async def test_of_many_who_want_the_same_slot_at_once_one_gets_it(store: Storage) -> None:
    claims = [await claimed(store, said(number, f"telegram:{number}")) for number in range(20)]

    async def book(claim: Claim) -> bool:
        booking = Booking(id=claim.entry.external_id, quarters=("09:00",))
        try:
            await store.commit(Change(claim=claim, at=AT, save=[booking, claim.conversation]))
        except Taken:
            return False
        return True

    booked = await asyncio.gather(*map(book, claims))
    assert booked.count(True) == 1
    assert await store.waiting() == 19
    assert len(await store.find(Booking)) == len(await store.find(Conversation)) == 1


# --- versions and keys ---


async def test_a_record_of_version_0_is_inserted_and_only_once(store: Storage) -> None:
    await store.save(Booking(id="b1"))
    with pytest.raises(Stale):
        await store.save(Booking(id="b1", seats=2))
    assert await store.get(Booking, "b1") == Booking(id="b1", version=1)


async def test_a_record_that_is_not_there_cannot_be_updated_or_deleted(store: Storage) -> None:
    with pytest.raises(Stale):
        await store.save(Booking(id="b1", version=1))
    claim = await claimed(store, said(1))
    for version in (0, 1):
        with pytest.raises(Stale):
            await store.commit(Change(claim=claim, at=AT, delete=[Booking(id="b1", version=version)]))


async def test_a_record_is_deleted_at_its_version_and_gives_up_its_keys(store: Storage) -> None:
    await store.save(Booking(id="b1", quarters=("09:00",)))
    await store.save(Booking(id="b1", version=1, quarters=("09:00",)))
    claim = await claimed(store, said(1))
    with pytest.raises(Stale):
        await store.commit(Change(claim=claim, at=AT, delete=[Booking(id="b1", version=1)]))
    await store.commit(Change(claim=claim, at=AT, delete=[Booking(id="b1", version=2)]))
    assert await store.get(Booking, "b1") is None
    await store.save(Booking(id="b2", quarters=("09:00",)))


async def test_a_record_keeps_the_keys_it_goes_on_holding_and_gives_up_the_others(store: Storage) -> None:
    await store.save(Booking(id="b1", quarters=("09:00", "09:15")))
    await store.save(Booking(id="b1", version=1, quarters=("09:15", "09:30")))
    await store.save(Booking(id="b2", quarters=("09:00",)))
    for quarter in ("09:15", "09:30"):
        with pytest.raises(Taken):
            await store.save(Booking(id="b3", quarters=(quarter,)))


async def test_a_record_that_names_a_key_twice_holds_it_once(store: Storage) -> None:
    await store.save(Booking(id="b1", quarters=("09:00", "09:00")))
    await store.save(Booking(id="b1", version=1))
    await store.save(Booking(id="b2", quarters=("09:00",)))


async def test_no_two_records_of_any_types_hold_the_same_key(store: Storage) -> None:
    await store.save(Invoice(id="i1", number="slot/09:00"))
    with pytest.raises(Taken):
        await store.save(Booking(id="i1", quarters=("09:00",)))


@pytest.mark.parametrize("giver_first", [True, False])
async def test_one_record_can_take_the_key_another_gives_up_in_either_order(store: Storage, giver_first: bool) -> None:
    await store.save(Booking(id="b1", quarters=("09:00",)), Booking(id="b2", quarters=("10:00",)))
    swapped = [Booking(id="b1", version=1, quarters=("10:00",)), Booking(id="b2", version=1, quarters=("09:00",))]
    await store.save(*(swapped if giver_first else reversed(swapped)))
    with pytest.raises(Taken):
        await store.save(Booking(id="b3", quarters=("10:00",)))


async def test_a_key_can_be_taken_from_a_record_deleted_in_the_same_change(store: Storage) -> None:
    await store.save(Booking(id="b1", quarters=("09:00",)))
    claim = await claimed(store, said(1))
    new, old = Booking(id="b2", quarters=("09:00",)), Booking(id="b1", version=1)
    await store.commit(Change(claim=claim, at=AT, save=[new], delete=[old]))
    assert [each.id for each in await store.find(Booking)] == ["b2"]


async def test_a_save_of_several_records_is_all_or_nothing(store: Storage) -> None:
    await store.save(Booking(id="b1"))
    with pytest.raises(Stale):
        await store.save(Booking(id="b2", quarters=("09:00",)), Booking(id="b1"))
    assert await store.get(Booking, "b2") is None
    await store.save(Booking(id="b3", quarters=("09:00",)))
