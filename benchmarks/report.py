"""The tables of benchmarks/README.md, from the rows of the runs."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.machine import HERE
from benchmarks.messages import Row
from benchmarks.targets import TARGETS, NotMeasured, Rows, Target, faults, times, verdict

RESULTS = HERE / ".results" / "rows.jsonl"
README = HERE / "README.md"
BEGIN, END = "<!-- measured: `make bench` writes from here -->", "<!-- measured: to here -->"
SAHUT = "Sahut"

Column = tuple[str, str, str]
"""Heading, figure, format."""

LOAD: tuple[Column, ...] = (
    ("messages/s", "per_second", ",.0f"),
    ("p50 ms", "p50", ".1f"),
    ("p95 ms", "p95", ".1f"),
    ("p99 ms", "p99", ".1f"),
    ("max ms", "max", ".0f"),
    ("ack p99 ms", "ack_p99", ".1f"),
    ("CPU s/1,000", "cpu_per_1000", ".3f"),
    ("RSS MiB", "rss", ".0f"),
)
SENDS: tuple[Column, ...] = (("sends/s", "per_second", ",.0f"), ("CPU s/1,000", "cpu_per_1000", ".3f"))
DUE: tuple[Column, ...] = (
    ("how many", "done", ",.0f"),
    ("seconds", "seconds", ".2f"),
    ("a second", "per_second", ",.0f"),
    ("loop blocked ms", "blocked", ",.0f"),
    ("CPU s/1,000", "cpu_per_1000", ".3f"),
)
ORDERS: tuple[Column, ...] = (
    ("orders/s", "per_second", ".2f"),
    ("an answer p50 ms", "answer_p50", ",.0f"),
    ("p95 ms", "answer_p95", ",.0f"),
    ("the link p50 ms", "link_p50", ",.0f"),
    ("p95 ms", "link_p95", ",.0f"),
    ("certain p50 ms", "certain_p50", ",.0f"),
    ("p95 ms", "certain_p95", ",.0f"),
    ("failures", "failures", ".0f"),
    ("CPU s/1,000", "cpu_per_1000", ",.1f"),
    ("Rp/1,000", "cost", ",.0f"),
    ("Rp for 36", "cost_of_36", ",.1f"),
    ("RSS MiB", "rss", ".0f"),
)
SERVERS: tuple[Column, ...] = (
    ("machines", "machines", ",.0f"),
    ("days", "days", ",.0f"),
    ("messages and mails", "done", ",.0f"),
    ("of them mails", "mails", ",.0f"),
    ("renewals", "renewals", ",.0f"),
    ("lost", "lost", ",.0f"),
    ("twice", "twice", ",.0f"),
    ("not asked for", "strays", ",.0f"),
    ("at odds", "odd", ",.0f"),
    ("seconds", "seconds", ",.0f"),
    ("a second", "per_second", ",.0f"),
    ("CPU s", "cpu", ",.0f"),
    ("CPU s/1,000", "cpu_per_1000", ".3f"),
    ("loop blocked ms", "blocked", ",.0f"),
    ("RSS MiB", "rss", ".0f"),
)
LOGS: tuple[Column, ...] = (
    ("MB/s", "per_second", ",.0f"),
    ("lines with a keyword", "hits", ",.0f"),
    ("errors", "errors", ",.0f"),
    ("patterns", "patterns", ",.0f"),
    ("CPU s", "cpu", ".2f"),
    ("MiB a worker", "rss", ",.0f"),
)
FOUND: tuple[Column, ...] = (
    ("labelled so", "labelled", ",.0f"),
    ("found", "found", ",.0f"),
    ("recall", "recall", ".3f"),
    ("precision", "precision", ".3f"),
)
GROUPS: tuple[Column, ...] = (
    ("lines of trouble", "lines", ",.0f"),
    ("patterns", "patterns", ",.0f"),
    ("templates", "templates", ",.0f"),
    ("accuracy", "accuracy", ".3f"),
    ("over all lines", "of_all", ".3f"),
)
SECTIONS: tuple[tuple[str, str, tuple[Column, ...]], ...] = (
    ("messages", "Side by side, 32 messages in flight", LOAD),
    ("steady", "At 300 messages a second", LOAD),
    ("stalls", "80 seconds without a break", LOAD),
    ("memory", "100,000 messages", (*LOAD, ("at rest MiB", "rss_at_rest", ".0f"), ("grown MiB", "grown", ".0f"))),
    ("fsyncs", "Under strace", (*LOAD[:4], ("fsyncs", "fsyncs", ",.0f"), ("fsyncs/message", "per_message", ".3f"))),
    ("ready", "Start", (("ready after s", "ready_after", ".2f"),)),
    (
        "mongo",
        "On MongoDB, 32 in flight: one web process, one worker and two",
        (*LOAD[:4], *LOAD[6:], ("Sahut's processors", "cores", ".2f"), ("the server's", "store_cores", ".2f")),
    ),
    ("sends", "Sends alone, 32 in flight", SENDS),
    ("due", "Due at one instant, and put down for later", DUE),
    ("orders", "Orders of a session, from the first word to the event in the calendar", ORDERS),
    ("servers", "Machines in a simulated year: warned of, renewed, suspended, destroyed", SERVERS),
    ("logscan", "Logs read for their errors", LOGS),
    ("found", "Errors found, by the levels that the lines are labelled with", FOUND),
    ("groups", "Errors put together, by the templates that the lines are labelled with", GROUPS),
)


def keep(rows: Sequence[Row]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def latest() -> list[Row]:
    """The rows of each part's last run."""
    if not RESULTS.exists():
        return []
    rows: list[Row] = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    last = {row["part"]: row["run"] for row in rows}
    return [row for row in rows if row["run"] == last[row["part"]]]


