"""Records in SQLite: one table per type, versions, and the unique keys of all types in one table.

Every function runs inside the caller's transaction; what it wrote before it raised is rolled back there.
"""

# ruff: noqa: S608 - the only names put into statements are this package's own and those that record types declare

import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from sqlite3 import Connection
from typing import NamedTuple, TypeVar

import msgspec
from msgspec.structs import fields

from domain.people import Conversation
from domain.records import Record, Table
from storage.base import Stale, Taken, Value
from storage.codec import DecodeError, decode_record, due_text, encode

R = TypeVar("R", bound=Record)

_log = logging.getLogger(__name__)

_NO_KEYS = next(field.default for field in fields(Table) if field.name == "keys")

TAKE_KEY = "INSERT INTO keys (key, owner) VALUES (?, ?) ON CONFLICT DO NOTHING"
GIVE_UP_KEY = "DELETE FROM keys WHERE key = ? AND owner = ?"
KEY_OWNER = "SELECT owner FROM keys WHERE key = ?"
# A conversation that was never saved may have a row all the same, of version 0, for its lease.
INSERT_CONVERSATION = (
    "INSERT INTO conversations (id, version, body, keys) VALUES (?, 1, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET version = 1, body = excluded.body, keys = excluded.keys WHERE version = 0"
)
DELETE_CONVERSATION = "UPDATE conversations SET version = 0, body = '{}', keys = '' WHERE id = ?"


class _Sql(NamedTuple):
    get: str
    held: str
    insert: str
    update: str
    delete: str
    has_keys: bool


@cache
def sql(kind: type[Record]) -> _Sql:
    """The statements for a record type."""
    name = kind.TABLE.name
    conversation = kind is Conversation
    return _Sql(
        get=f"SELECT version, body FROM {name} WHERE id = ? AND version > 0",
        held=f"SELECT version, keys FROM {name} WHERE id = ?",
        insert=INSERT_CONVERSATION
        if conversation
        else f"INSERT INTO {name} (id, version, body, keys) VALUES (?, 1, ?, ?) ON CONFLICT DO NOTHING",
        update=f"UPDATE {name} SET version = version + 1, body = ?, keys = ? WHERE id = ? AND version = ?",
        delete=DELETE_CONVERSATION if conversation else f"DELETE FROM {name} WHERE id = ?",
        has_keys=kind.TABLE.keys is not _NO_KEYS,
    )


def get(connection: Connection, kind: type[R], record_id: str) -> R | None:
    row = connection.execute(sql(kind).get, (record_id,)).fetchone()
    return decode_record(kind, *row) if row else None


