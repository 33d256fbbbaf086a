"""Cases that wait for a time: an agent to be named, an idle talk to be closed."""

from datetime import datetime

from domain.cases import Case
from domain.events import Arrival, Due
from storage.base import Storage

AT_ONCE = 200


async def due_cases(storage: Storage, now: datetime) -> list[Arrival]:
    """One event for each case whose time has come. The same case, unchanged, is the same event, however often it is
    found within a day; after that its turn was set aside, and it is tried once more. A case that was changed may come
    to the same due time once more.
    """
    cases = await storage.due(Case, before=now, limit=AT_ONCE)
    return [
        Arrival(
            source="job-cases",
            external_id=f"{case.id}@{case.due_at.isoformat()}v{case.version}d{(now - case.due_at).days}",
            conversation=case.customer,
            person=case.customer,
            event=Due(name="case", record=case.id, at=case.due_at),
        )
        for case in cases
        if case.due_at is not None
    ]
