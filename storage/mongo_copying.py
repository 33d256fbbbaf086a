"""A MongoDB store's documents as they are copied, out of it and into it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from pymongo import ReplaceOne, UpdateOne

from domain.records import Record
from storage import mongo_records
from storage.base import Page, Row
from storage.codec import DecodeError, decode, encode, moment_text
from storage.mongo_inbox import key_of
from storage.mongo_lanes import UNLEASED
from storage.mongo_schema import CONVERSATIONS, EFFECTS, INBOX, KEYS, OUTBOX

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document

PROVIDER_IDS = "provider_ids"
_KNOWN = {"provider_ids.0": {"$exists": True}}


async def count(database: "Database", table: str) -> int:
    if table == PROVIDER_IDS:
        return await database[OUTBOX].count_documents(_KNOWN)
    return await database[table].count_documents({} if table in (INBOX, OUTBOX, EFFECTS) else {"version": {"$gt": 0}})


# --- out of it ---


async def page(database: "Database", table: str, after: str, limit: int) -> Page:
    """In order of the ids."""
    asked: Document = {"_id": {"$gt": after}}
    if table == PROVIDER_IDS:
        asked |= _KNOWN
    elif table not in (INBOX, OUTBOX, EFFECTS):
        asked["version"] = {"$gt": 0}
    name = OUTBOX if table == PROVIDER_IDS else table
    found = await database[name].find(asked).sort("_id", 1).limit(limit).to_list(None)
    last = str(found[-1]["_id"]) if found else ""
    if table == INBOX:
        return Page(await _entries(database, found), last)
    if table == PROVIDER_IDS:
        return Page(await _provider_ids(database, found), last)
    to_row = {OUTBOX: _message, EFFECTS: _effect}.get(table, _record)
    return Page(tuple(map(to_row, found)), last)


async def _entries(database: "Database", found: "Sequence[Document]") -> tuple[Row, ...]:
    """That an entry waits, and how it stands with the first one, is said by its conversation."""
    names = list({each["conversation"] for each in found})
    waiting: dict[str, Document] = {}
    async for each in database[CONVERSATIONS].find({"_id": {"$in": names}, "waiting": {"$gt": 0}}):
        waiting |= {ref["key"]: {} for ref in each["queue"]}
        first = {"tries": each["tries"], "not_before": each["ready_at"], "error": each.get("error", "")}
        waiting[each["first"]["key"]] = first if each["tries"] else {}
    rows = []
    for each in found:
        row = {name: each[name] for name in ("seq", "source", "external_id", "conversation", "person", "kind", "body")}
        row |= {"received_at": moment_text(each["received_at"]), "tries": 0, "not_before": 0.0, "error": ""}
        if each["_id"] in waiting:
            rows.append(row | {"state": "new"} | waiting[each["_id"]])
        else:
            rows.append(row | {"state": each.get("state", "done"), "error": each.get("error", "")})
    return tuple(rows)


async def _provider_ids(database: "Database", found: "Sequence[Document]") -> tuple[Row, ...]:
    """An edit and what it edits have one id: it is that of the one sent last."""
    ids = [each for message in found for each in message["provider_ids"]]
    known = {"provider_ids": {"$in": ids}}
    latest: dict[tuple[str, str], tuple[int, str]] = {}
    async for each in database[OUTBOX].find(known, {"sender": 1, "provider_ids": 1, "settled": 1}):
        for provider_id in each["provider_ids"]:
            name = (each["sender"], provider_id)
            latest[name] = max(latest.get(name, (-1, "")), (each["settled"], each["_id"]))
    return tuple(
        {"sender": each["sender"], "provider_id": provider_id, "message": each["_id"]}
        for each in found
        for provider_id in each["provider_ids"]
        if latest[each["sender"], provider_id][1] == each["_id"]
    )


def _message(each: "Document") -> Row:
    names = ("seq", "version", "sender", "to", "queued", "delivery", "not_before", "entry", "body")
    return {"id": each["_id"], "queued_at": moment_text(each["queued_at"]), **{name: each[name] for name in names}}


def _effect(each: "Document") -> Row:
    done_at = moment_text(each["done_at"]) if "done_at" in each else ""
    row = {name: each[name] for name in ("seq", "body", "state", "tries", "not_before")}
    return {"id": each["_id"], "done_at": done_at, **row}


def _record(each: "Document") -> Row:
    body = encode({**each["body"], "id": each["_id"], "version": each["version"]})
    return {"id": each["_id"], "version": each["version"], "body": body, "keys": each.get("keys", [])}


# --- into it ---


async def put(database: "Database", table: str, kind: type[Record] | None, rows: Sequence[Row]) -> None:
    if table == INBOX:
        await _put_entries(database, rows)
    elif table == PROVIDER_IDS:
        known = [
            UpdateOne(
                {"_id": row["message"]}, {"$addToSet": {"provider_ids": row["provider_id"]}, "$min": {"settled": 0}}
            )
            for row in rows
        ]
        await database[OUTBOX].bulk_write(known)
    elif table == OUTBOX:
        await _replace(database, table, [_document(row, "queued_at") for row in rows])
    elif table == EFFECTS:
        await _replace(database, table, [_document(row, "done_at") | UNLEASED for row in rows])
    elif kind is not None:
        await _put_records(database, kind, rows)


def _document(row: Row, time: str) -> "Document":
    document: Document = {"_id": row["id"], **row}
    del document["id"]
    at = document.pop(time)
    return document | ({time: datetime.fromisoformat(at)} if at else {})


async def _replace(database: "Database", name: str, documents: "Sequence[Document]") -> None:
    await database[name].bulk_write([ReplaceOne({"_id": each["_id"]}, each, upsert=True) for each in documents])


async def _put_entries(database: "Database", rows: Sequence[Row]) -> None:
    documents = []
    waiting: dict[str, list[Row]] = {}
    for row in rows:
        names = ("seq", "source", "external_id", "conversation", "person", "kind", "body")
        document = {name: row[name] for name in names}
        document |= {"_id": _key(row), "received_at": datetime.fromisoformat(row["received_at"])}
        if row["state"] == "new":
            waiting.setdefault(row["conversation"], []).append(row)
        elif row["state"] != "done":
            document |= {"state": row["state"], "error": row["error"]}
        documents.append(document)
    await _replace(database, INBOX, documents)
    for conversation, entries in waiting.items():
        await _put_waiting(database, conversation, entries)


async def _put_waiting(database: "Database", conversation: str, entries: Sequence[Row]) -> None:
    """In order of their numbers among those that wait already, whatever order they come in."""
    there = await database[CONVERSATIONS].find_one({"_id": conversation, "waiting": {"$gt": 0}}) or {}
    queue = {each["key"]: each for each in (there["first"], *there["queue"])} if there else {}
    by_key = {_key(row): row for row in entries}
    queue |= {key: {"seq": row["seq"], "key": key} for key, row in by_key.items()}
    first, *others = sorted(queue.values(), key=lambda each: int(each["seq"]))
    fields: Document = {"first": first, "queue": others, "waiting": len(queue), **UNLEASED}
    if row := by_key.get(first["key"]):
        fields |= {"tries": row["tries"], "ready_at": row["not_before"], "error": row["error"]}
    last = max(each["seq"] for each in queue.values())
    change = {"$set": fields, "$max": {"last": last}, "$setOnInsert": {"version": 0}}
    await database[CONVERSATIONS].update_one({"_id": conversation}, change, upsert=True)


def _key(row: Row) -> str:
    return key_of(row["source"], row["external_id"])


async def _put_records(database: "Database", kind: type[Record], rows: Sequence[Row]) -> None:
    updates = []
    held: list[Document] = []
    for row in rows:
        fields = {"version": row["version"], "body": _body(kind, row["body"])}
        if row["keys"]:
            fields["keys"] = row["keys"]
            held += [{"_id": key, "owner": f"{kind.TABLE.name}/{row['id']}"} for key in row["keys"]]
        # A conversation's document may be there already, for what waits in it.
        updates.append(UpdateOne({"_id": row["id"]}, {"$set": fields}, upsert=True))
    await database[kind.TABLE.name].bulk_write(updates)
    if held:
        await _replace(database, KEYS, held)


def _body(kind: type[Record], text: str) -> "Document":
    """One that this version cannot read is kept as it is, for one that can."""
    try:
        return mongo_records.body_of(decode(kind, text))
    except DecodeError:
        body: Document = json.loads(text)
        return {name: value for name, value in body.items() if name not in ("id", "version")}
