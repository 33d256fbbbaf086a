"""One process of the pool: reads tasks from its standard input and writes what comes of them to its output.

Both ways a message is its length, four bytes, and MessagePack. It ends when its input does: with the service,
however that ended.
"""

import os
import queue
import stat
import struct
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

import msgspec

from domain.log_lines import Level
from services.logscan.base import Engine, Part, Piece, Reading, Task
from services.logscan.context import MARKS
from services.logscan.engines import engine
from services.logscan.finder import Finder
from services.logscan.keywords import expression
from services.logscan.unpacking import Source, Unreadable, source_of
from services.logscan.windows import REACH, windows

PIECE = 16 << 20
"""So many unpacked bytes bring one answer."""
LENGTH = struct.Struct("<I")


class Worker:
    """Carries out one task after the other."""

    def __init__(self) -> None:
        self._engines: dict[Level, Engine] = {}
        self._reading: Reading | None = None

    def pieces(self, task: Task) -> Iterator[Piece]:
        """What comes of a task; what goes wrong is told in the last piece."""
        at = task.start
        try:
            if task.reading != self._reading:
                self._finder, self._reading = self._made(task.reading), task.reading
            for piece in self._read(task):
                yield piece
                at = piece.end
        except (OSError, ValueError, KeyError, MemoryError, Unreadable) as problem:
            self._reading = None
            yield Piece(begin=at, end=at, error=_told(problem))

    def _made(self, reading: Reading) -> Finder:
        if reading.threshold not in self._engines:
            self._engines[reading.threshold] = engine(expression(reading.threshold), MARKS)
        return Finder(self._engines[reading.threshold], reading)

    def _read(self, task: Task) -> Iterator[Piece]:
        part = task.part
        with ExitStack() as closing:
            file = os.open(part.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            closing.callback(os.close, file)
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Unreadable("not a file")
            source = source_of(file, part)
            closing.callback(source.close)
            every = task.every or max(task.stop - task.start, 1)
            reached = task.start if task.whole else -1
            for start in range(task.start, task.stop, every):
                begin, stop = max(start, reached), min(start + (task.share or every), task.stop)
                # of a packed file what lies between is unpacked, and not kept
                source.forget(begin // source.unit - REACH - 1)
                if start > task.start and not source.read(begin // source.unit, 1):
                    break
                for piece in self._range(task.part, source, begin, stop, whole=begin == reached):
                    yield piece
                    reached = piece.end
            yield Piece(begin=task.stop, end=task.stop, error=source.broken)

    def _range(self, part: Part, source: Source, start: int, stop: int, *, whole: bool) -> Iterator[Piece]:
        begin = end = -1
        unit, final = source.unit, part.final or bool(part.packing)
        for window in windows(source, max(start // unit, source.start), -(-stop // unit), whole=whole, final=final):
            self._finder.read(window)
            if begin < 0:
                # behind a mark that tells the encoding nothing is missing
                begin = start // unit if whole else window.start + window.begin
            end = window.start + window.end
            if (end - begin >= PIECE or self._finder.heavy) and not window.ragged:
                yield self._piece(part.path, begin, end, unit)
                begin = end
        if end > begin:
            yield self._piece(part.path, begin, end, unit)

    def _piece(self, path: str, begin: int, end: int, unit: int) -> Piece:
        """What was found since the last one; offsets count `unit` bytes."""
        lines, hits = self._finder.lines, self._finder.hits
        findings = self._finder.take(path, unit)
        return Piece(begin=begin * unit, end=end * unit, lines=lines, hits=hits, findings=findings, more=True)


def _told(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return f"{type(problem).__name__}: {problem}" if not isinstance(problem, Unreadable) else str(problem)


def _listen(source: BinaryIO, tasks: "queue.SimpleQueue[bytes]") -> None:
    """Ends the process with its input, also in mid-scan."""
    while len(length := source.read(LENGTH.size)) == LENGTH.size:
        tasks.put(source.read(*LENGTH.unpack(length)))
    os._exit(0)


def main() -> None:
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    source, target = os.fdopen(0, "rb", closefd=False), os.fdopen(1, "wb", closefd=False)
    threading.Thread(target=_listen, args=(source, tasks), daemon=True).start()
    worker = Worker()
    decode = msgspec.msgpack.Decoder(Task).decode
    encode = msgspec.msgpack.Encoder().encode
    while True:
        for piece in worker.pieces(decode(tasks.get())):
            body = encode(piece)
            target.write(LENGTH.pack(len(body)) + body)
            target.flush()


if __name__ == "__main__":
    main()
