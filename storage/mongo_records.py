"""Records in MongoDB: one collection per type, versions, and the unique keys of all types in one collection.

A row of version 0 is nobody's record: it holds a conversation's lease, or the place of a record that a decision needs
not to be there. Where `session` is given, the caller's transaction is aborted after anything raised here.
"""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import fields
from pymongo.errors import BulkWriteError, DuplicateKeyError

from domain.people import Conversation
from domain.records import Record, Table
from storage.base import Stale, Taken, Value
from storage.codec import DecodeError, decode, encode
from storage.mongo_connection import duplicate
from storage.mongo_schema import KEYS

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document, Session

R = TypeVar("R", bound=Record)

_log = logging.getLogger(__name__)

STORED = {"version": 1, "body": 1}
MANY = 1000
"""Records that are asked for at a time."""
_NO_KEYS = next(field.default for field in fields(Table) if field.name == "keys")
_encode = msgspec.json.Encoder().encode


def body_of(record: Record) -> "Document":
    """All fields but the id and the version, which stand beside the body."""
    try:
        _encode(record)
    except UnicodeEncodeError:
        record = decode(type(record), encode(record))  # with half surrogate pairs replaced
    body: Document = msgspec.to_builtins(record, builtin_types=(datetime,))
    del body["id"], body["version"]
    return body


def record_of(kind: type[R], row: "Document") -> R:
    """Raises DecodeError."""
    return msgspec.convert({**row["body"], "id": row["_id"], "version": row["version"]}, kind)


async def get(database: "Database", kind: type[R], record_id: str) -> R | None:
    row = await database[kind.TABLE.name].find_one({"_id": record_id, "version": {"$gt": 0}}, STORED)
    return record_of(kind, row) if row else None


async def get_many(database: "Database", kind: type[R], ids: Sequence[str]) -> dict[str, R]:
    found: dict[str, R] = {}
    for start in range(0, len(ids), MANY):
        asked: Document = {"_id": {"$in": list(ids[start : start + MANY])}, "version": {"$gt": 0}}
        rows = await database[kind.TABLE.name].find(asked, STORED).to_list(None)
        found |= {row["_id"]: record_of(kind, row) for row in rows}
    return found


async def find(database: "Database", kind: type[R], equal: dict[str, str | int], limit: int) -> tuple[R, ...]:
    kind.TABLE.declared(*equal)
    if limit <= 0:
        return ()
    asked: Document = {f"body.{name}": msgspec.to_builtins(value) for name, value in equal.items()}
    cursor = database[kind.TABLE.name].find({**asked, "version": {"$gt": 0}}, STORED)
    rows = await cursor.sort("_id", 1).limit(limit).to_list(None)
    return tuple(record_of(kind, row) for row in rows)


def wanted(kind: type[Record], by: str, least: Value | None, equal: dict[str, str | int]) -> "Document":
    """Which records of a table: those that equal, and that have a value in `by`. Raises ValueError."""
    kind.TABLE.declared(*equal, *([by] if by else []))
    asked: Document = {f"body.{name}": msgspec.to_builtins(value) for name, value in equal.items()}
    if by:
        asked[f"body.{by}"] = {"$ne": None} if least is None else {"$gte": least}
    elif not equal:
        asked["version"] = {"$gt": 0}  # else rows without a body are left out anyway, and none needs to be read for it
    return asked


async def newest(
    database: "Database", kind: type[R], by: str, after: tuple[Value, str] | None, asked: "Document", limit: int
) -> tuple[R, ...]:
    """`asked` is that of `wanted`."""
    if after is None:
        return await _newest(database, kind, by, asked, limit)
    value, record_id = after
    bounds = asked[f"body.{by}"]
    # One after the other: a condition for both would go through all that have the same value.
    ties = {**asked, f"body.{by}": {**bounds, "$eq": value}, "_id": {"$lt": record_id}}
    found = await _newest(database, kind, by, ties, limit)
    less = {**asked, f"body.{by}": {**bounds, "$lt": value}}
    return found + await _newest(database, kind, by, less, limit - len(found))


async def _newest(database: "Database", kind: type[R], by: str, asked: "Document", limit: int) -> tuple[R, ...]:
    if limit <= 0:
        return ()
    cursor = database[kind.TABLE.name].find(asked, STORED).sort([(f"body.{by}", -1), ("_id", -1)])
    return tuple(record_of(kind, row) for row in await cursor.limit(limit).to_list(None))


async def how_many(database: "Database", kind: type[Record], asked: "Document", most: int) -> int:
    return await database[kind.TABLE.name].count_documents(asked, limit=most)


