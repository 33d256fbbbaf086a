"""Sahut is killed at random instants under traffic, started again, and so on; then everything is counted."""

import asyncio
import os
import random
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest

from tests.durability.counts import KILLED
from tests.durability.registry import COUNTS, SEQUENCES
from tests.durability.stage import Town, staged
from tests.durability.verdict import judge
from tests.plugins.mongodb import databases

TRAFFIC = (0.02, 0.35)
"""Seconds from being ready to the kill, at least and at most: on a busy machine, at most as long as a start takes."""
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
) -> None:
    """Raises AssertionError where a count is not what it may be."""
    seed, begun = chosen_seed(), monotonic()
    chance = random.Random(seed)
    async with staged(folder, roles=roles, database=database, patches=patches, plainly=True) as stage:
        town = Town(stage, chance, SEQUENCES)
        while len(stage.kills) < kills and town.lives:
            victim = chance.choice(stage.running)
            least, most = TRAFFIC
            await asyncio.sleep(chance.uniform(least, max(most, min(victim.starts[-3:]))))
            await stage.kill(victim)
            await victim.start(plainly=len(stage.kills) % STARTED_PLAINLY == 0)
            while chance.random() < KILLED_WHILE_STARTING and len(stage.kills) < kills:
                await asyncio.sleep(chance.uniform(0, min(victim.starts)))
                await stage.kill(victim)
                await victim.start()
            await victim.ready()
        ledger = await stage.close(town)
        starts = [seconds for each in stage.running for seconds in each.starts]
        sys.stdout.write(f"\nseed {seed}, {'+'.join(roles)}; started in {min(starts):.2f} to {max(starts):.2f} s\n")
        judge(stage, ledger, name, "kill", (*COUNTS, *KILLED), begun)


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


async def kill_many_on_mongodb(folder: Path, name: str, *, kills: int) -> None:
    database = databases.url(folder)
    await kill_and_count(folder, name, kills=kills, roles=SEVERAL, database=database, patches=("short_leases",))


@pytest.mark.soak
async def test_killed_two_hundred_times_it_loses_nothing_and_does_nothing_twice(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, "200 kills, run on SQLite", kills=200)


@pytest.mark.soak
@pytest.mark.mongodb
async def test_many_processes_on_mongodb_are_killed_two_hundred_times(tmp_path: Path) -> None:
    await kill_many_on_mongodb(
        tmp_path, "200 kills, two web, two worker, two clock on MongoDB (leases of 5 s)", kills=200
    )
