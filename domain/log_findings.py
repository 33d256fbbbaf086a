"""What a scan has found: errors by their pattern, counted. Findings of any parts of a log, merged in any order, are
those of the whole.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce

from msgspec import Struct
from msgspec.structs import replace

from domain.log_lines import Level

MOST_PATTERNS = 5_000
"""Different patterns of one scan. Of more, those with the smallest fingerprints are kept apart, all others are one."""
OTHERS = "ffffffffffffffff"
"""The fingerprint that stands for these."""
SAMPLE = 16_000
"""Characters of a sample at most, its stack trace included."""
MOST_FILES = 20
"""Files named with a finding: the first by name."""


class Sample(Struct, frozen=True, order=True, kw_only=True):
    """One line with what belongs to it, as it stands in its file. `at` is UTC; of several the smallest is kept."""

    at: datetime
    path: str
    offset: int
    text: str


class Finding(Struct, frozen=True, kw_only=True):
    """One pattern's errors. `level` is the gravest. `files` counts by path, `hours` by the hour of the line's own time,
    UTC, as `2026-11-21T03`; lines without a time count as of the scan.
    """

    id: str
    pattern: str
    level: Level
    count: int
    first_at: datetime
    last_at: datetime
    sample: Sample
    files: dict[str, int]
    hours: dict[str, int]


def hour_of(at: datetime) -> str:
    """`at` is UTC."""
    return at.strftime("%Y-%m-%dT%H")


def merged(one: Finding, other: Finding) -> Finding:
    """Both, of one pattern; commutative and associative."""
    return Finding(
        id=one.id,
        pattern=min(one.pattern, other.pattern),
        level=max(one.level, other.level),
        count=one.count + other.count,
        first_at=min(one.first_at, other.first_at),
        last_at=max(one.last_at, other.last_at),
        sample=min(one.sample, other.sample),
        files=_summed(one.files, other.files),
        hours=_summed(one.hours, other.hours),
    )


def _summed(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in sorted(one.keys() | other.keys())}


def together(parts: Iterable[Iterable[Finding]]) -> dict[str, Finding]:
    """All findings of several parts, by fingerprint in order, at most MOST_PATTERNS and the one for all others."""
    found: dict[str, Finding] = {}
    for part in parts:
        for each in part:
            found[each.id] = merged(found[each.id], each) if each.id in found else each
    return bounded(found)


def bounded(found: dict[str, Finding], most: int = MOST_PATTERNS) -> dict[str, Finding]:
    """In order; what is too many is one finding, whose pattern says so."""
    kept = sorted(found.keys() - {OTHERS})
    rest = kept[most:]
    if not rest:
        return {each: found[each] for each in sorted(found)}
    others = [replace(found[each], id=OTHERS, pattern="") for each in rest]
    return {
        **{each: found[each] for each in kept[:most]},
        OTHERS: reduce(merged, others, found[OTHERS]) if OTHERS in found else reduce(merged, others),
    }
