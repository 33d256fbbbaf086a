"""The page of a machine's first password, over HTTP and in a phone's web view: shown once, to who presses."""

import asyncio
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from msgspec.structs import replace
from playwright.async_api import Browser, Page, expect

from bot.pay_pages import SandboxLinks
from bot.server_secrets import ServerSecrets
from domain.log_sources import LogWatch
from domain.server_secrets import READABLE, ServerSecret, told
from domain.servers import Server, ServerStatus
from jobs.schedule import jobs
from storage.base import StorageUnavailable
from tests.web.pages import Page as Markup
from tests.web.site import PUBLIC, Site

pytestmark = pytest.mark.asyncio(loop_scope="module")

NUMBERS = iter(range(1, 1000))
SHOWN = re.compile(r'id="password"[^>]*>([^<]+)<')


class Machine:
    """A machine with a password that its owner was told of, and the path of its page."""

    def __init__(self, site: Site, secrets: ServerSecrets, secret: str, path: str, password: str) -> None:
        self.site, self.secrets, self.secret, self.path, self.password = site, secrets, secret, path, password

    async def press(self, status: int = 200, *, site: str = "") -> str:
        headers = {"Sec-Fetch-Site": site} if site else {}
        async with self.site.http.post(self.site.url + self.path, headers=headers) as answer:
            assert answer.status == status
            assert answer.headers.get("Cache-Control", "no-store") == "no-store"
            return unescape(await answer.text())

    async def look(self) -> str:
        answer = await self.site.get(self.path)
        assert answer.status == 200
        return unescape(answer.text)

    async def change(self, **values: Any) -> None:
        kept = await self.kept()
        await self.site.service.storage.save(replace(kept, **values))

    async def kept(self) -> ServerSecret:
        kept = await self.site.service.storage.get(ServerSecret, self.secret)
        assert kept is not None
        return kept


async def sold(site: Site, language: str = "en", *, secret_key: str = "media-secret") -> Machine:
    storage, number, now = site.service.storage, next(NUMBERS), site.service.clock.now()
    server = Server(
        id=f"server-{number}-1a2b3c4d",
        number=number,
        customer="telegram:1001",
        name="Budi",
        email="budi@example.com",
        language=language,
        zone="Asia/Jakarta",
        order=f"order-{number}",
        plan="small",
        region="sg",
        image="debian",
        shelf="small@sg",
        slot=number,
        hostname="toko",
        user="admin",
        status=ServerStatus.ACTIVE,
        since=now,
        provider="sandbox",
        address="192.0.2.7",
        made_at=now,
    )
    await storage.save(server)
    secrets = ServerSecrets(storage, secret_key, PUBLIC, site.service.clock.now)
    secret = f"{server.id}-secret"
    password = await secrets.password(secret, server)
    assert password
    kept = await storage.get(ServerSecret, secret)
    assert kept is not None
    await storage.save(told(kept, now))
    path = secrets.url(secret, language).removeprefix(PUBLIC)
    return Machine(site, secrets, secret, path, password)


async def test_a_preview_of_the_link_shows_nothing_and_spends_nothing(site: Site) -> None:
    """Chat apps fetch a link before anybody presses it, and more than once."""
    machine = await sold(site)
    for _ in range(3):
        page = await machine.look()
        assert machine.password not in page
        assert "Show the password" in page
    async with site.http.head(site.url + machine.path) as answer:
        assert answer.status == 200
    assert machine.password in await machine.press()


async def test_it_is_shown_once(site: Site) -> None:
    machine = await sold(site)
    page = await machine.press()
    assert SHOWN.findall(page) == [machine.password]
    assert "ssh admin@192.0.2.7" in page
    for again in (await machine.press(), await machine.look()):
        assert machine.password not in again
        assert "shown once, or the link has expired" in again
        assert "reinstall" in again
        assert "<form" not in again


async def test_what_was_shown_lies_nowhere_any_more(site: Site) -> None:
    machine = await sold(site)
    await machine.press()
    assert (await machine.kept()).sealed == ""


async def test_while_storage_is_away_nothing_is_spent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    machine = await sold(site)

    async def away(kind: object, record: str) -> None:
        raise StorageUnavailable("disk I/O error")

    with monkeypatch.context() as broken:
        broken.setattr(site.service.storage, "get", away)
        for method in ("GET", "POST"):
            async with site.http.request(method, site.url + machine.path) as answer:
                assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert machine.password in await machine.press()


