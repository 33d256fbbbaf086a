"""Telling ops of the logs: what is news goes into their group, as much of it as can be read there, the rest in a
digest.

What was told is kept in the same commit that the findings are saved in, so nothing is told twice.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from msgspec.structs import replace

from domain.events import Due
from domain.log_alerts import (
    MOST_A_SCAN,
    Item,
    LogAlerts,
    News,
    Tally,
    added,
    behind,
    grown,
    held,
    in_line,
    item,
    news_of,
    phone_now,
    refused,
    scheduled,
    share,
    still,
    watched,
)
from domain.log_alerts import stands as stands_after
from domain.log_findings import Finding
from domain.log_patterns import LogPattern, PatternState, SourceStatus, first_seen, mute_over, seen_again
from domain.log_scans import Scanned
from domain.log_sources import LogRules, Source
from domain.messages import Delivery, Outgoing, Purpose, Say, Text
from handlers.flow import Outcome, Turn
from handlers.log_words import alert, buttons, digest, of_source, to_phone

ALERTS = "ops"
"""The id of the one record of what was told."""
CHANGED = "log-changed"
"""The name of the event that somebody has done something with a pattern elsewhere than in the group."""
STUCK = timedelta(seconds=20)
"""What was not sent for so long stands in a queue, and nothing is added to it: other alerts use the group too."""


# --- what arrives ---


async def of_scan(
    turn: Turn, source: Source, rules: LogRules, scanned: Scanned, before: SourceStatus | None
) -> tuple[SourceStatus, Outcome]:
    """How the source stands now, which is still to be saved, and what was found: patterns saved, alerts said. Put it
    first where outcomes are added: its messages are known as the first of the turn's.
    """
    late = behind(before, turn.now)
    status, news = stands_after(before, source, scanned)
    alerts = await _alerts(turn)
    if late:
        alerts = held(alerts, source.id, turn.now, more=scanned.waiting > 0)
    about = _about_source(turn, source, status, news)
    return status, await _found(turn, source, rules, scanned.findings, alerts, about, late=late)


async def of_refusal(
    turn: Turn, source: Source, error: str, before: SourceStatus | None
) -> tuple[SourceStatus, Outcome]:
    """A scan came to nothing: told once. The status is still to be saved."""
    status, news = refused(before, source, error)
    about = _about_source(turn, source, status, news)
    return status, await _told(turn, await _alerts(turn), {}, list(about), [], about)


async def of_ours(turn: Turn, source: Source, rules: LogRules, findings: Sequence[Finding]) -> Outcome:
    """What the service has logged itself."""
    return await _found(turn, source, rules, findings, await _alerts(turn), {}, late=False)


async def on_waiting(turn: Turn, due: Due) -> Outcome:
    """What waits is told, if it may be by now."""
    alerts = await _alerts(turn)
    if alerts.due_at is None or alerts.due_at > turn.now:
        return Outcome()
    return await _told(turn, alerts, {}, [], [], {})


async def on_mute_over(turn: Turn, due: Due) -> Outcome:
    """It is what it was before; told where it came meanwhile and nobody has said that they know."""
    pattern = await turn.records.get(LogPattern, due.record)
    if pattern is None or pattern.due_at is None or pattern.due_at > turn.now:
        return Outcome()
    pattern = mute_over(pattern, turn.now)
    came = still(pattern)
    if came is None:
        return Outcome(save=(pattern,))
    return await _told(turn, await _alerts(turn), {pattern.id: pattern}, [came], [], {})


async def on_changed(turn: Turn, due: Due) -> Outcome:
    """Somebody has done something with it elsewhere: its message in the group says so, if there is one."""
    pattern = await turn.records.get(LogPattern, due.record)
    standing = await _standing(turn, [pattern]) if pattern is not None and turn.places.ops else {}
    if pattern is None or pattern.id not in standing:
        return Outcome()
    pattern = replace(pattern, alert=f"{turn.id}-0", told=pattern.count)
    return Outcome(say=(replace(_alert(turn, pattern), edit=standing[pattern.id]),), save=(pattern,))


# --- from findings to news ---


Texts = Mapping[Item, Text]
"""Of the news that are no pattern's."""


