"""Telegram's sending limits (core.telegram.org/bots/faq, "My bot is hitting limits").

Overall and per chat as token buckets (a chat lets a burst through); in a group as a window of one minute.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

OVERALL = (30.0, 30.0)
CHAT = (5.0, 1.0)
GROUP = 20
MINUTE = 60.0


@dataclass(slots=True)
class _Bucket:
    size: float
    per_second: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Seconds until there is a token."""
        self.level = min(self.size, self.level + (now - self.at) * self.per_second)
        self.at = now
        return 0.0 if self.level >= 1 else (1 - self.level) / self.per_second


class Rates:
    """What each bot may still send. The monotonic clock is passed in."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._buckets: dict[tuple[str, ...], _Bucket] = {}
        self._groups: dict[tuple[str, str], deque[float]] = {}

    def spend(self, bot: str, chat: str, group: bool) -> int:
        """Counts a send and returns 0; or counts nothing and returns the whole seconds to wait."""
        now = self._monotonic()
        buckets = [self._bucket((bot,), OVERALL, now), self._bucket((bot, chat), CHAT, now)]
        wait = max(bucket.wait(now) for bucket in buckets)
        sends = self._groups.setdefault((bot, chat), deque()) if group else deque()
        while sends and sends[0] <= now - MINUTE:
            sends.popleft()
        if len(sends) >= GROUP:
            wait = max(wait, sends[0] + MINUTE - now)
        if wait > 0:
            return math.ceil(wait)
        for bucket in buckets:
            bucket.level -= 1
        sends.append(now)
        return 0

    def clear(self) -> None:
        """Forgets what was sent."""
        self._buckets.clear()
        self._groups.clear()

    def _bucket(self, key: tuple[str, ...], limit: tuple[float, float], now: float) -> _Bucket:
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(limit[0], limit[1], limit[0], now)
        return bucket
