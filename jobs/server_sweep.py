"""Every few minutes: what do the providers say of our machines? And every morning: which of them expire soon?"""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from domain.events import Arrival, Due
from domain.servers import Server
from storage.base import Storage

EVERY = timedelta(minutes=10)
MORNING = time(9)
"""By the business's clock."""
ALL = "servers:all"

Find = Callable[[Storage, datetime], AsyncIterator[list[Arrival]]]


async def sweep(storage: Storage, now: datetime) -> AsyncIterator[list[Arrival]]:
    """One event each ten minutes, however often it is looked for; none as long as nobody ever ordered a machine."""
    if await storage.find(Server, limit=1):
        at = now - timedelta(seconds=now.timestamp() % EVERY.total_seconds())
        yield [_arrival("servers-sweep", at.strftime("%Y-%m-%dT%H:%M"), at)]


def summary(zone: str) -> Find:
    """One event a day."""
    return partial(_summary, zone=ZoneInfo(zone))


async def _summary(storage: Storage, now: datetime, *, zone: ZoneInfo) -> AsyncIterator[list[Arrival]]:
    local = now.astimezone(zone)
    if local.time() >= MORNING and await storage.find(Server, limit=1):
        yield [_arrival("servers-summary", local.date().isoformat(), now)]


def _arrival(name: str, record: str, at: datetime) -> Arrival:
    return Arrival(
        source=f"job-{name}",
        external_id=record,
        conversation=ALL,
        person=ALL,
        event=Due(name=name, record=record, at=at),
    )
