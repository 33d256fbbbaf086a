"""A conversation's document: its body, its lease and what waits in it, so that one write does what a turn needs.

    first      the first waiting entry, {seq, key}; absent where none waits
    queue      those after it, in order of recording
    waiting    how many wait in all
    tries, ready_at, error    of the first: how often it was put off, until when, and why
    last       the highest number given to an entry or a message of this conversation
    before     what `last` was before the last write

A document of version 0 is there for its lease or its entries alone. The updates are pipelines, so that what becomes of
the lease is decided where the document is, and in one call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from storage.base import Lease

Stage = dict[str, Any]

LONGEST = 20_000
"""As many entries may wait in one conversation: its document must stay far below MongoDB's 16 MB."""

UNLEASED: Stage = {"lease_token": "", "lease_until": 0.0}

WITHOUT_QUEUE = {"queue": 0}
"""What is read of a document."""

_WAITING = {"$ifNull": ["$waiting", 0]}
_QUEUE = {"$ifNull": ["$queue", []]}


@dataclass(frozen=True, slots=True)
class Ref:
    """An entry as its conversation's document names it."""

    seq: int
    key: str

    def document(self) -> Stage:
        return {"seq": self.seq, "key": self.key}


def literal(value: Any) -> Stage:
    """A value whose dollar signs are nobody's field names."""
    return {"$literal": value}


def when(condition: Any, then: Any, otherwise: Any) -> Stage:
    return {"$cond": [condition, then, otherwise]}


def put(refs: Sequence[Ref], lease: Lease | None) -> list[Stage]:
    """Put new entries behind those that wait. With a lease, take it where nothing waited and nobody holds it."""
    idle = {"$eq": [_WAITING, 0]}
    token: Any = {"$ifNull": ["$lease_token", ""]}
    until: Any = {"$ifNull": ["$lease_until", 0.0]}
    if lease:
        free = {"$and": [idle, {"$lte": [until, lease.now]}]}
        token, until = when(free, literal(lease.token), token), when(free, lease.until, until)
    documents = [each.document() for each in refs]
    return [
        {
            "$set": {
                "version": {"$ifNull": ["$version", 0]},
                "first": when(idle, literal(documents[0]), "$first"),
                "queue": when(idle, literal(documents[1:]), {"$concatArrays": [_QUEUE, literal(documents)]}),
                "waiting": {"$add": [_WAITING, len(refs)]},
                "tries": when(idle, 0, "$tries"),
                "ready_at": when(idle, 0.0, "$ready_at"),
                "lease_token": token,
                "lease_until": until,
                "last": {"$max": ["$last", literal(refs[-1].seq)]},
                "before": {"$ifNull": ["$last", 0]},
            }
        }
    ]


def finish(refs: Sequence[Ref], lease: Lease | None, last: int, fields: Stage) -> list[Stage]:
    """The first entry is done, and new ones may come behind the rest. The lease goes on where any waits."""
    documents = [each.document() for each in refs]
    more = {"$gt": ["$waiting", 1]}
    first: Any = when(more, {"$arrayElemAt": ["$queue", 0]}, literal(documents[0]) if refs else "$$REMOVE")
    queue: Any = when(more, {"$slice": ["$queue", 1, "$waiting"]}, literal(documents[1:]))
    if refs:
        rest = {"$concatArrays": [{"$slice": ["$queue", 1, "$waiting"]}, literal(documents)]}
        queue = when(more, rest, literal(documents[1:]))
    goes_on: Any = True if refs else more
    return [
        {
            "$set": {
                "first": first,
                "queue": queue,
                "waiting": {"$add": ["$waiting", len(refs) - 1]},
                "tries": 0,
                "ready_at": 0.0,
                **_lease(lease, goes_on),
                **_numbers(last),
                **fields,
            }
        }
    ]


def defer(refs: Sequence[Ref], lease: Lease | None, last: int, fields: Stage, until: float, error: str) -> list[Stage]:
    """The first entry stays where it is, until then; so it is the next one only if that is not in the future."""
    goes_on = lease is not None and until <= lease.now
    return [
        {
            "$set": {
                "queue": {"$concatArrays": ["$queue", literal([each.document() for each in refs])]},
                "waiting": {"$add": ["$waiting", len(refs)]},
                "tries": {"$add": ["$tries", 1]},
                "ready_at": until,
                "error": literal(error),
                **_lease(lease, goes_on),
                **_numbers(last),
                **fields,
            }
        }
    ]


def _lease(lease: Lease | None, goes_on: Any) -> Stage:
    if lease is None:
        return UNLEASED
    return {
        "lease_token": when(goes_on, literal(lease.token), ""),
        "lease_until": when(goes_on, lease.until, 0.0),
    }


def _numbers(last: int) -> Stage:
    return {"last": {"$max": ["$last", literal(last)]}, "before": {"$ifNull": ["$last", 0]}}


def leased_to(document: Stage, lease: Lease) -> bool:
    """Whether the write that this document comes from has given or left the conversation to this lease."""
    return bool(document["lease_token"] == lease.token and document["lease_until"] == lease.until)
