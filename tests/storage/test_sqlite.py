"""What only a store in one file can promise: few fsyncs for many, no harm from full disks, locks and sudden deaths."""

import asyncio
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

import pytest

from storage import sqlite_inbox, sqlite_outbox, sqlite_records, sqlite_transcript
from storage.base import Recorded, StorageError, StorageUnavailable
from storage.sqlite import SQLiteStorage
from storage.sqlite_records import field_of
from tests.storage.kit import AT, RECORDS, Booking, claimed, ids, lease, said

ROOT = Path(__file__).parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "sahut.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SQLiteStorage]:
    store = SQLiteStorage(path, RECORDS)
    await store.open()
    yield store
    await store.close()


class Busy:
    """Another process that has locked the file, until it lets go: work queues up meanwhile."""

    def __init__(self, store: SQLiteStorage) -> None:
        self._other = sqlite3.connect(store._path, isolation_level=None)

    async def __aenter__(self) -> None:
        self._other.execute("BEGIN IMMEDIATE")

    async def __aexit__(self, *_: object) -> None:
        self._other.close()


async def soon(count: int = 3) -> None:
    """Let tasks begin."""
    for _ in range(count):
        await asyncio.sleep(0)


# --- the writer ---


async def test_what_comes_in_together_is_committed_together(store: SQLiteStorage) -> None:
    before = store.transactions
    async with Busy(store):
        tasks = [asyncio.ensure_future(store.record([said(number)], at=AT)) for number in range(64)]
        await soon()
    assert sum(recorded.new for recorded in await asyncio.gather(*tasks)) == 64
    assert store.transactions - before == 1


async def test_many_at_once_need_far_fewer_transactions(store: SQLiteStorage) -> None:
    before = store.transactions
    await asyncio.gather(*(store.record([said(number)], at=AT) for number in range(64)))
    assert 1 <= store.transactions - before <= 16


async def test_nothing_is_committed_for_those_who_wrote_nothing(store: SQLiteStorage) -> None:
    before = store.transactions
    await store.ping()
    assert await store.claim(limit=10, lease=lease()) == ()
    assert store.transactions == before


async def test_one_that_fails_leaves_the_others_of_its_transaction_alone(store: SQLiteStorage) -> None:
    async with Busy(store):
        tasks = [asyncio.ensure_future(store.save(Booking(id="b1", seats=number))) for number in range(9)]
        tasks.append(asyncio.ensure_future(store.save(Booking(id="b2"))))
        await soon()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [isinstance(each, StorageError) for each in results] == [False] + [True] * 8 + [False]
    assert [each.id for each in await store.find(Booking)] == ["b1", "b2"]


async def test_reads_do_not_wait_for_the_writer(store: SQLiteStorage) -> None:
    await store.save(Booking(id="b1"))
    async with Busy(store):
        assert await store.get(Booking, "b1")


async def test_what_was_asked_for_is_done_even_when_nobody_waits_any_more(store: SQLiteStorage) -> None:
    async with Busy(store):
        task = asyncio.ensure_future(store.record([said(1)], at=AT))
        await soon()
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await store.record([said(1), said(2)], at=AT)).new == 1


async def test_closing_finishes_what_is_queued(store: SQLiteStorage, path: Path) -> None:
    async with Busy(store):
        tasks = [asyncio.ensure_future(store.record([said(number)], at=AT)) for number in range(5)]
        await soon()
        closing_ = asyncio.ensure_future(store.close())
        await soon()
    await closing_
    assert sum(recorded.new for recorded in await asyncio.gather(*tasks)) == 5
    with pytest.raises(StorageUnavailable):
        await store.record([said(9)], at=AT)
    await store.open()
    assert await store.waiting() == 5


# --- a full disk ---


async def test_on_a_full_disk_nobody_is_told_of_success_and_it_recovers(store: SQLiteStorage) -> None:
    async def limit(pages: int) -> None:
        await store._write(lambda connection: connection.execute(f"PRAGMA max_page_count = {pages}").fetchall())

    (pages,) = await store._read(lambda connection: connection.execute("PRAGMA page_count").fetchone())
    await limit(pages + 20)
    results = await asyncio.gather(
        *(store.record([said(number, text="x" * 3000)], at=AT) for number in range(300)), return_exceptions=True
    )
    refused = {number for number, each in enumerate(results) if isinstance(each, StorageUnavailable)}
    assert refused
    assert len(refused) + sum(not isinstance(each, BaseException) for each in results) == 300
    await limit(2**30)
    again = await asyncio.gather(*(store.record([said(number)], at=AT) for number in range(300)))
    assert {number for number, recorded in enumerate(again) if recorded.new} == refused


async def test_where_the_transaction_is_gone_nobody_of_it_is_told_of_success(store: SQLiteStorage) -> None:
    def dissolve(connection: sqlite3.Connection) -> Recorded:
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("disk I/O error")

    async with Busy(store):
        tasks = [asyncio.ensure_future(store.record([said(1)], at=AT))]
        tasks.append(asyncio.ensure_future(store._write(dissolve)))
        tasks.append(asyncio.ensure_future(store.record([said(2)], at=AT)))
        await soon()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(each) for each in results] == [StorageUnavailable] * 3
    assert await store.waiting() == 0
    assert (await store.record([said(1), said(2)], at=AT)).new == 2


# --- other processes ---


