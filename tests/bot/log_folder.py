"""A folder of logs that is scanned as the service does it, with a reader in this process that takes each line for an
error of its own: so one sees which lines were counted, and how often.
"""

import asyncio
import gzip
import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import zstandard
from msgspec.structs import replace

from bot.effects import Done
from bot.log_services import LogScans
from domain.effects import Effect
from domain.log_findings import Finding, Sample, hour_of
from domain.log_lines import Level
from domain.log_scans import ALL, SCAN, LogStream, Scanned
from domain.log_sources import LogWatch, Source
from services.logscan.base import Part, Read, Reading
from services.logscan.unpacking import source_of
from services.logscan.windows import windows

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)


class Lines:
    """Reads as `services.logscan.scanner` does. `during` is called when each file is open, `after` when it is read."""

    def __init__(self) -> None:
        self.during: Callable[[Part], None] = lambda part: None
        self.after: Callable[[Part], None] = lambda part: None
        self.parts: list[Part] = []

    async def scan(self, parts: Sequence[Part], settings: Reading) -> tuple[Read, ...]:
        self.parts += parts
        return tuple([await asyncio.to_thread(self._read, part) for part in parts])

    async def close(self) -> None:
        return None

    def _read(self, part: Part) -> Read:
        lines: list[bytes] = []
        end, error = part.start, ""
        try:
            descriptor = os.open(part.path, os.O_RDONLY)
        except OSError as problem:
            return Read(end=part.start, error=str(problem))
        try:
            self.during(part)
            source = source_of(descriptor, part)
            stop = part.start + (
                part.most if part.packing else min(part.most, os.fstat(descriptor).st_size - part.start)
            )
            for window in windows(source, part.start, stop, whole=True, final=part.final or bool(part.packing)):
                lines += window.data[window.begin : window.end].splitlines()
                end = window.start + window.end
            error = source.broken
            self.after(part)
        finally:
            os.close(descriptor)
        counts = Counter(line.decode() for line in lines)
        return Read(
            end=end,
            lines=len(lines),
            findings=tuple(_finding(*each, part.path) for each in counts.items()),
            error=error,
        )


def _finding(line: str, count: int, path: str) -> Finding:
    return Finding(
        id=line,
        pattern=line,
        level=Level.ERROR,
        count=count,
        first_at=AT,
        last_at=AT,
        sample=Sample(at=AT, path=path, offset=0, text=line),
        files={path: count},
        hours={hour_of(AT): count},
    )


class Streams:
    """Where the scans find what they know, and what a test keeps of their results."""

    def __init__(self) -> None:
        self.records: dict[str, LogStream] = {}

    async def find(self, kind: type[LogStream], *, limit: int, source: str) -> tuple[LogStream, ...]:
        return tuple(each for each in self.records.values() if each.source == source)

    def keep(self, streams: Sequence[LogStream]) -> None:
        for each in streams:
            known = self.records.get(each.id)
            assert each.version == (known.version if known else 0)
            self.records[each.id] = replace(each, version=each.version + 1)


class Folder:
    """`counted` says how often each line was. `later` lets the disk's time go on."""

    def __init__(self, path: Path, *globs: str) -> None:
        self.path = path
        self.counted: Counter[str] = Counter()
        self.streams = Streams()
        self.lines = Lines()
        self._globs = tuple(str(path / each) for each in globs or ("*.log*",))
        self._numbers = 0
        self._later = 0.0
        self.forgets()

    def forgets(self) -> None:
        """What is not in the store: as if the service was started anew."""
        watch = LogWatch(sources=(Source(id="app", globs=self._globs),))
        self._scans = LogScans(watch, self.streams, self.lines, self._clock)  # type: ignore[arg-type]  # all that it reads

    def _clock(self) -> float:
        return time.time() + self._later

    def later(self, seconds: float) -> None:
        """Nothing has been written for so long."""
        self._later = seconds

    async def asked(self) -> Scanned:
        """A scan's answer, not kept yet."""
        effect = Effect(
            id="scan", name=SCAN, record="app", conversation=ALL, params={"source": "app", "at": AT.isoformat()}
        )
        answer = await self._scans.scan(effect)
        assert isinstance(answer, Done)
        return msgspec.json.decode(answer.result["scan"], type=Scanned)

    def keep(self, scanned: Scanned) -> None:
        self.streams.keep(scanned.streams)
        self.counted.update({each.pattern: each.count for each in scanned.findings})

    async def scan(self) -> Scanned:
        scanned = await self.asked()
        self.keep(scanned)
        return scanned

    # --- what happens to logs ---

    def file(self, name: str) -> Path:
        return self.path / name

    def write(self, name: str, count: int = 1, *, end: str = "\n") -> list[str]:
        """So many lines that are like no other."""
        lines = []
        for _ in range(count):
            self._numbers += 1
            lines.append(f"line {self._numbers} went wrong")
        self.append(name, "\n".join(lines) + end)
        return lines

    def append(self, name: str, text: str) -> None:
        with self.file(name).open("a") as file:
            file.write(text)

    def rename(self, name: str, to: str) -> None:
        self.file(name).rename(self.file(to))

    def copy(self, name: str, to: str) -> None:
        shutil.copyfile(self.file(name), self.file(to))

    def cut(self, name: str, size: int = 0) -> None:
        os.truncate(self.file(name), size)

    def pack(self, name: str, to: str, *, of: float = 1.0) -> None:
        """As gzip or zstd does, beside what it packs. `of`: only so much of it has been written by now."""
        data = self.file(name).read_bytes()
        packed = gzip.compress(data, mtime=0) if to.endswith(".gz") else zstandard.compress(data)
        self.file(to).write_bytes(packed[: round(len(packed) * of)])
        state = self.file(name).stat()
        if of == 1.0:
            os.utime(self.file(to), ns=(state.st_atime_ns, state.st_mtime_ns))

    def remove(self, name: str) -> None:
        self.file(name).unlink()
