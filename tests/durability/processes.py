"""Sahut as a real process (or several, one a role), started and killed again and again."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from simulator.config import SimulatorConfig
from simulator.google_accounts import TOKEN
from tests.durability.world import ROOT

READY = "Sahut is ready"
STORAGE_AWAY = "storage does not answer"
START_PATIENCE = 60.0
SECRET_KEY = "a-long-random-text-of-the-tests"


def environment(config: SimulatorConfig, simulator: str, port: int, database: str) -> dict[str, str]:
    """Real settings, not SIMULATE: every secret set, the providers at the simulator, the limits of sending raised."""
    customers, ops = config.telegram_bots
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": database,
        "CATALOG_FILE": str(ROOT / "catalog.toml"),
        "LOG_LEVEL": "WARNING",
        "LOG_FORMAT": "json",
        "SECRET_KEY": SECRET_KEY,
        "CARE_LINK_SECRET": "another-long-random-text",
        "TELEGRAM_API_BASE": simulator,
        "TELEGRAM_BOT_TOKEN": customers.token,
        "TELEGRAM_WEBHOOK_SECRET": "customers-webhook-secret",
        "AGENTS_CHAT_ID": str(config.agents_chat_id),
        "OPS_BOT_TOKEN": ops.token,
        "OPS_WEBHOOK_SECRET": "ops-webhook-secret",
        "OPS_CHAT_ID": str(config.ops_chat_id),
        "TWILIO_API_BASE": simulator,
        "TWILIO_ACCOUNT_SID": config.twilio_account_sid,
        "TWILIO_AUTH_TOKEN": config.twilio_auth_token,
        "TWILIO_WHATSAPP_FROM": config.whatsapp_from,
        "TELEGRAM_RATE": "10000",
        "TELEGRAM_CHAT_RATE": "10000",
        "TELEGRAM_GROUP_RATE": "600000",
        "TWILIO_RATE": "10000",
        **_ordering(config, simulator),
        **_machines(config, simulator),
    }


def _ordering(config: SimulatorConfig, simulator: str) -> dict[str, str]:
    """What an order needs: payments, a calendar and mails."""
    google = {
        "type": "authorized_user",
        "client_id": config.google_client_id,
        "client_secret": config.google_client_secret,
        "refresh_token": config.google_refresh_token,
        "token_uri": f"{simulator}{TOKEN}",
    }
    return {
        "PAYMENTS": "stripe,xendit",
        "STRIPE_API_BASE": simulator,
        "STRIPE_SECRET_KEY": config.stripe_secret_key,
        "STRIPE_WEBHOOK_SECRET": config.stripe_webhook_secret,
        "XENDIT_API_BASE": simulator,
        "XENDIT_SECRET_KEY": config.xendit_secret_key,
        "XENDIT_CALLBACK_TOKEN": config.xendit_callback_token,
        "CALENDAR": "google",
        "GOOGLE_API_BASE": simulator,
        "GOOGLE_APPLICATION_CREDENTIALS": json.dumps(google),
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(config.smtp_port),
        "SMTP_USER": config.smtp_user,
        "SMTP_PASSWORD": config.smtp_password,
        "MAIL_FROM": f"Sahut <{config.smtp_from}>",
    }


def _machines(config: SimulatorConfig, simulator: str) -> dict[str, str]:
    return {
        "SERVERS": "libcloud,proxmox",
        "SERVERS_SSH_PORT": str(config.ssh_port),
        "LIBCLOUD_DRIVER": "digitalocean",
        "DIGITALOCEAN_API_BASE": simulator,
        "DIGITALOCEAN_TOKEN": config.digitalocean_token,
        "PROXMOX_URL": simulator,
        "PROXMOX_TOKEN": config.proxmox_token,
    }


@dataclass
class Starter:
    """Starts processes by forking one that has everything imported; `plainly` by the command itself."""

    process: asyncio.subprocess.Process
    folder: Path
    environment: dict[str, str]
    _plain: dict[int, asyncio.subprocess.Process] = field(default_factory=dict)

    async def start(
        self,
        arguments: list[str],
        log: str,
        more: dict[str, str],
        *,
        patches: Sequence[str] = (),
        plainly: bool = False,
    ) -> int:
        """`more` settings are for this process alone. `patches` are functions of tests/durability/patches.py, called
        in it before it begins.
        """
        settings = {**self.environment, **more}
        if patches or not plainly:
            return await self._tell(
                start=arguments, environment=settings, folder=str(self.folder), log=log, patches=[*patches]
            )
        with (self.folder / log).open("ab") as output:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *arguments),
                cwd=self.folder,
                env=settings,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._plain[process.pid] = process
        return process.pid

    async def end(self, number: int, by: signal.Signals) -> int:
        """Returns once the process is gone, with its exit code (negative: the signal)."""
        process = self._plain.pop(number, None)
        if process is None:
            return await self._tell(end=number, signal=int(by))
        process.send_signal(by)
        return await process.wait()

    async def _tell(self, **command: Any) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{json.dumps(command)}\n".encode())
        return int(json.loads(await self.process.stdout.readline()))


@asynccontextmanager
async def starting(folder: Path, settings: dict[str, str]) -> AsyncIterator[Starter]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.durability.starter"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    starter = Starter(process, folder, settings)
    try:
        yield starter
    finally:
        assert process.stdin is not None
        process.stdin.close()
        for plain in starter._plain.values():
            plain.kill()
            await plain.wait()
        await process.wait()


@dataclass
class Running:
    """One process of Sahut, of one role."""

    starter: Starter
    role: str
    name: str
    settings: dict[str, str] = field(default_factory=dict)
    patches: Sequence[str] = ()
    number: int = 0
    starts: list[float] = field(default_factory=list)
    """Seconds from the start to being ready, for each start that was waited for."""
    _begun: float = 0.0
    _log_before: int = 0

    @property
    def log(self) -> Path:
        return self.starter.folder / f"{self.name}.log"

    async def start(self, *, plainly: bool = False) -> None:
        self._log_before = self.log.stat().st_size if self.log.exists() else 0
        self._begun = monotonic()
        self.number = await self.starter.start(
            [self.role], self.log.name, self.settings, patches=self.patches, plainly=plainly
        )

    async def ready(self) -> None:
        async with asyncio.timeout(START_PATIENCE):
            while READY not in self.said():
                if STORAGE_AWAY in self.said():  # it has ended; whoever watches over it starts it again
                    await self.starter.end(self.number, signal.SIGKILL)
                    await self.start()
                await asyncio.sleep(0.01)
        self.starts.append(monotonic() - self._begun)

    def said(self) -> str:
        """What it has printed since its start."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._log_before)
            return log.read().decode(errors="replace")

    def errors(self) -> list[str]:
        """The lines of its log, over all its lives, that tell of an error."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if '"level": "error"' in line]

    async def kill(self) -> None:
        code = await self.starter.end(self.number, signal.SIGKILL)
        assert code == -signal.SIGKILL or STORAGE_AWAY in self.said(), self.said()

    async def stop(self) -> int:
        return await self.starter.end(self.number, signal.SIGTERM)
