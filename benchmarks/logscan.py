"""Logs read for their errors, beside ripgrep and grep that only count the lines: the same expression over the same
files.

Sahut's figures are those of `services.logscan.scanner.Scanner` with everything on: the lines with a keyword found,
their level and time read, stack traces looked for, and the errors counted by pattern, hour and file, with samples.
The files are made in a temporary folder, are in the system's cache when they are read, and are removed afterwards.
"""

import os
import random
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
import uvloop

from benchmarks.machine import MeasureError, has_program, probes
from benchmarks.messages import MIB, Length, Row
from domain.log_lines import Level
from services.logscan.keywords import expression
from services.logscan.scanner import Part, Read, Reading, Scanner

PART = "logscan"
ROUNDS = 5
EXPRESSION = expression(Level.ERROR)
NEAR = datetime(2026, 11, 30, tzinfo=UTC)
RG, RG_Z, GREP = "rg -j1 -ci", "rg -z -j1 -ci", "grep -ciE"

_COMPONENTS = ("c.a.pay.PaymentService", "c.a.order.OrderController", "o.s.web.Dispatcher", "c.a.db.Pool")
_WELL = (
    "Request {n} handled in {m} ms for user {u}",
    "Cache hit for key user:{u}:profile",
    "Query took {m} ms rows={n}",
    "Job {n} scheduled at {m}",
)
_ILL = (
    "Payment {n} failed for user {u}: timeout after {m} ms",
    "java.lang.NullPointerException: order {n} is null",
    "Could not connect to db-{m}: connection refused error {n}",
    "Error while sending mail to user {u}",
)


@dataclass(frozen=True, slots=True)
class Corpus:
    """`errors`: the share of lines. `fresh`: each of them has a UUID that no other has. `packed`: by gzip."""

    name: str
    errors: float
    fresh: bool = False
    packed: bool = False


CORPORA = (
    Corpus("0.1 % errors", 0.001),
    Corpus("1 % errors", 0.01),
    Corpus("10 % errors", 0.1),
    Corpus("1 % errors, a UUID in each", 0.01, fresh=True),
    Corpus("1 % errors, gzip", 0.01, packed=True),
)


def named(corpus: Corpus, who: str) -> str:
    return f"{corpus.name}: {who}"


def sahut(workers: int) -> str:
    return "Sahut, one worker" if workers == 1 else f"Sahut, {workers} workers"


def logscan(length: Length) -> Iterator[Row]:
    """Logs read for their errors, beside ripgrep and grep."""
    rounds = ROUNDS if length.rounds > 1 else 1
    with tempfile.TemporaryDirectory(prefix="sahut-logscan-") as folder:
        for corpus in CORPORA:
            path = Path(folder, "app.log.gz" if corpus.packed else "app.log")
            try:
                size = make(path, corpus, length.megabytes * 1_000_000)
                yield from _rounds(path, corpus, size, rounds)
            except (MeasureError, OSError) as problem:
                yield {"part": PART, "name": named(corpus, sahut(1)), "error": str(problem)}
            finally:
                path.unlink(missing_ok=True)


def make(path: Path, corpus: Corpus, size: int) -> int:
    """Its bytes, unpacked. The same ones in every run. Raises MeasureError."""
    free = shutil.disk_usage(path.parent).free
    if free < 2 * size:
        raise MeasureError(f"{path.parent} has {free // MIB:,} MiB free, {2 * size // MIB:,} are needed")
    plain = path.with_suffix("") if corpus.packed else path
    written = 0
    with plain.open("wb") as file:
        for block in _blocks(random.Random(1), corpus):
            written += file.write(block)
            if written >= size:
                break
    if corpus.packed:
        subprocess.run(["gzip", str(plain)], check=True)
    return written


