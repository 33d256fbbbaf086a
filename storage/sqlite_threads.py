"""The two threads of the SQLite store: one writes, one reads, and each takes all the work that waits at once.

The writer carries out everything that waits in one transaction, so that many operations share one fsync. Nobody is told
of success before that transaction is durable.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from sqlite3 import Connection
from threading import Thread
from time import monotonic, sleep
from typing import Any, TypeVar

from storage.base import StorageUnavailable

T = TypeVar("T")

BATCH = 256
"""The most operations one transaction takes."""

PATIENCE = 1.0
"""Seconds to wait for a file that another process has locked. Who comes in meanwhile waits for the next round."""

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}


class Job:
    """One operation and who waits for it."""

    __slots__ = ("error", "future", "loop", "result", "work")

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self.result: Any = None
        self.error: BaseException | None = None


class Lane:
    """A thread with a connection of its own. `carry_out` does a batch of jobs and notes in each what became of it."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Connection],
        carry_out: Callable[[Connection, Sequence[Job]], None],
    ) -> None:
        self._connect = connect
        self._carry_out = carry_out
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._connection: Connection | None = None
        self._open = True
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[Connection], T]) -> T:
        """Raises StorageUnavailable, and whatever the work raises. Once asked for, it is done, cancelled or not."""
        if not self._open:
            raise StorageUnavailable("the store is closed")
        job = Job(work)
        self._queue.put(job)
        result: T = await job.future
        return result

    async def close(self) -> None:
        """Finish what is queued, then end."""
        if self._open:
            self._open = False
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch: list[Job] = []
            going_on = self._take(batch)
            if batch:
                self._do(batch)
                _tell(batch)
            del batch
        self._disconnect()

    def _take(self, batch: list[Job]) -> bool:
        """Wait for work and take all there is. False: nothing comes after it."""
        job = self._queue.get()
        try:
            while job is not None:
                batch.append(job)
                if len(batch) == BATCH:
                    return True
                job = self._queue.get_nowait()
        except Empty:
            return True
        return False

    def _do(self, batch: Sequence[Job]) -> None:
        try:
            if self._connection is None:
                self._connection = self._connect()
            self._carry_out(self._connection, batch)
        except BaseException as error:  # the thread outlives whatever happens to one batch
            if not is_locked(error):
                self._disconnect()
            for job in batch:
                job.result = None
                job.error = unavailable(error)

    def _disconnect(self) -> None:
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None


def connect(path: Path, pragmas: Sequence[str]) -> Connection:
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None, cached_statements=512)
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def write(connection: Connection, batch: Sequence[Job]) -> None:
    """Do a batch in one transaction. Raises where the transaction as a whole failed.

    Savepoints cost a sixth of the writer's time and are seldom needed: they are set only where one of the batch has
    failed and all are done again. So a job must be repeatable, which one that touches nothing but the database is.
    """
    begin(connection)
    try:
        try:
            for job in batch:
                job.result = job.work(connection)
        except Exception:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            begin(connection)
            _one_by_one(connection, batch)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _one_by_one(connection: Connection, batch: Sequence[Job]) -> None:
    """Do a batch with a savepoint each, so that one that fails leaves the others alone."""
    for job in batch:
        connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(connection)
        except Exception as error:
            if not connection.in_transaction:
                raise  # what the others of this batch did is gone with it
            connection.execute("ROLLBACK TO job")
            job.result = None
            job.error = translated(error)
        connection.execute("RELEASE job")


def read(connection: Connection, batch: Sequence[Job]) -> None:
    """Do a batch on one snapshot, taken after the last of it was asked for."""
    connection.execute("BEGIN")
    try:
        for job in batch:
            if job.future.cancelled():
                continue
            try:
                job.result = job.work(connection)
            except Exception as error:
                job.error = translated(error)
    finally:
        connection.execute("ROLLBACK")


def begin(connection: Connection) -> None:
    """SQLite's own waiting sleeps ever longer and starves beside a busy process, so it is asked again and again."""
    deadline = monotonic() + PATIENCE
    pause = 0.0005
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError as error:
            if not is_locked(error) or monotonic() > deadline:
                raise
        sleep(pause)
        pause = min(pause * 1.5, 0.005)


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


def _tell(batch: Sequence[Job]) -> None:
    """Hand the results over, with one wake-up for each event loop."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, jobs)


def _resolve(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.future.done():
            continue  # cancelled
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
