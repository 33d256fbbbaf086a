"""A session's life, on both channels, with the clock moved: answered, paid, in the calendar, reminded of, over."""

import asyncio

import pytest

from bot.build import Role
from domain.orders import OrderStatus
from simulator.mailbox import Mail
from tests.chat.ordering import to_the_day
from tests.chat.sessions import (
    DAY,
    HOUR,
    ScriptedCalendar,
    andi,
    asked,
    buttons,
    calendar,
    confirmed,
    events,
    money,
    no_google,
    order_of,
    ordered,
    pay,
    sneaks,
    taken,
    talk,
    taps,
)
from tests.talk import Scripted, Talk

__all__ = ["andi", "calendar", "no_google", "talk"]


# --- paid and approved ---


async def test_paid_then_approved(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    link = await ordered(customer)
    await asked(andi)
    await pay(link)
    await customer.hears("menunggu jawaban mentor Andi", "Rab, 25 Nov 2026, 22.00 WIB")
    await andi.hears("Pesanan #1", "Sudah dibayar", "Terima", "Tolak")
    assert events(talk) == []
    await andi.presses("Terima")
    await andi.hears("Anda menerima pesanan #1")
    await customer.hears("Sesi #1 pasti", "Andi", "Sen, 30 Nov 2026, 09.00 WIB", "Masuk ruang")
    await andi.hears("Sesi #1 pasti", "Sen, 30 Nov 2026, 09.00 WIB", "Masuk ruang")
    await customer.hears_nothing()
    await andi.hears_nothing()
    (event,) = events(talk)
    assert sorted(event.attendees) == sorted(["andi@example.com", f"{customer.name}@example.com"])
    assert event.start.isoformat() == "2026-11-30T02:00:00+00:00"
    (booking,) = await taken(talk)
    assert booking.held_until is None


async def test_approved_then_paid_and_a_button_pressed_twice(
    customer: Scripted, andi: Scripted, calendar: ScriptedCalendar
) -> None:
    link = await ordered(customer)
    request = await asked(andi)
    approve, decline = buttons(request).values()
    await andi.presses("Terima")
    await andi.hears("#1", "belum membayar")
    await customer.hears("#1", "menerima", "Bayar paling lambat")
    await taps(andi, request, approve)
    await andi.hears("sudah Anda terima dan menunggu pembayaran")
    await pay(link)
    await customer.hears("Sesi #1 pasti", "Masuk ruang")
    await andi.hears("Sesi #1 pasti", "Masuk ruang")
    await taps(andi, request, decline)
    await andi.hears("#1", "sudah pasti", "Tidak ada yang berubah")
    await customer.hears_nothing()
    assert len(calendar.calls) == len(calendar.events) == 1


async def test_paid_and_approved_in_the_same_moment(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    """Each finds the other, or one is run again: it is confirmed once."""
    link = await ordered(sari)
    request = await asked(andi)
    await asyncio.gather(pay(link), taps(andi, request, buttons(request)["✅ Terima"]))
    await sari.hears("Sesi #1 pasti")
    await andi.hears("Sesi #1 pasti")
    await talk.quiet()
    assert sum("Sesi #1 pasti" in each for each in (*sari.sees(), *andi.sees())) == 2
    assert len(events(talk)) == 1


async def test_a_mentor_without_a_chat_is_told_to_ops(talk: Talk, sari: Scripted, ops: Scripted) -> None:
    await to_the_day(sari, "Maya")
    await sari.says("senin")
    await sari.hears("jam berapa")
    await sari.presses("10.30")
    await sari.hears("e-mail")
    await sari.says("sari@example.com")
    await sari.hears("Pesanan Anda", "Maya")
    await sari.presses("Pesan sekarang")
    await ops.hears("#1", "Maya", "belum punya chat", "belum tahu apa-apa")


async def test_an_open_question_is_put_again(sari: Scripted, andi: Scripted, talk: Talk) -> None:
    """A button that does not fit shows what there is to answer."""
    await ordered(sari)
    await asked(andi)
    await sneaks(talk, andi, "mentor:order-1:done")
    await asked(andi)
    await andi.presses("Terima")
    await andi.hears("#1", "belum membayar")


async def test_nobody_but_the_mentor_answers(customer: Scripted, andi: Scripted, talk: Talk) -> None:
    await ordered(customer)
    await asked(andi)
    stranger = await talk.new_person("Tono", "telegram")
    await stranger.says("halo")
    await stranger.hears("Selamat datang")
    for each in (stranger, customer):
        await sneaks(talk, each, "mentor:order-1:approve")
        await each.hears("bukan")
    order = await order_of(talk)
    assert order.session is not None
    assert order.session.approved_at is None


async def test_declined_before_it_is_paid(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    """The time is free again, the link is closed; money that comes all the same goes back."""
    link = await ordered(customer)
    request = await asked(andi)
    approve = buttons(request)["✅ Terima"]
    await andi.presses("Tolak")
    await andi.hears("#1", "Anda tolak")
    await customer.hears("tidak bisa menerima pesanan #1", "waktu lain")
    assert await taken(talk) == []
    await taps(andi, request, approve)
    await andi.hears("sudah ditolak", "Tidak ada yang berubah")
    await pay(link)
    await customer.hears("Rp 150.000", "kembali")
    assert await money(talk, "order:order-1") == 0
    await customer.presses("waktu lain")
    await customer.hears("Hari apa", "Andi", "Sen, 30 Nov 2026")


async def test_declined_after_it_is_paid(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    link = await ordered(customer)
    await asked(andi)
    await pay(link)
    await customer.hears("menunggu jawaban")
    await andi.presses("Tolak")
    await andi.hears("#1", "Anda tolak")
    await customer.hears("tidak bisa menerima pesanan #1")
    await customer.hears("Rp 150.000", "kembali")
    assert await taken(talk) == []
    assert events(talk) == []
    assert await money(talk, "provider:sandbox") == 0


# --- what time brings about ---


async def test_who_does_not_pay_can_order_again(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    await ordered(customer)
    request = await asked(andi)
    approve = buttons(request)["✅ Terima"]
    await talk.later(1.1 * HOUR)
    await customer.hears("#1", "sudah habis")
    await andi.hears("#1", "tidak dibayar")
    assert await taken(talk) == []
    await taps(andi, request, approve)
    await andi.hears("tidak dibayar pada waktunya")
    await customer.presses("waktu lain")
    await customer.hears("Hari apa", "Andi")


async def test_paid_late_while_the_time_is_free(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    link = await ordered(customer)
    await asked(andi)
    await talk.later(1.1 * HOUR)
    await customer.hears("#1", "sudah habis")
    await andi.hears("#1", "tidak dibayar")
    await pay(link)
    await asked(andi)
    await customer.hears("menunggu jawaban")
    await andi.presses("Terima")
    await customer.hears("Sesi #1 pasti", "Sen, 30 Nov 2026, 09.00 WIB")
    assert len(await taken(talk)) == 1


async def test_paid_a_minute_late_the_time_is_still_held(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    """Also where it is nearer by now than one may book."""
    link = await ordered(sari, day="hari ini", time="13.30")
    await asked(andi)
    await talk.later(61 / 60 * HOUR)
    await sari.hears("#1", "sudah habis")
    await pay(link)
    await asked(andi)
    await sari.hears("menunggu jawaban")


async def test_paid_late_when_it_is_too_near(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    link = await ordered(sari, day="hari ini", time="13.30")
    await talk.later(1.1 * HOUR)
    await sari.hears("#1", "sudah habis")
    await pay(link)
    await sari.hears("Rp 150.000", "kembali")
    assert await taken(talk) == []


async def test_paid_late_when_somebody_else_has_the_time(
    talk: Talk, budi: Scripted, sari: Scripted, andi: Scripted
) -> None:
    link = await ordered(budi)
    await talk.later(1.1 * HOUR)
    await budi.hears("#1", "sudah habis")
    await ordered(sari, number=2)
    await pay(link)
    await budi.hears("Rp 150.000", "kembali")
    assert (await order_of(talk)).status is OrderStatus.EXPIRED
    (booking,) = await taken(talk)
    assert booking.customer == sari.chat


async def test_a_silent_mentor_is_asked_again_and_then_given_up(
    talk: Talk, customer: Scripted, andi: Scripted, ops: Scripted
) -> None:
    link = await ordered(customer)
    await asked(andi)
    await pay(link)
    await customer.hears("menunggu jawaban")
    await talk.later(2.1 * HOUR)
    assert "Sudah dibayar" in (await asked(andi)).text
    await talk.later(10 * HOUR)
    await customer.hears("tidak menjawab pesanan #1", "waktu lain")
    await customer.hears("Rp 150.000", "kembali")
    await andi.hears("#1", "tidak ada jawaban")
    await ops.hears("#1", "Andi tidak menjawab")
    await andi.presses("Terima")
    await andi.hears("Tidak ada yang berubah")
    assert await taken(talk) == []


async def test_reminders_come_to_both_and_each_once(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    """WhatsApp's by template: the customer has not written for days. A restart repeats nothing."""
    await confirmed(customer, andi)
    await talk.later(3.97 * DAY)
    for each in (customer, andi):
        await each.hears("Pengingat", "sesi #1", "Sen, 30 Nov 2026, 09.00 WIB", "ruang")
    await talk.restart()
    await talk.later(22.9 * HOUR)
    for each in (customer, andi):
        await each.hears("Sebentar lagi", "sesi #1", "ruang")
    await talk.later(0.7 * HOUR)
    for each in (customer, andi):
        await each.hears("Silakan bersiap", "sesi #1", "ruang")
        await each.hears_nothing()


async def test_two_clocks_and_two_workers_remind_once(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await confirmed(sari, andi)
    second = talk.again(Role.WORKER | Role.CLOCK)
    await second.start()
    try:
        for words, later in (("Pengingat", 3.97 * DAY), ("Sebentar lagi", 22.9 * HOUR)):
            await talk.later(later)
            for each in (sari, andi):
                await each.hears(words, "sesi #1")
        while second.busy:
            await asyncio.sleep(0.01)
        for each in (sari, andi):
            await each.hears_nothing()
    finally:
        await second.stop()


async def test_a_late_booking_is_reminded_of_what_is_still_ahead(talk: Talk, budi: Scripted, andi: Scripted) -> None:
    await confirmed(budi, andi, day="besok")  # in 23 hours
    await talk.later(21 * HOUR)
    await budi.hears_nothing()
    await talk.later(1.1 * HOUR)
    await budi.hears("Sebentar lagi", "sesi #1")
    await talk.later(3 * HOUR)
    await budi.hears("Bagaimana sesi #1")  # not: get ready
    await andi.hears("Sebentar lagi")
    await andi.hears("Apakah terlaksana")


# --- the calendar, and mails ---


async def mails(talk: Talk, address: str, *subjects: str) -> list[Mail]:
    """Once they have all come: each subject's first words, in order."""
    boxes = talk.simulator.mailboxes

    def ours() -> list[Mail]:
        return [each for each in boxes.of(address) if "Google" not in each.sender]

    await talk.simulator.world.wait(lambda: len(ours()) >= len(subjects) or None, timeout=30)
    assert [want for want, mail in zip(subjects, ours(), strict=True) if not mail.subject.startswith(want)] == []
    return ours()


@pytest.mark.usefixtures("no_google")
async def test_without_google_both_get_a_file_and_a_room(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await confirmed(sari, andi)
    for each in (sari, andi):
        message = next(m for m in reversed(each.world.messages(each.chat)) if "Sesi #1 pasti" in m.text)
        assert message.kind == "document"
        assert buttons(message)["🎥 Masuk ruang"].url.startswith("https://meet.jit.si/sahut-")
    await andi.presses("Batalkan")
    await andi.hears("Batalkan sesi #1")
    await andi.presses("Ya, batalkan")
    await sari.hears("membatalkan sesi #1")
    kinds = ("Pesanan baru #1", "Sesi #1 pasti", "Sesi #1 dibatalkan")
    to_andi = await mails(talk, "andi@example.com", *kinds)
    assert [len(each.attachments) for each in to_andi] == [0, 1, 1]
    to_sari = [each for each in talk.simulator.mailboxes.of("sari@example.com") if each.subject.startswith("Sesi")]
    assert [each.subject[:18] for each in to_sari] == ["Sesi #1 pasti: Usa", "Sesi #1 dibatalkan"]
    assert "https://meet.jit.si/sahut-" in to_sari[0].text


async def test_google_invites_and_takes_back_by_itself(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await confirmed(sari, andi)
    (event,) = events(talk)
    assert event.room
    (asked_, told) = await mails(talk, "andi@example.com", "Pesanan baru #1", "Sesi #1 pasti")
    assert (asked_.attachments, told.attachments) == ([], [])
    google = [mail.subject for mail in talk.simulator.mailboxes.of("sari@example.com") if "Google" in mail.sender]
    assert len(google) == 1


async def test_a_calendar_that_refuses_is_tried_again_before_each_reminder(
    talk: Talk, sari: Scripted, andi: Scripted, ops: Scripted, calendar: ScriptedCalendar
) -> None:
    calendar.refuses = True
    link = await ordered(sari)
    await asked(andi)
    await andi.presses("Terima")
    await pay(link)
    await sari.hears("Sesi #1 pasti")
    await sari.hears("Tautan ruang", "belum siap")
    await andi.hears("Sesi #1 pasti")
    await ops.hears("#1", "kalender menolak", "forbidden")
    calendar.refuses = False
    await talk.later(4.1 * DAY)
    await sari.hears("Pengingat", "sesi #1")
    await sari.hears("Ruang untuk sesi #1 sudah siap", "Masuk ruang")
    await andi.hears("Ruang untuk sesi #1 sudah siap", "Masuk ruang")
    assert len(calendar.events) == 1


async def test_an_event_that_comes_after_the_end_is_taken_out(
    talk: Talk, sari: Scripted, andi: Scripted, calendar: ScriptedCalendar
) -> None:
    calendar.away = True
    link = await ordered(sari)
    await asked(andi)
    await andi.presses("Terima")
    await sari.hears("menerima")
    await pay(link)
    await calendar.until(lambda: bool(calendar.calls))
    await sari.says("pesanan saya")
    await sari.hears("Pesanan Anda", "#1", "pasti")
    await sari.presses("#1")
    await sari.hears("Pesanan #1", "Batalkan")
    await sari.presses("Batalkan")
    await sari.hears("Uang yang kembali: Rp 150.000")
    await sari.presses("Ya, batalkan")
    await sari.hears("#1", "dibatalkan")
    calendar.away = False
    await andi.hears("membatalkan pesanan #1")
    await calendar.until(lambda: calendar.calls[-1].name == "calendar.remove")
    assert calendar.events == {}


# --- afterwards ---


async def test_the_mentor_says_they_met_and_the_customer_how_it_was(
    talk: Talk, customer: Scripted, andi: Scripted
) -> None:
    await confirmed(customer, andi)
    await talk.later(5.1 * DAY)
    await andi.hears("Sesi #1", "Apakah terlaksana")
    await andi.presses("Terlaksana")
    await andi.hears("#1", "tercatat terlaksana")
    await customer.hears("Bagaimana sesi #1")
    await customer.presses("4⭐")
    await customer.hears("Terima kasih", "4⭐")
    order = await order_of(talk)
    assert order.session is not None
    assert (order.status, order.session.rating) == (OrderStatus.DONE, 4)
    assert await money(talk, "mentor:andi") == -105_000
    assert await money(talk, "revenue:mentoring") == -45_000
    assert await money(talk, "order:order-1") == 0
    assert await taken(talk) == []
    await talk.later(2 * DAY)
    await customer.hears_nothing()
    await andi.hears("2026-11", "1 sesi", "Rp 105.000")
    await andi.hears_nothing()


async def test_nobody_says_otherwise_and_the_month_is_told(talk: Talk, budi: Scripted, andi: Scripted) -> None:
    await confirmed(budi, andi)
    await talk.later(5.1 * DAY)
    await andi.hears("Apakah terlaksana")
    await talk.later(1 * DAY)
    assert (await order_of(talk)).status is OrderStatus.DONE
    await talk.later(31 * DAY)
    await andi.hears("2026-12", "1 sesi", "Rp 105.000")
    await talk.later(1 * HOUR)
    await andi.hears_nothing()


async def test_who_did_not_come_has_paid_all_the_same(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await confirmed(sari, andi)
    await talk.later(5.1 * DAY)
    await andi.hears("Apakah terlaksana")
    await andi.presses("Tidak hadir")
    await andi.hears("tidak hadir di sesi #1")
    await sari.hears("tidak hadir di sesi #1", "CS")
    assert (await order_of(talk)).status is OrderStatus.NO_SHOW
    assert await money(talk, "mentor:andi") == -105_000
    await sari.presses("5⭐")
    await sari.hears("Pesanan #1", "tercatat tidak hadir")
