"""A conversation as it was said and sent, from the inbox and the outbox."""

# ruff: noqa: S608 - the only names put into statements are this package's own and those that record types declare

from datetime import datetime
from sqlite3 import Connection

from domain.messages import Outgoing
from storage.base import Line
from storage.codec import decode_record, moment_text
from storage.sqlite_inbox import ENTRY, entry_of

SAID = (
    f"SELECT {ENTRY} FROM inbox WHERE kind = 'said' AND conversation = ? AND received_at >= ?"
    " ORDER BY received_at DESC, seq DESC LIMIT ?"
)
SENT = (
    'SELECT entry, seq, queued_at, version, body FROM outbox WHERE "to" = ? AND queued_at >= ?'
    " ORDER BY queued_at DESC, seq DESC LIMIT ?"
)


def transcript(connection: Connection, conversation: str, since: datetime | None, limit: int) -> tuple[Line, ...]:
    """Where times are equal, what was sent in answer to an entry stands after it and before the next."""
    asked = (conversation, moment_text(since) if since else "", limit)
    lines: list[tuple[datetime, int, int, Line]] = []
    for row in connection.execute(SAID, asked).fetchall():
        entry = entry_of(row)
        at = entry.received_at
        lines.append((at, entry.seq, 0, Line(at=at, seq=entry.seq, said=entry)))
    for answered, seq, queued_at, version, body in connection.execute(SENT, asked).fetchall():
        at = datetime.fromisoformat(queued_at)
        lines.append((at, answered, seq, Line(at=at, seq=seq, sent=decode_record(Outgoing, version, body))))
    lines.sort(key=lambda line: line[:3])
    return tuple(line for *_, line in lines[max(0, len(lines) - limit) :])
