"""What the tables of catalog.toml have in common: words in all languages, hours, ids."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, StringConstraints

from domain.hours import DAY, OpeningHours, Span

NAME_LIMIT = 20
"""Characters on a WhatsApp quick-reply button."""
DESCRIPTION_LIMIT = 72
"""Characters under the title of a WhatsApp list row."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? +(\d\d):(\d\d)-(\d\d):(\d\d)")
_ID = re.compile(r"[a-z][a-z0-9_]{0,23}")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Table(BaseModel):
    """A table of the file: an unknown name in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Table):
    id: Line
    en: Line


class Hours(Table):
    """`open` as in "mon-fri 08:00-21:00", by the clock of the zone."""

    zone: Line
    open: tuple[Line, ...]
    holidays: tuple[date, ...] = ()


def mistakes_in_id(where: str, given: str) -> Iterator[str]:
    if not _ID.fullmatch(given):
        yield f"{where}: an id is a small letter and then up to 23 small letters, digits and underscores"


def mistakes_in_words(where: str, name: Words, description: Words) -> Iterator[str]:
    for field, words, limit in (("name", name, NAME_LIMIT), ("description", description, DESCRIPTION_LIMIT)):
        for language, text in words.model_dump().items():
            if len(text) > limit:
                yield f"{where}.{field}.{language} is longer than {limit} characters"


def mistakes_in_hours(where: str, hours: Hours) -> Iterator[str]:
    try:
        ZoneInfo(hours.zone)
    except (OSError, ValueError, KeyError):  # a folder's name, a path, a name that is not known
        yield f"{where}.zone: there is no time zone {hours.zone!r}"
    for text in hours.open:
        try:
            spans(text)
        except ValueError:
            yield f'{where}.open: {text!r} is not like "mon-fri 08:00-21:00"'


def spans(text: str) -> tuple[tuple[int, Span], ...]:
    """The spans of "mon-fri 08:00-21:00" by weekday. Raises ValueError for anything else."""
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(text)
    first = _WEEKDAYS.index(match[1])
    last = _WEEKDAYS.index(match[2] or match[1])
    hours = [int(number) for number in match.groups()[2:]]
    if hours[1] > 59 or hours[3] > 59 or hours[0] > 23 or hours[2] > 24:
        raise ValueError(text)
    opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    span = Span(opens, closes if closes > opens else closes + DAY)
    return tuple(((first + i) % 7, span) for i in range((last - first) % 7 + 1))


def opening_hours(hours: Hours) -> OpeningHours:
    """Raises ValueError where `mistakes_in_hours` has something to say."""
    by_day: dict[int, list[Span]] = {}
    for text in hours.open:
        for weekday, span in spans(text):
            by_day.setdefault(weekday, []).append(span)
    by_weekday = {day: tuple(sorted(of_day, key=lambda span: span.opens)) for day, of_day in by_day.items()}
    return OpeningHours(hours.zone, by_weekday, frozenset(hours.holidays))
