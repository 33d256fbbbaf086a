"""What arrives is there once, in order, and in one pair of hands."""

import asyncio
from datetime import timedelta, timezone

import pytest
from msgspec.structs import replace

from domain.events import EVENTS, Arrival, EffectDone, Event, Membership, Migrated, NotUnderstood, Reported
from domain.messages import Delivery
from domain.people import Conversation, Person
from storage.base import Change, Claim, LeaseLost, Stale, Storage, StorageUnavailable
from tests.storage.kit import (
    AT,
    BUDI,
    HELD_FOR,
    SARI,
    Booking,
    Open,
    claimed,
    ids,
    lease,
    message,
    minutes,
    queued,
    said,
)


async def test_an_arrival_repeated_in_one_call_is_recorded_once(store: Storage) -> None:
    recorded = await store.record([said(1), said(1)], at=AT)
    assert recorded.new == 1
    assert await store.waiting() == 1


async def test_an_arrival_repeated_in_a_later_call_is_dropped_even_when_it_was_handled(store: Storage) -> None:
    claim = await claimed(store, said(1))
    assert (await store.record([said(1)], at=AT)).new == 0
    await store.commit(Change(claim=claim, at=AT))
    again = await store.record([said(1)], at=AT, lease=lease())
    assert (again.new, again.claims, await store.waiting()) == (0, (), 0)


async def test_an_arrival_recorded_by_many_at_once_is_recorded_once(store: Storage) -> None:
    recorded = await asyncio.gather(*(store.record([said(1)], at=AT) for _ in range(50)))
    assert sum(each.new for each in recorded) == 1


async def test_two_processes_record_an_arrival_once(store: Storage, another: Open) -> None:
    other = another()
    await other.open()
    recorded = await asyncio.gather(*(each.record([said(1)], at=AT) for each in (store, other) * 10))
    assert sum(each.new for each in recorded) == 1
    assert await store.waiting() == await other.waiting() == 1
    await other.close()


async def test_an_arrival_is_known_after_a_restart(store: Storage, another: Open) -> None:
    await store.record([said(1)], at=AT)
    await store.close()
    again = another()
    await again.open()
    assert (await again.record([said(1)], at=AT)).new == 0
    assert ids(await again.claim(limit=10, lease=lease())) == ["1"]
    await again.close()


async def test_the_same_id_from_two_sources_is_two_arrivals(store: Storage) -> None:
    assert (await store.record([said(1), replace(said(1), source="whatsapp")], at=AT)).new == 2


@pytest.mark.parametrize(
    "event",
    [
        said(1, text="Halo 👋\n\x00 'quoted' \"too\"").event,
        Reported(provider_id="SM1", delivery=Delivery.READ),
        Membership(active=False),
        Migrated(old="telegram:-1", new="telegram:-100"),
        EffectDone(effect="e1", name="payments.create", record="o1", result={"url": "https://pay"}),
        NotUnderstood(what="poll"),
    ],
    ids=lambda event: type(event).__name__,
)
async def test_an_event_comes_back_as_it_was(store: Storage, event: Event) -> None:
    await store.record([replace(said(1), event=event)], at=AT)
    (claim,) = await store.claim(limit=1, lease=lease())
    assert claim.entry.event == event
    assert type(event) in EVENTS.values()


async def test_an_entry_tells_where_when_and_from_whom_it_came(store: Storage) -> None:
    jakarta = AT.astimezone(timezone(timedelta(hours=7)))
    await store.record([said(7, SARI)], at=jakarta)
    (claim,) = await store.claim(limit=1, lease=lease())
    entry = claim.entry
    assert (entry.source, entry.external_id, entry.conversation, entry.person) == ("telegram", "7", SARI, SARI)
    assert (entry.received_at, entry.received_at.utcoffset(), entry.tries) == (AT, timedelta(0), 0)


async def test_a_time_without_a_zone_is_refused(store: Storage) -> None:
    with pytest.raises(ValueError, match="zone"):
        await store.record([said(1)], at=AT.replace(tzinfo=None))


