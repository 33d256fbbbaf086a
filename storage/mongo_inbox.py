"""The inbox in MongoDB: entries, each under its (source, external id), and turns that are committed once.

An entry's document says what arrived and when; that it waits is said by its conversation's document alone
(`storage.mongo_lanes`). Where `session` is given, the caller's transaction is aborted after anything raised here.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from pymongo import ReturnDocument, UpdateOne

from domain.events import Arrival
from domain.people import Conversation, Person
from domain.records import Record
from storage import mongo_lanes as lanes
from storage import mongo_outbox as outbox
from storage import mongo_records as records
from storage.base import Change, Claim, Entry, EntryState, Lease, LeaseLost, Recorded, Stale, StorageUnavailable
from storage.codec import DecodeError, decode_event, encode, kind_of
from storage.mongo_connection import Again, Blocked, briefly
from storage.mongo_lanes import Ref
from storage.mongo_leases import Unheard, still
from storage.mongo_numbers import Numbers
from storage.mongo_schema import CONVERSATIONS, INBOX, WAITING

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document, Session

UNREADABLE_PAUSE = 60.0
"""Seconds an entry waits whose conversation or person cannot be decoded: by then a better version may run."""

_log = logging.getLogger(__name__)


def key_of(source: str, external_id: str) -> str:
    return f"{source.replace('%', '%25').replace('/', '%2F')}/{external_id}"


# --- recording ---


async def record(
    database: "Database",
    session: "Session",
    arrivals: Sequence[Arrival],
    at: datetime,
    lease: Lease | None,
    numbers: Numbers,
) -> tuple[Recorded, Ref | None]:
    """Also returns one of the new entries, by which the commit can be told from another's of the same arrivals."""
    new = await _insert(database, session, arrivals, at, numbers)
    claims = []
    for entries in _by_conversation(new).values():
        claims.append(await _put(database, session, entries, lease, numbers))
    recorded = Recorded(new=len(new), claims=tuple(claim for claim in claims if claim))
    return recorded, _ref(new[0]) if new else None


async def recorded(database: "Database", ref: Ref | None) -> bool:
    """Whether `record` has landed."""
    return ref is None or await database[INBOX].find_one({"_id": ref.key, "seq": ref.seq}, {"_id": 1}) is not None


