"""`python -m tests.reliability REPORT PAGE`: writes what the tests have counted into the tables of a page.

REPORT holds the lines of `tests.report`; the last of a test counts. Rows of tests that are not in it stay as they are.
"""

import json
import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Counts = dict[str, Any]

COLUMNS = ("accepted", "never answered", "turns committed twice", "recorded twice", "out of order", "sent twice")
"""What has a column of its own, where people talked."""

TALKS, OTHERS = "talks", "others"


def main() -> None:
    report, page = map(Path, sys.argv[1:])
    lines = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    talks = {line["test"]: talk(line["counts"]) for line in lines if "accepted" in line["counts"]}
    others = {line["test"]: [told(line["counts"])] for line in lines if "accepted" not in line["counts"]}
    text = page.read_text(encoding="utf-8")
    text = filled(text, TALKS, ("what happened", *COLUMNS, "seconds", "and"), talks)
    text = filled(text, OTHERS, ("what happened", "counted"), others)
    page.write_text(text, encoding="utf-8")


def talk(counts: Counts) -> list[str]:
    sent_twice = sum(value for name, value in counts.items() if name.startswith("sent twice on"))
    counts = {"sent twice": sent_twice, **counts}
    own = [str(counts[name]) for name in COLUMNS]
    left = {name: value for name, value in counts.items() if name not in (*COLUMNS, "seconds") and value}
    return [*own, str(counts["seconds"]), told(left)]


def told(counts: Counts) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in counts.items())


def filled(text: str, name: str, heading: tuple[str, ...], rows: dict[str, list[str]]) -> str:
    """The page with the rows between the table's marks; a row is known by its first cell."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, rest = text.split(begin)
    old, after = rest.split(end)
    known = {cells[0]: cells[1:] for cells in map(cells_of, old.splitlines()[2:]) if cells}
    day = datetime.now(UTC).date().isoformat()
    known.update({test: [*cells, day] for test, cells in rows.items()})
    table = [line((*heading, "run on")), line(["---"] * (len(heading) + 1))]
    table += [line((test, *cells)) for test, cells in known.items()]
    return before + begin + "\n".join(table) + "\n" + end + after


def cells_of(row: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]


def line(cells: tuple[str, ...] | list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
