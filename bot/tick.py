"""What an outside scheduler wakes a sleeping service for: all that is due is done now."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from prometheus_client import REGISTRY

from bot.polling import Poll

LIMIT = 25.0
"""Seconds; then the rest waits for the next call. Schedulers give up after thirty, or later."""
PAUSE = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What looks for work in storage and has it done. `due`: whether anything is in hand that waits for no time."""

    poll: Poll
    wake: Callable[[], None]
    due: Callable[[], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """`done`: nothing is due any more. `due` counts the events that the jobs found; `turns`, `sent` and `effects` what
    this process did meanwhile.
    """

    done: bool
    due: int
    turns: int
    sent: int
    effects: int
    seconds: float


class Tick:
    """`run_jobs` records what is due and returns how much of it is new. `parts` is empty where other processes do the
    work: then there is no waiting for it.
    """

    def __init__(
        self, run_jobs: Callable[[], Awaitable[int]], parts: Sequence[Part], stopping: Callable[[], bool]
    ) -> None:
        self._run_jobs = run_jobs
        self._parts = parts
        self._stopping = stopping

    async def run(self) -> Done:
        """Returns when nothing is due any more, or after the limit. Raises StorageUnavailable."""
        began, before, found, done = monotonic(), _counts(), 0, False
        try:
            async with asyncio.timeout(LIMIT):
                while not done and not self._stopping():
                    new = await self._run_jobs()
                    found += new
                    done = await self._rested() and not new
        except TimeoutError:
            pass
        turns, sent, effects = (after - first for first, after in zip(before, _counts(), strict=True))
        return Done(
            done=done, due=found, turns=turns, sent=sent, effects=effects, seconds=round(monotonic() - began, 3)
        )

    async def _rested(self) -> bool:
        """Wait until nothing is in hand and every part has looked once more; whether none has found anything."""
        await self._until(lambda: not self._due())
        before = self._found()
        # A look that is under way may have begun before what is now there: the one after it counts.
        wanted = [part.poll.looks + 2 for part in self._parts]
        await self._until(lambda: self._have_looked(wanted))
        return self._found() == before and not self._due() and not self._stopping()

    def _due(self) -> bool:
        return any(part.due() for part in self._parts)

    def _found(self) -> list[tuple[int, int]]:
        return [(part.poll.found, part.poll.failed) for part in self._parts]

    def _have_looked(self, wanted: Sequence[int]) -> bool:
        behind = [part for part, looks in zip(self._parts, wanted, strict=True) if part.poll.looks < looks]
        for part in behind:
            part.wake()
        return not behind

    async def _until(self, reached: Callable[[], bool]) -> None:
        while True:
            if self._stopping() or reached():
                return
            await asyncio.sleep(PAUSE)


def _counts() -> tuple[int, int, int]:
    """Turns, messages sent and effects carried out by this process, ever."""
    turns = _total("sahut_turns_total", "end", "done")
    sent = _total("sahut_sends_total", "result", "sent")
    return turns, sent, _total("sahut_effects_total", "end", "done")


def _total(name: str, label: str, value: str) -> int:
    return round(
        sum(
            sample.value
            for metric in REGISTRY.collect()
            for sample in metric.samples
            if sample.name == name and sample.labels.get(label) == value
        )
    )
