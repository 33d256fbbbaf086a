"""Machines through a year: 1,000 of them are warned of, renewed, suspended and destroyed. Sahut is a process of its own
whose business clock is moved; a played Telegram and a played mail server count. Beside it, messages out of
APScheduler's own job store.
"""

import asyncio
import datetime as dt
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import aiohttp
import uvloop

from benchmarks import due
from benchmarks.contestants import (
    SAHUT,
    Contestant,
    fresh_folder,
    is_ready,
    recorded_sends,
    sahut_environment,
    start,
    stop,
    wait_until_ready,
)
from benchmarks.machine import ROOT, MeasureError, probes, usage
from benchmarks.messages import MIB, Length, Row
from benchmarks.played import playing
from benchmarks.renters import OF_AN_ORDER, People, Renter, Told, at, fate, renters
from benchmarks.targets import JOBS
from bot.catalog import load_catalog
from bot.records import RECORD_TYPES
from domain.invoices import Invoice, Line
from domain.messages import Text, Value
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Purchase
from domain.people import Counter as Numbers
from domain.people import Person
from domain.server_offer import ServerRules
from domain.servers import Server, ServerStatus, schedule, server_id, shelf
from domain.servers_sandbox import SandboxMachine
from storage.sqlite import SQLiteStorage
from tests.ports import free_port

SERVERS, DAYS, SPREAD = 1000, 365, 30
SHORT = (20, 60, 10)
HOURS = (0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0)
"""UTC: nine by each of Indonesia's three clocks, when warnings go out and terms end; then what is due a moment later (a
grace that is over is found by the next step, and its suspension looked at by the one after). The rest of the day is one
leap: nothing is due in it. So every warning of a machine has a step of its own.
"""
AT_ONCE = 100
PATIENCE = 30.0
PLAN, REGION, SANDBOX = "small", "here", "sandbox"
_REGION = f"""[servers.regions.{REGION}]
name = {{ id = "Sini", en = "Here" }}
provider = "{SANDBOX}"
location = "here"
sizes = {{ small = "1-2", medium = "2-4", large = "4-8" }}
images = {{ ubuntu = "ubuntu", debian = "debian", rocky = "rocky" }}
stock = {{ small = 10000, medium = 10, large = 10 }}

"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it, from outside and in the database. `odd` are machines and orders that stand otherwise than they
    must, and messages that Telegram never saw or the database does not know of.
    """

    messages: int
    mails: int
    renewals: int
    lost: int
    twice: int
    strays: int
    odd: int
    said: str


def servers(length: Length) -> Iterator[Row]:
    """Machines through a year: warned of, renewed, suspended and destroyed, beside APScheduler's job store."""
    count, days, spread = (SERVERS, DAYS, SPREAD) if length.seconds >= 10 else SHORT
    try:
        row = uvloop.run(year(count, days, spread))
    except (MeasureError, OSError, aiohttp.ClientError) as problem:
        yield {"part": "servers", "name": SAHUT.name, "error": str(problem)}
        return
    yield {"part": "servers", "name": SAHUT.name, **row}
    peer = Contestant(name=JOBS, script="apscheduler_due.py", needs=due.NEEDS)
    if missing := peer.missing():
        yield {"part": "servers", "name": JOBS, "missing": missing}
        return
    figures = due.apscheduler("send", min(row["done"], due.DUE))
    yield {"part": "servers", "name": JOBS, "per_second": figures["done"] / figures["seconds"], **figures}


