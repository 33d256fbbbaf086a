"""`python -m bot export` and `forget`, beside a service at work."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from msgspec.structs import replace

from bot.privacy import forget
from bot.server_secrets import ServerSecrets
from domain.bookings import Booking
from domain.cases import Case
from domain.ledger import LedgerEntry
from domain.orders import Order
from domain.people import Conversation, Person
from domain.server_secrets import ServerSecret
from domain.servers import Server, ServerStatus
from tests.bot.programs import environment, program
from tests.chat.ordering import known as is_known
from tests.chat.sessions import confirmed
from tests.chat_steps import is_named
from tests.talk import PATIENCE, Scripted, Talk

PROVIDERS = {"whatsapp": ("twilio", "create"), "telegram": ("telegram", "sendMessage")}


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path, payments="sandbox")
    await begun.at_office_hours()
    yield begun
    await begun.end()


@pytest.fixture(params=["budi", "sari"])
def customer(request: pytest.FixtureRequest, talk: Talk) -> Scripted:
    """On WhatsApp, and on Telegram."""
    return talk.person(request.param)


async def command(talk: Talk, *words: str) -> tuple[int, str, str]:
    """Run beside the service, on its database."""
    folder = Path(talk.settings.database_url.removeprefix("sqlite:///")).parent
    env = environment(SIMULATE=1, DATABASE_URL=talk.settings.database_url)
    async with program("bot", *words, folder=folder, env=env) as running:
        return await running.end()


async def helped(talk: Talk, customer: Scripted) -> int:
    """A talk with the bot, and a case with an agent. Returns the case's topic."""
    await customer.says("saldo saya belum masuk")
    await customer.hears("Isi Saldo")
    await customer.says("CS")
    await customer.hears("#1")
    await talk.agent("dewi").hears("#1")
    await talk.quiet()
    (case,) = await talk.service.storage.find(Case)
    await customer.says("nomor rekening 12345")
    dewi = talk.agent("dewi").in_topic(case.thread)
    await dewi.hears("rekening 12345")
    await dewi.says("sudah kami cek, terima kasih")
    await customer.hears("sudah kami cek")
    await talk.quiet()
    return case.thread


def dump(talk: Talk) -> str:
    with closing(sqlite3.connect(talk.settings.database_url.removeprefix("sqlite:///"))) as connection:
        return "\n".join(connection.iterdump())


# --- export ---


async def test_an_export_has_all_that_is_known(talk: Talk, customer: Scripted, tmp_path: Path) -> None:
    thread = await helped(talk, customer)
    code, out, err = await command(talk, "export", customer.chat)
    assert (code, err) == (0, "")
    known: dict[str, Any] = json.loads(out)
    assert known["person"] == customer.chat
    assert {table: len(records) for table, records in known["records"].items()} == {
        "people": 1,
        "conversations": 1,
        "cases": 1,
    }
    assert known["records"]["cases"][0]["thread"] == thread
    own = known["conversations"][customer.chat]
    assert [line["text"] for line in own if line["by"] == customer.chat] == [
        "saldo saya belum masuk",
        "CS",
        "nomor rekening 12345",
    ]
    assert any("sudah kami cek" in line["text"] and line["by"] == "us" for line in own)
    (topic,) = set(known["conversations"]) - {customer.chat}
    assert any("rekening 12345" in line["text"] for line in known["conversations"][topic])
    assert any("sudah kami cek" in line["text"] for line in known["conversations"][topic])


async def test_an_export_goes_into_a_new_file(talk: Talk, tmp_path: Path) -> None:
    budi = talk.person("budi")
    await budi.says("halo")
    await budi.hears("Selamat datang")
    code, out, _ = await command(talk, "export", budi.chat, "--output", "budi.json")
    assert (code, "budi.json" in out) == (0, True)
    assert json.loads((tmp_path / "budi.json").read_text())["person"] == budi.chat
    code, _, err = await command(talk, "export", budi.chat, "--output", "budi.json")
    assert (code, "cannot be written" in err) == (1, True)


