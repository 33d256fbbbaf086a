"""What becomes of a WhatsApp message after Twilio has accepted it: media, window, phone, status callbacks."""

from __future__ import annotations

import asyncio
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

import aiohttp

from simulator.faults import Faults
from simulator.model import Chat, Json, Message
from simulator.twilio_table import MEDIA_TYPES, MESSAGES
from simulator.webhooks import Answer, Courier, Lanes, twilio_signature
from simulator.world import World

API_VERSION = "2010-04-01"
MEDIA_BYTES = 16 * 1024 * 1024
RETRY_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


class SignedPosts:
    """Posts forms signed as Twilio signs them, with its few retries."""

    def __init__(self, world: World, courier: Courier) -> None:
        self._world = world
        self._courier = courier

    async def post(self, url: str, fields: Json) -> bool:
        """Whether the service took it. Retried after no answer and after 5xx, `twilio_retries` times."""
        config = self._world.config
        body = urlencode(fields).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "X-Twilio-Signature": twilio_signature(config.twilio_auth_token, url, fields),
            "I-Twilio-Idempotency-Token": fields["MessageSid"] + fields.get("MessageStatus", ""),
            "User-Agent": "TwilioProxy/1.1",
        }
        for tries in range(config.twilio_retries + 1):
            answer = await self._courier.post(url, body, headers, config.twilio_timeout)
            if answer.good:
                self._check(url, answer)
                return True
            if 400 <= answer.status < 500:
                break
            if tries < config.twilio_retries:
                await asyncio.sleep(min(RETRY_PAUSES[min(tries, len(RETRY_PAUSES) - 1)], config.longest_pause))
        self._world.alerts.append(f"11200 {url} answered {answer.status}")
        return False

    def _check(self, url: str, answer: Answer) -> None:
        # The real one raises alert 12300 for other types and reads text/plain as a reply to send.
        if answer.text.strip() and answer.content_type not in ("text/xml", "application/xml"):
            self._world.alerts.append(f"12300 {url} answered with {answer.content_type}")


