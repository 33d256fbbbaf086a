"""Logs read by real processes: in ranges, packed, broken off, and whatever lies in a file."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from domain.log_lines import Level
from services.logscan.base import Reading
from services.logscan.scanner import Part, Scanner
from tests.services.log_reference import NEAR, READING, gzipped, part, told, zstded

LINES = b"".join(
    b"2026-11-21 03:%02d:%02d,%03d [exec-%d] %s Payment %d failed for user %d\n"
    % (i // 60 % 60, i % 60, i % 1000, i % 7, b"ERROR" if i % 3 else b"INFO ", i, i * 7)
    for i in range(3000)
)
FAILED = "Payment <*> failed for user <*>"


@pytest.fixture
async def scanner() -> AsyncIterator[Scanner]:
    scanner = Scanner(2, range_size=20_000)
    yield scanner
    await scanner.close()


async def test_a_large_file_is_read_in_ranges_by_two_processes(scanner: Scanner, tmp_path: Path) -> None:
    [read] = await scanner.scan([part(tmp_path, LINES)], READING)
    [found] = read.findings
    assert (read.end, read.lines, read.hits, read.error) == (len(LINES), 3000, 3000, "")
    assert (found.pattern, found.level, found.count) == (FAILED, Level.ERROR, 2000)
    assert found.sample.text == "2026-11-21 03:00:01,001 [exec-1] ERROR Payment 1 failed for user 7"
    assert LINES[found.sample.offset :].startswith(found.sample.text.encode())
    assert found.files == {str(tmp_path / "app.log"): 2000}
    assert found.hours == {"2026-11-21T03": 2000}
    assert (found.first_at.minute, found.last_at.minute) == (0, 49)


async def test_packed_files_give_the_same(scanner: Scanner, tmp_path: Path) -> None:
    half = LINES.index(b"\n", len(LINES) // 2) - 5
    parts = [
        part(tmp_path, LINES),
        part(tmp_path, gzipped(LINES[:half], b"", LINES[half:]), "app.log.1.gz", packing="gzip"),
        part(tmp_path, zstded(LINES[:half], LINES[half:]), "app.log.2.zst", packing="zstd"),
    ]
    plain, *others = await scanner.scan(parts, READING)
    for other in others:
        assert (other.end, other.lines, other.hits, other.error) == (plain.end, plain.lines, plain.hits, "")
        assert told(other) == told(plain) == {FAILED: 2000}


async def test_it_goes_on_where_it_was(scanner: Scanner, tmp_path: Path) -> None:
    for packing, data in (("", LINES), ("gzip", gzipped(LINES)), ("zstd", zstded(LINES))):
        given = part(tmp_path, data, f"app.{packing}", packing=packing)
        start, count = 0, 0
        while start < len(LINES):
            [read] = await scanner.scan([Part(path=given.path, packing=packing, start=start, most=50_000)], READING)
            assert not read.error
            assert start < read.end < start + 50_100
            assert LINES[read.end - 1 : read.end] == b"\n"
            start, count = read.end, count + told(read).get(FAILED, 0)
        assert count == 2000


async def test_a_last_line_without_its_end_waits_until_the_file_is_final(scanner: Scanner, tmp_path: Path) -> None:
    growing = part(tmp_path, b"ERROR one failed\nERROR two fai", final=False)
    [read] = await scanner.scan([growing], READING)
    assert (read.end, read.lines, told(read)) == (17, 1, {"one failed": 1})
    [read] = await scanner.scan([Part(path=growing.path, start=17, final=True)], READING)
    assert (read.end, read.lines, told(read)) == (30, 1, {"two fai": 1})


async def test_what_is_below_the_threshold_is_no_finding(scanner: Scanner, tmp_path: Path) -> None:
    given = part(tmp_path, b"WARNING disk fails soon\nERROR disk failed\nCRITICAL disk failed for good\n")
    for threshold, count in ((Level.WARNING, 3), (Level.ERROR, 2), (Level.CRITICAL, 1)):
        [read] = await scanner.scan([given], Reading(near=NEAR, threshold=threshold))
        assert sum(told(read).values()) == count


async def test_files_that_cannot_be_read_say_why(scanner: Scanner, tmp_path: Path) -> None:
    parts = [
        Part(path=str(tmp_path / "gone.log")),
        Part(path=str(tmp_path / "gone.gz"), packing="gzip"),
        Part(path=str(tmp_path)),
        part(tmp_path, b"this is no gzip", "a.gz", packing="gzip"),
        part(tmp_path, b"this is no zstd", "a.zst", packing="zstd"),
        part(tmp_path, gzipped(LINES)[:-20], "cut.gz", packing="gzip"),
        part(tmp_path, b"ERROR failed\n", "fine.log"),
    ]
    gone, gone_gz, folder, no_gz, no_zst, cut, fine = await scanner.scan(parts, READING)
    assert gone.error == gone_gz.error == "No such file or directory"
    assert folder.error == "not a file"
    assert no_gz.error.startswith("no gzip data")
    assert no_zst.error.startswith("no zstd data")
    assert cut.error == "the gzip data end too early"
    assert told(cut)[FAILED] > 1000
    assert LINES[cut.end - 1 : cut.end] == b"\n"
    assert (told(fine), fine.error) == ({"failed": 1}, "")


async def test_an_unknown_format_or_zone_is_told(scanner: Scanner, tmp_path: Path) -> None:
    given = part(tmp_path, LINES)
    for reading in (Reading(near=NEAR, format="xml"), Reading(near=NEAR, zone="Asia/Atlantis")):
        [read] = await scanner.scan([given], reading)
        assert (read.end, read.findings) == (0, ())
        assert "xml" in read.error or "Atlantis" in read.error
    [read] = await scanner.scan([given], READING)
    assert told(read) == {FAILED: 2000}


def endless(folder: Path) -> Part:
    """Packed lines that would be read for minutes."""
    return part(folder, gzipped(b"INFO all is well\n" * 500_000) * 500, "endless.gz", packing="gzip")


async def reading(path: str) -> psutil.Process:
    """The process that reads it by now."""
    while True:
        for each in psutil.Process().children():
            if path in (file.path for file in each.open_files()):
                return each
        await asyncio.sleep(0.01)


async def test_a_process_that_is_killed_is_an_error_once(scanner: Scanner, tmp_path: Path) -> None:
    given = endless(tmp_path)
    scan = asyncio.ensure_future(scanner.scan([given, part(tmp_path, LINES)], READING))
    os.kill((await reading(given.path)).pid, signal.SIGKILL)
    killed, other = await scan
    assert killed.error == "the process that read it has ended (-9)"
    assert (told(other), other.error) == ({FAILED: 2000}, "")
    [read] = await scanner.scan([part(tmp_path, LINES)], READING)
    assert (told(read), read.error) == ({FAILED: 2000}, "")


async def test_closing_ends_processes_and_scans_at_once(scanner: Scanner, tmp_path: Path) -> None:
    given = endless(tmp_path)
    scan = asyncio.ensure_future(scanner.scan([given], READING))
    process = await reading(given.path)
    await scanner.close()
    [read] = await asyncio.wait_for(scan, 10)
    assert read.error
    assert not process.is_running()


async def test_a_scanner_that_is_closed_while_it_starts_leaves_no_process(tmp_path: Path) -> None:
    scanner = Scanner(2)
    before = set(psutil.Process().children())
    scan = asyncio.ensure_future(scanner.scan([part(tmp_path, LINES)], READING))
    await asyncio.sleep(0)
    await scanner.close()
    [read] = await scan
    assert (read.end, read.error) == (0, "the scanner is closed")
    assert set(psutil.Process().children()) == before
