"""Those who are slow, and those who are many: they are ended, and keep nobody out."""

import asyncio
import resource
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

import pytest

from bot import server, web
from tests.web.site import Site, telegram_call, whatsapp_call
from tests.web.wire import Wire, head

# One event loop, and so one service, for all of these tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")

HEALTH = b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n"


async def cut(site: Site, why: str) -> float:
    return await site.count(f'sahut_connections_cut_total{{why="{why}"}}')


# --- slow ---


@pytest.fixture
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten seconds are a third of one."""
    monkeypatch.setattr(web, "BODY_WITHIN", 0.3)
    monkeypatch.setattr(server, "HEAD_WITHIN", 0.35)
    monkeypatch.setattr(server, "LOOK_EVERY", 0.05)


async def trickle(wire: Wire, data: bytes) -> None:
    """A byte now and then, until the service has had enough."""
    try:
        for byte in data:
            wire.writes(bytes([byte]))
            await wire.writer.drain()
            await asyncio.sleep(0.02)
    except ConnectionError:
        return


@pytest.mark.usefixtures("hurry")
async def test_a_body_that_trickles(site: Site) -> None:
    wire = await Wire.to(site)
    wire.writes(head(telegram_call(1), 1000))
    writing = asyncio.create_task(trickle(wire, b" " * 1000))
    assert await wire.status() == 408
    writing.cancel()
    await wire.close()
    assert site.rows() == []


@pytest.mark.usefixtures("hurry")
async def test_a_body_that_comes_in_time(site: Site) -> None:
    """Slowly, in two pieces, and then whole."""
    call = whatsapp_call(1)
    wire = await Wire.to(site)
    wire.writes(head(call) + call.body[:10])
    await asyncio.sleep(0.1)
    wire.writes(call.body[10:])
    assert await wire.status() == 200
    assert len(site.rows()) == 1
    await wire.close()


async def test_headers_that_trickle_and_those_who_say_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    own = await Site.open(site.file.parent / "own")
    silent_before = await cut(own, "silent")
    monkeypatch.setattr(server, "HEAD_WITHIN", 0.5)
    began = time.monotonic()
    trickling, silent, talking = [await Wire.to(own) for _ in range(3)]
    writing = asyncio.create_task(trickle(trickling, head(telegram_call(1)) * 3))
    talking.writes(HEALTH)
    assert await talking.status() == 200
    await asyncio.gather(trickling.ends(), silent.ends())
    assert time.monotonic() - began < 4
    talking.writes(HEALTH)  # who has asked something before may rest
    assert await talking.status() == 200
    assert await cut(own, "silent") == silent_before + 2
    writing.cancel()
    for each in (trickling, silent, talking):
        await each.close()
    await own.close()


# --- many ---


@asynccontextmanager
async def crowd(site: Site, size: int) -> AsyncIterator[list[Wire]]:
    wires = await asyncio.gather(*(Wire.to(site) for _ in range(size)))
    yield list(wires)
    for wire in wires:
        await wire.close()


async def test_a_crowd_keeps_nobody_out(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever they are at: connected, amid a header, amid a body, resting."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 40)
    monkeypatch.setattr(server, "YOUNG", 0.05)
    own = await Site.open(site.file.parent / "crowd")
    before, called = await cut(own, "crowded"), 0
    async with crowd(own, 100) as wires:
        for number, wire in enumerate(wires):
            wire.writes([b"", b"GET /hea", head(telegram_call(1), 100) + b"{", HEALTH][number % 4])
        async with asyncio.timeout(30):
            while called < 20 or await cut(own, "crowded") < before + 60:
                called += 1
                good = await Wire.to(own)
                good.writes(head(telegram_call(called)) + telegram_call(called).body)
                assert await good.status(1.0) == 200
                await good.close()
    assert len(own.rows()) == called
    await own.close()


async def test_who_waits_for_us_is_never_cut_off(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """More calls in hand than connections are kept, while storage takes its time, and others come."""
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 10)
    monkeypatch.setattr(server, "YOUNG", 100.0)
    own = await Site.open(site.file.parent / "busy")
    resting = await Wire.to(own)
    with closing(sqlite3.connect(own.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        calling = [await Wire.to(own) for _ in range(15)]
        for number, wire in enumerate(calling):
            wire.writes(head(telegram_call(number)) + telegram_call(number).body)
        resting.writes(HEALTH)
        assert await resting.status() == 200  # and so what was written before is read
        monkeypatch.setattr(server, "YOUNG", 0.0)
        async with crowd(own, 5):
            await resting.ends()
            other.execute("ROLLBACK")
            # 503 where the machine is so busy that storage was away for too long.
            assert {await wire.status() for wire in calling} <= {200, 503}
    for wire in (resting, *calling):
        await wire.close()
    await own.close()


async def test_as_many_files_as_that_takes() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    server._allow_files(300)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300
    server._allow_files(100)
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 300
    resource.setrlimit(resource.RLIMIT_NOFILE, before)
