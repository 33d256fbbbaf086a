"""When a mentor is free, as they change it from the chat: hours by weekday, and days off."""

import re
from datetime import date, datetime, time, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from domain.bookings import Availability, Booking, hours_of, within
from domain.dates import read_days, read_spans, read_weekday
from domain.hours import DAY, Span
from domain.mentoring import Mentor
from domain.messages import Say, Text, Value, moment
from domain.orders import Order
from handlers.flow import Outcome, Turn
from handlers.times import BOOKINGS

WEEKDAYS = (
    "weekday-monday",
    "weekday-tuesday",
    "weekday-wednesday",
    "weekday-thursday",
    "weekday-friday",
    "weekday-saturday",
    "weekday-sunday",
)
LONGEST = 92
"""Days off that can be said at once."""
ORIGINAL = frozenset({"asli", "semula", "default", "original", "reset"})
REMOVE = re.compile(r"(?:hapus|batal|hilangkan|remove|delete)\s+(.+)")
ONE_DAY = re.compile(r"([a-z']+)(?:\s*(?:-|–|s/?d|sampai|to)\s*([a-z']+))?\s*:?\s+(.+)")


async def weekly(turn: Turn, mentor: Mentor, rest: str) -> Outcome:
    """`/jadwal`, `/jadwal senin 09.00-12.00, 13.00-17.00`, `/jadwal senin -`, `/jadwal senin-jumat asli`."""
    changed = await _availability(turn, mentor)
    if not rest:
        return _say(mentor, _week(mentor, changed))
    match = ONE_DAY.fullmatch(rest.casefold())
    first = read_weekday(match[1]) if match else None
    last = read_weekday(match[2]) if match and match[2] else first
    if match is None or first is None or last is None:
        return _say(mentor, Text("hours-odd"))
    days = [(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)]
    if match[3] in ORIGINAL:
        hours = {day: spans for day, spans in changed.hours.items() if day not in days}
    else:
        spans = read_spans(match[3])
        if spans is None or any(span.opens % 15 or span.closes % 15 for span in spans):
            return _say(mentor, Text("hours-odd"))
        if any(span.closes - span.opens < mentor.length // timedelta(minutes=1) for span in spans):
            return _say(mentor, Text("hours-short", {"minutes": mentor.length // timedelta(minutes=1)}))
        hours = {**changed.hours, **dict.fromkeys(days, spans)}
    changed = replace(changed, hours=hours)
    return _say(mentor, _week(mentor, changed), *await _still_booked(turn, mentor, changed), save=changed)


async def days_off(turn: Turn, mentor: Mentor, rest: str) -> Outcome:
    """`/libur`, `/libur 24/12`, `/libur 24/12 - 26/12`, `/libur hapus 24/12`."""
    stored = await _availability(turn, mentor)
    today = turn.now.astimezone(ZoneInfo(mentor.hours.zone)).date()
    changed = replace(stored, days_off=tuple(day for day in stored.days_off if day >= today))
    if not rest:
        return _say(mentor, _list(mentor, changed))
    removed = REMOVE.fullmatch(rest.casefold())
    span = read_days(removed[1] if removed else rest, today)
    if span is None:
        return _say(mentor, Text("days-off-odd"))
    if span[1] < today:
        return _say(mentor, Text("days-off-past"))
    if (span[1] - span[0]).days >= LONGEST:
        return _say(mentor, Text("days-off-long", {"days": LONGEST}))
    said = {span[0] + timedelta(days=ahead) for ahead in range((span[1] - span[0]).days + 1)}
    off = set(changed.days_off) - said if removed else set(changed.days_off) | said
    changed = replace(changed, days_off=tuple(sorted(day for day in off if day >= today)))
    booked = () if removed else await _still_booked(turn, mentor, changed)
    return _say(mentor, _list(mentor, changed), *booked, save=changed)


async def _availability(turn: Turn, mentor: Mentor) -> Availability:
    return await turn.records.get(Availability, mentor.id) or Availability(id=mentor.id)


def _say(mentor: Mentor, *texts: Text, save: Availability | None = None) -> Outcome:
    """On the mentor's own clock."""
    says = tuple(Say(text=text, zone=mentor.hours.zone) for text in texts)
    return Outcome(say=says, save=(save,) if save else ())


def _week(mentor: Mentor, changed: Availability) -> Text:
    hours = hours_of(mentor, changed)
    lines = []
    for weekday, name in enumerate(WEEKDAYS):
        spans = ", ".join(_shown(span) for span in hours.spans.get(weekday, ()))
        own = "yes" if weekday in changed.hours else "no"
        lines.append(Text("hours-line", {"day": {"text": name}, "spans": spans or "–", "changed": own}))
    return Text("hours-week", {"lines": tuple(lines)})


def _shown(span: Span) -> str:
    opens, closes = span.opens, span.closes if span.closes <= DAY else span.closes - DAY
    return f"{opens // 60:02}.{opens % 60:02}–{closes // 60:02}.{closes % 60:02}"


def _list(mentor: Mentor, changed: Availability) -> Text:
    if not changed.days_off:
        return Text("days-off-none")
    lines = []
    for _, group in groupby(enumerate(changed.days_off), key=lambda each: each[1].toordinal() - each[0]):
        days = [_noon(day, mentor) for _, day in group]
        first_last: dict[str, Value] = {"first": moment(days[0], "day"), "last": moment(days[-1], "day")}
        lines.append(Text("days-off-line" if len(days) == 1 else "days-off-lines", first_last))
    return Text("days-off", {"lines": tuple(lines)})


async def _still_booked(turn: Turn, mentor: Mentor, changed: Availability) -> tuple[Text, ...]:
    """What was booked before and no longer lies in the hours: it stays, and the mentor is told."""
    hours = hours_of(mentor, changed)
    taken = await turn.records.find(Booking, calendar=mentor.id, limit=BOOKINGS)
    lines = []
    for booking in sorted(taken, key=lambda each: each.starts_at):
        if booking.starts_at <= turn.now or not booking.order or within(mentor, hours, booking.starts_at):
            continue
        order = await turn.records.get(Order, booking.order)
        if order is not None and order.running:
            values: dict[str, Value] = {
                "number": order.number,
                "customer": order.name or "–",
                "at": moment(booking.starts_at),
            }
            lines.append(Text("still-booked-line", values))
    return (Text("still-booked", {"lines": tuple(lines)}),) if lines else ()


def midnight(now: datetime, mentor: Mentor, ahead: int) -> datetime:
    """The beginning of today, or of a day so far ahead, on the mentor's clock."""
    zone = ZoneInfo(mentor.hours.zone)
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=ahead), time(), tzinfo=zone)


def _noon(day: date, mentor: Mentor) -> datetime:
    return datetime.combine(day, time(12), tzinfo=ZoneInfo(mentor.hours.zone))
