"""What one line of a log says: how grave it is, when it was written, by which thread, and the message itself.

The formats are those that servers write; `READERS` lists them, the most telling first. What fits none is taken for a
message without a level and a time.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from enum import IntEnum
from typing import Any

from msgspec import Struct


class Level(IntEnum):
    TRACE = 10
    DEBUG = 20
    INFO = 30
    NOTICE = 35
    WARNING = 40
    ERROR = 50
    CRITICAL = 60


_WORDS: dict[str, Level] = {
    word: level
    for level, words in {
        Level.TRACE: "trace verbose finest finer v t",
        Level.DEBUG: "debug fine config d dbg",
        Level.INFO: "info information informational i inf log",
        Level.NOTICE: "notice",
        Level.WARNING: "warning warn w wrn",
        Level.ERROR: "error err severe e eror fail",
        Level.CRITICAL: "critical crit fatal f alert emerg emergency panic c ftl",
    }.items()
    for word in words.split()
}
_SYSLOG = (
    *(Level.CRITICAL, Level.CRITICAL, Level.CRITICAL, Level.ERROR),
    *(Level.WARNING, Level.NOTICE, Level.INFO, Level.DEBUG),
)
"""By severity, RFC 5424."""


class Line(Struct, frozen=True, kw_only=True):
    """`level`, `at` None: the line does not say. `at` is aware, UTC. `thread` tells lines of one writer from others'
    between them; empty: the line does not say. `message` is what is left.
    """

    message: str
    level: Level | None = None
    at: datetime | None = None
    thread: str = ""


class When(Struct, frozen=True):
    """What a time without a year or a zone is read by: the source's zone, and a time shortly after the line."""

    zone: tzinfo
    near: datetime


Read = Callable[[str, When], Line | None]


def level_of(word: str) -> Level | None:
    """By its name, in any case, or by its number as syslog's severities (0 to 7) and pino's (10 to 60) go."""
    if word.isascii() and word.isdigit():
        number = int(word)
        if number < len(_SYSLOG):
            return _SYSLOG[number]
        return {10: Level.TRACE, 20: Level.DEBUG, 30: Level.INFO, 40: Level.WARNING, 50: Level.ERROR}.get(
            number, Level.CRITICAL if number == 60 else None
        )
    return _WORDS.get(word.strip("[]<>()").casefold())


# --- times ---

