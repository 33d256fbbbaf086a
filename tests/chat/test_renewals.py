"""Another term of a machine: chosen, paid, added once, whatever comes twice, late or at the same moment."""

import asyncio
from datetime import time, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.orders import Order, OrderStatus
from domain.servers import ServerStatus, end_of_term
from services.failures import Permanent
from services.servers.base import State
from tests.chat.lives import (
    customer,
    days_before,
    expires,
    is_destroyed,
    is_suspended,
    mails,
    ops,
    sari,
    switched_off,
    until,
    with_machine,
    yard,
)
from tests.chat.machines import HERE, Yard, opened
from tests.talk import Scripted

__all__ = ["customer", "ops", "sari", "yard"]

A_MONTH, THREE = 266_400, 759_240
"""Of the medium plan, with tax; three months have five per cent taken off."""
HOUR = timedelta(hours=1)


async def chooses(person: Scripted, months: int = 1, order: int = 2) -> None:
    """Until they have a link to pay by."""
    await person.presses("Perpanjang")
    await person.hears("Perpanjang server toko", f"{months} bulan")
    await person.presses(f"{months} bulan")
    await person.hears(f"#{order}", "kami catat", f"{months} bulan")
    await person.hears(f"#{order}", "Bayar sekarang")


async def opens(person: Scripted) -> None:
    """Their machine, with what can be done."""
    await person.says("server saya")
    await person.hears("Server Anda", "#1 toko")
    await person.presses("#1 toko")
    await person.hears("toko", "Singapura")


# --- in time ---


async def test_renewed_by_the_button_of_a_warning(yard: Yard, customer: Scripted) -> None:
    before = (await yard.server()).expires_at
    assert before
    await until(yard, await days_before(yard, 7))
    await customer.hears("7 hari lagi")
    await customer.presses("Perpanjang")
    terms = await customer.hears("Berlaku sampai", "1 bulan", "3 bulan", "12 bulan")
    assert "3 bulan: Rp 759.240 (Rp 684.000 + PPN Rp 75.240)" in terms.text.replace("*", "")
    await customer.presses("3 bulan")
    await customer.hears("#2", "kami catat", "3 bulan", "Kam, 25 Mar 2027", "Rp 759.240")
    await customer.hears("#2", "Rp 759.240", "Bayar sekarang")
    await yard.pays(2)
    await customer.hears("diperpanjang", "berlaku sampai", "Kam, 25 Mar 2027")
    server, order = await yard.server(), await yard.order(2)
    assert server.expires_at == end_of_term(before, 3, server.zone)
    assert (server.periods, server.warned, server.renewal) == (2, (), "")
    assert order.status is OrderStatus.DONE
    assert order.purchase
    assert order.purchase.invoice.number
    assert await yard.balance("order:order-2") == 0
    assert await yard.balance("revenue:servers") == -240_000 - 684_000
    assert await yard.balance("tax:ppn") == -26_400 - 75_240
    assert len(await mails(yard, "diperpanjang")) == 1
    await until(yard, await days_before(yard, 14))
    await customer.hears("14 hari lagi", "Kam, 25 Mar 2027")


async def test_twice_in_a_row(yard: Yard, sari: Scripted) -> None:
    for order in (2, 3):
        await opens(sari)
        await chooses(sari, order=order)
        await yard.pays(order)
        await sari.hears("diperpanjang")
    server = await yard.server()
    assert server.periods == 3
    assert server.expires_at
    assert server.expires_at.date().isoformat() == "2027-02-25"


# --- after its time ---


async def test_in_its_grace_the_term_begins_now(yard: Yard, customer: Scripted) -> None:
    await expires(yard)
    await until(yard, await days_before(yard, -3, time(10)))
    await customer.hears("sudah habis")
    await chooses(customer)
    await yard.pays(2)
    await customer.hears("diperpanjang", "Kam, 28 Jan 2027")
    server = await yard.server()
    assert server.status is ServerStatus.ACTIVE
    await until(yard, await days_before(yard, 14))
    await customer.hears("14 hari lagi")
    assert yard.singapore.did == []


