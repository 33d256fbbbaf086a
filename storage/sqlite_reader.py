"""The connection of the SQLite store that reads: a thread that answers all that waits from one snapshot."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from sqlite3 import Connection
from threading import Thread
from typing import TypeVar

from storage.base import StorageUnavailable
from storage.sqlite_jobs import Job, is_locked, resolve, translated, unavailable

T = TypeVar("T")

BATCH = 256
"""The most questions that one snapshot answers."""


class Reader:
    def __init__(self, connect: Callable[[], Connection]) -> None:
        self._connect = connect
        self._loop = asyncio.get_running_loop()
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._connection: Connection | None = None
        self._open = True
        self._thread = Thread(target=self._run, name="sqlite-reader", daemon=True)
        self._thread.start()

    async def do(self, work: Callable[[Connection], T]) -> T:
        """Raises StorageUnavailable, and whatever the work raises."""
        if not self._open:
            raise StorageUnavailable("the store is closed")
        job = Job(work, self._loop)
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
                with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                    self._loop.call_soon_threadsafe(resolve, batch)
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
            answer(self._connection, batch)
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


def answer(connection: Connection, batch: Sequence[Job]) -> None:
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
