"""A conversation's document: its body, its lease and what waits in it, so that few calls do what a turn needs.

    first      the first waiting entry, {seq, key}; absent where none waits
    queue      those after it, in order of recording
    waiting    how many wait in all
    tries, ready_at, error    of the first: how often it was put off, until when, and why
    lease_token, lease_until  who handles the first
    last       the highest number given to an entry or a message of this conversation

A document of version 0 is there for its lease and its entries alone. A step is worked out from the document as it was
read, in the transaction that writes it, where a write by anybody else in between is a conflict.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from storage.base import Lease
from storage.mongo_types import Document

LONGEST = 20_000
"""As many entries may wait in one conversation: its document must stay far below MongoDB's 16 MB."""

UNLEASED: Document = {"lease_token": "", "lease_until": 0.0}

HEAD = {"queue": {"$slice": 1}}
"""What is read of a document: all but the end of its queue."""


@dataclass(frozen=True, slots=True)
class Ref:
    """An entry as its conversation's document names it."""

    seq: int
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """How a document changes, and what it is then (by HEAD)."""

    update: Document
    after: Document


def put(name: str, document: Document | None, refs: Sequence[Ref], lease: Lease | None) -> Step:
    """New entries behind those that wait. With a lease, it is taken where nothing waited and nobody holds it."""
    before = document or {"_id": name, "version": 0, **UNLEASED}
    waiting = before.get("waiting", 0)
    rows = [{"seq": each.seq, "key": each.key} for each in refs]
    fields: Document = {"waiting": waiting + len(refs), "last": refs[-1].seq}
    if waiting:
        return Step({"$set": fields, "$push": {"queue": {"$each": rows}}}, before | fields)
    fields |= {"first": rows[0], "queue": rows[1:], "tries": 0, "ready_at": 0.0}
    if lease and before.get("lease_until", 0.0) <= lease.now:
        fields |= {"lease_token": lease.token, "lease_until": lease.until}
    elif "lease_until" not in before or document is None:
        fields |= UNLEASED
    update: Document = {"$set": fields}
    if document is None:
        update["$setOnInsert"] = {"version": 0}
    return Step(update, before | fields)


def finish(document: Document, lease: Lease | None, last: int, fields: Document) -> Step:
    """The first entry is done. The lease goes on where another waits."""
    waiting = document["waiting"] - 1
    fields = fields | {"waiting": waiting, "tries": 0, "ready_at": 0.0, **(_goes_on(lease) if waiting else UNLEASED)}
    update: Document = {"$max": {"last": last}}
    if not waiting:
        update |= {"$set": fields, "$unset": {"first": 1}}
        return Step(update, {key: value for key, value in (document | fields).items() if key != "first"})
    fields["first"] = document["queue"][0]
    update |= {"$set": fields, "$pop": {"queue": -1}}
    return Step(update, document | fields | {"last": max(document["last"], last)})


def defer(document: Document, lease: Lease | None, last: int, fields: Document, until: float, error: str) -> Step:
    """The first entry stays where it is, until then; so it is the next one only if that is not in the future."""
    again = lease is not None and until <= lease.now
    fields = fields | {"ready_at": until, "error": error, **(_goes_on(lease) if again else UNLEASED)}
    update = {"$set": fields, "$inc": {"tries": 1}, "$max": {"last": last}}
    after = {"tries": document["tries"] + 1, "last": max(document["last"], last)}
    return Step(update, document | fields | after)


def _goes_on(lease: Lease | None) -> Document:
    return {"lease_token": lease.token, "lease_until": lease.until} if lease else UNLEASED


def is_leased(document: Document, lease: Lease | None) -> bool:
    """Whether the step that led to this document has given or left its first entry to the lease."""
    if lease is None or "first" not in document:
        return False
    return bool(document["lease_token"] == lease.token and document["lease_until"] == lease.until)
