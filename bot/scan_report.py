"""What `python -m bot scan` tells, as a table and as JSON."""

import shutil
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from domain.log_findings import MOST_PATTERNS, OTHERS, Finding
from domain.log_levels import Level

WIDTH = 200
"""Of the table, where it does not go to a terminal."""
NARROWEST = 20
_COLUMNS = ("", "COUNT", "LEVEL", "FIRST", "LAST")


class Pattern(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one; times are UTC."""

    pattern: str
    level: Level
    count: int
    first_at: datetime
    last_at: datetime


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """What one look has found of a pattern, and what is known of it since the first."""

    finding: Finding
    new: bool
    known: Pattern


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Of one look: the new patterns first, then the gravest and the most frequent. `size` is in bytes, unpacked;
    `failed` gives by path why it was not read.
    """

    rows: tuple[Row, ...]
    files: int
    lines: int
    size: int
    failed: Mapping[str, str]

    @property
    def new(self) -> int:
        return sum(each.new for each in self.rows)


def outcome(
    found: Iterable[Finding],
    known: Mapping[str, Pattern],
    *,
    files: int,
    lines: int,
    size: int,
    failed: Mapping[str, str],
) -> Outcome:
    rows = [Row(finding=each, new=each.id not in known, known=_known(each, known.get(each.id))) for each in found]
    rows.sort(key=lambda row: (not row.new, -row.finding.level, -row.finding.count, row.finding.id))
    return Outcome(rows=tuple(rows), files=files, lines=lines, size=size, failed=failed)


def _known(found: Finding, before: Pattern | None) -> Pattern:
    if before is None:
        return Pattern(
            pattern=found.pattern,
            level=found.level,
            count=found.count,
            first_at=found.first_at,
            last_at=found.last_at,
        )
    return Pattern(
        pattern=found.pattern,
        level=max(found.level, before.level),
        count=found.count + before.count,
        first_at=min(found.first_at, before.first_at),
        last_at=max(found.last_at, before.last_at),
    )


def as_json(outcome: Outcome) -> str:
    told: dict[str, Any] = {
        "new": outcome.new,
        "files": outcome.files,
        "lines": outcome.lines,
        "bytes": outcome.size,
        "patterns": [
            {
                "id": row.finding.id,
                "new": row.new,
                "level": row.finding.level.name.lower(),
                "count": row.finding.count,
                "count_since_first": row.known.count,
                "first_at": row.finding.first_at,
                "last_at": row.finding.last_at,
                "pattern": row.finding.pattern,
                "files": row.finding.files,
                "hours": row.finding.hours,
                "sample": row.finding.sample,
            }
            for row in outcome.rows
        ],
        "failed": [{"path": path, "error": why} for path, why in sorted(outcome.failed.items())],
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()


def as_table(outcome: Outcome, zone: str) -> str:
    """Times are the zone's. No line breaks where a terminal shows it: patterns are cut."""
    place = ZoneInfo(zone)
    cells = [_COLUMNS, *(_cells(row, place) for row in outcome.rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(_COLUMNS))]
    files = ["FILE", *(_files(row.finding) for row in outcome.rows)]
    patterns = ["PATTERN", *(_printable(row.finding.pattern) or _others(row) for row in outcome.rows)]
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else WIDTH
    most = max(NARROWEST, width - sum(widths) - 2 * len(widths) - 2 - max(map(len, files)))
    most = min(most, max(map(len, patterns)))
    lines = [
        "  ".join(
            (
                *(_aligned(cell, size, column) for column, (cell, size) in enumerate(zip(line, widths, strict=True))),
                _cut(pattern, most).ljust(most),
                file,
            )
        ).rstrip()
        for line, pattern, file in zip(cells, patterns, files, strict=True)
    ]
    errors = sum(row.finding.count for row in outcome.rows)
    size = f"{outcome.size / 1e6:,.1f} MB"
    told = f"{errors:,} errors of {len(outcome.rows):,} patterns, {outcome.new:,} new"
    return "\n".join(
        (*(lines if outcome.rows else ()), f"{told}; {outcome.lines:,} lines, {size}, {outcome.files:,} files")
    )


def _cells(row: Row, zone: ZoneInfo) -> tuple[str, ...]:
    found = row.finding
    times = (each.astimezone(zone).strftime("%Y-%m-%d %H:%M") for each in (found.first_at, found.last_at))
    return ("new" if row.new else "", f"{found.count:,}", found.level.name.lower(), *times)


def _aligned(cell: str, width: int, column: int) -> str:
    return cell.rjust(width) if _COLUMNS[column] == "COUNT" else cell.ljust(width)


def _files(found: Finding) -> str:
    """The one with the most, and how many more."""
    path = min(found.files, key=lambda each: (-found.files[each], each), default="")
    more = len(found.files) - 1
    return _printable(path) + (f" +{more}" if more > 0 else "")


def _others(row: Row) -> str:
    return f"(all others of more than {MOST_PATTERNS:,})" if row.finding.id == OTHERS else ""


def _printable(text: str) -> str:
    """Lines of logs are anybody's: nothing of them may steer a terminal."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
