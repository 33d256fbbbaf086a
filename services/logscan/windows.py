"""A log's lines, window by window: whole lines, with some of what stands before and after them."""

from collections.abc import Iterator
from typing import NamedTuple

from services.logscan.unpacking import Source

WINDOW = 1 << 20
REACH = 1 << 15
"""So many bytes before and after a line tell what it belongs to, and what belongs to it."""
LONGEST = 8 << 20
"""A line that is longer comes in several windows."""
ENDLESS = 64 << 20
"""A line is followed so far; what comes then is read as another."""


class Window(NamedTuple):
    """The lines in `data[begin:end]`; `start` is where `data` begins. Before and after them `data` has REACH bytes, if
    there are so many; `closed`, its last line is the last one of all and has no end. A window that is `ragged` or
    `after` has a part of one line only: `ragged`, it goes on in the next window; `after`, it began in one before.
    """

    start: int
    data: bytes
    begin: int
    end: int
    closed: bool = False
    ragged: bool = False
    after: bool = False


def windows(source: Source, start: int, stop: int, *, whole: bool, final: bool) -> Iterator[Window]:
    """The lines that begin at `start` or later and before `stop`. `whole`: one begins at `start`. The last line of all,
    if it has no end, is read only where the file is `final`: it grows no more.
    """
    at = start if whole else _line_after(source, start, stop)
    while at < stop:
        window = _window(source, at, stop, final=final)
        if window is None:
            return
        yield window
        at = window.start + window.end
        while window.ragged:
            window = _further(source, at, at - start)
            yield window
            at += window.end


def _line_after(source: Source, offset: int, stop: int) -> int:
    """Where the first line at `offset` or later begins; `stop` if none begins before."""
    offset -= 1
    while offset < stop and (data := source.read(offset, REACH)):
        if (found := data.find(b"\n")) >= 0:
            return offset + found + 1
        offset += len(data)
    return stop


def _window(source: Source, at: int, stop: int, *, final: bool) -> Window | None:
    low = max(at - REACH, 0)
    source.forget(low)
    begin = at - low
    limit = min(begin + WINDOW, stop - low)
    """Lines that begin before it are read."""
    wanted = limit + 2 * REACH
    data = source.read(low, wanted)
    end = data.find(b"\n", limit - 1) + 1
    while not end and len(data) == wanted and wanted - begin < LONGEST:
        data, wanted = data + source.read(low + wanted, wanted), 2 * wanted
        end = data.find(b"\n", limit - 1) + 1
    ended = len(data) < wanted
    if end and len(data) - end < REACH and not ended:
        more = source.read(low + wanted, REACH)
        data, ended = data + more, len(more) < REACH
    closed = final and ended and not source.broken and data[-1:] != b"\n"
    if end or (closed and len(data) > begin):
        return Window(low, data, begin, end or len(data), closed=closed)
    end = data.rfind(b"\n", begin) + 1
    if end:
        return Window(low, data, begin, end)
    return None if ended else Window(low, data, begin, len(data), ragged=True)


def _further(source: Source, at: int, passed: int) -> Window:
    """Of a line that began before."""
    source.forget(at)
    data = source.read(at, WINDOW)
    end = data.find(b"\n") + 1
    ragged = not end and len(data) == WINDOW and passed < ENDLESS
    return Window(at, data, 0, end or len(data), ragged=ragged, after=True)
