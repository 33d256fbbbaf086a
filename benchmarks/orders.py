"""Orders of a session with a mentor, by many customers at once: from "mentoring" to the event in the calendar, Sahut as
a process of its own, the simulator of all providers in another.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

import aiohttp
import psutil

from benchmarks.contestants import SAHUT, fresh_folder, is_ready, start, stop, wait_until_ready
from benchmarks.machine import MeasureError, probes, usage
from benchmarks.messages import MIB, Length, Row
from benchmarks.phones import Phone, Phones, phones
from benchmarks.targets import STUDY
from tests.durability.offer import SUBJECT, offered
from tests.durability.processes import environment
from tests.durability.world import playing
from tests.ports import free_port

CUSTOMERS = (1, 3, 5, 7, 10, 100, 1000)
MENTORS = {f"Mentor{letter}": f"benchmentor{letter.lower()}" for letter in "ABCDEFGH"}
A_DAY = 24
"""Sessions of an hour that a mentor has on a day."""

CORE_HOUR = 1000
"""Rupiah: what a cloud asks for one processor and 4 GiB for an hour, on demand (USD 0.06)."""

STUDYS_COST, STUDYS_ORDERS = 656, 36
WAYS = {"Kartu": {"do": "pay", "method": "card"}, "Transfer": {"do": "pay", "channel": "DANA"}}
PAGE = re.compile(r"http://[^\s\"|]+/(?:c/pay|xendit/invoice)/[^\s\"|]+")
GRACE = 60.0
"""Seconds for what follows an order (mails, reports on messages), and to stop."""

IDLE = 0.1
"""Seconds of processor time in a second: less, and there is nothing more to do."""


@dataclass
class Times:
    """Seconds: `answers` from a message to its answer, `links` from the last answer to the link, `certain` from the
    payment to being told that the session is certain.
    """

    answers: list[float] = field(default_factory=list)
    links: list[float] = field(default_factory=list)
    certain: list[float] = field(default_factory=list)


def orders(length: Length) -> Iterator[Row]:
    """Sessions ordered, paid, approved and put into the calendar: 1 to 1,000 customers at once."""
    for customers in CUSTOMERS if length.seconds >= 10 else (1, 10):
        name = f"{customers:,} at once"
        try:
            yield {"part": "orders", "name": name, **asyncio.run(_at_once(customers))}
        except (MeasureError, OSError, psutil.Error, aiohttp.ClientError) as problem:
            yield {"part": "orders", "name": name, "error": str(problem)}
    share = STUDYS_COST / STUDYS_ORDERS
    yield {"part": "orders", "name": STUDY, "failures": 0, "cost": share * 1000, "cost_of_36": float(STUDYS_COST)}


async def _at_once(customers: int) -> Row:
    before, folder, port = probes(), fresh_folder(), free_port()
    webhooks = {f"{name}_webhook_url": f"http://127.0.0.1:{port}/webhooks/{name}" for name in ("stripe", "xendit")}
    webhooks["whatsapp_webhook_url"] = f"http://127.0.0.1:{port}/webhooks/whatsapp"
    async with playing(folder, **webhooks, google_pending=0.0) as world:
        settings = environment(world.config, world.url, port, f"sqlite:///{folder / 'bench.db'}")
        settings["CATALOG_FILE"] = str(offered(folder, MENTORS))
        process = await asyncio.to_thread(start, SAHUT.command(), settings, folder)
        try:
            await asyncio.to_thread(wait_until_ready, process, port, folder, is_ready)
            async with phones(world.url) as people:
                return {**await _measured(people, customers, process.pid), "before": before, "after": probes()}
        finally:
            await asyncio.to_thread(stop, process, GRACE)
            _nothing_went_wrong(folder)


def _nothing_went_wrong(folder: Path) -> None:
    said = (folder / "said").read_text(encoding="utf-8", errors="replace")
    wrong = [line for line in said.splitlines() if '"level": "error"' in line]
    if wrong:
        raise MeasureError(f"it logged {len(wrong)} errors: {wrong[0][:300]}")


async def _measured(people: Phones, customers: int, pid: int) -> Row:
    answering = [asyncio.create_task(_approves(await _mentor(people, name, code))) for name, code in MENTORS.items()]
    try:
        # What is loaded with the first order is not measured: every thousandth order would carry it.
        await _orders(await people.new("Pertama", "telegram"), 0, Times())
        made = [await people.new(f"Warga {n}", ("telegram", "whatsapp")[n % 2]) for n in range(customers)]
        times, started, began = Times(), usage(pid), time.perf_counter()
        ends = await asyncio.gather(
            *(_orders(phone, number, times) for number, phone in enumerate(made, 1)), return_exceptions=True
        )
        seconds = time.perf_counter() - began
        wrong = [end for end in ends if isinstance(end, BaseException)]
        for each in wrong:
            if not isinstance(each, MeasureError):
                raise each
        if wrong:
            print(wrong[0])
        await _at_rest(pid, customers)
        ended = usage(pid)
        failures = len(wrong) or await _at_odds(people, 1 + customers)
    finally:
        for task in answering:
            task.cancel()
        await asyncio.gather(*answering, return_exceptions=True)
    cpu = (ended.cpu - started.cpu) / customers * 1000
    cost = cpu / 3600 * CORE_HOUR
    return {
        "per_second": (customers - len(wrong)) / seconds,
        **_spread("answer", times.answers),
        **_spread("link", times.links),
        **_spread("certain", times.certain),
        "failures": failures,
        "cpu_per_1000": cpu,
        "cost": cost,
        "cost_of_36": cost / 1000 * STUDYS_ORDERS,
        "rss": round(ended.rss / MIB),
    }


def _spread(what: str, seconds: list[float]) -> dict[str, float]:
    """In milliseconds."""
    if not seconds:
        return {}
    most = quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else seconds[0]
    return {f"{what}_p50": median(seconds) * 1000, f"{what}_p95": most * 1000}


# --- what people do ---


async def _mentor(people: Phones, name: str, code: str) -> Phone:
    mentor = await people.new(name, "telegram")
    await mentor.says(f"/start mentor_{code}")
    await mentor.hears("/agenda")
    return mentor


async def _approves(mentor: Phone) -> None:
    """Every order, as soon as it is there."""
    while True:
        mentor.last = await mentor.heard.get()
        if any("Terima" in button["text"] for row in mentor.last["buttons"] for button in row):
            await mentor.chooses("Terima")


async def _orders(phone: Phone, number: int, times: Times) -> None:
    """The shortest way, at a time of one's own. Raises MeasureError."""
    nth = number // len(MENTORS)
    way = [*WAYS][number // 2 % len(WAYS)]
    walk: tuple[tuple[Callable[[], Awaitable[datetime]], str], ...] = (
        (lambda: phone.says("mentoring"), "Topik apa"),
        (lambda: phone.chooses(SUBJECT), "Dengan siapa"),
        (lambda: phone.chooses([*MENTORS][number % len(MENTORS)]), "Hari apa"),
        (lambda: phone.chooses(_days(phone)[1 + nth // A_DAY]), "jam berapa"),
        (lambda: phone.says(f"{nth % A_DAY:02}.00"), "alamat e-mail"),
        (lambda: phone.says(f"{phone.person}@example.com"), "Sudah benar"),
        (lambda: phone.chooses("Pesan sekarang"), "lewat apa"),
        (lambda: phone.chooses(way), "kami catat"),
    )
    said = datetime.now(UTC)
    for act, expected in walk:
        said = await act()
        times.answers.append((await phone.hears(expected) - said).total_seconds())
    times.links.append((await phone.hears("silakan bayar") - said).total_seconds())
    link = " ".join([phone.last["text"], *(each.get("url") or "" for row in phone.last["buttons"] for each in row)])
    page = PAGE.search(link)
    if page is None:
        raise MeasureError(f"{phone.person} got no link: {link}")
    paid = datetime.now(UTC)
    async with phone.phones.session.post(page[0], data=WAYS[way], allow_redirects=False) as response:
        if response.status != 303:
            raise MeasureError(f"{phone.person} could not pay: {response.status}")
    times.certain.append((await phone.hears("Sesi ", "pasti!") - paid).total_seconds())


def _days(phone: Phone) -> list[str]:
    labels = [each["text"] for row in phone.last["buttons"] for each in row]
    labels = labels or [line.partition(". ")[2] for line in phone.last["text"].splitlines()]
    return [label for label in labels if re.search(r", \d+ \w+ 20\d\d$", label)]


# --- whether all of it is there ---


async def _at_rest(pid: int, wanted: int) -> None:
    """Until the last mails are out and the last reports are in."""
    used, until = -1.0, time.monotonic() + GRACE + wanted / 5
    while usage(pid).cpu - used > IDLE:
        if time.monotonic() > until:
            raise MeasureError("it never came to rest")
        used = usage(pid).cpu
        await asyncio.sleep(1)


async def _at_odds(people: Phones, wanted: int) -> int:
    """How many orders have not exactly one link, one payment and one event."""
    money, calendar = await people.asked("money"), await people.asked("calendar")
    paid = {each["reference"] for each in money["links"] if each["charge"]}
    events = [each["id"] for each in calendar["events"] if each["status"] != "cancelled"]
    return max(abs(wanted - found) for found in (len(money["links"]), len(paid), len(set(events)), len(events)))
