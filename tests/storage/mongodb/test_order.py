"""In what order the outbox is read, however long a commit took."""

import asyncio

import pytest

from storage.base import Change
from storage.mongo import MongoStorage
from storage.mongo_reading import LOOK_EVERY
from tests.storage.kit import AT, claimed, message, said
from tests.storage.mongodb.late import Late, read

pytestmark = pytest.mark.mongodb


@pytest.mark.parametrize("seconds", [0.0, 0.7])
async def test_a_message_whose_commit_took_long_is_not_skipped(store: MongoStorage, seconds: float) -> None:
    late = Late(store, "late")
    await late.begun.wait()
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT, outgoing=[message("m1")]))
    ((place, first),) = await read(store, 0)
    assert first == "m1"
    await asyncio.sleep(seconds)
    await store.commit(Change(claim=await claimed(store, said(2)), at=AT, outgoing=[message("m2")]))
    ((place, second),) = await read(store, place)
    assert second == "m2"
    await late.commit()
    await asyncio.sleep(LOOK_EVERY)
    ((place, third),) = await read(store, place)
    assert third == "late"
    assert await read(store, place) == []


async def test_what_follows_a_message_whose_commit_took_long_does_not_overtake_it(store: MongoStorage) -> None:
    late = Late(store, "late")
    await late.begun.wait()
    await asyncio.sleep(0.7)
    await store.commit(Change(claim=await claimed(store, said(1)), at=AT, outgoing=[message("m1")]))
    ((place, _),) = await read(store, 0)
    await late.commit()
    await store.commit(Change(claim=await claimed(store, said(2)), at=AT, outgoing=[message("m2")]))
    assert [each for _, each in await read(store, place)] == ["late", "m2"]


async def test_messages_of_a_machine_whose_clock_is_behind_are_read_once(stores: list[MongoStorage]) -> None:
    place, seen = 0, []

    async def read_on() -> None:
        nonlocal place
        for row in await read(stores[0], place):
            place = row[0]
            seen.append(row[1])

    for number in range(6):
        writer = stores[number % 3]
        claim = await claimed(writer, said(number, f"telegram:{number}"))
        await writer.commit(Change(claim=claim, at=AT, outgoing=[message(f"m{number}")]))
        await read_on()
    await asyncio.sleep(LOOK_EVERY)
    await read_on()
    assert sorted(seen) == [f"m{number}" for number in range(6)]


async def test_another_reader_begins_with_the_oldest_and_the_first_goes_on_undisturbed(
    stores: list[MongoStorage],
) -> None:
    claim = await claimed(stores[0], said(1))
    await stores[0].commit(Change(claim=claim, at=AT, outgoing=[message("m1"), message("m2")]))
    (_, (place, _)) = await read(stores[0], 0)
    assert [each for _, each in await read(stores[1], 0)] == ["m1", "m2"]
    assert [each for _, each in await read(stores[0], 0)] == ["m1", "m2"]
    assert await read(stores[0], place) == []
