"""What the scanner must find, told the slow way: over whole lines, one after the other, each read anew."""

import gzip
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

import zstandard

from domain.fingerprints import fingerprint, pattern_of
from domain.log_entries import Place, belonging, head_for, message_of, place_of
from domain.log_findings import SAMPLE, Finding, Sample, hour_of, together
from domain.log_lines import Level, Reader, When, grave
from services.logscan.base import Reading
from services.logscan.context import MARKS
from services.logscan.keywords import expression
from services.logscan.scanner import Part, Read
from services.logscan.windows import REACH

NEAR = datetime(2026, 11, 21, 12, tzinfo=UTC)
READING = Reading(near=NEAR)
_MARK = re.compile(MARKS.encode(), re.IGNORECASE)


class _Line:
    """`end` is behind its newline."""

    def __init__(self, data: bytes, begin: int, end: int) -> None:
        self.begin, self.end, self.bytes = begin, end, data[begin:end].removesuffix(b"\n")
        given = self.bytes.removesuffix(b"\r").removeprefix(b"\xef\xbb\xbf")
        try:
            self.text = given.decode()
        except UnicodeDecodeError:
            self.text = given.decode("latin-1")


def lines_of(data: bytes, *, final: bool) -> list[_Line]:
    ends = [match.end() for match in re.finditer(b"\n", data)]
    if final and not data.endswith(b"\n"):
        ends.append(len(data))
    return [_Line(data, begin, end) for begin, end in zip([0, *ends], ends, strict=False) if end > begin]


def expected(
    data: bytes, reading: Reading = READING, *, path: str = "", final: bool = True, start: int = 0, reach: int = REACH
) -> dict[str, Finding]:
    """By fingerprint; of the lines from `start` on."""
    read = Reader(When(ZoneInfo(reading.zone), reading.near), reading.format).read
    keyword = re.compile(expression(reading.threshold).encode(), re.IGNORECASE)
    found: list[Finding] = []
    lines = lines_of(data, final=final)
    for number, each in enumerate(lines):
        if each.begin < start or not keyword.search(each.bytes):
            continue
        line = read(each.text)
        level, place = grave(line), place_of(line)
        if level is None or level < reading.threshold or place is Place.WITHIN:
            continue
        if place is Place.DEPENDS and head_for(line, _before(lines, number, reach), read) is not None:
            continue
        own: Sequence[str] = ()
        if place is Place.DEPENDS or _MARK.search(data, each.end, each.end + reach):
            after = _after(lines, number, reach)
            own = [after[index] for index in belonging(line, after, read)]
        pattern = pattern_of(message_of(line, [read(text).message for text in own]))
        at = line.at or reading.near
        text = "\n".join([each.text, *own])[:SAMPLE]
        found.append(
            Finding(
                id=fingerprint(pattern),
                pattern=pattern,
                level=level,
                count=1,
                first_at=at,
                last_at=at,
                sample=Sample(at=at, path=path, offset=each.begin, text=text),
                files={path: 1},
                hours={hour_of(at): 1},
            )
        )
    return together([found])


def _before(lines: Sequence[_Line], number: int, reach: int) -> list[str]:
    low = max(lines[number].begin - reach, 0)
    return [each.text for each in takewhile(lambda each: each.begin > low or not low, lines[:number][::-1])][::-1]


def _after(lines: Sequence[_Line], number: int, reach: int) -> list[str]:
    high = lines[number].end + reach
    return [each.text for each in takewhile(lambda each: each.end <= high, islice(lines, number + 1, None))]


def hits(data: bytes, threshold: Level = Level.ERROR) -> int:
    keyword = re.compile(expression(threshold).encode(), re.IGNORECASE)
    return sum(1 for line in data.split(b"\n") if keyword.search(line))


def gzipped(*members: bytes) -> bytes:
    return b"".join(gzip.compress(each, 1) for each in members)


def zstded(*frames: bytes) -> bytes:
    return b"".join(zstandard.compress(each, 1) for each in frames)


def part(folder: Path, data: bytes, name: str = "app.log", *, packing: str = "", final: bool = True) -> Part:
    path = folder / name
    path.write_bytes(data)
    return Part(path=str(path), packing=packing, final=final)


def told(read: Read) -> dict[str, int]:
    """How often each pattern was found."""
    return {each.pattern: each.count for each in read.findings}
