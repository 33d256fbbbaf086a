import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import pytest
import pytest_asyncio

from tests.web.site import Site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def standing_site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """One service for all of a module's tests: they run in its event loop (`loop_scope="module"`)."""
    site = await Site.open(tmp_path_factory.mktemp("site"))
    yield site
    await site.close()


@pytest.fixture
def site(standing_site: Site) -> Site:
    """The service, which has recorded nothing yet."""
    with closing(sqlite3.connect(standing_site.file)) as connection, connection:
        connection.execute("DELETE FROM inbox")
    return standing_site
