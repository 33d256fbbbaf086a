"""Payments: an attempt to be paid for an order by a generated link, and what is given back.

The attempt is committed before the provider is called, and its id travels as our reference. What a provider says is
believed only where amount, currency and reference match. Paid never goes back; money that comes late, twice or for what
is cancelled is always booked, then given back or used.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import blake2b
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

LATE_POLLS = tuple(timedelta(hours=hours) for hours in (0.25, 1, 6, *(24,) * 7))
"""After an attempt was closed unpaid: money may still come, and its webhook be lost."""


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
    PaymentStatus.REFUSED: frozenset({PaymentStatus.PAID}),  # the link was there all the same
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
    the money. `deadline_at` is what the customer was told. `unreadable`: the provider would not say how it stands, and
    ops were told. `looks` counts the times the provider was asked (it numbers
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
    unreadable: bool = False
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


def payment_id(number: int, attempt: int, made_at: datetime) -> str:
    """Of an attempt for the order with that number, made at that time.

    No other installation has it, whose orders have the same numbers and whose money may come to the same account: what
    is looked up by it at a provider is ours.
    """
    return f"pay-{number}-{attempt}-{_digest(f'{number} {made_at.isoformat()}', size=4)}"


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


def received(payment: Payment, found: Found, *, usable: bool, now: datetime) -> LedgerEntry:
    """The booking of money that came: for the order where it is `usable`, else in suspense. Once for each charge."""
    return entry(
        received_id(payment.provider, found.charge),
        (f"provider:{payment.provider}", found.amount),
        (f"order:{payment.order}" if usable else f"suspense:{payment.id}", -found.amount),
        order=payment.order,
        person=payment.customer,
        at=now,
    )


def received_unknown(provider: str, found: Found, *, now: datetime) -> LedgerEntry:
    """The booking of money for something we know nothing of."""
    return entry(
        received_id(provider, found.charge),
        (f"provider:{provider}", found.amount),
        (f"suspense:{found.reference}", -found.amount),
        order="",
        person="",
        at=now,
    )


def received_id(provider: str, charge: str) -> str:
    return f"received/{provider}/{charge}"


# --- refunds ---


class RefundStatus(StrEnum):
    WANTED = "wanted"  # committed; the provider is being asked
    PENDING = "pending"  # the provider has taken it on
    DONE = "done"
    FAILED = "failed"  # a human must see to it


_REFUND_TRANSITIONS: dict[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.WANTED: frozenset({RefundStatus.PENDING, RefundStatus.DONE, RefundStatus.FAILED}),
    RefundStatus.PENDING: frozenset({RefundStatus.DONE, RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset({RefundStatus.WANTED, RefundStatus.DONE}),  # tried again, or done by hand
    RefundStatus.DONE: frozenset(),
}

REFUND_POLLS = tuple(timedelta(hours=hours) for hours in (0.1, 1, 6, 24, 24, 24, 24, 24, 24, 24))


def _unowned(refund: "Refund") -> "Refund":
    return replace(refund, customer="")


class Refund(Struct, frozen=True, kw_only=True):
    """What is given back of one charge, once. Times are business time, UTC.

    The id is made of the payment's, and is the idempotency key; where ops try a failed one again, `tries` tells the
    keys apart. `account` is the ledger's account that the money is taken from. `polls` counts the looks at the provider
    since it took the refund on, `looks` all of them (it numbers those calls).
    """

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
    account: str
    amount: Money
    why: str
    status: RefundStatus = RefundStatus.WANTED
    provider_id: str = ""
    tries: int = 1
    looks: int = 0
    polls: int = 0
    made_at: datetime
    due_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def lane(self) -> str:
        return f"payments:{self.payment}"

    @property
    def key(self) -> str:
        """The idempotency key of the try in hand."""
        return self.id if self.tries == 1 else f"{self.id}-{self.tries}"


def refund_of(payment: Payment, amount: Money, *, why: str, now: datetime, charge: str = "") -> Refund:
    """Of the charge that paid the attempt, or of another `charge` that came by it."""
    return Refund(
        id=refund_id(payment, charge),
        payment=payment.id,
        order=payment.order,
        customer=payment.customer,
        provider=payment.provider,
        charge=charge or payment.charge,
        account=f"order:{payment.order}",
        amount=amount,
        why=why,
        made_at=now,
        history=(Happened(at=now, what=f"wanted: {why}"),),
    )


def refund_id(payment: Payment, charge: str = "") -> str:
    """Of the charge that paid the attempt, or of another one that came by it."""
    other = charge and charge != payment.charge
    return refund_id_of(payment.provider, charge) if other else f"refund-{payment.id}"


def refund_id_of(provider: str, charge: str) -> str:
    """Of any charge; short enough for a button, however long a provider's ids are."""
    return f"refund-{provider}-{_digest(charge, size=8)}"


def _digest(words: str, *, size: int) -> str:
    return blake2b(words.encode(), digest_size=size).hexdigest()


def move_refund(refund: Refund, status: RefundStatus, *, what: str, now: datetime) -> Refund:
    """With its next look at the provider. Raises WrongTransition outside the table."""
    if status not in _REFUND_TRANSITIONS[refund.status]:
        raise WrongTransition(f"{refund.id}: {refund.status} -> {status}")
    history = (*refund.history, Happened(at=now, what=what))[-HISTORY_LIMIT:]
    due = now + REFUND_POLLS[0] if status is RefundStatus.PENDING else None
    return replace(refund, status=status, history=history, polls=0, due_at=due)


def look_at_refund(refund: Refund, *, now: datetime) -> Refund:
    """With one more look at the provider counted, and the time of the next; after the last one the sweep tells ops."""
    polls = refund.polls + 1
    due = now + REFUND_POLLS[polls] if polls < len(REFUND_POLLS) else None
    return replace(refund, looks=refund.looks + 1, polls=polls, due_at=due)


def refund_wanted(refund: Refund, *, now: datetime) -> LedgerEntry:
    return _booked(f"refund/{refund.id}", refund, refund.account, f"refunds:{refund.provider}", now)


def refund_given(refund: Refund, *, now: datetime) -> LedgerEntry:
    """The provider has given it back."""
    return _booked(f"refunded/{refund.id}", refund, f"refunds:{refund.provider}", f"provider:{refund.provider}", now)


def refund_given_by_hand(refund: Refund, *, now: datetime) -> LedgerEntry:
    """Somebody has seen to it, by a transfer or on the provider's own page."""
    return _booked(f"refunded/{refund.id}", refund, f"refunds:{refund.provider}", f"by-hand:{refund.provider}", now)


def _booked(what: str, refund: Refund, owed: str, given: str, now: datetime) -> LedgerEntry:
    lines = ((owed, refund.amount), (given, -refund.amount))
    return entry(what, *lines, order=refund.order, person=refund.customer, at=now)


def kept(payment: Payment, amount: Money, *, now: datetime) -> LedgerEntry:
    """What the rules leave to us of an order that was given up."""
    lines = ((f"order:{payment.order}", amount), ("revenue:fees", -amount))
    return entry(kept_id(payment), *lines, order=payment.order, person=payment.customer, at=now)


def kept_id(payment: Payment) -> str:
    return f"kept/{payment.id}"
