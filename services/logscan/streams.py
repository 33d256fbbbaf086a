"""Which lines of a log are new, whatever became of its files since the last scan.

A stream is known again by its content: the hash of its first bytes, and of those before what was counted. Neither name
nor inode tells anything, so a file may be renamed, copied and cut, packed, or take another's inode. What is not certain
is left for the next scan: nothing of it is counted, so nothing is lost.

A file whose whole content is the beginning of another's is a copy of it, which is being made or is about to be all that
is left: it is not read as long as the other is there and begins with it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import count

from msgspec.structs import replace

from domain.log_scans import LogStream
from services.logscan.base import Part, Read
from services.logscan.files import Opened, hashed, listed, mark_at, told
from services.logscan.search import ENDED, HEAD, STILL, Found, Memory, Search, shows

__all__ = ["ENDED", "STILL", "Job", "Memory", "Plan", "Settled", "new_ids", "plan", "settled"]

MOST_CHANGED = 1000
"""Streams that one scan changes."""


@dataclass
class Job:
    """What is to be read of a found file."""

    found: Found
    part: Part
    cut: bool
    """Whether there is more than the part may read."""


@dataclass
class Plan:
    """What a scan is to read, and the streams that change though nothing of them is read. `waiting` are bytes that it
    leaves for the next.
    """

    jobs: list[Job]
    changed: list[LogStream]
    failed: list[tuple[str, str]]
    files: int
    waiting: int


def plan(
    source: str,
    globs: Iterable[str],
    streams: Sequence[LogStream],
    memory: Memory,
    *,
    at: datetime,
    clock: float,
    most: int,
) -> Plan:
    """Find the files and tell what is to be read of them: about `most` bytes in all, files with little to read first.
    `at` is the business time of the scan, `clock` the present in seconds since 1970 as disks have it.
    """
    files, failed = listed(globs)
    search = Search(streams, memory, clock)
    search.find(files, most_new=MOST_CHANGED)
    failed += search.failed
    memory.failed &= {file.path for file in files}
    order = sorted(
        (each for each in search.found if each.left),
        key=lambda each: (each.file.path in memory.failed, bool(each.packing), each.left, each.file.path),
    )
    jobs: list[Job] = []
    waiting, room = search.waiting, most
    for each in order:
        if room <= 0 or len(jobs) >= MOST_CHANGED:
            waiting += each.left
            continue
        size = min(room, each.left)
        part = Part(
            path=each.file.path,
            packing=each.packing,
            start=each.start,
            final=each.file.quiet(clock, ENDED),
            most=size,
        )
        jobs.append(Job(each, part, cut=bool(each.packing) or size < each.left))
        room -= size
    reading = {id(job.found) for job in jobs}
    changed = [
        moved for each in search.found if id(each) not in reading and (moved := _looked_at(each, at, clock)) is not None
    ]
    held = {each.stream.id for each in search.found if each.stream}
    changed += [replace(each, gone_at=at) for each in streams if each.id not in held and each.gone_at is None]
    return Plan(jobs, changed[: MOST_CHANGED - len(jobs)], failed, len(files), waiting)


def _looked_at(found: Found, at: datetime, clock: float) -> LogStream | None:
    """Its stream, where something of it is to be kept though nothing is to be read."""
    stream = found.stream
    if stream is None:
        return None
    still = found.opened and not found.left and found.file.quiet(clock, STILL)
    stamp = found.file.stamp if still or not found.opened else ""
    if (stream.path, stream.gone_at, stream.stamp) == (found.file.path, None, stamp):
        return None
    if stream.stamp and not stamp and stream.path == found.file.path and stream.gone_at is None:
        return None  # it is still open to question whether it grows: that alone is not worth a commit
    return replace(stream, path=found.file.path, gone_at=None, stamp=stamp, seen_at=at)


# --- after the reading ---


@dataclass
class Settled:
    """What of a read counts. `stream` as it is to be saved; None: nothing of it does, as the file has changed while it
    was read, or there was nothing. `left`: bytes that wait.
    """

    stream: LogStream | None
    left: int = 0
    error: str = ""


def settled(job: Job, read: Read, name: Callable[[str], str], source: str, *, at: datetime, clock: float) -> Settled:
    """`name` gives the id of a stream that is new (`new_ids`). Times as in `plan`."""
    found = job.found
    try:
        with Opened(found.file.path) as opened:
            return _settled(job, read, opened, name, source, at, clock)
    except FileNotFoundError:
        return Settled(None)
    except OSError as problem:
        return Settled(None, error=told(problem))


def _settled(
    job: Job, read: Read, opened: Opened, name: Callable[[str], str], source: str, at: datetime, clock: float
) -> Settled:
    found, before = job.found, job.found.stream
    if opened.packing != found.packing:
        return Settled(None)
    went = read.end - found.start
    on = job.cut and went >= (job.part.most if found.packing else 1)
    left = found.left - (0 if found.packing else went) if on else 0
    head = min(HEAD, read.end)
    end = mark_at(read.end)
    marks = opened.marks([end, (head, head), *found.identity], to_end=bool(found.packing) and not on)
    if end not in marks or not shows(marks, found.identity):
        return Settled(None)
    broken = bool(found.packing) and not on and not opened.whole
    error = read.error if not broken or opened.file.quiet(clock, ENDED) else ""
    if not read.end:
        return Settled(None, left, error)
    finished = not on and (opened.length == read.end or broken) and (not broken or bool(error))
    stamp = opened.file.stamp if finished and opened.file.quiet(clock, STILL) else ""
    stream = LogStream(
        id=before.id if before else name(found.file.path),
        version=before.version if before else 0,
        source=source,
        path=found.file.path,
        head=marks[head, head],
        head_size=head,
        tail=marks[end],
        tail_size=end[1],
        offset=read.end,
        seen_at=at,
        stamp=stamp,
    )
    if before and replace(stream, seen_at=before.seen_at, stamp=stamp or before.stamp) == before:
        return Settled(None, left, error)
    return Settled(stream, left, error)


def new_ids(source: str, taken: set[str]) -> Callable[[str], str]:
    """Ids of new streams by their path. Two scans that know the same give the same ones, and only one can be saved."""

    def name(path: str) -> str:
        stem = f"{source}-{hashed(path.encode('utf-8', 'surrogateescape'))[:16]}"
        found = next(each for number in count() if (each := f"{stem}-{number}") not in taken)
        taken.add(found)
        return found

    return name
