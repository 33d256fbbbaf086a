"""Storage is away for a while, under traffic: nothing is acknowledged that is not kept, and all goes on by itself."""

import asyncio
import random
import signal
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from time import monotonic

import pytest

from tests.durability import books
from tests.durability.counts import LIVED
from tests.durability.ledger import Count
from tests.durability.registry import COUNTS, SEQUENCES
from tests.durability.stage import Stage, Town, staged
from tests.durability.verdict import judge
from tests.plugins.mongodb import Server

PEOPLE = 8
MANY = ("web", "worker", "worker", "clock")

Away = Callable[[], AbstractAsyncContextManager[None]]


async def away_for(stage: Stage, name: str, away: Away, seconds: float) -> None:
    """People talk before, meanwhile and afterwards. Meanwhile each of a provider's calls is answered 503."""
    begun = monotonic()
    town = Town(stage, random.Random(1), SEQUENCES, at_once=PEOPLE)
    await asyncio.sleep(1)
    answers: dict[str, int] = {}
    async with away():
        until = monotonic() + seconds
        while monotonic() < until:
            await stage.called(answers)
            await asyncio.sleep(0.2)
    ledger = await stage.close(town)
    kept = {entry["external_id"] for entry in ledger.books.entries}
    lost = [each for each, answer in answers.items() if answer == 200 and each not in kept]
    counts = (*COUNTS, *LIVED, Count("acknowledged and not kept", lambda ledger: lost, exactly=0))
    refused = sum(answer == 503 for answer in answers.values())
    judge(stage, ledger, name, "storage", counts, begun, more={"webhooks answered 503": refused})
    assert refused, answers
    assert set(answers.values()) <= {503, 200}


# --- SQLite ---


@asynccontextmanager
async def locked(database: str) -> AsyncIterator[None]:
    """Somebody else has the file, as a backup tool or a stuck process may."""
    with closing(sqlite3.connect(database.removeprefix(books.SQLITE), timeout=30, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def file_is_locked(folder: Path, name: str, seconds: float) -> None:
    async with staged(folder) as stage:
        await away_for(stage, name, lambda: locked(stage.database), seconds)


@pytest.mark.slow
async def test_a_locked_file_is_waited_for(tmp_path: Path) -> None:
    await file_is_locked(tmp_path, "SQLite locked for 3 s", seconds=3)


@pytest.mark.soak
async def test_a_file_that_is_locked_for_long_is_waited_for(tmp_path: Path) -> None:
    await file_is_locked(tmp_path, "SQLite locked for 30 s", seconds=30)


@asynccontextmanager
async def no_more_pages(folder: Path) -> AsyncIterator[None]:
    (folder / "FULL").touch()
    yield
    (folder / "FULL").unlink()


@pytest.mark.slow
async def test_a_full_disk_is_waited_for(tmp_path: Path) -> None:
    async with staged(tmp_path, patches=("full_at_will",)) as stage:
        await away_for(stage, "disk full for 3 s (max_page_count)", lambda: no_more_pages(tmp_path), seconds=3)


@asynccontextmanager
async def no_more_room(disk: Path) -> AsyncIterator[None]:
    """Something else has filled the disk to the last byte."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 512, 1):
            try:
                while file.write(b"\0" * size):
                    pass
            except OSError:
                continue
    yield
    ballast.unlink()


@pytest.mark.soak
async def test_a_disk_that_is_really_full_is_waited_for(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", disk], check=False).returncode:
        pytest.skip("no file system can be mounted here")
    try:
        async with staged(tmp_path, database=f"{books.SQLITE}{disk / 'sahut.db'}") as stage:
            await away_for(stage, "disk full for 30 s (a file system)", lambda: no_more_room(disk), seconds=30)
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


# --- MongoDB ---


@asynccontextmanager
async def paused(server: Server) -> AsyncIterator[None]:
    server.pause()
    try:
        yield
    finally:
        server.go_on()


@asynccontextmanager
async def killed(server: Server) -> AsyncIterator[None]:
    server.stop(signal.SIGKILL)
    yield
    await asyncio.to_thread(server.start)


WAYS = {"silent": paused, "killed": killed}


async def server_is_away(folder: Path, name: str, way: str, seconds: float, patches: Sequence[str] = ()) -> None:
    server = Server(folder / "mongodb")
    async with AsyncExitStack() as stack:
        stack.callback(server.stop)
        await asyncio.to_thread(server.start)
        database = f"{server.url}/sahut"
        stage = await stack.enter_async_context(staged(folder, roles=MANY, database=database, patches=patches))
        await away_for(stage, name, lambda: WAYS[way](server), seconds)


@pytest.mark.slow
@pytest.mark.mongodb
async def test_a_server_that_was_killed_is_waited_for(tmp_path: Path) -> None:
    await server_is_away(tmp_path, "MongoDB killed, back after 2 s", "killed", seconds=2, patches=["short_leases"])


@pytest.mark.soak
@pytest.mark.mongodb
@pytest.mark.parametrize("way", WAYS)
async def test_a_server_that_is_away_for_long_is_waited_for(tmp_path: Path, way: str) -> None:
    await server_is_away(tmp_path, f"MongoDB {way} for 30 s", way, seconds=30)
