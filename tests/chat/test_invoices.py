"""Invoices of machines as their buyers get them: the proforma to pay by, the invoice once it is paid, by chat and by
mail; and their numbers, of which none is missing and none is there twice.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.events import Arrival, Due
from domain.invoices import counter_name
from domain.orders import CALLED_OFF, Order, OrderStatus
from domain.people import Counter
from domain.servers import Server, ServerStatus
from services.failures import Permanent
from simulator.mailbox import Mail
from tests.chat.machines import Yard, opened
from tests.chat.sessions import link_in, pay, sneaks
from tests.services.pdf import words
from tests.talk import Scripted, Talk

FIRST = 30.0
"""Seconds: the first document imports what draws it, which takes long on a busy machine."""
BUDI = "budi@example.com"
NUMBER = re.compile(r"INV/(\d{4})/(\d{6})")


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    seller = {"business_name": "PT Kreasi Awan", "business_tax_id": "01.234.567.8-901.000"}
    async with opened(tmp_path, monkeypatch, payments="sandbox", **seller) as yard:
        yield yard


@pytest.fixture(params=["budi", "sari"])
async def customer(request: pytest.FixtureRequest, yard: Yard) -> Scripted:
    """Once on WhatsApp and once on Telegram."""
    return await met(yard.talk.person(request.param))


@pytest.fixture
async def sari(yard: Yard) -> Scripted:
    return await met(yard.talk.person("sari"))


async def met(customer: Scripted) -> Scripted:
    await customer.says("halo")
    await customer.hears("bantu")
    return customer


async def document(customer: Scripted, name: str) -> list[str]:
    """The words of a document that came in the chat."""
    world = customer.talk.simulator.world

    def found() -> list[str]:
        return [m.media["url"] for m in world.messages(customer.chat) if m.media and m.media["name"] == name]

    url = (await world.wait(found, timeout=FIRST))[-1]
    return words(stored(customer.talk, url))


def stored(talk: Talk, url: str) -> bytes:
    media = talk.simulator.world.media.get(url.rpartition("/")[2])
    assert media is not None
    return media.data


async def mailed(talk: Talk, subject: str) -> Mail:
    def found() -> list[Mail]:
        return [each for each in talk.simulator.mailboxes.of(BUDI) if subject in each.subject]

    mails = await talk.simulator.world.wait(found, timeout=FIRST)
    return mails[-1]


async def test_paid_there_is_an_invoice_in_the_chat_and_by_mail(yard: Yard, customer: Scripted) -> None:
    await pay(await yard.ordered(customer, months=3))
    await customer.hears("Pembayaran", "Rp 759.240", "sudah kami terima")
    await customer.hears("Invoice", "INV/2026/000001", "#1")
    said = await document(customer, "INV-2026-000001.pdf")
    for expected in (
        "PT Kreasi Awan",
        "NPWP 01.234.567.8-901.000",
        "Invoice",
        "INV/2026/000001",
        "Budi",
        BUDI,
        "Rp 720.000",
        "Rp -36.000",
        "PPN 11%",
        "Rp 75.240",
        "Rp 759.240",
        "LUNAS",
    ):
        assert expected in said
    mail = await mailed(yard.talk, "Invoice INV/2026/000001")
    assert mail.attachments[0]["name"] == "INV-2026-000001.pdf"
    order = await yard.order()
    assert order.purchase
    assert order.price == order.purchase.invoice.total
    assert await yard.balance("provider:sandbox") == order.price.amount


async def test_what_is_not_paid_is_a_proforma(yard: Yard, customer: Scripted) -> None:
    await yard.ordered(customer)
    await opened_in_the_list(customer, "Belum dibayar", "Invoice proforma")
    await customer.presses("Invoice proforma")
    await customer.hears("Invoice proforma pesanan #1", "WIB")
    said = await document(customer, "proforma-1.pdf")
    assert "PROFORMA" in said
    assert "Harus dibayar" in said
    assert "bukan faktur pajak" in " ".join(said)
    assert "LUNAS" not in said
    assert NUMBER.search(" ".join(said)) is None


async def opened_in_the_list(customer: Scripted, *fragments: str) -> None:
    await customer.says("pesanan saya")
    await customer.hears("Pesanan Anda", "#1 · Server Medium")
    await customer.presses("#1")
    await customer.hears("Pesanan #1" if customer.chat.startswith("telegram") else "*Pesanan #1*", *fragments)


async def test_money_back_is_on_the_invoice(yard: Yard, sari: Scripted) -> None:
    """The machine could not be made, and ops give the money back."""
    yard.singapore.trouble = [Permanent("no such size")]
    ops = Scripted(yard.talk, "ops", f"telegram:{yard.talk.played.ops_chat_id}")
    await pay(await yard.ordered(sari))
    await ops.hears("Server #1")
    await ops.presses("Kembalikan uangnya")
    await sari.hears("Rp 266.400", "sudah dikembalikan")
    await opened_in_the_list(sari, "Dibatalkan", "Invoice")
    await sari.presses("Invoice")
    await sari.hears("Invoice pesanan #1")
    said = " ".join(await document(sari, "INV-2026-000001.pdf"))
    assert re.search(r"DIKEMBALIKAN · \w+, \d+ \w+ 2026", said)
    assert "LUNAS" not in said
    assert "Rp 266.400 dikembalikan pada" in said


async def test_late_money_that_goes_back_takes_no_number(yard: Yard, sari: Scripted) -> None:
    link = await yard.ordered(sari)
    await sari.presses("Batalkan pesanan")
    await sari.hears("Batalkan pesanan #1", "Rp 266.400", "Belum ada yang dibayar")
    await sari.presses("Ya, batalkan")
    await sari.hears("Pesanan #1 dibatalkan")
    assert (await yard.server()).status is ServerStatus.CANCELLED
    await pay(link)
    await sari.hears("Rp 266.400", "kembalikan")
    order = await yard.order()
    assert order.purchase
    assert (order.status, order.purchase.invoice.number) == (OrderStatus.CANCELLED, "")
    assert await numbers_given(yard) == 0
    await opened_in_the_list(sari, "Dibatalkan")
    assert "Invoice" not in sari.sees()[-1]


async def numbers_given(yard: Yard) -> int:
    at = yard.talk.simulation.clock.now()
    counter = await yard.talk.service.storage.get(Counter, counter_name(at, "Asia/Jakarta"))
    return counter.value if counter else 0


async def test_thirty_customers_pay_at_once_and_no_number_is_missing(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten of them call their order off just then, three had before, five pay twice: whatever comes first, money
    that goes back has no number, and those that have one are counted on.
    """
    monkeypatch.setattr("bot.documents.invoice_pdf", lambda *given: b"%PDF-")  # drawing sixty of them is not the point
    talk = yard.talk
    buyers = [await talk.new_person(f"Pelanggan {count}", "telegram") for count in range(30)]
    await asyncio.gather(*(met(each) for each in buyers))
    at = talk.simulation.clock.now()
    plans = ("medium", "large")
    await talk.service.inbox.accept(
        [
            Arrival(
                source="test",
                external_id=f"order-{count}",
                conversation=f"test:{count}",
                event=Due(name="test-order", record=f"{each.chat}|{plans[count % 2]}|singapore|key|1", at=at),
            )
            for count, each in enumerate(buyers)
        ]
    )
    links = {each.chat: link_in(await each.hears("Bayar")) for each in buyers}
    orders = {each.customer: each for each in await all_orders(talk)}
    for each in buyers[27:]:
        await sneaks(talk, each, f"order:{orders[each.chat].id}:cancel:yes")
        await each.hears("dibatalkan")
    calls = [pay(links[each.chat], "twice" if count < 5 else "pay") for count, each in enumerate(buyers)]
    cancels = [sneaks(talk, each, f"order:{orders[each.chat].id}:cancel:yes") for each in buyers[10:20]]
    await asyncio.gather(*calls, *cancels)
    async with asyncio.timeout(FIRST):
        while [each for each in await all_orders(talk) if each.paid_at is None and each.status not in CALLED_OFF]:
            await asyncio.sleep(0.05)
        while await yard.balance("provider:sandbox") != sum(each.price.amount for each in await kept_orders(talk)):
            await asyncio.sleep(0.05)
    kept = await kept_orders(talk)
    gone = [each for each in await all_orders(talk) if each.status in CALLED_OFF]
    assert len(kept) >= 17
    assert len(gone) >= 3
    assert [each.purchase.invoice.number for each in gone if each.purchase] == [""] * len(gone)
    given = sorted(each.purchase.invoice.number for each in kept if each.purchase)
    assert given == [f"INV/2026/{count:06}" for count in range(1, len(kept) + 1)]
    assert await numbers_given(yard) == len(kept)
    machines = await talk.service.storage.find(Server, limit=100)
    assert sum(each.status is ServerStatus.CANCELLED for each in machines) == len(gone)


async def all_orders(talk: Talk) -> tuple[Order, ...]:
    return await talk.service.storage.find(Order, limit=100)


async def kept_orders(talk: Talk) -> list[Order]:
    return [each for each in await all_orders(talk) if each.status not in CALLED_OFF]
