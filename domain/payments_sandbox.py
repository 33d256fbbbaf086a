"""What the sandbox, a payment provider of our own for trying things, remembers of an invoice, and what it says of it.

The same money can come late, twice or in another amount, as it does at real providers.
"""

from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.money import Money
from domain.payments import Found
from domain.records import NOBODYS, Table

LATE_BY = timedelta(minutes=1)


class SandboxCharge(Struct, frozen=True):
    """Money that came, or that comes at `at`."""

    id: str
    amount: Money
    at: datetime


class SandboxRefund(Struct, frozen=True):
    """`id` is the key it was asked for by."""

    id: str
    charge: str
    amount: Money


class SandboxInvoice(Struct, frozen=True, kw_only=True):
    """`id` is our reference. Times are business time, UTC. `failures` counts the payments that failed."""

    TABLE: ClassVar[Table] = Table("sandbox_invoices", personal=NOBODYS)

    id: str
    version: int = 0
    amount: Money
    description: str
    language: str
    expires_at: datetime
    return_url: str
    expired: bool = False
    failures: int = 0
    charges: tuple[SandboxCharge, ...] = ()
    refunds: tuple[SandboxRefund, ...] = ()


def provider_id(invoice: SandboxInvoice, number: int) -> str:
    """The id by which the sandbox knows the link, and a further payment for it: each is an object of its own, as at a
    provider where two links were made for one reference.
    """
    return invoice.id if number == 1 else f"{invoice.id}/{number}"


def parse_provider_id(given: str) -> tuple[str, int]:
    """The invoice's id and the number of the payment; 0 for what is no id of ours."""
    invoice, stroke, number = given.partition("/")
    if not stroke:
        return invoice, 1
    return invoice, int(number) if number.isascii() and number.isdigit() and len(number) < 5 else 0


def invoice_of(charge: str) -> str:
    """The id of the invoice that a charge belongs to."""
    return charge.rpartition("-charge-")[0]


def found(invoice: SandboxInvoice, number: int, now: datetime) -> Found:
    """What the sandbox says of the payment with that number, from one."""
    came = [charge for charge in invoice.charges if charge.at <= now]
    if number <= len(came):
        charge = came[number - 1]
        return Found(state="paid", reference=invoice.id, amount=charge.amount, charge=charge.id)
    over = invoice.expired or now >= invoice.expires_at
    return Found(state="closed" if over else "open", reference=invoice.id, amount=invoice.amount)


def pay(invoice: SandboxInvoice, amount: Money, at: datetime) -> SandboxInvoice:
    """One more payment, also for an invoice that is paid or over: money comes as it likes."""
    charge = SandboxCharge(f"{invoice.id}-charge-{len(invoice.charges) + 1}", amount, at)
    return replace(invoice, charges=tuple(sorted((*invoice.charges, charge), key=lambda each: each.at)))


def fail(invoice: SandboxInvoice) -> SandboxInvoice:
    return replace(invoice, failures=invoice.failures + 1)


def refund(invoice: SandboxInvoice, key: str, charge: str, amount: Money) -> SandboxInvoice:
    """The same key is the same refund. Raises ValueError for a charge there is not, or more than is left of it."""
    if any(each.id == key for each in invoice.refunds):
        return invoice
    paid = next((each for each in invoice.charges if each.id == charge), None)
    if paid is None:
        raise ValueError("no such charge")
    given = sum(each.amount.amount for each in invoice.refunds if each.charge == charge)
    if amount.currency != paid.amount.currency or not 0 < amount.amount <= paid.amount.amount - given:
        raise ValueError("more than is left of the charge")
    return replace(invoice, refunds=(*invoice.refunds, SandboxRefund(key, charge, amount)))
