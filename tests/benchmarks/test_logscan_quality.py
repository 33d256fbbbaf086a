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
    quality,
)
from benchmarks.messages import Length
from benchmarks.report import tables

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


def test_what_is_told_of_it(samples: Path) -> None:
    rows = list(quality(Length(), samples))
    said = tables([{**row, "at": "now", "commit": "c", "machine": "m"} for row in rows])
    assert "| recall of errors, in the worst of the families | 1.000 (Zookeeper, ERROR) | ≥ 0.99 | met |" in said
    assert "| grouping accuracy, in the mean | 1.000 (1 families) | ≥ 0.9 | met |" in said
    assert "| Zookeeper, WARNING | 3 | 3 | 1.000 | 1.000 |" in said
    assert "| Zookeeper, by words | 3 | 1 | 0.000 | 0.000 |" in said
    assert "| Zookeeper | 3 | 2 | 2 | 1.000 | 1.000 |" in said


def test_a_miss_is_told(samples: Path) -> None:
    rows = [row | {"recall": 0.98, "accuracy": 0.5} for row in quality(Length(), samples)]
    said = tables([{**row, "at": "now", "commit": "c", "machine": "m"} for row in rows])
    assert "| 0.980 (Zookeeper, ERROR) | ≥ 0.99 | **not met** |" in said
    assert "| 0.500 (1 families) | ≥ 0.9 | **not met** |" in said


def test_where_the_samples_are_missing_it_is_told(tmp_path: Path) -> None:
    rows = [{**row, "at": "now", "commit": "c", "machine": "m"} for row in quality(Length(), tmp_path)]
    assert tables(rows).count("not installed: they are in no folder here") == 5


@pytest.mark.skipif(not families(), reason="the labelled lines lie beside a developer's checkout, not in it")
def test_real_lines_where_they_are() -> None:
    """They cannot be part of the project; without them there is nothing to be measured."""
    measured = [each for each in errors() if each.what != "by words"]
    assert [each for each in measured if each.right < RECALL * each.labelled] == []
    assert [each for each in measured if each.right < PRECISION * each.found] == []
    grouped = grouping()
    assert len(grouped) == len(families(FOLDER))
    assert sum(each.accuracy for each in grouped) >= GROUPING * len(grouped)
