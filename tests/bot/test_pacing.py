"""The limits of a sender, on a clock of the test's own: never exceeded in any window, and each chat waits for itself
alone.
"""

import asyncio
import heapq
from collections.abc import Coroutine, Sequence
from itertools import count, pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.channels.base import Limits
from bot.pacing import Pace, Pacer, within

HAIR = 1e-6
GAPS = st.lists(st.floats(0, 20) | st.just(0.0), min_size=1, max_size=80)
GROUP = "telegram:-1002000000001"


class Time:
    """Passes only when everybody sleeps."""

    def __init__(self) -> None:
        self.now = 0.0
        self._sleeping: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = count()

    async def sleep(self, seconds: float) -> None:
        awake: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleeping, (self.now + seconds, next(self._numbers), awake))
        await awake

    def pass_for(self, *work: Coroutine[Any, Any, None]) -> None:
        async def pass_on() -> None:
            tasks = [asyncio.ensure_future(each) for each in work]
            while not all(task.done() for task in tasks):
                for _ in range(8):
                    await asyncio.sleep(0)
                if self._sleeping:
                    self.now, _, awake = heapq.heappop(self._sleeping)
                    awake.set_result(None)
            await asyncio.gather(*tasks)

        asyncio.run(pass_on())


class Sends:
    """Who sends what when, through a pacer."""

    def __init__(self, limits: Limits) -> None:
        self.time = Time()
        self.sent: list[tuple[float, str]] = []
        self._pacer = Pacer(limits, lambda: self.time.now, self.time.sleep)

    async def lane(self, chat: str, gaps: Sequence[float]) -> None:
        """One chat's messages: each wanted so long after the one before was sent."""
        for gap in gaps:
            await self.time.sleep(gap)
            await self._pacer.wait(chat)
            self.sent.append((self.time.now, chat))

    def times(self, chat: str = "") -> list[float]:
        return [at for at, to in self.sent if to.startswith(chat)]


def most_in(times: Sequence[float], seconds: float) -> int:
    """The most that fall into any such window."""
    return max(sum(start <= at < start + seconds - HAIR for at in times) for start in times)


@given(st.floats(0.05, 100), st.floats(1, 50), GAPS)
def test_a_pace_lets_a_burst_through_and_then_its_rate(rate: float, burst: float, gaps: list[float]) -> None:
    pace, now, times = Pace(rate, burst), 0.0, []
    for gap in gaps:
        now += gap
        times.append(now + pace.reserve(now))
    for index, first in enumerate(times):
        for more, last in enumerate(times[index:]):
            assert more + 1 <= burst + rate * (last - first) + HAIR
    assert all(before <= after + HAIR for before, after in pairwise(times))


@given(st.integers(1, 60), GAPS)
def test_a_minutes_limit_holds_in_any_minute(most: int, gaps: list[float]) -> None:
    pace, now, times = within(most / 60, 60), 0.0, []
    for gap in gaps:
        now += gap
        times.append(now + pace.reserve(now))
    assert most_in(times, 60) <= most


@given(st.floats(0.05, 100), st.floats(1, 50))
def test_who_keeps_to_the_rate_never_waits(rate: float, burst: float) -> None:
    pace = Pace(rate, burst)
    assert [pace.reserve(index * (1 / rate + HAIR)) for index in range(50)] == [0.0] * 50


@given(st.lists(GAPS, min_size=1, max_size=12))
def test_no_second_and_no_chats_seconds_hold_more_than_the_limits(chats: list[list[float]]) -> None:
    sends = Sends(Limits(overall=30, per_chat=1, per_group=20 / 60))
    sends.time.pass_for(*(sends.lane(f"telegram:{number}:", gaps) for number, gaps in enumerate(chats)))
    assert most_in(sends.times(), 1) <= 30
    for number, gaps in enumerate(chats):
        times = sends.times(f"telegram:{number}:")
        assert len(times) == len(gaps)
        for seconds in (1, 5, 30):
            assert most_in(times, seconds) <= 3 + seconds


@given(st.lists(GAPS, min_size=1, max_size=6), st.integers(0, 60))
def test_a_groups_limit_holds_however_many_write_there_and_whatever_else_is_sent(
    topics: list[list[float]], others: int
) -> None:
    sends = Sends(Limits(overall=10, per_chat=1, per_group=20 / 60))
    crowd = [sends.lane(f"telegram:{number}", [0.0] * 3) for number in range(others)]
    sends.time.pass_for(*crowd, *(sends.lane(GROUP, gaps) for gaps in topics))
    assert len(sends.times(GROUP)) == sum(map(len, topics))
    assert most_in(sends.times(GROUP), 60) <= 20


@given(st.sampled_from([GROUP, "telegram:1001"]), st.integers(1, 60), st.floats(0.5, 30))
def test_a_chat_that_has_much_to_wait_for_holds_up_no_other(busy: str, many: int, later: float) -> None:
    sends = Sends(Limits(overall=30, per_chat=1, per_group=20 / 60))
    sends.time.pass_for(sends.lane(busy, [0.0] * many), sends.lane("telegram:1002", [later]))
    assert sends.times("telegram:1002") == [later]


@given(st.integers(1, 200))
def test_a_sender_without_a_limit_per_chat_is_held_by_its_own_alone(many: int) -> None:
    sends = Sends(Limits(overall=80))
    sends.time.pass_for(sends.lane("whatsapp:+6281234567801", [0.0] * many))
    assert most_in(sends.times(), 1) <= 80
    assert sends.times()[-1] <= many / 72 + HAIR