def _blocks(chance: random.Random, corpus: Corpus) -> Iterator[bytes]:
    """Of 20,000 lines, a fourteenth of a second apart in the mean: a minute has some 4,000 of them."""
    now = 0
    while True:
        lines = []
        for _ in range(20_000):
            now += chance.randrange(30)
            ill = chance.random() < corpus.errors
            message = chance.choice(_ILL if ill else _WELL).format(
                n=chance.randrange(10**6), m=chance.randrange(5000), u=chance.randrange(10**5)
            )
            if ill and corpus.fresh:
                number = f"{chance.getrandbits(128):032x}"
                message += f" id={number[:8]}-{number[8:12]}-4{number[13:16]}-{number[16:20]}-{number[20:]}"
            minute, second = divmod(now // 1000, 60)
            lines.append(
                f"2026-11-{1 + minute // 1440 % 28:02} {minute // 60 % 24:02}:{minute % 60:02}:{second:02}"
                f",{now % 1000:03} [exec-{chance.randrange(32)}] {'ERROR' if ill else 'INFO '}"
                f" {chance.choice(_COMPONENTS)} - {message}\n"
            )
        yield "".join(lines).encode()


def _rounds(path: Path, corpus: Corpus, size: int, rounds: int) -> Iterator[Row]:
    """Each in turn, so that what else the machine does meets all of them."""
    others = _others(path, corpus)
    for program, who in ((RG, RG), (RG_Z, RG_Z), (GREP, GREP)):
        if who in others and not has_program(program.split()[0]):
            yield {"part": PART, "name": named(corpus, who), "missing": others.pop(who)[0]}
    before = probes()
    _warm(path)
    counted: set[int] = set()
    for number in range(rounds):
        told = {"part": PART, "round": number, "before": before}
        for who, command in others.items():
            seconds, hits = _timed(command)
            counted.add(hits)
            yield {**told, "name": named(corpus, who), "per_second": size / seconds / 1e6, "hits": hits}
        for workers in (1, 2):
            row = uvloop.run(scanned(path, workers, packed=corpus.packed))
            wrong = {"wrong": abs(row["hits"] - max(counted))} if counted and counted != {row["hits"]} else {}
            per_second = size / row["seconds"] / 1e6
            yield {**told, "name": named(corpus, sahut(workers)), "per_second": per_second, **row, **wrong}


def _others(path: Path, corpus: Corpus) -> dict[str, list[str]]:
    if corpus.packed:
        return {RG_Z: ["rg", "-z", "-j1", "-ci", "-e", EXPRESSION, str(path)]}
    extended = EXPRESSION.replace("(?:", "(").replace(r"\d", "[0-9]")
    return {
        RG: ["rg", "-j1", "-ci", "-e", EXPRESSION, str(path)],
        GREP: ["grep", "-ciE", "-e", extended, str(path)],
    }


def _warm(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(8 << 20):
            pass


def _timed(command: list[str]) -> tuple[float, int]:
    """Seconds, and the count it prints."""
    began = time.perf_counter()
    environment = {**os.environ, "LC_ALL": "C"}
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    seconds = time.perf_counter() - began
    if ended.returncode not in (0, 1):
        raise MeasureError(f"{command[0]}: {ended.stderr.strip()}")
    return seconds, int(ended.stdout or 0)


async def scanned(path: Path, workers: int, *, packed: bool) -> Row:
    """Raises MeasureError."""
    scanner = Scanner(workers)
    reading = Reading(near=NEAR)
    try:
        # Its processes are started before, as they are in a service that scans every half minute.
        await scanner.scan([Part(path=__file__, final=True)] * workers, reading)
        mine = psutil.Process().children()
        cpu = _each(mine, lambda each: sum(each.cpu_times()[:2]))
        began = time.perf_counter()
        part = Part(path=str(path), packing="gzip" if packed else "", final=True, most=1 << 50)
        [read] = await scanner.scan([part], reading)
        seconds = time.perf_counter() - began
        cpu = _each(mine, lambda each: sum(each.cpu_times()[:2])) - cpu
        peak = max(map(_peak, mine), default=0)
    finally:
        await scanner.close()
    return _row(read, seconds, cpu, peak)


def _row(read: Read, seconds: float, cpu: float, peak: int) -> Row:
    if read.error:
        raise MeasureError(read.error)
    return {
        "seconds": seconds,
        "hits": read.hits,
        "errors": sum(each.count for each in read.findings),
        "patterns": len(read.findings),
        "cpu": cpu,
        "rss": peak / MIB,
    }


def _each(processes: list[psutil.Process], figure: Callable[[psutil.Process], float]) -> float:
    return sum(map(figure, processes))


def _peak(process: psutil.Process) -> int:
    """The most memory it ever had, in bytes."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))