async def test_a_suspended_one_is_brought_back(yard: Yard, customer: Scripted) -> None:
    await is_suspended(yard)
    await customer.hears("kami matikan")
    await chooses(customer)
    await yard.pays(2)
    await customer.hears("diperpanjang", "kami nyalakan lagi")
    assert yard.singapore.did == [("stop", "m-1"), ("start", "m-1")]
    await customer.hears_nothing()
    yard.becomes(State.RUNNING)
    await yard.later()
    await customer.hears("menyala lagi", HERE)
    server = await yard.server()
    assert (server.status, server.off) == (ServerStatus.ACTIVE, "")
    assert (await yard.order(2)).status is OrderStatus.DONE
    assert len(await mails(yard, "menyala lagi")) == 1
    await customer.hears_nothing()


async def test_paid_while_it_is_being_suspended(yard: Yard, sari: Scripted) -> None:
    await expires(yard)
    await until(yard, await days_before(yard, -4, time(8, 30)))
    await sari.hears("sudah habis")
    await chooses(sari)
    await until(yard, await days_before(yard, -4))
    assert yard.singapore.did == [("stop", "m-1")]
    await yard.pays(2)
    await sari.hears("diperpanjang", "kami nyalakan lagi")
    await switched_off(yard)
    assert yard.singapore.did == [("stop", "m-1"), ("start", "m-1")]
    yard.becomes(State.RUNNING)
    await yard.later()
    await sari.hears("menyala lagi")
    assert "kami matikan" not in " ".join(sari.sees())
    assert (await yard.server()).status is ServerStatus.ACTIVE


