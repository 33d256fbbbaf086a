"""A scripted person: the real service, the strict simulator over HTTP, and people who say and hear.

await budi.says("halo")
await budi.hears("Apa yang bisa kami bantu")
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from time import time
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.build import Role, Service
from bot.catalog import load_catalog
from bot.clock import BusinessClock
from bot.settings import Settings, Updates
from bot.simulation import Simulation
from domain.catalog import Catalog
from domain.log_sources import LogWatch
from simulator.model import Message
from simulator.server import Simulator
from tests.ports import free_port

JAKARTA = ZoneInfo("Asia/Jakarta")
PATIENCE = 30.0
"""Seconds that a person waits for an answer before the test fails; answers take milliseconds."""


@cache
def _catalog() -> Catalog:
    return load_catalog(Path("catalog.toml"))


def play_settings(folder: Path, **given: Any) -> Settings:
    """Settings for a play: limits of sending raised, so that tests do not wait; nothing read from the environment."""
    values: dict[str, Any] = {
        "simulate": True,
        "port": free_port(),
        "database_url": f"sqlite:///{folder / 'sahut.db'}",
        "telegram_rate": 10_000,
        "telegram_chat_rate": 10_000,
        "telegram_group_rate": 600_000,
        "twilio_rate": 10_000,
        "log_level": "ERROR",
    }
    return Settings(**(values | given | {"_env_file": None}))


@dataclass
class Talk:
    """A service and its simulator. `restart` is a clean stop and start on the same storage, the world going on
    meanwhile. Business time stands still but for what `later` adds, so that how long a test takes changes nothing.
    """

    settings: Settings
    simulation: Simulation
    service: Service
    played: Settings

    @classmethod
    async def begin(
        cls,
        folder: Path,
        *,
        roles: Role = Role.ALL,
        habits: dict[str, Any] | None = None,
        without_desk: bool = False,
        logs: LogWatch | None = None,
        ticks: bool = False,
        **given: Any,
    ) -> "Talk":
        """Business time stands still unless it `ticks`."""
        settings = play_settings(folder, **given)
        began = time()
        simulation = Simulation(
            settings,
            _catalog(),
            rates=False,
            clock=BusinessClock() if ticks else BusinessClock(lambda: began),
            delivery_seconds=0.0,
            google_pending=0.0,
            **{"ssh_port": free_port(), **(habits or {})},
        )
        if logs is not None:
            simulation.catalog = replace(simulation.catalog, logs=logs)
        played = await simulation.start("127.0.0.1", 0)
        if without_desk:
            played = played.model_copy(update={"agents_chat_id": None})
        talk = cls(
            settings, simulation, Service(played, roles, catalog=simulation.catalog, clock=simulation.clock), played
        )
        simulation.attach(talk.service.storage)
        await talk.service.start()
        async with asyncio.timeout(PATIENCE):
            while not talk._introduced():
                await asyncio.sleep(0.005)
        return talk

    def _introduced(self) -> bool:
        mailboxes = self.simulator.telegram.mailboxes.values()
        return self.played.updates is Updates.POLLING or all(mailbox.webhook for mailbox in mailboxes)

    @property
    def simulator(self) -> Simulator:
        return self.simulation.simulator

    async def end(self) -> None:
        await self.service.stop()
        await self.simulation.stop()

    async def restart(self) -> None:
        await self.service.stop()
        self.service = self.again(self.service.roles)
        await self.service.start()

    def again(self, roles: Role) -> Service:
        """Another process on the same storage, not started yet."""
        service = Service(self.played, roles, catalog=self.simulation.catalog, clock=self.simulation.clock)
        self.simulation.attach(service.storage)
        return service

    async def later(self, by: timedelta) -> None:
        """Move the business clock."""
        await self.simulator.world.advance(by)

    async def at_office_hours(self) -> None:
        """Move the clock to the next ten in the morning of a working Wednesday, Jakarta."""
        now = self.simulation.clock.now().astimezone(JAKARTA)
        then = now.replace(hour=10, minute=0, second=0) + timedelta(days=(2 - now.weekday()) % 7)
        while then <= now or not self.simulation.catalog.hours.is_open(then):
            then += timedelta(days=7)
        await self.later(then - now)

    async def quiet(self) -> None:
        """Until nothing is in hand any more: then what a person has not heard, they will not hear."""
        async with asyncio.timeout(PATIENCE):
            calm = 0
            while calm < 3:
                still = not self.service.busy and not self.simulator.busy and await self.service.storage.waiting() == 0
                calm = calm + 1 if still else 0
                await asyncio.sleep(0.005)

    def person(self, name: str) -> "Scripted":
        chat = self.simulator.world.person(name).chat
        return Scripted(self, name, chat)

    def agent(self, name: str) -> "Scripted":
        """An agent, in the agents' group."""
        return Scripted(self, name, f"telegram:{self.played.agents_chat_id}")

    async def new_person(self, name: str, channel: str, language: str = "id") -> "Scripted":
        person = await self.simulator.world.add_person(name, channel, language)
        return Scripted(self, person.id, person.chat)