async def _insert(
    database: "Database", session: "Session", arrivals: Sequence[Arrival], at: datetime, numbers: Numbers
) -> list[Entry]:
    """The entries of those that were not there before. An arrival that is known leaves everything as it is."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a zone: {at}")
    entries: dict[str, Entry] = {}
    for each in arrivals:
        key = key_of(each.source, each.external_id)
        if key not in entries:
            entries[key] = Entry(
                seq=numbers.next(),
                source=each.source,
                external_id=each.external_id,
                conversation=each.conversation,
                person=each.person,
                event=each.event,
                received_at=at,
            )
    if not entries:
        return []
    updates = [UpdateOne({"_id": key}, {"$setOnInsert": _row(entry)}, upsert=True) for key, entry in entries.items()]
    result = await database[INBOX].bulk_write(updates, session=session)
    ordered = list(entries.values())
    return [ordered[index] for index in sorted(result.upserted_ids or ())]


def _row(entry: Entry) -> "Document":
    return {
        "seq": entry.seq,
        "source": entry.source,
        "external_id": entry.external_id,
        "conversation": entry.conversation,
        "person": entry.person,
        "kind": kind_of(entry.event),
        "body": encode(entry.event),
        "received_at": entry.received_at,
    }


def entry_of(row: "Document", tries: int = 0) -> Entry:
    return Entry(
        seq=row["seq"],
        source=row["source"],
        external_id=row["external_id"],
        conversation=row["conversation"],
        person=row["person"],
        event=decode_event(row["kind"], row["body"]),
        received_at=row["received_at"],
        tries=tries,
    )


def _ref(entry: Entry) -> Ref:
    return Ref(entry.seq, key_of(entry.source, entry.external_id))


def _by_conversation(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.conversation, []).append(entry)
    return found


async def _put(
    database: "Database", session: "Session", entries: Sequence[Entry], lease: Lease | None, numbers: Numbers
) -> Claim | None:
    """Have new entries of a conversation wait in it; the claim of the first where the lease could be taken."""
    first = entries[0]
    rows = database[CONVERSATIONS]
    reading = rows.find_one({"_id": first.conversation}, lanes.HEAD, session=session)
    # Whoever changes the person in a turn of this conversation writes to its document too: a person read after the
    # transaction's first read is not older than the document, or the write below is a conflict.
    document, person = await asyncio.gather(reading, _person(database, first.person if lease else ""))
    if document:
        _check(document, first.seq, numbers)
    step = lanes.put(first.conversation, document, [_ref(each) for each in entries], lease)
    await rows.update_one({"_id": first.conversation}, step.update, upsert=document is None, session=session)
    if lease is None or step.after["first"]["seq"] != first.seq or not lanes.is_leased(step.after, lease):
        return None
    return await _claimed(database, session, first, lease, step.after, person, numbers)


def _check(document: "Document", first: int, numbers: Numbers) -> None:
    """Numbers ascend within a conversation. Raises Again where a process whose clock is ahead was here before."""
    if document.get("last", 0) >= first:
        numbers.meet(document["last"])
        raise Again
    if document.get("waiting", 0) >= lanes.LONGEST:
        raise StorageUnavailable(f"{lanes.LONGEST} entries wait in {document['_id']}")


# --- claiming ---


async def claim(
    database: "Database", limit: int, lease: Lease, numbers: Numbers, blocked: set[str], unheard: Unheard
) -> tuple[Claim, ...]:
    """Each conversation is leased by a write of its own; what others were faster with is made up for by more.

    `blocked` gets those whose lease was not answered in time, mostly because a transaction has hold of them.
    """
    rows = database[CONVERSATIONS]
    given = [still(each, lease) for each in await unheard.given(rows, lease, {"_id": 1})]
    claims = await _take(database, given, lease, numbers, blocked, unheard)
    free = {"waiting": {"$gt": 0}, "ready_at": {"$lte": lease.now}, "lease_until": {"$lte": lease.now}}
    while len(claims) < limit:
        asked = {**free, "_id": {"$nin": list(blocked)}} if blocked else free
        found = rows.find(asked, {"first": 1}).hint(WAITING).sort("first.seq", 1)
        ready = await found.limit(limit - len(claims)).to_list(None)
        if not ready:
            break
        as_found = [{"_id": each["_id"], "first.seq": each["first"]["seq"], **free} for each in ready]
        claims += await _take(database, as_found, lease, numbers, blocked, unheard)
    unheard.answered((each.entry.conversation for each in claims), lease)
    return tuple(claims)


async def _take(
    database: "Database",
    as_found: "Sequence[Document]",
    lease: Lease,
    numbers: Numbers,
    blocked: set[str],
    unheard: Unheard,
) -> list[Claim]:
    """Lease conversations as they were found, but for those with which somebody was faster."""
    unheard.asked((each["_id"] for each in as_found), lease)
    taken = await asyncio.gather(*(_take_one(database, each, lease, blocked, unheard) for each in as_found))
    waiting = [document for document in taken if document and document["waiting"]]
    return await _claims(database, None, waiting, lease, numbers) if waiting else []


async def _take_one(
    database: "Database", as_found: "Document", lease: Lease, blocked: set[str], unheard: Unheard
) -> "Document | None":
    """None: somebody was faster, or there was no answer in time."""
    taking = {"$set": {"lease_token": lease.token, "lease_until": lease.until}}
    try:
        with briefly():
            taken: Document | None = await database[CONVERSATIONS].find_one_and_update(
                as_found, taking, projection=lanes.HEAD, return_document=ReturnDocument.AFTER
            )
    except Blocked:
        blocked.add(as_found["_id"])
        return None
    if taken is None:
        unheard.answered([as_found["_id"]], lease)
    return taken


async def _claims(
    database: "Database",
    session: "Session | None",
    documents: "Sequence[Document]",
    lease: Lease,
    numbers: Numbers,
) -> list[Claim]:
    """The claims of conversations that were just leased."""
    keys = [document["first"]["key"] for document in documents]
    rows = {
        row["_id"]: row for row in await database[INBOX].find({"_id": {"$in": keys}}, session=session).to_list(None)
    }
    people = {row["person"] for row in rows.values()} - {""}
    stored = await _people(database, session, people) if people else {}
    claims = []
    for document in documents:
        entry = entry_of(rows[document["first"]["key"]], document["tries"])
        person = stored.get(entry.person)
        claims.append(await _claimed(database, session, entry, lease, document, person, numbers))
    return [each for each in claims if each]


async def _people(database: "Database", session: "Session | None", ids: Iterable[str]) -> "dict[str, Document]":
    asked = {"_id": {"$in": list(ids)}, "version": {"$gt": 0}}
    rows = await database[Person.TABLE.name].find(asked, records.STORED, session=session).to_list(None)
    return {row["_id"]: row for row in rows}


async def _person(database: "Database", address: str) -> "Document | None":
    return (await _people(database, None, [address])).get(address) if address else None


async def _claimed(
    database: "Database",
    session: "Session | None",
    entry: Entry,
    lease: Lease,
    document: "Document",
    person: "Document | None",
    numbers: Numbers,
) -> Claim | None:
    """The claim of an entry whose lease was just taken. One that cannot be decoded waits, and the others go on."""
    numbers.meet(document["last"])
    try:
        return Claim(
            entry=entry,
            token=lease.token,
            until=lease.until,
            conversation=_conversation(document),
            person=_person_of(entry, person),
        )
    except DecodeError as error:
        _log.error("entry %d waits: its conversation or person cannot be read: %s", entry.seq, error)
        await database[CONVERSATIONS].update_one(
            {"_id": entry.conversation, "lease_token": lease.token, "first.seq": entry.seq},
            lanes.defer(document, None, entry.seq, {}, lease.now + UNREADABLE_PAUSE, str(error)).update,
            session=session,
        )
        return None


def _conversation(document: "Document") -> Conversation:
    return records.record_of(Conversation, document) if document["version"] else Conversation(id=document["_id"])


def _person_of(entry: Entry, row: "Document | None") -> Person | None:
    if not entry.person:
        return None
    return records.record_of(Person, row) if row else Person(id=entry.person)


def _held(claim: Claim) -> "Document":
    """Finds the claim's conversation as long as it is leased to its owner and its entry is the first that waits."""
    return {"_id": claim.entry.conversation, "lease_token": claim.token, "first.seq": claim.entry.seq}


