"""Records are found by what their types declare, and outlive changes of those types."""

import logging
from datetime import datetime
from typing import ClassVar

import pytest
from msgspec import Struct
from msgspec.structs import replace

from domain.messages import Choice, literal
from domain.people import Conversation, FlowState, Person
from domain.records import Table
from storage.base import Change, Storage
from tests.storage.kit import AT, BUDI, SARI, Booking, ids, lease, minutes, said


async def test_a_record_comes_back_as_it_was(store: Storage) -> None:
    conversation = Conversation(
        id=BUDI,
        flow=FlowState(flow="order-mentoring", answers={"subject": "python"}),
        shown=(Choice("yes", literal("Ya")),),
        last_inbound_at=AT,
    )
    person = Person(id=BUDI, name="Budi 🙏", first_seen_at=AT)
    await store.save(conversation, person)
    assert await store.get(Conversation, BUDI) == replace(conversation, version=1)
    assert await store.get(Person, BUDI) == replace(person, version=1)
    assert await store.get(Person, SARI) is None


async def test_a_number_of_an_entry_can_be_kept_in_a_record(store: Storage) -> None:
    await store.record([said(1)], at=AT)
    [claim] = await store.claim(limit=1, lease=lease())
    await store.commit(Change(claim=claim, at=AT, save=(Booking(id="b1", seats=claim.entry.seq),)))
    assert [each.seats for each in await store.find(Booking)] == [claim.entry.seq]


async def test_a_read_sees_what_was_acknowledged_before_it(store: Storage) -> None:
    for version in range(100):
        await store.save(Booking(id="b1", version=version, seats=version))
        assert await store.get(Booking, "b1") == Booking(id="b1", version=version + 1, seats=version)


async def test_records_are_found_by_their_declared_fields_in_order_of_id(store: Storage) -> None:
    await store.save(
        Booking(id="b3", status="paid", seats=2),
        Booking(id="b1", status="paid", seats=2),
        Booking(id="b2", status="paid", seats=1),
        Booking(id="b4", status="asked", seats=2),
    )
    assert [each.id for each in await store.find(Booking, status="paid")] == ["b1", "b2", "b3"]
    assert [each.id for each in await store.find(Booking, status="paid", seats=2)] == ["b1", "b3"]
    assert [each.id for each in await store.find(Booking, limit=2)] == ["b1", "b2"]
    assert await store.find(Booking, status="gone") == ()


async def test_a_search_by_a_field_without_an_index_is_refused(store: Storage) -> None:
    with pytest.raises(ValueError, match="quarters"):
        await store.find(Booking, quarters="09:00")
    with pytest.raises(ValueError, match="due_at"):
        await store.due(Person, before=AT, limit=1)


async def test_due_records_come_earliest_first_at_or_before_the_time(store: Storage) -> None:
    await store.save(
        Booking(id="b1", due_at=AT + minutes(2)),
        Booking(id="b2", due_at=AT),
        Booking(id="b3", due_at=AT - minutes(60 * 24 * 400)),
        Booking(id="b4", due_at=AT + minutes(1)),
        Booking(id="b5"),
    )
    assert [each.id for each in await store.due(Booking, before=AT, limit=10)] == ["b3", "b2"]
    assert [each.id for each in await store.due(Booking, before=AT + minutes(1.99), limit=10)] == ["b3", "b2", "b4"]
    assert [each.id for each in await store.due(Booking, before=AT + minutes(9), limit=1)] == ["b3"]


async def test_due_records_come_page_by_page_each_once(store: Storage) -> None:
    await store.save(*(Booking(id=f"b{number}", due_at=AT + minutes(number // 3)) for number in range(8)))
    seen: list[str] = []
    last: tuple[datetime, str] | None = None
    while page := await store.due(Booking, before=AT + minutes(1), limit=2, after=last):
        seen += [each.id for each in page]
        assert page[-1].due_at is not None
        last = (page[-1].due_at, page[-1].id)
    assert seen == ["b0", "b1", "b2", "b3", "b4", "b5"]


class NewerBooking(Struct, frozen=True, kw_only=True):
    """A booking of a later version of the service: without seats, with a note."""

    TABLE: ClassVar[Table] = replace(Booking.TABLE)

    id: str
    version: int = 0
    status: str = "asked"
    quarters: tuple[str, ...] = ()
    due_at: datetime | None = None
    note: str = "none"


async def test_bodies_of_older_and_newer_versions_are_read(store: Storage) -> None:
    await store.save(Booking(id="old", status="paid", seats=3))
    await store.save(NewerBooking(id="new", status="paid", note="by phone"))
    assert await store.get(NewerBooking, "old") == NewerBooking(id="old", version=1, status="paid")
    assert await store.get(Booking, "new") == Booking(id="new", version=1, status="paid")


class AlienConversation(Struct, frozen=True, kw_only=True):
    """A conversation's body that this version cannot read."""

    TABLE: ClassVar[Table] = replace(Conversation.TABLE)

    id: str
    version: int = 0
    shown: int = 7


async def test_a_conversation_that_cannot_be_read_waits_and_the_others_go_on(
    store: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    await store.save(Conversation(id=BUDI))
    await store.save(AlienConversation(id=BUDI, version=1))
    with caplog.at_level(logging.ERROR):
        recorded = await store.record([said(1), said(2, SARI)], at=AT, lease=lease())
    assert (recorded.new, ids(recorded.claims)) == (2, ["2"])
    assert "cannot be read" in caplog.text
    await store.save(Conversation(id=BUDI, version=2))
    assert await store.claim(limit=10, lease=lease("other")) == ()
    (claim,) = await store.claim(limit=1, lease=lease("other", 60.0))
    assert (claim.entry.external_id, claim.conversation.version) == ("1", 3)
