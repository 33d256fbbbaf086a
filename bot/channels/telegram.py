"""Telegram: a customers' bot and, by the same class under another name, the ops bot."""

import asyncio
import hmac
import json
import mimetypes
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

import aiohttp
import msgspec
from telegram import InputFile

from bot.channels.base import (
    BadRequest,
    Failed,
    File,
    Finding,
    Forbidden,
    Limits,
    MediaNotNow,
    MediaUnavailable,
    Moved,
    Part,
    Request,
    Result,
    Retry,
    Sent,
    Unknown,
    Worded,
)
from bot.channels.cleaning import cleaned
from bot.channels.splitting import shortened
from bot.channels.telegram_errors import Floods, detail_of, not_editable, reason_of, result_of, unchanged
from bot.channels.telegram_http import Api, Refused, Unanswered, Unsent
from bot.channels.telegram_parse import KINDS, read
from bot.channels.telegram_render import TOPIC_NAME, as_document, render
from bot.channels.telegram_setup import check
from domain.addresses import Address, parse_address
from domain.events import Arrival, Said
from domain.messages import FailureReason, Media, MediaKind
from services.http import TOTAL, NoAnswer, NotSent, TooLarge, exchange

LIMITS = Limits(overall=30, per_chat=1, per_group=20 / 60)
SECRET = "x-telegram-bot-api-secret-token"  # noqa: S105 - the header's name
UPLOAD = 90.0  # seconds, for a call that carries a file
POLL = 25  # seconds that Telegram keeps an empty poll waiting
QUICK = 5.0  # seconds, for manners
FILES = 20 * 2**20  # bytes: what the Bot API lets a bot download
NOTHING: Mapping[str, Any] = MappingProxyType({})