async def test_it_cannot_be_switched_on_again(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    """The truth to the customer, once; ops try until it runs."""
    await is_suspended(yard)
    await sari.hears("kami matikan")
    await chooses(sari)
    yard.singapore.doing = Permanent("402 quota")
    await yard.pays(2)
    await sari.hears("belum berhasil kami nyalakan lagi")
    for _ in range(2):
        alert = await ops.hears("#1", "402 quota")
        await ops.presses_on(alert, "coba lagi")
        await yard.talk.quiet()
    yard.singapore.doing = None
    await ops.presses_on(await ops.hears("#1", "402 quota"), "coba lagi")
    await yard.talk.quiet()
    yard.becomes(State.RUNNING)
    await yard.later()
    await sari.hears("menyala lagi")
    await sari.hears_nothing()


async def test_a_suspension_that_waits_for_ops_is_dropped(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await expires(yard)
    yard.singapore.doing = Permanent("403 not yours")
    await until(yard, await days_before(yard, -4))
    alert = await ops.hears("#1", "403 not yours")
    await sari.hears("sudah habis")
    await chooses(sari)
    yard.singapore.doing = None
    await yard.pays(2)
    await sari.hears("diperpanjang")
    await ops.presses_on(alert, "coba lagi")
    await ops.hears("Tidak ada lagi")
    await yard.later()
    assert [kind for kind, _ in yard.singapore.did] == ["stop", "start"]
    assert (await yard.server()).status is ServerStatus.ACTIVE


# --- too late ---


async def test_paid_after_the_point_of_destruction(yard: Yard, customer: Scripted) -> None:
    server = await is_suspended(yard)
    assert server.due_at
    await until(yard, server.due_at - timedelta(minutes=30))
    await customer.hears("kami matikan")
    await chooses(customer)
    await yard.later(timedelta(minutes=30))
    assert (await yard.server()).status is ServerStatus.DESTROYING
    assert (await yard.order(2)).status is OrderStatus.CANCELLED
    assert yard.shop.xendit.links["xendit-pay-2-1-create"].state == "closed"
    await yard.pays(2)
    await customer.hears("Rp 266.400", "kami kembalikan")
    assert await yard.balance("provider:xendit") == A_MONTH  # of the first term
    assert (await yard.server()).periods == 1
    await customer.presses("Perpanjang")
    await customer.hears("sedang dihapus", "tidak bisa diperpanjang")


async def test_the_destruction_comes_while_the_money_is_on_its_way(yard: Yard, sari: Scripted) -> None:
    """An order that is still open when its machine is past that point: given back, and told why."""
    await is_suspended(yard)
    await sari.hears("kami matikan")
    await chooses(sari)
    server = await yard.server()
    gone = replace(server, status=ServerStatus.DESTROYING, destroy_at=yard.clock.now(), due_at=None)
    await yard.talk.service.storage.save(gone)
    await yard.pays(2)
    await sari.hears("mulai dihapus", "kembalikan penuh")
    await sari.hears("Rp 266.400", "kami kembalikan")
    assert (await yard.order(2)).status is OrderStatus.CANCELLED
    assert len(await mails(yard, "uang Anda kami kembalikan")) == 1


async def test_a_machine_that_is_gone(yard: Yard, sari: Scripted) -> None:
    await is_destroyed(yard)
    await sari.hears("sudah dihapus")
    await sari.presses("Perpanjang")
    await sari.hears("sudah dihapus", "tidak bisa diperpanjang")


# --- twice, and another one ---


async def test_the_same_term_again_is_the_same_order(yard: Yard, customer: Scripted) -> None:
    await until(yard, await days_before(yard, 1))
    await customer.hears("besok")
    await chooses(customer)
    await opens(customer)
    await customer.presses("Perpanjang")
    await customer.hears("menunggu pembayaran", "#2", "Bayar sekarang", "3 bulan")
    assert await orders(yard) == ["order-1", "order-2"]


async def test_another_term_replaces_the_first(yard: Yard, customer: Scripted) -> None:
    await until(yard, await days_before(yard, 1))
    await customer.hears("besok")
    await chooses(customer)
    await opens(customer)
    await customer.presses("Perpanjang")
    await customer.hears("menunggu pembayaran", "#2")
    await customer.presses("3 bulan")
    await customer.hears("#3", "Bayar sekarang")
    assert (await yard.order(2)).status is OrderStatus.CANCELLED
    assert yard.shop.xendit.links["xendit-pay-2-1-create"].state == "closed"
    await yard.pays(2)
    await customer.hears("Rp 266.400", "kami kembalikan")
    await yard.pays(3)
    await customer.hears("diperpanjang")
    server = await yard.server()
    assert server.periods == 2
    assert await yard.balance("order:order-2") == 0
    assert await yard.balance("provider:xendit") == A_MONTH + THREE


async def test_called_off_and_ordered_again(yard: Yard, sari: Scripted) -> None:
    await opens(sari)
    await chooses(sari)
    await sari.presses("Batalkan pesanan")
    await sari.hears("Batalkan pesanan #2")
    await sari.presses("Ya, batalkan")
    await sari.hears("#2 dibatalkan")
    await opens(sari)
    await chooses(sari, order=3)
    await yard.pays(3)
    await sari.hears("diperpanjang")


# --- late ---


async def test_not_paid_in_time_and_ordered_again(yard: Yard, customer: Scripted) -> None:
    await until(yard, await days_before(yard, 1))
    await customer.hears("besok")
    await chooses(customer)
    await yard.later(HOUR)
    await customer.hears("#2", "tidak dibayar pada waktunya", "Perpanjang")
    assert (await yard.order(2)).status is OrderStatus.EXPIRED
    await chooses(customer, order=3)


async def test_paid_late_it_is_renewed_all_the_same(yard: Yard, sari: Scripted) -> None:
    await opens(sari)
    await chooses(sari)
    await yard.later(HOUR)
    await sari.hears("tidak dibayar pada waktunya")
    await yard.pays(2)
    await sari.hears("diperpanjang")
    assert (await yard.order(2)).status is OrderStatus.DONE
    assert (await yard.server()).periods == 2


@pytest.mark.parametrize("second_paid", [False, True])
async def test_paid_late_while_another_has_the_term(yard: Yard, sari: Scripted, second_paid: bool) -> None:
    await opens(sari)
    await chooses(sari)
    await yard.later(HOUR)
    await sari.hears("tidak dibayar pada waktunya")
    await chooses(sari, order=3)
    if second_paid:
        await yard.pays(3)
        await sari.hears("diperpanjang")
    await yard.pays(2)
    await sari.hears("Rp 266.400", "#2", "kami kembalikan")
    if not second_paid:
        await yard.pays(3)
        await sari.hears("diperpanjang")
    assert (await yard.server()).periods == 2
    assert await yard.balance("provider:xendit") == 2 * A_MONTH
    assert await yard.balance("revenue:servers") == -480_000


async def test_money_for_a_term_that_was_renewed_by_another_order(yard: Yard, sari: Scripted) -> None:
    await opens(sari)
    await chooses(sari)
    server = await yard.server()
    await yard.talk.service.storage.save(replace(server, periods=2))
    await yard.pays(2)
    await sari.hears("sudah diperpanjang dengan pesanan lain")
    await sari.hears("Rp 266.400", "kami kembalikan")


# --- at the same moment ---


async def test_webhooks_and_polls_at_once_renew_once(yard: Yard, sari: Scripted) -> None:
    await opens(sari)
    await chooses(sari)
    bank = yard.shop.xendit
    charge = bank.pay("pay-2-1")
    accept = yard.talk.service.inbox.accept
    await asyncio.gather(
        accept([bank.notice_of(charge)]),
        accept([bank.notice_of(charge)]),
        yard.talk.later(timedelta(minutes=2)),
        accept([bank.notice_of(charge, event="again")]),
    )
    await yard.talk.quiet()
    await accept([bank.notice_of(charge, event="again")])
    await sari.hears("diperpanjang")
    await yard.later(timedelta(days=1))
    server = await yard.server()
    assert server.periods == 2
    assert server.expires_at
    assert server.expires_at.date().isoformat() == "2027-01-25"
    assert await yard.balance("provider:xendit") == 2 * A_MONTH
    assert sum("diperpanjang: berlaku" in each for each in sari.sees()) == 1


async def test_two_presses_at_once_are_one_order(yard: Yard, sari: Scripted) -> None:
    await opens(sari)
    await sari.presses("Perpanjang")
    await sari.hears("1 bulan", "3 bulan")
    await asyncio.gather(sari.presses("1 bulan"), sari.presses("1 bulan"))
    await sari.hears("#2", "Bayar sekarang")
    await yard.talk.quiet()
    assert await orders(yard) == ["order-1", "order-2"]


# --- what cannot be had ---


async def test_a_plan_that_is_offered_no_longer(yard: Yard, customer: Scripted, ops: Scripted) -> None:
    catalog = yard.talk.simulation.catalog
    assert catalog.servers
    plans = tuple(each for each in catalog.servers.plans if each.id != "medium")
    yard.talk.simulation.catalog = replace(catalog, servers=replace(catalog.servers, plans=plans))
    await yard.talk.restart()
    await until(yard, await days_before(yard, 7))
    await customer.hears("7 hari lagi")
    await customer.presses("Perpanjang")
    await customer.hears("belum bisa dipesan sekarang", "tetap berjalan")
    await opens(customer)
    await customer.presses("Perpanjang")
    await customer.hears("belum bisa dipesan sekarang", "tetap berjalan")
    await ops.hears("#1", "katalog")
    await ops.hears_nothing()
    assert yard.singapore.did == []


async def test_what_was_ordered_before_it_was_offered_no_longer(yard: Yard, sari: Scripted) -> None:
    """Paid is paid."""
    await opens(sari)
    await chooses(sari)
    yard.talk.simulation.catalog = replace(yard.talk.simulation.catalog, servers=None)
    await yard.talk.restart()
    await yard.pays(2)
    await sari.hears("diperpanjang")
    assert (await yard.server()).periods == 2


async def test_no_way_to_pay(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    yard.shop.xendit.limits = {"IDR": (1, 1000)}
    await yard.talk.restart()
    await opens(sari)
    await sari.presses("Perpanjang")
    await sari.hears("1 bulan")
    await sari.presses("1 bulan")
    await sari.hears("belum bisa dibayar")
    await ops.hears("Rp 266.400", "PAYMENTS")


async def test_a_lost_machine_is_not_renewed_past_ops(yard: Yard, sari: Scripted) -> None:
    """What is not the customer's just now cannot take another term: the money goes back."""
    await opens(sari)
    await chooses(sari)
    server = await yard.server()
    await yard.talk.service.storage.save(replace(server, status=ServerStatus.CREATING, due_at=None))
    await yard.pays(2)
    await sari.hears("berubah setelah pesanan #2")
    await sari.hears("Rp 266.400", "kami kembalikan")


async def orders(yard: Yard) -> list[str]:
    await yard.talk.quiet()
    return [each.id for each in await yard.talk.service.storage.find(Order)]


async def test_the_way_to_pay_is_chosen_where_there_are_several(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(tmp_path, monkeypatch, payments="xendit,stripe") as yard:
        sari = await with_machine(yard, "sari")
        await opens(sari)
        await sari.presses("Perpanjang")
        await sari.hears("3 bulan")
        await sari.presses("3 bulan")
        await sari.hears("Rp 759.240", "Mau bayar dengan apa", "Kartu", "Transfer bank")
        await sari.presses("Kartu")
        await sari.hears("#2", "Bayar sekarang")
        bank = yard.shop.stripe
        await yard.happens(bank.notice_of(bank.pay("pay-2-1")))
        await sari.hears("diperpanjang")
