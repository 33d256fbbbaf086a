"""Leases in MongoDB: the named ones, a document each, and those whose giving nobody heard of."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from storage.base import Lease
from storage.mongo_schema import LEASES

if TYPE_CHECKING:
    from storage.mongo_types import Collection, Database, Document


class Unheard:
    """Leases that were asked for, as long as their owner has not heard the answer.

    The server may have given them all the same, and nobody else handles what they are of for as long as they last.
    """

    def __init__(self) -> None:
        self._until: dict[tuple[str, str], float] = {}

    def asked(self, ids: Iterable[str], lease: Lease) -> None:
        self._until.update({(lease.token, each): lease.until for each in ids})

    def answered(self, ids: Iterable[str], lease: Lease) -> None:
        """What was given is in its owner's hands, or was not given."""
        for each in ids:
            self._until.pop((lease.token, each), None)

    async def given(self, rows: "Collection", lease: Lease, fields: "Document") -> "list[Document]":
        """These fields of the documents that turn out to be leased so by the owner of `lease`.

        They are to be leased again, by `still`. What is not leased so yet is looked for again at the next call, since
        a write may land late.
        """
        self._until = {key: until for key, until in self._until.items() if until > lease.now}
        asked = {name: until for (token, name), until in self._until.items() if token == lease.token}
        if not asked:
            return []
        found = rows.find({"_id": {"$in": list(asked)}, "lease_token": lease.token}, {**fields, "lease_until": 1})
        given = [each for each in await found.to_list(None) if each["lease_until"] == asked[each["_id"]]]
        return [each for each in given if self._until.pop((lease.token, each["_id"]), None) is not None]


def still(row: "Document", lease: Lease) -> "Document":
    """Finds what `Unheard.given` found as long as nobody has leased it since."""
    return {"_id": row["_id"], "lease_token": lease.token, "lease_until": row["lease_until"]}


async def hold(database: "Database", name: str, lease: Lease) -> bool:
    mine_or_free = {"_id": name, "$or": [{"token": lease.token}, {"until": {"$lte": lease.now}}]}
    try:
        await database[LEASES].update_one(
            mine_or_free, {"$set": {"token": lease.token, "until": lease.until}}, upsert=True
        )
    except DuplicateKeyError:
        return False  # it is there, and somebody else's
    return True


async def let_go(database: "Database", name: str, token: str) -> None:
    await database[LEASES].delete_one({"_id": name, "token": token})
