"""Every so often each log is to be read on."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from domain.events import Arrival, Due
from domain.log_scans import ALL
from domain.log_sources import LogWatch
from storage.base import Storage


def seconds(watch: LogWatch) -> int:
    return max(1, round(watch.rules.every.total_seconds()))


async def scans(storage: Storage, now: datetime, *, watch: LogWatch) -> AsyncIterator[list[Arrival]]:
    """One event a source. Twice in half the time from one scan to the next, as by two clocks, is once."""
    slot = watch.rules.every.total_seconds() / 2
    at = now - timedelta(seconds=now.timestamp() % slot)
    yield [
        Arrival(
            source="job-logs-scan",
            external_id=f"{source.id}@{at.isoformat(timespec='milliseconds')}",
            conversation=ALL,
            person=ALL,
            event=Due(name="logs-scan", record=source.id, at=now),
        )
        for source in watch.sources
    ]