@pytest.mark.parametrize(
    ("person", "said"),
    [
        ("telegram:999", "Nobody is known as telegram:999."),
        ("999", "'999' is no address"),
        ("telegram:-1002000000001", "is a group, not a person"),
        ("telegram:-1002000000001:17", "is a group, not a person"),
    ],
)
@pytest.mark.parametrize("name", ["export", "forget"])
async def test_somebody_unknown(talk: Talk, name: str, person: str, said: str) -> None:
    code, out, err = await command(talk, name, person, *(["--yes"] if name == "forget" else []))
    assert (code, out) == (1, "")
    assert said in err


async def test_nothing_is_made_where_there_is_no_database(tmp_path: Path) -> None:
    async with program("bot", "export", "telegram:1", folder=tmp_path, env=environment()) as running:
        code, _, err = await running.end()
    assert (code, err) == (1, "var/sahut.db is not there. See DATABASE_URL.\n")
    assert list(tmp_path.iterdir()) == []


# --- forget ---


async def test_who_is_forgotten_is_a_stranger_and_others_are_not(talk: Talk, customer: Scripted) -> None:
    other = talk.person("sari" if customer.name == "budi" else "budi")
    await other.says("English")
    await other.hears("English")
    thread = await helped(talk, customer)
    before = dump(talk)
    assert is_named(customer.chat, before)
    code, out, err = await command(talk, "forget", customer.chat, "--yes")
    assert (code, err) == (0, "")
    assert f":{thread}" in out
    left = dump(talk)
    assert not is_named(customer.chat, left)
    for words in ("rekening 12345", "sudah kami cek", "saldo saya", '"case-1"'):
        assert words not in left
    assert other.chat in left
    await customer.says("CS")
    await customer.hears("#2")
    await talk.agent("dewi").hears("#2")
    await other.says("menu")
    await other.hears("Choose a topic")
    # The agent may still write in the topic of old; it reaches nobody.
    customer.ignores()
    await talk.agent("dewi").in_topic(thread).says("halo, masih di sana?")
    await customer.hears_nothing()


async def test_who_goes_on_writing_is_forgotten_up_to_then(talk: Talk, customer: Scripted) -> None:
    """Everything before the command is gone, all after it is answered."""
    await helped(talk, customer)
    forgetting = asyncio.create_task(command(talk, "forget", customer.chat, "--yes"))
    count = 0
    while not forgetting.done():
        await customer.says(f"pesan {count}")
        count += 1
        await talk.quiet()
    code, _, err = await forgetting
    assert (code, err) == (0, "")
    await customer.says("lupa pin")
    await customer.hears("Login")
    await talk.quiet()
    left = dump(talk)
    assert "rekening 12345" not in left
    assert "pesan 0" not in left
    person = await talk.service.storage.get(Person, customer.chat)
    conversation = await talk.service.storage.get(Conversation, customer.chat)
    assert person is not None
    assert conversation is not None
    assert conversation.case == ""


