"""Payments: an attempt to be paid for an order by a generated link, and what is given back.

The attempt is committed before the provider is called, and its id travels as our reference. What a provider says is
believed only where amount, currency and reference match. Paid never goes back; money that comes late, twice or for what
is cancelled is always booked, then given back or used.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.cases import HISTORY_LIMIT, Happened, WrongTransition
from domain.ledger import LedgerEntry, entry
from domain.money import Money
from domain.records import Personal, Table

REMIND_BEFORE = timedelta(minutes=15)
"""Who has not paid is reminded this long before the deadline, if the link is at least twice as long open."""

POLLS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 20, 30, 60))
"""After the link was made, or the last look: when the provider is asked by ourselves. A lost webhook costs minutes."""

LATE_POLLS = tuple(timedelta(hours=hours) for hours in (0.25, 1, 6, 24))
"""After an attempt was closed unpaid: money may still come. Then the nightly sweep looks."""


class PaymentStatus(StrEnum):
    NEW = "new"  # committed; the provider has not given a link yet
    OPEN = "open"  # there is a link
    PAID = "paid"
    CLOSED = "closed"  # unpaid: past its deadline, cancelled, or failed. Money may still come
    REFUSED = "refused"  # the provider would not make a link


_TRANSITIONS: dict[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.NEW: frozenset({PaymentStatus.OPEN, PaymentStatus.PAID, PaymentStatus.CLOSED, PaymentStatus.REFUSED}),
    PaymentStatus.OPEN: frozenset({PaymentStatus.PAID, PaymentStatus.CLOSED}),
    PaymentStatus.CLOSED: frozenset({PaymentStatus.PAID}),
    PaymentStatus.PAID: frozenset(),
    PaymentStatus.REFUSED: frozenset(),
}


class Found(Struct, frozen=True, kw_only=True):
    """What a provider says of an attempt. `charge` is its id of the money that came; empty: none came."""

    state: str  # open, paid or closed
    reference: str
    amount: Money
    charge: str = ""


def _nameless(payment: "Payment") -> "Payment":
    return replace(payment, customer="", link="", due_at=None)


class Payment(Struct, frozen=True, kw_only=True):
    """One attempt. Times are business time, UTC.

    `id` is our reference at the provider, `provider_id` the provider's own id of the link's object, `charge` its id of
    the money. `deadline_at` is what the customer was told. `looks` counts the times the provider was asked (it numbers
    those calls), `polls` those since the last change of status.
    `due_at`: when time alone will do something (remind, look, close); None: nothing.
    """

    TABLE: ClassVar[Table] = Table(
        "payments",
        indexes=("customer", "order", "status", "due_at"),
        keys=lambda payment: (f"charge/{payment.provider}/{payment.charge}",) if payment.charge else (),
        personal=Personal("customer", anonymous=_nameless),
    )

    id: str
    version: int = 0
    order: str
    customer: str
    provider: str
    amount: Money
    description: str
    status: PaymentStatus = PaymentStatus.NEW
    made_at: datetime
    deadline_at: datetime
    provider_id: str = ""
    link: str = ""
    charge: str = ""
    paid_at: datetime | None = None
    reminded: bool = False
    looks: int = 0
    polls: int = 0
    polled_at: datetime | None = None
    due_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def lane(self) -> str:
        """The conversation within which its events are handled in order."""
        return f"payments:{self.id}"

    @property
    def remind_at(self) -> datetime | None:
        if self.reminded or self.deadline_at - self.made_at < 2 * REMIND_BEFORE:
            return None
        return self.deadline_at - REMIND_BEFORE


def move(payment: Payment, status: PaymentStatus, *, what: str, now: datetime) -> Payment:
    """Raises WrongTransition outside the table."""
    if status not in _TRANSITIONS[payment.status]:
        raise WrongTransition(f"{payment.id}: {payment.status} -> {status}")
    history = (*payment.history, Happened(at=now, what=what))[-HISTORY_LIMIT:]
    return replace(payment, status=status, history=history, polls=0, polled_at=now)


def matches(payment: Payment, found: Found) -> bool:
    """Whether what came is what was asked for."""
    return found.reference == payment.id and found.amount == payment.amount


def next_poll(payment: Payment) -> datetime | None:
    """When the provider is asked again by ourselves."""
    since = payment.polled_at or payment.made_at
    if payment.status is PaymentStatus.OPEN:
        return since + POLLS[min(payment.polls, len(POLLS) - 1)]
    if payment.status is PaymentStatus.CLOSED and payment.provider_id and payment.polls < len(LATE_POLLS):
        return since + LATE_POLLS[payment.polls]
    return None


def schedule(payment: Payment) -> Payment:
    """The payment with its next due time."""
    times = [next_poll(payment)]
    if payment.status in (PaymentStatus.NEW, PaymentStatus.OPEN):
        times += [payment.deadline_at, payment.remind_at if payment.status is PaymentStatus.OPEN else None]
    return replace(payment, due_at=min((each for each in times if each is not None), default=None))


def received(payment: Payment, found: Found, *, person: str, now: datetime) -> LedgerEntry:
    """The booking of money that came: for the order where it matches, else in suspense. Once for each charge."""
    account = f"order:{payment.order}" if matches(payment, found) else f"suspense:{payment.id}"
    return entry(
        f"received/{payment.provider}/{found.charge}",
        (f"provider:{payment.provider}", found.amount),
        (account, -found.amount),
        order=payment.order,
        person=person,
        at=now,
    )


# --- refunds ---


class RefundStatus(StrEnum):
    WANTED = "wanted"  # committed; the provider is being asked
    PENDING = "pending"  # the provider has taken it on
    DONE = "done"
    FAILED = "failed"  # a human must see to it


_REFUND_TRANSITIONS: dict[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.WANTED: frozenset({RefundStatus.PENDING, RefundStatus.DONE, RefundStatus.FAILED}),
    RefundStatus.PENDING: frozenset({RefundStatus.DONE, RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset({RefundStatus.PENDING, RefundStatus.DONE}),  # the provider tried again
    RefundStatus.DONE: frozenset(),
}

REFUND_POLLS = tuple(timedelta(hours=hours) for hours in (0.1, 1, 6, 24, 24, 24, 24, 24, 24, 24))


def _unowned(refund: "Refund") -> "Refund":
    return replace(refund, customer="")


class Refund(Struct, frozen=True, kw_only=True):
    """What is given back of one payment, once: the id is made of the payment's, and is the idempotency key."""

    TABLE: ClassVar[Table] = Table(
        "refunds", indexes=("customer", "order", "status", "due_at"), personal=Personal("customer", anonymous=_unowned)
    )

    id: str
    version: int = 0
    payment: str
    order: str
    customer: str
    provider: str
    charge: str
    amount: Money
    why: str
    status: RefundStatus = RefundStatus.WANTED
    provider_id: str = ""
    polls: int = 0
    made_at: datetime
    due_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def lane(self) -> str:
        return f"payments:{self.payment}"


