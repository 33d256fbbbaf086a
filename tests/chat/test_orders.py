"""A customer's own orders: the list, and what its buttons do, also old ones; another time, and cancelling."""

from domain.bookings import Booking
from domain.orders import OrderStatus
from tests.chat.sessions import (
    DAY,
    andi,
    asked,
    buttons,
    confirmed,
    events,
    money,
    no_events,
    order_of,
    ordered,
    pay,
    shows,
    sneaks,
    taken,
    talk,
    taps,
)
from tests.talk import Scripted, Talk

__all__ = ["andi", "talk"]


async def opened(customer: Scripted, *fragments: str, number: int = 1) -> None:
    """The order, as the list leads to it."""
    await customer.says("pesanan saya")
    await customer.hears("Pesanan Anda", f"#{number}")
    await customer.presses(f"#{number}")
    await customer.hears(
        f"Pesanan #{number}" if customer.chat.startswith("telegram") else f"*Pesanan #{number}*", *fragments
    )


async def test_without_an_order_there_is_the_way_to_one(customer: Scripted, andi: Scripted) -> None:
    await customer.says("pesanan saya")
    await customer.hears("Belum ada pesanan", "Pesan")
    await customer.presses("🛒 Pesan")
    await customer.hears("Mau pesan apa", "Mentoring", "Server (VM)")


async def test_the_link_once_more_and_each_state_in_words(customer: Scripted, andi: Scripted) -> None:
    link = await ordered(customer)
    await opened(customer, "Belum dibayar", "Rab, 25 Nov 2026, 11.00 WIB", "Tautan pembayaran", "Batalkan")
    await customer.presses("Tautan pembayaran")
    again = await customer.hears("#1", "Rp 150.000", "Bayar")
    assert link in again.text or link in [button.url for button in buttons(again).values()]
    await pay(link)
    await customer.hears("menunggu jawaban")
    await opened(customer, "Sudah dibayar", "22.00 WIB", "Kuitansi")
    await asked(andi)
    await andi.presses("Terima")
    await customer.hears("Sesi #1 pasti")
    await opened(customer, "Sudah dibayar dan pasti", "Masuk ruang", "Pindah waktu", "Batalkan", "Kuitansi")


