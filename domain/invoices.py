"""Invoices: what an order is made out for. A proforma when ordered; the number comes with the payment, without gaps."""

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from domain.messages import Text
from domain.money import Money

BASIS = 10_000
"""A tax rate of 1,100 basis points is 11 per cent."""


class Line(Struct, frozen=True):
    """One position, without tax; the text is worded in the reader's language."""

    text: Text
    amount: Money


class Invoice(Struct, frozen=True, kw_only=True):
    """`tax_rate` in basis points. `number` empty: a proforma, not paid yet. `issued_at`: when the number was given."""

    lines: tuple[Line, ...]
    tax_rate: int
    number: str = ""
    issued_at: datetime | None = None

    @property
    def net(self) -> Money:
        first, *rest = (line.amount for line in self.lines)
        return sum(rest, first)

    @property
    def tax(self) -> Money:
        """Rounded to the nearest minor unit, halves up."""
        net = self.net
        return Money((net.amount * self.tax_rate + BASIS // 2) // BASIS, net.currency)

    @property
    def tax_percent(self) -> str:
        """1,100 basis points as 11, 1,150 as 11.5."""
        return f"{(Decimal(self.tax_rate) / 100).normalize():f}"

    @property
    def total(self) -> Money:
        return self.net + self.tax


def counter_name(at: datetime, zone: str) -> str:
    """Of the counter that numbers the invoices of that year, by the business's clock."""
    return f"invoices-{at.astimezone(ZoneInfo(zone)).year}"


def numbered(invoice: Invoice, count: int, *, at: datetime, zone: str) -> Invoice:
    """With its number: the year's `count`-th. Raises ValueError where it has one."""
    if invoice.number:
        raise ValueError(f"it is {invoice.number} already")
    year = at.astimezone(ZoneInfo(zone)).year
    return replace(invoice, number=f"INV/{year}/{count:06}", issued_at=at)
