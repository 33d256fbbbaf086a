"""A cloud that answers what it is told to, in turn, and remembers what it was asked."""

import base64
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from services.servers.base import Access, Wanted

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyWZ0Nnn6nXfkdK2dRW9x1i7c0dSLUPrQVCbSt5b1Wb budi@laptop"
WANTED = Wanted(
    name="server-17-1a2b3c4d",
    number=17,
    tag="sahut",
    hostname="web1",
    location="",
    size="",
    image="",
    cpus=2,
    memory_gb=4,
    disk_gb=80,
    access=Access(user="budi", ssh_key=KEY),
)


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    query: Mapping[str, str]
    body: Any
    headers: Mapping[str, str]


@dataclass
class Stage:
    """`url` is where it is. Without a line left it answers 599."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _lines: deque[web.Response] = field(default_factory=deque)

    def says(self, body: Any = None, status: int = 200, **headers: str) -> None:
        text = body if isinstance(body, str) else json.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = "text/html" if isinstance(body, str) else "application/json"
        self._lines.append(
            web.Response(text="" if status == 204 else text, status=status, headers=named, content_type=kind)
        )

    @property
    def calls(self) -> list[str]:
        return [f"{asked.method} {asked.path}" for asked in self.asked]

    async def answer(self, request: web.Request) -> web.Response:
        text = await request.text()
        body = json.loads(text) if text.startswith("{") else text
        self.asked.append(Asked(request.method, request.path, dict(request.query), body, request.headers))
        return self._lines.popleft() if self._lines else web.Response(status=599)


@asynccontextmanager
async def staged() -> AsyncIterator[Stage]:
    stage = Stage()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", stage.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    stage.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield stage
    finally:
        await runner.cleanup()


def is_first_boot(encoded: str) -> bool:
    """Whether it is what a machine is told, in base64, once."""
    first_line, _, config = base64.b64decode(encoded, validate=True).decode().partition("\n")
    return first_line == "#cloud-config" and json.loads(config)["hostname"] == "web1"
