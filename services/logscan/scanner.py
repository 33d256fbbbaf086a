"""Reads parts of logs in several processes, a large file in several ranges at once."""

import asyncio
import os
from collections.abc import Sequence

from msgspec.structs import replace

from domain.log_findings import Finding, together
from services.logscan.base import Part, Piece, Read, Reading, Task
from services.logscan.pool import Pool, WorkerEnded

__all__ = ["Part", "Read", "Reading", "Scanner"]

RANGE = 16 << 20
"""Bytes of a file that one process reads at once."""
SHARED = 4 << 20
"""Bytes of a packed file that several processes read: each unpacks all of it, and looks at its share."""


class Scanner:
    """At most `workers` processes, started at the first scan. `range_size` and `shared` are for tests."""

    def __init__(self, workers: int, *, range_size: int = RANGE, shared: int = SHARED) -> None:
        self._pool = Pool(workers)
        self._range, self._shared = range_size, shared

    async def scan(self, parts: Sequence[Part], settings: Reading) -> tuple[Read, ...]:
        """What is read of each part, in their order. The same for any number of processes and ranges. What cannot be
        read is told in `Read.error`; what was read before counts.
        """
        shares = self._pool.idle // max(1, len(parts))
        return tuple(await asyncio.gather(*(self._part(each, settings, shares) for each in parts)))

    async def close(self) -> None:
        """Ends the processes at once; scans that are under way end with an error."""
        await self._pool.close()

    async def _part(self, part: Part, settings: Reading, shares: int) -> Read:
        try:
            size = (await asyncio.to_thread(os.stat, part.path)).st_size
        except OSError as problem:
            return Read(end=part.start, error=problem.strerror or str(problem))
        tasks = self._of_packed(part, settings, shares, size) if part.packing else self._of_plain(part, settings, size)
        running = [asyncio.ensure_future(self._ask(each)) for each in tasks]
        try:
            return await self._joined(part, running)
        finally:
            for each in running:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _of_plain(self, part: Part, settings: Reading, size: int) -> list[Task]:
        stop = min(part.start + part.most, size)
        return [
            Task(part=part, reading=settings, start=at, stop=min(at + self._range, stop), whole=at == part.start)
            for at in range(part.start, stop, self._range)
        ]

    def _of_packed(self, part: Part, settings: Reading, shares: int, size: int) -> list[Task]:
        stop = part.start + part.most
        if shares <= 1 or size < self._shared:
            return [Task(part=part, reading=settings, start=part.start, stop=stop, whole=True)]
        every = shares * self._range
        return [
            Task(
                part=part, reading=settings, start=at, stop=stop, whole=at == part.start, share=self._range, every=every
            )
            for at in range(part.start, min(part.start + every, stop), self._range)
        ]

    async def _joined(self, part: Part, running: "Sequence[asyncio.Future[list[Piece]]]") -> Read:
        """The pieces in their order, up to the first that is missing."""
        read = Read(end=part.start)
        found: dict[str, Finding] = {}
        error = ""
        pieces = [piece for each in running for piece in await each]
        for piece in sorted(pieces, key=lambda piece: piece.begin):
            if piece.begin > read.end and piece.end > piece.begin:
                break  # the file was cut meanwhile: the next scan sees what is there
            if piece.end > piece.begin:
                found = await asyncio.to_thread(together, (found.values(), piece.findings))
                read = Read(end=piece.end, lines=read.lines + piece.lines, hits=read.hits + piece.hits)
            error = piece.error
            if error:
                break
        return replace(read, findings=tuple(found.values()), error=error)

    async def _ask(self, task: Task) -> list[Piece]:
        pieces: list[Piece] = []
        try:
            async for piece in self._pool.run(task):
                pieces.append(piece)  # what came before it ended is kept
        except (WorkerEnded, OSError) as problem:
            end = pieces[-1].end if pieces else task.start
            pieces.append(Piece(begin=end, end=end, error=str(problem)))
        return pieces
