"""How far each log has been read, and what one scan brings. Offsets and findings are committed together, so every line
counts once.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct

from domain.log_findings import Finding
from domain.records import NOBODYS, Table

SCAN = "logs.scan"
"""The effect: one scan of a source."""
ALL = "logs:all"
"""The conversation of everything about logs: results are handled one after another."""
GONE_KEPT = timedelta(days=7)
"""A file that comes back within this time is still known."""


class LogStream(Struct, frozen=True, kw_only=True):
    """One file's lines, wherever the file lies by now: it is known by its first bytes (`head`, their hash, of
    `head_size` bytes) and by those before the offset (`tail`, likewise, of `tail_size`), not by its name or inode.

    `offset` bytes of it, decompressed, have been read and counted; `path` is where it was found then, at `seen_at`.
    `stamp`: while a file looks so from outside there is nothing more in it; empty: open it. `gone_at`: since when no
    scan has found it. Both times are business time, UTC.
    """

    TABLE: ClassVar[Table] = Table("log_streams", indexes=("source", "gone_at"), personal=NOBODYS, ended="gone_at")

    id: str
    version: int = 0
    source: str
    path: str
    head: str
    head_size: int
    tail: str
    tail_size: int
    offset: int
    seen_at: datetime
    stamp: str = ""
    gone_at: datetime | None = None


class Scanned(Struct, frozen=True, kw_only=True):
    """What one scan of a source brings. `streams` are as they are to be saved, at the version they were read.
    `waiting`: bytes that are still to be read, of packed files about; `read` those that were. `failed`: files that
    could not be read, and why.
    """

    source: str
    at: datetime
    streams: tuple[LogStream, ...] = ()
    findings: tuple[Finding, ...] = ()
    files: int = 0
    lines: int = 0
    read: int = 0
    waiting: int = 0
    failed: tuple[tuple[str, str], ...] = ()
