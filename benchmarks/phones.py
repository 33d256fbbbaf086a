"""People with phones at a simulator in another process: what they say, and what they hear in answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from benchmarks.machine import MeasureError

Json = dict[str, Any]

PATIENCE = 900.0
"""Seconds that somebody waits for an answer."""


@dataclass
class Phone:
    """One person in their chat. `heard` are the messages that have come and were not looked at yet."""

    phones: "Phones"
    person: str
    chat: str
    heard: "asyncio.Queue[Json]" = field(default_factory=asyncio.Queue)
    last: Json = field(default_factory=dict)

    async def says(self, text: str) -> datetime:
        """When it was said, by the simulator's clock."""
        return moment(await self.phones.does("say", person=self.person, chat=self.chat, text=text))

    async def chooses(self, label: str) -> datetime:
        """Of the message that was heard last: its button, or by the number in front of it."""
        for button in (each for row in self.last["buttons"] for each in row):
            if label in button["text"]:
                what = {"person": self.person, "chat": self.chat, "message": self.last["id"], "button": button["id"]}
                return moment(await self.phones.does("press", **what))
        for line in self.last["text"].splitlines():
            number, _, words = line.partition(". ")
            if number.isdigit() and label in words:
                return await self.says(number)
        raise MeasureError(f"{self.person} is not offered {label!r}: {self.last['text']}")

    async def hears(self, *fragments: str) -> datetime:
        """When something with all of them arrived; what came before it was heard too. Raises MeasureError."""
        seen = []
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    self.last = await self.heard.get()
                    if all(each in self.last["text"] for each in fragments):
                        return datetime.fromisoformat(self.last["edited_at"] or self.last["at"])
                    seen.append(self.last["text"][:80])
        except TimeoutError:
            raise MeasureError(f"{self.person} waited for {fragments} and heard {seen[-3:]}") from None


def moment(answer: Json) -> datetime:
    return datetime.fromisoformat(answer["at"])


@dataclass
class Phones:
    """Everybody's. Each message reaches its phone as often as it changes what it says."""

    url: str
    session: aiohttp.ClientSession
    _by_chat: dict[str, Phone] = field(default_factory=dict)
    _known: dict[tuple[str, str], tuple[str, str | None]] = field(default_factory=dict)

    async def does(self, action: str, **what: Any) -> Json:
        async with self.session.post(f"{self.url}/sim/{action}", json=what) as response:
            answer: Json = await response.json()
            if response.status != 200:
                raise MeasureError(f"{action}: {answer}")
            return answer

    async def asked(self, what: str) -> Json:
        async with self.session.get(f"{self.url}/sim/{what}") as response:
            answer: Json = await response.json()
            return answer

    async def new(self, name: str, channel: str) -> Phone:
        made = await self.does("people", name=name, channel=channel, language="id")
        phone = self._by_chat[made["chat"]] = Phone(self, made["id"], made["chat"])
        return phone

    async def watch(self) -> None:
        """Follow the simulator's stream of events until cancelled."""
        name, buffered = "", b""
        timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
        async with self.session.get(f"{self.url}/sim/events", timeout=timeout) as response:
            async for piece in response.content.iter_any():
                *lines, buffered = (buffered + piece).split(b"\n")
                for line in lines:
                    if line.startswith(b"event: "):
                        name = line[7:].decode()
                    elif line.startswith(b"data: ") and name == "message":
                        event = json.loads(line[6:])
                        self._take(event["chat"], event["message"])
                    elif line.startswith(b"data: ") and name == "state":
                        for chat in json.loads(line[6:])["chats"]:
                            for message in chat["messages"]:
                                self._take(chat["id"], message)

    def _take(self, chat: str, message: Json) -> None:
        phone = self._by_chat.get(chat)
        ours = message["from"] == "business" or message["from"].startswith("bot:")
        if phone is None or not ours or message["kind"] == "service":
            return
        key, version = (chat, message["id"]), (message["text"], message["edited_at"])
        if self._known.get(key) != version:
            self._known[key] = version
            phone.heard.put_nowait(message)


@asynccontextmanager
async def phones(url: str) -> AsyncIterator[Phones]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=PATIENCE)) as session:
        found = Phones(url, session)
        watching = asyncio.create_task(found.watch())
        try:
            yield found
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
