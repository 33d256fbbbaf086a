"""The files of a log as they lie on the disk: which there are, and what is in them, packed or not.

A file is compared by marks: the hash of some bytes before an offset, unpacked.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from glob import iglob
from hashlib import blake2b
from types import TracebackType

from msgspec import Struct

from services.logscan.unpacking import UNPACKED, Unreadable

MOST_FILES = 20_000
"""Of one source; of more, those that come last by their path are told as not read."""
BEGINNING = 4096
"""Bytes of a file's beginning that are looked at, unpacked."""
MARK = 1024
"""Bytes of a mark at most."""
_MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_PIECE = 1 << 18

Mark = tuple[int, int]
"""An offset, and how many bytes before it."""
Marks = dict[Mark, str]
"""Their hashes."""


class File(Struct, frozen=True, kw_only=True):
    """A file from outside. `modified`: nanoseconds since 1970, by the clock of its disk."""

    path: str
    device: int
    inode: int
    size: int
    modified: int

    @property
    def stamp(self) -> str:
        """What does not change unless it is written to; its name does not count."""
        return f"{self.device:x}-{self.inode:x}-{self.size:x}-{self.modified:x}"

    def quiet(self, now: float, seconds: float) -> bool:
        """Whether nothing was written for so long."""
        return now - self.modified / 1e9 >= seconds


def hashed(data: bytes) -> str:
    return blake2b(data, digest_size=16).hexdigest()


def mark_at(offset: int) -> Mark:
    return offset, min(MARK, offset)


def told(problem: OSError) -> str:
    return problem.strerror or type(problem).__name__


def listed(globs: Iterable[str]) -> tuple[list[File], list[tuple[str, str]]]:
    """The files that the globs match, each once whatever leads to it, by path; and those that cannot be looked at, and
    why. What is no regular file is none of them.
    """
    found: dict[tuple[int, int], File] = {}
    failed: list[tuple[str, str]] = []
    for path in sorted({path for each in globs for path in iglob(each, recursive=True)}):  # noqa: PTH207  # from the root
        if not path.isprintable():
            failed.append((ascii(path), "its name cannot be printed"))
            continue
        try:
            state = os.stat(path)  # noqa: PTH116  # thousands of them
        except FileNotFoundError:
            continue  # gone meanwhile, or a link to nowhere
        except OSError as problem:
            failed.append((path, told(problem)))
            continue
        key = state.st_dev, state.st_ino
        if not stat.S_ISREG(state.st_mode) or (key in found and os.path.islink(path)):  # noqa: PTH114
            continue
        if key not in found or os.path.islink(found[key].path):  # noqa: PTH114
            found[key] = _file(path, state)
    files = sorted(found.values(), key=lambda file: file.path)
    failed += [(file.path, f"more than {MOST_FILES} files") for file in files[MOST_FILES:]]
    return files[:MOST_FILES], failed


def _file(path: str, state: os.stat_result) -> File:
    return File(path=path, device=state.st_dev, inode=state.st_ino, size=state.st_size, modified=state.st_mtime_ns)


class Opened:
    """An open file. `beginning` is at most BEGINNING bytes, unpacked. Raises OSError, as everything here does.

    What is not known of a packed file at first is known once `ending` has been asked for: `length`, unpacked, and
    `whole`, whether its end is there (a file that is being packed has none yet).
    """

    def __init__(self, path: str) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            state = os.fstat(self._descriptor)
            if not stat.S_ISREG(state.st_mode):
                raise OSError("not a file any more")
            self.file = _file(path, state)
            self.packing = self._packing()
            self.length = 0 if self.packing else state.st_size
            self.whole = not self.packing
            self._ending: str | None = None
            self.beginning = self._beginning()
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> "Opened":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def _packing(self) -> str:
        first = os.pread(self._descriptor, 4, 0)
        return next((packing for magic, packing in _MAGIC.items() if first.startswith(magic)), "")

    def _beginning(self) -> bytes:
        if not self.packing:
            return os.pread(self._descriptor, BEGINNING, 0)
        begins = b""
        for piece in self._unpacked():
            begins += piece
            if len(begins) >= BEGINNING:
                break
        return begins[:BEGINNING]

    def _unpacked(self) -> Iterator[bytes]:
        """As much as there is of it; `whole` tells whether it is all."""
        position = 0

        def read(size: int) -> bytes:
            nonlocal position
            data = os.pread(self._descriptor, min(size, _PIECE), position)
            position += len(data)
            return data

        self.whole = False
        try:
            yield from UNPACKED[self.packing](read)
            self.whole = True
        except Unreadable:
            return

    def ending(self) -> str:
        """The hash of the bytes before its end (`mark_at`)."""
        if self._ending is None:
            _ = self.marks((), to_end=True)
        return self._ending or ""

    def marks(self, wanted: Sequence[Mark], *, to_end: bool = False) -> Marks:
        """Of those that lie within the file, read one after the other in the order given. Of a packed file all is
        unpacked up to the last of them, or `to_end`.
        """
        if self.packing:
            return self._marks_unpacked(sorted(set(wanted)), to_end)
        found = {mark: hashed(data) for mark in wanted if (data := self._before(mark)) is not None}
        if to_end:
            self._ending = hashed(self._before(mark_at(self.length)) or b"")
        return found

    def _before(self, mark: Mark) -> bytes | None:
        offset, size = mark
        data = os.pread(self._descriptor, size, offset - size)
        return data if len(data) == size else None

    def _marks_unpacked(self, wanted: list[Mark], to_end: bool) -> Marks:
        found: Marks = {}
        held, length = b"", 0
        keep = max((MARK, *(size for _, size in wanted)))
        for piece in self._unpacked():
            base = length - len(held)
            held += piece
            length += len(piece)
            while wanted and wanted[0][0] <= length:
                offset, size = wanted.pop(0)
                found[offset, size] = hashed(held[offset - size - base : offset - base])
            held = held[-keep:]
            if not wanted and not to_end:
                return found
        self.length = length
        self._ending = hashed(held[len(held) - min(MARK, length) :])
        return found
