"""What ops are told of the logs, and how much of it: a flood of errors must not become a flood of messages.

At most MOST_A_SCAN messages of a scan and MOST_A_MINUTE in a minute, edits among them, whichever source they are of.
The rest waits for a digest.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.log_findings import OTHERS, Finding
from domain.log_lines import Level
from domain.log_patterns import LogPattern, PatternState, SourceStatus, spiking
from domain.log_scans import Scanned
from domain.log_sources import LogRules, Source
from domain.messages import unmarked
from domain.records import NOBODYS, Table

MOST_A_SCAN = 5
MOST_A_MINUTE = 20
"""Of what is told of the logs: Telegram lets no more into a group."""
EDITED_UP_TO = 14
"""Where so many were told within the minute, no more are edited: what is new needs the room."""
A_MINUTE = timedelta(minutes=1)
OLD = timedelta(hours=1)
"""What was written longer ago is told in the digest alone."""
AWAY = timedelta(minutes=10)
"""A source that was not read for so long has a backlog, told in one digest: when all is read, or after as long again.
"""
SETTLES = timedelta(seconds=20)
"""Within which the other sources of a backlog are read too."""
LISTED = 10
"""Lines of a digest."""
KEPT = 50
"""What waits for a digest by itself; of the rest the counts."""
WORKS_AFTER = timedelta(minutes=5)
"""A source whose scans failed works again once they have not for so long: what comes and goes is told once."""
PHONED_EVERY = timedelta(hours=1)

SHOWN, LINE = 700, 120
"""Characters of a sample in an alert, and of a pattern in a digest."""


class News(StrEnum):
    """What can be told; what comes first is told first."""

    FAILED = "failed"  # a source cannot be read
    SILENT = "silent"  # nothing was written for too long
    REGRESSED = "regressed"  # resolved, and seen again
    NEW = "new"
    SPIKE = "spike"
    STILL = "still"  # its mute is over, and it came meanwhile
    WORKS = "works"  # a source can be read again
    BACK = "back"  # something is written again


_RANK = {news: rank for rank, news in enumerate(News)}


class Item(Struct, frozen=True, kw_only=True):
    """Something to be told: `id` is a pattern's fingerprint or a source's id, `words` name it in a line. `count` is how
    often it came; of a source's news 0. `aside`: for the digest alone.
    """

    id: str
    news: News
    words: str
    source: str
    level: Level = Level.ERROR
    count: int = 0
    aside: bool = False


class Tally(Struct, frozen=True, kw_only=True):
    """What is told in sum: how many errors of how many patterns, and what else; `items` are the gravest of them."""

    errors: int = 0
    patterns: int = 0
    others: int = 0
    items: tuple[Item, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.errors or self.patterns or self.others)


class LogAlerts(Struct, frozen=True, kw_only=True):
    """What was told of the logs, of all sources and of the service itself. One record. Business time, UTC.

    `told_at` are the messages and edits of the last minute. `mark` is the id of one of them: what was said after it has
    not been sent either as long as it has not. `waiting` is for the
    digest, which comes at `digest_after` at the earliest, and when no source is `behind` any more; the last one came at
    `digest_at`. `phone` is for WhatsApp, written to last at `phoned_at`. `due_at`: when to see whether something that
    waits may go.
    """

    TABLE: ClassVar[Table] = Table("log_alerts", indexes=("due_at",), personal=NOBODYS)

    id: str = "ops"
    version: int = 0
    told_at: tuple[datetime, ...] = ()
    mark: str = ""
    waiting: Tally = Tally()
    digest_at: datetime | None = None
    digest_after: datetime | None = None
    behind: tuple[str, ...] = ()
    phone: Tally = Tally()
    phoned_at: datetime | None = None
    due_at: datetime | None = None


# --- what is news ---


def news_of(before: LogPattern | None, after: LogPattern) -> News | None:
    """Of a pattern that was just found. Nothing of what is muted; of what is acknowledged only a spike, once."""
    if before is None:
        return News.NEW
    if after.state is PatternState.REGRESSED and before.state is not PatternState.REGRESSED:
        return News.REGRESSED
    spikes = after.spiked and not before.spiked
    quiet = after.state in (PatternState.MUTED, PatternState.RESOLVED)
    return News.SPIKE if spikes and not quiet else None


def watched(pattern: LogPattern, found: Finding, rules: LogRules, now: datetime) -> LogPattern:
    """With the hour in which it came too often. One spike lasts as long as no whole hour lies between."""
    hour = spiking(pattern, found, rules, now)
    if hour:
        return replace(pattern, spiked=hour)
    over = pattern.spiked and pattern.spiked < (now - OLD).strftime("%Y-%m-%dT%H")
    return replace(pattern, spiked="") if over else pattern


def item(pattern: LogPattern, news: News, found: Finding, source: str, now: datetime) -> Item:
    return Item(
        id=pattern.id,
        news=news,
        words=in_line(pattern.pattern or pattern.sample.text),
        source=source,
        level=pattern.level,
        count=found.count,
        aside=pattern.id == OTHERS or found.last_at < now - OLD,
    )


def still(pattern: LogPattern) -> Item | None:
    """Of a pattern whose mute is over: that it came meanwhile, unless somebody has said that they know."""
    since = pattern.count - pattern.told
    if pattern.state is PatternState.ACKNOWLEDGED or since <= 0:
        return None
    words, source = in_line(pattern.pattern or pattern.sample.text), ", ".join(sorted(pattern.sources)[:3])
    return Item(id=pattern.id, news=News.STILL, words=words, source=source, level=pattern.level, count=since)


def behind(before: SourceStatus | None, now: datetime) -> bool:
    """Whether what is read now is a backlog: a source that is new to us, that was not read for long, or of which more
    was waiting.
    """
    if before is None or before.scanned_at is None:
        return True
    return before.waiting > 0 or now - before.scanned_at > AWAY


def stands(before: SourceStatus | None, source: Source, scanned: Scanned) -> tuple[SourceStatus, tuple[News, ...]]:
    """A source after a scan, and what is to be told of it. A source counts as written to when it is first read."""
    now = scanned.at
    status = before or SourceStatus(id=source.id)
    grew = scanned.read > 0 or status.grew_at is None
    status = replace(
        status,
        scanned_at=now,
        grew_at=now if grew else status.grew_at,
        files=scanned.files,
        waiting=scanned.waiting,
    )
    news: tuple[News, ...] = ()
    if status.silent and scanned.read > 0:
        status, news = replace(status, silent=False), (News.BACK,)
    elif _silent(status, source, now):
        status, news = replace(status, silent=True), (News.SILENT,)
    why = "; ".join(sorted({in_line(f"{path}: {reason}") for path, reason in scanned.failed}))
    status, more = _works(status, now) if not why else _fails(status, why)
    return status, news + more


def refused(before: SourceStatus | None, source: Source, why: str) -> tuple[SourceStatus, tuple[News, ...]]:
    """A source whose scan came to nothing."""
    return _fails(before or SourceStatus(id=source.id), why or "?")


def _silent(status: SourceStatus, source: Source, now: datetime) -> bool:
    if source.silent_after is None or status.silent or status.grew_at is None:
        return False
    return now - status.grew_at >= source.silent_after


def _fails(status: SourceStatus, why: str) -> tuple[SourceStatus, tuple[News, ...]]:
    why = in_line(why, SHOWN)
    told = why == status.failing
    return replace(status, failing=why, works_since=None), () if told else (News.FAILED,)


def _works(status: SourceStatus, now: datetime) -> tuple[SourceStatus, tuple[News, ...]]:
    if not status.failing:
        return status, ()
    since = status.works_since or now
    if now - since < WORKS_AFTER:
        return replace(status, works_since=since), ()
    return replace(status, failing="", works_since=None), (News.WORKS,)


# --- how much of it is told ---


class Share(Struct, frozen=True, kw_only=True):
    """`items` are told in a message each, `edits` are to be edited, `digest` is told together."""

    items: tuple[Item, ...] = ()
    edits: tuple[LogPattern, ...] = ()
    digest: Tally = Tally()


def share(
    alerts: LogAlerts, items: Sequence[Item], edits: Sequence[LogPattern], now: datetime, *, backlog: bool, stuck: bool
) -> tuple[LogAlerts, Share]:
    """What is told now, and what waits. `backlog`: where it is more than fits, all of it is told together, when all has
    been read. `stuck`: earlier messages are not sent yet, so none is added. The place of a digest is always kept.
    """
    told = tuple(at for at in alerts.told_at if now - A_MINUTE < at <= now)
    ranked = sorted(items, key=lambda each: (_RANK[each.news], -each.level, -each.count, each.id))
    room = 0 if stuck else max(0, MOST_A_MINUTE - 1 - len(told))
    alone = [each for each in ranked if not each.aside]
    alone = [] if backlog and len(ranked) > MOST_A_SCAN else alone[: min(MOST_A_SCAN, room)]
    rest = [each for each in ranked if each not in alone]
    waiting = added(alerts.waiting, rest)
    room = min(MOST_A_SCAN - len(alone), EDITED_UP_TO - len(told) - len(alone))
    chosen = sorted(edits, key=lambda each: (-(each.count / max(each.told, 1)), each.id))[
        : 0 if stuck else max(0, room)
    ]
    alerts = replace(alerts, waiting=waiting, told_at=told + (now,) * (len(alone) + len(chosen)))
    alerts, digest = _digest(alerts, now, stuck=stuck)
    return alerts, Share(items=tuple(alone), edits=tuple(chosen), digest=digest)


def _digest(alerts: LogAlerts, now: datetime, *, stuck: bool) -> tuple[LogAlerts, Tally]:
    """What waits, if it may go: once a minute."""
    if not alerts.waiting:
        return alerts, Tally()
    if stuck or len(alerts.told_at) >= MOST_A_MINUTE or now < _digest_from(alerts, now):
        return alerts, Tally()
    over = replace(alerts, waiting=Tally(), digest_at=now, digest_after=None, behind=(), told_at=(*alerts.told_at, now))
    return over, alerts.waiting


def _digest_from(alerts: LogAlerts, now: datetime) -> datetime:
    return max(alerts.digest_after or now, alerts.digest_at + A_MINUTE if alerts.digest_at else now)


def scheduled(alerts: LogAlerts, now: datetime) -> LogAlerts:
    """With the time at which what waits is looked at again."""
    times = []
    if alerts.waiting:
        full = len(alerts.told_at) >= MOST_A_MINUTE
        times.append(max(_digest_from(alerts, now), now + A_MINUTE / 4, alerts.told_at[0] + A_MINUTE if full else now))
    if alerts.phone and alerts.phoned_at:
        times.append(alerts.phoned_at + PHONED_EVERY)
    return replace(alerts, due_at=min(times, default=None))


def held(alerts: LogAlerts, source: str, now: datetime, *, more: bool) -> LogAlerts:
    """While the backlog of a source is read (`more`: it goes on) the digest waits for its end, and for the other
    sources that were not read for as long.
    """
    others = tuple(each for each in alerts.behind if each != source)
    behind = (*others, source) if more else others
    after = (alerts.behind and alerts.digest_after) or now + AWAY if behind else now + SETTLES
    return replace(alerts, behind=behind, digest_after=after)


def added(tally: Tally, items: Sequence[Item]) -> Tally:
    """What is there already has its count added; of the gravest so many are kept by themselves."""
    known = {(each.id, each.news): each for each in tally.items}
    errors, patterns, others = tally.errors, tally.patterns, tally.others
    for each in items:
        before = known.get((each.id, each.news))
        errors += each.count
        if before is not None:
            known[each.id, each.news] = replace(each, count=before.count + each.count)
            continue
        known[each.id, each.news] = each
        patterns, others = (patterns + 1, others) if each.count else (patterns, others + 1)
    gravest = sorted(known.values(), key=lambda each: (_RANK[each.news], -each.level, -each.count, each.id))
    return Tally(errors=errors, patterns=patterns, others=others, items=tuple(gravest[:KEPT]))


def grown(tally: Tally, counts: dict[str, int]) -> Tally:
    """More of what waits to be told already, by fingerprint."""
    items = tuple(replace(each, count=each.count + counts.get(each.id, 0)) for each in tally.items)
    return replace(tally, errors=tally.errors + sum(counts.values()), items=items)


def phone_now(alerts: LogAlerts, now: datetime) -> tuple[LogAlerts, Tally]:
    """What WhatsApp is told now: at most once an hour."""
    if not alerts.phone or (alerts.phoned_at and now < alerts.phoned_at + PHONED_EVERY):
        return alerts, Tally()
    return replace(alerts, phone=Tally(), phoned_at=now), alerts.phone


# --- a log's words, fit to be shown ---

_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_HARMLESS = re.compile(r"[\x20-\x7e\n]*")
_CALLS = re.compile(r"@(?=\w)")
_UNLINKED = "@\u2060"
"""Nobody is called by what stands in a log."""


def plain(text: str, most: int = SHOWN, lines: int = 12) -> str:
    """What stood in a log: no control characters, none that turn or hide text, none of our marks; cut between
    characters, with an ellipsis where something is missing.
    """
    text = _COLOURS.sub("", text[: most * 4])
    cut = text[:most]
    kept = "\n".join(cut.replace("\r\n", "\n").replace("\t", "    ").split("\n")[:lines])
    if not _HARMLESS.fullmatch(kept):
        kept = "".join(_visible(each) for each in unmarked(unicodedata.normalize("NFC", kept)))
    shown = kept[:most].rstrip()
    whole = len(text) <= most and text.count("\n") < lines and len(kept) <= most
    return _CALLS.sub(_UNLINKED, shown if whole else f"{shown} …")


def in_line(text: str, most: int = LINE) -> str:
    """The same on one line."""
    line = " ".join(plain(text, most * 2, 3).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def readable(text: str) -> str:
    """For a file: all of it, without what turns or hides text."""
    text = _COLOURS.sub("", unmarked(text)).replace("\r\n", "\n")
    return "".join(each if each in "\n\t" or each.isprintable() else _visible(each) for each in text)


def _visible(character: str) -> str:
    if character == "\n":
        return character
    category = unicodedata.category(character)
    return "\ufffd" if category[0] == "C" else " " if category in ("Zl", "Zp") else character
