"""The measure of how right errors are found and grouped, on lines of our own; and on loghub's where they are."""

from pathlib import Path

import pytest

from benchmarks.logscan_quality import (
    FOLDER,
    GROUPING,
    PRECISION,
    RECALL,
    accuracy,
    errors,
    families,
    grouping,
    report,
)

LINES = (
    ("2026-11-21 03:00:00,000 - ERROR [main] - order 7 is lost", "ERROR", "order 7 is lost", "E1"),
    ("2026-11-21 03:00:01,000 - ERROR [main] - order 8 is lost", "ERROR", "order 8 is lost", "E1"),
    ("2026-11-21 03:00:02,000 - WARN  [main] - the disk is full", "WARN", "the disk is full", "E2"),
    ("2026-11-21 03:00:03,000 - INFO  [main] - an error was cleared", "INFO", "an error was cleared", "E3"),
)


@pytest.fixture
def samples(tmp_path: Path) -> Path:
    (tmp_path / "Zookeeper_2k.log").write_text("\r\n".join(line[0] for line in LINES))
    rows = "\n".join(",".join(line[1:]) for line in LINES)
    (tmp_path / "Zookeeper_2k.log_structured.csv").write_text(f"Level,Content,EventId\n{rows}\n")
    return tmp_path


def test_errors_by_level(samples: Path) -> None:
    by_level, with_warnings, by_words = errors(samples)
    assert (by_level.labelled, by_level.found, by_level.right) == (2, 2, 2)
    assert (with_warnings.labelled, with_warnings.found, with_warnings.right) == (3, 3, 3)
    assert (by_words.labelled, by_words.found, by_words.right) == (3, 1, 0)


def test_grouping(samples: Path) -> None:
    (zookeeper,) = grouping(samples)
    assert (zookeeper.lines, zookeeper.patterns, zookeeper.templates) == (3, 2, 2)
    assert (zookeeper.accuracy, zookeeper.of_all) == (1.0, 1.0)


def test_a_group_counts_only_where_it_is_exactly_a_template() -> None:
    assert accuracy([("a", "1"), ("a", "1"), ("b", "2")]) == 1.0
    assert accuracy([("a", "1"), ("b", "1"), ("c", "2")]) == pytest.approx(1 / 3)
    assert accuracy([("a", "1"), ("a", "2"), ("b", "3")]) == pytest.approx(1 / 3)


def test_the_report(samples: Path) -> None:
    said = report(samples)
    assert "| Zookeeper | ERROR | 2 | 2 | 1.000 | 1.000 |" in said
    assert "| mean | | | | 1.000 | 1.000 |" in said


def test_where_the_samples_are_missing_the_report_says_so(tmp_path: Path) -> None:
    assert report(tmp_path) == f"No labelled logs in {tmp_path}: recall, precision and grouping were not measured."


def test_real_lines_where_they_are() -> None:
    """They cannot be part of the project; without them there is nothing to be measured."""
    measured = [each for each in errors() if each.what != "by words"]
    assert [each for each in measured if each.right < RECALL * each.labelled] == []
    assert [each for each in measured if each.right < PRECISION * each.found] == []
    grouped = grouping()
    assert len(grouped) == len(families(FOLDER))
    assert sum(each.accuracy for each in grouped) >= GROUPING * len(grouped)
