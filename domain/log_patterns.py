"""What is known of an error since it was first seen, and what the team has made of it."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.cases import Happened
from domain.log_findings import Finding, Sample
from domain.log_lines import Level
from domain.records import NOBODYS, Table

HOURS_KEPT = timedelta(days=14)


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
    `alert` is our message in the ops group that tells of it, which is edited as the count goes up; `told` the count
    that was told last. `due_at`: when a mute ends.
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
    due_at: datetime | None = None
    alert: str = ""
    told: int = 0
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
    written; `silent`, `failing`: ops were told. `waiting`: bytes that are still to be read.
    """

    TABLE: ClassVar[Table] = Table("log_sources", personal=NOBODYS)

    id: str
    version: int = 0
    scanned_at: datetime | None = None
    grew_at: datetime | None = None
    silent: bool = False
    failing: str = ""
    files: int = 0
    waiting: int = 0


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
        hours=found.hours,
    )


def may(pattern: LogPattern, do: Do) -> bool:
    return do in MOVES[pattern.state]


def moved(pattern: LogPattern, do: Do, *, by: str, now: datetime, until: datetime | None = None) -> LogPattern:
    """`until` is for a mute. Raises KeyError where that is no move from here."""
    state = MOVES[pattern.state][do]
    ends = until if do is Do.MUTE else None
    happened = Happened(at=now, what=do.value, by=by)
    return replace(pattern, state=state, muted_until=ends, due_at=ends, history=(*pattern.history, happened))