_MONTHS = {name: number for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_ISO = re.compile(
    r"(\d{4})[-/](\d\d)[-/](\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?"
)
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


def iso(text: str, when: When) -> datetime | None:
    """ISO 8601 and its relatives: a blank for the T, slashes, a comma before the fraction, with a zone or without."""
    match = _ISO.match(text)
    if match is None:
        return None
    *numbers, fraction, zone = match.groups()
    return _made([int(number) for number in numbers], fraction, _zone(zone, when))


def _zone(text: str | None, when: When) -> tzinfo:
    if not text:
        return when.zone
    if found := _OFFSET.fullmatch(text):
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
        return timezone(ahead if found[1] == "+" else -ahead)
    return UTC


def _made(numbers: list[int], fraction: str | None, zone: tzinfo) -> datetime | None:
    micro = int((fraction or "0").ljust(6, "0")[:6])
    try:
        return datetime(*numbers, micro, tzinfo=zone).astimezone(UTC)  # type: ignore[arg-type, misc]  # six numbers
    except (ValueError, OverflowError):
        return None  # the 31st of February


def _without_year(month: int, day: str, clock: str, fraction: str | None, when: When) -> datetime | None:
    """The last such day that is not after `near` by more than a day: December's lines are read in January too."""
    hour, minute, second = (int(part) for part in clock.split(":"))
    year = when.near.astimezone(when.zone).year
    for candidate in (year + 1, year, year - 1):
        at = _made([candidate, month, int(day), hour, minute, second], fraction, when.zone)
        if at is not None and at <= when.near + timedelta(days=1):
            return at
    return None


def _month(name: str) -> int:
    return _MONTHS.get(name[:3].casefold(), 0)


def _epoch(value: object) -> datetime | None:
    """Seconds, milliseconds, micro- or nanoseconds since 1970, as its size tells."""
    try:
        number = float(str(value))
        while abs(number) >= 1e11:
            number /= 1000
        return datetime.fromtimestamp(number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


# --- JSON, one object a line ---

_LEVELS = ("level", "levelname", "severity", "lvl", "log.level", "loglevel", "@l", "priority")
_TIMES = ("time", "timestamp", "ts", "@timestamp", "@t", "datetime", "date", "t")
_MESSAGES = ("msg", "message", "event", "@m", "@mt", "log", "text", "error")
_DETAILS = ("exception", "exc_info", "stack", "stack_trace", "stacktrace", "err", "error", "@x")
_THREADS = ("thread", "thread_name", "threadname", "pid", "process")


def read_json(text: str, when: When) -> Line | None:
    """JSON lines as structlog, slog, pino, logback's encoders and journald's export write them."""
    start = text.find("{")
    if start < 0 or text[:start].strip(" \ufeff"):
        return None
    try:
        given = json.loads(text[start:])
    except (ValueError, RecursionError):
        return None
    if not isinstance(given, dict):
        return None
    if "MESSAGE" in given or "__REALTIME_TIMESTAMP" in given:
        return _journald(given)
    fields = {str(key).casefold(): value for key, value in given.items()}
    level = _first(fields, _LEVELS)
    at = _first(fields, _TIMES)
    message = _first(fields, _MESSAGES)
    details = [str(_told(fields[key])) for key in _DETAILS if fields.get(key) and fields[key] != message]
    return Line(
        message="\n".join([str(_told(message)) if message is not None else text, *details]),
        level=level_of(str(level)) if level is not None else None,
        at=_time_of(at, when),
        thread=str(_first(fields, _THREADS) or ""),
    )


def _first(fields: Mapping[str, Any], names: Iterable[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _told(value: Any) -> Any:
    """Of an error that is an object: its stack, which names it, or its message."""
    if isinstance(value, dict):
        return value.get("stack") or value.get("message") or json.dumps(value)
    return value


def _time_of(value: Any, when: When) -> datetime | None:
    if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
        return iso(value, when)
    return _epoch(value) if value is not None else None


def _journald(fields: Mapping[str, Any]) -> Line:
    message = fields.get("MESSAGE", "")
    if isinstance(message, list):  # bytes that are no text
        message = bytes(each for each in message if isinstance(each, int)).decode("utf-8", "replace")
    priority = str(fields.get("PRIORITY", ""))
    return Line(
        message=str(message),
        level=level_of(priority) if priority else None,
        at=_epoch(fields["__REALTIME_TIMESTAMP"]) if "__REALTIME_TIMESTAMP" in fields else None,
        thread=str(fields.get("_PID", "")),
    )


# --- lines of text ---

_LOGFMT = re.compile(r'(\w[\w.]*)=("(?:[^"\\]|\\.)*"|\S*)')


def read_logfmt(text: str, when: When) -> Line | None:
    """`time=.. level=.. msg=..`, as Go's slog writes."""
    if "level=" not in text and "lvl=" not in text:
        return None
    fields = {key.casefold(): value.strip('"') for key, value in _LOGFMT.findall(text)}
    level = _first(fields, _LEVELS)
    if (
        level is None
        or level_of(level) is None
        or ("msg" not in fields and "time" not in fields and "ts" not in fields)
    ):
        return None
    rest = text
    for name in (*_TIMES, *_LEVELS):
        rest = re.sub(rf'(?i)(?<![\w.]){re.escape(name)}=("(?:[^"\\]|\\.)*"|\S*)\s?', "", rest, count=1)
    return Line(message=rest.strip(), level=level_of(level), at=_time_of(_first(fields, _TIMES), when))


def _by(pattern: str, time: Callable[[re.Match[str], When], datetime | None]) -> Read:
    """A reader by a pattern with the groups `level`, `thread` and `message`, as far as it has them."""
    compiled = re.compile(pattern)

    def read(text: str, when: When) -> Line | None:
        match = compiled.match(text)
        if match is None:
            return None
        found = match.groupdict()
        level = level_of(found["level"]) if found.get("level") else None
        if "level" in found and level is None:
            return None
        return Line(
            message=text[match.start("message") :], level=level, at=time(match, when), thread=found.get("thread") or ""
        )

    return read


def _by_iso(match: re.Match[str], when: When) -> datetime | None:
    return iso(match["time"], when)


def _by_month(match: re.Match[str], when: When) -> datetime | None:
    return _without_year(_month(match["month"]), match["day"], match["clock"], match.groupdict().get("fraction"), when)


def _by_numbers(match: re.Match[str], when: When) -> datetime | None:
    return _without_year(int(match["month"]), match["day"], match["clock"], match["fraction"], when)


def _by_apache(match: re.Match[str], when: When) -> datetime | None:
    hour, minute, second = (int(part) for part in match["clock"].split(":"))
    numbers = [int(match["year"]), _month(match["month"]), int(match["day"]), hour, minute, second]
    return _made(numbers, match["fraction"], when.zone)


def _by_hdfs(match: re.Match[str], when: When) -> datetime | None:
    day, clock = match["day"], match["clock"]
    numbers = [2000 + int(day[:2]), int(day[2:4]), int(day[4:]), int(clock[:2]), int(clock[2:4]), int(clock[4:])]
    return _made(numbers, None, when.zone)


def _never(match: re.Match[str], when: When) -> datetime | None:
    return None


_NAME = r"(?:TRACE|VERBOSE|DEBUG|FINE(?:R|ST)?|CONFIG|INFO(?:RMATION)?|NOTICE|WARN(?:ING)?|ERR(?:OR)?|SEVERE|CRIT(?:ICAL)?|FATAL|ALERT|EMERG(?:ENCY)?|PANIC)"
_TIME = r"(?P<time>\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d{1,9})?\s?(?:Z|UTC|GMT|[+-]\d\d:?\d\d)?)"
_MONTH = r"(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CLOCK = r"(?P<clock>\d\d:\d\d:\d\d)"


def _syslog_3164(text: str, when: When) -> Line | None:
    line = _BSD(text, when)
    if line is None:
        return None
    priority = re.match(r"<(\d{1,3})>", text)
    level = _SYSLOG[int(priority[1]) & 7] if priority else None
    inner = re.match(rf"(?i)\W{{0,2}}({_NAME})\b[\]:>\s]", line.message)
    level = level_of(inner[1]) if level is None and inner else level
    return Line(message=line.message, level=level, at=line.at, thread=line.thread)


_BSD = _by(
    rf"(?:<\d{{1,3}}>)?{_MONTH} +(?P<day>\d\d?) {_CLOCK}(?P<fraction>(?<=x)x)? (?:\S+ )?(?P<thread>[^\s:]+?(?:\[\d+\])?): ?(?P<message>)",
    _by_month,
)


def _syslog_5424(text: str, when: When) -> Line | None:
    match = re.match(r"<(\d{1,3})>1 (\S+) \S+ \S+ (\S+) \S+ (?:-|(?:\[(?:[^\]\\]|\\.)*\])+) ?(?:\ufeff)?", text)
    if match is None:
        return None
    return Line(
        message=text[match.end() :],
        level=_SYSLOG[int(match[1]) & 7],
        at=iso(match[2], when),
        thread=match[3].strip("-"),
    )


READERS: tuple[tuple[str, Read], ...] = (
    ("json", read_json),
    ("syslog-5424", _syslog_5424),
    (
        "apache",
        _by(
            rf"\[\w{{3}} {_MONTH} +(?P<day>\d\d?) {_CLOCK}(?:\.(?P<fraction>\d+))? (?P<year>\d{{4}})\] \[(?:[\w-]*:)?(?P<level>\w+)\] (?:\[pid (?P<thread>\d+(?::tid \d+)?)\] )?(?P<message>)",
            _by_apache,
        ),
    ),
    ("nginx", _by(rf"{_TIME} \[(?P<level>\w+)\] (?P<thread>\d+#\d+): (?:\*\d+ )?(?P<message>)", _by_iso)),
    (
        "android",
        _by(
            rf"(?P<month>\d\d)-(?P<day>\d\d) {_CLOCK}(?:\.(?P<fraction>\d+)) +(?P<thread>\d+ +\d+) (?P<level>[VDIWEFA]) (?P<message>)",
            _by_numbers,
        ),
    ),
    ("windows-cbs", _by(rf"{_TIME}, (?P<level>\w+) +(?P<message>)", _by_iso)),
    ("hdfs", _by(rf"(?P<day>\d{{6}}) (?P<clock>\d{{6}}) (?P<thread>\d+) (?P<level>{_NAME}) (?P<message>)", _by_hdfs)),
    (
        "klog",
        _by(
            rf"(?P<level>[IWEF])(?P<month>\d\d)(?P<day>\d\d) {_CLOCK}\.(?P<fraction>\d+) +(?P<thread>\d+) (?P<message>)",
            _by_numbers,
        ),
    ),
    ("logfmt", read_logfmt),
    # log4j, logback, Python and most others: a time, and the level somewhere before the message.
    (
        "leading",
        _by(
            rf"\[?{_TIME}\]?(?:[ \t]*[-|:][ \t]*|[ \t]+)(?:\[(?P<thread>[^\]]{{1,80}})\][ \t]+)?(?:\S+[ \t]+(?:[-|][ \t]+)?){{0,3}}?[\[(|]?(?P<level>(?i:{_NAME}))[\])|]?:?[ \t]+(?:[-|][ \t]+)?(?P<message>)",
            _by_iso,
        ),
    ),
    ("syslog-3164", _syslog_3164),
    ("python", _by(rf"(?P<level>{_NAME}):[\w.]+:(?P<message>)", _never)),
    ("bare", _by(rf"[\[(]?(?P<level>{_NAME})[\])]?(?::|[ \t]+-|[ \t])[ \t]*(?P<message>)", _never)),
    ("timed", _by(rf"\[?{_TIME}\]?[ \t]+(?P<message>)", _by_iso)),
)
"""By name, the most telling first."""

_NAMED = dict(READERS)
HEAD = 1000
"""Characters in which a line's time and level are looked for."""


class Reader:
    """Reads the lines of one source, whose format is mostly the same: that of the last line is tried first.

    `format` is one of `READERS`, or `auto`. Raises ValueError for any other.
    """

    def __init__(self, when: When, format: str = "auto") -> None:
        if format != "auto" and format not in _NAMED:
            raise ValueError(f"there is no format {format!r}, only {', '.join(('auto', *_NAMED))}")
        self._when = when
        self._readers = list(READERS) if format == "auto" else [(format, _NAMED[format])]

    def read(self, text: str) -> Line:
        for index, (_, read) in enumerate(self._readers):
            line = read(text, self._when)
            if line is not None:
                if index:
                    self._readers.insert(0, self._readers.pop(index))
                return line
        return Line(message=text)


_GRAVE = re.compile(
    r"(?i)\b(?:error|exception|fail(?:ed|ure)|fatal|panic|critical|refused|denied|timed out|unable|cannot|abort(?:ed)?)\b"
)


def grave(line: Line) -> Level | None:
    """How grave a line is that names no level, by its words; None: it tells of no trouble."""
    if line.level is not None:
        return line.level
    return Level.ERROR if _GRAVE.search(line.message[:HEAD]) else None
