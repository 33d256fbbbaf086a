"""The sandbox: a payment provider of our own, for trying things without an account. No money moves.

Its page (`bot/sandbox_page.py`) does what customers and banks do; this is what a provider's API would say of it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from domain import payments_sandbox as sandbox
from domain.events import Arrival, PaymentNotice
from domain.money import EXPONENTS, Money
from domain.payments import Found
from domain.payments_sandbox import SandboxInvoice
from services.failures import Failure, Permanent
from services.payments.base import Forbidden, Link, Returned, Wanted

MOST = 10**12


class Invoices(Protocol):
    """Where invoices are kept."""

    async def get(self, invoice: str) -> SandboxInvoice | None: ...

    async def save(self, invoice: SandboxInvoice) -> bool:
        """False: it was changed since it was read; nothing was written."""


class Sandbox:
    """`link` makes the address of an invoice's page."""

    name = "sandbox"
    limits: Mapping[str, tuple[int, int]] = dict.fromkeys(EXPONENTS, (1, MOST))

    def __init__(self, invoices: Invoices, *, link: Callable[[str], str], now: Callable[[], datetime]) -> None:
        self._invoices = invoices
        self._link = link
        self._now = now

    async def create_link(self, wanted: Wanted) -> Link | Failure:
        invoice = SandboxInvoice(
            id=wanted.reference,
            amount=wanted.amount,
            description=wanted.description,
            language=wanted.language,
            expires_at=wanted.expires_at,
            return_url=wanted.return_url,
        )
        # Saved at version 0, it is refused where it is there already: then this call was made before.
        await self._invoices.save(invoice)
        return Link(invoice.id, self._link(invoice.id))

    async def fetch(self, provider_id: str) -> Found | Failure:
        reference, number = sandbox.parse_provider_id(provider_id)
        invoice = await self._invoices.get(reference)
        if invoice is None or not number:
            return Permanent("no such invoice")
        return sandbox.found(invoice, number, self._now())

    async def expire(self, provider_id: str) -> Found | Failure:
        await self.change(sandbox.parse_provider_id(provider_id)[0], lambda invoice: replace(invoice, expired=True))
        return await self.fetch(provider_id)

    async def refund(self, *, key: str, charge: str, amount: Money, reference: str) -> Returned | Failure:
        try:
            changed = await self.change(
                sandbox.invoice_of(charge), lambda invoice: sandbox.refund(invoice, key, charge, amount)
            )
        except ValueError as problem:
            return Permanent(str(problem))
        if changed is None:
            return Permanent("no such charge")
        return Returned("done", f"{changed.id}/{key}")

    async def fetch_refund(self, provider_id: str) -> Returned | Failure:
        reference, _, key = provider_id.partition("/")
        invoice = await self._invoices.get(reference)
        if invoice is None or all(each.id != key for each in invoice.refunds):
            return Permanent("no such refund")
        return Returned("done", provider_id)

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> list[Arrival]:
        """It has none: its page is in the house."""
        raise Forbidden

    # --- for its page ---

    async def invoice(self, reference: str) -> SandboxInvoice | None:
        return await self._invoices.get(reference)

    async def change(self, reference: str, how: Callable[[SandboxInvoice], SandboxInvoice]) -> SandboxInvoice | None:
        """Read, change and save until nobody came in between; None where there is no such invoice."""
        while (invoice := await self._invoices.get(reference)) is not None:
            changed = how(invoice)
            if changed == invoice or await self._invoices.save(changed):
                return changed
        return None


def notice(invoice: SandboxInvoice, number: int, what: str, unique: str) -> Arrival:
    """What a provider's webhook would tell of the payment with that number."""
    event = PaymentNotice(
        provider=Sandbox.name,
        reference=invoice.id,
        provider_id=sandbox.provider_id(invoice, number),
        what=what,
    )
    return Arrival(source=Sandbox.name, external_id=unique, conversation=f"payments:{invoice.id}", event=event)
