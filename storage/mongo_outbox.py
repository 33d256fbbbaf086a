"""What goes out, in MongoDB: messages and effects, until they are settled, and transcripts' half of them afterwards.

Where `session` is given, the caller's transaction is aborted after anything raised here.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from domain.effects import Effect
from domain.messages import Delivery, Outgoing, advance
from storage.base import Lease, Stale, Taken, WaitingEffect
from storage.codec import DecodeError, at_version, decode, decode_record, encode
from storage.mongo_connection import Again, Blocked, briefly, duplicate
from storage.mongo_leases import Unheard, still
from storage.mongo_schema import EFFECTS, OUTBOX

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document, Session

_log = logging.getLogger(__name__)

MESSAGE = {"version": 1, "body": 1}


async def queue(database: "Database", session: "Session", messages: Sequence[tuple[int, Outgoing]], entry: int) -> None:
    """Raises Taken for an id that was used before."""
    rows = [
        {
            "_id": each.id,
            "seq": seq,
            "version": 1,
            "sender": each.sender,
            "to": each.to,
            "queued": True,
            "delivery": each.delivery.value,
            "not_before": 0.0,
            "queued_at": each.queued_at,
            "entry": entry,
            "body": encode(each),
        }
        for seq, each in messages
    ]
    try:
        await database[OUTBOX].insert_many(rows, session=session)
    except BulkWriteError as problem:
        refused = duplicate(problem)
        if refused is None:
            raise
        raise Taken(f"outbox/{refused['_id']}") from None


def message_of(row: "Document") -> Outgoing:
    return decode_record(Outgoing, row["version"], row["body"])


async def settle(
    database: "Database", session: "Session | None", message: Outgoing, not_before: float, number: int
) -> None:
    """`number` ascends with every settling. Raises Stale for a message that is not in the outbox."""
    settled: Document = {
        "queued": message.delivery is Delivery.QUEUED,
        "delivery": message.delivery.value,
        "not_before": not_before,
        "body": encode(message),
    }
    if message.provider_ids:
        settled |= {"provider_ids": list(message.provider_ids), "settled": number}
    untouched = {"_id": message.id, "version": message.version, "delivery": Delivery.QUEUED.value}
    change = {"$set": settled, "$inc": {"version": 1}}
    if (await database[OUTBOX].update_one(untouched, change, session=session)).matched_count:
        return
    current = await get(database, message.id, session)
    if current is None:
        raise Stale(f"outbox/{message.id}")
    merged = _merged(current, message)
    settled |= {"delivery": merged.delivery.value, "body": encode(merged)}
    if merged.provider_ids:
        settled |= {"provider_ids": list(merged.provider_ids), "settled": number}
    await _update(database, session, current, settled)


def _merged(current: Outgoing, settled: Outgoing) -> Outgoing:
    delivery = advance(current.delivery, settled.delivery)
    return replace(
        settled,
        delivery=delivery,
        error=settled.error if delivery is settled.delivery else current.error,
        provider_ids=tuple(dict.fromkeys(current.provider_ids + settled.provider_ids)),
    )


async def _update(database: "Database", session: "Session | None", current: Outgoing, fields: "Document") -> None:
    """Raises Again where it was changed since it was read."""
    read_at = {"_id": current.id, "version": current.version}
    change = {"$set": fields, "$inc": {"version": 1}}
    if not (await database[OUTBOX].update_one(read_at, change, session=session)).matched_count:
        raise Again


async def get(database: "Database", message_id: str, session: "Session | None" = None) -> Outgoing | None:
    row = await database[OUTBOX].find_one({"_id": message_id}, MESSAGE, session=session)
    return message_of(row) if row else None


async def by_provider_id(database: "Database", sender: str, provider_id: str) -> Outgoing | None:
    """An edit and what it edits have one id: it names the one that was sent last."""
    asked = {"provider_ids": provider_id, "sender": sender}
    rows = await database[OUTBOX].find(asked, {**MESSAGE, "settled": 1}).to_list(None)
    return message_of(max(rows, key=lambda row: int(row["settled"]))) if rows else None


async def report(
    database: "Database", session: "Session | None", message_id: str, delivery: Delivery, error: str
) -> Outgoing:
    """Whether the message still waits to be sent (its other parts) is settle's alone to say. Raises Stale as above."""
    current = await get(database, message_id, session)
    if current is None:
        raise Stale(f"outbox/{message_id}")
    moved = advance(current.delivery, delivery)
    if moved is current.delivery:
        return current
    changed = replace(current, delivery=moved, error=error or current.error)
    await _update(database, session, current, {"delivery": moved.value, "body": encode(changed)})
    return at_version(changed, current.version + 1)


