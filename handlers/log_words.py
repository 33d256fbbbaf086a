"""What ops read of the logs, and the buttons under it. What stood in a log is shown as `domain.log_alerts.plain`."""

from domain.log_alerts import A_MINUTE, LISTED, Item, News, Tally, in_line, plain
from domain.log_patterns import Do, LogPattern, PatternState, SourceStatus, may, usual_hour
from domain.log_sources import Source
from domain.messages import Choice, Text, Value, moment
from handlers.flow import Turn

HEADS = {
    News.NEW: "log-head-new",
    News.SPIKE: "log-head-spike",
    News.REGRESSED: "log-head-regressed",
    News.STILL: "log-head-still",
}
LINES = {
    News.NEW: "log-line-new",
    News.SPIKE: "log-line-spike",
    News.REGRESSED: "log-line-regressed",
    News.STILL: "log-line-still",
    News.FAILED: "log-line-failed",
    News.WORKS: "log-line-works",
    News.SILENT: "log-line-silent",
    News.BACK: "log-line-back",
}
OF_SOURCES = {
    News.FAILED: "log-failed",
    News.WORKS: "log-works",
    News.SILENT: "log-silent",
    News.BACK: "log-back",
}
BUTTONS = (
    ("acknowledge", Do.ACKNOWLEDGE, "label-log-acknowledge"),
    ("hour", Do.MUTE, "label-log-hour"),
    ("day", Do.MUTE, "label-log-day"),
    ("resolve", Do.RESOLVE, "label-log-resolve"),
    ("reopen", Do.REOPEN, "label-log-reopen"),
)
SHOW = "show"
FILES, SOURCES = 3, 3
"""Named in an alert."""
SOURCE = 40
"""Characters of a source's name."""


def alert(pattern: LogPattern) -> Text:
    """A pattern as it stands."""
    head = HEADS.get(News(pattern.told_as), HEADS[News.NEW]) if pattern.told_as else HEADS[News.NEW]
    values: dict[str, Value] = {
        "head": {"text": head},
        "level": pattern.level.name,
        "source": _some([in_line(each, SOURCE) for each in pattern.sources], SOURCES),
        "team": team_of(pattern.team),
        "sample": plain(pattern.sample.text) or in_line(pattern.pattern) or "–",
        "count": pattern.count,
        "when": (_when(pattern), *(_rise(pattern) if pattern.told_as == News.SPIKE else ())),
        "files": _some([in_line(path) for path in reversed(pattern.files)], FILES),
        "state": state_of(pattern),
    }
    return Text("log-alert", values)


def _when(pattern: LogPattern) -> Text:
    last = moment(pattern.last_at)
    if pattern.last_at - pattern.first_at < A_MINUTE:
        return Text("log-when", {"last": last})
    return Text("log-between", {"first": moment(pattern.first_at), "last": last})


def _rise(pattern: LogPattern) -> tuple[Text, ...]:
    """How often it came in its worst hour of late, and in others."""
    usual = usual_hour(pattern, pattern.spiked, pattern.last_at) if pattern.spiked else None
    if usual is None:
        return ()
    return (Text("log-rise", {"count": pattern.hours.get(pattern.spiked, 0), "usual": max(1, round(usual))}),)


def state_of(pattern: LogPattern) -> Value:
    """Who did what with it last; nothing where nobody did."""
    if not pattern.history:
        return ""
    last = pattern.history[-1]
    values: dict[str, Value] = {"by": last.by.partition(" · ")[0] or "–", "at": moment(last.at)}
    match pattern.state:
        case PatternState.ACKNOWLEDGED:
            return (Text("log-state-acknowledged", values),)
        case PatternState.MUTED:
            return (Text("log-state-muted", {**values, "until": moment(pattern.muted_until or last.at)}),)
        case PatternState.RESOLVED:
            return (Text("log-state-resolved", values),)
    return ""


def buttons(pattern: LogPattern) -> tuple[Choice, ...]:
    """What may be done with it, and to see all of it."""
    able = [Choice(f"log:{pattern.id}:{name}", Text(label)) for name, do, label in BUTTONS if may(pattern, do)]
    return (*able, Choice(f"log:{pattern.id}:{SHOW}", Text("label-log-show")))


def of_source(turn: Turn, source: Source, status: SourceStatus, news: News) -> Text:
    since = status.grew_at or turn.now
    values: dict[str, Value] = {
        "source": source.id,
        "team": team_of(source.team),
        "why": status.failing or "–",
        "since": moment(since),
    }
    return Text(OF_SOURCES[news], values)


def digest(tally: Tally) -> Text:
    """All in sum, the gravest by name."""
    listed = tally.items[:LISTED]
    patterns = sum(1 for each in listed if each.count)
    left = tally.patterns - patterns
    errors = tally.errors - sum(each.count for each in listed)
    more = (Text("log-digest-more", {"count": errors, "patterns": left}),) if left > 0 else ""
    values: dict[str, Value] = {
        "count": tally.errors,
        "patterns": tally.patterns,
        "others": tally.others,
        "lines": tuple(_line(each) for each in listed),
        "more": more,
    }
    return Text("log-digest", values)


def _line(each: Item) -> Text:
    values: dict[str, Value] = {
        "count": each.count,
        "level": each.level.name,
        "source": in_line(each.source, SOURCE),
        "words": each.words or "–",
    }
    return Text(LINES[each.news], values)


def to_phone(tally: Tally) -> Text:
    """For a template: on one line, no value empty."""
    top = tally.items[0] if tally.items else None
    values: dict[str, Value] = {
        "count": tally.errors,
        "patterns": tally.patterns,
        "others": tally.others,
        "source": in_line(top.source, SOURCE) if top else "–",
        "top": (top.words if top else "") or "–",
    }
    return Text("log-phone", values)


def team_of(team: str) -> Value:
    return (Text("log-team", {"team": team}),) if team else ""


def _some(names: list[str], most: int) -> str:
    """The first of them, and how many more there are."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" +{rest}" if rest > 0 else "") or "–"