def write(rows: Sequence[Row]) -> bool:
    """Put the tables into the README; not where a part was never measured here."""
    if {target.part for target in TARGETS} - {row["part"] for row in rows}:
        return False
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n\n{tables(rows)}\n{END}{after}", encoding="utf-8")
    return True


def tables(rows: Sequence[Row]) -> str:
    """Whatever was measured, as Markdown."""
    found = Rows(rows)
    parts = found.parts()
    blocks = ["## Targets\n", _table(("what", "measured", "asked", ""), map(_target(found), _asked(parts)))]
    for part, title, columns in SECTIONS:
        if part in parts:
            mine = [row for row in rows if row["part"] == part]
            blocks += [f"\n## {title}\n", f"{_circumstances(mine)}\n", _section(found, part, columns)]
    return "\n".join(blocks) + "\n"


def _asked(parts: set[str]) -> list[Target]:
    return [target for target in TARGETS if target.part in parts]


def _target(rows: Rows) -> Any:
    def cells(target: Target) -> tuple[str, ...]:
        measured = verdict(target, rows)
        met = {True: "met", False: "**not met**", None: ""}[measured.met]
        return target.what, measured.shown, target.asked, met

    return cells


def _circumstances(rows: Sequence[Row]) -> str:
    """When and on what it ran; how the machine was meanwhile."""
    first = rows[0]
    said = [f"{first['at']}, commit {first['commit']}, {first['machine']}."]
    if first["part"] == "messages":
        said.append(f"Peers: {first['peers'] or 'none'}.")
    rounds = {row["round"] for row in rows if "round" in row}
    if len(rounds) > 1:
        said.append(f"Medians of {len(rounds)}.")
    probes = [row[when] for row in rows for when in ("before", "after") if when in row]
    if probes:
        disk, cpu = ([probe[what] for probe in probes] for what in ("disk", "cpu"))
        said.append(
            f"The disk made {min(disk):,} to {max(disk):,} fsyncs a second, the processor {min(cpu):,} to"
            f" {max(cpu):,} loops a millisecond."
        )
    return " ".join(said)


def _section(rows: Rows, part: str, columns: tuple[Column, ...]) -> str:
    against = ("Sahut's rate", "Sahut's CPU") if part == "messages" else ()
    heads = ("", *(head for head, _, _ in columns), *against)
    return _table(heads, (_line(rows, part, name, columns, bool(against)) for name in rows.names(part)))


def _line(rows: Rows, part: str, name: str, columns: tuple[Column, ...], compared: bool) -> tuple[str, ...]:
    try:
        mine = rows.of(part, name)
    except NotMeasured as why:
        return name, str(why)
    cells = [name]
    for _, figure, form in columns:
        if all(figure in row for row in mine):
            cells.append(f"{rows.median(part, name, figure):{form}}")
        else:
            cells.append("")
    if compared and name != SAHUT:
        try:
            rate, cost = (
                rows.median(part, SAHUT, figure) / rows.median(part, name, figure)
                for figure in ("per_second", "cpu_per_1000")
            )
            cells += [f"{rate:.2f} ×", times(cost)]
        except NotMeasured:
            pass
    return tuple(cells)


def _table(heads: Sequence[str], lines: Iterator[tuple[str, ...]] | Any) -> str:
    rows = [[*line, *[""] * (len(heads) - len(line))] for line in lines]
    ruled = [list(heads), ["---"] + ["---:" if heads[0] == "" else "---"] * (len(heads) - 1), *rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in ruled)


def told(row: Row) -> str:
    """A row as it is measured, in a line."""
    if "missing" in row:
        return f"not installed: {row['missing']}"
    if "error" in row:
        return f"failed: {row['error'].strip().splitlines()[-1]}"
    shown = [
        f"{head} {row[figure]:{form}}"
        for part, _, columns in SECTIONS
        for head, figure, form in columns
        if part == row["part"] and figure in row
    ]
    found = faults(row)
    return ", ".join([*shown, *([f"NOT VALID: {found}"] if found else [])])
