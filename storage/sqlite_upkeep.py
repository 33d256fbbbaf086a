"""What is done to a SQLite store beside its traffic. Each piece of work is short: what it writes is
written on the event loop, as everything is; what it looks through is read in a thread."""

# ruff: noqa: S608 - the only names put into statements are this package's own and those that record types declare

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Protocol, TypeVar

from domain.records import Record
from storage import sqlite_copying, sqlite_forgetting, sqlite_owners, sqlite_records
from storage.base import Page, Row
from storage.codec import decode_record, due_text, moment_text

T = TypeVar("T")

# The first of a table that do not wait, in order of number, which is all but that of time: so nothing is read beyond
# what is deleted. The last number is kept, as the next ones are made from it.
ENTRIES = (
    "SELECT seq FROM (SELECT seq, received_at FROM inbox WHERE state <> 'new' AND seq < (SELECT max(seq) FROM inbox)"
    " ORDER BY seq LIMIT :limit) WHERE received_at < :before"
)
MESSAGES = (
    "SELECT seq FROM (SELECT seq, queued_at FROM outbox WHERE queued = 0 AND seq < (SELECT max(seq) FROM outbox)"
    " ORDER BY seq LIMIT :limit) WHERE queued_at < :before"
)
EFFECTS = (
    "SELECT seq FROM (SELECT seq, done_at FROM effects WHERE state = 'done' ORDER BY seq LIMIT :limit)"
    " WHERE done_at < :before"
)
FIXED = {"inbox": ENTRIES, "outbox": MESSAGES, "effects": EFFECTS}


class Lane(Protocol):
    """Has one of the store's connections do some work."""

    def __call__(self, work: Callable[[Connection], T]) -> Awaitable[T]: ...


class SQLiteUpkeep:
    def __init__(self, path: Path, records: Sequence[type[Record]], read: Lane, write: Lane) -> None:
        self._path = path
        self._records = {kind.TABLE.name: kind for kind in records}
        self._read = read
        self._write = write

    async def purge(self, table: str, *, before: datetime, limit: int) -> int:
        if table in FIXED:
            asked: dict[str, str | int] = {"before": moment_text(before), "limit": limit}
            return await self._write(lambda connection: _purge(connection, table, asked))
        kind = self._records.get(table)
        if kind is None or not kind.TABLE.ended:
            raise ValueError(f"records of {table!r} have no end to count from")
        until = due_text(before)
        return await self._write(lambda connection: _purge_records(connection, kind, until, limit))

    async def forget(self, names: Sequence[str], *, save: Sequence[Record] = (), delete: Sequence[Record] = ()) -> None:
        wanted = sqlite_forgetting.search(names, save)
        after = {table: await self._forget_in(table, wanted) for table in sqlite_forgetting.THEIRS}
        await self._write(lambda connection: sqlite_forgetting.finish(connection, wanted, after, save, delete))

    async def _forget_in(self, table: str, wanted: sqlite_forgetting.Search) -> int:
        """All but the last page of a table. Returns the number that it begins above."""
        after = 0
        while True:
            look = partial(sqlite_forgetting.look, table=table, wanted=wanted, after=after)
            found = await self._read(look)
            for start in range(0, len(found.rows), sqlite_forgetting.BATCH):
                rows = found.rows[start : start + sqlite_forgetting.BATCH]
                await self._write(partial(sqlite_forgetting.erase, table=table, rows=rows))
            if not found.last:
                return after
            after = found.last

    async def running(self) -> int:
        return await asyncio.to_thread(sqlite_owners.living, self._path)

    async def count(self, table: str) -> int:
        return await self._read(lambda connection: sqlite_copying.count(connection, table))

    async def page(self, table: str, *, after: str, limit: int) -> Page:
        return await self._read(lambda connection: sqlite_copying.page(connection, table, after, limit))

    async def put(self, table: str, rows: Sequence[Row]) -> None:
        await self._write(lambda connection: sqlite_copying.put(connection, table, rows))


def _purge(connection: Connection, table: str, asked: dict[str, str | int]) -> int:
    rows = connection.execute(FIXED[table], asked).fetchall()
    if table == "outbox":
        sqlite_forgetting.forget_provider_ids(connection, rows)
    connection.executemany(f"DELETE FROM {table} WHERE seq = ?", rows)
    return len(rows)


def _purge_records(connection: Connection, kind: type[Record], until: str, limit: int) -> int:
    ended = f"json_extract(body, '$.{kind.TABLE.ended}')"
    found = connection.execute(
        f"SELECT version, body FROM {kind.TABLE.name} WHERE version > 0 AND {ended} < ? ORDER BY {ended}, id LIMIT ?",
        (until, limit),
    )
    over = [decode_record(kind, *row) for row in found.fetchall()]
    sqlite_records.write(connection, (), over)
    return len(over)
