"""Xendit as the service uses it, against the strict simulator over HTTP, with what goes wrong on the way."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from domain.events import PaymentNotice
from domain.money import Money
from domain.payments import Found
from services.failures import Permanent, Retry, Unknown
from services.payments.base import BadRequest, Forbidden, Link, Returned, Wanted
from services.payments.xendit import Xendit
from simulator.server import Simulator, SimulatorConfig

NOW = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
PRICE = Money(150_000, "IDR")
TOKEN = "the-callback-token"


@dataclass
class Play:
    """The provider and the simulator. `now` is everybody's clock."""

    sim: Simulator
    xendit: Xendit
    session: aiohttp.ClientSession
    now: datetime = NOW

    async def advance(self, by: timedelta) -> None:
        self.now += by

    async def link(self, **more: Any) -> Link:
        link = await self.xendit.create_link(wanted(**more))
        assert isinstance(link, Link), link
        return link

    def made(self) -> list[str]:
        return list(self.sim.xendit.invoices)


def wanted(**more: Any) -> Wanted:
    values: dict[str, Any] = {
        "key": "pay-1-1-create",
        "reference": "pay-1-1",
        "amount": PRICE,
        "description": "#1 · Python · Andi",
        "email": "budi@example.com",
        "language": "id",
        "expires_at": NOW + timedelta(hours=1),
        "return_url": "http://127.0.0.1/pay/done?lang=id",
    }
    return Wanted(**(values | more))


@pytest.fixture
async def play() -> AsyncIterator[Play]:
    async with aiohttp.ClientSession() as session:
        holder: list[Play] = []
        sim = Simulator(SimulatorConfig(), clock=lambda: holder[0].now, on_advance=lambda by: holder[0].advance(by))
        await sim.start()
        xendit = Xendit(
            session,
            key=sim.config.xendit_secret_key,
            token=TOKEN,
            base_url=sim.url,
            now=lambda: holder[0].now,
        )
        holder.append(Play(sim, xendit, session))
        yield holder[0]
        await sim.stop()


# --- links ---


async def test_a_link_of_the_right_amount_until_the_deadline(play: Play) -> None:
    link = await play.link()
    async with play.session.get(link.url) as answer:
        page = await answer.text()
    assert "Rp 150.000" in page
    assert "21 Nov 2026, 11:00 WIB" in page
    assert "#1 · Python · Andi" in page
    found = Found(state="open", reference="pay-1-1", amount=PRICE)
    assert await play.xendit.fetch(link.provider_id) == found


async def test_an_empty_address_of_mail_is_left_out(play: Play) -> None:
    await play.link(email="")
    assert len(play.made()) == 1


async def test_a_repeat_is_the_same_link(play: Play) -> None:
    first = await play.link()
    await play.advance(timedelta(minutes=2))
    assert await play.link() == first
    assert len(play.made()) == 1


@pytest.mark.parametrize("fault", ["after", "cut", "500", "wrong"])
async def test_an_answer_that_was_lost_makes_no_second_link(play: Play, fault: str) -> None:
    play.sim.faults.add("xendit", "create", fault)
    result = await play.xendit.create_link(wanted())
    link = result if isinstance(result, Link) else await play.link()
    assert [link.provider_id] == play.made()


async def test_an_answer_that_was_lost_and_nobody_to_ask(play: Play) -> None:
    """Told to try again, and the next try finds it."""
    play.sim.faults.add("xendit", "create", "after")
    looked = await play.xendit.create_link(wanted())
    assert isinstance(looked, Link)
    play.sim.xendit.reset()
    play.sim.faults.add("xendit", "list", "429", retry_after=7)
    assert await play.xendit.create_link(wanted()) == Retry("429", 7.0)
    assert play.made() == []


