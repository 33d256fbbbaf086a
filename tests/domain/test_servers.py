"""Machines: what may follow what, terms by their customer's clock, what time brings about and when."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, product
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.cases import HISTORY_LIMIT, WrongTransition
from domain.server_offer import ServerRules
from domain.servers import (
    DAYTIME,
    HELD,
    OVER,
    WARNINGS,
    Server,
    ServerDue,
    ServerStatus,
    days_left,
    daytime,
    end_of_term,
    move,
    note,
    renewed,
    schedule,
    server_id,
    times,
    warned_up_to,
    warning_now,
    what_is_due,
)

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)  # ten in the morning in Jakarta
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura", "Europe/Berlin", "America/New_York", "UTC")
RULES = ServerRules(
    pay_within=timedelta(hours=1),
    late_after=timedelta(minutes=10),
    create_within=timedelta(minutes=30),
    grace=timedelta(days=3),
    keep=timedelta(days=7),
)
FOLLOWS = {
    "ordered": {"creating", "cancelled"},
    "creating": {"active", "failed"},
    "failed": {"creating", "cancelled"},
    "active": {"grace", "creating", "terminated"},
    "grace": {"active", "suspended", "terminated"},
    "suspended": {"active", "destroying", "terminated"},
    "destroying": {"terminated"},
    "cancelled": {"ordered"},
}


def server(**given_: Any) -> Server:
    values: dict[str, Any] = {
        "id": "server-17-1a2b3c4d",
        "number": 17,
        "customer": "telegram:1001",
        "name": "Budi",
        "email": "budi@example.com",
        "language": "id",
        "zone": "Asia/Jakarta",
        "order": "order-17",
        "plan": "small",
        "region": "jakarta",
        "image": "debian",
        "shelf": "small@jakarta",
        "slot": 0,
        "hostname": "toko",
        "user": "debian",
        "since": NOW,
        "provider": "proxmox",
        "made_at": NOW,
    }
    return Server(**(values | given_))


def active(**given_: Any) -> Server:
    """With a month that it has had since today."""
    return server(**({"status": ServerStatus.ACTIVE, "expires_at": end_of_term(NOW, 1, "Asia/Jakarta")} | given_))


def local(at: datetime, zone: str = "Asia/Jakarta") -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S")


# --- what may follow what ---


@pytest.mark.parametrize(("before", "after"), list(product(ServerStatus, ServerStatus)))
def test_only_what_is_in_the_table_may_follow(before: ServerStatus, after: ServerStatus) -> None:
    later = NOW + timedelta(hours=1)
    if after in FOLLOWS.get(before, set()):
        moved = move(server(status=before), after, what="for a test", by="time", now=later)
        assert (moved.status, moved.since, moved.history[-1].what) == (after, later, "for a test")
        assert moved.closed_at == (later if after in OVER else None)
    else:
        with pytest.raises(WrongTransition):
            move(server(status=before), after, what="", by="", now=later)


def test_only_what_was_destroyed_or_given_up_leaves_its_place() -> None:
    keys = {status: Server.TABLE.keys(server(status=status)) for status in ServerStatus}
    assert {status for status, held in keys.items() if not held} == OVER
    assert {held for status, held in keys.items() if held} == {("stock/small@jakarta/0",)}


def test_history_is_bounded() -> None:
    noted = server()
    for count in range(HISTORY_LIMIT + 5):
        noted = note(noted, what=str(count), by="", now=NOW)
    assert [noted.history[0].what, noted.history[-1].what] == ["5", str(HISTORY_LIMIT + 4)]
    assert len(noted.history) == HISTORY_LIMIT


def test_a_name_is_of_one_order_of_one_installation() -> None:
    assert server_id(17, NOW) == server_id(17, NOW)
    assert len({server_id(17, NOW), server_id(18, NOW), server_id(17, NOW + timedelta(seconds=1))}) == 3
    assert server().called == "server-17-1a2b3c4d"
    assert server(names=2).called == "server-17-1a2b3c4d-2"


def test_who_is_forgotten_leaves_no_trace() -> None:
    personal = Server.TABLE.personal
    assert personal is not None
    kept = note(server(ssh_key="ssh-ed25519 AAAA budi@laptop"), what="ordered", by="telegram:1001", now=NOW)
    assert personal.anonymous is not None
    forgotten = str(personal.anonymous(kept))
    assert [each for each in ("Budi", "budi", "telegram:1001", "toko", "AAAA") if each in forgotten] == []


# --- terms ---


@pytest.mark.parametrize(
    ("since", "months", "ends"),
    [
        ("2026-11-23 10:00", 1, "2026-12-23"),
        ("2026-11-23 00:00", 1, "2026-12-23"),
        ("2026-11-23 23:59", 1, "2026-12-23"),
        ("2026-01-31 10:00", 1, "2026-02-28"),
        ("2028-01-31 10:00", 1, "2028-02-29"),
        ("2026-11-30 10:00", 3, "2027-02-28"),
        ("2026-12-31 10:00", 12, "2027-12-31"),
        ("2026-11-23 10:00", 6, "2027-05-23"),
        ("2026-12-15 10:00", -1, "2026-11-15"),
        ("2026-01-15 10:00", -12, "2025-01-15"),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_a_term_ends_with_the_day_by_the_customers_clock(since: str, months: int, ends: str, zone: str) -> None:
    begun = datetime.fromisoformat(since).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert local(end_of_term(begun, months, zone), zone) == f"{ends} 23:59:59"


@given(
    begun=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the strategy adds it
    months=st.sampled_from([1, 3, 6, 12]),
    zone=st.sampled_from(ZONES),
)
def test_a_term_is_never_shorter_than_its_months(begun: datetime, months: int, zone: str) -> None:
    ends = end_of_term(begun, months, zone)
    assert ends - begun >= timedelta(days=28 * months)
    assert ends - begun < timedelta(days=31 * months + 2)
    again = end_of_term(ends, months, zone)
    assert again > ends


def test_a_renewal_adds_to_what_is_left() -> None:
    machine = active(warned=("14d", "7d"), renewal="order-18")
    early = renewed(machine, 1, NOW)
    assert early.expires_at
    assert local(early.expires_at) == "2027-01-23 23:59:59"
    assert (early.periods, early.warned, early.renewal) == (1, (), "")
    late = renewed(machine, 1, NOW + timedelta(days=35))  # it had expired five days before
    assert late.expires_at
    assert local(late.expires_at) == "2027-01-28 23:59:59"


@pytest.mark.parametrize(("after", "days"), [(0, 30), (13.5, 17), (13.6, 16), (29.5, 1), (30, 0), (30.5, 0), (40, 0)])
def test_days_left_are_whole_days_of_the_calendar(after: float, days: int) -> None:
    """Counted from ten in the morning: half a day later it is still the same day, 0.6 of one later the next."""
    assert days_left(active(), NOW + timedelta(days=after)) == days


# --- daytime ---


@pytest.mark.parametrize(
    ("at", "then"),
    [
        ("2026-11-23 08:59:59", "2026-11-23 09:00:00"),
        ("2026-11-23 09:00:00", "2026-11-23 09:00:00"),
        ("2026-11-23 19:59:59", "2026-11-23 19:59:59"),
        ("2026-11-23 20:00:00", "2026-11-24 09:00:00"),
        ("2026-11-23 23:59:59", "2026-11-24 09:00:00"),
        ("2026-11-23 00:00:00", "2026-11-23 09:00:00"),
    ],
)
@pytest.mark.parametrize("zone", ZONES)
def test_nobody_is_written_to_at_night(at: str, then: str, zone: str) -> None:
    there = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    assert local(daytime(there, zone), zone) == then


@given(
    at=st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  # the strategy adds it
    zone=st.sampled_from(ZONES),
)
def test_the_next_daytime_is_near(at: datetime, zone: str) -> None:
    then = daytime(at, zone)
    assert timedelta() <= then - at <= timedelta(hours=14)
    assert DAYTIME[0] <= then.astimezone(ZoneInfo(zone)).time() < DAYTIME[1]
    assert daytime(then, zone) == then


# --- what time brings about ---


def lives(machine: Server, until: timedelta) -> list[tuple[str, str]]:
    """What happens if nobody does anything, each at its time by the customer's clock."""
    happened = []
    while machine.due_at is not None and machine.due_at <= NOW + until:
        now = machine.due_at
        due = what_is_due(machine, RULES, now)
        happened.append((local(now)[:16], due.value + (f" {warning_now(machine, now)}" if due == "warn" else "")))
        match due:
            case ServerDue.WARN:
                machine = replace(machine, warned=warned_up_to(machine, now))
            case ServerDue.EXPIRE:
                machine = move(machine, ServerStatus.GRACE, what="", by="time", now=now)
            case ServerDue.SUSPEND:
                machine = move(machine, ServerStatus.SUSPENDED, what="", by="time", now=now)
            case ServerDue.DESTROY:
                machine = move(machine, ServerStatus.DESTROYING, what="", by="time", now=now)
        machine = schedule(machine, RULES)
    return happened


