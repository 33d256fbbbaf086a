from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from tests.talk import Scripted, Talk


@pytest.fixture(autouse=True)
def plain_tracebacks() -> Iterator[None]:
    """As the service logs them; the default spends seconds of computing on each."""
    before = structlog.get_config()
    console = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, console]
    )
    yield
    structlog.configure(**before)


@pytest.fixture
def settings() -> dict[str, Any]:
    """What a file of tests sets otherwise than `Talk`."""
    return {}


@pytest.fixture
async def talk(tmp_path: Path, settings: dict[str, Any]) -> AsyncIterator[Talk]:
    """A service with its simulator, at an hour when the agents are there."""
    begun = await Talk.begin(tmp_path, **settings)
    await begun.at_office_hours()
    yield begun
    await begun.end()


@pytest.fixture
def budi(talk: Talk) -> Scripted:
    """A customer on WhatsApp."""
    return talk.person("budi")


@pytest.fixture
def sari(talk: Talk) -> Scripted:
    """A customer on Telegram."""
    return talk.person("sari")


@pytest.fixture(params=["budi", "sari"])
def customer(request: pytest.FixtureRequest, talk: Talk) -> Scripted:
    """A customer, once on WhatsApp and once on Telegram."""
    return talk.person(request.param)


@pytest.fixture
def dewi(talk: Talk) -> Scripted:
    """An agent, in the agents' group."""
    return talk.agent("dewi")


@pytest.fixture
def rudi(talk: Talk) -> Scripted:
    return talk.agent("rudi")


@pytest.fixture
def ops(talk: Talk) -> Scripted:
    """Somebody in the ops group."""
    return Scripted(talk, "ops", f"telegram:{talk.played.ops_chat_id}")
