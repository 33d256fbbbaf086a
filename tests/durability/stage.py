"""Sahut as real processes, the providers in another, and a database: what every fault is played on."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import aiohttp

from tests.durability import books
from tests.durability.balancer import balancing
from tests.durability.ledger import Ledger
from tests.durability.offer import offered
from tests.durability.processes import Running, Starter, environment, starting
from tests.durability.sequences import Sequence as Talk
from tests.durability.sequences import Surroundings
from tests.durability.world import Someone, World, playing
from tests.ports import free_port

AFTERWARDS = 150.0
"""Seconds for the last talks to end, and for all that waits to be done."""


@dataclass
class Stage:
    world: World
    starter: Starter
    database: str
    running: list[Running]
    kills: list[int] = field(default_factory=list)

    def of(self, role: str) -> list[Running]:
        return [each for each in self.running if each.role == role]

    async def kill(self, victim: Running) -> None:
        await victim.kill()
        self.kills.append(await self.world.count_of_sends())

    async def person(self, name: str, channel: str) -> Someone:
        made = await self.world.does("people", name=name, channel=channel, language="id")
        return Someone(self.world, made["id"], made["chat"])

    async def called(self, answers: dict[str, int]) -> None:
        """Telegram tells of something that nobody needs an answer to; keeps what our webhook said, by its number.
        0: nothing.
        """
        number = 10**8 + len(answers)
        settings = self.starter.environment
        headers = {"X-Telegram-Bot-Api-Secret-Token": settings["TELEGRAM_WEBHOOK_SECRET"]}
        url, update = f"{settings['PUBLIC_BASE_URL']}/webhooks/telegram", {"update_id": number, "poll": {"id": "1"}}
        try:
            async with self.world.session.post(url, json=update, headers=headers) as response:
                answers[str(number)] = response.status
        except aiohttp.ClientError:
            answers[str(number)] = 0

    async def close(self, town: "Town | None" = None, people: Sequence[Someone] = ()) -> Ledger:
        """Let the last talks end and all that waits be done, stop every process, and open the books."""
        people = town.people if town else [*people]
        if town:
            await town.go_home()
        await books.settled(self.database, AFTERWARDS)
        ends = [await each.stop() for each in self.running]
        assert ends == [0] * len(ends), [each.said() for each in self.running]
        for person in people:
            await self.world.until(lambda p=person: accepted(self.world, p), lambda: "not all was accepted")  # type: ignore[misc]  # a lambda
        ledger = Ledger(self.world, await books.read(self.database), await self.world.sends(), self.kills, people)
        ledger.outside = {what: await self.world.asked(what) for what in ("money", "calendar", "mails", "datacentre")}
        if town:
            ledger.played, ledger.vain = town.played, town.vain
        return ledger


def accepted(world: World, person: Someone) -> bool:
    return all(world.seen[person.chat][each]["status"] == "delivered" for each in person.said)


@asynccontextmanager
async def staged(
    folder: Path,
    *,
    roles: Sequence[str] = ("run",),
    database: str = "",
    patches: Sequence[str] = (),
    settings: dict[str, str] | None = None,
    plainly: bool = False,
    **simulator: object,
) -> AsyncIterator[Stage]:
    """One process of each role named, all ready. `settings` are over those of `environment`, `simulator` over those of
    `playing`.
    """
    port = free_port()
    database = database or f"{books.SQLITE}{folder / 'sahut.db'}"
    webs = roles.count("web") if "web" in roles else 0
    ports = [port] if webs < 2 else [free_port() for _ in range(webs)]
    async with AsyncExitStack() as stack:
        webhook = f"http://127.0.0.1:{port}/webhooks"
        told = {f"{name}_webhook_url": f"{webhook}/{name}" for name in ("whatsapp", "stripe", "xendit")}
        world = await stack.enter_async_context(playing(folder, **{**told, **simulator}))
        if webs > 1:
            await stack.enter_async_context(balancing(port, ports))
        catalog = {"CATALOG_FILE": str(offered(folder))}
        given = environment(world.config, world.url, port, database) | catalog | (settings or {})
        starter = await stack.enter_async_context(starting(folder, given))
        running = []
        for index, role in enumerate(roles):
            number = roles[:index].count(role)
            own = {"PORT": str(ports[number])} if role == "web" else {}
            running.append(Running(starter, role, f"{role}-{number + 1}", own, patches))
        for each in running:
            await each.start(plainly=plainly)
        for each in running:
            await each.ready()
        yield Stage(world, starter, database, running)


class Town:
    """People on both channels, each new one playing the next sequence, until they are told that it is the last."""

    def __init__(self, stage: Stage, chance: random.Random, talks: Sequence[Talk], *, at_once: int = 12) -> None:
        self.people: list[Someone] = []
        self.vain: list[str] = []
        self.played: Counter[str] = Counter()
        self._stage = stage
        self._around = Surroundings(stage.world, count(1000))
        self._next = self._deal(chance, talks)
        self._closing = False
        self._living = [asyncio.create_task(self._come_and_go()) for _ in range(at_once)]

    def _deal(self, chance: random.Random, talks: Sequence[Talk]) -> Iterator[tuple[Talk, str]]:
        """Every sequence on either channel, in ever new order."""
        while True:
            hand = [(talk, channel) for talk in talks for channel in ("telegram", "whatsapp")]
            chance.shuffle(hand)
            yield from hand

    @property
    def lives(self) -> bool:
        return not any(task.done() for task in self._living)

    async def go_home(self) -> None:
        """Once the last talks have come to their ends."""
        self._closing = True
        async with asyncio.timeout(AFTERWARDS):
            await asyncio.gather(*self._living)

    async def _come_and_go(self) -> None:
        while not self._closing:
            talk, channel = next(self._next)
            person = await self._stage.person(f"Warga {len(self.people)}", channel)
            self.people.append(person)
            self.played[talk.name] += 1
            try:
                await talk.script(person, self._around)
            except AssertionError as vain:
                self.vain.append(f"{talk.name}: {vain}")
