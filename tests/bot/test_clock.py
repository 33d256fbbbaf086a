"""The business clock, and the real one under it."""

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from bot.clock import BusinessClock, real_now

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_where_the_real_clock_jumps_business_time_jumps_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = BusinessClock()
    monkeypatch.setattr("bot.clock.time", SimpleNamespace(time=NOON.timestamp))
    assert clock.now() == NOON
    assert real_now() == NOON.timestamp()
