from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest

from bot.channels.base import Limits
from bot.channels.registry import Channels, TelegramBot, TwilioSender, build
from bot.channels.telegram import TelegramChannel
from bot.channels.whatsapp import WhatsAppChannel
from domain.messages import Media
from simulator.config import CUSTOMERS_TOKEN, OPS_TOKEN, ContentTemplate
from simulator.server import Simulator, SimulatorConfig
from tests.channels.provider import Provider

ACCOUNT = "AC" + "5a" * 16
TOKEN = "12345"
SENDER = "whatsapp:+6281100000000"
PUBLIC = "https://sahut.example"
SECRET = "a-secret_0"
FAST = Limits(overall=1000)
MENU = "HX" + "a1" * 16
NOTICE = "HX" + "b2" * 16
TEMPLATES = {
    MENU: ContentTemplate(
        {"twilio/quick-reply": {"body": "Halo {{1}}", "actions": [{"title": "Ya", "id": "yes"}]}}, {"1": "Budi"}
    ),
    NOTICE: ContentTemplate({"twilio/text": {"body": "Kasus {{1}} menunggu."}}, {"1": "1"}, approved=True),
}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    provider = Provider()
    await provider.start()
    yield provider
    await provider.stop()


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    config = SimulatorConfig(
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        whatsapp_from=SENDER,
        content_templates=TEMPLATES,
        enforce_rates=False,
        refuse_outside_window=True,
        delivery_seconds=0.0,
    )
    sim = Simulator(config)
    await sim.start()
    yield sim
    await sim.stop()


def channels_at(url: str, session: aiohttp.ClientSession, link: Callable[[Media], str] | None = None) -> Channels:
    """All three channels, with the provider at this address."""
    return build(
        session=session,
        media_url=link or (lambda media: f"{url}/media/{media.kind}"),
        media_limit=1 << 24,
        whatsapp=TwilioSender(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            sender=SENDER,
            public_url=PUBLIC,
            base_url=url + "/",
            limits=FAST,
        ),
        telegram=TelegramBot(token=CUSTOMERS_TOKEN, secret=SECRET, base_url=url, limits=FAST),
        ops=TelegramBot(token=OPS_TOKEN, secret=SECRET, base_url=url, limits=FAST),
    )


@pytest.fixture
def played(sim: Simulator, session: aiohttp.ClientSession) -> Channels:
    """The channels, talking to the simulator."""
    return channels_at(sim.url, session)


@pytest.fixture
def scripted(provider: Provider, session: aiohttp.ClientSession) -> Channels:
    """The channels, talking to a provider that says what the test wants."""
    return channels_at(provider.url, session)


@pytest.fixture
def telegram(played: Channels) -> TelegramChannel:
    assert played.telegram is not None
    return played.telegram


@pytest.fixture
def whatsapp(played: Channels) -> WhatsAppChannel:
    assert played.whatsapp is not None
    return played.whatsapp
