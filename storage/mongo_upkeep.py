"""What is done to a MongoDB store beside its traffic."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from domain.records import Record
from storage import mongo_copying, mongo_forgetting, mongo_records
from storage.base import Page, Row
from storage.mongo_connection import Connection
from storage.mongo_schema import CONVERSATIONS, EFFECTS, INBOX, LEASES, OUTBOX

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document, Session

AT_ONCE = 100
"""Documents written by one call: far less than its patience."""


class MongoUpkeep:
    """`number` makes a number above all that were made before; `now` is the real clock."""

    def __init__(
        self,
        records: Sequence[type[Record]],
        connection: Connection,
        number: Callable[[], int],
        now: Callable[[], float],
    ) -> None:
        self._records = {kind.TABLE.name: kind for kind in records}
        self._connection = connection
        self._number = number
        self._now = now

    async def purge(self, table: str, *, before: datetime, limit: int) -> int:
        if table == INBOX:
            return await self._connection.do(lambda database: _purge_entries(database, before, limit))
        if table == OUTBOX:
            over: Document = {"queued_at": {"$lt": before}, "queued": False}
            return await self._connection.do(lambda database: _purge(database, table, over, "queued_at", limit))
        if table == EFFECTS:
            over = {"done_at": {"$lt": before}, "state": "done"}
            return await self._connection.do(lambda database: _purge(database, table, over, "done_at", limit))
        kind = self._records.get(table)
        if kind is None or not kind.TABLE.ended:
            raise ValueError(f"records of {table!r} have no end to count from")
        return await self._purge_records(kind, before, limit)

    async def forget(self, names: Sequence[str], *, save: Sequence[Record] = (), delete: Sequence[Record] = ()) -> None:
        wanted = mongo_forgetting.search(names, save)
        await self._forget_rows(wanted)

        async def work(database: "Database", session: "Session") -> None:
            await mongo_records.write(database, session, save, delete)
            await mongo_forgetting.forget_leases(database, session, names)

        async def landed(database: "Database", _: None) -> bool:
            return False  # begun again, it finds what it left changed: whoever asked reads afresh

        until = self._number()
        await self._connection.transact(work, landed)
        await self._forget_rows(wanted, until)  # what came in meanwhile

    async def _forget_rows(self, wanted: mongo_forgetting.Search, until: int | None = None) -> None:
        for table in (INBOX, OUTBOX, EFFECTS):
            after: str | None = ""
            while after is not None:
                page = partial(mongo_forgetting.erase, table=table, wanted=wanted, after=after, until=until)
                after = await self._connection.do(page)

    async def _purge_records(self, kind: type[Record], before: datetime, limit: int) -> int:
        """In one transaction with the keys they hold."""

        async def work(database: "Database", session: "Session") -> int:
            asked = {f"body.{kind.TABLE.ended}": {"$lt": before}, "version": {"$gt": 0}}
            cursor = database[kind.TABLE.name].find(asked, mongo_records.STORED, session=session)
            rows = await cursor.sort(f"body.{kind.TABLE.ended}", 1).limit(limit).to_list(None)
            over = [mongo_records.record_of(kind, row) for row in rows]
            await mongo_records.write(database, session, (), over)
            return len(over)

        async def landed(database: "Database", count: int) -> bool:
            return True  # what is not gone yet is found the next time

        return await self._connection.transact(work, landed)

    async def running(self) -> int:
        """By the leases they hold: of a process that only takes webhooks nothing is known."""
        held = {"until": {"$gt": self._now()}}
        rows = await self._connection.do(lambda database: database[LEASES].find(held, {"token": 1}).to_list(None))
        return len({row["token"] for row in rows})

    async def count(self, table: str) -> int:
        return await self._connection.do(lambda database: mongo_copying.count(database, table))

    async def page(self, table: str, *, after: str, limit: int) -> Page:
        return await self._connection.do(lambda database: mongo_copying.page(database, table, after, limit))

    async def put(self, table: str, rows: Sequence[Row]) -> None:
        kind = self._records.get(table)
        for start in range(0, len(rows), AT_ONCE):
            some = rows[start : start + AT_ONCE]
            await self._connection.do(partial(mongo_copying.put, table=table, kind=kind, rows=some))


async def _purge_entries(database: "Database", before: datetime, limit: int) -> int:
    """That an entry waits is said by its conversation; one that does not will never wait again."""
    found = database[INBOX].find({"received_at": {"$lt": before}}, {"conversation": 1}).sort("received_at", 1)
    over: list[str] = []
    while len(over) < limit and (rows := await found.to_list(limit)):
        waiting = await _waiting(database, {row["conversation"] for row in rows})
        over += [row["_id"] for row in rows if row["_id"] not in waiting]
    return await _delete(database, INBOX, over[:limit])


async def _waiting(database: "Database", names: Iterable[str]) -> set[str]:
    """The keys of the entries that wait in these conversations."""
    asked = {"_id": {"$in": list(names)}, "waiting": {"$gt": 0}}
    documents = database[CONVERSATIONS].find(asked, {"first": 1, "queue": 1})
    return {ref["key"] async for each in documents for ref in (each["first"], *each["queue"])}


async def _purge(database: "Database", table: str, over: "Document", by: str, limit: int) -> int:
    rows = await database[table].find(over, {"_id": 1}).sort(by, 1).limit(limit).to_list(None)
    return await _delete(database, table, [row["_id"] for row in rows])


async def _delete(database: "Database", table: str, ids: list[str]) -> int:
    if not ids:
        return 0
    return (await database[table].delete_many({"_id": {"$in": ids}})).deleted_count
