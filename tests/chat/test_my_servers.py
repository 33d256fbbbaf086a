"""A customer's own machines: the list, one of them, and what they have done to it, on both channels; by the whole
service, with clouds that do what a test tells them to.
"""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from domain.server_metrics import ServerMetrics
from domain.servers import Server, ServerStatus
from services.failures import Failure, Permanent, Retry, Unknown
from services.servers.base import Sample, State
from tests.bot.cloud import Cloud
from tests.chat.my_machines import Place, buttons, opens, place
from tests.talk import Scripted

FIRST = 60.0
"""Seconds: the first picture, on a busy machine."""
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


# --- the list ---


async def test_who_has_none_is_shown_the_way_to_one(customer: Scripted) -> None:
    await customer.says("server saya")
    await customer.hears("belum punya server", "Pesan server")
    await customer.presses("Pesan server")
    await customer.hears("mata uang apa")


async def test_who_says_what_they_want_done_is_shown_theirs(here: Place, customer: Scripted) -> None:
    await here.has(customer)
    for words in ("Perpanjang server saya", "matikan server", "server saya mati!", "restart my server"):
        await customer.says(words)
        await customer.hears("Server Anda", "web-17")


async def test_the_list_and_one_of_them(here: Place, customer: Scripted) -> None:
    over = here.now - 40 * DAY
    await here.has(customer, 3, status=ServerStatus.TERMINATED, machine="", closed_at=over)
    server = await here.has(customer)
    await customer.says("my servers")
    heard = await customer.hears("web-17", "127.0.0.1", "menyala", "sisa 30 hari", "web-3", "sudah dihapus")
    assert heard.text.index("web-17") < heard.text.index("web-3")
    assert heard.text.count("127.0.0.1") == 1
    await customer.presses("#17 web-17")
    heard = await customer.hears("web-17", "Status:", "menyala", "Small", "1 vCPU", "Jakarta", "Ubuntu 24.04")
    assert re.search(r"ssh -p \d+ ubuntu@127\.0\.0\.1 \(dengan kunci SSH Anda\)", heard.text)
    assert "23.59 WIB (sisa 30 hari)" in heard.text
    assert server.id not in heard.text
    await customer.presses("Server saya")
    await customer.hears("Server Anda")
    await customer.presses("#3 web-3")
    heard = await customer.hears("web-3", "sudah dihapus")
    assert "Pesan server" in buttons(customer)
    assert "Matikan" not in buttons(customer)


