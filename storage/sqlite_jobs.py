"""One operation on the SQLite store, who waits for it, and what SQLite's errors mean to them."""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from sqlite3 import Connection
from typing import Any

from storage.base import StorageUnavailable

OPENING = 5.0
"""Seconds for which a locked file is asked for again."""
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Job:
    """One operation and who waits for it. `early` hears of the result before it is durable."""

    __slots__ = ("early", "error", "future", "result", "work")

    def __init__(
        self,
        work: Callable[[Connection], Any],
        loop: asyncio.AbstractEventLoop,
        early: Callable[[Any], None] | None = None,
    ) -> None:
        self.work = work
        self.early = early
        self.future: asyncio.Future[Any] = loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


def resolve(jobs: Sequence[Job]) -> None:
    """Hand the results over; to be called on the event loop."""
    for job in jobs:
        if job.future.done():
            continue  # cancelled
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)


def connect(path: Path, pragmas: Sequence[str]) -> Connection:
    """A connection that may be used by one thread after the other. Blocks while the file is locked, for some OPENING
    seconds; then it raises OperationalError.

    SQLite does not wait by itself while another process turns a new file to its write-ahead log, or takes that log
    down as the last one to leave: it says at once that the file is locked.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    until = time.monotonic() + OPENING
    while True:
        try:
            return _connect(path, pragmas)
        except sqlite3.OperationalError as error:
            if not is_locked(error) or time.monotonic() > until:
                raise
        time.sleep(0.01)


def _connect(path: Path, pragmas: Sequence[str]) -> Connection:
    connection = sqlite3.connect(
        path, timeout=1.0, isolation_level=None, cached_statements=512, check_same_thread=False
    )
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def is_locked(error: BaseException) -> bool:
    return _code(error) in _BUSY


def _code(error: BaseException) -> int:
    """SQLite's primary result code, where it was SQLite that raised this."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def translated(error: Exception) -> Exception:
    """What a job's caller is told. A wrong statement or a table that no record type declared stays what it is."""
    if isinstance(error, UnicodeEncodeError):
        return ValueError(f"half of a surrogate pair in an id, an address or a key: {error}")
    if type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError) and _code(error) != sqlite3.SQLITE_ERROR:
        return unavailable(error)
    return error


def unavailable(error: BaseException) -> StorageUnavailable:
    failure = StorageUnavailable(str(error))
    failure.__cause__ = error
    return failure
