"""Effects: calls to services that a turn asked for, made after its commit, their answers back into the inbox."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog

from bot.clock import BusinessClock, real_now, wait_for
from bot.leases import Leases
from bot.metrics import EFFECTS, of
from bot.polling import Poll
from domain.effects import Effect
from domain.events import Arrival, EffectDone
from services.failures import Failure, Permanent, Retry, Unknown
from storage.base import Recorded, Storage, StorageUnavailable, WaitingEffect

log = structlog.get_logger()

AT_ONCE = 16
OUTAGE = 3
"""Tries after which it is told that a service fails again and again."""
CALL_SECONDS = 60.0
"""A call's lease: longer than any service's own time-out."""
STORAGE_PAUSE = 1.0
"""Seconds until an answer that storage did not take is kept again."""


@dataclass(frozen=True, slots=True)
class Done:
    result: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refused:
    """Will never work."""

    error: str


@dataclass(frozen=True, slots=True)
class Later:
    """Did not happen, or it is not known whether: ask again, after so many seconds (None: our own backoff)."""

    after: float | None = None
    detail: str = ""


Answer = Done | Refused | Later
Service = Callable[[Effect], Awaitable[Answer]]


def answer_to(failure: Failure) -> Answer:
    """What may have been carried out is called again: the effect's id makes it the same call."""
    match failure:
        case Permanent(detail):
            return Refused(detail)
        case Retry(detail, after):
            return Later(after, detail)
        case Unknown(detail):
            return Later(detail=detail)


class Effects:
    """`services` carries out each effect by its name; it must not raise for what the outside world does."""

    def __init__(
        self,
        storage: Storage,
        clock: BusinessClock,
        leases: Leases,
        services: Mapping[str, Service],
        *,
        on_recorded: Callable[[Recorded], None],
        backoff: Callable[[int], float],
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._leases = leases
        self._services = services
        self._on_recorded = on_recorded
        self._backoff = backoff
        self.poll = Poll()
        self._wake = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._full = self._looking = self._stopping = False

    @property
    def busy(self) -> bool:
        """Whether effects are being carried out or looked for, or asked for and not looked for yet."""
        return bool(self._tasks) or self._looking or self._wake.is_set()

    def wake(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while not self._stopping:
            self._looking = True
            room = AT_ONCE - len(self._tasks)
            try:
                lease = self._leases.lease(CALL_SECONDS)
                waiting = await self._storage.claim_effects(limit=room, lease=lease) if room else ()
            except StorageUnavailable as problem:
                self.poll.failed += 1
                log.warning("storage unavailable", where="effects", problem=str(problem))
                waiting = ()
            else:
                self._full = len(waiting) == room
            for each in waiting:
                # One in hand whose lease ran out meanwhile (the clock was moved, storage was away) is not called twice.
                if each.effect.id not in self._tasks:
                    self._start(each)
            self._looking = False
            await wait_for(self._wake, self.poll.pause(bool(waiting)))

    async def stop(self) -> None:
        self._stopping = True
        self._wake.set()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=6)

    def _start(self, waiting: WaitingEffect) -> None:
        task = asyncio.create_task(self._carry_out(waiting))
        self._tasks[waiting.effect.id] = task
        task.add_done_callback(lambda _: self._ended(waiting.effect.id))

    def _ended(self, effect: str) -> None:
        """Where there was no room for more, there is some now: those that wait must not wait for the next look."""
        _ = self._tasks.pop(effect)
        if self._full:
            self._wake.set()

    async def _carry_out(self, waiting: WaitingEffect) -> None:
        answer = await self._call(waiting.effect)
        of(EFFECTS, waiting.effect.name, type(answer).__name__.lower()).inc()
        while True:
            try:
                return await self._keep(waiting, answer)
            except StorageUnavailable as problem:
                # What was done must not be done again only because it could not be written down. Should our lease run
                # out meanwhile, the effect's id tells the provider that it is the same call.
                log.warning("storage unavailable", where="effects", effect=waiting.effect.id, problem=str(problem))
            if self._stopping:
                return None
            await asyncio.sleep(STORAGE_PAUSE)

    async def _call(self, effect: Effect) -> Answer:
        service = self._services.get(effect.name)
        if service is None:
            return Refused("not configured")
        try:
            return await service(effect)
        except Exception as problem:
            log.exception("effect failed", effect=effect.id, name=effect.name)
            return Later(detail=type(problem).__name__)

    async def _keep(self, waiting: WaitingEffect, answer: Answer) -> None:
        effect = waiting.effect
        if isinstance(answer, Later):
            after = answer.after if answer.after is not None else self._backoff(waiting.tries + 1)
            told = log.warning if waiting.tries + 1 == OUTAGE and answer.after is None else log.info
            told("effect put off", effect=effect.id, name=effect.name, seconds=round(after, 1), why=answer.detail)
            await self._storage.settle_effect(effect, arrival=None, not_before=real_now() + after, at=self._clock.now())
            return
        self._on_recorded(
            await self._storage.settle_effect(effect, arrival=arrival_of(effect, answer), at=self._clock.now())
        )


def arrival_of(effect: Effect, answer: Done | Refused) -> Arrival:
    """What became of an effect, for the conversation that wanted it. Its id is the effect's, so it is known once."""
    done = EffectDone(
        effect=effect.id,
        name=effect.name,
        record=effect.record,
        result=answer.result if isinstance(answer, Done) else {},
        error=answer.error if isinstance(answer, Refused) else "",
    )
    return Arrival(
        source="effects",
        external_id=effect.id,
        conversation=effect.conversation,
        person=effect.conversation,
        event=done,
    )
