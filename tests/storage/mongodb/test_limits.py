"""Long queues, and that what is asked for often is asked for by an index."""

from typing import Any

import pytest

from storage import mongo_lanes, mongo_records
from storage.base import Change, Claim, StorageUnavailable
from storage.mongo import MongoStorage
from storage.mongo_schema import WAITING
from tests.storage.kit import AT, BUDI, SARI, Booking, claimed, lease, said

pytestmark = pytest.mark.mongodb


async def test_a_conversation_in_which_too_many_wait_takes_no_more_until_some_are_done(
    store: MongoStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mongo_lanes, "LONGEST", 2)
    claim = await claimed(store, said(1))
    await store.record([said(2)], at=AT)
    with pytest.raises(StorageUnavailable, match=BUDI):
        await store.record([said(3)], at=AT)
    await store.record([said(4, SARI)], at=AT)
    await store.commit(Change(claim=claim, at=AT))
    assert (await store.record([said(3)], at=AT)).new == 1


async def test_a_conversation_with_many_waiting_is_handled_in_order(store: MongoStorage) -> None:
    await store.record([said(number) for number in range(40)], at=AT)
    await store.record([said(number) for number in range(40, 60)], at=AT)
    (claim,) = await store.claim(limit=9, lease=lease())
    handled = []
    following: Claim | None = claim
    while following:
        handled.append(following.entry.external_id)
        following = await store.commit(Change(claim=following, at=AT), lease=lease())
    assert handled == [str(number) for number in range(60)]


def stages(plan: dict[str, Any]) -> list[str]:
    return [plan["stage"], *(stages(plan["inputStage"]) if "inputStage" in plan else ())]


async def test_every_hot_lookup_uses_an_index(store: MongoStorage) -> None:
    database = store._connection.database
    waiting = {"waiting": {"$gt": 0}, "ready_at": {"$lte": 1.0}, "lease_until": {"$lte": 1.0}}
    effects = {"state": "waiting", "not_before": {"$lte": 1.0}, "lease_until": {"$lte": 1.0}}
    claims = database["conversations"].find(waiting).hint(WAITING).sort("first.seq", 1)
    queue = database["outbox"].find({"sender": "telegram", "queued": True, "seq": {"$gt": 0}}).sort("seq", 1)
    sent = database["outbox"].find({"to": BUDI}).sort([("queued_at", -1), ("seq", -1)])
    said = database["inbox"].find({"kind": "said", "conversation": BUDI}).sort([("received_at", -1), ("seq", -1)])
    hot = [claims, queue, sent, said]
    replica_set = "secantusVersion" not in await database.client.admin.command("buildInfo")
    if replica_set:  # the test server has a mind of its own about these
        hot += [
            database["outbox"].find({"provider_ids": "p1", "sender": "telegram"}),
            database["effects"].find(effects).sort([("not_before", 1), ("seq", 1)]),
            database["bookings"].find({"body.status": "paid", "version": {"$gt": 0}}).sort("_id", 1),
            database["bookings"].find({"body.due_at": {"$lte": AT}}).sort([("body.due_at", 1), ("_id", 1)]),
            database["bookings"]
            .find(mongo_records.wanted(Booking, "due_at", None, {"status": "paid"}))
            .sort([("body.due_at", -1), ("_id", -1)]),
        ]
    for lookup in hot:
        plan = (await lookup.explain())["queryPlanner"]["winningPlan"]
        assert "IXSCAN" in stages(plan), plan
        assert not replica_set or "SORT" not in stages(plan), plan
