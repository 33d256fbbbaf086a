"""The end of a server: nobody who has nothing to say holds it up."""

import asyncio
import gc
import socket

import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.server import ANSWERED_WITHIN, Server


class Ending(Server):
    """It is stopped while somebody is let in: aiohttp does not wait for their request yet, and so cannot be told to
    wait no more.
    """

    stopping: asyncio.Task[None] | None = None

    def _connect(self) -> RequestHandler:
        self.stopping = asyncio.create_task(self.stop())
        return super()._connect()


async def test_who_connects_at_the_last_moment_does_not_hold_it_up() -> None:
    server = Ending(web.Application())
    reader, writer = await asyncio.open_connection("127.0.0.1", await server.start("127.0.0.1", 0))
    async with asyncio.timeout(ANSWERED_WITHIN * 0.9):
        assert await reader.read() == b""
        assert server.stopping
        await server.stopping
    writer.close()


@pytest.mark.parametrize("turns", range(6))
async def test_whoever_is_just_let_in_is_hung_up_on(turns: int) -> None:
    """At whatever point of it: a socket that nobody closes would fail this test."""
    server = Server(web.Application())
    client = socket.create_connection(("127.0.0.1", await server.start("127.0.0.1", 0)))
    with client:
        for _ in range(turns):
            await asyncio.sleep(0)
        await server.stop()
        gc.collect()  # what is left open says so here, and fails the test
