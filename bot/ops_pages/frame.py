"""What all pages for ops have in common: who sees them, in which language, how they are answered."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.ops_pages.door import Door, Visit
from bot.ops_pages.words import Words, visible
from bot.pay_pages import form_of
from bot.settings import Settings
from bot.wording import DEFAULT, Texts
from domain.catalog import clean_name
from storage.base import StorageUnavailable

FOLDER = Path(__file__).parent
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    # With none at all a browser would not say either where a form comes from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HOME, LOGIN = "/ops/logs", "/ops/login"
LANGUAGE = "sahut_ops_language"
YEAR_SECONDS = 365 * 24 * 3600
CUT = 300
_OURS = re.compile(r"/ops/logs[\w/?=&%~.:+-]{0,2000}", re.ASCII)

Page = Callable[[web.Request, Visit], Awaitable[web.Response]]


class Frame:
    """`now` is business time."""

    def __init__(self, settings: Settings, texts: Texts, now: Callable[[], datetime]) -> None:
        self.now = now
        self._texts = texts
        self._zone = settings.time_zone
        self._door = Door(
            settings.ops_page_token.get_secret_value(), settings.secret_key.get_secret_value(), settings.public_base_url
        )
        self._files = {
            "page.css": ("text/css", (FOLDER / "page.css").read_bytes()),
            "icon.svg": ("image/svg+xml", (FOLDER / "icon.svg").read_bytes()),
        }
        self._assets = hashlib.sha256(b"".join(body for _, body in self._files.values())).hexdigest()[:12]
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        self._environment.filters |= {"cut": cut, "some": some, "visible": visible}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(LOGIN, self._ask),
            web.post(LOGIN, self._login),
            web.post("/ops/logout", self._logout),
            web.post("/ops/language", self._choose_language),
            *(web.get(f"/ops/{name}", self._file) for name in self._files),
        ]

    # --- what pages are made with ---

    def inside(self, page: Page) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """A page that only visitors see who have logged in; others are asked to."""

        async def answer(request: web.Request) -> web.StreamResponse:
            visit = self._door.visit(request)
            if not visit.name:
                if request.method == "POST":
                    raise web.HTTPSeeOther(LOGIN)
                return self._login_page(request, visit, to=str(request.rel_url))
            try:
                return await page(request, visit)
            except StorageUnavailable:
                words = self.words(request)
                problem, hint = words.say("ops-page-not-now"), words.say("ops-page-not-now-hint")
                return self.problem(request, visit, problem, hint, status=503)

        return answer

    async def form(self, request: web.Request, visit: Visit) -> dict[str, str]:
        """What was sent from a form of ours; anything else is refused."""
        form = await form_of(request)
        if not self._door.is_own(request, visit, form.get("seal", "")):
            raise web.HTTPForbidden
        return form

    def words(self, request: web.Request) -> Words:
        return Words(self._texts, self._language(request), self._zone, self.now())

    def render(
        self, request: web.Request, visit: Visit, template: str, *, status: int = 200, **values: Any
    ) -> web.Response:
        words = self.words(request)
        other = "en" if words.language == "id" else "id"
        html = self._environment.get_template(template).render(
            w=words,
            visit=visit,
            seal=self._door.seal(visit),
            here=str(request.rel_url) if request.method in ("GET", "HEAD") else HOME,
            assets=self._assets,
            other_language=other,
            other_language_name=Words(self._texts, other, self._zone, words.now).say(f"language-{other}"),
            **{"tab": "", **values},
        )
        answer = web.Response(text=html, content_type="text/html", status=status, headers=HEADERS)
        if not visit.known:
            self._door.begin(answer, visit)
        return answer

    def problem(self, request: web.Request, visit: Visit, problem: str, hint: str, *, status: int) -> web.Response:
        return self.render(request, visit, "problem.html", status=status, problem=problem, hint=hint, back=HOME)

    def _language(self, request: web.Request) -> str:
        chosen = request.cookies.get(LANGUAGE, "")
        if chosen in self._texts.languages:
            return chosen
        return "en" if request.headers.get("Accept-Language", "").lower().startswith("en") else DEFAULT

    # --- the pages of its own ---

    async def _file(self, request: web.Request) -> web.Response:
        kind, body = self._files[request.path.rpartition("/")[2]]
        headers = {**HEADERS, "Cache-Control": f"public, max-age={YEAR_SECONDS}, immutable", "Content-Type": kind}
        return web.Response(body=body, headers=headers)

    async def _ask(self, request: web.Request) -> web.Response:
        visit = self._door.visit(request)
        if visit.name:
            raise web.HTTPSeeOther(_ours(request.query.get("to", "")))
        return self._login_page(request, visit, to=request.query.get("to", ""))

    def _login_page(
        self, request: web.Request, visit: Visit, *, to: str, status: int = 200, problem: str = "", name: str = ""
    ) -> web.Response:
        # Whoever follows a link from another site comes without the cookie; asked for once more by this page, the
        # browser sends it.
        again = request.method == "GET" and request.headers.get("Sec-Fetch-Site") == "cross-site"
        return self.render(
            request,
            visit,
            "login.html",
            status=status,
            to=_ours(to),
            problem=problem,
            name=name,
            again=again and not visit.known,
        )

    async def _login(self, request: web.Request) -> web.Response:
        visit = self._door.visit(request)
        form = await form_of(request)
        words, address = self.words(request), request.remote or ""
        name, to = clean_name(form.get("name", "")), form.get("to", "")
        if not self._door.is_own(request, visit, form.get("seal", "")):
            problem = words.say("ops-page-login-again")
            return self._login_page(request, visit, to=to, status=403, problem=problem, name=name)
        if seconds := self._door.wait(address):
            problem = words.say("ops-page-login-wait", seconds=seconds)
            answer = self._login_page(request, visit, to=to, status=429, problem=problem, name=name)
            answer.headers["Retry-After"] = str(seconds)
            return answer
        if not self._door.opens(form.get("token", ""), address):
            problem = words.say("ops-page-login-wrong")
            return self._login_page(request, visit, to=to, status=403, problem=problem, name=name)
        if not name:
            problem = words.say("ops-page-login-nameless")
            return self._login_page(request, visit, to=to, status=400, problem=problem)
        answer = web.Response(status=303, headers={**HEADERS, "Location": _ours(to)})
        self._door.begin(answer, self._door.stranger(name))
        return answer

    async def _logout(self, request: web.Request) -> web.Response:
        await self.form(request, self._door.visit(request))
        answer = web.Response(status=303, headers={**HEADERS, "Location": LOGIN})
        self._door.end(answer)
        return answer

    async def _choose_language(self, request: web.Request) -> web.Response:
        form = await self.form(request, self._door.visit(request))
        answer = web.Response(status=303, headers={**HEADERS, "Location": _ours(form.get("to", ""))})
        if (language := form.get("language", "")) in self._texts.languages:
            answer.set_cookie(LANGUAGE, language, path="/ops", max_age=YEAR_SECONDS, httponly=True, samesite="Strict")
        return answer


def _ours(address: str) -> str:
    """A page of ours to go to; whatever else is asked for, the first."""
    return address if _OURS.fullmatch(address) else HOME


def cut(text: str, most: int = CUT) -> str:
    """Somebody's words on one line, whatever they hold."""
    shown = visible(text[: most + 1])
    return f"{shown[:most]}…" if len(text) > most else shown


def some(names: dict[str, int], most: int = 3) -> str:
    """The first of them by count, and how many more there are."""
    first = sorted(names, key=lambda name: (-names[name], name))[:most]
    more = len(names) - most
    return ", ".join(cut(each, 60) for each in first) + (f" +{more}" if more > 0 else "")
