"""Clocks jump: the real one under traffic, the business clock over days and over a change of summer time."""

import asyncio
import json
import random
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from zoneinfo import ZoneInfo

import pytest

from simulator.config import SimulatorConfig
from tests.durability.counts import LIVED
from tests.durability.processes import Running, Starter, starting
from tests.durability.registry import COUNTS, SEQUENCES
from tests.durability.stage import Town, staged
from tests.durability.verdict import judge
from tests.durability.world import ROOT, Someone, World, following
from tests.ports import free_port
from tests.report import report
from tests.talk import JAKARTA

HOUR = 3600


async def jumping(folder: Path, name: str, *, rounds: int) -> None:
    """An hour ahead, an hour back, another back, and right again."""
    begun = monotonic()
    async with staged(folder, patches=("clocks_moved",)) as stage:
        town = Town(stage, random.Random(1), SEQUENCES, at_once=8)
        for _ in range(rounds):
            for offset in (HOUR, 0, -HOUR, 0):
                await asyncio.sleep(1)
                (folder / "OFFSET").write_text(str(offset))
        ledger = await stage.close(town)
        judge(stage, ledger, name, "clock", (*COUNTS, *LIVED), begun, more={"jumps of an hour": 4 * rounds})


@pytest.mark.slow
async def test_the_real_clock_jumps_under_traffic(tmp_path: Path) -> None:
    await jumping(tmp_path, "real clock jumps an hour and back, 4 times", rounds=1)


@pytest.mark.soak
async def test_the_real_clock_jumps_again_and_again(tmp_path: Path) -> None:
    await jumping(tmp_path, "real clock jumps an hour and back, 60 times", rounds=15)


# --- the business clock ---


@dataclass
class Played:
    """`SIMULATE=1 run`: its simulator moves the business clock."""

    running: Running
    world: World

    async def to(self, at: datetime) -> None:
        now = await self.now()
        await self.world.does("clock", advance=(at - now).total_seconds())

    async def now(self) -> datetime:
        return datetime.fromisoformat((await self.world.does("clock", advance=0))["now"])

    def desk(self) -> Someone:
        return Someone(self.world, "dewi", f"telegram:{self.world.config.agents_chat_id}")

    def sari(self) -> Someone:
        return Someone(self.world, "sari", "telegram:1001")

    def seen(self, chat: str, fragment: str) -> int:
        return sum(fragment in message["text"] for message in self.world.seen.get(chat, {}).values())


async def kept(path: Path, wanted: dict[str, int]) -> None:
    """Wait until the phones' messages are in the played world's file: they survive a kill of its process."""
    async with asyncio.timeout(60):
        while True:
            chats = json.loads(path.read_text(encoding="utf-8"))["chats"] if path.exists() else []
            texts = [message["text"] for chat in chats for message in chat["messages"].values()]
            if all(sum(part in text for text in texts) >= times for part, times in wanted.items()):
                return
            await asyncio.sleep(0.1)


@asynccontextmanager
async def simulating(starter: Starter, port: int) -> AsyncIterator[Played]:
    running = Running(starter, "run", "run")
    await running.start()
    await running.ready()
    async with following(f"http://127.0.0.1:{port}", SimulatorConfig()) as world:
        yield Played(running, world)


def simulated(folder: Path, port: int, catalog: Path, zone: str = "Asia/Jakarta") -> dict[str, str]:
    return {
        "PYTHONPATH": str(ROOT),
        "SIMULATE": "1",
        "PORT": str(free_port()),
        "SIMULATOR_PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'sahut.db'}",
        "CATALOG_FILE": str(catalog),
        "TIME_ZONE": zone,
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
    }


