"""What goes out, in SQLite: messages and effects, until they are settled, and transcripts' half of them afterwards.

Every function runs inside the caller's transaction; what it wrote before it raised is rolled back there.
"""

import logging
from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection

from msgspec.structs import replace

from domain.effects import Effect
from domain.messages import Delivery, Outgoing, advance
from storage.base import Lease, Stale, Taken, WaitingEffect
from storage.codec import DecodeError, at_version, decode, decode_record, encode, moment_text

QUEUE = (
    'INSERT INTO outbox (id, version, sender, "to", delivery, queued_at, entry, body) VALUES (?, 1, ?, ?, ?, ?, ?, ?)'
    " ON CONFLICT DO NOTHING"
)
QUEUED = (
    "SELECT seq, version, body, not_before FROM outbox WHERE sender = ? AND queued = 1 AND seq > ? ORDER BY seq LIMIT ?"
)
SETTLE_UNTOUCHED = (
    "UPDATE outbox SET version = version + 1, queued = ?, delivery = ?, not_before = ?, body = ?"
    " WHERE id = ? AND version = ? AND delivery = 'queued'"
)
SETTLE = "UPDATE outbox SET version = version + 1, queued = ?, delivery = ?, not_before = ?, body = ? WHERE id = ?"
REPORT = "UPDATE outbox SET version = version + 1, delivery = ?, body = ? WHERE id = ?"
MESSAGE = "SELECT version, body FROM outbox WHERE id = ?"
KNOWN_AS = "INSERT OR REPLACE INTO provider_ids (sender, provider_id, message) VALUES (?, ?, ?)"
BY_PROVIDER_ID = (
    "SELECT outbox.version, outbox.body FROM provider_ids JOIN outbox ON outbox.id = provider_ids.message"
    " WHERE provider_ids.sender = ? AND provider_ids.provider_id = ?"
)

WANT = "INSERT INTO effects (id, body) VALUES (?, ?) ON CONFLICT DO NOTHING"
DUE_EFFECTS = (
    "SELECT seq, body, tries FROM effects WHERE state = 'waiting' AND not_before <= :now AND lease_until <= :now"
    " ORDER BY not_before, seq LIMIT :limit"
)
LEASE_EFFECT = "UPDATE effects SET lease_token = ?, lease_until = ?, tries = tries + 1 WHERE seq = ?"
EFFECT_DONE = "UPDATE effects SET state = 'done', done_at = ?, lease_until = 0 WHERE id = ?"
EFFECT_WAITS = "UPDATE effects SET not_before = ?, lease_until = 0 WHERE id = ? AND state = 'waiting'"

_log = logging.getLogger(__name__)


def queue(connection: Connection, messages: Sequence[Outgoing], entry: int) -> None:
    """Raises Taken for an id that was used before."""
    for each in messages:
        row = (each.id, each.sender, each.to, each.delivery, moment_text(each.queued_at), entry, encode(each))
        if not connection.execute(QUEUE, row).rowcount:
            raise Taken(f"outbox/{each.id}")


def queued(connection: Connection, sender: str, after: int, limit: int) -> tuple[tuple[int, Outgoing, float], ...]:
    found = []
    for seq, version, body, not_before in connection.execute(QUEUED, (sender, after, limit)).fetchall():
        try:
            each = decode_record(Outgoing, version, body)
        except DecodeError as error:
            _log.error("message %d of the outbox waits: it cannot be read: %s", seq, error)
            continue
        if each.delivery is not Delivery.QUEUED:
            # One part was reported on while others wait: to the sender the message is not sent before all of it is.
            each = replace(each, delivery=Delivery.QUEUED)
        found.append((seq, each, not_before))
    return tuple(found)


def settle(connection: Connection, message: Outgoing, not_before: float) -> None:
    """Raises Stale for a message that is not in the outbox."""
    waits = message.delivery is Delivery.QUEUED
    row = (int(waits), message.delivery, not_before, encode(message), message.id)
    if not connection.execute(SETTLE_UNTOUCHED, (*row, message.version)).rowcount:
        current = get(connection, message.id)
        if current is None:
            raise Stale(f"outbox/{message.id}")
        merged = _merged(current, message)
        connection.execute(SETTLE, (int(waits), merged.delivery, not_before, encode(merged), message.id))
    if message.provider_ids:
        for each in message.provider_ids:
            connection.execute(KNOWN_AS, (message.sender, each, message.id))


def _merged(current: Outgoing, settled: Outgoing) -> Outgoing:
    delivery = advance(current.delivery, settled.delivery)
    return replace(
        settled,
        delivery=delivery,
        error=settled.error if delivery is settled.delivery else current.error,
        provider_ids=tuple(dict.fromkeys(current.provider_ids + settled.provider_ids)),
    )


def get(connection: Connection, message_id: str) -> Outgoing | None:
    row = connection.execute(MESSAGE, (message_id,)).fetchone()
    return decode_record(Outgoing, *row) if row else None


def by_provider_id(connection: Connection, sender: str, provider_id: str) -> Outgoing | None:
    row = connection.execute(BY_PROVIDER_ID, (sender, provider_id)).fetchone()
    return decode_record(Outgoing, *row) if row else None


def report(connection: Connection, message_id: str, delivery: Delivery, error: str) -> Outgoing:
    """Whether the message still waits to be sent (its other parts) is settle's alone to say. Raises Stale as above."""
    current = get(connection, message_id)
    if current is None:
        raise Stale(f"outbox/{message_id}")
    moved = advance(current.delivery, delivery)
    if moved is current.delivery:
        return current
    changed = replace(current, delivery=moved, error=error or current.error)
    connection.execute(REPORT, (moved, encode(changed), message_id))
    return at_version(changed, current.version + 1)


def want(connection: Connection, effects: Sequence[Effect]) -> None:
    """The same id is the same call: one that was wanted before is not wanted again."""
    connection.executemany(WANT, [(each.id, encode(each)) for each in effects])


def claim_effects(connection: Connection, limit: int, lease: Lease) -> tuple[WaitingEffect, ...]:
    rows = connection.execute(DUE_EFFECTS, {"now": lease.now, "limit": limit}).fetchall()
    connection.executemany(LEASE_EFFECT, [(lease.token, lease.until, seq) for seq, _, _ in rows])
    found = []
    for seq, body, tries in rows:
        try:
            found.append(WaitingEffect(effect=decode(Effect, body), tries=tries))
        except DecodeError as error:
            _log.error("effect %d waits: it cannot be read: %s", seq, error)
    return tuple(found)


def effect_done(connection: Connection, effect: Effect, at: datetime) -> bool:
    """Whether it was there."""
    return connection.execute(EFFECT_DONE, (moment_text(at), effect.id)).rowcount > 0


def effect_waits(connection: Connection, effect: Effect, not_before: float) -> None:
    connection.execute(EFFECT_WAITS, (not_before, effect.id))
