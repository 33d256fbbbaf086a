"""Stores over one database of the server, and servers of a test's own."""

import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.mongo import MongoStorage
from tests.plugins.mongodb import Server, databases, installed_here
from tests.storage.kit import RECORDS


@pytest.fixture
def url(tmp_path: Path) -> str:
    return databases.url(tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[MongoStorage]:
    store = MongoStorage(url, RECORDS, now=time.time)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def stores(url: str) -> AsyncIterator[list[MongoStorage]]:
    """Three machines: the clock of one is a minute ahead, that of another a minute behind."""
    clocks = (time.time, lambda: time.time() + 60.0, lambda: time.time() - 60.0)
    stores = [MongoStorage(url, RECORDS, now=clock) for clock in clocks]
    for each in stores:
        await each.open()
    yield stores
    for each in stores:
        await each.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    if not installed_here():
        pytest.skip("needs a server that may be stopped; TEST_MONGODB_URI's may not")
    server = Server(tmp_path / "server")
    server.start()
    yield server
    server.stop()
