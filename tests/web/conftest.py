import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from playwright.async_api import Browser, Page, async_playwright, expect

from simulator.config import Mentor
from simulator.server import Simulator, SimulatorConfig
from tests.web.site import Site
from tests.web.stand_in import LIST, LIST_SID, Service, phone


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


# The simulator's page in a browser: one browser for all of a module's tests, a simulator and a page for each.


@pytest_asyncio.fixture(loop_scope="module")
async def service() -> AsyncIterator[Service]:
    service = Service()
    app = web.Application()
    app.router.add_post("/whatsapp", service.webhook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    service.sim = Simulator(
        SimulatorConfig(
            whatsapp_webhook_url=f"{url}/whatsapp",
            care_url=f"{url}/care",
            content_templates={LIST_SID: LIST},
            enforce_rates=False,
            delivery_seconds=0,
            build_seconds=0,
            power_seconds=0,
            address_seconds=0,
            mentors=(Mentor("andi", "Andi", "mentor_kode"), Mentor("maya", "Maya", "mentor_lain")),
        ),
        next_due=service.next_due,
    )
    await service.sim.start()
    async with aiohttp.ClientSession() as service.http:
        yield service
    await service.sim.stop()
    await runner.cleanup()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def page(service: Service, browser: Browser) -> AsyncIterator[Page]:
    """The page on a desk; whatever it complains of on the console fails the test."""
    async for page in opened(service, browser, 1440, 900):
        yield page


@pytest_asyncio.fixture(loop_scope="module")
async def small_page(service: Service, browser: Browser) -> AsyncIterator[Page]:
    """The page on a phone."""
    async for page in opened(service, browser, 390, 844):
        yield page


async def opened(service: Service, browser: Browser, width: int, height: int) -> AsyncIterator[Page]:
    complaints: list[str] = []
    context = await browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = await context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(service.sim.url)
    await expect(phone(page, "Budi")).to_be_visible()
    yield page
    await context.close()
    assert complaints == []
