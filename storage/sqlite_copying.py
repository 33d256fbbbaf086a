"""A SQLite store's rows as they are copied, out of it and into it."""

# ruff: noqa: S608 - the only names put into statements are this package's own and those that record types declare

from collections.abc import Sequence
from sqlite3 import Connection
from typing import NamedTuple

import msgspec

from storage.base import Page, Row
from storage.codec import encode


class _Shape(NamedTuple):
    key: tuple[str, ...]
    columns: tuple[str, ...]
    where: str = "1"


_RECORDS = _Shape(("id",), ("id", "version", "body", "keys"), "version > 0")
_SHAPES = {
    "inbox": _Shape(
        ("seq",),
        tuple("seq source external_id conversation person kind body received_at state tries not_before error".split()),
    ),
    "outbox": _Shape(
        ("seq",),
        tuple("seq id version sender to queued delivery not_before queued_at entry body".split()),
    ),
    "provider_ids": _Shape(
        ("sender", "provider_id"),
        ("sender", "provider_id", "message"),
        "EXISTS (SELECT 1 FROM outbox WHERE id = message)",
    ),
    "effects": _Shape(("seq",), tuple("seq id body state tries not_before done_at".split())),
}


def count(connection: Connection, table: str) -> int:
    (rows,) = connection.execute(f"SELECT count(*) FROM {table} WHERE {_shape(table).where}").fetchone()
    return int(rows)


def page(connection: Connection, table: str, after: str, limit: int) -> Page:
    key, columns, where = _shape(table)
    names = ", ".join(f'"{name}"' for name in columns)
    order = ", ".join(key)
    begun: Sequence[object] = msgspec.json.decode(after) if after else ()
    above = f" AND ({order}) > ({', '.join('?' * len(key))})" if begun else ""
    found = connection.execute(
        f"SELECT {names} FROM {table} WHERE {where}{above} ORDER BY {order} LIMIT ?", (*begun, limit)
    ).fetchall()
    rows = tuple(_row(table, dict(zip(columns, values, strict=True))) for values in found)
    return Page(rows, encode([rows[-1][name] for name in key]) if rows else "")


def put(connection: Connection, table: str, rows: Sequence[Row]) -> None:
    columns = _shape(table).columns
    names, values = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
    statement = f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({values})"
    if table in _SHAPES:
        connection.executemany(statement, [[row[name] for name in columns] for row in rows])
        return
    held = [(key, f"{table}/{row['id']}") for row in rows for key in row["keys"]]
    connection.executemany("INSERT OR REPLACE INTO keys (key, owner) VALUES (?, ?)", held)
    texts = [{**row, "keys": encode(row["keys"]) if row["keys"] else ""} for row in rows]
    connection.executemany(statement, [[row[name] for name in columns] for row in texts])


def _shape(table: str) -> _Shape:
    return _SHAPES.get(table, _RECORDS)


def _row(table: str, row: Row) -> Row:
    if table == "inbox" and row["state"] != "new":
        row |= {"tries": 0, "not_before": 0.0, "error": row["error"] if row["state"] == "set-aside" else ""}
    elif table == "outbox":
        row["queued"] = bool(row["queued"])
    elif table not in _SHAPES:
        row["keys"] = msgspec.json.decode(row["keys"]) if row["keys"] else []
    return row
