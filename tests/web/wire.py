"""Connections as people hold them who write HTTP by hand, or mean no good."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from tests.web.site import Call, Site


def head(call: Call, length: int | None = None) -> bytes:
    """The request's line and headers."""
    lines = [f"POST {call.path} HTTP/1.1", "Host: sahut.example"]
    lines += [f"{name}: {value}" for name, value in call.headers.items()]
    lines += [f"Content-Length: {len(call.body) if length is None else length}", "", ""]
    return "\r\n".join(lines).encode()


@dataclass
class Wire:
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def to(cls, site: Site) -> "Wire":
        return cls(*await asyncio.open_connection("127.0.0.1", site.service.port))

    def writes(self, data: bytes) -> None:
        self.writer.write(data)

    async def status(self, patience: float = 5.0) -> int:
        """That of the next answer; 0 where the service hangs up instead."""
        try:
            line = await asyncio.wait_for(self.reader.readline(), patience)
        except ConnectionError:
            return 0
        if not line:
            return 0
        length = 0
        while (header := await self.reader.readline()).strip():
            name, _, value = header.decode().partition(":")
            length = int(value) if name.lower() == "content-length" else length
        await self.reader.readexactly(length)
        return int(line.split()[1])

    async def ends(self, patience: float = 5.0) -> None:
        """Wait until the service hangs up."""
        with suppress(ConnectionError):
            await asyncio.wait_for(self.reader.read(), patience)

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()
