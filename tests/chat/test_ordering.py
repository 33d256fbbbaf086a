"""Ordering a session, as a person goes through it; and two who want the same time."""

import asyncio
from datetime import timedelta

import pytest
from msgspec.structs import replace

from domain.bookings import Booking
from domain.orders import Order, OrderStatus
from tests.chat.ordering import OTHER, SANDBOX, ordered, to_the_day, to_the_summary, to_the_time, ways_to_pay
from tests.talk import Scripted, Talk


@pytest.fixture(autouse=True)
def one_way_to_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    ways_to_pay(monkeypatch, SANDBOX)


async def orders(talk: Talk) -> list[Order]:
    await talk.quiet()
    return list(await talk.service.storage.find(Order))


async def standing(talk: Talk) -> list[Booking]:
    """The bookings that are in the way of others."""
    await talk.quiet()
    now = talk.simulation.clock.now()
    return [each for each in await talk.service.storage.find(Booking, limit=1000) if each.is_taken(now)]


# --- the way through ---


async def test_from_the_menu_to_the_order(talk: Talk, customer: Scripted) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang", "Pesan", "Pesanan saya", "Bicara dengan CS")
    await customer.presses("Pesan")
    await customer.hears("Mau pesan apa", "Mentoring", "Server (VM)")
    await customer.presses("Mentoring")
    await customer.hears("Topik apa", "Pemrograman", "Python")
    await customer.presses("Pemrograman")
    await customer.hears("Andi", "Rp 150.000", "60 menit", "paling cepat Rab", "WIB")
    await customer.presses("Andi")
    await customer.hears("Hari apa", "Kam, ", "Ganti zona", "Kembali")
    await customer.presses("Kam, ")
    await customer.hears("Kam, ", "jam berapa", "09.00 WIB", "10.15 WIB", "13.00 WIB")
    await customer.presses("10.15 WIB")
    await customer.hears("alamat e-mail")
    await customer.says("Email saya Budi.Santoso@Example.com ya")
    await customer.hears("Pemrograman", "Andi", "Kam, ", "10.15 WIB", "Budi.Santoso@example.com", "Rp 150.000")
    await customer.presses("Pesan sekarang")
    await customer.hears("#1", "kami catat", "10.15 WIB", "Tautan pembayaran", "bayar sebelum", "Pesanan saya")
    (order,) = await orders(talk)
    (booking,) = await standing(talk)
    assert (order.status, order.zone, order.customer) == (OrderStatus.OPEN, "Asia/Jakarta", customer.chat)
    assert order.session is not None
    assert (booking.order, booking.id) == (order.id, order.session.booking)
    assert booking.held_until == order.pay_by + timedelta(minutes=2)
    assert booking.starts_at.strftime("%H.%M") == "03.15"


async def test_it_can_all_be_written(customer: Scripted) -> None:
    await customer.says("saya mau pesan sesi mentoring dong")
    await customer.hears("Topik apa")
    await customer.says("yang pemrograman")
    await customer.hears("Dengan siapa")
    await customer.says("kak andi")
    await customer.hears("Hari apa")
    await customer.says("besok ya")
    await customer.hears("jam berapa")
    await customer.says("jam 1 siang")
    await customer.hears("alamat e-mail")
    await customer.says("budi@example.com")
    await customer.hears("13.00 WIB", "Sudah benar?")
    await customer.says("ya")
    await customer.hears("#1", "kami catat")


async def test_a_subject_is_found_by_what_it_is_about(customer: Scripted) -> None:
    await customer.says("mentoring")
    await customer.hears("Topik apa")
    await customer.says("Python")
    await customer.hears("Dengan siapa", "Andi")


async def test_in_english(customer: Scripted) -> None:
    await customer.says("English")
    await customer.hears("English")
    await customer.says("book a mentor")
    await customer.hears("Which topic", "Programming")
    await customer.says("programming")
    await customer.hears("With whom", "earliest Wed")
    await customer.says("1")
    await customer.hears("On which day")
    await customer.says("tomorrow")
    await customer.hears("at what time", "09:00 WIB")
    await customer.says("1 pm")
    await customer.hears("e-mail")
    await customer.says("budi@example.com")
    await customer.hears("Is all this right", "13:00 WIB")
    await customer.presses("Order now")
    await customer.hears("#1", "is noted")


