"""Stopped at once after the start: nobody is kept waiting for what it took hold of."""

import asyncio
from typing import Any

import pytest

from storage.base import Lease
from tests.talk import Scripted, Talk


async def test_who_is_stopped_while_taking_hold_of_a_sender_lets_go_of_it(
    talk: Talk, customer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage: Any = talk.service.storage
    hold, under_way = storage.hold, asyncio.Event()

    async def slowly(name: str, lease: Lease) -> bool:
        under_way.set()
        await asyncio.sleep(0.1)
        held: bool = await hold(name, lease)
        return held

    monkeypatch.setattr(storage, "hold", slowly)
    for outbox in talk.service._outboxes:
        outbox._held_until = 0.0
        outbox.wake()
    await under_way.wait()
    await talk.restart()
    await customer.says("lupa pin")
    await customer.hears("Login")
