"""The first of a month: what each mentor earned in the last one."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from domain.bookings import MentorAccount
from domain.events import Arrival, Due
from storage.base import Storage

MENTORS = 10_000
STILL_NEWS = timedelta(days=7)
"""Into the month: no longer than the inbox is sure to know what it was told already."""


async def months(storage: Storage, now: datetime) -> AsyncIterator[list[Arrival]]:
    """One event a mentor and month, by UTC; however often it is found, it is told once."""
    first = now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    if now - first >= STILL_NEWS:
        return
    yield [
        Arrival(
            source="job-months",
            external_id=f"{account.id}@{first:%Y-%m}",
            conversation=f"mentors:{account.id}",
            event=Due(name="month", record=account.id, at=first),
        )
        for account in await storage.find(MentorAccount, limit=MENTORS)
        if account.since < first
    ]
