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
from services.logscan.base import Engine, Piece, Reading, Task
from services.logscan.context import MARKS
from services.logscan.engines import engine
from services.logscan.finder import Finder
from services.logscan.keywords import expression
from services.logscan.unpacking import Unreadable, source_of
from services.logscan.windows import windows

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
        try:
            if task.reading != self._reading:
                self._finder, self._reading = self._made(task.reading), task.reading
            yield from self._read(task)
        except (OSError, ValueError, KeyError, MemoryError, Unreadable) as problem:
            self._reading = None
            yield Piece(begin=task.start, end=task.start, error=_told(problem))

    def _made(self, reading: Reading) -> Finder:
        if reading.threshold not in self._engines:
            self._engines[reading.threshold] = engine(expression(reading.threshold), MARKS)
        return Finder(self._engines[reading.threshold], reading)

    def _read(self, task: Task) -> Iterator[Piece]:
        part, finder = task.part, self._finder
        with ExitStack() as closing:
            file = os.open(part.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            closing.callback(os.close, file)
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise Unreadable("not a file")
            source = source_of(file, part)
            closing.callback(source.close)
            start, stop = max(task.start // source.unit, source.start), -(-task.stop // source.unit)
            final = part.final or bool(part.packing)
            begin = end = -1
            for window in windows(source, start, stop, whole=task.whole, final=final):
                finder.read(window)
                if begin < 0:
                    # behind a mark that tells the encoding nothing is missing
                    begin = task.start // source.unit if task.whole else window.start + window.begin
                end = window.start + window.end
                if (end - begin >= PIECE or finder.heavy) and not window.ragged:
                    yield self._piece(task, begin, end, source.unit, more=True)
                    begin = end
            found = self._piece(task, begin, end, source.unit, error=source.broken)
        yield found

    def _piece(self, task: Task, begin: int, end: int, unit: int, *, error: str = "", more: bool = False) -> Piece:
        """`begin`, `end` and the findings' offsets count `unit` bytes; -1: no line begins there."""
        begin, end = (begin * unit, end * unit) if begin >= 0 else (task.start, task.start)
        lines, hits = self._finder.lines, self._finder.hits
        findings = self._finder.take(task.part.path, unit)
        return Piece(begin=begin, end=end, lines=lines, hits=hits, findings=findings, error=error, more=more)


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
