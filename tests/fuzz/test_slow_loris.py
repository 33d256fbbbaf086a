"""Thousands who send a byte now and then, for ever: everybody else is served as if they were not there."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import pytest

from tests.fuzz.service import Service, serving
from tests.fuzz.wire import request
from tests.report import report
from tests.web.site import telegram_call, whatsapp_call

NOWHERE = "http://127.0.0.1:9"
PATIENCE = 20.0
"""Seconds that a good call may take on a busy machine; what it took is reported."""


@pytest.fixture(autouse=True)
def many_sockets() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8000, before[1]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@dataclass
class Loris:
    """So many connections, each begun anew a second after it was cut off."""

    port: int
    connections: int
    begun: int = 0
    cut: int = 0
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        call = whatsapp_call(1)
        whole = request("POST", call.path, call.headers, b" " * 900_000)
        head = len(whole) - 900_000
        beginnings = cycle([0, 1, head // 2, head - 1, head, head + 100])
        self._tasks = [asyncio.create_task(self._trickle(whole, next(beginnings))) for _ in range(self.connections)]
        async with asyncio.timeout(20):
            while self.begun < self.connections:
                await asyncio.sleep(0.01)
        yield
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _trickle(self, data: bytes, beginning: int) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            self.begun += 1
            try:
                with suppress(ConnectionError):
                    writer.write(data[:beginning])
                    for byte in islice(data, beginning, None):
                        if reader.at_eof():
                            break
                        writer.write(bytes([byte]))
                        await writer.drain()
                        await asyncio.sleep(0.5)
                self.cut += 1
            finally:
                writer.transport.abort()
            await asyncio.sleep(1)


async def ask(port: int, number: int) -> tuple[int, float]:
    """A good call on a connection of its own: its status, and how long it took."""
    call = telegram_call(number)
    began = time.monotonic()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request("POST", call.path, call.headers, call.body))
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
    finally:
        writer.transport.abort()
    return int(line.split()[1]), time.monotonic() - began


async def attack(service: Service, connections: int, good: int, seconds: float, name: str) -> Loris:
    before = service.memory
    loris = Loris(service.port, connections)
    async with loris.at_work():
        began = time.monotonic()
        answers: list[tuple[int, float]] = []
        while len(answers) < good or time.monotonic() - began < seconds:
            answers.append(await ask(service.port, len(answers)))
            await asyncio.sleep(0.05 if seconds else 0)
        after = service.memory
    times = sorted(took for _, took in answers)
    statuses = Counter(status for status, _ in answers)
    report(
        name,
        "fuzz",
        connections=loris.begun,
        cut=loris.cut,
        good_requests=len(answers),
        stored=service.stored,
        median_ms=round(times[len(times) // 2] * 1000, 1),
        slowest_ms=round(times[-1] * 1000, 1),
        mib_before=before,
        mib_after=after,
        # Where the machine is so busy that storage did not answer in time.
        put_off=statuses[503],
        **{"5xx": sum(status >= 500 and status != 503 for status, _ in answers)},
    )
    assert set(statuses) <= {200, 503}
    assert statuses[200] >= 0.95 * len(answers)
    assert statuses[200] <= service.stored <= len(answers)
    assert times[len(times) // 2] < 0.5
    assert after - before < 150
    assert service.errors() == []
    return loris


async def test_more_slow_ones_than_there_are_places(tmp_path: Path) -> None:
    with serving(tmp_path, "web", NOWHERE) as service:
        loris = await attack(service, 2300, good=100, seconds=0, name="slow-loris")
    assert loris.cut > 0


@pytest.mark.soak
async def test_for_a_minute(tmp_path: Path) -> None:
    with serving(tmp_path, "web", NOWHERE) as service:
        loris = await attack(service, 3000, good=300, seconds=60, name="slow-loris for a minute")
    assert loris.cut > 3000, "who sends no whole request within ten seconds is cut off"
