"""The two clocks. Nothing else in the house reads the time; it is passed in."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from domain.people import Counter
from storage.base import Storage

OFFSET = "clock-offset-seconds"


def real_now() -> float:
    """The real clock, in seconds since the epoch: leases, retries and rate limits, shared between processes."""
    return time.time()


class BusinessClock:
    """Due times, windows and deadlines: aware UTC in whole seconds, moved only by the simulator, its offset stored.

    `real` is the clock that is moved by the offset, in seconds since the epoch.
    """

    def __init__(self, real: Callable[[], float] = real_now) -> None:
        self._real = real
        self._offset = 0.0
        self._wakes: list[Callable[[], None]] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(int(self._real() + self._offset), UTC)

    def on_move(self, wake: Callable[[], None]) -> None:
        """`wake` is called whenever the clock is moved."""
        self._wakes.append(wake)

    async def restore(self, storage: Storage) -> None:
        stored = await storage.get(Counter, OFFSET)
        if stored is not None:
            self._offset = stored.value

    async def advance(self, by: timedelta, storage: Storage) -> None:
        """Move the clock, remember it, and wake everything that waits for a time."""
        self._offset += by.total_seconds()
        stored = await storage.get(Counter, OFFSET) or Counter(id=OFFSET)
        await storage.save(replace(stored, value=int(self._offset)))
        for wake in self._wakes:
            wake()


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait until the event or so many seconds; clears the event. True: it was the event."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    event.clear()
    return True
