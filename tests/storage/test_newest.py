"""Records in order, newest first, page by page, counted, and many at once."""

from datetime import datetime, timedelta

import pytest

from domain.messages import Choice, literal
from domain.people import Conversation
from storage import mongo_records
from storage.base import Storage
from tests.storage.kit import AT, BUDI, Booking, lease, minutes, said


async def bookings(store: Storage) -> None:
    """Eight, of which each two are due at once; those with an odd number are paid. One is never due."""
    await store.save(
        *(
            Booking(
                id=f"b{number}",
                due_at=AT + minutes(number // 2),
                seats=number // 2,
                status="paid" if number % 2 else "asked",
            )
            for number in range(8)
        ),
        Booking(id="never", status="paid"),
    )


async def test_records_come_newest_first_page_by_page_each_once(store: Storage) -> None:
    await bookings(store)
    seen: list[str] = []
    last: tuple[datetime, str] | None = None
    while page := await store.newest(Booking, by="due_at", limit=3, after=last):
        seen += [each.id for each in page]
        assert page[-1].due_at is not None
        last = (page[-1].due_at, page[-1].id)
    assert seen == ["b7", "b6", "b5", "b4", "b3", "b2", "b1", "b0"]


async def test_times_with_fractions_are_told_apart_too(store: Storage) -> None:
    times = [AT + timedelta(milliseconds=each) for each in (0, 250, 500)]
    await store.save(*(Booking(id=f"b{number}", due_at=at) for number, at in enumerate(times)))
    seen: list[str] = []
    last: tuple[datetime, str] | None = None
    while page := await store.newest(Booking, by="due_at", limit=1, after=last, least=AT):
        seen += [each.id for each in page]
        assert page[-1].due_at is not None
        last = (page[-1].due_at, page[-1].id)
    assert sorted(seen) == ["b0", "b1", "b2"]


async def test_they_come_by_a_number_too_of_those_that_equal_and_are_not_below_the_least(store: Storage) -> None:
    await bookings(store)
    paid = await store.newest(Booking, by="seats", limit=10, status="paid")
    assert [each.id for each in paid] == ["b7", "b5", "never", "b3", "b1"]
    after = await store.newest(Booking, by="seats", limit=2, after=(2, "b5"), status="paid")
    assert [each.id for each in after] == ["never", "b3"]
    late = await store.newest(Booking, by="due_at", limit=10, least=AT + minutes(2), status="paid")
    assert [each.id for each in late] == ["b7", "b5"]
    assert await store.newest(Booking, by="due_at", limit=0) == ()


async def test_what_would_come_is_counted_up_to_a_number(store: Storage) -> None:
    await bookings(store)
    assert await store.how_many(Booking, most=100) == 9
    assert await store.how_many(Booking, most=100, by="due_at") == 8
    assert await store.how_many(Booking, most=100, status="paid") == 5
    assert await store.how_many(Booking, most=3, status="paid") == 3
    assert await store.how_many(Booking, most=100, by="due_at", least=AT + minutes(3), status="paid") == 1


async def test_a_place_that_is_kept_for_a_record_is_none(store: Storage) -> None:
    await store.record([said(1)], at=AT, lease=lease())  # the conversation is leased, not saved
    assert await store.how_many(Conversation, most=9) == 0
    await store.save(Conversation(id=BUDI, shown=(Choice("yes", literal("Ya")),)))
    assert await store.how_many(Conversation, most=9) == 1


@pytest.mark.parametrize(("by", "equal"), [("quarters", {}), ("due_at", {"quarters": "9"})])
async def test_an_order_or_a_filter_without_an_index_is_refused(
    store: Storage, by: str, equal: dict[str, str | int]
) -> None:
    with pytest.raises(ValueError, match="quarters"):
        await store.newest(Booking, by=by, limit=1, after=None, least=None, **equal)
    with pytest.raises(ValueError, match="quarters"):
        await store.how_many(Booking, most=1, by=by, least=None, **equal)


async def test_many_records_are_read_at_once(store: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo_records, "MANY", 7)
    await store.save(*(Booking(id=f"b{number}", seats=number) for number in range(30)))
    found = await store.get_many(Booking, ["gone", *(f"b{number}" for number in range(20)), "b1"])
    assert found == {f"b{number}": Booking(id=f"b{number}", version=1, seats=number) for number in range(20)}
    assert await store.get_many(Booking, []) == {}
