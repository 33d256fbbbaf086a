"""What a calendar does for us: an event with a room to meet in, for everybody who was invited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.failures import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """`id` is ours ([a-v0-9], 5 to 1024): the same id is the same event, for ever. Times are aware; `zone` is the
    mentor's. `attendees` are e-mail addresses. `previous`: the event this one takes the place of; empty: none.
    """

    id: str
    title: str
    description: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    attendees: tuple[str, ...]
    previous: str = ""


@dataclass(frozen=True, slots=True)
class Scheduled:
    """`room` is the link to meet at. `invited`: whether the calendar itself has sent the invitations."""

    event: str
    room: str
    invited: bool


class Calendar(Protocol):
    name: str

    async def put(self, meeting: Meeting) -> Scheduled | Failure:
        """Make the event, or find it where it is there already. Retry while its room is not ready."""

    async def check(self) -> Failure | None:
        """Whether it can be used as it is set up. Changes nothing."""

    async def remove(self, event: str) -> Failure | None:
        """Take it back; one that is gone is fine. The attendees are told where the calendar invites."""
