"""Money: an integer in the currency's minor unit, with its currency."""

from collections.abc import Sequence

from msgspec import Struct

EXPONENTS = {
    "IDR": 0, "JPY": 0,
    "AUD": 2, "CAD": 2, "CNY": 2, "EUR": 2, "GBP": 2, "HKD": 2, "MYR": 2, "NZD": 2, "SGD": 2, "USD": 2,
}  # fmt: skip
"""Digits after the point, by currency. Rupiah has none here and on screen (the business); what a provider counts in is
that provider file's business.
"""


class Money(Struct, frozen=True):
    """`amount` in the minor unit; may be negative. Raises ValueError for a currency we do not know."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if self.currency not in EXPONENTS:
            raise ValueError(f"not a currency of ours: {self.currency!r}")

    def __add__(self, other: "Money") -> "Money":
        """Raises ValueError where the currencies differ, as everything here that takes another amount."""
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def share(self, percent: int) -> "Money":
        """So many hundredths of it, rounded down to the minor unit."""
        return Money(self.amount * percent // 100, self.currency)

    def split(self, weights: Sequence[int]) -> "tuple[Money, ...]":
        """By weights; what does not divide goes to the first ones, so that the parts sum to the whole exactly.

        Raises ValueError where the weights do not sum to more than zero or one is negative.
        """
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError(f"not weights: {weights}")
        parts = [self.amount * weight // whole for weight in weights]
        for index in range(self.amount - sum(parts)):
            parts[index % len(parts)] += 1
        return tuple(Money(part, self.currency) for part in parts)

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.amount
