"""Leaving nothing of a person in a SQLite store: in pages, so that nobody waits for long.

In the file the bytes are free to be overwritten, as all that is deleted; `VACUUM` is rid of them at once.
"""

# ruff: noqa: S608 - the only names put into statements are this package's own

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NamedTuple

import msgspec

from domain.records import Record
from storage import sqlite_records
from storage.base import Stale
from storage.codec import encode

PAGE = 2000
"""Rows that are looked through at a time."""
BATCH = 200
"""Rows that are changed in one commit."""

_NAMED = "IN (SELECT value FROM json_each(:names))"
_TOLD = "EXISTS (SELECT 1 FROM json_each(:told) WHERE instr(body, value))"
_KEPT = "EXISTS (SELECT 1 FROM json_each(:kept) WHERE instr(body, value))"
THEIRS = {
    "inbox": f"(conversation {_NAMED} OR person {_NAMED} OR kind <> 'said' AND {_TOLD})",
    "outbox": f'("to" {_NAMED} OR {_TOLD})',
    "effects": f"({_TOLD} AND (state <> 'waiting' OR NOT {_KEPT}))",
}

EMPTY = (
    "UPDATE inbox SET state = 'done', conversation = '', person = '', kind = 'forgotten', body = '{}', error = ''"
    " WHERE seq = ?"
)
PROVIDER_IDS = "SELECT sender, json_extract(body, '$.provider_ids'), id FROM outbox WHERE seq = ?"
UNKNOWN = "DELETE FROM provider_ids WHERE sender = ? AND provider_id = ? AND message = ?"
STILL_THERE = f"SELECT id FROM conversations WHERE version > 0 AND id {_NAMED}"
NO_LEASES = f"DELETE FROM conversations WHERE id {_NAMED}"


class Search(NamedTuple):
    """What is looked for: `told` are names as they stand in a body, `kept` those whose effects, if they wait, stay."""

    names: str
    told: str
    kept: str


class Found(NamedTuple):
    """The rows of a page that are theirs, and the number of its last row; 0 where it was the last page."""

    rows: list[tuple[int]]
    last: int


def search(names: Sequence[str], kept: Sequence[Record]) -> Search:
    quoted = [encode(name) for name in names]  # a name is all of a text, never a part of one
    return Search(encode(names), encode(quoted), encode([encode(record.id) for record in kept]))


def look(connection: Connection, table: str, wanted: Search, after: int, limit: int = PAGE) -> Found:
    page = f"SELECT seq FROM {table} WHERE seq > ? ORDER BY seq LIMIT ?"
    count, last = connection.execute(f"SELECT count(*), max(seq) FROM ({page})", (after, limit)).fetchone()
    asked = {**wanted._asdict(), "after": after, "last": last}
    rows = connection.execute(
        f"SELECT seq FROM {table} WHERE seq > :after AND seq <= :last AND {THEIRS[table]}", asked
    ).fetchall()
    return Found(rows, last if count == limit else 0)


def erase(connection: Connection, table: str, rows: Sequence[tuple[int]]) -> None:
    if table == "inbox":
        connection.executemany(EMPTY, rows)
        return
    if table == "outbox":
        forget_provider_ids(connection, rows)
    connection.executemany(f"DELETE FROM {table} WHERE seq = ?", rows)


def forget_provider_ids(connection: Connection, messages: Sequence[tuple[int]]) -> None:
    """Those that name one of these messages; an edit has taken over the id of what it edits."""
    for row in messages:
        for sender, ids, message in connection.execute(PROVIDER_IDS, row).fetchall():
            connection.executemany(UNKNOWN, [(sender, each, message) for each in msgspec.json.decode(ids or "[]")])


def finish(
    connection: Connection,
    wanted: Search,
    after: dict[str, int],
    save: Sequence[Record],
    delete: Sequence[Record],
) -> None:
    """What came in meanwhile, and the records, in one transaction. Raises Stale, Taken."""
    for table, last in after.items():
        erase(connection, table, look(connection, table, wanted, last, limit=-1).rows)
    sqlite_records.write(connection, save, delete)
    names = {"names": wanted.names}
    changed = connection.execute(STILL_THERE, names).fetchone()
    if changed:
        raise Stale(f"conversations/{changed[0]}")
    connection.execute(NO_LEASES, names)
