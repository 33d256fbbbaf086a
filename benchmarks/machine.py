"""The machine: what it is, how fast it is just now, and what a tree of processes uses of it."""

import os
import platform
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LAST_CPU = max(os.sched_getaffinity(0)) if len(os.sched_getaffinity(0)) > 1 else 0
"""Where the load generator runs; 0 where there is but one processor, which everything shares."""

SCRATCH = HERE / ".scratch"
"""What the bots write, on the disk that holds this repository."""


class MeasureError(Exception):
    """A measurement could not be made: in words for who runs it."""


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu` in seconds since the start, `rss` in bytes, of a process and all below it."""

    cpu: float
    rss: int


def usage(pid: int) -> Usage:
    cpu, rss = 0.0, 0
    root = psutil.Process(pid)
    for process in (root, *root.children(recursive=True)):
        times = process.cpu_times()
        cpu += times.user + times.system
        rss += process.memory_info().rss
    return Usage(cpu, rss)


def has_program(name: str) -> bool:
    return shutil.which(name) is not None


def fsyncs_per_second(seconds: float = 0.4) -> int:
    """How many times a second the disk makes 4 KiB durable: overwrites of a file that is there already."""
    SCRATCH.mkdir(exist_ok=True)
    path = SCRATCH / "probe"
    page = os.urandom(4096)
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.pwrite(file, page * 1024, 0)
        os.fsync(file)
        count, start = 0, time.perf_counter()
        while time.perf_counter() - start < seconds:
            os.pwrite(file, page, count % 1024 * 4096)
            os.fdatasync(file)
            count += 1
        return round(count / (time.perf_counter() - start))
    finally:
        os.close(file)
        path.unlink()


def loops_per_millisecond() -> int:
    """Rounds of a fixed piece of Python a millisecond, the best of three: shows a neighbour that steals time unseen."""
    best = float("inf")
    for _ in range(3):
        start, total = time.perf_counter(), 0
        for number in range(300_000):
            total += number * number % 7
        best = min(best, time.perf_counter() - start)
    return round(300 / best)


def probes() -> dict[str, int]:
    return {"disk": fsyncs_per_second(), "cpu": loops_per_millisecond()}


def described() -> str:
    """Processor, memory and system, in a line."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{os.cpu_count()} × {model}, {memory:.0f} GiB, Linux {platform.release()}, Python {platform.python_version()}"
    )
