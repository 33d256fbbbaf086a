"""SIGTERM to real processes: within ten seconds they are gone, what was in hand is answered, and nothing is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from time import monotonic

import aiohttp
import pytest

from tests.bot.programs import Phones, Program, as_real, program, simulator_at
from tests.fuzz.wire import request
from tests.ports import free_port
from tests.web.site import telegram_call

READY = "Sahut is ready"
SLOW = 30.0


def entries(folder: Path, state: str = "%") -> int:
    with closing(sqlite3.connect(folder / "var/sahut.db")) as connection:
        (count,) = connection.execute("SELECT count(*) FROM inbox WHERE state LIKE ?", (state,)).fetchone()
        return int(count)


def unsure(folder: Path) -> list[int]:
    """Of each message that waits: calls that brought no answer."""
    with closing(sqlite3.connect(folder / "var/sahut.db")) as connection:
        rows = connection.execute("SELECT json_extract(body, '$.unsure') FROM outbox WHERE queued = 1").fetchall()
        return [row[0] for row in rows]


@asynccontextmanager
async def phones_at(url: str) -> AsyncIterator[Phones]:
    async with aiohttp.ClientSession() as http:
        yield Phones(url, http)


@asynccontextmanager
async def all_of(roles: tuple[str, ...], folder: Path, env: dict[str, str]) -> AsyncIterator[list[Program]]:
    async with AsyncExitStack() as stack:
        running = [await stack.enter_async_context(program("bot", role, folder=folder, env=env)) for role in roles]
        for each in running:
            await each.says(READY)
        yield running


async def stopped(running: Program) -> float:
    """Seconds it took; it ended as it should, and had nothing to complain of."""
    began = monotonic()
    code, out, err = await running.stops()
    assert (code, err) == (0, "")
    assert '"level": "error"' not in out
    return monotonic() - began


# --- a provider that takes too long ---


@pytest.mark.slow
@pytest.mark.parametrize(
    ("roles", "person", "method"),
    [
        (("run",), "budi", "twilio create"),
        (("run",), "sari", "telegram sendMessage"),
        (("web", "worker", "clock"), "sari", "telegram sendMessage"),
    ],
)
async def test_a_send_in_flight_is_left_for_later(
    tmp_path: Path, roles: tuple[str, ...], person: str, method: str
) -> None:
    port = free_port()
    provider, call = method.split()
    async with simulator_at(tmp_path, port) as url, phones_at(url) as phones:
        env = as_real(url, port, LOG_FORMAT="json")
        async with all_of(roles, tmp_path, env) as running:
            await phones.post("faults", provider=provider, method=call, kind="slow", seconds=SLOW)
            await phones.say(person, "lupa pin")
            await phones.until_faults_are_taken()
            assert max(await asyncio.gather(*map(stopped, running))) < 10
        assert unsure(tmp_path) == [1], "whoever goes on with it asks the provider first, where it can be asked"
        async with all_of(roles, tmp_path, env) as running:
            await phones.hears(person, "Login")
            await asyncio.gather(*map(stopped, running))
    assert entries(tmp_path, "new") == 0


# --- webhooks in hand ---


async def status_of(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), 10)
    return int(line.split()[1]) if line else 0


async def test_webhooks_in_hand_are_answered(tmp_path: Path) -> None:
    """Those whose body is still on its way, and those that storage keeps waiting."""
    port, telegram = free_port(), {"TELEGRAM_WEBHOOK_SECRET": "secret-of-the-customers-bot"}
    env = as_real("http://127.0.0.1:9", port, **telegram, LOG_FORMAT="json", LOG_LEVEL="ERROR")
    async with program("bot", "run", folder=tmp_path, env=env) as running:
        await running.says(READY)
        calls = [telegram_call(number) for number in range(12)]
        whole = [request("POST", call.path, call.headers, call.body) for call in calls]
        wires = [await asyncio.open_connection("127.0.0.1", port) for _ in calls]
        with closing(sqlite3.connect(tmp_path / "var/sahut.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for (_, writer), data in zip(wires[:6], whole[:6], strict=True):
                writer.write(data)
            for (_, writer), data in zip(wires[6:], whole[6:], strict=True):
                writer.write(data[:-20])
            async with aiohttp.ClientSession() as http, http.get(f"http://127.0.0.1:{port}/health") as answer:
                assert answer.status == 200  # what was written before is read
            stopping = asyncio.create_task(stopped(running))
            await refused(port)
            for (_, writer), data in zip(wires[6:], whole[6:], strict=True):
                writer.write(data[-20:])
            other.execute("ROLLBACK")
        statuses = [await status_of(reader) for reader, _ in wires]
        assert await stopping < 10
        for _, writer in wires:
            writer.close()
    # 503 where the machine is so busy that storage was away for too long.
    assert set(statuses) <= {200, 503}
    assert entries(tmp_path) == statuses.count(200)


async def refused(port: int) -> None:
    """Wait until nobody listens any more."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                return
            writer.close()
            await asyncio.sleep(0.01)


# --- a load balancer ---


async def test_it_says_so_before_it_stops(tmp_path: Path) -> None:
    port = free_port()
    async with simulator_at(tmp_path, port) as url, phones_at(url) as phones:
        env = as_real(url, port, DRAIN_SECONDS=2)
        async with program("bot", "run", folder=tmp_path, env=env) as running, aiohttp.ClientSession() as http:
            await running.says(READY)
            stopping = asyncio.create_task(stopped(running))
            async with asyncio.timeout(30):
                while (answer := await http.get(f"http://127.0.0.1:{port}/ready")).status == 200:
                    await asyncio.sleep(0.01)
            assert (answer.status, await answer.text()) == (503, "stopping\n")
            assert answer.headers["Connection"] == "close"
            assert (await http.get(f"http://127.0.0.1:{port}/health")).status == 200
            await phones.say("budi", "lupa pin")
            await phones.hears("budi", "Login")
            assert await stopping < 10
