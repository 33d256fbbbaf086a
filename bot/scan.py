"""`python -m bot scan`: one look through logs from the command line, for cron and CI. It needs no settings, and no
database: what is to be remembered is in a file.
"""

import argparse
import asyncio
import fcntl
import os
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from glob import escape, has_magic, iglob
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace
from tqdm import tqdm

from bot.clock import BusinessClock, real_now
from bot.command import Refused
from bot.scan_report import Outcome, Pattern, as_json, as_table, outcome
from domain.log_findings import Finding, together
from domain.log_lines import READERS, Level, level_of
from domain.log_scans import GONE_KEPT, LogStream
from services.logscan.base import Read, Reading
from services.logscan.scanner import Scanner
from services.logscan.streams import Job, Memory, new_ids, plan, settled

NAME = "scan"
PIECE = 64 << 20
"""Bytes of a file after which the progress is shown."""
ALL = 1 << 60
ENDED = float("inf")
"""The clock of disks where nothing is remembered: every file has ended, so a last line without its end counts."""


class State(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered from one run to the next."""

    patterns: dict[str, Pattern] = {}
    streams: tuple[LogStream, ...] = ()


def add_to(commands: Any) -> None:
    """The command, as argparse has it."""
    parser = commands.add_parser("scan", help="find the errors in log files; exit status 1: there are new ones")
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a file, a folder, or a pattern such as 'logs/**/*.gz'"
    )
    parser.add_argument("--state", type=Path, metavar="FILE", help="remember patterns and offsets, to find what is new")
    parser.add_argument("--json", action="store_true", help="JSON instead of a table")
    parser.add_argument("--level", type=_level, default=Level.ERROR, help="warning, error (the default) or critical")
    parser.add_argument("--format", choices=["auto", *(name for name, _ in READERS)], default="auto", metavar="NAME")
    parser.add_argument("--zone", type=_zone, default="UTC", help="of times that name none, as in Asia/Jakarta")
    parser.add_argument("--workers", type=_workers, default=min(2, os.cpu_count() or 1), metavar="N")
    parser.set_defaults(act=lambda command: asyncio.run(_scan(command)))


def _level(word: str) -> Level:
    level = level_of(word) if word.isalpha() else None
    if level is None or level < Level.WARNING:
        raise argparse.ArgumentTypeError(f"{word!r} is not one of warning, error, critical")
    return level


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (OSError, ValueError, KeyError) as problem:  # a folder's name, a path, a name that is not known
        raise argparse.ArgumentTypeError(f"there is no time zone {name!r}") from problem
    return name


def _workers(word: str) -> int:
    if not word.isdecimal() or not 1 <= int(word) <= 64:
        raise argparse.ArgumentTypeError("between 1 and 64")
    return int(word)


async def _scan(command: Namespace) -> int:
    try:
        with _held(command.state):
            return await _scan_from(command, _load(command.state))
    except Refused as problem:
        print(problem, file=sys.stderr)
        return 2


async def _scan_from(command: Namespace, before: State) -> int:
    at = BusinessClock().now()
    reading = Reading(format=command.format, zone=command.zone, threshold=command.level, near=at)
    globs, missing = _globs(command.paths)
    scan = Scan(before.streams, reading, clock=real_now() if command.state else ENDED)
    scanner = Scanner(command.workers)
    try:
        with tqdm(desc="scan", unit="B", unit_scale=True, disable=None) as bar:
            found = await scan.run(globs, scanner, bar, at_once=command.workers)
    finally:
        await scanner.close()
    scan.failed.update(missing)
    result = outcome(
        found.values(), before.patterns, files=scan.files, lines=scan.lines, size=scan.size, failed=scan.failed
    )
    if command.state:
        try:
            _save(command.state, before, result, scan.streams.values(), at)
        except OSError as problem:
            scan.failed[str(command.state)] = problem.strerror or str(problem)
    print(as_json(result) if command.json else as_table(result, command.zone))
    for path, why in sorted(scan.failed.items()):
        print(f"{path}: {why}", file=sys.stderr)
    if scan.failed:
        return 2
    return 1 if result.new else 0


def _globs(paths: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """From the root; and what is not there."""
    globs, missing = [], {}
    for each in paths:
        path = os.path.abspath(each)  # noqa: PTH100  # a pattern is no path
        if os.path.isdir(path):  # noqa: PTH112
            globs.append(f"{escape(path)}/**")
        elif os.path.lexists(path):
            globs.append(escape(path))
        elif has_magic(each) and any(iglob(path, recursive=True)):  # noqa: PTH207
            globs.append(path)
        else:
            missing[each] = "No such file or directory"
    return globs, missing


class Scan:
    """Reads what is new. `clock` is the present in seconds since 1970, as disks have it."""

    def __init__(self, streams: Sequence[LogStream], reading: Reading, clock: float) -> None:
        self.streams = {each.id: each for each in streams}
        self.failed: dict[str, str] = {}
        self.files = self.lines = self.size = 0
        self._reading, self._clock = reading, clock
        self._name = new_ids(NAME, set(self.streams))
        self._memory = Memory()

    async def run(
        self, globs: Sequence[str], scanner: Scanner, bar: "tqdm[Any]", *, at_once: int
    ) -> dict[str, Finding]:
        found: dict[str, Finding] = {}
        gate = asyncio.Semaphore(2 * at_once)

        async def read(job: Job) -> Read:
            async with gate:
                return await self._read(job, scanner, bar)

        while True:
            planned = await asyncio.to_thread(
                plan,
                NAME,
                globs,
                list(self.streams.values()),
                self._memory,
                at=self._reading.near,
                clock=self._clock,
                most=ALL,
            )
            self.files = planned.files
            self.failed.update(planned.failed)
            self.streams.update({each.id: each for each in planned.changed})
            bar.total = bar.n + sum(map(_size, planned.jobs))
            reads = await asyncio.gather(*(read(job) for job in planned.jobs))
            counted, waiting = await asyncio.to_thread(self._settle, planned.jobs, reads)
            found = await asyncio.to_thread(together, [found.values(), *(each.findings for each in counted)])
            if not counted or not waiting + planned.waiting:
                return found

    async def _read(self, job: Job, scanner: Scanner, bar: "tqdm[Any]") -> Read:
        """A large file piece by piece; a packed one has to be unpacked from its beginning each time."""
        part, whole = job.part, Read(end=job.part.start)
        stop = part.start + part.most
        while True:
            piece = stop - whole.end if part.packing else min(PIECE, stop - whole.end)
            (read,) = await scanner.scan([replace(part, start=whole.end, most=piece)], self._reading)
            went = read.end - whole.end
            whole = Read(
                end=read.end,
                lines=whole.lines + read.lines,
                findings=tuple(together((whole.findings, read.findings)).values()),
                error=read.error,
            )
            bar.update(_size(job) if part.packing else went)
            if part.packing or not went or read.error or whole.end >= stop:
                return whole

    def _settle(self, jobs: Sequence[Job], reads: Sequence[Read]) -> tuple[list[Read], int]:
        """Those that count, and how many bytes wait."""
        counted, waiting = [], 0
        for job, read in zip(jobs, reads, strict=True):
            done = settled(job, read, self._name, NAME, at=self._reading.near, clock=self._clock)
            waiting += done.left
            if done.error:
                self.failed[job.part.path] = done.error
                self._memory.failed.add(job.part.path)
            if done.stream:
                self.streams[done.stream.id] = done.stream
                self.lines += read.lines
                self.size += read.end - job.part.start
                counted.append(read)
        return counted, waiting


def _size(job: Job) -> int:
    """Bytes of the file that a job goes through."""
    return job.found.file.size - (0 if job.part.packing else job.part.start)


# --- what is remembered ---


@contextmanager
def _held(path: Path | None) -> Iterator[None]:
    """Nobody else scans with that state meanwhile: each would write over what the other found. Raises Refused."""
    if path is None:
        yield
        return
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as problem:
        raise Refused(f"{path}: {problem.strerror or problem}") from problem
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(file).st_ino != path.stat().st_ino:
            raise BlockingIOError  # replaced just now
    except (BlockingIOError, FileNotFoundError) as problem:
        os.close(file)
        raise Refused(f"{path} is in use by another scan") from problem
    except OSError as problem:  # a file system without locks
        os.close(file)
        raise Refused(f"{path}: {problem.strerror or problem}") from problem
    try:
        yield
    finally:
        os.close(file)


def _load(path: Path | None) -> State:
    """Raises Refused."""
    if path is None:
        return State()
    try:
        written = path.read_bytes()
        return msgspec.json.decode(written, type=State) if written else State()
    except OSError as problem:
        raise Refused(f"{path}: {problem.strerror or problem}") from problem
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise Refused(f"{path} was not written by this command ({problem})") from problem


def _save(path: Path, before: State, result: Outcome, streams: Iterable[LogStream], at: datetime) -> None:
    """In one step. Raises OSError."""
    patterns = before.patterns | {row.finding.id: row.known for row in result.rows}
    kept = tuple(each for each in streams if each.gone_at is None or each.gone_at > at - GONE_KEPT)
    arriving = path.with_name(f"{path.name}.arriving")
    arriving.write_bytes(msgspec.json.encode(State(patterns=patterns, streams=kept)))
    arriving.replace(path)
