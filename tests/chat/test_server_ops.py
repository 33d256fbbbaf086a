"""Machines in the ops group: how all of them stand, one of them, what failed, what is nobody's, what expires."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from domain.server_actions import Action, ActionKind, ActionStatus
from domain.servers import Server, ServerStatus, end_of_term, shelf
from domain.servers_sandbox import SandboxMachine
from tests.talk import Scripted, Talk

SWEPT = timedelta(minutes=11)


@pytest.fixture
def settings() -> dict[str, Any]:
    return {"servers": "sandbox"}


async def _machine(talk: Talk, name: str, state: str = "running") -> None:
    tag = talk.played.servers_tag
    made = SandboxMachine(
        id=name, tag=tag, state=state, address="192.0.2.7", size="s", image="i", made_at=talk.simulation.clock.now()
    )
    await talk.service.storage.save(made)


async def _server(talk: Talk, number: int, days: int = 30, **more: Any) -> Server:
    """One that runs, in the sandbox too."""
    now = talk.simulation.clock.now()
    server = Server(
        id=f"server-{number}-test",
        number=number,
        customer="telegram:1001",
        name="Budi",
        email="budi@example.com",
        language="id",
        zone="Asia/Jakarta",
        order=f"order-{number}",
        plan="small",
        region="jakarta",
        image="ubuntu",
        shelf=shelf("small", "jakarta"),
        slot=number,
        hostname=f"web{number}",
        user="ubuntu",
        provider="sandbox",
        machine=f"server-{number}-test",
        address="192.0.2.7",
        state="running",
        status=ServerStatus.ACTIVE,
        since=now,
        made_at=now,
        expires_at=end_of_term(now + timedelta(days=days), 0, "Asia/Jakarta"),
        periods=1,
    )
    server = replace(server, **more)
    await talk.service.storage.save(server)
    await _machine(talk, server.machine)
    return server


async def _failed(talk: Talk, server: Server) -> Action:
    now = talk.simulation.clock.now()
    action = Action(
        id=f"{server.id}-resume-1",
        server=server.id,
        kind=ActionKind.RESUME,
        by="time",
        status=ActionStatus.FAILED,
        made_at=now,
        until=now,
        error="its provider does not answer",
    )
    stored = await talk.service.storage.get(Server, server.id)
    assert stored
    await talk.service.storage.save(action, replace(stored, failed=action.id))
    return action


async def test_without_any_machine_ops_are_told_so(talk: Talk, ops: Scripted) -> None:
    await ops.says("/servers")
    await ops.hears("Belum ada server")


async def test_how_all_machines_stand(talk: Talk, ops: Scripted) -> None:
    first = await _server(talk, 1, days=5)
    await _server(talk, 2, status=ServerStatus.SUSPENDED, days=-4)
    await _failed(talk, first)
    await ops.says("/servers")
    told = await ops.hears("2 server", "active 1", "suspended 1", "#1 · resume · its provider does not answer")
    assert "small · jakarta: 2/6" in told.text
    assert [button.text for row in told.buttons for button in row] == ["Coba lagi #1 resume"]


async def test_one_machine_by_its_number_or_its_id(talk: Talk, ops: Scripted) -> None:
    server = await _server(talk, 17)
    for wanted in ("17", "#17", server.id):
        await ops.says(f"/server {wanted}")
        await ops.hears("#17 web17", "active", "running", "telegram:1001", "192.0.2.7")


async def test_one_that_never_ran_has_no_end(talk: Talk, ops: Scripted) -> None:
    await _server(talk, 17, status=ServerStatus.FAILED, expires_at=None)
    await ops.says("/server 17")
    await ops.hears("#17 web17", "failed", "sampai –")


@pytest.mark.parametrize("wanted", ["", "18", "nothing", "99999999999999999999", "١٧", "17; DROP TABLE servers"])
async def test_a_machine_that_is_not_there(talk: Talk, ops: Scripted, wanted: str) -> None:
    await ops.says(f"/server {wanted}")
    await ops.hears("Tidak ada server")


async def test_a_machine_that_nobody_has_is_told_once_and_left_alone(talk: Talk, ops: Scripted) -> None:
    await _server(talk, 1)
    await _machine(talk, "stray-9")
    await talk.later(SWEPT)
    await ops.hears("1 mesin di sandbox tidak dimiliki siapa pun", "stray-9")
    await talk.later(SWEPT)
    await talk.quiet()
    await ops.hears_nothing()
    kept = await talk.service.storage.get(SandboxMachine, "stray-9")
    assert kept
    assert kept.state == "running"
    await ops.says("/servers")
    assert "sandbox · stray-9" in (await ops.hears("Tanpa pemilik: 1")).text


async def test_one_that_was_gone_and_is_back_is_told_again(talk: Talk, ops: Scripted) -> None:
    await _server(talk, 1)
    await _machine(talk, "stray-9")
    await talk.later(SWEPT)
    await ops.hears("stray-9")
    for state in ("missing", "running"):
        kept = await talk.service.storage.get(SandboxMachine, "stray-9")
        assert kept
        await talk.service.storage.save(replace(kept, state=state))
        await talk.later(SWEPT)
        await talk.quiet()
    await ops.hears("stray-9")


async def test_the_machine_of_an_order_that_was_given_up_is_nobodys(talk: Talk, ops: Scripted) -> None:
    await _server(talk, 1, status=ServerStatus.CANCELLED)
    await talk.later(SWEPT)
    await ops.hears("tidak dimiliki siapa pun", "server-1-test")


async def test_the_status_follows_what_the_provider_says(talk: Talk, ops: Scripted) -> None:
    server = await _server(talk, 1)
    kept = await talk.service.storage.get(SandboxMachine, server.machine)
    assert kept
    await talk.service.storage.save(replace(kept, state="stopped"))
    await talk.later(SWEPT)
    await talk.quiet()
    stored = await talk.service.storage.get(Server, server.id)
    assert stored
    assert stored.state == "stopped"


async def test_in_the_morning_ops_hear_what_expires_this_week(talk: Talk, ops: Scripted) -> None:
    server = await _server(talk, 3, days=5)
    await _server(talk, 4, days=20)
    await _failed(talk, server)
    await talk.quiet()
    ops.ignores()  # this morning is over: what it was told is left alone
    await talk.later(timedelta(days=1))
    told = await ops.hears("Habis dalam 7 hari: 1", "#3 web3", "#3 · resume")
    assert "#4" not in told.text
    await talk.later(timedelta(hours=1))
    await talk.quiet()
    await ops.hears_nothing()


async def test_nobody_else_learns_of_machines(talk: Talk, customer: Scripted) -> None:
    await _server(talk, 17, customer="telegram:9999")
    for command in ("/servers", "/server 17"):
        await customer.says(command)
        assert "17" not in (await customer.hears("")).text
