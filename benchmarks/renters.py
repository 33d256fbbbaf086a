"""People who rent machines: when they renew, what they must hear by chat and by mail until a day, and what they do when
they hear it.
"""

import asyncio
import random
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import aiohttp

from benchmarks.generator import SECRET
from benchmarks.machine import MeasureError
from benchmarks.played import Bubble, Letter

FIRST_CHAT = 700000000
ZONES = ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")
"""Their mornings are at 2, 1 and 0 o'clock UTC."""

WARNINGS = (14, 7, 3, 1, 0)
"""Days before the expiry (the table in domain/servers.py)."""

GRACE, KEPT = 3, 7
"""Days, by catalog.toml: from the day after the expiry until it is suspended, and how long it is kept then."""

MONTHS = ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des")
DATE = re.compile(r"\w+, (\d+) (\w{3}) (20\d\d)")
SUSPENDED, NEVER = -1, -2
TERMS = (1, 3, 3, 3)
"""Months, drawn with equal chance: most pay for a quarter."""

HOST = r"(sewa-\d+)"
CHAT: tuple[tuple[str, "re.Pattern[str]"], ...] = tuple(
    (kind, re.compile(words, re.DOTALL))
    for kind, words in (
        ("warning 14", rf"Server {HOST} \(.*berlaku sampai .*: 14 hari lagi"),
        ("warning 7", rf"Server {HOST} \(.*berlaku sampai .*: 7 hari lagi"),
        ("warning 3", rf"Server {HOST} \(.*berlaku sampai .*: 3 hari lagi"),
        ("warning 1", rf"Masa sewa server {HOST} \(.*habis besok"),
        ("warning 0", rf"Masa sewa server {HOST} \(.*habis hari ini"),
        ("over", rf"Masa sewa server {HOST} \(.*sudah habis"),
        ("suspended", rf"Server {HOST} \(.*kami matikan"),
        ("terminated", rf"Server {HOST} \(.*sudah dihapus"),
        ("terms", rf"Perpanjang server {HOST} \("),
        ("ordered", rf"kami catat: server {HOST} diperpanjang"),
        ("renewed", rf"Server {HOST} \(.*diperpanjang: berlaku sampai"),
        ("resumed", rf"Server {HOST} \(.*menyala lagi di alamat"),
        ("proforma", r"Invoice proforma pesanan #(\d+)\."),
        ("link", r"Pesanan #(\d+): silakan bayar"),
        ("received", r"Pembayaran .*untuk pesanan #(\d+) sudah kami terima"),
        ("invoice", r"Invoice INV/\S+ untuk pesanan #(\d+)"),
    )
)
MAIL: tuple[tuple[str, "re.Pattern[str]"], ...] = tuple(
    (kind, re.compile(words))
    for kind, words in (
        ("warning 14", rf"Server {HOST} habis dalam 14 hari"),
        ("warning 7", rf"Server {HOST} habis dalam 7 hari"),
        ("warning 3", rf"Server {HOST} habis dalam 3 hari"),
        ("warning 1", rf"Server {HOST} habis besok"),
        ("warning 0", rf"Server {HOST} habis hari ini"),
        ("over", rf"Masa sewa server {HOST} sudah habis"),
        ("suspended", rf"Server {HOST} kami matikan"),
        ("terminated", rf"Server {HOST} sudah dihapus"),
        ("renewed", rf"Server {HOST} diperpanjang sampai"),
        ("resumed", rf"Server {HOST} menyala lagi"),
        ("proforma", r"Pesanan #(\d+): bayar paling lambat"),
        ("invoice", r"Invoice INV/\S+ untuk pesanan #(\d+)"),
    )
)
TIMELESS = frozenset({"terminated", "proforma", "link", "received", "invoice"})
"""Once a machine or once an order; the others are told of a date, and once of each."""

OF_AN_ORDER = ("chat proforma", "chat link", "chat received", "chat invoice", "mail proforma", "mail invoice")
SUMMARY = re.compile(r"Habis dalam 7 hari: \d+\n.*Gagal, menunggu keputusan: 0\s*$", re.DOTALL)
"""What ops hear every morning, where nothing has failed."""

Told = tuple[str, str, str]
"""How and what (`chat warning 7`), of which machine or order, and of which date (ISO, or empty)."""


@dataclass(frozen=True, slots=True)
class Renter:
    """`habit`: which warning they renew at (from 0), or SUSPENDED, or NEVER. `expires` by their own clock."""

    number: int
    habit: int
    months: int
    zone: str
    expires: date

    @property
    def chat(self) -> int:
        return FIRST_CHAT + self.number

    @property
    def host(self) -> str:
        return f"sewa-{self.number}"


