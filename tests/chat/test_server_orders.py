"""Orders of machines among a customer's own: the list with orders of every kind, one of them, what its buttons do."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.orders import OrderKind, OrderStatus
from domain.servers import ServerStatus
from tests.chat.buying import as_it_is, document, has, linked, machine_of, met, order_of, ordering
from tests.chat.serving import machines_on
from tests.chat.sessions import ordered as ordered_session
from tests.chat.sessions import pay, shows, sneaks
from tests.talk import Scripted, Talk


@pytest.fixture
async def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    ordering(monkeypatch)
    machines_on(monkeypatch, "sandbox", "proxmox", "libcloud")
    begun = await Talk.begin(tmp_path, payments="sandbox", servers="sandbox")
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


async def listed(customer: Scripted, *fragments: str) -> None:
    await customer.says("pesanan saya")
    await customer.hears("Pesanan Anda", *fragments)


async def opens(customer: Scripted, number: int, *fragments: str) -> None:
    """The order, as the list leads to it."""
    await listed(customer, f"#{number} ·")
    await customer.presses(f"#{number} ·")
    title = f"Pesanan #{number}"
    await customer.hears(title if customer.chat.startswith("telegram") else f"*{title}*", *fragments)


# --- shown ---


async def test_orders_of_every_kind_in_one_list(talk: Talk, customer: Scripted) -> None:
    server = await has(talk, customer)
    await linked(talk, customer)
    await sneaks(talk, customer, f"server:{server.id}:renew:3")
    await customer.hears("#2", "Bayar sekarang")
    await ordered_session(customer, number=3)
    await listed(
        customer,
        "#1 · Server Medium · belum dibayar",
        "#2 · Perpanjangan server #17 · belum dibayar",
        "#3 · ",
        "belum dibayar",
    )


async def test_older_orders_are_a_page_further(talk: Talk, customer: Scripted) -> None:
    for number in range(1, 11):
        await linked(talk, customer, number)
    await listed(customer, "1 sampai 8 dari 10", "#10 · Server Medium", "#3 · ", "Berikutnya")
    await customer.presses("Berikutnya")
    await customer.hears("9 sampai 10 dari 10", "#2 · Server Medium", "#1 · ", "Sebelumnya")
    await customer.presses("#1 ·")
    await customer.hears("Pesanan #1" if customer.chat.startswith("telegram") else "*Pesanan #1*", "Belum dibayar")


async def test_an_order_of_a_machine_from_unpaid_to_paid(talk: Talk, customer: Scripted) -> None:
    link = await linked(talk, customer, months=3)
    await opens(
        customer,
        1,
        "Server Medium",
        "3 bulan",
        "Singapura",
        "toko",
        "Rp 759.240, termasuk pajak",
        "Belum dibayar",
        "11.00 WIB",
        "Tautan pembayaran",
        "Batalkan",
        "Invoice proforma",
    )
    await customer.presses("Tautan pembayaran")
    again = await customer.hears("#1", "Rp 759.240", "Bayar")
    assert link in again.text or link in [button.url for row in again.buttons for button in row]
    await pay(link)
    await customer.hears("INV/2026/000001")
    await opens(customer, 1, "Sudah dibayar, sedang kami siapkan", "Lihat server", "Invoice")
    await customer.presses("Lihat server")
    await customer.hears("toko", "Medium")


async def test_an_order_is_its_customer_s_alone(talk: Talk, sari: Scripted) -> None:
    await linked(talk, sari)
    stranger = await met(await talk.new_person("Tono", "telegram"))
    for action in ("show", "link", "cancel", "cancel:yes", "document", "again", "nonsense"):
        await sneaks(talk, stranger, f"order:order-1:{action}")
        await stranger.hears("tidak ada di daftar Anda")
    assert (await order_of(talk)).status is OrderStatus.OPEN


# --- called off ---


async def test_called_off_unpaid_its_place_in_the_stock_is_free(talk: Talk, customer: Scripted) -> None:
    """Jakarta has one large machine."""
    await linked(talk, customer, plan="large", region="jakarta")
    await customer.presses("Batalkan pesanan")
    await customer.hears("Batalkan pesanan #1", "Rp 532.800", "Belum ada yang dibayar")
    await customer.presses("Tidak jadi")
    await shows(customer, "Belum dibayar")
    assert (await machine_of(talk)).status is ServerStatus.ORDERED
    await customer.presses("Batalkan")
    await shows(customer, "Belum ada yang dibayar")
    await customer.presses("Ya, batalkan")
    await customer.hears("Pesanan #1 dibatalkan")
    assert (await order_of(talk)).status is OrderStatus.CANCELLED
    assert (await machine_of(talk)).status is ServerStatus.CANCELLED
    tono = await met(await talk.new_person("Tono", "telegram"))
    await linked(talk, tono, number=2, plan="large", region="jakarta")


@pytest.mark.parametrize(
    ("action", "again", "kind"),
    [("renew:3", "renew:6", OrderKind.RENEWAL), ("plan:medium", "plan:large", OrderKind.PLAN)],
    ids=["renewal", "plan"],
)
async def test_a_machine_whose_order_was_called_off_can_have_another(
    talk: Talk, sari: Scripted, action: str, again: str, kind: OrderKind
) -> None:
    server = await has(talk, sari)
    await sneaks(talk, sari, f"server:{server.id}:{action}")
    await sari.hears("#1", "Bayar sekarang")
    assert (await order_of(talk)).kind is kind
    await opens(sari, 1, "server #17" if kind is OrderKind.RENEWAL else "Server #17 ke paket Medium", "Batalkan")
    await sari.presses("Batalkan")
    await sari.hears("Belum ada yang dibayar")
    await sari.presses("Ya, batalkan")
    await sari.hears("Pesanan #1 dibatalkan")
    server = await as_it_is(talk, server)
    assert (server.renewal, server.change, server.status) == ("", "", ServerStatus.ACTIVE)
    await sneaks(talk, sari, f"server:{server.id}:{again}")
    await sari.hears("#2", "Bayar sekarang")


async def test_paid_in_the_moment_it_was_called_off_it_is_asked_how_it_stands(talk: Talk, sari: Scripted) -> None:
    link = await linked(talk, sari)
    await sari.presses("Batalkan pesanan")
    await sari.hears("Belum ada yang dibayar")
    await pay(link)
    await sari.hears("INV/2026/000001")
    await sneaks(talk, sari, "order:order-1:cancel:yes")
    await sari.hears("Sudah dibayar, sedang kami siapkan")
    assert (await order_of(talk)).status is OrderStatus.OPEN


# --- afterwards ---


async def test_another_one_of_the_same_plan_and_place(talk: Talk, customer: Scripted) -> None:
    await linked(talk, customer)
    await talk.later(timedelta(minutes=61))
    await talk.quiet()
    await opens(customer, 1, "Tidak dibayar pada waktunya", "Pesan lagi")
    await customer.presses("Pesan lagi")
    await customer.hears("mata uang")
    await customer.presses("Rupiah")
    await customer.hears("Sistem operasi apa", "Debian")


async def test_the_documents_once_more(talk: Talk, customer: Scripted) -> None:
    server = await has(talk, customer)
    await sneaks(talk, customer, f"server:{server.id}:renew:12")
    await customer.hears("#1", "Bayar sekarang")
    await opens(customer, 1, "Perpanjangan server #17", "12 bulan", "Invoice proforma")
    await customer.presses("Invoice proforma")
    await customer.hears("Invoice proforma pesanan #1")
    said = await document(customer, "proforma-1.pdf")
    assert "Rp 1.440.000" in said
    assert "-Rp 216.000" in said
    assert "Rp 1.358.640" in said
