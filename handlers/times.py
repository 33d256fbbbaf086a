"""A mentor's times, as they stand now: which are free, and whether one can be had."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from domain.bookings import Availability, Booking, fits, free_times, hold, hours_of, in_the_way, let_go
from domain.hours import OpeningHours
from domain.mentoring import Mentor, Rules
from handlers.flow import Turn
from handlers.ports import Records

BOOKINGS = 1000
"""Of one mentor that are not let go: more than a calendar of some weeks holds."""


class Times(Struct, frozen=True, kw_only=True):
    """`taken` are the bookings of others, holds that ran out among them, and `own` those that may be let go for this
    one.
    """

    mentor: Mentor
    rules: Rules
    hours: OpeningHours
    taken: tuple[Booking, ...]
    own: tuple[Booking, ...]
    now: datetime

    def free(self) -> tuple[datetime, ...]:
        """When a session can begin, in UTC, earliest first."""
        return tuple(free_times(self.mentor, self.rules, self.hours, self.taken, self.now))

    def at(self, day: date, minutes: int, zone: ZoneInfo) -> datetime | None:
        """The free time of that day and minute on the clock of a zone, whether it is one of those offered or not; the
        first of two, where clocks are set back. None: there is none.
        """
        local = datetime.combine(day, time(*divmod(minutes, 60)), tzinfo=zone)
        offered = [
            each for each in self.free() if each.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
        ]
        wanted = offered[0] if offered else local.astimezone(UTC)
        return wanted if self.can_have(hold("", "", self.mentor, wanted, self.now)) else None

    def can_have(self, booking: Booking, held: Booking | None = None) -> bool:
        """Whether the booking's time is in the mentor's hours and in nobody's way. What is `held` already may meanwhile
        have come nearer than the lead.
        """
        same = held is not None and (held.mentor, held.starts_at) == (booking.mentor, booking.starts_at)
        holds = held is not None and same and held.is_taken(self.now)
        rules = replace(self.rules, lead=timedelta()) if holds else self.rules
        if not fits(self.mentor, rules, self.hours, booking.starts_at, self.now):
            return False
        return not any(each.is_taken(self.now) for each in in_the_way(booking, self.taken))

    def made_free(self, booking: Booking) -> tuple[Booking, ...]:
        """What is let go so that the booking can be: holds that ran out, and those of the same customer."""
        over = (each for each in self.taken if not each.is_taken(self.now))
        return tuple(let_go(each, self.now) for each in in_the_way(booking, (*over, *self.own)))


async def times_of(turn: Turn, mentor: Mentor, rules: Rules, *, customer: str, booking: str = "") -> Times:
    """For this customer, whose own holds are in nobody's way; `booking` is the one that is to have a time."""
    hours = await hours_now(turn.records, mentor)
    found = await turn.records.find(Booking, calendar=mentor.id, limit=BOOKINGS)
    others = [each for each in found if each.id != booking]
    own = tuple(each for each in others if each.customer == customer and not each.order)
    return Times(
        mentor=mentor,
        rules=rules,
        hours=hours,
        taken=tuple(each for each in others if each not in own),
        own=own,
        now=turn.now,
    )


async def hours_now(records: Records, mentor: Mentor) -> OpeningHours:
    """The catalog's hours with what the mentor has changed."""
    return hours_of(mentor, await records.get(Availability, mentor.id))


def zone_of(turn: Turn) -> ZoneInfo:
    """The person's own, or the business's."""
    return ZoneInfo(turn.person.zone or turn.places.zone)


def by_day(times: Sequence[datetime], zone: ZoneInfo) -> dict[date, list[datetime]]:
    """The times by their day in a zone, in order."""
    days: dict[date, list[datetime]] = {}
    for at in times:
        days.setdefault(at.astimezone(zone).date(), []).append(at)
    return days
