"""Reads parts of logs in several processes, a large file in several ranges at once."""

import asyncio
import os
from collections.abc import Sequence

from domain.log_findings import Finding, together
from services.logscan.base import Part, Piece, Read, Reading, Task
from services.logscan.pool import Pool, WorkerEnded

__all__ = ["Part", "Read", "Reading", "Scanner"]

RANGE = 16 << 20
"""Bytes of a file that one process reads at once."""


class Scanner:
    """At most `workers` processes, started at the first scan. `range_size` is for tests."""

    def __init__(self, workers: int, *, range_size: int = RANGE) -> None:
        self._pool = Pool(workers)
        self._range = range_size

    async def scan(self, parts: Sequence[Part], settings: Reading) -> tuple[Read, ...]:
        """What is read of each part, in their order. The same for any number of processes and ranges. What cannot be
        read is told in `Read.error`; what was read before counts.
        """
        return tuple(await asyncio.gather(*(self._part(each, settings) for each in parts)))

    async def close(self) -> None:
        """Ends the processes at once; scans that are under way end with an error."""
        await self._pool.close()

    async def _part(self, part: Part, settings: Reading) -> Read:
        try:
            tasks = [self._ask(task) for task in await asyncio.to_thread(_tasks, part, settings, self._range)]
        except OSError as problem:
            return Read(end=part.start, error=problem.strerror or str(problem))
        running = [asyncio.ensure_future(each) for each in tasks]
        try:
            return await self._joined(part, running)
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def _joined(self, part: Part, running: "Sequence[asyncio.Future[list[Piece]]]") -> Read:
        """The pieces in their order, up to the first that is missing."""
        read = Read(end=part.start)
        found: dict[str, Finding] = {}
        error = ""
        for each in running:
            for piece in await each:
                if piece.begin > read.end and piece.end > piece.begin:
                    return _with(read, found, error)  # the file was cut meanwhile: the next scan sees what is there
                if piece.end > piece.begin:
                    found = await asyncio.to_thread(together, (found.values(), piece.findings))
                    read = Read(end=piece.end, lines=read.lines + piece.lines, hits=read.hits + piece.hits)
                error = piece.error
                if error:
                    return _with(read, found, error)
        return _with(read, found, error)

    async def _ask(self, task: Task) -> list[Piece]:
        pieces: list[Piece] = []
        try:
            async for piece in self._pool.run(task):
                pieces.append(piece)  # what came before it ended is kept
        except (WorkerEnded, OSError) as problem:
            pieces.append(Piece(begin=task.start, end=task.start, error=str(problem)))
        return pieces


def _with(read: Read, found: dict[str, Finding], error: str) -> Read:
    return Read(end=read.end, lines=read.lines, hits=read.hits, findings=tuple(found.values()), error=error)


def _tasks(part: Part, settings: Reading, size: int) -> list[Task]:
    stop = part.start + part.most
    if not part.packing:
        stop = min(stop, os.stat(part.path).st_size)  # noqa: PTH116  # a path as it was given
    step = size if not part.packing else max(stop - part.start, 1)
    return [
        Task(part=part, reading=settings, start=at, stop=min(at + step, stop), whole=at == part.start)
        for at in range(part.start, stop, step)
    ]