async def test_of_many_who_press_at_once_one_sees_it(site: Site) -> None:
    machine = await sold(site)
    pages = await asyncio.gather(*(machine.press() for _ in range(8)))
    assert sum(machine.password in page for page in pages) == 1


async def test_who_presses_while_it_is_written_to_sees_it_all_the_same(site: Site) -> None:
    """The record may change between our look and our mark: that it was read is asked anew."""
    machine = await sold(site)
    _, page = await asyncio.gather(
        machine.change(expires_at=site.service.clock.now() + timedelta(hours=1)), machine.press()
    )
    assert machine.password in page


async def test_its_time_is_a_day(site: Site) -> None:
    machine = await sold(site)
    kept = await machine.kept()
    assert kept.expires_at == kept.made_at + READABLE == kept.due_at
    await machine.change(expires_at=site.service.clock.now())
    assert machine.password not in await machine.press()
    assert "<form" not in await machine.look()


async def test_after_its_time_it_is_deleted(site: Site) -> None:
    machine, other = await sold(site), await sold(site)
    await machine.change(due_at=site.service.clock.now() - timedelta(seconds=1))
    (job,) = [job for job in jobs({}, "Asia/Jakarta", LogWatch()) if job.name == "server-secrets"]
    async for arrivals in job.find(site.service.storage, site.service.clock.now()):
        assert arrivals == []
    assert await site.service.storage.get(ServerSecret, machine.secret) is None
    assert await site.service.storage.get(ServerSecret, other.secret) is not None
    assert "<form" not in await machine.look()


@pytest.mark.parametrize("token", ["x", "server-1-1a2b3c4d-secret", "InNlcnZlciI.AAAA", "%00", "a" * 4000])
async def test_a_link_that_nobody_made(site: Site, token: str) -> None:
    assert (await site.get(f"/servers/password/{token}")).status == 404
    async with site.http.post(f"{site.url}/servers/password/{token}") as answer:
        assert answer.status == 404


async def test_a_link_with_one_letter_changed(site: Site) -> None:
    machine = await sold(site)
    path, _, query = machine.path.partition("?")
    for changed in (path[:-1] + ("A" if path[-1] != "A" else "B"), path.replace("password/I", "password/J")):
        assert changed != path
        assert (await site.get(f"{changed}?{query}")).status == 404


async def test_a_link_signed_with_another_secret(site: Site) -> None:
    machine = await sold(site, secret_key="another secret")
    await machine.press(404)


async def test_a_token_made_for_something_else(site: Site) -> None:
    """A link to media, or to the sandbox's invoice, is signed with the same SECRET_KEY."""
    machine = await sold(site)
    foreign = SandboxLinks("media-secret", PUBLIC).url(machine.secret).rpartition("/")[2]
    assert (await site.get(f"/servers/password/{foreign}")).status == 404


async def test_another_site_cannot_press(site: Site) -> None:
    machine = await sold(site)
    for where in ("cross-site", "same-site"):
        await machine.press(403, site=where)
    assert machine.password in await machine.press(site="same-origin")


async def test_its_headers(site: Site) -> None:
    machine = await sold(site)
    async with site.http.post(site.url + machine.path) as answer:
        headers = answer.headers
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    policy = headers["Content-Security-Policy"]
    for rule in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert rule in policy


@pytest.mark.parametrize(("language", "button"), [("id", "Tampilkan kata sandi"), ("en", "Show the password")])
async def test_in_the_customer_s_language(site: Site, language: str, button: str) -> None:
    machine = await sold(site, language)
    page = Markup(await machine.look())
    assert page.language == language
    assert button in [words for _, words in page.words]
    assert Markup(await machine.press()).language == language
    gone = Markup(await machine.look())
    assert gone.language == language
    assert button not in [words for _, words in gone.words]


# --- in a phone's web view ---


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_on_a_phone(site: Site, browser: Browser, scheme: Any) -> None:
    """Whatever the browser complains of, as of its rules for content, fails the test."""
    complaints: list[str] = []
    context = await browser.new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page: Page = await context.new_page()
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    machine = await sold(site)
    await page.goto(site.url + machine.path)
    button = page.get_by_role("button", name="Show the password")
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 44
    await button.click()
    await expect(page.locator("#password")).to_have_text(machine.password)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await page.reload()  # which sends the form once more
    await expect(page.locator("#password")).to_have_count(0)
    await expect(page.get_by_text("shown once, or the link has expired")).to_be_visible()
    await context.close()
    assert complaints == []