def test_a_life_that_nobody_renews() -> None:
    assert lives(schedule(active(), RULES), timedelta(days=365)) == [
        ("2026-12-09 09:00", "warn 14d"),
        ("2026-12-16 09:00", "warn 7d"),
        ("2026-12-20 09:00", "warn 3d"),
        ("2026-12-22 09:00", "warn 1d"),
        ("2026-12-23 09:00", "warn today"),
        ("2026-12-24 09:00", "expire"),
        ("2026-12-27 09:00", "suspend"),
        ("2027-01-03 09:00", "destroy"),
    ]


def test_who_was_away_when_it_expired_has_the_whole_grace() -> None:
    """The service was down for a week: grace and suspension count from when they began."""
    late = NOW + timedelta(days=38)
    expired = schedule(
        move(active(warned=tuple(n for n, _ in WARNINGS)), ServerStatus.GRACE, what="", by="", now=late), RULES
    )
    assert expired.due_at == late + RULES.grace
    suspended_at = late + timedelta(days=9)
    suspended = schedule(move(expired, ServerStatus.SUSPENDED, what="", by="", now=suspended_at), RULES)
    assert suspended.due_at == suspended_at + RULES.keep


def test_of_warnings_that_were_missed_only_the_last_is_given() -> None:
    machine = schedule(active(), RULES)
    at = NOW + timedelta(days=28)
    assert what_is_due(machine, RULES, at) is ServerDue.WARN
    assert warning_now(machine, at) == "3d"
    done = schedule(replace(machine, warned=warned_up_to(machine, at)), RULES)
    assert done.warned == ("14d", "7d", "3d")
    assert warning_now(done, at) == ""
    assert done.due_at
    assert local(done.due_at) == "2026-12-22 09:00:00"


