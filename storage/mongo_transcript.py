"""A conversation as it was said and sent, from the inbox and the outbox."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

from storage.base import Line
from storage.mongo_inbox import entry_of
from storage.mongo_outbox import message_of
from storage.mongo_schema import INBOX, OUTBOX

if TYPE_CHECKING:
    from storage.mongo_types import Database, Document


async def transcript(database: "Database", conversation: str, since: datetime | None, limit: int) -> tuple[Line, ...]:
    """Where times are equal, what was sent in answer to an entry stands after it and before the next."""
    if limit <= 0:
        return ()
    asked: Document = {"kind": "said", "conversation": conversation}
    asked_sent: Document = {"to": conversation}
    if since is not None:
        asked["received_at"] = asked_sent["queued_at"] = {"$gte": since}
    said, sent = await asyncio.gather(
        database[INBOX].find(asked).sort([("received_at", -1), ("seq", -1)]).limit(limit).to_list(None),
        database[OUTBOX].find(asked_sent).sort([("queued_at", -1), ("seq", -1)]).limit(limit).to_list(None),
    )
    lines: list[tuple[datetime, int, int, Line]] = []
    for row in said:
        entry = entry_of(row)
        lines.append((entry.received_at, entry.seq, 0, Line(at=entry.received_at, seq=entry.seq, said=entry)))
    for row in sent:
        at, seq = row["queued_at"], row["seq"]
        lines.append((at, row["entry"], seq, Line(at=at, seq=seq, sent=message_of(row))))
    lines.sort(key=lambda line: line[:3])
    return tuple(line for *_, line in lines[-limit:])
