"""One address for several web processes, as a proxy in front of them gives it."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def balancing(port: int, behind: Sequence[int]) -> AsyncIterator[None]:
    """Each connection goes to one of the ports that takes it; where none does, or it breaks off, it is closed."""

    async def passing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for each in random.sample(behind, len(behind)):  # any will do
                with suppress(OSError):
                    there = await asyncio.open_connection("127.0.0.1", each)
                    await _both_ways(reader, writer, *there)
                    return
        finally:
            writer.close()

    server = await asyncio.start_server(passing, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()


async def _both_ways(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    far_reader: asyncio.StreamReader,
    far_writer: asyncio.StreamWriter,
) -> None:
    async def one_way(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                target.write(data)
                await target.drain()

    ways = [asyncio.create_task(one_way(*way)) for way in ((reader, far_writer), (far_reader, writer))]
    await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    for way in ways:
        way.cancel()
    far_writer.close()
