"""Documents, mails and the calendar, as a customer gets them: in the chat, in their mailbox, in their calendar."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from domain.effects import Effect
from domain.events import Arrival, Due
from domain.messages import Media, MediaKind, Purpose, Say, Text, Value, moment, price
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Session
from domain.payments import Payment, PaymentStatus
from handlers.flow import Outcome, Turn
from handlers.mails import mail
from handlers.registry import DUE
from handlers.sessions import put_event, remove_event
from simulator.mailbox import Mail
from tests.services.pdf import words
from tests.talk import Scripted, Talk

STARTS = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
FIRST = 30.0
"""Seconds: the first receipt imports what draws it, which takes long on a busy machine."""
BUDI, ANDI = "budi@example.com", "andi@example.com"
RECEIPT = Media(kind=MediaKind.DOCUMENT, channel="documents", ref="receipt/order-5", mime="application/pdf")

Step = Callable[[Turn, Order], Outcome]
Happens = Callable[[Step], Awaitable[None]]


def order_of(customer: Scripted) -> Order:
    return Order(
        id="order-5",
        number=5,
        kind=OrderKind.MENTORING,
        customer=customer.chat,
        name="Budi Santoso",
        email=BUDI,
        language="id",
        zone="Asia/Makassar",
        price=Money(150_000, "IDR"),
        status=OrderStatus.CONFIRMED,
        made_at=STARTS - timedelta(days=9),
        pay_by=STARTS - timedelta(days=9),
        paid_at=STARTS - timedelta(days=8),
        payment="order-5-payment-1",
        mentor="andi",
        session=Session(
            subject="programming",
            mentor="andi",
            booking="booking-1",
            starts_at=STARTS,
            ends_at=STARTS + timedelta(hours=1),
            approve_by=STARTS - timedelta(days=2),
        ),
    )


@pytest.fixture
async def customer(request: pytest.FixtureRequest, talk: Talk) -> Scripted:
    """Who has just written, on Telegram if nothing else is said."""
    person = talk.person(getattr(request, "param", "sari"))
    await person.says("menu")
    await person.hears("Apa yang bisa kami bantu")
    return person


@pytest.fixture
async def happens(talk: Talk, customer: Scripted, monkeypatch: pytest.MonkeyPatch) -> Happens:
    """Something that a step wants about an order that is paid and confirmed."""
    order = order_of(customer)
    payment = Payment(
        id="order-5-payment-1",
        order=order.id,
        customer=customer.chat,
        provider="xendit",
        amount=order.price,
        description="",
        status=PaymentStatus.PAID,
        made_at=order.made_at,
        deadline_at=order.pay_by,
    )
    await talk.service.storage.save(order, payment)
    steps: list[Step] = []

    async def run(turn: Turn, event: Due) -> Outcome:
        found = await turn.records.get(Order, "order-5")
        assert found is not None
        return steps[int(event.record)](turn, found)

    monkeypatch.setitem(DUE, "test", run)

    async def happens(step: Step) -> None:
        steps.append(step)
        number = str(len(steps) - 1)
        event = Due(name="test", record=number, at=talk.simulation.clock.now())
        arrival = Arrival(source="test", external_id=number, conversation="orders:order-5", event=event)
        await talk.service.inbox.accept([arrival])

    return happens


async def mailed(talk: Talk, address: str, number: int = 1) -> Mail:
    """The nth mail in a mailbox."""
    boxes = talk.simulator.mailboxes
    mails = await talk.simulator.world.wait(lambda: boxes.of(address)[number - 1 : number], timeout=FIRST)
    return mails[0]


def attached(talk: Talk, mail: Mail, number: int = 0) -> bytes:
    stored = talk.simulator.world.media.get(mail.attachments[number]["url"].rpartition("/")[2])
    assert stored is not None
    return stored.data


def receipt_mail(turn: Turn, order: Order) -> Outcome:
    values: dict[str, Value] = {"number": order.number, "amount": price(order.price), "at": moment(STARTS)}
    effects = mail(
        turn,
        1,
        to=order.email,
        text=Text("mail-receipt", values),
        language="id",
        zone=order.zone,
        record=order.id,
        attach=(f"receipt/{order.id}",),
    )
    return Outcome(effects=effects)


@pytest.mark.parametrize("customer", ["budi", "sari"], indirect=True)
async def test_a_receipt_comes_in_the_chat(talk: Talk, customer: Scripted, happens: Happens) -> None:
    await happens(
        lambda turn, order: Outcome(
            say=(Say(text=Text("welcome"), to=customer.chat, media=RECEIPT, purpose=Purpose.NOTICE),)
        )
    )
    found: list[Any] = await talk.simulator.world.wait(
        lambda: [each for each in talk.simulator.world.messages(customer.chat) if each.media],
        timeout=FIRST,
    )
    media = found[0].media
    assert media["type"] == "application/pdf"
    assert media["name"] == "kuitansi-5.pdf"
    stored = talk.simulator.world.media.get(media["url"].rpartition("/")[2])
    assert stored is not None
    assert words(stored.data) == [
        "IKI Care",
        "Kuitansi",
        "No. 5",
        "Diterima dari",
        "Budi Santoso",
        "E-mail",
        "budi@example.com",
        "Untuk",
        "Mentoring Pemrograman bersama Andi",
        "Jadwal",
        "Sen, 1 Mar 2027, 10.00 WITA",
        "Dibayar",
        "Min, 21 Feb 2027, 10.00 WITA",
        "Melalui",
        "Xendit",
        "Nomor pembayaran",
        "order-5-payment-1",
        "Jumlah",
        "Rp 150.000",
        "LUNAS",
        *words(stored.data)[-2:],
    ]


async def test_a_receipt_comes_by_mail(talk: Talk, happens: Happens) -> None:
    await happens(receipt_mail)
    mail = await mailed(talk, BUDI)
    assert mail.subject == "Kuitansi pesanan #5"
    assert mail.text.startswith("Pembayaran Rp 150.000 sudah kami terima pada Sen, 1 Mar 2027, 10.00 WITA.")
    assert [each["name"] for each in mail.attachments] == ["kuitansi-5.pdf"]
    assert "LUNAS" in words(attached(talk, mail))


@pytest.mark.parametrize("kind", ["4xx", "cut"])
async def test_a_mail_server_that_stumbles_delays_a_mail(
    talk: Talk, happens: Happens, ops: Scripted, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk.service._effects, "_backoff", lambda tries: 0.0)
    talk.simulator.faults.add("smtp", "send", kind)
    await happens(receipt_mail)
    mail = await mailed(talk, BUDI)
    await talk.simulator.world.wait(lambda: mail.times == (2 if kind == "cut" else 1))
    await talk.quiet()
    assert len(talk.simulator.mailboxes.of(BUDI)) == 1
    await ops.hears_nothing()


async def test_a_mail_that_is_refused_for_good_is_told_to_ops(talk: Talk, happens: Happens, ops: Scripted) -> None:
    talk.simulator.faults.add("smtp", "send", "5xx")
    await happens(receipt_mail)
    await ops.hears("order-5", "tidak terkirim", "554")
    assert talk.simulator.mailboxes.mails == []


async def test_a_session_stands_in_google_calendar_and_google_invites(
    talk: Talk, customer: Scripted, happens: Happens
) -> None:
    await happens(lambda turn, order: Outcome(effects=(put_event(turn, order),)))
    await customer.hears("Sesi #5 pasti", "Masuk ruang")
    (event,) = talk.simulator.google.events.values()
    order = await talk.service.storage.get(Order, "order-5")
    assert order is not None
    assert order.session is not None
    assert (order.session.event, order.session.room) == (event.id, event.room)
    assert (event.start, event.attendees) == (STARTS, [ANDI, BUDI])
    subjects = {mail.subject.partition(":")[0] for mail in talk.simulator.mailboxes.of(BUDI)}
    assert "Invitation" in subjects
    await talk.quiet()
    ours = [mail for mail in talk.simulator.mailboxes.of(BUDI) if "Google" not in mail.sender]
    assert [mail.attachments for mail in ours] == [[]]
    await happens(lambda turn, order: Outcome(effects=(remove_event(order, event.id),)))
    await talk.simulator.world.wait(lambda: event.status == "cancelled")


# --- without a Google account ---


@pytest.fixture
async def talk_without_google(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path, calendar="ics")
    await begun.at_office_hours()
    yield begun
    await begun.end()


class TestWithoutGoogle:
    @pytest.fixture
    def talk(self, talk_without_google: Talk) -> Talk:
        return talk_without_google

    async def test_both_get_an_invitation_by_mail_and_a_room(
        self, talk: Talk, customer: Scripted, happens: Happens
    ) -> None:
        await happens(lambda turn, order: Outcome(effects=(put_event(turn, order),)))
        await customer.hears("Sesi #5 pasti", "Masuk ruang")
        room = None
        for address in (BUDI, ANDI):
            mail = await mailed(talk, address)
            assert [(each["name"], each["type"]) for each in mail.attachments] == [("undangan-5.ics", "text/calendar")]
            invitation = Calendar.from_ical(attached(talk, mail))
            (event,) = invitation.walk("VEVENT")
            assert (str(invitation["method"]), str(event["summary"])) == ("REQUEST", "Mentoring Pemrograman · Andi")
            assert event.decoded("dtstart") == STARTS
            assert room in (None, str(event["location"]))
            room = str(event["location"])
        assert room is not None
        assert room.startswith("https://meet.jit.si/sahut-")
        assert talk.simulator.google.events == {}

    async def test_a_session_that_was_cancelled_is_taken_out_of_their_calendars(
        self, talk: Talk, happens: Happens
    ) -> None:
        def cancelled(turn: Turn, order: Order) -> Outcome:
            effects = mail(
                turn,
                1,
                to=BUDI,
                text=Text("welcome"),
                language="id",
                zone="",
                record=order.id,
                attach=("invite/order-5",),
            )
            return Outcome(save=(replace(order, status=OrderStatus.CANCELLED),), effects=effects)

        await happens(cancelled)
        invitation = Calendar.from_ical(attached(talk, await mailed(talk, BUDI)))
        (event,) = invitation.walk("VEVENT")
        assert (str(invitation["method"]), int(event["sequence"])) == ("CANCEL", 1)


async def test_what_is_no_document_ends_quietly_for_the_customer(talk: Talk, happens: Happens, ops: Scripted) -> None:
    def wrong(turn: Turn, order: Order) -> Outcome:
        effects = tuple(
            each
            for number, name in enumerate(("receipt/order-9", "invite/order-9", "picture/order-5"))
            for each in mail(
                turn,
                number,
                to=BUDI,
                text=Text("welcome"),
                language="id",
                zone="",
                record=f"order-{number}",
                attach=(name,),
            )
        )
        return Outcome(effects=(*effects, Effect(id="odd", name="mail.unknown", record="", conversation="mails:odd")))

    await happens(wrong)
    for _ in range(3):
        await ops.hears("no attachment")
    assert talk.simulator.mailboxes.mails == []