Version = tuple[str, str, str]


@dataclass
class Scripted:
    """Someone with a phone. What they heard once is not heard again; an edited message is heard anew."""

    talk: Talk
    name: str
    chat: str
    thread: int | None = None
    _heard: set[Version] = field(default_factory=set)

    @property
    def world(self) -> Any:
        return self.talk.simulator.world

    def in_topic(self, thread: int) -> "Scripted":
        """The same person, looking at one topic of the forum."""
        return Scripted(self.talk, self.name, self.chat, thread)

    # --- saying ---

    async def says(self, text: str = "", **more: Any) -> Message:
        message: Message = await self.world.say(self.name, text, chat=self.chat, thread=self.thread, **more)
        return message

    async def presses(self, label: str) -> None:
        """Press the button, pick the row or type the number with that label, of the last message that has it."""
        for message in reversed(self._theirs()):
            for row in message.buttons:
                for button in row:
                    if label.casefold() in button.text.casefold():
                        await self.world.press(self.name, self.chat, message.id, button.id)
                        return
            for item in (message.list or {}).get("rows", []):
                if label.casefold() in item["title"].casefold():
                    await self.world.pick(self.name, self.chat, message.id, item["id"])
                    return
            for line in message.text.splitlines():
                number, dot, words = line.partition(". ")
                if dot and number.isdigit() and label.casefold() in words.casefold():
                    await self.says(number)
                    return
        raise AssertionError(f"{self.name} sees no button {label!r}: {self.sees()}")

    async def presses_on(self, message: Message, label: str) -> None:
        """Press a button of a message that may be an old one."""
        button = next(b for row in message.buttons for b in row if label.casefold() in b.text.casefold())
        await self.world.press(self.name, self.chat, message.id, button.id)

    async def types_choice(self, label: str) -> None:
        """Type the choice's label, as somebody does who sees no buttons."""
        await self.says(label)

    # --- hearing ---

    async def hears(self, *fragments: str) -> Message:
        """Wait for something new from the service that has all the fragments; it and what came before it count as
        heard.
        """

        def heard() -> Message | None:
            return next((m for m in self._new() if all(f.casefold() in _words(m).casefold() for f in fragments)), None)

        try:
            message = await self._wait(heard)
        except TimeoutError:
            news = [_words(m) for m in self._new()]
            raise AssertionError(f"{self.name} waited for {fragments}; new was {news}; all: {self.sees()}") from None
        for each in self._theirs():
            self._heard.add(_version(each))
            if each is message:
                break
        return message

    async def hears_nothing(self) -> None:
        """Nothing new, once everything has come to rest."""
        await self.talk.quiet()
        assert [_words(message) for message in self._new()] == []

    def ignores(self) -> None:
        """Count everything up to now as heard."""
        self._heard.update(_version(message) for message in self._theirs())

    def sees(self) -> list[str]:
        """Everything on the phone from the service, for assertions on the whole."""
        return [_words(message) for message in self._theirs()]

    async def _wait(self, predicate: Callable[[], Message | None]) -> Message:
        found: Message | None = await self.world.wait(predicate, PATIENCE)
        assert found is not None
        return found

    def _theirs(self) -> list[Message]:
        return [m for m in self.world.messages(self.chat, self.thread) if m.outgoing and m.kind != "service"]

    def _new(self) -> list[Message]:
        return [message for message in self._theirs() if _version(message) not in self._heard]


def _version(message: Message) -> Version:
    return (message.id, str(message.edited_at), message.text)


def _words(message: Message) -> str:
    """The text and what can be pressed."""
    labels = [button.text for row in message.buttons for button in row]
    labels += [row["title"] for row in (message.list or {}).get("rows", [])]
    return " | ".join([message.text, *labels])
