"""What providers measure, made into samples. Points are values by Unix time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from services.servers.base import Sample

MOST = 100
"""Samples of one question."""

Points = Mapping[int, float]


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a Prometheus matrix: what it is of, and its points."""

    labels: Mapping[str, str]
    points: Points

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> "Series":
        return cls(line.get("metric") or {}, {int(at): float(value) for at, value in line["values"]})


def summed(lines: Iterable[Series]) -> dict[int, float]:
    found: dict[int, float] = {}
    for line in lines:
        for at, value in line.points.items():
            found[at] = found.get(at, 0.0) + value
    return found


def share(part: Points, whole: Points) -> dict[int, float]:
    """Per cent, at the times at which both are known."""
    return {at: _percent(part[at], whole[at]) for at in part.keys() & whole.keys() if whole[at] > 0}


def busy_share(lines: Iterable[Series]) -> dict[int, float]:
    """Per cent of a CPU's time, of the seconds it has spent in each mode since it began; `idle` is the one that counts
    as none. Between two points it is told of the later one; a restart counts from nought again, and is left out.
    """
    lines = tuple(lines)
    total, idle = summed(lines), summed(line for line in lines if line.labels.get("mode") == "idle")
    spent: dict[int, float] = {}
    whole: dict[int, float] = {}
    for before, at in pairwise(sorted(total)):
        seconds, idle_seconds = total[at] - total[before], idle.get(at, 0.0) - idle.get(before, 0.0)
        if seconds > 0 and idle_seconds >= 0:
            spent[at], whole[at] = seconds - idle_seconds, seconds
    return share(spent, whole)


def folded(*, cpu: Points, memory: Points, received: Points, sent: Points, most: int = MOST) -> tuple[Sample, ...]:
    """The means of as many stretches of equal length, in order of time; a stretch without any point is left out."""
    kinds = (cpu, memory, received, sent)
    times = {at for points in kinds for at in points}
    if not times:
        return ()
    first = min(times)
    length = (max(times) - first) // most + 1
    stretches = sorted({(at - first) // length for at in times})
    means = [_means(points, first, length) for points in kinds]
    return tuple(
        Sample(datetime.fromtimestamp(first + each * length, UTC), *(mean.get(each) for mean in means))
        for each in stretches
    )


def _means(points: Points, first: int, length: int) -> dict[int, float]:
    stretches: dict[int, list[float]] = {}
    for at, value in points.items():
        stretches.setdefault((at - first) // length, []).append(value)
    return {stretch: sum(values) / len(values) for stretch, values in stretches.items()}


def _percent(part: float, whole: float) -> float:
    return min(max(100 * part / whole, 0.0), 100.0)
