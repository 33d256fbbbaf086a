import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from storage.base import Storage
from storage.mongo import MongoStorage
from storage.sqlite import SQLiteStorage
from tests.plugins.mongodb import databases
from tests.storage.kit import RECORDS, Open


def sqlite(folder: Path) -> Storage:
    return SQLiteStorage(folder / "sahut.db", RECORDS)


def mongodb(folder: Path) -> Storage:
    return MongoStorage(databases.url(folder), RECORDS, now=time.time)


STORES = (sqlite, pytest.param(mongodb, marks=pytest.mark.mongodb, id="mongodb"))
"""Every test that takes `store` or `another` runs over each of these."""


@pytest.fixture(params=STORES, ids=lambda make: make.__name__)
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Another store over the same data, as a second process or a restart would open it."""
    return partial(request.param, tmp_path)


@pytest.fixture
async def store(another: Open) -> AsyncIterator[Storage]:
    store = another()
    await store.open()
    yield store
    await store.close()