def refund_of(payment: Payment, amount: Money, *, why: str, now: datetime) -> Refund:
    return Refund(
        id=f"refund-{payment.id}",
        payment=payment.id,
        order=payment.order,
        customer=payment.customer,
        provider=payment.provider,
        charge=payment.charge,
        amount=amount,
        why=why,
        made_at=now,
        history=(Happened(at=now, what=f"wanted: {why}"),),
    )


def move_refund(refund: Refund, status: RefundStatus, *, what: str, now: datetime) -> Refund:
    """With its next look at the provider. Raises WrongTransition outside the table."""
    if status not in _REFUND_TRANSITIONS[refund.status]:
        raise WrongTransition(f"{refund.id}: {refund.status} -> {status}")
    history = (*refund.history, Happened(at=now, what=what))[-HISTORY_LIMIT:]
    due = now + REFUND_POLLS[0] if status is RefundStatus.PENDING else None
    return replace(refund, status=status, history=history, polls=0, due_at=due)


def refund_wanted(refund: Refund, *, now: datetime) -> LedgerEntry:
    return entry(
        f"refund/{refund.id}",
        (f"order:{refund.order}", refund.amount),
        (f"refunds:{refund.provider}", -refund.amount),
        order=refund.order,
        person=refund.customer,
        at=now,
    )


def refund_given(refund: Refund, *, now: datetime) -> LedgerEntry:
    return entry(
        f"refunded/{refund.id}",
        (f"refunds:{refund.provider}", refund.amount),
        (f"provider:{refund.provider}", -refund.amount),
        order=refund.order,
        person=refund.customer,
        at=now,
    )
