"""A Telegram and a mail server that take everything at once and tell what they got: what costs their side least.

Strictness is the simulator's business.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiohttp import web

from tests.ports import free_port

TAGS = re.compile(r"<[^>]+>")
LARGEST = 25 * 2**20
MESSAGES = frozenset({"sendMessage", "sendDocument", "sendPhoto", "editMessageText"})


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message in a chat. `buttons` are what each sends when it is pressed, or the link that it opens."""

    chat: int
    number: int
    text: str
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    text: str


@dataclass
class Played:
    """`heard` and `read` are told of every message and every mail before it is answered for."""

    heard: Callable[[Bubble], None]
    read: Callable[[Letter], None]
    url: str = ""
    smtp_port: int = 0
    _last: int = 0

    async def call(self, request: web.Request) -> web.Response:
        """Any method of the Bot API."""
        method = request.match_info["method"]
        if method not in MESSAGES:
            return web.json_response({"ok": True, "result": {"id": 1, "is_bot": True, "username": "played"}})
        if request.content_type == "application/json":
            given: dict[str, Any] = json.loads(await request.read())
        else:
            form = await request.post()
            given = {name: value for name, value in form.items() if isinstance(value, str)}
        self._last += 1
        chat, markup = int(given["chat_id"]), given.get("reply_markup") or {}
        rows = (json.loads(markup) if isinstance(markup, str) else markup).get("inline_keyboard", [])
        buttons = tuple(each.get("callback_data") or each.get("url") or "" for row in rows for each in row)
        text = TAGS.sub("", given.get("text") or given.get("caption") or "")
        self.heard(Bubble(chat, self._last, text, buttons))
        message = {"message_id": self._last, "date": 0, "chat": {"id": chat, "type": "private"}}
        return web.json_response({"ok": True, "result": message})

    async def mail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection by SMTP."""
        to = ""
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            writer.write(b"220 played\r\n")
            while line := (await reader.readline()).strip():
                verb = line[:4].upper()
                if verb == b"DATA":
                    writer.write(b"354 go on\r\n")
                    self._take(to, await reader.readuntil(b"\r\n.\r\n"))
                elif verb == b"RCPT":
                    to = line.partition(b"<")[2].partition(b">")[0].decode()
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 played\r\n")
                if verb == b"QUIT":
                    break
        writer.close()

    def _take(self, to: str, content: bytes) -> None:
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        body = message.get_body(("plain",))
        self.read(Letter(to, str(message["Subject"]), str(body.get_content()) if body else ""))


@asynccontextmanager
async def playing(heard: Callable[[Bubble], None], read: Callable[[Letter], None]) -> AsyncIterator[Played]:
    played = Played(heard, read)
    app = web.Application(client_max_size=LARGEST)
    app.router.add_post("/bot{token}/{method}", played.call)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    played.url = f"http://127.0.0.1:{port}"
    mails = await asyncio.start_server(played.mail, "127.0.0.1", 0, limit=LARGEST)
    played.smtp_port = mails.sockets[0].getsockname()[1]
    try:
        yield played
    finally:
        mails.close()
        await runner.cleanup()
