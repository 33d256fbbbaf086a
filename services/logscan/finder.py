"""What the windows of a log bring: the lines with a keyword, judged, and counted by their pattern."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.log_entries import belonging, head_for, message_of
from domain.log_findings import MOST_PATTERNS, OTHERS, SAMPLE, Finding, Sample, hour_of
from domain.log_lines import Level, Line, Reader, When, flat, grave
from services.logscan.base import Engine, Reading
from services.logscan.context import lines_after, lines_before, text_of
from services.logscan.forms import Form, Forms
from services.logscan.journal import entry, reaches, told
from services.logscan.windows import REACH, Window

CUT = 1 << 16
"""Bytes of a line that are read; of what is longer, the rest is searched for keywords only."""
_HEAVY = 8 << 20
_READ = 2000
"""Lines that are remembered as read, of those that may belong to others."""


class _Found:
    """One pattern's errors in a range."""

    __slots__ = ("first", "hours", "last", "level", "pattern", "sample")

    def __init__(self, pattern: str, level: Level, sample: tuple[datetime, int, str]) -> None:
        self.pattern, self.level, self.sample = pattern, level, sample
        self.first = self.last = sample[0]
        self.hours: Counter[str] = Counter()

    def take(self, level: Level, sample: tuple[datetime, int, str]) -> None:
        self.level = max(self.level, level)
        self.first, self.last = min(self.first, sample[0]), max(self.last, sample[0])
        self.sample = min(self.sample, sample)


