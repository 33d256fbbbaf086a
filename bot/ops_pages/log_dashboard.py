"""What the dashboard shows: how many errors there were, of which level and source, when; what is new, rising and gone;
how the sources stand.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from bot.ops_pages.charts import Span
from domain.log_patterns import LogHour, LogPattern, PatternState, SourceStatus
from domain.log_sources import LogWatch
from domain.log_trends import Trend, counted, trend
from storage.base import Storage

MOST_HOURS = 50_000
LOOKED_THROUGH = 1000
"""Patterns among which the rising and those that are gone are looked for: those seen last."""
AT_ONCE = 250
SHOWN = 6
COUNTED = 1000

WINDOWS = {"24h": (24, 1), "7d": (28, 6)}
"""By their names in the address: so many columns of so many hours."""


class Change(Struct, frozen=True, kw_only=True):
    """A pattern with its errors in the window before and in this one."""

    pattern: LogPattern
    before: int
    after: int


class SourceLine(Struct, frozen=True, kw_only=True):
    """A source that the catalog names, or that was found in what is stored."""

    id: str
    team: str
    status: SourceStatus | None
    hours: tuple[LogHour, ...]

    @property
    def count(self) -> int:
        return sum(each.count for each in self.hours)


class Dashboard(Struct, frozen=True, kw_only=True):
    """`fresh`, `unseen` and `regressed` count the patterns that were first found in the window, that nobody has done
    anything with, and that came back: COUNTED for so many or more.
    """

    span: Span
    hours: tuple[LogHour, ...]
    sources: tuple[SourceLine, ...]
    fresh: int
    unseen: int
    regressed: int
    new: tuple[LogPattern, ...]
    rising: tuple[Change, ...]
    gone: tuple[Change, ...]


async def read(storage: Storage, watch: LogWatch, span: Span, now: datetime) -> Dashboard:
    since = span.first
    window = timedelta(hours=span.columns * span.hours)
    hours = await storage.newest(LogHour, by="at", limit=MOST_HOURS, least=since)
    recent = await _patterns(storage, now, window, None)
    earlier = await _patterns(storage, now, 2 * window, (now - window, ""))
    return Dashboard(
        span=span,
        hours=hours,
        sources=await _sources(storage, watch, hours),
        fresh=await storage.how_many(LogPattern, most=COUNTED, by="seen_at", least=since),
        unseen=await storage.how_many(LogPattern, most=COUNTED, state=PatternState.NEW.value),
        regressed=await storage.how_many(LogPattern, most=COUNTED, state=PatternState.REGRESSED.value),
        new=await storage.newest(LogPattern, by="seen_at", limit=SHOWN, least=since),
        rising=_most(_of(Trend.RISING, recent, now, window)),
        gone=_most(_of(Trend.GONE, earlier, now, window)),
    )


async def _patterns(
    storage: Storage, now: datetime, window: timedelta, after: tuple[datetime, str] | None
) -> list[LogPattern]:
    """Those seen within the window; from a time on backwards, or from now on."""
    found: list[LogPattern] = []
    while len(found) < LOOKED_THROUGH:
        page = await storage.newest(LogPattern, by="last_at", limit=AT_ONCE, after=after, least=now - window)
        found += page
        if len(page) < AT_ONCE:
            break
        after = (page[-1].last_at, page[-1].id)
    return found


def _of(wanted: Trend, patterns: Sequence[LogPattern], now: datetime, window: timedelta) -> list[Change]:
    return [
        Change(
            pattern=each,
            before=counted(each.hours, now - 2 * window, now - window),
            after=counted(each.hours, now - window, now),
        )
        for each in patterns
        if trend(each, now, window) is wanted
    ]


def _most(changes: Sequence[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda each: (-abs(each.after - each.before), each.pattern.id))[:SHOWN])


async def _sources(storage: Storage, watch: LogWatch, hours: Sequence[LogHour]) -> tuple[SourceLine, ...]:
    """Those with most errors first, then by name."""
    statuses = {each.id: each for each in await storage.find(SourceStatus, limit=COUNTED)}
    named = {each.id: each for each in watch.sources}
    of_source: dict[str, list[LogHour]] = {each: [] for each in (*named, *statuses)}
    for each in hours:
        of_source.setdefault(each.source, []).append(each)
    lines = [
        SourceLine(
            id=name, team=named[name].team if name in named else "", status=statuses.get(name), hours=tuple(counts)
        )
        for name, counts in of_source.items()
    ]
    return tuple(sorted(lines, key=lambda each: (-each.count, each.id)))
