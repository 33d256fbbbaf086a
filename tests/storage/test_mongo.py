"""What only a store that many machines share can promise: no write is lost between them, whatever their clocks say."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from domain.events import Arrival
from domain.people import Conversation
from storage import mongo_connection, mongo_inbox, mongo_lanes, mongo_outbox, mongo_owners
from storage.base import Change, Claim, Lease, LeaseLost, Recorded, Stale, StorageUnavailable, Taken
from storage.mongo import MongoStorage
from storage.mongo_numbers import PROCESSES, Numbers
from storage.mongo_reading import LOOK_EVERY
from storage.mongo_schema import WAITING
from tests.plugins.mongodb import Server, databases, installed_here
from tests.storage.kit import AT, BUDI, RECORDS, SARI, Booking, claimed, ids, lease, message, said

pytestmark = pytest.mark.mongodb

ROOT = Path(__file__).parents[2]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return databases.url(tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[MongoStorage]:
    store = MongoStorage(url, RECORDS, now=time.time)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def stores(url: str) -> AsyncIterator[list[MongoStorage]]:
    """Three machines: the clock of one is a minute ahead, that of another a minute behind."""
    clocks = (time.time, lambda: time.time() + 60.0, lambda: time.time() - 60.0)
    stores = [MongoStorage(url, RECORDS, now=clock) for clock in clocks]
    for each in stores:
        await each.open()
    yield stores
    for each in stores:
        await each.close()


# --- many at once ---


async def test_what_several_machines_record_and_handle_at_once_is_handled_once_and_in_order(
    stores: list[MongoStorage],
) -> None:
    recorded: dict[str, list[str]] = {}
    handled: dict[str, list[str]] = {}
    arrivals = [said(number, f"telegram:{number % 3}") for number in range(60)]

    async def record(machine: int) -> None:
        for arrival in arrivals[machine::3]:
            while True:  # as a provider does that was answered 503
                try:
                    await stores[machine].record([arrival], at=AT)
                    break
                except StorageUnavailable:
                    continue
            recorded.setdefault(arrival.conversation, []).append(arrival.external_id)

    async def handle(machine: int) -> None:
        idle = 0
        while idle < 20:
            try:
                claims = await stores[machine].claim(limit=2, lease=lease(f"worker-{machine}"))
                for claim in claims:
                    following: Claim | None = claim
                    while following:
                        entry = following.entry
                        following = await stores[machine].commit(
                            Change(
                                claim=following,
                                at=AT,
                                save=[replace(following.conversation, topic=entry.external_id)],
                                outgoing=[message(f"re-{entry.external_id}", entry.conversation)],
                            ),
                            lease=lease(f"worker-{machine}"),
                        )
                        handled.setdefault(entry.conversation, []).append(entry.external_id)
            except StorageUnavailable:
                continue
            idle = 0 if claims else idle + 1
            await asyncio.sleep(0.01)

    await asyncio.gather(*(each(machine) for each in (record, handle) for machine in range(3)))
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


# --- the outbox's order of reading ---


class Late:
    """A turn's transaction that stays open until it is let go."""

    def __init__(self, store: MongoStorage, message_id: str) -> None:
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()
        self._number = store._numbers.next()
        self._message = message(message_id)
        self._task = asyncio.ensure_future(store._connection.transact(self._work, self._landed))

    async def _work(self, database: Any, session: Any) -> None:
        await mongo_outbox.queue(database, session, [(self._number, self._message)], 1)
        self.begun.set()
        await self.let_go.wait()

    async def _landed(self, database: Any, result: None) -> bool:
        return False

    async def commit(self) -> None:
        self.let_go.set()
        await self._task


async def read(store: MongoStorage, after: int) -> list[tuple[int, str]]:
    rows = await store.outgoing("telegram", now=0.0, after=after, limit=10)
    return [(place, each.id) for place, each, _ in rows]


