"""Receipts and invitations: what a customer gets to see, and their calendar to read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from services.documents.invite import Invite, Method, invite_ics
from services.documents.receipt import Receipt, receipt_pdf
from services.documents.sheet import drawable
from tests.services.pdf import pages, words

RECEIPT = Receipt(
    language="id",
    business="IKI Care",
    title="Kuitansi",
    number="No. 1042",
    rows=(
        ("Diterima dari", "Budi Santoso"),
        ("Untuk", "Mentoring: Python dengan Andi"),
        ("Dibayar", "Sab, 21 Nov 2026, 15.42 WIB"),
    ),
    amount_label="Jumlah",
    amount="Rp 150.000",
    paid="LUNAS",
    footer="Terima kasih.",
    paid_at=datetime(2026, 11, 21, 8, 42, tzinfo=UTC),
)


def test_a_receipt_says_who_paid_what_and_when() -> None:
    pdf = receipt_pdf(RECEIPT)
    assert pdf.startswith(b"%PDF-")
    assert pages(pdf) == 1
    assert words(pdf) == [
        "IKI Care",
        "Kuitansi",
        "No. 1042",
        "Diterima dari",
        "Budi Santoso",
        "Untuk",
        "Mentoring: Python dengan Andi",
        "Dibayar",
        "Sab, 21 Nov 2026, 15.42 WIB",
        "Jumlah",
        "Rp 150.000",
        "LUNAS",
        "Terima kasih.",
    ]


def test_the_same_receipt_is_the_same_bytes() -> None:
    assert receipt_pdf(RECEIPT) == receipt_pdf(RECEIPT)
    assert receipt_pdf(RECEIPT) != receipt_pdf(replace(RECEIPT, number="No. 1043"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Nguyễn Thị Ánh", "Nguyễn Thị Ánh"),
        ("Ольга Ωμέγα", "Ольга Ωμέγα"),
        ("Budi 🎉 Santoso 👨‍👩‍👧", "Budi Santoso"),
        ("李小龍", ""),
        ("محمد", ""),
        ("Bu\u0000di\ue000\n\tSantoso\u202e", "Budi Santoso"),
        ("\ud800", ""),
    ],
)
def test_any_name_is_shown_as_far_as_there_are_signs(name: str, shown: str) -> None:
    assert drawable(name) == shown
    said = words(receipt_pdf(replace(RECEIPT, rows=(("Dari", name), ("E-mail", "budi@example.com")))))
    assert said[3:-4] == [*(["Dari", shown] if shown else []), "E-mail", "budi@example.com"]


def test_a_name_of_5000_characters_stays_on_the_page() -> None:
    for long in ("Budi " * 1000, "B" * 5000):
        pdf = receipt_pdf(replace(RECEIPT, rows=(("Dari", long),)))
        assert pages(pdf) == 1
        assert words(pdf)[-4:] == ["Jumlah", "Rp 150.000", "LUNAS", "Terima kasih."]


INVITE = Invite(
    method=Method.REQUEST,
    uid="order5r0@sahut",
    sequence=0,
    title="Mentoring: Python, dengan Andi; 60 menit",
    description="Baris satu\nbaris dua",
    room="https://meet.example.org/sahut-1",
    starts_at=datetime(2026, 11, 23, 2, 0, tzinfo=UTC),
    ends_at=datetime(2026, 11, 23, 3, 0, tzinfo=UTC),
    zone="Asia/Jakarta",
    made_at=datetime(2026, 11, 21, 3, 0, tzinfo=UTC),
    organizer=("IKI Care", "sahut@sahut.example"),
    attendees=(("Budi, SE", "budi@example.com"), ("", "andi@example.com")),
)


def test_a_calendar_reads_the_invitation() -> None:
    calendar = Calendar.from_ical(invite_ics(INVITE))
    assert str(calendar["method"]) == "REQUEST"
    (event,) = calendar.walk("VEVENT")
    assert str(event["uid"]) == "order5r0@sahut"
    assert (int(event["sequence"]), str(event["status"])) == (0, "CONFIRMED")
    assert event.decoded("dtstart") == INVITE.starts_at
    assert event["dtstart"].params["TZID"] == "Asia/Jakarta"
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(hours=1)
    assert str(event["summary"]) == INVITE.title
    assert str(event["description"]) == INVITE.description
    assert str(event["location"]) == INVITE.room
    assert str(event["organizer"]) == "mailto:sahut@sahut.example"
    assert [str(each) for each in event["attendee"]] == ["mailto:budi@example.com", "mailto:andi@example.com"]
    assert event["attendee"][0].params["CN"] == "Budi, SE"
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("trigger") == -timedelta(minutes=10)
    assert [str(each["tzid"]) for each in calendar.walk("VTIMEZONE")] == ["Asia/Jakarta"]


def test_a_cancelled_session_takes_the_same_event_back() -> None:
    calendar = Calendar.from_ical(invite_ics(replace(INVITE, method=Method.CANCEL, sequence=1)))
    (event,) = calendar.walk("VEVENT")
    assert str(calendar["method"]) == "CANCEL"
    assert (str(event["uid"]), int(event["sequence"]), str(event["status"])) == ("order5r0@sahut", 1, "CANCELLED")
    assert calendar.walk("VALARM") == []


def test_the_same_invitation_is_the_same_bytes() -> None:
    assert invite_ics(INVITE) == invite_ics(INVITE)


def test_a_title_cannot_bring_lines_of_its_own() -> None:
    calendar = Calendar.from_ical(invite_ics(replace(INVITE, title="Halo\r\nATTENDEE:mailto:evil@example.com")))
    (event,) = calendar.walk("VEVENT")
    assert len(event["attendee"]) == 2
