"""The first passwords of machines: each is shown once, on a page of its own, and then is no more."""

from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.records import Personal, Table

READABLE = timedelta(hours=24)
"""From when its owner is told that the machine is there."""
UNTOLD = timedelta(days=30)
"""How long one is kept whose machine never came to be."""


class ServerSecret(Struct, frozen=True, kw_only=True):
    """Times are business time, UTC. `sealed` is the password, encrypted; empty: it was read. `expires_at` None: its
    owner was not told of it yet. After `due_at` it is deleted.
    """

    TABLE: ClassVar[Table] = Table(
        "server_secrets", indexes=("server", "customer", "due_at"), personal=Personal("customer"), ended="due_at"
    )

    id: str
    version: int = 0
    server: str
    customer: str
    sealed: str
    made_at: datetime
    expires_at: datetime | None = None
    due_at: datetime


def told(secret: ServerSecret, now: datetime) -> ServerSecret:
    """Its owner hears of it now, and can read it for a day."""
    expires_at = now + READABLE
    return replace(secret, expires_at=expires_at, due_at=expires_at)


def read(secret: ServerSecret, now: datetime) -> ServerSecret:
    """Of two who save this at once, one has read it."""
    return replace(secret, sealed="", expires_at=now, due_at=now)


def is_readable(secret: ServerSecret, now: datetime) -> bool:
    return bool(secret.sealed) and (secret.expires_at is None or now < secret.expires_at)
