"""A turn whose commit takes long, and a look at the queue."""

import asyncio
from typing import Any

from storage import mongo_outbox
from storage.mongo import MongoStorage
from tests.storage.kit import message


class Late:
    """A turn's transaction that stays open until it is let go."""

    def __init__(self, store: MongoStorage, message_id: str) -> None:
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()
        self._number = store._numbers.next()
        self._message = message(message_id)
        self._task = asyncio.ensure_future(store._connection.transact(self._work, self._landed))

    async def _work(self, database: Any, session: Any) -> None:
        await mongo_outbox.queue(database, session, [(self._number, self._message)], 1)
        self.begun.set()
        await self.let_go.wait()

    async def _landed(self, database: Any, result: None) -> bool:
        return False

    async def commit(self) -> None:
        self.let_go.set()
        await self._task


async def read(store: MongoStorage, after: int) -> list[tuple[int, str]]:
    rows = await store.outgoing("telegram", now=0.0, after=after, limit=10)
    return [(place, each.id) for place, each, _ in rows]
