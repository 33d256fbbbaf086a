"""Reinstalling a machine: what is asked before everything on it is lost, and how its owner gets in afterwards."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from domain.server_actions import Ability
from domain.servers import Server, ServerStatus
from services.failures import Permanent, Unknown
from services.servers.base import State
from tests.chat.my_machines import KEY, Place, buttons, opens, place
from tests.talk import Scripted

DAY = timedelta(days=1)


@pytest.fixture
async def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Place]:
    async with place(tmp_path, monkeypatch) as here:
        yield here


@pytest.fixture(params=["budi", "sari"])
def customer(request: pytest.FixtureRequest, here: Place) -> Scripted:
    """Once on WhatsApp and once on Telegram."""
    return here.talk.person(request.param)


@pytest.fixture
def sari(here: Place) -> Scripted:
    return here.talk.person("sari")


async def to_the_name(customer: Scripted, server: Server, image: str, access: str) -> str:
    await opens(customer, server)
    await customer.presses("Instal ulang")
    await customer.hears("dihapus selamanya", "Sistem apa")
    await customer.presses(image)
    await customer.hears("bagaimana Anda masuk")
    await customer.presses(access)
    return (await customer.hears("akan hilang selamanya", image, "ketik nama servernya", server.hostname)).text


async def test_reinstalled_by_the_key_there_is(here: Place, customer: Scripted) -> None:
    server = await here.has(customer, page="https://sahut.example/old")
    assert "kunci SSH yang ada" in await to_the_name(customer, server, "Debian 13", "Kunci SSH")
    await customer.says("Web-17")
    await customer.hears("sedang diinstal ulang")
    await here.talk.quiet()
    assert here.cloud.did == [("reinstall", "m-17")]
    (wanted,) = here.cloud.made
    assert (wanted.image, wanted.access.ssh_key, wanted.access.password_hash) == ("9001", KEY, "")
    assert (wanted.access.user, wanted.hostname) == ("ubuntu", "web-17")
    await here.closes()
    await here.looked()
    assert not any("sudah diinstal ulang" in each for each in customer.sees())
    await here.opens()
    await here.looked()
    heard = await customer.hears("sudah diinstal ulang dengan Debian 13", "Pakai kunci SSH", "ubuntu@127.0.0.1")
    assert "ssh-keygen -R 127.0.0.1" in heard.text
    assert "Lihat kata sandi" not in buttons(customer)
    is_now = await here.now_is(server)
    assert (is_now.image, is_now.secret, is_now.page, is_now.user) == ("debian", "", "", "ubuntu")


async def test_reinstalled_by_a_password_that_is_seen_once(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    assert "kata sandi baru" in await to_the_name(customer, server, "Ubuntu 24.04", "Kata sandi")
    await customer.says("web-17")
    await customer.hears("sedang diinstal ulang")
    await here.talk.quiet()
    (wanted,) = here.cloud.made
    assert wanted.access.ssh_key == ""
    assert wanted.access.password_hash.startswith("$2")
    await here.looked()
    await customer.hears("sudah diinstal ulang", "hanya sekali, dalam 24 jam")
    first = await here.now_is(server)
    assert "/servers/password/" in first.page
    assert any("/servers/password/" in str(each.raw) + str(each.buttons) for each in messages(here, customer))
    await opens(customer, server, "dengan kata sandi")
    assert "Lihat kata sandi" in buttons(customer) or "/servers/password/" in buttons(customer)
    # Once more: the first password, which nobody has read, opens nothing any more.
    await to_the_name(customer, first, "Debian 13", "Kata sandi")
    await customer.says("web-17")
    await here.looked()
    await customer.hears("sudah diinstal ulang dengan Debian 13")
    second = await here.now_is(server)
    assert second.secret != first.secret
    secrets = here.talk.service._server_secrets
    assert not await secrets.is_readable(first.secret)
    assert await secrets.take(second.secret) != ""
    await opens(customer, server, "dengan kata sandi")
    assert "Lihat kata sandi" not in buttons(customer)
    await here.talk.later(2 * DAY)
    await to_the_name(customer, second, "Debian 13", "Kunci SSH")
    await customer.says("web-17")
    await here.looked()
    await customer.hears("sudah diinstal ulang", "Pakai kunci SSH")


def messages(here: Place, customer: Scripted) -> list[Any]:
    return list(here.talk.simulator.world.messages(customer.chat))


async def test_anything_but_the_name_leaves_it_as_it_is(here: Place, sari: Scripted) -> None:
    server = await here.has(sari)
    for typed in ("web-18", "ya", "web 17", "#17", "1", "tidak", "ok web-17"):
        await to_the_name(sari, server, "Debian 13", "Kunci SSH")
        await sari.says(typed)
        await sari.hears("tidak ada yang dilakukan", "web-17")
        await sari.says("web-17")
        await here.talk.quiet()
        assert here.cloud.did == []
    assert (await here.now_is(server)).image == "ubuntu"


async def test_not_to_be_reinstalled_is_a_press_at_every_question(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    for image, access in (("", ""), ("Debian 13", ""), ("Debian 13", "Kunci SSH")):
        await opens(customer, server)
        await customer.presses("Instal ulang")
        for label in (image, access):
            if label:
                await customer.hears("Sistem apa" if label == image else "bagaimana Anda masuk")
                await customer.presses(label)
        await here.talk.quiet()
        await customer.presses("Tidak jadi")
        await customer.hears("tidak ada yang dilakukan")
    assert here.cloud.did == []


async def test_what_happened_to_it_meanwhile_counts(here: Place, customer: Scripted) -> None:
    """It was suspended while its owner was about to type the name."""
    server = await here.has(customer)
    await to_the_name(customer, server, "Debian 13", "Kunci SSH")
    at_hand = await here.now_is(server)
    await here.talk.service.storage.save(replace(at_hand, status=ServerStatus.SUSPENDED, off="us"))
    await customer.says("web-17")
    await customer.hears("tidak bisa diinstal ulang sekarang", "Tidak ada yang dilakukan")
    await here.talk.quiet()
    assert here.cloud.did == []


async def test_a_refused_reinstallation_changes_nothing(here: Place, customer: Scripted) -> None:
    server = await here.has(customer, secret="old", page="https://sahut.example/old")
    here.cloud.doing = Permanent("no")
    await to_the_name(customer, server, "Debian 13", "Kata sandi")
    await customer.says("web-17")
    await customer.hears("tidak bisa diinstal ulang", "Isinya tidak diubah", "Instal ulang")
    is_now = await here.now_is(server)
    assert (is_now.image, is_now.secret, is_now.page) == ("ubuntu", "old", "https://sahut.example/old")


async def test_whether_it_was_reinstalled_is_not_claimed_where_nobody_knows(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    here.cloud.doing = Unknown("cut off")
    await to_the_name(customer, server, "Debian 13", "Kunci SSH")
    await customer.says("web-17")
    await customer.hears("sedang diinstal ulang")
    for _ in range(4):
        await here.looked(timedelta(minutes=20))
    await customer.hears("belum pasti apakah server sudah diinstal ulang")


async def test_one_that_does_not_come_up_has_lost_its_old_system(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    await to_the_name(customer, server, "Debian 13", "Kata sandi")
    await customer.says("web-17")
    await customer.hears("sedang diinstal ulang")
    here.becomes(server, State.OTHER)
    for _ in range(35):
        await here.looked()
    await customer.hears("belum menjawab", "Isi yang lama sudah tidak ada", "Debian 13")
    is_now = await here.now_is(server)
    assert (is_now.image, is_now.action) == ("debian", "")
    assert await here.talk.service._server_secrets.take(is_now.secret) != ""


async def test_where_access_cannot_be_changed_only_the_key_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place(tmp_path, monkeypatch, frozenset({Ability.REINSTALL})) as here:
        sari = here.talk.person("sari")
        by_password = await here.has(sari, 16, ssh_key="", secret="server-16")
        await opens(sari, by_password)
        assert "Instal ulang" not in buttons(sari)
        by_key = await here.has(sari)
        await opens(sari, by_key)
        await sari.presses("Instal ulang")
        await sari.hears("Sistem apa")
        await sari.presses("Debian 13")
        await sari.hears("akan hilang selamanya", "kunci SSH yang ada")
