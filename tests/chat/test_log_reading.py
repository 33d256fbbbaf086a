"""From a line in a file to the ops group: the service reads real files with its own processes."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from domain.log_patterns import LogPattern, SourceStatus
from domain.log_scans import LogStream
from domain.log_sources import LogRules, LogWatch, Source
from tests.talk import Scripted, Talk

EVERY = timedelta(minutes=5)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    (tmp_path / "logs").mkdir()
    source = Source(id="shop", globs=(f"{tmp_path}/logs/*",), silent_after=timedelta(hours=1))
    talk = await Talk.begin(tmp_path, logs=LogWatch(sources=(source,), rules=LogRules(every=EVERY)))
    await talk.quiet()
    yield talk
    await talk.end()


def write(log: Path, *messages: str) -> None:
    with log.open("a") as file:
        for message in messages:
            file.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} {message}\n")


async def scanned(talk: Talk) -> SourceStatus:
    """After one more scan."""
    before = await talk.service.storage.get(SourceStatus, "shop")
    await talk.later(EVERY)
    async with asyncio.timeout(30):
        while True:
            status = await talk.service.storage.get(SourceStatus, "shop")
            if status and not status.asked and (before is None or status.scanned_at != before.scanned_at):
                return status
            await asyncio.sleep(0.02)


async def test_an_error_in_a_file_is_told_and_counted_through_its_rotation(talk: Talk, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "shop.log"
    ops = Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
    write(log, "INFO shop: 0 errors so far", "ERROR shop: card 17 was refused by the bank")
    assert (await scanned(talk)).files == 1
    await ops.hears("was refused by the bank")
    write(log, "ERROR shop: card 18 was refused by the bank")
    log.rename(log.with_name("shop.log.1"))
    write(log, "ERROR shop: card 19 was refused by the bank", "INFO shop: open")
    await scanned(talk)
    old = log.with_name("shop.log.1")
    log.with_name("shop.log.1.gz").write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    await scanned(talk)
    await talk.restart()
    write(log, "ERROR shop: card 20 was refused by the bank")
    await scanned(talk)
    (pattern,) = await talk.service.storage.find(LogPattern)
    assert (pattern.count, pattern.sources) == (4, {"shop": 4})
    streams = await talk.service.storage.find(LogStream, source="shop")
    assert sorted(Path(each.path).name for each in streams) == ["shop.log", "shop.log.1.gz"]


async def test_a_file_that_is_gone_for_long_is_forgotten(talk: Talk, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "shop.log"
    write(log, "ERROR shop: the till is stuck")
    await scanned(talk)
    log.unlink()
    await scanned(talk)
    (stream,) = await talk.service.storage.find(LogStream, source="shop")
    assert stream.gone_at is not None
    await talk.later(timedelta(days=8))
    async with asyncio.timeout(30):
        while await talk.service.storage.find(LogStream, source="shop"):
            await asyncio.sleep(0.02)
