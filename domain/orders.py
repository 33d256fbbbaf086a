"""Orders: what somebody asked to have, from the summary they agreed to until it is over.

An order of a session is confirmed when it is paid **and** the mentor has approved, in either order: two facts, and the
step that finds both does the work.
"""

from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.cases import HISTORY_LIMIT, Happened, WrongTransition
from domain.invoices import Invoice
from domain.ledger import LedgerEntry, entry
from domain.mentoring import Rules
from domain.money import Money
from domain.records import Personal, Table
from domain.reminders import next_reminder
from domain.stock import place_key


class OrderKind(StrEnum):
    MENTORING = "mentoring"
    SERVER = "server"  # a machine, for its first term
    RENEWAL = "renewal"  # another term of it
    PLAN = "plan"  # a larger plan for the rest of the term


class OrderStatus(StrEnum):
    OPEN = "open"  # not paid yet, or not approved yet
    CONFIRMED = "confirmed"  # both
    DONE = "done"
    NO_SHOW = "no-show"  # the customer did not come: paid all the same
    EXPIRED = "expired"  # not paid in time
    DECLINED = "declined"  # by the mentor, or no answer from them
    CANCELLED = "cancelled"


_TRANSITIONS: dict[OrderStatus, frozenset[OrderStatus]] = {
    OrderStatus.OPEN: frozenset(
        # Done at once: an order of a machine, as soon as the machine has what was paid for.
        {
            OrderStatus.CONFIRMED,
            OrderStatus.DONE,
            OrderStatus.EXPIRED,
            OrderStatus.DECLINED,
            OrderStatus.CANCELLED,
        }
    ),
    OrderStatus.EXPIRED: frozenset({OrderStatus.OPEN}),  # paid late, and what it was about can still be had
    OrderStatus.CONFIRMED: frozenset({OrderStatus.DONE, OrderStatus.NO_SHOW, OrderStatus.CANCELLED}),
    OrderStatus.DONE: frozenset(),
    OrderStatus.NO_SHOW: frozenset(),
    OrderStatus.DECLINED: frozenset(),
    OrderStatus.CANCELLED: frozenset(),
}

RUNNING = frozenset({OrderStatus.OPEN, OrderStatus.CONFIRMED})
CALLED_OFF = frozenset({OrderStatus.EXPIRED, OrderStatus.DECLINED, OrderStatus.CANCELLED})
"""Nothing comes of it: what was paid goes back."""


class Session(Struct, frozen=True, kw_only=True):
    """What an order of mentoring is about. Times are business time, UTC.

    `booking` is the id of the time it holds. `revision` counts the times the session was moved; with it the calendar's
    event has an id of its own for each. `room` is the link to meet at, `event` the calendar's id of the event; empty:
    not made yet. `invited`: the calendar itself has sent the invitations.
    `approve_by`: when the mentor must have answered, `asked` how often they were asked.
    `move_asked`: the mentor has asked for another time; until the session begins, moving and cancelling are then free.
    `reminded` names the reminders that are done. `asked_after`: both were asked how it was. `rating` 0: none.
    """

    subject: str
    mentor: str
    booking: str
    starts_at: datetime
    ends_at: datetime
    approve_by: datetime
    asked: int = 1
    approved_at: datetime | None = None
    revision: int = 0
    event: str = ""
    room: str = ""
    invited: bool = False
    move_asked: bool = False
    reminded: tuple[str, ...] = ()
    asked_after: bool = False
    rating: int = 0


class Purchase(Struct, frozen=True, kw_only=True):
    """What an order of a machine buys: a term of so many `months` of a plan, as the machine's `period`-th (the first
    one is 1); a change of plan has 0 of both, and is for the rest of the term that ends at `until`. `invoice` is what
    it is made out for.
    """

    plan: str
    months: int
    period: int
    invoice: Invoice
    until: datetime | None = None


def _nameless(order: "Order") -> "Order":
    history = tuple(replace(each, by="") if each.by == order.customer else each for each in order.history)
    return replace(order, customer="", name="", email="", due_at=None, history=history)


