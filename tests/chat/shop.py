"""A shop whose payment providers do what a test tells them to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from domain.events import Arrival
from domain.ledger import LedgerEntry
from domain.money import Money
from domain.orders import Order
from domain.payments import Payment, Refund
from handlers import paying
from services.payments.registry import PROVIDERS, Means
from tests.bank import Bank
from tests.chat.ordering import ordered
from tests.talk import PATIENCE, Scripted, Talk

FIRST = "pay-1-1"


@dataclass
class Shop:
    talk: Talk
    stripe: Bank
    xendit: Bank

    async def hears(self, *arrivals: Arrival) -> None:
        """Webhooks come."""
        await self.talk.service.inbox.accept(list(arrivals))
        await self.talk.quiet()

    async def paid(self, reference: str = FIRST, amount: Money | None = None) -> None:
        """Money comes by Xendit, and its webhook."""
        await self.hears(self.xendit.notice_of(self.xendit.pay(reference, amount)))

    async def order(self) -> Order:
        await self.talk.quiet()
        order = await self.talk.service.storage.get(Order, (await self.payment()).order)
        assert order
        return order

    async def payment(self, reference: str = FIRST) -> Payment:
        payment = await self.talk.service.storage.get(Payment, reference)
        assert payment
        return payment

    async def refund(self, refund: str = f"refund-{FIRST}") -> Refund:
        await self.talk.quiet()
        found = await self.talk.service.storage.get(Refund, refund)
        assert found
        return found

    async def ledger(self) -> tuple[LedgerEntry, ...]:
        await self.talk.quiet()
        return await self.talk.service.storage.find(LedgerEntry)


@asynccontextmanager
async def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, payments: str, **given: Any) -> AsyncIterator[Shop]:
    """With these ways to pay, at ten in the morning of a working day."""
    banks = {name: Bank(name) for name in ("stripe", "xendit")}
    for name, bank in banks.items():
        monkeypatch.setitem(PROVIDERS, name, partial(_the_same, bank))
    monkeypatch.setattr(paying, "payment_id", _short)
    talk = await Talk.begin(folder, payments=payments, **given)
    await talk.at_office_hours()
    yield Shop(talk, banks["stripe"], banks["xendit"])
    await talk.end()


def _short(number: int, attempt: int, made_at: datetime) -> str:
    """So that a test can name it."""
    return f"pay-{number}-{attempt}"


def _the_same(bank: Bank, means: Means) -> Bank:
    return bank


async def until(happened: Callable[[], bool]) -> None:
    """Wait for what no person hears of."""
    async with asyncio.timeout(PATIENCE):
        while not happened():
            await asyncio.sleep(0.005)


async def linked(customer: Scripted) -> None:
    """An order, for Thursday at nine, and the link to pay it."""
    await ordered(customer)
    await customer.hears("#1", "Rp 150.000", "Bayar sekarang")
