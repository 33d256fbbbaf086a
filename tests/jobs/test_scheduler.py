"""The clock: what it does when it is stopped."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from bot.clock import BusinessClock
from bot.leases import Leases
from bot.scheduler import Scheduler
from domain.events import Arrival
from jobs.schedule import Job
from storage.base import Recorded, Storage
from storage.sqlite import SQLiteStorage
from tests.storage.kit import RECORDS


async def test_a_job_that_is_at_it_while_the_clock_is_stopped_ends_and_is_no_error(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    begun, go_on, runs = asyncio.Event(), asyncio.Event(), []

    async def find(storage: Storage, now: datetime) -> AsyncIterator[list[Arrival]]:
        runs.append("begun")
        if len(runs) > 1:  # the one that APScheduler woke
            begun.set()
            await go_on.wait()
        yield []
        runs.append("ended")

    async def accept(arrivals: list[Arrival]) -> Recorded:
        raise AssertionError("nothing was found")

    store = SQLiteStorage(tmp_path / "sahut.db", RECORDS)
    await store.open()
    try:
        scheduler = Scheduler(store, BusinessClock(), Leases(), accept, (Job("slow", 1, find),))
        with caplog.at_level(logging.ERROR):
            scheduler.start()
            async with asyncio.timeout(30):
                await begun.wait()
                stopping = asyncio.create_task(scheduler.stop())
                await asyncio.sleep(0)
                go_on.set()
                await stopping
        assert runs == ["begun", "ended", "begun", "ended"]
        assert caplog.records == []
    finally:
        await store.close()