def _keys(order: "Order") -> tuple[str, ...]:
    if order.kind is OrderKind.PLAN:
        holds_place = order.status is OrderStatus.OPEN
        return (f"change/{order.server}", place_key(order.shelf, order.slot)) if holds_place else ()
    holds_period = order.status in (OrderStatus.OPEN, OrderStatus.DONE)
    period = order.purchase.period if order.purchase else 0
    return (f"period/{order.server}/{period}",) if period and holds_period else ()


class Order(Struct, frozen=True, kw_only=True):
    """Times are business time, UTC. `zone` is the customer's, as they were told.

    `payment` is the attempt in hand, or the one that paid; `attempts` how many there were (it numbers them). `paid_at`
    None: not paid. `pay_by`: when an unpaid order expires. `due_at`: when time alone will do something; None: nothing.
    `mentor` repeats the session's, to be found by. `server` is the machine's id, with `purchase`. What buys a term of
    it holds a unique key of the machine and the period as long as it is open or was used: nobody pays twice for one. A
    change of plan is the machine's only one as long as it is open, and holds the place on the stock's `shelf` that the
    machine will move to, `slot`.
    """

    TABLE: ClassVar[Table] = Table(
        "orders",
        indexes=("customer", "mentor", "server", "shelf", "status", "due_at", "closed_at"),
        keys=_keys,
        personal=Personal("customer", anonymous=_nameless),
        ended="closed_at",
    )

    id: str
    version: int = 0
    number: int
    kind: OrderKind
    customer: str
    name: str
    email: str
    language: str
    zone: str
    price: Money
    status: OrderStatus = OrderStatus.OPEN
    made_at: datetime
    pay_by: datetime
    paid_at: datetime | None = None
    payment: str = ""
    attempts: int = 0
    mentor: str = ""
    session: Session | None = None
    server: str = ""
    purchase: Purchase | None = None
    shelf: str = ""
    slot: int = 0
    due_at: datetime | None = None
    closed_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def lane(self) -> str:
        """The conversation within which its events are handled in order."""
        return f"orders:{self.id}"

    @property
    def running(self) -> bool:
        return self.status in RUNNING


def move(order: Order, status: OrderStatus, *, what: str, by: str, now: datetime) -> Order:
    """Raises WrongTransition outside the table."""
    if status not in _TRANSITIONS[order.status]:
        raise WrongTransition(f"{order.id}: {order.status} -> {status}")
    closed_at = None if status in RUNNING else now
    return note(replace(order, status=status, closed_at=closed_at), what=what, by=by, now=now)


def note(order: Order, *, what: str, by: str, now: datetime) -> Order:
    """With a line in its history."""
    return replace(order, history=(*order.history, Happened(at=now, what=what, by=by))[-HISTORY_LIMIT:])


def is_settled(order: Order) -> bool:
    """Whether both facts are there."""
    return order.paid_at is not None and (order.session is None or order.session.approved_at is not None)


class SessionDue(StrEnum):
    """What time alone asks for, of a session's order."""

    NOTHING = "nothing"
    EXPIRE = "expire"  # not paid in time
    ASK_AGAIN = "ask-again"  # the mentor has not answered
    GIVE_UP = "give-up"  # the mentor never answered
    REMIND = "remind"
    ASK_AFTER = "ask-after"  # the session is over: did they come?
    SETTLE = "settle"  # nobody said otherwise: it was held


def times(order: Order, rules: Rules, now: datetime) -> tuple[tuple[datetime, SessionDue], ...]:
    """What time will bring about as the order stands, earliest first."""
    session = order.session
    if session is None or not order.running:
        return ()
    found: list[tuple[datetime, SessionDue]] = []
    if order.status is OrderStatus.OPEN:
        if order.paid_at is None:
            found.append((order.pay_by, SessionDue.EXPIRE))
        if session.approved_at is None:
            again = order.made_at + rules.ask_again * session.asked
            if again < session.approve_by and now < session.approve_by:
                found.append((again, SessionDue.ASK_AGAIN))
            found.append((session.approve_by, SessionDue.GIVE_UP))
    else:
        reminder = next_reminder(session.starts_at, session.reminded, now)
        if reminder is not None:
            found.append((reminder[1], SessionDue.REMIND))
        if not session.asked_after:
            found.append((session.ends_at, SessionDue.ASK_AFTER))
        found.append((session.ends_at + rules.settle_after, SessionDue.SETTLE))
    return tuple(sorted(found))


