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
from typing import BinaryIO

import msgspec

from services.logscan import windows
from services.logscan.base import Engine, Piece, Reading, Task
from services.logscan.engines import engine
from services.logscan.finder import Finder
from services.logscan.keywords import WORDS

PIECE = 32 << 20
"""So many unpacked bytes bring one answer."""
LENGTH = struct.Struct("<I")


class Worker:
    """Carries out one task after the other."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reading: Reading | None = None

    def pieces(self, task: Task) -> Iterator[Piece]:
        """What comes of a task; what goes wrong is told in the last piece."""
        try:
            if task.reading != self._reading:
                self._finder, self._reading = Finder(self._engine, task.reading), task.reading
            yield from self._read(task)
        except (OSError, ValueError, KeyError, MemoryError, windows.Unreadable) as problem:
            self._reading = None
            yield Piece(begin=task.start, end=task.start, error=_told(problem))

    def _read(self, task: Task) -> Iterator[Piece]:
        part, finder = task.part, self._finder
        file = os.open(part.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        begin = end = -1
        error = ""
        try:
            if not stat.S_ISREG(os.fstat(file).st_mode):
                raise windows.Unreadable("not a file")
            for window in _windows(file, task):
                begin = window.start if begin < 0 else begin
                finder.read(window)
                end = window.start + window.size
                if end - begin >= PIECE and part.packing and not window.ragged:
                    yield self._piece(task, begin, end, "", more=True)
                    begin = end
        except (OSError, windows.Unreadable) as problem:
            error = _told(problem)
        finally:
            os.close(file)
        yield self._piece(task, begin, end, error, more=False)

    def _piece(self, task: Task, begin: int, end: int, error: str, *, more: bool) -> Piece:
        if begin < 0:
            begin = end = task.start
        lines, hits = self._finder.lines, self._finder.hits
        findings = self._finder.take(task.part.path)
        return Piece(begin=begin, end=end, lines=lines, hits=hits, findings=findings, error=error, more=more)


def _windows(file: int, task: Task) -> Iterator[windows.Window]:
    part = task.part
    if not part.packing:
        return windows.plain(file, task.start, task.stop, whole=task.whole, final=part.final)
    unpacked = windows.UNPACKED[part.packing](lambda size: os.read(file, size))
    return windows.packed(unpacked, task.start, task.stop)


def _told(problem: Exception) -> str:
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    return f"{type(problem).__name__}: {problem}" if not isinstance(problem, windows.Unreadable) else str(problem)


def _listen(source: BinaryIO, tasks: "queue.SimpleQueue[bytes]") -> None:
    """Ends the process with its input, also in mid-scan."""
    while len(length := source.read(LENGTH.size)) == LENGTH.size:
        tasks.put(source.read(*LENGTH.unpack(length)))
    os._exit(0)


def main() -> None:
    tasks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    source, target = os.fdopen(0, "rb", closefd=False), os.fdopen(1, "wb", closefd=False)
    threading.Thread(target=_listen, args=(source, tasks), daemon=True).start()
    worker = Worker(engine("|".join(WORDS)))
    decode = msgspec.msgpack.Decoder(Task).decode
    encode = msgspec.msgpack.Encoder().encode
    while True:
        for piece in worker.pieces(decode(tasks.get())):
            body = encode(piece)
            target.write(LENGTH.pack(len(body)) + body)
            target.flush()


if __name__ == "__main__":
    main()