@pytest.mark.parametrize("seconds", [0.0, 0.7])
async def test_a_message_whose_commit_took_long_is_not_skipped(store: MongoStorage, seconds: float) -> None:
    late = Late(store, "late")
    await late.begun.wait()
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT, outgoing=[message("m1")]))
    ((place, first),) = await read(store, 0)
    assert first == "m1"
    await asyncio.sleep(seconds)
    await store.commit(Change(claim=await claimed(store, said(2)), at=AT, outgoing=[message("m2")]))
    ((place, second),) = await read(store, place)
    assert second == "m2"
    await late.commit()
    await asyncio.sleep(LOOK_EVERY)
    ((place, third),) = await read(store, place)
    assert third == "late"
    assert await read(store, place) == []


async def test_messages_of_a_machine_whose_clock_is_behind_are_read_once(stores: list[MongoStorage]) -> None:
    place, seen = 0, []

    async def read_on() -> None:
        nonlocal place
        for row in await read(stores[0], place):
            place = row[0]
            seen.append(row[1])

    for number in range(6):
        writer = stores[number % 3]
        claim = await claimed(writer, said(number, f"telegram:{number}"))
        await writer.commit(Change(claim=claim, at=AT, outgoing=[message(f"m{number}")]))
        await read_on()
    await asyncio.sleep(LOOK_EVERY)
    await read_on()
    assert sorted(seen) == [f"m{number}" for number in range(6)]


async def test_another_reader_begins_with_the_oldest_and_the_first_goes_on_undisturbed(
    stores: list[MongoStorage],
) -> None:
    claim = await claimed(stores[0], said(1))
    await stores[0].commit(Change(claim=claim, at=AT, outgoing=[message("m1"), message("m2")]))
    (_, (place, _)) = await read(stores[0], 0)
    assert [each for _, each in await read(stores[1], 0)] == ["m1", "m2"]
    assert [each for _, each in await read(stores[0], 0)] == ["m1", "m2"]
    assert await read(stores[0], place) == []


# --- commits of unknown outcome ---


