"""Who is measured: Sahut, as `python -m bot run`, and the peers that are installed. Each is started as a process of its
own with an empty folder, and stopped.
"""

import http.client
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generator import (
    SECRET,
    TELEGRAM_TOKEN,
    TWILIO_ACCOUNT,
    TWILIO_NUMBER,
    TWILIO_TOKEN,
    Step,
)
from benchmarks.machine import HERE, ROOT, SCRATCH, MeasureError
from tests.ports import free_port

PEERS = Path(os.environ.get("PEERS") or HERE / ".peers").resolve()
"""Where `make bench-peers` installs: `python/` is a virtual environment, `node/node_modules` the modules of node."""

PATIENCE = 30.0
"""Seconds a bot has to be ready."""

PEERS_PATIENCE = 3.0
"""Seconds a peer has to stop: nothing of it is looked at afterwards."""

PEER_WALK: tuple[Step, ...] = (
    ("Hi, I'd like to book a table for tonight|hello there|Good evening! Do you have any tables left?|menu", "STEP1"),
    ("2|1|3|2", "STEP2"),
    ("yes please|Yes, 19:30 works for me|ok|confirm", "STEP3"),
)
CARE_WALK: tuple[Step, ...] = (
    ("menu", "bisa kami bantu"),
    ("2", "Transaksi apa yang"),
    ("1", "atau tagihan"),
)
"""Sahut's real menu: all topics, those of transactions, the answer to the first of these."""

UNLIMITED = "1000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """`needs` are the modules (`python:` or `node:`) and programs that must be there for it."""

    name: str
    walk: Sequence[Step] = PEER_WALK
    provider: str = "telegram"
    path: str = "/webhook"
    script: str = ""
    variant: str = ""
    needs: tuple[str, ...] = ()

    @property
    def is_sahut(self) -> bool:
        return not self.script

    def missing(self) -> str:
        """What is not installed; empty when it can be started."""
        return ", ".join(need.partition(":")[2] or need for need in self.needs if not _is_there(need))

    def command(self) -> list[str]:
        if self.is_sahut:
            return [sys.executable, "-m", "bot", "run"]
        runtime = "node" if self.script.endswith(".js") else str(PEERS / "python" / "bin" / "python")
        return [runtime, str(HERE / "peers" / self.script)]


SAHUT = Contestant(name="Sahut", walk=CARE_WALK, path="/webhooks/telegram")
SAHUT_WHATSAPP = Contestant(name="Sahut, WhatsApp", walk=CARE_WALK, provider="twilio", path="/webhooks/whatsapp")
BARE = Contestant(
    name="bare aiohttp + uvloop, no state", script="aiohttp_bare.py", needs=("python:aiohttp", "python:uvloop")
)
PTB_CONCURRENT = Contestant(
    name="python-telegram-bot, concurrent, pickle",
    script="python_telegram_bot.py",
    variant="concurrent",
    needs=("python:telegram", "python:tornado"),
)
PTB_SEQUENTIAL = Contestant(
    name="python-telegram-bot, sequential, pickle",
    script="python_telegram_bot.py",
    variant="sequential",
    needs=("python:telegram", "python:tornado"),
)
AIOGRAM_REDIS = Contestant(
    name="aiogram, Redis everysec",
    script="aiogram_bot.py",
    variant="redis",
    needs=("python:aiogram", "python:redis", "redis-server"),
)
AIOGRAM_MEMORY = Contestant(
    name="aiogram, memory", script="aiogram_bot.py", variant="memory", needs=("python:aiogram",)
)
AIOGRAM_SQLITE = Contestant(
    name="aiogram, SQLite",
    script="aiogram_bot.py",
    variant="sqlite",
    needs=("python:aiogram", "python:aiogram_sqlite_storage"),
)
GRAMMY = Contestant(
    name="grammY, SQLite FULL", script="grammy.js", needs=("node:grammy", "node:better-sqlite3", "node")
)
TELEGRAF = Contestant(
    name="telegraf, SQLite FULL", script="telegraf.js", needs=("node:telegraf", "node:better-sqlite3", "node")
)
DURABLE = Contestant(
    name="bare aiohttp + uvloop, SQLite FULL",
    script="aiohttp_durable.py",
    needs=("python:aiohttp", "python:uvloop"),
)
ALL = (
    SAHUT,
    SAHUT_WHATSAPP,
    PTB_CONCURRENT,
    PTB_SEQUENTIAL,
    AIOGRAM_REDIS,
    AIOGRAM_SQLITE,
    AIOGRAM_MEMORY,
    TELEGRAF,
    GRAMMY,
    DURABLE,
    BARE,
)


def _is_there(need: str) -> bool:
    kind, _, name = need.rpartition(":")
    if kind == "python":
        return any((PEERS / "python" / "lib").glob(f"python3*/site-packages/{name}"))
    if kind == "node":
        return (PEERS / "node" / "node_modules" / name).is_dir()
    return shutil.which(need) is not None


def versions() -> str:
    """The peers' versions, as they are installed."""
    found = []
    for name in ("python_telegram_bot", "aiogram", "aiohttp", "uvloop", "apscheduler"):
        for path in (PEERS / "python" / "lib").glob(f"python3*/site-packages/{name}-*.dist-info"):
            found.append(f"{name.replace('_', '-')} {path.stem.removeprefix(f'{name}-')}")
    for name in ("grammy", "telegraf", "better-sqlite3"):
        package = PEERS / "node" / "node_modules" / name / "package.json"
        if package.exists():
            found.append(f"{name} {json.loads(package.read_text(encoding='utf-8'))['version']}")
    for program in ("node", "redis-server"):
        if shutil.which(program):
            said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout
            found.append(f"{program} {re.findall(r'v=?([0-9.]+)', said)[0]}")
    return ", ".join(found)


