"""Bookings: times with a mentor, held or taken, and which are free.

A booking holds a unique key for each quarter hour it takes, buffer included; so two customers who race for a time meet
in the store, and one of them is offered another. A hold that ran out is let go in the commit of whoever takes its time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from domain.hours import DAY, OpeningHours, Span
from domain.mentoring import Mentor, Rules
from domain.records import NOBODYS, Personal, Table

QUARTER = timedelta(minutes=15)


def quarters(mentor: str, starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
    """The unique keys of the quarter hours, by UTC, that some of the time from `starts_at` to `ends_at` lies in."""
    moment = starts_at.astimezone(UTC)
    moment -= timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    count = -(-(ends_at - moment) // QUARTER)
    return tuple(f"slot/{mentor}/{moment + QUARTER * index:%Y-%m-%dT%H:%M}" for index in range(count))


def _keys(booking: "Booking") -> tuple[str, ...]:
    return quarters(booking.mentor, booking.starts_at, booking.free_at) if booking.calendar else ()


class Booking(Struct, frozen=True, kw_only=True):
    """A time of a mentor's. Times are business time, UTC.

    `ends_at` is the session's end, `free_at` the end of the buffer after it. `calendar` is the mentor's id as long as
    the time is taken; empty: let go. `held_until`: when the hold runs out; None: it is taken for good. `order` is empty
    while the order is still being put together.
    """

    TABLE: ClassVar[Table] = Table(
        "bookings",
        indexes=("calendar", "customer", "order", "ended_at"),
        keys=_keys,
        personal=Personal("customer"),
        ended="ended_at",
    )

    id: str
    version: int = 0
    customer: str
    mentor: str
    calendar: str
    starts_at: datetime
    ends_at: datetime
    free_at: datetime
    order: str = ""
    held_until: datetime | None = None
    ended_at: datetime | None = None

    def is_taken(self, now: datetime) -> bool:
        """Whether it is still in the way of others."""
        return bool(self.calendar) and (self.held_until is None or now < self.held_until)


def hold(booking_id: str, customer: str, mentor: Mentor, starts_at: datetime, until: datetime) -> Booking:
    ends_at = starts_at + mentor.length
    return Booking(
        id=booking_id,
        customer=customer,
        mentor=mentor.id,
        calendar=mentor.id,
        starts_at=starts_at,
        ends_at=ends_at,
        free_at=ends_at + mentor.buffer,
        held_until=until,
    )


def let_go(booking: Booking, now: datetime) -> Booking:
    """The time is free for others."""
    return replace(booking, calendar="", held_until=None, ended_at=now)


def in_the_way(booking: Booking, others: Iterable[Booking]) -> tuple[Booking, ...]:
    """Those that take some of the same time, whether their hold still stands or not."""
    wanted = set(quarters(booking.mentor, booking.starts_at, booking.free_at))
    return tuple(each for each in others if each.id != booking.id and wanted.intersection(_keys(each)))


# --- when a mentor is free ---


class Availability(Struct, frozen=True, kw_only=True):
    """What a mentor has changed about their hours, by the mentor's id.

    `hours` replaces the catalog's spans of each weekday named in it (0 is Monday; no spans: not that day); `days_off`
    are days in the mentor's zone on which no session begins.
    """

    TABLE: ClassVar[Table] = Table("availability", personal=NOBODYS)

    id: str
    version: int = 0
    hours: dict[int, tuple[Span, ...]] = {}
    days_off: tuple[date, ...] = ()


class MentorAccount(Struct, frozen=True, kw_only=True):
    """Which chat is a mentor's, by the mentor's id: they have proved themselves with the catalog's one-time `code`.

    A code that was used is of no use to anybody again; a new one in the catalog lets the mentor change chats.
    """

    TABLE: ClassVar[Table] = Table("mentor_accounts", indexes=("chat",), personal=Personal("chat"))

    id: str
    version: int = 0
    chat: str
    code: str
    since: datetime


def hours_of(mentor: Mentor, changed: Availability | None) -> OpeningHours:
    """The catalog's hours with what the mentor changed."""
    if changed is None:
        return mentor.hours
    spans = {**mentor.hours.spans, **changed.hours}
    return OpeningHours(mentor.hours.zone, spans, mentor.hours.holidays | set(changed.days_off))


def free_times(
    mentor: Mentor, rules: Rules, hours: OpeningHours, taken: Sequence[Booking], now: datetime
) -> Iterator[datetime]:
    """The times at which a session can begin, earliest first, in UTC.

    They stand in a raster from the beginning of each span, a session and its buffer after another, which begins anew
    after each booking. A session lies within a span; a buffer may reach beyond it. None begins on a holiday.
    """
    earliest, latest = now + rules.lead, now + rules.horizon
    busy = sorted((each.starts_at, each.free_at) for each in taken if each.is_taken(now))
    begins, reach = [starts for starts, _ in busy], list(accumulate((free for _, free in busy), max))
    step = mentor.length + mentor.buffer
    for opens, closes in _spans(hours, earliest, latest):
        at = opens
        while at + mentor.length <= closes:
            before = bisect_left(begins, at + step)
            if before and reach[before - 1] > at:
                at = reach[before - 1]
                continue
            if earliest <= at <= latest and not _off(hours, at):
                yield at
            at += step


def fits(mentor: Mentor, rules: Rules, hours: OpeningHours, starts_at: datetime, now: datetime) -> bool:
    """Whether a session may begin then, bookings aside."""
    return now + rules.lead <= starts_at <= now + rules.horizon and within(mentor, hours, starts_at)


def within(mentor: Mentor, hours: OpeningHours, starts_at: datetime) -> bool:
    """Whether a session that begins then lies in the mentor's hours."""
    if starts_at.minute % 15 or starts_at.second or starts_at.microsecond or _off(hours, starts_at):
        return False
    ends_at = starts_at + mentor.length
    return any(opens <= starts_at and ends_at <= closes for opens, closes in _spans(hours, starts_at, ends_at))


def _off(hours: OpeningHours, at: datetime) -> bool:
    return at.astimezone(ZoneInfo(hours.zone)).date() in hours.holidays


def _spans(hours: OpeningHours, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The spans that touch this time, in order, in UTC; those that overlap as one."""
    zone = ZoneInfo(hours.zone)
    first, last = since.astimezone(zone).date() - timedelta(days=1), until.astimezone(zone).date()
    days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
    spans = sorted(
        (_wall(day, span.opens, 0, zone), _wall(day, span.closes, 1, zone))
        for day in days
        if day not in hours.holidays
        for span in hours.spans.get(day.weekday(), ())
    )
    whole: tuple[datetime, datetime] | None = None
    for opens, closes in spans:
        if whole is not None and opens < whole[1]:
            whole = (whole[0], max(whole[1], closes))
            continue
        if whole is not None and whole[1] > since:
            yield whole
        whole = (opens, closes)
    if whole is not None and whole[1] > since:
        yield whole


def _wall(day: date, minutes: int, fold: int, zone: ZoneInfo) -> datetime:
    """In UTC; of a wall-clock time that comes twice, the first (`fold` 0) or the second."""
    days, minutes = divmod(minutes, DAY)
    wall = datetime.combine(day + timedelta(days=days), time(minutes // 60, minutes % 60, fold=fold), tzinfo=zone)
    return wall.astimezone(UTC)
