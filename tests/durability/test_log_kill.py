"""Sahut is killed while it reads logs that are written and rotated meanwhile; then each error has been counted once."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.log_patterns import LogPattern
from domain.log_scans import SCAN, LogStream
from tests.bot.log_writer import WAYS, Rotate, Writer
from tests.durability import books
from tests.durability.offer import offered
from tests.durability.stage import Stage, staged
from tests.plugins.mongodb import databases

PATIENCE = 120.0
SHORT = ("short_leases",)
"""A process that dies as it starts another one lets its leases go when that one has begun, not at once."""
CAUSES = ("disk", "network", "payment", "printer", "clock")
BEFORE = 20_000
"""Lines that stand there at the first start."""


def line(number: int) -> str:
    """One of ten is an error."""
    at = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S,000}"
    if number % 10:
        return f"{at} INFO shop: order {number} was taken"
    return f"{at} ERROR shop: the {cause(number)} broke at order {number}"


def cause(number: int) -> str:
    return CAUSES[number // 10 % len(CAUSES)]


async def kill_and_count(
    folder: Path, rotate: Rotate, *, kills: int, database: str = "", patches: tuple[str, ...] = ()
) -> None:
    chance = random.Random(kills)
    logs = folder / "logs"
    logs.mkdir()
    old = "".join(f"{line(number)}\n" for number in range(BEFORE))
    (logs / "old.log").write_text(old)
    catalog = folder / "catalog-with-logs.toml"
    source = f'[logs.rules]\nevery_seconds = 1\n[logs.sources.shop]\nglobs = ["{logs}/*"]\n'
    catalog.write_text(f"{offered(folder).read_text()}\n{source}")
    settings = {"CATALOG_FILE": str(catalog)}
    async with staged(folder, database=database, patches=patches, settings=settings) as stage:
        [process] = stage.running
        writer = Writer(logs, rotate, seed=kills, line=line, lines=(100, 900), pause=0.001)
        writer.start()
        try:
            for _ in range(kills):
                await asyncio.sleep(chance.uniform(0.05, 1.5))
                await process.kill()
                await process.start()
                await process.ready()
        finally:
            writer.stop()
        await scans(stage, 3)
        assert await process.stop() == 0
        assert process.errors() == []
        found = await books.read(stage.database)
    numbers = [*range(BEFORE), *range(1, writer.written + 1)]
    wanted = Counter(cause(number) for number in numbers if number % 10 == 0)
    counted: Counter[str] = Counter()
    for each in found[LogPattern]:
        counted[each.pattern.split()[2]] += each.count
    assert counted == wanted
    assert len(found[LogStream]) > 1


async def scans(stage: Stage, more: int) -> None:
    """Until so many have been made from now on."""
    before = len(await books.done(stage.database, SCAN))
    async with asyncio.timeout(PATIENCE):
        while len(await books.done(stage.database, SCAN)) < before + more:
            await asyncio.sleep(0.2)


@pytest.mark.slow
async def test_killed_while_it_reads_logs_it_counts_each_error_once(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, WAYS[-1], kills=4, patches=SHORT)


@pytest.mark.soak
@pytest.mark.parametrize("rotate", WAYS)
async def test_killed_fifty_times_while_it_reads_logs_it_counts_each_error_once(tmp_path: Path, rotate: Rotate) -> None:
    await kill_and_count(tmp_path, rotate, kills=50, patches=SHORT)


@pytest.mark.soak
@pytest.mark.mongodb
async def test_killed_on_mongodb_it_counts_each_error_once(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, WAYS[-1], kills=10, database=databases.url(tmp_path), patches=SHORT)
