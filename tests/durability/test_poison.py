"""A message that breaks its step: set aside, told to ops and to whom wrote it; all else goes on."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

import pytest

from tests.durability.counts import KILLED, LIVED, left_over
from tests.durability.ledger import Count
from tests.durability.registry import COUNTS, SEQUENCES
from tests.durability.stage import Town, staged
from tests.durability.verdict import judge
from tests.durability.world import Someone


async def poisoned(folder: Path, name: str, *, kills: int = 0, patches: Sequence[str] = ()) -> None:
    begun = monotonic()
    async with staged(folder, patches=["breaks_on_poison", *patches]) as stage:
        [process] = stage.running
        town = Town(stage, random.Random(1), SEQUENCES, at_once=4)
        unlucky = [await stage.person(name, channel) for name, channel in (("Eka", "telegram"), ("Tono", "whatsapp"))]
        for person in unlucky:
            await person.asks("lupa pin", "Login")
            for text in ("racun", "bantuan"):
                await person.says(text)
        for _ in range(kills):
            await asyncio.sleep(2)
            await stage.kill(process)
            await process.start()
            await process.ready()
        ops = Someone(stage.world, "ops", f"telegram:{stage.world.config.ops_chat_id}")
        for person in unlucky:
            await person.hears("gangguan")
            await person.hears("Tulis kapan saja")
        for _ in unlucky:
            await ops.hears("disisihkan")
        told = [message for message in stage.world.news[ops.chat] if "disisihkan" in message["text"]]
        ledger = await stage.close(town)
        aside = [each for each in ledger.books.entries if each["state"] == "set-aside"]
        counts = (
            *(count for count in COUNTS if count.of is not left_over),
            *(KILLED if kills else LIVED),
            Count("set aside", lambda ledger: aside, exactly=len(unlucky)),
            Count("told to ops", lambda ledger: told, exactly=len(unlucky)),
        )
        judge(stage, ledger, name, "poison", counts, begun, errors=True)


@pytest.mark.slow
async def test_a_poison_message_is_set_aside_and_told(tmp_path: Path) -> None:
    await poisoned(tmp_path, "two poison messages", patches=["short_waits"])


@pytest.mark.soak
async def test_a_poison_message_is_set_aside_though_the_process_dies_meanwhile(tmp_path: Path) -> None:
    await poisoned(tmp_path, "two poison messages, real pauses, 10 kills meanwhile", kills=10)
