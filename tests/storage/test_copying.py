"""A copy is the same store in another file or another database, whenever it was broken off in between."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from domain.messages import Delivery
from domain.people import Conversation, Person
from domain.records import Record
from storage import copying
from storage.base import Change, Row, Storage, Taken
from storage.copying import Copying, Differs, NotEmpty, copy, unfinished, verify
from tests.storage.conftest import mongodb, sqlite
from tests.storage.kit import AT, BUDI, SARI, Booking, Invoice, claimed, ids, lease, message, minutes, queued, said
from tests.storage.test_effects import answer, effect, want

KINDS: tuple[type[Record], ...] = (Person, Conversation, Booking, Invoice, Copying)
LATER = AT + minutes(5)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "PAGE", 3)


async def opened(make: Any, folder: Path) -> Storage:
    folder.mkdir()
    store: Storage = make(folder)
    await store.open()
    return store


PAIRS = (
    pytest.param(sqlite, sqlite, id="sqlite-sqlite"),
    pytest.param(sqlite, mongodb, marks=pytest.mark.mongodb, id="sqlite-mongodb"),
    pytest.param(mongodb, sqlite, marks=pytest.mark.mongodb, id="mongodb-sqlite"),
)
pytestmark = pytest.mark.parametrize(("of", "to"), PAIRS)


@pytest.fixture
async def source(of: Any, tmp_path: Path) -> AsyncIterator[Storage]:
    store = await opened(of, tmp_path / "source")
    await filled(store)
    yield store
    await store.close()


@pytest.fixture
async def target(to: Any, tmp_path: Path) -> AsyncIterator[Storage]:
    store = await opened(to, tmp_path / "target")
    yield store
    await store.close()


async def filled(store: Storage) -> None:
    """Something of everything, in every state that it can be in."""
    for number in range(5):
        sent = [message(f"m{number}"), message(f"n{number}", SARI)]
        await store.commit(Change(claim=await claimed(store, said(number)), at=AT, outgoing=sent))
    first, second, third, *_ = await queued(store)
    await store.settle(replace(first, delivery=Delivery.SENT, provider_ids=("p1", "p2")))
    await store.settle(replace(second, delivery=Delivery.FAILED, error="blocked"))
    await store.settle(replace(third, delivery=Delivery.SENT, provider_ids=("p2", "p3")))  # an edit of the first
    await store.settle((await queued(store))[0], not_before=7.0)
    await store.commit(Change(claim=await claimed(store, said("aside", SARI)), at=AT, set_aside=True, error="Bug"))
    tried = await claimed(store, said("tried", SARI))
    await store.commit(Change(claim=tried, at=AT, defer_until=50.0, error="ValueError"))
    await store.record([said(f"waits-{number}", SARI) for number in range(7)], at=LATER)
    await store.record([said("held", "telegram:3")], at=LATER, lease=lease("somebody", now=1e12))
    await want(store, effect("e1"), effect("e2"), effect("e3"), by=100)
    await store.claim_effects(limit=2, lease=lease())
    await store.settle_effect(effect("e1"), arrival=answer(effect("e1")), at=LATER)
    await store.settle_effect(effect("e2"), arrival=None, not_before=90.0, at=LATER)
    await store.save(
        Person(id=BUDI, name="Budi 🙏", first_seen_at=AT),
        Conversation(id=SARI, topic="saldo"),
        *(Booking(id=f"b{number}", quarters=(f"{number}00", f"{number}15"), due_at=AT) for number in range(4)),
        Invoice(id="i1", number="2026/1"),
    )
    await store.save(Booking(id="b1", version=1, quarters=("100", "145"), seats=3))
    assert await store.hold("sender:telegram", lease("somebody", now=1e12))


async def state(store: Storage) -> dict[str, list[Row]]:
    """All rows there are, by table."""
    found: dict[str, list[Row]] = {}
    for table in copying.tables(KINDS):
        rows: list[Row] = []
        after = ""
        while (page := await store.upkeep.page(table, after=after, limit=100)).last:
            rows += page.rows
            after = page.last
        found[table] = sorted(
            ({**row, "body": ""} if "keys" in row else row for row in rows), key=lambda row: str(sorted(row.items()))
        )
    return found


def nothing(rows: int) -> None:
    pass


class Broken(Exception):
    pass


class Brittle:
    """A store that is killed at one of its writes, before it or after it."""

    def __init__(self, store: Storage, writes: int) -> None:
        self._store = store
        self._upkeep = store.upkeep
        self.left = writes
        self.upkeep = self

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name) if hasattr(self._store, name) else getattr(self._upkeep, name)

    async def _write(self, work: Any) -> None:
        if not self.left:
            raise Broken
        self.left -= 1
        await work
        if not self.left:
            raise Broken

    async def save(self, *records: Record) -> None:
        await self._write(self._store.save(*records))

    async def put(self, table: str, rows: Sequence[Row]) -> None:
        await self._write(self._upkeep.put(table, rows))


# --- what a copy is ---


async def test_a_copy_is_the_same(source: Storage, target: Storage) -> None:
    progress: list[int] = []
    await copy(source, target, KINDS, "a", progress.append)
    assert await unfinished(target)
    counts = await verify(source, target, KINDS, nothing)
    assert not await unfinished(target)
    assert await state(target) == await state(source)
    assert counts == {table: len(rows) for table, rows in (await state(source)).items()}
    assert sum(progress) == sum(counts.values())
    for kind in (Person, Conversation, Booking, Invoice):
        assert await target.find(kind) == await source.find(kind)
    assert await target.transcript(BUDI) == await source.transcript(BUDI)


async def test_what_waits_waits_on_in_its_order(source: Storage, target: Storage) -> None:
    await copy(source, target, KINDS, "a", nothing)
    assert await target.waiting() == await source.waiting()
    # What was held is free, and what was put off waits as long as it did.
    claims = await target.claim(limit=9, lease=lease(now=1.0))
    assert ids(claims) == ["held", "e1"]
    for each in claims:
        assert await target.commit(Change(claim=each, at=LATER)) is None
    (claim,) = await target.claim(limit=9, lease=lease(now=50.0))
    assert (claim.entry.external_id, claim.entry.tries, claim.conversation.topic) == ("tried", 1, "saldo")
    seen = []
    following: Any = claim
    while following is not None:
        seen.append(following.entry.external_id)
        following = await target.commit(Change(claim=following, at=LATER), lease=lease(now=50.0))
    assert seen == ["tried", *(f"waits-{number}" for number in range(7))]
    assert [each.id for each in await queued(target)] == [each.id for each in await queued(source)]
    assert await target.hold("sender:telegram", lease("next"))


async def test_what_is_known_is_known_in_the_copy(source: Storage, target: Storage) -> None:
    await copy(source, target, KINDS, "a", nothing)
    assert (await target.record([said(0), said("aside", SARI), said("waits-3", SARI)], at=LATER)).new == 0
    first, second = [await target.message_by_provider_id("telegram", each) for each in ("p1", "p2")]
    assert first is not None
    assert second is not None
    assert first.id != second.id
    waiting = await target.claim_effects(limit=9, lease=lease(now=50.0))
    assert [(each.effect.id, each.tries) for each in waiting] == [("e3", 0)]
    with pytest.raises(Taken):
        await target.save(Booking(id="b9", quarters=("300",)))
    await target.save(Booking(id="b3", version=1), Booking(id="b9", quarters=("300",)))


async def test_numbers_go_on_above_those_of_the_copy(source: Storage, target: Storage) -> None:
    await copy(source, target, KINDS, "a", nothing)
    highest = max(row["seq"] for row in (await state(source))["inbox"])
    (claim,) = (await target.record([said("new", "telegram:77")], at=LATER, lease=lease())).claims
    assert claim.entry.seq > highest


# --- broken off ---


async def test_broken_off_at_any_write_it_ends_the_same(source: Storage, target: Storage, tmp_path: Path) -> None:
    """Each time it comes one write further."""
    for writes in range(1, 40):
        brittle = Brittle(target, writes)
        try:
            await copy(source, brittle, KINDS, "a", nothing)
            break
        except Broken:
            assert await unfinished(target)
    else:
        raise AssertionError("it does not get on")
    assert writes > 3
    await verify(source, target, KINDS, nothing)
    assert await state(target) == await state(source)


async def test_what_was_copied_is_not_copied_again(source: Storage, target: Storage) -> None:
    brittle = Brittle(target, 9)
    with pytest.raises(Broken):
        await copy(source, brittle, KINDS, "a", nothing)
    rest: list[int] = []
    await copy(source, target, KINDS, "a", rest.append)
    counts = await verify(source, target, KINDS, nothing)
    assert sum(rest) <= sum(counts.values()) - 9


# --- what is refused ---


async def test_what_holds_something_else_is_left_alone(source: Storage, target: Storage) -> None:
    await target.record([said(1)], at=AT)
    with pytest.raises(NotEmpty, match="inbox"):
        await copy(source, target, KINDS, "a", nothing)
    assert len((await state(target))["inbox"]) == 1
    assert not await unfinished(target)


async def test_a_copy_of_something_else_is_left_alone_and_so_is_a_finished_one(
    source: Storage, target: Storage
) -> None:
    with pytest.raises(Broken):
        await copy(source, Brittle(target, 5), KINDS, "b", nothing)
    with pytest.raises(NotEmpty, match="something else"):
        await copy(source, target, KINDS, "a", nothing)
    await copy(source, target, KINDS, "b", nothing)
    await verify(source, target, KINDS, nothing)
    with pytest.raises(NotEmpty, match="finished"):
        await copy(source, target, KINDS, "b", nothing)


async def test_a_source_that_was_written_to_meanwhile_is_found_out(source: Storage, target: Storage) -> None:
    await copy(source, target, KINDS, "a", nothing)
    await source.save(Person(id=BUDI, version=1, name="Budi S"))
    with pytest.raises(Differs, match="people"):
        await verify(source, target, KINDS, nothing)
    await target.save(Person(id=BUDI, version=1, name="Budi S"))
    await source.record([said("late")], at=LATER)
    with pytest.raises(Differs, match="inbox"):
        await verify(source, target, KINDS, nothing)
    assert await unfinished(target)
