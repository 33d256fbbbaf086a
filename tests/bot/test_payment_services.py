"""Effects of payments, from the settings to the played providers and back: what a handler is answered."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import aiohttp
import pytest
import pytest_asyncio

from bot.effects import Answer, Done, Later, Refused
from bot.payment_services import options, payment_services
from domain.effects import Effect
from domain.ledger import LedgerEntry
from domain.payments import received_id
from tests.talk import Talk

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROVIDERS = ["stripe", "xendit", "sandbox"]
each_provider = pytest.mark.parametrize("provider", PROVIDERS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def talk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Talk]:
    talk = await Talk.begin(tmp_path_factory.mktemp("payments"))
    yield talk
    await talk.end()


@pytest_asyncio.fixture(loop_scope="module")
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


class Caller:
    """Asks for effects of one payment, as handlers do."""

    def __init__(self, talk: Talk, provider: str, payment: str) -> None:
        self.talk = talk
        self.provider = provider
        self.payment = payment
        self.expires_at = talk.service.clock.now() + timedelta(hours=1)  # frozen, as at a commit
        self.services = payment_services(talk.service.payments, "http://127.0.0.1/pay/done")

    async def ask(self, what: str, key: str, **params: str) -> Answer:
        return await self.services[f"payments.{what}"](
            Effect(
                id=f"{self.payment}-{key}",
                name=f"payments.{what}",
                record=self.payment,
                conversation=f"payments:{self.payment}",
                params={"provider": self.provider, "payment": self.payment, **params},
            )
        )

    async def done(self, what: str, key: str, **params: str) -> dict[str, str]:
        answer = await self.ask(what, key, **params)
        assert isinstance(answer, Done), answer
        return answer.result

    async def link(self, **more: Any) -> dict[str, str]:
        wanted = {
            "amount": "150000",
            "currency": "IDR",
            "description": "#1 · Python · Andi",
            "email": "budi@example.com",
            "language": "id",
            "expires_at": self.expires_at.isoformat(),
        }
        return await self.done("create", "create", **(wanted | more))


def number(provider: str, test: str) -> str:
    return f"pay-{provider}-{test}"


def pay(talk: Talk, provider: str, provider_id: str) -> str:
    """As a customer does; returns the provider's id of the money."""
    if provider == "stripe":
        return str(talk.simulator.stripe.pay(provider_id)["payment_intent"])
    return str(talk.simulator.xendit.pay(provider_id)["id"])


@each_provider
async def test_a_link_and_taking_it_back(talk: Talk, http: aiohttp.ClientSession, provider: str) -> None:
    caller = Caller(talk, provider, f"pay-{provider}-1")
    link = await caller.link()
    assert await caller.link() == link
    async with http.get(link["link"]) as answer:
        assert answer.status == 200
        assert "Andi" in await answer.text()
    opened = {"state": "open", "reference": caller.payment, "amount": "150000", "currency": "IDR", "charge": ""}
    assert await caller.done("fetch", "fetch-1", provider_id=link["provider_id"]) == opened
    closed = opened | {"state": "closed"}
    assert await caller.done("expire", "expire", provider_id=link["provider_id"]) == closed


@pytest.mark.parametrize("provider", ["stripe", "xendit"])
async def test_money_is_told_of_asked_for_booked_and_given_back(talk: Talk, provider: str) -> None:
    """By the provider's webhook, through the inbox, an effect and a turn, into the ledger; then back."""
    caller = Caller(talk, provider, f"pay-{provider}-2")
    charge = pay(talk, provider, (await caller.link())["provider_id"])
    await talk.quiet()
    assert await talk.service.storage.get(LedgerEntry, received_id(provider, charge))
    money = {"charge": charge, "amount": "150000", "currency": "IDR"}
    asked = await caller.done("refund", "refund", **money)
    again = await caller.done("refund", "refund", **money)
    assert asked["state"] == "pending"
    assert asked["provider_id"] == again["provider_id"]
    status = await caller.done("refund_status", "refund-fetch-1", refund=asked["provider_id"])
    assert status["state"] in ("pending", "done")


async def test_the_sandbox_s_page_tells_as_a_webhook_does(talk: Talk, http: aiohttp.ClientSession) -> None:
    caller = Caller(talk, "sandbox", "pay-sandbox-2")
    link = await caller.link()
    async with http.post(link["link"], data={"do": "twice"}) as answer:
        assert answer.status == 200
    await talk.quiet()
    for charge in ("pay-sandbox-2-charge-1", "pay-sandbox-2-charge-2"):
        assert await talk.service.storage.get(LedgerEntry, received_id("sandbox", charge))


@each_provider
async def test_what_a_provider_will_never_do(talk: Talk, provider: str) -> None:
    caller = Caller(talk, provider, f"pay-{provider}-3")
    assert isinstance(await caller.ask("fetch", "fetch-1", provider_id="cs_test_nothing"), Refused)
    money = {"charge": "pi_nothing", "amount": "1", "currency": "IDR"}
    assert isinstance(await caller.ask("refund", "refund", **money), Refused)


@pytest.mark.parametrize("provider", ["stripe", "xendit"])
async def test_what_may_have_been_done_is_asked_again(talk: Talk, provider: str) -> None:
    caller = Caller(talk, provider, f"pay-{provider}-4")
    link = await caller.link()
    talk.simulator.faults.add(provider, "expire", "after")
    assert isinstance(await caller.ask("expire", "expire", provider_id=link["provider_id"]), Later)
    assert (await caller.done("expire", "expire", provider_id=link["provider_id"]))["state"] == "closed"
    talk.simulator.faults.add(provider, "fetch", "429", retry_after=7)
    assert await caller.ask("fetch", "fetch-1", provider_id=link["provider_id"]) == Later(7.0, detail=ANY)


async def test_a_provider_that_is_not_configured_any_more(talk: Talk) -> None:
    """A new link is refused, and another way to pay offered; what was begun waits until it is configured again."""
    caller = Caller(talk, "another", "pay-another-1")
    assert isinstance(await caller.ask("create", "create"), Refused)
    for what in ("fetch", "expire", "refund", "refund_status"):
        assert isinstance(await caller.ask(what, what), Later)


async def test_what_is_offered(talk: Talk) -> None:
    offered = options(talk.service.payments)
    assert [(each.provider, each.label) for each in offered] == [(name, f"pay-by-{name}") for name in PROVIDERS]
    assert {each.provider for each in offered if "USD" in each.takes} == {"stripe", "sandbox"}
    assert all(low <= 150_000 <= high for each in offered for low, high in (each.takes["IDR"],))


async def test_only_what_is_named(tmp_path: Path) -> None:
    talk = await Talk.begin(tmp_path, payments="xendit")
    assert list(talk.service.payments) == ["xendit"]
    await talk.end()