class UnknownCommit:
    """The first commit is carried out or not, and the answer is lost."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, carried_out: bool) -> None:
        self._commit = mongo_connection._commit
        self._carried_out = carried_out
        self.lost = 0
        monkeypatch.setattr(mongo_connection, "_commit", self)

    async def __call__(self, session: Any) -> None:
        if self.lost:
            await self._commit(session)
            return
        self.lost += 1
        await (self._commit(session) if self._carried_out else session.abort_transaction())
        raise PyMongoError("connection closed", error_labels=["UnknownTransactionCommitResult"])


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_turn_whose_commit_has_no_answer_is_committed_once(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    claim = await claimed(store, said(1))
    await store.record([said(2)], at=AT)
    UnknownCommit(monkeypatch, carried_out=carried_out)
    following = await store.commit(
        Change(claim=claim, at=AT, save=[claim.conversation], outgoing=[message()]), lease=lease()
    )
    assert following
    assert (following.entry.external_id, following.conversation.version) == ("2", 1)
    assert await store.commit(Change(claim=following, at=AT), lease=lease()) is None
    assert len(await read(store, 0)) == 1


@pytest.mark.parametrize("carried_out", [True, False])
async def test_an_arrival_whose_commit_has_no_answer_is_recorded_once_and_claimed(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    UnknownCommit(monkeypatch, carried_out=carried_out)
    recorded: Recorded = await store.record([said(1)], at=AT, lease=lease())
    assert (recorded.new, ids(recorded.claims)) == (1, ["1"])
    assert await store.waiting() == 1


@pytest.mark.parametrize("carried_out", [True, False])
async def test_a_save_whose_commit_has_no_answer_is_saved_once(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch, carried_out: bool
) -> None:
    UnknownCommit(monkeypatch, carried_out=carried_out)
    await store.save(Booking(id="b1", quarters=("09:00",)))
    assert await store.get(Booking, "b1") == Booking(id="b1", version=1, quarters=("09:00",))


async def test_a_cancelled_turn_holds_nothing_up(store: MongoStorage) -> None:
    claim = await claimed(store, said(1))
    late = Late(store, "late")
    await late.begun.wait()
    late._task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await late._task
    await store.commit(Change(claim=claim, at=AT, outgoing=[message("late")]))
    assert len(await read(store, 0)) == 1


# --- limits ---


async def test_a_conversation_in_which_too_many_wait_takes_no_more_until_some_are_done(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo_lanes, "LONGEST", 2)
    claim = await claimed(store, said(1))
    await store.record([said(2)], at=AT)
    with pytest.raises(StorageUnavailable, match=BUDI):
        await store.record([said(3)], at=AT)
    await store.record([said(4, SARI)], at=AT)
    await store.commit(Change(claim=claim, at=AT))
    assert (await store.record([said(3)], at=AT)).new == 1


async def test_a_conversation_with_many_waiting_is_handled_in_order(store: MongoStorage) -> None:
    await store.record([said(number) for number in range(40)], at=AT)
    await store.record([said(number) for number in range(40, 60)], at=AT)
    (claim,) = await store.claim(limit=9, lease=lease())
    handled = []
    following: Claim | None = claim
    while following:
        handled.append(following.entry.external_id)
        following = await store.commit(Change(claim=following, at=AT), lease=lease())
    assert handled == [str(number) for number in range(60)]


# --- indexes ---


def stages(plan: dict[str, Any]) -> list[str]:
    return [plan["stage"], *(stages(plan["inputStage"]) if "inputStage" in plan else ())]


async def test_every_hot_lookup_uses_an_index(store: MongoStorage) -> None:
    database = store._connection.database
    waiting = {"waiting": {"$gt": 0}, "ready_at": {"$lte": 1.0}, "lease_until": {"$lte": 1.0}}
    effects = {"state": "waiting", "not_before": {"$lte": 1.0}, "lease_until": {"$lte": 1.0}}
    claims = database["conversations"].find(waiting).hint(WAITING).sort("first.seq", 1)
    queue = database["outbox"].find({"sender": "telegram", "queued": True, "seq": {"$gt": 0}}).sort("seq", 1)
    sent = database["outbox"].find({"to": BUDI}).sort([("queued_at", -1), ("seq", -1)])
    said = database["inbox"].find({"kind": "said", "conversation": BUDI}).sort([("received_at", -1), ("seq", -1)])
    hot = [claims, queue, sent, said]
    replica_set = "secantusVersion" not in await database.client.admin.command("buildInfo")
    if replica_set:  # the test server has a mind of its own about these
        hot += [
            database["outbox"].find({"provider_ids": "p1", "sender": "telegram"}),
            database["effects"].find(effects).sort([("not_before", 1), ("seq", 1)]),
            database["bookings"].find({"body.status": "paid", "version": {"$gt": 0}}).sort("_id", 1),
            database["bookings"].find({"body.due_at": {"$lte": AT}}).sort([("body.due_at", 1), ("_id", 1)]),
        ]
    for lookup in hot:
        plan = (await lookup.explain())["queryPlanner"]["winningPlan"]
        assert "IXSCAN" in stages(plan), plan
        assert not replica_set or "SORT" not in stages(plan), plan


# --- servers that are not there, or not what is needed ---


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not installed_here():
        pytest.skip("needs a server that may be stopped; TEST_MONGODB_URI's may not")
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.stop()


async def test_a_server_that_stands_alone_is_refused_with_what_to_do(tmp_path: Path) -> None:
    if not installed_here():
        pytest.skip("needs a server that stands alone")
    server = Server(tmp_path / "server", "--standalone")
    server.start()
    try:
        store = MongoStorage(server.url, RECORDS, now=time.time)
        with pytest.raises(StorageUnavailable, match=r"rs\.initiate"):
            await store.open()
        with pytest.raises(StorageUnavailable):
            await store.ping()
    finally:
        server.stop()


async def test_a_server_that_stops_is_unavailable_within_three_seconds_and_found_again(server: Server) -> None:
    store = MongoStorage(server.url, RECORDS, now=time.time)
    await store.open()
    claim = await claimed(store, said(1))
    server.stop()
    for _ in range(2):
        began = time.monotonic()
        failed = await asyncio.gather(
            store.record([said(2, SARI)], at=AT),
            store.commit(Change(claim=claim, at=AT)),
            store.get(Booking, "b1"),
            store.claim(limit=1, lease=lease()),
            store.ping(),
            return_exceptions=True,
        )
        assert time.monotonic() - began < 3.0
        assert [type(each) for each in failed] == [StorageUnavailable] * 5
    server.start()
    assert (await store.record([said(2, SARI)], at=AT)).new == 1
    assert await store.commit(Change(claim=claim, at=AT)) is None
    with pytest.raises(LeaseLost):
        await store.commit(Change(claim=claim, at=AT))
    await store.close()


async def test_nobody_there_at_the_start_is_unavailable_and_can_be_opened_later(server: Server) -> None:
    server.stop()
    store = MongoStorage(server.url, RECORDS, now=time.time)
    began = time.monotonic()
    with pytest.raises(StorageUnavailable):
        await store.open()
    assert time.monotonic() - began < 3.0
    server.start()
    await store.open()
    await store.ping()
    await store.close()


async def test_several_machines_can_open_a_new_database_at_once(url: str) -> None:
    async with AsyncExitStack() as stack:
        stores = [MongoStorage(url, RECORDS, now=time.time) for _ in range(4)]
        for each in stores:
            stack.push_async_callback(each.close)
        await asyncio.gather(*(each.open() for each in stores))
        await asyncio.gather(*(each.record([said(number)], at=AT) for number, each in enumerate(stores)))
        assert await stores[0].waiting() == 4


@pytest.fixture
def soon_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that was not heard of for a second is dead."""
    monkeypatch.setattr(mongo_owners, "DEAD_AFTER", timedelta(seconds=1))
    monkeypatch.setattr(mongo_owners, "RENEW_SECONDS", 0.3)


