"""What a dead process held is free at the next start; what a living one holds stays its own."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from storage.base import Change, Storage
from storage.sqlite import SQLiteStorage
from tests.storage.kit import AT, BUDI, RECORDS, SARI, Open, ids, lease, message, said

ROOT = Path(__file__).parents[2]

DYING = """
import asyncio, sys
from pathlib import Path
from storage.base import Change
from storage.sqlite import SQLiteStorage
from tests.storage.kit import AT, BUDI, RECORDS, SARI, lease, said
from tests.storage.test_effects import effect

async def main():
    store = SQLiteStorage(Path(sys.argv[1]), RECORDS)
    await store.open()
    await store.enlist("dying")
    (claim,) = (await store.record([said(1)], at=AT, lease=lease("dying"))).claims
    await store.commit(Change(claim=claim, at=AT, effects=[effect()]))
    await store.record([said(2, SARI)], at=AT, lease=lease("dying"))
    assert await store.claim_effects(limit=1, lease=lease("dying"))
    assert await store.hold("sender:telegram", lease("dying"))
    print("holding", flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_what_a_killed_process_held_is_free_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "sahut.db"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", DYING, str(path), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"holding\n"
    store = SQLiteStorage(path, RECORDS)
    await store.open()
    try:
        await store.enlist("early")
        assert await store.claim(limit=5, lease=lease("early")) == ()
        assert not await store.hold("sender:telegram", lease("early"))
        os.kill(process.pid, signal.SIGKILL)
        await process.wait()
        await store.enlist("next")
        assert ids(await store.claim(limit=5, lease=lease("next"))) == ["2"]
        assert [each.tries for each in await store.claim_effects(limit=5, lease=lease("next"))] == [1]
        assert await store.hold("sender:telegram", lease("next"))
    finally:
        await store.close()
    assert list((tmp_path / "sahut.db-owners").iterdir()) == []


async def test_what_a_living_process_holds_stays_its_own(store: Storage, another: Open) -> None:
    await store.enlist("first")
    await store.record([said(1)], at=AT, lease=lease("first"))
    await store.record([said(2, SARI)], at=AT, lease=lease("first"))
    assert await store.hold("sender:telegram", lease("first"))
    second = another()
    await second.open()
    await second.enlist("second")
    assert await second.claim(limit=5, lease=lease("second")) == ()
    assert not await second.hold("sender:telegram", lease("second"))
    await second.close()
    third = another()
    await third.open()
    await third.enlist("third")
    assert await third.claim(limit=5, lease=lease("third")) == ()
    await third.close()


async def test_a_turn_of_a_dead_owner_cannot_be_committed_any_more(tmp_path: Path) -> None:
    path = tmp_path / "sahut.db"
    old = SQLiteStorage(path, RECORDS)
    await old.open()
    await old.enlist("old")
    (claim,) = (await old.record([said(1)], at=AT, lease=lease("old"))).claims
    await old.close()
    # As if its process had been killed: the file is there, the lock is not.
    (tmp_path / "sahut.db-owners" / "old").touch()
    store = SQLiteStorage(path, RECORDS)
    await store.open()
    try:
        await store.enlist("new")
        (again,) = await store.claim(limit=5, lease=lease("new"))
        assert await store.commit(Change(claim=again, at=AT, outgoing=[message("answer", BUDI)])) is None
        assert [each.id for _, each, _ in await store.outgoing("telegram", now=0, after=0, limit=9)] == ["answer"]
        assert claim.token != again.token
    finally:
        await store.close()
