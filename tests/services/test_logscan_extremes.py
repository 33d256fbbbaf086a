"""Logs that are no good: lines of megabytes, other encodings, rubbish, floods; and a service that is killed."""

import asyncio
import os
import random
import signal
import string
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from domain.fingerprints import fingerprint, pattern_of
from domain.log_findings import MOST_PATTERNS, OTHERS, together
from domain.log_lines import Level
from services.logscan import windows
from services.logscan.base import Part, Reading, Task
from services.logscan.scanner import Read, Scanner
from services.logscan.worker import Worker
from tests.services.log_reference import NEAR, READING, expected, gzipped, hits, part, told

MIB = 1 << 20
LONG = b"x" * 3 * MIB + b" refused " + b"y" * MIB


@pytest.fixture
async def scanner() -> AsyncIterator[Scanner]:
    scanner = Scanner(2, range_size=MIB)
    yield scanner
    await scanner.close()


async def test_lines_of_megabytes_are_searched_to_their_end_and_cut(scanner: Scanner, tmp_path: Path) -> None:
    data = b"INFO fine\nERROR " + LONG + b"\nINFO " + LONG + b"\nERROR disk failed\n"
    for given in (part(tmp_path, data), part(tmp_path, gzipped(data), "a.gz", packing="gzip")):
        [read] = await scanner.scan([given], READING)
        assert (read.end, read.lines, read.hits, read.error) == (len(data), 4, 3, "")
        assert sorted(each.count for each in read.findings) == [1, 1]
        assert max(len(each.sample.text) for each in read.findings) == 16_000


async def test_a_line_of_many_windows_counts_once(scanner: Scanner, tmp_path: Path) -> None:
    endless = b"ERROR refused " + b"z" * (windows.LONGEST + 3 * MIB) + b" failed" + b"z" * MIB
    data = b"INFO fine\n" + endless + b"\nERROR disk failed\n" + endless[:-MIB]
    [read] = await scanner.scan([part(tmp_path, data)], READING)
    assert (read.end, read.lines, read.hits, read.error) == (len(data), 4, 3, "")
    assert sum(each.count for each in read.findings) == 3
    [growing] = await scanner.scan([part(tmp_path, data, final=False)], READING)
    assert (growing.lines, growing.hits) == (4, 3)  # it is longer than any line has to be waited for


@pytest.mark.parametrize("coding", ["utf-16-le", "utf-16-be"])
async def test_utf_16_is_read(scanner: Scanner, tmp_path: Path, coding: str) -> None:
    text = "\ufeff" + "".join(f"2026-11-21 03:00:00 ERROR Gerät {n} failed: 失败\r\n" for n in range(30_000))
    data = text.encode(coding)
    for given in (part(tmp_path, data), part(tmp_path, gzipped(data), "a.gz", packing="gzip")):
        [read] = await scanner.scan([given], READING)
        [found] = read.findings
        assert (read.end, read.lines, read.hits, read.error) == (len(data), 30_000, 30_000, "")
        assert (found.pattern, found.count, found.first_at.hour) == ("Gerät <*> failed: ??", 30_000, 3)
        assert data[found.sample.offset :].decode(coding).startswith(found.sample.text.rstrip("?"))


async def test_rubbish_is_read_as_it_is(scanner: Scanner, tmp_path: Path) -> None:
    chance = random.Random(7)
    rubbish = chance.randbytes(2 * MIB) + b"\0" * MIB + b"\n" * 10_000 + b"\r\n\0error\0\r\n" + chance.randbytes(MIB)
    given = part(tmp_path, rubbish)
    [read] = await scanner.scan([given], READING)
    assert (read.end, read.hits, read.error) == (len(rubbish), hits(rubbish), "")
    assert read.lines == len(rubbish.split(b"\n"))
    assert together([read.findings]) == expected(rubbish, path=given.path)


async def test_a_file_that_is_cut_while_it_is_read_is_read_up_to_there(tmp_path: Path) -> None:
    line = b"2026-11-21 03:00:00 ERROR disk failed\n"
    path = tmp_path / "app.log"
    path.write_bytes(line * 100)
    worker = Worker()
    tasks = [
        Task(part=Part(path=str(path)), reading=READING, start=at, stop=at + len(line) * 10, whole=not at)
        for at in range(0, len(line) * 100, len(line) * 10)
    ]
    pieces = [next(worker.pieces(task)) for task in tasks[:3]]
    path.write_bytes(line * 25)
    pieces += [next(worker.pieces(task)) for task in tasks[3:]]
    assert [piece.lines for piece in pieces] == [10, 10, 10, 0, 0, 0, 0, 0, 0, 0]
    assert not any(piece.error for piece in pieces)