async def test_half_a_surrogate_pair_in_a_text_becomes_a_replacement_character(store: Storage) -> None:
    claim = await claimed(store, said(1, text="halo \ud83d"))
    await store.commit(Change(claim=claim, at=AT, outgoing=[message(text="\udc4b halo")]))
    (line, sent) = await store.transcript(BUDI)
    assert line.said
    assert sent.sent
    assert line.said.event == said(1, text="halo \ufffd").event
    assert sent.sent.say == message(text="\ufffd halo").say


async def test_half_a_surrogate_pair_in_an_address_is_refused_and_the_others_are_recorded(store: Storage) -> None:
    bad, good = await asyncio.gather(
        store.record([said(1, "telegram:\ud800")], at=AT), store.record([said(2)], at=AT), return_exceptions=True
    )
    assert isinstance(bad, ValueError)
    assert "surrogate" in str(bad)
    assert not isinstance(good, BaseException)
    assert await store.waiting() == 1


# --- order ---


async def test_entries_of_a_conversation_are_claimed_in_order_of_recording(store: Storage) -> None:
    await store.record([said(3), said(1), said(2)], at=AT)
    handled = []
    while claims := await store.claim(limit=10, lease=lease()):
        handled += ids(claims)
        await store.commit(Change(claim=claims[0], at=AT))
    assert handled == ["3", "1", "2"]


async def test_only_the_first_entry_of_a_conversation_can_be_claimed(store: Storage) -> None:
    await store.record([said(1), said(2), said(3, SARI)], at=AT)
    assert ids(await store.claim(limit=10, lease=lease())) == ["1", "3"]
    assert await store.claim(limit=10, lease=lease("other")) == ()


async def test_the_longest_waiting_conversations_are_claimed_first_up_to_the_limit(store: Storage) -> None:
    await store.record([said(number, f"telegram:{99 - number}") for number in range(5)], at=AT)
    assert ids(await store.claim(limit=3, lease=lease())) == ["0", "1", "2"]
    assert ids(await store.claim(limit=3, lease=lease())) == ["3", "4"]


async def test_a_commit_with_a_lease_goes_on_to_the_next_entry(store: Storage) -> None:
    first = await claimed(store, said(1))
    await store.record([said(2), said(3, SARI)], at=AT)
    saved = replace(first.conversation, case="c1")
    second = await store.commit(Change(claim=first, at=AT, save=[saved]), lease=lease("worker", 10.0))
    assert second is not None
    assert (second.entry.external_id, second.until) == ("2", 10.0 + HELD_FOR)
    assert second.conversation == replace(saved, version=1)
    assert ids(await store.claim(limit=10, lease=lease("other", 35.0))) == ["3"]
    assert await store.commit(Change(claim=second, at=AT), lease=lease("worker", 20.0)) is None


async def test_a_commit_with_a_lease_goes_on_to_what_it_recorded_itself(store: Storage) -> None:
    first = await claimed(store, said(1))
    following = await store.commit(Change(claim=first, at=AT, arrivals=[said(2), said(1)]), lease=lease())
    assert following is not None
    assert following.entry.external_id == "2"
    assert await store.waiting() == 1


async def test_a_commit_without_a_lease_gives_the_conversation_up(store: Storage) -> None:
    first = await claimed(store, said(1))
    await store.record([said(2)], at=AT)
    assert await store.commit(Change(claim=first, at=AT)) is None
    assert ids(await store.claim(limit=10, lease=lease("other"))) == ["2"]


async def test_a_conversation_with_nothing_waiting_is_given_up_by_its_last_commit(store: Storage) -> None:
    first = await claimed(store, said(1))
    assert await store.commit(Change(claim=first, at=AT), lease=lease()) is None
    assert ids((await store.record([said(2)], at=AT, lease=lease("other"))).claims) == ["2"]


async def test_records_are_saved_with_what_arrives_or_neither_is(store: Storage) -> None:
    await store.record([said(1)], at=AT, save=[Booking(id="b1")])
    kept = await store.get(Booking, "b1")
    assert kept is not None
    with pytest.raises(Stale):
        await store.record([said(2)], at=AT, save=[Booking(id="b2"), replace(kept, version=0)])
    assert await store.waiting() == 1
    assert await store.get(Booking, "b1") == kept
    assert await store.get(Booking, "b2") is None


