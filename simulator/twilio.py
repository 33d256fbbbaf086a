"""Twilio's REST API as far as WhatsApp needs it, and the webhooks that people's phones cause."""

from __future__ import annotations

import base64
import hmac
import json
import logging
import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from simulator import content
from simulator.config import ContentTemplate
from simulator.faults import Answering, Faults
from simulator.markup import whatsapp_html
from simulator.model import Button, Chat, Json, Message, Person, Topic
from simulator.twilio_inbound import inbound_fields
from simulator.twilio_messages import API_VERSION, Outgoing, SignedPosts, resource
from simulator.twilio_table import CREATE_MESSAGE, LIST_CONTENT, LIST_MESSAGES, MESSAGES, NOT_PLAYED, REPEATED
from simulator.webhooks import Courier, Lanes
from simulator.world import NotPossible, World

log = logging.getLogger(__name__)

LONGEST_BODY = 1600
_ADDRESS = re.compile(r"whatsapp:\+[1-9]\d{6,14}")
_OPAQUE = re.compile(r"whatsapp:[A-Za-z][A-Za-z0-9._-]{7,}")
_ACCOUNT = f"/{API_VERSION}/Accounts/{{account}}"
_MADE = datetime(2026, 1, 1, tzinfo=UTC)


class TwilioError(Exception):
    """An answer that refuses: HTTP status, Twilio's code, its words and perhaps a detail."""

    def __init__(self, status: int, code: int, detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail

    def response(self) -> web.Response:
        """As Twilio words it."""
        message = MESSAGES[self.code] + (f": {self.detail}" if self.detail else "")
        more = f"https://www.twilio.com/docs/errors/{self.code}"
        return _json({"code": self.code, "message": message, "more_info": more, "status": self.status}, self.status)


class Twilio:
    """The provider."""

    def __init__(self, world: World, courier: Courier, faults: Faults, answering: Answering) -> None:
        self._world = world
        self._faults = faults
        self._answering = answering
        self.lanes = Lanes(world.running)
        self._posts = SignedPosts(world, courier)
        self._outgoing = Outgoing(world, courier, faults, self.lanes, self._posts)
        self._resources: dict[str, Message] = {}
        self.base_url = ""
        login = f"{world.config.twilio_account_sid}:{world.config.twilio_auth_token}"
        self._login = "Basic " + base64.b64encode(login.encode()).decode()
        world.gateways["whatsapp"] = self

    def routes(self) -> list[web.RouteDef]:
        """The provider's routes."""
        return [
            web.post(_ACCOUNT + "/Messages.json", self._handler("create", self._create)),
            web.get(_ACCOUNT + "/Messages.json", self._handler("list", self._list)),
            web.get(_ACCOUNT + "/Messages/{sid}.json", self._handler("fetch", self._fetch)),
            web.get(_ACCOUNT + "/Messages/{sid}/Media/{media}", self._handler("media", self._media)),
            web.get(f"/{API_VERSION}/Accounts/{{account}}.json", self._handler("account", self._account)),
            web.get("/v1/Content", self._handler("content", self._contents)),
            web.get("/v1/Content/{sid}", self._handler("content", self._content)),
            web.get("/v1/Content/{sid}/ApprovalRequests", self._handler("content", self._approval)),
        ]

    async def stop(self) -> None:
        """Ends deliveries."""
        await self.lanes.stop()

    # the service's side

    def _handler(self, method: str, work: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                self._authenticate(request)
            except TwilioError as error:
                return error.response()
            chat = None
            if method == "create":
                chat = str((await request.post()).get("To", ""))
            return await self._answering.answer(request, "twilio", method, chat, lambda: carry_out(request), _refuse)

        async def carry_out(request: web.Request) -> web.StreamResponse:
            try:
                response: web.StreamResponse = await work(request)
            except TwilioError as error:
                log.warning("twilio %s refused: %s %s", method, error.code, MESSAGES[error.code])
                return error.response()
            return response

        return handle

    def _authenticate(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(), self._login.encode()):
            raise TwilioError(401, 20003)
        account = request.match_info.get("account")
        if account is not None and account.removesuffix(".json") != self._world.config.twilio_account_sid:
            raise TwilioError(404, 20404, request.path)

    async def _create(self, request: web.Request) -> web.Response:
        form = await request.post()
        fields: dict[str, str] = {}
        urls: list[str] = []
        for name, value in form.items():
            if name not in CREATE_MESSAGE:
                raise TwilioError(400, 20001, f"unknown parameter {name}")
            if name in NOT_PLAYED:
                raise TwilioError(400, 20001, f"the simulator does not play {name}")
            if not isinstance(value, str) or (not value and name != "Body"):
                raise TwilioError(400, 20001, f"{name} is empty")
            if name in fields and name not in REPEATED:
                raise TwilioError(400, 20001, f"{name} is given twice")
            fields[name] = value
            if name == "MediaUrl":
                urls.append(value)
        self._check_addresses(fields)
        self._check_body(fields, urls)
        return self._accept(fields, urls)

    def _check_addresses(self, fields: dict[str, str]) -> None:
        to, sender = fields.get("To"), fields.get("From")
        if not to:
            raise TwilioError(400, 21604)
        if not sender:
            raise TwilioError(400, 21603)
        known = to in self._world.chats and to.startswith("whatsapp:")
        if not known and not _ADDRESS.fullmatch(to) and not _OPAQUE.fullmatch(to):
            raise TwilioError(400, 21211, to)
        if sender != self._world.config.whatsapp_from:
            raise TwilioError(400, 63007 if _ADDRESS.fullmatch(sender) else 21212, sender)
        if sender == to:
            raise TwilioError(400, 63031)

    def _check_body(self, fields: dict[str, str], urls: list[str]) -> None:
        body, sid = fields.get("Body", ""), fields.get("ContentSid")
        if sid and ("Body" in fields or urls):
            raise TwilioError(400, 20001, "ContentSid does not go with Body or MediaUrl")
        if "ContentVariables" in fields and not sid:
            raise TwilioError(400, 20001, "ContentVariables goes only with ContentSid")
        if not (body.strip() or sid or urls or "PersistentAction" in fields):
            raise TwilioError(400, 21619)
        if len(body) > LONGEST_BODY:
            raise TwilioError(400, 21617)
        if len(urls) > 1:
            raise TwilioError(400, 21623)
        if any(not _web_address(url) for url in urls):
            raise TwilioError(400, 21620, urls[0])
        callback = fields.get("StatusCallback")
        if callback is not None and not _web_address(callback):
            raise TwilioError(400, 21609, callback)

    def _accept(self, fields: dict[str, str], urls: list[str]) -> web.Response:
        world = self._world
        to = fields["To"]
        chat = world.chats.get(to)
        now = world.now()
        message = Message(
            f"{'MM' if urls else 'SM'}{secrets.token_hex(16)}", to, "business", "Sahut", now, status="sending"
        )
        message.text = fields.get("Body", "")
        template = self._apply_template(message, fields, urls)
        if fields.get("PersistentAction"):
            _place(message, fields["PersistentAction"])
        until = chat.window_until() if chat is not None else None
        free = template is None or content.session_only(template)
        outside = free and (until is None or now >= until)
        if outside and chat is not None and world.config.refuse_outside_window:
            raise TwilioError(400, 63016)
        message.html = whatsapp_html(message.text)
        message.raw.update(
            to=to,
            media_urls=urls,
            status="queued",
            status_callback=fields.get("StatusCallback", ""),
            updated=now,
            body=message.text,
        )
        self._keep(message)
        if chat is not None:
            world.add(chat, message)
        world.record_sent("twilio", "create", message)
        answer = _json(resource(world, message), 201)
        self._outgoing.carry(chat, message, outside)
        return answer

    def _apply_template(self, message: Message, fields: dict[str, str], urls: list[str]) -> ContentTemplate | None:
        sid = fields.get("ContentSid")
        if not sid:
            return None
        template = self._world.config.content_templates.get(sid)
        if template is None:
            raise TwilioError(400, 21655, sid)
        try:
            variables = content.read_variables(template, fields.get("ContentVariables", ""))
        except content.VariablesError as error:
            raise TwilioError(400, 21656, str(error)) from None
        message.raw["content_sid"], message.raw["approved"] = sid, template.approved
        try:
            shown = content.render(template, variables)
        except content.ChannelRefuses as error:
            message.raw["refused"] = str(error)
            log.warning("whatsapp refuses %s: %s", sid, error)
            return template
        message.text, message.kind = shown.body, shown.kind
        message.buttons, message.list = shown.buttons, shown.picker
        urls += shown.media
        return template

    def remember(self, messages: Iterable[Message]) -> None:
        """Takes up messages of an earlier run, so that they can be fetched."""
        for message in messages:
            self._keep(message)

    def _keep(self, message: Message) -> None:
        self._resources[message.id] = message
        if len(self._resources) > 20_000:
            del self._resources[next(iter(self._resources))]

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        if set(query) - LIST_MESSAGES or not query.get("PageSize", "50").isdecimal():
            raise TwilioError(400, 20001)
        size = min(max(int(query.get("PageSize", "50")), 1), 1000)
        found = [resource(self._world, message) for message in reversed(self._resources.values())]
        wanted = [
            one
            for one in found
            if query.get("To", one["to"]) == one["to"] and query.get("From", one["from"]) == one["from"]
        ]
        page = {"messages": wanted[:size], "page": 0, "page_size": size, "start": 0, "end": len(wanted[:size])}
        return _json({**page, "uri": request.path_qs, "next_page_uri": None, "previous_page_uri": None})

    async def _fetch(self, request: web.Request) -> web.Response:
        message = self._resources.get(request.match_info["sid"])
        if message is None:
            raise TwilioError(404, 20404, request.path)
        return _json(resource(self._world, message))

    async def _media(self, request: web.Request) -> web.Response:
        message = self._resources.get(request.match_info["sid"])
        sid = request.match_info["media"].removesuffix(".json")
        media = self._world.media.get(sid.removeprefix("ME"))
        if message is None or media is None or message.raw.get("media") != media.id:
            raise TwilioError(404, 20404, request.path)
        raise web.HTTPTemporaryRedirect(self.base_url + media.url)

    async def _account(self, request: web.Request) -> web.Response:
        config = self._world.config
        sid, made = config.twilio_account_sid, format_datetime(_MADE)
        return _json(
            {
                "sid": sid,
                "owner_account_sid": sid,
                "friendly_name": "Sahut simulator",
                "status": "active",
                "type": "Full",
                "auth_token": config.twilio_auth_token,
                "date_created": made,
                "date_updated": made,
                "uri": f"/{API_VERSION}/Accounts/{sid}.json",
                "subresource_uris": {"messages": f"/{API_VERSION}/Accounts/{sid}/Messages.json"},
            }
        )

    async def _contents(self, request: web.Request) -> web.Response:
        if set(request.query) - LIST_CONTENT:
            raise TwilioError(400, 20001)
        templates = self._world.config.content_templates
        meta = {"page": 0, "page_size": 50, "key": "contents", "next_page_url": None, "previous_page_url": None}
        meta.update(first_page_url=f"{self.base_url}/v1/Content", url=f"{self.base_url}/v1/Content")
        return _json({"meta": meta, "contents": [self._template(sid, t) for sid, t in templates.items()]})

    async def _content(self, request: web.Request) -> web.Response:
        return _json(self._template(*self._wanted_template(request)))

    async def _approval(self, request: web.Request) -> web.Response:
        sid, template = self._wanted_template(request)
        status = "approved" if template.approved else "unsubmitted"
        whatsapp = {"type": "whatsapp", "name": template.friendly_name, "category": "UTILITY", "status": status}
        whatsapp.update(content_type=content.template_type(template), rejection_reason="")
        account = self._world.config.twilio_account_sid
        url = self.base_url + request.path
        return _json({"sid": sid, "account_sid": account, "whatsapp": whatsapp, "url": url})

    def _wanted_template(self, request: web.Request) -> tuple[str, ContentTemplate]:
        sid = request.match_info["sid"]
        template = self._world.config.content_templates.get(sid)
        if template is None:
            raise TwilioError(404, 20404, request.path)
        return sid, template

    def _template(self, sid: str, template: ContentTemplate) -> Json:
        made, url = _MADE.isoformat().replace("+00:00", "Z"), f"{self.base_url}/v1/Content/{sid}"
        return {
            "sid": sid,
            "account_sid": self._world.config.twilio_account_sid,
            "friendly_name": template.friendly_name,
            "language": template.language,
            "variables": dict(template.variables),
            "types": dict(template.types),
            "date_created": made,
            "date_updated": made,
            "url": url,
            "links": {"approval_fetch": f"{url}/ApprovalRequests"},
        }

    # the phones' side

    def said(self, chat: Chat, person: Person, message: Message) -> None:
        """A person wrote, pressed a reply button or picked a row."""
        message.raw["form"] = inbound_fields(self._world, self.base_url, chat, person, message)
        self._keep(message)
        self._deliver(message)

    def edited(self, chat: Chat, person: Person, message: Message) -> None:
        """Twilio passes no edits on."""

    def pressed(self, chat: Chat, person: Person, message: Message, button: Button) -> None:
        """On WhatsApp a pressed button is a message (`said`)."""

    def blocked(self, chat: Chat, person: Person, blocked: bool) -> None:
        """Twilio tells nobody; after a block messages stay at "sent"."""
        if not blocked:
            self._outgoing.received(chat)

    def read(self, chat: Chat, messages: list[Message]) -> None:
        """A person opened the chat."""
        self._outgoing.read(messages)

    def redeliver(self, message: Message) -> bool:
        """The inbound webhook again, same MessageSid."""
        if "form" not in message.raw:
            return False
        self._deliver(message)
        return True

    def migrate(self, chat: Chat) -> Chat:
        """WhatsApp has no groups here; raises NotPossible."""
        raise NotPossible("only a Telegram group can become a supergroup")

    def topic_closed(self, chat: Chat, person: Person, topic: Topic) -> None:
        """WhatsApp has no topics."""

    def _deliver(self, message: Message) -> None:
        url = self._world.config.whatsapp_webhook_url
        if url is None:
            return
        fields = message.raw["form"]

        async def deliver() -> None:
            if await self._posts.post(url, fields) and message.status == "sending":
                message.status = "delivered"
                self._world.touch(message)

        self.lanes.push(message.chat, deliver, self._faults.take("twilio", "webhook", message.chat))


def _place(message: Message, action: str) -> None:
    match = re.fullmatch(r"geo:(-?[\d.]+),(-?[\d.]+)(?:\|(.*))?", action)
    if match is None:
        raise TwilioError(400, 20001, "PersistentAction")
    message.kind = "location"
    message.location = {"lat": float(match[1]), "lon": float(match[2]), "name": match[3] or message.text}


def _web_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _json(body: Json, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def _refuse(status: int, retry_after: int) -> web.Response:
    return TwilioError(status, 20429 if status == 429 else 20500).response()
