"""compose.yaml without containers: its commands, its environments and its health checks as processes, in a folder laid
out as the image is, with addresses of this machine in the place of the containers' names.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from simulator.config import CUSTOMERS_TOKEN, OPS_TOKEN, SimulatorConfig
from tests.bot.programs import Phones, simulator_at
from tests.deploy.files import OURS, SERVICES, lay_out_image, seconds
from tests.durability.balancer import balancing
from tests.plugins.mongodb import databases
from tests.ports import free_port

pytestmark = pytest.mark.slow
HEALTHY_WITHIN = 60.0


def sqlite(folder: Path) -> str:
    return f"sqlite:///{folder / 'sahut.db'}"


def mongodb(folder: Path) -> str:
    return databases.url(folder)


def filled_in(public: str, providers: str) -> str:
    """What somebody has written into .env."""
    played = SimulatorConfig()
    values = {
        "PUBLIC_BASE_URL": public,
        "TWILIO_ACCOUNT_SID": played.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": played.twilio_auth_token,
        "TWILIO_WHATSAPP_FROM": played.whatsapp_from,
        "TWILIO_API_BASE": providers,
        "TELEGRAM_API_BASE": providers,
        "TELEGRAM_BOT_TOKEN": CUSTOMERS_TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-customers-bot",
        "OPS_BOT_TOKEN": OPS_TOKEN,
        "OPS_WEBHOOK_SECRET": "secret-of-the-ops-bot",
        "AGENTS_CHAT_ID": played.agents_chat_id,
        "OPS_CHAT_ID": played.ops_chat_id,
        "SECRET_KEY": "key-of-the-media",
        "HOST": "192.0.2.1",  # compose.yaml's own wins
        "DATABASE_URL": "sqlite:///nowhere/sahut.db",
    }
    return "".join(f"{name}={value}\n" for name, value in values.items())


@dataclass
class Container:
    """One process of a service. `command` and `check` are compose.yaml's own, with this Python in the place of the
    image's.
    """

    service: str
    folder: Path
    environment: dict[str, str]
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with (self.folder / f"{self.service}.log").open("ab") as log:
            self.process = await self._run(SERVICES[self.service]["command"], stdout=log, stderr=log)

    async def healthy(self) -> bool:
        """By the health check of compose.yaml."""
        check = await self._run(SERVICES[self.service]["healthcheck"]["test"][1:], stderr=asyncio.subprocess.DEVNULL)
        return await check.wait() == 0

    async def until_healthy(self) -> None:
        async with asyncio.timeout(HEALTHY_WITHIN):
            while not await self.healthy():
                assert self.process is not None
                assert self.process.returncode is None, (self.folder / f"{self.service}.log").read_text()
                await asyncio.sleep(0.5)  # each check is a Python of its own, and takes from the others' start

    async def stop(self) -> int:
        """As the engine does it."""
        assert self.process is not None
        self.process.terminate()
        return await asyncio.wait_for(self.process.wait(), seconds(SERVICES[self.service]["stop_grace_period"]))

    async def _run(self, words: list[str], **streams: object) -> asyncio.subprocess.Process:
        program = [sys.executable if word == "python" else word for word in words]
        return await asyncio.create_subprocess_exec(
            *program,
            cwd=self.folder,
            env=self.environment,
            **streams,  # type: ignore[arg-type]  # stdout and stderr
        )


@asynccontextmanager
async def composed(
    image: Path, env_file: str, database: str, ports: dict[str, list[int]]
) -> AsyncIterator[list[Container]]:
    """Every container of Sahut's services, running."""
    async with AsyncExitStack() as stack:
        containers = []
        for service in OURS:
            own: dict[str, str] = SERVICES[service]["environment"]
            of_env_file = dict(line.split("=", 1) for line in env_file.splitlines())
            for port in ports[service]:
                here = {"DATABASE_URL": database, "HOST": "127.0.0.1", "PATH": os.environ["PATH"]}
                here["PORT" if "PORT" in own else "PROBE_PORT"] = str(port)
                containers.append(Container(service, image, of_env_file | own | here))
        for each in containers:
            await each.start()
            stack.push_async_callback(_gone, each)
        await asyncio.gather(*(each.until_healthy() for each in containers))
        yield containers


async def _gone(container: Container) -> None:
    if container.process is not None and container.process.returncode is None:
        container.process.kill()
        await container.process.wait()


@pytest.mark.parametrize("database", [sqlite, pytest.param(mongodb, marks=pytest.mark.mongodb)])
async def test_the_parts_serve_together_and_go_on_without_one_of_each(
    tmp_path: Path, database: Callable[[Path], str]
) -> None:
    image = tmp_path / "image"
    lay_out_image(image)
    ports = {name: [free_port() for _ in range(SERVICES[name].get("deploy", {}).get("replicas", 1))] for name in OURS}
    caddy = free_port()
    public = f"http://127.0.0.1:{caddy}"
    async with (
        simulator_at(tmp_path, caddy) as providers,
        balancing(caddy, ports["web"]),
        aiohttp.ClientSession() as http,
        composed(image, filled_in(public, providers), database(tmp_path), ports) as containers,
    ):
        phones = Phones(providers, http)
        await phones.say("budi", "halo")
        await phones.hears("budi", "Selamat datang")
        await phones.say("sari", "lupa pin")
        await phones.hears("sari", "Login")
        (web, other_web), (worker, other_worker), (clock,) = (
            [each for each in containers if each.service == name] for name in OURS
        )
        assert [await each.stop() for each in (web, worker)] == [0, 0]
        assert [await each.healthy() for each in (web, worker)] == [False, False]
        assert [await each.healthy() for each in (other_web, other_worker, clock)] == [True, True, True]
        await phones.say("budi", "saldo saya belum masuk")
        await phones.hears("budi", "Isi Saldo")
        await phones.say("sari", "CS")
        await phones.hears("sari", "#1")
        assert [await each.stop() for each in (other_web, other_worker, clock)] == [0, 0, 0]
    logs = "".join((image / f"{name}.log").read_text() for name in OURS)
    assert [line for line in logs.splitlines() if '"level": "error"' in line] == []
    assert "nowhere" not in logs
