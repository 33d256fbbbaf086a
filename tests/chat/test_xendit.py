"""A session ordered in the chat and paid by Xendit, or on the sandbox's page: what a customer and ops see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from simulator.model import Json
from simulator.xendit import Xendit
from tests.chat.ordering import ordered, to_the_summary
from tests.talk import Scripted, Talk

PAID = ("Pembayaran pesanan", "menunggu jawaban mentor")


@asynccontextmanager
async def begun(folder: Path, payments: str) -> AsyncIterator[Talk]:
    talk = await Talk.begin(folder, payments=payments, habits={"longest_pause": 0.02})
    await talk.at_office_hours()
    try:
        yield talk
    finally:
        await talk.end()


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    """Xendit is the only way to pay."""
    async with begun(tmp_path, "xendit") as talk:
        yield talk


@pytest.fixture
def xendit(talk: Talk) -> Xendit:
    return talk.simulator.xendit


@pytest.fixture
def ops(talk: Talk) -> Scripted:
    return ops_of(talk)


def ops_of(talk: Talk) -> Scripted:
    return Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")


async def link(customer: Scripted) -> str:
    """Where the link in the chat leads to."""
    message = await customer.hears("silakan bayar", "Rp 150.000", "WIB")
    buttons = [button.url for row in message.buttons for button in row if button.url]
    return next(word for word in (*buttons, *message.text.split()) if "://" in word)


async def invoice(talk: Talk, customer: Scripted) -> Json:
    """An order, and the invoice that its link leads to."""
    await ordered(customer)
    address = await link(customer)
    (made,) = talk.simulator.xendit.invoices.values()
    assert made["invoice_url"] == address
    return made


async def pressed(address: str, **form: str) -> str:
    async with aiohttp.ClientSession() as browser, browser.post(address, data=form) as answer:
        assert answer.status == 200
        return await answer.text()


async def cancelled(budi: Scripted) -> None:
    await budi.says("pesanan saya")
    await budi.hears("#1", "menunggu mentor")
    await budi.presses("#1")
    await budi.hears("Sudah dibayar", "Batalkan")
    await budi.presses("Batalkan")
    await budi.hears("Batalkan pesanan #1")
    await budi.presses("Ya, batalkan")
    await budi.hears("Rp 150.000", "kami kembalikan")


def told(customer: Scripted) -> int:
    """How often the customer was told of the money."""
    return sum(PAID[1] in each for each in customer.sees())


# --- Xendit ---


async def test_a_session_is_paid_on_the_page(talk: Talk, customer: Scripted) -> None:
    made = await invoice(talk, customer)
    assert "Paid" in await pressed(made["invoice_url"], do="pay", channel="QRIS")
    await customer.hears(*PAID)


@pytest.mark.parametrize("kind", ["twice", "late"])
async def test_callbacks_that_come_twice_or_late(talk: Talk, budi: Scripted, xendit: Xendit, kind: str) -> None:
    made = await invoice(talk, budi)
    talk.simulator.faults.add("xendit", "webhook", kind, seconds=0.05)
    xendit.pay(made["id"])
    await budi.hears(*PAID)
    xendit.redeliver(made["id"])
    xendit.settle(made["id"])
    await talk.quiet()
    assert told(budi) == 1


async def test_a_lost_callback_costs_minutes(talk: Talk, budi: Scripted, xendit: Xendit) -> None:
    made = await invoice(talk, budi)
    talk.simulator.faults.add("xendit", "webhook", "drop", times=0)
    xendit.pay(made["id"])
    await budi.hears_nothing()
    await talk.later(timedelta(minutes=2))
    await budi.hears(*PAID)


@pytest.mark.parametrize("fault", ["after", "cut", "500", "429", "wrong"])
async def test_one_link_whatever_happens_to_the_answer(talk: Talk, budi: Scripted, fault: str) -> None:
    talk.simulator.faults.add("xendit", "create", fault)
    await invoice(talk, budi)


async def test_another_amount_is_kept_for_ops_to_decide(
    talk: Talk, budi: Scripted, ops: Scripted, xendit: Xendit
) -> None:
    made = await invoice(talk, budi)
    xendit.pay(made["id"], "BCA", 149_000)
    await budi.hears("Rp 149.000", "padahal yang diminta Rp 150.000")
    await ops.hears("Rp 149.000", "pay-1-1", "suspense")
    assert told(budi) == 0


async def test_at_the_deadline_the_invoice_is_taken_back(talk: Talk, budi: Scripted, xendit: Xendit) -> None:
    made = await invoice(talk, budi)
    # Xendit's own clock is behind: it is our call that ends it.
    xendit.invoices[made["id"]]["expiry_date"] = "2099-01-01T00:00:00.000Z"
    await talk.later(timedelta(minutes=61))
    await talk.quiet()
    assert xendit.seen(made["id"])["status"] == "EXPIRED"


async def test_a_transfer_after_the_deadline_is_used_while_the_time_is_free(
    talk: Talk, budi: Scripted, xendit: Xendit
) -> None:
    made = await invoice(talk, budi)
    await talk.later(timedelta(minutes=61))
    await talk.quiet()
    xendit.pay(made["id"], "BNI", late=True)
    await budi.hears(*PAID)


async def test_a_cancelled_session_is_paid_back(talk: Talk, budi: Scripted, xendit: Xendit) -> None:
    made = await invoice(talk, budi)
    xendit.pay(made["id"], "DANA")
    await budi.hears(*PAID)
    talk.simulator.faults.add("xendit", "refund", "after")
    await cancelled(budi)
    await talk.simulator.world.wait(lambda: xendit.refunds)
    await talk.quiet()
    await talk.later(timedelta(minutes=10))
    await budi.hears("Rp 150.000", "sudah dikembalikan")
    (refund,) = xendit.refunds.values()
    assert (refund["amount"], refund["reference_id"]) == (150_000, f"refund-{made['external_id']}")


async def test_what_came_by_transfer_is_given_back_by_hand(
    talk: Talk, budi: Scripted, ops: Scripted, xendit: Xendit
) -> None:
    made = await invoice(talk, budi)
    xendit.pay(made["id"], "MANDIRI")
    await budi.hears(*PAID)
    await cancelled(budi)
    await budi.hears("belum berhasil")
    await ops.hears("xendit tidak mengembalikan", "REFUND_NOT_SUPPORTED")


# --- the sandbox ---


async def test_paid_on_the_sandbox_s_page(tmp_path: Path) -> None:
    async with begun(tmp_path, "sandbox") as talk:
        budi = talk.person("budi")
        await ordered(budi)
        address = await link(budi)
        await pressed(address, do="fail")
        await budi.hears_nothing()
        await pressed(address, do="pay")
        await budi.hears(*PAID)


async def test_paid_twice_there_the_second_goes_back(tmp_path: Path) -> None:
    async with begun(tmp_path, "sandbox") as talk:
        budi = talk.person("budi")
        await ordered(budi)
        await pressed(await link(budi), do="twice")
        await budi.hears("Rp 150.000", "dibayar dua kali")
        await talk.quiet()
        assert told(budi) == 1
        assert any("sudah dikembalikan" in each for each in budi.sees())


async def test_paid_late_there_is_found_without_being_told(tmp_path: Path) -> None:
    async with begun(tmp_path, "sandbox") as talk:
        budi = talk.person("budi")
        await ordered(budi)
        await pressed(await link(budi), do="late")
        await talk.later(timedelta(minutes=60, seconds=5))
        await talk.quiet()
        assert told(budi) == 0
        await talk.later(timedelta(minutes=16))
        await budi.hears(*PAID)


async def test_who_has_the_choice_chooses(tmp_path: Path) -> None:
    async with begun(tmp_path, "xendit,sandbox") as talk:
        budi = talk.person("budi")
        await to_the_summary(budi)
        await budi.presses("Pesan sekarang")
        await budi.hears("lewat apa", "QRIS", "uji coba")
        await budi.presses("uji coba")
        assert "/pay/sandbox/" in await link(budi)
        await budi.presses("Cara bayar lain")
        assert "/xendit/invoice/" in await link(budi)