# --- effects ---


async def want(database: "Database", session: "Session", effects: Sequence[tuple[int, Effect]]) -> None:
    """The same id is the same call: one that was wanted before is not wanted again."""
    updates = [
        UpdateOne(
            {"_id": each.id},
            {
                "$setOnInsert": {
                    "seq": seq,
                    "body": encode(each),
                    "state": "waiting",
                    "tries": 0,
                    "not_before": 0.0,
                    "lease_token": "",
                    "lease_until": 0.0,
                }
            },
            upsert=True,
        )
        for seq, each in effects
    ]
    await database[EFFECTS].bulk_write(updates, session=session)


async def claim_effects(
    database: "Database", limit: int, lease: Lease, blocked: set[str], unheard: Unheard
) -> tuple[WaitingEffect, ...]:
    """Each is leased by a write of its own; what others were faster with is made up for by more.

    `blocked` gets those whose lease was not answered in time, mostly because a transaction has hold of them.
    """
    rows = database[EFFECTS]
    fields = {"body": 1, "tries": 1}
    given = await unheard.given(rows, lease, fields)
    claimed = await _take(database, [(each, still(each, lease)) for each in given], lease, blocked, unheard)
    free = {"state": "waiting", "not_before": {"$lte": lease.now}, "lease_until": {"$lte": lease.now}}
    while len(claimed) < limit:
        asked = {**free, "_id": {"$nin": list(blocked)}} if blocked else free
        found = rows.find(asked, fields).sort([("not_before", 1), ("seq", 1)])
        ready = await found.limit(limit - len(claimed)).to_list(None)
        if not ready:
            break
        as_found = [(each, {"_id": each["_id"], **free}) for each in ready]
        claimed += await _take(database, as_found, lease, blocked, unheard)
    unheard.answered((each.effect.id for each in claimed), lease)
    return tuple(claimed)


async def _take(
    database: "Database",
    found: "Sequence[tuple[Document, Document]]",
    lease: Lease,
    blocked: set[str],
    unheard: Unheard,
) -> list[WaitingEffect]:
    """Lease effects (a document, and what finds it as it was), but for those with which somebody was faster."""
    unheard.asked((row["_id"] for row, _ in found), lease)
    taken = await asyncio.gather(*(_take_one(database, *each, lease, blocked, unheard) for each in found))
    return [each for each in taken if each]


async def _take_one(
    database: "Database", row: "Document", as_found: "Document", lease: Lease, blocked: set[str], unheard: Unheard
) -> WaitingEffect | None:
    """None: somebody was faster, there was no answer in time, or it cannot be read and waits out the lease."""
    taking = {"$set": {"lease_token": lease.token, "lease_until": lease.until}, "$inc": {"tries": 1}}
    try:
        with briefly():
            result = await database[EFFECTS].update_one({**as_found, "state": "waiting"}, taking)
    except Blocked:
        blocked.add(row["_id"])
        return None
    if not result.matched_count:
        unheard.answered([row["_id"]], lease)
        return None
    try:
        return WaitingEffect(effect=decode(Effect, row["body"]), tries=row["tries"])
    except DecodeError as error:
        unheard.answered([row["_id"]], lease)
        _log.error("effect %s waits: it cannot be read: %s", row["_id"], error)
        return None


async def effect_done(database: "Database", session: "Session", effect: Effect, at: datetime) -> bool:
    """Whether it was there."""
    done = {"$set": {"state": "done", "done_at": at, "lease_until": 0.0}}
    return (await database[EFFECTS].update_one({"_id": effect.id}, done, session=session)).matched_count > 0


async def effect_waits(database: "Database", effect: Effect, not_before: float) -> None:
    waits = {"$set": {"not_before": not_before, "lease_until": 0.0}}
    await database[EFFECTS].update_one({"_id": effect.id, "state": "waiting"}, waits)
