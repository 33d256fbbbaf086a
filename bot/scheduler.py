"""Wakes the jobs. APScheduler only keeps the time; what is due stands in storage, and a run is claimed there."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot.clock import BusinessClock
from bot.leases import Leases
from domain.events import Arrival
from jobs.schedule import Job
from storage.base import Recorded, Storage, StorageUnavailable

log = structlog.get_logger()


class Scheduler:
    """`accept` records what a job found. Two clocks do the work once: each run holds a lease, and an event known
    already is dropped.
    """

    def __init__(
        self,
        storage: Storage,
        clock: BusinessClock,
        leases: Leases,
        accept: Callable[[list[Arrival]], Awaitable[Recorded]],
        jobs: tuple[Job, ...],
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._leases = leases
        self._accept = accept
        self._jobs = jobs
        self._scheduler = AsyncIOScheduler(timezone="UTC")
        self._running: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        for job in self._jobs:
            self._scheduler.add_job(
                self._run,
                "interval",
                seconds=job.every_seconds,
                args=[job],
                id=job.name,
                coalesce=True,
                max_instances=1,
                misfire_grace_time=None,
            )
        self._scheduler.start()
        self.wake()

    def wake(self) -> None:
        """Run every job now: at the start, and when the business clock was moved."""
        for job in self._jobs:
            task = asyncio.create_task(self._run(job))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
        if self._running:
            await asyncio.wait(self._running, timeout=5)

    async def _run(self, job: Job) -> None:
        """Find and record all that is due."""
        name = f"job:{job.name}"
        try:
            if not await self._storage.hold(name, self._leases.lease(60)):
                return
            async for arrivals in job.find(self._storage, self._clock.now()):
                if arrivals:
                    await self._accept(arrivals)
            await self._storage.let_go(name, self._leases.token)
        except StorageUnavailable as problem:
            log.warning("storage unavailable", where=name, problem=str(problem))
        except Exception:
            log.exception("job broke off", job=job.name)