async def flood(scanner: Scanner, folder: Path, count: int) -> Read:
    """So many errors of 300 patterns."""
    words = ["".join(pair) for pair in zip(string.ascii_lowercase * 12, string.ascii_lowercase[7:] * 17, strict=False)]
    names = [f"{word}{word[::-1]} {string.ascii_lowercase[n % 26] * 3}" for n, word in enumerate(words[:300])]
    lines = (
        f"2026-11-21 {n // 60_000 % 24:02}:{n // 1000 % 60:02}:{n % 60:02} ERROR {names[n % 300]} of {n} failed\n"
        for n in range(count)
    )
    [read] = await scanner.scan([part(folder, "".join(lines).encode())], READING)
    assert (read.lines, read.hits, read.error) == (count, count, "")
    return read


async def test_a_flood_of_errors(scanner: Scanner, tmp_path: Path) -> None:
    read = await flood(scanner, tmp_path, 60_000)
    assert [each.count for each in read.findings] == [200] * 300


@pytest.mark.soak
async def test_a_million_errors_of_300_patterns(tmp_path: Path) -> None:
    scanner = Scanner(2)
    try:
        read = await flood(scanner, tmp_path, 1_000_000)
    finally:
        await scanner.close()
    assert sum(each.count for each in read.findings) == 1_000_000
    assert {each.count for each in read.findings} == {3333, 3334}


def words(count: int) -> list[str]:
    """So many that differ in their letters."""
    chance = random.Random(3)
    return ["".join(chance.choices(string.ascii_lowercase, k=12)) for _ in range(count)]


async def test_more_patterns_than_are_kept(scanner: Scanner, tmp_path: Path) -> None:
    count = 2 * MOST_PATTERNS + 500
    errors = [f"{word} failed" for word in words(count)]
    data = "".join(f"2026-11-21 03:00:00 ERROR {each}\n" for each in errors).encode()
    [read] = await scanner.scan([part(tmp_path, data)], READING)
    *kept, others = read.findings
    ids = sorted(fingerprint(pattern_of(each)) for each in errors)
    assert [(each.id, each.count) for each in kept] == [(each, 1) for each in ids[:MOST_PATTERNS]]
    assert (others.id, others.count, others.pattern) == (OTHERS, count - MOST_PATTERNS, "")


@pytest.mark.soak
async def test_no_file_takes_much_memory(tmp_path: Path) -> None:
    long = " and ".join(words(900))[:14_000]
    traces = "\n".join(f"\tat com.{word}.Main(Main.java:3)" for word in words(300))
    scanner = Scanner(1)
    logs = {
        "long.log": (f"2026-11-21 03:00:00 ERROR {word} failed {long}\n" for word in words(6000)),
        "traces.log": (f"2026-11-21 03:00:00 ERROR {word} failed\n{traces}\n" for word in words(5000)),
        "short.log": (f"err {word[:6]}\n" for word in words(100_000)),
        "hours.log": (
            f"{2000 + n % 27}-{1 + n % 12:02}-{1 + n % 28:02} {n % 24:02}:00:00 ERROR {word} failed\n"
            for n, word in enumerate(words(3000) * 100)
        ),
    }
    try:
        for name, lines in logs.items():
            data = "".join(lines).encode()
            for packing, kept in (("", data), ("gzip", gzipped(data))):
                [read] = await scanner.scan([part(tmp_path, kept, f"{name}.{packing}", packing=packing)], READING)
                assert not read.error
        [process] = psutil.Process().children()
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        assert peak < 150 * 1024
    finally:
        await scanner.close()


SERVICE = """
import asyncio, sys
from datetime import UTC, datetime
from services.logscan.scanner import Part, Reading, Scanner

async def main():
    scanner = Scanner(2)
    parts = [Part(path=path, packing="gzip") for path in sys.argv[1:]]
    await scanner.scan(parts, Reading(near=datetime(2026, 11, 21, tzinfo=UTC)))

asyncio.run(main())
"""


async def test_no_process_is_left_where_the_service_is_killed(tmp_path: Path) -> None:
    member = gzipped(b"INFO all is well\n" * 500_000)
    paths = [part(tmp_path, member * 500, name, packing="gzip").path for name in ("a.gz", "b.gz")]
    service = subprocess.Popen([sys.executable, "-c", SERVICE, *paths])
    try:
        readers: list[psutil.Process] = []
        while len(readers) < 2:
            assert service.poll() is None
            await asyncio.sleep(0.01)
            children = psutil.Process(service.pid).children()
            readers = [each for each in children if {file.path for file in each.open_files()} & set(paths)]
    finally:
        os.kill(service.pid, signal.SIGKILL)
        service.wait()
    gone, alive = psutil.wait_procs(readers, timeout=30)
    for each in alive:
        each.kill()
    assert len(gone) == 2


async def test_a_threshold_below_errors_finds_warnings(scanner: Scanner, tmp_path: Path) -> None:
    given = part(tmp_path, b"WARN disk is filling\nINFO fine\nERROR disk is full: failed\n")
    [read] = await scanner.scan([given], Reading(near=NEAR, threshold=Level.WARNING))
    assert told(read) == {"disk is filling": 1, "disk is full: failed": 1}
