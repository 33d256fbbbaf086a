"""Sahut is killed at random instants under traffic, started again, and so on; then everything is counted."""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from time import monotonic

import pytest

from handlers.server_sweep import LIST
from tests.durability import books
from tests.durability.counts import KILLED
from tests.durability.machine_counts import more_than_one
from tests.durability.machines import orders
from tests.durability.offer import REGIONS
from tests.durability.registry import COUNTS, MACHINES, SEQUENCES
from tests.durability.sequences import Sequence as Talk
from tests.durability.sequences import Surroundings
from tests.durability.stage import AFTERWARDS, Stage, Town, staged
from tests.durability.verdict import judge
from tests.plugins.mongodb import databases

TRAFFIC = (0.02, 0.35)
"""Seconds from being ready to the kill, at least and at most: on a busy machine, at most as long as a start takes."""
UNHURRIED = (0.05, 2.0)
"""The same where machines are made: in a third of a second nothing of it gets anywhere, and a kill hits only starts."""
KILLED_WHILE_STARTING = 0.15
"""The share of kills that come before it is ready."""
STARTED_PLAINLY = 10
"""Every so manieth start is by the command itself, not by a fork of a process that has it imported."""

SEVERAL = ("web", "web", "worker", "worker", "clock", "clock")


async def kill_and_count(
    folder: Path,
    name: str,
    *,
    kills: int,
    roles: Sequence[str] = ("run",),
    database: str = "",
    patches: Sequence[str] = (),
    talks: Sequence[Talk] = SEQUENCES,
    lives: tuple[float, float] = TRAFFIC,
    people: int = 12,
) -> None:
    """Raises AssertionError where a count is not what it may be."""
    seed, begun = chosen_seed(), monotonic()
    chance = random.Random(seed)
    async with staged(folder, roles=roles, database=database, patches=patches, plainly=True) as stage:
        town = Town(stage, chance, talks, at_once=people)
        while len(stage.kills) < kills and town.lives:
            victim = chance.choice(stage.running)
            least, most = lives
            await asyncio.sleep(chance.uniform(least, max(most, min(victim.starts[-3:]))))
            await stage.kill(victim)
            await victim.start(plainly=len(stage.kills) % STARTED_PLAINLY == 0)
            while chance.random() < KILLED_WHILE_STARTING and len(stage.kills) < kills:
                await asyncio.sleep(chance.uniform(0, min(victim.starts)))
                await stage.kill(victim)
                await victim.start()
            await victim.ready()
        if talks is MACHINES:
            await town.go_home()
            await sweep(stage)
        ledger = await stage.close(town)
        starts = [seconds for each in stage.running for seconds in each.starts]
        sys.stdout.write(f"\nseed {seed}, {'+'.join(roles)}; started in {min(starts):.2f} to {max(starts):.2f} s\n")
        judge(stage, ledger, name, "kill", (*COUNTS, *KILLED), begun)


async def sweep(stage: Stage) -> None:
    """Have the clouds asked once more for all machines, now that they stand: what is nobody's is flagged."""
    await books.settled(stage.database, AFTERWARDS)
    before = await books.done(stage.database, LIST)
    clock = (stage.of("clock") or stage.of("run"))[0]
    await clock.stop()
    await clock.start()
    await clock.ready()
    async with asyncio.timeout(AFTERWARDS):
        while len({each["record"] for each in (await books.done(stage.database, LIST))[len(before) :]}) < len(REGIONS):
            await asyncio.sleep(0.1)


def chosen_seed() -> int:
    """That of SAHUT_SEED, to see a failure again; else one of chance."""
    return int(os.environ.get("SAHUT_SEED") or random.SystemRandom().randrange(10**6))


@pytest.mark.slow
async def test_killed_again_and_again_it_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, "25 kills, run on SQLite", kills=25)


@pytest.mark.slow
async def test_killed_in_one_of_its_parts_it_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, "6 kills, three processes on SQLite", kills=6, roles=("web", "worker", "clock"))


@pytest.mark.slow
@pytest.mark.mongodb
async def test_many_processes_on_mongodb_lose_nothing_and_do_nothing_twice(tmp_path: Path) -> None:
    await kill_many_on_mongodb(tmp_path, "6 kills, six processes on MongoDB (leases of 5 s)", kills=6)


