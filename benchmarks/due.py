"""What time brings about: 10,000 messages due at one instant, and 100,000 put down for later, beside APScheduler's own
job store.

Sahut's are cases that close because nobody wrote. One has fired when it is found and recorded, durably and once, as an
event for its handler; APScheduler's has when its function was called. One is sent when the endpoint has seen the
message: Sahut's after a turn, a commit and the outbox, APScheduler's by a direct POST out of that function.
"""

import json
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop

from benchmarks import contestants
from benchmarks.contestants import PEERS, fresh_folder, is_ready, sahut_environment, start, stop, wait_until_ready
from benchmarks.generator import Generator
from benchmarks.machine import HERE, MeasureError, usage
from benchmarks.messages import Length, Row
from bot.records import RECORD_TYPES
from domain.cases import Case, CaseStatus
from storage.sqlite import SQLiteStorage
from tests.ports import free_port

DUE, LATER = 10_000, 100_000
ADDED_BY_PEER = 3_000
"""As many as are measured of the peer: all would take minutes."""
AT_ONCE = 500
PATIENCE = 180.0
PUT_DOWN = "Sahut, put down"
NEEDS = ("python:apscheduler", "python:sqlalchemy")


def due(length: Length) -> Iterator[Row]:
    """10,000 due at one instant, 100,000 put down for later, beside APScheduler's job store."""
    peer = contestants.Contestant(name="APScheduler", script="apscheduler_due.py", needs=NEEDS)
    missing = peer.missing()
    if missing:
        yield {"part": "due", "name": "APScheduler", "missing": missing}
    for number in range(length.rounds):
        for name, row in _round(with_peer=not missing):
            yield {"part": "due", "name": name, "round": number, "per_second": row["done"] / row["seconds"], **row}


def _round(*, with_peer: bool) -> Iterator[tuple[str, Row]]:
    yield from sahut_fires(DUE).items()
    yield PUT_DOWN, sahut_schedules(LATER)
    if with_peer:
        yield "APScheduler, fired", apscheduler("fire", DUE)
        yield "APScheduler, sent", apscheduler("send", DUE)
        yield "APScheduler, put down", apscheduler("add", ADDED_BY_PEER)


def sahut_fires(count: int) -> dict[str, Row]:
    """Cases that all come due while the service runs, from the waking of the jobs on."""
    folder = fresh_folder()
    port = free_port()
    with Generator(customers=count + 1, connections=1) as generator:
        environment = sahut_environment(folder, port, generator.endpoint)
        process = start([sys.executable, "-m", "benchmarks.watched"], environment, folder)
        try:
            wait_until_ready(process, port, folder, is_ready)
            uvloop.run(_schedule(folder, count, datetime.now(UTC) - timedelta(days=1)))
            cpu = usage(process.pid).cpu
            process.send_signal(signal.SIGUSR1)
            fired, fired_at = _wait_for_events(folder, count)
            until = time.monotonic() + PATIENCE
            while (seen := generator.count()).sends < count and time.monotonic() < until:
                time.sleep(0.05)
            cpu = usage(process.pid).cpu - cpu
        finally:
            stop(process)
    said = json.loads((folder / "said").read_text(encoding="utf-8").splitlines()[-1])
    return {
        "Sahut, fired": {"done": fired, "seconds": fired_at - said["woken"]},
        "Sahut, sent": {
            "done": seen.sends,
            "seconds": seen.last_send - said["woken"],
            "blocked": said["blocked"],
            "cpu_per_1000": cpu / max(1, seen.sends) * 1000,
        },
    }


def _wait_for_events(folder: Path, count: int) -> tuple[int, float]:
    """How many events the inbox got, and when it had them; nothing else writes into it."""
    connection = sqlite3.connect(folder / "bench.db")
    until = time.monotonic() + PATIENCE
    try:
        while True:
            (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM inbox").fetchone()
            at = time.monotonic()
            if last >= count or at > until:
                return last, at
            time.sleep(0.005)
    finally:
        connection.close()


def sahut_schedules(count: int) -> Row:
    seconds = uvloop.run(_schedule(fresh_folder(), count, datetime.now(UTC) + timedelta(days=30)))
    return {"done": count, "seconds": seconds}


async def _schedule(folder: Path, count: int, at: datetime) -> float:
    """Save so many cases, 500 in a commit; how many seconds it took."""
    storage = SQLiteStorage(folder / "bench.db", RECORD_TYPES)
    await storage.open()
    began = time.monotonic()
    try:
        for first in range(0, count, AT_ONCE):
            await storage.save(*(_case(number, at) for number in range(first, min(first + AT_ONCE, count))))
        return time.monotonic() - began
    finally:
        await storage.close()


def _case(number: int, at: datetime) -> Case:
    """A case whose agent has answered, to close at that time."""
    at = at.replace(microsecond=0)
    return Case(
        id=f"case-{number}",
        number=number,
        customer=f"telegram:{700000000 + number}",
        name="Budi",
        language="id",
        topic="other",
        team="general",
        status=CaseStatus.ACTIVE,
        opened_at=at - timedelta(days=1),
        last_activity_at=at - timedelta(days=1),
        due_at=at,
    )


def apscheduler(what: str, count: int) -> dict[str, Any]:
    """Raises MeasureError."""
    folder = fresh_folder()
    with Generator(customers=count + 1, connections=1) as generator:
        environment = {"BOT_PORT": "1", "BOT_FOLDER": str(folder), "ENDPOINT": generator.endpoint}
        command = [str(PEERS / "python/bin/python"), str(HERE / "peers/apscheduler_due.py"), what, str(count)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise MeasureError(f"APScheduler: {ended.stderr[-2000:]}")
        if what == "send" and generator.count().sends != count:
            raise MeasureError(f"APScheduler: the endpoint saw {generator.count().sends} messages")
    figures: dict[str, Any] = json.loads(ended.stdout)
    return figures
