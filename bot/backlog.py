"""Back-pressure: when too much waits already, nothing more is taken in, and the provider sends again later."""

import asyncio
from time import monotonic

import structlog

from storage.base import Recorded, Storage, StorageUnavailable

log = structlog.get_logger()

COUNT_EVERY = 1.0
"""Seconds between two counts; without callers there are none. More where a count takes long: a tenth of the time goes
into counting at most.
"""
MOST_AT_ONCE = 5000
"""Calls whose arrivals are being recorded: a store that hangs must not fill the memory."""


class Backlog:
    """How many inbox entries wait: what storage counted last, and what this process has added since. Rather too many
    than too few: what was recorded while storage counted may be in both.
    """

    def __init__(self, storage: Storage, limit: int) -> None:
        self._storage = storage
        self._limit = limit
        self._waiting = self._added = self._recorded = self._at_once = 0
        self._count_at = 0.0
        self._counting: asyncio.Task[None] | None = None

    @property
    def full(self) -> bool:
        """Whether nothing more may be taken in now. Must be asked in an event loop."""
        if self._counting is None and monotonic() >= self._count_at:
            self._counting = asyncio.create_task(self._count())
        return self._waiting + self._added >= self._limit or self._at_once >= MOST_AT_ONCE

    def add(self, recording: "asyncio.Task[Recorded]", entries: int) -> None:
        """So many entries are being recorded by that task."""
        self._added += entries
        self._at_once += 1

        def ended(task: "asyncio.Task[Recorded]") -> None:
            self._recorded += entries
            self._at_once -= 1
            if not task.cancelled():
                task.exception()  # heard of: it was answered with 503, also where it comes late

        recording.add_done_callback(ended)

    async def _count(self) -> None:
        recorded, waited_before, began = self._recorded, self._waiting, monotonic()
        try:
            self._waiting = await self._storage.waiting()
            self._added -= recorded
            self._recorded -= recorded
        except StorageUnavailable:
            pass  # then nothing is recorded either
        finally:
            ended = monotonic()
            self._count_at = ended + max(COUNT_EVERY, 9 * (ended - began))
            self._counting = None
        if (self._waiting >= self._limit) is not (waited_before >= self._limit):
            log.warning("inbox full" if self._waiting >= self._limit else "inbox has room again", waiting=self._waiting)
