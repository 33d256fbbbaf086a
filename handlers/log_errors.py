"""`/errors` in the ops group: which errors came most in a day, which are new, those with a word, and one of them with
its picture.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from domain.log_alerts import in_line, plain
from domain.log_findings import hour_of
from domain.log_patterns import LogPattern, PatternState, SourceStatus
from domain.messages import Choice, Media, MediaKind, Purpose, Say, Text, Value, moment
from handlers.flow import Outcome, Turn, edited_message
from handlers.log_words import buttons, state_of

DAY = timedelta(hours=24)
CHARTED = timedelta(hours=48)
PAGE = 5
NEWEST, MOST_OFTEN = 300, 200
"""Patterns among which those of the day are looked for, of however many there are."""
SEARCHED, AT_ONCE = 2_000, 500
FOUND = 50
"""Of a search or of the new ones, as many are listed at most."""
COUNTED = 10_000
WORD = 40
"""Bytes of what is searched for: it stands in the buttons."""
SAMPLE, SAMPLE_LINES = 1_500, 25
NAMED = 5
SOURCES = 10
MARKS = {
    PatternState.NEW: "🆕",
    PatternState.ACKNOWLEDGED: "👀",
    PatternState.MUTED: "🔕",
    PatternState.RESOLVED: "✅",
    PatternState.REGRESSED: "↩️",
}
FINGERPRINT = 16


async def show(turn: Turn, wanted: str) -> Outcome:
    """`/errors`, `/errors new`, `/errors <word>` or `/errors <fingerprint>`."""
    wanted = wanted.strip()
    if len(wanted) == FINGERPRINT and (pattern := await turn.records.get(LogPattern, wanted.lower())):
        return _detail(turn, pattern)
    view = {"": "top", "new": "new", "baru": "new"}.get(wanted.casefold(), "find")
    return await _list(turn, view, 0, _cut(wanted) if view == "find" else "")


async def pressed(turn: Turn) -> Outcome:
    """A button `errors:<view>:<page>:<word>` or `errors:show:<fingerprint>`: the caller has made sure that it was
    pressed in the ops group.
    """
    _, view, rest = (*turn.said.button.split(":", 2), "", "")[:3]
    page, _, word = rest.partition(":")
    if view == "show":
        pattern = await turn.records.get(LogPattern, rest)
        return _detail(turn, pattern) if pattern else _answer(Text("errors-gone"))
    if view not in ("top", "new", "find") or not page.isdecimal():
        return Outcome()
    return await _list(turn, view, int(page[:3]), word)


# --- lists ---


async def _list(turn: Turn, view: str, page: int, word: str) -> Outcome:
    match view:
        case "top":
            patterns = await _of_the_day(turn)
            total = await turn.records.how_many(LogPattern, most=COUNTED, by="last_at", least=turn.now - DAY)
            empty = Text("errors-none", {"read": await _read(turn)})
        case "new":
            patterns = await turn.records.newest(LogPattern, by="first_at", limit=FOUND, state=PatternState.NEW.value)
            total = await turn.records.how_many(LogPattern, most=COUNTED, by="first_at", state=PatternState.NEW.value)
            empty = Text("errors-new-none")
        case _:
            patterns = await _found(turn, word)
            total = len(patterns)
            empty = Text("errors-find-none", {"word": in_line(word), "searched": SEARCHED})
    if not patterns:
        return _answer(empty, edit=edited_message(turn))
    page = min(page, (len(patterns) - 1) // PAGE)
    shown = patterns[page * PAGE : (page + 1) * PAGE]
    values: dict[str, Value] = {
        "lines": tuple(_line(turn, each, page * PAGE + index) for index, each in enumerate(shown, 1)),
        "patterns": total,
        "new": await turn.records.how_many(LogPattern, most=COUNTED, by="first_at", state=PatternState.NEW.value),
        "page": page + 1,
        "pages": (len(patterns) - 1) // PAGE + 1,
        "listed": len(patterns),
        "word": in_line(word),
        "searched": SEARCHED,
    }
    head = {"top": Text("errors-top", values), "new": Text("errors-new", values)}.get(view, Text("errors-find", values))
    return _answer(head, *_steps(shown, view, page, word, len(patterns)), edit=edited_message(turn))


def _steps(shown: Sequence[LogPattern], view: str, page: int, word: str, count: int) -> Iterator[Choice]:
    for index, each in enumerate(shown, page * PAGE + 1):
        yield Choice(f"errors:show:{each.id}", Text("label-errors-one", {"number": index}))
    if page:
        yield Choice(f"errors:{view}:{page - 1}:{word}", Text("label-errors-back"))
    if (page + 1) * PAGE < count:
        yield Choice(f"errors:{view}:{page + 1}:{word}", Text("label-errors-on"))
    if view == "top":
        yield Choice("errors:new:0:", Text("label-errors-new"))


def _line(turn: Turn, pattern: LogPattern, number: int) -> Text:
    values: dict[str, Value] = {
        "number": number,
        "mark": MARKS[pattern.state],
        "level": pattern.level.name,
        "day": lately(pattern, turn, DAY),
        "count": pattern.count,
        "words": _named(pattern),
        "source": ", ".join(in_line(name) for name in _by_count(pattern.sources)[:2]) or "–",
        "last": moment(pattern.last_at, "full" if pattern.last_at < turn.now - DAY else "time"),
    }
    return Text("errors-line", values)


async def _of_the_day(turn: Turn) -> tuple[LogPattern, ...]:
    """By how often they came within the day. Of very many, those are looked at that came last, or came most of all."""
    since = turn.now - DAY
    newest = await turn.records.newest(LogPattern, by="last_at", limit=NEWEST, least=since)
    often = await turn.records.newest(LogPattern, by="count", limit=MOST_OFTEN) if len(newest) == NEWEST else ()
    looked_at = {each.id: each for each in (*newest, *often) if each.last_at >= since}.values()
    return tuple(sorted(looked_at, key=lambda each: (-lately(each, turn, DAY), each.id)))


async def _found(turn: Turn, word: str) -> tuple[LogPattern, ...]:
    """Of the newest SEARCHED patterns those with the word in their text or of a source of that name."""
    wanted, found = word.casefold(), []
    after = None
    for _ in range(0, SEARCHED, AT_ONCE):
        some = await turn.records.newest(LogPattern, by="last_at", limit=AT_ONCE, after=after)
        found += [each for each in some if wanted in each.pattern.casefold() or wanted in each.sources]
        if len(some) < AT_ONCE or len(found) >= FOUND:
            break
        after = (some[-1].last_at, some[-1].id)
    return tuple(found[:FOUND])


async def _read(turn: Turn) -> Value:
    """What is read, and when it was last, so that silence tells something."""
    sources = await turn.records.find(SourceStatus, limit=SOURCES)
    read = [each for each in sources if each.scanned_at]
    if not read:
        return (Text("errors-nothing-read"),)
    return tuple(
        Text("errors-read", {"source": each.id, "at": moment(each.scanned_at)}) for each in read if each.scanned_at
    )


# --- one of them ---


def _detail(turn: Turn, pattern: LogPattern) -> Outcome:
    """In words, and then its picture, which takes some seconds."""
    values: dict[str, Value] = {
        "mark": MARKS[pattern.state],
        "level": pattern.level.name,
        "state": {"text": _STATES[pattern.state]},
        "done": state_of(pattern),
        "words": _named(pattern, 400),
        "count": pattern.count,
        "day": lately(pattern, turn, DAY),
        "first": moment(pattern.first_at),
        "last": moment(pattern.last_at),
        "sources": _some(pattern.sources, NAMED),
        "files": _some(pattern.files, NAMED),
        "sample": plain(pattern.sample.text, SAMPLE, SAMPLE_LINES) or "–",
        "id": pattern.id,
    }
    picture = Media(
        kind=MediaKind.PHOTO,
        channel="documents",
        ref=f"errors/{pattern.id}/{hour_of(turn.now)}",
        mime="image/png",
        name=f"{pattern.id}.png",
    )
    shown: dict[str, Value] = {"count": lately(pattern, turn, CHARTED), "words": _named(pattern)}
    return _answer(Text("errors-detail", values), *buttons(pattern)) + Outcome(
        say=(Say(text=Text("errors-picture", shown), media=picture, language="id", purpose=Purpose.ALERT),)
    )


_STATES = {
    PatternState.NEW: "errors-state-new",
    PatternState.ACKNOWLEDGED: "errors-state-acknowledged",
    PatternState.MUTED: "errors-state-muted",
    PatternState.RESOLVED: "errors-state-resolved",
    PatternState.REGRESSED: "errors-state-regressed",
}


def lately(pattern: LogPattern, turn: Turn, span: timedelta) -> int:
    """How often it came in so many hours, the one that is not over among them."""
    oldest = hour_of(turn.now - span + timedelta(hours=1))
    return sum(count for hour, count in pattern.hours.items() if hour >= oldest)


def _named(pattern: LogPattern, most: int = 110) -> str:
    """The pattern; of the one for all others, what one of them said."""
    return in_line(pattern.pattern or pattern.sample.text, most) or "–"


def _some(counts: dict[str, int], most: int) -> str:
    """The first by count, and how many more there are. A single one has them all."""
    names = _by_count(counts)
    if len(names) == 1:
        return in_line(names[0])
    shown = ", ".join(f"{in_line(name)} ({counts[name]}×)" for name in names[:most])
    return f"{shown} +{len(names) - most}" if len(names) > most else shown or "–"


def _by_count(counts: dict[str, int]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))


def _cut(word: str) -> str:
    return word.encode()[:WORD].decode(errors="ignore")


def _answer(text: Text, *choices: Choice, edit: str = "") -> Outcome:
    return Outcome(say=(Say(text=text, choices=choices, language="id", purpose=Purpose.ALERT, edit=edit),))
