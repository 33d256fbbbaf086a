"""Many effects at a time: what there is no room for goes on as soon as there is some."""

import asyncio
from pathlib import Path

import pytest

from bot.clock import BusinessClock
from bot.effects import AT_ONCE, Answer, Done, Effects
from bot.leases import Leases
from bot.records import RECORD_TYPES
from domain.effects import Effect
from storage.base import Change
from storage.sqlite import SQLiteStorage
from tests.storage.kit import AT, claimed, said

MANY = 3 * AT_ONCE


async def test_what_there_is_no_room_for_does_not_wait_for_the_next_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.polling.Poll.pause", lambda poll, found: 3600.0)
    wanted = [Effect(id=f"effect-{n}", name="test", record="", conversation=f"test:{n}") for n in range(MANY)]
    done: set[str] = set()
    all_done = asyncio.Event()

    async def service(effect: Effect) -> Answer:
        await asyncio.sleep(0)
        done.add(effect.id)
        if len(done) == MANY:
            all_done.set()
        return Done()

    storage = SQLiteStorage(tmp_path / "sahut.db", RECORD_TYPES)
    await storage.open()
    effects = Effects(
        storage, BusinessClock(), Leases(), {"test": service}, on_recorded=lambda recorded: None, backoff=float
    )
    await storage.commit(Change(claim=await claimed(storage, said("1")), at=AT, effects=wanted))
    running = asyncio.create_task(effects.run())
    async with asyncio.timeout(10):
        await all_done.wait()
    await effects.stop()
    await running
    await storage.close()
    assert done == {effect.id for effect in wanted}
