"""Which lines of a log belong to one entry: a stack trace, and a message of several lines, belong to the line that
begins them, also where every line has a prefix (syslog) and where lines of other threads or processes stand between.

Pure functions of the lines. `read` is `log_lines.Reader.read`; lines are in the order of their file.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum

from domain.log_lines import Level, Line, grave

MOST = 300
"""Lines before or after one that are looked at."""
LOOSE = 20
"""Lines of a message, not counting the indented ones, that may stand between one and the line it belongs to."""
FRAME = 4
"""Lines of a frame in Python's traces at most: where, the code, its marks, and how often it is repeated."""

Read = Callable[[str], Line]


class Place(Enum):
    """What one line tells alone of where it stands."""

    HEAD = "head"  # begins an entry
    WITHIN = "within"  # goes on with one: it is never an error of its own
    DEPENDS = "depends"  # the lines before tell: `head_for`


_WITHIN = re.compile(
    r"""
      \s+ at\ \S .* (?:\( | :\d)                                       # Java, Node, .NET
    | [\w./$-]{1,60}\s? : \s+ at\ [\w$./<>-]+ \( [^()]* \)              # Android, behind its tag
    | (?:[\w./$-]{1,60}\s? : \ )? \s* (?:Caused\ by | Suppressed | Wrapped\ by): \s
    | \s* \.\.\.\ (?: \d+\ more\s*$ | \d+\ (?:common|shared)\ frames | <\d+\ internal)
    | \s+ File\ "[^"]*",\ line\ \d+                                    # Python
    | During\ handling\ of\ the\ above\ exception | The\ above\ exception\ was\ the\ direct\ cause
    | \s+ [~^]+ \s* $
    | \s+ [|+] [\s-]                                                    # Python's groups of exceptions
    | \s* ---\ End\ of\ .*stack\ trace                                  # .NET
    | \s+ --->\ (?:\(Inner\ Exception\ \#\d+\)\ )? [\w.+`]+ :
    | goroutine\ \d+\ \[ | \[signal\ SIG | \s+ \S+\.go:\d+              # Go
    | created\ by\ [\w./]+\.[\w.()*]+ (?:\ in\ goroutine\ \d+)? \s* $
    | \s+ from\ \S+:\d+:in | \#\d+\ +(?:/ | 0x | \{main\} | \S+\(\d+\):)  # Ruby, PHP and C
    | Stack\ trace: \s* $ | \s+ thrown\ in\ \S
    """,
    re.VERBOSE,
)
_TRACEBACK = re.compile(r"Traceback \(most recent call last\)|\s*Exception Group Traceback")
_PYTHON_FRAME = re.compile(r'\s+File "[^"]*", line \d+')
_GO_FRAME = re.compile(r"[^\s(]+(?:\([^\s()]+\)[^\s(]*)*\([^()]*\)$|created by \S|exit status \d+$")
_AFTER_GO = re.compile(r"goroutine \d+ \[|\s+\S+\.go:\d+")
_RAISED = re.compile(
    r"(?:Exception in thread [^:]{1,99} |Unhandled exception[.:] )?(?:[A-Za-z_][\w$]*\.)*[A-Za-z_]\w*(?:: |$)"
)
"""What a raised exception looks like: its type, at the beginning."""
_CHAINED = re.compile(r"During handling of the above|The above exception was")


def is_continuation(text: str) -> bool:
    """By its own form: a frame, a cause, what stands between two traces. `text` is a line's message."""
    return _WITHIN.match(text) is not None


def place_of(line: Line) -> Place:
    """What the line tells alone. A hit that is WITHIN is no error of its own; one that DEPENDS is none where `head_for`
    names a line.
    """
    text = line.message
    if is_continuation(text):
        return Place.WITHIN
    if not _begins(line) or text[:1].isspace() or _TRACEBACK.match(text) or _RAISED.match(text):
        return Place.DEPENDS
    return Place.DEPENDS if _GO_FRAME.match(text) else Place.HEAD


def _begins(line: Line) -> bool:
    """Whether it has what a line of a logger begins with."""
    return line.level is not None or line.at is not None or bool(line.thread)


def _says_how_grave(line: Line) -> bool:
    """Whether lines under it without a prefix are taken for its own. What is printed after a line that is no trouble
    (a crash, by the interpreter) stands for itself.
    """
    level = line.level if line.level is not None else grave(line)
    return level is not None and level >= Level.WARNING


class _Above:
    """Lines above one, nearest first, each with its index; read as they are asked for."""

    def __init__(self, lines: Iterator[tuple[int, Line]]) -> None:
        self._lines = lines
        self._seen: list[tuple[int, Line]] = []

    def at(self, number: int) -> tuple[int, Line] | None:
        while len(self._seen) <= number:
            following = next(self._lines, None)
            if following is None:
                return None
            self._seen.append(following)
        return self._seen[number]

    def since(self, number: int) -> Iterator[tuple[int, Line]]:
        while (found := self.at(number)) is not None:
            yield found
            number += 1

    def of(self, writer: Line, start: int) -> "_Above":
        """Those of one writer; of a line that names none, all."""
        lines = self.since(start)
        return _Above(each for each in lines if not writer.thread or each[1].thread == writer.thread)