@pytest.mark.soak
async def test_days_pass_at_once_and_each_thing_happens_once(tmp_path: Path) -> None:
    begun, port = monotonic(), free_port()
    async with starting(tmp_path, simulated(tmp_path, port, ROOT / "catalog.toml")) as starter:
        async with simulating(starter, port) as play:
            now = (await play.now()).astimezone(JAKARTA)
            morning = now.replace(hour=10, minute=0, second=0) + timedelta(days=7 + (2 - now.weekday()) % 7)
            await play.to(morning)
            await play.sari().asks("CS", "nomor", "#1")
            await play.desk().hears("kasus #1 ")
            await play.to(morning + timedelta(days=3))
            await play.sari().hears("belum sempat")
            await kept(tmp_path / "simulator.json", {"sudah menunggu": 3, "belum sempat": 1})
            await play.running.kill()
        async with simulating(starter, port) as play:
            desk, sari = play.desk(), play.sari()
            header = await desk.hears("kasus #1 ")
            await play.to(morning + timedelta(days=3, hours=1))
            agent = Someone(play.world, "dewi", desk.chat, header["thread"])
            await agent.says("sudah kami perbaiki")
            await sari.hears("sudah kami perbaiki")
            await play.to(morning + timedelta(days=5))
            await sari.hears("kami tutup")
            await play.to(morning + timedelta(days=9))
            await sari.asks("lupa pin", "Login")
            counts = {
                "agents named": play.seen(desk.chat, "sudah menunggu"),
                "customer told to wait on": play.seen(sari.chat, "belum sempat"),
                "case closed": play.seen(sari.chat, "kami tutup"),
            }
            assert await play.running.stop() == 0
    report("business clock jumps by days, killed between", "clock", **counts, seconds=round(monotonic() - begun))
    assert counts == {"agents named": 3, "customer told to wait on": 1, "case closed": 1}
    assert play.running.errors() == []


BERLIN = ZoneInfo("Europe/Berlin")


def changes(after: datetime) -> Iterator[datetime]:
    """The days on which summer time begins or ends, at midnight."""
    day = after.astimezone(BERLIN).replace(hour=0, minute=0, second=0)
    while True:
        if day.utcoffset() != (day + timedelta(days=1)).utcoffset():
            yield day
        day += timedelta(days=1)


async def summer_time(folder: Path, name: str, times: int) -> None:
    """Somebody asks for an agent on the evening before: the first is named ten minutes after nine by the new time."""
    begun, port = monotonic(), free_port()
    catalog = folder / "catalog.toml"
    text = (ROOT / "catalog.toml").read_text().replace('zone = "Asia/Jakarta"', 'zone = "Europe/Berlin"')
    catalog.write_text(re.sub(r"(?s)holidays = \[.*?\n\]", "holidays = []", text))
    named: list[str] = []
    async with (
        starting(folder, simulated(folder, port, catalog, BERLIN.key)) as starter,
        simulating(starter, port) as play,
    ):
        desk, sari = play.desk(), play.sari()
        days = changes(await play.now())
        for number in range(1, times + 1):
            day = next(days)
            nine = day.replace(hour=9)
            await play.to(day - timedelta(hours=3))
            await sari.asks("CS", f"#{number}", "09.00")
            header = await desk.hears(f"kasus #{number} ")
            await play.to(nine.astimezone(UTC) + timedelta(minutes=5))
            await play.to(nine.astimezone(UTC) + timedelta(minutes=15))
            await desk.hears("sudah menunggu", f"#{number}")
            agent = Someone(play.world, "dewi", desk.chat, header["thread"])
            await agent.asks("/tutup", "ditutup")
            await sari.hears("sudah selesai")
            await sari.asks("5", "penilaiannya")
            named += [m["text"] for m in play.world.news[desk.chat] if "sudah menunggu" in m["text"]][len(named) :]
        assert await play.running.stop() == 0
    report(name, "clock", **{"agents named": len(named)}, seconds=round(monotonic() - begun))
    assert len(named) == times
    assert play.running.errors() == []


@pytest.mark.slow
async def test_opening_hours_follow_a_change_of_summer_time(tmp_path: Path) -> None:
    await summer_time(tmp_path, "summer time changes", 1)


@pytest.mark.soak
async def test_opening_hours_follow_summer_time_for_years(tmp_path: Path) -> None:
    await summer_time(tmp_path, "summer time changes, four times in two years", 4)
