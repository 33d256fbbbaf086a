"""Lines that differ in their digits only (and in hexadecimal ids) are of one form: of one level and one pattern, with
the time in the same place. So a form is read once, and of its other lines only the time's text is compared.
"""

import re
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from domain.fingerprints import LONGEST, fingerprint, pattern_of
from domain.log_entries import Place, message_of, place_of
from domain.log_lines import Level, Line, Reader, flat, grave
from services.logscan.context import text_of
from services.logscan.journal import BEGINS

_FLAT = str.maketrans("123456789", "000000000")
_IDS = re.compile(
    rb"\b[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\b"
    rb"|(?<!\w)(?=[0-9a-fA-F]*0)(?=0*[a-fA-F])[0-9a-fA-F]{6,}(?!\w)"
)
"""Of a flat line."""
_UUID = b"a0000000-0000-0000-0000-000000000000"
_ESCAPED = re.compile(rb"\\u[0-9a-fA-F]{4}")
_TIME = re.compile(rb"(?:\d\d:(?=\d\d:)|\d{6} \d\d)(?P<second>\d\d:?\d\d)(?P<fraction>(?:[.,]\d{1,6})?)\d*(?P<rest>.*)")

_MOST = 20_000
_MOST_BYTES = 8 << 20
_LONGEST = 4000
_MOST_MESSAGES = 2000


class Layout(NamedTuple):
    """Where the time stands in the lines of a form: `line[begin:middle]` tells the hour, `line[middle:end]` the time in
    it, so that of two lines of one hour the later one has the greater text. All 0: the lines have no time.
    """

    begin: int
    middle: int
    end: int


class Form:
    """`counts`: lines of the form are findings, if they belong to no other (`depends`: that has to be seen). `span`:
    where the time stands; None: the whole line has to be read for it. `hours`: what the finder keeps of a range, where
    there is a `layout`, by the hour's text: how many lines, the first and the last time's text, the line of the last,
    and the hour.

    `journal`: the line tells that an entry of journald's export begins, which is to be read.

    A form with a `switch` is none itself: where other digits stand there it is another of its `ways`.
    """

    __slots__ = ("counts", "depends", "hours", "id", "journal", "layout", "level", "pattern", "span", "switch", "ways")

    def __init__(self) -> None:
        self.counts = self.depends = self.journal = False
        self.id = self.pattern = ""
        self.level = Level.ERROR
        self.span: slice | None = None
        self.layout: Layout | None = None
        self.hours: dict[bytes, list[Any]] = {}
        self.switch: tuple[slice, ...] = ()
        self.ways: dict[bytes, Form] = {}


class Forms:
    """Those that were met; `known` by `flat` lines."""

    def __init__(self, reader: Reader, threshold: Level) -> None:
        self._reader, self._threshold = reader, threshold
        self.known: dict[bytes, Form] = {}
        self._patterns: dict[str, tuple[str, str]] = {}
        self._count = self._bytes = 0

    @property
    def full(self) -> bool:
        return self._count >= _MOST or self._bytes >= _MOST_BYTES

    def clear(self) -> None:
        self.known.clear()
        self._count = self._bytes = 0

    def of(self, line: bytes) -> Form:
        key = flat(line)
        form = self.known.get(key)
        if form is None:
            key = _IDS.sub(_alike, key)
            form = self.known.get(key)
            if form is None:
                form = self._made(line, key)
        if not form.switch:
            return form
        digits = b"\0".join([line[each] for each in form.switch])
        way = form.ways.get(digits)
        if way is None:
            way = form.ways[digits] = self._judged(line)
            self._count += 1
        return way

    def at(self, form: Form, line: bytes) -> datetime | None:
        """When one of its lines was written."""
        if form.span is None:
            return self._reader.read(text_of(line)).at
        return self._reader.moment(line[form.span].decode())

    def pattern(self, message: str) -> tuple[str, str]:
        """Its fingerprint, and the pattern itself."""
        message = message[:LONGEST].translate(_FLAT)
        known = self._patterns.get(message)
        if known is None:
            if len(self._patterns) >= _MOST_MESSAGES:
                self._patterns.clear()
            pattern = pattern_of(message)
            known = self._patterns[message] = (fingerprint(pattern), pattern)
        return known

    def _made(self, line: bytes, key: bytes) -> Form:
        form = self._judged(line)
        if len(key) > _LONGEST:
            form.layout = None  # it is not met again
            return form
        switch = tuple(slice(*each.span()) for each in _ESCAPED.finditer(line)) if b"\\u" in line else ()
        if form.span and (time := _TIME.search(line, form.span.start, form.span.stop)) and time["rest"]:
            switch = (*switch, slice(*time.span("rest")))
        if switch:
            form = Form()
            form.switch = switch
        self.known[key] = form
        self._count += 1
        self._bytes += len(key)
        return form

    def _judged(self, line: bytes) -> Form:
        form = Form()
        if line.startswith(BEGINS):
            form.counts = form.depends = form.journal = True
            return form
        text = text_of(line)
        level = self._reader.level(text)
        if level is not None and level < self._threshold:
            return form
        read = self._reader.read(text)
        level, place = grave(read), place_of(read)
        if level is not None and level >= self._threshold and place is not Place.WITHIN:
            form.counts, form.depends, form.level = True, place is Place.DEPENDS, level
            form.id, form.pattern = self.pattern(message_of(read, ()))
            self._time(form, read, text, line)
        return form

    def _time(self, form: Form, read: Line, text: str, line: bytes) -> None:
        if read.span is None:
            form.layout = None if read.at else Layout(0, 0, 0)
        elif text[: read.span[1]].isascii() and line.startswith(text[: read.span[1]].encode()):
            form.span = slice(*read.span)
            form.layout = self._layout(form.span, line)

    def _layout(self, span: slice, line: bytes) -> Layout | None:
        """By what the reader makes of two other times in this place."""
        time = _TIME.search(line, span.start, span.stop)
        if time is None:
            return None
        begin, end = time.span("second")
        zero = re.sub(rb"\d", b"0", time["second"])
        first, later = (
            self._reader.moment((line[span.start : begin] + each + line[end : span.stop]).decode())
            for each in (zero, zero[:-1] + b"7")
        )
        if first is None or later is None or later - first != timedelta(seconds=7):
            return None
        # Where an hour begins within an hour of UTC, the minute tells which hour it is, too.
        return Layout(span.start, end if first.minute else begin, time.end("fraction"))


def _alike(found: re.Match[bytes]) -> bytes:
    """An id of the same length."""
    size = len(found[0])
    return _UUID if b"-" in found[0] else b"a".ljust(size, b"0")