def schedule(order: Order, rules: Rules, now: datetime) -> Order:
    """The order with its next due time."""
    coming = times(order, rules, now)
    return replace(order, due_at=coming[0][0] if coming else None)


def what_is_due(order: Order, rules: Rules, now: datetime) -> SessionDue:
    coming = times(order, rules, now)
    return coming[0][1] if coming and coming[0][0] <= now else SessionDue.NOTHING


def asked_again(order: Order, rules: Rules, now: datetime) -> Order:
    """The mentor was asked once more; what was missed meanwhile is not made up for."""
    if order.session is None:
        return order
    passed = (now - order.made_at) // rules.ask_again + 1
    return replace(order, session=replace(order.session, asked=max(order.session.asked + 1, passed)))


def event_id(order: Order, revision: int) -> str:
    """The calendar's id of the session's event: another one each time it is moved, and in every other installation.

    Google Calendar takes 5 to 1,024 of a-v and 0-9, and never gives one out again.
    """
    name = f"{order.id} {order.made_at.isoformat()} {revision}"
    return f"sahut{blake2b(name.encode(), digest_size=16).hexdigest()}"


def refund_share(order: Order, rules: Rules, *, by_mentor: bool, now: datetime) -> int:
    """The hundredths of the price that come back where the order is cancelled now."""
    session = order.session
    if by_mentor or order.status is OrderStatus.OPEN or session is None or session.move_asked:
        return 100
    return 100 if now <= session.starts_at - rules.free_until else rules.late_refund


def may_cancel(order: Order, now: datetime) -> bool:
    """Until the session begins."""
    return order.running and (order.session is None or now < order.session.starts_at)


def may_move(order: Order, rules: Rules, *, by_mentor: bool, now: datetime) -> bool:
    """Whether the session can still be put to another time."""
    session = order.session
    if session is None or order.status is not OrderStatus.CONFIRMED or now >= session.starts_at:
        return False
    return by_mentor or session.move_asked or now <= session.starts_at - rules.free_until


def earned(order: Order, share: int, *, now: datetime) -> LedgerEntry:
    """What a session that was held earned: `share` hundredths to the mentor, the rest to us. Once an order."""
    mentors = order.price.share(share)
    return entry(
        f"earned/{order.id}",
        (f"order:{order.id}", order.price),
        (f"mentor:{order.mentor}", -mentors),
        ("revenue:mentoring", mentors - order.price),
        order=order.id,
        person=order.customer,
        at=now,
    )


def delivered(order: Order, *, now: datetime) -> LedgerEntry:
    """What a machine's order earned, once what it buys was given: the net amount to us, the tax to the state."""
    if order.purchase is None:
        raise TypeError(f"{order.id} is no order of a machine")
    tax = order.purchase.invoice.tax
    return entry(
        f"earned/{order.id}",
        (f"order:{order.id}", order.price),
        ("tax:ppn", -tax),
        ("revenue:servers", tax - order.price),
        order=order.id,
        person=order.customer,
        at=now,
    )


def taken_back(order: Order, *, now: datetime) -> LedgerEntry:
    """The opposite of `delivered`, before the money of a machine that was lost is given back."""
    lines = (line for line in delivered(order, now=now).lines)
    return entry(
        f"taken-back/{order.id}",
        *((line.account, -line.amount) for line in lines),
        order=order.id,
        person=order.customer,
        at=now,
    )


def kept_tax(order: Order, share: int, *, now: datetime) -> tuple[LedgerEntry, ...]:
    """The state's part of what is kept of an order that was taken back, `share` hundredths of which are given back."""
    if order.purchase is None:
        raise TypeError(f"{order.id} is no order of a machine")
    tax = order.purchase.invoice.tax
    kept = tax - tax.share(share)
    lines = (("revenue:fees", kept), ("tax:ppn", -kept))
    return (entry(f"kept-tax/{order.id}", *lines, order=order.id, person=order.customer, at=now),) if kept else ()


def standing(order: Order) -> str:
    """How an order stands, in one word: its status, an open one by what it waits for (the money first)."""
    if order.status is not OrderStatus.OPEN:
        return order.status.value
    return "unpaid" if order.paid_at is None else "waiting"
