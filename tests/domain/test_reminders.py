"""Reminders: never once the session has begun, each once, and none of what a late booking has behind it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.reminders import REMINDERS, next_reminder, passed, up_to

START = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)
BEFORE = dict(REMINDERS)
offsets = st.integers(-5 * 24 * 3600, 2 * 3600).map(lambda seconds: timedelta(seconds=seconds))


def sent(booked_at: datetime, looks: Sequence[datetime]) -> list[tuple[str, datetime]]:
    """What goes out to who booked then, where it is looked at these times, as the session's handler does it."""
    done, found = passed(START, booked_at), []
    for now in sorted(looks):
        reminder = next_reminder(START, done, now)
        if now >= booked_at and reminder is not None and reminder[1] <= now:
            found.append((reminder[0], now))
            done = (*done, *up_to(reminder[0]))
    return found


@given(offsets, st.lists(offsets, max_size=30))
def test_at_whatever_times_it_is_looked(booked: timedelta, looks: list[timedelta]) -> None:
    found = sent(START + booked, [START + look for look in looks])
    names = [name for name, _ in found]
    assert len(set(names)) == len(names)
    assert [name for name in BEFORE if name in names] == names
    assert all(START - BEFORE[name] <= at < START for name, at in found)
    assert not set(names) & set(passed(START, START + booked))


@given(offsets)
def test_looked_at_in_time_each_comes_at_its_time(booked: timedelta) -> None:
    times = {name: START - before for name, before in REMINDERS}
    to_come = [(name, at) for name, at in times.items() if at > START + booked]
    assert sent(START + booked, list(times.values())) == to_come


@given(offsets)
def test_who_was_away_sends_the_last_one_alone(away_until: timedelta) -> None:
    """After days without a look, what is sent is what matters now."""
    now = START + away_until
    reminder = next_reminder(START, (), now)
    past = [name for name, before in REMINDERS if START - before <= now]
    if now >= START:
        assert reminder is None
    elif past:
        assert reminder == (past[-1], START - BEFORE[past[-1]])
    else:
        assert reminder == ("day", START - timedelta(days=1))


def test_the_longest_stands_first() -> None:
    assert [before for _, before in REMINDERS] == sorted(BEFORE.values(), reverse=True)
    assert up_to("hour") == ("day", "hour")