def renters(count: int, begins: date, spread: int) -> list[Renter]:
    """Of five, three renew at a warning, one once suspended, one never; their first expiries lie a day after the first
    warning's earliest and later, over `spread` days. The same ones every time.
    """
    dice = random.Random(5)
    habits = ("warned", "warned", "warned", SUSPENDED, NEVER)
    return [
        Renter(
            number=number,
            habit=dice.randrange(len(WARNINGS)) if (habit := habits[number % 5]) == "warned" else int(habit),
            months=dice.choice(TERMS),
            zone=dice.choice(ZONES),
            expires=begins + timedelta(days=1 + WARNINGS[0] + number * spread // count),
        )
        for number in range(1, count + 1)
    ]


def later(day: date, months: int) -> date:
    """So many months; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


@dataclass
class Fate:
    """What becomes of a machine until a day: what is told, how often it is renewed, when it expires then."""

    told: list[Told] = field(default_factory=list)
    renewals: int = 0
    expires: date = date.min


def fate(renter: Renter, last: date) -> Fate:
    """What must be told of it up to that day, reckoned from the business's rules alone."""
    found = Fate(expires=renter.expires)
    for kind, day, of, by_mail in _events(renter, last, found):
        if day > last:
            break
        found.told.append((f"chat {kind}", renter.host, of))
        if by_mail:
            found.told.append((f"mail {kind}", renter.host, by_mail if kind != "terminated" else ""))
    return found


def _events(renter: Renter, last: date, found: Fate) -> Iterator[tuple[str, date, str, str]]:
    """What, when, the date that the message tells, and the mail's (empty: there is none)."""
    while True:
        expires = found.expires
        for index, days in enumerate(WARNINGS):
            day = expires - timedelta(days=days)
            yield f"warning {days}", day, expires.isoformat(), expires.isoformat()
            if renter.habit == index:
                yield from _renewal(found, day, later(expires, renter.months))
                break
        else:
            off = expires + timedelta(days=1 + GRACE)
            yield "over", expires + timedelta(days=1), off.isoformat(), expires.isoformat()
            kept = off + timedelta(days=KEPT)
            yield "suspended", off, kept.isoformat(), expires.isoformat()
            if renter.habit == NEVER:
                yield "terminated", kept, "", "mail"
                return
            yield from _renewal(found, off, new := later(off, renter.months))
            yield "resumed", off, new.isoformat(), new.isoformat()


def _renewal(found: Fate, day: date, new: date) -> Iterator[tuple[str, date, str, str]]:
    yield "terms", day, found.expires.isoformat(), ""
    yield "ordered", day, new.isoformat(), ""
    yield "renewed", day, new.isoformat(), new.isoformat()
    found.renewals += 1
    found.expires = new


@dataclass
class People:
    """All of them, with their phones and mailboxes. `port` is where the service listens."""

    renters: list[Renter]
    session: aiohttp.ClientSession
    port: int
    told: "Counter[Told]" = field(default_factory=Counter)
    strays: list[str] = field(default_factory=list)
    bubbles: int = 0
    letters: int = 0
    summaries: int = 0
    doing: set["asyncio.Task[None]"] = field(default_factory=set)
    _presses: int = 0

    def hears(self, bubble: Bubble) -> None:
        self.bubbles += 1
        renter = self._of(bubble.chat)
        found = _recognised(CHAT, bubble.text, bubble.text) if renter else None
        if renter is None and SUMMARY.search(bubble.text):
            self.summaries += 1
        elif renter is None or found is None:
            self.strays.append(f"{bubble.chat}: {bubble.text[:200]}")
        else:
            kind, which, of = found
            self.told[f"chat {kind}", which, of] += 1
            self._answers(renter, kind, bubble)

    def reads(self, letter: Letter) -> None:
        self.letters += 1
        found = _recognised(MAIL, letter.subject, f"{letter.subject}\n{letter.text}")
        if found is None:
            self.strays.append(f"{letter.to}: {letter.subject[:200]}")
        else:
            self.told[f"mail {found[0]}", found[1], found[2]] += 1

    def _of(self, chat: int) -> Renter | None:
        return self.renters[chat - FIRST_CHAT - 1] if 0 < chat - FIRST_CHAT <= len(self.renters) else None

    def _answers(self, renter: Renter, kind: str, bubble: Bubble) -> None:
        warned = renter.habit >= 0 and kind == f"warning {WARNINGS[renter.habit]}"
        if warned or (renter.habit == SUSPENDED and kind == "suspended"):
            self._does(self._presses_on(bubble, ":renew"))
        elif kind == "terms":
            self._does(self._presses_on(bubble, f":renew:{renter.months}"))
        elif kind == "link":
            self._does(self._pays(next(each for each in bubble.buttons if each.startswith("http"))))

    def _does(self, what: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(what)
        self.doing.add(task)

    async def rest(self) -> bool:
        """Until everybody has done what they were about to; False: nobody was."""
        done, self.doing = self.doing, set()
        await asyncio.gather(*done)
        return bool(done)

    async def _presses_on(self, bubble: Bubble, what: str) -> None:
        data = next((each for each in bubble.buttons if each.endswith(what)), None)
        if data is None:
            raise MeasureError(f"there is no {what} in {bubble}")
        self._presses += 1
        person = {"id": bubble.chat, "is_bot": False, "first_name": "Budi", "language_code": "id"}
        message = {"message_id": bubble.number, "date": 1, "chat": {"id": bubble.chat, "type": "private"}}
        query = {"id": f"{self._presses}", "from": person, "message": message, "chat_instance": "1", "data": data}
        update = {"update_id": self._presses, "callback_query": query}
        url = f"http://127.0.0.1:{self.port}/webhooks/telegram"
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        async with self.session.post(url, json=update, headers=headers) as answer:
            if answer.status != 200:
                raise MeasureError(f"a press was answered with {answer.status}")

    async def _pays(self, url: str) -> None:
        async with self.session.post(url, data={"do": "pay"}, allow_redirects=False) as answer:
            if answer.status != 303:
                raise MeasureError(f"a payment was answered with {answer.status}")


def _recognised(kinds: tuple[tuple[str, "re.Pattern[str]"], ...], head: str, text: str) -> Told | None:
    for kind, words in kinds:
        if which := words.search(head):
            when = None if kind in TIMELESS else DATE.search(text)
            return kind, which[1], _iso(when) if when else ""
    return None


def _iso(found: "re.Match[str]") -> str:
    return date(int(found[3]), MONTHS.index(found[2]) + 1, int(found[1])).isoformat()


def at(day: date, hour: float) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour)