async def _found(
    turn: Turn,
    source: Source,
    rules: LogRules,
    findings: Sequence[Finding],
    alerts: LogAlerts,
    about: Texts,
    *,
    late: bool,
) -> Outcome:
    known = await turn.records.get_many(LogPattern, [each.id for each in findings])
    patterns: dict[str, LogPattern] = {}
    items, edits = list(about), []
    more: dict[str, int] = {}
    for found in findings:
        before = known.get(found.id)
        after = (
            seen_again(before, found, source.id, turn.now)
            if before is not None
            else first_seen(found, source.id, source.team, turn.now)
        )
        after = patterns[found.id] = watched(after, found, rules, turn.now)
        if news := news_of(before, after):
            items.append(item(after, news, found, source.id, turn.now))
        elif after.state in (PatternState.NEW, PatternState.REGRESSED):
            if after.alert:
                edits.append(after)
            elif alerts.digest_at is None or after.seen_at > alerts.digest_at:
                more[after.id] = found.count
    if alerts.waiting:
        alerts = replace(alerts, waiting=grown(alerts.waiting, more))
    return await _told(turn, alerts, patterns, items, edits, about, backlog=late)


async def _alerts(turn: Turn) -> LogAlerts:
    return await turn.records.get(LogAlerts, ALERTS) or LogAlerts(id=ALERTS)


def _about_source(turn: Turn, source: Source, status: SourceStatus, news: Sequence[News]) -> Texts:
    why = in_line(status.failing)
    return {
        Item(id=source.id, news=each, words=why, source=source.id): of_source(turn, source, status, each)
        for each in news
    }


# --- from news to messages ---


async def _told(
    turn: Turn,
    alerts: LogAlerts,
    patterns: dict[str, LogPattern],
    items: Sequence[Item],
    edits: Sequence[LogPattern],
    texts: Texts,
    *,
    backlog: bool = False,
) -> Outcome:
    """All of it saved, and said as far as it may be. `patterns` are those that have changed."""
    if not turn.places.ops:
        return Outcome(save=tuple(patterns.values()))
    standing = await _standing(turn, edits)
    unsent = await _unsent(turn, alerts)
    stuck = unsent is not None and unsent.queued_at < turn.now - STUCK
    editable = [each for each in edits if each.id in standing]
    alerts, shared = share(alerts, items, editable, turn.now, backlog=backlog, stuck=stuck)
    says: list[Say] = []
    for each in shared.items:
        if pattern := patterns.get(each.id):
            patterns[each.id] = pattern = _told_of(turn, pattern, each.news, len(says))
            says.append(_alert(turn, pattern))
        else:
            says.append(_say(turn, texts[each]))
    for pattern in shared.edits:
        patterns[pattern.id] = told = _told_of(turn, pattern, News(pattern.told_as), len(says))
        says.append(replace(_alert(turn, told), edit=standing[pattern.id]))
    if shared.digest:
        says.append(_say(turn, digest(shared.digest)))
    if says and unsent is None:
        alerts = replace(alerts, mark=f"{turn.id}-{len(says) - 1}")
    alerts, phoned = _phoned(turn, alerts, items)
    return Outcome(say=(*says, *phoned), save=(*patterns.values(), scheduled(alerts, turn.now)))


def _phoned(turn: Turn, alerts: LogAlerts, items: Sequence[Item]) -> tuple[LogAlerts, tuple[Say, ...]]:
    """By WhatsApp, where there are numbers: in sum, at most once an hour."""
    numbers = turn.places.ops_phones
    if not numbers:
        return replace(alerts, phone=Tally()), ()
    alerts, tally = phone_now(replace(alerts, phone=added(alerts.phone, items)), turn.now)
    text = to_phone(tally)
    return alerts, tuple(Say(text=text, to=to, language="id", purpose=Purpose.ALERT) for to in numbers if tally)


def _told_of(turn: Turn, pattern: LogPattern, news: News, index: int) -> LogPattern:
    """As the message of that number in the turn tells it."""
    return replace(pattern, alert=f"{turn.id}-{index}", told_as=news.value, told=pattern.count)


def _alert(turn: Turn, pattern: LogPattern) -> Say:
    return replace(_say(turn, alert(pattern)), choices=buttons(pattern))


def _say(turn: Turn, text: Text) -> Say:
    return Say(text=text, to=turn.places.ops, language="id", purpose=Purpose.ALERT)


async def _standing(turn: Turn, edits: Sequence[LogPattern]) -> dict[str, str]:
    """By fingerprint the message that is to be edited, of those that have grown most, as far as it has been sent."""
    grown_most = sorted(edits, key=lambda each: -each.count / max(each.told, 1))[: 2 * MOST_A_SCAN]
    standing = {}
    for pattern in grown_most:
        message = await turn.records.message(pattern.alert)
        if (
            message
            and message.delivery is not Delivery.FAILED
            and message.provider_ids
            and message.to == turn.places.ops
        ):
            standing[pattern.id] = message.provider_ids[-1]
    return standing


async def _unsent(turn: Turn, alerts: LogAlerts) -> Outgoing | None:
    """What was said and is still to be sent: the group takes nothing, or not so fast."""
    message = await turn.records.message(alerts.mark) if alerts.mark else None
    return message if message is not None and message.delivery is Delivery.QUEUED else None