class TelegramChannel:
    """`open_media` gives the bytes of media that came by another channel (raises MediaUnavailable)."""

    tells_what_was_sent = False

    def __init__(
        self,
        *,
        name: str,
        token: str,
        secret: str,
        base_url: str,
        session: aiohttp.ClientSession,
        open_media: Callable[[Media], Awaitable[File]],
        limits: Limits = LIMITS,
    ) -> None:
        self.name = name
        self.limits = limits
        self.api = Api(token, base_url, session)
        self._secret = secret.encode()
        self._session = session
        self._open_media = open_media
        self._floods = Floods()

    def parse(self, request: Request) -> Sequence[Arrival]:
        given = request.headers.get(SECRET, "").encode(errors="surrogatepass")
        if not self._secret or not hmac.compare_digest(given, self._secret):
            raise Forbidden
        try:
            update = _json(request.body)
        except (ValueError, RecursionError):
            raise BadRequest from None
        if not isinstance(update, dict):
            raise BadRequest
        return [read(update, self.name, request.body)]

    def parse_update(self, update: dict[str, Any]) -> Sequence[Arrival]:
        """The same for an update got by polling."""
        return [read(update, self.name)]

    def render(self, message: Worded) -> list[Part]:
        return render(message, self.name)

    async def send(self, to: str, part: Part) -> Result:
        try:
            address = _chat(to)
        except ValueError:
            return Failed(FailureReason.BAD_ADDRESS, "not a Telegram chat")
        while True:
            try:
                return Sent(await self._carry_out(address, part))
            except Refused as error:
                if unchanged(error) and "message_id" in part["params"]:
                    return Sent(str(part["params"]["message_id"]))
                other = _other_way(part, error)
                if other is None:
                    return result_of(error, address, self._floods)
                part = other
            except (Unsent, Unanswered) as error:
                return result_of(error, address, self._floods)
            except MediaNotNow as error:
                return Retry(detail=str(error) or "the file could not be had")
            except MediaUnavailable as error:
                return Failed(FailureReason.REFUSED, str(error) or "the file is not available")

    async def courtesy(self, said: Said, conversation: str) -> None:
        calls = []
        if said.callback:
            calls.append(self.api.call("answerCallbackQuery", {"callback_query_id": said.callback}, QUICK))
        chat = parse_address(conversation).chat
        if not chat.startswith("-") and not said.from_bot:
            calls.append(self.api.call("sendChatAction", {"chat_id": chat, "action": "typing"}, QUICK))
        await asyncio.gather(*calls, return_exceptions=True)

    async def fetch(self, media: Media, limit: int) -> File:
        """The Bot API gives files of up to 20 MB."""
        try:
            about = await self.api.call("getFile", {"file_id": media.ref})
            path = str(about["file_path"])
            if (about.get("file_size") or 0) > limit:
                raise MediaUnavailable("the file is too large")
            answer = await exchange(self._session, "GET", self.api.file_url(path), seconds=UPLOAD, limit=limit)
        except Refused as error:
            if error.status == 400:
                raise MediaUnavailable(detail_of(error)) from None
            raise MediaNotNow(detail_of(error)) from None
        except (Unsent, Unanswered, NotSent, NoAnswer) as error:
            raise MediaNotNow(str(error)) from None
        except TooLarge:
            raise MediaUnavailable("the file is too large") from None
        except (AttributeError, KeyError, TypeError):
            raise MediaUnavailable("Telegram names no place to get the file from") from None
        if answer.status != 200:
            raise (MediaUnavailable if answer.status == 404 else MediaNotNow)(f"Telegram {answer.status}")
        name = media.name or PurePosixPath(path).name
        return File(answer.body, media.mime or mimetypes.guess_type(name)[0] or "application/octet-stream", name)

    async def find_sent(self, to: str, part: Part, since: datetime, known: Collection[str] = ()) -> str | Retry | None:
        """The Bot API cannot be asked what was sent."""
        return None

    async def open_topic(self, chat: str, name: str) -> str | Retry | Failed | Moved | Unknown:
        """Make a topic in the forum; its thread id. Addresses are ours (`telegram:-100..`)."""
        made = await self._act("createForumTopic", chat, {"name": _topic(name)})
        if isinstance(made, Retry | Failed | Moved | Unknown):
            return made
        thread = made.get("message_thread_id") if isinstance(made, dict) else None
        return str(thread) if isinstance(thread, int) else Unknown("the answer holds no topic")

    async def rename_topic(self, topic: str, name: str) -> Result:
        return await self._on_topic("editForumTopic", topic, {"name": _topic(name)})

    async def close_topic(self, topic: str) -> Result:
        return await self._on_topic("closeForumTopic", topic)

    async def reopen_topic(self, topic: str) -> Result:
        return await self._on_topic("reopenForumTopic", topic)

    async def set_webhook(self, url: str, secret: str) -> Result:
        """Telegram keeps the last `allowed_updates` where none are given: they always are."""
        return await self._set("setWebhook", {"url": url, "secret_token": secret, "allowed_updates": list(KINDS)})

    async def delete_webhook(self) -> Result:
        return await self._set("deleteWebhook", {})

    async def set_commands(self, commands: Mapping[str, str], language: str = "") -> Result:
        """The menu of commands in private chats: name (without the stroke) and description; no language: for all."""
        listed = [{"command": name, "description": described} for name, described in commands.items()]
        scope = {"scope": {"type": "all_private_chats"}, **({"language_code": language} if language else {})}
        return await self._set("setMyCommands", {"commands": listed, **scope})

    async def username(self) -> str:
        """The bot's user name, for t.me links; empty where Telegram does not say."""
        try:
            me = await self.api.call("getMe", {})
        except (Refused, Unsent, Unanswered):
            return ""
        return str(me.get("username") or "") if isinstance(me, dict) else ""

    async def poll(self, offset: int, seconds: int = POLL) -> list[dict[str, Any]] | Retry:
        """The updates from `offset` on, as they come; waits up to so many seconds for the first."""
        asked = {"offset": offset, "timeout": seconds, "allowed_updates": list(KINDS)}
        try:
            updates = await self.api.call("getUpdates", asked, seconds + 10.0)
        except (Refused, Unsent, Unanswered) as error:
            result = result_of(error, Address(self.name, "poll"), self._floods)
            return result if isinstance(result, Retry) else Retry(detail=str(error))
        if not isinstance(updates, list):
            return Retry(detail="the answer holds no updates")
        return [u for u in updates if isinstance(u, dict) and isinstance(u.get("update_id"), int)]

    async def check(self, *, webhook: str = "", forum: str = "", group: str = "") -> list[Finding]:
        return await check(self.api, webhook=webhook, forum=forum, group=group)

    async def _carry_out(self, address: Address, part: Part) -> str:
        """One call; the id of the message."""
        params: dict[str, Any] = {"chat_id": int(address.chat), **part["params"]}
        if address.thread is not None and part["method"] != "editMessageText":
            params["message_thread_id"] = address.thread
        seconds = TOTAL
        if "fetch" in part and part["field"] not in params:
            file = await self._open(part["fetch"])
            params[part["field"]] = InputFile(file.body, filename=_file_name(file))
            seconds = UPLOAD
        message = await self.api.call(part["method"], params, seconds)
        number = message.get("message_id") if isinstance(message, dict) else None
        if not isinstance(number, int):
            raise Unanswered("the answer holds no message")
        return str(number)

    async def _open(self, described: dict[str, Any]) -> File:
        media = Media(**{**described, "kind": MediaKind(described["kind"])})
        return await (self.fetch(media, FILES) if media.channel == self.name else self._open_media(media))

    async def _on_topic(self, method: str, topic: str, params: Mapping[str, Any] = NOTHING) -> Result:
        thread = parse_address(topic).thread
        done = await self._act(method, topic, {"message_thread_id": thread, **params})
        return done if isinstance(done, Retry | Failed | Moved | Unknown) else Sent(str(thread))

    async def _set(self, method: str, params: Mapping[str, Any]) -> Result:
        try:
            await self.api.call(method, dict(params))
        except (Refused, Unsent, Unanswered) as error:
            return result_of(error, Address(self.name, "bot"), self._floods)
        return Sent("")

    async def _act(self, method: str, chat: str, params: Mapping[str, Any]) -> Any:
        """A call on a group: what it gives, or why not."""
        address = _chat(chat)
        try:
            return await self.api.call(method, {"chat_id": int(address.chat), **params})
        except Refused as error:
            return {} if unchanged(error) else result_of(error, address, self._floods)
        except (Unsent, Unanswered) as error:
            return result_of(error, address, self._floods)


