"""The collections of the MongoDB store and their indexes; `docs/scale.md` says why they are so and how to shard."""

import asyncio
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pymongo import IndexModel
from pymongo.errors import OperationFailure

from domain.records import Record

if TYPE_CHECKING:
    from storage.mongo_types import Database

KEYS, INBOX, CONVERSATIONS = "keys", "inbox", "conversations"
OUTBOX, EFFECTS, LEASES = "outbox", "effects", "leases"
OWNERS, META = "owners", "meta"
WAITING = "waiting"
"""The index of what is to be done."""

_FIXED: dict[str, list[IndexModel]] = {
    KEYS: [],
    INBOX: [
        IndexModel(
            [("conversation", 1), ("received_at", 1), ("seq", 1)], name="said", partialFilterExpression={"kind": "said"}
        ),
        IndexModel([("received_at", 1)], name="age"),
    ],
    CONVERSATIONS: [
        # Every field that a poll asks for, so that it reads the documents of what it claims alone.
        IndexModel(
            [("first.seq", 1), ("ready_at", 1), ("lease_until", 1), ("waiting", 1)],
            name=WAITING,
            partialFilterExpression={"waiting": {"$gt": 0}},
        )
    ],
    OUTBOX: [
        IndexModel(
            [("sender", 1), ("queued", 1), ("seq", 1), ("_id", 1)],
            name="queued",
            partialFilterExpression={"queued": True},
        ),
        IndexModel([("provider_ids", 1)], name="provider_ids", sparse=True),
        IndexModel([("to", 1), ("queued_at", 1), ("seq", 1)], name="by_time"),
        IndexModel([("queued_at", 1)], name="age"),
    ],
    EFFECTS: [
        IndexModel(
            [("not_before", 1), ("seq", 1), ("lease_until", 1)],
            name=WAITING,
            partialFilterExpression={"state": "waiting"},
        ),
        IndexModel([("done_at", 1)], name="age", sparse=True),
    ],
    LEASES: [],
    OWNERS: [],
    META: [],
}

_EXISTS = 48
_NAME = re.compile(r"[a-z][a-z0-9_]*")


async def make_collections(database: "Database", records: Sequence[type[Record]]) -> None:
    """Make what is missing. Several processes may do so at once."""
    wanted = {name: list(indexes) for name, indexes in _FIXED.items()}
    for kind in records:
        table = kind.TABLE
        for name in (table.name, *(field for index in table.all_indexes for field in index)):
            if not _NAME.fullmatch(name):
                raise ValueError(f"not a name for a collection or an index: {name!r}")
        indexes = wanted.setdefault(table.name, [])
        for index in table.all_indexes:
            columns = [*((f"body.{field}", 1) for field in index), ("_id", 1)]
            indexes.append(IndexModel(columns, name=f"by_{'__'.join(index)}"))
    there = set(await database.list_collection_names())
    await asyncio.gather(*(_make(database, name, indexes, name in there) for name, indexes in wanted.items()))


async def _make(database: "Database", name: str, indexes: list[IndexModel], there: bool) -> None:
    """Making an index makes its collection."""
    if indexes:
        await database[name].create_indexes(indexes)
    elif not there:
        try:
            await database.create_collection(name, check_exists=False)
        except OperationFailure as problem:
            if problem.code != _EXISTS:  # else another process was faster
                raise


async def process_number(database: "Database") -> int:
    """A number that no other process was given, counting up."""
    row = {"_id": "processes"}
    await database[META].update_one(row, {"$setOnInsert": {"last": 0}}, upsert=True)
    while True:
        stored = await database[META].find_one(row)
        last = int(stored["last"]) if stored else 0
        if (await database[META].update_one({**row, "last": last}, {"$inc": {"last": 1}})).matched_count:
            return last + 1
