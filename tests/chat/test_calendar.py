"""A session from the chat into everybody's mailbox and calendar, with Google's and without."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from icalendar import Calendar

from domain.orders import Order
from simulator.google_calendar import Event
from tests.chat.ordering import known
from tests.chat.sessions import DAY, HOUR, asked, confirmed, ordered, pay
from tests.chat.test_orders import opened
from tests.talk import Scripted, Talk

SARI, ANDI = "sari@example.com", "andi@example.com"


@pytest.fixture(params=["google"])
def calendar(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def talk(tmp_path: Path, calendar: str) -> AsyncIterator[Talk]:
    """Wednesday, ten in the morning in Jakarta; paid at the sandbox alone, Andi known."""
    begun = await Talk.begin(tmp_path, payments="sandbox", calendar=calendar)
    await begun.at_office_hours()
    await known(begun.person("andi"))
    yield begun
    await begun.end()


@pytest.fixture
def andi(talk: Talk) -> Scripted:
    mentor = talk.person("andi")
    mentor.ignores()
    return mentor


def mailbox(talk: Talk, address: str) -> list[str]:
    """The subjects up to where they tell the session, in alphabetical order."""
    return sorted(mail.subject.partition(":")[0] for mail in talk.simulator.mailboxes.of(address))


def invitations(talk: Talk, address: str) -> list[Calendar]:
    """The .ics files that were mailed to somebody, oldest first."""
    files = [file for mail in talk.simulator.mailboxes.of(address) for file in mail.attachments]
    stored = [talk.simulator.world.media.get(file["url"].rpartition("/")[2]) for file in files]
    return [Calendar.from_ical(each.data) for each in stored if each is not None and each.type == "text/calendar"]


def events(talk: Talk) -> list[Event]:
    return sorted(talk.simulator.google.events.values(), key=lambda event: event.created)


async def moved(customer: Scripted) -> None:
    """From Monday to Tuesday, one in the afternoon."""
    await opened(customer, "Pindah waktu")
    await customer.presses("Pindah waktu")
    await customer.hears("hari apa")
    await customer.says("selasa")
    await customer.hears("Jam berapa")
    await customer.says("jam 1 siang")
    await customer.hears("Pindahkan sesi #1")
    await customer.says("ya")
    await customer.hears("Sesi #1 pindah waktu", "Masuk ruang")


async def cancelled(customer: Scripted) -> None:
    await opened(customer, "Batalkan")
    await customer.presses("Batalkan")
    await customer.hears("Ya, batalkan")
    await customer.presses("Ya, batalkan")
    await customer.hears("dibatalkan")


async def test_google_has_the_session_and_invites_both(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    await confirmed(sari, andi)
    await talk.quiet()
    (event,) = events(talk)
    assert event.start.isoformat() == "2026-11-30T02:00:00+00:00"
    assert (event.end - event.start) == HOUR
    assert sorted(event.attendees) == [ANDI, SARI]
    order = await talk.service.storage.get(Order, "order-1")
    assert order is not None
    assert order.session is not None
    assert order.session.room == event.room
    assert mailbox(talk, SARI) == ["Invitation", "Kuitansi pesanan #1", "Sesi #1 pasti"]
    assert mailbox(talk, ANDI) == ["Invitation", "Pesanan baru #1", "Sesi #1 pasti"]
    for mail in talk.simulator.mailboxes.mails:
        assert mail.times == 1
        if "pasti" in mail.subject:
            assert event.room in mail.text
            assert mail.attachments == []  # Google has invited them
    await talk.later(3.97 * DAY)
    await sari.hears("Pengingat")
    await talk.quiet()
    assert "Pengingat" in mailbox(talk, SARI)
    assert "Pengingat" in mailbox(talk, ANDI)


async def test_a_moved_session_is_another_event_and_a_cancelled_one_none(
    talk: Talk, sari: Scripted, andi: Scripted
) -> None:
    await confirmed(sari, andi)
    await moved(sari)
    await talk.quiet()
    first, second = events(talk)
    assert (first.status, second.status) == ("cancelled", "confirmed")
    assert second.start.isoformat() == "2026-12-01T06:00:00+00:00"
    assert mailbox(talk, SARI).count("Cancelled event") == 1
    await cancelled(sari)
    await talk.quiet()
    assert [event.status for event in events(talk)] == ["cancelled", "cancelled"]
    assert mailbox(talk, SARI).count("Cancelled event") == 2


@pytest.mark.parametrize("kind", ["403", "500", "after", "cut"])
async def test_google_stumbles_and_there_is_one_event_all_the_same(
    talk: Talk, sari: Scripted, andi: Scripted, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.calendar.google_calls.LIMIT_PAUSE", 0.05)
    monkeypatch.setattr(talk.service._effects, "_backoff", lambda tries: 0.05)
    talk.simulator.faults.add("google", "insert", kind, times=2)
    await confirmed(sari, andi)
    await talk.quiet()
    (event,) = events(talk)
    assert event.room
    assert mailbox(talk, SARI).count("Invitation") == 1
    assert sum("Sesi #1 pasti" in said for said in sari.sees()) == 1


async def test_a_receipt_is_there_before_the_mentor_has_answered(talk: Talk, sari: Scripted, andi: Scripted) -> None:
    link = await ordered(sari)
    await asked(andi)
    await pay(link)
    receipt = await sari.hears("Kuitansi pesanan #1")
    assert receipt.media is not None
    assert receipt.media["name"] == "kuitansi-1.pdf"
    await talk.quiet()
    assert "Kuitansi pesanan #1" in mailbox(talk, SARI)
    assert events(talk) == []


@pytest.mark.parametrize("calendar", ["ics"], indirect=True)
async def test_without_google_the_invitation_is_a_file_that_follows_the_session(
    talk: Talk, sari: Scripted, andi: Scripted
) -> None:
    await confirmed(sari, andi)
    await talk.quiet()  # mails may overtake each other; a calendar goes by their sequence
    await moved(sari)
    await talk.quiet()
    await cancelled(sari)
    await talk.quiet()
    assert events(talk) == []
    for address in (SARI, ANDI):
        files = invitations(talk, address)
        found = [(str(file["method"]), file.walk("VEVENT")[0]) for file in files]
        told = [(method, int(event["sequence"]), event.decoded("dtstart").isoformat()) for method, event in found]
        assert told == [
            ("REQUEST", 0, "2026-11-30T09:00:00+07:00"),
            ("REQUEST", 1, "2026-12-01T13:00:00+07:00"),
            ("CANCEL", 2, "2026-12-01T13:00:00+07:00"),
        ]
        assert len({str(event["uid"]) for _, event in found}) == 1
        assert all(str(event["location"]).startswith("https://meet.jit.si/sahut-") for _, event in found)