@pytest.mark.usefixtures("soon_dead")
async def test_no_acknowledged_arrival_is_lost_when_a_process_is_killed(url: str, store: MongoStorage) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.storage.crash_writer", url, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout
    lines = [await writer.stdout.readline() for _ in range(60)]
    writer.kill()
    lines += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    acknowledged = [int(line) for line in lines if line.endswith(b"\n")]
    assert len(acknowledged) >= 60
    arrivals = [said(number, f"telegram:{number % 7}") for number in acknowledged]
    assert (await as_a_provider_does(store, arrivals)).new == 0
    waiting = await store.waiting()
    assert waiting >= len(acknowledged)
    handled = 0
    while handled < waiting:
        for claim in await store.claim(limit=10, lease=short_lease()):
            following: Claim | None = claim
            while following:
                following = await store.commit(Change(claim=following, at=AT), lease=short_lease())
                handled += 1
    assert (handled, await store.waiting()) == (waiting, 0)


def short_lease() -> Lease:
    """Where a write that was given up takes effect all the same, its lease runs out soon."""
    return Lease(token="worker", now=time.time(), until=time.time() + 1.0)


async def as_a_provider_does(store: MongoStorage, arrivals: list[Arrival]) -> Recorded:
    """Deliver again whatever was not accepted."""
    give_up = time.monotonic() + 20.0
    while True:
        try:
            return await store.record(arrivals, at=AT)
        except StorageUnavailable:
            assert time.monotonic() < give_up


async def no(*_: object) -> bool:
    return False


@pytest.mark.usefixtures("soon_dead")
async def test_what_a_dead_process_s_transaction_holds_is_free_soon_and_holds_up_nobody_else(
    stores: list[MongoStorage],
) -> None:
    dead, alive, _ = stores
    await alive.record([said(1), said(2, SARI)], at=AT)
    (claim,) = await dead.claim(limit=1, lease=lease("dead"))
    begun, never = asyncio.Event(), asyncio.Event()

    async def dies(database: Any, session: Any) -> None:
        await mongo_inbox.commit(database, session, Change(claim=claim, at=AT), None, dead._numbers)
        begun.set()
        await never.wait()

    dying = asyncio.ensure_future(dead._connection.transact(dies, no))
    await begun.wait()
    assert ids(await alive.claim(limit=9, lease=lease("alive", 60.0))) == ["2"]
    await asyncio.sleep(mongo_owners.DEAD_AFTER.total_seconds())
    assert (await as_a_provider_does(alive, [said(3)])).new == 1
    assert ids(await alive.claim(limit=9, lease=lease("alive", 120.0))) == ["1", "2"]
    dying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dying


def test_the_key_of_an_arrival_is_its_own() -> None:
    pairs = [("a/b", "c"), ("a", "b/c"), ("a%2Fb", "c"), ("a", "b%2Fc")]
    assert len({mongo_inbox.key_of(*pair) for pair in pairs}) == len(pairs)
