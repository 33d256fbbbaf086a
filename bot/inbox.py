"""The inbox: records what arrives once, then has it handled in order per conversation, in parallel across them, by
lease.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from bot.clock import BusinessClock, real_now, wait_for
from bot.leases import Leases
from bot.metrics import ARRIVALS, of
from bot.polling import Poll
from domain.events import Arrival, Said
from domain.records import Record
from storage.base import Claim, Lease, Recorded, Storage, StorageUnavailable

log = structlog.get_logger()


class Inbox:
    """`handle` runs the turns of a claim and of what waits behind it; None in a process that only records (`web`).

    `concurrency` is how many conversations are handled at once; what arrives beyond that waits in storage.
    """

    def __init__(
        self,
        storage: Storage,
        clock: BusinessClock,
        leases: Leases,
        *,
        handle: Callable[[Claim], Awaitable[None]] | None,
        concurrency: int = 64,
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._handle = handle
        self._concurrency = concurrency
        self.poll = Poll()
        self._leases = leases
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether turns are being run."""
        return bool(self._tasks) or self._wake.is_set()

    def lease(self, entries: int = 1) -> Lease | None:
        """A lease for claiming in the same commit as recording, while there is room to handle so many more."""
        if self._handle is None or self._stopping or len(self._tasks) + entries > self._concurrency:
            return None
        return self._leases.lease()

    async def accept(self, arrivals: Sequence[Arrival], save: Sequence[Record] = ()) -> Recorded:
        """Record durably, and save these records in the same commit; what is new is handled from here on. Raises
        StorageUnavailable, Stale and Taken: then nothing was recorded.
        """
        at, lease = self._clock.now(), self.lease(len(arrivals))
        if all(isinstance(arrival.event, Said) for arrival in arrivals):
            recorded = await self._storage.record(arrivals, at=at, lease=lease, on_claim=self._start, save=save)
            if recorded.new > len(recorded.claims):
                self.wake()
        else:
            # What a report is about may be written by the same commit, and can be read only after it.
            recorded = await self._storage.record(arrivals, at=at, lease=lease, save=save)
            self.take(recorded)
        for arrival in arrivals:
            of(ARRIVALS, arrival.source, type(arrival.event).__name__).inc()
        return recorded

    def take(self, recorded: Recorded) -> None:
        """Handle what was recorded and claimed in one commit; let the poll find the rest."""
        for claim in recorded.claims:
            self._start(claim)
        if recorded.new > len(recorded.claims):
            self.wake()

    def wake(self) -> None:
        self._wake.set()

    def wake_at(self, when: float) -> None:
        """Look again at that real time: something was put off until then, and holds up its conversation."""
        asyncio.get_running_loop().call_later(max(0.0, when - real_now()) + 0.001, self.wake)

    def _start(self, claim: Claim) -> None:
        if self._handle is None:
            return
        task = asyncio.create_task(self._run(claim))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, claim: Claim) -> None:
        if self._handle is None:
            return
        try:
            await self._handle(claim)
        except Exception:
            # The lease runs out and the entry is claimed again: nothing is lost by giving up here.
            log.exception("turn broke off", entry=claim.entry.seq)
        finally:
            if len(self._tasks) >= self._concurrency:
                self._wake.set()

    async def run(self) -> None:
        """Claim and handle until stopped: what others recorded, what was deferred, and what a dead one left."""
        while not self._stopping:
            lease = self.lease()
            claims: Sequence[Claim] = ()
            if lease is not None:
                try:
                    claims = await self._storage.claim(limit=self._concurrency - len(self._tasks), lease=lease)
                except StorageUnavailable as problem:
                    self.poll.failed += 1
                    log.warning("storage unavailable", where="inbox", problem=str(problem))
                for claim in claims:
                    self._start(claim)
            await wait_for(self._wake, self.poll.pause(bool(claims)))

    async def stop(self) -> None:
        """Take nothing more and finish what is in hand."""
        self._stopping = True
        self._wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=6)
