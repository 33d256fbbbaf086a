"""Mentors: who they are, what is coming, when they are free, and their buttons."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.bookings import MentorAccount
from domain.orders import Order
from tests.chat.ordering import CODE, SANDBOX, known, ordered, to_the_day, to_the_time, ways_to_pay
from tests.talk import Scripted, Talk


@pytest.fixture(autouse=True)
def one_way_to_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    ways_to_pay(monkeypatch, SANDBOX)


@pytest.fixture
def andi(talk: Talk) -> Scripted:
    """The mentor, on Telegram."""
    return talk.person("andi")


# --- who they are ---


async def test_a_code_makes_a_chat_the_mentors_and_ops_are_told(talk: Talk, andi: Scripted, ops: Scripted) -> None:
    await andi.says(f"/start mentor_{CODE}")
    await andi.hears("Halo, Andi", "/agenda", "/jadwal", "/libur")
    await ops.hears("Mentor Andi", andi.chat)
    (account,) = await talk.service.storage.find(MentorAccount)
    assert (account.id, account.chat) == ("andi", andi.chat)


async def test_a_code_works_once(talk: Talk, andi: Scripted, budi: Scripted, ops: Scripted) -> None:
    await known(andi)
    await budi.says(f"/start mentor_{CODE}")
    await budi.hears("Kode itu tidak berlaku")
    used = budi.sees()[-1]
    await budi.says("/start mentor_andi2026sahuu")
    await talk.quiet()
    assert budi.sees()[-2:] == [used, used]  # a wrong code and a used one are told alike
    (account,) = await talk.service.storage.find(MentorAccount)
    assert account.chat == andi.chat
    await known(andi)  # who it belongs to may open the link again


@pytest.mark.parametrize("code", ["", "andi", "Andi2026sahut", "andi2026sahut x", "é" * 20, "0" * 500])
async def test_a_wrong_code_reveals_nothing(talk: Talk, budi: Scripted, code: str) -> None:
    await budi.says(f"/start mentor_{code}")
    await budi.hears("Kode itu tidak berlaku")
    assert await talk.service.storage.find(MentorAccount) == ()


async def test_of_two_who_use_a_code_at_once_one_is_the_mentor(talk: Talk, andi: Scripted, sari: Scripted) -> None:
    await asyncio.gather(andi.says(f"/start mentor_{CODE}"), sari.says(f"/start mentor_{CODE}"))
    await talk.quiet()
    answers = sorted(["/agenda" in andi.sees()[-1], "/agenda" in sari.sees()[-1]])
    assert answers == [False, True]


async def test_the_commands_are_nobody_elses(talk: Talk, customer: Scripted) -> None:
    await customer.says("/agenda")
    await customer.hears("Selamat datang")
    await customer.says("/jadwal senin -")
    await talk.quiet()
    assert "Jam mengajar" not in " ".join(customer.sees())


# --- what is coming ---


async def test_the_agenda_has_todays_and_the_weeks_sessions(talk: Talk, andi: Scripted, budi: Scripted) -> None:
    await known(andi)
    await andi.says("/agenda")
    await andi.hears("Hari ini", "tidak ada", "Tujuh hari ini")
    await ordered(budi, "09.00")
    await budi.hears("Bayar sekarang")
    await andi.hears("Terima")
    await to_the_time(budi, "hari ini")
    await budi.presses("14.15 WIB")
    await budi.hears("alamat e-mail")
    await budi.says("budi@example.com")
    await budi.hears("Sudah benar?")
    await budi.presses("Pesan sekarang")
    await budi.hears("#2", "kami catat")
    await talk.quiet()
    andi.ignores()
    await andi.says("/agenda")
    await andi.hears("Hari ini", "14.15 WIB: Usaha, Budi (#2)", "menunggu jawaban")
    today, _, week = andi.sees()[-1].partition("Tujuh hari")
    assert "#1" not in today
    assert "09.00 WIB: Usaha, Budi (#1)" in week


# --- when they are free ---


async def test_hours_are_shown_changed_and_put_back(talk: Talk, andi: Scripted, budi: Scripted) -> None:
    await known(andi)
    await andi.says("/jadwal")
    await andi.hears("Senin: 09.00–12.00, 13.00–17.00", "Sabtu: 09.00–12.00", "Minggu: –")
    await andi.says("/jadwal kamis 19.00-21.15")
    await andi.hears("Kamis: 19.00–21.15 (diubah)", "Jumat: 09.00–12.00")
    await to_the_time(budi, "kamis")
    times = budi.sees()[-1]
    assert "19.00 WIB" in times
    assert "20.15 WIB" in times
    assert "09.00 WIB" not in times
    await andi.says("/jadwal kamis-jumat -")
    await andi.hears("Kamis: – (diubah)", "Jumat: – (diubah)")
    await to_the_day(budi)
    await budi.says("jumat")
    await budi.hears("Tidak ada waktu kosong")
    await andi.says("/jadwal Kamis asli")
    await andi.hears("Kamis: 09.00–12.00, 13.00–17.00\n", "Jumat: – (diubah)")


@pytest.mark.parametrize(
    "given", ["senin", "senin pagi", "senin 9", "senin 09.10-12.00", "besok 9-12", "senin 9-12, 11-13", "x" * 5000, "🗓"]
)
async def test_odd_hours_get_a_reason_and_change_nothing(andi: Scripted, given: str) -> None:
    await known(andi)
    await andi.says(f"/jadwal {given}")
    await andi.hears("belum paham jadwalnya")
    await andi.says("/jadwal senin 9-9.45")
    await andi.hears("terlalu pendek", "60 menit")
    await andi.says("/jadwal")
    await andi.hears("Senin: 09.00–12.00, 13.00–17.00\n")


async def test_days_off_are_taken_listed_and_given_back(talk: Talk, andi: Scripted, budi: Scripted) -> None:
    await known(andi)
    await andi.says("/libur")
    await andi.hears("belum punya hari libur")
    await andi.says("/libur besok - lusa")
    await andi.hears("Kam, ", " – Jum, ")
    await andi.says("/libur sabtu")
    await andi.hears("Kam, ", " – Sab, ")
    await to_the_day(budi)
    await budi.says("besok")
    await budi.hears("Tidak ada waktu kosong")
    await andi.says("/libur hapus jumat")
    await andi.hears("Hari libur Anda", "Kam, ", "Sab, ")
    await andi.says("/libur hapus besok")
    await andi.hears("Hari libur Anda", "Sab, ")
    await budi.says("besok")
    await budi.hears("jam berapa")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("natal", "belum paham tanggalnya"),
        ("24/13", "belum paham tanggalnya"),
        ("hapus", "belum paham tanggalnya"),
        ("kemarin", "sudah lewat"),
        ("1/1/2020 - 2/1/2020", "sudah lewat"),
        ("besok - 2090-01-01", "Paling banyak 92 hari"),
        ("9" * 5000, "belum paham tanggalnya"),
    ],
)
async def test_odd_days_off_get_a_reason(andi: Scripted, given: str, said: str) -> None:
    await known(andi)
    await andi.says(f"/libur {given}")
    await andi.hears(said)


async def test_a_session_stays_when_its_day_is_taken_off_and_is_named(
    talk: Talk, andi: Scripted, budi: Scripted
) -> None:
    await known(andi)
    await ordered(budi)
    await andi.hears("Terima")
    await andi.says("/libur besok")
    await andi.hears("Hari libur Anda", "Kam, ")
    await andi.hears("tetap berjalan", "09.00 WIB: Budi (#1)")
    await andi.says("/jadwal kamis 13-17")
    await andi.hears("Kamis: 13.00–17.00 (diubah)")
    await andi.hears("tetap berjalan", "09.00 WIB: Budi (#1)")


async def test_a_mentor_sees_their_own_clock(talk: Talk, andi: Scripted, sari: Scripted) -> None:
    """A customer in Jayapura and a mentor in Jakarta agree on the instant."""
    await known(andi)
    await sari.says("zona waktu")
    await sari.hears("zona waktu mana")
    await sari.presses("WIT (")
    await sari.hears("12.00 WIT")
    await to_the_time(sari)
    await sari.says("11")
    await sari.hears("alamat e-mail")
    await sari.says("sari@example.com")
    await sari.hears("11.00 WIT")
    await sari.presses("Pesan sekarang")
    await sari.hears("11.00 WIT")
    await andi.hears("09.00 WIB", "Terima")


# --- buttons ---


async def test_a_button_works_whatever_was_shown_since(talk: Talk, andi: Scripted, budi: Scripted) -> None:
    await known(andi)
    await ordered(budi)
    asked = await andi.hears("Terima", "Tolak")
    await andi.says("menu")
    await andi.hears("pilih topik")
    await talk.later(timedelta(minutes=30))
    await andi.presses_on(asked, "Terima")
    await talk.quiet()
    (order,) = await talk.service.storage.find(Order)
    assert order.session is not None
    assert order.session.approved_at is not None


async def test_a_button_is_for_its_mentor_alone(talk: Talk, andi: Scripted, budi: Scripted) -> None:
    """The mentor has moved to another chat: what lies in the old one does nothing any more."""
    await known(andi)
    await ordered(budi)
    asked = await andi.hears("Terima", "Tolak")
    (account,) = await talk.service.storage.find(MentorAccount)
    await talk.service.storage.save(replace(account, chat="telegram:3999"))
    await andi.presses_on(asked, "Terima")
    await andi.hears("bukan untuk chat ini")
    (order,) = await talk.service.storage.find(Order)
    assert order.session is not None
    assert order.session.approved_at is None
