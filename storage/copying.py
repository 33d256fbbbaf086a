"""Everything from one store into another, whatever they are: resumable, and verified at the end.

The rows, which have the same fields from every store; times are text (`codec.moment_text`), bodies JSON:

    inbox         seq source external_id conversation person kind body received_at state tries not_before error;
                  the last three empty where the entry does not wait, but for the error of one set aside
    outbox        seq id version sender to queued delivery not_before queued_at entry body
    provider_ids  sender provider_id message, the message that is known by that id now
    effects       seq id body state tries not_before done_at (empty: not done)
    a record type's table     id version body keys

Leases are nobody's in another store, and are not copied.
"""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, ClassVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from domain.records import NOBODYS, Record, Table
from storage.base import Row, Storage, StorageError
from storage.codec import DecodeError, decode

TABLES = ("inbox", "outbox", "provider_ids", "effects")
PAGE = 500
"""Rows that are read and written at a time."""


class Copying(Struct, frozen=True, kw_only=True):
    """In a store that is copied into: how far that has come. `source` tells one source from another."""

    TABLE: ClassVar[Table] = Table("copies", personal=NOBODYS)

    id: str = "copy"
    version: int = 0
    source: str
    table: str = ""
    after: str = ""
    done: bool = False


class NotEmpty(StorageError):
    """What is copied into holds something else."""


class Differs(StorageError):
    """The two are not alike after all: the source was written to meanwhile."""


Progress = Callable[[int], object]
"""Told how many more rows are done."""


async def unfinished(storage: Storage) -> bool:
    """Whether it holds a copy that has not come to its end: nobody may work with that."""
    mark = await storage.get(Copying, "copy")
    return mark is not None and not mark.done


async def copy(
    source: Storage, target: Storage, kinds: Sequence[type[Record]], identity: str, progress: Progress
) -> None:
    """Copy every table, page by page, and keep how far it has come: what an earlier call has copied from this source
    (by its `identity`) is not copied again. Nobody may write to either. Raises NotEmpty.
    """
    mark = await target.get(Copying, "copy")
    if mark is None:
        for table in tables(kinds):
            if await target.upkeep.count(table):
                raise NotEmpty(f"something is in it already, in {table}")
        mark = await _keep(target, Copying(source=identity))
    elif mark.done or mark.source != identity:
        raise NotEmpty("it holds a finished copy" if mark.done else "it holds an unfinished copy of something else")
    wanted = tables(kinds)
    for table in wanted[wanted.index(mark.table) if mark.table else 0 :]:
        mark = replace(mark, table=table, after=mark.after if table == mark.table else "")
        async for rows, after in _pages(source, table, mark.after):
            await target.upkeep.put(table, rows)
            mark = await _keep(target, replace(mark, after=after))
            progress(len(rows))


async def verify(source: Storage, target: Storage, kinds: Sequence[type[Record]], progress: Progress) -> dict[str, int]:
    """Hold the two against each other, by the count and a checksum of the rows of each table; then the copy is done.
    Returns the counts. Raises Differs.
    """
    counts = {}
    by_table = {kind.TABLE.name: kind for kind in kinds}
    for table in tables(kinds):
        kind = by_table.get(table)
        ours, theirs = [await _sum(each, table, kind, progress) for each in (source, target)]
        if ours != theirs:
            raise Differs(f"{table}: {ours[0]} rows against {theirs[0]}, or others")
        counts[table] = ours[0]
    mark = await target.get(Copying, "copy")
    if mark is not None:
        await target.save(replace(mark, done=True))
    return counts


def tables(kinds: Sequence[type[Record]]) -> list[str]:
    """What is copied, in this order."""
    return [*TABLES, *(kind.TABLE.name for kind in kinds if kind is not Copying)]


async def _pages(storage: Storage, table: str, after: str) -> AsyncIterator[tuple[tuple[Row, ...], str]]:
    while (page := await storage.upkeep.page(table, after=after, limit=PAGE)).last:
        after = page.last
        yield page.rows, after


async def _keep(target: Storage, mark: Copying) -> Copying:
    await target.save(mark)
    return replace(mark, version=mark.version + 1)


async def _sum(storage: Storage, table: str, kind: type[Record] | None, progress: Progress) -> tuple[int, int]:
    """How many rows, and the sum of their hashes: the same in whatever order they are read."""
    count = total = 0
    async for rows, _ in _pages(storage, table, ""):
        for row in rows:
            digest = hashlib.sha256(msgspec.json.encode(_plain(row, kind), order="sorted")).digest()
            total = (total + int.from_bytes(digest)) % 2**256
        count += len(rows)
        progress(len(rows))
    return count, total


def _plain(row: Row, kind: type[Record] | None) -> dict[str, Any]:
    """The row with the body of a record as this version reads it: stores keep it in forms of their own."""
    if kind is None:
        return row
    try:
        body = msgspec.to_builtins(decode(kind, row["body"]))
    except DecodeError:
        body = msgspec.json.decode(row["body"])
    return {**row, "body": {key: value for key, value in body.items() if key not in ("id", "version")}}
