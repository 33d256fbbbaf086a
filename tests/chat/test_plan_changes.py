"""A larger plan for a machine that runs: by the day, from what is in stock, once, or the money back."""

import asyncio
from datetime import time, timedelta

import pytest
from msgspec.structs import replace

from domain.money import Money
from domain.orders import OrderStatus
from domain.server_offer import Region
from domain.servers import Server, ServerStatus
from handlers.plan_changes import by_the_day
from services.failures import Permanent
from services.servers.base import State
from tests.chat import machines, sessions
from tests.chat.lives import customer, days_before, expires, mails, ops, sari, until, yard
from tests.chat.machines import Yard, met
from tests.talk import Scripted

__all__ = ["customer", "ops", "sari", "yard"]

HOUR = timedelta(hours=1)
TEN_DAYS = timedelta(days=10)
FIRST, CHANGE = 266_400, 177_600
"""The first month; twenty days of large instead of medium, both with tax."""
LARGE = "large@singapore"


async def opens(person: Scripted, number: int = 1) -> None:
    await person.says("server saya")
    await person.hears("Server Anda", f"#{number} toko")
    await person.presses(f"#{number} toko")
    await person.hears("toko", "Singapura")


async def orders(person: Scripted, order: int = 2) -> None:
    """Until they have a link to pay the large plan by."""
    await opens(person)
    await person.presses("Ganti paket")
    await person.hears("Paket lebih besar", "Large")
    await person.presses("Large")
    await person.hears(f"#{order}", "kami catat", "Large")
    await person.hears(f"#{order}", "Bayar sekarang")


async def sneaks(yard: Yard, person: Scripted, action: str) -> None:
    """A press of a button of the first machine that they may never have been shown."""
    await sessions.sneaks(yard.talk, person, f"server:{(await yard.server()).id}:{action}")


async def restarts(yard: Yard, person: Scripted) -> None:
    """And is at it, until it runs again."""
    await opens(person)
    yard.becomes(State.OTHER)
    await person.presses("Mulai ulang")
    await yard.talk.quiet()


async def another(yard: Yard, orders: int, plan: str = "medium") -> Scripted:
    """Somebody else with a machine, after so many orders."""
    budi = await met(yard.talk.person("budi"))
    yard.count = orders
    await yard.active(budi, plan)
    return budi


async def is_larger(yard: Yard) -> Server:
    await yard.later()
    server = await yard.server()
    assert (server.plan, server.shelf, server.change) == ("large", LARGE, "")
    return server


async def stays(yard: Yard) -> Server:
    server = await yard.server()
    assert (server.plan, server.shelf, server.change) == ("medium", "medium@singapore", "")
    return server


async def only(yard: Yard, count: int) -> None:
    """So many large ones there are in Singapore."""
    catalog = yard.talk.simulation.catalog
    assert catalog.servers

    def fewer(region: Region) -> Region:
        return replace(region, stock={**region.stock, "large": count}) if region.id == "singapore" else region

    regions = tuple(fewer(each) for each in catalog.servers.regions)
    yard.talk.simulation.catalog = replace(catalog, servers=replace(catalog.servers, regions=regions))
    await yard.talk.restart()


# --- changed ---


async def test_a_larger_plan_for_the_rest_of_the_term(yard: Yard, customer: Scripted) -> None:
    await yard.later(TEN_DAYS)
    before = await yard.server()
    await opens(customer)
    await customer.presses("Ganti paket")
    offered = await customer.hears("Medium", "20 hari lagi", "Large", "mati beberapa menit")
    assert "Sekarang Rp 177.600 (Rp 160.000 + PPN Rp 17.600), nanti Rp 480.000 sebulan" in offered.text.replace("*", "")
    assert "Small" not in offered.text
    await customer.presses("Large")
    await customer.hears("#2", "dari Medium ke", "Large", "Rp 177.600")
    await customer.hears("#2", "Rp 177.600", "Bayar sekarang")
    assert yard.singapore.did == []
    yard.becomes(State.OTHER)
    await yard.pays(2)
    await customer.hears("Paket server", "sedang kami ganti")
    assert yard.singapore.did == [("resize c2-4vcpu-8gb", "m-1")]
    assert (await yard.server()).plan == "medium"
    yard.becomes(State.RUNNING)
    server = await is_larger(yard)
    await customer.hears("sekarang Large", "4 vCPU", "100 GB")
    assert (server.expires_at, server.periods) == (before.expires_at, 1)
    order = await yard.order(2)
    assert order.status is OrderStatus.DONE
    assert order.purchase
    assert order.purchase.invoice.number
    assert await yard.balance("order:order-2") == 0
    assert await yard.balance("tax:ppn") == -26_400 - 17_600
    assert len(await mails(yard, "sekarang Large")) == 1
    await customer.hears_nothing()


