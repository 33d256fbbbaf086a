"""Which lines of a log are new, whatever became of its files since the last scan.

A stream is known again by its content: the hash of its first bytes, and of those before what was counted. Neither name
nor inode tells anything, so a file may be renamed, copied and cut, packed, or take another's inode. What is not certain
is left for the next scan: nothing of it is counted, so nothing is lost.

A file whose whole content is the beginning of another's is a copy of it, which is being made or is about to be all that
is left: it is not read as long as the other is there and begins with it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from msgspec.structs import replace

from domain.log_scans import LogStream
from services.logscan.base import Part, Read
from services.logscan.files import File, Marks, Opened, hashed, listed, mark_at, told

HEAD = 256
"""First bytes by which a stream is known."""
STILL = 5.0
"""Seconds without a change after which a file is believed unchanged as long as it looks the same from outside."""
ENDED = 600.0
"""Seconds without a change after which a last line without its end will have none."""
MOST_CHANGED = 1000
"""Streams that one scan changes."""
_EXPANDED, _LEAST = 20, 1 << 20
"""So many bytes of a log are about one of its packed file; so many at least are read of one."""
_KEY = 64
"""Bytes by which beginnings are looked up."""


@dataclass
class Memory:
    """What spares work from scan to scan, and may be forgotten: `copies` gives by the stamp of a file that of the one
    it is a copy of; `failed` are files that could not be read.
    """

    copies: dict[str, str] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)


@dataclass
class Found:
    """A file that holds a stream: a known one, read up to `start`, or a new one. `identity` are marks that are there as
    long as it is that file; of one that was not opened only what the stream knows.
    """

    file: File
    stream: LogStream | None
    identity: Marks
    packing: str = ""
    opened: bool = True
    beginning: bytes = b""

    @property
    def start(self) -> int:
        return self.stream.offset if self.stream else 0

    @property
    def left(self) -> int:
        """Bytes that may be new in it; of a packed file about."""
        if not self.opened:
            return 0
        return max(self.file.size * _EXPANDED, _LEAST) if self.packing else max(0, self.file.size - self.start)


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
    search = _Search(streams, memory, clock)
    search.find(files)
    failed += search.failed
    memory.failed &= {file.path for file in files}
    order = sorted(
        (each for each in search.found if each.left),
        key=lambda each: (each.file.path in memory.failed, bool(each.packing), each.left, each.file.path),
    )
    jobs: list[Job] = []
    waiting, room = 0, most
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


class _Search:
    """Finds out which file holds which stream."""

    def __init__(self, streams: Sequence[LogStream], memory: Memory, clock: float) -> None:
        self._memory = memory
        self._clock = clock
        self._holders: dict[str, Found] = {}
        self._by_stamp: dict[str, LogStream] = {}
        self._by_path: dict[str, list[LogStream]] = defaultdict(list)
        self._by_head: dict[int, dict[str, list[LogStream]]] = defaultdict(lambda: defaultdict(list))
        for each in sorted(streams, key=lambda stream: (-stream.offset, stream.id)):
            if each.stamp:
                self._by_stamp[each.stamp] = each
            self._by_path[each.path].append(each)
            self._by_head[each.head_size][each.head].append(each)
        self._packed: set[str] = set()
        self._by_beginning: dict[bytes, list[Found]] = defaultdict(list)
        self.found: list[Found] = []
        self.failed: list[tuple[str, str]] = []

    def find(self, files: Sequence[File]) -> None:
        """Those that look as they did are not opened. Then each file holds its own stream, by its path, before others
        are asked about it; plain files come before packed ones, which are made of them.
        """
        stamps = {file.stamp for file in files}
        self._memory.copies = {one: of for one, of in self._memory.copies.items() if one in stamps and of in stamps}
        rest = [file for file in files if file.size and not self._as_it_was(file)]
        rest = [file for file in rest if file.stamp not in self._memory.copies]
        rest = [file for file in rest if not self._done(file, self._own)]
        for packed in (False, True):
            for file in rest:
                if (file.path in self._packed) == packed:
                    _ = self._done(file, self._any)

    def _as_it_was(self, file: File) -> bool:
        stream = self._by_stamp.get(file.stamp)
        if stream is None or stream.id in self._holders:
            return False
        self._hold(Found(file, stream, known_by(stream), opened=False))
        return True

    def _done(self, file: File, attempt: Callable[[Opened], bool]) -> bool:
        try:
            with Opened(file.path) as opened:
                if not opened.beginning and not opened.whole and file.quiet(self._clock, ENDED):
                    raise OSError(f"no {opened.packing} data")
                return not opened.beginning or attempt(opened)
        except FileNotFoundError:
            return True
        except OSError as problem:
            self.failed.append((file.path, told(problem)))
            return True

    def _own(self, opened: Opened) -> bool:
        """The stream that it held when it was last looked at."""
        if opened.packing:
            self._packed.add(opened.file.path)
            return False
        streams = self._by_path[opened.file.path]
        return self._holds(opened, [each for each in streams if _begins(each, opened.beginning)])

    def _any(self, opened: Opened) -> bool:
        """A stream that nobody else holds, or a copy of what others hold, or a new one."""
        streams = self._alike(opened)
        if self._holds(opened, streams):
            return True
        originals = self._originals(opened, streams)
        if opened.packing and (streams or originals):
            _ = opened.ending()
            growing = not opened.whole and not opened.file.quiet(self._clock, ENDED)
            if growing and any(each.offset > opened.length for each in streams):
                return True
        if not any(self._is_copy(opened, original) for original in originals):
            self._choose(opened, None)
        return True

    def _alike(self, opened: Opened) -> list[LogStream]:
        """Those that begin as it does, read furthest first."""
        begins = opened.beginning
        alike = [
            stream
            for size, heads in self._by_head.items()
            if size <= len(begins)
            for stream in heads.get(hashed(begins[:size]), ())
        ]
        return sorted(alike, key=lambda stream: (-stream.offset, stream.id))

    def _holds(self, opened: Opened, streams: Sequence[LogStream]) -> bool:
        """Whether it holds one of these, the first."""
        free = [each for each in streams if each.id not in self._holders]
        if not free:
            return False
        marks = opened.marks([mark for each in free for mark in known_by(each)], to_end=bool(opened.packing))
        for each in free:
            if shows(marks, known_by(each)):
                self._choose(opened, each)
                return True
        return False

    def _originals(self, opened: Opened, streams: Iterable[LogStream]) -> list[Found]:
        """Files that it may be the beginning of."""
        begins = opened.beginning
        near = (
            self.found
            if len(begins) < _KEY
            else (*self._by_beginning[begins[:_KEY]], *(each for each in self.found if 0 < len(each.beginning) < _KEY))
        )
        found = {id(each): each for each in near if each.beginning and _agree(each.beginning, begins)}
        for stream in streams:
            holder = self._holders.get(stream.id)
            if holder is not None and _agree(self._beginning(holder), begins):
                found[id(holder)] = holder
        return list(found.values())

    def _beginning(self, holder: Found) -> bytes:
        """Empty where it cannot be read, or has changed."""
        if not holder.beginning and holder.stream:
            try:
                with Opened(holder.file.path) as opened:
                    begins = opened.beginning
            except OSError:
                begins = b""
            holder.beginning = begins if _begins(holder.stream, begins) else b""
        return holder.beginning

    def _is_copy(self, opened: Opened, original: Found) -> bool:
        """Or may be one: where the original has changed meanwhile, it may have been cut after it was copied."""
        ending = opened.ending()
        end = mark_at(opened.length)
        try:
            with Opened(original.file.path) as other:
                marks = other.marks([end, *original.identity])
        except OSError:
            marks = {}
        if not shows(marks, original.identity):
            return True
        if marks.get(end) != ending:
            return False
        if opened.file.quiet(self._clock, STILL) and original.file.quiet(self._clock, STILL):
            self._memory.copies[opened.file.stamp] = original.file.stamp
        return True

    def _choose(self, opened: Opened, stream: LogStream | None) -> None:
        head = min(HEAD, len(opened.beginning))
        identity = {(head, head): hashed(opened.beginning[:head])}
        identity |= known_by(stream) if stream else {}
        if not opened.packing:
            identity[mark_at(opened.length)] = opened.ending()
        self._hold(Found(opened.file, stream, identity, opened.packing, beginning=opened.beginning))

    def _hold(self, found: Found) -> None:
        self.found.append(found)
        self._by_beginning[found.beginning[:_KEY]].append(found)
        if found.stream:
            self._holders[found.stream.id] = found


def _begins(stream: LogStream, beginning: bytes) -> bool:
    return hashed(beginning[: stream.head_size]) == stream.head


def _agree(one: bytes, other: bytes) -> bool:
    """As far as both go."""
    size = min(len(one), len(other))
    return one[:size] == other[:size]


def known_by(stream: LogStream) -> Marks:
    return {(stream.head_size, stream.head_size): stream.head, (stream.offset, stream.tail_size): stream.tail}


def shows(marks: Marks, wanted: Marks) -> bool:
    return all(marks.get(mark) == hashed for mark, hashed in wanted.items())


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
