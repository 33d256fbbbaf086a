"""Backups of the SQLite file: taken while processes use it, checked, and put back in place."""

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import Connection
from urllib.parse import quote

from storage.base import StorageError
from storage.sqlite_owners import living
from storage.sqlite_schema import MIGRATIONS, make_tables

PAGES = 512
"""Copied at a step; after each, progress is told."""

HEADER = b"SQLite format 3\0"

GAP = 1_000_000
"""How far the numbers of entries, messages and effects jump at a restore: what was made after the backup was taken is
gone here, but providers may know its ids, and take new ones that are alike for repeats."""

FREE_ALL = (
    "DELETE FROM leases",
    "UPDATE conversations SET lease_token = '', lease_until = 0 WHERE lease_until > 0",
    "UPDATE effects SET lease_token = '', lease_until = 0 WHERE lease_until > 0",
)

Progress = Callable[[int, int], None]
"""Told how many pages are done, and of how many."""


class NotABackup(StorageError):
    """The file is damaged, or not a database that this version can go on with."""


class InUse(StorageError):
    """A process has the database open."""


def back_up(database: Path, target: Path, progress: Progress) -> None:
    """Copy a database as it stands at one instant; nobody who uses it waits. The target appears once it is whole,
    checked and durable; what was there is replaced. Raises NotABackup, sqlite3.Error, OSError.
    """
    arriving = target.with_name(f"{target.name}.arriving")
    try:
        _copy(database, arriving, progress)
        check(arriving)
        _make_durable(arriving)
        arriving.replace(target)
    finally:
        _remove(arriving)
    _make_durable(target.parent)


def restore(backup: Path, database: Path, progress: Progress) -> None:
    """Put a checked backup in place of a database that nobody uses, which is kept beside it as `.before`. Killed at any
    instant there is the old one or the new one. Raises NotABackup, InUse, sqlite3.Error, OSError.
    """
    _refuse_if_in_use(database)
    check(backup)
    arriving = database.with_name(f"{database.name}.arriving")
    try:
        _copy(backup, arriving, progress)
        with closing(sqlite3.connect(arriving, isolation_level=None)) as connection:
            _begin_anew(connection)
        _make_durable(arriving)
        _refuse_if_in_use(database)
        _keep_as_before(database)
        arriving.replace(database)
    finally:
        _remove(arriving)
    _make_durable(database.parent)


def check(path: Path) -> None:
    """Raises NotABackup unless the file is whole and of this version or an older one."""
    try:
        with closing(_connect(path, "ro")) as connection:
            (version,) = connection.execute("PRAGMA user_version").fetchone()
            ours = connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'inbox'").fetchone()
            if not ours or not version:
                raise NotABackup(f"{path} is not a database of Sahut's.")
            if version > len(MIGRATIONS):
                raise NotABackup(f"{path} was made by a newer version of Sahut.")
            found = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
    except sqlite3.DatabaseError as problem:
        raise NotABackup(f"{path} cannot be read: {problem}.") from problem
    if found != ["ok"]:
        raise NotABackup(f"{path} is damaged: {'; '.join(found)}.")


def _connect(path: Path, mode: str) -> Connection:
    """The file must be there. Raises sqlite3.Error."""
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode={mode}", uri=True, timeout=0, isolation_level=None)


def _copy(source: Path, target: Path, progress: Progress) -> None:
    """The target is one file, without a -wal beside it."""
    _remove(target)
    with closing(_connect(source, "rw" if os.access(source, os.W_OK) else "ro")) as reading:
        # One snapshot for all of it: else SQLite begins again after each commit of a process that goes on writing.
        reading.execute("BEGIN")
        reading.execute("SELECT 1 FROM sqlite_schema").fetchone()
        with closing(sqlite3.connect(target, isolation_level=None)) as writing:
            writing.execute("PRAGMA synchronous = OFF")
            reading.backup(writing, pages=PAGES, progress=lambda _, left, total: progress(total - left, total))
            writing.execute("PRAGMA journal_mode = DELETE")


def _begin_anew(connection: Connection) -> None:
    """Nothing is held by anybody, and what is made from now on gets numbers that were never given out."""
    connection.execute("BEGIN")
    make_tables(connection, ())
    for statement in FREE_ALL:
        connection.execute(statement)
    connection.execute("UPDATE sqlite_sequence SET seq = seq + ?", (GAP,))
    connection.execute("COMMIT")


def _refuse_if_in_use(database: Path) -> None:
    if count := living(database):
        raise InUse(f"{count} of Sahut's processes {'runs' if count == 1 else 'run'} on {database}.")


def _keep_as_before(database: Path) -> None:
    if not database.exists():
        _remove(database)  # a -wal without its database would be read into the next one
        return
    before = database.with_name(f"{database.name}.before")
    wal = database.with_name(f"{database.name}-wal")
    with database.open("rb") as file:
        readable = file.read(len(HEADER)) == HEADER
    if readable:  # else SQLite would throw away a -wal that somebody may still want to look at
        _fold(database)
    _remove(before)
    if wal.exists():
        wal.rename(before.with_name(f"{before.name}-wal"))
    database.with_name(f"{database.name}-shm").unlink(missing_ok=True)
    os.link(database, before)


def _fold(database: Path) -> None:
    """Take what the -wal holds into the file, as far as it is not damaged. Raises InUse."""
    try:
        with closing(_connect(database, "rw")) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")  # which needs that nobody else has it open
    except sqlite3.OperationalError as problem:
        if problem.sqlite_errorcode != sqlite3.SQLITE_BUSY:
            raise
        raise InUse(f"another program has {database} open.") from problem
    except sqlite3.DatabaseError:
        pass  # damaged, which may be why it is replaced: kept as it is


def _make_durable(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _remove(path: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).unlink()
