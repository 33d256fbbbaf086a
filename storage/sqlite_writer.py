"""The one connection of the SQLite store that writes.

All that waits is carried out in one transaction, so that many operations share one fsync: its statements, some
microseconds each, on the event loop, where they wait for no other thread (a thread of its own would hand the
interpreter to and fro at every statement); its COMMIT, which waits for the disk, in a thread. What comes in meanwhile
is the next transaction. Nobody is told of success before the transaction is durable.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import SimpleQueue
from sqlite3 import Connection
from threading import Thread
from time import monotonic
from typing import TypeVar

from storage.base import StorageUnavailable
from storage.sqlite_jobs import Job, is_locked, resolve, translated, unavailable

T = TypeVar("T")

BATCH = 128
"""The most operations one transaction takes: what the event loop is kept for at a time."""

PATIENCE = 1.0
"""Seconds to wait for a file that another process has locked. Who comes in meanwhile waits for the next round."""

GATHER, CROWD = 0.002, 6
"""Seconds between the beginnings of two transactions where the one before carried a crowd of operations: so each
carries more. With fewer nobody waits.
"""


class Writer:
    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._connection: Connection | None = None
        self._waiting: deque[Job] = deque()
        self._idle = asyncio.Event()
        self._idle.set()
        self._open = True
        self._began = 0.0
        self._carried = 0
        self._changes = 0
        self._loop = asyncio.get_running_loop()
        self._blocking: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sqlite-commits", daemon=True)
        self._thread.start()
        self.transactions = 0
        """How many transactions that wrote something were committed."""

    async def do(self, work: Callable[[Connection], T], early: Callable[[T], None] | None = None) -> T:
        """Raises StorageUnavailable, and whatever the work raises. Once asked for, it is done, cancelled or not.

        `early` is called with the result before it is durable: what it asks for at once is in the same transaction.
        """
        if not self._open:
            raise StorageUnavailable("the store is closed")
        job = Job(work, self._loop, early)
        self._waiting.append(job)
        if self._idle.is_set():
            self._idle.clear()
            self._schedule()
        result: T = await job.future
        return result

    async def close(self) -> None:
        """Finish what waits, then end."""
        if self._open:
            self._open = False
            await self._idle.wait()
            self._blocking.put(None)
        await asyncio.to_thread(self._thread.join)

    # --- on the event loop ---

    def _schedule(self) -> None:
        pause = GATHER - (monotonic() - self._began)
        if pause > 0 and self._carried >= CROWD:
            self._loop.call_later(pause, self._begin, monotonic() + PATIENCE)
        else:
            self._loop.call_soon(self._begin, monotonic() + PATIENCE)

    def _begin(self, deadline: float, pause: float = 0.001) -> None:
        """Begin a transaction. SQLite's own waiting for a locked file would block, so it is asked again and again."""
        if self._connection is None:
            self._blocking.put(self._open_file)
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            if is_locked(error) and monotonic() < deadline:
                self._loop.call_later(pause, self._begin, deadline, min(pause * 1.5, 0.005))
            else:
                self._over(self._take(), error)
            return
        self._began = monotonic()
        self._changes = self._connection.total_changes
        self._carry_out(self._connection, [])

    def _carry_out(self, connection: Connection, before: list[Job]) -> None:
        """Carry out what waits, in the transaction that those before are in already; then commit."""
        jobs = self._take()
        batch = before + jobs
        try:
            carry_out(connection, jobs)
        except Exception as error:
            self._over(batch, error)
            return
        began_early = False
        for job in jobs:
            if job.early is not None and job.error is None:
                job.early(job.result)
                began_early = True
        if began_early and not before:
            # Tasks that were begun just now have their first step before this: what they ask for is taken in too.
            self._loop.call_soon(self._carry_out, connection, batch)
        else:
            self._carried = len(batch)
            self._blocking.put(lambda: self._commit(batch))

    def _take(self) -> list[Job]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))]

    def _opened(self, connection: Connection | None, error: BaseException | None) -> None:
        self._connection = connection
        if error is None:
            self._begin(monotonic() + PATIENCE)
        else:
            self._over(self._take(), error)

    def _over(self, batch: Sequence[Job], error: BaseException | None) -> None:
        """Tell everybody of this batch, and go on with what came in meanwhile."""
        if error is not None:
            for job in batch:
                job.result, job.error = None, unavailable(error)
            self._abandon(error)
        elif self._connection is not None and self._connection.total_changes != self._changes:
            self.transactions += 1
        resolve(batch)
        if self._waiting:
            self._schedule()
        else:
            self._idle.set()

    def _abandon(self, error: BaseException) -> None:
        """Roll back, and begin with a new connection after anything worse than a locked file."""
        if self._connection is None:
            return
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        if not is_locked(error):
            with suppress(sqlite3.Error):
                self._connection.close()
            self._connection = None

    # --- in the thread ---

    def _run(self) -> None:
        while (step := self._blocking.get()) is not None:
            step()
        if self._connection is not None:
            with suppress(sqlite3.Error):
                self._connection.close()

    def _open_file(self) -> None:
        connection: Connection | None = None
        problem: BaseException | None = None
        try:
            connection = self._connect()
        except Exception as error:
            problem = error
        self._loop.call_soon_threadsafe(self._opened, connection, problem)

    def _commit(self, batch: Sequence[Job]) -> None:
        problem: BaseException | None = None
        try:
            if self._connection is not None:
                self._connection.execute("COMMIT")
        except Exception as error:
            problem = error
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._over, batch, problem)


def carry_out(connection: Connection, batch: Sequence[Job]) -> None:
    """Do a batch inside the transaction that was begun. Raises where the transaction as a whole is lost.

    A savepoint for each job costs a sixth of the time and is seldom needed: there is one for all, and where one of
    them has failed, all are done again with one each. So a job must be repeatable, which one that touches nothing but
    the database is.
    """
    connection.execute("SAVEPOINT batch")
    try:
        for job in batch:
            job.result = job.work(connection)
    except Exception:
        if not connection.in_transaction:
            raise  # what the others of this batch did is gone with it
        connection.execute("ROLLBACK TO batch")
        _one_by_one(connection, batch)


def _one_by_one(connection: Connection, batch: Sequence[Job]) -> None:
    """Do a batch with a savepoint each, so that one that fails leaves the others alone."""
    for job in batch:
        connection.execute("SAVEPOINT job")
        try:
            job.result = job.work(connection)
        except Exception as error:
            if not connection.in_transaction:
                raise
            connection.execute("ROLLBACK TO job")
            job.result = None
            job.error = translated(error)
        connection.execute("RELEASE job")