# --- recording and claiming in one commit ---


async def test_of_several_arrivals_in_one_call_only_the_first_of_each_conversation_is_claimed(store: Storage) -> None:
    recorded = await store.record([said(1), said(2), said(3, SARI)], at=AT, lease=lease())
    assert (recorded.new, ids(recorded.claims)) == (3, ["1", "3"])
    assert await store.claim(limit=10, lease=lease("other")) == ()


async def test_a_new_entry_is_not_claimed_while_an_earlier_one_waits(store: Storage) -> None:
    await store.record([said(1)], at=AT)
    assert (await store.record([said(2)], at=AT, lease=lease())).claims == ()
    assert ids(await store.claim(limit=10, lease=lease())) == ["1"]


async def test_a_new_entry_is_not_claimed_while_somebody_holds_its_conversation(store: Storage) -> None:
    await claimed(store, said(1))
    recorded = await store.record([said(2)], at=AT, lease=lease("other", 1.0))
    assert (recorded.new, recorded.claims) == (1, ())


async def test_a_claim_brings_the_conversation_and_the_person_as_they_stand(store: Storage) -> None:
    await store.save(Person(id=BUDI, name="Budi"), Conversation(id=BUDI, case="c1"))
    claim = await claimed(store, said(1))
    assert claim.person == Person(id=BUDI, version=1, name="Budi")
    assert claim.conversation == Conversation(id=BUDI, version=1, case="c1")


async def test_a_claim_of_strangers_brings_a_conversation_and_a_person_of_version_0(store: Storage) -> None:
    claim = await claimed(store, said(1))
    assert (claim.conversation, claim.person) == (Conversation(id=BUDI), Person(id=BUDI))
    assert await store.get(Conversation, BUDI) is None
    assert await store.find(Conversation) == ()


async def test_a_claim_of_what_no_person_sent_brings_no_person(store: Storage) -> None:
    due = Arrival(source="jobs", external_id="1", conversation=BUDI, event=NotUnderstood(what="x"))
    assert (await claimed(store, due)).person is None


# --- deferring and setting aside ---


async def test_a_deferred_entry_comes_again_at_its_time_with_one_more_try(store: Storage) -> None:
    claim = await claimed(store, said(1))
    assert await store.commit(Change(claim=claim, at=AT, defer_until=100.0), lease=lease()) is None
    assert await store.claim(limit=10, lease=lease(now=99.0)) == ()
    assert await store.waiting() == 1
    (again,) = await store.claim(limit=10, lease=lease(now=100.0))
    assert (again.entry.external_id, again.entry.tries) == ("1", 1)


async def test_a_deferred_entry_holds_up_its_own_conversation_and_no_other(store: Storage) -> None:
    claim = await claimed(store, said(1))
    await store.commit(Change(claim=claim, at=AT, defer_until=100.0))
    recorded = await store.record([said(2), said(3, SARI)], at=AT, lease=lease())
    assert ids(recorded.claims) == ["3"]
    assert await store.claim(limit=10, lease=lease("other")) == ()
    assert ids(await store.claim(limit=10, lease=lease("other", 100.0))) == ["1", "3"]


async def test_what_was_decided_beside_a_deferral_is_kept(store: Storage) -> None:
    claim = await claimed(store, said(1))
    saved = replace(claim.conversation, case="c1")
    await store.commit(Change(claim=claim, at=AT, save=[saved], outgoing=[message()], defer_until=100.0))
    assert await store.get(Conversation, BUDI) == replace(saved, version=1)
    assert len(await queued(store)) == 1


async def test_an_entry_set_aside_lets_its_conversation_go_on(store: Storage) -> None:
    claim = await claimed(store, said(1))
    await store.record([said(2)], at=AT)
    following = await store.commit(Change(claim=claim, at=AT, set_aside=True, error="broken"), lease=lease())
    assert following is not None
    assert following.entry.external_id == "2"
    assert await store.waiting() == 1
    assert (await store.record([said(1)], at=AT)).new == 0


