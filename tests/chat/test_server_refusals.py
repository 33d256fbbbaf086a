"""Ordering a machine where something is in the way: what is typed, pressed, and cannot be paid."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace as replaced
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from msgspec.structs import replace

from domain.orders import Order
from domain.people import Conversation
from tests.chat.ordering import SANDBOX, ways_to_pay
from tests.chat.serving import (
    ED25519,
    Choices,
    ordered,
    refused,
    servers,
    to_the_access,
    to_the_name,
    to_the_plans,
    to_the_regions,
    to_the_summary,
    to_the_terms,
)
from tests.talk import Scripted, Talk


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path, payments="sandbox")
    await begun.at_office_hours()
    yield begun
    await begun.end()


# --- what is typed ---


async def test_nonsense_has_a_reason_at_every_question_and_changes_nothing(talk: Talk, customer: Scripted) -> None:
    await to_the_plans(customer)
    for odd in ("apa aja boleh", "99", "0", "x" * 4_500):
        await refused(customer, odd, "belum paham", "Paket mana")
    await customer.presses("Small")
    await customer.hears("ditempatkan di mana")
    await refused(customer, "di bulan", "belum paham", "ditempatkan di mana")
    await customer.presses("Jakarta")
    await customer.hears("Sistem operasi")
    await refused(customer, "windows", "belum paham", "Sistem operasi")
    await refused(customer, "rocky linux", "belum paham", "Sistem operasi")
    await customer.presses("Ubuntu")
    await customer.hears("berapa lama")
    for odd in ("24 bulan", "0 bulan", "99999999999999999999 bulan", "2 tahun"):
        await refused(customer, odd, "12 bulan", "berapa lama")
    await refused(customer, "sebentar saja", "belum paham", "berapa lama")
    await customer.says("12 bulan")
    await customer.hears("Bagaimana Anda masuk")
    await refused(customer, "x" * 4_000, "bukan kunci publik SSH yang utuh", "Bagaimana Anda masuk")
    await refused(customer, "nanti saja", "bukan kunci publik SSH yang utuh", "Bagaimana Anda masuk")
    await refused(customer, "🔑", "bukan kunci publik SSH yang utuh", "Bagaimana Anda masuk")
    await customer.says(ED25519)
    await customer.hears("Apa nama server")
    await refused(customer, "toko budi", "satu kata", "Apa nama server")
    await refused(customer, "🚀🚀", "huruf a sampai z", "Apa nama server")
    await refused(customer, "x" * 4_000, "terlalu panjang", "Apa nama server")
    await refused(customer, "192.168.0.1", "hanya angka", "Apa nama server")
    await customer.says("toko-1")
    await customer.hears("alamat e-mail")
    await refused(customer, "budi@gmail", "bukan alamat e-mail", "alamat e-mail mana")
    await customer.says("budi@example.com")
    await customer.hears("12 bulan", "toko-1", "Sudah benar?")
    await refused(customer, "murahin dong", "belum paham", "Sudah benar?")
    assert await servers(talk) == []


@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "document"])
async def test_what_is_no_text_is_answered_and_asked_again(talk: Talk, sari: Scripted, kind: str) -> None:
    await to_the_access(sari)
    await sari.says(media={"kind": kind})
    await sari.hears("Bagaimana Anda masuk")


@pytest.mark.parametrize("to", [to_the_regions, to_the_terms, to_the_access, to_the_name, to_the_summary])
async def test_an_emoji_alone_loses_nothing(customer: Scripted, to: Any) -> None:
    await to(customer)
    asked = customer.sees()[-1].partition("\n")[0]
    await customer.says("🙂🙂🙂")
    await customer.hears(asked)


async def test_a_private_key_is_refused_and_not_kept(talk: Talk, customer: Scripted) -> None:
    key = ed25519.Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    await to_the_access(customer)
    await refused(customer, key.decode(), "kunci *pribadi*" if customer.name == "budi" else "pribadi", "Bagaimana Anda")
    await customer.hears_nothing()
    stored = await talk.service.storage.get(Conversation, customer.chat)
    assert stored is not None
    assert stored.flow is not None
    assert "access" not in stored.flow.answers
    assert "PRIVATE" not in str(stored)


async def test_each_key_that_will_not_do_is_told_why(customer: Scripted) -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key()
    await to_the_access(customer)
    for pasted, reason in (
        (f"{ED25519}\n{ED25519}", "lebih dari satu baris"),
        (f"no-pty {ED25519}", "di depan jenis kuncinya"),
        ("---- BEGIN SSH2 PUBLIC KEY ----", "bentuk yang dipakai OpenSSH"),
        (weak.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode(), "terlalu pendek"),
        ("ssh-dss AAAAB3NzaC1kc3MAAACBAP", "Jenis kunci itu"),
        (ED25519[:50], "bukan kunci publik SSH yang utuh"),
    ):
        await refused(customer, pasted, reason, "Bagaimana Anda masuk")
    await customer.says(f"{ED25519}\r\n")
    await customer.hears("Apa nama server")


async def test_a_name_of_another_machine_of_theirs_is_refused(customer: Scripted) -> None:
    await ordered(customer)
    await to_the_name(customer, Choices(currency=""))
    await refused(customer, "TOKO-1", "sudah punya server", "Apa nama server")
    await customer.says("toko-2")
    await customer.hears("alamat e-mail", "budi@example.com")


async def test_more_is_not_ordered_than_one_pays_for(talk: Talk, customer: Scripted) -> None:
    """Who has three unpaid orders pays or cancels one first."""
    want = Choices(currency="")
    await ordered(customer)
    for number in (2, 3):
        await ordered(customer, replaced(want, hostname=f"toko-{number}"), number)
    await to_the_summary(customer, replaced(want, hostname="toko-4"))
    await customer.presses("Pesan sekarang")
    await customer.hears("3 pesanan server yang belum dibayar", "pesanan saya")
    await talk.quiet()
    assert len(await servers(talk)) == 3
    await talk.later(timedelta(minutes=61))
    await talk.quiet()
    customer.ignores()
    await ordered(customer, replaced(want, hostname="toko-4"), 4)


async def test_two_customers_may_use_one_name(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await ordered(budi)
    await ordered(sari, number=2)
    assert [(server.hostname, server.slot) for server in await servers(talk)] == [("toko-1", 0), ("toko-1", 1)]


async def test_a_question_of_care_in_between_is_answered(customer: Scripted) -> None:
    await to_the_name(customer)
    await customer.says("saldo saya belum masuk")
    await customer.hears("Isi Saldo")
    await customer.hears("Apa nama server")
    await customer.says("menu")
    await customer.hears("lanjutkan yang tadi", "pesanan server")
    await customer.presses("pesanan server")
    await customer.hears("Apa nama server")


# --- back, change, cancel, twice, old buttons ---


async def test_back_at_every_step(customer: Scripted) -> None:
    await to_the_summary(customer)
    for asked in (
        "alamat e-mail",
        "Apa nama server",
        "Bagaimana Anda masuk",
        "berapa lama",
        "Sistem operasi",
        "ditempatkan di mana",
        "Paket mana",
    ):
        await customer.says("kembali")
        await customer.hears(asked)
    await customer.says("kembali")
    await customer.hears("pilih topik")


async def test_every_line_of_the_summary_can_be_changed(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    for label, asked, given, seen in (
        ("Ganti paket", "Paket mana", "medium", "Medium"),
        ("Ganti lokasi", "ditempatkan di mana", "singapura", "Singapura"),
        ("Ganti sistem operasi", "Sistem operasi", "rocky", "Rocky Linux 9"),
        ("Ganti lama sewa", "berapa lama", "6 bulan", "6 bulan"),
        ("Ganti cara masuk", "Bagaimana Anda masuk", "password", "kata sandi sekali pakai"),
        ("Ganti nama server", "Apa nama server", "gudang", "gudang"),
        ("Ganti e-mail", "alamat e-mail", "sari@example.com", "sari@example.com"),
    ):
        await customer.presses(label)
        await customer.hears(asked)
        await customer.says(given)
        await customer.hears("Sudah benar?", seen)
    assert "baru saja berubah" not in " ".join(customer.sees())
    await customer.presses("Pesan sekarang")
    await customer.hears("#1", "gudang", "Rocky Linux 9", "Singapura")
    (server,) = await servers(talk)
    assert (server.shelf, server.secret, server.ssh_key) == ("medium@singapore", server.id, "")


async def test_another_plan_keeps_what_still_fits_it(customer: Scripted) -> None:
    """Rocky is only in Singapore, where there is no small plan."""
    await to_the_summary(customer, Choices(plan="Medium", region="Singapura", image="Rocky"))
    await customer.presses("Ganti paket")
    await customer.hears("Paket mana")
    await customer.presses("Small")
    await customer.hears("tidak tersedia di Singapura")
    await customer.hears("ditempatkan di mana")
    await customer.presses("Jakarta")
    await customer.hears("Rocky Linux 9 tidak tersedia")
    await customer.hears("Sistem operasi")
    await customer.presses("Debian")
    await customer.hears("Sudah benar?", "Small", "Jakarta", "Debian 13", "toko-1")


async def test_cancelling_orders_nothing(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    await customer.presses("Batal")
    await customer.hears("dibatalkan")
    assert await servers(talk) == []


async def test_who_presses_twice_orders_once(talk: Talk, sari: Scripted) -> None:
    await to_the_summary(sari)
    summary = next(each for each in reversed(sari._theirs()) if "Sudah benar?" in each.text)
    order = next(button for row in summary.buttons for button in row if "Pesan sekarang" in button.text)
    pressed = [sari.world.press(sari.name, sari.chat, summary.id, order.id) for _ in range(2)]
    await asyncio.gather(*pressed, return_exceptions=True)
    await sari.hears("#1", "kami catat")
    assert len(await servers(talk)) == 1


async def test_yes_written_twice_orders_once(talk: Talk, budi: Scripted) -> None:
    await to_the_summary(budi)
    await asyncio.gather(budi.says("ya"), budi.says("ya"))
    await budi.hears("#1", "kami catat")
    assert len(await servers(talk)) == 1
    assert len(await talk.service.storage.find(Order)) == 1


async def test_buttons_of_a_question_that_is_over_do_nothing(talk: Talk, sari: Scripted) -> None:
    await to_the_plans(sari)
    plans = next(each for each in reversed(sari._theirs()) if "Paket mana" in each.text)
    large = next(button for row in plans.buttons for button in row if "Large" in button.text)
    await sari.says("small")
    await sari.hears("ditempatkan di mana")
    await sari.world.press(sari.name, sari.chat, plans.id, large.id)
    await sari.hears("Tombol itu sudah tidak berlaku")
    await sari.hears("lanjutkan yang tadi")
    await sari.presses("pesanan server")
    await sari.hears("Server Small ditempatkan di mana")


async def test_a_restart_in_the_middle_changes_nothing(talk: Talk, customer: Scripted) -> None:
    await to_the_name(customer)
    await talk.restart()
    await customer.says("toko-1")
    await customer.hears("alamat e-mail")
    await customer.says("budi@example.com")
    await customer.hears("Sudah benar?", "Small", "SHA256:")


# --- money ---


async def test_the_currency_is_asked_once_and_can_be_changed(talk: Talk, customer: Scripted) -> None:
    await to_the_plans(customer)
    await customer.says("vps")
    await customer.hears("Paket mana", "Rp 120.000")
    await customer.presses("Ganti mata uang")
    await customer.hears("mata uang apa")
    await refused(customer, "dogecoin", "belum paham", "mata uang apa")
    await customer.says("dolar")
    await customer.hears("Paket mana", "US$ 8,00")
    await customer.says("ganti mata uang")
    await customer.hears("mata uang apa")
    await customer.says("rupiah")
    await customer.hears("Rupiah", "Lanjutkan yang tadi")
    await customer.presses("Lanjutkan yang tadi")
    await customer.hears("Paket mana", "Rp 120.000")


async def test_the_currency_can_be_chosen_before_anything_is_ordered(customer: Scripted) -> None:
    await customer.says("ganti mata uang")
    await customer.hears("mata uang apa")
    await customer.presses("Dolar AS")
    await customer.hears("Dolar AS", "Server (VM)")
    await customer.presses("Server (VM)")
    await customer.hears("Paket mana", "US$ 8,00")


async def test_from_the_summary_the_currency_alone_is_changed(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    await customer.presses("Ganti mata uang")
    await customer.hears("mata uang apa")
    await customer.says("kembali")
    await customer.hears("Sudah benar?", "Rp 133.200")
    await customer.presses("Ganti mata uang")
    await customer.hears("mata uang apa")
    await customer.presses("Dolar AS")
    await customer.hears("Sudah benar?", "US$ 8,88", "toko-1")
    await customer.presses("Pesan sekarang")
    await customer.hears("#1", "US$ 8,88")


async def test_the_word_in_the_midst_of_an_order_comes_back_to_it(customer: Scripted) -> None:
    await to_the_summary(customer)
    await customer.says("ganti mata uang")
    await customer.hears("mata uang apa")
    await customer.says("usd")
    await customer.hears("Dolar AS (USD)", "Lanjutkan yang tadi")
    await customer.presses("Lanjutkan yang tadi")
    await customer.hears("Sudah benar?", "US$ 8,88")


async def test_only_currencies_that_can_be_paid_are_offered(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways_to_pay(monkeypatch, SANDBOX)
    talk = await Talk.begin(tmp_path_factory.mktemp("rupiah"))
    await talk.at_office_hours()
    sari = talk.person("sari")
    await to_the_plans(sari, Choices(currency=""))
    assert "mata uang" not in sari.sees()[-1]
    await sari.says("ganti mata uang")
    await sari.hears("satu mata uang")
    await talk.end()


async def test_where_nothing_can_be_paid_ops_know(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways_to_pay(monkeypatch)
    talk = await Talk.begin(tmp_path_factory.mktemp("none"))
    await talk.at_office_hours()
    sari, ops = talk.person("sari"), Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
    await sari.says("vps")
    await sari.hears("belum bisa dibayar")
    await ops.hears("Server tidak bisa dipesan", "PAYMENTS")
    await talk.end()


async def test_a_term_that_is_too_dear_for_every_way_to_pay_is_refused(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways_to_pay(monkeypatch, replace(SANDBOX, takes={"IDR": (1, 1_000_000)}))
    talk = await Talk.begin(tmp_path_factory.mktemp("dear"))
    await talk.at_office_hours()
    sari, ops = talk.person("sari"), Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
    await to_the_terms(sari, Choices(currency=""))
    await sari.presses("12 bulan")
    await sari.hears("Rp 1.358.640 belum bisa dibayar")
    await sari.hears("berapa lama")
    await ops.hears("Rp 1.358.640", "Small")
    await sari.presses("3 bulan")
    await sari.hears("Bagaimana Anda masuk")
    await talk.end()
