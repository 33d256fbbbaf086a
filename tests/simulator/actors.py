"""Who talks to the simulator in its tests: a service that gets webhooks, a bot, and Twilio's own SDK."""

import asyncio
import base64
import io
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web
from twilio.base.exceptions import TwilioRestException
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from simulator.server import Simulator

Json = dict[str, Any]
Control = Callable[..., Awaitable[tuple[int, Json]]]
CARE = "HX" + "1" * 32
QUICK = "HX" + "2" * 32
LIST = "HX" + "3" * 32
LINK = "HX" + "4" * 32
LONG = "HX" + "5" * 32
FILE = "HX" + "6" * 32


@dataclass
class Received:
    """One request that the service got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


@dataclass
class Service:
    """Records webhooks; `answers` holds the statuses of the next answers, then 200. It also has files to fetch."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    silent: bool = False
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/{path:.*}", self._post)
        app.router.add_get("/{path:.*}", self._get)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        self._changed.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def until(self, predicate: Callable[[], object], seconds: float = 30.0) -> None:
        """Returns when the predicate holds; asked again at every request."""
        async with asyncio.timeout(seconds):
            while not predicate():
                self._changed.clear()
                await self._changed.wait()

    async def got(self, count: int) -> list[Received]:
        """The requests, as soon as there are `count`."""
        await self.until(lambda: len(self.received) >= count)
        return self.received

    def statuses(self) -> list[str]:
        """What the status callbacks said, in order of arrival."""
        return [one.form["MessageStatus"] for one in self.received if one.path == "/status"]

    async def _post(self, request: web.Request) -> web.Response:
        self.received.append(Received(request.path, dict(request.headers), await request.read()))
        self._changed.set()
        if self.silent:
            await asyncio.sleep(3600)
        status = self.answers.pop(0) if self.answers else 200
        return web.Response(status=status, text="<Response/>", content_type="text/xml")

    async def _get(self, request: web.Request) -> web.Response:
        if request.path not in self.files:
            raise web.HTTPNotFound
        data, content_type = self.files[request.path]
        return web.Response(body=data, content_type=content_type)


class BotClient:
    """Calls one bot's methods by plain HTTP."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession, index: int = 0) -> None:
        self.sim = sim
        self.session = session
        self.bot = sim.config.telegram_bots[index]
        self.base = f"{sim.url}/bot{self.bot.token}"

    async def call(self, method: str, **args: Any) -> Json:
        async with self.session.post(f"{self.base}/{method}", json=args) as response:
            body: Json = await response.json()
            assert response.status == (200 if body["ok"] else body["error_code"])
            return body

    async def ok(self, method: str, **args: Any) -> Any:
        body = await self.call(method, **args)
        assert body["ok"], body
        return body["result"]

    async def refused(self, method: str, **args: Any) -> str:
        body = await self.call(method, **args)
        assert not body["ok"], body
        return str(body["description"])

    async def say(self, chat: int, text: str = "halo", **args: Any) -> Json:
        result: Json = await self.ok("sendMessage", chat_id=chat, text=text, **args)
        return result

    async def upload(self, method: str, field_name: str, data: bytes, name: str, **args: Any) -> Json:
        form = aiohttp.FormData()
        for key, value in args.items():
            form.add_field(key, str(value))
        form.add_field(field_name, io.BytesIO(data), filename=name, content_type="application/octet-stream")
        async with self.session.post(f"{self.base}/{method}", data=form) as response:
            body: Json = await response.json()
            return body


class ToSimulator(AsyncHttpClient):  # type: ignore[misc]  # the SDK has no py.typed
    """Twilio's SDK with its hosts replaced by the simulator's."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        super().__init__(logging.getLogger("twilio"), True)
        self.sim = sim
        self.session = session

    async def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: Any = None,
        allow_redirects: bool = False,
    ) -> Response:
        here = self.sim.url + url.partition("twilio.com")[2]
        sent = {**(headers or {}), "Authorization": basic(*auth)}
        form = [(k, v) for k, given in (data or {}).items() for v in (given if isinstance(given, list) else [given])]
        pairs = [(k, str(v)) for k, v in form]
        async with self.session.request(method, here, params=params, data=pairs, headers=sent) as response:
            return Response(response.status, await response.text(), response.headers)


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class WhatsApp:
    """The service's account at Twilio, through the SDK."""

    def __init__(self, sim: Simulator, session: aiohttp.ClientSession, service: Service) -> None:
        self.sim = sim
        self.session = session
        self.service = service
        config = sim.config
        self.client = Client(config.twilio_account_sid, config.twilio_auth_token, http_client=ToSimulator(sim, session))
        self.messages_url = f"{sim.url}/2010-04-01/Accounts/{config.twilio_account_sid}/Messages.json"
        self.headers = {"Authorization": basic(config.twilio_account_sid, config.twilio_auth_token)}

    async def send(self, body: str | None = None, to: str = "whatsapp:+6281234567801", **more: Any) -> Any:
        if body is not None:
            more["body"] = body
        more = {"from_": self.sim.config.whatsapp_from, "status_callback": f"{self.service.url}/status", **more}
        return await self.client.messages.create_async(to=to, **more)

    async def refused(self, body: str | None = None, **more: Any) -> tuple[int, int]:
        """HTTP status and Twilio's code of the refusal."""
        try:
            await self.send(body, **more)
        except TwilioRestException as error:
            return error.status, error.code
        raise AssertionError("it was not refused")

    async def post(self, fields: list[tuple[str, str]], headers: dict[str, str] | None = None) -> tuple[int, Json]:
        """The raw call."""
        given = self.headers if headers is None else headers
        async with self.session.post(self.messages_url, data=fields, headers=given) as response:
            return response.status, await response.json()

    def form(self, **more: str) -> list[tuple[str, str]]:
        fields = {"To": "whatsapp:+6281234567801", "From": self.sim.config.whatsapp_from, "Body": "halo", **more}
        return list(fields.items())