async def test_who_ordered_before_is_offered_their_address(talk: Talk, customer: Scripted) -> None:
    await ordered(customer)
    await customer.hears("#1", "Bayar sekarang")
    await to_the_time(customer)
    await customer.says("13.00")
    await customer.hears("alamat e-mail", f"{customer.name}@example.com")
    await customer.presses(f"{customer.name}@example.com")
    await customer.hears("Sudah benar?", f"{customer.name}@example.com")
    await customer.presses("Pesan sekarang")
    await customer.hears("#2", "kami catat")
    assert len(await standing(talk)) == 2


async def test_buttons_of_the_question_in_hand_outlast_news_of_an_order(talk: Talk, sari: Scripted) -> None:
    await ordered(sari)
    await sari.hears("#1", "Bayar sekarang")
    await sari.says("mentoring")
    await sari.hears("Topik apa")
    await talk.later(timedelta(minutes=50))
    await sari.hears("#1", "belum dibayar")
    await sari.presses("Usaha")
    await sari.hears("Dengan siapa")


async def test_where_there_are_two_ways_to_pay_one_is_chosen(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways_to_pay(monkeypatch, SANDBOX, OTHER)
    talk = await Talk.begin(tmp_path_factory.mktemp("two"))
    await talk.at_office_hours()
    budi = talk.person("budi")
    await to_the_summary(budi)
    await budi.presses("Pesan sekarang")
    await budi.hears("lewat apa", "Rp 150.000")
    await budi.says("kembali")
    await budi.hears("Sudah benar?")
    await budi.presses("Pesan sekarang")
    await budi.hears("lewat apa")
    await budi.says("2")
    await budi.hears("#1", "kami catat")
    await talk.end()


async def test_what_nobody_can_be_paid_for_is_said_at_once(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways_to_pay(monkeypatch)
    talk = await Talk.begin(tmp_path_factory.mktemp("none"))
    await talk.at_office_hours()
    budi, ops = talk.person("budi"), Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
    await budi.says("mentoring")
    await budi.hears("Topik apa")
    await budi.presses("Pemrograman")
    await budi.hears("Dengan siapa")
    await budi.presses("Andi")
    await budi.hears("belum bisa dibayar")
    await ops.hears("Rp 150.000", "Andi", "PAYMENTS")
    await talk.end()


async def test_where_mentoring_is_not_offered(talk: Talk, sari: Scripted) -> None:
    talk.service._turns._catalog = replace(talk.simulation.catalog, mentoring=None)
    await sari.says("mentoring")
    await sari.hears("belum tersedia")
    await sari.says("menu")
    await sari.hears("pilih topik")
    assert "Mentoring" not in sari.sees()[-1]


# --- back, change, cancel ---


async def test_back_at_every_step(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    for asked in ("alamat e-mail", "jam berapa", "Hari apa", "Dengan siapa", "Topik apa"):
        await customer.says("kembali")
        await customer.hears(asked)
    await customer.says("kembali")
    await customer.hears("pilih topik")


async def test_every_line_of_the_summary_can_be_changed(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    await customer.presses("Ganti e-mail")
    await customer.hears("alamat e-mail")
    await customer.says("sari@example.com")
    await customer.hears("Sudah benar?", "sari@example.com", "09.00 WIB")
    await customer.presses("Ganti waktu")
    await customer.hears("Hari apa")
    await customer.says("besok")
    await customer.hears("jam berapa", "09.00 WIB")
    await customer.says("kembali")
    await customer.hears("Hari apa")
    await customer.says("besok")
    await customer.hears("jam berapa")
    await customer.says("15.30")
    await customer.hears("Sudah benar?", "15.30 WIB", "sari@example.com")
    (booking,) = await standing(talk)
    assert booking.starts_at.strftime("%H.%M") == "08.30"
    await customer.presses("Ganti mentor")
    await customer.hears("Dengan siapa")
    await customer.presses("Maya")
    await customer.hears("Hari apa", "Maya")
    await customer.says("besok")
    await customer.hears("jam berapa", "09.00 WIB")
    await customer.says("9")
    await customer.hears("Sudah benar?", "Maya", "Rp 200.000")
    (moved,) = await standing(talk)
    assert (moved.id, moved.mentor) == (booking.id, "maya")
    await customer.presses("Ganti topik")
    await customer.hears("Topik apa")


async def test_cancelling_gives_the_time_back(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    assert len(await standing(talk)) == 1
    await customer.presses("Batal")
    await customer.hears("dibatalkan")
    assert await standing(talk) == []
    assert await orders(talk) == []


# --- what people write ---


async def test_a_time_between_those_on_offer_can_be_had_where_it_is_free(talk: Talk, customer: Scripted) -> None:
    await to_the_time(customer)
    for given in ("11.30", "14.05", "18.00"):
        await customer.says(given)
        await customer.hears("tidak tersedia")
        await customer.hears("jam berapa", "13.00 WIB", "14.15 WIB")
    await customer.says("jam 2 siang")
    await customer.hears("alamat e-mail")
    (booking,) = await standing(talk)
    assert booking.starts_at.strftime("%H.%M") == "07.00"


async def test_what_is_no_answer_gets_a_reason_and_loses_nothing(talk: Talk, customer: Scripted) -> None:
    await to_the_day(customer)
    for given, reason in (
        ("kemarin", "sudah lewat"),
        ("1/1/2020", "sudah lewat"),
        ("2035-01-01", "terlalu jauh"),
        ("31/2", "belum paham harinya"),
        ("99", "belum paham harinya"),
        ("🗓️", "belum paham"),
        ("hari" * 1250, "belum paham"),
    ):
        await customer.says(given)
        await customer.hears(reason)
        await customer.hears("Hari apa")
    await customer.says("besok")
    await customer.hears("jam berapa")
    for given, reason in (
        ("23.00", "tidak tersedia"),
        ("jam 25", "belum paham jamnya"),
        ("99", "belum paham jamnya"),
        ("🕘", "belum paham"),
        ("9" * 5000, "belum paham jamnya"),
    ):
        await customer.says(given)
        await customer.hears(reason)
        await customer.hears("jam berapa", "09.00 WIB")
    await customer.says("9")
    await customer.hears("alamat e-mail")
    for given in (
        "budi.gmail.com",
        "budi@",
        "@gmail.com",
        "budi@gmail",
        "a@b.co c@d.co",
        "x" * 5000,
        f"{'x' * 5000}@x.id",
    ):
        await customer.says(given)
        await customer.hears("bukan alamat e-mail")
        await customer.hears("alamat e-mail mana")
    await customer.says("📧")
    await customer.hears("alamat e-mail mana")
    await customer.says("budi@example.com")
    await customer.hears("Sudah benar?", "09.00 WIB")


async def test_a_question_of_care_in_between_is_answered(customer: Scripted) -> None:
    await to_the_time(customer)
    await customer.says("saldo saya belum masuk")
    await customer.hears("Isi Saldo")
    await customer.hears("jam berapa", "09.00 WIB")
    await customer.says("menu")
    await customer.hears("lanjutkan yang tadi", "pesanan mentoring")
    await customer.presses("pesanan mentoring")
    await customer.hears("jam berapa", "09.00 WIB")


async def test_more_days_than_fit_come_in_pages(talk: Talk, customer: Scripted) -> None:
    await to_the_day(customer)
    pages = [customer.sees()[-1]]
    for _ in range(2):
        await customer.presses("Lainnya")
        await talk.quiet()
        pages.append(customer.sees()[-1])
    assert "Hari apa" in pages[1]
    assert pages[0] == pages[2] != pages[1]


async def test_a_restart_in_the_middle_changes_nothing(talk: Talk, customer: Scripted) -> None:
    await to_the_time(customer)
    await customer.says("9")
    await customer.hears("alamat e-mail")
    await talk.restart()
    await customer.says("budi@example.com")
    await customer.hears("Sudah benar?", "09.00 WIB")
    assert len(await standing(talk)) == 1


# --- zones ---


async def test_times_are_shown_on_the_persons_own_clock(customer: Scripted) -> None:
    await to_the_day(customer)
    await customer.presses("Ganti zona")
    await customer.hears("zona waktu mana", "WITA")
    await customer.presses("WITA")
    await customer.hears("Hari apa", "sekarang 11.00 WITA")
    await customer.says("besok")
    await customer.hears("jam berapa", "10.00 WITA", "11.15 WITA")
    await customer.says("10")
    await customer.hears("alamat e-mail")
    await customer.says("budi@example.com")
    await customer.hears("10.00 WITA")


async def test_the_zone_can_be_changed_at_any_time(customer: Scripted) -> None:
    await customer.says("zona waktu")
    await customer.hears("zona waktu mana", "10.00 WIB")
    await customer.says("saya di Jayapura")
    await customer.hears("12.00 WIT")
    await to_the_time(customer)
    await customer.says("zona waktu")
    await customer.hears("zona waktu mana")
    await customer.presses("WIB")
    await customer.hears("10.00 WIB", "Lanjutkan")
    await customer.presses("Lanjutkan")
    await customer.hears("jam berapa", "09.00 WIB")


# --- two who want the same time ---


async def test_what_somebody_holds_is_not_offered(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await to_the_time(budi)
    await budi.says("9")
    await budi.hears("alamat e-mail")
    await to_the_time(sari)
    assert "09.00 WIB" not in sari.sees()[-1]
    await sari.says("9")
    await sari.hears("tidak tersedia")
    await sari.hears("10.15 WIB")


async def test_of_two_who_race_one_gets_the_time_and_one_a_list(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await to_the_time(budi)
    await to_the_time(sari)
    await asyncio.gather(budi.presses("09.00 WIB"), sari.presses("09.00 WIB"))
    await talk.quiet()
    first, second = sorted((budi, sari), key=lambda each: "alamat e-mail" not in each.sees()[-1])
    await first.hears("alamat e-mail")
    await second.hears("09.00 WIB", "tidak tersedia")
    await second.hears("jam berapa", "10.15 WIB")
    assert "09.00 WIB" not in second.sees()[-1]
    (booking,) = await standing(talk)
    assert booking.customer == first.chat
    await second.says("10.15")
    await second.hears("alamat e-mail")
    assert len(await standing(talk)) == 2


async def test_a_hold_that_ran_out_is_for_who_comes_next(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await to_the_summary(budi)
    await talk.later(timedelta(minutes=11))
    await to_the_summary(sari)
    await budi.presses("Pesan sekarang")
    await budi.hears("09.00 WIB", "tidak tersedia")
    await budi.hears("jam berapa", "10.15 WIB")
    await sari.presses("Pesan sekarang")
    await sari.hears("#1", "kami catat")
    (booking,) = await standing(talk)
    assert booking.customer == sari.chat


async def test_each_answer_renews_the_hold(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await to_the_time(budi)
    await budi.says("9")
    await budi.hears("alamat e-mail")
    await talk.later(timedelta(minutes=9))
    await budi.says("budi@example.com")
    await budi.hears("Sudah benar?")
    await talk.later(timedelta(minutes=9))
    await to_the_time(sari)
    assert "09.00 WIB" not in sari.sees()[-1]
    await budi.presses("Pesan sekarang")
    await budi.hears("#1", "kami catat")


async def test_nobody_stands_in_their_own_way(talk: Talk, customer: Scripted) -> None:
    """Who begins anew can have the time that they held before."""
    await to_the_summary(customer)
    await to_the_summary(customer)
    await customer.presses("Pesan sekarang")
    await customer.hears("#1", "kami catat")
    assert len(await standing(talk)) == 1


async def test_who_holds_a_time_keeps_it_though_it_comes_near(talk: Talk, customer: Scripted) -> None:
    await talk.later(timedelta(hours=23, minutes=50))
    await to_the_time(customer, "hari ini")
    await customer.presses("13.00 WIB")
    await customer.hears("alamat e-mail")
    await talk.later(timedelta(minutes=9))
    await customer.says("budi@example.com")
    await customer.hears("Sudah benar?")
    await talk.later(timedelta(minutes=9))
    await customer.presses("Pesan sekarang")
    await customer.hears("#1", "kami catat", "13.00 WIB")


async def test_a_time_that_has_come_too_near_is_said(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    await talk.later(timedelta(hours=22))
    await customer.presses("Pesan sekarang")
    await customer.hears("09.00 WIB", "tidak tersedia")
    await customer.hears("13.00 WIB")