def _before(before: Sequence[str], read: Read) -> Iterator[tuple[int, Line]]:
    for index in range(len(before) - 1, max(-1, len(before) - 1 - MOST), -1):
        each = _read(before[index], read)
        if each.message.strip():
            yield index, each


def _read(text: str, read: Read) -> Line:
    return Line(message=text) if text[:1].isspace() else read(text)


def head_for(line: Line, before: Sequence[str], read: Read) -> int | None:
    """Which of the lines before begins the entry that `line` goes on with, by its index. None: `line` begins one
    itself, or what it goes on with is not among them (tell these apart by `place_of`).
    """
    return None if place_of(line) is Place.HEAD else _head(line, _Above(_before(before, read)), 0)


def belonging(head: Line, after: Sequence[str], read: Read) -> list[int]:
    """Which of the lines after `head` go on with its entry: those whose `head_for` it is."""
    found: list[int] = []
    entry = [head]
    interrupted = False
    for index, text in enumerate(after[:MOST] if head.message.strip() else ()):
        each = _read(text, read)
        if not each.message.strip():
            continue
        if _begins(each) and each.thread != head.thread:
            interrupted = True
        elif interrupted and not _begins(each):
            continue  # what has no prefix belongs to the nearest line that has one: another's
        elif _goes_on(each.message) or _head(each, _Above(enumerate(reversed(entry))), 0) == len(entry) - 1:
            found.append(index)
            entry.append(each)
        else:
            break
    return found


def _head(line: Line, lines: _Above, start: int) -> int | None:
    """As `head_for`; `lines` are above it from `start` on."""
    text = line.message
    above = lines.of(line, start)
    nearest = above.at(0)
    if nearest is None or place_of(line) is Place.HEAD:
        return None
    if _goes_on(text) or _ends_trace(text, above) or (_TRACEBACK.match(text) and _CHAINED.match(nearest[1].message)):
        return _flush_left(above)
    if not _begins(line):
        return _loosely(above)
    opens = _TRACEBACK.match(text) or (line.level is None and _RAISED.match(text))
    if opens and _says_how_grave(nearest[1]) and _head(nearest[1], above, 1) is None:
        return nearest[0]
    return None


def _flush_left(above: _Above) -> int | None:
    """Where the nearest line that is not indented belongs, or that line."""
    for number, (index, each) in enumerate(above.since(0), 1):
        if not _goes_on(each.message):
            further = _head(each, above, number)
            return index if further is None else further
    return None


def _loosely(above: _Above) -> int | None:
    """For a line without a prefix: the nearest line that has one, where it tells of trouble. A line that is printed
    after one that tells of none (the interpreter's last words) stands for itself.
    """
    left = LOOSE
    for number, (index, each) in enumerate(above.since(0), 1):
        if _begins(each):
            further = _head(each, above, number)
            return (index if further is None else further) if _says_how_grave(each) else None
        left -= not _goes_on(each.message)
        if not left:
            break
    return None


def _ends_trace(text: str, above: _Above) -> bool:
    """Whether a line that is not indented is the last of a trace: Python's exception, or a function in Go's."""
    for number, (_, each) in zip(range(FRAME), above.since(0), strict=False):
        if number == 0 and _AFTER_GO.match(each.message) and _GO_FRAME.match(text):
            return True
        if not each.message[:1].isspace():
            return False
        if _PYTHON_FRAME.match(each.message):
            return True
    return False


def _goes_on(text: str) -> bool:
    return text[:1].isspace() or is_continuation(text)


# --- what an entry says ---

_CAUSE = re.compile(r"\s*(?:Caused by:|--->|\[cause\]:) ([A-Za-z_][\w$.]*)")
_TYPE = re.compile(r"(?:[A-Za-z_][\w$]*\.)*([A-Za-z_][\w$]*)")
_CATEGORY = re.compile(r"[\w.]+\[\d+\]$")
"""All that .NET's console logger writes into the first line; the message is in the next."""


def message_of(head: Line, lines: Sequence[str]) -> str:
    """What an entry says, for its pattern: the head's message, and the type of the exception where that does not name
    it. `lines` are the messages of the lines that belong to it; the head's own message may have several lines, too.
    """
    first, *own = head.message.splitlines() or [""]
    rest = [*own, *lines]
    if not rest:
        return first
    if _TRACEBACK.match(first) and (raised := _last_raised(rest)):
        return raised
    if _CATEGORY.match(first):
        return f"{first} {rest[0].strip()}"
    cause = cause_of(rest)
    if cause:
        return first if cause in first else f"{first} ({cause})"
    return f"{first} {own[0].strip()}" if own else first


def cause_of(lines: Sequence[str]) -> str:
    """The type, without its package, of what was raised first: Java's last `Caused by`, .NET's and Node's innermost;
    else of Python's last line, or of the line above the frames. Empty: the lines tell none.
    """
    if not any(is_continuation(each) for each in lines):
        return ""
    causes = [found[1] for each in lines if (found := _CAUSE.match(each))]
    text = causes[-1] if causes else _last_raised(lines)
    found = _TYPE.match(text.removeprefix("Unhandled exception. "))
    return found[1] if found else ""


def _last_raised(lines: Sequence[str]) -> str:
    return next((each for each in reversed(lines) if not _goes_on(each) and _RAISED.match(each)), "")
