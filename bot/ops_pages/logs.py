"""`/ops/logs`: what stands in the logs, for who looks after it, and what they make of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from aiohttp import web
from markupsafe import Markup

from bot.ops_pages import log_dashboard, log_list, log_samples
from bot.ops_pages.charts import Column, Span, bars, by_level, spark, spread
from bot.ops_pages.door import Visit
from bot.ops_pages.frame import Frame, cut
from bot.ops_pages.words import Words
from bot.wording import ZONE_NAMES
from domain.catalog import Catalog
from domain.events import Arrival, Due
from domain.log_levels import Level
from domain.log_patterns import Do, LogPattern, PatternState, SourceStatus, may, moved
from domain.log_scans import ALL
from domain.log_trends import time_of
from domain.records import Record
from handlers.log_alerts import CHANGED
from handlers.log_buttons import MUTES
from handlers.log_words import BUTTONS
from storage.base import Stale, Storage

LEVELS = {
    Level.CRITICAL: "ops-level-critical",
    Level.ERROR: "ops-level-error",
    Level.WARNING: "ops-level-warning",
    Level.NOTICE: "ops-level-notice",
    Level.INFO: "ops-level-info",
    Level.DEBUG: "ops-level-debug",
    Level.TRACE: "ops-level-trace",
}
FOUND = (Level.CRITICAL, Level.ERROR, Level.WARNING)
STATES = {
    PatternState.NEW: "ops-state-new",
    PatternState.ACKNOWLEDGED: "ops-state-acknowledged",
    PatternState.MUTED: "ops-state-muted",
    PatternState.RESOLVED: "ops-state-resolved",
    PatternState.REGRESSED: "ops-state-regressed",
}
HAPPENED = {
    "acknowledge": "ops-happened-acknowledge",
    "mute": "ops-happened-mute",
    "resolve": "ops-happened-resolve",
    "reopen": "ops-happened-reopen",
    "regressed": "ops-happened-regressed",
    "mute over": "ops-happened-mute-over",
}
SORTS = {
    log_list.Sort.LAST: "ops-logs-sort-last",
    log_list.Sort.COUNT: "ops-logs-sort-count",
    log_list.Sort.FIRST: "ops-logs-sort-first",
}
SINCE = {"1h": "ops-logs-since-hour", "24h": "ops-logs-since-day", "7d": "ops-logs-since-week"}
WINDOWS = {"24h": "ops-logs-since-day", "7d": "ops-logs-since-week"}
DONE, LATE, BUSY, WHEN = "done", "late", "busy", "when"
NOTICES = {
    DONE: "ops-logs-done",
    LATE: "ops-logs-too-late",
    BUSY: "ops-logs-busy",
    WHEN: "ops-logs-when",
}
UNTIL = "until"
LONGEST_MUTE = timedelta(days=366)
SAVES = 5
"""A scan may write to the same pattern: then it is looked at afresh, so often."""
DAY, FORTNIGHT = (48, 1), (56, 6)
LOCAL = "%Y-%m-%dT%H:%M"


class LogPages:
    def __init__(
        self,
        frame: Frame,
        storage: Storage,
        catalog: Catalog,
        accept: Callable[[Sequence[Arrival], Sequence[Record]], Awaitable[object]],
    ) -> None:
        self._frame = frame
        self._accept = accept
        self._storage = storage
        self._watch = catalog.logs

    def routes(self) -> list[web.RouteDef]:
        inside = self._frame.inside
        return [
            web.get("/ops/logs", inside(self._dashboard)),
            web.get("/ops/logs/errors", inside(self._errors)),
            web.get("/ops/logs/errors/{id}", inside(self._error)),
            web.post("/ops/logs/errors/{id}", inside(self._change)),
        ]

    def _page(self, request: web.Request, visit: Visit, template: str, words: Words, **values: Any) -> web.Response:
        levels = {level: words.say(key) for level, key in LEVELS.items()}
        states = {state: words.say(key) for state, key in STATES.items()}
        return self._frame.render(request, visit, template, levels=levels, states=states, **values)

    # --- the dashboard ---

    async def _dashboard(self, request: web.Request, visit: Visit) -> web.Response:
        words = self._frame.words(request)
        name = request.query.get("window", "")
        name = name if name in log_dashboard.WINDOWS else next(iter(log_dashboard.WINDOWS))
        span = Span(words.now, *log_dashboard.WINDOWS[name])
        board = await log_dashboard.read(self._storage, self._watch, span, words.now)
        counts = by_level(board.hours, span)
        totals = [sum(each) for each in zip(*counts.values(), strict=True)]
        return self._page(
            request,
            visit,
            "dashboard.html",
            words,
            tab="dashboard",
            window=name,
            windows=[(each, words.say(key)) for each, key in WINDOWS.items()],
            board=board,
            most=log_dashboard.COUNTED,
            total=sum(totals),
            by_level=[(level, sum(each)) for level, each in counts.items()],
            highest=max(totals, default=0),
            chart=bars(_columns(words, span, counts), words.say("ops-logs-over-time")),
            axis=_axis(words, span),
            sources=[self._source(words, span, line) for line in board.sources],
        )

    def _source(
        self, words: Words, span: Span, line: log_dashboard.SourceLine
    ) -> tuple[log_dashboard.SourceLine, Markup, str, str]:
        """With its picture, how it stands, and that in words."""
        totals = [sum(each) for each in zip(*by_level(line.hours, span).values(), strict=True)]
        return line, spark(totals, words.say("ops-logs-over-time")), *_condition(words, line.status)

    # --- the list ---

    async def _errors(self, request: web.Request, visit: Visit) -> web.Response:
        words = self._frame.words(request)
        wanted = log_list.wanted(request.query)
        found = await log_list.find(self._storage, wanted, words.now)
        span = Span(words.now, 24, 1)
        label = words.say("ops-logs-last-day")
        return self._page(
            request,
            visit,
            "errors.html",
            words,
            tab="errors",
            wanted=wanted,
            found=found,
            rows=[(each, spark(spread(_by_time(each), span), label)) for each in found.rows],
            options=await self._options(words, wanted),
            summary=_summary(words, found),
            empty=words.say("ops-logs-none-such") if wanted.filtered or wanted.after else words.say("ops-logs-none"),
        )

    async def _options(self, words: Words, wanted: log_list.Wanted) -> dict[str, list[tuple[str, str]]]:
        statuses = await self._storage.find(SourceStatus, limit=log_dashboard.COUNTED)
        names = {each.id for each in self._watch.sources} | {each.id for each in statuses}
        teams = {each.team for each in self._watch.sources if each.team}
        every = words.say("ops-logs-all")
        return {
            "state": [("", every), *((state.value, words.say(key)) for state, key in STATES.items())],
            "level": [("", every), *((level.name.lower(), words.say(LEVELS[level])) for level in FOUND)],
            "source": _named(every, names, wanted.source),
            "team": _named(every, teams, wanted.team),
            "since": [("", words.say("ops-logs-since-ever")), *((name, words.say(key)) for name, key in SINCE.items())],
            "sort": [(sort.value, words.say(key)) for sort, key in SORTS.items()],
        }

    # --- one error ---

    async def _error(self, request: web.Request, visit: Visit) -> web.Response:
        words = self._frame.words(request)
        pattern = await self._storage.get(LogPattern, request.match_info["id"])
        if pattern is None:
            return self._gone(request, visit, words)
        globs = [glob for name in pattern.sources if (source := self._watch.source(name)) for glob in source.globs]
        told = request.query.get("told", "")
        hour_counts = _by_time(pattern)
        zone = ZoneInfo(words.zone)
        return self._page(
            request,
            visit,
            "error.html",
            words,
            tab="errors",
            pattern=pattern,
            moves=[(name, words.say(label)) for name, do, label in BUTTONS if may(pattern, do)],
            may_mute=may(pattern, Do.MUTE),
            zone_name=ZONE_NAMES.get(words.zone, words.zone),
            until=(words.now + timedelta(days=7)).astimezone(zone).strftime(LOCAL),
            least=words.now.astimezone(zone).strftime(LOCAL),
            latest=(words.now + LONGEST_MUTE).astimezone(zone).strftime(LOCAL),
            charts=[
                _chart(words, pattern, hour_counts, Span(words.now, *DAY), words.say("ops-logs-two-days")),
                _chart(words, pattern, hour_counts, Span(words.now, *FORTNIGHT), words.say("ops-logs-fortnight")),
            ],
            around=await asyncio.to_thread(log_samples.around, pattern.sample, globs),
            sample=pattern.sample.text.split("\n"),
            sources=_by_count(pattern.sources),
            files=_by_count(pattern.files),
            history=[
                (each, words.say(HAPPENED[each.what]) if each.what in HAPPENED else each.what)
                for each in reversed(pattern.history)
            ],
            notice=words.say(NOTICES[told], state=words.say(STATES[pattern.state])) if told in NOTICES else "",
            notice_kind="good" if told == DONE else "bad",
        )

    async def _change(self, request: web.Request, visit: Visit) -> web.Response:
        form = await self._frame.form(request, visit)
        words = self._frame.words(request)
        pattern_id = request.match_info["id"]
        what = form.get("do", "")
        until = _until(form.get(UNTIL, ""), words) if what == UNTIL else words.now + MUTES.get(what, timedelta())
        do = Do.MUTE if what == UNTIL else {name: do for name, do, _ in BUTTONS}.get(what)
        if do is None:
            raise web.HTTPBadRequest
        told = WHEN
        if until is not None:
            told = await self._move(pattern_id, do, form.get("seen", ""), visit.name, until)
        if not told:
            return self._gone(request, visit, words)
        raise web.HTTPSeeOther(f"/ops/logs/errors/{quote(pattern_id, safe='')}?told={told}")

    async def _move(self, pattern_id: str, do: Do, seen: str, name: str, until: datetime) -> str:
        """How it went; empty: there is no such pattern. Whoever did not see how it stands is too late."""
        for _ in range(SAVES):
            pattern = await self._storage.get(LogPattern, pattern_id)
            if pattern is None:
                return ""
            if pattern.state != seen or not may(pattern, do):
                return LATE
            after = moved(pattern, do, by=f"{name} · page", now=self._frame.now(), until=until)
            # The group that was told of it hears of it.
            event = Due(name=CHANGED, record=after.id, at=self._frame.now())
            name = f"{after.id}-{after.version + 1}"
            changed = Arrival(source="ops-page", external_id=name, conversation=ALL, event=event)
            try:
                await self._accept([changed], [after])
            except Stale:
                continue
            return DONE
        return BUSY

    def _gone(self, request: web.Request, visit: Visit, words: Words) -> web.Response:
        problem, hint = words.say("ops-logs-unknown"), words.say("ops-logs-unknown-hint")
        return self._frame.problem(request, visit, problem, hint, status=404)


# --- what is shown, in words and pictures ---


def _columns(words: Words, span: Span, counts: dict[Level, list[int]]) -> list[Column]:
    def title(index: int, begins: datetime) -> str:
        parts = [f"{words.say(LEVELS[level])}: {words.number(each[index])}" for level, each in counts.items()]
        return "\n".join((f"{words.when(begins)} – {words.clock(begins + timedelta(hours=span.hours))}", *parts))

    return [
        Column(title(index, begins), tuple((level.name.lower(), each[index]) for level, each in counts.items()))
        for index, begins in enumerate(span.begins)
    ]


def _axis(words: Words, span: Span) -> list[str]:
    begins = span.begins
    return [words.when(begins[0]), words.when(begins[len(begins) // 2]), words.when(words.now)]


def _chart(
    words: Words, pattern: LogPattern, counts: dict[datetime, int], span: Span, label: str
) -> tuple[str, Markup, list[str], int]:
    """With its label, what stands below it, and its highest column."""
    columns = spread(counts, span)
    return label, bars(_columns(words, span, {pattern.level: columns}), label), _axis(words, span), max(columns)


def _by_time(pattern: LogPattern) -> dict[datetime, int]:
    return {time_of(hour): count for hour, count in pattern.hours.items()}


def _condition(words: Words, status: SourceStatus | None) -> tuple[str, str]:
    """Its class, and that in words."""
    if status is None:
        return "unknown", words.say("ops-logs-source-unread")
    if status.failing:
        return "failing", words.say("ops-logs-source-failing", why=status.failing)
    if status.silent and status.grew_at:
        return "silent", words.say("ops-logs-source-silent", since=words.when(status.grew_at))
    if status.scanned_at is None:
        return "unknown", words.say("ops-logs-source-unread")
    at = words.when(status.scanned_at)
    if status.waiting:
        return "behind", words.say("ops-logs-source-behind", at=at, size=words.size(status.waiting))
    return "fine", words.say("ops-logs-source-fine", at=at, files=status.files)


def _summary(words: Words, found: log_list.Found) -> str:
    if found.count is None:
        return words.say("ops-logs-looked-through", rows=len(found.rows), looked=words.number(found.looked))
    if found.count >= log_list.COUNTED:
        return words.say("ops-logs-more-than", count=words.number(found.count))
    return words.say("ops-logs-in-all", count=words.number(found.count))


def _named(every: str, names: Iterable[str], chosen: str) -> list[tuple[str, str]]:
    """What can be chosen; also what is chosen, though nobody knows it."""
    return [("", every), *((name, cut(name, 60)) for name in sorted({*names, chosen} - {""}))]


def _by_count(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))


def _until(text: str, words: Words) -> datetime | None:
    """A time on the pages' clock; None where it is none, or not within a year from now."""
    try:
        at = datetime.strptime(text, LOCAL).replace(tzinfo=ZoneInfo(words.zone))
    except ValueError:
        return None
    return at.astimezone(UTC) if words.now < at <= words.now + LONGEST_MUTE else None
