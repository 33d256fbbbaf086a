"""Retention: what was over long enough ago is deleted, in small batches with pauses, so that nobody waits for it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from domain.events import Arrival
from storage.base import Storage

BATCH = 100
"""Deleted in one commit: a few milliseconds."""
BATCHES = 1000
"""Of one table in one run: what is left waits for the next."""
PAUSE = 0.02
"""Seconds after each batch, for everybody else's commits."""


async def purge(storage: Storage, now: datetime, *, retention: Mapping[str, timedelta]) -> AsyncIterator[list[Arrival]]:
    """`retention` says how long each table keeps what is over. Nothing of it is anybody's event."""
    for table, kept in retention.items():
        for _ in range(BATCHES):
            if await storage.upkeep.purge(table, before=now - kept, limit=BATCH) < BATCH:
                break
            await asyncio.sleep(PAUSE)
        yield []
