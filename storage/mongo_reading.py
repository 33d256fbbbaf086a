"""A sender's queue as one process reads it on.

Numbers ascend in order of queueing, but transactions become visible in any order: whoever reads on from the highest
number seen would skip a message whose turn was committed a little later under a lower one. So a reader knows what it
has read by its ids and gives each message a place in its own order of reading; the place is the `seq` that it hands
out. It looks again at the numbers of the last moments with every reading, and at all that waits every now and then, so
that nothing is skipped however long a commit took and however wrong a process's clock is.
"""

import asyncio
import logging
from time import monotonic
from typing import TYPE_CHECKING

from msgspec.structs import replace

from domain.messages import Delivery, Outgoing
from storage.codec import DecodeError
from storage.mongo_numbers import Numbers
from storage.mongo_outbox import MESSAGE, message_of
from storage.mongo_schema import OUTBOX

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document

LATE = 3.0
"""Seconds that a commit may take, and clocks differ. What comes later still waits for the next look at everything, and
what follows it in its chat may overtake it: longer, therefore, than a transaction may take until it is broken off.
"""

LOOK_EVERY = 1.0
"""Seconds between the looks at everything, or longer where they take long."""

SHARE = 20.0
"""A look at everything may take this part of the time."""

MOST = 50_000
"""As many unsent messages are known at once; the others wait until some of these are sent."""

Row = tuple[int, Outgoing, float]

_log = logging.getLogger(__name__)


class Reading:
    """One sender's queue. A message keeps its place until it was sent."""

    def __init__(self, sender: str, numbers: Numbers) -> None:
        self._sender = sender
        self._numbers = numbers
        self._lock = asyncio.Lock()
        self._place = numbers.next()
        self._known: dict[str, tuple[int, int]] = {}
        self._highest = 0
        self._settled: set[str] = set()
        self._look_at = 0.0

    def settled(self, message_id: str) -> None:
        """It has left the queue."""
        self._settled.add(message_id)

    async def read(self, database: "Database", after: int, limit: int) -> tuple[Row, ...]:
        """What has a place above `after`, in order; 0 begins with the oldest that waits."""
        async with self._lock:
            await self._look(database, everything=not after)
            chosen: list[str] = []
            for message_id, (place, _) in reversed(self._known.items()):
                if place <= after:
                    break
                chosen.append(message_id)
            chosen = chosen[::-1][: max(0, limit)]
            if not chosen:
                return ()
            asked = {"_id": {"$in": chosen}, "queued": True}
            found = await database[OUTBOX].find(asked, {**MESSAGE, "not_before": 1}).to_list(None)
            rows = {row["_id"]: row for row in found}
            read = [self._row(rows[each]) for each in chosen if each in rows]
            return tuple(row for row in read if row)

    def _row(self, row: "Document") -> Row | None:
        try:
            message = message_of(row)
        except DecodeError as error:
            _log.error("message %s of the outbox waits: it cannot be read: %s", row["_id"], error)
            return None
        if message.delivery is not Delivery.QUEUED:
            # One part was reported on while others wait: to the sender the message is not sent before all of it is.
            message = replace(message, delivery=Delivery.QUEUED)
        return self._known[row["_id"]][0], message, row["not_before"]

    async def _look(self, database: "Database", *, everything: bool) -> None:
        """Give places to what is new. What was settled before this look begins cannot come up in it any more."""
        for message_id in self._settled:
            self._known.pop(message_id, None)
        self._settled = set()
        began = monotonic()
        everything = everything or began >= self._look_at
        if not everything and len(self._known) >= MOST:
            return
        above = 0 if everything else min(self._highest, self._numbers.before(LATE))
        asked = {"sender": self._sender, "queued": True, "seq": {"$gt": above}}
        found = database[OUTBOX].find(asked, {"_id": 1, "seq": 1}).sort("seq", 1).limit(MOST)
        rows = await found.to_list(None)
        if everything:
            self._forget(rows)
            self._look_at = monotonic() + max(LOOK_EVERY, (monotonic() - began) * SHARE)
        for row in rows:
            if row["_id"] not in self._known and len(self._known) < MOST:
                self._place += 1
                self._known[row["_id"]] = self._place, row["seq"]
                self._highest = max(self._highest, row["seq"])

    def _forget(self, rows: "list[Document]") -> None:
        """What no longer waits, though nobody here settled it: another process sent it."""
        waiting = {row["_id"] for row in rows}
        furthest = rows[-1]["seq"] if len(rows) >= MOST else None
        for message_id, (_, seq) in list(self._known.items()):
            if message_id not in waiting and (furthest is None or seq <= furthest):
                del self._known[message_id]


class Readings:
    """One reading a sender."""

    def __init__(self, numbers: Numbers) -> None:
        self._numbers = numbers
        self._by_sender: dict[str, Reading] = {}

    def __getitem__(self, sender: str) -> Reading:
        if sender not in self._by_sender:
            self._by_sender[sender] = Reading(sender, self._numbers)
        return self._by_sender[sender]
