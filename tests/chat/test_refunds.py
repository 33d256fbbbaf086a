"""Refunds, as customers and ops live through them, and the nightly sweep."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.router import OPS_CHANNEL
from domain.events import Arrival, Due, Said, SaidKind
from domain.ledger import balance
from domain.money import Money
from domain.payments import RefundStatus
from handlers.flow import Outcome, Turn
from handlers.payments_sweep import on_sweep
from handlers.registry import DUE
from services.failures import Unknown
from tests.chat.ordering import known
from tests.chat.shop import FIRST, Shop, linked, opened, until
from tests.talk import Scripted, Talk

HOUR = timedelta(hours=1)


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """One way to pay."""
    async with opened(tmp_path, monkeypatch, "xendit") as shop:
        yield shop


@pytest.fixture
def talk(shop: Shop) -> Talk:
    return shop.talk


@pytest.fixture
def andi(talk: Talk) -> Scripted:
    return talk.person("andi")


async def paid_and_declined(shop: Shop, customer: Scripted, andi: Scripted) -> None:
    await known(andi)
    await linked(customer)
    await shop.paid()
    await customer.hears("sudah kami terima")
    await andi.presses("Tolak")
    await customer.hears("Rp 150.000", "kami kembalikan")
    await shop.talk.quiet()


async def test_a_refund_is_followed_until_the_provider_confirms_it(shop: Shop, sari: Scripted, andi: Scripted) -> None:
    shop.xendit.refunds_are = "pending"
    await paid_and_declined(shop, sari, andi)
    assert (await shop.refund()).status is RefundStatus.PENDING
    assert balance(await shop.ledger(), "refunds:xendit", "IDR") == Money(-150_000, "IDR")
    (refund,) = shop.xendit.refunds.values()
    await shop.talk.later(timedelta(minutes=7))
    await until(lambda: f"fetch {refund.id}" in shop.xendit.calls)
    assert (await shop.refund()).status is RefundStatus.PENDING
    shop.xendit.settle_refund(refund, "done")
    await shop.talk.later(2 * HOUR)
    await sari.hears("sudah dikembalikan")
    assert not balance(await shop.ledger(), "refunds:xendit", "IDR")


async def test_a_webhook_of_a_refund_is_heard(shop: Shop, sari: Scripted, andi: Scripted) -> None:
    shop.xendit.refunds_are = "pending"
    await paid_and_declined(shop, sari, andi)
    (refund,) = shop.xendit.refunds.values()
    shop.xendit.settle_refund(refund, "done")
    await shop.hears(shop.xendit.notice(FIRST, what="refund.succeeded"))
    await sari.hears("sudah dikembalikan")
    await shop.hears(shop.xendit.notice(FIRST, what="refund.succeeded"))
    await sari.hears_nothing()


async def test_days_later_it_still_reaches_whatsapp(shop: Shop, budi: Scripted, andi: Scripted) -> None:
    shop.xendit.refunds_are = "pending"
    await paid_and_declined(shop, budi, andi)
    await shop.talk.later(timedelta(days=2))
    await shop.talk.quiet()
    (refund,) = shop.xendit.refunds.values()
    shop.xendit.settle_refund(refund, "done")
    await shop.talk.later(timedelta(days=1))
    await budi.hears("Rp 150.000", "#1", "sudah dikembalikan")


async def test_a_refund_whose_answer_is_lost_happens_once(shop: Shop, sari: Scripted, andi: Scripted) -> None:
    shop.xendit.failures.extend((None, None))
    await known(andi)
    await linked(sari)
    await shop.paid()
    await sari.hears("sudah kami terima")
    shop.xendit.failures.append(Unknown("cut off"))
    await andi.presses("Tolak")
    await sari.hears("sudah dikembalikan")
    assert [call for call in shop.xendit.calls if call.startswith("refund")] == [f"refund refund-{FIRST}"] * 2
    assert len(shop.xendit.refunds) == 1


async def test_a_refund_that_fails_is_tried_again_by_ops(
    shop: Shop, sari: Scripted, andi: Scripted, ops: Scripted
) -> None:
    shop.xendit.refunds_are = "failed"
    await paid_and_declined(shop, sari, andi)
    await sari.hears("belum berhasil", "uang Anda pasti kembali")
    alert = await ops.hears("Rp 150.000", f"refund-{FIRST}", "Coba lagi")
    assert (await shop.refund()).status is RefundStatus.FAILED
    shop.xendit.refunds_are = "done"
    await ops.presses_on(alert, "Coba lagi")
    await sari.hears("sudah dikembalikan")
    assert (await shop.refund()).status is RefundStatus.DONE
    assert sum(charge.given_back for charge in shop.xendit.charges.values()) == 150_000


async def test_a_refund_that_fails_can_be_done_by_hand(
    shop: Shop, sari: Scripted, andi: Scripted, ops: Scripted
) -> None:
    shop.xendit.refunds_are = "failed"
    await paid_and_declined(shop, sari, andi)
    alert = await ops.hears("Sudah manual")
    await ops.presses_on(alert, "Sudah manual")
    await ops.hears("secara manual")
    await sari.hears("sudah dikembalikan")
    assert balance(await shop.ledger(), "by-hand:xendit", "IDR") == Money(-150_000, "IDR")
    assert not balance(await shop.ledger(), "refunds:xendit", "IDR")


async def test_the_buttons_under_a_failed_refund_are_for_the_ops_group_alone(
    shop: Shop, sari: Scripted, andi: Scripted
) -> None:
    shop.xendit.refunds_are = "failed"
    await paid_and_declined(shop, sari, andi)
    said = Said(kind=SaidKind.BUTTON, button=f"refund:refund-{FIRST}:by-hand")
    for place in (f"{OPS_CHANNEL}:1001", sari.chat):
        arrival = Arrival(source="forged", external_id=place, conversation=place, person=sari.chat, event=said)
        await shop.hears(arrival)
    assert (await shop.refund()).status is RefundStatus.FAILED


# --- the nightly sweep ---


async def test_nothing_is_said_at_night_where_everything_adds_up(
    shop: Shop, sari: Scripted, andi: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    nights: list[Outcome] = []

    async def swept(turn: Turn, due: Due) -> Outcome:
        nights.append(await on_sweep(turn, due))
        return nights[-1]

    monkeypatch.setitem(DUE, "payments-sweep", swept)
    await known(andi)
    await linked(sari)
    await shop.paid()
    await sari.hears("sudah kami terima")
    await andi.presses("Terima")
    await sari.hears("Sesi #1 pasti")
    ops.ignores()
    before = len(nights)
    await shop.talk.later(timedelta(hours=11))
    await until(lambda: len(nights) > before)
    assert nights == [Outcome()] * len(nights)
    await ops.hears_nothing()


async def test_what_differs_is_listed_once_a_night(shop: Shop, sari: Scripted, andi: Scripted, ops: Scripted) -> None:
    shop.xendit.refunds_are = "failed"
    await paid_and_declined(shop, sari, andi)
    await shop.hears(shop.xendit.notice_of(shop.xendit.pay(FIRST, Money(7, "IDR"))))
    ops.ignores()
    for _ in range(2):
        await shop.talk.later(timedelta(hours=24))
        night = await ops.hears("tidak cocok", f"refund-{FIRST}", f"suspense:{FIRST} · IDR 7")
        assert "2 hal" in night.text
        await ops.hears_nothing()
