"""Wakes the jobs. APScheduler only keeps the time; what is due stands in storage, and a run is claimed there."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

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
                self._wait_for,
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
            _ = self._begin(job)

    @property
    def busy(self) -> bool:
        """Whether jobs are still looking."""
        return bool(self._running)

    async def stop(self) -> None:
        self._scheduler.shutdown(wait=False)
        if self._running:
            await asyncio.wait(self._running, timeout=5)

    async def run_now(self) -> int:
        """Run every job, wherever it is due; how much of what they found is new. Raises StorageUnavailable."""
        return sum(await asyncio.gather(*(self._find(job) for job in self._jobs)))

    def _begin(self, job: Job) -> asyncio.Task[None]:
        task = asyncio.create_task(self._run(job))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _wait_for(self, job: Job) -> None:
        """APScheduler cancels what runs when it is shut down: the job would keep its lease, and nobody else could run
        it meanwhile. It ends by itself, and `stop` waits for it.
        """
        with suppress(asyncio.CancelledError):
            await asyncio.shield(self._begin(job))

    async def _run(self, job: Job) -> None:
        try:
            await self._find(job)
        except StorageUnavailable as problem:
            log.warning("storage unavailable", where=f"job:{job.name}", problem=str(problem))

    async def _find(self, job: Job) -> int:
        """Find and record all that is due; nothing where another process is at it. How much of it is new."""
        name, new = f"job:{job.name}", 0
        try:
            if not await self._storage.hold(name, self._leases.lease(60)):
                return 0
            async for arrivals in job.find(self._storage, self._clock.now()):
                if arrivals:
                    new += (await self._accept(arrivals)).new
            await self._storage.let_go(name, self._leases.token)
        except StorageUnavailable:
            raise
        except Exception:
            log.exception("job broke off", job=job.name)
        return new
