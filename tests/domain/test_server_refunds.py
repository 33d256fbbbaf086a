"""What comes back of a machine that its provider has lost."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoices import Invoice, Line
from domain.ledger import balance
from domain.messages import Text
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Purchase, delivered, kept_tax, taken_back
from domain.payments import Payment, PaymentStatus, kept, refund_of, refund_wanted
from domain.server_refunds import shares
from domain.servers import end_of_term, renewed
from tests.domain.test_servers import server

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ZONE = "Asia/Jakarta"


def order(number: int, period: int, months: int, **given_: Any) -> Order:
    invoice = Invoice(lines=(Line(Text("invoice-line-server"), Money(240_000, "IDR")),), tax_rate=1100)
    until = given_.pop("until", None)
    values: dict[str, Any] = {
        "id": f"order-{number}",
        "number": number,
        "kind": OrderKind.SERVER,
        "customer": "telegram:1001",
        "name": "Budi",
        "email": "",
        "language": "id",
        "zone": ZONE,
        "price": invoice.total,
        "status": OrderStatus.DONE,
        "made_at": NOW,
        "pay_by": NOW,
        "paid_at": NOW,
        "closed_at": NOW,
        "server": "server-17-1a2b3c4d",
        "purchase": Purchase(plan="medium", months=months, period=period, invoice=invoice, until=until),
    }
    return Order(**(values | given_))


def back(machine: Any, orders: tuple[Order, ...], after: timedelta) -> dict[str, int]:
    return {each.id: share for each, share in shares(machine, orders, NOW + after)}


def test_the_rest_of_the_term_in_the_customers_favour() -> None:
    machine = renewed(server(), 3, NOW)  # until the 23rd of February
    orders = (order(17, 1, 3),)
    assert back(machine, orders, timedelta()) == {"order-17": 100}
    assert back(machine, orders, 30 * DAY) == {"order-17": 69}  # 62.5 of 92 days
    assert back(machine, orders, 92 * DAY) == {"order-17": 1}
    assert back(machine, orders, 93 * DAY) == {}


def test_terms_that_were_paid_ahead_come_back_whole() -> None:
    machine = renewed(renewed(server(), 1, NOW), 6, NOW)
    orders = (order(17, 1, 1), order(20, 2, 6, kind=OrderKind.RENEWAL))
    assert back(machine, orders, 15 * DAY) == {"order-17": 52, "order-20": 100}
    assert back(machine, orders, 31 * DAY) == {"order-20": 100}
    assert back(machine, orders, 122 * DAY) == {"order-20": 50}


def test_a_larger_plan_comes_back_for_its_term() -> None:
    machine = renewed(server(), 1, NOW)
    change = order(21, 0, 0, kind=OrderKind.PLAN, until=machine.expires_at, closed_at=NOW + 20 * DAY)
    assert back(machine, (order(17, 1, 1), change), 25 * DAY) == {"order-17": 19, "order-21": 53}


@pytest.mark.parametrize("status", [each for each in OrderStatus if each is not OrderStatus.DONE])
def test_what_was_never_used_is_not_among_it(status: OrderStatus) -> None:
    machine = renewed(server(), 1, NOW)
    assert back(machine, (order(17, 1, 1, status=status),), DAY) == {}


def test_one_that_never_ran_has_no_terms() -> None:
    assert back(server(), (order(17, 1, 1),), DAY) == {}


@given(months=st.lists(st.sampled_from([1, 3, 6, 12]), min_size=1, max_size=4), days=st.integers(0, 1200))
def test_never_more_than_was_paid_and_less_as_time_goes_by(months: list[int], days: int) -> None:
    machine = server()
    for each in months:
        machine = renewed(machine, each, NOW)
    orders = tuple(order(number, number, each) for number, each in enumerate(months, 1))
    today, tomorrow = back(machine, orders, days * DAY), back(machine, orders, (days + 1) * DAY)
    assert all(1 <= share <= 100 for share in today.values())
    assert all(tomorrow.get(each, 0) <= share for each, share in today.items())
    assert set(tomorrow) <= set(today)
    assert bool(today) is (machine.expires_at is not None and NOW + days * DAY < machine.expires_at)
    assert end_of_term(NOW, sum(months), ZONE) >= (machine.expires_at or NOW) - 4 * DAY


@given(share=st.integers(1, 100))
def test_the_books_balance_and_the_state_has_its_part_of_what_is_kept(share: int) -> None:
    sold = order(17, 1, 1)
    payment = Payment(
        id="pay-17-1",
        order=sold.id,
        customer=sold.customer,
        provider="xendit",
        amount=sold.price,
        description="",
        made_at=NOW,
        deadline_at=NOW,
        status=PaymentStatus.PAID,
    )
    given_back = sold.price.share(share)
    entries = [delivered(sold, now=NOW), taken_back(sold, now=NOW), *kept_tax(sold, share, now=NOW)]
    entries.append(refund_wanted(refund_of(payment, given_back, why="lost", now=NOW), now=NOW))
    if sold.price - given_back:
        entries.append(kept(payment, sold.price - given_back, now=NOW))
    booked = tuple(entries)
    assert balance(booked, "revenue:servers", "IDR").amount == 0
    assert balance(booked, f"order:{sold.id}", "IDR").amount == sold.price.amount  # what had come in
    tax, fees = balance(booked, "tax:ppn", "IDR").amount, balance(booked, "revenue:fees", "IDR").amount
    assert tax + fees == given_back.amount - sold.price.amount
    assert abs(tax * 100 - fees * 11) <= 111 * 2
