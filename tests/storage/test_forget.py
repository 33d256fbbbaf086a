"""Forgetting a person: nothing that names them stays, whatever was about to happen; nobody else loses anything."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.events import Arrival, Due, Said, SaidKind
from domain.messages import Delivery, Say, Text
from domain.people import Conversation, Person
from domain.records import Record
from storage import mongo_forgetting, sqlite_forgetting
from storage.base import Change, LeaseLost, Stale, Storage, Taken
from storage.sqlite import SQLiteStorage
from tests.storage.kit import AT, BUDI, RECORDS, SARI, Booking, Invoice, claimed, ids, lease, message, queued, said
from tests.storage.test_effects import answer, effect, want

DESK = "telegram:-1002:17"


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (sqlite_forgetting, mongo_forgetting):
        monkeypatch.setattr(module, "PAGE", 3)
    monkeypatch.setattr(sqlite_forgetting, "BATCH", 2)


async def texts(store: Storage, conversation: str) -> list[str]:
    lines = await store.transcript(conversation)
    return [line.said.external_id if line.said else line.sent.id if line.sent else "" for line in lines]


async def talk(store: Storage, conversation: str, *numbers: int) -> None:
    """Something said, and answered."""
    for number in numbers:
        answers = [message(f"m{number}", conversation)]
        change = Change(claim=await claimed(store, said(number, conversation)), at=AT, outgoing=answers)
        await store.commit(change)


async def test_what_was_said_and_sent_is_gone_and_others_keep_theirs(store: Storage) -> None:
    await talk(store, BUDI, 1, 3, 5, 7)
    await talk(store, f"{BUDI}0", 2)
    await talk(store, SARI, 4, 6)
    await store.upkeep.forget([BUDI])
    assert await texts(store, BUDI) == []
    assert await texts(store, f"{BUDI}0") == ["2", "m2"]
    assert await texts(store, SARI) == ["4", "m4", "6", "m6"]
    assert [each.id for each in await queued(store)] == ["m2", "m4", "m6"]


async def test_a_repeat_of_what_was_forgotten_is_still_known(store: Storage) -> None:
    await talk(store, BUDI, 1)
    await store.record([said(2)], at=AT)
    await store.upkeep.forget([BUDI])
    assert (await store.record([said(1), said(2)], at=AT)).new == 0
    assert await store.waiting() == 0


async def test_what_waits_is_dropped_and_what_is_said_later_is_not(store: Storage) -> None:
    await store.record([said(1), said(2)], at=AT)
    await store.upkeep.forget([BUDI])
    assert await store.claim(limit=10, lease=lease()) == ()
    await store.record([said(3)], at=AT)
    (claim,) = await store.claim(limit=10, lease=lease())
    assert (claim.entry.external_id, claim.conversation) == ("3", Conversation(id=BUDI))
    assert await store.commit(Change(claim=claim, at=AT)) is None
    assert await texts(store, BUDI) == ["3"]


async def test_a_turn_under_way_cannot_be_committed(store: Storage) -> None:
    claim = await claimed(store, said(1))
    await store.upkeep.forget([BUDI])
    with pytest.raises(LeaseLost):
        await store.commit(Change(claim=claim, at=AT, outgoing=[message()], save=[Person(id=BUDI)]))
    with pytest.raises(LeaseLost):
        await store.refresh(claim)
    assert await store.get(Person, BUDI) is None
    assert ids((await store.record([said(2)], at=AT, lease=lease())).claims) == ["2"]


async def test_a_send_and_a_call_under_way_leave_no_trace(store: Storage) -> None:
    await want(store, effect())
    await store.claim_effects(limit=1, lease=lease())
    await talk(store, BUDI, 2)
    (sending,) = await queued(store)
    await store.upkeep.forget([BUDI])
    with pytest.raises(Stale):
        await store.settle(replace(sending, delivery=Delivery.SENT, provider_ids=("p1",)))
    assert (await store.settle_effect(effect(), arrival=answer(effect()), at=AT)).new == 0
    assert await store.message_by_provider_id("telegram", "p1") is None


async def test_what_is_told_to_others_about_them_goes_too(store: Storage) -> None:
    """By the person's address or a record's id, as a whole text; not where it is part of another."""
    about = Say(text=Text("ops-undeliverable", {"person": BUDI}))
    on_case = Say(text=Text("literal", {"text": "Budi: halo"}), case="booking-1")
    on_another = Say(text=Text("literal", {"text": f"{BUDI} booking-1"}), case="booking-11")
    told = [replace(message(f"m{n}", SARI), say=say) for n, say in enumerate((about, on_case, on_another))]
    await store.commit(Change(claim=await claimed(store, said(1, SARI)), at=AT, outgoing=told))
    await store.upkeep.forget([BUDI, "booking-1"])
    assert await texts(store, SARI) == ["1", "m2"]


async def test_what_somebody_else_says_is_theirs(store: Storage) -> None:
    await store.record([said(1, SARI, text=BUDI)], at=AT)
    await store.upkeep.forget([BUDI])
    (claim,) = await store.claim(limit=1, lease=lease())
    assert claim.entry.event == Said(kind=SaidKind.TEXT, text=BUDI)


async def test_what_they_said_in_a_group_goes_and_the_group_goes_on(store: Storage) -> None:
    in_group = replace(said(1, DESK), person=BUDI)
    due = Arrival(source="job", external_id="due", conversation=DESK, event=Due(name="x", record="booking-1", at=AT))
    await store.record([in_group, due, said(2, DESK)], at=AT)
    await store.upkeep.forget([BUDI, "booking-1"])
    seen = []
    for _ in range(3):
        for claim in await store.claim(limit=1, lease=lease()):
            seen.append((type(claim.entry.event).__name__, claim.entry.person))
            await store.commit(Change(claim=claim, at=AT))
    assert seen[-1] == ("Said", DESK)
    assert {kind for kind, _ in seen[:-1]} <= {"NotUnderstood"}
    assert await store.waiting() == 0
    assert BUDI not in {person for _, person in seen}


async def test_records_are_deleted_or_stay_without_the_person(store: Storage) -> None:
    await store.save(
        Person(id=BUDI, name="Budi"),
        Conversation(id=BUDI, topic="saldo"),
        Booking(id="booking-1", customer=BUDI, quarters=("0900",)),
        Invoice(id="invoice-1", number="2026/1", payer=BUDI),
    )
    kept = Invoice(id="invoice-1", version=1, number="2026/1")
    gone: list[Record] = [
        Person(id=BUDI, version=1),
        Conversation(id=BUDI, version=1),
        Booking(id="booking-1", version=1),
    ]
    await store.upkeep.forget([BUDI, "booking-1"], save=[kept], delete=gone)
    assert await store.find(Invoice) == (replace(kept, version=2),)
    assert [await store.get(type(record), record.id) for record in gone] == [None, None, None]
    await store.save(Booking(id="booking-2", quarters=("0900",)))
    with pytest.raises(Taken):
        await store.save(Invoice(id="invoice-2", number="2026/1"))


async def test_a_call_about_a_record_that_stays_is_made(store: Storage) -> None:
    await store.save(Invoice(id="o1", number="1", payer=BUDI))
    await want(store, replace(effect("refund"), record="o1"), replace(effect("greet"), record="booking-1"))
    kept = Invoice(id="o1", version=1, number="1")
    await store.upkeep.forget([BUDI, "booking-1"], save=[kept])
    assert [each.effect.id for each in await store.claim_effects(limit=9, lease=lease())] == ["refund"]


async def test_a_call_that_was_made_is_forgotten_though_its_record_stays(store: Storage) -> None:
    await store.save(Invoice(id="o1", number="1", payer=BUDI))
    made = replace(effect("pay"), record="o1", conversation="orders:o1", params={"email": "budi@example.com"})
    await want(store, made)
    await store.claim_effects(limit=1, lease=lease())
    await store.settle_effect(made, arrival=answer(made), at=AT)
    assert await store.upkeep.count("effects") == 1
    await store.upkeep.forget([BUDI, "orders:o1"], save=[Invoice(id="o1", version=1, number="1")])
    assert await store.upkeep.count("effects") == 0


async def test_a_record_changed_meanwhile_is_told(store: Storage) -> None:
    await store.save(Person(id=BUDI, name="Budi"), Conversation(id=BUDI))
    with pytest.raises(Stale):
        await store.upkeep.forget([BUDI], delete=[Person(id=BUDI, version=1)])  # not the conversation
    with pytest.raises(Stale):
        await store.upkeep.forget([BUDI], delete=[Conversation(id=BUDI, version=2)])
    gone: list[Record] = [Person(id=BUDI, version=1), Conversation(id=BUDI, version=1)]
    assert await store.get(Person, BUDI) == Person(id=BUDI, version=1, name="Budi")
    assert await store.get(Conversation, BUDI) == Conversation(id=BUDI, version=1)
    await store.upkeep.forget([BUDI], delete=gone)
    assert await store.get(Conversation, BUDI) is None


async def test_no_name_of_theirs_is_left_in_a_sqlite_file(tmp_path: Path) -> None:
    path = tmp_path / "sahut.db"
    store = SQLiteStorage(path, RECORDS)
    await store.open()
    await store.save(Person(id=BUDI, name="Budi"), Invoice(id="i1", number="1", payer=BUDI))
    await store.record([said(number, text="rahasia") for number in range(9)], at=AT)
    (claim,) = await store.claim(limit=1, lease=lease())
    await store.commit(Change(claim=claim, at=AT, outgoing=[message(f"m{number}") for number in range(9)]))
    for each in (await queued(store))[:5]:
        await store.settle(replace(each, delivery=Delivery.SENT, provider_ids=(f"p{each.id}",)))
    await want(store, effect(), by=19)
    kept = Invoice(id="i1", version=1, number="1")
    await store.upkeep.forget([BUDI, "telegram:19"], save=[kept], delete=[Person(id=BUDI, version=1)])
    await store.close()
    with closing(sqlite3.connect(path)) as connection:
        dump = "\n".join(connection.iterdump())
    assert "telegram:1" not in dump
    assert "rahasia" not in dump
    assert "pm1" not in dump
    assert "'telegram'" in dump  # where it came by, which is nobody's
