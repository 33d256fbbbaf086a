"""What the scanner must find, told the slow way: over whole lines, one after the other."""

import gzip
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import zstandard

from domain.log_lines import Level, Reader, When
from services.logscan.base import Reading
from services.logscan.keywords import expression
from services.logscan.scanner import Part, Read

NEAR = datetime(2026, 11, 21, 12, tzinfo=UTC)
READING = Reading(near=NEAR)
KEYWORD = re.compile(expression(Level.ERROR).encode(), re.IGNORECASE)


def hits(data: bytes) -> int:
    return sum(1 for line in data.split(b"\n") if KEYWORD.search(line))


def levels(data: bytes) -> Counter[Level | None]:
    """Of the lines with a keyword."""
    return Counter(
        Reader(When(UTC, NEAR)).read(line.decode("utf-8", "replace")).level
        for line in data.split(b"\n")
        if KEYWORD.search(line)
    )


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
