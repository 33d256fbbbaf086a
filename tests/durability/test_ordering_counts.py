"""That the counts of orders see what must not be: each on books in which that one thing is wrong."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from msgspec.structs import replace

from domain.bookings import Booking
from domain.ledger import LedgerEntry, Line
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus
from domain.payments import Payment, Refund, received_id
from domain.records import Record
from handlers.mails import SEND
from tests.durability import ordering
from tests.durability.books import Books
from tests.durability.ledger import Ledger
from tests.durability.world import World

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
PRICE = Money(150_000, "IDR")
MAIL = "in-7-mail-20"

ORDER = Order(
    id="order-1", number=1, kind=OrderKind.MENTORING, customer="telegram:1", name="Budi", email="budi@example.com",
    language="id", zone="Asia/Jakarta", price=PRICE, status=OrderStatus.CONFIRMED, made_at=NOW, pay_by=NOW,
)  # fmt: skip
PAYMENT = Payment(
    id="pay-1-1", order="order-1", customer="telegram:1", provider="stripe", amount=PRICE, description="", made_at=NOW,
    deadline_at=NOW,
)  # fmt: skip
BOOKING = Booking(
    id="booking-1", customer="telegram:1", mentor="andi", calendar="andi", starts_at=NOW,
    ends_at=NOW + timedelta(hours=1), free_at=NOW + timedelta(hours=1),
)  # fmt: skip
RECEIVED = LedgerEntry(
    id=received_id("stripe", "pi_1"), at=NOW, month="2026-11", order="order-1", person="telegram:1",
    lines=(Line("provider:stripe", PRICE), Line("order:order-1", -PRICE)),
)  # fmt: skip
LINK = {"provider": "stripe", "id": "cs_1", "reference": "pay-1-1", "charge": "pi_1", "amount": 150_000}
EVENT = {"id": "sahut1", "status": "confirmed", "description": "#1"}


def one_order() -> Ledger:
    """Paid, certain, in the calendar, and everybody told once."""
    key = hashlib.sha256(MAIL.encode()).hexdigest()[:40]
    records: dict[type[Record], tuple[Any, ...]] = {
        Order: (ORDER,), Payment: (PAYMENT,), Booking: (BOOKING,), LedgerEntry: (RECEIVED,), Refund: (),
    }  # fmt: skip
    books = Books([], [], [{"id": MAIL, "name": SEND, "tries": 1}], records)
    ledger = Ledger(cast(World, None), books, [])
    ledger.outside = {
        "money": {"links": [dict(LINK)], "refunds": []},
        "calendar": {"events": [dict(EVENT)]},
        "mails": {"mails": [{"message_id": f"<{key}@sahut.example>", "times": 1}]},
    }
    return ledger


def refund(ledger: Ledger, times: int) -> None:
    back = {"provider": "stripe", "charge": "pi_1", "amount": 75_000, "state": "succeeded"}
    ledger.outside["money"]["refunds"] += [{**back, "id": f"re_{number}"} for number in range(times)]


def only_books(ledger: Ledger, *records: Any) -> None:
    ledger.books.records[type(records[0])] = records


def of_another(booking: Booking, minutes: int) -> Booking:
    later = timedelta(minutes=minutes)
    times = {name: getattr(booking, name) + later for name in ("starts_at", "ends_at", "free_at")}
    return replace(booking, id="booking-2", customer="whatsapp:2", **times)


CALLED_OFF = replace(ORDER, status=OrderStatus.CANCELLED)
WRONG: dict[str, Callable[[Ledger], Any]] = {
    "money not booked once": lambda it: it.books.records.update({LedgerEntry: ()}),
    "providers' sums at odds with the ledger": lambda it: refund(it, 1),
    "times booked by two": lambda it: only_books(it, BOOKING, of_another(BOOKING, 45)),
    "paid for nothing": lambda it: only_books(it, CALLED_OFF),
    "certain without an event": lambda it: it.outside["calendar"]["events"].clear(),
    "events of what is not certain": lambda it: only_books(it, CALLED_OFF),
    "events made twice": lambda it: it.outside["calendar"]["events"].append({**EVENT, "id": "sahut2"}),
    "refunds carried out twice": lambda it: refund(it, 2),
    "links made twice": lambda it: it.outside["money"]["links"].append({**LINK, "id": "cs_2", "charge": ""}),
    "mails sent more often than begun": lambda it: it.outside["mails"]["mails"][0].update(times=2),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_count_sees_what_is_wrong(what: str) -> None:
    count = next(each for each in ordering.COUNTS if each.what == what)
    ledger = one_order()
    assert ledger.count(count).good
    WRONG[what](ledger)
    assert not ledger.count(count).good


def test_times_one_after_the_other_are_not_booked_by_two() -> None:
    ledger = one_order()
    only_books(ledger, BOOKING, of_another(BOOKING, 60))
    assert ordering.booked_by_two(ledger) == []
