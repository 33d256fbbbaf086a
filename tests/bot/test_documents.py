"""Documents by their names: what is opened, for which orders, in whose words."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar
from msgspec.structs import replace

from bot.build import open_storage
from bot.catalog import load_catalog
from bot.channels.base import MediaNotNow, MediaUnavailable
from bot.documents import Documents
from bot.settings import Settings
from bot.wording import Texts
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Session
from domain.payments import Payment, PaymentStatus
from storage.base import Storage, StorageUnavailable
from tests.services.pdf import words

SETTINGS = Settings(mail_from="Sahut <sahut@sahut.example>")
NOW = datetime(2027, 3, 1, 2, 0, tzinfo=UTC)
SESSION = Session(
    subject="programming",
    mentor="andi",
    booking="booking-1",
    starts_at=NOW,
    ends_at=NOW + timedelta(hours=1),
    approve_by=NOW,
    room="https://meet.example.org/sahut-1",
)
ORDER = Order(
    id="order-5",
    number=5,
    kind=OrderKind.MENTORING,
    customer="telegram:1001",
    name="Budi 🎉",
    email="budi@example.com",
    language="en",
    zone="Asia/Jayapura",
    price=Money(1250, "USD"),
    status=OrderStatus.CONFIRMED,
    made_at=NOW,
    pay_by=NOW,
    paid_at=NOW,
    payment="pay-5-1",
    mentor="andi",
    session=SESSION,
)
PAYMENT = Payment(
    id="pay-5-1",
    order="order-5",
    customer="telegram:1001",
    provider="stripe",
    amount=ORDER.price,
    description="",
    status=PaymentStatus.PAID,
    made_at=NOW,
    deadline_at=NOW,
)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = open_storage(Settings(database_url=f"sqlite:///{tmp_path / 'sahut.db'}"))
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
def documents(storage: Storage) -> Documents:
    return Documents(storage, Texts(), load_catalog(Path("catalog.toml")), SETTINGS)


async def test_a_receipt_in_the_order_s_language_currency_and_zone(storage: Storage, documents: Documents) -> None:
    await storage.save(ORDER, PAYMENT)
    file = await documents.open("receipt/order-5")
    assert (file.name, file.mime) == ("receipt-5.pdf", "application/pdf")
    said = words(file.body)
    for expected in (
        "Receipt",
        "Budi",
        "Mentoring Programming with Andi",
        "Mon, 1 Mar 2027, 11:00 WIT",
        "Stripe",
        "$ 12.50",
        "PAID",
    ):
        assert expected in said
    assert (await documents.open("receipt/order-5")).body == file.body


async def test_what_the_catalog_no_longer_has_is_named_as_it_was(storage: Storage, documents: Documents) -> None:
    gone = replace(ORDER, session=replace(SESSION, subject="cooking", mentor="joko"))
    await storage.save(gone, PAYMENT)
    assert "Mentoring cooking with joko" in words((await documents.open("receipt/order-5")).body)
    invitation = Calendar.from_ical((await documents.open("invite/order-5")).body)
    assert str(invitation.walk("VEVENT")[0]["summary"]) == "Mentoring cooking · joko"


async def test_an_invitation_names_who_invites_and_who_is_invited(storage: Storage, documents: Documents) -> None:
    await storage.save(ORDER)
    file = await documents.open("invite/order-5")
    assert (file.name, file.mime) == ("invitation-5.ics", "text/calendar; charset=utf-8; method=REQUEST")
    (event,) = Calendar.from_ical(file.body).walk("VEVENT")
    assert str(event["uid"]) == "order-5@sahut.example"
    assert str(event["organizer"]) == "mailto:sahut@sahut.example"
    assert [str(each) for each in event["attendee"]] == ["mailto:budi@example.com", "mailto:andi@example.com"]
    assert SESSION.room in str(event["description"])
    assert event["dtstart"].params["TZID"] == "Asia/Jayapura"


@pytest.mark.parametrize(
    ("status", "method", "sequence"),
    [
        (OrderStatus.CONFIRMED, "REQUEST", 2),
        (OrderStatus.DONE, "REQUEST", 2),
        (OrderStatus.CANCELLED, "CANCEL", 3),
        (OrderStatus.DECLINED, "CANCEL", 3),
    ],
)
async def test_an_invitation_is_as_the_order_stands(
    storage: Storage, documents: Documents, status: OrderStatus, method: str, sequence: int
) -> None:
    await storage.save(replace(ORDER, status=status, session=replace(SESSION, revision=2)))
    invitation = Calendar.from_ical((await documents.open("invite/order-5")).body)
    assert str(invitation["method"]) == method
    assert int(invitation.walk("VEVENT")[0]["sequence"]) == sequence


@pytest.mark.parametrize(
    ("order", "ref"),
    [
        (replace(ORDER, paid_at=None), "receipt/order-5"),
        (replace(ORDER, payment="pay-5-2"), "receipt/order-5"),
        (replace(ORDER, customer="", name="", email=""), "receipt/order-5"),
        (replace(ORDER, customer="", name="", email=""), "invite/order-5"),
        (replace(ORDER, status=OrderStatus.OPEN), "invite/order-5"),
        (replace(ORDER, session=None), "invite/order-5"),
        (ORDER, "receipt/order-6"),
        (ORDER, "receipt"),
        (ORDER, "order-5"),
        (ORDER, "photo/order-5"),
    ],
)
async def test_what_is_not_there(storage: Storage, documents: Documents, order: Order, ref: str) -> None:
    """Not paid, not confirmed, of somebody who was forgotten, or of no such name."""
    await storage.save(order, PAYMENT)
    with pytest.raises(MediaUnavailable):
        await documents.open(ref)


async def test_while_storage_is_away_a_document_is_asked_for_again(
    storage: Storage, documents: Documents, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*given: object) -> None:
        raise StorageUnavailable("gone")

    monkeypatch.setattr(storage, "get", away)
    with pytest.raises(MediaNotNow):
        await documents.open("receipt/order-5")
