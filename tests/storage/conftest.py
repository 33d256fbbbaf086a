from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from storage.base import Storage
from storage.sqlite import SQLiteStorage
from tests.storage.kit import RECORDS, Open


def sqlite(folder: Path) -> Storage:
    return SQLiteStorage(folder / "sahut.db", RECORDS)


STORES = (sqlite,)
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
