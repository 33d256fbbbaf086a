"""`python -m bot copy`: a service goes on from its copy, in another file or in MongoDB."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from pathlib import Path

import pytest

from bot.build import Service
from bot.records import RECORD_TYPES
from domain.people import Person
from storage.sqlite import SQLiteStorage
from tests.bot.programs import environment, program
from tests.plugins.mongodb import databases
from tests.storage.kit import AT, said
from tests.talk import PATIENCE, Talk


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path)
    await begun.at_office_hours()
    yield begun
    await begun.end()


async def copied(folder: Path, source: str, target: str) -> tuple[int, str, str]:
    async with program("bot", "copy", source, target, folder=folder, env=environment()) as running:
        return await running.end()


@pytest.mark.parametrize("store", ["sqlite", pytest.param("mongodb", marks=pytest.mark.mongodb)])
async def test_a_service_goes_on_from_its_copy(talk: Talk, tmp_path: Path, store: str) -> None:
    here = talk.settings.database_url
    there = databases.url(tmp_path) if store == "mongodb" else f"sqlite:///{tmp_path / 'copy.db'}"
    budi, sari, dewi = talk.person("budi"), talk.person("sari"), talk.agent("dewi")
    await budi.says("CS")
    await budi.hears("#1")
    await dewi.hears("#1")
    await sari.says("English")
    await sari.hears("English")
    await sari.says("menu")
    await sari.hears("Choose a topic")
    code, _, err = await copied(tmp_path, here, there)
    assert (code, err) == (1, f"Stop Sahut first: 1 process runs on {here}.\n")
    await talk.service.stop()
    await sari.says("2")  # which waits with Telegram meanwhile
    code, out, err = await copied(tmp_path, here, there)
    assert (code, err) == (0, "")
    assert "the same by count and checksum" in out
    talk.played = talk.played.model_copy(update={"database_url": there})
    talk.service = Service(talk.played, catalog=talk.simulation.catalog, clock=talk.simulation.clock)
    talk.simulation.attach(talk.service.storage)
    await talk.service.start()
    await sari.hears("Back")
    await budi.says("masih di sini")
    await dewi.hears("masih di sini")
    await budi.says("menu")
    await budi.hears("kasus #1")


# --- what it refuses ---


@pytest.fixture
async def database(tmp_path: Path) -> str:
    store = SQLiteStorage(tmp_path / "sahut.db", RECORD_TYPES)
    await store.open()
    await store.save(Person(id="telegram:1"))
    await store.close()
    return f"sqlite:///{tmp_path / 'sahut.db'}"


@pytest.mark.parametrize(
    ("source", "target", "code", "said"),
    [
        ("sqlite:///sahut.db", "sqlite:///./sahut.db", 1, "FROM and TO are the same"),
        ("sqlite:///nothing.db", "sqlite:///new.db", 1, "nothing.db is not there"),
        ("sqlite:///sahut.db", "sqlite:///other.db", 1, "must be empty: something is in it already, in people"),
        ("sqlite:///sahut.db", "new.db", 2, "DATABASE_URL: must be sqlite:///PATH"),
    ],
)
async def test_what_it_refuses(tmp_path: Path, database: str, source: str, target: str, code: int, said: str) -> None:
    other = SQLiteStorage(tmp_path / "other.db", RECORD_TYPES)
    await other.open()
    await other.save(Person(id="telegram:2"))
    await other.close()
    ended, out, err = await copied(tmp_path, source, target)
    assert (ended, out) == (code, "")
    assert said in err
    assert not (tmp_path / "new.db").exists()


# --- killed ---


def mark(path: Path) -> str:
    """How far the copy has come; empty before it has begun."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        for (body,) in connection.execute("SELECT body FROM copies"):
            return str(body)
    return ""


def rows(path: Path) -> dict[str, list[object]]:
    with closing(sqlite3.connect(path)) as connection:
        return {
            table: connection.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # our own names
            for table in ("inbox", "people", "outbox", "effects", "keys", "provider_ids")
        }


async def test_killed_on_its_way_it_goes_on_there(tmp_path: Path, database: str) -> None:
    store = SQLiteStorage(tmp_path / "sahut.db", RECORD_TYPES)
    await store.open()
    for start in range(0, 20_000, 1000):
        await store.record([said(number, f"telegram:{number}") for number in range(start, start + 1000)], at=AT)
    await store.close()
    copy = tmp_path / "copy.db"
    async with program("bot", "copy", database, f"sqlite:///{copy}", folder=tmp_path, env=environment()) as running:
        async with asyncio.timeout(3 * PATIENCE):
            while not mark(copy):
                await asyncio.sleep(0.001)
        running.process.send_signal(signal.SIGKILL)
        await running.process.wait()
    assert '"done":false' in mark(copy)
    env = environment(SIMULATE=1, DATABASE_URL=f"sqlite:///{copy}", PORT=0, SIMULATOR_PORT=0)
    async with program("bot", "run", folder=tmp_path, env=env) as running:
        code, _, err = await running.end()
    assert (code, "it holds an unfinished copy" in err) == (2, True)
    code, out, err = await copied(tmp_path, database, f"sqlite:///{copy}")
    assert (code, err) == (0, "")
    assert "20000 inbox" in out
    assert rows(copy) == rows(tmp_path / "sahut.db")
    code, _, err = await copied(tmp_path, database, f"sqlite:///{copy}")
    assert (code, "it holds a finished copy" in err) == (1, True)
