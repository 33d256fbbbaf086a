"""How an error goes: what it did within a window of time against the window of the same length before."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from domain.log_findings import hour_of
from domain.log_patterns import LogPattern

RISES_BY = 2
"""Times as often as before is rising..."""
COUNTS = 10
"""...where it came so often more; and what came so often before and no more is gone."""


class Trend(StrEnum):
    NEW = "new"
    RISING = "rising"
    GONE = "gone"
    STEADY = "steady"


def trend(pattern: LogPattern, now: datetime, window: timedelta) -> Trend:
    """`window` is half of HOURS_KEPT at most; `now` is UTC. New is what was found within it."""
    if pattern.seen_at > now - window:
        return Trend.NEW
    late = counted(pattern.hours, now - window, now)
    early = counted(pattern.hours, now - 2 * window, now - window)
    if late >= RISES_BY * early and late - early >= COUNTS:
        return Trend.RISING
    return Trend.GONE if late == 0 and early >= COUNTS else Trend.STEADY


def counted(hours: Mapping[str, int], since: datetime, until: datetime) -> int:
    """Of the hours that begin within, so that windows add up. Times are UTC."""
    first, last = hour_of(since), hour_of(until)
    return sum(count for hour, count in hours.items() if first < hour <= last)


def time_of(hour: str) -> datetime:
    """Its beginning, UTC. `hour` is as in `domain.log_findings.hour_of`."""
    return datetime.fromisoformat(f"{hour}:00+00:00").astimezone(UTC)
