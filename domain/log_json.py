"""Lines of fields: JSON, one object a line, and logfmt."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from domain.log_levels import Level, Line, level_of
from domain.log_times import When, epoch, moment

_LEVELS = ("level", "levelname", "severity", "severitytext", "lvl", "log.level", "loglevel", "@l", "priority", "s")
_TIMES = ("time", "timestamp", "ts", "@timestamp", "@t", "datetime", "date", "asctime", "t")
_MESSAGES = ("msg", "message", "short_message", "event", "@m", "@mt", "log", "body", "text", "error")
_DETAILS = ("exception", "exc_info", "stack", "stack_trace", "stacktrace", "error.stack_trace", "err", "error", "@x")
_THREADS = ("thread", "thread_name", "threadname", "pid", "process")
_OBJECT = re.compile(r"(?:\ufeff|@cee: ?| )*\{")
JOURNALD = "journald"
"""The key under which the fields of an entry of journald's stand."""
LONGEST = 2000
"""Characters of a line that are its message where nothing in it is."""

Fields = Mapping[str, Any]


class Json:
    """As structlog, slog, zap, pino, Serilog, logback's encoders, MongoDB, Docker and journald's export write it."""

    def match(self, text: str) -> Fields | None:
        found = _OBJECT.match(text)
        if found is None:
            return None
        try:
            fields = msgspec.json.decode(text[found.end() - 1 :])
        except (ValueError, RecursionError):
            return _torn(text)
        if not isinstance(fields, dict):
            return None
        if "MESSAGE" in fields or "__REALTIME_TIMESTAMP" in fields:
            return {JOURNALD: fields}
        return {str(key).casefold(): value for key, value in fields.items()} | {"": text}

    def level(self, fields: Fields) -> Level | None:
        if JOURNALD in fields:
            priority = str(fields[JOURNALD].get("PRIORITY", ""))
            return level_of(priority) if priority else None
        level = _first(fields, _LEVELS)
        if level is None and isinstance(fields.get("log"), dict):  # Elastic's
            level = fields["log"].get("level")
        return level_of(str(level)) if isinstance(level, str | int) else None

    def wraps(self, fields: Fields) -> bool:
        return JOURNALD in fields or self.level(fields) is None

    def line(self, fields: Fields, when: When) -> Line:
        if JOURNALD in fields:
            return _journald(fields[JOURNALD], self.level(fields))
        message = _told(_first(fields, _MESSAGES))
        details = [_told(fields[key]) for key in _DETAILS if fields.get(key)]
        text = message or fields[""][:LONGEST]
        at, span = _time(_first(fields, _TIMES), fields[""], when)
        return Line(
            message="\n".join([text, *(each for each in details if each and each not in text)]),
            level=self.level(fields),
            at=at,
            thread=str(_first(fields, _THREADS) or ""),
            span=span,
        )


_FIELD = re.compile(
    r'"(level|levelname|severity|lvl|time|timestamp|ts|@timestamp|msg|message|event)"\s*:\s*(?:"((?:[^"\\]|\\.){0,2000})|(\d+))'
)


def _torn(text: str) -> Fields | None:
    """What can be read of an object that is cut, or broken."""
    fields = {found[1]: found[2] if found[2] is not None else int(found[3][:20]) for found in _FIELD.finditer(text)}
    return fields | {"": text} if fields else None


def _first(fields: Fields, names: Iterable[str]) -> Any:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _told(value: Any) -> str:
    """Of an error that is an object: its stack, which names it, or its message."""
    if isinstance(value, dict):
        kind, stack, message = (value.get(name) for name in ("type", "stack", "message"))
        told = stack or (f"{kind}: {message}" if kind and message else message)
        return str(told or json.dumps(value, default=str))
    if isinstance(value, list):
        return "\n".join(str(each) for each in value)
    return "" if value is None or isinstance(value, bool) else str(value)


def _time(value: Any, text: str, when: When) -> tuple[datetime | None, tuple[int, int] | None]:
    """And where it stands in the text, if that is certain."""
    told = value.get("$date") if isinstance(value, dict) else value  # MongoDB's
    if told is None or isinstance(told, bool) or not isinstance(told, str | int | float):
        return None, None
    raw = str(told)
    start = text.find(raw) if raw and text.count(raw) == 1 else -1
    return moment(raw, when), (start, start + len(raw)) if start >= 0 else None


def _journald(fields: Fields, level: Level | None) -> Line:
    message = fields.get("MESSAGE") or ""
    if isinstance(message, list):  # bytes that are no text
        message = bytes(each for each in message if isinstance(each, int) and 0 <= each < 256).decode(
            "utf-8", "replace"
        )
    at = fields.get("__REALTIME_TIMESTAMP")
    return Line(
        message=str(message),
        level=level,
        at=epoch(at) if at is not None else None,
        thread=str(fields.get("_PID") or fields.get("SYSLOG_IDENTIFIER") or ""),
    )


_VALUE = r'(?:"(?:[^"\\]|\\.)*"|\S*)'
_LOGFMT_LEVEL = re.compile(r'(?:^|\s)(?:level|lvl|severity)="?(\w+)(?:[+-]\d+)?"?(?=\s|$)', re.I)
_LOGFMT_TIME = re.compile(r'(?:^|\s)(?:time|timestamp|ts|t)=("[^"]*"|\S*)', re.I)
_LOGFMT_MORE = re.compile(r"(?:^|\s)(?:msg|message|time|ts|err|error|caller|component)=", re.I)
_LOGFMT_REST = re.compile(rf"(?:^|(?<=\s))(?:time|timestamp|ts|t|level|lvl|severity)={_VALUE}\s*", re.I)


class Logfmt:
    """`time=.. level=.. msg=..`, as Go's slog, logrus and Prometheus write."""

    def match(self, text: str) -> tuple[str, Level] | None:
        found = _LOGFMT_LEVEL.search(text) if "l=" in text or "y=" in text or "L=" in text else None
        level = level_of(found[1]) if found else None
        return (text, level) if level is not None and _LOGFMT_MORE.search(text) else None

    def level(self, found: tuple[str, Level]) -> Level:
        return found[1]

    def wraps(self, found: tuple[str, Level]) -> bool:
        return False

    def line(self, found: tuple[str, Level], when: When) -> Line:
        text, level = found
        time = _LOGFMT_TIME.search(text)
        quotes = 1 if time and time[1][:1] == '"' else 0
        return Line(
            message=_LOGFMT_REST.sub("", text).strip(),
            level=level,
            at=moment(time[1].strip('"'), when) if time else None,
            span=(time.start(1) + quotes, time.end(1) - quotes) if time else None,
        )
