"""What is known of an error as it comes again, when that is too often, and what the team can do with it."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from domain.log_findings import MOST_FILES, Finding, Sample, hour_of
from domain.log_lines import Level
from domain.log_patterns import (
    HISTORY_KEPT,
    MOVES,
    Do,
    LogPattern,
    PatternState,
    first_seen,
    may,
    moved,
    mute_over,
    seen_again,
    spiking,
)
from domain.log_sources import LogRules

NOW = datetime(2026, 11, 25, 3, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = LogRules()


def found(count: int = 1, at: datetime = NOW, path: str = "/var/log/a.log", level: Level = Level.ERROR) -> Finding:
    return Finding(
        id="0123456789abcdef",
        pattern="broken <*>",
        level=level,
        count=count,
        first_at=at,
        last_at=at,
        sample=Sample(at=at, path=path, offset=0, text=f"broken {count}"),
        files={path: count},
        hours={hour_of(at): count},
    )


def known(count: int = 1, at: datetime = NOW) -> LogPattern:
    return first_seen(found(count, at), "api", "payments", at)


def test_what_comes_again_is_counted_by_everything() -> None:
    pattern = seen_again(known(2, NOW - HOUR), found(3, level=Level.CRITICAL, path="/var/log/b.log"), "web", NOW)
    assert pattern.count == 5
    assert pattern.level is Level.CRITICAL
    assert (pattern.first_at, pattern.last_at) == (NOW - HOUR, NOW)
    assert pattern.sources == {"api": 2, "web": 3}
    assert pattern.files == {"/var/log/a.log": 2, "/var/log/b.log": 3}
    assert pattern.hours == {hour_of(NOW - HOUR): 2, hour_of(NOW): 3}
    assert pattern.sample.text == "broken 3"
    older = seen_again(pattern, found(9, NOW - 2 * HOUR), "api", NOW)
    assert older.sample.text == "broken 3"
    assert older.first_at == NOW - 2 * HOUR


def test_the_newest_files_and_two_weeks_of_hours_are_kept() -> None:
    pattern = known()
    for n in range(40):
        pattern = seen_again(pattern, found(path=f"/var/log/{n}.log"), "api", NOW)
    assert list(pattern.files) == [f"/var/log/{n}.log" for n in range(40 - MOST_FILES, 40)]
    for days in (15, 13, -3):
        pattern = seen_again(pattern, found(7, NOW - timedelta(days=days)), "api", NOW)
    assert pattern.hours == {hour_of(NOW - timedelta(days=13)): 7, hour_of(NOW): 41}


@pytest.mark.parametrize(
    ("before", "now", "spikes"),
    [
        ({24: 10}, 20, True),  # ten a day
        (dict.fromkeys(range(1, 49), 4), 21, True),
        (dict.fromkeys(range(1, 49), 4), 19, False),
        (dict.fromkeys(range(1, 49), 6), 29, False),
        (dict.fromkeys(range(1, 49), 6), 31, True),
        ({}, 100_000, False),  # it is new
    ],
)
def test_it_spikes_against_its_own_history(before: dict[int, int], now: int, spikes: bool) -> None:
    pattern = None
    for ago in sorted(before, reverse=True):
        at = NOW - ago * HOUR
        pattern = seen_again(pattern, found(before[ago], at), "api", at) if pattern else known(before[ago], at)
    last = found(now)
    pattern = seen_again(pattern, last, "api", NOW) if pattern else known(now)
    assert spiking(pattern, last, RULES, NOW) == (hour_of(NOW) if spikes else "")


def test_what_began_late_in_an_hour_and_goes_on_is_no_spike() -> None:
    began = NOW.replace(hour=2, minute=50)
    last = found(180, NOW)
    assert not spiking(seen_again(known(30, began), last, "api", NOW), last, RULES, NOW)


def test_old_lines_are_no_spike() -> None:
    last = found(1000, NOW - 5 * HOUR)
    assert not spiking(seen_again(known(1, NOW - 50 * HOUR), last, "api", NOW), last, RULES, NOW)


def test_only_what_was_written_since_makes_it_come_back() -> None:
    resolved = moved(known(), Do.RESOLVE, by="Ops", now=NOW)
    assert seen_again(resolved, found(at=NOW - HOUR), "api", NOW).state is PatternState.RESOLVED
    back = seen_again(resolved, found(at=NOW + HOUR), "api", NOW + HOUR)
    assert back.state is PatternState.REGRESSED
    assert back.history[-1].what == "regressed"
    assert moved(back, Do.RESOLVE, by="Ops", now=NOW + 2 * HOUR).state is PatternState.RESOLVED


@pytest.mark.parametrize("state", PatternState)
@pytest.mark.parametrize("do", Do)
def test_what_may_be_done_is_in_the_table(state: PatternState, do: Do) -> None:
    pattern = replace(known(), state=state)
    assert may(pattern, do) == (do in MOVES[state])
    if may(pattern, do):
        after = moved(pattern, do, by="Ops", now=NOW, until=NOW + HOUR)
        assert after.state is MOVES[state][do]
        assert after.due_at == after.muted_until == (NOW + HOUR if do is Do.MUTE else None)
        assert (after.history[-1].by, after.history[-1].what) == ("Ops", do.value)
    else:
        with pytest.raises(KeyError):
            moved(pattern, do, by="Ops", now=NOW)


@pytest.mark.parametrize("state", [PatternState.NEW, PatternState.ACKNOWLEDGED, PatternState.REGRESSED])
def test_a_mute_ends_as_it_began_also_where_it_was_made_longer(state: PatternState) -> None:
    pattern = replace(known(), state=state)
    for hours in (1, 24):
        pattern = moved(pattern, Do.MUTE, by="Ops", now=NOW, until=NOW + hours * HOUR)
    over = mute_over(pattern, NOW + 24 * HOUR)
    assert over.state is state
    assert over.due_at is over.muted_until is None


def test_the_history_is_bounded() -> None:
    pattern = known()
    for _ in range(HISTORY_KEPT):
        pattern = moved(moved(pattern, Do.RESOLVE, by="Ops", now=NOW), Do.REOPEN, by="Ops", now=NOW)
    assert len(pattern.history) == HISTORY_KEPT
