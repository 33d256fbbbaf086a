"""Attempts to be paid, and refunds: what may follow what, what is believed, and when we look by ourselves."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from domain.cases import WrongTransition
from domain.ledger import balance
from domain.money import Money
from domain.payments import (
    LATE_POLLS,
    REFUND_POLLS,
    REMIND_BEFORE,
    Found,
    Payment,
    PaymentStatus,
    RefundStatus,
    kept,
    look_at_refund,
    matches,
    move,
    move_refund,
    next_poll,
    payment_id,
    received,
    refund_given,
    refund_id,
    refund_of,
    refund_wanted,
    schedule,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PRICE = Money(150_000, "IDR")
NEW = Payment(
    id="pay-5-1", order="o5", customer="telegram:1", provider="xendit", amount=PRICE, description="#5", made_at=NOON,
    deadline_at=NOON + timedelta(hours=2), provider_id="inv-1",
)  # fmt: skip
OPEN = move(NEW, PaymentStatus.OPEN, what="link", now=NOON)
CLOSED = move(OPEN, PaymentStatus.CLOSED, what="deadline", now=NEW.deadline_at)
PAID = replace(move(OPEN, PaymentStatus.PAID, what="paid", now=NOON), charge="ch-1")
GOOD = Found(state="paid", reference="pay-5-1", amount=PRICE, charge="ch-1")
REFUND = refund_of(PAID, PRICE, why="late", now=NOON)


@pytest.mark.parametrize("status", PaymentStatus)
def test_paid_never_goes_back(status: PaymentStatus) -> None:
    with pytest.raises(WrongTransition):
        move(PAID, status, what="?", now=NOON)


def test_money_can_still_come_for_whatever_is_not_paid() -> None:
    refused = move(NEW, PaymentStatus.REFUSED, what="no", now=NOON)
    for each in (NEW, OPEN, CLOSED, refused):
        assert move(each, PaymentStatus.PAID, what="paid", now=NOON).status is PaymentStatus.PAID


@pytest.mark.parametrize(
    "found",
    [
        replace(GOOD, amount=Money(149_999, "IDR")),
        replace(GOOD, amount=Money(150_001, "IDR")),
        replace(GOOD, amount=Money(150_000, "USD")),
        replace(GOOD, reference="pay-5-2"),
        replace(GOOD, reference=""),
    ],
)
def test_only_what_was_asked_for_is_believed(found: Found) -> None:
    assert matches(OPEN, GOOD)
    assert not matches(OPEN, found)


def test_money_is_filed_by_its_charge_so_that_it_is_booked_once() -> None:
    first = received(OPEN, GOOD, usable=True, now=NOON)
    again = received(CLOSED, GOOD, usable=False, now=NOON + timedelta(days=1))
    other = received(OPEN, replace(GOOD, charge="ch-2"), usable=True, now=NOON)
    assert first.id == again.id != other.id
    assert balance((first,), "order:o5", "IDR") == -PRICE
    assert balance((again,), "suspense:pay-5-1", "IDR") == -PRICE


def test_no_two_payments_can_hold_one_charge() -> None:
    assert not OPEN.TABLE.keys(OPEN)
    assert PAID.TABLE.keys(PAID) == PAID.TABLE.keys(replace(PAID, id="pay-9-1")) == ("charge/xendit/ch-1",)


# --- when time alone does something ---


def test_an_open_link_is_looked_at_within_minutes_and_ever_more_rarely() -> None:
    payment, times = OPEN, [NOON]
    for _ in range(12):
        at = next_poll(payment)
        assert at
        times.append(at)
        payment = replace(payment, polls=payment.polls + 1, polled_at=at)
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps[0] <= timedelta(minutes=1)
    assert gaps == sorted(gaps)
    assert gaps[-1] <= timedelta(hours=1)


def test_the_deadline_comes_before_a_later_look() -> None:
    late = replace(OPEN, polled_at=NEW.deadline_at - timedelta(seconds=10), polls=9, reminded=True)
    assert schedule(late).due_at == NEW.deadline_at


def test_a_link_being_made_waits_for_its_deadline_alone() -> None:
    assert schedule(NEW).due_at == NEW.deadline_at


def test_a_closed_link_is_looked_at_for_days_and_then_no_more() -> None:
    payment, at = CLOSED, CLOSED.polled_at
    for _ in LATE_POLLS:
        at = next_poll(payment)
        assert at
        payment = replace(payment, polls=payment.polls + 1, polled_at=at)
    assert at
    assert at - NEW.deadline_at >= timedelta(days=7)
    assert next_poll(payment) is None
    assert schedule(payment).due_at is None


def test_what_is_paid_or_has_no_link_is_left_alone() -> None:
    assert schedule(PAID).due_at is None
    never_made = move(replace(NEW, provider_id=""), PaymentStatus.CLOSED, what="deadline", now=NOON)
    assert schedule(never_made).due_at is None


def test_the_reminder_is_for_links_that_are_open_long_enough() -> None:
    assert OPEN.remind_at == OPEN.deadline_at - REMIND_BEFORE
    assert replace(OPEN, reminded=True).remind_at is None
    assert replace(OPEN, deadline_at=NOON + timedelta(minutes=29)).remind_at is None


# --- refunds ---


def test_a_charge_is_given_back_once() -> None:
    assert refund_id(PAID) == refund_id(PAID, "ch-1") == REFUND.id
    assert refund_id(PAID, "ch-2") != REFUND.id
    assert REFUND.key == REFUND.id


def test_a_refund_that_is_done_stays_done() -> None:
    done = move_refund(REFUND, RefundStatus.DONE, what="given", now=NOON)
    for status in RefundStatus:
        with pytest.raises(WrongTransition):
            move_refund(done, status, what="?", now=NOON)


def test_ids_fit_a_button_whatever_a_providers_are_like() -> None:
    long = refund_id(PAID, "charge-" + "x" * 200)
    assert len(f"refund:{long}:by-hand") <= 64
    assert long != refund_id(PAID, "charge-" + "x" * 201)
    assert len(f"refund:refund-{payment_id(99_999, 99, NOON)}:by-hand") <= 64


def test_no_other_installation_has_the_same_ids() -> None:
    """A second one begins to count at one again, and may use the same account."""
    ours, theirs = payment_id(1, 1, NOON), payment_id(1, 1, NOON + timedelta(seconds=1))
    assert ours != theirs
    assert ours.startswith("pay-1-1-")
    assert ours != payment_id(1, 2, NOON)


def test_a_second_try_is_another_call() -> None:
    failed = move_refund(REFUND, RefundStatus.FAILED, what="no", now=NOON)
    again = replace(move_refund(failed, RefundStatus.WANTED, what="again", now=NOON), tries=2)
    assert again.key != REFUND.key
    assert again.id == REFUND.id


def test_looks_at_a_refund_are_numbered_through_and_come_to_an_end() -> None:
    refund = move_refund(REFUND, RefundStatus.PENDING, what="taken on", now=NOON)
    assert refund.due_at is not None
    assert refund.due_at - NOON < timedelta(minutes=10)
    for count in range(1, len(REFUND_POLLS) + 1):
        assert refund.due_at is not None
        refund = look_at_refund(refund, now=refund.due_at)
        assert refund.looks == count
    assert refund.due_at is None
    failed = move_refund(refund, RefundStatus.FAILED, what="no", now=NOON)
    again = move_refund(failed, RefundStatus.WANTED, what="again", now=NOON)
    taken_on = move_refund(again, RefundStatus.PENDING, what="taken on", now=NOON)
    assert look_at_refund(taken_on, now=NOON).looks == len(REFUND_POLLS) + 1


def test_given_back_in_part_the_order_holds_nothing_any_more() -> None:
    part = refund_of(PAID, PRICE.share(50), why="cancelled", now=NOON)
    entries = (
        received(OPEN, GOOD, usable=True, now=NOON),
        refund_wanted(part, now=NOON),
        kept(PAID, PRICE - part.amount, now=NOON),
    )
    assert not balance(entries, "order:o5", "IDR")
    assert balance(entries, "refunds:xendit", "IDR") == Money(-75_000, "IDR")
    given = (*entries, refund_given(part, now=NOON))
    assert not balance(given, "refunds:xendit", "IDR")
    assert balance(given, "provider:xendit", "IDR") == Money(75_000, "IDR")
