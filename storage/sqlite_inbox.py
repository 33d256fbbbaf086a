"""The inbox in SQLite: entries in order per conversation, and the lease on each conversation.

Every function runs inside the caller's transaction; what it wrote before it raised is rolled back there.
"""

# ruff: noqa: S608 - the only names put into statements are this package's own and those that record types declare

import logging
from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Any

from msgspec.structs import replace

from domain.events import Arrival
from domain.people import Conversation, Person
from storage import sqlite_outbox, sqlite_records
from storage.base import Change, Claim, Entry, Lease, LeaseLost, Recorded, Stale, StorageError
from storage.codec import DecodeError, decode_event, decode_record, encode, kind_of, moment_text

INSERT = (
    "INSERT INTO inbox (source, external_id, conversation, person, kind, body, received_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)

# Takes the lease where nobody holds it and no earlier entry waits.
LEASE = (
    "INSERT INTO conversations (id, version, body, lease_token, lease_until)"
    " SELECT :id, 0, '{}', :token, :until WHERE NOT EXISTS"
    " (SELECT 1 FROM inbox WHERE state = 'new' AND conversation = :id AND seq < :seq)"
    " ON CONFLICT (id) DO UPDATE SET lease_token = excluded.lease_token, lease_until = excluded.lease_until"
    " WHERE lease_until <= :now RETURNING version, body,"
    " (SELECT version FROM people WHERE id = :person), (SELECT body FROM people WHERE id = :person)"
)
UNLEASE = "UPDATE conversations SET lease_token = '', lease_until = 0 WHERE id = ?"

ENTRY = "seq, source, external_id, conversation, person, kind, body, received_at, tries"
CLAIMABLE = (
    f"SELECT {ENTRY} FROM inbox AS entry WHERE state = 'new' AND not_before <= :now"
    " AND NOT EXISTS (SELECT 1 FROM inbox AS earlier WHERE earlier.state = 'new'"
    " AND earlier.conversation = entry.conversation AND earlier.seq < entry.seq)"
    " AND NOT EXISTS (SELECT 1 FROM conversations WHERE id = entry.conversation AND lease_until > :now)"
    " ORDER BY seq LIMIT :limit"
)
FIRST_OF_CONVERSATION = (
    f"SELECT {ENTRY}, not_before FROM inbox WHERE state = 'new' AND conversation = ? ORDER BY seq LIMIT 1"
)

FINISH = "UPDATE inbox SET state = ?, error = ? WHERE seq = ? AND state = 'new'"
DEFER = "UPDATE inbox SET not_before = ?, tries = tries + 1, error = ? WHERE seq = ? AND state = 'new'"
SAVE_AND_KEEP = (
    "UPDATE conversations SET version = version + 1, body = ?, lease_token = ?, lease_until = ?"
    " WHERE id = ? AND version = ? AND lease_token = ?"
)
KEEP = "UPDATE conversations SET lease_token = ?, lease_until = ? WHERE id = ? AND lease_token = ?"
AS_IT_STANDS = "SELECT version, body FROM conversations WHERE id = ?"
PERSON = "SELECT version, body FROM people WHERE id = ?"
HELD = "SELECT version, body FROM conversations WHERE id = ? AND lease_token = ?"
STILL_WAITING = "SELECT 1 FROM inbox WHERE seq = ? AND state = 'new'"
WAITING = "SELECT count(*) FROM inbox WHERE state = 'new'"

UNREADABLE_PAUSE = 60.0
"""Seconds an entry waits whose conversation or person cannot be decoded: by then a better version may run."""

_log = logging.getLogger(__name__)


def insert(connection: Connection, arrivals: Sequence[Arrival], at: datetime) -> list[Entry]:
    """The entries of those that were not there before."""
    received_at = moment_text(at)
    new: list[Entry] = []
    for each in arrivals:
        event = each.event
        cursor = connection.execute(
            INSERT,
            (
                each.source,
                each.external_id,
                each.conversation,
                each.person,
                kind_of(event),
                encode(event),
                received_at,
            ),
        )
        if cursor.rowcount:
            new.append(
                Entry(
                    seq=cursor.lastrowid or 0,
                    source=each.source,
                    external_id=each.external_id,
                    conversation=each.conversation,
                    person=each.person,
                    event=event,
                    received_at=at,
                )
            )
    return new


def record(connection: Connection, arrivals: Sequence[Arrival], at: datetime, lease: Lease | None) -> Recorded:
    new = insert(connection, arrivals, at)
    if lease is None or not new:
        return Recorded(new=len(new))
    firsts: dict[str, Entry] = {}
    for entry in new:
        firsts.setdefault(entry.conversation, entry)
    claims = [_take(connection, entry, lease) for entry in firsts.values()]
    return Recorded(new=len(new), claims=tuple(claim for claim in claims if claim))


def claim(connection: Connection, limit: int, lease: Lease) -> tuple[Claim, ...]:
    rows = connection.execute(CLAIMABLE, {"now": lease.now, "limit": limit}).fetchall()
    claims = [_take(connection, _entry(row), lease) for row in rows]
    return tuple(claim for claim in claims if claim)


def refresh(connection: Connection, claim: Claim) -> Claim:
    row = connection.execute(HELD, (claim.entry.conversation, claim.token)).fetchone()
    if row is None or connection.execute(STILL_WAITING, (claim.entry.seq,)).fetchone() is None:
        raise LeaseLost(claim.entry.conversation)
    return replace(
        claim,
        conversation=_conversation(claim.entry.conversation, *row),
        person=_person(connection, claim.entry.person),
    )


def commit(connection: Connection, change: Change, lease: Lease | None) -> Claim | None:
    entry = change.claim.entry
    name = entry.conversation
    if change.set_aside or change.defer_until is None:
        state = "set-aside" if change.set_aside else "done"
        finished = connection.execute(FINISH, (state, change.error, entry.seq))
    else:
        finished = connection.execute(DEFER, (change.defer_until, change.error, entry.seq))
    if not finished.rowcount:
        raise LeaseLost(name)  # somebody else has handled it
    own: Conversation | None = None
    others = []
    for each in change.save:
        if isinstance(each, Conversation) and each.id == name:
            own = each
        else:
            others.append(each)
    try:
        if change.expect:
            sqlite_records.expect(connection, change.expect)
        if others or change.delete:
            sqlite_records.write(connection, others, change.delete)
        if change.outgoing:
            sqlite_outbox.queue(connection, change.outgoing, entry.seq)
        for message, delivery, error in change.reports:
            sqlite_outbox.report(connection, message.id, delivery, error)
    except StorageError:
        if connection.execute(HELD, (name, change.claim.token)).fetchone() is None:
            raise LeaseLost(name) from None
        raise
    if change.effects:
        sqlite_outbox.want(connection, change.effects)
    if change.arrivals:
        insert(connection, change.arrivals, change.at)
    following = _following(connection, name, lease) if lease else None
    _save_own(connection, change.claim, own, lease if following else None)
    if not following or not lease:
        return None
    version, body = connection.execute(AS_IT_STANDS, (name,)).fetchone()
    person = connection.execute(PERSON, (following.person,)).fetchone() or (0, "")
    return _claimed(connection, following, lease, version, body, *person)


def _following(connection: Connection, conversation: str, lease: Lease) -> Entry | None:
    row = connection.execute(FIRST_OF_CONVERSATION, (conversation,)).fetchone()
    return _entry(row[:-1]) if row and row[-1] <= lease.now else None


def _save_own(connection: Connection, claim: Claim, own: Conversation | None, lease: Lease | None) -> None:
    """Save the claim's conversation and keep or give up its lease, in one statement. Raises LeaseLost, Stale."""
    name = claim.entry.conversation
    token, until = (lease.token, lease.until) if lease else ("", 0.0)
    if own is None:
        if not connection.execute(KEEP, (token, until, name, claim.token)).rowcount:
            raise LeaseLost(name)
    elif not connection.execute(SAVE_AND_KEEP, (encode(own), token, until, name, own.version, claim.token)).rowcount:
        if connection.execute(HELD, (name, claim.token)).fetchone() is None:
            raise LeaseLost(name)
        raise Stale(sqlite_records.owner(own))


def _take(connection: Connection, entry: Entry, lease: Lease) -> Claim | None:
    row = connection.execute(
        LEASE,
        {
            "id": entry.conversation,
            "person": entry.person,
            "token": lease.token,
            "until": lease.until,
            "now": lease.now,
            "seq": entry.seq,
        },
    ).fetchall()
    return _claimed(connection, entry, lease, *row[0]) if row else None


def _claimed(
    connection: Connection, entry: Entry, lease: Lease, version: int, body: str, known: int | None, person: str
) -> Claim | None:
    """The claim of an entry whose lease was just taken: its conversation's version and body, its person's. One that
    cannot be decoded waits, and the others go on.
    """
    try:
        return Claim(
            entry=entry,
            token=lease.token,
            until=lease.until,
            conversation=_conversation(entry.conversation, version, body),
            person=decode_record(Person, known, person) if known else _nobody_yet(entry.person),
        )
    except DecodeError as error:
        _log.error("entry %d waits: its conversation or person cannot be read: %s", entry.seq, error)
        connection.execute(DEFER, (lease.now + UNREADABLE_PAUSE, str(error), entry.seq))
        connection.execute(UNLEASE, (entry.conversation,))
        return None


def _conversation(name: str, version: int, body: str) -> Conversation:
    return decode_record(Conversation, version, body) if version else Conversation(id=name)


def _person(connection: Connection, address: str) -> Person | None:
    return sqlite_records.get(connection, Person, address) or _nobody_yet(address)


def _nobody_yet(address: str) -> Person | None:
    """Whom we have not met; None where no person sent it."""
    return Person(id=address) if address else None


def _entry(row: tuple[Any, ...]) -> Entry:
    seq, source, external_id, conversation, person, kind, body, received_at, tries = row
    return Entry(
        seq=seq,
        source=source,
        external_id=external_id,
        conversation=conversation,
        person=person,
        event=decode_event(kind, body),
        received_at=datetime.fromisoformat(received_at),
        tries=tries,
    )


entry_of = _entry


def waiting(connection: Connection) -> int:
    (count,) = connection.execute(WAITING).fetchone()
    return int(count)
