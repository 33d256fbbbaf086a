"""One scan after another: what it found and how far it read are known by its one commit."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from bot import build, effect_services
from bot.effects import Answer, Done, Refused, Service
from domain.effects import Effect
from domain.log_findings import Finding, Sample, hour_of
from domain.log_lines import Level
from domain.log_patterns import LogHour, LogPattern, SourceStatus
from domain.log_scans import SCAN, LogStream, Scanned
from domain.log_sources import LogRules, LogWatch, Source
from tests.talk import Talk

EVERY = timedelta(hours=1)


def found(at: datetime, count: int = 2) -> Finding:
    return Finding(
        id="00000000000000aa",
        pattern="disk <*> is full",
        level=Level.ERROR,
        count=count,
        first_at=at,
        last_at=at,
        sample=Sample(at=at, path="/var/log/app.log", offset=0, text="ERROR disk 7 is full"),
        files={"/var/log/app.log": count},
        hours={hour_of(at): count},
    )


def stream(at: datetime, offset: int, version: int = 0) -> LogStream:
    return LogStream(
        id="app-1", version=version, source="app", path="/var/log/app.log", offset=offset, seen_at=at, head="h",
        head_size=1, tail="t", tail_size=1,
    )  # fmt: skip


class Scans:
    """Answers as it is told to."""

    def __init__(self) -> None:
        self.asked: list[Effect] = []
        self.answer: Callable[[datetime], Scanned | Refused] = lambda at: Scanned(source="app", at=at)

    async def carry_out(self, effect: Effect) -> Answer:
        self.asked.append(effect)
        answer = self.answer(datetime.fromisoformat(effect.params["at"]))
        return answer if isinstance(answer, Refused) else Done({"scan": msgspec.json.encode(answer).decode()})


@pytest.fixture
def scans(monkeypatch: pytest.MonkeyPatch) -> Scans:
    scans = Scans()
    services = effect_services.services

    def with_scans(*given: object) -> dict[str, Service]:
        return {**services(*given), SCAN: scans.carry_out}  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(build, "services", with_scans)
    return scans


@pytest.fixture
async def talk(tmp_path: Path, scans: Scans) -> AsyncIterator[Talk]:
    watch = LogWatch(sources=(Source(id="app", globs=("/var/log/app.log",)),), rules=LogRules(every=EVERY))
    talk = await Talk.begin(tmp_path, logs=watch)
    await talk.quiet()
    yield talk
    await talk.end()


async def pattern(talk: Talk) -> LogPattern | None:
    return await talk.service.storage.get(LogPattern, "00000000000000aa")


async def next_scan(talk: Talk) -> None:
    await talk.later(EVERY)
    await talk.quiet()


async def test_what_was_found_is_counted_with_how_far_it_was_read(talk: Talk, scans: Scans) -> None:
    scans.answer = lambda at: Scanned(
        source="app", at=at, streams=(stream(at, 10),), findings=(found(at),), files=1, lines=2, read=10
    )
    await next_scan(talk)
    first = await pattern(talk)
    assert first
    assert first.count == 2
    assert first.sources == {"app": 2}
    at = first.seen_at
    scans.answer = lambda at: Scanned(
        source="app", at=at, streams=(stream(at, 20, version=1),), findings=(found(at, 3),), files=1, lines=3, read=10
    )
    await next_scan(talk)
    again = await pattern(talk)
    assert again
    assert (again.count, again.seen_at) == (5, at)
    assert again.hours == {hour_of(at): 2, hour_of(at + EVERY): 3}
    kept = await talk.service.storage.get(LogStream, "app-1")
    assert kept
    assert kept.offset == 20
    hours = await talk.service.storage.find(LogHour, source="app")
    assert sorted(each.count for each in hours) == [2, 3]


async def test_a_scan_that_began_before_another_was_counted_is_dropped(talk: Talk, scans: Scans) -> None:
    now = talk.simulation.clock.now()
    await talk.service.storage.save(stream(now, 10))
    scans.answer = lambda at: Scanned(
        source="app", at=at, streams=(stream(at, 20),), findings=(found(at),), files=1, lines=2, read=20
    )
    await next_scan(talk)
    kept = await talk.service.storage.get(LogStream, "app-1")
    assert kept
    assert (kept.offset, kept.version) == (10, 1)
    assert await pattern(talk) is None
    scans.answer = lambda at: Scanned(
        source="app", at=at, streams=(stream(at, 20, version=1),), findings=(found(at),), files=1, lines=2, read=20
    )
    await next_scan(talk)
    counted = await pattern(talk)
    assert counted
    assert counted.count == 2


async def test_what_waits_is_read_at_once(talk: Talk, scans: Scans) -> None:
    left = [30, 20, 10, 0]
    scans.answer = lambda at: Scanned(source="app", at=at, files=1, read=10, waiting=left.pop(0))
    before = len(scans.asked)
    await next_scan(talk)
    assert left == []
    assert len(scans.asked) - before == 4
    status = await talk.service.storage.get(SourceStatus, "app")
    assert status
    assert (status.waiting, status.asked) == (0, "")


async def test_while_one_scan_runs_no_other_is_asked_for(talk: Talk, scans: Scans) -> None:
    status = await talk.service.storage.get(SourceStatus, "app")
    assert status is not None
    await talk.service.storage.save(replace(status, asked="logs-scan-app-in-1"))
    before = len(scans.asked)
    await next_scan(talk)
    await next_scan(talk)
    assert len(scans.asked) == before


async def test_what_cannot_be_scanned_is_told_and_tried_again(talk: Talk, scans: Scans) -> None:
    scans.answer = lambda at: Refused("no room")
    await next_scan(talk)
    status = await talk.service.storage.get(SourceStatus, "app")
    assert status
    assert (status.failing, status.asked) == ("no room", "")
    before = len(scans.asked)
    await next_scan(talk)
    assert len(scans.asked) == before + 1
