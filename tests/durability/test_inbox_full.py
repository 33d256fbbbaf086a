"""More comes in than is handled: webhooks are answered 503 until there is room, and nothing is lost."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from tests.durability import books
from tests.durability.counts import LIVED
from tests.durability.ledger import Count
from tests.durability.registry import COUNTS
from tests.durability.stage import staged
from tests.durability.verdict import judge
from tests.durability.world import Someone


async def crowd(folder: Path, name: str, *, people: int, limit: int) -> None:
    """Everybody writes three times while no worker is there."""
    begun = monotonic()
    async with staged(folder, roles=("web", "worker"), settings={"INBOX_LIMIT": str(limit)}) as stage:
        [worker] = stage.of("worker")
        assert await worker.stop() == 0
        there = [await stage.person(f"Warga {n}", ("telegram", "whatsapp")[n % 2]) for n in range(people)]
        for text in ("lupa pin", "bantuan", "saldo saya belum masuk"):
            for person in there:
                await person.says(text)
        answers: dict[str, int] = {}
        async with asyncio.timeout(60):
            while list(answers.values()).count(503) < 10:
                await stage.called(answers)
                await asyncio.sleep(0.1)
        waited = len((await books.read(stage.database)).waiting())
        await worker.start()
        async with asyncio.TaskGroup() as all_of_them:
            for person in there:
                all_of_them.create_task(hears_all(person))
        ledger = await stage.close(people=there)
        # Those that were being recorded when it became full are recorded.
        most = Count("waited at most", lambda ledger: waited, most=limit + 40)
        refused = list(answers.values()).count(503)
        judge(stage, ledger, name, "queue", (*COUNTS, *LIVED, most), begun, more={"webhooks answered 503": refused})
        assert waited >= limit


async def hears_all(person: Someone) -> None:
    for answer in ("Login", "Tulis kapan saja", "Isi Saldo"):
        await person.hears(answer)


@pytest.mark.slow
async def test_a_full_inbox_takes_nothing_more_and_loses_nothing(tmp_path: Path) -> None:
    await crowd(tmp_path, "inbox full (INBOX_LIMIT 30), 90 messages", people=30, limit=30)


@pytest.mark.soak
async def test_an_inbox_that_is_full_for_long_takes_nothing_more_and_loses_nothing(tmp_path: Path) -> None:
    await crowd(tmp_path, "inbox full (INBOX_LIMIT 300), 3,000 messages", people=1000, limit=300)
