"""Messages stay queued until they are settled, and what became of them only moves forward."""

import pytest
from msgspec.structs import replace

from domain.messages import Delivery, FailureReason, Outgoing
from storage.base import Change, Stale, Storage
from tests.storage.kit import AT, SARI, claimed, ids, lease, message, queued, said


async def put(store: Storage, *messages: Outgoing) -> list[Outgoing]:
    """Queue messages and read them as their sender does."""
    await store.commit(Change(claim=await claimed(store, said(messages[0].id)), at=AT, outgoing=messages))
    return await queued(store)


async def test_messages_are_queued_in_order_for_their_sender(store: Storage) -> None:
    messages = [message("m2"), message("m1", SARI), replace(message("m3"), sender="whatsapp")]
    assert await put(store, *messages) == [replace(each, version=1) for each in messages[:2]]


async def test_the_queue_can_be_read_on_from_where_one_stopped(store: Storage) -> None:
    await put(store, *(message(f"m{number}") for number in range(5)))
    first = await store.outgoing("telegram", now=0.0, after=0, limit=2)
    rest = await store.outgoing("telegram", now=0.0, after=first[-1][0], limit=10)
    assert [each.id for _, each, _ in (*first, *rest)] == ["m0", "m1", "m2", "m3", "m4"]


async def test_a_sent_message_leaves_the_queue_and_is_known_by_its_provider_ids(store: Storage) -> None:
    (sending,) = await put(store, message())
    sent = replace(sending, delivery=Delivery.SENT, provider_ids=("p1", "p2"), parts=("Selamat", "pagi"))
    await store.settle(sent)
    assert await queued(store) == []
    kept = await store.message("m1")
    assert kept == replace(sent, version=2)
    assert await store.message_by_provider_id("telegram", "p2") == kept
    assert await store.message_by_provider_id("whatsapp", "p2") is None
    assert await store.message_by_provider_id("telegram", "p3") is None


async def test_a_message_that_must_wait_stays_queued_in_its_place_with_its_time(store: Storage) -> None:
    first, _ = await put(store, message("m1"), message("m2"))
    retried = replace(first, tries=1, provider_ids=("p1",), parts=("satu", "dua"))
    await store.settle(retried, not_before=60.0)
    waiting = await store.outgoing("telegram", now=0.0, after=0, limit=10)
    assert [(each.id, not_before) for _, each, not_before in waiting] == [("m1", 60.0), ("m2", 0.0)]
    assert waiting[0][1] == replace(retried, version=2)


async def test_a_failed_message_leaves_the_queue_and_tells_the_inbox_in_the_same_commit(store: Storage) -> None:
    (sending,) = await put(store, message())
    failed = sending.failed(FailureReason.BLOCKED, "403")
    recorded = await store.settle(failed, arrivals=[said("failed", SARI)], at=AT, lease=lease())
    assert (recorded.new, ids(recorded.claims)) == (1, ["failed"])
    assert await queued(store) == []
    assert await store.message("m1") == replace(failed, version=2)


async def test_what_a_settled_send_tells_the_inbox_is_told_once(store: Storage) -> None:
    (sending,) = await put(store, message())
    failed = sending.failed(FailureReason.BLOCKED)
    await store.settle(failed, arrivals=[said("failed", SARI)], at=AT)
    assert (await store.settle(failed, arrivals=[said("failed", SARI)], at=AT)).new == 0


async def test_arrivals_without_their_time_are_refused(store: Storage) -> None:
    (sending,) = await put(store, message())
    with pytest.raises(ValueError, match="time"):
        await store.settle(sending, arrivals=[said("failed", SARI)])


async def test_delivery_reports_move_a_message_on_and_never_back(store: Storage) -> None:
    (sending,) = await put(store, message())
    await store.settle(replace(sending, delivery=Delivery.SENT, provider_ids=("p1",)))
    sent = await store.message_by_provider_id("telegram", "p1")
    assert sent
    read = await store.report(sent, Delivery.READ)
    assert (read.delivery, read) == (Delivery.READ, await store.message("m1"))
    late = await store.report(sent, Delivery.DELIVERED)
    assert late == read == await store.message("m1")


async def test_a_report_of_failure_keeps_its_error(store: Storage) -> None:
    (sending,) = await put(store, message())
    await store.settle(replace(sending, delivery=Delivery.SENT, provider_ids=("p1",)))
    failed = await store.report(sending, Delivery.FAILED, "63016")
    assert (failed.delivery, failed.error) == (Delivery.FAILED, "63016")
    await store.settle(replace(sending, delivery=Delivery.SENT, provider_ids=("p1",)))
    assert await store.message("m1") == replace(failed, version=failed.version + 1)


async def test_a_report_that_came_before_the_send_was_settled_is_not_undone(store: Storage) -> None:
    (sending,) = await put(store, message())
    await store.report(sending, Delivery.DELIVERED)
    await store.settle(replace(sending, delivery=Delivery.SENT, provider_ids=("p1",)))
    settled = await store.message("m1")
    assert settled
    assert (settled.delivery, settled.provider_ids) == (Delivery.DELIVERED, ("p1",))
    assert await queued(store) == []


async def test_a_report_on_one_part_does_not_take_the_others_out_of_the_queue(store: Storage) -> None:
    (sending,) = await put(store, message())
    await store.settle(replace(sending, provider_ids=("p1",), parts=("satu", "dua")))
    part = await store.message_by_provider_id("telegram", "p1")
    assert part
    assert (await store.report(part, Delivery.READ)).delivery is Delivery.READ
    (sending,) = await queued(store)
    assert sending.delivery is Delivery.QUEUED
    await store.settle(replace(sending, delivery=Delivery.SENT, provider_ids=("p2",)))
    settled = await store.message("m1")
    assert settled
    assert (settled.delivery, settled.provider_ids) == (Delivery.READ, ("p1", "p2"))
    assert await queued(store) == []


async def test_a_message_that_was_never_queued_cannot_be_settled_or_reported_on(store: Storage) -> None:
    with pytest.raises(Stale):
        await store.settle(replace(message(), delivery=Delivery.SENT), arrivals=[said(1)], at=AT)
    with pytest.raises(Stale):
        await store.report(message(), Delivery.READ)
    assert await store.message("m1") is None
    assert await store.waiting() == 0


async def test_a_provider_id_names_the_message_that_was_last_sent_under_it(store: Storage) -> None:
    first, edit = await put(store, message("m1"), message("m2"))
    for each in (first, edit):
        await store.settle(replace(each, delivery=Delivery.SENT, provider_ids=("p1",)))
    named = await store.message_by_provider_id("telegram", "p1")
    assert named
    assert named.id == "m2"