class Finder:
    """For one process and one way of `reading`; findings are taken range by range. The `engine` finds keywords and
    `context.MARKS`. Raises ValueError for a format, KeyError for a zone that is not known.
    """

    def __init__(self, engine: Engine, reading: Reading) -> None:
        self._engine, self._reading = engine, reading
        self._reader = Reader(When(ZoneInfo(reading.zone), reading.near), reading.format)
        self._turn = reading.near + timedelta(days=1)
        self._forms = Forms(self._reader, reading.threshold)
        self._touched: list[Form] = []
        self._found: dict[str, _Found] = {}
        self._last_kept = OTHERS
        self._lines: dict[str, Line] = {}
        self._head: tuple[bytes, int] | None = None
        self.lines = self.hits = self._weight = 0

    @property
    def heavy(self) -> bool:
        """Whether what was found takes so much memory that it is to be taken."""
        return self._weight > _HEAVY

    def take(self, path: str, unit: int = 1) -> tuple[Finding, ...]:
        """What was found since the last time, as of the file `path`, where an offset counts `unit` bytes."""
        self._settle()
        self._bound(MOST_PATTERNS)
        found = tuple(_finding(id, each, path, unit) for id, each in sorted(self._found.items()))
        self._found, self._last_kept = {}, OTHERS
        self.lines = self.hits = self._weight = 0
        return found

    def read(self, window: Window) -> None:
        if window.ragged or window.after:
            self._long(window)
            return
        data, begin, size = window.data, window.begin, window.end
        body = data[begin:size]
        self.lines += len(body) - len(body.replace(b"\n", b"")) + (data[size - 1] != 10)  # thrice as quick as `count`
        # The loop is where the time goes where errors are many: names of its own, and no call that can be spared.
        find, rfind, known_form, form_of = data.find, data.rfind, self._forms.known.get, self._forms.of
        hits = 0
        last = -1
        until = reaches(data, begin)
        """Where an entry of journald's ends: its fields are no lines of their own."""
        keywords, marks = self._engine.ends(memoryview(data)[begin:])
        for found in keywords:
            end = begin + found
            if end <= last:
                continue
            if end > size:
                break
            start = rfind(b"\n", begin, end) + 1 or begin
            last = find(b"\n", end, size)
            if last < 0:
                last = size
            hits += 1
            if start < until:
                continue
            line = data[start:last] if last - start <= CUT else data[start : start + CUT]
            form = known_form(flat(line))
            if form is None or form.switch:
                form = form_of(line)
            if not form.counts:
                continue
            if form.journal:
                until = self._journal(window, start)
                continue
            if form.depends or (marks and _near(marks, last - begin)):
                self._entry(form, window, line, start, last)
                continue
            layout = form.layout
            if layout is None:
                self._add(form, self._at(form, line), window.start + start, line)
                continue
            at, middle, until = layout
            hour = form.hours.get(line[at:middle])
            if hour is None:
                self._first(form, line, window.start + start)
                continue
            hour[0] += 1
            stamp = line[middle:until]
            if stamp > hour[2]:
                hour[2], hour[3] = stamp, line
            elif stamp < hour[1]:
                hour[1] = stamp
                sample = (self._at(form, line), window.start + start, text_of(line)[:SAMPLE])
                self._note(form.id, form.pattern, form.level, sample)
        self.hits += hits

    def _long(self, window: Window) -> None:
        """A line of several windows counts once, by its first bytes, wherever in it the keyword is."""
        data = memoryview(window.data)[window.begin : window.end]
        if not window.after:
            self._head = (bytes(data[:CUT]), window.start + window.begin)
        if self._head and self._engine.ends(data)[0]:
            line, offset = self._head
            self._head = None
            self.hits += 1
            form = self._forms.of(line)
            if form.counts:
                self._add(form, self._at(form, line), offset, line)
        if not window.ragged:
            self.lines += 1

    def _entry(self, form: Form, window: Window, line: bytes, start: int, end: int) -> None:
        """A line that may belong to another, or others to it."""
        text = text_of(line)
        read = self._reader.read(text)
        if form.depends:
            before = lines_before(window.data, window.start, start)
            if head_for(read, before, self._remembered) is not None:
                return
        after = lines_after(window.data, end + 1, closed=window.closed)
        own = [after[index] for index in belonging(read, after, self._remembered)]
        id, pattern = form.id, form.pattern
        if own:
            id, pattern = self._forms.pattern(message_of(read, [self._remembered(each).message for each in own]))
        at = read.at or self._reading.near
        sample = (at, window.start + start, "\n".join([text, *own])[:SAMPLE])
        self._note(id, pattern, form.level, sample).hours[hour_of(at)] += 1

    def _journal(self, window: Window, start: int) -> int:
        """An entry of journald's. Returns where it ends."""
        fields, end = entry(window.data, start)
        read = self._reader.of_journal(fields)
        level = grave(read)
        if level is not None and level >= self._reading.threshold:
            id, pattern = self._forms.pattern(message_of(read, ()))
            at = read.at or self._reading.near
            sample = (at, window.start + start, told(fields)[:SAMPLE])
            self._note(id, pattern, level, sample).hours[hour_of(at)] += 1
        return end

    def _first(self, form: Form, line: bytes, offset: int) -> None:
        """The first line of a form in an hour."""
        if self._forms.full:
            self._settle()
            self._forms.clear()
        at = self._at(form, line)
        if form.layout is None or self._turns(at):
            self._add(form, at, offset, line)
            return
        self._note(form.id, form.pattern, form.level, (at, offset, text_of(line)[:SAMPLE]))
        begin, middle, end = form.layout
        stamp = line[middle:end]
        self._weight += len(line) + 500
        if not form.hours:
            self._touched.append(form)
        form.hours[line[begin:middle]] = [1, stamp, stamp, line, hour_of(at)]

    def _turns(self, at: datetime) -> bool:
        """Whether of the hour's lines, if they name no year, some may be of another."""
        ahead = self._turn - at
        return any(abs(ahead - timedelta(days=days)) < timedelta(hours=1) for days in (0, 365, 366))

    def _settle(self) -> None:
        """What was counted by form is counted by pattern."""
        for form in self._touched:
            found = self._found[self._kept(form.id)]
            for count, first, last, line, hour in form.hours.values():
                found.hours[hour] += count
                if last != first:
                    found.last = max(found.last, self._at(form, line))
            form.hours = {}
        self._touched = []

    def _add(self, form: Form, at: datetime, offset: int, line: bytes) -> None:
        sample = (at, offset, text_of(line)[:SAMPLE])
        self._note(form.id, form.pattern, form.level, sample).hours[hour_of(at)] += 1

    def _note(self, id: str, pattern: str, level: Level, sample: tuple[datetime, int, str]) -> _Found:
        """All but the count."""
        kept = self._kept(id)
        found = self._found.get(kept)
        if found is not None:
            found.take(level, sample)
            return found
        self._weight += len(sample[2]) + 1000
        found = self._found[kept] = _Found("" if kept == OTHERS else pattern, level, sample)
        if len(self._found) > 2 * MOST_PATTERNS:
            self._bound(MOST_PATTERNS)
        return self._found[self._kept(id)]

    def _kept(self, id: str) -> str:
        return id if id <= self._last_kept else OTHERS

    def _bound(self, most: int) -> None:
        """As `domain.log_findings.bounded`."""
        ids = sorted(self._found.keys() - {OTHERS})
        if len(ids) <= most:
            return
        self._last_kept = ids[most - 1]
        for id in ids[most:]:
            each = self._found.pop(id)
            others = self._found.setdefault(OTHERS, _Found("", each.level, each.sample))
            others.take(each.level, each.sample)
            others.last = max(others.last, each.last)
            others.first = min(others.first, each.first)
            others.hours += each.hours

    def _at(self, form: Form, line: bytes) -> datetime:
        return self._forms.at(form, line) or self._reading.near

    def _remembered(self, text: str) -> Line:
        line = self._lines.get(text)
        if line is None:
            if len(self._lines) >= _READ:
                self._lines.clear()
            line = self._lines[text] = self._reader.read(text)
        return line


def _near(marks: Sequence[int], end: int) -> bool:
    """Whether one of them ends within REACH behind a line's end."""
    index = bisect_right(marks, end + 1)
    return index < len(marks) and marks[index] <= end + 1 + REACH


def _finding(id: str, found: _Found, path: str, unit: int) -> Finding:
    at, offset, text = found.sample
    count = found.hours.total()
    return Finding(
        id=id,
        pattern=found.pattern,
        level=found.level,
        count=count,
        first_at=found.first,
        last_at=found.last,
        sample=Sample(at=at, path=path, offset=offset * unit, text=text),
        files={path: count},
        hours=dict(sorted(found.hours.items())),
    )
