"""A Stripe account at the simulator, our side of it, and a service that gets its webhooks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp

from domain.events import Arrival, PaymentNotice
from domain.money import Money
from domain.payments import Found
from services.failures import Failure
from services.payments.base import Link, Returned, Wanted
from services.payments.stripe import Stripe
from simulator.server import Simulator, SimulatorConfig
from tests.simulator.actors import Service

SECRET = "whsec_test_secret"
NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
PRICE = Money(150_000, "IDR")


@dataclass
class Clock:
    now: datetime = NOW

    async def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass
class Stage:
    sim: Simulator
    clock: Clock
    stripe: Stripe
    service: Service

    async def link(self, **more: Any) -> Link:
        made = await self.stripe.create_link(wanted(**more))
        assert isinstance(made, Link), made
        return made

    async def paid(self) -> str:
        """A page is paid; the id of its money."""
        link = await self.link()
        self.sim.stripe.pay(link.provider_id)
        answer = await self.stripe.fetch(link.provider_id)
        assert isinstance(answer, Found), answer
        return answer.charge

    async def refund(self, charge: str, key: str = "refund-pay-7-1", amount: Money = PRICE) -> Returned | Failure:
        return await self.stripe.refund(key=key, charge=charge, amount=amount, reference="pay-7-1")

    async def refunded(self, charge: str, amount: Money = PRICE) -> Returned:
        given = await self.refund(charge, amount=amount)
        assert isinstance(given, Returned), given
        return given

    async def notices(self, count: int) -> list[Arrival]:
        """What comes of the webhooks, as soon as so many are of interest to us."""
        await self.service.until(lambda: len(self.heard()) >= count)
        return self.heard()

    def heard(self) -> list[Arrival]:
        heard: list[Arrival] = []
        for one in self.service.received:
            headers = {name.lower(): value for name, value in one.headers.items()}
            heard += self.stripe.parse_webhook(one.body, headers, self.clock.now)
        return heard


@asynccontextmanager
async def staged(session: aiohttp.ClientSession) -> AsyncIterator[Stage]:
    service, clock = Service(), Clock()
    await service.start()
    config = SimulatorConfig(
        stripe_webhook_secret=SECRET, stripe_webhook_url=f"{service.url}/webhooks/stripe", longest_pause=0.01
    )
    sim = Simulator(config, clock=lambda: clock.now, on_advance=clock.advance)
    await sim.start()
    yield Stage(sim, clock, provider(session, sim.url, config.stripe_secret_key), service)
    await sim.stop()
    await service.stop()


def provider(session: aiohttp.ClientSession, url: str, key: str = "sk_test_x", secret: str = SECRET) -> Stripe:
    return Stripe(secret_key=key, session=session, webhook_secret=secret, base_url=url)


def wanted(**more: Any) -> Wanted:
    values: dict[str, Any] = {
        "key": "pay-7-1-create",
        "reference": "pay-7-1",
        "amount": PRICE,
        "description": "#7 · Python · Andi",
        "email": "budi@example.com",
        "language": "id",
        "expires_at": NOW + timedelta(hours=1),
        "return_url": "https://sahut.example/paid",
    }
    return Wanted(**{**values, **more})


def found(state: str, charge: str = "", amount: Money = PRICE) -> Found:
    return Found(state=state, reference="pay-7-1", amount=amount, charge=charge)


def whats(arrivals: list[Arrival]) -> list[str]:
    return [arrival.event.what for arrival in arrivals if isinstance(arrival.event, PaymentNotice)]
