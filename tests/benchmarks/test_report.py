"""What `make bench` says about its rows: a run that went wrong never meets a target."""

from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.contestants import GRAMMY, SAHUT
from benchmarks.messages import Row
from benchmarks.targets import TARGETS, Measured, Rows, verdict

AGAINST_GRAMMY = next(target for target in TARGETS if target.what == f"messages a second, against {GRAMMY.name}")
RUN = {"run": "1", "at": "today", "commit": "c0ffee", "machine": "a machine", "peers": "grammy 1"}


def run(name: str, per_second: float, **more: object) -> Row:
    return {**RUN, "part": "messages", "name": name, "per_second": per_second, "cpu_per_1000": 0.4, "p99": 9.0, **more}


def of_three(name: str, *rates: float) -> list[Row]:
    return [run(name, rate, round=number) for number, rate in enumerate(rates)]


def test_medians_are_compared() -> None:
    rows = Rows([*of_three(SAHUT.name, 240, 9000, 250), *of_three(GRAMMY.name, 200, 100, 300)])
    assert verdict(AGAINST_GRAMMY, rows) == Measured("1.25 × (250 and 200)", met=True)
    rows = Rows([*of_three(SAHUT.name, 200), *of_three(GRAMMY.name, 200)])
    assert verdict(AGAINST_GRAMMY, rows).met is False


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        ([], "not measured"),
        ([{**RUN, "part": "messages", "name": GRAMMY.name, "missing": "grammy, node"}], "not installed: grammy, node"),
        ([{**RUN, "part": "messages", "name": GRAMMY.name, "error": "it ended\nwith 1"}], "failed: it ended"),
        ([run(GRAMMY.name, 1, wrong=1), run(GRAMMY.name, 1)], "not valid: wrong 1"),
    ],
)
def test_what_cannot_be_compared_says_why_and_meets_nothing(theirs: list[Row], why: str) -> None:
    rows = [run(SAHUT.name, 1000), *theirs]
    assert verdict(AGAINST_GRAMMY, Rows(rows)) == Measured(why, met=None)
    assert f"| {AGAINST_GRAMMY.what} | {why} | ≥ 1.2 × |  |" in report.tables(rows)


def test_sends_that_are_not_written_down_make_sahuts_run_void() -> None:
    rows = Rows([run(SAHUT.name, 1000, unrecorded=2), run(GRAMMY.name, 1)])
    assert verdict(AGAINST_GRAMMY, rows) == Measured("not valid: unrecorded 2", met=None)


def test_the_tables_take_the_place_of_the_old_ones_once_every_part_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", encoding="utf-8")
    monkeypatch.setattr(report, "README", page)
    one_part = [run(SAHUT.name, 1000)]
    assert not report.write(one_part)
    assert "old" in page.read_text(encoding="utf-8")
    every_part = [{**RUN, "part": target.part, "name": SAHUT.name, "missing": "time"} for target in TARGETS]
    assert report.write([*one_part, *every_part])
    text = page.read_text(encoding="utf-8")
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")


def test_each_part_is_told_by_its_last_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "RESULTS", tmp_path / "results" / "rows.jsonl")
    assert report.latest() == []
    report.keep([run(SAHUT.name, 1), {**RUN, "part": "ready", "name": SAHUT.name, "ready_after": 1.0}])
    report.keep([{**run(SAHUT.name, 2), "run": "2"}])
    assert {(row["part"], row["run"]) for row in report.latest()} == {("messages", "2"), ("ready", "1")}