# --- leases ---


async def test_a_lease_that_ran_out_is_taken_over(store: Storage) -> None:
    await claimed(store, said(1))
    assert await store.claim(limit=10, lease=lease("other", HELD_FOR - 0.1)) == ()
    (claim,) = await store.claim(limit=10, lease=lease("other", HELD_FOR))
    assert (claim.entry.external_id, claim.token) == ("1", "other")


async def test_who_lost_the_lease_can_neither_refresh_nor_commit(store: Storage) -> None:
    lost = await claimed(store, said(1))
    (taken,) = await store.claim(limit=10, lease=lease("other", HELD_FOR))
    with pytest.raises(LeaseLost):
        await store.refresh(lost)
    with pytest.raises(LeaseLost):
        await store.commit(Change(claim=lost, at=AT, outgoing=[message()], arrivals=[said(2, SARI)]))
    assert await queued(store) == []
    assert await store.waiting() == 1
    assert await store.commit(Change(claim=taken, at=AT, outgoing=[message()]), lease=lease("other", 31.0)) is None
    with pytest.raises(LeaseLost):
        await store.commit(Change(claim=lost, at=AT))


async def test_what_an_owner_gives_up_is_there_for_others_at_once(store: Storage) -> None:
    given_up = await claimed(store, said(1))
    (kept,) = (await store.record([said(2, SARI)], at=AT, lease=lease("b"))).claims
    assert await store.claim(limit=10, lease=lease("other")) == ()
    await store.give_up(given_up.token)
    assert ids(await store.claim(limit=10, lease=lease("other"))) == ["1"]
    with pytest.raises(LeaseLost):
        await store.commit(Change(claim=given_up, at=AT))
    assert await store.commit(Change(claim=kept, at=AT)) is None


async def test_a_lease_that_ran_out_but_that_nobody_took_may_still_commit(store: Storage) -> None:
    claim = await claimed(store, said(1))
    assert await store.commit(Change(claim=claim, at=AT + minutes(60)), lease=lease(now=3600.0)) is None
    assert await store.waiting() == 0


async def test_a_turn_commits_once_even_under_the_same_token(store: Storage) -> None:
    claim = await claimed(store, said(1))
    await store.commit(Change(claim=claim, at=AT, outgoing=[message("m1")]), lease=lease())
    with pytest.raises(LeaseLost):
        await store.commit(Change(claim=claim, at=AT, outgoing=[message("m2")]), lease=lease())
    assert [each.id for each in await queued(store)] == ["m1"]


async def test_claims_by_many_at_once_give_each_conversation_to_one(store: Storage, another: Open) -> None:
    other = another()
    await other.open()
    await store.record([said(number, f"telegram:{number}") for number in range(40)], at=AT)
    claims = await asyncio.gather(
        *((store, other)[number % 2].claim(limit=7, lease=lease(f"worker-{number}")) for number in range(20)),
        return_exceptions=True,
    )
    # A slow server may say that it is too busy, and give some whose answer nobody waited for: they are had now.
    assert all(isinstance(each, tuple | StorageUnavailable) for each in claims)
    had: list[tuple[Claim, ...]] = [each for each in claims if not isinstance(each, BaseException)]
    for number in range(20):
        had.append(await (store, other)[number % 2].claim(limit=7, lease=lease(f"worker-{number}", 1.0)))
    everyone = [external_id for each in had for external_id in ids(each)]
    assert sorted(everyone, key=int) == [str(number) for number in range(40)]
    await other.close()


async def test_a_refreshed_claim_shows_what_others_changed(store: Storage) -> None:
    claim = await claimed(store, said(1))
    await store.save(replace(claim.conversation, case="c1"), Person(id=BUDI, name="Budi"))
    fresh = await store.refresh(claim)
    assert (fresh.entry, fresh.token) == (claim.entry, claim.token)
    assert fresh.conversation == Conversation(id=BUDI, version=1, case="c1")
    assert fresh.person == Person(id=BUDI, version=1, name="Budi")
