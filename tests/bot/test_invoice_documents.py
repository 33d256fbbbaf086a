"""Invoices by their orders: what they say before and after the payment, and once money went back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.build import open_storage
from bot.catalog import load_catalog
from bot.channels.base import MediaUnavailable
from bot.documents import Documents
from bot.settings import Settings
from bot.wording import Texts
from domain.invoices import Invoice, Line, numbered
from domain.messages import Text, Value
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Purchase
from domain.payments import Payment, PaymentStatus, Refund, RefundStatus, move_refund, refund_of
from storage.base import Storage
from tests.services.pdf import words

NOW = datetime(2026, 11, 21, 8, 42, tzinfo=UTC)
JAKARTA = "Asia/Jakarta"
BOUGHT: dict[str, Value] = {"plan": "Small", "cpus": 1, "memory": 2, "disk": 40, "months": 1}
INVOICE = Invoice(lines=(Line(Text("invoice-line-term", BOUGHT), Money(800, "USD")),), tax_rate=1_100)
ORDER = Order(
    id="order-5",
    number=5,
    kind=OrderKind.SERVER,
    customer="telegram:1001",
    name="Budi 🎉",
    email="budi@example.com",
    language="en",
    zone="Asia/Jayapura",
    price=INVOICE.total,
    made_at=NOW,
    pay_by=NOW + timedelta(hours=1),
    server="server-5",
    payment="pay-5-1",
    purchase=Purchase(plan="small", months=1, period=1, invoice=INVOICE),
)
PAID = replace(
    ORDER,
    status=OrderStatus.DONE,
    paid_at=NOW,
    purchase=Purchase(plan="small", months=1, period=1, invoice=numbered(INVOICE, 42, at=NOW, zone=JAKARTA)),
)
WORDLESS = Purchase(
    plan="small", months=1, period=1, invoice=Invoice(lines=(Line(Text("gone"), ORDER.price),), tax_rate=0)
)
PAYMENT = Payment(
    id="pay-5-1",
    order="order-5",
    customer="telegram:1001",
    provider="stripe",
    amount=ORDER.price,
    description="",
    status=PaymentStatus.PAID,
    charge="pi_1",
    made_at=NOW,
    deadline_at=ORDER.pay_by,
)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = open_storage(Settings(database_url=f"sqlite:///{tmp_path / 'sahut.db'}"))
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
def documents(storage: Storage) -> Documents:
    settings = Settings(business_name="PT Kreasi Awan", business_address="Jl. Sudirman 28, Jakarta")
    return Documents(storage, Texts(), load_catalog(Path("catalog.toml")), settings)


def refund(share: int, status: RefundStatus = RefundStatus.DONE) -> Refund:
    wanted = refund_of(PAYMENT, PAYMENT.amount.share(share), why="lost", now=NOW)
    return move_refund(wanted, status, what="given", now=NOW + timedelta(days=2))


async def said(documents: Documents) -> str:
    return " | ".join(words((await documents.open("invoice/order-5")).body))


async def test_before_it_is_paid(storage: Storage, documents: Documents) -> None:
    await storage.save(ORDER)
    file = await documents.open("invoice/order-5")
    assert (file.name, file.mime) == ("proforma-5.pdf", "application/pdf")
    found = await said(documents)
    for expected in (
        "PT Kreasi Awan",
        "Jl. Sudirman 28, Jakarta",
        "Proforma invoice",
        "PROFORMA",
        "Pay by | Sat, 21 Nov 2026, 18:42 WIT",
        "Server Small: 1 dedicated vCPU, 2 GB memory, 40 GB disk, 1 month",
        "VAT (PPN) 11% | $ 0.88",
        "Amount due | $ 8.88",
        "neither a tax invoice nor a proof of payment",
    ):
        assert expected in found
    assert "INV/" not in found


async def test_paid_in_the_order_s_language_currency_and_zone(storage: Storage, documents: Documents) -> None:
    await storage.save(PAID, PAYMENT)
    file = await documents.open("invoice/order-5")
    assert file.name == "INV-2026-000042.pdf"
    found = await said(documents)
    for expected in (
        "Number | INV/2026/000042",
        "Date | Sat, 21 Nov 2026",
        "Order | #5",
        "Budi",
        "Total | $ 8.88",
        "PAID",
        "Paid on Sat, 21 Nov 2026, 17:42 WIT by Stripe, payment number pay-5-1.",
    ):
        assert expected in found
    assert (await documents.open("invoice/order-5")).body == file.body


@pytest.mark.parametrize("order", [replace(ORDER, status=OrderStatus.EXPIRED), replace(ORDER, paid_at=NOW)])
async def test_nobody_is_asked_to_pay_what_is_over(storage: Storage, documents: Documents, order: Order) -> None:
    """It may lie in the mail, or be opened late."""
    await storage.save(order)
    found = await said(documents)
    assert "This order is closed and need not be paid any more." in found
    assert "Please pay" not in found
    assert "| PAID" not in found


@pytest.mark.parametrize(
    ("back", "stamp", "note"),
    [
        (refund(100), "REFUNDED · Mon, 23 Nov 2026", "$ 8.88 was returned on Mon, 23 Nov 2026, 17:42 WIT"),
        (refund(50), "PARTLY REFUNDED · Mon, 23 Nov 2026", "$ 4.44 was returned on"),
        (refund(100, RefundStatus.PENDING), "PAID", "Paid on"),
        (refund(100, RefundStatus.FAILED), "PAID", "Paid on"),
    ],
    ids=["all", "half", "on its way", "failed"],
)
async def test_money_that_went_back(
    storage: Storage, documents: Documents, back: Refund, stamp: str, note: str
) -> None:
    await storage.save(replace(PAID, status=OrderStatus.CANCELLED), PAYMENT, back)
    found = await said(documents)
    assert f" | {stamp} | " in found
    assert note in found
    assert "INV/2026/000042" in found


@pytest.mark.parametrize(
    "order",
    [
        None,
        replace(ORDER, customer=""),
        replace(ORDER, purchase=None),
        replace(ORDER, purchase=WORDLESS),
    ],
    ids=["unknown", "forgotten", "a receipt's", "no words"],
)
async def test_what_there_is_no_invoice_of(storage: Storage, documents: Documents, order: Order | None) -> None:
    """For good: nothing that waits behind it is held up."""
    if order:
        await storage.save(order)
    with pytest.raises(MediaUnavailable) as refused:
        await documents.open("invoice/order-5")
    assert type(refused.value) is MediaUnavailable
