"""From "vps" to a machine that answers, with the clouds' own client libraries against the simulator, and its password
on the page: nothing in between is a stand-in.
"""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import aiohttp
import bcrypt
import pytest

from domain.servers import Server, ServerStatus
from simulator.datacentre import Machine
from tests.chat.machines import url_of
from tests.chat.serving import PASSWORD, USUAL, Choices, paid, server_of
from tests.talk import PATIENCE, Scripted, Talk

JAKARTA = USUAL  # at Proxmox
SINGAPORE = Choices(plan="Medium", region="Singap")  # at DigitalOcean
SHOWN = re.compile(r'id="password"[^>]*>([^<]+)<')
FAST = {"build_seconds": 0.05, "power_seconds": 0.05, "address_seconds": 0.05}

each_cloud = pytest.mark.parametrize("want", [JAKARTA, SINGAPORE], ids=["proxmox", "digitalocean"])


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path, payments="sandbox", habits=FAST)
    await begun.at_office_hours()
    yield begun
    await begun.end()


def machine(talk: Talk) -> Machine:
    (played,) = talk.simulator.datacentre.machines.values()
    return played


async def until(talk: Talk, so: Callable[[Server], bool]) -> Server:
    """Looked at again and again, the looks' pauses left out."""
    async with asyncio.timeout(3 * PATIENCE):
        while not so(server := await server_of(talk)):
            await talk.later(timedelta(seconds=15))
            await asyncio.sleep(0.05)
    return server


async def active(talk: Talk, customer: Scripted, want: Choices) -> Server:
    await customer.says("halo")
    await customer.hears("bantu")
    await paid(customer, want)
    await customer.hears("Server #1", "sedang dibuat")
    server = await until(talk, lambda server: server.status is ServerStatus.ACTIVE)
    assert machine(talk).online
    return server


@each_cloud
async def test_ordered_by_key_paid_and_made(talk: Talk, budi: Scripted, want: Choices) -> None:
    server = await active(talk, budi, want)
    told = await budi.hears("Server #1 sudah jalan", server.address)
    assert f"-p {talk.simulator.datacentre.ssh_port}" in told.text
    played = machine(talk)
    assert (played.address, played.tags[:1]) == (server.address, ["sahut"])
    written = unquote(str(played.written))
    assert want.access in written
    assert server.hostname in written


@each_cloud
async def test_the_password_on_the_page_is_that_of_the_machine(talk: Talk, sari: Scripted, want: Choices) -> None:
    await active(talk, sari, Choices(plan=want.plan, region=want.region, access=PASSWORD))
    told = await sari.hears("Server #1 sudah jalan")
    async with aiohttp.ClientSession() as http:
        async with http.get(url_of(told)) as preview:
            assert not SHOWN.search(await preview.text())
        async with http.post(url_of(told)) as answer:
            (shown,) = SHOWN.findall(await answer.text())
        async with http.post(url_of(told)) as again:
            assert not SHOWN.search(await again.text())
    password = html.unescape(shown)
    (hashed,) = re.findall(r"\$2[by]\$\d\d\$[./A-Za-z0-9]{53}", str(machine(talk).written))
    assert bcrypt.checkpw(password.encode(), hashed.encode())
    await talk.quiet()
    assert password not in "".join(sari.sees())


@each_cloud
async def test_made_though_the_answer_was_lost_it_is_one_machine(talk: Talk, budi: Scripted, want: Choices) -> None:
    """Created, then cut off, and the service is started anew meanwhile."""
    provider, making = ("proxmox", "clone") if want is JAKARTA else ("digitalocean", "create")
    talk.simulator.faults.add(provider, making, "after")
    await budi.says("halo")
    await budi.hears("bantu")
    await paid(budi, want)
    await budi.hears("sedang dibuat")
    await talk.restart()
    server = await until(talk, lambda server: server.status is ServerStatus.ACTIVE)
    assert machine(talk).address == server.address
    await budi.hears("Server #1 sudah jalan")
