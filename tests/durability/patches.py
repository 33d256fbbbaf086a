"""What a test changes inside a process that it starts, by name. The process is real in all else."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from sqlite3 import Connection
from types import SimpleNamespace
from typing import Any

import bot.build
import bot.clock
import bot.leases
import bot.outbox
import bot.turn
import domain.server_creations
import handlers.server_actions
import jobs.schedule
import jobs.server_sweep
import services.servers.libcloud_digitalocean
import storage.sqlite_writer
from bot.router import Router
from domain.events import Arrival
from domain.servers import Server
from handlers.flow import Outcome, Turn
from jobs.schedule import Job
from storage.base import Lease, Storage
from storage.sqlite_jobs import Job as StorageJob

SHORT_LEASE = 5.0


def short_leases() -> None:
    """A dead process's work is taken over within seconds, on a store that cannot tell who is dead."""
    lease = bot.leases.Leases.lease

    def shorter(self: bot.leases.Leases, seconds: float = SHORT_LEASE) -> Lease:
        return lease(self, min(seconds, SHORT_LEASE))

    bot.leases.Leases.lease = shorter  # type: ignore[method-assign]  # that is the point
    bot.outbox.LEASE_SECONDS = SHORT_LEASE  # type: ignore[attr-defined]  # its own name for it


def swept_at_each_start() -> None:
    """And every five minutes: what the clouds say of all machines is asked whenever its job is woken."""

    async def sweep(storage: Storage, now: datetime) -> AsyncIterator[list[Arrival]]:
        if await storage.find(Server, limit=1):
            yield [jobs.server_sweep._arrival("servers-sweep", now.isoformat(), now)]

    jobs.server_sweep.sweep = sweep


def short_looks() -> None:
    """How far a machine is, is asked within moments. No call waits longer than 3 s to be made again, however often
    kills broke it off: they count as tries.
    """
    backoff = bot.outbox.backoff
    vars(bot.build)["backoff"] = lambda tries: min(3.0, backoff(tries))
    every = jobs.schedule.jobs

    def oftener(*given: Any) -> tuple[Job, ...]:
        return tuple(replace(job, every_seconds=1) if job.name == "servers" else job for job in every(*given))

    vars(bot.build)["jobs"] = oftener
    vars(handlers.server_actions)["LOOKS"] = (timedelta(seconds=0.5),)
    domain.server_creations.FIRST_PAUSE = domain.server_creations.LONGEST_PAUSE = timedelta(seconds=3)
    services.servers.libcloud_digitalocean.SETTLING = 0.5  # type: ignore[attr-defined]  # its own name for it


def short_quotas() -> None:
    """A cloud that has no more room is asked again after 3 s."""
    services.servers.libcloud_digitalocean.QUOTA = 3.0  # type: ignore[attr-defined]  # its own name for it


def full_at_will() -> None:
    """While the file FULL is in its folder, the database takes no more room than it has."""
    carry_out = storage.sqlite_writer.carry_out

    def bounded(connection: Connection, batch: Sequence[StorageJob]) -> None:
        pages = 1 if Path("FULL").exists() else 2**32 - 2
        connection.execute(f"PRAGMA max_page_count = {pages}")
        carry_out(connection, batch)

    storage.sqlite_writer.carry_out = bounded


def clocks_moved() -> None:
    """The real clock is off by as many seconds as the file OFFSET in its folder says; the business clock with it."""

    def offset() -> float:
        try:
            return float(Path("OFFSET").read_text() or 0)
        except FileNotFoundError:
            return 0.0

    def moved() -> float:
        return time.time() + offset()

    vars(bot.clock)["time"] = SimpleNamespace(time=moved)


def breaks_on_poison() -> None:
    """A handler's bug: one word breaks the step that takes it."""
    free_text = Router._free_text

    async def breaking(self: Router, turn: Turn, text: str) -> Outcome:
        if "racun" in text:
            raise RuntimeError("a bug of ours")
        return await free_text(self, turn, text)

    Router._free_text = breaking  # type: ignore[method-assign]  # that is the point


def short_waits() -> None:
    """A step that raised is tried again within moments."""
    bot.turn.WAITS = (0.05, 0.05, 0.05, 0.05, 0.05, 0.05)
