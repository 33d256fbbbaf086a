"""Cases that wait for a time: an agent to be named, an idle talk to be closed."""

from collections.abc import AsyncIterator
from datetime import datetime

from domain.cases import Case
from domain.events import Arrival, Due
from storage.base import Storage

AT_ONCE = 500
"""Few enough that reading and recording them holds up nobody else for long."""


async def due_cases(storage: Storage, now: datetime) -> AsyncIterator[list[Arrival]]:
    """One event for each case whose time has come. The same case, unchanged, is the same event, however often it is
    found within a day; after that its turn was set aside, and it is tried once more. A case that was changed may come
    to the same due time once more.
    """
    last: tuple[datetime, str] | None = None
    while cases := await storage.due(Case, before=now, after=last, limit=AT_ONCE):
        found = [(case, case.due_at) for case in cases if case.due_at is not None]
        yield [
            Arrival(
                source="job-cases",
                external_id=f"{case.id}@{due_at.isoformat()}v{case.version}d{(now - due_at).days}",
                conversation=case.customer,
                person=case.customer,
                event=Due(name="case", record=case.id, at=due_at),
            )
            for case, due_at in found
        ]
        case, due_at = found[-1]
        last = (due_at, case.id)
