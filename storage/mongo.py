"""The store for more than one machine: a MongoDB replica set or sharded cluster, by Motor."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from domain.effects import Effect
from domain.events import Arrival
from domain.messages import Delivery, Outgoing
from domain.people import Conversation, Person
from domain.records import Record
from storage import mongo_inbox, mongo_outbox, mongo_records
from storage.base import Change, Claim, Lease, Line, Recorded, Value, WaitingEffect
from storage.mongo_connection import Connection
from storage.mongo_lanes import Ref
from storage.mongo_leases import Unheard, hold, let_go
from storage.mongo_numbers import Numbers
from storage.mongo_reading import Readings
from storage.mongo_schema import make_collections, process_number
from storage.mongo_transcript import transcript
from storage.mongo_upkeep import MongoUpkeep

if TYPE_CHECKING:
    from storage.mongo_types import Database, Session

R = TypeVar("R", bound=Record)

CONCURRENCY = 64


class MongoStorage:
    """A `Storage` in the database that `url` names (mongodb://host/database, by default `sahut`).

    `records` are the record types it keeps besides Person and Conversation, `now` is the real clock, `concurrency` how
    many calls are under way at once (connections and Motor's threads). `open` may be called again after failing.
    """

    def __init__(
        self,
        url: str,
        records: Sequence[type[Record]] = (),
        *,
        now: Callable[[], float],
        concurrency: int = CONCURRENCY,
    ) -> None:
        self._connection = Connection(url, concurrency)
        kinds: tuple[type[Record], ...] = (Person, Conversation, *records)
        self._records = tuple(dict.fromkeys(kinds))
        self._now = now
        self._numbers = Numbers(0, now)
        self._readings = Readings(self._numbers)
        self._queues = _Queues()
        self._unheard = Unheard()
        self._unheard_effects = Unheard()
        self.upkeep = MongoUpkeep(self._records, self._connection, lambda: self._numbers.next(), now)

    async def open(self) -> None:
        """Raises StorageUnavailable, also where the server stands alone and has no transactions."""
        await self.close()
        try:
            await self._connection.open()
            await self._connection.do(lambda database: make_collections(database, self._records))
            self._numbers = Numbers(await self._connection.do(process_number), self._now)
        except BaseException:
            await self.close()
            raise
        self._readings = Readings(self._numbers)

    async def close(self) -> None:
        await self._connection.close()

    async def enlist(self, token: str) -> None:
        """Who has died on another machine cannot be told from here: leases run out."""

    async def ping(self) -> None:
        await self._connection.do(lambda database: database.command("ping"))

    # --- the inbox ---

    async def record(
        self,
        arrivals: Sequence[Arrival],
        *,
        at: datetime,
        lease: Lease | None = None,
        on_claim: Callable[[Claim], None] | None = None,
        save: Sequence[Record] = (),
    ) -> Recorded:
        async def work(database: "Database", session: "Session") -> tuple[Recorded, Ref | None]:
            if save:
                await mongo_records.write(database, session, save)
            return await mongo_inbox.record(database, session, arrivals, at, lease, self._numbers)

        async def landed(database: "Database", result: tuple[Recorded, Ref | None]) -> bool:
            if result[1] is None:
                return await mongo_records.saved(database, save)
            return await _is_recorded(database, result)

        async with self._queues.of(each.conversation for each in arrivals):
            recorded, _ = await self._connection.transact(work, landed)
        if on_claim is not None:
            for claim in recorded.claims:
                on_claim(claim)
        return recorded

    async def claim(self, *, limit: int, lease: Lease) -> tuple[Claim, ...]:
        blocked: set[str] = set()
        claims = await self._connection.do(
            lambda database: mongo_inbox.claim(database, limit, lease, self._numbers, blocked, self._unheard)
        )
        if blocked:
            self._connection.free_the_dead()
        return claims

    async def refresh(self, claim: Claim) -> Claim:
        return await self._connection.do(lambda database: mongo_inbox.refresh(database, claim))

    async def commit(self, change: Change, *, lease: Lease | None = None) -> Claim | None:
        async def work(database: "Database", session: "Session") -> Claim | None:
            return await mongo_inbox.commit(database, session, change, lease, self._numbers)

        async def landed(database: "Database", _: Claim | None) -> bool:
            return await mongo_inbox.committed(database, change.claim)

        names = [change.claim.entry.conversation, *(each.conversation for each in change.arrivals)]
        async with self._queues.of(names):
            return await self._connection.transact(work, landed)

    async def waiting(self) -> int:
        return await self._connection.do(mongo_inbox.waiting)

    # --- the outbox ---

    async def outgoing(
        self, sender: str, *, now: float, after: int, limit: int
    ) -> tuple[tuple[int, Outgoing, float], ...]:
        reading = self._readings[sender]
        return await self._connection.do(lambda database: reading.read(database, after, limit))

    async def settle(
        self,
        message: Outgoing,
        *,
        not_before: float = 0.0,
        arrivals: Sequence[Arrival] = (),
        at: datetime | None = None,
        lease: Lease | None = None,
    ) -> Recorded:
        if arrivals and at is None:
            raise ValueError("arrivals need the time they arrived at")

        async def alone(database: "Database") -> None:
            await mongo_outbox.settle(database, None, message, not_before, self._numbers.next())

        async def work(database: "Database", session: "Session") -> tuple[Recorded, Ref | None]:
            await mongo_outbox.settle(database, session, message, not_before, self._numbers.next())
            return await mongo_inbox.record(database, session, arrivals, at or message.queued_at, lease, self._numbers)

        recorded = Recorded(new=0)
        if arrivals:
            async with self._queues.of(each.conversation for each in arrivals):
                recorded, _ = await self._connection.transact(work, _is_recorded)
        else:
            await self._connection.do(alone)
        if message.delivery is not Delivery.QUEUED:
            self._readings[message.sender].settled(message.id)
        return recorded

    async def message(self, message_id: str) -> Outgoing | None:
        return await self._connection.do(lambda database: mongo_outbox.get(database, message_id))

    async def message_by_provider_id(self, sender: str, provider_id: str) -> Outgoing | None:
        return await self._connection.do(lambda database: mongo_outbox.by_provider_id(database, sender, provider_id))

    async def report(self, message: Outgoing, delivery: Delivery, error: str = "") -> Outgoing:
        return await self._connection.do(
            lambda database: mongo_outbox.report(database, None, message.id, delivery, error)
        )

    # --- effects ---

    async def claim_effects(self, *, limit: int, lease: Lease) -> tuple[WaitingEffect, ...]:
        blocked: set[str] = set()
        claimed = await self._connection.do(
            lambda database: mongo_outbox.claim_effects(database, limit, lease, blocked, self._unheard_effects)
        )
        if blocked:
            self._connection.free_the_dead()
        return claimed

    async def settle_effect(
        self,
        effect: Effect,
        *,
        arrival: Arrival | None,
        not_before: float = 0.0,
        at: datetime,
        lease: Lease | None = None,
    ) -> Recorded:
        if arrival is None:
            await self._connection.do(lambda database: mongo_outbox.effect_waits(database, effect, not_before))
            return Recorded(new=0)
        arrivals = (arrival,)

        async def work(database: "Database", session: "Session") -> tuple[Recorded, Ref | None]:
            if not await mongo_outbox.effect_done(database, session, effect, at):
                return Recorded(new=0), None
            return await mongo_inbox.record(database, session, arrivals, at, lease, self._numbers)

        async with self._queues.of([arrival.conversation]):
            recorded, _ = await self._connection.transact(work, _is_recorded)
        return recorded

    # --- records ---

    async def get(self, kind: type[R], record_id: str) -> R | None:
        return await self._connection.do(lambda database: mongo_records.get(database, kind, record_id))

    async def find(self, kind: type[R], *, limit: int = 100, **equal: str | int) -> tuple[R, ...]:
        return await self._connection.do(lambda database: mongo_records.find(database, kind, equal, limit))

    async def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        return await self._connection.do(lambda database: mongo_records.get_many(database, kind, ids))

    async def newest(
        self,
        kind: type[R],
        *,
        by: str,
        limit: int,
        after: tuple[Value, str] | None = None,
        least: Value | None = None,
        **equal: str | int,
    ) -> tuple[R, ...]:
        asked = mongo_records.wanted(kind, by, least, equal)
        return await self._connection.do(lambda database: mongo_records.newest(database, kind, by, after, asked, limit))

    async def how_many(
        self, kind: type[R], *, most: int, by: str = "", least: Value | None = None, **equal: str | int
    ) -> int:
        asked = mongo_records.wanted(kind, by, least, equal)
        return await self._connection.do(lambda database: mongo_records.how_many(database, kind, asked, most))

    async def due(
        self, kind: type[R], *, before: datetime, limit: int, after: tuple[datetime, str] | None = None
    ) -> tuple[R, ...]:
        return await self._connection.do(lambda database: mongo_records.due(database, kind, before, after, limit))

    async def save(self, *records: Record) -> None:
        async def landed(database: "Database", _: None) -> bool:
            return await mongo_records.saved(database, records)

        await self._connection.transact(
            lambda database, session: mongo_records.write(database, session, records), landed
        )

    async def transcript(
        self, conversation: str, *, since: datetime | None = None, limit: int = 50
    ) -> tuple[Line, ...]:
        return await self._connection.do(lambda database: transcript(database, conversation, since, limit))

    # --- leases ---

    async def hold(self, name: str, lease: Lease) -> bool:
        return await self._connection.do(lambda database: hold(database, name, lease))

    async def let_go(self, name: str, token: str) -> None:
        await self._connection.do(lambda database: let_go(database, name, token))

    async def give_up(self, token: str) -> None:
        await self._connection.do(lambda database: mongo_inbox.give_up(database, token))


async def _is_recorded(database: "Database", result: tuple[Recorded, Ref | None]) -> bool:
    return await mongo_inbox.recorded(database, result[1])


class _Queues:
    """Who writes to a conversation's document queues up here; in the database all but one would have to begin again."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def of(self, conversations: Iterable[str]) -> AsyncIterator[None]:
        names = sorted(set(conversations))  # in one order, so that no two wait for each other
        for name in names:
            self._users[name] = self._users.get(name, 0) + 1
        locked: list[asyncio.Lock] = []
        try:
            for name in names:
                lock = self._locks.setdefault(name, asyncio.Lock())
                await lock.acquire()
                locked.append(lock)
            yield
        finally:
            for lock in locked:
                lock.release()
            for name in names:
                self._users[name] -= 1
                if not self._users[name]:
                    del self._users[name]
                    self._locks.pop(name, None)
