"""`make bench`: measures Sahut and the peers that are installed, in turn, and writes the tables of
benchmarks/README.md.
"""

import argparse
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks import due, logscan, logscan_quality, messages, mongo, orders, report, sends, servers
from benchmarks.contestants import PEERS, versions
from benchmarks.machine import ROOT, MeasureError, described
from benchmarks.messages import Length, Row

PARTS: dict[str, Callable[[Length], Iterator[Row]]] = {
    "messages": messages.side_by_side,
    "steady": messages.steady,
    "stalls": messages.stalls,
    "memory": messages.memory,
    "fsyncs": messages.fsyncs,
    "ready": messages.ready,
    "mongo": mongo.on_mongo,
    "sends": sends.sends,
    "due": due.due,
    "orders": orders.orders,
    "servers": servers.servers,
    "logscan": logscan.logscan,
    "quality": logscan_quality.quality,
}


def arguments() -> argparse.ArgumentParser:
    told = "\n".join(f"  {name:10}{(part.__doc__ or '').split(chr(10))[0]}" for name, part in PARTS.items())
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=...",
        description="Measures Sahut and the peers that are installed.",
        epilog=f"parts:\n{told}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="what to measure (default: everything)")
    parser.add_argument("--short", action="store_true", help="one round of 3 s: to see that it works; keeps nothing")
    parser.add_argument("--only", default="", metavar="NAME", help="contestants with this in their name; keeps nothing")
    parser.add_argument("--megabytes", type=int, default=0, help="of each log that is scanned; keeps nothing")
    return parser


def main() -> int:
    given = arguments().parse_args()
    # Ends every process it has started, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    if unknown := set(given.parts) - set(PARTS):
        print(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    length = Length(rounds=1, seconds=3.0, megabytes=50) if given.short else Length()
    length = replace(length, only=given.only, megabytes=given.megabytes or length.megabytes)
    chosen = [name for name in PARTS if not given.parts or name in given.parts]
    rows: list[Row] = []
    try:
        for name in chosen:
            rows += _measured(name, length)
    except MeasureError as problem:
        print(f"make bench: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    if given.short or given.only or given.megabytes:
        print(f"\n{report.tables(rows)}")
        return 0
    report.keep(rows)
    print(f"\n{report.tables(report.latest())}")
    written = report.write(report.latest())
    print("Written to benchmarks/README.md." if written else "Not written: that needs every part, measured here once.")
    return 0


def _measured(name: str, length: Length) -> list[Row]:
    """The rows of a part, each told as it comes."""
    run = {
        "run": f"{time.time():.0f}",
        "at": time.strftime("%d %B %Y, %H:%M UTC", time.gmtime()),
        "commit": _commit(),
        "machine": described(),
        "peers": versions(),
    }
    rows = []
    for row in PARTS[name](length):
        print(f"{name:9} {row['name']:42} {report.told(row)}", flush=True)
        rows.append({**run, **row})
    return rows


def _commit() -> str:
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty", "--exclude=*"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return said.stdout.strip() or "unknown"


if __name__ == "__main__":
    if not PEERS.is_dir():
        print(f"No peers in {PEERS}: make bench-peers installs them. Sahut is measured alone.", file=sys.stderr)
    sys.exit(main())
