"""The page that shows a machine's first password: once, and only to who presses the button, as a chat app that makes a
preview of the link only fetches it.
"""

from aiohttp import web

from bot.page_templates import page_template
from bot.pay_pages import HEADERS
from bot.server_secrets import PAGE, ServerSecrets
from bot.settings import Settings
from bot.wording import Texts
from domain.messages import Text


class ServerPages:
    """Whoever has the link may see the password, and nobody can make a link up. Without SECRET_KEY it is closed."""

    def __init__(self, texts: Texts, secrets: ServerSecrets, settings: Settings) -> None:
        self._texts = texts
        self._secrets = secrets
        self._ssh_port = settings.servers_ssh_port
        self._template = page_template("server_password.html")

    def routes(self) -> list[web.RouteDef]:
        return [web.get(PAGE, self._ask), web.post(PAGE, self._show)]

    async def _ask(self, request: web.Request) -> web.Response:
        secret = self._wanted(request)
        return self._page(request, "ask" if await self._secrets.is_readable(secret) else "gone")

    async def _show(self, request: web.Request) -> web.Response:
        # The address is the permission; another site that learnt it still must not press for the person.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise web.HTTPForbidden
        secret = self._wanted(request)
        login = await self._secrets.login(secret, self._ssh_port)
        password = await self._secrets.take(secret)
        return self._page(request, "shown" if password else "gone", password=password, login=login)

    def _wanted(self, request: web.Request) -> str:
        secret = self._secrets.id_of(request.match_info["token"])
        if not secret:
            raise web.HTTPNotFound
        return secret

    def _page(self, request: web.Request, state: str, *, password: str = "", login: str = "") -> web.Response:
        language = "en" if request.query.get("lang") == "en" else "id"

        def say(text: Text) -> str:
            return self._texts.words(text, language)

        html = self._template.render(
            language=language,
            state=state,
            password=password,
            login=login,
            title=say(Text("server-password-title")),
            ask=say(Text("server-password-ask")),
            once=say(Text("server-password-once")),
            show=say(Text("server-password-show")),
            shown=say(Text("server-password-shown")),
            change=say(Text("server-password-change")),
            login_label=say(Text("server-password-login")),
            gone=say(Text("server-password-gone")),
            what_now=say(Text("server-password-what-now")),
        )
        return web.Response(text=html, content_type="text/html", headers=HEADERS)
