"""Money: exact, in one currency, and never a float."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import EXPONENTS, Money

amounts = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(sorted(EXPONENTS)))
weights = st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any)


@given(amounts, weights)
def test_parts_sum_to_the_whole(money: Money, weights: list[int]) -> None:
    parts = money.split(weights)
    assert len(parts) == len(weights)
    assert sum(part.amount for part in parts) == money.amount
    assert {part.currency for part in parts} == {money.currency}


@given(amounts, weights)
def test_no_part_is_further_than_one_unit_from_its_share(money: Money, weights: list[int]) -> None:
    for part, weight in zip(money.split(weights), weights, strict=True):
        assert abs(part.amount * sum(weights) - money.amount * weight) <= sum(weights)


@given(amounts, st.integers(0, 100))
def test_a_share_and_the_rest_are_the_whole(money: Money, percent: int) -> None:
    share = money.share(percent)
    assert share + (money - share) == money
    assert 0 <= money.amount * percent - share.amount * 100 < 100


def test_what_does_not_divide_goes_to_the_first() -> None:
    assert [part.amount for part in Money(100, "IDR").split((1, 1, 1))] == [34, 33, 33]


@pytest.mark.parametrize("weights", [(), (0,), (0, 0), (-1, 2)])
def test_nothing_is_split_by_what_are_no_weights(weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="not weights"):
        Money(100, "IDR").split(weights)


def test_currencies_do_not_mix() -> None:
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "IDR") + Money(1, "USD")
    with pytest.raises(ValueError, match="do not add up"):
        Money(1, "IDR") - Money(1, "USD")
    assert Money(1, "IDR") != Money(1, "USD")


@pytest.mark.parametrize("currency", ["", "idr", "BTC", "RP"])
def test_only_currencies_we_know(currency: str) -> None:
    with pytest.raises(ValueError, match="not a currency"):
        Money(1, currency)


def test_nothing_is_nothing_in_any_currency() -> None:
    assert not Money(0, "USD")
    assert Money(-1, "USD")
    assert -Money(5, "IDR") == Money(-5, "IDR")
