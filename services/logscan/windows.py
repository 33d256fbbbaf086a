"""The bytes of a log, window by window, each cut at the end of a line.

A window is read by `pread`: a file that is truncated meanwhile gives fewer bytes; a mapping would end the process.
"""

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

import zstandard
from isal import isal_zlib

WINDOW = 1 << 20
LONGEST = 8 << 20
"""A line that is longer comes in several windows."""
ENDLESS = 64 << 20
"""So far behind the end of what is asked for a line is followed; what comes then is read as another."""
_PACKED = 1 << 18
"""Bytes of a packed file that are read at once."""


class Window(NamedTuple):
    """`data` begins at offset `start`; `size` bytes of it are whole lines. A window that is `ragged` or `after` has one
    line only, or a part of it: `ragged`, it goes on in the next window; `after`, it began in one before.
    """

    start: int
    data: bytes
    size: int
    ragged: bool = False
    after: bool = False


class Unreadable(Exception):
    """What is packed there cannot be unpacked (further)."""


def plain(file: int, start: int, stop: int, *, whole: bool, final: bool) -> Iterator[Window]:
    """The lines of an open file that begin at `start` or later and before `stop`. `whole`: one begins at `start`. The
    last line, if it has no end, is read only where the file is `final`, or where it is longer than LONGEST.
    """

    def fetch(offset: int, size: int) -> bytes:
        return os.pread(file, size, offset)

    if not whole:
        start = _line_after(fetch, start, stop)
    yield from _windows(fetch, start, stop, final)


def _line_after(fetch: Callable[[int, int], bytes], offset: int, stop: int) -> int:
    """Where the first line at `offset` or later begins; `stop` if none begins before."""
    offset -= 1
    while offset < stop:
        data = fetch(offset, 1 << 16)
        if not data:
            break
        if (at := data.find(b"\n")) >= 0:
            return min(offset + at + 1, stop)
        offset += len(data)
    return stop


def _windows(fetch: Callable[[int, int], bytes], start: int, stop: int, final: bool) -> Iterator[Window]:
    after = False
    while start < stop or (after and start < stop + ENDLESS):
        data = fetch(start, WINDOW if after else min(WINDOW, stop - start))
        size = (data.find(b"\n") if after else data.rfind(b"\n")) + 1
        while not size and data and len(data) < LONGEST and (more := fetch(start + len(data), max(len(data), 1 << 16))):
            end = more.find(b"\n") + 1  # the line goes on behind the window, or behind `stop`
            size = len(data) + end if end else 0
            data += more
        ragged = not size and len(data) >= LONGEST
        if ragged or (final and not size):
            size = len(data)
        if not size:
            return
        yield Window(start, data, size, ragged=ragged, after=after)
        start, after = start + size, ragged


def gunzipped(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Of any number of members; ends at zeros that pad the last one. Raises Unreadable where it is broken or ends too
    early, after all that could be unpacked.
    """
    left = b""
    while left := (left or read(_PACKED)).lstrip(b"\0"):
        unpack = isal_zlib.decompressobj(wbits=31)
        while True:
            try:
                data = unpack.decompress(left, WINDOW)
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


def unzstd(read: Callable[[int], bytes]) -> Iterator[bytes]:
    """Of any number of frames. Raises Unreadable as `gunzipped`."""
    left = b""
    while left := left or read(_PACKED):
        unpack = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj(write_size=WINDOW)
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


UNPACKED: dict[str, Callable[[Callable[[int], bytes]], Iterator[bytes]]] = {"gzip": gunzipped, "zstd": unzstd}
"""By `Part.packing`."""


def packed(pieces: Iterator[bytes], start: int, stop: int) -> Iterator[Window]:
    """The lines of what is unpacked that begin at `start`, where one does, or later, and before `stop`. What is
    unpacked is final, but of broken data only whole lines are given; then what `pieces` raises.
    """
    offset, held, after = 0, b"", False
    broken: Unreadable | None = None
    while offset < stop or after:
        try:
            piece = next(pieces, b"")
        except Unreadable as problem:
            broken, piece = problem, b""
        if offset < start:
            skipped = min(len(piece), start - offset)
            offset, piece = offset + skipped, piece[skipped:]
            if not piece and skipped:
                continue
        held = held + piece if held else piece
        if piece and len(held) < WINDOW:
            continue
        size = (held.find(b"\n") if after else held.rfind(b"\n")) + 1
        if offset + size > stop and not after:
            size = held.find(b"\n", stop - offset - 1) + 1
        ragged = not size and len(held) >= LONGEST
        if ragged or (not size and not piece and not broken):
            size = len(held)
        if size:
            yield Window(offset, held, size, ragged=ragged, after=after)
            offset, held, after = offset + size, held[size:], ragged
        if not piece and not (size and held):
            break
    if broken:
        raise broken
