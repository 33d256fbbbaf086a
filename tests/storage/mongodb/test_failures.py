"""Commits without an answer, servers that go away, and processes that die."""

import asyncio
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo.errors import PyMongoError

from domain.effects import Effect
from domain.events import Arrival
from storage import mongo_connection, mongo_inbox, mongo_outbox, mongo_owners
from storage.base import Change, Claim, Lease, LeaseLost, Recorded, StorageUnavailable
from storage.mongo import MongoStorage
from tests.plugins.mongodb import Server, installed_here
from tests.storage.kit import AT, BUDI, RECORDS, SARI, Booking, claimed, ids, lease, message, said
from tests.storage.mongodb.late import Late, read

pytestmark = pytest.mark.mongodb

ROOT = Path(__file__).parents[3]
EFFECT = Effect(id="e1", name="payments.create", record="o1", conversation=BUDI, params={"amount": "150000"})


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


@pytest.mark.parametrize(
    "address", ["mongodb://[::1", "mongodb://127.0.0.1:0", "mongodb://a:b:c@127.0.0.1/x", "mongodb://h/a b"]
)
async def test_a_wrong_address_is_said_to_be_one(address: str) -> None:
    with pytest.raises(StorageUnavailable, match="address is wrong"):
        await MongoStorage(address, RECORDS, now=time.time).open()


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


@contextmanager
def too_late() -> Iterator[None]:
    """On a slow server: the write is carried out, its answer does not come in time."""
    yield
    raise mongo_connection.Blocked


async def test_a_conversation_that_was_leased_unheard_is_had_at_the_next_look(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.record([said(1), said(2, SARI)], at=AT)
    with monkeypatch.context() as slow:
        slow.setattr(mongo_inbox, "briefly", too_late)
        assert await store.claim(limit=5, lease=lease()) == ()
    assert await store.claim(limit=5, lease=lease("another", now=2.0)) == ()
    looks = await asyncio.gather(*(store.claim(limit=5, lease=lease(now=2.0)) for _ in range(3)))
    found = sum(looks, ())
    assert sorted(ids(found)) == ["1", "2"]
    assert await store.claim(limit=5, lease=lease(now=3.0)) == ()
    for claim in found:
        await store.commit(Change(claim=claim, at=AT))
    assert await store.waiting() == 0


async def test_a_lease_that_nobody_heard_of_runs_out_like_any_other(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await store.record([said(1)], at=AT)
    with monkeypatch.context() as slow:
        slow.setattr(mongo_inbox, "briefly", too_late)
        assert await store.claim(limit=5, lease=lease()) == ()
    assert ids(await store.claim(limit=5, lease=lease("another", now=60.0))) == ["1"]
    assert await store.claim(limit=5, lease=lease(now=61.0)) == ()


async def test_what_was_leased_when_the_server_went_away_is_had_when_it_is_back(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object) -> list[Claim]:
        raise StorageUnavailable("away")

    await store.record([said(1)], at=AT)
    with monkeypatch.context() as gone:
        gone.setattr(mongo_inbox, "_claims", away)
        with pytest.raises(StorageUnavailable):
            await store.claim(limit=5, lease=lease())
    assert ids(await store.claim(limit=5, lease=lease(now=2.0))) == ["1"]


async def test_an_effect_that_was_leased_unheard_is_had_at_the_next_look(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = await claimed(store, said(1))
    await store.commit(Change(claim=claim, at=AT, effects=[EFFECT]))
    with monkeypatch.context() as slow:
        slow.setattr(mongo_outbox, "briefly", too_late)
        assert await store.claim_effects(limit=5, lease=lease()) == ()
    looks = await asyncio.gather(*(store.claim_effects(limit=5, lease=lease(now=2.0)) for _ in range(3)))
    assert [each.effect for look in looks for each in look] == [EFFECT]
    assert await store.claim_effects(limit=5, lease=lease(now=3.0)) == ()
