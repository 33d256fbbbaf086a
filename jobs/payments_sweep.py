"""Once a night: does everything about money add up?"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta

from domain.events import Arrival, Due
from domain.payments import Payment
from storage.base import Storage

AT = time(19, 0, tzinfo=UTC)
"""Two in the morning in Jakarta."""


async def find(storage: Storage, now: datetime) -> AsyncIterator[list[Arrival]]:
    """One event a night, however often it is looked for; none as long as nobody was ever to pay."""
    night = (now - timedelta(hours=AT.hour, minutes=AT.minute)).date()
    if await storage.find(Payment, limit=1):
        due = Due(name="payments-sweep", record=night.isoformat(), at=datetime.combine(night, AT))
        yield [
            Arrival(
                source="job-payments-sweep",
                external_id=night.isoformat(),
                conversation="payments-sweep:all",
                person="payments-sweep:all",
                event=due,
            )
        ]
