"""How far each log has been read, and what one scan brings. Offsets and findings are committed together, so every line
counts once.
"""

from datetime import datetime
from typing import ClassVar

from msgspec import Struct

from domain.log_findings import Finding
from domain.records import NOBODYS, Table


class LogStream(Struct, frozen=True, kw_only=True):
    """One file's lines, wherever the file lies by now: it is known by its first bytes (`head`, their hash, of
    `head_size` bytes) and by those before the offset (`tail`, likewise, of `tail_size`), not by its name or inode.

    `offset` bytes of it, decompressed, have been read and counted; `path` is where it was found last, `seen_at` when
    (business time, UTC).
    """

    TABLE: ClassVar[Table] = Table("log_streams", indexes=("source", "seen_at"), personal=NOBODYS)

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


class Scanned(Struct, frozen=True, kw_only=True):
    """What one scan of a source brings. `streams` are as they are to be saved, at the version they were read;
    `forgotten` those whose file is gone for good. `waiting`: bytes that are still to be read; `read` those that were.
    `failed`: files that could not be read, and why.
    """

    source: str
    at: datetime
    streams: tuple[LogStream, ...] = ()
    forgotten: tuple[LogStream, ...] = ()
    findings: tuple[Finding, ...] = ()
    files: int = 0
    lines: int = 0
    read: int = 0
    waiting: int = 0
    failed: tuple[tuple[str, str], ...] = ()
