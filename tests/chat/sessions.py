"""Ways through a session, for the tests that need one: ordered, paid at the sandbox's page, answered by Andi."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.effect_services import services
from bot.effects import Answer, Done, Later, Refused, Service
from domain.bookings import Booking
from domain.effects import Effect
from domain.events import Arrival, Said, SaidKind
from domain.ledger import LedgerEntry, balance
from domain.orders import Order
from simulator.google_calendar import Event
from simulator.model import Button, Message
from tests.chat.ordering import known, to_the_time
from tests.talk import PATIENCE, Scripted, Talk

PAGE = "/pay/sandbox/"


async def ordered(customer: Scripted, day: str = "senin", time: str = "09.00", number: int = 1) -> str:
    """Until the customer has a link to pay by."""
    await to_the_time(customer, day)
    await customer.says(time)
    await customer.hears("alamat e-mail")
    await customer.says(f"{customer.name}@example.com")
    await customer.hears("Pesanan Anda")
    await customer.presses("Pesan sekarang")
    await customer.hears(f"#{number}", "kami catat")
    return link_in(await customer.hears(f"#{number}", "Bayar"))


def link_in(message: Message) -> str:
    urls = (button.url or "" for row in message.buttons for button in row)
    return next(word for word in (*message.text.split(), *urls) if PAGE in word)


async def pay(link: str, do: str = "pay") -> None:
    """What a person presses on the page of that link."""
    async with aiohttp.ClientSession() as session, session.post(link, data={"do": do}, allow_redirects=False) as answer:
        assert answer.status < 400, await answer.text()


async def asked(mentor: Scripted, number: int = 1) -> Message:
    return await mentor.hears(f"Pesanan #{number}", "Terima", "Tolak")


async def confirmed(customer: Scripted, mentor: Scripted, day: str = "senin", number: int = 1) -> None:
    """Ordered, approved, paid, in the calendar, and both know of it."""
    link = await ordered(customer, day, number=number)
    await asked(mentor, number)
    await mentor.presses("Terima")
    await mentor.hears(f"#{number}", "belum membayar")
    await customer.hears(f"#{number}", "menerima")
    await pay(link)
    await customer.hears(f"Sesi #{number} pasti", "Masuk ruang")
    await mentor.hears(f"Sesi #{number} pasti", "Masuk ruang")


def buttons(message: Message) -> dict[str, Button]:
    """As they are now: what is edited later has others."""
    return {button.text: button for row in message.buttons for button in row}


async def shows(person: Scripted, *fragments: str) -> None:
    """The newest message as it is now, edited within the second or not."""
    await person.talk.quiet()
    assert [each for each in fragments if each not in person.sees()[-1]] == []


async def taps(person: Scripted, message: Message, button: Button) -> None:
    """Press a button that may be gone by now: the phone was slow, or the finger quick."""
    world = person.world
    world.gateways["telegram"].pressed(world.chat(person.chat), world.person(person.name), message, button)


async def sneaks(talk: Talk, person: Scripted, button: str) -> None:
    """A press of a button that the person was never shown."""
    said = Said(kind=SaidKind.BUTTON, button=button)
    arrival = Arrival(
        source=person.chat.partition(":")[0],
        external_id=f"{person.name}-{button}",
        conversation=person.chat,
        person=person.chat,
        event=said,
    )
    await talk.service.inbox.accept([arrival])


@dataclass
class ScriptedCalendar:
    """A calendar that does as it is told, instead of the configured one: `refuses` for good, or is `away`."""

    refuses: bool = False
    away: bool = False
    events: dict[str, Mapping[str, str]] = field(default_factory=dict)
    calls: list[Effect] = field(default_factory=list)
    called: asyncio.Event = field(default_factory=asyncio.Event)

    async def put(self, effect: Effect) -> Answer:
        self.calls.append(effect)
        self.called.set()
        if self.away:
            return Later(0.05)
        if self.refuses:
            return Refused("forbidden")
        event = effect.params["event"]
        self.events.pop(effect.params["previous"], None)
        self.events[event] = effect.params
        return Done({"event": event, "room": f"http://rooms.example/{event}", "invited": "no"})

    async def remove(self, effect: Effect) -> Answer:
        self.calls.append(effect)
        self.called.set()
        self.events.pop(effect.params["event"], None)
        return Done()

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not what():
                self.called.clear()
                await self.called.wait()

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def with_it(*given: Any) -> Mapping[str, Service]:
            return {**services(*given), "calendar.put": self.put, "calendar.remove": self.remove}

        monkeypatch.setattr("bot.build.services", with_it)


HOUR, DAY = timedelta(hours=1), timedelta(days=1)


# --- fixtures, for the modules that import them ---


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> ScriptedCalendar:
    scripted = ScriptedCalendar()
    scripted.install(monkeypatch)
    return scripted


@pytest.fixture
def no_google() -> None:
    """The calendar is a file that we send."""


@pytest.fixture
async def talk(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Talk]:
    """Wednesday, ten in the morning in Jakarta; paid at the sandbox alone, Andi known; in Google Calendar, if the test
    does not ask for the scripted one.
    """
    if "calendar" in request.fixturenames:
        request.getfixturevalue("calendar")
    calendar = "ics" if "no_google" in request.fixturenames else "google"
    begun = await Talk.begin(tmp_path, payments="sandbox", calendar=calendar)
    await begun.at_office_hours()
    await known(begun.person("andi"))
    yield begun
    await begun.end()


@pytest.fixture
def andi(talk: Talk) -> Scripted:
    """The mentor, on Telegram."""
    mentor = talk.person("andi")
    mentor.ignores()
    return mentor


async def order_of(talk: Talk, number: int = 1) -> Order:
    await talk.quiet()
    order = await talk.service.storage.get(Order, f"order-{number}")
    assert order is not None
    return order


async def taken(talk: Talk) -> list[Booking]:
    """The bookings that are in the way of others."""
    await talk.quiet()
    now = talk.simulation.clock.now()
    return [each for each in await talk.service.storage.find(Booking) if each.is_taken(now)]


def events(talk: Talk) -> list[Event]:
    """Those that stand in Google Calendar."""
    return [each for each in talk.simulator.google.events.values() if each.status != "cancelled"]


async def no_events(talk: Talk) -> None:
    await talk.simulator.world.wait(lambda: not events(talk) or None)


async def money(talk: Talk, account: str) -> int:
    await talk.quiet()
    return balance(await talk.service.storage.find(LedgerEntry, limit=1000), account, "IDR").amount
