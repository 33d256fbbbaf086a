"""Where the bytes of a log come from: a file as it lies there, or what is unpacked of it.

A file is read by `pread`: if it is truncated meanwhile there are fewer bytes; a mapping would end the process.
"""

import codecs
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import zstandard
from isal import isal_zlib

from services.logscan.base import Part

_PACKED = 1 << 18
"""Bytes of a packed file that are read at once."""
_UNPACKED = 1 << 20
"""Bytes that are unpacked at once, at most."""
_LARGEST = 1 << 27
"""The window of a zstd frame; the format's own tool makes larger ones with `--ultra --long=31` only."""


class Unreadable(Exception):
    """What is packed there cannot be unpacked (further)."""


class Source(Protocol):
    """Bytes that are read from front to back. `start` is where the first line begins; `unit`, how many bytes of what a
    `Part` speaks of are one here. `broken` tells why there are no more, where that is not their end.
    """

    start: int
    unit: int

    @property
    def broken(self) -> str: ...

    def read(self, offset: int, size: int) -> bytes:
        """Fewer than `size` only where there are no more."""

    def forget(self, offset: int) -> None:
        """What is before it will not be asked for again."""

    def close(self) -> None:
        """The file is not read any more."""


class Plain:
    """A file as it lies there."""

    start, unit, broken = 0, 1, ""

    def __init__(self, file: int) -> None:
        self._file = file

    def read(self, offset: int, size: int) -> bytes:
        data = os.pread(self._file, size, offset)
        while len(data) < size and (more := os.pread(self._file, size - len(data), offset + len(data))):
            data += more  # a network's file system may give less than there is
        return data

    def forget(self, offset: int) -> None:
        pass

    def close(self) -> None:
        pass


class Pieces:
    """What comes piece by piece; the last ones are kept. While one is looked at, another thread unpacks the next."""

    start, unit = 0, 1

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.broken = ""
        self._pieces = pieces
        self._thread = ThreadPoolExecutor(1)
        self._next = self._thread.submit(next, pieces, b"")
        self._held: deque[bytes] = deque()
        self._begin = self._end = self._passed = 0
        self._ended = False

    def read(self, offset: int, size: int) -> bytes:
        stop = offset + size
        while not self._ended and self._end < stop:
            self._take()
        at, found = self._begin, []
        for piece in self._held:
            if at < stop and at + len(piece) > offset:
                found.append(memoryview(piece)[max(offset - at, 0) : stop - at])
            at += len(piece)
        return b"".join(found)

    def _take(self) -> None:
        try:
            piece = self._next.result()
            self._next = self._thread.submit(next, self._pieces, b"")
        except Unreadable as problem:
            piece, self.broken = b"", str(problem)
        self._ended = not piece
        self._end += len(piece)
        self._held.append(piece)
        self._drop()

    def forget(self, offset: int) -> None:
        self._passed = max(self._passed, offset)
        self._drop()

    def _drop(self) -> None:
        while self._held and self._begin + len(self._held[0]) <= self._passed:
            self._begin += len(self._held.popleft())

    def close(self) -> None:
        self._thread.shutdown()


class Wide:
    """UTF-16 as Latin-1, a byte for each two; what Latin-1 has not is a question mark."""

    start, unit = 1, 2  # behind the mark

    def __init__(self, source: Source, *, big: bool) -> None:
        self._source, self._big = source, big

    @property
    def broken(self) -> str:
        return self._source.broken

    def read(self, offset: int, size: int) -> bytes:
        data = self._source.read(2 * offset, 2 * size)
        low, high = (data[1::2], data[: len(data) & ~1 : 2]) if self._big else (data[: len(data) & ~1 : 2], data[1::2])
        if high.count(0) == len(high):
            return low
        return bytes(63 if upper else lower for lower, upper in zip(low, high, strict=True))

    def forget(self, offset: int) -> None:
        self._source.forget(2 * offset)

    def close(self) -> None:
        self._source.close()


def source_of(file: int, part: Part) -> Source:
    """Of an open file, from where `part.start` is."""
    source: Source = Plain(file)
    if part.packing:
        source = Pieces(UNPACKED[part.packing](lambda size: os.read(file, size)))
    mark = source.read(0, 2)
    if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return Wide(source, big=mark == codecs.BOM_UTF16_BE)
    return source


def _gunzipped(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Of any number of members; ends at zeros that pad the last one."""
    left = b""
    while left := (left or read(_PACKED)).lstrip(b"\0"):
        unpack = isal_zlib.decompressobj(wbits=31)
        while True:
            try:
                data = unpack.decompress(left, _UNPACKED)
            except isal_zlib.IsalError as broken:  # type: ignore[misc]  # its stub calls the class an instance
                raise Unreadable(f"no gzip data: {broken}") from broken
            if data:
                yield data
            if unpack.eof:
                left = unpack.unused_data
                break
            left = unpack.unconsumed_tail or read(_PACKED)
            if not left and not data:
                raise Unreadable("the gzip data end too early")


def _unzstd(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Of any number of frames."""
    left = b""
    while left := left or read(_PACKED):
        unpack = zstandard.ZstdDecompressor(max_window_size=_LARGEST).decompressobj()
        while True:
            try:
                data = unpack.decompress(left)
            except zstandard.ZstdError as broken:
                raise Unreadable(f"no zstd data: {broken}") from broken
            if data:
                yield data
            if unpack.eof:
                left = unpack.unused_data
                break
            left = read(_PACKED)
            if not left:
                raise Unreadable("the zstd data end too early")


UNPACKED: dict[str, Callable[[Callable[[int], bytes]], Iterator[bytes]]] = {"gzip": _gunzipped, "zstd": _unzstd}
"""By `Part.packing`."""
