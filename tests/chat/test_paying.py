"""Paying, as a customer, a mentor and ops live through it: each of the races between money, time and people."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.ledger import balance
from domain.money import Money
from domain.orders import OrderStatus
from domain.payments import PaymentStatus, RefundStatus
from services.failures import Permanent, Retry
from tests.bank import BankLink
from tests.chat.ordering import known, ordered, to_the_summary
from tests.chat.shop import FIRST, Shop, linked, opened, until
from tests.talk import Scripted, Talk

HOUR = timedelta(hours=1)
AT_ONCE = 0.0


@pytest.fixture
async def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    """One way to pay."""
    async with opened(tmp_path, monkeypatch, "xendit") as shop:
        yield shop


@pytest.fixture
async def two_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shop]:
    async with opened(tmp_path, monkeypatch, "xendit,stripe") as shop:
        yield shop


@pytest.fixture
def talk(shop: Shop) -> Talk:
    return shop.talk


@pytest.fixture
def andi(talk: Talk) -> Scripted:
    return talk.person("andi")


# --- as it should be ---


async def test_a_link_is_paid_and_the_receipt_comes(shop: Shop, customer: Scripted) -> None:
    await ordered(customer)
    link = await customer.hears("#1", "Rp 150.000", "11.00 WIB", "Batalkan pesanan")
    shown = [button.url for row in link.buttons for button in row] + [link.text]
    assert any(f"https://pay.example/xendit-{FIRST}-create" in (each or "") for each in shown)
    await shop.paid()
    await customer.hears("Rp 150.000", "#1", "sudah kami terima")
    order, payment = await shop.order(), await shop.payment()
    assert (order.payment, payment.status, payment.charge) == (FIRST, PaymentStatus.PAID, f"{FIRST}-charge-1")
    assert order.paid_at
    assert balance(await shop.ledger(), f"order:{order.id}", "IDR") == -order.price


async def test_the_money_is_booked_once_however_often_we_hear_of_it(shop: Shop, sari: Scripted) -> None:
    await linked(sari)
    charge = shop.xendit.pay(FIRST)
    again = [shop.xendit.notice_of(charge, event=event) for event in ("one", "one", "two", "three")]
    await shop.hears(*again)
    await shop.hears(*again, shop.xendit.notice(FIRST, charge.link, "expired"))
    await sari.hears("sudah kami terima")
    await sari.hears("Kuitansi")
    await sari.hears("menunggu jawaban mentor")
    await sari.hears_nothing()
    assert [entry.id for entry in await shop.ledger()] == [f"received/xendit/{charge.id}"]


async def test_of_two_ways_to_pay_one_is_chosen_and_can_be_changed(two_ways: Shop) -> None:
    sari = two_ways.talk.person("sari")
    await to_the_summary(sari)
    await sari.presses("Pesan sekarang")
    await sari.hears("Transfer bank", "Kartu kredit")
    await sari.presses("Transfer bank")
    await sari.hears("#1", "Bayar sekarang", "Cara bayar lain")
    await sari.presses("Cara bayar lain")
    await sari.hears("Bayar sekarang")
    await two_ways.talk.quiet()
    first, second = await two_ways.payment(), await two_ways.payment("pay-1-2")
    assert (first.status, second.status, second.provider) == (PaymentStatus.CLOSED, PaymentStatus.OPEN, "stripe")
    assert two_ways.xendit.links[first.provider_id].state == "closed"


async def test_who_has_not_paid_is_reminded_and_the_link_is_taken_back(shop: Shop, customer: Scripted) -> None:
    await linked(customer)
    await shop.talk.later(timedelta(minutes=46))
    await customer.hears("#1", "belum dibayar", "11.00 WIB", "Bayar sekarang")
    await shop.talk.later(timedelta(minutes=15))
    await customer.hears("#1", "sudah habis")
    (link,) = shop.xendit.links.values()
    await until(lambda: link.state == "closed")
    await customer.hears_nothing()
    assert (await shop.payment()).status is PaymentStatus.CLOSED


# --- webhooks that are lost, early or of no one ---


async def test_a_lost_webhook_costs_minutes(shop: Shop, sari: Scripted) -> None:
    await linked(sari)
    shop.xendit.pay(FIRST)
    await shop.talk.later(timedelta(minutes=2))
    await sari.hears("sudah kami terima")


async def test_the_webhook_is_faster_than_the_answer_with_the_link(shop: Shop, sari: Scripted) -> None:
    async def at_once(link: str) -> None:
        charge = shop.xendit.pay(FIRST)
        await shop.talk.service.inbox.accept([shop.xendit.notice_of(charge)])

    shop.xendit.before_answering = at_once
    await ordered(sari)
    await sari.hears("sudah kami terima")
    await shop.talk.quiet()
    payment = await shop.payment()
    assert (payment.status, payment.provider_id) == (PaymentStatus.PAID, f"xendit-{FIRST}-create")
    assert len(await shop.ledger()) == 1


async def test_an_early_webhook_makes_nothing_paid(shop: Shop, sari: Scripted) -> None:
    await linked(sari)
    await shop.hears(shop.xendit.notice(FIRST, (await shop.payment()).provider_id, "created"))
    await sari.hears_nothing()
    assert (await shop.payment()).status is PaymentStatus.OPEN


async def test_what_we_do_not_know_is_told_to_ops_once(shop: Shop, sari: Scripted, ops: Scripted) -> None:
    await linked(sari)
    stray = [shop.xendit.notice("pay-77-1", "inv-of-others", event=event) for event in ("one", "two")]
    await shop.hears(*stray)
    await ops.hears("tidak kami kenal", "pay-77-1")
    await shop.hears(*stray, shop.xendit.notice("pay-77-1", "inv-of-others"))
    await ops.hears_nothing()
    assert not await shop.ledger()


async def test_money_for_what_we_do_not_know_is_in_suspense_and_can_be_given_back(
    shop: Shop, sari: Scripted, ops: Scripted
) -> None:
    """A link that another installation made with the same account."""
    await linked(sari)
    link = shop.xendit.links[(await shop.payment()).provider_id]
    wanted = replace(link.wanted, reference="pay-77-1")
    shop.xendit.links["inv-of-others"] = BankLink("inv-of-others", wanted)
    charge = shop.xendit.pay("pay-77-1")
    await shop.hears(shop.xendit.notice_of(charge), shop.xendit.notice_of(charge))
    await ops.hears("Rp 150.000", "tidak kami kenal", "suspense")
    assert balance(await shop.ledger(), "suspense:pay-77-1", "IDR") == Money(-150_000, "IDR")
    await ops.presses("Kembalikan")
    await ops.hears("sedang dicoba")
    await shop.talk.quiet()
    assert charge.given_back == 150_000
    assert not balance(await shop.ledger(), "suspense:pay-77-1", "IDR")
    await ops.hears_nothing()


# --- money that comes too late, twice, or in another amount ---


async def expired(shop: Shop, customer: Scripted) -> None:
    await shop.talk.later(HOUR + timedelta(minutes=1))
    await customer.hears("#1", "sudah habis")
    await shop.talk.quiet()


async def test_paid_after_expiry_the_time_is_taken_again_where_it_is_free(shop: Shop, sari: Scripted) -> None:
    await linked(sari)
    await expired(shop, sari)
    await shop.paid()
    await sari.hears("sudah kami terima")
    order = await shop.order()
    assert (order.status, order.paid_at is not None) == (OrderStatus.OPEN, True)


async def test_paid_after_expiry_it_goes_back_where_the_time_is_gone(
    shop: Shop, sari: Scripted, budi: Scripted, ops: Scripted
) -> None:
    await linked(sari)
    await expired(shop, sari)
    await shop.talk.later(timedelta(minutes=5))
    await ordered(budi, number=2)
    await shop.paid()
    await sari.hears("Rp 150.000", "#1", "kami kembalikan", "tidak tersedia saat pembayaran masuk")
    await sari.hears("Rp 150.000", "sudah dikembalikan")
    await ops.hears("Rp 150.000", "#1", "saat yang dipesan sudah tidak tersedia")
    order, refund = await shop.order(), await shop.refund()
    assert (order.status, order.paid_at) == (OrderStatus.EXPIRED, None)
    assert (refund.status, refund.amount) == (RefundStatus.DONE, order.price)
    assert not balance(await shop.ledger(), f"order:{order.id}", "IDR")


async def test_money_that_comes_days_late_is_found_without_a_webhook(shop: Shop, sari: Scripted) -> None:
    await linked(sari)
    await expired(shop, sari)
    for _ in range(4):
        await shop.talk.later(timedelta(hours=25))
        await shop.talk.quiet()
    shop.xendit.pay(FIRST)
    await shop.talk.later(timedelta(hours=25))
    await sari.hears("Rp 150.000", "kami kembalikan")


async def test_paid_by_two_attempts_the_second_is_given_back(two_ways: Shop) -> None:
    sari = two_ways.talk.person("sari")
    await to_the_summary(sari)
    await sari.presses("Pesan sekarang")
    await sari.hears("lewat apa")
    await sari.presses("Transfer bank")
    await sari.hears("Bayar sekarang")
    await sari.presses("Cara bayar lain")
    await sari.hears("Bayar sekarang")
    await two_ways.paid(FIRST)
    await sari.hears("sudah kami terima")
    assert (await two_ways.payment("pay-1-2")).status is PaymentStatus.CLOSED
    await two_ways.hears(two_ways.stripe.notice_of(two_ways.stripe.pay("pay-1-2")))
    await sari.hears("Rp 150.000", "kami kembalikan", "dua kali")
    order = await two_ways.order()
    assert order.payment == FIRST
    assert (await two_ways.refund("refund-pay-1-2")).status is RefundStatus.DONE
    assert balance(await two_ways.ledger(), f"order:{order.id}", "IDR") == -order.price


async def test_paid_twice_by_one_link_the_second_is_given_back(shop: Shop, sari: Scripted) -> None:
    await linked(sari)
    await shop.paid()
    await sari.hears("sudah kami terima")
    await shop.paid()
    await sari.hears("Rp 150.000", "kami kembalikan", "dua kali")
    order = await shop.order()
    first, second = shop.xendit.charges.values()
    assert (first.given_back, second.given_back) == (0, 150_000)
    assert balance(await shop.ledger(), f"order:{order.id}", "IDR") == -order.price


async def test_another_amount_is_not_used_and_not_lost(shop: Shop, sari: Scripted, ops: Scripted) -> None:
    await linked(sari)
    await shop.paid(amount=Money(100_000, "IDR"))
    await sari.hears("Rp 100.000", "Rp 150.000", "belum terhitung dibayar")
    await ops.hears("Rp 100.000", "Rp 150.000", FIRST, "suspense", "Kembalikan")
    order = await shop.order()
    assert order.paid_at is None
    assert balance(await shop.ledger(), f"suspense:{FIRST}", "IDR") == Money(-100_000, "IDR")
    await ops.presses("Kembalikan")
    await sari.hears("Rp 100.000", "sudah dikembalikan")
    assert [refund.amount for refund in shop.xendit.refunds.values()] == [Money(100_000, "IDR")]
    assert not balance(await shop.ledger(), f"suspense:{FIRST}", "IDR")


async def test_declined_then_paid_it_goes_back(shop: Shop, sari: Scripted, andi: Scripted, ops: Scripted) -> None:
    await known(andi)
    await linked(sari)
    await andi.hears("#1", "Tolak")
    await andi.presses("Tolak")
    await sari.hears("#1", "tidak bisa menerima")
    await shop.talk.quiet()
    assert shop.xendit.links[f"xendit-{FIRST}-create"].state == "closed"
    await shop.paid()
    await sari.hears("Rp 150.000", "kami kembalikan", "sudah berakhir")
    await ops.hears("setelah pesanan berakhir")
    assert (await shop.refund()).status is RefundStatus.DONE


async def test_paid_then_declined_it_goes_back(shop: Shop, sari: Scripted, andi: Scripted) -> None:
    await known(andi)
    await linked(sari)
    await shop.paid()
    await sari.hears("sudah kami terima")
    await andi.presses("Tolak")
    await sari.hears("Rp 150.000", "kami kembalikan")
    await sari.hears("sudah dikembalikan")
    order = await shop.order()
    assert order.status is OrderStatus.DECLINED
    assert not balance(await shop.ledger(), f"order:{order.id}", "IDR")


async def test_cancelled_then_paid_it_goes_back(shop: Shop, customer: Scripted) -> None:
    await linked(customer)
    await customer.presses("Batalkan pesanan")
    await customer.hears("Belum ada yang dibayar")
    await customer.presses("Ya, batalkan")
    await customer.hears("#1", "dibatalkan")
    await shop.talk.quiet()
    await shop.paid()
    await customer.hears("Rp 150.000", "kami kembalikan", "sudah berakhir")
    assert (await shop.refund()).status is RefundStatus.DONE


# --- providers that fail ---


async def test_a_provider_that_is_away_for_a_moment_is_asked_again_under_the_same_key(
    shop: Shop, sari: Scripted
) -> None:
    shop.xendit.failures.extend((Retry("429", after=AT_ONCE), Retry("503", after=AT_ONCE)))
    await linked(sari)
    assert shop.xendit.calls == [f"create {FIRST}-create"] * 3
    assert len(shop.xendit.links) == 1


async def test_a_refused_link_with_another_way_to_pay(two_ways: Shop) -> None:
    sari, ops = (
        two_ways.talk.person("sari"),
        Scripted(two_ways.talk, "ops", f"telegram:{two_ways.talk.played.ops_chat_id}"),
    )
    two_ways.xendit.failures.append(Permanent("400 bad"))
    await to_the_summary(sari)
    await sari.presses("Pesan sekarang")
    await sari.hears("lewat apa")
    await sari.presses("Transfer bank")
    await sari.hears("#1", "pilih cara lain", "Cara bayar lain")
    await ops.hears("xendit", FIRST, "400 bad")
    await sari.presses("Cara bayar lain")
    await sari.hears("Mau bayar dengan apa", "Transfer bank", "Kartu kredit")
    await sari.presses("Kartu kredit")
    await sari.hears("#1", "Bayar sekarang")


async def test_a_refused_link_without_another_way(shop: Shop, sari: Scripted, ops: Scripted) -> None:
    shop.xendit.failures.append(Permanent("400 bad"))
    await ordered(sari)
    await sari.hears("#1", "belum bisa dibuat", "Batalkan pesanan")
    await ops.hears("xendit", FIRST, "400 bad")


async def test_a_link_that_the_provider_ends_early_can_be_had_anew(shop: Shop, sari: Scripted) -> None:
    await linked(sari)
    provider_id = (await shop.payment()).provider_id
    shop.xendit.links[provider_id].state = "closed"
    await shop.hears(shop.xendit.notice(FIRST, provider_id, "expired"))
    await sari.hears("#1", "tidak berlaku", "11.00 WIB")
    await sari.presses("Cara bayar lain")
    await sari.hears("#1", "Bayar sekarang")


async def test_what_a_provider_will_not_say_is_told_to_ops_once_and_asked_again(
    shop: Shop, sari: Scripted, ops: Scripted
) -> None:
    await linked(sari)
    shop.xendit.failures.extend((Permanent("403 key"), Permanent("403 key")))
    await shop.talk.later(timedelta(minutes=2))
    await ops.hears("xendit", FIRST, "403 key")
    await shop.talk.later(timedelta(minutes=3))
    await until(lambda: not shop.xendit.failures)
    await ops.hears_nothing()
    shop.xendit.pay(FIRST)
    await shop.talk.later(timedelta(minutes=6))
    await sari.hears("sudah kami terima")
