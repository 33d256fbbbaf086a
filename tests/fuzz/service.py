"""Sahut as a real process, set up as for real customers, and looked at from outside."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bot.settings import Settings
from simulator.config import CUSTOMERS_TOKEN, OPS_TOKEN
from tests.fuzz.wire import Wire
from tests.ports import free_port
from tests.web.site import (
    ACCOUNT,
    CARE_SECRET,
    CUSTOMERS_SECRET,
    OPS_SECRET,
    PUBLIC,
    SENDER,
    STRIPE_SECRET,
    TOKEN,
    XENDIT_TOKEN,
)

ROOT = Path(__file__).parents[2]
METRICS_TOKEN, TASKS_TOKEN = "let-me-count", "wake-up"
PATIENCE = 30.0


@dataclass
class Service:
    """`start` and `kill` as often as wanted, on the same port and data."""

    folder: Path
    role: str
    settings: dict[str, str]
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "service.log").open("ab") as log:
            env = {**os.environ, **self.settings, "PORT": str(self.port), "PYTHONPATH": str(ROOT)}
            command = [sys.executable, "-m", "bot", self.role]
            self._process = subprocess.Popen(command, cwd=self.folder, env=env, stdout=log, stderr=log)
        give_up = time.monotonic() + PATIENCE
        while not self._ready():
            assert time.monotonic() < give_up, self.log()
            time.sleep(0.02)

    def _ready(self) -> bool:
        try:
            return self.get("/ready") == 200
        except ConnectionRefusedError:
            return False

    def end(self, number: int = signal.SIGTERM) -> int:
        """Returns its exit code once it is gone."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(PATIENCE)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    @property
    def memory(self) -> int:
        """MiB in use."""
        assert self._process is not None
        return round(psutil.Process(self._process.pid).memory_info().rss / 2**20)

    def log(self) -> str:
        return (self.folder / "service.log").read_text(errors="replace")

    def errors(self) -> list[str]:
        return [line[:500] for line in self.log().splitlines() if '"level": "error"' in line]

    def get(self, path: str, **headers: str) -> int:
        with closing(Wire(self.port)) as wire:
            return wire.asks("GET", path, headers)

    def ask(self, statement: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "sahut.db")) as connection:
            return connection.execute(statement).fetchall()

    @property
    def stored(self) -> int:
        """Entries that were ever recorded, but for what the service tells of itself: no provider is there."""
        (row,) = self.ask("SELECT count(*) FROM inbox WHERE source <> 'own-log'")
        return int(row[0])

    def settled(self) -> None:
        """Wait until nothing is left to be handled. Not for reports: one on a message that is not ours is given time,
        and the others wait behind it.
        """
        give_up = time.monotonic() + PATIENCE
        while left := self.ask("SELECT * FROM inbox WHERE state = 'new' AND source <> 'whatsapp-status' LIMIT 3"):
            assert time.monotonic() < give_up, left
            time.sleep(0.02)


def _environment(folder: Path, providers: str, **given: str) -> dict[str, str]:
    values = {name.upper(): "" for name in Settings.model_fields} | {
        "HOST": "127.0.0.1",
        "PUBLIC_BASE_URL": PUBLIC,
        "DATABASE_URL": f"sqlite:///{folder / 'sahut.db'}",
        "CATALOG_FILE": str(ROOT / "catalog.toml"),
        "LOG_FORMAT": "json",
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": SENDER,
        "TWILIO_API_BASE": providers,
        "TELEGRAM_BOT_TOKEN": CUSTOMERS_TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": CUSTOMERS_SECRET,
        "TELEGRAM_API_BASE": providers,
        "OPS_BOT_TOKEN": OPS_TOKEN,
        "OPS_WEBHOOK_SECRET": OPS_SECRET,
        "SECRET_KEY": "media-secret",
        "CARE_LINK_SECRET": CARE_SECRET,
        "PAYMENTS": "stripe,xendit,sandbox",
        "STRIPE_SECRET_KEY": "sk_test_of_the_site",
        "STRIPE_WEBHOOK_SECRET": STRIPE_SECRET,
        "STRIPE_API_BASE": providers,
        "XENDIT_SECRET_KEY": "xnd_development_of_the_site",
        "XENDIT_CALLBACK_TOKEN": XENDIT_TOKEN,
        "XENDIT_API_BASE": providers,
        "METRICS_TOKEN": METRICS_TOKEN,
        "TASKS_TOKEN": TASKS_TOKEN,
        "TELEGRAM_RATE": "10000",
        "TELEGRAM_CHAT_RATE": "10000",
        "TELEGRAM_GROUP_RATE": "600000",
        "TWILIO_RATE": "10000",
    }
    return values | given


@contextmanager
def serving(folder: Path, role: str, providers: str, **given: str) -> Iterator[Service]:
    service = Service(folder, role, _environment(folder, providers, **given))
    try:
        service.start()
        yield service
    finally:
        service.close()


@contextmanager
def played(folder: Path) -> Iterator[str]:
    """The providers, in a process of their own; their address."""
    config = {
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "whatsapp_from": SENDER,
        "enforce_rates": False,
    }
    file = folder / "simulator.json"
    file.write_text(json.dumps(config))
    command = [sys.executable, "-m", "simulator", "--config", str(file)]
    with (folder / "simulator.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().decode().split()[1]
    finally:
        process.kill()
        process.communicate()
