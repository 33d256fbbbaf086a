"""The job of retention: all that is over goes in one run, piece by piece; the service goes on."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from domain.cases import Case
from jobs import retention
from storage.base import Change
from storage.sqlite import SQLiteStorage
from tests.storage.kit import AT, BUDI, RECORDS, Booking, claimed, lease, minutes, said
from tests.talk import PATIENCE, Talk

DAY = timedelta(days=1)


async def test_one_run_deletes_all_that_is_old_in_small_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 4)
    monkeypatch.setattr(retention, "PAUSE", 0.0)
    store = SQLiteStorage(tmp_path / "sahut.db", RECORDS)
    await store.open()
    try:
        for number in range(10):
            await store.commit(Change(claim=await claimed(store, said(number)), at=AT))
        await store.save(*(Booking(id=f"b{number}", over_at=AT) for number in range(5)))
        await store.record([said("waits")], at=AT + minutes(1), lease=lease())
        before = store.transactions
        kept = {"inbox": 180 * DAY, "bookings": 30 * DAY}
        assert [page async for page in retention.purge(store, AT + 100 * DAY, retention=kept) if page] == []
        assert await store.find(Booking) == ()
        assert len(await store.transcript(BUDI)) == 11
        assert [page async for page in retention.purge(store, AT + 181 * DAY, retention=kept) if page] == []
        assert [line.said.external_id for line in await store.transcript(BUDI) if line.said] == ["waits"]
        assert store.transactions - before == 2 + 3
    finally:
        await store.close()


async def test_a_service_deletes_what_is_old_and_goes_on(tmp_path: Path) -> None:
    talk = await Talk.begin(tmp_path, retention="inbox=30d,outbox=30d,cases=60d")
    try:
        await talk.at_office_hours()
        budi, sari, dewi = talk.person("budi"), talk.person("sari"), talk.agent("dewi")
        for customer in (budi, sari):
            await customer.says("CS")
            await customer.hears("#")
        await sari.says("menu")
        await sari.hears("Akhiri percakapan")
        await sari.presses("Ya, akhiri")
        await talk.quiet()
        await talk.later(61 * DAY)
        async with asyncio.timeout(PATIENCE):
            while await talk.service.storage.find(Case, status="closed"):
                await asyncio.sleep(0.01)
        await talk.quiet()
        assert await talk.service.storage.transcript(budi.chat) == ()
        # Budi waits for an agent: his case is not over, however old it is.
        assert [case.customer for case in await talk.service.storage.find(Case)] == [budi.chat]
        await budi.says("masih di sana?")
        await dewi.hears("masih di sana?")
        await sari.says("halo")
        await sari.hears("Pilih topik")
    finally:
        await talk.end()
