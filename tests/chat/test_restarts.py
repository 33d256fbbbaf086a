"""A service that stops and starts again on what it left."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from domain.events import Arrival
from storage.base import Recorded
from tests.talk import Scripted, Talk

WELL_BEFORE_THE_LEASE_ENDS = 10.0
"""Seconds; a conversation is leased for 30."""


async def test_what_came_in_while_it_stopped_is_answered_as_soon_as_it_is_back(
    talk: Talk, customer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is claimed by the commit that records it, too late for the turn to be run."""
    storage, recorded, stopped = talk.service.storage, asyncio.Event(), asyncio.Event()
    record = storage.record

    async def slowly(arrivals: Sequence[Arrival], **more: Any) -> Recorded:
        told = await record(arrivals, **(more | {"on_claim": lambda _: None}))
        recorded.set()
        await stopped.wait()
        return told

    monkeypatch.setattr(storage, "record", slowly)
    await customer.says("halo")
    await recorded.wait()
    stopping = asyncio.create_task(talk.service.stop())
    async with asyncio.timeout(WELL_BEFORE_THE_LEASE_ENDS):
        while not talk.service.inbox._stopping:
            await asyncio.sleep(0.005)
        stopped.set()
        await stopping
        talk.service = talk.again(talk.service.roles)
        await talk.service.start()
        await customer.hears("Selamat datang")
