from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from simulator.server import ContentTemplate, Simulator, SimulatorConfig
from tests.simulator.actors import CARE, FILE, LINK, LIST, LONG, QUICK, BotClient, Control, Json, Service, WhatsApp
from tests.simulator.till import Till

ROWS = [{"item": "Isi saldo", "id": "topup", "description": "Saldo belum masuk"}, {"item": "Lainnya", "id": "other"}]
TEMPLATES = {
    CARE: ContentTemplate({"twilio/text": {"body": "Halo {{1}}, kasus {{2}} menunggu."}}, {"1": "Budi"}, approved=True),
    QUICK: ContentTemplate(
        {"twilio/quick-reply": {"body": "Pilih, {{1}}", "actions": [{"title": "Ya", "id": "yes"}, {"title": "Tidak"}]}}
    ),
    LIST: ContentTemplate(
        {"twilio/list-picker": {"body": "Bantuan apa?", "button": "Topik", "items": ROWS}}, approved=True
    ),
    LINK: ContentTemplate(
        {
            "twilio/call-to-action": {
                "body": "Bayar",
                "actions": [{"type": "URL", "title": "Buka", "url": "https://x.id"}],
            }
        }
    ),
    LONG: ContentTemplate({"twilio/quick-reply": {"body": "Pilih", "actions": [{"title": "{{1}}", "id": "a"}]}}),
    FILE: ContentTemplate({"twilio/media": {"body": "Struk", "media": ["{{1}}"]}}, approved=True),
}


class Clocks:
    """The two clocks of a test: it moves them, nobody else does."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)
        self.seconds = 1000.0

    async def advance(self, by: timedelta) -> None:
        self.now += by


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
async def service() -> AsyncIterator[Service]:
    service = Service()
    await service.start()
    yield service
    await service.stop()


@pytest.fixture
def config(service: Service) -> SimulatorConfig:
    return SimulatorConfig(
        whatsapp_webhook_url=f"{service.url}/wa?x=1", content_templates=TEMPLATES, delivery_seconds=0.0
    )


@pytest.fixture
async def sim(config: SimulatorConfig, clocks: Clocks) -> AsyncIterator[Simulator]:
    sim = Simulator(config, clock=lambda: clocks.now, on_advance=clocks.advance, monotonic=lambda: clocks.seconds)
    await sim.start()
    yield sim
    await sim.stop()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def bot(sim: Simulator, session: aiohttp.ClientSession) -> BotClient:
    """The customers' bot."""
    return BotClient(sim, session)


@pytest.fixture
def ops_bot(sim: Simulator, session: aiohttp.ClientSession) -> BotClient:
    return BotClient(sim, session, 1)


@pytest.fixture
def whatsapp(sim: Simulator, session: aiohttp.ClientSession, service: Service) -> WhatsApp:
    return WhatsApp(sim, session, service)


@pytest.fixture
def till(sim: Simulator, session: aiohttp.ClientSession) -> Till:
    return Till(sim, session)


@pytest.fixture
def control(sim: Simulator, session: aiohttp.ClientSession) -> Control:
    """POSTs to the control API; gives status and body."""

    async def post(path: str, **body: object) -> tuple[int, Json]:
        async with session.post(f"{sim.url}/sim/{path}", json=body) as response:
            return response.status, await response.json()

    return post
