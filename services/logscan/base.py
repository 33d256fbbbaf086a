"""What a log scan is asked and answers, and the engine that finds candidates in windows of bytes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from domain.log_findings import Finding
from domain.log_lines import Level


class Engine(Protocol):
    """Made for some expressions, used by one process."""

    name: str

    def ends(self, window: bytes | memoryview) -> tuple[Sequence[int], ...]:
        """For each expression where its matches end, ascending: at least one for every line with a match, and none in a
        line without.
        """


class EngineMissing(Exception):
    """Its package is not installed here."""


class Part(Struct, frozen=True, kw_only=True):
    """What is to be read of one file. `packing` is "", "gzip" or "zstd"; `start` an offset in the bytes as they are
    unpacked, where a line begins. `final`: the file grows no more, so a last line without its end counts too. About
    `most` bytes are read, up to the end of the line that is begun then.
    """

    path: str
    packing: str = ""
    start: int = 0
    final: bool = False
    most: int = 1 << 28


class Reading(Struct, frozen=True, kw_only=True):
    """`format` and `zone` are those of a `domain.log_sources.Source`; a line below `threshold` is no finding. `near` is
    the time of the scan (aware), which a line without a year or a time is read by.
    """

    format: str = "auto"
    zone: str = "UTC"
    threshold: Level = Level.ERROR
    near: datetime


class Read(Struct, frozen=True, kw_only=True):
    """What a part has brought. `end`: where the next scan of it begins, behind the last whole line that was read.
    `lines` were read, `hits` of them had a word that makes a candidate. `error`: why it was not read further, or empty.
    """

    end: int
    lines: int = 0
    hits: int = 0
    findings: tuple[Finding, ...] = ()
    error: str = ""


class Task(Struct, frozen=True, kw_only=True):
    """A range of a part, for one process: the lines that begin at `start` or later, but before `stop`. `whole`: there
    are no others before them in this part, so a line begins at `start` for certain. `share` and `every`, where others
    read the rest: of each `every` bytes from `start` on only those lines that begin in the first `share`.
    """

    part: Part
    reading: Reading
    start: int
    stop: int
    whole: bool
    share: int = 0
    every: int = 0


class Piece(Struct, frozen=True, kw_only=True):
    """What comes of a task, in several pieces: lines from `begin` to `end` with nothing between them that is missing.
    The last one, without `more`, has none, but tells the `error` after which nothing was read.
    """

    begin: int
    end: int
    lines: int = 0
    hits: int = 0
    findings: tuple[Finding, ...] = ()
    error: str = ""
    more: bool = False