async def test_renewed_afterwards_at_the_new_price(yard: Yard, sari: Scripted) -> None:
    await yard.later(TEN_DAYS)
    await orders(sari)
    await yard.pays(2)
    await is_larger(yard)
    await opens(sari)
    await sari.presses("Perpanjang")
    await sari.hears("Large", "1 bulan: Rp 532.800")


@pytest.mark.parametrize(("days", "amount"), [(30, 240_001), (20, 160_001), (1, 8_001), (0, 0), (45, 360_002)])
def test_by_the_day_rounded_up(days: int, amount: int) -> None:
    assert by_the_day(Money(240_000, "IDR"), Money(480_001, "IDR"), days) == Money(amount, "IDR")


# --- the stock ---


async def test_what_somebody_is_asked_to_pay_for_is_held(yard: Yard, sari: Scripted) -> None:
    await only(yard, 1)
    await orders(sari)
    budi = await another(yard, 2)
    await opens(budi, 3)
    await budi.presses("Ganti paket")
    await budi.hears("tidak ada paket lebih besar")
    await yard.later(HOUR)
    await sari.hears("tidak dibayar pada waktunya", "tetap Medium")
    await stays(yard)
    await opens(budi, 3)
    await budi.presses("Ganti paket")
    await budi.hears("Paket lebih besar", "Large")


async def test_two_want_the_last_one_at_once(yard: Yard, sari: Scripted) -> None:
    await only(yard, 1)
    budi = await another(yard, 1)
    for person, number in ((sari, 1), (budi, 2)):
        await opens(person, number)
        await person.presses("Ganti paket")
        await person.hears("Large")
    await asyncio.gather(sari.presses("Large"), budi.presses("Large"))
    await yard.talk.quiet()
    told = [" ".join(person.sees()[-3:]) for person in (sari, budi)]
    assert sorted("kami catat" in each for each in told) == [False, True]
    assert sorted("tidak ada paket lebih besar" in each for each in told) == [False, True]


async def test_its_old_place_is_free_once_it_has_changed(yard: Yard, sari: Scripted) -> None:
    await orders(sari)
    await yard.pays(2)
    await is_larger(yard)
    await another(yard, 2)
    next_one = await yard.server(3)
    assert (next_one.shelf, next_one.slot) == ("medium@singapore", 0)


# --- not now ---


async def test_not_of_one_that_has_expired(yard: Yard, sari: Scripted) -> None:
    await expires(yard)
    await sneaks(yard, sari, "plan")
    await sari.hears("belum bisa diganti", "masa sewanya sudah habis")


async def test_not_on_its_last_day(yard: Yard, sari: Scripted) -> None:
    await until(yard, await days_before(yard, 0, time(12)))
    await opens(sari)
    await sari.presses("Ganti paket")
    await sari.hears("hari terakhirnya")


async def test_not_while_something_is_done_to_it(yard: Yard, sari: Scripted) -> None:
    await restarts(yard, sari)
    await sneaks(yard, sari, "plan:large")
    await sari.hears("belum bisa diganti", "sedang dikerjakan")


@pytest.mark.parametrize("plan", ["small", "medium", "huge", "large:paypal", ""])
async def test_only_to_a_larger_one(yard: Yard, sari: Scripted, plan: str) -> None:
    """Whatever the button says; an unknown way to pay is the one there is."""
    await sneaks(yard, sari, f"plan:{plan}")
    await yard.talk.quiet()
    if plan.startswith("large"):
        await sari.hears("#2", "Bayar sekarang")
    else:
        await sari.hears("Paket lebih besar", "Large")
        assert (await yard.server()).change == ""


async def test_nobody_changes_the_machine_of_another(yard: Yard, sari: Scripted) -> None:
    stranger = await met(await yard.talk.new_person("Tono", "telegram"))
    for action in ("plan:large", "renew:1"):
        await sneaks(yard, stranger, action)
        await stranger.hears("tidak ada")
    await stays(yard)


# --- paid, and other things happened ---


async def test_paid_while_something_is_done_to_it(yard: Yard, sari: Scripted) -> None:
    """It waits until that is over."""
    await orders(sari)
    await restarts(yard, sari)
    await yard.pays(2)
    await sari.hears("masih dikerjakan")
    assert ("resize c2-4vcpu-8gb", "m-1") not in yard.singapore.did
    yard.becomes(State.RUNNING)
    await yard.later()
    await yard.later(timedelta(minutes=5))
    await sari.hears("sedang kami ganti")
    await is_larger(yard)
    await sari.hears("sekarang Large")


async def test_renewing_calls_the_change_off(yard: Yard, sari: Scripted) -> None:
    """One order is open at a time: nobody gets a long term at the small plan's price and then the large plan."""
    await orders(sari)
    await opens(sari)
    await sari.presses("Perpanjang")
    await sari.hears("1 bulan")
    await sari.presses("1 bulan")
    await sari.hears("#3", "Bayar sekarang")
    assert (await yard.order(2)).status is OrderStatus.CANCELLED
    await yard.pays(2)
    await sari.hears("#2", "kami kembalikan")
    await yard.pays(3)
    await sari.hears("diperpanjang")
    await stays(yard)
    assert await yard.balance("provider:xendit") == 2 * FIRST


