"""When a mentor is free, over zones, clock changes, buffers, days off and what is taken."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.bookings import (
    QUARTER,
    Availability,
    Booking,
    fits,
    free_times,
    hold,
    hours_of,
    in_the_way,
    let_go,
    quarters,
    within,
)
from domain.hours import OpeningHours, Span
from domain.mentoring import Mentor, Rules
from domain.money import Money

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES = Rules(
    lead=3 * HOUR,
    horizon=14 * DAY,
    hold=timedelta(minutes=10),
    pay_within=HOUR,
    ask_again=2 * HOUR,
    approve_within=12 * HOUR,
    free_until=DAY,
    late_refund=50,
    settle_after=DAY,
)
NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)  # Sunday, 10.00 WIB
JAKARTA = ZoneInfo("Asia/Jakarta")


def mentor(hours: OpeningHours, *, length: timedelta = HOUR, buffer: timedelta = QUARTER) -> Mentor:
    return Mentor(
        id="andi",
        name="Andi",
        profile={"id": "", "en": ""},
        subjects=("business",),
        price=Money(150_000, "IDR"),
        length=length,
        buffer=buffer,
        hours=hours,
        share=70,
    )


MORNINGS = OpeningHours("Asia/Jakarta", {day: (Span(9 * 60, 12 * 60),) for day in range(5)})
ANDI = mentor(MORNINGS)


def taken_at(who: Mentor, starts_at: datetime, *, until: datetime | None = None) -> Booking:
    return replace(hold(f"booking-{starts_at}", "sari", who, starts_at, NOW), held_until=until)


def free(who: Mentor, taken: list[Booking], *, now: datetime = NOW, rules: Rules = RULES) -> list[datetime]:
    return list(free_times(who, rules, who.hours, taken, now))


def wib(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=JAKARTA)  # type: ignore[misc, arg-type]


# --- as a person would say it ---


def test_sessions_follow_one_another_with_their_buffer() -> None:
    assert free(ANDI, [])[:3] == [wib(2026, 11, 23, 9), wib(2026, 11, 23, 10, 15), wib(2026, 11, 24, 9)]


def test_what_is_taken_is_not_offered_and_the_raster_goes_on_after_it() -> None:
    times = free(ANDI, [taken_at(ANDI, wib(2026, 11, 23, 9, 30))])
    assert times[:2] == [wib(2026, 11, 23, 10, 45), wib(2026, 11, 24, 9)]


def test_a_hold_that_ran_out_and_one_that_was_let_go_are_free() -> None:
    late = taken_at(ANDI, wib(2026, 11, 23, 9), until=NOW)
    gone = let_go(taken_at(ANDI, wib(2026, 11, 23, 9), until=NOW + HOUR), NOW)
    assert free(ANDI, [late, gone]) == free(ANDI, [])
    assert free(ANDI, [replace(late, held_until=NOW + HOUR)])[0] == wib(2026, 11, 23, 10, 15)


def test_the_lead_and_the_horizon() -> None:
    now = wib(2026, 11, 23, 6, 1)
    assert free(ANDI, [], now=now)[0] == wib(2026, 11, 23, 10, 15)
    assert free(ANDI, [], now=now - timedelta(minutes=1))[0] == wib(2026, 11, 23, 9)
    assert free(ANDI, [], rules=replace(RULES, horizon=2 * DAY))[-1] == wib(2026, 11, 24, 9)


def test_a_day_off_and_changed_hours_replace_the_catalogs() -> None:
    changed = Availability(
        id="andi",
        hours={0: (Span(13 * 60, 15 * 60),), 1: ()},
        days_off=(date(2026, 11, 25),),
    )
    who = replace(ANDI, hours=hours_of(ANDI, changed))
    assert free(who, [])[:2] == [wib(2026, 11, 23, 13), wib(2026, 11, 26, 9)]
    assert hours_of(ANDI, None) == MORNINGS


def test_nobody_begins_on_a_day_off_also_where_the_evening_before_runs_into_it() -> None:
    nights = OpeningHours("Asia/Jakarta", {0: (Span(22 * 60, 26 * 60),)}, frozenset({date(2026, 11, 24)}))
    times = free(mentor(nights), [], rules=replace(RULES, horizon=5 * DAY))
    assert times == [wib(2026, 11, 23, 22), wib(2026, 11, 23, 23, 15)]
    assert not within(mentor(nights), nights, wib(2026, 11, 24, 0, 30))


def test_spans_that_overlap_offer_each_time_once() -> None:
    hours = OpeningHours("Asia/Jakarta", {0: (Span(9 * 60, 12 * 60), Span(10 * 60, 13 * 60))})
    times = free(mentor(hours), [], rules=replace(RULES, horizon=5 * DAY))
    assert times == [wib(2026, 11, 23, 9), wib(2026, 11, 23, 10, 15), wib(2026, 11, 23, 11, 30)]


def test_the_quarter_hours_are_the_same_in_every_zone() -> None:
    starts_at = wib(2026, 11, 23, 9)
    keys = quarters("andi", starts_at, starts_at + HOUR)
    assert keys == tuple(f"slot/andi/2026-11-23T02:{minute:02}" for minute in (0, 15, 30, 45))
    assert quarters("andi", starts_at.astimezone(ZoneInfo("Asia/Jayapura")), starts_at + HOUR) == keys


@pytest.mark.parametrize("odd", [timedelta(seconds=1), timedelta(minutes=7), timedelta(minutes=14, seconds=59)])
def test_a_time_off_the_quarter_hour_still_meets_what_overlaps_it(odd: timedelta) -> None:
    starts_at = wib(2026, 11, 23, 9)
    odd_keys = quarters("andi", starts_at + odd, starts_at + odd + QUARTER)
    assert set(odd_keys) & set(quarters("andi", starts_at, starts_at + QUARTER))
    assert set(odd_keys) & set(quarters("andi", starts_at + QUARTER, starts_at + 2 * QUARTER))


# --- whatever the zone, the hours and the bookings ---

ZONES = st.sampled_from(
    ["Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe"]
)
# Around both of Berlin's changes, Lord Howe's half hours, and any week.
MOMENTS = st.one_of(
    st.sampled_from([datetime(2026, 3, 27, 12, tzinfo=UTC), datetime(2026, 10, 23, 12, tzinfo=UTC)]),
    st.sampled_from([datetime(2026, 4, 3, 0, tzinfo=UTC), datetime(2026, 10, 2, 0, tzinfo=UTC)]),
    st.integers(0, 700 * 24 * 60).map(lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
SPANS = st.builds(lambda opens, length: Span(opens * 15, (opens + length) * 15), st.integers(0, 95), st.integers(1, 96))
WEEKS = st.dictionaries(st.integers(0, 6), st.lists(SPANS, min_size=1, max_size=3).map(tuple), min_size=1, max_size=7)
MENTORS = st.builds(
    lambda zone, week, length, buffer: mentor(
        OpeningHours(zone, week), length=length * QUARTER, buffer=buffer * QUARTER
    ),
    ZONES,
    WEEKS,
    st.integers(1, 8),
    st.integers(0, 4),
)
CHANGES = st.none() | st.builds(
    lambda week, ahead: (week, ahead),
    st.dictionaries(st.integers(0, 6), st.lists(SPANS, max_size=2).map(tuple), max_size=3),
    st.sets(st.integers(-1, 8), max_size=4),
)


def changed(who: Mentor, change: tuple[dict[int, tuple[Span, ...]], set[int]] | None, now: datetime) -> Mentor:
    if change is None:
        return who
    today = now.astimezone(ZoneInfo(who.hours.zone)).date()
    off = tuple(today + timedelta(days=ahead) for ahead in change[1])
    return replace(who, hours=hours_of(who, Availability(id="andi", hours=change[0], days_off=off)))


@settings(max_examples=150, deadline=None)
@given(MENTORS, MOMENTS, CHANGES, st.lists(st.integers(0, 40), max_size=6), st.lists(st.integers(0, 500), max_size=3))
def test_what_is_offered_can_be_had(
    who: Mentor,
    now: datetime,
    change: tuple[dict[int, tuple[Span, ...]], set[int]] | None,
    picks: list[int],
    odd: list[int],
) -> None:
    rules = replace(RULES, horizon=6 * DAY)
    who = changed(who, change, now)
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    taken = [taken_at(who, day + QUARTER * quarter) for quarter in odd]  # made when the hours were others
    for pick in picks:
        times = free(who, taken, now=now, rules=rules)
        assert times == sorted(set(times))
        for at in times:
            assert now + rules.lead <= at <= now + rules.horizon
            assert fits(who, rules, who.hours, at, now)
            assert at.astimezone(ZoneInfo(who.hours.zone)).date() not in who.hours.holidays
            assert in_the_way(hold("new", "budi", who, at, now), taken) == ()
        if times:
            taken.append(taken_at(who, times[pick % len(times)]))
    later = [each for each in taken if each.starts_at >= now + rules.lead]
    mine = later[len(odd) :]
    for index, one in enumerate(mine):
        for other in mine[index + 1 :]:
            assert one.free_at <= other.starts_at or other.free_at <= one.starts_at


@settings(max_examples=60, deadline=None)
@given(MENTORS, MOMENTS, st.integers(0, 500), st.integers(0, 500))
def test_two_times_meet_in_the_store_exactly_where_they_overlap(
    who: Mentor, now: datetime, first: int, second: int
) -> None:
    day = now.replace(minute=0, second=0, microsecond=0)
    one, other = (replace(taken_at(who, day + QUARTER * n), id=f"booking-{i}") for i, n in enumerate((first, second)))
    overlap = one.starts_at < other.free_at and other.starts_at < one.free_at
    assert bool(set(Booking.TABLE.keys(one)) & set(Booking.TABLE.keys(other))) == overlap
    assert bool(in_the_way(one, [other])) == overlap
    assert in_the_way(one, [one, let_go(other, now)]) == ()


@settings(max_examples=60, deadline=None)
@given(MENTORS, MOMENTS)
def test_a_mentor_with_nothing_taken_is_offered_through_all_their_hours(who: Mentor, now: datetime) -> None:
    """Between two offers, and at the end of a span, there is no room for one more."""
    rules = replace(RULES, horizon=3 * DAY)
    offered = free(who, [], now=now, rules=rules)
    quarter = (now + rules.lead).replace(minute=0, second=0, microsecond=0) + HOUR
    step = who.length + who.buffer
    while quarter <= now + rules.horizon:
        if fits(who, rules, who.hours, quarter, now):
            # Somebody who wants just this quarter finds an offer that begins less than a session's step away.
            near = [at for at in offered if abs(at - quarter) < step]
            assert near or quarter - (now + rules.lead) < step or now + rules.horizon - quarter < step
        quarter += QUARTER