class Outgoing:
    """Carries accepted messages to the phones."""

    def __init__(self, world: World, courier: Courier, faults: Faults, lanes: Lanes, posts: SignedPosts) -> None:
        self._world = world
        self._courier = courier
        self._faults = faults
        self._lanes = lanes
        self._posts = posts

    def carry(self, chat: Chat | None, message: Message, outside: bool) -> None:
        """Starts; returns at once."""
        self._lanes.spawn(self._carry(chat, message, outside))

    def read(self, messages: list[Message]) -> None:
        """The customer opened the chat."""
        for message in messages:
            if message.status == "sent":
                self._status(message, "delivered")
            self._status(message, "read")

    def received(self, chat: Chat) -> None:
        """A phone that had blocked the business gets what waited."""
        for message in chat.messages.values():
            if message.outgoing and message.status == "sent":
                self._status(message, "delivered")

    async def _carry(self, chat: Chat | None, message: Message, outside: bool) -> None:
        try:
            code = await self._refusal(chat, message, outside)
            if code:
                self._fail(message, code)
                return
            self._status(message, "sent")
            if self._world.config.delivery_seconds:
                await asyncio.sleep(self._world.config.delivery_seconds)
            if chat is not None and not chat.blocked and message.status == "sent":
                self._status(message, "delivered")
        except aiohttp.ClientError:
            self._fail(message, 63019)

    async def _refusal(self, chat: Chat | None, message: Message, outside: bool) -> int:
        if chat is None:
            return 63003
        if outside:
            return 63016
        if message.raw.get("refused"):
            return 63021
        for url in message.raw["media_urls"]:
            if not await self._fetch(message, url):
                return 63019
        return 0

    async def _fetch(self, message: Message, url: str) -> bool:
        timeout = aiohttp.ClientTimeout(total=self._world.config.twilio_timeout)
        try:
            async with self._courier.session.get(url, timeout=timeout) as response:
                if response.status != 200 or response.content_type not in MEDIA_TYPES:
                    return False
                data = bytearray()
                async for part in response.content.iter_chunked(65536):
                    data += part
                    if len(data) > MEDIA_BYTES:
                        return False
                name = response.content_disposition.filename if response.content_disposition else None
                kind = _kind(response.content_type)
                media = self._world.media.put(bytes(data), response.content_type, name or kind, kind)
        except (TimeoutError, aiohttp.ClientError, ValueError):
            return False
        message.media, message.raw["media"] = media.to_json(), media.id
        if message.kind == "text":
            message.kind = kind
        self._world.touch(message)
        return True

    def _fail(self, message: Message, code: int) -> None:
        message.raw["error_code"] = code
        message.error = f"{code} {MESSAGES[code]}"
        self._status(message, "undelivered" if code in (63003, 63016) else "failed")

    def _status(self, message: Message, status: str) -> None:
        message.status = "failed" if status in ("failed", "undelivered") else status
        message.raw["status"] = status
        message.raw["updated"] = self._world.now()
        self._world.touch(message)
        url = message.raw["status_callback"]
        if not url:
            return
        fields = self._callback(message, status)
        fault = self._faults.take("twilio", "status", message.chat)
        key = f"status {message.id}"

        async def deliver() -> None:
            await self._posts.post(url, fields)

        self._lanes.push(key, deliver, fault)

    def _callback(self, message: Message, status: str) -> Json:
        config = self._world.config
        fields = {
            "SmsSid": message.id,
            "SmsStatus": status,
            "MessageSid": message.id,
            "MessageStatus": status,
            "To": message.raw["to"],
            "From": config.whatsapp_from,
            "AccountSid": config.twilio_account_sid,
            "ApiVersion": API_VERSION,
            "ChannelPrefix": "whatsapp",
            "ChannelInstallSid": "XE" + "5a" * 16,
            "ChannelToAddress": message.raw["to"].removeprefix("whatsapp:"),
            "StructuredMessage": "false",
        }
        if status == "read":
            fields["EventType"] = "READ"
        elif status == "delivered":
            fields["EventType"] = "DELIVERED"
        code = message.raw.get("error_code")
        if code:
            fields["ErrorCode"] = str(code)
            fields["ErrorMessage"] = MESSAGES[code]
            fields["ChannelStatusMessage"] = MESSAGES[code]
        return fields


def _kind(content_type: str) -> str:
    if content_type == "image/webp":
        return "sticker"
    main = content_type.partition("/")[0]
    return {"image": "photo", "audio": "voice"}.get(main, "document")


def resource(world: World, message: Message) -> Json:
    """A Message resource as `api.v2010.account.message` describes it."""
    config, raw = world.config, message.raw
    incoming = not message.outgoing
    uri = f"/{API_VERSION}/Accounts/{config.twilio_account_sid}/Messages/{message.id}"
    code = raw.get("error_code")
    other = raw.get("to", message.chat)
    return {
        "account_sid": config.twilio_account_sid,
        "api_version": API_VERSION,
        "body": raw.get("body", message.text),
        "date_created": _rfc2822(message.at),
        "date_sent": None if raw.get("status") == "queued" else _rfc2822(raw.get("updated", message.at)),
        "date_updated": _rfc2822(raw.get("updated", message.at)),
        "direction": "inbound" if incoming else "outbound-api",
        "error_code": code,
        "error_message": MESSAGES[code] if code else None,
        "from": other if incoming else config.whatsapp_from,
        "messaging_service_sid": None,
        "num_media": str(len(raw.get("media_urls", [])) or int("media" in raw)),
        "num_segments": "1",
        "price": None,
        "price_unit": None,
        "sid": message.id,
        "status": "received" if incoming else raw["status"],
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": config.whatsapp_from if incoming else other,
        "uri": f"{uri}.json",
    }


def _rfc2822(at: datetime) -> str:
    return format_datetime(at)
