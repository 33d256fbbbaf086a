"""Programs of ours as processes of their own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bot.settings import Settings
from simulator.config import CUSTOMERS_TOKEN, OPS_TOKEN, SimulatorConfig

ROOT = Path(__file__).parents[2]
CATALOG = ROOT / "catalog.toml"
NAMES = {name.upper() for name in Settings.model_fields}


def environment(**given: Any) -> dict[str, str]:
    """What a process sees: nothing of ours but what is given."""
    inherited = {name: value for name, value in os.environ.items() if name not in NAMES}
    ours = {"CATALOG_FILE": str(CATALOG), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return inherited | ours | {name: str(value) for name, value in given.items()}


@dataclass
class Program:
    process: asyncio.subprocess.Process

    async def says(self, words: str) -> str:
        """Wait for the line with these words."""
        assert self.process.stdout is not None
        read = []
        async with asyncio.timeout(20):
            while line := (await self.process.stdout.readline()).decode():
                read.append(line)
                if words in line:
                    return line
        raise AssertionError(f"it ended without {words!r}: {read}")

    async def end(self) -> tuple[int, str, str]:
        out, err = await asyncio.wait_for(self.process.communicate(), 20)
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()

    async def stops(self) -> tuple[int, str, str]:
        """SIGTERM, and at most the ten seconds that a platform gives."""
        self.process.send_signal(signal.SIGTERM)
        out, err = await asyncio.wait_for(self.process.communicate(), 10)
        assert self.process.returncode is not None
        return self.process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def program(module: str, *words: str, folder: Path, env: Mapping[str, str]) -> AsyncIterator[Program]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *words),
        cwd=folder,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


def as_real(simulator: str, port: int, **given: Any) -> dict[str, str]:
    """The environment of a service whose providers are played by a simulator at that address."""
    played = SimulatorConfig()
    values = {
        "PORT": port,
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "TWILIO_ACCOUNT_SID": played.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": played.twilio_auth_token,
        "TWILIO_WHATSAPP_FROM": played.whatsapp_from,
        "TWILIO_API_BASE": simulator,
        "TELEGRAM_API_BASE": simulator,
        "TELEGRAM_BOT_TOKEN": CUSTOMERS_TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-customers-bot",
        "OPS_BOT_TOKEN": OPS_TOKEN,
        "OPS_WEBHOOK_SECRET": "secret-of-the-ops-bot",
        "AGENTS_CHAT_ID": played.agents_chat_id,
        "OPS_CHAT_ID": played.ops_chat_id,
        "SECRET_KEY": "key-of-the-media",
    }
    return environment(**(values | given))


@asynccontextmanager
async def simulator_at(folder: Path, port: int) -> AsyncIterator[str]:
    """A simulator whose Twilio calls the service on that port; its address."""
    hook = ("--whatsapp-webhook", f"http://127.0.0.1:{port}/webhooks/whatsapp", "--no-rates")
    async with program("simulator", *hook, folder=folder, env=environment()) as simulator:
        yield (await simulator.says("simulator http")).split()[-1]
        await simulator.stops()


class Phones:
    """The simulator of another process, by its control API."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url = url
        self._http = http

    async def post(self, action: str, **body: Any) -> None:
        async with self._http.post(f"{self._url}/sim/{action}", json=body) as answer:
            assert answer.status == 200, await answer.text()

    async def say(self, person: str, text: str) -> None:
        await self.post("say", person=person, text=text)

    async def until_faults_are_taken(self) -> None:
        """Wait until every fault that was set has struck."""
        async with asyncio.timeout(15):
            while True:
                async with self._http.get(f"{self._url}/sim/faults") as answer:
                    if not await answer.json():
                        return
                await asyncio.sleep(0.02)

    async def sent(self) -> list[dict[str, Any]]:
        async with self._http.get(f"{self._url}/sim/sent") as answer:
            found: list[dict[str, Any]] = (await answer.json())["sent"]
            return found

    async def hears(self, person: str, words: str) -> None:
        """Wait for the words in the person's own chat."""
        async with self._http.get(f"{self._url}/sim/state") as answer:
            people = (await answer.json())["people"]
        chat = next(each["chat"] for each in people if each["id"] == person)
        async with asyncio.timeout(15):
            while not any(each["chat"] == chat and words in each["message"]["text"] for each in await self.sent()):
                await asyncio.sleep(0.02)
