"""The list of errors: what is asked for, in its address, and what is found.

Whatever the store has an index for is read along it; the rest is looked through, so many at a time.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import asdict, replace

from domain.log_levels import Level
from domain.log_patterns import LogPattern, PatternState
from storage.base import Storage, Value

ROWS = 25
LOOKED_THROUGH = 5000
"""Patterns that one page looks through."""
AT_ONCE = 250
"""Patterns that are read at a time: whoever else reads comes in between."""
COUNTED = 10_000
LONGEST = 200
"""Characters that are searched for."""


class Sort(StrEnum):
    """By which index, descending."""

    LAST = "last_at"
    COUNT = "count"
    FIRST = "first_at"


SINCE = {"1h": timedelta(hours=1), "24h": timedelta(days=1), "7d": timedelta(days=7)}


class Wanted(Struct, frozen=True, kw_only=True):
    """What the list shows. Empty: whatever. `after` is where the page begins, as `place` writes it."""

    state: str = ""
    level: str = ""
    source: str = ""
    team: str = ""
    since: str = ""
    q: str = ""
    sort: str = Sort.LAST.value
    after: str = ""

    def query(self, **changes: str) -> str:
        """For an address: what is not as it always is."""
        told = asdict(replace(self, **changes))
        usual = asdict(Wanted())
        return urlencode({name: value for name, value in told.items() if value != usual[name]})

    @property
    def filtered(self) -> bool:
        return replace(self, sort=Sort.LAST.value, after="") != Wanted()


def wanted(query: Mapping[str, str]) -> Wanted:
    """From an address; what makes no sense in it is left out."""

    def one_of(name: str, known: Iterable[str]) -> str:
        value = query.get(name, "")
        return value if value in known else ""

    return Wanted(
        state=one_of("state", [each.value for each in PatternState]),
        level=one_of("level", [each.name.lower() for each in Level]),
        source=query.get("source", "")[:LONGEST],
        team=query.get("team", "")[:LONGEST],
        since=one_of("since", SINCE),
        q=" ".join(query.get("q", "").split())[:LONGEST],
        sort=one_of("sort", [each.value for each in Sort]) or Sort.LAST.value,
        after=query.get("after", "")[:LONGEST],
    )


class Found(Struct, frozen=True, kw_only=True):
    """`count` is how many there are in all, COUNTED for so many or more; None: nobody has counted. `looked` is how many
    were looked through for these, `next` where the next page begins; empty: this is the last.
    """

    rows: tuple[LogPattern, ...]
    count: int | None
    looked: int
    next: str


async def find(storage: Storage, wanted: Wanted, now: datetime) -> Found:
    sort = Sort(wanted.sort)
    least = now - SINCE[wanted.since] if wanted.since and sort is Sort.LAST else None
    equal = _along(wanted, sort)
    fits = _fits(wanted, now)
    count = None
    if fits is None:
        count = await storage.how_many(LogPattern, most=COUNTED, by=sort.value, least=least, **equal)
    rows: list[LogPattern] = []
    looked, after, many = 0, _after(wanted.after, sort), AT_ONCE if fits else ROWS + 1
    while True:
        page = await storage.newest(LogPattern, by=sort.value, limit=many, after=after, least=least, **equal)
        for each in page:
            if len(rows) == ROWS or looked == LOOKED_THROUGH:
                return Found(rows=tuple(rows), count=count, looked=looked, next=_place(after))
            looked += 1
            after = (getattr(each, sort.value), each.id)
            if fits is None or fits(each):
                rows.append(each)
        if len(page) < many:
            return Found(rows=tuple(rows), count=count, looked=looked, next="")


def _along(wanted: Wanted, sort: Sort) -> dict[str, str | int]:
    """What is read along an index: the rarest that has one in this order."""
    asked: dict[str, str | int] = {}
    if wanted.team:
        asked["team"] = wanted.team
    if wanted.state:
        asked["state"] = wanted.state
    if wanted.level:
        asked["level"] = Level[wanted.level.upper()].value
    for name, value in asked.items():
        if (name, sort.value) in LogPattern.TABLE.orders:
            return {name: value}
    return {}


def _fits(wanted: Wanted, now: datetime) -> Callable[[LogPattern], bool] | None:
    """Whether a pattern that was read is one of those; None: all are."""
    sort = Sort(wanted.sort)
    along = _along(wanted, sort)
    level = Level[wanted.level.upper()] if wanted.level and "level" not in along else None
    state = wanted.state if "state" not in along else ""
    team = wanted.team if "team" not in along else ""
    since = now - SINCE[wanted.since] if wanted.since and sort is not Sort.LAST else None
    words = wanted.q.casefold()
    if not (level or state or team or since or words or wanted.source):
        return None

    def fits(each: LogPattern) -> bool:
        if (level and each.level is not level) or (state and each.state != state) or (team and each.team != team):
            return False
        if (since and each.last_at < since) or (wanted.source and wanted.source not in each.sources):
            return False
        return not words or words in f"{each.id}\n{each.pattern}\n{each.sample.text}".casefold()

    return fits


# --- places ---


def _place(after: tuple[Value, str] | None) -> str:
    value, record_id = after or ("", "")
    return f"{value.isoformat() if isinstance(value, datetime) else value}~{record_id}"


def _after(text: str, sort: Sort) -> tuple[Value, str] | None:
    """None where it is no place."""
    value, _, record_id = text.partition("~")
    try:
        if sort is not Sort.COUNT:
            at = datetime.fromisoformat(value)
            return (at, record_id) if at.tzinfo is not None else None
        return (int(value), record_id) if value.isascii() and value.isdigit() and len(value) < 18 else None
    except ValueError:
        return None
