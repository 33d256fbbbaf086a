"""A site whose pages for ops are open, what stands in its logs, and somebody who visits them without a browser."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from msgspec.structs import replace

from domain.log_findings import Sample, hour_of
from domain.log_levels import Level
from domain.log_patterns import LogHour, LogPattern, SourceStatus
from tests.web.site import Site

TOKEN = "the-token-of-the-ops-pages"
SEAL = re.compile(r'name="seal" value="([^"]+)"')
ROOT = Path(__file__).parents[2]


async def open_site(folder: Path) -> Site:
    """Its catalog names one source, `api`, which is the files in `folder`/logs."""
    (folder / "logs").mkdir()
    catalog = folder / "catalog.toml"
    whole = (ROOT / "catalog.toml").read_text(encoding="utf-8")
    source = f'[logs.sources.api]\nglobs = ["{folder}/logs/*.log"]\nteam = "core"\n'
    catalog.write_text(f"{whole}\n{source}", encoding="utf-8")
    return await Site.open(folder, ops_page_token=TOKEN, catalog_file=catalog)


def pattern(number: int, now: datetime, words: str = "", **more: Any) -> LogPattern:
    """Each was last seen a minute before the one of the number before."""
    last = now - timedelta(minutes=number)
    words = words or f"OrderError: number {number}"
    made = LogPattern(
        id=f"{number:016x}",
        pattern=words,
        level=Level.ERROR,
        team="core",
        count=number + 1,
        first_at=last - timedelta(days=1),
        last_at=last,
        seen_at=last - timedelta(days=1),
        sample=Sample(at=last, path="/nowhere/app.log", offset=0, text=f"ERROR {words}"),
        sources={"api": number + 1},
        files={"/nowhere/app.log": number + 1},
        hours={hour_of(last): number + 1},
    )
    return replace(made, **more)


@dataclass
class Answer:
    status: int
    html: str
    headers: dict[str, str]

    @property
    def words(self) -> str:
        return unescape(re.sub(r"<[^>]+>", " ", self.html))

    def sets_cookie(self, name: str = "sahut_ops") -> str:
        """Everything that is said of it."""
        return next((each for each in self.headers["Set-Cookie"].split("\n") if each.startswith(f"{name}=")), "")


@dataclass
class Visitor:
    """Keeps cookies as a browser does."""

    site: Site
    cookies: dict[str, str] = field(default_factory=lambda: {"sahut_ops_language": "en"})

    async def get(self, path: str, **headers: str) -> Answer:
        return await self._ask("GET", path, None, headers)

    async def post(self, path: str, form: dict[str, str], **headers: str) -> Answer:
        return await self._ask("POST", path, form, headers)

    async def fill_in(self, page: str, path: str, form: dict[str, str], **headers: str) -> Answer:
        """Send a form that stands on a page, with what is hidden in it."""
        shown = await self.get(page)
        return await self.post(path, {**hidden(shown.html), **form}, **headers)

    async def log_in(self, token: str = TOKEN, name: str = "Dewi", to: str = "/ops/logs") -> Answer:
        return await self.fill_in("/ops/login", "/ops/login", {"name": name, "token": token, "to": to})

    async def do(self, pattern_id: str, **form: str) -> Answer:
        """Press a button on a pattern's page, and see the page one is sent to."""
        page = f"/ops/logs/errors/{pattern_id}"
        sent = await self.fill_in(page, page, form)
        assert sent.status == 303, sent.html
        return await self.get(sent.headers["Location"])

    async def _ask(self, method: str, path: str, form: dict[str, str] | None, headers: dict[str, str]) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        given = {"Cookie": cookie, **{name.replace("_", "-"): value for name, value in headers.items()}}
        url = self.site.url + path
        jar = aiohttp.DummyCookieJar()
        async with (
            aiohttp.ClientSession(cookie_jar=jar) as http,
            http.request(method, url, data=form, headers=given, allow_redirects=False) as answer,
        ):
            cookies = answer.headers.getall("Set-Cookie", [])
            for each in cookies:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(each).items()}
            told = {**answer.headers, "Set-Cookie": "\n".join(cookies)}
            return Answer(answer.status, await answer.text(), told)


def hidden(html: str) -> dict[str, str]:
    """What the first such form carries beside what is filled in."""
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', html)}


# --- for the modules that import them ---


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    site = await open_site(tmp_path_factory.mktemp("site"))
    yield site
    await site.close()


@pytest_asyncio.fixture(loop_scope="module")
async def dewi(site: Site) -> Visitor:
    """She has logged in; the logs are empty."""
    store = site.service.storage
    for kind in (LogPattern, LogHour, SourceStatus):
        for each in await store.find(kind, limit=1000):
            await store.upkeep.forget([], delete=[each])
    dewi = Visitor(site)
    assert (await dewi.log_in()).status == 303
    return dewi


async def save(dewi: Visitor, *records: LogPattern | LogHour | SourceStatus) -> None:
    await dewi.site.service.storage.save(*records)


async def stored(dewi: Visitor, pattern_id: str) -> LogPattern:
    found = await dewi.site.service.storage.get(LogPattern, pattern_id)
    assert found is not None
    return found
