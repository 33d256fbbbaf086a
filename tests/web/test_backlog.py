"""A full inbox: nothing more is taken in, and it goes on by itself when there is room again."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio

from bot import backlog
from tests.talk import Talk
from tests.web.site import SIGNATURE, Answer, Site, ops_call, status_call, telegram_call, whatsapp_call

LIMIT = 5
CALLS = (whatsapp_call, status_call, telegram_call, ops_call)


@pytest_asyncio.fixture
async def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    monkeypatch.setattr(backlog, "COUNT_EVERY", 0.05)
    site = await Site.open(tmp_path, inbox_limit=LIMIT)
    yield site
    await site.close()


async def fill(site: Site) -> None:
    """Some may be refused early: what was recorded while storage counted counts twice until the next count."""
    for number in range(LIMIT):
        while (await site.send(telegram_call(number))).status == 503:
            pass


async def test_a_full_inbox_takes_nothing(site: Site) -> None:
    await fill(site)
    for make in CALLS:
        answer = await site.send(make(100))
        assert (answer.status, int(answer.headers["Retry-After"])) == (503, 5)
    assert len(site.rows()) == LIMIT
    assert await site.count('sahut_refused_total{endpoint="/webhooks/whatsapp/status",status="503"}') >= 1


async def test_at_once_too(site: Site) -> None:
    """Between two counts, when only this process knows what it has added."""
    answers = await asyncio.gather(*(site.send(telegram_call(number)) for number in range(60)))
    assert sorted({answer.status for answer in answers}) == [200, 503]
    assert 0 < len(site.rows()) == sum(answer.status == 200 for answer in answers) <= LIMIT


async def test_what_is_refused_or_says_nothing_is_answered_as_ever(site: Site) -> None:
    await fill(site)
    assert (await site.send(whatsapp_call(100).without(SIGNATURE))).status == 403
    assert (await site.send(telegram_call(100), b"no json")).status == 400
    assert (await site.send(status_call(100, MessageStatus="queued"))).status == 200
    assert [(await site.get(path)).status for path in ("/health", "/ready", "/care")] == [200, 200, 200]


async def test_it_goes_on_when_there_is_room(site: Site) -> None:
    await fill(site)
    assert (await site.send(telegram_call(100))).status == 503
    with closing(sqlite3.connect(site.file)) as connection, connection:
        connection.execute("UPDATE inbox SET state = 'done' WHERE seq % 2")
    async with asyncio.timeout(3):
        while (answer := await site.send(telegram_call(100))).status == 503:
            await asyncio.sleep(0.01)
    assert answer.status == 200
    assert ("telegram", "880000100", "said") in site.rows()


async def test_what_was_full_at_the_start(tmp_path: Path) -> None:
    """Another process's entries count as well as our own."""
    for _ in range(2):
        site = await Site.open(tmp_path, inbox_limit=LIMIT)
        await asyncio.gather(*(site.send(telegram_call(number)) for number in range(3 * LIMIT)))
        await site.close()
    assert len(site.rows()) <= 2 * LIMIT
    site = await Site.open(tmp_path, inbox_limit=LIMIT)
    await site.send(telegram_call(1000))
    async with asyncio.timeout(3):
        while (await site.send(telegram_call(1001))).status != 503:
            await asyncio.sleep(0.01)
    await site.close()


async def test_a_store_that_hangs_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backlog, "MOST_AT_ONCE", 2)
    site = await Site.open(tmp_path)
    with closing(sqlite3.connect(site.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        calls = [asyncio.create_task(site.send(telegram_call(number))) for number in range(6)]
        refused: set[asyncio.Task[Answer]] = set()
        while len(refused) < 4:
            refused, _ = await asyncio.wait(calls, timeout=0.05)
        other.execute("ROLLBACK")
    assert {(await each).status for each in refused} == {503}
    assert sorted([(await each).status for each in calls]) == [200] * 2 + [503] * 4
    assert [(await site.send(telegram_call(number))).status for number in range(6)] == [200] * 6
    await site.close()


async def test_polling_waits_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not asked for stays with Telegram, and comes when there is room."""
    monkeypatch.setattr(backlog, "COUNT_EVERY", 0.05)
    talk = await Talk.begin(tmp_path, telegram_updates="polling", inbox_limit=1, habits={"longest_pause": 0.1})
    sari = talk.person("sari")
    for word in ("halo", "menu", "bantuan"):
        await sari.says(word)
    await sari.hears("Selamat datang")
    await sari.hears("pilih topik")
    await sari.hears("Tulis kapan saja")
    await talk.end()
