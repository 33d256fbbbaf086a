"""Alipay: offered where Stripe takes the currency, and what a buyer sees who authorises it, or does not."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from domain.money import Money
from domain.orders import OrderStatus
from simulator.model import Json
from simulator.stripe import Stripe
from tests.chat.serving import USUAL, Choices, order_of, ordered
from tests.talk import Scripted, Talk

DOLLARS = Choices(currency="Dolar AS")
MINUTES = timedelta(minutes=10)


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path, payments="stripe", habits={"longest_pause": 0.02})
    await begun.at_office_hours()
    yield begun
    await begun.end()


@pytest.fixture
def stripe(talk: Talk) -> Stripe:
    return talk.simulator.stripe


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def at_the_page(talk: Talk, customer: Scripted, want: Choices) -> Json:
    """The page that the link in the chat leads to."""
    await ordered(customer, want)
    await customer.hears("silakan bayar")
    session: Json = next(reversed(talk.simulator.stripe.sessions.values()))
    return session


async def press(browser: aiohttp.ClientSession, url: str, **form: str) -> tuple[str, str]:
    """Where a browser ends up, and what it shows there."""
    async with browser.post(url, data=form) as response:
        return str(response.url), await response.text()


async def test_a_machine_in_dollars_is_paid_by_alipay(
    talk: Talk, customer: Scripted, stripe: Stripe, browser: aiohttp.ClientSession
) -> None:
    session = await at_the_page(talk, customer, DOLLARS)
    async with browser.get(session["url"]) as response:
        assert "Bayar dengan Alipay" in await response.text()
    alipay, shown = await press(browser, session["url"], do="pay", method="alipay")
    assert "dialihkan ke Alipay" in shown
    assert stripe.charges == {}
    back, shown = await press(browser, alipay, do="authorize")
    assert back.startswith(talk.settings.public_url)
    assert "Silakan kembali ke chat" in shown
    await customer.hears("Pembayaran", "US$ 8,88", "sudah kami terima")
    await customer.hears("Invoice", "INV/2026/000001")
    (charge,) = stripe.charges.values()
    assert (charge["payment_method_details"]["type"], charge["amount"], charge["currency"]) == ("alipay", 888, "usd")
    assert (await order_of(talk)).price == Money(888, "USD")


async def test_rupiah_is_not_paid_by_alipay(talk: Talk, customer: Scripted, browser: aiohttp.ClientSession) -> None:
    session = await at_the_page(talk, customer, USUAL)
    async with browser.get(session["url"]) as response:
        shown = await response.text()
    assert "Bayar dengan kartu" in shown
    assert "Alipay" not in shown


async def test_who_does_not_authorise_it_can_still_pay(
    talk: Talk, sari: Scripted, stripe: Stripe, browser: aiohttp.ClientSession
) -> None:
    session = await at_the_page(talk, sari, DOLLARS)
    alipay, _ = await press(browser, session["url"], do="pay", method="alipay")
    _, shown = await press(browser, alipay, do="fail")
    assert "tidak disetujui" in shown
    assert "Bayar dengan Alipay" in shown
    await sari.hears_nothing()
    order = await order_of(talk)
    assert (order.status, order.paid_at) == (OrderStatus.OPEN, None)
    await press(browser, session["url"], do="pay", method="card")
    await sari.hears("Pembayaran", "US$ 8,88", "sudah kami terima")
    (charge,) = stripe.charges.values()
    assert charge["payment_method_details"]["type"] == "card"


async def test_money_by_alipay_goes_back_by_alipay(
    talk: Talk, sari: Scripted, stripe: Stripe, browser: aiohttp.ClientSession
) -> None:
    """It was authorised just when the order was called off."""
    session = await at_the_page(talk, sari, DOLLARS)
    alipay, _ = await press(browser, session["url"], do="pay", method="alipay")
    await talk.quiet()  # what Stripe tells of the page so far is not what is to be dropped
    talk.simulator.faults.add("stripe", "webhook", "drop", times=0)
    await press(browser, alipay, do="authorize")
    talk.simulator.faults.clear()
    await sari.presses("Batalkan pesanan")
    await sari.hears("Belum ada yang dibayar")
    await sari.presses("Ya, batalkan")
    await sari.hears("US$ 8,88", "kami kembalikan")
    await talk.quiet()
    await talk.later(MINUTES)
    await sari.hears("US$ 8,88", "sudah dikembalikan")
    (refund,) = stripe.refunds.values()
    assert (refund["destination_details"]["type"], refund["amount"]) == ("alipay", 888)
