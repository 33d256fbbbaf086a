"""Many machines at once: no write is lost between them, whatever their clocks say."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from functools import partial
from typing import TypeVar

import pytest
from msgspec.structs import replace

from domain.people import Conversation
from storage import mongo_inbox
from storage.base import Change, Claim, Stale, StorageUnavailable, Taken
from storage.mongo import MongoStorage
from storage.mongo_numbers import PROCESSES, Numbers
from tests.storage.kit import AT, RECORDS, Booking, claimed, lease, message, said

pytestmark = pytest.mark.mongodb

T = TypeVar("T")


async def insist(call: Callable[[], Awaitable[T]]) -> T:
    """Ask again where too many wrote the same thing at once, as a provider does that was answered 503."""
    while True:
        try:
            return await call()
        except StorageUnavailable:
            continue


async def test_what_several_machines_record_and_handle_at_once_is_handled_once_and_in_order(
    stores: list[MongoStorage],
) -> None:
    recorded: dict[str, list[str]] = {}
    handled: dict[str, list[str]] = {}
    arrivals = [said(number, f"telegram:{number % 3}") for number in range(60)]

    async def record(machine: int) -> None:
        for arrival in arrivals[machine::3]:
            await insist(partial(stores[machine].record, [arrival], at=AT))
            recorded.setdefault(arrival.conversation, []).append(arrival.external_id)

    async def handle(machine: int) -> None:
        store, mine = stores[machine], lease(f"worker-{machine}")
        while not recorders.done() or await store.waiting():
            for claim in await insist(partial(store.claim, limit=2, lease=mine)):
                following: Claim | None = claim
                while following:
                    change = Change(
                        claim=following,
                        at=AT,
                        save=[replace(following.conversation, topic=following.entry.external_id)],
                        outgoing=[message(f"re-{following.entry.external_id}", following.entry.conversation)],
                    )
                    following = await insist(partial(store.commit, change, lease=mine))
                    handled.setdefault(change.claim.entry.conversation, []).append(change.claim.entry.external_id)

    recorders = asyncio.gather(*(record(machine) for machine in range(3)))
    await asyncio.gather(recorders, *(handle(machine) for machine in range(3)))
    for conversation, said_there in recorded.items():
        assert sorted(handled[conversation]) == sorted(said_there)
        last = await stores[0].get(Conversation, conversation)
        assert last
        assert (last.version, last.topic) == (len(said_there), handled[conversation][-1])
        lines = [line for line in await stores[0].transcript(conversation, limit=99) if line.said]
        assert [line.said.external_id for line in lines if line.said] == handled[conversation]
    assert await stores[0].waiting() == 0
    assert len(await stores[0].outgoing("telegram", now=0.0, after=0, limit=99)) == 60


async def test_of_many_on_several_machines_who_want_the_same_slot_one_gets_it(stores: list[MongoStorage]) -> None:
    async def book(number: int) -> str:
        try:
            await stores[number % 3].save(Booking(id=f"b{number}", quarters=("09:00", f"own-{number}")))
        except Taken as taken:
            return taken.key
        return ""

    booked = await asyncio.gather(*map(book, range(15)))
    assert sorted(booked) == ["", *["slot/09:00"] * 14]
    assert len(await stores[0].find(Booking)) == 1


async def test_two_decisions_that_rest_on_each_other_s_records_are_not_both_committed(
    stores: list[MongoStorage],
) -> None:
    for turn in range(5):
        a, b = Booking(id=f"a{turn}"), Booking(id=f"b{turn}")
        await stores[0].save(a, b)
        read_a, read_b = replace(a, version=1), replace(b, version=1)
        first = await claimed(stores[0], said(f"{turn}-1", f"telegram:{turn}1"))
        second = await claimed(stores[1], said(f"{turn}-2", f"telegram:{turn}2"))
        done = await asyncio.gather(
            stores[0].commit(Change(claim=first, at=AT, expect=[read_a], save=[replace(read_b, seats=2)])),
            stores[1].commit(Change(claim=second, at=AT, expect=[read_b], save=[replace(read_a, seats=2)])),
            return_exceptions=True,
        )
        assert sorted(type(each).__name__ for each in done) == ["NoneType", "Stale"]


async def test_a_decision_that_rests_on_a_record_s_absence_is_not_committed_beside_its_making(
    stores: list[MongoStorage],
) -> None:
    for turn in range(5):
        claim = await claimed(stores[0], said(turn, f"telegram:{turn}"))
        absent, made = Booking(id=f"a{turn}"), Booking(id=f"b{turn}")
        done = await asyncio.gather(
            stores[0].commit(Change(claim=claim, at=AT, expect=[absent], save=[made])),
            stores[1].save(absent),
            return_exceptions=True,
        )
        there = {each.id for each in await stores[2].find(Booking)} & {absent.id, made.id}
        # Either the decision came first and the record was made after it, or the record did and the decision was not.
        assert there == ({absent.id} if isinstance(done[0], Stale) else {absent.id, made.id})
        assert done[1] is None


async def test_entries_are_numbered_in_order_of_recording_by_whatever_clock(stores: list[MongoStorage]) -> None:
    for number in range(9):
        await stores[number * 2 % 3].record([said(number)], at=AT)
    numbers = []
    (claim,) = await stores[0].claim(limit=5, lease=lease())
    following: Claim | None = claim
    while following:
        numbers.append((int(following.entry.external_id), following.entry.seq))
        following = await stores[0].commit(Change(claim=following, at=AT), lease=lease())
    assert [external for external, _ in numbers] == list(range(9))
    assert numbers == sorted(numbers, key=lambda each: each[1])


def test_no_two_numbers_are_alike_and_they_ascend() -> None:
    now = [1_800_000_000.0]
    makers = [Numbers(process, lambda: now[0]) for process in (1, 2, PROCESSES - 1)]
    made: list[int] = []
    for _ in range(300):
        made += [maker.next() for maker in makers]
    now[0] -= 5.0  # a clock that is set back
    made += [makers[0].next() for _ in range(300)]
    assert len(set(made)) == len(made)
    assert made[::3][:300] + made[900:] == sorted(made[::3][:300] + made[900:])
    assert max(made) < 2**63
    makers[1].meet(max(made))
    assert makers[1].next() > max(made)
    assert makers[1].before(0.5) < makers[1].next()


async def test_several_machines_can_open_a_new_database_at_once(url: str) -> None:
    async with AsyncExitStack() as stack:
        stores = [MongoStorage(url, RECORDS, now=time.time) for _ in range(4)]
        for each in stores:
            stack.push_async_callback(each.close)
        await asyncio.gather(*(each.open() for each in stores))
        await asyncio.gather(*(each.record([said(number)], at=AT) for number, each in enumerate(stores)))
        assert await stores[0].waiting() == 4


def test_the_key_of_an_arrival_is_its_own() -> None:
    pairs = [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b%2Fc")]
    assert len({mongo_inbox.key_of(*pair) for pair in pairs}) == len(pairs)