async def year(count: int, days: int, spread: int) -> Row:
    """Raises MeasureError, OSError, aiohttp.ClientError."""
    before, folder = probes(), fresh_folder()
    begins = (datetime.now(UTC) + timedelta(days=2)).date()
    rented = renters(count, begins, spread)
    catalog = _catalog(folder)
    offered = load_catalog(catalog).servers
    assert offered is not None
    await _seed(folder, rented, offered.rules)
    port, clock = free_port(), free_port()
    async with aiohttp.ClientSession() as session:
        people = People(rented, session, port)
        async with playing(people.hears, people.reads) as played:
            settings = {
                **sahut_environment(folder, port, played.url),
                "CATALOG_FILE": str(catalog),
                "SERVERS": SANDBOX,
                "PAYMENTS": SANDBOX,
                "SMTP_HOST": "127.0.0.1",
                "SMTP_PORT": str(played.smtp_port),
                "MAIL_FROM": "Sahut <sahut@example.com>",
                "LOG_FORMAT": "json",
                "LOG_LEVEL": "WARNING",
                "RETENTION": f"inbox=180d,outbox={days + 400}d,effects=90d",  # what was sent is counted at the end
                "CLOCK_PORT": str(clock),
            }
            process = start([sys.executable, "-m", "benchmarks.moved"], settings, folder)
            try:
                await asyncio.to_thread(wait_until_ready, process, port, folder, is_ready)
                reader, writer = await asyncio.open_connection("127.0.0.1", clock)
                move = partial(_moved, reader, writer, people)
                await move(None)
                started, began = usage(process.pid), time.perf_counter()
                blocked = await _live(begins, days, move)
                seconds, ended = time.perf_counter() - began, usage(process.pid)
                writer.close()
            finally:
                await asyncio.to_thread(stop, process, PATIENCE)
                _nothing_went_wrong(folder)
    seen = await _seen(folder, people, begins + timedelta(days=days - 1), days)
    if seen.said:
        print(seen.said)
    done, cpu = seen.messages + seen.mails, ended.cpu - started.cpu
    return {
        "machines": count,
        "days": days,
        "done": done,
        "mails": seen.mails,
        "renewals": seen.renewals,
        "lost": seen.lost,
        "twice": seen.twice,
        "strays": seen.strays,
        "odd": seen.odd,
        "seconds": seconds,
        "per_second": done / seconds,
        "cpu": cpu,
        "cpu_per_1000": cpu / max(1, done) * 1000,
        "blocked": blocked,
        "rss": round(ended.rss / MIB),
        "before": before,
        "after": probes(),
    }


async def _live(begins: date, days: int, move: Callable[[datetime | None], Any]) -> float:
    blocked = 0.0
    for day in range(days):
        for hour in HOURS:
            blocked = await move(at(begins + timedelta(days=day), hour))
    return blocked


async def _moved(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, people: People, to: datetime | None
) -> float:
    """Until nothing is left to do for Sahut or for people. For how many milliseconds its loop was blocked so far."""
    line = to.isoformat() if to else ""
    while True:
        writer.write(f"{line}\n".encode())
        said = await reader.readline()
        if not said:
            raise MeasureError("it ended")
        if not await people.rest() and not people.doing:
            return float(json.loads(said)["blocked"])
        line = ""


# --- what there is at the beginning ---


def _catalog(folder: Path) -> Path:
    """The real one, but for a region of the sandbox's in the place of its regions."""
    before, begins, rest = (ROOT / "catalog.toml").read_text(encoding="utf-8").partition("[servers.regions.")
    _, marks, after = rest.partition("# ----")
    assert begins
    assert marks
    file = folder / "catalog.toml"
    file.write_text(f"{before}{_REGION}{marks}{after}", encoding="utf-8")
    return file


async def _seed(folder: Path, rented: list[Renter], rules: ServerRules) -> None:
    """Everybody has ordered, paid and got a machine."""
    storage = SQLiteStorage(folder / "bench.db", RECORD_TYPES)
    await storage.open()
    try:
        await storage.save(Numbers(id="orders", value=len(rented)))
        for first in range(0, len(rented), AT_ONCE):
            some = rented[first : first + AT_ONCE]
            await storage.save(*(record for renter in some for record in _records(renter, rules)))
    finally:
        await storage.close()


