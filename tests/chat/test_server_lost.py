"""Machines that their provider loses: found out, told of once, and for ops to decide about."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.privacy import forget
from domain.servers import ServerStatus
from services.servers.base import State
from tests.bot.cloud import Cloud
from tests.bot.test_privacy import dump
from tests.chat.machines import HERE, Yard, met, opened
from tests.talk import Scripted

PRICE, TAX = 266_400, 26_400


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    async with opened(tmp_path, monkeypatch) as yard:
        yield yard


@pytest.fixture(params=["budi", "sari"])
async def customer(request: pytest.FixtureRequest, yard: Yard) -> Scripted:
    """Once on WhatsApp and once on Telegram."""
    return await met(yard.talk.person(request.param))


@pytest.fixture
async def sari(yard: Yard) -> Scripted:
    return await met(yard.talk.person("sari"))


@pytest.fixture
def ops(yard: Yard) -> Scripted:
    return Scripted(yard.talk, "ops", f"telegram:{yard.talk.played.ops_chat_id}")


async def lost(yard: Yard, customer: Scripted, ops: Scripted) -> None:
    """A machine that its owner had, and its provider has no more."""
    await yard.active(customer)
    yard.vanishes()
    await yard.sweeps()
    await customer.hears("server #1", "Kabar buruk", HERE, "WIB")
    await ops.hears("Server #1", "missing", "Coba lagi", "Kembalikan uangnya")


async def test_a_lost_machine_is_told_of_once(yard: Yard, customer: Scripted, ops: Scripted) -> None:
    await lost(yard, customer, ops)
    await yard.sweeps()
    await yard.sweeps()
    await customer.hears_nothing()
    await ops.hears_nothing()
    server = await yard.server()
    assert server.state == "missing"
    assert server.failed == f"{server.id}-create-2"


async def test_what_ops_were_told_of_it_goes_with_its_owner(yard: Yard, customer: Scripted, ops: Scripted) -> None:
    await lost(yard, customer, ops)
    await ops.says("/server 1")
    await ops.hears("#1", customer.chat)
    await yard.later(timedelta(days=25))
    await ops.hears("Habis dalam 7 hari: 1")
    server = await yard.server()
    await forget(yard.talk.service.storage, customer.chat, yard.talk.played)
    left = dump(yard.talk)
    assert [theirs for theirs in (f'"{server.hostname}"', f'"{server.name}"') if theirs in left] == []


async def test_a_list_that_forgot_it_alarms_nobody(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    server = await yard.active(sari)
    ops.ignores()

    async def forgetful(self: Cloud, tag: str) -> tuple[()]:
        return ()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Cloud, "list", forgetful)
        await yard.sweeps()
    await sari.hears_nothing()
    await ops.hears_nothing()
    assert (await yard.server()).state == server.state


async def test_a_lost_machine_is_made_anew(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await lost(yard, sari, ops)
    before = await yard.server()
    await ops.presses("Coba lagi")
    await sari.hears("sekali lagi")
    await yard.runs()
    await sari.hears("Server #1 sudah jalan")
    after = await yard.server()
    assert after.expires_at == before.expires_at
    assert after.periods == 1
    assert (after.machine, after.failed) == ("m-2", "")
    assert await yard.balance("revenue:servers") == TAX - PRICE


async def test_made_anew_it_has_a_password_of_its_own(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    first = await yard.active(sari, key="")
    await yard.talk.service._server_secrets.take(first.secret)
    yard.vanishes()
    await yard.sweeps()
    await ops.hears("missing")
    await ops.presses("Coba lagi")
    await sari.hears("sekali lagi")
    await yard.runs()
    await sari.hears("Server #1 sudah jalan")
    server = await yard.server()
    assert server.page not in ("", first.page)
    assert await yard.talk.service._server_secrets.take(server.secret)


async def test_for_a_lost_machine_the_rest_of_the_term_comes_back(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await yard.active(sari, months=3)
    price = (await yard.order()).price.amount
    await yard.later(timedelta(days=45))
    yard.vanishes()
    await yard.sweeps()
    await ops.hears("missing")
    await ops.presses("Kembalikan uangnya")
    await sari.hears("server #1", "tutup")
    await sari.hears("dikembalikan")
    await yard.talk.quiet()
    (charge,) = yard.shop.xendit.charges.values()
    assert 0.5 <= charge.given_back / price <= 0.52
    assert (await yard.server()).status is ServerStatus.TERMINATED
    assert await yard.balance("order:order-1") == 0
    kept = price - charge.given_back
    assert await yard.balance("tax:ppn") == pytest.approx(-kept * 11 / 111, abs=2)
    assert await yard.balance("revenue:fees") == pytest.approx(-kept * 100 / 111, abs=2)
    assert await yard.balance("revenue:servers") == 0


async def test_one_that_comes_back_needs_nobody(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await lost(yard, sari, ops)
    machine = yard.singapore.made[0]
    yard.singapore.put(machine)
    back = yard.singapore.machines.pop("m-2")
    yard.singapore.machines["m-1"] = type(back)(id="m-1", name=back.name, state=State.RUNNING, address=HERE)
    await yard.sweeps()
    await sari.hears("server #1", "kembali")
    await ops.hears("Server #1", "kembali")
    assert (await yard.server()).failed == ""
    await ops.presses("Kembalikan uangnya")
    await yard.talk.quiet()
    assert (await yard.server()).status is ServerStatus.ACTIVE
