"""Logs in which something goes wrong, for the tests of what ops hear of them: scans whose results a test decides."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from bot.clock import BusinessClock
from domain.events import Arrival, EffectDone
from domain.fingerprints import fingerprint, pattern_of
from domain.log_findings import Finding, Sample, hour_of
from domain.log_lines import Level
from domain.log_patterns import LogPattern, SourceStatus
from domain.log_scans import Scanned
from domain.log_sources import LogRules, Source
from handlers import log_alerts
from handlers.flow import Outcome, Turn
from handlers.registry import EFFECT_RESULTS
from tests.talk import Talk

SOURCE = Source(id="api", globs=("/var/log/api/*.log",), team="payments", silent_after=timedelta(hours=2))
SCAN = timedelta(seconds=30)


def finding(
    text: str, count: int = 1, *, at: datetime, level: Level = Level.ERROR, path: str = "/var/log/api/api.log"
) -> Finding:
    """So many lines like this one, all of the same second."""
    pattern = pattern_of(text)
    return Finding(
        id=fingerprint(pattern),
        pattern=pattern,
        level=level,
        count=count,
        first_at=at,
        last_at=at,
        sample=Sample(at=at, path=path, offset=0, text=text),
        files={path: count},
        hours={hour_of(at): count},
    )


def named(number: int) -> str:
    """One of many patterns: letters alone, since numbers are masked."""
    return f"ERROR broken part {chr(97 + number // 26 % 26)}{chr(97 + number % 26)}{chr(97 + number // 676)}x"


@dataclass
class Watch:
    talk: Talk
    rules: LogRules = field(default_factory=LogRules)
    sources: dict[str, Source] = field(default_factory=lambda: {SOURCE.id: SOURCE})
    count: int = 0

    @property
    def clock(self) -> BusinessClock:
        return self.talk.simulation.clock

    async def scans(
        self,
        *findings: Finding,
        source: str = SOURCE.id,
        read: int = 1000,
        waiting: int = 0,
        error: str = "",
        rest: bool = True,
        **more: Any,
    ) -> None:
        """One scan of the source brings this. `rest`: until all has been said."""
        scanned = Scanned(
            source=source, at=self.clock.now(), findings=findings, files=1, read=read, waiting=waiting, **more
        )
        self.count += 1
        done = EffectDone(
            effect=f"scan-{self.count}",
            name="test-scan",
            record=source,
            result={"scan": msgspec.json.encode(scanned).decode()},
            error=error,
        )
        arrival = Arrival(source="test", external_id=f"scan-{self.count}", conversation="logs:all", event=done)
        await self.talk.service.inbox.accept([arrival])
        if rest:
            await self.talk.quiet()
        while await self.talk.service.storage.waiting():
            await asyncio.sleep(0.005)

    async def finds(self, text: str, count: int = 1, **more: Any) -> None:
        """One scan brings this, written just now."""
        await self.scans(finding(text, count, at=self.clock.now(), **more))

    async def begun(self) -> "Watch":
        """The source has been read before: what comes now is no backlog."""
        now = self.clock.now()
        await self.talk.service.storage.save(SourceStatus(id=SOURCE.id, scanned_at=now, grew_at=now))
        return self

    async def later(self, after: timedelta = SCAN) -> None:
        """So much later, everything that is due by then has been done."""
        await self.talk.quiet()
        await self.talk.later(after)
        await self.talk.quiet()
        nothing = 0
        while nothing < 2:  # a job finds nothing also where the scheduler is just at it
            nothing = 0 if await self.talk.service._scheduler.run_now() else nothing + 1
            await self.talk.quiet()

    async def pattern(self, text: str) -> LogPattern:
        found = await self.talk.service.storage.get(LogPattern, fingerprint(pattern_of(text)))
        assert found
        return found

    async def _on_scanned(self, turn: Turn, done: EffectDone) -> Outcome:
        source = self.sources[done.record]
        before = await turn.records.get(SourceStatus, source.id)
        if done.error:
            status, told = await log_alerts.of_refusal(turn, source, done.error, before)
        else:
            scanned = msgspec.json.decode(done.result["scan"], type=Scanned)
            status, told = await log_alerts.of_scan(turn, source, self.rules, scanned, before)
        return told + Outcome(save=(status,))


def watching(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Watch:
    watch = Watch(talk)
    monkeypatch.setitem(EFFECT_RESULTS, "test-scan", watch._on_scanned)
    return watch
