"""A customer's own machines: the list, one of them, and what they have done to it, on both channels."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.events import Due
from domain.servers import Server, ServerStatus, end_of_term, server_id
from domain.servers_sandbox import SandboxMachine
from handlers.flow import Outcome, Turn
from handlers.registry import DUE
from handlers.server_actions import look
from tests.talk import Scripted, Talk

FIRST = 40.0
"""Seconds: the first picture, on a busy machine."""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ7mVQmVJ3mFh3YqWlM0vB2J4YkA9mJb3pQ6dC0rXo1T budi"


@pytest.fixture
async def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    monkeypatch.setitem(DUE, "server", DUE.get("server", _due))
    begun = await Talk.begin(tmp_path, servers="sandbox")
    await begun.at_office_hours()
    yield begun
    await begun.end()


async def _due(turn: Turn, due: Due) -> Outcome:
    server = await turn.records.get(Server, due.record)
    assert server
    return await look(turn, server)


async def has(talk: Talk, customer: Scripted, number: int = 17, *, state: str = "running", **given: Any) -> Server:
    """A machine of theirs, running for twelve days more by a key, unless something else is said."""
    now = talk.simulation.clock.now()
    name = server_id(number, now)
    values: dict[str, Any] = {
        "id": name,
        "number": number,
        "customer": customer.chat,
        "name": "Budi",
        "email": "",
        "language": "id",
        "zone": "Asia/Jakarta",
        "order": f"order-{number}",
        "plan": "small",
        "region": "jakarta",
        "image": "ubuntu",
        "shelf": "small@jakarta",
        "slot": number,
        "hostname": f"web-{number}",
        "user": "ubuntu",
        "ssh_key": KEY,
        "status": ServerStatus.ACTIVE,
        "since": now,
        "state": state,
        "provider": "sandbox",
        "machine": name,
        "address": f"192.0.2.{number + 1}",
        "made_at": now,
        "expires_at": end_of_term(now, 1, "Asia/Jakarta"),
        "periods": 1,
        "warned": ("14d", "7d"),
    }
    server = Server(**(values | given))
    machine = SandboxMachine(
        id=name,
        tag="sahut",
        state=state,
        address=server.address,
        size="small",
        image="ubuntu",
        made_at=now,
    )
    await talk.service.storage.save(server, *((machine,) if server.machine else ()))
    return server


async def now_is(talk: Talk, server: Server) -> Server:
    await talk.quiet()
    found = await talk.service.storage.get(Server, server.id)
    assert found is not None
    return found


async def machine_of(talk: Talk, server: Server) -> SandboxMachine:
    found = await talk.service.storage.get(SandboxMachine, server.machine)
    assert found is not None
    return found


async def opens(customer: Scripted, server: Server) -> None:
    """They choose it from their list."""
    await customer.says("server saya")
    await customer.hears("Server Anda", server.hostname)
    await customer.presses(f"#{server.number} {server.hostname}")
    await customer.hears("Status:", server.hostname)


async def a_while(talk: Talk) -> None:
    """So that what is looked at is looked at again."""
    await talk.quiet()
    await talk.later(timedelta(seconds=30))


# --- the list and one of them ---


async def test_who_has_none_is_shown_the_way_to_one(customer: Scripted) -> None:
    await customer.says("server saya")
    await customer.hears("belum punya server", "Pesan server")


async def test_the_list_and_one_of_them(talk: Talk, customer: Scripted) -> None:
    await has(talk, customer, 3, status=ServerStatus.TERMINATED, machine="", closed_at=talk.simulation.clock.now())
    server = await has(talk, customer)
    await customer.says("server saya")
    heard = await customer.hears("web-17", "192.0.2.18", "menyala", "sisa 30 hari", "web-3", "sudah dihapus")
    assert heard.text.index("web-17") < heard.text.index("web-3")
    await customer.presses("#17 web-17")
    heard = await customer.hears("web-17", "Status: ", "menyala", "Small", "Jakarta", "Ubuntu 24.04")
    assert "ssh ubuntu@192.0.2.18" in heard.text
    assert "23.59 WIB" in heard.text
    assert server.id not in heard.text


async def test_it_is_switched_off_and_on(talk: Talk, customer: Scripted) -> None:
    server = await has(talk, customer)
    await opens(customer, server)
    await customer.presses("Matikan")
    await customer.hears(
        "Matikan server web-17" if customer.name == "sari" else "Matikan server *web-17*", "Ya, matikan"
    )
    await customer.presses("Ya, matikan")
    await customer.hears("sedang dimatikan")
    await a_while(talk)
    await customer.hears("sudah mati")
    assert (await machine_of(talk, server)).state == "stopped"
    assert (await now_is(talk, server)).off == "customer"
    await opens(customer, server)
    await customer.presses("Nyalakan")
    await customer.hears("sedang dinyalakan")
    await a_while(talk)
    await customer.hears("sudah menyala")
    assert (await now_is(talk, server)).off == ""


async def test_a_picture_of_its_day(talk: Talk, customer: Scripted) -> None:
    server = await has(talk, customer)
    await opens(customer, server)
    await customer.presses("Pemakaian")
    assert await picture(talk, customer) == "pemakaian-17.png"


async def picture(talk: Talk, customer: Scripted) -> str:
    """The name of the PNG that they get."""
    world = talk.simulator.world
    await customer.hears("24 jam terakhir", "Lihat server")
    shown = await world.wait(lambda: [each for each in world.messages(customer.chat) if each.media], timeout=FIRST)
    media = shown[-1].media
    assert media is not None
    stored = world.media.get(media["url"].rpartition("/")[2])
    assert stored is not None
    assert stored.data.startswith(b"\x89PNG")
    assert stored.kind == "photo"
    return str(media["name"])
