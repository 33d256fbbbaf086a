"""HTTP: webhooks in, and what is public. Nothing is answered 200 before what came is committed; nothing that arrives
makes a 500.
"""

import asyncio
import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from time import monotonic
from urllib.parse import quote, urlencode

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from bot.backlog import Backlog
from bot.care_page import CarePage, Links, trusted_name
from bot.channels.base import BadRequest, Channel, File, Forbidden, MediaNotNow, MediaUnavailable, Request
from bot.clock import BusinessClock
from bot.inbox import Inbox
from bot.media import MediaLinks
from bot.metrics import INBOX_WAITING, REFUSED
from bot.tick import Done
from domain.events import Arrival, NotUnderstood
from domain.messages import Media
from storage.base import Storage, StorageUnavailable

log = structlog.get_logger()

LARGEST_BODY = 1024 * 1024
BODY_WITHIN = 10.0
"""Seconds from a request's headers to the end of its body."""
ANSWER_WITHIN = 2.7
"""Seconds for storage to take what came: with the rest it stays under the three after which we say 503."""
SLOW = 1.0
"""Seconds from a webhook's body to our answer: beyond, ops hear of it. What is not taken in time is a 503."""
EMPTY_TWIML = "<?xml version='1.0' encoding='UTF-8'?><Response/>"
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
MEDIA_HEADERS = {
    # A stranger's file is never shown as a page of ours.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
}
_MIME = re.compile(r"[\w.+-]{1,64}/[\w.+-]{1,128}(; ?[\w-]{1,32}=[\w.+-]{1,64}){0,3}", re.ASCII)
"""A type as a phone says it; whatever else it says stands in no header of ours."""