def test_a_term_shorter_than_a_warning_has_none_such() -> None:
    machine = active(expires_at=end_of_term(NOW, 0, "Asia/Jakarta"))
    assert warned_up_to(machine, NOW) == tuple(name for name, _ in WARNINGS)


def test_after_the_expiry_nobody_is_warned_of_it() -> None:
    machine = active()
    assert machine.expires_at
    assert warning_now(machine, machine.expires_at + timedelta(seconds=1)) == ""


@pytest.mark.parametrize("status", list(ServerStatus))
def test_an_action_in_hand_is_waited_for(status: ServerStatus) -> None:
    machine = active(status=status, action="server-17-1a2b3c4d-stop-1", look_at=NOW, told_late=True)
    assert times(machine, RULES) == ((NOW, ServerDue.LOOK),)


@pytest.mark.parametrize(
    ("status", "coming"),
    [
        (ServerStatus.ACTIVE, [ServerDue.WARN, ServerDue.EXPIRE]),
        (ServerStatus.GRACE, []),
        (ServerStatus.SUSPENDED, []),
    ],
)
def test_what_failed_waits_for_ops_but_a_term_ends(status: ServerStatus, coming: list[ServerDue]) -> None:
    machine = active(status=status, failed="server-17-1a2b3c4d-suspend-1")
    assert [due for _, due in times(machine, RULES)] == coming


def test_who_waits_for_a_machine_hears_of_it_once() -> None:
    machine = schedule(server(status=ServerStatus.CREATING), RULES)
    assert machine.due_at == NOW + RULES.late_after
    assert what_is_due(machine, RULES, NOW + RULES.late_after) is ServerDue.LATE
    assert schedule(replace(machine, told_late=True), RULES).due_at is None


@pytest.mark.parametrize("status", sorted(OVER | {ServerStatus.ORDERED, ServerStatus.FAILED, ServerStatus.DESTROYING}))
def test_of_others_time_asks_nothing(status: ServerStatus) -> None:
    assert schedule(active(status=status), RULES).due_at is None


@given(
    day=st.dates(min_value=date(2026, 1, 1), max_value=date(2032, 1, 1)),
    zone=st.sampled_from(ZONES),
    months=st.sampled_from([1, 3, 12]),
    status=st.sampled_from(sorted(HELD)),
)
def test_nothing_of_a_term_happens_at_night(day: date, zone: str, months: int, status: ServerStatus) -> None:
    now = datetime.combine(day, time(23, 30), ZoneInfo(zone)).astimezone(UTC)
    machine = server(zone=zone, status=status, since=now, expires_at=end_of_term(now, months, zone))
    coming = times(machine, RULES)
    assert coming
    assert all(one <= other for one, other in pairwise(at for at, _ in coming))
    clocks = [at.astimezone(ZoneInfo(zone)).time() for at, _ in coming]
    assert all(DAYTIME[0] <= clock < DAYTIME[1] for clock in clocks)
