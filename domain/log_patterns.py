"""What is known of an error since it was first seen, and what the team has made of it."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.cases import Happened
from domain.log_findings import MOST_FILES, Finding, Sample, hour_of
from domain.log_lines import Level
from domain.log_sources import LogRules
from domain.records import NOBODYS, Table

HOURS_KEPT = timedelta(days=14)
HISTORY_KEPT = 50
HOUR = timedelta(hours=1)
A_START = HOUR / 6
"""What was first seen less than this before an hour began counts as seen for so long: its rate tells nothing yet."""


class PatternState(StrEnum):
    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"  # until `muted_until`, then what it was
    RESOLVED = "resolved"
    REGRESSED = "regressed"  # resolved, and seen again


class Do(StrEnum):
    """What somebody does with a pattern."""

    ACKNOWLEDGE = "acknowledge"
    MUTE = "mute"
    RESOLVE = "resolve"
    REOPEN = "reopen"


MOVES: dict[PatternState, dict[Do, PatternState]] = {
    PatternState.NEW: {
        Do.ACKNOWLEDGE: PatternState.ACKNOWLEDGED,
        Do.MUTE: PatternState.MUTED,
        Do.RESOLVE: PatternState.RESOLVED,
    },
    PatternState.ACKNOWLEDGED: {Do.MUTE: PatternState.MUTED, Do.RESOLVE: PatternState.RESOLVED},
    PatternState.MUTED: {
        Do.MUTE: PatternState.MUTED,
        Do.ACKNOWLEDGE: PatternState.ACKNOWLEDGED,
        Do.RESOLVE: PatternState.RESOLVED,
        Do.REOPEN: PatternState.ACKNOWLEDGED,
    },
    PatternState.RESOLVED: {Do.REOPEN: PatternState.ACKNOWLEDGED},
    PatternState.REGRESSED: {
        Do.ACKNOWLEDGE: PatternState.ACKNOWLEDGED,
        Do.MUTE: PatternState.MUTED,
        Do.RESOLVE: PatternState.RESOLVED,
    },
}
"""What else somebody wants changes nothing. By itself a resolved pattern that is seen again has regressed."""


class LogPattern(Struct, frozen=True, kw_only=True):
    """One error, wherever it is read. `id` is its fingerprint. Times are UTC: those of the lines themselves in
    `first_at` and `last_at`, business time in `seen_at` (when a scan found it first), `muted_until` and the history.

    `sources` counts by source, `files` by path (the newest 20), `hours` by the hour as in `Finding`, for HOURS_KEPT.
    `alert` is the id of our message in the ops group that tells of it, which is edited as the count goes up; `told_as`
    what it tells (`domain.log_alerts.News`), `told` the count that was told last. `spiked` is the last hour in which it
    came too often, as in `hours`. `muted_from` is what it goes back to when the mute ends, at `due_at`.
    """

    TABLE: ClassVar[Table] = Table(
        "log_patterns",
        indexes=("last_at", "first_at", "seen_at", "count", "due_at"),
        orders=(
            *(("state", "last_at"), ("level", "last_at"), ("team", "last_at")),
            *(("state", "count"), ("state", "first_at")),
        ),
        personal=NOBODYS,
    )

    id: str
    version: int = 0
    pattern: str
    level: Level
    state: PatternState = PatternState.NEW
    team: str = ""
    count: int
    first_at: datetime
    last_at: datetime
    seen_at: datetime
    sample: Sample
    sources: dict[str, int]
    files: dict[str, int]
    hours: dict[str, int]
    muted_until: datetime | None = None
    muted_from: PatternState = PatternState.NEW
    due_at: datetime | None = None
    alert: str = ""
    told_as: str = ""
    told: int = 0
    spiked: str = ""
    history: tuple[Happened, ...] = ()


class LogHour(Struct, frozen=True, kw_only=True):
    """How many errors of a level a source had in an hour; the id is made of the three. For the dashboard."""

    TABLE: ClassVar[Table] = Table("log_hours", indexes=("source", "at"), personal=NOBODYS, ended="at")

    id: str
    version: int = 0
    source: str
    level: Level
    at: datetime
    count: int


class SourceStatus(Struct, frozen=True, kw_only=True):
    """How a source stands. `id` is the source's. Business time, UTC. `grew_at`: when a scan last found something
    written, at first when it was first read; `silent`, `failing` (why): ops were told. `works_since`: its scans have
    not failed since. `waiting`: bytes that are still to be read. `asked`: the effect that scans it now.
    """

    TABLE: ClassVar[Table] = Table("log_sources", personal=NOBODYS)

    id: str
    version: int = 0
    scanned_at: datetime | None = None
    grew_at: datetime | None = None
    silent: bool = False
    failing: str = ""
    works_since: datetime | None = None
    files: int = 0
    waiting: int = 0
    asked: str = ""


def first_seen(found: Finding, source: str, team: str, now: datetime) -> LogPattern:
    return LogPattern(
        id=found.id,
        pattern=found.pattern,
        level=found.level,
        team=team,
        count=found.count,
        first_at=found.first_at,
        last_at=found.last_at,
        seen_at=now,
        sample=found.sample,
        sources={source: found.count},
        files=found.files,
        hours=_kept(found.hours, now),
    )


def seen_again(pattern: LogPattern, found: Finding, source: str, now: datetime) -> LogPattern:
    """With what was found now. What had been resolved and was written since has regressed."""
    newer = found.sample.at > pattern.sample.at
    files = {path: count for path, count in pattern.files.items() if path not in found.files}
    files |= {path: pattern.files.get(path, 0) + count for path, count in found.files.items()}
    counted = replace(
        pattern,
        level=max(pattern.level, found.level),
        count=pattern.count + found.count,
        first_at=min(pattern.first_at, found.first_at),
        last_at=max(pattern.last_at, found.last_at),
        sample=found.sample if newer else pattern.sample,
        sources={**pattern.sources, source: pattern.sources.get(source, 0) + found.count},
        files=dict(list(files.items())[-MOST_FILES:]),
        hours=_kept({**pattern.hours, **{h: pattern.hours.get(h, 0) + n for h, n in found.hours.items()}}, now),
    )
    if pattern.state is PatternState.RESOLVED and found.last_at > _resolved_at(pattern):
        return replace(counted, state=PatternState.REGRESSED, history=_happened(counted, now, "regressed", ""))
    return counted


def _kept(hours: dict[str, int], now: datetime) -> dict[str, int]:
    """Those of the last days. What is written for days to come is a clock gone wrong."""
    oldest, newest = hour_of(now - HOURS_KEPT), hour_of(now + HOUR)
    return {hour: hours[hour] for hour in sorted(hours) if oldest <= hour <= newest}


def _resolved_at(pattern: LogPattern) -> datetime:
    resolved = [each.at for each in pattern.history if each.what == Do.RESOLVE]
    return resolved[-1] if resolved else pattern.last_at


def spiking(pattern: LogPattern, found: Finding, rules: LogRules, now: datetime) -> str:
    """The hour, of this one and the last, in which it came too often by what was found now; empty: in none.

    What came up within the hour is new, whatever its count.
    """
    for hour in (hour_of(now), hour_of(now - HOUR)):
        count = pattern.hours.get(hour, 0)
        if hour not in found.hours or count < rules.spike_least:
            continue
        usual = usual_hour(pattern, hour, now)
        if usual is not None and count >= rules.spike_factor * usual:
            return hour
    return ""


def usual_hour(pattern: LogPattern, hour: str, now: datetime) -> float | None:
    """How often it comes in an hour: the mean of all before that one, as far back as they are kept. None: there are
    none.
    """
    began = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    known = began - max(pattern.first_at, now - HOURS_KEPT)
    if known <= timedelta():
        return None
    return sum(n for h, n in pattern.hours.items() if h < hour) / (max(known, A_START) / HOUR)


def counted(known: LogHour | None, source: str, level: Level, hour: str, count: int) -> LogHour:
    """`hour` as in `Finding`."""
    if known is not None:
        return replace(known, count=known.count + count)
    at = datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)
    return LogHour(id=hour_id(source, level, hour), source=source, level=level, at=at, count=count)


def hour_id(source: str, level: Level, hour: str) -> str:
    return f"{source}-{level.name.lower()}-{hour}"


def may(pattern: LogPattern, do: Do) -> bool:
    return do in MOVES[pattern.state]


def moved(pattern: LogPattern, do: Do, *, by: str, now: datetime, until: datetime | None = None) -> LogPattern:
    """`until` is for a mute. Raises KeyError where that is no move from here."""
    state = MOVES[pattern.state][do]
    ends = until if do is Do.MUTE else None
    back = pattern.muted_from if pattern.state is PatternState.MUTED else pattern.state
    return replace(
        pattern,
        state=state,
        muted_until=ends,
        muted_from=back,
        due_at=ends,
        history=_happened(pattern, now, do.value, by),
    )


def mute_over(pattern: LogPattern, now: datetime) -> LogPattern:
    """What it was before."""
    history = _happened(pattern, now, "mute over", "")
    return replace(pattern, state=pattern.muted_from, muted_until=None, due_at=None, history=history)


def _happened(pattern: LogPattern, now: datetime, what: str, by: str) -> tuple[Happened, ...]:
    return (*pattern.history, Happened(at=now, what=what, by=by))[-HISTORY_KEPT:]
