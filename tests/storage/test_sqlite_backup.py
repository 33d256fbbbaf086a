"""A backup of a file in use is one instant of it, whole or not there; a restore is the old file or the new one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from storage.base import Change
from storage.sqlite import SQLiteStorage
from storage.sqlite_backup import InUse, NotABackup, back_up, restore
from storage.sqlite_schema import MIGRATIONS
from tests.storage.kit import AT, BUDI, RECORDS, SARI, Booking, ids, lease, message, queued, said


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sahut.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SQLiteStorage]:
    store = SQLiteStorage(path, RECORDS)
    await store.open()
    yield store
    await store.close()


def quiet(done: int, total: int) -> None:
    pass


def column(path: Path, statement: str) -> list[object]:
    with closing(sqlite3.connect(path)) as connection:
        return [row[0] for row in connection.execute(statement)]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- backup ---


async def test_a_backup_taken_under_traffic_is_one_instant_of_it(
    store: SQLiteStorage, path: Path, tmp_path: Path
) -> None:
    """Written to between all of its steps, it neither waits nor begins again."""
    await store.record([said(number, text="x" * 4000) for number in range(2000)], at=AT)
    committed, steps, written = Event(), [], 0

    def progress(done: int, total: int) -> None:
        steps.append(done)
        assert len(steps) < 500, "it begins again and again"
        committed.clear()
        committed.wait()

    async def traffic() -> None:
        nonlocal written
        while not backup.done():
            await store.record([said(f"later-{written}")], at=AT)
            written += 1
            committed.set()

    backup = asyncio.ensure_future(asyncio.to_thread(back_up, path, tmp_path / "copy.db", progress))
    await asyncio.gather(backup, traffic())
    assert len(steps) > 3
    assert steps == sorted(steps)
    assert written >= len(steps)
    early = column(tmp_path / "copy.db", "SELECT external_id FROM inbox WHERE seq > 2000")
    assert early == [f"later-{number}" for number in range(len(early))]
    assert len(early) < written
    assert names(tmp_path) == {"sahut.db", "sahut.db-wal", "sahut.db-shm", "copy.db"}


async def test_a_backup_that_breaks_off_leaves_the_last_one_as_it_is(
    store: SQLiteStorage, path: Path, tmp_path: Path
) -> None:
    def stumble(done: int, total: int) -> None:
        raise OSError("the disk is full")

    target = tmp_path / "copy.db"
    target.write_text("the last one")
    with pytest.raises(OSError, match="full"):
        back_up(path, target, stumble)
    assert target.read_text() == "the last one"
    assert "copy.db.arriving" not in names(tmp_path)


async def test_a_damaged_database_is_no_backup(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    await store.record([said(number, text="x" * 4000) for number in range(200)], at=AT)
    await store.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"rot" * 3000)
    with pytest.raises(NotABackup, match=r"damaged|cannot be read"):
        back_up(path, tmp_path / "copy.db", quiet)
    assert names(tmp_path) == {"sahut.db"}


# --- restore ---


async def test_a_restored_store_is_as_it_was_and_nobody_holds_anything(
    store: SQLiteStorage, path: Path, tmp_path: Path
) -> None:
    await store.record([said(1)], at=AT, lease=lease("gone", now=1e12))
    await store.record([said(2, SARI)], at=AT)
    assert await store.hold("sender:telegram", lease("gone", now=1e12))
    back_up(path, tmp_path / "copy.db", quiet)
    await store.save(Booking(id="after"))
    await store.close()
    restore(tmp_path / "copy.db", path, quiet)
    await store.open()
    assert await store.get(Booking, "after") is None
    assert ids(await store.claim(limit=9, lease=lease("next"))) == ["1", "2"]
    assert await store.hold("sender:telegram", lease("next"))
    assert column(tmp_path / "sahut.db.before", "SELECT id FROM bookings") == ["after"]


async def test_what_is_made_after_a_restore_has_no_number_of_what_was_lost(
    store: SQLiteStorage, path: Path, tmp_path: Path
) -> None:
    await store.record([said(1)], at=AT)
    back_up(path, tmp_path / "copy.db", quiet)
    (lost,) = (await store.record([said(2, SARI)], at=AT, lease=lease())).claims
    await store.close()
    restore(tmp_path / "copy.db", path, quiet)
    await store.open()
    (claim,) = (await store.record([said(3, SARI)], at=AT, lease=lease())).claims
    assert claim.entry.seq > lost.entry.seq


async def test_a_backup_of_an_older_version_is_restored(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    with closing(sqlite3.connect(old)) as connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
    await store.close()
    restore(old, path, quiet)
    await store.open()
    await store.record([said(1)], at=AT)
    assert await store.waiting() == 1


async def test_nothing_is_restored_while_a_service_runs(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    await store.enlist("service")
    back_up(path, tmp_path / "copy.db", quiet)
    with pytest.raises(InUse, match="1 of Sahut's processes runs"):
        restore(tmp_path / "copy.db", path, quiet)
    await store.record([said(1)], at=AT)
    assert names(tmp_path) == {"sahut.db", "sahut.db-wal", "sahut.db-shm", "sahut.db-owners", "copy.db"}


async def test_nothing_is_restored_under_another_program(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy.db", quiet)
    with pytest.raises(InUse, match="another program"):
        restore(tmp_path / "copy.db", path, quiet)
    await store.record([said(1)], at=AT)
    assert names(tmp_path) == {"sahut.db", "sahut.db-wal", "sahut.db-shm", "copy.db"}


async def test_what_a_killed_service_left_in_the_wal_is_kept(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    back_up(path, tmp_path / "copy.db", quiet)
    await store.save(Booking(id="late"))
    killed = {suffix: path.with_name(path.name + suffix).read_bytes() for suffix in ("", "-wal")}
    await store.close()
    for suffix, content in killed.items():
        path.with_name(path.name + suffix).write_bytes(content)
    restore(tmp_path / "copy.db", path, quiet)
    assert column(tmp_path / "sahut.db.before", "SELECT id FROM bookings") == ["late"]
    assert names(tmp_path) == {"sahut.db", "sahut.db.before", "copy.db"}


async def test_a_damaged_database_is_replaced_and_kept_as_it_is(
    store: SQLiteStorage, path: Path, tmp_path: Path
) -> None:
    back_up(path, tmp_path / "copy.db", quiet)
    await store.close()
    path.write_bytes(b"rot" * 5000)
    path.with_name("sahut.db-wal").write_bytes(b"and more of it")
    restore(tmp_path / "copy.db", path, quiet)
    assert (tmp_path / "sahut.db.before").read_bytes() == b"rot" * 5000
    assert (tmp_path / "sahut.db.before-wal").read_bytes() == b"and more of it"
    await store.open()
    assert await store.waiting() == 0


async def test_the_one_before_can_be_put_back(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    await store.save(Booking(id="first"))
    back_up(path, tmp_path / "copy.db", quiet)
    await store.save(Booking(id="second"))
    await store.close()
    restore(tmp_path / "copy.db", path, quiet)
    restore(tmp_path / "sahut.db.before", path, quiet)
    assert column(path, "SELECT id FROM bookings ORDER BY id") == ["first", "second"]
    assert column(tmp_path / "sahut.db.before", "SELECT id FROM bookings") == ["first"]


async def test_a_wal_without_its_database_is_not_read_into_the_restored_one(
    store: SQLiteStorage, path: Path, tmp_path: Path
) -> None:
    back_up(path, tmp_path / "copy.db", quiet)
    await store.save(Booking(id="late"))
    left = path.with_name("sahut.db-wal").read_bytes()
    await store.close()
    path.unlink()
    path.with_name("sahut.db-wal").write_bytes(left)
    restore(tmp_path / "copy.db", path, quiet)
    await store.open()
    assert await store.get(Booking, "late") is None
    assert names(tmp_path) == {"sahut.db", "sahut.db-wal", "sahut.db-shm", "copy.db"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"no database at all " * 500, "cannot be read"),
        (b"", "not a database of Sahut's"),
    ],
)
async def test_what_is_no_backup_is_refused(
    store: SQLiteStorage, path: Path, tmp_path: Path, content: bytes, why: str
) -> None:
    await store.record([said(1)], at=AT)
    await store.close()
    (tmp_path / "bad.db").write_bytes(content)
    with pytest.raises(NotABackup, match=why):
        restore(tmp_path / "bad.db", path, quiet)
    await store.open()
    assert await store.waiting() == 1


async def test_a_newer_versions_backup_is_refused(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    await store.close()
    back_up(path, tmp_path / "newer.db", quiet)
    with closing(sqlite3.connect(tmp_path / "newer.db")) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    with pytest.raises(NotABackup, match="newer version"):
        restore(tmp_path / "newer.db", path, quiet)


async def test_queued_messages_come_back_with_their_order(store: SQLiteStorage, path: Path, tmp_path: Path) -> None:
    (claim,) = (await store.record([said(1)], at=AT, lease=lease())).claims
    await store.commit(Change(claim=claim, at=AT, outgoing=[message("m1", BUDI), message("m2", BUDI)]))
    back_up(path, tmp_path / "copy.db", quiet)
    await store.close()
    restore(tmp_path / "copy.db", path, quiet)
    await store.open()
    assert [each.id for each in await queued(store)] == ["m1", "m2"]


def test_progress_ends_at_the_whole(path: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(MIGRATIONS[0])
        connection.execute("PRAGMA user_version = 1")
    seen: list[tuple[int, int]] = []
    back_up(path, tmp_path / "copy.db", lambda done, total: seen.append((done, total)))
    assert seen[-1][0] == seen[-1][1] > 0
