"""The embedded store: one SQLite file in WAL mode, durable at every commit, shared by the processes of one machine."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import TypeVar

from domain.effects import Effect
from domain.events import Arrival
from domain.messages import Delivery, Outgoing
from domain.people import Conversation, Person
from domain.records import Record
from storage import sqlite_inbox, sqlite_outbox, sqlite_owners, sqlite_records
from storage.base import Change, Claim, Lease, Line, Recorded, StorageUnavailable, Value, WaitingEffect
from storage.codec import due_text
from storage.sqlite_jobs import connect, translated, unavailable
from storage.sqlite_reader import Reader
from storage.sqlite_schema import make_tables
from storage.sqlite_transcript import transcript
from storage.sqlite_upkeep import SQLiteUpkeep
from storage.sqlite_writer import Writer

R = TypeVar("R", bound=Record)
T = TypeVar("T")

HOLD = (
    "INSERT INTO leases (name, token, until) VALUES (:name, :token, :until) ON CONFLICT (name) DO UPDATE"
    " SET token = excluded.token, until = excluded.until WHERE leases.token = :token OR leases.until <= :now"
)
LET_GO = "DELETE FROM leases WHERE name = ? AND token = ?"

# Small caches, no mapping of the file: what is read again comes out of the system's cache just as fast, and a large
# file does not make a large process.
_WRITER = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 67108864",
    "cache_size = -8192",
    "temp_store = MEMORY",
    "secure_delete = OFF",
    "busy_timeout = 0",
)
_READER = ("query_only = ON", "cache_size = -2048")


class SQLiteStorage:
    """A `Storage` in one file.

    `records` are the record types it keeps besides Person and Conversation. `open` may be called again after failing.
    """

    def __init__(self, path: Path | str, records: Sequence[type[Record]] = ()) -> None:
        self._path = Path(path)
        kinds: tuple[type[Record], ...] = (Person, Conversation, *records)
        self._records = tuple(dict.fromkeys(kinds))
        self._owners = sqlite_owners.Owners(sqlite_owners.folder_of(self._path))
        self._writer: Writer | None = None
        self._reader: Reader | None = None
        self._lookups: Connection | None = None
        self.upkeep = SQLiteUpkeep(self._path, self._records, self._read, self._write)

    @property
    def transactions(self) -> int:
        """How many transactions that wrote something were committed."""
        return self._writer.transactions if self._writer else 0

    async def open(self) -> None:
        await self.close()
        self._writer = Writer(partial(connect, self._path, _WRITER))
        self._reader = Reader(partial(connect, self._path, _READER))
        try:
            await self._write(lambda connection: make_tables(connection, self._records))
            self._lookups = await asyncio.to_thread(connect, self._path, _READER)
        except sqlite3.Error as error:
            await self.close()
            raise unavailable(error) from error
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        writer, reader, self._writer, self._reader = self._writer, self._reader, None, None
        if self._lookups:
            self._lookups.close()
            self._lookups = None
        if reader:
            await reader.close()
        if writer:
            await writer.close()
        self._owners.close()

    async def enlist(self, token: str) -> None:
        try:
            self._owners.enlist(token)
            dead = self._owners.dead()
        except OSError:
            return  # no locks here: leases run out by themselves
        if dead:
            await self._write(lambda connection: sqlite_owners.free(connection, dead))
            self._owners.bury()

    async def ping(self) -> None:
        await self._write(lambda connection: connection.execute("SELECT 1 FROM inbox LIMIT 1").fetchall())

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
        def work(connection: Connection) -> Recorded:
            sqlite_records.write(connection, save)
            return sqlite_inbox.record(connection, arrivals, at, lease)

        def early(recorded: Recorded) -> None:
            if on_claim is not None:
                for claim in recorded.claims:
                    on_claim(claim)

        return await self._write(work, early)

    async def claim(self, *, limit: int, lease: Lease) -> tuple[Claim, ...]:
        return await self._write(lambda connection: sqlite_inbox.claim(connection, limit, lease))

    async def refresh(self, claim: Claim) -> Claim:
        return await self._read(lambda connection: sqlite_inbox.refresh(connection, claim))

    async def commit(self, change: Change, *, lease: Lease | None = None) -> Claim | None:
        return await self._write(lambda connection: sqlite_inbox.commit(connection, change, lease))

    async def waiting(self) -> int:
        return await self._read(sqlite_inbox.waiting)

    # --- the outbox ---

    async def outgoing(
        self, sender: str, *, now: float, after: int, limit: int
    ) -> tuple[tuple[int, Outgoing, float], ...]:
        return self._look_up(lambda connection: sqlite_outbox.queued(connection, sender, after, limit))

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

        def work(connection: Connection) -> Recorded:
            sqlite_outbox.settle(connection, message, not_before)
            return sqlite_inbox.record(connection, arrivals, at, lease) if arrivals and at else Recorded(new=0)

        return await self._write(work)

    async def message(self, message_id: str) -> Outgoing | None:
        return self._look_up(lambda connection: sqlite_outbox.get(connection, message_id))

    async def message_by_provider_id(self, sender: str, provider_id: str) -> Outgoing | None:
        return self._look_up(lambda connection: sqlite_outbox.by_provider_id(connection, sender, provider_id))

    async def report(self, message: Outgoing, delivery: Delivery, error: str = "") -> Outgoing:
        return await self._write(lambda connection: sqlite_outbox.report(connection, message.id, delivery, error))

    # --- effects ---

    async def claim_effects(self, *, limit: int, lease: Lease) -> tuple[WaitingEffect, ...]:
        return await self._write(lambda connection: sqlite_outbox.claim_effects(connection, limit, lease))

    async def settle_effect(
        self,
        effect: Effect,
        *,
        arrival: Arrival | None,
        not_before: float = 0.0,
        at: datetime,
        lease: Lease | None = None,
    ) -> Recorded:
        def work(connection: Connection) -> Recorded:
            if arrival is None:
                sqlite_outbox.effect_waits(connection, effect, not_before)
                return Recorded(new=0)
            if not sqlite_outbox.effect_done(connection, effect, at):
                return Recorded(new=0)
            return sqlite_inbox.record(connection, (arrival,), at, lease)

        return await self._write(work)

    # --- records ---

    async def get(self, kind: type[R], record_id: str) -> R | None:
        return self._look_up(lambda connection: sqlite_records.get(connection, kind, record_id))

    async def find(self, kind: type[R], *, limit: int = 100, **equal: str | int) -> tuple[R, ...]:
        return await self._read(lambda connection: sqlite_records.find(connection, kind, equal, limit))

    async def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        return await self._read(lambda connection: sqlite_records.get_many(connection, kind, ids))

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
        bounds = sqlite_records.where(kind, by, least, equal)
        return await self._read(lambda connection: sqlite_records.newest(connection, kind, by, after, bounds, limit))

    async def how_many(
        self, kind: type[R], *, most: int, by: str = "", least: Value | None = None, **equal: str | int
    ) -> int:
        bounds = sqlite_records.where(kind, by, least, equal)
        return await self._read(lambda connection: sqlite_records.how_many(connection, kind, bounds, most))

    async def due(
        self, kind: type[R], *, before: datetime, limit: int, after: tuple[datetime, str] | None = None
    ) -> tuple[R, ...]:
        until = due_text(before)
        behind = (due_text(after[0]), after[1]) if after else ("", "")
        return await self._read(lambda connection: sqlite_records.due(connection, kind, until, behind, limit))

    async def save(self, *records: Record) -> None:
        await self._write(lambda connection: sqlite_records.write(connection, records))

    async def transcript(
        self, conversation: str, *, since: datetime | None = None, limit: int = 50
    ) -> tuple[Line, ...]:
        return await self._read(lambda connection: transcript(connection, conversation, since, limit))

    # --- leases ---

    async def hold(self, name: str, lease: Lease) -> bool:
        wish = {"name": name, "token": lease.token, "until": lease.until, "now": lease.now}
        return await self._write(lambda connection: connection.execute(HOLD, wish).rowcount > 0)

    async def let_go(self, name: str, token: str) -> None:
        await self._write(lambda connection: connection.execute(LET_GO, (name, token)))

    async def give_up(self, token: str) -> None:
        await self._write(lambda connection: connection.execute(sqlite_owners.GIVE_UP, {"token": token}))

    # --- the connections ---

    def _look_up(self, work: Callable[[Connection], T]) -> T:
        """One statement by a key or along a queue: it takes less time than handing it to a thread."""
        if self._lookups is None:
            raise StorageUnavailable("the store is not open")
        try:
            return work(self._lookups)
        except sqlite3.Error as error:
            raise translated(error) from error

    async def _write(self, work: Callable[[Connection], T], early: Callable[[T], None] | None = None) -> T:
        if self._writer is None:
            raise StorageUnavailable("the store is not open")
        return await self._writer.do(work, early)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        if self._reader is None:
            raise StorageUnavailable("the store is not open")
        return await self._reader.do(work)
