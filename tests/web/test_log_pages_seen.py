"""`/ops/logs` in a browser, on a desk and on a phone: one logs in, finds an error and says what becomes of it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, ViewportSize, expect

from domain.log_patterns import LogPattern
from tests.web.log_kit import TOKEN, open_site, pattern
from tests.web.site import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.browser]

WIDE, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=360, height=740)
EVIL = "<script>alert(1)</script> \u202e<img src=x> " + "x" * 900


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    site = await open_site(tmp_path_factory.mktemp("site"))
    now = site.service.clock.now()
    await site.service.storage.save(
        *(pattern(number, now) for number in range(1, 40)), pattern(0, now, EVIL, sources={EVIL: 1}, files={EVIL: 1})
    )
    yield site
    await site.close()


@pytest_asyncio.fixture(loop_scope="module", params=["light", "dark"])
async def page(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[Page]:
    """Without scripts; whatever the browser complains of fails the test."""
    complaints: list[str] = []
    scheme: Any = request.param
    context = await browser.new_context(
        viewport=WIDE if scheme == "light" else PHONE, color_scheme=scheme, locale="en-GB", java_script_enabled=False
    )
    page = await context.new_page()
    page.set_default_timeout(10_000)
    page.on("console", lambda said: complaints.append(said.text))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    yield page
    await context.close()
    assert complaints == []


async def test_an_error_is_found_and_resolved(site: Site, page: Page) -> None:
    wide = page.viewport_size == WIDE
    number = 30 if wide else 31
    await page.goto(f"{site.url}/ops/logs/errors?sort=first_at")
    await page.get_by_label("Your name").fill("Dewi")
    await page.get_by_label("Token").fill(TOKEN)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Errors")).to_be_visible()
    await expect(page.get_by_label("Sorted by")).to_have_value("first_at")
    await page.get_by_label("Search").fill(f"number {number}")
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("link", name=f"OrderError: number {number}").click()
    await page.get_by_role("button", name="Resolve").click()
    await expect(page.get_by_role("status")).to_have_text("Done. It is now: Resolved.")
    await expect(page.get_by_text("Dewi · page")).to_be_visible()
    await page.go_back()
    found = await site.service.storage.get(LogPattern, f"{number:016x}")
    assert found is not None
    assert [each.what for each in found.history] == ["resolve"]
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_label("Token")).to_be_visible()


async def test_nothing_is_wider_than_the_screen(site: Site, browser: Browser) -> None:
    context = await browser.new_context(viewport=PHONE)
    page = await context.new_page()
    alerts: list[str] = []
    page.on("dialog", lambda dialog: alerts.append(dialog.message))
    await page.goto(f"{site.url}/ops/logs")
    await page.locator("#name").fill("Dewi")
    await page.locator("#token").fill(TOKEN)
    await page.locator("button.go").click()
    for path in ("", "?window=7d", "/errors", "/errors?q=order", f"/errors/{0:016x}", "/errors/nothing"):
        await page.goto(f"{site.url}/ops/logs{path}")
        assert await page.evaluate("document.documentElement.scrollWidth") == 360, path
        assert await page.evaluate("document.scripts.length + document.querySelectorAll('img').length") == 0
    assert alerts == []
    await context.close()