async def due(
    database: "Database", kind: type[R], before: datetime, after: tuple[datetime, str] | None, limit: int
) -> tuple[R, ...]:
    kind.TABLE.declared("due_at")
    if limit <= 0:
        return ()
    asked: Document = {"body.due_at": {"$lte": before}, "version": {"$gt": 0}}
    if after:
        at, record_id = after
        asked["$or"] = [{"body.due_at": {"$gt": at}}, {"body.due_at": at, "_id": {"$gt": record_id}}]
    cursor = database[kind.TABLE.name].find(asked, STORED).sort([("body.due_at", 1), ("_id", 1)])
    records = []
    for row in await cursor.limit(limit).to_list(None):
        try:
            records.append(record_of(kind, row))
        except DecodeError as error:
            _log.error("a record of %s that is due waits: it cannot be read: %s", kind.TABLE.name, error)
    return tuple(records)


async def expect(database: "Database", session: "Session", records: Iterable[Record]) -> None:
    """Raises Stale unless each stands at the version it was read at, and goes on standing there until the commit.

    Reads in a transaction do not conflict with writes, so each is written to.
    """
    for record in records:
        try:
            result = await database[record.TABLE.name].update_one(
                {"_id": record.id, "version": record.version},
                {"$inc": {"relied_on": 1}},
                upsert=not record.version,
                session=session,
            )
        except DuplicateKeyError:
            raise Stale(owner(record)) from None
        if not result.matched_count and result.upserted_id is None:
            raise Stale(owner(record))


async def write(
    database: "Database", session: "Session", save: Sequence[Record], delete: Sequence[Record] = ()
) -> None:
    """Save and delete records, each at the version it was read at. Raises Stale, Taken.

    All keys that are given up go before any key is taken, so that the order of the records does not matter.
    """
    given_up: dict[str, list[str]] = {}
    taken: list[Document] = []
    for record in delete:
        given_up[owner(record)] = await _delete(database, session, record)
    for record in save:
        keys = tuple(dict.fromkeys(record.TABLE.keys(record)))
        before = await _save(database, session, record, keys)
        name = owner(record)
        given_up[name] = [key for key in before if key not in keys]
        taken += [{"_id": key, "owner": name} for key in keys if key not in before]
    for name, old in given_up.items():
        if old:
            await database[KEYS].delete_many({"_id": {"$in": old}, "owner": name}, session=session)
    if taken:
        await _take(database, session, taken)


async def _delete(database: "Database", session: "Session", record: Record) -> list[str]:
    """Returns the keys it held."""
    keys = await _keys_at(database, session, record)
    rows = database[record.TABLE.name]
    if isinstance(record, Conversation):
        await rows.update_one({"_id": record.id}, {"$set": {"version": 0}, "$unset": {"body": 1}}, session=session)
    else:
        await rows.delete_one({"_id": record.id}, session=session)
    return keys


async def _save(database: "Database", session: "Session", record: Record, keys: tuple[str, ...]) -> list[str]:
    """Returns the keys it held before."""
    has_keys = record.TABLE.keys is not _NO_KEYS
    stored: Document = {"body": body_of(record)}
    before: list[str] = []
    if has_keys:
        stored["keys"] = list(keys)
        before = await _keys_at(database, session, record) if record.version else []
    try:
        result = await database[record.TABLE.name].update_one(
            {"_id": record.id, "version": record.version},
            {"$set": stored, "$inc": {"version": 1}},
            upsert=not record.version,
            session=session,
        )
    except DuplicateKeyError:
        raise Stale(owner(record)) from None
    if record.version and not result.matched_count:
        raise Stale(owner(record))
    return before


async def _keys_at(database: "Database", session: "Session", record: Record) -> list[str]:
    """The keys that a record holds as it is stored. Raises Stale where that is another version, or none."""
    asked = {"_id": record.id, "version": record.version}
    row = await database[record.TABLE.name].find_one(asked, {"keys": 1}, session=session) if record.version else None
    if row is None:
        raise Stale(owner(record))
    return list(row.get("keys", ()))


async def _take(database: "Database", session: "Session", taken: "list[Document]") -> None:
    try:
        await database[KEYS].insert_many(taken, session=session)
    except BulkWriteError as problem:
        refused = duplicate(problem)
        if refused is None:
            raise
        raise Taken(refused["_id"]) from None


def owner(record: Record) -> str:
    return f"{record.TABLE.name}/{record.id}"


async def saved(database: "Database", records: Sequence[Record]) -> bool:
    """Whether the save of these records has landed: the first stands one version on, with the body it was given."""
    if not records:
        return True
    body = body_of(records[0])
    row = await database[records[0].TABLE.name].find_one({"_id": records[0].id}, STORED)
    return row is not None and row["version"] == records[0].version + 1 and _encode(row["body"]) == _encode(body)
