"""Which file holds which stream, as far as that can be told without reading it all."""

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from domain.log_scans import LogStream
from services.logscan.files import BEGINNING, File, Marks, Opened, hashed, mark_at, told

HEAD = 256
"""First bytes by which a stream is known."""
STILL = 5.0
"""Seconds without a change after which a file is believed unchanged as long as it looks the same from outside."""
ENDED = 600.0
"""Seconds without a change after which a last line without its end will have none."""
_EXPANDED, _LEAST = 20, 1 << 20
"""So many bytes of a log are about one of its packed file; so many at least are read of one."""


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


class Beginnings:
    """Files by how they begin."""

    def __init__(self) -> None:
        self._found: dict[bytes, list[Found]] = defaultdict(list)
        self._sorted: list[bytes] = []
        self._lengths: set[int] = set()

    def add(self, found: Found) -> None:
        begins = found.beginning
        if begins not in self._found:
            insort(self._sorted, begins)
        self._found[begins].append(found)
        if len(begins) < BEGINNING:
            self._lengths.add(len(begins))

    def agreeing(self, begins: bytes) -> list[Found]:
        """Those that begin so; and those that begin with less, and agree as far as that goes."""
        found = [each for size in self._lengths if size < len(begins) for each in self._found.get(begins[:size], ())]
        at = bisect_left(self._sorted, begins)
        while at < len(self._sorted) and self._sorted[at].startswith(begins):
            found += self._found[self._sorted[at]]
            at += 1
        return found


class Search:
    """`found` are files that hold a stream, `failed` those that could not be read; `waiting` bytes are in others."""

    def __init__(self, streams: Sequence[LogStream], memory: Memory, clock: float) -> None:
        self._memory = memory
        self._clock = clock
        self._holders: dict[str, Found] = {}
        self._by_stamp: dict[str, LogStream] = {}
        self._by_path: dict[str, list[LogStream]] = defaultdict(list)
        self._by_head: dict[int, dict[str, list[LogStream]]] = defaultdict(lambda: defaultdict(list))
        self._free: dict[str, dict[str, LogStream]] = defaultdict(dict)
        for each in sorted(streams, key=lambda stream: (-stream.offset, stream.id)):
            if each.stamp:
                self._by_stamp[each.stamp] = each
            self._by_path[each.path].append(each)
            self._by_head[each.head_size][each.head].append(each)
            self._free[each.head][each.id] = each
        self._packed: set[str] = set()
        self._beginnings = Beginnings()
        self._looked_at: set[str] = set()
        self._new = 0
        self.waiting = 0
        self.found: list[Found] = []
        self.failed: list[tuple[str, str]] = []

    def find(self, files: Sequence[File], *, most_new: int) -> None:
        """Those that look as they did are not opened. Then each file holds its own stream, by its path, before others
        are asked about it; plain files come before packed ones, which are made of them. Where there are many new ones,
        the others wait.
        """
        stamps = {file.stamp for file in files}
        self._memory.copies = {one: of for one, of in self._memory.copies.items() if one in stamps and of in stamps}
        rest = [file for file in files if file.size and not self._as_it_was(file)]
        rest = [file for file in rest if file.stamp not in self._memory.copies]
        rest = [file for file in rest if not self._done(file, self._own)]
        for packed in (False, True):
            for file in rest:
                if (file.path in self._packed) != packed:
                    continue
                if self._new < most_new:
                    _ = self._done(file, self._any)
                else:
                    self.waiting += file.size

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
        free = [each for each in streams if each.id not in self._holders and _begins(each, opened.beginning)]
        return self._holds(opened, free)

    def _any(self, opened: Opened) -> bool:
        """A stream that nobody else holds, or a copy of what others hold, or a new one."""
        heads = self._heads(opened.beginning)
        free = [each for head in heads for each in self._free[head].values()]
        if self._holds(opened, sorted(free, key=lambda stream: (-stream.offset, stream.id))):
            return True
        self._look_at_holders(heads)
        originals = self._beginnings.agreeing(opened.beginning)
        if opened.packing and (heads or originals):
            _ = opened.ending()
            growing = not opened.whole and not opened.file.quiet(self._clock, ENDED)
            if growing and any(each.offset > opened.length for head in heads for each in self._of_head(head)):
                return True
        if not any(self._is_copy(opened, original) for original in originals):
            self._choose(opened, None)
            self._new += 1
        return True

    def _heads(self, begins: bytes) -> list[str]:
        """Of known streams, those that it begins with."""
        heads = ((size, hashed(begins[:size])) for size in self._by_head if size <= len(begins))
        return [head for size, head in heads if head in self._by_head[size]]

    def _of_head(self, head: str) -> list[LogStream]:
        return [each for heads in self._by_head.values() for each in heads.get(head, ())]

    def _holds(self, opened: Opened, free: Sequence[LogStream]) -> bool:
        """Whether it holds one of these, the first."""
        if not free:
            return False
        marks = opened.marks([mark for each in free for mark in known_by(each)], to_end=bool(opened.packing))
        for each in free:
            if shows(marks, known_by(each)):
                self._choose(opened, each)
                return True
        return False

    def _look_at_holders(self, heads: Sequence[str]) -> None:
        """How the files begin that hold streams of these heads, and were not opened."""
        for head in heads:
            if head in self._looked_at:
                continue
            self._looked_at.add(head)
            for stream in self._of_head(head):
                holder = self._holders.get(stream.id)
                if holder is not None and not holder.opened:
                    holder.beginning = _beginning(holder.file.path, stream)
                    self._beginnings.add(holder)

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
        if found.opened:
            self._beginnings.add(found)
        if found.stream:
            self._holders[found.stream.id] = found
            del self._free[found.stream.head][found.stream.id]


def _begins(stream: LogStream, beginning: bytes) -> bool:
    return hashed(beginning[: stream.head_size]) == stream.head


def _beginning(path: str, stream: LogStream) -> bytes:
    """Empty, which agrees with all, where it cannot be read or is another by now: so it is looked at again."""
    try:
        with Opened(path) as opened:
            return opened.beginning if _begins(stream, opened.beginning) else b""
    except OSError:
        return b""


def known_by(stream: LogStream) -> Marks:
    return {(stream.head_size, stream.head_size): stream.head, (stream.offset, stream.tail_size): stream.tail}


def shows(marks: Marks, wanted: Marks) -> bool:
    return all(marks.get(mark) == hashed for mark, hashed in wanted.items())