async def test_silence_is_not_taken_for_an_answer(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.payments.xendit.SECONDS", 0.3)
    play.sim.faults.add("xendit", "create", "silence", seconds=1)
    assert isinstance(await play.xendit.create_link(wanted()), Unknown)
    play.sim.faults.add("xendit", "list", "silence", seconds=1)
    assert isinstance(await play.xendit.create_link(wanted()), Retry)
    link = await play.link()
    assert play.made() == [link.provider_id]
    play.sim.faults.add("xendit", "expire", "silence", seconds=1)
    assert isinstance(await play.xendit.expire(link.provider_id), Unknown)


async def test_another_installations_invoice_is_not_ours(play: Play) -> None:
    """The same reference, of a database that was thrown away: another time, or another amount."""
    old = await play.link(expires_at=NOW + timedelta(hours=5))
    dear = await play.link(amount=Money(200_000, "IDR"))
    ours = await play.link()
    assert len({old.provider_id, dear.provider_id, ours.provider_id}) == 3


async def test_what_it_will_never_take(play: Play) -> None:
    assert await play.xendit.create_link(wanted(amount=Money(1, "IDR"))) == Permanent(
        "400 MINIMAL_TRANSFER_AMOUNT_ERROR"
    )
    assert await play.xendit.create_link(wanted(email="budi")) == Permanent("400 EMAIL_FORMAT_ERROR")
    assert await play.xendit.create_link(wanted(expires_at=NOW)) == Permanent("its time is over")
    assert play.made() == []


async def test_a_wrong_key_is_said(play: Play) -> None:
    stranger = Xendit(play.session, key="xnd_other", token="", base_url=play.sim.url, now=lambda: NOW)
    assert await stranger.fetch("x") == Permanent("401 INVALID_API_KEY")


async def test_nobody_is_there(play: Play) -> None:
    nowhere = Xendit(play.session, key="k", token="", base_url="http://127.0.0.1:9", now=lambda: NOW)
    assert isinstance(await nowhere.create_link(wanted()), Retry)
    assert isinstance(await nowhere.fetch("x"), Retry)


# --- what came of it ---


@pytest.mark.parametrize("channel", ["BCA", "DANA", "QRIS"])
async def test_paid(play: Play, channel: str) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number, channel)
    paid = Found(state="paid", reference="pay-1-1", amount=PRICE, charge=number)
    assert await play.xendit.fetch(number) == paid
    play.sim.xendit.settle(number)
    assert await play.xendit.fetch(number) == paid


async def test_another_amount_is_what_came(play: Play) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number, "BCA", 149_000)
    found = await play.xendit.fetch(number)
    assert isinstance(found, Found)
    assert (found.state, found.amount) == ("paid", Money(149_000, "IDR"))


async def test_taken_back(play: Play) -> None:
    number = (await play.link()).provider_id
    closed = Found(state="closed", reference="pay-1-1", amount=PRICE)
    assert await play.xendit.expire(number) == closed
    assert await play.xendit.expire(number) == closed
    assert await play.xendit.fetch(number) == closed


async def test_paid_before_it_could_be_taken_back(play: Play) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number)
    found = await play.xendit.expire(number)
    assert isinstance(found, Found)
    assert (found.state, found.charge) == ("paid", number)


async def test_paid_after_it_was_taken_back(play: Play) -> None:
    number = (await play.link()).provider_id
    await play.xendit.expire(number)
    play.sim.xendit.pay(number, "BCA", late=True)
    found = await play.xendit.fetch(number)
    assert isinstance(found, Found)
    assert found.state == "paid"


@pytest.mark.parametrize("fault", ["500", "cut", "wrong"])
async def test_who_only_looks_looks_again(play: Play, fault: str) -> None:
    number = (await play.link()).provider_id
    play.sim.faults.add("xendit", "fetch", fault)
    assert isinstance(await play.xendit.fetch(number), Retry)
    assert isinstance(await play.xendit.fetch(number), Found)


async def test_one_that_is_not_there(play: Play) -> None:
    assert await play.xendit.fetch("../refunds") == Permanent("404 INVOICE_NOT_FOUND_ERROR")


@pytest.mark.parametrize(
    "change",
    [
        {"status": "NEW_STATUS"},
        {"amount": 150_000.5},
        {"amount": "150000"},
        {"amount": True},
        {"currency": "USD"},
        {"external_id": None},
    ],
)
async def test_an_answer_of_an_unknown_form_is_not_guessed_at(play: Play, change: dict[str, Any]) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.invoices[number].update(change)
    assert isinstance(await play.xendit.fetch(number), Unknown)


# --- giving back ---


async def refund(play: Play, number: str, amount: int = 100_000) -> Any:
    return await play.xendit.refund(
        key="refund-pay-1-1", charge=number, amount=Money(amount, "IDR"), reference="pay-1-1"
    )


async def test_a_refund_until_it_is_done(play: Play) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number)
    play.sim.xendit.hold_refunds = True
    asked = await refund(play, number)
    assert asked == Returned("pending", next(iter(play.sim.xendit.refunds)))
    assert await play.xendit.fetch_refund(asked.provider_id) == asked
    play.sim.xendit.finish_refund(asked.provider_id)
    assert await play.xendit.fetch_refund(asked.provider_id) == Returned("done", asked.provider_id)


