"""What the windows of a log bring: the lines with a keyword, read, judged, and counted by their pattern.

Lines that differ in their digits only are of one form, which is read once: its level, its pattern, and where its time
stands. Of each other line of a known form only the time's text is looked at.
"""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.fingerprints import fingerprint, pattern_of
from domain.log_findings import SAMPLE, Finding, Sample, bounded, hour_of
from domain.log_lines import Level, Reader, When, grave
from services.logscan.base import Engine, Reading
from services.logscan.windows import Window

CUT = 1 << 16
"""Bytes of a line that are read for its level, time and pattern; of the rest only whether a keyword is in it."""
_FLAT = bytes.maketrans(b"123456789", b"000000000")
_FLAT_TEXT = str.maketrans("123456789", "000000000")
_FORMS = 20_000
_FORM = 2000


class _Found:
    """One pattern's errors in this range."""

    def __init__(self, pattern: str, level: Level, sample: tuple[datetime, int, str]) -> None:
        self.pattern, self.level = pattern, level
        self.first = self.last = sample[0]
        self.sample = sample
        self.hours: Counter[str] = Counter()


class Finder:
    """For one process. `reading` says how lines are read; findings are taken range by range. Raises ValueError for a
    format, KeyError for a zone that is not known.
    """

    def __init__(self, engine: Engine, reading: Reading) -> None:
        self._engine, self._reading = engine, reading
        self._when = When(ZoneInfo(reading.zone), reading.near)
        Reader(self._when, reading.format)
        self._near = reading.near
        self._forms: dict[bytes, tuple[str, str, Level] | None] = {}
        self._found: dict[str, _Found] = {}
        self._head: tuple[bytes, int] | None = None
        self.lines = self.hits = 0

    def take(self, path: str) -> tuple[Finding, ...]:
        """What was found since the last time, as of the file `path`."""
        found = {
            id: Finding(
                id=id,
                pattern=each.pattern,
                level=each.level,
                count=each.hours.total(),
                first_at=each.first,
                last_at=each.last,
                sample=Sample(at=each.sample[0], path=path, offset=each.sample[1], text=each.sample[2]),
                files={path: each.hours.total()},
                hours=dict(sorted(each.hours.items())),
            )
            for id, each in self._found.items()
        }
        self._found = {}
        self.lines = self.hits = 0
        return tuple(bounded(found).values())

    def read(self, window: Window) -> None:
        data, size = window.data, window.size
        if window.ragged or window.after:
            self._long(window)
            return
        self.lines += data.count(b"\n", 0, size) + (data[size - 1] != 10)
        find, rfind, line_of = data.find, data.rfind, self._line
        last = -1
        for end in self._engine.ends(data):
            if end <= last:
                continue
            if end > size:
                break
            begin = rfind(b"\n", 0, end) + 1
            last = find(b"\n", end, size)
            if last < 0:
                last = size
            line_of(data[begin : min(last, begin + CUT)], window.start + begin)

    def _long(self, window: Window) -> None:
        """A line of several windows counts once, by its first bytes, wherever in it the keyword is."""
        if not window.after:
            self._head = (window.data[:CUT], window.start)
        if self._head and any(end <= window.size for end in self._engine.ends(window.data)):
            self._line(*self._head)
            self._head = None
        if not window.ragged:
            self.lines += 1

    def _line(self, line: bytes, offset: int) -> None:
        self.hits += 1
        text = _decoded(line)
        read = Reader(self._when, self._reading.format).read(text)
        level = grave(read)
        if level is None or level < self._reading.threshold:
            return
        key = line.translate(_FLAT)
        known = self._forms.get(key)
        if known is None:
            pattern = pattern_of(read.message.translate(_FLAT_TEXT))
            known = (fingerprint(pattern), pattern, level)
            if len(self._forms) < _FORMS and len(key) <= _FORM:
                self._forms[key] = known
        id, pattern, _ = known
        at = read.at or self._near
        sample = (at, offset, text[:SAMPLE])
        found = self._found.get(id)
        if found is None:
            found = self._found[id] = _Found(pattern, level, sample)
        else:
            found.level = max(found.level, level)
            found.first, found.last = min(found.first, at), max(found.last, at)
            found.sample = min(found.sample, sample)
        found.hours[hour_of(at)] += 1


def _decoded(line: bytes) -> str:
    line = line.rstrip(b"\r")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
