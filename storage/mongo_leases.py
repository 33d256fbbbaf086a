"""Named leases in MongoDB: one document each, taken and let go by one write."""

from typing import TYPE_CHECKING

from pymongo.errors import DuplicateKeyError

from storage.base import Lease
from storage.mongo_schema import LEASES

if TYPE_CHECKING:
    from storage.mongo_types import Database


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
