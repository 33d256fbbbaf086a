"""The ledger: entries that balance, and what they say."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from domain.ledger import Line, balance, entry
from domain.money import Money
from domain.orders import Order, OrderKind, earned

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
RUPIAH = Money(150_000, "IDR")


def test_an_entry_balances() -> None:
    booked = entry("x", ("provider:stripe", RUPIAH), ("order:o", -RUPIAH), order="o", person="p", at=NOON)
    assert booked.lines == (Line("provider:stripe", RUPIAH), Line("order:o", -RUPIAH))


def test_one_that_does_not_is_refused() -> None:
    with pytest.raises(ValueError, match="does not balance in IDR"):
        entry("x", ("a", RUPIAH), ("b", Money(-149_999, "IDR")), order="", person="", at=NOON)


def test_each_currency_balances_by_itself() -> None:
    dollars = Money(1000, "USD")
    with pytest.raises(ValueError, match="does not balance"):
        entry("x", ("a", RUPIAH), ("b", Money(-150_000, "USD")), order="", person="", at=NOON)
    both = entry("x", ("a", RUPIAH), ("b", -RUPIAH), ("a", dollars), ("b", -dollars), order="", person="", at=NOON)
    assert balance((both,), "a", "IDR") == RUPIAH
    assert balance((both,), "a", "USD") == dollars


def test_lines_without_an_amount_are_left_out() -> None:
    nothing = Money(0, "IDR")
    booked = entry("x", ("a", RUPIAH), ("fees", nothing), ("b", -RUPIAH), order="", person="", at=NOON)
    assert [line.account for line in booked.lines] == ["a", "b"]


def test_a_month_is_filed_by_its_time_in_utc() -> None:
    """Whatever zone a time comes in, an entry lies in one month only."""
    jakarta = timezone(timedelta(hours=7))
    at = datetime(2026, 12, 1, 3, tzinfo=jakarta)
    assert entry("x", order="", person="", at=at).month == "2026-11"


def test_a_forgotten_person_leaves_the_entry() -> None:
    booked = entry("x", ("a", RUPIAH), ("b", -RUPIAH), order="o", person="whatsapp:+62811", at=NOON)
    assert booked.TABLE.personal
    assert booked.TABLE.personal.anonymous
    anonymous = booked.TABLE.personal.anonymous(booked)
    assert anonymous.person == ""
    assert anonymous.lines == booked.lines


@pytest.mark.parametrize("share", [0, 33, 70, 100])
def test_a_session_that_was_held_is_earned_to_the_last_rupiah(share: int) -> None:
    order = Order(
        id="o", number=1, kind=OrderKind.MENTORING, customer="c", name="Budi", email="", language="id",
        zone="Asia/Jakarta", price=Money(99_999, "IDR"), made_at=NOON, pay_by=NOON, mentor="andi",
    )  # fmt: skip
    booked = earned(order, share, now=NOON)
    mentors, ours = balance((booked,), "mentor:andi", "IDR"), balance((booked,), "revenue:mentoring", "IDR")
    assert balance((booked,), "order:o", "IDR") == Money(99_999, "IDR")
    assert mentors == Money(-(99_999 * share // 100), "IDR")
    assert mentors + ours == Money(-99_999, "IDR")
