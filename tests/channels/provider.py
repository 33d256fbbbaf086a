"""A provider that answers what a test tells it to, and remembers what it was asked."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    """`cut`: half the body and no more; `hang_up`: no answer at all; `silent`: none until the test ends."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: bool = False
    hang_up: bool = False
    silent: bool = False


class Provider:
    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.replies: list[Reply] = []
        self._ending = asyncio.Event()
        app = web.Application(client_max_size=1 << 26)
        app.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    async def start(self) -> None:
        await self._server.start_server(access_log=None)

    async def stop(self) -> None:
        self._ending.set()
        await self._server.close()

    def will(self, *replies: Reply) -> None:
        """Answer the next calls so; the last reply is repeated."""
        self.replies = list(replies)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append(Asked(request.method, request.path, dict(request.query), dict(request.headers), body))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if reply.silent:
            await self._ending.wait()
        if reply.silent or reply.hang_up:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if not reply.cut:
            return web.Response(status=reply.status, body=reply.body, headers=reply.headers)
        response = web.StreamResponse(status=reply.status)
        response.content_length = len(reply.body) + 100
        await response.prepare(request)
        await response.write(reply.body)
        assert request.transport is not None
        request.transport.close()
        return response
