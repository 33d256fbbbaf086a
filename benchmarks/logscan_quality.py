"""How right errors are found and grouped: recall and precision of "error" by labelled levels, and grouping accuracy by
labelled templates.

The lines are loghub's samples (`<family>_2k.log` with `_structured.csv`), where they are. They are for measuring only:
their licence does not let them into the project.

An error is a line that has a keyword (services/logscan/keywords.py) and whose level, as it is read, is ERROR or graver;
likewise for WARNING. The labels are the levels that the lines themselves name: what is measured is whether any line
escapes the keywords or the readers. "by words" hides the level, and leaves `domain.log_lines.grave` the words alone.

Grouping accuracy: the share of lines whose pattern groups exactly the lines that are labelled as one template; of the
lines of trouble (WARNING or graver; by their words in families without usable levels), and of all lines.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from benchmarks.machine import ROOT
from benchmarks.messages import Length, Row
from domain.fingerprints import pattern_of
from domain.log_levels import Level, Line, level_of
from domain.log_lines import Reader, When, grave
from services.logscan.keywords import expression

FOUND, GROUPS = "found", "groups"
FOLDER = ROOT.parent / "shared" / "logs"
LEVELS = ("Android", "Apache", "HDFS", "Windows", "Zookeeper")
"""Families whose labels have usable levels."""
RECALL, PRECISION, GROUPING = 0.99, 0.95, 0.90
"""What is wanted; the last in the mean over the families."""
BY_WORDS = "by words"
WHEN = When(ZoneInfo("UTC"), datetime(2020, 1, 1, tzinfo=UTC))


class Found(Struct, frozen=True, kw_only=True):
    """Of one family: how many lines are labelled so, how many were found, and how many of these rightly."""

    family: str
    what: str
    labelled: int
    found: int
    right: int

    @property
    def recall(self) -> float | None:
        return self.right / self.labelled if self.labelled else None

    @property
    def precision(self) -> float | None:
        return self.right / self.found if self.found else None


class Grouped(Struct, frozen=True, kw_only=True):
    """Of one family: grouping accuracy over its trouble and over all its lines."""

    family: str
    lines: int
    patterns: int
    templates: int
    accuracy: float
    of_all: float


class Labelled(Struct, frozen=True, kw_only=True):
    """`level` is None in families without usable levels."""

    text: str
    level: Level | None
    content: str
    template: str


def families(folder: Path = FOLDER) -> tuple[str, ...]:
    return tuple(sorted(path.name.partition("_2k")[0] for path in folder.glob("*_2k.log")))


def labelled(family: str, folder: Path = FOLDER) -> list[Labelled]:
    text = (folder / f"{family}_2k.log").read_bytes().decode("utf-8", "replace").replace("\r\n", "\n")
    lines = [line for line in text.split("\n") if line]
    with (folder / f"{family}_2k.log_structured.csv").open(encoding="utf-8", errors="replace", newline="") as file:
        rows = list(csv.DictReader(file))
    return [
        Labelled(
            text=line,
            level=level_of(row["Level"]) if family in LEVELS else None,
            content=row["Content"],
            template=row["EventId"],
        )
        for line, row in zip(lines, rows, strict=True)
    ]


def errors(folder: Path = FOLDER) -> list[Found]:
    """Two rows a family with usable levels, and one by words alone."""
    found = []
    for family in (each for each in families(folder) if each in LEVELS):
        lines = labelled(family, folder)
        found += [_found(family, lines, level) for level in (Level.ERROR, Level.WARNING)]
        found.append(_by_words(family, lines))
    return found


def _found(family: str, lines: Sequence[Labelled], threshold: Level) -> Found:
    candidate = re.compile(expression(threshold), re.IGNORECASE).search
    read = Reader(WHEN).read
    return _counted(
        family,
        threshold.name,
        [(each.level or 0) >= threshold for each in lines],
        [candidate(each.text) is not None and (grave(read(each.text)) or 0) >= threshold for each in lines],
    )


def _by_words(family: str, lines: Sequence[Labelled]) -> Found:
    """Words cannot tell a warning from an error: to find a warning is right."""
    return _counted(
        family,
        BY_WORDS,
        [(each.level or 0) >= Level.WARNING for each in lines],
        [(grave(Line(message=each.content)) or 0) >= Level.ERROR for each in lines],
    )


def _counted(family: str, what: str, labels: Iterable[bool], finds: Iterable[bool]) -> Found:
    pairs = list(zip(labels, finds, strict=True))
    return Found(
        family=family,
        what=what,
        labelled=sum(label for label, _ in pairs),
        found=sum(find for _, find in pairs),
        right=sum(label and find for label, find in pairs),
    )


def grouping(folder: Path = FOLDER) -> list[Grouped]:
    """One row a family."""
    return [_grouped(family, labelled(family, folder)) for family in families(folder)]


def _grouped(family: str, lines: Sequence[Labelled]) -> Grouped:
    def trouble(each: Labelled) -> bool:
        level = each.level if family in LEVELS and family != "Windows" else grave(Line(message=each.content))
        return level is not None and level >= Level.WARNING

    pairs = [(pattern_of(each.content), each.template) for each in lines]
    grave_ones = [pair for pair, each in zip(pairs, lines, strict=True) if trouble(each)]
    return Grouped(
        family=family,
        lines=len(grave_ones),
        patterns=len({pattern for pattern, _ in grave_ones}),
        templates=len({template for _, template in grave_ones}),
        accuracy=accuracy(grave_ones),
        of_all=accuracy(pairs),
    )


def accuracy(pairs: Sequence[tuple[str, str]]) -> float:
    """The share of lines in groups that are exactly a template's. Of (pattern, template) by line."""
    groups: dict[str, set[int]] = defaultdict(set)
    wanted: dict[str, set[int]] = defaultdict(set)
    for number, (pattern, template) in enumerate(pairs):
        groups[pattern].add(number)
        wanted[template].add(number)
    right = sum(len(group) for group in groups.values() if group == wanted[pairs[min(group)][1]])
    return right / len(pairs) if pairs else 1.0


def quality(length: Length, folder: Path = FOLDER) -> Iterator[Row]:
    """How right errors are found and grouped, on labelled logs."""
    if not families(folder):
        for part in (FOUND, GROUPS):
            yield {"part": part, "name": "labelled logs", "missing": "they are in no folder here"}
        return
    for each in errors(folder):
        row = {"labelled": each.labelled, "found": each.found, "recall": each.recall, "precision": each.precision}
        known = {figure: value for figure, value in row.items() if value is not None}
        yield {"part": FOUND, "name": f"{each.family}, {each.what}", **known}
    for group in grouping(folder):
        row = {"lines": group.lines, "patterns": group.patterns, "templates": group.templates}
        yield {"part": GROUPS, "name": group.family, **row, "accuracy": group.accuracy, "of_all": group.of_all}
