"""When a line of a log was written, by what it says of it. What is no time is None, never an error."""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from msgspec import Struct


class When(Struct, frozen=True):
    """What a time without a year or a zone is read by: the source's zone, and a time shortly after the line."""

    zone: tzinfo
    near: datetime


ISO = r"\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?:\s?(?:Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d))?"
"""A regular expression of what `iso` reads."""
MONTH = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_UTC = re.compile(r"\s?(?:UTC|GMT)$")
_BLANK = re.compile(r"\s(?=[+-]\d\d:?\d\d$)")
LEAP = 8
"""Years from one 29th of February to the next at most."""


def iso(text: str, when: When) -> datetime | None:
    """ISO 8601 and its relatives: a blank for the T, slashes, a comma before the fraction, with a zone or without."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(_BLANK.sub("", _UTC.sub("Z", text.strip())).replace("/", "-"))
        except ValueError:
            return None
    return _utc(at, when.zone)


def _utc(at: datetime, zone: tzinfo) -> datetime | None:
    try:
        return (at.replace(tzinfo=zone) if at.tzinfo is None else at).astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # at the ends of the calendar


def made(year: int, month: int, day: int, clock: str, zone: tzinfo) -> datetime | None:
    """`clock` is `03:00:00`, with a fraction or without."""
    whole, _, fraction = clock.replace(",", ".").partition(".")
    try:
        hour, minute, second = map(int, whole.split(":"))
        micro = int(fraction[:6].ljust(6, "0"))
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None  # the 31st of February


def without_year(month: int, day: int, clock: str, when: When) -> datetime | None:
    """The last such day that is not after `near` by more than a day: December's lines are read in January too."""
    latest = when.near + timedelta(days=1)
    year = latest.astimezone(when.zone).year
    for candidate in range(year, year - LEAP - 1, -1):
        at = made(candidate, month, day, clock, when.zone)
        if at is not None and at <= latest:
            return at
    return None


def month(name: str) -> int:
    """Its number; 0: it is none."""
    return _MONTHS.get(name[:3].casefold(), 0)


def epoch(value: object) -> datetime | None:
    """Seconds, milliseconds, micro- or nanoseconds since 1970, as its size tells."""
    try:
        number = float(str(value))
        while abs(number) >= 1e11 and number == number and abs(number) != float("inf"):
            number /= 1000
        return datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


_DAY_FIRST = re.compile(r"(\d\d?)[-/ .](\w{3})[-/ .](\d{4})[ :T](\d\d:\d\d:\d\d(?:[.,]\d+)?)(?: ([+-]\d{4}))?$")
_TWO_DIGITS = re.compile(r"(\d\d)/?(\d\d)/?(\d\d) (\d\d):?(\d\d):?(\d\d(?:[.,]\d+)?)$")


def moment(text: str, when: When) -> datetime | None:
    """What stands in a line's `span`, or in a field: any of the times that the formats have. A time of day alone tells
    no day.
    """
    if text[4:5] in ("-", "/") and text[:4].isdigit():
        return iso(text, when)
    try:
        if text[:1].isalpha():  # `Nov 21 03:00:00`, and apache's with the year behind it
            name, day, clock, *year = text.split()
            if year:
                return made(int(year[0]), month(name), int(day), clock, when.zone)
            return without_year(month(name), int(day), clock, when)
        if found := _DAY_FIRST.match(text):
            zone = _zone(found[5]) if found[5] else when.zone
            return made(int(found[3]), month(found[2]), int(found[1]), found[4], zone)
        if found := _TWO_DIGITS.match(text):  # `26/11/21 03:00:00`, Hadoop's `261121 030000`
            return made(2000 + int(found[1]), int(found[2]), int(found[3]), ":".join(found.group(4, 5, 6)), when.zone)
        date, _, clock = text.partition(" ")
        if clock:  # Android's `11-21 03:00:00.123`, klog's `1121 03:00:00.123456`
            return without_year(int(date[:2]), int(date[-2:]), clock, when)
    except ValueError:
        return None
    return (epoch(text) if ":" not in text else None) or iso(text, when)


def _zone(offset: str) -> tzinfo:
    ahead = timedelta(hours=int(offset[1:3]), minutes=int(offset[3:5]))
    return timezone(-ahead if offset[0] == "-" else ahead)