async def test_a_refund_that_fails(play: Play) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number)
    play.sim.xendit.hold_refunds = True
    asked = await refund(play, number)
    play.sim.xendit.finish_refund(asked.provider_id, "FAILED", "INSUFFICIENT_BALANCE")
    failed = Returned("failed", asked.provider_id, "INSUFFICIENT_BALANCE")
    assert await play.xendit.fetch_refund(asked.provider_id) == failed


async def test_a_refund_is_made_once_whatever_is_forgotten(play: Play) -> None:
    """Also long after Xendit has forgotten its idempotency keys."""
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number)
    first = await refund(play, number)
    play.sim.xendit._refund_keys.clear()
    second = await refund(play, number)
    assert (first.provider_id, second.state) == (second.provider_id, "done")
    assert len(play.sim.xendit.refunds) == 1


@pytest.mark.parametrize("fault", ["after", "cut", "500", "wrong", "429"])
async def test_a_refund_whose_answer_was_lost_is_made_once(play: Play, fault: str) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number)
    play.sim.faults.add("xendit", "refund", fault)
    result = await refund(play, number)
    if not isinstance(result, Returned):
        assert isinstance(result, Retry | Unknown)
        result = await refund(play, number)
    assert list(play.sim.xendit.refunds) == [result.provider_id]


async def test_what_came_by_transfer_is_for_a_human_to_give_back(play: Play) -> None:
    number = (await play.link()).provider_id
    play.sim.xendit.pay(number, "BCA")
    assert await refund(play, number) == Permanent("400 REFUND_NOT_SUPPORTED")


# --- webhooks ---

PAID = {"id": "inv-1", "external_id": "pay-1-1", "status": "PAID", "amount": 150_000, "payment_id": "py-1"}
REFUNDED = {
    "event": "refund.succeeded",
    "data": {"id": "rfd-1", "invoice_id": "inv-1", "status": "SUCCEEDED", "metadata": {"payment": "pay-1-1"}},
}


def heard(play: Play, told: Any, token: str = TOKEN) -> list[Any]:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return play.xendit.parse_webhook(body, {"x-callback-token": token}, NOW)


def test_a_callback_is_only_a_reason_to_ask(play: Play) -> None:
    (arrival,) = heard(play, PAID)
    assert (arrival.source, arrival.external_id, arrival.conversation) == ("xendit", "py-1/PAID", "payments:pay-1-1")
    assert arrival.event == PaymentNotice(provider="xendit", reference="pay-1-1", provider_id="inv-1", what="PAID")


def test_a_callback_without_a_payment_is_known_by_its_invoice(play: Play) -> None:
    (arrival,) = heard(play, PAID | {"status": "EXPIRED", "payment_id": None})
    assert arrival.external_id == "inv-1/EXPIRED"


@pytest.mark.parametrize("nested", [False, True])
def test_a_refunds_callback_is_of_its_payment(play: Play, nested: bool) -> None:
    told = {**REFUNDED, "data": REFUNDED} if nested else REFUNDED
    (arrival,) = heard(play, told)
    assert (arrival.external_id, arrival.conversation) == ("rfd-1/refund.succeeded", "payments:pay-1-1")
    assert arrival.event.provider_id == "inv-1"


@pytest.mark.parametrize("token", ["", "the-callback-tokeN", "the-callback-token ", "ü", "\udcff"])
def test_without_the_token_nothing_is_read(play: Play, token: str) -> None:
    with pytest.raises(Forbidden):
        heard(play, PAID, token)
    with pytest.raises(Forbidden):
        heard(play, b"\xff not even JSON", token)


def test_unset_is_closed(play: Play) -> None:
    closed = Xendit(play.session, key="k", token="", base_url="", now=lambda: NOW)
    with pytest.raises(Forbidden):
        closed.parse_webhook(json.dumps(PAID).encode(), {"x-callback-token": ""}, NOW)


@pytest.mark.parametrize("body", [b"", b"\xff", b"[]", b"1", b"{", b"[" * 100_000, b'"paid"'])
def test_what_is_no_callback(play: Play, body: bytes) -> None:
    with pytest.raises(BadRequest):
        heard(play, body)


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"event": "payment.capture", "data": {"id": "x", "metadata": {"payment": "pay-1-1"}}},
        REFUNDED | {"data": {"id": "rfd-1", "metadata": None}},
        {key: value for key, value in PAID.items() if key != "status"},
        PAID | {"external_id": None},
        PAID | {"external_id": ["pay-1-1"]},
        PAID | {"external_id": "\ud800"},
        PAID | {"external_id": "x" * 1000},
        PAID | {"status": "PAID\n"},
    ],
)
def test_what_is_of_no_interest(play: Play, told: Any) -> None:
    assert heard(play, told) == []
