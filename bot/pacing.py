"""A provider's rate limits, kept by pacing our sends."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.channels.base import Limits

REMEMBERED_CHATS = 50_000


class Pace:
    """At most `rate` a second on the long run and `burst` at once: the virtual-scheduling form of a leaky bucket."""

    __slots__ = ("_allowance", "_interval", "_next")

    def __init__(self, rate: float, burst: float) -> None:
        self._interval = 1.0 / rate
        self._allowance = self._interval * (burst - 1)
        self._next = 0.0

    def pause(self, now: float) -> float:
        """How many seconds there are until the next place."""
        return max(0.0, self._next - self._allowance - now)

    def reserve(self, now: float) -> float:
        """Take the next place; returns how many seconds to wait for it."""
        start = max(self._next, now)
        self._next = start + self._interval
        return max(0.0, start - self._allowance - now)


def within(rate: float, seconds: float) -> Pace:
    """A pace that never exceeds `rate` a second, counted over any such number of seconds: two fifths of them may come
    at once.
    """
    most = rate * seconds
    burst = max(1.0, most * 0.4)
    return Pace(max(most - burst, most * 0.5) / seconds, burst)


class Pacer:
    """The limits of one sender: over all, per chat, per group (addresses of groups have a negative chat id).

    Telegram counts a group's by the minute; a private chat's is one a second in the long run, with a few at once let
    through.
    """

    def __init__(
        self,
        limits: Limits,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._limits = limits
        self._clock = clock
        self._sleep = sleep
        self._overall = Pace(limits.overall * 0.9, max(1.0, limits.overall * 0.1))
        self._chats: OrderedDict[str, Pace] = OrderedDict()
        self._turns: dict[str, asyncio.Lock] = {}

    async def wait(self, chat: str) -> None:
        """Wait until a send to this chat is within the limits: the chat's own first, so that it holds no place of
        others.
        """
        pace = self._chat(chat)
        if pace is None:
            if pause := self._overall.reserve(self._clock()):
                await self._sleep(pause)
            return
        if _is_group(chat):
            # Many write to one group at a time: each topic for itself.
            async with self._turns.setdefault(chat, asyncio.Lock()):
                await self._wait_for_both(pace)
        else:
            await self._wait_for_both(pace)

    async def _wait_for_both(self, pace: Pace) -> None:
        """A place in the chat counts from when it is used, so that waits for the sender's own limit do not press a
        minute's messages into less.
        """
        if pause := pace.pause(self._clock()):
            await self._sleep(pause)
        if pause := self._overall.reserve(self._clock()):
            await self._sleep(pause)
        pace.reserve(self._clock())

    def _chat(self, chat: str) -> Pace | None:
        group = _is_group(chat)
        rate = self._limits.per_group if group else self._limits.per_chat
        if rate is None:
            return None
        pace = self._chats.get(chat)
        if pace is None:
            pace = self._chats[chat] = within(rate, 60) if group else Pace(rate, 3)
            if len(self._chats) > REMEMBERED_CHATS:
                self._chats.popitem(last=False)
        else:
            self._chats.move_to_end(chat)
        return pace


def _is_group(chat: str) -> bool:
    return chat.partition(":")[2].startswith("-")