async def test_a_file_locked_by_another_process_is_unavailable_within_three_seconds_and_recovers(
    store: SQLiteStorage, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = monotonic()
        results = await asyncio.gather(
            store.record([said(1)], at=AT), store.save(Booking(id="b1")), store.ping(), return_exceptions=True
        )
        assert monotonic() - began < 3.0
        assert [type(each) for each in results] == [StorageUnavailable] * 3
        assert await store.waiting() == 0
        other.execute("ROLLBACK")
    assert (await store.record([said(1)], at=AT)).new == 1


async def test_a_file_that_is_locked_at_the_start_can_be_opened_later(path: Path) -> None:
    store = SQLiteStorage(path, RECORDS)
    path.parent.mkdir()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageUnavailable):
            await store.open()
        other.execute("ROLLBACK")
    await store.open()
    await store.ping()
    await store.close()


async def test_two_processes_can_open_a_new_file_at_once(path: Path) -> None:
    stores = [SQLiteStorage(path, RECORDS) for _ in range(4)]
    await asyncio.gather(*(each.open() for each in stores))
    await asyncio.gather(*(each.record([said(number)], at=AT) for number, each in enumerate(stores)))
    assert await stores[0].waiting() == 4
    for each in stores:
        await each.close()


async def test_a_new_file_that_another_process_is_setting_up_is_waited_for(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE halfway (id)")
        other.execute("BEGIN EXCLUSIVE")
        store = SQLiteStorage(path, RECORDS)
        opening = asyncio.create_task(store.open())
        await asyncio.wait([opening], timeout=1.5)
        assert not opening.done()
        other.execute("COMMIT")
        await opening
    await store.close()


async def test_leases_hold_between_processes(store: SQLiteStorage, path: Path) -> None:
    other = SQLiteStorage(path, RECORDS)
    await other.open()
    await claimed(store, said(1))
    assert (await other.record([said(2)], at=AT, lease=lease("other"))).claims == ()
    assert await other.claim(limit=10, lease=lease("other")) == ()
    assert ids(await other.claim(limit=10, lease=lease("other", 60.0))) == ["1"]
    await other.close()


async def test_no_acknowledged_arrival_is_lost_when_the_process_is_killed(path: Path) -> None:
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.storage.crash_writer", str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert writer.stdout
    lines = [await writer.stdout.readline() for _ in range(300)]
    writer.kill()
    lines += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    acknowledged = [int(line) for line in lines if line.endswith(b"\n")]
    assert len(acknowledged) >= 300
    store = SQLiteStorage(path, RECORDS)
    await store.open()
    assert (await store.record([said(number) for number in acknowledged], at=AT)).new == 0
    assert await store.waiting() >= len(acknowledged)
    await store.close()


# --- the file ---


async def test_a_file_from_a_newer_version_is_refused(store: SQLiteStorage, path: Path) -> None:
    await store.close()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA user_version = 99")
    with pytest.raises(StorageError, match="99"):
        await store.open()
    with pytest.raises(StorageUnavailable):
        await store.ping()


async def test_a_file_that_is_no_database_is_unavailable(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, but long enough to be taken for one" * 100)
    with pytest.raises(StorageUnavailable):
        await SQLiteStorage(path).open()


async def test_a_record_type_that_is_new_gets_its_table_in_an_old_file(path: Path) -> None:
    store = SQLiteStorage(path)
    await store.open()
    await store.close()
    store = SQLiteStorage(path, RECORDS)
    await store.open()
    await store.save(Booking(id="b1"))
    assert len(await store.find(Booking, status="asked")) == 1
    await store.close()


async def test_a_record_type_that_was_not_declared_is_a_mistake_and_not_an_outage(path: Path) -> None:
    store = SQLiteStorage(path)
    await store.open()
    with pytest.raises(sqlite3.OperationalError, match="bookings"):
        await store.save(Booking(id="b1"))
    await store.close()


async def test_every_hot_lookup_uses_an_index(store: SQLiteStorage) -> None:
    for sql in (
        sqlite_inbox.CLAIMABLE,
        sqlite_inbox.FIRST_OF_CONVERSATION,
        sqlite_inbox.WAITING,
        sqlite_outbox.QUEUED,
        sqlite_outbox.DUE_EFFECTS,
        sqlite_outbox.BY_PROVIDER_ID,
        sqlite_transcript.SAID,
        sqlite_transcript.SENT,
        "SELECT body FROM bookings WHERE version > 0 AND json_extract(body, '$.status') = ? ORDER BY id LIMIT ?",
        "SELECT body FROM bookings WHERE json_extract(body, '$.due_at') <= ? ORDER BY json_extract(body, '$.due_at')",
    ):
        steps = await store._read(partial(plan, sql))
        assert all("INDEX" in step or "PRIMARY KEY" in step or "SUBQUERY" in step for step in steps), (sql, steps)
        assert not any("TEMP B-TREE" in step for step in steps), (sql, steps)


@pytest.mark.parametrize("equal", [{}, {"status": "paid"}])
@pytest.mark.parametrize(
    ("bound", "order", "expected"),
    [
        ("{} < ?", "{} DESC, id DESC", "<expr>>? AND <expr><?"),
        ("{} = ? AND id < ?", "id DESC", "<expr>=? AND id<?"),
    ],
)
async def test_what_equals_is_read_in_order_along_an_index_from_any_record_on(
    store: SQLiteStorage, equal: dict[str, str | int], bound: str, order: str, expected: str
) -> None:
    field = field_of("due_at")
    bounds = [*sqlite_records.where(Booking, "due_at", None, equal), (bound.format(field), AT)]
    sql = sqlite_records.ordered_sql(Booking, bounds, order.format(field))
    (step,) = await store._read(partial(plan, sql))
    assert f"bookings_by_{'__'.join((*equal, 'due_at'))} " in step
    assert expected in step


def plan(sql: str, connection: sqlite3.Connection) -> list[str]:
    nothing = {"now": 0, "limit": 0} if ":" in sql else [0] * sql.count("?")
    return [row[-1] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", nothing).fetchall()]