def get_many(connection: Connection, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
    rows = connection.execute(
        f"SELECT id, version, body FROM {kind.TABLE.name} WHERE id IN (SELECT value FROM json_each(?)) AND version > 0",
        (encode(ids),),
    )
    return {record_id: decode_record(kind, version, body) for record_id, version, body in rows.fetchall()}


def find(connection: Connection, kind: type[R], equal: dict[str, str | int], limit: int) -> tuple[R, ...]:
    table = kind.TABLE
    table.declared(*equal)
    where = "".join(f" AND {field_of(name)} = ?" for name in equal)
    rows = connection.execute(
        f"SELECT version, body FROM {table.name} WHERE version > 0{where} ORDER BY id LIMIT ?",
        (*equal.values(), limit),
    )
    return tuple(decode_record(kind, *row) for row in rows.fetchall())


Bound = tuple[str, Value]


def newest(
    connection: Connection,
    kind: type[R],
    by: str,
    after: tuple[Value, str] | None,
    bounds: Sequence[Bound],
    limit: int,
) -> tuple[R, ...]:
    """`bounds` are those of `where`."""
    order = f"{field_of(by)} DESC, id DESC"
    if after is None:
        return _ordered(connection, kind, bounds, order, limit)
    value, record_id = after
    field = field_of(by)
    # One after the other: a condition for both would go through all that have the same value.
    found = _ordered(connection, kind, [*bounds, (f"{field} = ?", value), ("id < ?", record_id)], "id DESC", limit)
    return found + _ordered(connection, kind, [*bounds, (f"{field} < ?", value)], order, limit - len(found))


def _ordered(connection: Connection, kind: type[R], bounds: Sequence[Bound], order: str, limit: int) -> tuple[R, ...]:
    if limit <= 0:
        return ()
    rows = connection.execute(ordered_sql(kind, bounds, order), (*_given(bounds), limit))
    return tuple(decode_record(kind, *row) for row in rows.fetchall())


def ordered_sql(kind: type[Record], bounds: Sequence[Bound], order: str) -> str:
    return f"SELECT version, body FROM {kind.TABLE.name} WHERE {_where(bounds)} ORDER BY {order} LIMIT ?"


def how_many(connection: Connection, kind: type[Record], bounds: Sequence[Bound], most: int) -> int:
    """`bounds` are those of `where`."""
    counted = f"SELECT count(*) FROM (SELECT 1 FROM {kind.TABLE.name} WHERE {_where(bounds)} LIMIT ?)"
    (rows,) = connection.execute(counted, (*_given(bounds), most)).fetchone()
    return int(rows)


def where(kind: type[Record], by: str, least: Value | None, equal: dict[str, str | int]) -> list[Bound]:
    """Which records of a table: those that equal, and that have a value in `by`. Raises ValueError."""
    kind.TABLE.declared(*equal, *([by] if by else []))
    bounds: list[Bound] = [(f"{field_of(name)} = ?", value) for name, value in equal.items()]
    if by:  # text is above all numbers, and nothing is above no value
        bounds.append((f"{field_of(by)} >= ?", -(2**63) if least is None else _from(least)))
    return bounds


def _from(least: Value) -> str | int:
    """Without its zone a time is below all of its second, whether they have a fraction or not."""
    return due_text(least).removesuffix("Z") if isinstance(least, datetime) else least


def _where(bounds: Sequence[Bound]) -> str:
    """Rows of version 0 have nothing in their body: where a field is asked for, none needs to be read for that."""
    return " AND ".join(text for text, _ in bounds) or "version > 0"


def _given(bounds: Sequence[Bound]) -> list[str | int]:
    return [
        str(msgspec.to_builtins(each.astimezone(UTC))) if isinstance(each, datetime) else each for _, each in bounds
    ]


def due(connection: Connection, kind: type[R], before: str, after: tuple[str, str], limit: int) -> tuple[R, ...]:
    table = kind.TABLE
    table.declared("due_at")
    due_at = field_of("due_at")
    rows = connection.execute(
        f"SELECT version, body FROM {table.name} WHERE version > 0 AND {due_at} <= ? AND ({due_at}, id) > (?, ?)"
        f" ORDER BY {due_at}, id LIMIT ?",
        (before, *after, limit),
    )
    found = []
    for row in rows.fetchall():
        try:
            found.append(decode_record(kind, *row))
        except DecodeError as error:
            _log.error("a record of %s that is due waits: it cannot be read: %s", table.name, error)
    return tuple(found)


def expect(connection: Connection, records: Iterable[Record]) -> None:
    """Raises Stale unless each stands at the version it was read at."""
    for record in records:
        row = connection.execute(sql(type(record)).held, (record.id,)).fetchone()
        if (row[0] if row else 0) != record.version:
            raise Stale(owner(record))


def write(connection: Connection, save: Sequence[Record], delete: Sequence[Record] = ()) -> None:
    """Save and delete records, each at the version it was read at. Raises Stale, Taken.

    All keys that are given up go before any key is taken, so that the order of the records does not matter.
    """
    taken: list[tuple[str, str]] = []
    held: list[str] = []
    for record in save:
        statements = sql(type(record))
        keys: tuple[str, ...] = ()
        if statements.has_keys:
            keys = tuple(dict.fromkeys(record.TABLE.keys(record)))
            before = _keys_at(connection, statements, record) if record.version else ()
            _give_up(connection, record, set(before).difference(keys))
            name = owner(record)
            taken += [(key, name) for key in keys if key not in before]
        held.append(encode(keys) if keys else "")
    for record in delete:
        statements = sql(type(record))
        if not record.version:
            raise Stale(owner(record))
        _give_up(connection, record, _keys_at(connection, statements, record))
        connection.execute(statements.delete, (record.id,))
    for key, name in taken:
        if not connection.execute(TAKE_KEY, (key, name)).rowcount and _holder(connection, key) != name:
            raise Taken(key)
    for record, keys_text in zip(save, held, strict=True):
        statements = sql(type(record))
        if record.version:
            cursor = connection.execute(statements.update, (encode(record), keys_text, record.id, record.version))
        else:
            cursor = connection.execute(statements.insert, (record.id, encode(record), keys_text))
        if not cursor.rowcount:
            raise Stale(owner(record))


def field_of(name: str) -> str:
    return f"json_extract(body, '$.{name}')"


def owner(record: Record) -> str:
    return f"{record.TABLE.name}/{record.id}"


def _keys_at(connection: Connection, statements: _Sql, record: Record) -> tuple[str, ...]:
    """The keys that a record holds as it is stored. Raises Stale where that is another version."""
    row = connection.execute(statements.held, (record.id,)).fetchone()
    if row is None or row[0] != record.version:
        raise Stale(owner(record))
    return tuple(msgspec.json.decode(row[1])) if row[1] else ()


def _holder(connection: Connection, key: str) -> str:
    (name,) = connection.execute(KEY_OWNER, (key,)).fetchone()
    return str(name)


def _give_up(connection: Connection, record: Record, keys: Iterable[str]) -> None:
    name = owner(record)
    connection.executemany(GIVE_UP_KEY, [(key, name) for key in keys])