async def test_the_receipt_once_more(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    await pay(await ordered(customer))
    await customer.hears("menunggu jawaban")
    await opened(customer, "Kuitansi")
    await customer.presses("Kuitansi")
    receipt = await customer.hears("Kuitansi pesanan #1")
    await talk.simulator.world.wait(lambda: receipt.kind == "document" or None, timeout=30)


async def test_an_order_is_its_customer_s_alone(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await ordered(sari)
    stranger = await talk.new_person("Tono", "telegram")
    await stranger.says("halo")
    await stranger.hears("Selamat datang")
    for action in ("show", "link", "cancel-100:yes", "move", "receipt", "rate-1", "again", "nonsense"):
        await sneaks(talk, stranger, f"order:order-1:{action}")
        await stranger.hears("tidak ada di daftar Anda")
    await sneaks(talk, stranger, "order:order-99:show")
    await stranger.hears("tidak ada di daftar Anda")
    await sari.hears_nothing()
    assert (await order_of(talk)).status is OrderStatus.OPEN


async def test_moved_by_the_customer(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    """One booking, one event, and the reminders of the new time alone."""
    await confirmed(customer, andi)
    await opened(customer, "Pindah waktu")
    await customer.presses("Pindah waktu")
    await customer.hears("Sesi #1", "hari apa", "Sel, 1 Des 2026")
    await customer.says("selasa")
    await customer.hears("Jam berapa", "13.00 WIB")
    await customer.says("jam 1 siang")
    await customer.hears("Pindahkan sesi #1", "Sen, 30 Nov 2026, 09.00 WIB", "Sel, 1 Des 2026, 13.00 WIB")
    await customer.says("ya")
    await customer.hears("pindah ke", "Sel, 1 Des 2026, 13.00 WIB")
    await customer.hears("Sesi #1 pindah waktu", "Sel, 1 Des 2026, 13.00 WIB", "ruang")
    await andi.hears("Sesi #1 pindah waktu", "Sel, 1 Des 2026, 13.00 WIB", "ruang")
    (booking,) = await taken(talk)
    assert booking.starts_at.isoformat() == "2026-12-01T06:00:00+00:00"
    (event,) = events(talk)
    assert event.start.isoformat() == "2026-12-01T06:00:00+00:00"
    await talk.later(4.1 * DAY)
    await customer.hears_nothing()
    await talk.later(1.1 * DAY)
    await customer.hears("Pengingat", "Sel, 1 Des 2026, 13.00 WIB")
    await andi.hears("Pengingat", "Sel, 1 Des 2026, 13.00 WIB")


async def test_two_customers_want_to_move_to_the_same_time(
    talk: Talk, budi: Scripted, sari: Scripted, andi: Scripted
) -> None:
    await confirmed(budi, andi)
    await confirmed(sari, andi, day="jumat", number=2)
    for each, number in ((budi, 1), (sari, 2)):
        await opened(each, "Pindah waktu", number=number)
        await each.presses("Pindah waktu")
        await each.hears("hari apa")
        await each.says("selasa")
        await each.hears("Jam berapa")
        await each.says("09.00")
        await each.hears("Pindahkan sesi")
    await budi.says("ya")
    await budi.hears("Sesi #1 pindah waktu")
    await sari.presses("Ya, pindahkan")
    await sari.hears("baru saja diambil")
    await sari.hears("Jam berapa", "10.15 WIB")
    await sari.says("10.15")
    await sari.hears("Pindahkan sesi #2", "10.15 WIB")
    await sari.presses("Ya, pindahkan")
    await sari.hears("Sesi #2 pindah waktu", "10.15 WIB")
    assert len(await taken(talk)) == 2
    assert len(await talk.service.storage.find(Booking, calendar="andi")) == 2


async def test_the_mentor_asks_for_another_time_and_the_customer_leaves_free_of_charge(
    talk: Talk, customer: Scripted, andi: Scripted
) -> None:
    """Less than a day before, and days after the customer wrote: by template on WhatsApp."""
    await confirmed(customer, andi)
    await talk.later(4.1 * DAY)
    await andi.hears("Pengingat")
    await customer.hears("Pengingat")
    await andi.presses("Minta waktu lain")
    await andi.hears("kami minta memilih waktu lain")
    await customer.hears("minta waktu lain untuk sesi #1", "Pindah waktu", "Batalkan")
    await customer.presses("Batalkan")
    await customer.hears("Uang yang kembali", "Rp 150.000", "dari Rp 150.000")
    await customer.presses("Ya, batalkan")
    await customer.hears("#1", "dibatalkan")
    await customer.hears("Rp 150.000", "kembali")
    await andi.hears("membatalkan pesanan #1")
    await no_events(talk)
    assert await taken(talk) == []
    customer.ignores()
    await talk.later(1 * DAY)
    await customer.hears_nothing()
    await andi.hears_nothing()


async def test_cancelled_late_half_comes_back(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    await confirmed(customer, andi, day="besok")  # in 23 hours
    await opened(customer, "Batalkan")
    await customer.presses("Batalkan")
    await customer.hears("Rp 75.000", "dari Rp 150.000")
    await customer.presses("Tidak jadi")
    await shows(customer, "Sudah dibayar dan pasti")
    await customer.presses("Batalkan")
    await shows(customer, "Rp 75.000", "dari Rp 150.000")
    await customer.says("ya")
    await customer.hears("#1", "dibatalkan")
    await customer.hears("Rp 75.000")
    await andi.hears("membatalkan pesanan #1")
    assert await money(talk, "provider:sandbox") == 75_000
    assert await money(talk, "order:order-1") == 0


async def test_the_amount_changed_between_asking_and_answering(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await confirmed(sari, andi)
    await opened(sari, "Batalkan")
    await sari.presses("Batalkan")
    await sari.hears("Rp 150.000 dari Rp 150.000")
    await talk.later(4.1 * DAY)
    await sari.hears("Pengingat")
    await sari.presses("Ya, batalkan")
    await sari.hears("Rp 75.000 dari Rp 150.000")
    assert (await order_of(talk)).status is OrderStatus.CONFIRMED


async def test_cancelled_by_the_mentor(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    await confirmed(customer, andi)
    await talk.later(3 * DAY)
    await andi.presses("Batalkan")
    await andi.hears("Batalkan sesi #1", "Rp 150.000")
    await andi.presses("Ya, batalkan")
    await andi.hears("#1", "Anda batalkan")
    await customer.hears("Andi membatalkan sesi #1", "kembali penuh", "waktu lain")
    assert await money(talk, "provider:sandbox") == 0
    await no_events(talk)
    await talk.later(3 * DAY)
    await andi.hears_nothing()


async def test_cancelled_before_it_is_paid(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    link = await ordered(customer)
    await asked(andi)
    await customer.presses("Batalkan pesanan")
    await customer.hears("Batalkan pesanan #1", "Belum ada yang dibayar")
    await customer.says("ya")
    await customer.hears("#1", "dibatalkan")
    await andi.hears("membatalkan pesanan #1")
    assert await taken(talk) == []
    await pay(link)
    await customer.hears("Rp 150.000", "kembali")


async def test_an_old_button_says_how_the_order_stands(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await confirmed(sari, andi)
    await opened(sari, "Pindah waktu", "Batalkan")
    shown = next(m for m in reversed(sari.world.messages(sari.chat)) if "Pindah waktu" in buttons(m))
    old = buttons(shown)
    await talk.later(5.2 * DAY)
    await sari.hears("Bagaimana sesi #1")
    for label in ("Pindah waktu", "Batalkan"):
        await taps(sari, shown, old[label])
        await talk.quiet()
        assert sorted(buttons(shown)) == ["1⭐", "2⭐", "3⭐", "4⭐", "5⭐", "Kuitansi", "Menu", "🧾 Pesanan saya"]
    assert (await order_of(talk)).status is OrderStatus.CONFIRMED


async def test_an_old_order_s_button_leaves_the_question_in_hand_as_it_is(
    talk: Talk, sari: Scripted, andi: Scripted
) -> None:
    await ordered(sari)
    await sari.says("pesanan saya")
    await sari.hears("Pesanan Anda")
    await sari.says("mentoring")
    await sari.hears("Topik apa", "Usaha")
    await sari.presses("#1 ·")
    await sari.hears("Pesanan #1", "Belum dibayar")
    await sari.presses("Usaha")
    await sari.hears("Dengan siapa")


async def test_in_english_and_another_zone(talk: Talk, andi: Scripted) -> None:
    """The same instant on each one's clock."""
    joan = await talk.new_person("Joan", "telegram", "en")
    await joan.says("time zone")
    await joan.hears("Which time zone")
    await joan.presses("WITA")
    await joan.says("mentoring")
    await joan.hears("Which topic")
    await joan.presses("Business")
    await joan.hears("With whom")
    await joan.presses("Andi")
    await joan.hears("On which day")
    await joan.says("monday")
    await joan.says("10:00")
    await joan.hears("e-mail")
    await joan.says("joan@example.com")
    await joan.hears("Your order", "10:00 WITA")
    await joan.presses("Order now")
    await joan.hears("#1", "Mon, 30 Nov 2026, 10:00 WITA")
    assert "Sen, 30 Nov 2026, 09.00 WIB" in (await asked(andi)).text
    await joan.says("my orders")
    await joan.hears("Your orders", "not paid yet")
