"""The care page in a phone's web view."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.talk import Talk
from tests.web.site import CARE_SECRET, Site
from tests.web.test_public import link, until_links

# One browser, and so one event loop, for all of these tests.
pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]

WIDTH, HEIGHT = 390, 844
FINGER = 44
NAMES = ["Budi", "Maria Magdalena Siti Nurhaliza Hutagalung", "M" * 40]

CONTRASTS = """() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none") return style.backgroundImage.match(/rgb\\([^)]*\\)/g).map(channels);
      const color = channels(style.backgroundColor);
      if (color.length < 4 || color[3] > 0) return [color];
    }
    return [[255, 255, 255]];
  };
  return [...document.querySelectorAll("h1, h2, h3, p, a, .brand")].flatMap((element) => {
    const ink = light(channels(getComputedStyle(element).color));
    return behind(element).map((paper) => {
      const [dark, bright] = [ink, light(paper)].sort((a, b) => a - b);
      return [element.textContent.trim(), Math.round(((bright + 0.05) / (dark + 0.05)) * 100) / 100];
    });
  });
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest_asyncio.fixture(params=["light", "dark"], loop_scope="module")
async def page(request: pytest.FixtureRequest, site: Site, browser: Browser) -> AsyncIterator[Page]:
    """A page on a phone; whatever the browser complains of fails the test."""
    await until_links(site)
    async for page in opened(browser, request.param):
        yield page


async def opened(browser: Browser, scheme: str = "light") -> AsyncIterator[Page]:
    complaints: list[str] = []
    context = await browser.new_context(
        viewport={"width": WIDTH, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=True,
        is_mobile=True,
    )
    page = await context.new_page()
    page.set_default_timeout(30_000)
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    await context.close()
    assert complaints == []


@pytest.mark.parametrize(
    ("name", "language"), [*zip(NAMES, ["id", "en", "id"], strict=True)], ids=["short", "long", "wide"]
)
async def test_it_fits_a_phone(site: Site, page: Page, name: str, language: str, tmp_path: Path) -> None:
    await page.goto(site.url + link(name, lang=language))
    assert await page.evaluate("document.documentElement.scrollWidth") == WIDTH
    boxes = [await each.bounding_box() for each in await page.locator("a").all()]
    assert len(boxes) > 10
    for box in boxes:
        assert box is not None
        assert box["height"] >= FINGER
        assert box["width"] >= FINGER
        assert 0 <= box["x"] <= WIDTH - box["width"]
    await page.screenshot(path=tmp_path / "care.png", full_page=True)


async def test_it_can_be_read(site: Site, page: Page) -> None:
    """A contrast of at least 4.5 to 1 (WCAG AA), by day and by night."""
    await page.goto(site.url + link("Budi"))
    contrasts = await page.evaluate(CONTRASTS)
    assert len(contrasts) > 30
    assert [each for each in contrasts if each[1] < 4.5] == []


async def test_the_pictures_on_the_buttons_are_there(site: Site, page: Page) -> None:
    await page.goto(site.url + link("Budi"))
    for kind in ("whatsapp", "telegram"):
        box = await page.locator(f"a.{kind} use").first.bounding_box()
        assert box is not None
        assert box["width"] > 10


async def test_to_the_other_language(site: Site, page: Page) -> None:
    await page.goto(site.url + link("Budi"))
    await page.get_by_role("link", name="English").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Hello, Budi! How can we help?")
    await page.get_by_role("link", name="Bahasa Indonesia").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Halo, Budi!")


async def test_from_the_page_to_an_answer(browser: Browser, tmp_path: Path) -> None:
    """Under the simulator: the link opens Budi's phone with the draft, and sending it opens the topic."""
    talk = await Talk.begin(tmp_path, care_link_secret=CARE_SECRET)
    async for page in opened(browser):
        await page.goto(f"http://127.0.0.1:{talk.service.port}{link('Budi')}")
        await page.locator("a.whatsapp").first.click()
        draft = page.locator("section.device textarea:visible").first
        await expect(draft).to_have_value("Halo, saya *Budi*, mengalami kesulitan top-up, mohon bantuannya.")
        await draft.press("Enter")
        await talk.person("budi").hears("Isi Saldo (Top-up)")
    await talk.end()
