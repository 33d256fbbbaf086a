"""Processes that scan, each a fresh interpreter that imports little: nothing of this process is forked or inherited."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import msgspec

from services.logscan.base import Piece, Task

ROOT = Path(__file__).parents[2]
_LENGTH = 4
_COMMAND = (sys.executable, "-P", "-m", "services.logscan.worker")  # not from where the service was started


class WorkerEnded(Exception):
    """The process has ended in the midst of a task."""


class Pool:
    """At most `size` processes, each started when it is first needed, and again after one has ended."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = asyncio.Semaphore(size)
        self._idle: list[Process] = []
        self._busy: set[Process] = set()
        self._closed = False
        self._encode = msgspec.msgpack.Encoder().encode
        self._decode = msgspec.msgpack.Decoder(Piece).decode

    @property
    def idle(self) -> int:
        """Processes that have nothing to do."""
        return self._size - len(self._busy)

    async def run(self, task: Task) -> AsyncIterator[Piece]:
        """What a process answers, as soon as one is free. Raises WorkerEnded."""
        async with self._free:
            worker = await self._worker()
            self._busy.add(worker)
            try:
                async for piece in self._asked(worker, task):
                    yield piece
            except (OSError, EOFError) as problem:
                code = await worker.wait()  # not killed: that would take its status from who waits for it
                raise WorkerEnded(f"the process that read it has ended ({code})") from problem
            except BaseException:
                await _ended(worker)
                raise
            else:
                self._idle.append(worker)
            finally:
                self._busy.discard(worker)

    async def _worker(self) -> Process:
        self._refuse_if_closed()
        while self._idle:
            worker = self._idle.pop()
            if worker.returncode is None:
                return worker
            await _ended(worker)
        worker = await asyncio.create_subprocess_exec(*_COMMAND, stdin=PIPE, stdout=PIPE, env=_environment())
        try:
            self._refuse_if_closed()
        except WorkerEnded:
            await _ended(worker)
            raise
        return worker

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise WorkerEnded("the scanner is closed")

    async def _asked(self, worker: Process, task: Task) -> AsyncIterator[Piece]:
        assert worker.stdin  # noqa: S101  # a pipe
        assert worker.stdout  # noqa: S101  # a pipe
        body = self._encode(task)
        worker.stdin.write(len(body).to_bytes(_LENGTH, "little") + body)
        await worker.stdin.drain()
        while True:
            length = int.from_bytes(await worker.stdout.readexactly(_LENGTH), "little")
            piece = await asyncio.to_thread(self._decode, await worker.stdout.readexactly(length))
            if not piece.more:
                break
            yield piece
        yield piece

    async def close(self) -> None:
        """Ends every process at once, whatever it is at; who waits for it hears of it."""
        self._closed = True
        for worker in self._busy:
            _kill(worker)
        while self._idle:
            await _ended(self._idle.pop())


def _environment() -> dict[str, str]:
    """None of the service's secrets."""
    kept = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZDIR", "PYTHONTZPATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONPATH": str(ROOT)}


def _kill(worker: Process) -> None:
    with suppress(ProcessLookupError):
        worker.kill()


async def _ended(worker: Process) -> int:
    """Its exit status, after it has been ended if it was not."""
    _kill(worker)
    if worker.stdin:
        worker.stdin.close()
    return await worker.wait()
