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
from tests.chat.serving import PASSWORD, USUAL, Choices, linked, paid, server_of
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


async def until(talk: Talk, so: Callable[[Server], bool], step: float = 15) -> Server:
    """Looked at again and again, the looks' pauses left out: so many seconds pass each time."""
    async with asyncio.timeout(3 * PATIENCE):
        while not so(server := await server_of(talk)):
            await talk.later(timedelta(seconds=step))
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
            page = html.unescape(await answer.text())
        async with http.post(url_of(told)) as again:
            assert not SHOWN.search(await again.text())
    (password,) = SHOWN.findall(page)
    assert re.findall(r"ssh -p \d+ \S+@[\d.]+", page) == re.findall(r"ssh -p \d+ \S+@[\d.]+", told.text)
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


# --- what its owner has done to it ---


async def opens(customer: Scripted, server: Server) -> str:
    await customer.says("server saya")
    await customer.hears("Server Anda", server.hostname)
    await customer.presses(f"#1 {server.hostname}")
    return str(await customer.hears("Status:", server.hostname))


async def test_before_it_is_paid_its_order_is_shown(talk: Talk, customer: Scripted) -> None:
    await customer.says("halo")
    await customer.hears("bantu")
    await linked(customer)
    await customer.says("server saya")
    await customer.hears("toko-1", "menunggu pembayaran")
    await customer.presses("#1 toko-1")
    await customer.hears("Status:", "menunggu pembayaran")
    await customer.presses("Lihat pesanannya")
    await customer.hears("Pesanan #1", "Server Small")


async def idle(talk: Talk) -> Server:
    """Until nothing is being done to it any more. A cloud that is to be asked again is, by the real clock."""
    return await until(talk, lambda server: not server.action, step=2)


@each_cloud
async def test_switched_off_and_on_restarted_and_measured(talk: Talk, sari: Scripted, want: Choices) -> None:
    server = await active(talk, sari, want)
    await opens(sari, server)
    await sari.presses("Matikan")
    await sari.hears("Ya, matikan")
    await sari.presses("Ya, matikan")
    await sari.hears("sedang dimatikan")
    await idle(talk)
    await sari.hears("sudah mati")
    assert not machine(talk).online
    await sari.presses("Nyalakan")
    await idle(talk)
    await sari.hears("sudah menyala")
    assert machine(talk).online
    await opens(sari, server)
    await sari.presses("Mulai ulang")
    await idle(talk)
    await sari.hears("sudah dimulai ulang")
    await talk.later(timedelta(hours=3))
    await opens(sari, server)
    await sari.presses("Pemakaian")
    await sari.hears("24 jam terakhir")
    world = talk.simulator.world
    found = await world.wait(lambda: [each for each in world.messages(sari.chat) if each.media], timeout=60)
    assert found[-1].kind == "photo"


@each_cloud
async def test_reinstalled_by_its_key(talk: Talk, budi: Scripted, want: Choices) -> None:
    server = await active(talk, budi, want)
    await reinstalls(budi, server, "Debian 13")
    again = await idle(talk)
    await budi.hears("sudah diinstal ulang dengan Debian 13", server.address)
    assert (again.image, again.address) == ("debian", server.address)
    assert machine(talk).online


async def test_reinstalled_with_a_new_password_where_its_provider_can(talk: Talk, sari: Scripted) -> None:
    server = await active(talk, sari, Choices(access=PASSWORD))
    before = str(machine(talk).written)
    await reinstalls(sari, server, "Ubuntu 24.04")
    again = await idle(talk)
    await sari.hears("sudah diinstal ulang", "hanya sekali, dalam 24 jam")
    assert again.page != server.page
    async with aiohttp.ClientSession() as http, http.post(again.page) as answer:
        (shown,) = SHOWN.findall(await answer.text())
    hashes = set(re.findall(r"\$2[by]\$\d\d\$[./A-Za-z0-9]{53}", str(machine(talk).written)))
    (new,) = hashes - set(re.findall(r"\$2[by]\$\d\d\$[./A-Za-z0-9]{53}", before))
    assert bcrypt.checkpw(html.unescape(shown).encode(), new.encode())


async def test_where_it_cannot_be_given_another_password_it_is_not_reinstalled(talk: Talk, sari: Scripted) -> None:
    server = await active(talk, sari, Choices(plan="Medium", region="Singap", access=PASSWORD))
    assert "Instal ulang" not in await opens(sari, server)


async def reinstalls(customer: Scripted, server: Server, image: str) -> None:
    """By its key where it has one, else by a new password: then there is no other way."""
    await opens(customer, server)
    await customer.presses("Instal ulang")
    await customer.hears("Sistem apa")
    await customer.presses(image)
    if server.ssh_key and server.provider == "proxmox":
        await customer.hears("bagaimana Anda masuk")
        await customer.presses("Kunci SSH")
    await customer.hears("ketik nama servernya")
    await customer.says(server.hostname)
    await customer.hears("sedang diinstal ulang")
