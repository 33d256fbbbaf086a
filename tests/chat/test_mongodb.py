"""A conversation with everything kept in MongoDB, as the others have it with SQLite."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pymongo
import pytest

from bot.privacy import forget
from domain.orders import Order
from tests.chat.serving import Choices, servers, to_the_summary
from tests.chat_steps import handed_over, is_named
from tests.plugins.mongodb import databases
from tests.talk import Scripted, Talk

pytestmark = pytest.mark.mongodb


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    talk = await Talk.begin(tmp_path, database_url=databases.url(tmp_path))
    await talk.at_office_hours()
    yield talk
    await talk.end()


def dump(talk: Talk) -> str:
    with pymongo.MongoClient[dict[str, Any]](talk.settings.database_url) as client:
        database = client.get_default_database()
        return str([list(database[name].find()) for name in database.list_collection_names()])


async def test_a_case_goes_to_an_agent_and_goes_on_after_a_restart(
    talk: Talk, customer: Scripted, dewi: Scripted
) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang")
    desk = await handed_over(customer, dewi)
    await talk.restart()
    await customer.says("saldo saya belum masuk")
    await desk.hears("saldo saya belum masuk")
    await desk.says("sebentar, ya")
    await customer.hears("sebentar, ya")


async def test_who_is_forgotten_leaves_nothing(talk: Talk, customer: Scripted, dewi: Scripted) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang")
    await handed_over(customer, dewi)
    assert is_named(customer.chat, dump(talk))
    known = await forget(talk.service.storage, customer.chat, talk.played)
    assert len(known.topics) == 1
    left = dump(talk)
    assert not is_named(customer.chat, left)
    assert "'case-1'" not in left
    await customer.says("halo")
    await customer.hears("Selamat datang")


async def test_of_two_who_race_for_the_last_machine_one_has_it(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    last = Choices(plan="Large")
    await to_the_summary(budi, last)
    await to_the_summary(sari, last)
    for each in (budi, sari):
        await each.presses("Pesan sekarang")
        await each.hears("lewat apa")
    await asyncio.gather(budi.says("1"), sari.says("1"))
    await talk.quiet()
    (server,) = await servers(talk)
    (order,) = await talk.service.storage.find(Order)
    assert order.server == server.id
    first, second = (budi, sari) if server.customer == budi.chat else (sari, budi)
    await first.hears("#1", "kami catat")
    await second.hears("di Jakarta sudah habis")
