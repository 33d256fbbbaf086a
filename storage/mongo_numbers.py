"""Numbers that ascend: the `seq` of entries and messages, made by each process for itself.

A counter in the database would have every recording of the whole cluster wait for every other. So a number is a
millisecond, the process that made it, and a count within the millisecond; no two are alike. As clocks differ, a process
also learns the numbers it meets and goes on above them: whatever follows from something has a higher number than it.
"""

from collections.abc import Callable

PROCESSES = 1 << 16
_COUNT_BITS = 6
_PROCESS_BITS = 16
_EPOCH = 1_767_225_600
"""2026-01-01: 41 bits of milliseconds from here last until 2095."""


class Numbers:
    """`process` is this process's own number, `now` the real clock, in seconds since the epoch."""

    def __init__(self, process: int, now: Callable[[], float]) -> None:
        self._process = (process % PROCESSES) << _COUNT_BITS
        self._now = now
        self._tick = 0

    def next(self) -> int:
        """A number above all that this process has made or met."""
        self._tick = max(self._clock(), self._tick + 1)
        count = self._tick & ((1 << _COUNT_BITS) - 1)
        return self._tick >> _COUNT_BITS << _COUNT_BITS + _PROCESS_BITS | self._process | count

    def meet(self, number: int) -> None:
        """The next number will be above this one."""
        self._tick = max(self._tick, (number >> _COUNT_BITS + _PROCESS_BITS) + 1 << _COUNT_BITS)

    def before(self, seconds: float) -> int:
        """A number below all that are made now, and above those made longer ago than this."""
        milliseconds = max(self._clock(), self._tick) >> _COUNT_BITS
        return max(0, milliseconds - int(seconds * 1000)) << _COUNT_BITS + _PROCESS_BITS

    def _clock(self) -> int:
        return max(0, int((self._now() - _EPOCH) * 1000)) << _COUNT_BITS
