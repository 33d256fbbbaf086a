"""A session ordered in the chat and paid by Stripe: what a customer sees when things go well, and when they do not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from simulator.model import Json, Message
from simulator.stripe import Stripe
from tests.chat.ordering import ordered
from tests.talk import Scripted, Talk

PAID = ("Pembayaran pesanan", "menunggu jawaban mentor")


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """Cards are the only way to pay."""
    begun = await Talk.begin(tmp_path, payments="stripe", habits={"longest_pause": 0.02})
    await begun.at_office_hours()
    yield begun
    await begun.end()


@pytest.fixture
def stripe(talk: Talk) -> Stripe:
    return talk.simulator.stripe


async def page(talk: Talk, customer: Scripted) -> Json:
    """The page that the link in the chat leads to."""
    link: Message = await customer.hears("silakan bayar", "Rp 150.000", "WIB")
    session = next(reversed(talk.simulator.stripe.sessions.values()))
    shown = [button.url for row in link.buttons for button in row] + [link.text]
    assert any(session["url"] in each for each in shown if each), link
    return session


async def paid(talk: Talk, customer: Scripted) -> Json:
    """An order that was paid at once."""
    await ordered(customer)
    session = await page(talk, customer)
    talk.simulator.stripe.pay(session["id"])
    await customer.hears(*PAID)
    return session


def told(customer: Scripted) -> int:
    """How often the customer was told of the money."""
    return sum(PAID[1] in each for each in customer.sees())


async def test_a_session_is_paid_by_card(talk: Talk, customer: Scripted) -> None:
    await paid(talk, customer)


async def test_the_page_sends_the_customer_back(talk: Talk, budi: Scripted) -> None:
    await ordered(budi)
    session = await page(talk, budi)
    form = {"do": "pay", "method": "card"}
    async with aiohttp.ClientSession() as browser, browser.post(session["url"], data=form) as response:
        assert "Silakan kembali ke chat" in await response.text()
        assert str(response.url).startswith(talk.settings.public_url)
    await budi.hears(*PAID)


@pytest.mark.parametrize("kind", ["twice", "late"])
async def test_webhooks_that_come_twice_or_late(talk: Talk, budi: Scripted, kind: str) -> None:
    talk.simulator.faults.add("stripe", "webhook", kind, seconds=0.05, times=0)
    await paid(talk, budi)
    await talk.quiet()
    assert told(budi) == 1


async def test_a_lost_webhook_costs_minutes(talk: Talk, budi: Scripted, stripe: Stripe) -> None:
    await ordered(budi)
    session = await page(talk, budi)
    talk.simulator.faults.add("stripe", "webhook", "drop", times=0)
    stripe.pay(session["id"])
    await budi.hears_nothing()
    await talk.later(timedelta(minutes=2))
    await budi.hears(*PAID)


async def test_a_link_comes_also_where_stripe_fails_at_first(talk: Talk, budi: Scripted, stripe: Stripe) -> None:
    talk.simulator.faults.add("stripe", "create", "500")
    await ordered(budi)
    session = await page(talk, budi)
    assert list(stripe.sessions) == [session["id"]]


async def test_at_the_deadline_the_page_is_taken_back(talk: Talk, budi: Scripted, stripe: Stripe) -> None:
    await ordered(budi)
    session = await page(talk, budi)
    await talk.later(timedelta(minutes=61))
    await talk.quiet()
    assert stripe.session(session["id"])["status"] == "expired"


async def test_money_that_was_on_its_way_at_the_deadline_is_used(talk: Talk, budi: Scripted, stripe: Stripe) -> None:
    """The page can no longer be taken back, and the time is still free."""
    await ordered(budi)
    session = await page(talk, budi)
    stripe.pay(session["id"], later=True)
    await talk.quiet()
    await talk.later(timedelta(minutes=61))
    await talk.quiet()
    assert told(budi) == 0
    stripe.settle(session["id"])
    await budi.hears(*PAID)


async def cancelled(budi: Scripted) -> None:
    await budi.says("pesanan saya")
    await budi.hears("#1", "menunggu mentor")
    await budi.presses("#1")
    await budi.hears("Sudah dibayar", "Batalkan")
    await budi.presses("Batalkan")
    await budi.hears("Batalkan pesanan #1", "Rp 150.000")
    await budi.presses("Ya, batalkan")
    await budi.hears("Rp 150.000", "kami kembalikan")


async def test_a_cancelled_session_is_paid_back(talk: Talk, budi: Scripted, stripe: Stripe) -> None:
    session = await paid(talk, budi)
    await cancelled(budi)
    await talk.quiet()
    await talk.later(timedelta(minutes=10))
    await budi.hears("Rp 150.000", "sudah dikembalikan")
    (refund,) = stripe.refunds.values()
    assert (refund["amount"], refund["payment_intent"]) == (15_000_000, session["payment_intent"])


async def test_a_refund_whose_answer_is_lost_is_made_once(talk: Talk, budi: Scripted, stripe: Stripe) -> None:
    await paid(talk, budi)
    talk.simulator.faults.add("stripe", "refund", "after")
    await cancelled(budi)
    await talk.simulator.world.wait(lambda: stripe.refunds)
    await talk.quiet()
    await talk.later(timedelta(minutes=10))
    await budi.hears("sudah dikembalikan")
    assert len(stripe.refunds) == 1


async def test_a_refund_that_the_bank_sends_back_is_told(talk: Talk, budi: Scripted, stripe: Stripe) -> None:
    stripe.hold_refunds = True
    ops = Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
    await paid(talk, budi)
    await cancelled(budi)
    await talk.quiet()
    (refund,) = stripe.refunds
    stripe.settle_refund(refund, succeeded=False)
    await talk.later(timedelta(minutes=10))
    await budi.hears("belum berhasil")
    await ops.hears("Rp 150.000")