def _records(renter: Renter, rules: ServerRules) -> tuple[Person, Order, Server, SandboxMachine]:
    number, made_at = renter.number, datetime.now(UTC).replace(microsecond=0)
    customer, email = f"telegram:{renter.chat}", f"{renter.host}@example.com"
    known: dict[str, Any] = {
        "customer": customer,
        "name": "Budi",
        "email": email,
        "language": "id",
        "zone": renter.zone,
    }
    named = server_id(number, made_at)
    values: dict[str, Value] = {"plan": "Small", "cpus": 1, "memory": 2, "disk": 25, "months": renter.months}
    invoice = Invoice(lines=(Line(Text("invoice-line-term", values), Money(120_000, "IDR")),), tax_rate=1_100)
    purchase = Purchase(plan=PLAN, months=renter.months, period=1, invoice=invoice)
    order = Order(
        **known,
        id=f"order-{number}",
        number=number,
        kind=OrderKind.SERVER,
        price=invoice.total,
        status=OrderStatus.DONE,
        made_at=made_at,
        pay_by=made_at,
        paid_at=made_at,
        server=named,
        purchase=purchase,
        closed_at=made_at,
    )
    server = Server(
        **known,
        id=named,
        number=number,
        order=order.id,
        plan=PLAN,
        region=REGION,
        image="ubuntu",
        shelf=shelf(PLAN, REGION),
        slot=number,
        hostname=renter.host,
        user="ubuntu",
        ssh_key="ssh-ed25519 AAAA",
        status=ServerStatus.ACTIVE,
        since=made_at,
        state="running",
        provider=SANDBOX,
        machine=named,
        address="192.0.2.7",
        made_at=made_at,
        active_at=made_at,
        expires_at=datetime.combine(renter.expires, dt.time(23, 59, 59), ZoneInfo(renter.zone)).astimezone(UTC),
        periods=1,
    )
    machine = SandboxMachine(
        id=named, tag="sahut", state="running", address="192.0.2.7", size="1-2", image="ubuntu", made_at=made_at
    )
    person = Person(id=customer, name="Budi", language="id", zone=renter.zone, first_seen_at=made_at)
    return person, order, schedule(server, rules), machine


# --- what there is at the end ---


async def _seen(folder: Path, people: People, last: date, days: int) -> Seen:
    """Against what must have become of each machine, reckoned anew."""
    fates = {renter.number: fate(renter, last) for renter in people.renters}
    renewals = sum(each.renewals for each in fates.values())
    wanted: Counter[Told] = Counter(told for each in fates.values() for told in each.told)
    first = len(people.renters) + 1
    wanted.update((what, str(number), "") for what in OF_AN_ORDER for number in range(first, first + renewals))
    lost, more = wanted - people.told, people.told - wanted
    odd = [
        f"{people.bubbles} messages seen, {known} known"
        for known in (recorded_sends(folder),)
        if known != people.bubbles
    ]
    storage = SQLiteStorage(folder / "bench.db", RECORD_TYPES)
    await storage.open()
    try:
        machines = await storage.find(Server, limit=len(people.renters) + 1)
        orders = await storage.find(Order, limit=first + renewals)
    finally:
        await storage.close()
    for machine in machines:
        expected = fates[machine.number]
        expires = machine.expires_at and machine.expires_at.astimezone(ZoneInfo(machine.zone)).date()
        if (machine.periods, expires) != (1 + expected.renewals, expected.expires):
            odd.append(f"{machine.hostname}: {machine.status}, {machine.periods} periods, until {expires}")
    done = sum(order.kind is OrderKind.RENEWAL and order.status is OrderStatus.DONE for order in orders)
    if (done, len(orders)) != (renewals, len(people.renters) + renewals):
        odd.append(f"{done} renewals done of {len(orders)} orders, {renewals} wanted")
    twice = more.total() + max(0, people.summaries - days)
    said = [*map(str, [*lost.items()][:5]), *map(str, [*more.items()][:5]), *people.strays[:5], *odd[:5]]
    return Seen(
        messages=people.bubbles,
        mails=people.letters,
        renewals=done,
        lost=lost.total(),
        twice=twice,
        strays=len(people.strays),
        odd=len(odd),
        said="\n".join(said),
    )


def _nothing_went_wrong(folder: Path) -> None:
    said = (folder / "said").read_text(encoding="utf-8", errors="replace")
    if wrong := [line for line in said.splitlines() if '"level": "error"' in line]:
        raise MeasureError(f"it logged {len(wrong)} errors: {wrong[0][:300]}")
