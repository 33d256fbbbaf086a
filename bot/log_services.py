"""Scans of logs as the service makes them: what carries out `domain.log_scans.SCAN`."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec
from msgspec.structs import replace

from bot.clock import real_now
from bot.effects import AT_ONCE, CALL_SECONDS, Answer, Done, Later, Refused, Service
from domain.effects import Effect
from domain.log_findings import Finding, bounded, together
from domain.log_scans import SCAN, LogStream, Scanned
from domain.log_sources import LogWatch, Source
from services.logscan.base import Part, Read, Reading
from services.logscan.scanner import Scanner
from services.logscan.streams import Job, Memory, Plan, Settled, new_ids, plan, settled
from storage.base import Storage, StorageUnavailable

MOST_STREAMS = 200_000
MOST_READ, LEAST_READ = 256 << 20, 4 << 20
"""Bytes that one scan reads."""
RATE = 30e6
"""Bytes in a second that are read, as long as it has not been measured here."""
LARGEST = 4 << 20
"""Bytes of a result: it is one entry of the inbox."""
SAMPLES = (4000, 1000, 250)
"""Characters that samples are cut to where a result would be larger."""
MOST_FAILED = 100
"""Files that could not be read and are told by name."""


class Scans(Protocol):
    """What reads: `services.logscan.scanner.Scanner`."""

    async def scan(self, parts: Sequence[Part], settings: Reading) -> tuple[Read, ...]: ...

    async def close(self) -> None: ...


class LogScans:
    """`clock` is the present in seconds since 1970, as disks have it."""

    def __init__(
        self, watch: LogWatch, storage: Storage, scanner: Scans, clock: Callable[[], float] = real_now
    ) -> None:
        self._watch = watch
        self._storage = storage
        self._scanner = scanner
        self._clock = clock
        self._memories: dict[str, Memory] = {each.id: Memory() for each in watch.sources}
        self._seconds = CALL_SECONDS / 2 / max(1, min(len(watch.sources), AT_ONCE))
        self._rate = RATE
        self._closing = False

    def services(self) -> Mapping[str, Service]:
        return {SCAN: self.scan} if self._watch.sources else {}

    async def close(self) -> None:
        self._closing = True
        await self._scanner.close()

    async def scan(self, effect: Effect) -> Answer:
        """One scan of a source; what it could not read in its time waits for the next."""
        source = self._watch.source(effect.params["source"])
        if source is None:
            return Refused(f"there is no source {effect.params['source']!r}")
        at = datetime.fromisoformat(effect.params["at"])
        try:
            streams = await self._storage.find(LogStream, source=source.id, limit=MOST_STREAMS)
        except StorageUnavailable as problem:
            return Later(detail=str(problem))
        memory, clock = self._memories[source.id], self._clock()
        most = round(min(MOST_READ, max(LEAST_READ, self._rate * self._seconds)))
        planned = await asyncio.to_thread(plan, source.id, source.globs, streams, memory, at=at, clock=clock, most=most)
        reads = await self._read(source, planned, at)
        if self._closing:
            return Later(detail="stopping")
        told = await asyncio.to_thread(_result, source.id, streams, planned, reads, memory, at, clock)
        return Done({"scan": told})

    async def _read(self, source: Source, planned: Plan, at: datetime) -> tuple[Read, ...]:
        if not planned.jobs:
            return ()
        reading = Reading(format=source.format, zone=source.zone, threshold=source.threshold, near=at)
        began = time.perf_counter()
        reads = await self._scanner.scan([job.part for job in planned.jobs], reading)
        size = sum(read.end - job.part.start for job, read in zip(planned.jobs, reads, strict=True))
        if size >= LEAST_READ:
            self._rate = size / (time.perf_counter() - began)
        return reads


def build(watch: LogWatch, storage: Storage) -> LogScans:
    """With as many processes that scan as there are processors, two at most; none before the first scan."""
    return LogScans(watch, storage, Scanner(min(2, os.cpu_count() or 1)))


def _result(
    source: str,
    streams: Sequence[LogStream],
    planned: Plan,
    reads: Sequence[Read],
    memory: Memory,
    at: datetime,
    clock: float,
) -> str:
    """What counts of what was read, as JSON of Scanned. Where it would be too much at once, what the last files brought
    is left for the next scan.
    """
    name = new_ids(source, {each.id for each in streams})
    done = [
        (job, read, settled(job, read, name, source, at=at, clock=clock))
        for job, read in zip(planned.jobs, reads, strict=True)
    ]
    memory.failed |= {job.part.path for job, _, each in done if each.error}
    while True:
        text = _fitting(_scanned(source, at, planned, done, dropped=len(reads) - len(done)))
        if text or len(done) <= 1:
            return text or _least(_scanned(source, at, planned, done, dropped=len(reads) - len(done)))
        done = done[: len(done) // 2]


def _scanned(
    source: str, at: datetime, planned: Plan, done: Sequence[tuple[Job, Read, Settled]], *, dropped: int
) -> Scanned:
    counted = [(job, read, each.stream) for job, read, each in done if each.stream]
    size = sum(read.end - job.part.start for job, read, _ in counted)
    waiting = planned.waiting + sum(each.left for _, _, each in done) + dropped
    failed = [*planned.failed, *((job.part.path, each.error) for job, _, each in done if each.error)]
    return Scanned(
        source=source,
        at=at,
        streams=(*(stream for _, _, stream in counted), *planned.changed),
        findings=tuple(together(read.findings for _, read, _ in counted).values()),
        files=planned.files,
        lines=sum(read.lines for _, read, _ in counted),
        read=size,
        waiting=waiting if size else 0,  # what brings nothing is not tried again at once
        failed=tuple(failed[:MOST_FAILED]),
    )


def _fitting(scanned: Scanned) -> str:
    """Empty where it does not fit."""
    for sample in (None, *SAMPLES):
        findings = scanned.findings if sample is None else tuple(_cut(each, sample) for each in scanned.findings)
        text = msgspec.json.encode(replace(scanned, findings=findings))
        if len(text) <= LARGEST:
            return text.decode()
    return ""


def _least(scanned: Scanned) -> str:
    """Of one file that is full of different errors: the fewer of them by their own pattern, the more there are."""
    found = {each.id: _cut(each, SAMPLES[-1]) for each in scanned.findings}
    while True:
        found = bounded(found, len(found) // 2)
        text = msgspec.json.encode(replace(scanned, findings=tuple(found.values())))
        if len(text) <= LARGEST or len(found) <= 1:
            return text.decode()


def _cut(finding: Finding, length: int) -> Finding:
    return replace(finding, sample=replace(finding.sample, text=finding.sample.text[:length]))
