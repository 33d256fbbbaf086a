"""Invoices of machines as their buyers get them: the proforma to pay by, the invoice once it is paid, by chat and by
mail; and their numbers, of which none is missing and none is there twice.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.invoices import counter_name
from domain.ledger import LedgerEntry, balance
from domain.orders import CALLED_OFF, Order, OrderStatus
from domain.people import Counter
from domain.servers import Server, ServerStatus
from tests.chat.buying import (
    FIRST,
    NUMBER,
    address_of,
    attached,
    document,
    linked,
    machine_of,
    mailed,
    met,
    order_of,
    ordering,
    orders,
)
from tests.chat.sessions import link_in, pay, sneaks
from tests.talk import Scripted, Talk


@pytest.fixture
async def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    ordering(monkeypatch)
    begun = await Talk.begin(
        tmp_path,
        payments="sandbox",
        servers="sandbox",
        business_name="PT Kreasi Awan",
        business_tax_id="01.234.567.8-901.000",
    )
    await begun.at_office_hours()
    yield begun
    await begun.end()


@pytest.fixture(params=["budi", "sari"])
async def customer(request: pytest.FixtureRequest, talk: Talk) -> Scripted:
    """Once on WhatsApp and once on Telegram."""
    return await met(talk.person(request.param))


@pytest.fixture
async def sari(talk: Talk) -> Scripted:
    return await met(talk.person("sari"))


async def at_the_provider(talk: Talk) -> int:
    entries = await talk.service.storage.find(LedgerEntry, limit=1000)
    return balance(entries, "provider:sandbox", "IDR").amount


# --- one order ---


async def test_ordered_there_is_a_proforma_in_the_chat_and_by_mail(talk: Talk, customer: Scripted) -> None:
    await orders(talk, customer)
    await customer.hears("Invoice proforma pesanan #1", "11.00 WIB")
    said = await document(customer, "proforma-1.pdf")
    for expected in ("Invoice proforma", "PROFORMA", "Harus dibayar", "Rp 266.400", "Rab, 25 Nov 2026, 11.00 WIB"):
        assert expected in said
    assert "bukan faktur pajak" in " ".join(said)
    assert "LUNAS" not in said
    assert NUMBER.search(" ".join(said)) is None
    mail = await mailed(talk, customer, "Pesanan #1: bayar paling lambat Rab, 25 Nov 2026, 11.00 WIB")
    assert mail.attachments[0]["name"] == "proforma-1.pdf"
    assert attached(talk, mail) == said


async def test_paid_there_is_an_invoice_in_the_chat_and_by_mail(talk: Talk, customer: Scripted) -> None:
    await pay(await linked(talk, customer, months=3))
    await customer.hears("Pembayaran", "Rp 759.240", "sudah kami terima")
    await customer.hears("Invoice", "INV/2026/000001", "#1")
    said = await document(customer, "INV-2026-000001.pdf")
    for expected in (
        "PT Kreasi Awan",
        "NPWP 01.234.567.8-901.000",
        "Invoice",
        "INV/2026/000001",
        "#1",
        address_of(customer.chat),
        "Rp 720.000",
        "-Rp 36.000",
        "PPN 11%",
        "Rp 75.240",
        "Rp 759.240",
        "LUNAS",
    ):
        assert expected in said
    mail = await mailed(talk, customer, "Invoice INV/2026/000001")
    assert mail.attachments[0]["name"] == "INV-2026-000001.pdf"
    assert attached(talk, mail) == said
    order = await order_of(talk)
    assert order.purchase
    assert order.price == order.purchase.invoice.total
    assert await at_the_provider(talk) == order.price.amount == 759_240


async def test_in_english_and_dollars(talk: Talk) -> None:
    joan = await met(await talk.new_person("Joan", "telegram", "en"), "en")
    await orders(talk, joan, currency="USD")
    await pay(link_in(await joan.hears("$ 17.76", "Pay now")))
    await joan.hears("Invoice", "INV/2026/000001")
    said = await document(joan, "INV-2026-000001.pdf")
    for expected in ("Billed to", "Joan", "Subtotal", "$ 16.00", "VAT (PPN) 11%", "$ 1.76", "$ 17.76", "PAID"):
        assert expected in said


async def test_money_that_goes_back_at_once_takes_no_number(talk: Talk, sari: Scripted) -> None:
    link = await linked(talk, sari)
    await sari.presses("Batalkan pesanan")
    await sari.hears("Batalkan pesanan #1", "Rp 266.400", "Belum ada yang dibayar")
    await sari.presses("Ya, batalkan")
    await sari.hears("Pesanan #1 dibatalkan")
    assert (await machine_of(talk)).status is ServerStatus.CANCELLED
    await pay(link)
    await sari.hears("Rp 266.400", "kembalikan", "sudah berakhir")
    order = await order_of(talk)
    assert order.purchase
    assert (order.status, order.purchase.invoice.number) == (OrderStatus.CANCELLED, "")
    assert await numbers_given(talk) == 0


async def test_money_that_goes_back_later_is_on_the_invoice(talk: Talk, sari: Scripted) -> None:
    """Its machine could not be made, and ops give the money back."""
    ops = Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
    await pay(await linked(talk, sari))
    await sari.hears("INV/2026/000001")
    await talk.quiet()
    await ops.hears("Server #1", "tidak berhasil dibuat")
    await ops.presses("Kembalikan uangnya")
    await sari.hears("Rp 266.400", "sudah dikembalikan")
    await sari.says("pesanan saya")
    await sari.hears("#1 · Server Medium", "dibatalkan")
    await sari.presses("#1")
    await sari.hears("Pesanan #1", "Dibatalkan", "Invoice")
    await sari.presses("Invoice")
    await sari.hears("Invoice pesanan #1")
    said = " ".join(await document(sari, "INV-2026-000001.pdf"))
    assert re.search(r"DIKEMBALIKAN · \w+, \d+ \w+ 2026", said)
    assert "LUNAS" not in said
    assert "Rp 266.400 dikembalikan pada" in said


# --- numbers ---


async def numbers_given(talk: Talk) -> int:
    counter = await talk.service.storage.get(Counter, counter_name(talk.simulation.clock.now(), "Asia/Jakarta"))
    return counter.value if counter else 0


async def all_orders(talk: Talk) -> tuple[Order, ...]:
    return await talk.service.storage.find(Order, limit=100)


async def kept_orders(talk: Talk) -> list[Order]:
    return [each for each in await all_orders(talk) if each.status not in CALLED_OFF]


async def test_thirty_customers_pay_at_once_and_no_number_is_missing(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of them call their order off just then, three had before, five pay twice: whatever comes first, money that
    goes back has no number, and those that have one are counted on.
    """
    monkeypatch.setattr("bot.documents.invoice_pdf", lambda *given: b"%PDF-")  # drawing them is not the point
    buyers = [await talk.new_person(f"Pelanggan {count}", "telegram") for count in range(30)]
    await asyncio.gather(*(met(each) for each in buyers))
    await asyncio.gather(orders(talk, *buyers[::2]), orders(talk, *buyers[1::2], plan="large"))
    links = {each.chat: link_in(await each.hears("Bayar sekarang")) for each in buyers}
    theirs = {each.customer: each for each in await all_orders(talk)}
    for each in buyers[27:]:
        await sneaks(talk, each, f"order:{theirs[each.chat].id}:cancel:yes")
        await each.hears("dibatalkan")
    calls = [pay(links[each.chat], "twice" if count < 5 else "pay") for count, each in enumerate(buyers)]
    cancels = [sneaks(talk, each, f"order:{theirs[each.chat].id}:cancel:yes") for each in buyers[10:20]]
    await asyncio.gather(*calls, *cancels)
    async with asyncio.timeout(FIRST):
        while [each for each in await all_orders(talk) if each.paid_at is None and each.status not in CALLED_OFF]:
            await asyncio.sleep(0.05)
        while await at_the_provider(talk) != sum(each.price.amount for each in await kept_orders(talk)):
            await asyncio.sleep(0.05)
    kept = await kept_orders(talk)
    gone = [each for each in await all_orders(talk) if each.status in CALLED_OFF]
    assert len(kept) >= 17
    assert len(gone) >= 3
    assert [each.purchase.invoice.number for each in gone if each.purchase] == [""] * len(gone)
    given = sorted(each.purchase.invoice.number for each in kept if each.purchase)
    assert given == [f"INV/2026/{count:06}" for count in range(1, len(kept) + 1)]
    assert await numbers_given(talk) == len(kept)
    machines = await talk.service.storage.find(Server, limit=100)
    assert sum(each.status is ServerStatus.CANCELLED for each in machines) == len(gone)
