"""Records that wait for a time: one event for each whose time has come."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Protocol, TypeVar

from domain.events import Arrival, Due
from domain.records import Record
from storage.base import Storage

AT_ONCE = 500
"""Few enough that reading and recording them holds up nobody else for long."""


class Timed(Record, Protocol):
    """A record type with the index `due_at`."""

    @property
    def due_at(self) -> datetime | None: ...


T = TypeVar("T", bound=Timed)


def due(
    kind: type[T], name: str, conversation: Callable[[T], str]
) -> Callable[[Storage, datetime], AsyncIterator[list[Arrival]]]:
    """Finds what is due of a record type, as `Due` events of that name, each into the conversation it belongs to.

    The same record, unchanged, is the same event, however often it is found within a day; after that its turn was set
    aside, and it is tried once more. A record that was changed may come to the same due time once more.
    """

    async def find(storage: Storage, now: datetime) -> AsyncIterator[list[Arrival]]:
        last: tuple[datetime, str] | None = None
        while records := await storage.due(kind, before=now, after=last, limit=AT_ONCE):
            found = [(record, record.due_at) for record in records if record.due_at is not None]
            yield [
                Arrival(
                    source=f"job-{kind.TABLE.name}",
                    external_id=f"{record.id}@{due_at.isoformat()}v{record.version}d{(now - due_at).days}",
                    conversation=conversation(record),
                    person=conversation(record),
                    event=Due(name=name, record=record.id, at=due_at),
                )
                for record, due_at in found
            ]
            record, due_at = found[-1]
            last = (due_at, record.id)

    return find
