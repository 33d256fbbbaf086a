"""What one line of a log says: how grave it is, when it was written, by which thread, and the message itself.

Any text is a line: what is of no format that `log_formats` knows is a message without a level and a time.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from domain.log_formats import BY_FIRST, JSON, READERS, Format
from domain.log_json import JOURNALD
from domain.log_levels import Level, Line, level_of
from domain.log_times import When, moment

__all__ = ["READERS", "Level", "Line", "Reader", "When", "flat", "grave", "level_of"]

HEAD = 1000
"""Characters in which the words are looked for that tell how grave a line is."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Reader:
    """Reads the lines of one source. `format` is one of `READERS`, or `auto`: each line by its own form. Raises
    ValueError for any other.
    """

    def __init__(self, when: When, format: str = "auto") -> None:
        formats = dict(READERS)
        if format != "auto" and format not in formats:
            raise ValueError(f"there is no format {format!r}, only {', '.join(('auto', *formats))}")
        self._when = when
        self._formats = formats.get(format)

    def read(self, text: str) -> Line:
        if "\x1b" in text:
            return replace(self.read(_COLOURS.sub("", text).replace("\x1b", "")), span=None)
        format, found = self._found(text, self._formats)
        if format is None:
            return Line(message=text)
        line: Line = format.line(found, self._when)
        return self._within(line) if format.wraps(found) else line

    def level(self, text: str) -> Level | None:
        """As `read` has it, sooner."""
        if "\x1b" in text:
            return self.read(text).level
        format, found = self._found(text, self._formats)
        if format is None:
            return None
        return self.read(text).level if format.wraps(found) else format.level(found)

    def of_journal(self, fields: Mapping[str, str]) -> Line:
        """An entry of journald's, by its fields."""
        found = {JOURNALD: fields}
        return self._within(JSON.line(found, self._when))

    def moment(self, span: str) -> datetime | None:
        """The time that stands in a line's `span`, as `read` has it: of lines that are `flat` the same, it is all that
        differs in level and time.
        """
        return moment(span, self._when)

    def _within(self, outer: Line) -> Line:
        """What the program itself wrote has the last word of how grave it is, not who passed it on."""
        format, found = self._found(outer.message)
        if format is None:
            return outer
        inner = format.line(found, self._when)
        return Line(
            message=inner.message,
            level=inner.level if inner.level is not None else outer.level,
            at=outer.at or inner.at,
            thread=outer.thread or inner.thread,
            span=outer.span if outer.at else None,
        )

    def _found(self, text: str, formats: Iterable[Format] | None = None) -> tuple[Format, Any] | tuple[None, None]:
        for format in BY_FIRST.get(text[:1], ()) if formats is None else formats:
            found = format.match(text)
            if found is not None:
                return format, found
        return None, None


_FLAT = bytes.maketrans(b"123456789", b"000000000")
_NUMBERED = (b"evel", b"EVEL", b"everity", b"EVERITY", b"riority", b"RIORITY", b"lvl", b"LVL", b"Lvl")
"""Ends of the names of fields that tell a level, some by its number."""
_NUMBER = re.compile(rb"\"?\s*[:=]\s*\"?\d+")


def flat(line: bytes) -> bytes:
    """What is the same for lines that differ in nothing but digits, where these do not tell the level. Their patterns,
    too, are then the same (`fingerprints`).
    """
    same = line.translate(_FLAT)
    if line[:1] == b"<":
        return line[:5] + same
    if b"{" in line or b"l=" in line or b"ty=" in line:
        return b"\0".join((same, *_numbers(line)))
    return same


def _numbers(line: bytes) -> Iterator[bytes]:
    for name in _NUMBERED:
        at = line.find(name)
        while at >= 0:
            at += len(name)
            if found := _NUMBER.match(line, at):
                yield found[0]
            at = line.find(name, at)


_HARMLESS = re.compile(
    r"""(?ix)
      \b(?:no|not\ an?|zero|without(?:\ an|\ any)?) \s+ (?:errors?|exceptions?|failures?)\b
    | \b\d+ \s+ (?:errors|exceptions|failures)\b
    | (?:^|[,;:(]\ *) \d+ \s+ (?:failed|aborted) \s* (?=[,;.)]|$)
    | \b(?:errors|failures|exceptions|error_?count) \s*[:=]\s* (?:\d+|none|null|nil|false|\[\])
    | \b(?:failed|aborted) \s*[:=]\s* (?:\d+|none|null|nil|false) \s* (?=[,;.)]|$)
    | \b(?:error|err|exception) ["']? \s*[:=]\s* (?:none|null|nil|false|ok|success|""|'') (?![\w-])
    | \b(?:error|exception|failure)[-_ ]?(?:handl\w+|report\w*|pages?|rate|log|level|count\w*)\b
    | (?<![\w./-])[\w.-]*/[\w./-]*(?:error|exception|fail|abort)[\w./-]*
    """
)
"""Counts, however many, and names of things: the words without what they mean."""
_CRITICAL = re.compile(
    r"(?ix) ^(?:fatal|panic|emerg)\b | \b(?:fatal\ error | kernel\ panic | out\ of\ memory | oom-?kill\w*"
    r" | segfault | segmentation\ fault | core\ dumped)\b"
)
_ERROR = re.compile(
    r"""(?ix)
      \b(?: err(?:or)?s? | exceptions? | fail(?:ed|s|ures?|ing)? | fatal | panic(?:ked)? | severe | critical
         | cannot | can't | could\ not | couldn't | unable\ to | refused | denied | timed\ out
         | abort(?:ed|ing)? | corrupt(?:ed|ion)? | unreachable | crash(?:ed|es)? | un(?:handled|caught)
         | deadlock(?:ed)? | traceback | abnormal(?:ly)? )\b
    | (?-i:[A-Za-z0-9](?:Error|Exception|Failure)\b | \b(?:ORA|TNS)-\d{5}\b)
    """
)
_WARNING = re.compile(r"(?i)\bwarn(?:ing)?s?\b")


def grave(line: Line) -> Level | None:
    """How grave a line is: its level, or, where it names none, by the words that were found to be right in logs whose
    lines do (benchmarks/logscan_quality.py); digits do not count. None: it tells of no trouble.
    """
    if line.level is not None:
        return line.level
    text = line.message[:HEAD]
    if _CRITICAL.search(text):
        return Level.CRITICAL
    if _ERROR.search(text) and _ERROR.search(_HARMLESS.sub(" ", text)):
        return Level.ERROR
    return Level.WARNING if _WARNING.search(text) else None