@pytest.mark.slow
async def test_of_two_machines_that_a_kill_in_mid_call_has_made_one_is_told_to_ops(tmp_path: Path) -> None:
    """DigitalOcean takes the call longer than is waited before the next one: it has no key to know them as the same."""
    begun, patches = monotonic(), ("swept_at_each_start", "short_looks")
    async with staged(tmp_path, patches=patches) as stage:
        world, person = stage.world, await stage.person("Sari", "telegram")
        hired = await orders(person, Surroundings(world, count(1)))
        await world.goes_wrong("digitalocean", "create", "slow", seconds=6.0, times=1)
        await hired.paid()
        async with asyncio.timeout(AFTERWARDS):
            while await world.struck():
                await asyncio.sleep(0.05)
        await stage.kill(stage.running[0])
        await stage.running[0].start()
        await hired.active()
        async with asyncio.timeout(AFTERWARDS):
            while len((await world.asked("datacentre"))["machines"]) < 2:
                await asyncio.sleep(0.1)
        await sweep(stage)
        ledger = await stage.close(people=[person])
        judge(stage, ledger, "a kill in mid-call of a slow creation", "kill", (*COUNTS, *KILLED), begun)
        assert len(more_than_one(ledger, "digitalocean")) == 1


async def kill_many_on_mongodb(
    folder: Path,
    name: str,
    *,
    kills: int,
    patches: Sequence[str] = (),
    talks: Sequence[Talk] = SEQUENCES,
    lives: tuple[float, float] = TRAFFIC,
    people: int = 12,
) -> None:
    database, patches = databases.url(folder), ("short_leases", *patches)
    await kill_and_count(
        *(folder, name),
        kills=kills,
        roles=SEVERAL,
        database=database,
        patches=patches,
        talks=talks,
        lives=lives,
        people=people,
    )


@pytest.mark.slow
async def test_killed_while_machines_are_made_it_makes_each_once(tmp_path: Path) -> None:
    patches = ("swept_at_each_start", "short_looks")
    name = "8 kills while machines are made, run on SQLite (looks each 0.5 s)"
    await kill_and_count(tmp_path, name, kills=8, patches=patches, talks=MACHINES, lives=UNHURRIED, people=8)


@pytest.mark.soak
@pytest.mark.mongodb
async def test_many_processes_on_mongodb_make_each_machine_once(tmp_path: Path) -> None:
    patches = ("swept_at_each_start", "short_looks")
    name = "4 kills while machines are made, six processes on MongoDB (leases of 5 s, looks each 0.5 s)"
    await kill_many_on_mongodb(tmp_path, name, kills=4, patches=patches, talks=MACHINES, lives=(0.05, 1.0), people=8)


@pytest.mark.soak
async def test_killed_two_hundred_times_it_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, "200 kills, run on SQLite", kills=200)


@pytest.mark.soak
@pytest.mark.mongodb
async def test_many_processes_on_mongodb_are_killed_two_hundred_times(tmp_path: Path) -> None:
    await kill_many_on_mongodb(
        tmp_path, "200 kills, two web, two worker, two clock on MongoDB (leases of 5 s)", kills=200
    )


@pytest.mark.soak
async def test_killed_two_hundred_times_while_machines_are_made_it_makes_each_once(tmp_path: Path) -> None:
    name, patches = (
        "200 kills while machines are made, run on SQLite (pauses of 3 s)",
        ("swept_at_each_start", "short_looks"),
    )
    await kill_and_count(tmp_path, name, kills=200, patches=patches, talks=MACHINES, lives=UNHURRIED)


@pytest.mark.soak
@pytest.mark.mongodb
async def test_many_processes_on_mongodb_make_each_machine_once_in_two_hundred_kills(tmp_path: Path) -> None:
    name = "200 kills while machines are made, two web, two worker, two clock on MongoDB (leases of 5 s, pauses of 3 s)"
    patches = ("swept_at_each_start", "short_looks")
    await kill_many_on_mongodb(tmp_path, name, kills=200, patches=patches, talks=MACHINES, lives=UNHURRIED)
