"""Invoices: sums that are what is paid, and numbers by the year of the business's clock."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.invoices import Invoice, Line, counter_name, numbered
from domain.messages import Text
from domain.money import Money

NEW_YEAR = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # midnight in Jakarta
JAKARTA = "Asia/Jakarta"


def invoice(*amounts: int, rate: int = 1_100, currency: str = "IDR") -> Invoice:
    return Invoice(lines=tuple(Line(Text("a"), Money(each, currency)) for each in amounts), tax_rate=rate)


@pytest.mark.parametrize(
    ("amounts", "rate", "net", "tax", "total"),
    [
        ((720_000, -36_000), 1_100, 684_000, 75_240, 759_240),
        ((800,), 1_100, 800, 88, 888),
        ((5,), 1_000, 5, 1, 6),  # halves up
        ((4,), 1_100, 4, 0, 4),
        ((1_000,), 0, 1_000, 0, 1_000),
        ((1_000,), 1_150, 1_000, 115, 1_115),
    ],
)
def test_the_tax_comes_onto_the_sum_of_the_lines(
    amounts: tuple[int, ...], rate: int, net: int, tax: int, total: int
) -> None:
    made = invoice(*amounts, rate=rate)
    assert (made.net.amount, made.tax.amount, made.total.amount) == (net, tax, total)


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=5), st.integers(0, 10_000))
def test_nothing_is_lost_between_the_lines_and_the_total(amounts: list[int], rate: int) -> None:
    made = invoice(*amounts, rate=rate)
    assert made.total == made.net + made.tax
    assert abs(made.tax.amount * 10_000 - made.net.amount * rate) <= 5_000


def test_the_year_is_the_business_s() -> None:
    before, after = datetime(2026, 12, 31, 16, 59, 59, tzinfo=UTC), NEW_YEAR
    assert [counter_name(at, JAKARTA) for at in (before, after)] == ["invoices-2026", "invoices-2027"]
    assert numbered(invoice(1), 812, at=before, zone=JAKARTA).number == "INV/2026/000812"
    first = numbered(invoice(1), 1, at=after, zone=JAKARTA)
    assert (first.number, first.issued_at) == ("INV/2027/000001", after)


def test_a_number_is_given_once() -> None:
    with pytest.raises(ValueError, match="INV/2027/000001"):
        numbered(numbered(invoice(1), 1, at=NEW_YEAR, zone=JAKARTA), 2, at=NEW_YEAR, zone=JAKARTA)