Parse = Callable[[Request], Sequence[Arrival]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A webhook. `parse` None: its secret is not set, so it is closed (404). `answer` is what the provider wants to
    read.
    """

    path: str
    source: str
    parse: Parse | None
    answer: str = ""
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """What the public pages need. Empty secrets close what they guard."""

    care_page: CarePage
    care_secret: str
    links: Callable[[], Links]
    media: MediaLinks | None
    open_media: Callable[[Media], Awaitable[File]]
    metrics_token: str
    tasks_token: str
    tick: Callable[[], Awaitable[Done]]
    stopping: Callable[[], bool]


def make_app(
    endpoints: Sequence[Endpoint],
    inbox: Inbox,
    backlog: Backlog,
    storage: Storage,
    clock: BusinessClock,
    public: Public,
    routes: Sequence[web.RouteDef] = (),
) -> web.Application:
    """`routes` are further pages."""
    app = web.Application(client_max_size=LARGEST_BODY, middlewares=[_no_500])
    for endpoint in endpoints:
        app.router.add_post(endpoint.path, _Webhook(endpoint, inbox, backlog).take)
    pages = _Pages(storage, clock, public)
    _add_probes(app, pages)
    app.router.add_get("/care", pages.care)
    app.router.add_get("/media/{token}", pages.media)
    app.router.add_post("/tasks/tick", pages.tick)
    app.add_routes(routes)
    return app


def make_probes(storage: Storage, clock: BusinessClock, public: Public) -> web.Application:
    """For a process that takes no webhooks: whether it is well, and its numbers."""
    app = web.Application(middlewares=[_no_500])
    _add_probes(app, _Pages(storage, clock, public))
    return app


def _add_probes(app: web.Application, pages: "_Pages") -> None:
    app.router.add_get("/health", pages.health)
    app.router.add_get("/ready", pages.ready)
    app.router.add_get("/metrics", pages.metrics)


@web.middleware
async def _no_500(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """A bug of ours is a 503: the provider sends again, and we hear of it. So is a store that is away."""
    began = monotonic()
    try:
        return await handler(request)
    except web.HTTPException as answer:
        if answer.status >= 400:
            REFUSED.labels(_endpoint_name(request), answer.status).inc()
        if answer.status >= 500:
            log.warning("answered 5xx", route=_endpoint_name(request), status=answer.status, milliseconds=_since(began))
        raise
    except (asyncio.CancelledError, ConnectionError):
        raise
    except StorageUnavailable as problem:
        log.warning("storage unavailable", where=_endpoint_name(request), problem=str(problem))
        REFUSED.labels(_endpoint_name(request), 503).inc()
        return web.Response(status=503, text="not now\n", headers={"Retry-After": "5"})
    except Exception:
        log.exception("request failed", route=_endpoint_name(request), status=503, milliseconds=_since(began))
        REFUSED.labels(_endpoint_name(request), 503).inc()
        return web.Response(status=503, text="not now\n")


def _since(began: float) -> int:
    """Milliseconds."""
    return round(1000 * (monotonic() - began))


def _endpoint_name(request: web.Request) -> str:
    """The route, never the path: a path may hold a token, and there are endlessly many."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


class _Webhook:
    def __init__(self, endpoint: Endpoint, inbox: Inbox, backlog: Backlog) -> None:
        self._endpoint = endpoint
        self._answer = endpoint.answer.encode()
        self._headers = {"Content-Type": f"{endpoint.content_type}; charset=utf-8"}
        self._inbox = inbox
        self._backlog = backlog

    async def take(self, request: web.Request) -> web.Response:
        parse = self._endpoint.parse
        if parse is None:
            raise web.HTTPNotFound
        body = await _body(request)
        began = monotonic()
        try:
            arrivals = parse(Request(path=request.raw_path, body=body, headers=request.headers))
        except Forbidden:
            raise web.HTTPForbidden from None
        except BadRequest:
            raise web.HTTPBadRequest from None
        except Exception:
            # Verified comes before everything else in a channel's parse, so this is theirs and we do not understand it.
            log.exception("webhook not understood", source=self._endpoint.source)
            arrivals = [_not_understood(self._endpoint.source, body)]
        if arrivals:
            if self._backlog.full:
                raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"})
            recording = asyncio.create_task(self._inbox.accept(arrivals))
            self._backlog.add(recording, len(arrivals))
            # Not cancelled when it is late: what it has claimed by then is handled all the same.
            await asyncio.wait((recording,), timeout=ANSWER_WITHIN)
            problem = recording.exception() if recording.done() else TimeoutError("too slow")
            if isinstance(problem, StorageUnavailable | TimeoutError):
                log.warning("not recorded", source=self._endpoint.source, problem=str(problem))
                raise web.HTTPServiceUnavailable(headers={"Retry-After": "1"})
            if problem is not None:
                raise problem
        if monotonic() - began >= SLOW:
            log.warning("slow webhook", route=self._endpoint.path, status=200, milliseconds=_since(began))
        return web.Response(body=self._answer, headers=self._headers)


async def _body(request: web.Request) -> bytes:
    try:
        if request.content.is_eof():  # as it mostly is: then nothing has to be waited for
            return await request.read()
        async with asyncio.timeout(BODY_WITHIN):
            return await request.read()
    except (web.RequestPayloadError, ConnectionError):
        raise web.HTTPBadRequest from None
    except TimeoutError:
        raise web.HTTPRequestTimeout from None


def _not_understood(source: str, body: bytes) -> Arrival:
    digest = hashlib.sha256(body).hexdigest()
    return Arrival(
        source=source,
        external_id=f"sha256:{digest}",
        conversation=f"{source}:unknown",
        event=NotUnderstood(what="parse"),
    )


class _Pages:
    def __init__(self, storage: Storage, clock: BusinessClock, public: Public) -> None:
        self._storage = storage
        self._clock = clock
        self._public = public

    async def health(self, request: web.Request) -> web.Response:
        """Alive."""
        return web.Response(text="ok\n")

    async def ready(self, request: web.Request) -> web.Response:
        """Storage answers, and the process goes on."""
        if self._public.stopping():
            return web.Response(status=503, text="stopping\n")
        try:
            async with asyncio.timeout(2.5):
                await self._storage.ping()
        except (StorageUnavailable, TimeoutError):
            return web.Response(status=503, text="storage does not answer\n")
        return web.Response(text="ready\n")

    async def metrics(self, request: web.Request) -> web.Response:
        token = self._public.metrics_token
        if token:
            _demand(request, token)
        try:
            async with asyncio.timeout(1):
                INBOX_WAITING.set(await self._storage.waiting())
        except (StorageUnavailable, TimeoutError):
            log.warning("metrics without the inbox's length")
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def tick(self, request: web.Request) -> web.Response:
        """Do what is due, for an outside scheduler."""
        token = self._public.tasks_token
        if not token:
            raise web.HTTPNotFound
        _demand(request, token)
        done = await self._public.tick()
        waiting = await self._storage.waiting()
        return web.json_response({**asdict(done), "waiting": waiting})

    async def care(self, request: web.Request) -> web.Response:
        """Signed or not, the page is shown; the name only where the signature holds."""
        query = request.query
        raw, ts, sig = query.get("name", ""), query.get("ts", ""), query.get("sig", "")
        name = trusted_name(raw, ts, sig, secret=self._public.care_secret, now=self._clock.now())
        language = "en" if query.get("lang") == "en" else "id"
        signed = urlencode({"name": raw, "ts": ts, "sig": sig}) if name else ""
        html = self._public.care_page.html(name=name, language=language, links=self._public.links(), query=signed)
        return web.Response(text=html, content_type="text/html", headers=SECURITY_HEADERS)

    async def media(self, request: web.Request) -> web.Response:
        links = self._public.media
        if links is None:
            raise web.HTTPNotFound
        try:
            media = links.read(request.match_info["token"])
            file = await self._public.open_media(media)
        except MediaNotNow:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "5"}) from None
        except MediaUnavailable:
            raise web.HTTPNotFound from None
        kind = file.mime if _MIME.fullmatch(file.mime) else "application/octet-stream"
        headers = {**MEDIA_HEADERS, "Content-Type": kind}
        if file.name:
            # What WhatsApp calls the document.
            headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(file.name, safe='', errors='replace')}"
        return web.Response(body=file.body, headers=headers)


def _demand(request: web.Request, token: str) -> None:
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(errors="replace"), f"Bearer {token}".encode()):
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})


def endpoints(
    *, whatsapp: Channel | None, whatsapp_status: Parse | None, telegram: Channel | None, ops: Channel | None
) -> tuple[Endpoint, ...]:
    """The webhooks there are; None for a channel whose secret is not set."""
    return (
        Endpoint(
            path="/webhooks/whatsapp",
            source="whatsapp",
            parse=whatsapp.parse if whatsapp else None,
            answer=EMPTY_TWIML,
            content_type="text/xml",
        ),
        Endpoint(path="/webhooks/whatsapp/status", source="whatsapp-status", parse=whatsapp_status),
        Endpoint(path="/webhooks/telegram", source="telegram", parse=telegram.parse if telegram else None),
        Endpoint(path="/webhooks/telegram/ops", source="telegram-ops", parse=ops.parse if ops else None),
    )