async def test_the_term_was_renewed_meanwhile(yard: Yard, sari: Scripted) -> None:
    await orders(sari)
    server = await yard.server()
    assert server.expires_at
    await yard.talk.service.storage.save(replace(server, expires_at=server.expires_at + timedelta(days=30)))
    await yard.pays(2)
    await sari.hears("berubah atau masa sewanya habis", "kembalikan penuh")
    await sari.hears("#2", "kami kembalikan")
    assert yard.singapore.did == []
    assert (await yard.order(2)).status is OrderStatus.CANCELLED


async def test_it_expires_while_the_change_waits(yard: Yard, sari: Scripted) -> None:
    await orders(sari)
    await restarts(yard, sari)
    await yard.pays(2)
    await sari.hears("masih dikerjakan")
    server = await yard.server()
    await yard.talk.service.storage.save(
        replace(server, action="", look_at=None, status=ServerStatus.GRACE, due_at=None)
    )
    await yard.later(timedelta(minutes=5))
    await sari.hears("berubah atau masa sewanya habis")
    await sari.hears("#2", "kami kembalikan")
    assert await yard.balance("provider:xendit") == FIRST


async def test_no_renewal_while_it_is_being_changed(yard: Yard, sari: Scripted) -> None:
    await orders(sari)
    yard.becomes(State.OTHER)
    await yard.pays(2)
    await sari.hears("sedang kami ganti")
    await sneaks(yard, sari, "renew:1")
    await sari.hears("sedang kami ganti", "harga paket yang baru")


# --- late ---


async def test_paid_late_it_is_changed_all_the_same(yard: Yard, sari: Scripted) -> None:
    await orders(sari)
    await yard.later(HOUR)
    await sari.hears("tidak dibayar pada waktunya")
    await yard.pays(2)
    await sari.hears("sedang kami ganti")
    await is_larger(yard)
    assert (await yard.order(2)).status is OrderStatus.DONE


async def test_paid_late_when_the_last_one_is_gone(yard: Yard, sari: Scripted) -> None:
    await only(yard, 1)
    await orders(sari)
    await yard.later(HOUR)
    await sari.hears("tidak dibayar pada waktunya")
    await another(yard, 2, "large")
    await yard.pays(2)
    await sari.hears("#2", "kami kembalikan")
    await stays(yard)


# --- it does not work ---


async def fails(yard: Yard, person: Scripted) -> None:
    await orders(person)
    yard.singapore.doing = Permanent("422 no capacity")
    await yard.pays(2)
    await person.hears("belum berhasil kami ganti")


async def test_ops_try_it_again(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await fails(yard, sari)
    alert = await ops.hears("#1", "422 no capacity")
    await ops.hears("#1", "Medium ke large", "Kembalikan uang")
    await yard.later(HOUR)
    await ops.presses_on(alert, "coba lagi")
    alert = await ops.hears("#1", "tidak berhasil", "422 no capacity")
    yard.singapore.doing = None
    await ops.presses_on(alert, "coba lagi")
    await yard.talk.quiet()
    await is_larger(yard)
    await sari.hears("sekarang Large")
    assert sum("belum berhasil kami ganti" in each for each in sari.sees()) == 1
    assert (await yard.order(2)).status is OrderStatus.DONE


async def test_ops_give_the_money_back(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await fails(yard, sari)
    asked = await ops.hears("sudah dibayar dengan pesanan #2", "Kembalikan uang")
    await ops.presses_on(asked, "Kembalikan uang")
    await ops.hears("#1 tetap Medium")
    await sari.hears("tidak bisa kami ganti", "tetap Medium")
    await sari.hears("#2", "kami kembalikan")
    server = await stays(yard)
    assert server.failed == ""
    assert await yard.balance("provider:xendit") == FIRST
    assert len(await mails(yard, "tetap Medium")) == 1
    await machines.sneaks(yard, ops.chat.replace("telegram:", "telegram-ops:"), f"ops-server:{server.id}:keep")
    await ops.hears("Tidak ada lagi")
    assert await yard.balance("provider:xendit") == FIRST


async def test_the_machine_is_lost_meanwhile(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    """Ops give it up: what was paid for the larger plan goes back too."""
    await fails(yard, sari)
    yard.singapore.doing = None
    yard.becomes(State.MISSING)
    await yard.sweeps()
    await yard.later()
    asked = await ops.hears("#1", "Kembalikan uang", "missing")
    await ops.presses_on(asked, "uang")
    await yard.later(timedelta(minutes=6))
    assert (await yard.server()).status is ServerStatus.TERMINATED
    assert (await yard.order(2)).status is OrderStatus.CANCELLED
    assert await yard.balance("order:order-2") == 0
