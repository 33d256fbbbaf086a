"""The providers in a process of their own, and people with phones, by the simulator's control API."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from simulator.config import SimulatorConfig
from tests.ports import free_port

T = TypeVar("T")
Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
MANY = 10**6
"""As often as a fault may strike: what is left tells how often it has."""
PATIENCE = 300.0
"""Seconds that a person waits for an answer: some outages, one after the other."""


@dataclass
class World:
    """What everybody sees on their phones, kept up to date by the simulator's stream of events."""

    url: str
    config: SimulatorConfig
    session: aiohttp.ClientSession
    seen: dict[str, dict[str, Json]] = field(default_factory=dict)
    """By chat and message id, as each message stands now."""
    news: dict[str, list[Json]] = field(default_factory=dict)
    """By chat: every version of every message of ours, in order of appearance."""
    topics: dict[str, list[Json]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def does(self, action: str, **what: Any) -> Json:
        async with self.session.post(f"{self.url}/sim/{action}", json=what) as response:
            answer: Json = await response.json()
            assert response.status == 200, f"{action}: {answer}"
            return answer

    async def goes_wrong(self, provider: str, method: str, kind: str, **more: Any) -> None:
        """A fault of the simulator's, until it is cleared."""
        await self.does("faults", provider=provider, method=method, kind=kind, **{"times": MANY, **more})

    async def works_again(self) -> "Counter[tuple[str, str]]":
        """Clear all faults; how often each kind has struck, by provider and kind."""
        struck = await self.struck()
        async with self.session.delete(f"{self.url}/sim/faults") as response:
            assert response.status == 200
        return struck

    async def struck(self) -> "Counter[tuple[str, str]]":
        """How often each kind of the faults that are set has struck, by provider and kind."""
        struck: Counter[tuple[str, str]] = Counter()
        async with self.session.get(f"{self.url}/sim/faults") as response:
            for fault in await response.json():
                struck[fault["provider"], fault["kind"]] += MANY - fault["times"]
        return struck

    async def asked(self, what: str) -> Json:
        """What the simulator's control API says: `money`, `calendar`, `mails`, `datacentre`."""
        async with self.session.get(f"{self.url}/sim/{what}") as response:
            assert response.status == 200
            answer: Json = await response.json()
            return answer

    async def sends(self) -> list[Json]:
        """Every send that a provider accepted, in order."""
        async with self.session.get(f"{self.url}/sim/sent") as response:
            return list((await response.json())["sent"])

    async def count_of_sends(self) -> int:
        """How many sends there were, once those that are on their way have been counted."""
        before = -1
        while True:
            async with self.session.get(f"{self.url}/sim/sent", params={"since": str(10**9)}) as response:
                count = int((await response.json())["count"])
            if count == before:
                return count
            before = count

    async def until(self, predicate: Callable[[], T | None], what: Callable[[], str], patience: float = PATIENCE) -> T:
        """The predicate's first true value, asked again at every change."""
        try:
            async with asyncio.timeout(patience):
                while not (value := predicate()):
                    self._changed.clear()
                    await self._changed.wait()
                return value
        except TimeoutError:
            raise AssertionError(what()) from None

    async def watch(self) -> None:
        """Follow the stream until cancelled."""
        name = ""
        timeout = aiohttp.ClientTimeout(total=None, sock_read=None)
        async with self.session.get(f"{self.url}/sim/events", timeout=timeout) as response:
            buffered = b""
            async for piece in response.content.iter_any():
                *lines, buffered = (buffered + piece).split(b"\n")
                for line in lines:
                    if line.startswith(b"event: "):
                        name = line[7:].decode()
                    elif line.startswith(b"data: "):
                        self._take(name, line[6:])
                self._changed.set()

    def _take(self, name: str, data: bytes) -> None:
        match name:
            case "message":
                event = json.loads(data)
                self._note(event["chat"], event["message"])
            case "chat":
                event = json.loads(data)
                self.topics[event["id"]] = event["topics"]
            case "state":
                for chat in json.loads(data)["chats"]:
                    self.topics[chat["id"]] = chat["topics"]
                    for message in chat["messages"]:
                        self._note(chat["id"], message)

    def _note(self, chat: str, message: Json) -> None:
        messages = self.seen.setdefault(chat, {})
        before = messages.get(message["id"])
        messages[message["id"]] = message
        if not outgoing(message) or message["kind"] == "service":
            return
        if before is None or (before["text"], before["edited_at"]) != (message["text"], message["edited_at"]):
            self.news.setdefault(chat, []).append(message)


def outgoing(message: Json) -> bool:
    sender = str(message["from"])
    return sender == "business" or sender.startswith("bot:")


@dataclass
class Someone:
    """A person in a chat (in one topic of it, where `thread` is given). What was heard once is not heard again."""

    world: World
    name: str
    chat: str
    thread: int | None = None
    said: list[str] = field(default_factory=list)
    """The ids of their messages, in order."""
    pressed: int = 0
    learnt: dict[str, str] = field(default_factory=dict)
    """What they have read elsewhere, by what it is."""
    _heard: int = 0

    async def says(self, text: str) -> str:
        message = await self.world.does("say", person=self.name, chat=self.chat, text=text, thread=self.thread)
        self.said.append(message["id"])
        return str(message["id"])

    async def says_again(self, message: str) -> None:
        """The provider delivers the same message once more."""
        await self.world.does("redeliver", chat=self.chat, message=message)

    async def hears(self, *fragments: str) -> Json:
        """Wait for something new that has all the fragments; what came before it counts as heard too."""
        return await self._waits_for(lambda said: all(each.casefold() in said for each in fragments), fragments)

    async def hears_one_of(self, *fragments: str) -> str:
        """Wait for something new that has one of them, and say which."""
        message = await self._waits_for(lambda said: any(each.casefold() in said for each in fragments), fragments)
        return next(each for each in fragments if each.casefold() in words(message))

    async def _waits_for(self, fits: Callable[[str], bool], what: tuple[str, ...]) -> Json:
        def found() -> tuple[int, Json] | None:
            for index, message in enumerate(self._news()[self._heard :], self._heard):
                if fits(words(message)):
                    return index + 1, message
            return None

        self._heard, message = await self.world.until(
            found, lambda: f"{self.name} in {self.chat} waited for {what}; sees {[*map(words, self._news())]}"
        )
        return message

    async def asks(self, text: str, *fragments: str) -> Json:
        await self.says(text)
        return await self.hears(*fragments)

    async def chooses(self, label: str, *fragments: str) -> Json:
        await self.presses(label)
        return await self.hears(*fragments)

    async def presses(self, label: str) -> None:
        """Press the button of the newest message with that label, or type its number where there are none."""
        for message in reversed(self._news()):
            for button in (button for row in message["buttons"] for button in row):
                if label in button["text"]:
                    press = {"person": self.name, "chat": self.chat, "message": message["id"], "button": button["id"]}
                    await self.world.does("press", **press)
                    self.pressed += 1
                    return
            for line in message["text"].splitlines():
                number, dot, rest = line.partition(". ")
                if dot and number.isdigit() and label in rest:
                    await self.says(number)
                    return
        raise AssertionError(f"{self.name} sees no {label!r}")

    def _news(self) -> list[Json]:
        news = self.world.news.get(self.chat, [])
        return news if self.thread is None else [message for message in news if message["thread"] == self.thread]


def words(message: Json) -> str:
    labels = [button["text"] for row in message["buttons"] for button in row]
    return " | ".join([message["text"], *labels]).casefold()


@asynccontextmanager
async def playing(folder: Path, **config: Any) -> AsyncIterator[World]:
    """A simulator in its own process, whose providers repeat webhooks quickly and for as long as it takes."""
    habits = {"enforce_rates": False, "delivery_seconds": 0.0, "longest_pause": 0.1}
    retries = {"twilio_retries": 10**6, "payment_retries": 10**6, "stripe_refund_seconds": 0.5}
    centre = {"droplet_limit": MANY, "build_seconds": 0.3, "power_seconds": 0.2, "address_seconds": 0.2}
    ports = {"smtp_port": free_port(), "ssh_port": free_port()}
    given: dict[str, Any] = {**ports, **habits, **retries, **centre, **config}
    file = folder / "simulator.json"
    file.write_text(json.dumps(given))
    with (folder / "simulator.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "simulator", "--config", str(file)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        assert process.stdout is not None
        url = (await process.stdout.readline()).decode().split()[1]
        async with following(url, SimulatorConfig.from_json(given)) as world:
            yield world
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def following(url: str, config: SimulatorConfig) -> AsyncIterator[World]:
    """A simulator that is there already."""
    async with aiohttp.ClientSession() as session:
        world = World(url, config, session)
        watching = asyncio.create_task(world.watch())
        yield world
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
