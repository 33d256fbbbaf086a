"""The HTTP server below the application: how many connections there may be, how long a silent one is borne, and a stop
that answers first.

Nothing here is done for each request, but for two comparisons.
"""

import asyncio
import resource
from contextlib import suppress

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from bot.metrics import CONNECTIONS_CUT

MOST_CONNECTIONS = 2000
"""Beyond these, those are cut off that have kept us waiting longest: who opens thousands keeps nobody out."""
YOUNG = 0.25
"""Seconds that a connection is spared: what it has sent may just not be read yet."""
OTHER_FILES = 1000
"""Connections to providers, the database, and what else a process has open."""
HEAD_WITHIN = 10.0
"""Seconds from connecting to the end of the first request's headers, give or take a look."""
LOOK_EVERY = 1.0
KEEP_ALIVE = 75.0
"""Seconds from an answer to the end of the next request's headers. Longer than what proxies keep a connection for."""
LINGER = 3.0
"""Seconds that more of a body is read that was refused: else its sender might not see the answer."""
LETTING_IN = 3
"""Rounds of the event loop from accepting a connection to waiting for its first request."""
LAST_BODIES_WITHIN = 1.5
ANSWERED_WITHIN = 3.0
"""Seconds that the last requests have, at a stop: for the rest of their bodies, and then for their answers."""


class Server:
    """Listens for an application from `start` to `stop`."""

    def __init__(self, app: web.Application) -> None:
        # Bodies are taken as they came: signatures are over raw bytes, and no provider compresses.
        self._runner = web.AppRunner(
            app,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=KEEP_ALIVE,
            lingering_time=LINGER,
            shutdown_timeout=ANSWERED_WITHIN,
        )
        self._most = MOST_CONNECTIONS
        self._listener: asyncio.Server | None = None
        self._draining = False
        self._looking: asyncio.Task[None] | None = None

    async def start(self, host: str, port: int) -> int:
        """The port it listens on. Raises OSError (the port is taken)."""
        await self._runner.setup()
        self._guard()
        _allow_files(self._most + OTHER_FILES)
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._connect, host, port, backlog=1024)
        self._looking = asyncio.create_task(self._cut_the_silent())
        return int(self._listener.sockets[0].getsockname()[1])

    def drain(self) -> None:
        """Answer as before, and ask to be called elsewhere: no connection is kept after its answer."""
        self._draining = True

    async def stop(self) -> None:
        """Take no new connections, answer what is in hand, then hang up."""
        if self._looking is not None:
            self._looking.cancel()
        if self._listener is not None:
            # asyncio drops, and never closes, whom it is just letting in when the listener closes.
            for each in self._listener.sockets:
                asyncio.get_running_loop().remove_reader(each)
            for _ in range(LETTING_IN):
                await asyncio.sleep(0)
            self._listener.close()
            await self._last_bodies()
        await self._runner.cleanup()

    async def _last_bodies(self) -> None:
        """Wait for what is on its way: once told to end, aiohttp reads no more, and would never answer it. A connection
        that does not wait for its next request yet would not be told, and would hold us up to the last.
        """
        for _ in range(round(LAST_BODIES_WITHIN / 0.01)):
            if not any(_is_on_its_way(each) for each in self._open()):
                return
            await asyncio.sleep(0.01)

    @property
    def _server(self) -> web.Server:
        if self._runner.server is None:
            raise RuntimeError("the server is not set up")
        return self._runner.server

    def _open(self) -> list[RequestHandler]:
        """In order of connecting."""
        return [each for each in self._server.connections if each.transport and not each.transport.is_closing()]

    def _connect(self) -> RequestHandler:
        """A new connection's protocol."""
        if len(self._server.connections) >= self._most:
            self._make_room()
        return self._server()

    def _make_room(self) -> None:
        """Some places more than the one that is needed, so that this is not done for each of a flood."""
        connections = self._open()
        too_many = len(connections) + 1 - self._most
        if too_many > 0:
            young = asyncio.get_running_loop().time() - YOUNG
            waiting = [each for each in connections if not _in_hand(each) and _waiting_since(each) <= young]
            waiting.sort(key=_waiting_since)
            for each in waiting[: too_many + self._most // 20]:
                _cut(each, "crowded")

    async def _cut_the_silent(self) -> None:
        """Hang up on those who connect and send no whole request."""
        loop = asyncio.get_running_loop()
        since: dict[RequestHandler, float] = {}
        while True:
            await asyncio.sleep(LOOK_EVERY)
            now = loop.time()
            since = {each: since.get(each, now) for each in self._open() if not each._request_count}
            for each, first_seen in since.items():
                if now - first_seen >= HEAD_WITHIN - LOOK_EVERY:
                    _cut(each, "silent")

    def _guard(self) -> None:
        """Stand before every request. aiohttp repeats an `Expect` it does not know in its answer, before any
        middleware, and where that cannot be written it answers 500.
        """
        take = self._server.request_handler

        async def guarded(request: web.BaseRequest) -> web.StreamResponse:
            if request.headers.get("Expect", "100-continue").lower() != "100-continue":
                return web.Response(status=417)
            response = await take(request)
            if self._draining:
                response.force_close()
            return response

        self._server.request_handler = guarded


def _in_hand(connection: RequestHandler) -> bool:
    """Whether it is we who have something to do, not the other side."""
    request = connection._current_request
    return request is not None and request.content.is_eof()


def _is_on_its_way(connection: RequestHandler) -> bool:
    """Whether the other side is writing its request, or we have not begun to wait for one."""
    if connection._current_request is None:
        return connection._waiter is None
    return not _in_hand(connection)


def _waiting_since(connection: RequestHandler) -> float:
    """When it connected or was last answered, by the loop's time."""
    return connection._next_keepalive_close_time - KEEP_ALIVE


def _cut(connection: RequestHandler, why: str) -> None:
    if connection.transport is not None:
        connection.transport.abort()
        CONNECTIONS_CUT.labels(why).inc()


def _allow_files(wanted: int) -> None:
    """Many systems allow a process 1024 open files unless it asks for more, which it may not everywhere."""
    with suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