def _json(body: bytes) -> Any:
    """Raises ValueError, RecursionError."""
    try:
        return msgspec.json.decode(body)
    except ValueError:
        return json.loads(body)  # which takes half of a surrogate pair too


def _chat(address: str) -> Address:
    """Raises ValueError for what is not one of Telegram's chats."""
    parsed = parse_address(address)
    int(parsed.chat)
    return parsed


def _topic(name: str) -> str:
    return shortened(cleaned(name), TOPIC_NAME) or "…"


def _other_way(part: Part, error: Refused) -> Part | None:
    """Another call that says the same, where Telegram refuses this one for what it is and not for whom it is to."""
    params = part["params"]
    if part["method"] == "editMessageText":
        if not not_editable(error):
            return None
        return {"method": "sendMessage", "params": {k: v for k, v in params.items() if k != "message_id"}}
    if "fetch" not in part or error.status != 400 or reason_of(error) is not FailureReason.REFUSED or error.hints:
        return None
    if part["field"] in params:  # a file id of a kind that this method does not take: by its bytes then
        return {**part, "params": {k: v for k, v in params.items() if k != part["field"]}}
    return as_document(part) if part["method"] != "sendDocument" else None


def _file_name(file: File) -> str:
    """Telegram knows a file by its name's ending."""
    return cleaned(file.name) or f"file{mimetypes.guess_extension(file.mime.partition(';')[0].strip()) or ''}"