async def give_up(database: "Database", token: str) -> None:
    held = {"waiting": {"$gt": 0}, "lease_token": token}
    await database[CONVERSATIONS].update_many(held, {"$set": lanes.UNLEASED})


async def refresh(database: "Database", claim: Claim) -> Claim:
    document, person = await asyncio.gather(
        database[CONVERSATIONS].find_one(_held(claim), lanes.HEAD), _person(database, claim.entry.person)
    )
    if document is None:
        raise LeaseLost(claim.entry.conversation)
    return replace(claim, conversation=_conversation(document), person=_person_of(claim.entry, person))


async def waiting(database: "Database") -> int:
    rows = database[CONVERSATIONS].find({"waiting": {"$gt": 0}}, {"_id": 0, "waiting": 1}).hint(WAITING)
    return sum([row["waiting"] async for row in rows])


# --- committing ---


async def commit(
    database: "Database", session: "Session", change: Change, lease: Lease | None, numbers: Numbers
) -> Claim | None:
    """Raises LeaseLost, Stale, Taken."""
    entry = change.claim.entry
    name = entry.conversation
    new = _by_conversation(await _insert(database, session, change.arrivals, change.at, numbers))
    messages = [(numbers.next(), each) for each in change.outgoing]
    own, others = _own(name, change.save)
    relied_on, expect = _own(name, change.expect)
    last = max([entry.seq, *(number for number, _ in messages)])
    document = await _finish(database, session, change, lease, own, relied_on or own, last)
    if expect:
        await records.expect(database, session, expect)
    if others or change.delete:
        await records.write(database, session, others, change.delete)
    if messages:
        await outbox.queue(database, session, messages, entry.seq)
    for message, delivery, error in change.reports:
        await outbox.report(database, session, message.id, delivery, error)
    if change.effects:
        await outbox.want(database, session, [(numbers.next(), each) for each in change.effects])
    if change.set_aside:
        aside = {"$set": {"state": EntryState.SET_ASIDE.value, "error": change.error}}
        await database[INBOX].update_one({"_id": _ref(entry).key}, aside, session=session)
    following = None
    for conversation, entries in new.items():
        claim = await _put(database, session, entries, lease if conversation == name else None, numbers)
        following = following or claim
    if lease and lanes.is_leased(document, lease):
        claims = await _claims(database, session, [document], lease, numbers)
        return claims[0] if claims else None
    return following


async def committed(database: "Database", claim: Claim) -> bool:
    """Whether a commit of this claim has landed: its entry no longer waits at the head of its conversation."""
    return await database[CONVERSATIONS].find_one(_held(claim), {"_id": 1}) is None


def _own(name: str, given: Sequence[Record]) -> tuple[Conversation | None, list[Record]]:
    """The claim's conversation among these, and the rest."""
    own: Conversation | None = None
    others = []
    for each in given:
        if isinstance(each, Conversation) and each.id == name:
            own = each
        else:
            others.append(each)
    return own, others


async def _finish(
    database: "Database",
    session: "Session",
    change: Change,
    lease: Lease | None,
    own: Conversation | None,
    read_at: Conversation | None,
    last: int,
) -> "Document":
    """End or put off the entry, save its conversation and keep or give up its lease, in one write."""
    fields: Document = {}
    if own is not None:
        fields = {"version": own.version + 1, "body": records.body_of(own)}
    held = _held(change.claim)
    rows = database[CONVERSATIONS]
    done = change.set_aside or change.defer_until is None
    if done:
        # Mostly nothing else waits: then the document need not be read.
        step = lanes.finish({"waiting": 1}, lease, last, fields)
        alone = {**held, "waiting": 1, **({"version": read_at.version} if read_at else {})}
        if (await rows.update_one(alone, step.update, session=session)).matched_count:
            return step.after
    document: Document | None = await rows.find_one(held, lanes.HEAD, session=session)
    if document is None:
        raise LeaseLost(held["_id"])
    if read_at and document["version"] != read_at.version:
        raise Stale(records.owner(read_at))
    if done:
        step = lanes.finish(document, lease, last, fields)
    else:
        step = lanes.defer(document, lease, last, fields, change.defer_until or 0.0, change.error)
    await rows.update_one(held, step.update, session=session)
    return step.after
