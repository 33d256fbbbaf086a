"""Sahut is killed at random instants under traffic, started again, and so on; then everything is counted."""

import asyncio
import os
import random
import sqlite3
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from tests.durability.ledger import Count, Ledger
from tests.durability.processes import Running, environment, starting
from tests.durability.sequences import SEQUENCES, Sequence, Surroundings
from tests.durability.world import Someone, World, playing
from tests.talk import free_port

PEOPLE_AT_ONCE = 12
TRAFFIC = (0.02, 0.35)
"""Seconds from being ready to the kill, at least and at most."""
KILLED_WHILE_STARTING = 0.15
"""The share of kills that come before it is ready."""
STARTED_PLAINLY = 10
"""Every so manieth start is by the command itself, not by a fork of a process that has it imported."""
AFTERWARDS = 60.0
"""Seconds for the last talks to end, and for all that waits to be done."""


class Town:
    """People on both channels, each new one playing the next sequence, until they are told that it is the last."""

    def __init__(self, world: World, chance: random.Random, sequences: tuple[Sequence, ...]) -> None:
        self.people: list[Someone] = []
        self.vain: list[str] = []
        self.played: Counter[str] = Counter()
        self.closing = False
        self._world = world
        self._around = Surroundings(world, count(1000))
        self._next = self._deal(chance, sequences)

    def _deal(self, chance: random.Random, sequences: tuple[Sequence, ...]) -> Iterator[tuple[Sequence, str]]:
        """Every sequence on either channel, in ever new order."""
        while True:
            hand = [(sequence, channel) for sequence in sequences for channel in ("telegram", "whatsapp")]
            chance.shuffle(hand)
            yield from hand

    async def live(self) -> None:
        async with asyncio.TaskGroup() as streets:
            for _ in range(PEOPLE_AT_ONCE):
                streets.create_task(self._come_and_go())

    async def _come_and_go(self) -> None:
        while not self.closing:
            sequence, channel = next(self._next)
            made = await self._world.does("people", name=f"Warga {len(self.people)}", channel=channel, language="id")
            person = Someone(self._world, made["id"], made["chat"])
            self.people.append(person)
            self.played[sequence.name] += 1
            try:
                await sequence.script(person, self._around)
            except AssertionError as vain:
                self.vain.append(f"{sequence.name}: {vain}")


async def kill_and_count(
    folder: Path,
    *,
    seed: int,
    kills: int,
    roles: tuple[str, ...] = ("run",),
    sequences: tuple[Sequence, ...] = SEQUENCES,
) -> str:
    """The line of counts. Raises AssertionError where one of them is not what it may be."""
    chance = random.Random(seed)
    port, database, begun = free_port(), folder / "sahut.db", monotonic()
    async with playing(folder, whatsapp_webhook_url=f"http://127.0.0.1:{port}/webhooks/whatsapp") as world:
        settings = environment(world.config, world.url, port, f"sqlite:///{database}")
        async with starting(folder, settings) as starter:
            running = [Running(starter, role) for role in roles]
            for each in running:
                await each.start(plainly=True)
            for each in running:
                await each.ready()
            town = Town(world, chance, sequences)
            living = asyncio.create_task(town.live())
            marks: list[int] = []
            while len(marks) < kills and not living.done():
                victim = chance.choice(running)
                await asyncio.sleep(chance.uniform(*TRAFFIC))
                await victim.kill()
                marks.append(await world.count_of_sends())
                await victim.start(plainly=len(marks) % STARTED_PLAINLY == 0)
                while chance.random() < KILLED_WHILE_STARTING and len(marks) < kills:
                    await asyncio.sleep(chance.uniform(0, min(victim.starts)))
                    await victim.kill()
                    marks.append(await world.count_of_sends())
                    await victim.start()
                await victim.ready()
            town.closing = True
            async with asyncio.timeout(AFTERWARDS):
                await living
            await settled(database)
            ends = [await each.stop() for each in running]
        assert ends == [0] * len(running), [each.said() for each in running]
        for person in town.people:
            await world.until(lambda p=person: accepted(world, p), lambda: "not all was accepted")  # type: ignore[misc]  # a lambda
        ledger = Ledger(world, database, await world.sends(), marks, town.people)
        ledger.details["waited in vain"] += town.vain
        found = [*ledger.counts(), Count("waited in vain", len(town.vain), exactly=0)]
        for sequence in sequences:
            found += sequence.counts(ledger, town.played[sequence.name])
    errors = [line for each in running for line in each.log.read_text().splitlines() if '"level": "error"' in line]
    seconds = min(min(each.starts) for each in running), max(max(each.starts) for each in running)
    line = (
        f"seed {seed}, {'+'.join(roles)}: {', '.join(map(str, found))}; errors logged {len(errors)};"
        f" started in {seconds[0]:.2f} to {seconds[1]:.2f} s; {monotonic() - begun:.0f} s in all"
    )
    sys.stdout.write(f"\n{line}\n")
    wrong = {each.what: ledger.details[each.what][:5] for each in found if not each.good}
    assert wrong == {}, f"{line}\n{wrong}"
    assert errors == [], line
    return line


def accepted(world: World, person: Someone) -> bool:
    return all(world.seen[person.chat][each]["status"] == "delivered" for each in person.said)


async def settled(database: Path) -> None:
    """Until nothing waits any more, but for reports on messages that nobody lived to note: they wait for the note."""
    waiting = (
        "SELECT EXISTS (SELECT 1 FROM inbox WHERE state = 'new' AND kind <> 'reported')"
        " OR EXISTS (SELECT 1 FROM outbox WHERE queued = 1) OR EXISTS (SELECT 1 FROM effects WHERE state = 'waiting')"
    )
    async with asyncio.timeout(AFTERWARDS):
        while True:
            with closing(sqlite3.connect(database)) as connection:
                if connection.execute(waiting).fetchone() == (0,):
                    return
            await asyncio.sleep(0.05)


def chosen_seed() -> int:
    """That of SAHUT_SEED, to see a failure again; else one of chance."""
    return int(os.environ.get("SAHUT_SEED") or random.SystemRandom().randrange(10**6))


@pytest.mark.slow
async def test_killed_fifty_times_it_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, seed=chosen_seed(), kills=50)


@pytest.mark.slow
async def test_killed_in_one_of_its_parts_it_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, seed=chosen_seed(), kills=15, roles=("web", "worker", "clock"))


@pytest.mark.soak
async def test_killed_two_hundred_times_it_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, seed=chosen_seed(), kills=200)
