"""One address for several processes, as a proxy in front of them gives it; and an address that can be gone."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress


class Balancer:
    """Listens on `port`. Each connection goes to one of the ports `behind` that takes it, or is closed."""

    def __init__(self, port: int, behind: Sequence[int]) -> None:
        self._port = port
        self._behind = behind
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)

    def stop(self) -> None:
        """Nobody is there any more: calls under way break off, new ones are refused."""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            for each in random.sample(self._behind, len(self._behind)):  # any will do
                with suppress(OSError):
                    there = await asyncio.open_connection("127.0.0.1", each)
                    await _both_ways((reader, there[1]), (there[0], writer))
                    return
        finally:
            self._writers.discard(writer)
            writer.close()


Way = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _both_ways(*ways: Way) -> None:
    tasks = [asyncio.create_task(_one_way(*way)) for way in ways]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    for _, writer in ways:
        writer.close()


async def _one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def balancing(port: int, behind: Sequence[int]) -> AsyncIterator[Balancer]:
    balancer = Balancer(port, behind)
    await balancer.start()
    try:
        yield balancer
    finally:
        balancer.stop()