async def test_a_change_in_between_is_read_afresh(
    talk: Talk, customer: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang")
    await talk.quiet()
    storage = talk.service.storage
    really = storage.upkeep.forget

    async def with_change(names: Sequence[str], **more: Any) -> None:
        monkeypatch.undo()
        person = await storage.get(Person, customer.chat)
        assert person is not None
        await storage.save(replace(person, language="en"))
        await really(names, **more)

    monkeypatch.setattr(storage.upkeep, "forget", with_change)
    await forget(storage, customer.chat, talk.played)
    assert await storage.get(Person, customer.chat) is None
    assert await storage.transcript(customer.chat) == ()


async def test_what_is_being_sent_arrives_and_the_chat_goes_on(talk: Talk, customer: Scripted) -> None:
    provider, method = PROVIDERS[customer.chat.partition(":")[0]]
    talk.simulator.faults.add(provider, method, "slow", chat=customer.chat, seconds=0.3, times=1)
    with structlog.testing.capture_logs() as logs:
        await customer.says("halo")
        await talk.simulator.world.wait(lambda: not talk.simulator.faults.list(), PATIENCE)
        await forget(talk.service.storage, customer.chat, talk.played)
        await customer.hears("Selamat datang")
        await customer.says("lupa pin")
        await customer.hears("Login")
    said, sent = await talk.service.storage.transcript(customer.chat)
    assert (said.sent, sent.said) == (None, None)
    assert [line for line in logs if line["log_level"] == "error"] == []


async def test_it_asks_first(talk: Talk) -> None:
    budi = talk.person("budi")
    await budi.says("halo")
    await budi.hears("Selamat datang")
    code, out, err = await command(talk, "forget", budi.chat)
    assert (code, out) == (1, "")
    assert "add --yes" in err
    assert await talk.service.storage.get(Person, budi.chat) is not None


async def test_what_was_ordered_stays_for_the_books_without_the_person(talk: Talk, customer: Scripted) -> None:
    andi = talk.person("andi")
    await is_known(andi)
    await confirmed(customer, andi)
    await customer.says("menu")
    await talk.quiet()
    _, out, _ = await command(talk, "export", customer.chat)
    known = json.loads(out)["records"]
    assert {"people", "orders", "bookings", "payments", "ledger"} <= set(known)
    code, _, err = await command(talk, "forget", customer.chat, "--yes")
    assert (code, err) == (0, "")
    left = dump(talk)
    assert not is_named(customer.chat, left)
    assert f"{customer.name}@example.com" not in left
    (order,) = await talk.service.storage.find(Order)
    assert (order.customer, order.name, order.email) == ("", "", "")
    assert await talk.service.storage.find(LedgerEntry, order=order.id)
    assert await talk.service.storage.find(Booking) == ()


async def test_a_machine_s_password_is_never_handed_out_and_goes_with_its_owner(talk: Talk) -> None:
    """The machine stays for the books, without the person and without what they entered by."""
    budi = talk.person("budi")
    await budi.says("halo")
    await budi.hears("Selamat datang")
    storage, now = talk.service.storage, talk.service.clock.now()
    server = machine(budi.chat, now)
    await storage.save(server)
    secrets = ServerSecrets(storage, "a secret", "https://chat.example.com", talk.service.clock.now)
    assert await secrets.password("server-17-secret", server)
    kept = await storage.get(ServerSecret, "server-17-secret")
    assert kept is not None
    code, out, _ = await command(talk, "export", budi.chat)
    assert code == 0
    assert kept.sealed not in out
    assert server.page not in out
    known = json.loads(out)["records"]
    assert known["server_secrets"][0]["server"] == server.id
    assert known["servers"][0]["hostname"] == "toko-budi"
    await forget(storage, budi.chat, talk.played)
    assert await storage.get(ServerSecret, "server-17-secret") is None
    left = await storage.get(Server, server.id)
    assert left is not None
    for theirs in (budi.chat, "toko-budi", "ssh-ed25519 AAAA", kept.sealed):
        assert theirs not in dump(talk)


def machine(customer: str, now: datetime) -> Server:
    return Server(
        id="server-17-1a2b3c4d",
        number=17,
        customer=customer,
        name="Budi",
        email="budi@example.com",
        language="id",
        zone="Asia/Jakarta",
        order="order-17",
        plan="small",
        region="sg",
        image="debian",
        shelf="small@sg",
        slot=0,
        hostname="toko-budi",
        user="admin",
        ssh_key="ssh-ed25519 AAAA budi",
        page="https://chat.example.com/servers/password/InNlcnZlci0xNyI.signed",
        status=ServerStatus.ACTIVE,
        since=now,
        provider="sandbox",
        made_at=now,
    )
