from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.hours import DAY, OpeningHours, Span

JAKARTA = ZoneInfo("Asia/Jakarta")
OFFICE = OpeningHours(
    "Asia/Jakarta",
    {day: (Span(8 * 60, 21 * 60),) for day in range(5)} | {5: (Span(9 * 60, 17 * 60),)},
    holidays=frozenset({date(2026, 12, 25)}),
)
NIGHT = OpeningHours("Asia/Jakarta", {4: (Span(20 * 60, 26 * 60),)}, holidays=frozenset({date(2026, 11, 28)}))


def wib(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=JAKARTA)  # type: ignore[misc, arg-type]


def test_open_from_the_first_minute_until_before_the_last() -> None:
    assert [OFFICE.is_open(wib(2026, 11, 23, *at)) for at in ((7, 59), (8, 0), (20, 59), (21, 0))] == [
        False,
        True,
        True,
        False,
    ]


def test_the_next_opening_is_in_utc() -> None:
    opening = OFFICE.next_opening(wib(2026, 11, 22, 12))
    assert opening == wib(2026, 11, 23, 8)
    assert opening is not None
    assert opening.tzinfo is UTC


def test_while_open_the_next_opening_is_now() -> None:
    now = wib(2026, 11, 23, 10)
    assert OFFICE.next_opening(now) == now


def test_nobody_begins_on_a_holiday() -> None:
    assert not OFFICE.is_open(wib(2026, 12, 25, 10))
    assert OFFICE.next_opening(wib(2026, 12, 24, 22)) == wib(2026, 12, 26, 9)


def test_a_span_past_midnight_runs_into_a_holiday() -> None:
    assert OFFICE.next_opening(wib(2026, 11, 21, 18)) == wib(2026, 11, 23, 8)
    assert NIGHT.is_open(wib(2026, 11, 28, 1, 59))
    assert not NIGHT.is_open(wib(2026, 11, 28, 2))


def test_hours_are_the_zones_wall_clock_on_both_sides_of_a_change() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    hours = OpeningHours("Europe/Berlin", {day: (Span(9 * 60, 17 * 60),) for day in range(7)})
    for day in (28, 29):  # summer time begins on 29 March 2026
        opens = datetime(2026, 3, day, 9, tzinfo=berlin)
        assert hours.next_opening(opens - timedelta(hours=3)) == opens


def test_the_hour_that_comes_twice_is_open_both_times_and_the_skipped_one_never() -> None:
    early = OpeningHours("Europe/Berlin", {6: (Span(2 * 60, 3 * 60),)})
    twice = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert [early.is_open(twice + timedelta(minutes=m)) for m in (-1, 0, 60, 119, 120)] == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert early.next_opening(datetime(2026, 3, 29, tzinfo=UTC)) == datetime(2026, 4, 5, 0, tzinfo=UTC)


def test_closed_for_ever_has_no_next_opening() -> None:
    assert OpeningHours("Asia/Jakarta", {}).next_opening(wib(2026, 1, 1)) is None


def test_after_weeks_of_holidays_the_opening_is_still_found() -> None:
    days = frozenset(date(2026, 11, 23) + timedelta(days=n) for n in range(30))
    hours = OpeningHours("Asia/Jakarta", OFFICE.spans, days)
    assert hours.next_opening(wib(2026, 11, 23)) == wib(2026, 12, 23, 8)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="without a zone"):
        OFFICE.is_open(datetime(2026, 11, 23, 10))  # noqa: DTZ001


@pytest.mark.parametrize(("opens", "closes"), [(60, 60), (60, 30), (DAY, DAY + 1), (-1, 5), (0, DAY + 1)])
def test_what_is_no_span_is_refused(opens: int, closes: int) -> None:
    with pytest.raises(ValueError, match="not a span"):
        Span(opens, closes)


spans = st.builds(lambda opens, length: Span(opens, opens + length), st.integers(0, DAY - 1), st.integers(1, DAY))
moments = st.datetimes(datetime(2025, 12, 1), datetime(2028, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
hours_of_any_kind = st.builds(
    OpeningHours,
    st.sampled_from(["Asia/Jakarta", "Asia/Makassar", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"]),
    st.dictionaries(st.integers(0, 6), st.lists(spans, max_size=3).map(tuple), max_size=7),
    st.frozensets(st.dates(date(2025, 12, 1), date(2028, 1, 31)), max_size=20),
)


@given(hours_of_any_kind, moments)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: OpeningHours, at: datetime) -> None:
    opening = hours.next_opening(at)
    if opening is None:
        assert not any(hours.is_open(at + timedelta(days=day, hours=1)) for day in range(60))
        return
    assert opening >= at
    assert hours.is_open(opening)
    assert (opening == at) == hours.is_open(at)
    gap = opening - at
    assert not any(hours.is_open(at + gap * part / 24) for part in range(24) if gap)
    if gap:
        assert not hours.is_open(opening - timedelta(microseconds=1))