def fresh_folder() -> Path:
    folder = SCRATCH / "run"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@dataclass(frozen=True, slots=True)
class Running:
    """A bot that is ready, after so many seconds. `others` are its further processes, the store's included where its
    work is counted as the bot's; `store` is the pid of a store that is looked at apart.
    """

    process: "subprocess.Popen[bytes]"
    port: int
    folder: Path
    ready_after: float
    others: "tuple[subprocess.Popen[bytes], ...]" = ()
    store: int = 0

    @property
    def pids(self) -> tuple[int, ...]:
        return (self.process.pid, *(each.pid for each in self.others))


def sahut_environment(folder: Path, port: int, endpoint: str, database: str = "") -> dict[str, str]:
    """Everything that can be configured is, as in a service that uses it all; the rate limits stay in the path."""
    rates = dict.fromkeys(("TELEGRAM_RATE", "TELEGRAM_CHAT_RATE", "TELEGRAM_GROUP_RATE", "TWILIO_RATE"), UNLIMITED)
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "CATALOG_FILE": str(ROOT / "catalog.toml"),
        "PORT": str(port),
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "DATABASE_URL": database or f"sqlite:///{folder / 'bench.db'}",
        "SECRET_KEY": "bench-secret-key",
        "TELEGRAM_BOT_TOKEN": TELEGRAM_TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "TELEGRAM_API_BASE": endpoint,
        "AGENTS_CHAT_ID": "-1001",
        "OPS_BOT_TOKEN": f"43{TELEGRAM_TOKEN[2:]}",
        "OPS_WEBHOOK_SECRET": SECRET,
        "OPS_CHAT_ID": "-1002",
        "TWILIO_ACCOUNT_SID": TWILIO_ACCOUNT,
        "TWILIO_AUTH_TOKEN": TWILIO_TOKEN,
        "TWILIO_WHATSAPP_FROM": TWILIO_NUMBER,
        "TWILIO_API_BASE": endpoint,
        **rates,
    }


def _peer_environment(who: Contestant, folder: Path, port: int, endpoint: str, redis_port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "NODE_PATH": str(PEERS / "node" / "node_modules"),
        "NODE_ENV": "production",
        "BOT_PORT": str(port),
        "BOT_FOLDER": str(folder),
        "ENDPOINT": endpoint,
        "VARIANT": who.variant,
        "REDIS_PORT": str(redis_port),
    }


@contextmanager
def running(who: Contestant, port: int, endpoint: str, *, wrapper: Sequence[str] = ()) -> Iterator[Running]:
    """The contestant as a process, ready, in an empty folder; it is asked to stop at the end. Raises MeasureError.

    `wrapper` is a command that starts the bot's.
    """
    folder = fresh_folder()
    redis = who.variant == "redis"
    redis_port = free_port() if redis else 0
    others = (_start_redis(folder, redis_port),) if redis else ()
    environment = (
        sahut_environment(folder, port, endpoint)
        if who.is_sahut
        else _peer_environment(who, folder, port, endpoint, redis_port)
    )
    began = time.perf_counter()
    process = start([*wrapper, *who.command()], environment, folder)
    try:
        wait_until_ready(process, port, folder, is_ready if who.is_sahut else listens)
        yield Running(process, port, folder, time.perf_counter() - began, others)
    finally:
        stop(process, PATIENCE if who.is_sahut else PEERS_PATIENCE)
        for each in others:
            stop(each)


def start(command: Sequence[str], environment: dict[str, str], folder: Path) -> "subprocess.Popen[bytes]":
    """What it prints goes to `said` in the folder."""
    with (folder / "said").open("ab") as said:
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=said, stderr=said)


def wait_until_ready(process: "subprocess.Popen[bytes]", port: int, folder: Path, ready: Callable[[int], bool]) -> None:
    """Raises MeasureError."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            said = (folder / "said").read_text(encoding="utf-8", errors="replace")
            raise MeasureError(f"it ended with {process.returncode}: {said[-2000:]}")
        if ready(port):
            return
        time.sleep(0.01)
    raise MeasureError("it was not ready in time")


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def is_ready(port: int) -> bool:
    """Whether Sahut says so: its storage answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _start_redis(folder: Path, port: int) -> "subprocess.Popen[bytes]":
    options = {"bind": "127.0.0.1", "port": port, "dir": folder, "save": "", "appendonly": "yes"}
    options |= {"appendfsync": "everysec", "daemonize": "no"}
    command = ["redis-server", *(part for name, value in options.items() for part in (f"--{name}", str(value)))]
    process = start(command, {"PATH": os.environ["PATH"]}, folder)
    wait_until_ready(process, port, folder, listens)
    return process


def stop(process: "subprocess.Popen[bytes]", patience: float = 15.0) -> None:
    """Ask it to stop, then make it."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def recorded_sends(folder: Path) -> int:
    """How many messages Sahut's database says were sent."""
    connection = sqlite3.connect(folder / "bench.db")
    try:
        (count,) = connection.execute("SELECT count(*) FROM outbox WHERE delivery = 'sent'").fetchone()
        return int(count)
    finally:
        connection.close()