async def test_in_english_and_on_another_clock(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    await customer.says("english")
    await customer.hears("we will speak English")
    await customer.says("time zone")
    await customer.hears("WITA")
    await customer.presses("WIT (")
    await customer.hears("WIT")
    await customer.says("my servers")
    await customer.hears("Your servers", "running", "31 days left")
    await customer.presses("#17 web-17")
    heard = await customer.hears("Status:", "running")
    assert "01:59 WIT" in heard.text
    assert "Switch off" in buttons(customer)
    assert server.expires_at


async def test_many_are_shown_eight_at_a_time(here: Place, customer: Scripted) -> None:
    for number in range(1, 19):
        await here.has(customer, number)
    await customer.says("server saya")
    heard = await customer.hears("(1–8 dari 18)", "web-18", "web-11")
    assert "web-10" not in heard.text
    await customer.presses("Berikutnya")
    await customer.hears("(9–16 dari 18)", "web-10", "web-3")
    await customer.presses("Berikutnya")
    heard = await customer.hears("(17–18 dari 18)", "web-2", "web-1")
    assert "Berikutnya" not in buttons(customer)
    await customer.presses("Sebelumnya")
    await here.talk.quiet()
    assert "(9–16 dari 18)" in buttons(customer)


async def test_no_page_of_the_list_is_made_up(here: Place, customer: Scripted) -> None:
    await here.has(customer)
    await customer.says("halo")
    await customer.hears("Selamat datang")
    for first in ("²", "8000", "-8", "x", ""):
        await here.presses_what(customer, f"servers:page:{first}")
        await customer.hears("(1–1 dari 1)", "web-17")


async def test_a_machine_is_its_customer_s_alone(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    stranger = await here.talk.new_person("Tono", "telegram")
    await stranger.says("halo")
    await stranger.hears("Selamat datang")
    for action in ("show", "start", "stop:yes", "restart", "reinstall", "console", "metrics", "renew", "plan", "what"):
        await here.presses(stranger, server, action)
        heard = await stranger.hears("Server itu tidak ada")
        assert "web-17" not in heard.text
    assert here.cloud.did == []
    await customer.hears_nothing()


# --- how it stands ---


STANDINGS: tuple[tuple[dict[str, Any], tuple[str, ...], str], ...] = (
    ({"status": ServerStatus.ORDERED, "machine": ""}, ("menunggu pembayaran",), "Lihat pesanan"),
    ({"status": ServerStatus.CREATING, "machine": ""}, ("sedang dibuat",), "Lihat keadaannya"),
    ({"status": ServerStatus.FAILED, "machine": ""}, ("lebih lama",), "Server saya"),
    ({"state": "stopped", "off": "customer"}, ("dimatikan oleh Anda",), "Nyalakan"),
    ({"state": "stopped"}, ("mati",), "Nyalakan"),
    ({"state": "missing"}, ("tidak ditemukan", "tim kami"), "Server saya"),
    ({"state": "error"}, ("bermasalah", "tim kami"), "Server saya"),
    ({"state": "other"}, ("sedang berubah",), "Mulai ulang"),
    ({"secret": "x"}, ("dengan kata sandi",), "Matikan"),
    ({"status": ServerStatus.DESTROYING}, ("sedang dihapus",), "Lihat keadaannya"),
    ({"status": ServerStatus.CANCELLED, "machine": ""}, ("dibatalkan",), "Pesan server"),
)


async def test_how_it_stands_in_words(here: Place, sari: Scripted) -> None:
    await sari.says("halo")
    await sari.hears("Selamat datang")
    for number, (given, fragments, label) in enumerate(STANDINGS, start=1):
        nowhere = {"expires_at": None, "address": "", "state": ""} if "status" in given else {}
        server = await here.has(sari, number, **nowhere, **given)
        await here.presses(sari, server, "show")
        heard = await sari.hears("Status:", server.hostname, *fragments)
        assert any(label in button.text for row in heard.buttons for button in row)


async def test_after_its_expiry_it_is_said_until_when_it_runs(here: Place, sari: Scripted) -> None:
    expired = here.now - DAY
    server = await here.has(sari, status=ServerStatus.GRACE, expires_at=expired)
    heard = await opens(sari, server, "menyala", "Masa sewa habis", "masih menyala sampai")
    assert "28 Nov" in heard
    assert "Mulai ulang" in buttons(sari)


async def test_a_suspended_one_cannot_be_started(here: Place, customer: Scripted) -> None:
    expired = here.now - 4 * DAY
    server = await here.has(
        customer, status=ServerStatus.SUSPENDED, expires_at=expired, state="stopped", off="us", machine="m-17"
    )
    heard = await opens(customer, server, "ditangguhkan", "disimpan sampai", "Perpanjang")
    assert "2 Des" in heard
    for label in ("Nyalakan", "Matikan", "Mulai ulang", "Instal ulang", "Pemakaian"):
        assert label not in buttons(customer)
    for action in ("start", "stop", "stop:yes", "restart", "reinstall", "metrics"):
        await here.presses(customer, server, action)
        await customer.hears("web-17", "ditangguhkan")
    assert here.cloud.did == []


async def test_who_looks_again_sees_what_its_provider_says_by_then(here: Place, customer: Scripted) -> None:
    """It was shut down from within."""
    server = await here.has(customer)
    here.becomes(server, State.STOPPED)
    await opens(customer, server)
    await here.talk.quiet()
    await opens(customer, server, "mati")
    assert "Nyalakan" in buttons(customer)


# --- started, stopped, restarted ---


async def test_it_is_switched_off_and_on(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    await opens(customer, server)
    await customer.presses("Matikan")
    await customer.hears("Matikan server", "Ya, matikan")
    await customer.says("ya")
    await customer.hears("sedang dimatikan")
    await here.talk.quiet()
    assert here.cloud.did == [("stop", "m-17")]
    await here.looked()
    assert not any("sudah mati" in each for each in customer.sees())
    here.becomes(server, State.STOPPED)
    await here.looked()
    await customer.hears("sudah mati")
    assert (await here.now_is(server)).off == "customer"
    await opens(customer, server, "dimatikan oleh Anda")
    await customer.presses("Nyalakan")
    await customer.hears("sedang dinyalakan")
    here.becomes(server, State.RUNNING)
    await here.looked()
    await customer.hears("sudah menyala")
    assert (await here.now_is(server)).off == ""
    assert here.cloud.did == [("stop", "m-17"), ("start", "m-17")]


async def test_who_is_not_sure_leaves_it_running(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    await opens(customer, server)
    await customer.presses("Matikan")
    await customer.hears("Ya, matikan")
    await customer.says("tidak")
    await customer.hears("dibiarkan menyala", "Status:")
    assert here.cloud.did == []


async def test_pressed_twice_and_in_the_midst_it_is_done_once(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    await opens(customer, server)
    await customer.presses("Mulai ulang")
    await customer.hears("sedang dimulai ulang")
    for action in ("restart", "stop", "stop:yes", "start", "reinstall"):
        await here.presses(customer, server, action)
        await customer.hears("Mohon tunggu sebentar", "sedang dimulai ulang")
    here.becomes(server, State.RUNNING)
    await here.looked()
    await customer.hears("sudah dimulai ulang")
    assert here.cloud.did == [("restart", "m-17")]


async def test_what_it_is_already_is_not_done_again(here: Place, customer: Scripted) -> None:
    server = await here.has(customer)
    await opens(customer, server)
    await here.presses(customer, server, "start")
    await customer.hears("tidak bisa dilakukan sekarang", "menyala")
    here.becomes(server, State.STOPPED)
    await here.talk.service.storage.save(replace(await here.now_is(server), state="stopped"))
    await here.presses(customer, server, "stop:yes")
    await customer.hears("tidak bisa dilakukan sekarang", "mati")
    assert here.cloud.did == []


@pytest.mark.parametrize("trouble", [Permanent("it is locked"), Retry("busy", 0.01), Unknown("cut off")])
async def test_what_did_not_work_is_said_and_can_be_tried_again(
    here: Place, customer: Scripted, trouble: Failure
) -> None:
    server = await here.has(customer)
    here.cloud.doing = trouble
    await opens(customer, server)
    await customer.presses("Mulai ulang")
    await customer.hears("sedang dimulai ulang")
    for _ in range(4):
        await here.looked(timedelta(minutes=10))
    heard = await customer.hears("tidak berhasil dimulai ulang")
    assert "locked" not in heard.text
    here.cloud.doing = None
    await customer.presses("Coba lagi")
    await customer.hears("sedang dimulai ulang")
    await here.looked()
    await customer.hears("sudah dimulai ulang")


async def test_what_is_not_so_in_time_did_not_work(here: Place, sari: Scripted) -> None:
    server = await here.has(sari)
    await opens(sari, server)
    await sari.presses("Matikan")
    await sari.hears("Ya, matikan")
    await sari.presses("Ya, matikan")
    await sari.hears("sedang dimatikan")
    for _ in range(12):
        await here.looked()
    await sari.hears("tidak berhasil dimatikan", "Coba lagi")
    assert (await here.now_is(server)).action == ""


# --- what its provider shows, and what it cannot do ---


async def test_what_a_provider_cannot_do_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with place(tmp_path, monkeypatch, frozenset()) as here:
        sari = here.talk.person("sari")
        server = await here.has(sari)
        await opens(sari, server)
        for label in ("Instal ulang", "Konsol", "Pemakaian"):
            assert label not in buttons(sari)
        for action in ("reinstall", "console", "metrics"):
            await here.presses(sari, server, action)
            await sari.hears("Status:")
        assert here.cloud.did == []


async def test_a_link_to_its_screen(here: Place, customer: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    async def console(cloud: Cloud, machine: str) -> str:
        return f"https://console.example.com/{machine}?token=abc"

    server = await here.has(customer)
    await opens(customer, server)
    await customer.presses("Konsol")
    await customer.hears("tidak bisa memberi konsol")
    monkeypatch.setattr(Cloud, "console", console)
    await opens(customer, server)
    await customer.presses("Konsol")
    heard = await customer.hears("Layar server", "untuk Anda sendiri")
    links = [button.url for row in heard.buttons for button in row] + re.findall(r"https://\S+", heard.text)
    assert "https://console.example.com/m-17?token=abc" in links


async def test_a_picture_of_its_day(here: Place, customer: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[timedelta] = []

    async def metrics(cloud: Cloud, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
        asked.append(until - since)
        return tuple(Sample(since + number * timedelta(hours=1), 40.0, None, 1e6, 2e9) for number in range(24))

    monkeypatch.setattr(Cloud, "metrics", metrics)
    server = await here.has(customer)
    await opens(customer, server)
    for _ in range(2):  # the second takes the first one's place
        await customer.presses("Pemakaian")
        await customer.hears("24 jam terakhir", "Lihat server")
        await customer.presses("Lihat server")
        await customer.hears("Status:")
    assert asked == [DAY, DAY]
    world = here.talk.simulator.world
    shown = await world.wait(lambda: [each for each in world.messages(customer.chat) if each.media], timeout=FIRST)
    media = shown[0].media
    assert media is not None
    assert media["name"] == "pemakaian-17.png"
    stored = world.media.get(media["url"].rpartition("/")[2])
    assert stored is not None
    assert stored.kind == "photo"
    assert stored.data.startswith(b"\x89PNG")
    kept = await here.talk.service.storage.get(ServerMetrics, server.id)
    assert kept is not None
    assert (kept.customer, len(kept.samples), kept.samples[0].memory) == (customer.chat, 24, None)
    await here.talk.later(4 * DAY)
    await here.talk.service._scheduler.run_now()
    assert await here.talk.service.storage.get(ServerMetrics, server.id) is None


async def test_without_measurements_that_is_said(
    here: Place, customer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_it_was = Sample(here.now, None, None, None, None)
    answers: list[tuple[Sample, ...] | Failure] = [(), (before_it_was,), Permanent("there are none")]

    async def metrics(cloud: Cloud, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...] | Failure:
        return answers.pop(0)

    monkeypatch.setattr(Cloud, "metrics", metrics)
    server = await here.has(customer)
    for words in ("Belum ada pengukuran", "Belum ada pengukuran", "tidak bisa diambil"):
        await opens(customer, server)
        await customer.presses("Pemakaian")
        heard = await customer.hears(words)
        assert heard.media is None


async def test_who_was_forgotten_meanwhile_hears_nothing(
    here: Place, sari: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their machine is nobody's when the answer comes."""
    server = await here.has(sari)
    storage = here.talk.service.storage

    async def metrics(cloud: Cloud, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
        found = await storage.get(Server, server.id)
        assert found
        await storage.save(replace(found, customer=""))
        return (Sample(since, 1.0, 1.0, 1.0, 1.0),)

    monkeypatch.setattr(Cloud, "metrics", metrics)
    await opens(sari, server)
    await sari.presses("Pemakaian")
    await sari.hears("kami tanyakan")
    await sari.hears_nothing()
    assert await storage.get(ServerMetrics, server.id) is None
