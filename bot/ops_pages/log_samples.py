"""The lines around a sample, read from its file where that is still there and still holds it."""

import os
import stat
from collections.abc import Iterable
from glob import iglob

from msgspec import Struct

from domain.log_findings import Sample

BEFORE, AFTER = 16_384, 32_768
"""Bytes that are read on either side of where the line begins."""
LINES_BEFORE, LINES_AFTER = 15, 25
LINE = 500
"""Characters of a line that are shown."""


class Around(Struct, frozen=True, kw_only=True):
    """`lines` are the sample's own."""

    before: tuple[str, ...]
    lines: tuple[str, ...]
    after: tuple[str, ...]


def around(sample: Sample, globs: Iterable[str]) -> Around | None:
    """`globs` are those of the sources it came from: no other file is read. None: the file is gone, or other lines
    stand there by now.

    A link is not followed, so that whoever may write into a folder of logs cannot show what lies elsewhere.
    """
    if not any(sample.path in iglob(each, recursive=True) for each in globs):  # noqa: PTH207  # paths are kept as text
        return None
    try:
        file = os.open(sample.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        start = max(0, sample.offset - BEFORE)
        before = os.pread(file, sample.offset - start, start)
        rest = os.pread(file, AFTER, sample.offset)
    except OSError:
        return None
    finally:
        os.close(file)
    return _cut(before, rest, sample.text, whole=start == 0)


def _cut(before: bytes, rest: bytes, text: str, *, whole: bool) -> Around | None:
    own = _lines(text)
    following = _lines(rest.decode("utf-8", "replace"))
    if not own or not following or following[0][:LINE] != own[0][:LINE]:
        return None
    many = 0
    while many < min(len(own), len(following)) and own[many][:LINE] == following[many][:LINE]:
        many += 1
    earlier = _lines(before.decode("utf-8", "replace"))
    if not whole:
        earlier = earlier[1:]  # it may have begun before what was read
    return Around(
        before=tuple(earlier[-LINES_BEFORE:]),
        lines=tuple(own),
        after=tuple(following[many : many + LINES_AFTER]),
    )


def _lines(text: str) -> list[str]:
    return [line.rstrip("\r")[:LINE] for line in text.removesuffix("\n").split("\n")] if text else []
