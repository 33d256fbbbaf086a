"""What is new, rises, or is gone."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.log_findings import Sample, hour_of
from domain.log_levels import Level
from domain.log_patterns import LogPattern
from domain.log_trends import Trend, trend

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
DAY = timedelta(days=1)


def pattern(hours: dict[int, int], seen: timedelta = 9 * DAY) -> LogPattern:
    """Counts by how many hours ago they came."""
    return LogPattern(
        id="1",
        pattern="x",
        level=Level.ERROR,
        count=1,
        first_at=NOW,
        last_at=NOW,
        seen_at=NOW - seen,
        sample=Sample(at=NOW, path="", offset=0, text=""),
        sources={},
        files={},
        hours={hour_of(NOW - timedelta(hours=ago)): count for ago, count in hours.items()},
    )


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ({2: 20, 30: 10}, Trend.RISING),
        ({2: 19, 30: 10}, Trend.STEADY),
        ({2: 9, 30: 0}, Trend.STEADY),
        ({2: 10}, Trend.RISING),
        ({30: 10}, Trend.GONE),
        ({30: 9}, Trend.STEADY),
        ({49: 1000}, Trend.STEADY),
        ({30: 1000, 3: 1}, Trend.STEADY),
    ],
)
def test_a_day_is_held_against_the_day_before(hours: dict[int, int], expected: Trend) -> None:
    assert trend(pattern(hours), NOW, DAY) is expected


def test_what_was_found_within_the_day_is_new() -> None:
    assert trend(pattern({2: 20, 30: 1}, seen=DAY / 2), NOW, DAY) is Trend.NEW


def test_a_week_is_held_against_the_week_before() -> None:
    assert trend(pattern({30: 40, 24 * 8: 10}), NOW, 7 * DAY) is Trend.RISING
