"""The ledger: every movement of money is one balanced entry, in the commit of what moved it, and never changed.

Accounts: `provider:<name>` is what lies with a payment provider; `order:<id>` what an order was paid and has not
earned or given back yet; `refunds:<name>` what a provider was asked to give back, `by-hand:<name>` what ops gave back
without it; `mentor:<id>` what a mentor earned; `revenue:<kind>` ours; `tax:ppn` what we owe the state;
`suspense:<payment>` money that came and does not match what was asked.
What lies somewhere is positive, what is owed or earned negative: an entry's lines sum to zero.
"""

from datetime import UTC, datetime
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.money import Money
from domain.records import Personal, Table


class Line(Struct, frozen=True):
    account: str
    amount: Money


def _anonymous(entry: "LedgerEntry") -> "LedgerEntry":
    return replace(entry, person="")


class LedgerEntry(Struct, frozen=True, kw_only=True):
    """`id` says what moved the money, so that it is booked once: `received/<payment>/<charge>`, `refund/<refund>`, ..

    `at` is business time. Raises ValueError where the lines of a currency do not sum to zero.
    """

    TABLE: ClassVar[Table] = Table(
        "ledger", indexes=("person", "order", "month"), personal=Personal("person", anonymous=_anonymous)
    )

    id: str
    version: int = 0
    at: datetime
    month: str
    order: str
    person: str
    lines: tuple[Line, ...]

    def __post_init__(self) -> None:
        for currency in {line.amount.currency for line in self.lines}:
            if sum(line.amount.amount for line in self.lines if line.amount.currency == currency):
                raise ValueError(f"{self.id} does not balance in {currency}")


def entry(what: str, *lines: tuple[str, Money], order: str, person: str, at: datetime) -> LedgerEntry:
    """`month` is filed in UTC. Lines without an amount are left out."""
    return LedgerEntry(
        id=what,
        at=at,
        month=at.astimezone(UTC).strftime("%Y-%m"),
        order=order,
        person=person,
        lines=tuple(Line(account, amount) for account, amount in lines if amount),
    )


def balance(entries: "tuple[LedgerEntry, ...]", account: str, currency: str) -> Money:
    """The sum of an account's lines in a currency."""
    lines = (line.amount for each in entries for line in each.lines if line.account == account)
    return Money(sum(each.amount for each in lines if each.currency == currency), currency)
