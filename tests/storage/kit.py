"""What the storage tests are written with: the cast, arrivals, leases, and two record types that hold unique keys."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.events import Arrival, Said, SaidKind
from domain.messages import Outgoing, Say, literal
from domain.records import Personal, Record, Table
from storage.base import Claim, Lease, Storage
from storage.copying import Copying

BUDI = "telegram:1001"
SARI = "telegram:1002"
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HELD_FOR = 30.0


class Booking(Struct, frozen=True, kw_only=True):
    TABLE: ClassVar[Table] = Table(
        "bookings",
        indexes=("status", "seats", "due_at", "over_at", "customer"),
        keys=lambda booking: tuple(f"slot/{quarter}" for quarter in booking.quarters),
        personal=Personal("customer"),
        ended="over_at",
        orders=(("status", "due_at"),),
    )

    id: str
    version: int = 0
    status: str = "asked"
    seats: int = 1
    quarters: tuple[str, ...] = ()
    due_at: datetime | None = None
    over_at: datetime | None = None
    customer: str = ""


class Invoice(Struct, frozen=True, kw_only=True):
    """A ledger's entry: it stays when its person is forgotten."""

    TABLE: ClassVar[Table] = Table(
        "invoices",
        indexes=("payer",),
        keys=lambda invoice: (invoice.number,),
        personal=Personal("payer", anonymous=lambda invoice: replace(invoice, payer="")),
    )

    id: str
    version: int = 0
    number: str
    payer: str = ""


RECORDS: tuple[type[Record], ...] = (Booking, Invoice, Copying)

Open = Callable[[], Storage]
"""Makes a store, not yet opened, over the same data each time."""


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def said(external_id: int | str, conversation: str = BUDI, text: str = "halo") -> Arrival:
    return Arrival(
        source="telegram",
        external_id=str(external_id),
        conversation=conversation,
        person=conversation,
        event=Said(kind=SaidKind.TEXT, text=text),
    )


def lease(token: str = "worker", now: float = 0.0) -> Lease:
    return Lease(token=token, now=now, until=now + HELD_FOR)


def message(message_id: str = "m1", to: str = BUDI, text: str = "Selamat pagi", at: datetime = AT) -> Outgoing:
    return Outgoing(id=message_id, sender="telegram", to=to, say=Say(text=literal(text)), language="id", queued_at=at)


async def claimed(store: Storage, arrival: Arrival, at: datetime = AT) -> Claim:
    """Record an arrival and get hold of it."""
    recorded = await store.record([arrival], at=at, lease=lease())
    (claim,) = recorded.claims
    return claim


async def queued(store: Storage, after: int = 0) -> list[Outgoing]:
    return [each for _, each, _ in await store.outgoing("telegram", now=0.0, after=after, limit=100)]


def ids(claims: tuple[Claim, ...]) -> list[str]:
    return [claim.entry.external_id for claim in claims]
