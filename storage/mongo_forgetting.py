"""Leaving nothing of a person in a MongoDB store: in pages, so that nobody waits for long."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.records import Record
from storage.base import Stale
from storage.codec import encode
from storage.mongo_schema import CONVERSATIONS, EFFECTS, INBOX, OUTBOX

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document, Session

PAGE = 2000
"""Documents that are looked through at a time."""


@dataclass(frozen=True, slots=True)
class Search:
    """`names` as they stand in a field; `told` and `kept` find names in a body, the latter those whose effects, if they
    wait, stay.
    """

    names: list[str]
    told: str
    kept: str

    def theirs(self, table: str) -> "Document":
        told: Document = {"body": {"$regex": self.told}}
        if table == INBOX:
            by_or_for = [{"conversation": {"$in": self.names}}, {"person": {"$in": self.names}}]
            return {"$or": [*by_or_for, {"kind": {"$ne": "said"}, **told}]}
        if table == OUTBOX:
            return {"$or": [{"to": {"$in": self.names}}, told]}
        if not self.kept:
            return told
        return {"$and": [told, {"$or": [{"state": {"$ne": "waiting"}}, {"body": {"$not": {"$regex": self.kept}}}]}]}


def search(names: Sequence[str], kept: Sequence[Record]) -> Search:
    return Search(list(names), _pattern(names), _pattern([record.id for record in kept]))


def _pattern(names: Sequence[str]) -> str:
    return "|".join(re.escape(encode(name)) for name in names)  # a name is all of a text, never a part of one


async def erase(database: "Database", table: str, wanted: Search, after: str, until: int | None) -> str | None:
    """A page of those numbered up to `until`. Returns the id that the next page begins above; None: it was the last."""
    page = await database[table].find({"_id": {"$gt": after}}, {"_id": 1}).sort("_id", 1).limit(PAGE).to_list(None)
    if not page:
        return None
    last = str(page[-1]["_id"])
    asked: Document = {"_id": {"$gt": after, "$lte": last}, **wanted.theirs(table)}
    if until is not None:
        asked["seq"] = {"$lte": until}
    if table == INBOX:
        empty = {"person": "", "kind": "forgotten", "body": "{}"}
        own = {**asked, "conversation": {"$in": wanted.names}}
        gone = {"state": 1, "error": 1}
        await database[table].update_many(own, {"$set": {"conversation": "", **empty}, "$unset": gone})
        # In another's conversation it may wait, and must be found by it.
        await database[table].update_many(asked, {"$set": empty, "$unset": gone})
    elif table in (OUTBOX, EFFECTS):
        await database[table].delete_many(asked)
    return last


async def forget_leases(database: "Database", session: "Session", names: Sequence[str]) -> None:
    """And what waits in them. Raises Stale for a conversation that was not deleted."""
    there = {"_id": {"$in": list(names)}}
    changed = await database[CONVERSATIONS].find_one({**there, "version": {"$gt": 0}}, {"_id": 1}, session=session)
    if changed:
        raise Stale(f"conversations/{changed['_id']}")
    await database[CONVERSATIONS].delete_many(there, session=session)
