from collections.abc import Iterator

import pytest
from aiohttp import web_app
from hypothesis import settings

pytest_plugins = ["pytester", "tests.plugins.browser", "tests.plugins.mongodb", "tests.plugins.skips"]

# An example that takes long says that the machine is busy, nothing about the code.
settings.register_profile("sahut", deadline=None)
settings.load_profile("sahut")


@pytest.fixture(autouse=True)
def applications_are_forgotten() -> Iterator[None]:
    """aiohttp remembers the handlers of a thousand applications, and with them the whole service of every test."""
    yield
    web_app._cached_build_middleware.cache_clear()
