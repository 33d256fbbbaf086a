"""What stands around a line: the lines that may belong to it, and those that it may belong to.

Most lines have nothing under them, which is seen at once: `MARKS` finds what cannot be missing from a stack trace or a
message of several lines.
"""

from domain.log_entries import MOST
from services.logscan.windows import REACH

_MONTHS = tuple(f"{month} " for month in "jan feb mar apr may jun jul aug sep oct nov dec".split())
_LEVELS = (
    *("trace", "verbose", "debug", "fine", "config", "info", "notice", "warn", "err", "severe", "crit", "fatal"),
    *("alert", "emerg", "panic"),
    *(f"{letter}{digit}" for letter in "iwef" for digit in "01"),  # klog
)


def _other_than(words: tuple[str, ...]) -> str:
    """An expression for the beginning of what begins with a letter and with none of the words."""
    branches: dict[str, tuple[str, ...]] = {}
    for word in words:
        branches[word[0]] = (*branches.get(word[0], ()), word[1:])
    first = "".join(sorted(branches))
    ways = [f"[^{first}\\r\\n]"]
    for letter, rests in sorted(branches.items()):
        if "" not in rests:
            ways.append(f"{letter}(?:{_other_than(rests)})")
    return "|".join(ways)


MARKS = "(?m)" + "|".join(
    (
        # a line that begins as no logger's does: with a time, a level, a priority or an object
        rf"^(?:{_other_than((*_MONTHS, *_LEVELS, *'0123456789[<{'))})",
        # behind a prefix
        r"Caused by: |Suppressed: |Wrapped by: |\.\.\. [0-9]+ (?:more|common|shared)|\.\.\. <[0-9]+ internal",
        r"Traceback \(most|During handling of |The above exception was |--- End of |---> ",
        r"goroutine [0-9]+ \[|created by [^ \n]+[./]|\[signal SIG|\.go:[0-9]",
        r"Stack trace:|[\t ][\t ]at [^ \n]|:\tat [^ \n]|:[\t ][\t ]|[\t :]#[0-9]+ ",
    )
)


def lines_before(data: bytes, start: int, begin: int) -> list[str]:
    """The last whole lines within REACH before the line at `begin`; `data` begins at offset `start` of the log."""
    low = max(begin - REACH, 0)
    held = data[low:begin]
    if low or start:
        held = held[held.find(b"\n") + 1 :]
    return _texts(held.removesuffix(b"\n").rsplit(b"\n", MOST)[-MOST:]) if held else []


def lines_after(data: bytes, end: int, *, closed: bool) -> list[str]:
    """The first whole lines within REACH after the line whose end is before `end`."""
    held = data[end : end + REACH]
    if not closed or end + REACH < len(data):
        held = held[: held.rfind(b"\n") + 1]
    return _texts(held.removesuffix(b"\n").split(b"\n", MOST)[:MOST]) if held else []


def _texts(lines: list[bytes]) -> list[str]:
    together = b"\n".join(lines)
    if together.isascii() and b"\r" not in together:
        return together.decode().split("\n")  # the same, and much sooner
    return [text_of(line) for line in lines]


def text_of(line: bytes) -> str:
    """UTF-8, or Latin-1 where it is not."""
    line = line.removesuffix(b"\r").removeprefix(b"\xef\xbb\xbf")
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")
