"""Two of each, on one MongoDB database: web processes, workers and clocks, the providers in a process of their own."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.records import RECORD_TYPES
from domain.cases import Case
from storage.mongo import MongoStorage
from tests.durability.patches import SHORT_LEASE
from tests.durability.processes import Running, Starter, environment, starting
from tests.durability.sequences import Surroundings
from tests.durability.world import Someone, World, playing
from tests.plugins.mongodb import databases
from tests.ports import free_port

pytestmark = [pytest.mark.mongodb, pytest.mark.slow]

TAKEN_OVER = 3 * SHORT_LEASE
"""Seconds: MongoDB lets a dead process's transaction stand a little longer than its leases."""


@dataclass
class House:
    """`ports` are those of the web processes: Telegram calls the first, Twilio the second."""

    world: World
    starter: Starter
    ports: tuple[int, int]
    storage: MongoStorage

    async def start(self, *names: str) -> list[Running]:
        """`web-2` is the second web process."""
        started = []
        for name in names:
            role, number = name.split("-")
            url = f"http://127.0.0.1:{self.ports[int(number) - 1]}"
            settings = {"PORT": url.rpartition(":")[2], "PUBLIC_BASE_URL": url}
            started.append(Running(self.starter, role, name, settings, patches=["short_leases"]))
        for each in started:
            await each.start()
        await asyncio.gather(*(each.ready() for each in started))
        return started

    async def person(self, name: str, channel: str) -> Someone:
        made = await self.world.does("people", name=name, channel=channel, language="id")
        return Someone(self.world, made["id"], made["chat"])


@asynccontextmanager
async def housed(folder: Path, database: str) -> AsyncIterator[House]:
    ports = free_port(), free_port()
    storage = MongoStorage(database, RECORD_TYPES, now=time.time)
    await storage.open()
    try:
        async with playing(folder, whatsapp_webhook_url=f"http://127.0.0.1:{ports[1]}/webhooks/whatsapp") as world:
            settings = environment(world.config, world.url, ports[0], database)
            async with starting(folder, settings) as starter:
                yield House(world, starter, ports, storage)
    finally:
        await storage.close()


async def test_two_of_each_serve_together_and_go_on_without_one(tmp_path: Path) -> None:
    async with housed(tmp_path, databases.url(tmp_path)) as house:
        sari = await house.person("Sari", "telegram")
        budi = await house.person("Budi", "whatsapp")
        around = Surroundings(house.world, count())

        running = await house.start("web-1", "worker-1")
        await sari.asks("halo", "selamat datang")
        running += await house.start("web-2", "worker-2")
        await budi.asks("halo", "selamat datang")

        # The first worker sends for both channels, and dies with their messages in its hands.
        await asyncio.gather(sari.says("lupa pin"), budi.says("saldo saya belum masuk"))
        died = time.monotonic()
        await running.pop(1).kill()
        await asyncio.gather(sari.hears("Login"), budi.hears("Isi Saldo"))
        assert time.monotonic() - died < TAKEN_OVER

        await sari.asks("CS", "nomor")
        header = await around.agent().hears("kasus #1 ", "/bantuan")
        await around.agent(header["thread"]).says("sudah kami bantu, ya")
        await sari.hears("sudah kami bantu")
        (case,) = await house.storage.find(Case)
        long_ago = case.last_activity_at - timedelta(days=30)
        await house.storage.save(replace(case, last_activity_at=long_ago, due_at=long_ago))

        running += await house.start("clock-1", "clock-2")
        await sari.hears("kami tutup")
        await sari.asks("menu", "pilih topik")
        assert sum("kami tutup" in each["text"] for each in house.world.news[sari.chat]) == 1
        assert [await each.stop() for each in running] == [0] * len(running)
        assert [line for each in running for line in each.errors()] == []
