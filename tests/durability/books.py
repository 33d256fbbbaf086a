"""What storage holds, for the ledger: all that ever came, went out and was asked for, which no service ever asks."""

import asyncio
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import pymongo

from bot.build import open_storage
from bot.records import RECORD_TYPES
from bot.settings import Settings
from domain.records import Record

Json = dict[str, Any]
R = TypeVar("R", bound=Record)

SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Books:
    """`entries` are what arrived, in order of recording (`seq conversation kind state`, and the event's fields);
    `messages` what went out, in order of queueing (`seq id entry sender to queued delivery`, and the message's fields);
    `effects` what was asked of services (`id name record state tries`). By `[kind]`: the records of that type.
    """

    entries: list[Json]
    messages: list[Json]
    effects: list[Json]
    records: dict[type[Record], tuple[Record, ...]]

    def __getitem__(self, kind: type[R]) -> tuple[R, ...]:
        return self.records[kind]  # type: ignore[return-value]  # each type has its own

    def waiting(self) -> list[Json]:
        """What is still to be done; but for reports on messages that nobody lived to note, which wait for the note."""
        return [
            *(e for e in self.entries if e["state"] == "new" and e["kind"] != "reported"),
            *(m for m in self.messages if m["queued"]),
            *(e for e in self.effects if e["state"] == "waiting"),
        ]


async def read(database: str) -> Books:
    """Everything in a database, by its address."""
    rows = _sqlite_rows if database.startswith(SQLITE) else _mongodb_rows
    entries, messages, effects = await asyncio.to_thread(rows, database)
    storage = open_storage(Settings(database_url=database, _env_file=None))  # type: ignore[call-arg]  # pydantic's own
    await storage.open()
    try:
        records = {kind: await storage.find(kind, limit=10**6) for kind in RECORD_TYPES}
    finally:
        await storage.close()
    return Books(entries, messages, effects, records)


async def done(database: str, effect: str) -> list[Json]:
    """The effects of that name that were carried out, in order."""
    rows = _sqlite_rows if database.startswith(SQLITE) else _mongodb_rows
    _, _, effects = await asyncio.to_thread(rows, database)
    return [each for each in effects if each["name"] == effect and each["state"] != "waiting"]


async def settled(database: str, patience: float) -> None:
    """Until nothing waits any more. Raises AssertionError.

    Two looks in a row must find the same and nothing waiting: what goes from one table to another between the reading
    of the two is seen in neither.
    """
    rows = _sqlite_rows if database.startswith(SQLITE) else _mongodb_rows
    left: list[Json] = []
    before: list[int] = []
    try:
        async with asyncio.timeout(patience):
            while True:
                found = await asyncio.to_thread(rows, database)
                left, sizes = Books(*found, {}).waiting(), [len(each) for each in found]
                if not left and sizes == before:
                    return
                before = [] if left else sizes
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{len(left)} still wait: {left[:3]}") from None


Rows = tuple[list[Json], list[Json], list[Json]]


def _sqlite_rows(database: str) -> Rows:
    with closing(sqlite3.connect(Path(database.removeprefix(SQLITE)), timeout=30)) as connection:
        connection.row_factory = sqlite3.Row

        def table(name: str) -> list[Json]:
            rows = connection.execute(f"SELECT * FROM {name} ORDER BY seq")  # our own names
            return [_flat(dict(row)) for row in rows]

        return table("inbox"), table("outbox"), table("effects")


def _mongodb_rows(database: str) -> Rows:
    client: pymongo.MongoClient[Json] = pymongo.MongoClient(database, tz_aware=True)
    with client:
        tables = client[urlsplit(database).path.strip("/") or "sahut"]
        entries, messages, effects = (
            [_flat(row) for row in tables[name].find().sort("seq", 1)] for name in ("inbox", "outbox", "effects")
        )
        waiting: set[str] = set()
        for row in tables["conversations"].find({"waiting": {"$gt": 0}}):
            waiting.update(each["key"] for each in (row["first"], *row["queue"]))
    for entry in entries:
        entry["state"] = "new" if entry["_id"] in waiting else entry.get("state", "done")
    for each in (*messages, *effects):
        each["id"] = each["_id"]
    return entries, messages, effects


def _flat(row: Json) -> Json:
    """What a row's body says, and over it what its columns say."""
    return {**json.loads(row["body"]), **row}


def only(rows: Iterable[Json], **equal: Any) -> list[Json]:
    return [row for row in rows if all(row.get(name) == value for name, value in equal.items())]
