"""What a scan has found: how far it read, and what is known of the errors by now, in one commit."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from domain.events import EffectDone, LogSeen
from domain.log_findings import Finding
from domain.log_lines import Level
from domain.log_patterns import LogHour, SourceStatus, counted, hour_id
from domain.log_scans import LogStream, Scanned
from domain.log_sources import Source
from handlers.flow import Outcome, Turn
from handlers.log_alerts import of_ours, of_refusal, of_scan
from handlers.log_scans import ask


async def on_scanned(turn: Turn, done: EffectDone) -> Outcome:
    """Where a stream was read on by another scan meanwhile, nothing of this one counts."""
    before = await turn.records.get(SourceStatus, done.record)
    if before is None or before.asked != done.effect:
        return Outcome()
    before = replace(before, asked="")
    source = turn.catalog.logs.source(done.record)
    if source is None:
        return Outcome(save=(before,))
    if done.error:
        status, told = await of_refusal(turn, source, done.error, before)
        return told + Outcome(save=(status,))
    scanned = msgspec.json.decode(done.result["scan"], type=Scanned)
    if await _stale(turn, scanned.streams):
        return Outcome(save=(before,))
    status, told = await of_scan(turn, source, turn.catalog.logs.rules, scanned, before)
    after = ask(turn, status) if scanned.waiting else Outcome(save=(status,))
    return told + Outcome(save=(*scanned.streams, *(await _hours(turn, source.id, scanned.findings)))) + after


async def on_seen(turn: Turn, seen: LogSeen) -> Outcome:
    """What a process of the service has logged itself, counted and told as of any source."""
    told = await of_ours(turn, Source(id=seen.source, globs=()), turn.catalog.logs.rules, seen.findings)
    return told + Outcome(save=await _hours(turn, seen.source, seen.findings))


async def _stale(turn: Turn, streams: Sequence[LogStream]) -> bool:
    stored = await turn.records.get_many(LogStream, [each.id for each in streams])
    return any((stored[each.id].version if each.id in stored else 0) != each.version for each in streams)


async def _hours(turn: Turn, source: str, findings: Sequence[Finding]) -> tuple[LogHour, ...]:
    sums: Counter[tuple[Level, str]] = Counter()
    for found in findings:
        for hour, count in found.hours.items():
            sums[found.level, hour] += count
    ids = {key: hour_id(source, *key) for key in sorted(sums)}
    known = await turn.records.get_many(LogHour, list(ids.values()))
    return tuple(counted(known.get(each), source, *key, sums[key]) for key, each in ids.items())
