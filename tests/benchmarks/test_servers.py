"""That what must be told of machines is told once, as `make bench` counts it, and that it would be seen if not."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
import uvloop

from benchmarks import contestants, machine, renters, servers
from benchmarks.renters import NEVER, SUSPENDED, Renter, fate
from benchmarks.report import tables
from benchmarks.targets import JOBS

MONDAY = date(2026, 11, 30)
RUN = {"part": "servers", "run": "1", "at": "today", "commit": "c0ffee", "machine": "a machine", "peers": ""}


def renter(habit: int, expires: date = MONDAY) -> Renter:
    return Renter(number=1, habit=habit, months=1, zone=renters.ZONES[0], expires=expires)


def test_five_machines_are_told_of_once_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contestants, "SCRATCH", tmp_path)
    monkeypatch.setattr(machine, "SCRATCH", tmp_path)
    row = uvloop.run(servers.year(5, 36, 10))
    assert {name: row[name] for name in ("lost", "twice", "strays", "odd")} == {
        "lost": 0,
        "twice": 0,
        "strays": 0,
        "odd": 0,
    }
    assert row["renewals"] == 4
    assert row["done"] > row["mails"] > 4 * 5
    job = {**RUN, "name": JOBS, "cpu_per_1000": row["cpu_per_1000"] / 2}
    said = tables([{**RUN, "name": "Sahut", **row}, job])
    assert f"{row['done']} messages and mails: 0 lost, 0 twice, 0 not asked for, 0 at odds | every one | met |" in said
    assert "2.00 ×" in said
    lost = tables([{**RUN, "name": "Sahut", **row, "lost": 1}, job])
    assert "1 lost, 0 twice, 0 not asked for, 0 at odds | every one | **not met** |" in lost


def test_a_machine_that_nobody_renews_is_warned_of_five_times_suspended_and_destroyed() -> None:
    found = fate(renter(NEVER), MONDAY + timedelta(days=60))
    warned = [(f"{how} warning {days}", "2026-11-30") for days in (14, 7, 3, 1, 0) for how in ("chat", "mail")]
    ended = [
        ("chat over", "2026-12-04"),
        ("mail over", "2026-11-30"),
        ("chat suspended", "2026-12-11"),
        ("mail suspended", "2026-11-30"),
        ("chat terminated", ""),
        ("mail terminated", ""),
    ]
    assert found.told == [(what, "sewa-1", of) for what, of in (*warned, *ended)]
    assert found.renewals == 0


def test_who_renews_is_warned_anew_by_the_new_expiry() -> None:
    found = fate(renter(1, date(2027, 1, 31)), date(2027, 2, 21))
    assert (found.renewals, found.expires) == (2, date(2027, 3, 28))
    warnings = [(what, of) for what, _, of in found.told if what.startswith("chat warning")]
    assert warnings == [
        ("chat warning 14", "2027-01-31"),
        ("chat warning 7", "2027-01-31"),
        ("chat warning 14", "2027-02-28"),
        ("chat warning 7", "2027-02-28"),
    ]


def test_a_term_that_is_renewed_once_suspended_begins_then() -> None:
    found = fate(renter(SUSPENDED), MONDAY + timedelta(days=5))
    assert (found.renewals, found.expires) == (1, date(2027, 1, 4))
    assert ("chat resumed", "sewa-1", "2027-01-04") in found.told


def test_of_five_three_renew_at_a_warning_one_once_suspended_one_never() -> None:
    habits = Counter(max(each.habit, -2) if each.habit < 0 else "warned" for each in renters.renters(50, MONDAY, 30))
    assert habits == {"warned": 30, SUSPENDED: 10, NEVER: 10}
    assert all(each.expires - timedelta(days=14) > MONDAY for each in renters.renters(50, MONDAY, 30))
