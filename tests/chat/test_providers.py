"""A session is paid for by Stripe and by Xendit, as the simulator plays them: their webhooks, their faults, their
refunds.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.ledger import LedgerEntry, balance
from domain.payments import Payment, PaymentStatus, Refund, RefundStatus
from tests.chat.ordering import known, ordered
from tests.chat.shop import linked, until
from tests.talk import Scripted, Talk


@pytest.fixture(params=["stripe", "xendit"])
async def talk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Talk]:
    talk = await Talk.begin(tmp_path, payments=request.param)
    await talk.at_office_hours()
    yield talk
    await talk.end()


@pytest.fixture
def andi(talk: Talk) -> Scripted:
    return talk.person("andi")


async def payment(talk: Talk) -> Payment:
    await talk.quiet()
    (found,) = await talk.service.storage.find(Payment)
    return found


async def pay(talk: Talk) -> None:
    """What the customer does on the provider's page."""
    found = await payment(talk)
    provider = talk.simulator.stripe if found.provider == "stripe" else talk.simulator.xendit
    provider.pay(found.provider_id)


async def test_paid_declined_and_given_back(talk: Talk, customer: Scripted, andi: Scripted) -> None:
    await known(andi)
    await linked(customer)
    await pay(talk)
    await customer.hears("Rp 150.000", "sudah kami terima")
    await andi.presses("Tolak")
    await customer.hears("Rp 150.000", "kami kembalikan")
    for _ in range(3):
        await talk.quiet()
        await talk.later(timedelta(minutes=70))
    await customer.hears("Rp 150.000", "sudah dikembalikan")
    await talk.quiet()
    (refund,) = await talk.service.storage.find(Refund)
    assert refund.status is RefundStatus.DONE
    ledger = await talk.service.storage.find(LedgerEntry)
    for account in (f"order:{refund.order}", f"refunds:{refund.provider}", f"provider:{refund.provider}"):
        assert not balance(ledger, account, "IDR")


async def test_a_lost_webhook_costs_minutes(talk: Talk, sari: Scripted) -> None:
    await linked(sari)
    provider = (await payment(talk)).provider
    talk.simulator.faults.add(provider, "webhook", "drop", times=20)
    await pay(talk)
    await talk.later(timedelta(minutes=2))
    await sari.hears("sudah kami terima")


@pytest.mark.parametrize("fault", ["429", "500", "cut"])
async def test_a_link_is_made_once_whatever_becomes_of_the_answer(talk: Talk, sari: Scripted, fault: str) -> None:
    provider = talk.played.payments
    talk.simulator.faults.add(provider, "create", fault, times=1)
    await ordered(sari)
    await sari.hears("#1", "Rp 150.000", "Bayar sekarang")
    await pay(talk)
    await sari.hears("sudah kami terima")
    assert len(await talk.service.storage.find(LedgerEntry)) == 1


async def test_at_the_deadline_the_link_is_closed_at_the_provider(talk: Talk, sari: Scripted) -> None:
    await linked(sari)
    await talk.later(timedelta(minutes=62))
    await sari.hears("sudah habis")
    closed = await payment(talk)
    simulator = talk.simulator
    there = simulator.stripe.session if closed.provider == "stripe" else simulator.xendit.seen
    await until(lambda: there(closed.provider_id)["status"] in ("expired", "EXPIRED"))
    assert (await payment(talk)).status is PaymentStatus.CLOSED
