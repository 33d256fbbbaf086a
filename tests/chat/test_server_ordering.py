"""Ordering a machine, as a person goes through it; and two who want the last one."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.money import Money
from domain.orders import OrderKind, OrderStatus
from domain.servers import ServerStatus
from tests.chat.ordering import OTHER, SANDBOX, ways_to_pay
from tests.chat.serving import (
    ED25519,
    Choices,
    linked,
    order_of,
    server_of,
    to_the_name,
    to_the_summary,
)
from tests.talk import Scripted, Talk

FIRST = 30.0
"""Seconds for what is made with libraries that take long to load."""
LAST = Choices(plan="Large", hostname="besar")
"""Jakarta has one of it."""


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path, payments="sandbox")
    await begun.at_office_hours()
    yield begun
    await begun.end()


# --- the way through ---


async def test_from_the_menu_to_the_link(talk: Talk, customer: Scripted) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang", "Pesan", "Pesanan saya", "Bicara dengan CS")
    await customer.presses("🛒 Pesan")
    await customer.hears("Mau pesan apa", "Mentoring", "Server (VM)")
    await customer.presses("Server (VM)")
    await customer.hears("mata uang apa", "Rupiah", "Dolar AS")
    await customer.presses("Rupiah")
    await customer.hears(
        "Small", "1 vCPU khusus, memori 2 GB, disk 25 GB, trafik 1 TB", "Rp 120.000 per bulan", "Large"
    )
    await customer.presses("Medium")
    await customer.hears("ditempatkan di mana", "Jakarta", "Singapura")
    await customer.presses("Jakarta")
    await customer.hears("Sistem operasi", "Ubuntu 24.04", "Debian 13")
    assert "Rocky" not in customer.sees()[-1]
    await customer.presses("Debian")
    await customer.hears("1 bulan: Rp 240.000", "3 bulan: Rp 684.000, hemat 5%", "12 bulan")
    await customer.presses("3 bulan")
    await customer.hears("kunci publik SSH", "Kata sandi sekali pakai")
    await customer.says(ED25519)
    await customer.hears("Apa nama server", "vm-1")
    await customer.says("Web.TokoBudi.id")
    await customer.hears("alamat e-mail")
    await customer.says("Email saya Budi.Santoso@Example.com ya")
    summary = await customer.hears(
        "Medium", "Jakarta", "Debian 13", "3 bulan", "SHA256:", "web.tokobudi.id", "Sudah benar"
    )
    for line in (
        "Rp 720.000",
        "Potongan 5% untuk jangka waktu: -Rp 36.000",
        "Sebelum pajak: Rp 684.000",
        "PPN 11%: Rp 75.240",
    ):
        assert line in summary.text
    assert "Rp 759.240" in summary.text
    await customer.presses("Pesan sekarang")
    await customer.hears("#1", "kami catat", "web.tokobudi.id", "Rp 759.240", "bayar sebelum", "Pesanan saya")
    await customer.hears("#1", "Rp 759.240", "Bayar sekarang")
    order, server = await order_of(talk), await server_of(talk)
    assert (order.kind, order.status, order.price) == (OrderKind.SERVER, OrderStatus.OPEN, Money(759_240, "IDR"))
    assert order.due_at == order.pay_by == order.made_at + timedelta(hours=1)
    assert order.purchase is not None
    assert (order.purchase.plan, order.purchase.months, order.purchase.period) == ("medium", 3, 1)
    assert (order.purchase.invoice.net, order.purchase.invoice.number) == (Money(684_000, "IDR"), "")
    assert (server.status, server.order, order.server) == (ServerStatus.ORDERED, order.id, server.id)
    assert (server.shelf, server.slot, server.provider) == ("medium@jakarta", 0, "proxmox")
    assert (server.hostname, server.user, server.ssh_key) == ("web.tokobudi.id", "debian", ED25519)
    assert (server.secret, server.customer, server.email) == ("", customer.chat, "Budi.Santoso@example.com")


async def test_the_proforma_comes_by_mail_too(talk: Talk, customer: Scripted) -> None:
    await linked(customer)
    mails = talk.simulator.mailboxes
    (mail,) = await talk.simulator.world.wait(lambda: mails.of("budi@example.com"), timeout=FIRST)
    assert mail.subject.startswith("Pesanan #1: bayar paling lambat")
    assert "Rp 133.200" in mail.text
    assert [each["name"] for each in mail.attachments] == ["proforma-1.pdf"]


async def test_it_can_all_be_written(talk: Talk, customer: Scripted) -> None:
    await customer.says("saya mau sewa vps dong kak")
    await customer.hears("mata uang apa")
    await customer.says("rupiah aja")
    await customer.hears("Paket mana")
    await customer.says("yang small")
    await customer.hears("ditempatkan di mana")
    await customer.says("di jakarta")
    await customer.hears("Sistem operasi")
    await customer.says("ubuntu")
    await customer.hears("berapa lama")
    await customer.says("setahun")
    await customer.hears("Bagaimana Anda masuk")
    await customer.says("pakai password saja")
    await customer.hears("Apa nama server", "vm-1")
    await customer.says("1")
    await customer.hears("alamat e-mail")
    await customer.says("budi@example.com")
    await customer.hears("12 bulan", "kata sandi sekali pakai", "vm-1", "Sudah benar?")
    await customer.says("ya")
    await customer.hears("#1", "kami catat")
    server = await server_of(talk)
    assert (server.ssh_key, server.secret) == ("", server.id)


async def test_in_english(talk: Talk, customer: Scripted) -> None:
    await customer.says("English")
    await customer.hears("English")
    await customer.says("i need a server")
    await customer.hears("which currency", "US dollar")
    await customer.says("usd")
    await customer.hears("Which plan", "1 dedicated vCPU", "$ 8.00 a month")
    await customer.says("2")
    await customer.hears("Where should", "Singapore")
    await customer.says("singapore")
    await customer.hears("Which operating system", "Rocky Linux")
    await customer.says("rocky")
    await customer.hears("For how long", "1 month: $ 16.00", "3 months: $ 45.60, 5% off")
    await customer.says("1")
    await customer.hears("SSH public key")
    await customer.presses("One-time password")
    await customer.hears("be called")
    await customer.says("shop")
    await customer.hears("e-mail")
    await customer.says("budi@example.com")
    await customer.hears("Is all this right", "VAT (PPN) 11%: $ 1.76", "$ 17.76")
    await customer.presses("Order now")
    await customer.hears("#1", "is noted", "$ 17.76")
    assert (await order_of(talk)).price == Money(1776, "USD")
    assert (await server_of(talk)).provider == "libcloud"


@pytest.mark.parametrize("word", ["VM", "Server", "vps", "cloud", "/vm", "mau sewa server", "ada vps murah?"])
async def test_the_words_that_name_a_machine(sari: Scripted, word: str) -> None:
    await sari.says(word)
    await sari.hears("mata uang apa")


async def test_a_machine_may_be_called_by_such_a_word(talk: Talk, customer: Scripted) -> None:
    await to_the_name(customer)
    await customer.says("Server")
    await customer.hears("alamat e-mail")
    await customer.says("vps")
    await customer.hears("Paket mana")


async def test_words_of_mentoring_still_lead_there(customer: Scripted) -> None:
    await customer.says("mentoring")
    await customer.hears("Topik apa")
    await customer.says("pesan")
    await customer.hears("Mau pesan apa")
    await customer.presses("Mentoring")
    await customer.hears("Topik apa")


async def test_where_only_one_can_be_ordered_it_begins_at_once(talk: Talk, customer: Scripted) -> None:
    talk.service._turns._catalog = replace(talk.simulation.catalog, mentoring=None)
    await customer.says("pesan")
    await customer.hears("mata uang apa")
    talk.service._turns._catalog = replace(talk.simulation.catalog, servers=None)
    await customer.says("pesan")
    await customer.hears("Topik apa")
    await customer.says("vps")
    await customer.hears("server belum tersedia")
    talk.service._turns._catalog = replace(talk.simulation.catalog, servers=None, mentoring=None)
    await customer.says("pesan")
    await customer.hears("belum ada yang bisa dipesan")


async def test_where_nothing_can_be_ordered_the_menu_says_nothing_of_it(talk: Talk, sari: Scripted) -> None:
    talk.service._turns._catalog = replace(talk.simulation.catalog, servers=None, mentoring=None)
    await sari.says("menu")
    await sari.hears("Bicara dengan CS")
    assert "Pesan" not in sari.sees()[-1]


async def test_where_two_ways_to_pay_take_it_one_is_chosen(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways_to_pay(monkeypatch, SANDBOX, OTHER)
    talk = await Talk.begin(tmp_path_factory.mktemp("two"))
    await talk.at_office_hours()
    budi = talk.person("budi")
    await to_the_summary(budi, Choices(currency=""))
    await budi.presses("Pesan sekarang")
    await budi.hears("lewat apa", "Rp 133.200")
    await budi.says("kembali")
    await budi.hears("Sudah benar?")
    await budi.presses("Pesan sekarang")
    await budi.hears("lewat apa")
    await budi.says("2")
    await budi.hears("#1", "kami catat")
    await talk.end()
