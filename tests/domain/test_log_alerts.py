"""How much of the logs is told: never more than may be, and nothing is lost; and what a log's words look like."""

import unicodedata
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.log_alerts import (
    A_MINUTE,
    LINE,
    LISTED,
    MOST_A_MINUTE,
    MOST_A_SCAN,
    Item,
    LogAlerts,
    News,
    Tally,
    added,
    behind,
    held,
    in_line,
    phone_now,
    plain,
    readable,
    scheduled,
    share,
)
from domain.log_lines import Level
from domain.log_patterns import SourceStatus

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
COUNTS = st.lists(st.integers(1, 1000), max_size=40)
SCANS = st.lists(st.tuples(st.integers(0, 90), COUNTS, st.booleans(), st.booleans()), max_size=25)


def items(counts: list[int], scan: int) -> list[Item]:
    return [
        Item(id=f"{scan}-{n}", news=News.NEW, words="x", source="api", level=Level.ERROR, count=count, aside=n % 7 == 6)
        for n, count in enumerate(counts)
    ]


@given(SCANS)
def test_never_too_many_and_each_once(scans: list[tuple[int, list[int], bool, bool]]) -> None:
    alerts, now = LogAlerts(), NOW
    said: list[datetime] = []
    told = wanted = 0
    for number, (pause, counts, backlog, stuck) in enumerate(scans):
        now += timedelta(seconds=pause)
        wanted += sum(counts)
        alerts, shared = share(alerts, items(counts, number), [], now, backlog=backlog, stuck=stuck)
        alerts = scheduled(alerts, now)
        assert len(shared.items) <= MOST_A_SCAN
        assert not any(each.aside for each in shared.items)
        assert not (stuck and (shared.items or shared.digest))
        said += [now] * (len(shared.items) + bool(shared.digest))
        told += sum(each.count for each in shared.items) + shared.digest.errors
        assert told + alerts.waiting.errors == wanted
        assert (alerts.due_at is not None) == bool(alerts.waiting)
    for at in said:
        assert sum(at - A_MINUTE < each <= at for each in said) <= MOST_A_MINUTE


@given(SCANS)
def test_what_waits_is_told_in_the_end(scans: list[tuple[int, list[int], bool, bool]]) -> None:
    alerts, now = LogAlerts(), NOW
    for number, (pause, counts, backlog, stuck) in enumerate(scans):
        now += timedelta(seconds=pause)
        if backlog:
            alerts = held(alerts, f"s{number % 3}", now, more=stuck)
        alerts, _ = share(alerts, items(counts, number), [], now, backlog=backlog, stuck=False)
        alerts = scheduled(alerts, now)
    for _ in range(2):
        if alerts.due_at:
            assert alerts.due_at > now
            now = alerts.due_at
            alerts, _ = share(alerts, [], [], now, backlog=False, stuck=False)
            alerts = scheduled(alerts, now)
    assert not alerts.waiting
    assert alerts.due_at is None


def test_a_backlogs_digest_waits_for_all_sources_but_not_for_ever() -> None:
    alerts = held(held(LogAlerts(), "a", NOW, more=True), "b", NOW, more=True)
    alerts, shared = share(alerts, items([1] * 9, 1), [], NOW, backlog=True, stuck=False)
    assert not shared.digest
    later = NOW + timedelta(minutes=2)
    alerts = held(alerts, "a", later, more=False)
    alerts, shared = share(alerts, [], [], later, backlog=True, stuck=False)
    assert not shared.digest
    settled = held(alerts, "b", later, more=False)
    assert share(settled, [], [], later + timedelta(seconds=20), backlog=False, stuck=False)[1].digest.patterns == 9
    late = NOW + timedelta(minutes=10)
    assert share(held(alerts, "b", late, more=True), [], [], late, backlog=True, stuck=False)[1].digest.patterns == 9


def test_a_tally_names_the_gravest_and_counts_all() -> None:
    many = [replace(each, level=Level.CRITICAL) if n == 77 else each for n, each in enumerate(items([3] * 99, 1))]
    tally = added(added(Tally(), many), many[:2])
    assert (tally.errors, tally.patterns) == (303, 99)
    assert tally.items[0].id == "1-77"
    assert len(tally.items) >= LISTED


def test_whatsapp_hears_once_an_hour() -> None:
    alerts = LogAlerts(phone=added(Tally(), items([5], 1)))
    alerts, tally = phone_now(alerts, NOW)
    assert tally.errors == 5
    alerts = scheduled(replace(alerts, phone=added(Tally(), items([6], 2))), NOW)
    assert alerts.due_at == NOW + timedelta(hours=1)
    assert not phone_now(alerts, NOW + timedelta(minutes=59))[1]
    assert phone_now(alerts, NOW + timedelta(hours=1))[1].errors == 6


def test_what_is_a_backlog() -> None:
    status = SourceStatus(id="api", scanned_at=NOW)
    assert behind(None, NOW)
    assert behind(SourceStatus(id="api"), NOW)
    assert behind(replace(status, waiting=1), NOW)
    assert behind(status, NOW + timedelta(minutes=11))
    assert not behind(status, NOW + timedelta(minutes=9))


@given(st.text(max_size=800))
def test_whatever_stood_in_a_log_is_harmless(text: str) -> None:
    shown, line, whole = plain(text), in_line(text), readable(text)
    assert len(shown) < 1500
    assert shown.count("\n") < 12
    assert len(line) <= LINE
    assert "\n" not in line
    for words in (shown.replace("\u2060", ""), line.replace("\u2060", ""), whole.replace("\t", "")):
        assert not [c for c in words.replace("\n", "") if unicodedata.category(c)[0] == "C"]
        words.encode()
    assert not any(shown[i] == "@" and shown[i + 1].isalnum() for i in range(len(shown) - 1))


def test_what_fits_is_shown_as_it_stands() -> None:
    trace = "ERROR no answer\n  at a.py:1 – très loin\n\tat b.py:2"
    assert plain(trace) == trace.replace("\t", "    ")
    assert plain("\x1b[1;31mERROR\x1b[0m x") == "ERROR x"
    assert plain("a\r\nb") == "a\nb"
    assert plain("x" * 701).endswith(" …")
