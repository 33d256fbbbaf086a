"""How much one scan takes on, and what it answers where it cannot."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import msgspec
import pytest
from msgspec.structs import replace

from bot import log_services
from bot.effects import Done, Later, Refused
from bot.log_services import LARGEST, LogScans
from domain.effects import Effect
from domain.log_findings import Finding
from domain.log_scans import ALL, SCAN, Scanned
from domain.log_sources import LogWatch, Source
from services.logscan import streams
from services.logscan.base import Part, Read, Reading
from storage.base import StorageUnavailable
from tests.bot.log_folder import AT, Folder, Lines, Streams


def asked(source: str = "app") -> Effect:
    params = {"source": source, "at": AT.isoformat()}
    return Effect(id="scan", name=SCAN, record=source, conversation=ALL, params=params)


def watch(folder: Path) -> LogWatch:
    return LogWatch(sources=(Source(id="app", globs=(f"{folder}/*.log*",)),))


async def test_a_backlog_is_read_in_steps_small_files_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_services, "MOST_READ", 1000)
    monkeypatch.setattr(log_services, "LEAST_READ", 1000)
    logs = Folder(tmp_path)
    large, small = logs.write("large.log", 200), logs.write("small.log", 2)
    first = await logs.scan()
    assert set(small) < set(logs.counted)
    assert first.read < 1100
    scans, waiting = 1, first.waiting
    assert waiting == sum(path.stat().st_size for path in tmp_path.iterdir()) - first.read
    while waiting:
        scanned = await logs.scan()
        assert scanned.waiting < waiting
        scans, waiting = scans + 1, scanned.waiting
    assert scans > 3
    assert logs.counted == dict.fromkeys(large + small, 1)


async def test_a_packed_backlog_is_read_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_services, "MOST_READ", 5000)
    monkeypatch.setattr(log_services, "LEAST_READ", 5000)
    logs = Folder(tmp_path)
    lines = logs.write("app.log.1", 2000)
    logs.pack("app.log.1", "app.log.1.gz")
    logs.remove("app.log.1")
    scans = 1
    while (await logs.scan()).waiting:
        scans += 1
    assert scans > 5
    assert logs.counted == dict.fromkeys(lines, 1)


async def test_no_more_streams_than_one_commit_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_CHANGED", 10)
    logs = Folder(tmp_path)
    lines = [line for number in range(35) for line in logs.write(f"{number}.log")]
    sizes = []
    while (scanned := await logs.scan()).streams:
        sizes.append(len(scanned.streams))
    assert sizes == [10, 10, 10, 5]
    assert logs.counted == dict.fromkeys(lines, 1)
    for number in range(35):
        logs.remove(f"{number}.log")
    sizes = []
    while (scanned := await logs.scan()).streams:
        sizes.append(len(scanned.streams))
    assert sizes == [10, 10, 10, 5]
    assert all(each.gone_at == AT for each in logs.streams.records.values())


async def test_thousands_of_files_that_begin_alike_are_told_apart(tmp_path: Path) -> None:
    logs = Folder(tmp_path)
    header = "# a program that says the same at each start\n" * 10
    lines = []
    for number in range(1100):
        (tmp_path / f"{number}.log").write_text(f"{header}line {number}\n")
        lines.append(f"line {number}")
    logs.later(streams.STILL)
    while (await logs.scan()).waiting:
        pass
    assert {line: n for line, n in logs.counted.items() if line.startswith("line")} == dict.fromkeys(lines, 1)
    began = perf_counter()
    assert (await logs.scan()).streams == ()
    assert perf_counter() - began < 2  # of files that lie still, none is opened


class Various(Lines):
    """Each line is an error of its own, with a long sample."""

    async def scan(self, parts: Sequence[Part], settings: Reading) -> tuple[Read, ...]:
        return tuple([_blown_up(each) for each in await super().scan(parts, settings)])


def _blown_up(read: Read) -> Read:
    return replace(read, findings=tuple(_long(each) for each in read.findings))


def _long(finding: Finding) -> Finding:
    return replace(finding, sample=replace(finding.sample, text="x" * 16_000))


@pytest.mark.parametrize("files", [1, 8])
async def test_a_result_is_never_larger_than_an_entry_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: int
) -> None:
    monkeypatch.setattr(log_services, "LARGEST", LARGEST // 100)
    logs = Folder(tmp_path)
    logs.lines = Various()
    logs.forgets()
    for number in range(files):
        logs.write(f"{number}.log", 400 // files)
    scans = 0
    while (scanned := await logs.scan()).read:
        assert len(msgspec.json.encode(scanned)) <= LARGEST // 100
        scans += 1
    assert logs.counted.total() == 400
    assert scans == (1 if files == 1 else files)
    assert (logs.counted[""] > 0) == (files == 1)  # one alone has too many for a pattern each


async def test_what_cannot_be_asked_is_refused_or_asked_again(tmp_path: Path) -> None:
    class Away(Streams):
        async def find(self, *_: object, **__: object) -> tuple[()]:
            raise StorageUnavailable("away")

    scans = LogScans(watch(tmp_path), Away(), Lines())  # type: ignore[arg-type]  # all that it reads
    assert await scans.scan(asked("other")) == Refused("there is no source 'other'")
    assert await scans.scan(asked()) == Later(detail="away")


async def test_what_a_stop_breaks_off_is_no_failure(tmp_path: Path) -> None:
    """The reader's processes are ended; their errors say nothing of the files."""
    (tmp_path / "app.log").write_text("line\n")
    reading, stopped = asyncio.Event(), asyncio.Event()

    class Ended(Lines):
        async def scan(self, parts: Sequence[Part], settings: Reading) -> tuple[Read, ...]:
            reading.set()
            await stopped.wait()
            return tuple(Read(end=part.start, error="the process that read it has ended") for part in parts)

        async def close(self) -> None:
            stopped.set()

    scans = LogScans(watch(tmp_path), Streams(), Ended())  # type: ignore[arg-type]  # all that it reads
    answer = asyncio.create_task(scans.scan(asked()))
    await reading.wait()
    await scans.close()
    assert isinstance(await answer, Later)


async def test_the_loop_goes_on_while_files_are_looked_at(tmp_path: Path) -> None:
    for number in range(500):
        (tmp_path / f"{number}.log").write_text(f"line {number}\n")
    scans = LogScans(watch(tmp_path), Streams(), Lines())  # type: ignore[arg-type]  # all that it reads
    answer = asyncio.create_task(scans.scan(asked()))
    turns = 0
    while not answer.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100
    result = await answer
    assert isinstance(result, Done)
    scanned = msgspec.json.decode(result.result["scan"], type=Scanned)
    assert (scanned.lines, scanned.at - AT) == (500, timedelta())
