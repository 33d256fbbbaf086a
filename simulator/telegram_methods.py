"""The Bot API's methods that write messages and change them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from simulator.config import Bot
from simulator.markup import telegram_html, utf16_length
from simulator.media import Media
from simulator.model import Button, Chat, Json, Message
from simulator.rates import Rates
from simulator.telegram_call import Call, Upload
from simulator.telegram_errors import bad_request, too_many
from simulator.telegram_json import file_ids, found_entities, message_json
from simulator.telegram_keyboards import parse_markup
from simulator.telegram_table import ACTIONS
from simulator.webhooks import Courier
from simulator.world import World

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
PHOTO_BYTES = 10 * 1024 * 1024
UPLOAD_BYTES = 50 * 1024 * 1024
DOWNLOAD_BYTES = 20 * 1024 * 1024
CALLBACK_SECONDS = 600.0
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current"
    " content and reply markup of the message"
)
_TYPES = {
    "photo": "image/jpeg",
    "voice": "audio/ogg",
    "audio": "audio/mpeg",
    "video": "video/mp4",
    "sticker": "image/webp",
    "document": "application/octet-stream",
}

Method = Callable[[Call], Awaitable[Any]]


class Messages:
    """Sending, editing, deleting. `rates` is None where limits are not played."""

    def __init__(self, world: World, courier: Courier, rates: Rates | None, monotonic: Callable[[], float]) -> None:
        self._world = world
        self._courier = courier
        self._rates = rates
        self._monotonic = monotonic

    def table(self) -> dict[str, Method]:
        """The methods by their name at Telegram."""
        files = {f"send{kind.capitalize()}": self.send_file for kind in _TYPES}
        return {
            **files,
            "sendMessage": self.send_message,
            "sendLocation": self.send_location,
            "copyMessage": self.copy_message,
            "editMessageText": self.edit_text,
            "editMessageReplyMarkup": self.edit_markup,
            "deleteMessage": self.delete_message,
            "answerCallbackQuery": self.answer_callback,
            "sendChatAction": self.chat_action,
            "setMessageReaction": self.react,
            "getFile": self.get_file,
        }

    async def send_message(self, call: Call) -> Json:
        """sendMessage: 1 to 4096 UTF-16 units after the entities."""
        chat = call.chat()
        text, entities = call.formatted("text", "entities")
        if not text:
            raise bad_request("message text is empty")
        if utf16_length(text) > LONGEST_TEXT:
            raise bad_request("message is too long")
        return self._send(call, chat, Message("", chat.id, "", "", self._world.now(), text=text), entities)

    async def send_file(self, call: Call) -> Json:
        """sendPhoto and its sisters: a file of the request, a file_id, or an address that is fetched."""
        chat = call.chat()
        kind = call.method.removeprefix("send").lower()
        text, entities = self._caption(call)
        media = await self._file(call, kind)
        message = Message("", chat.id, "", "", self._world.now(), kind=kind, text=text)
        message.media, message.raw["media"] = media.to_json(), media.id
        return self._send(call, chat, message, entities)

    async def send_location(self, call: Call) -> Json:
        """sendLocation."""
        chat = call.chat()
        lat, lon = call.args["latitude"], call.args["longitude"]
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            raise bad_request("wrong location specified")
        message = Message("", chat.id, "", "", self._world.now(), kind="location")
        message.location = {"lat": lat, "lon": lon, "name": ""}
        return self._send(call, chat, message, [])

    async def copy_message(self, call: Call) -> Json:
        """copyMessage: the same content in another chat, without saying where it came from. Gives a MessageId."""
        chat, source = call.chat(), call.chat("from_chat_id")
        original = call.message(source, "message to copy not found")
        if original.kind == "service":
            raise bad_request("message can't be copied")
        text, entities = original.text, original.raw.get("entities", found_entities(original.text))
        if "caption" in call.args and original.kind != "text":
            text, entities = self._caption(call)
        message = Message("", chat.id, "", "", self._world.now(), kind=original.kind, text=text)
        message.media, message.location = original.media, original.location
        message.raw.update({key: original.raw[key] for key in ("media", "contact") if key in original.raw})
        return {"message_id": self._send(call, chat, message, entities)["message_id"]}

    async def edit_text(self, call: Call) -> Json:
        """editMessageText. Without reply_markup the keyboard goes, as with the real one."""
        chat = call.chat()
        message = self._own(call, chat, "message to edit not found")
        if message.kind != "text":
            raise bad_request("there is no text in the message to edit")
        text, entities = call.formatted("text", "entities")
        if not text:
            raise bad_request("message text is empty")
        if utf16_length(text) > LONGEST_TEXT:
            raise bad_request("message is too long")
        markup, buttons = parse_markup(call.args.get("reply_markup"), inline_only=True)
        if (text, entities, markup) == (message.text, message.raw["entities"], message.raw.get("markup")):
            raise bad_request(NOT_MODIFIED)
        message.text, message.raw["entities"] = text, entities
        message.html = telegram_html(text, entities)
        return self._edited(call, chat, message, markup, buttons)

    async def edit_markup(self, call: Call) -> Json:
        """editMessageReplyMarkup."""
        chat = call.chat()
        message = self._own(call, chat, "message to edit not found")
        markup, buttons = parse_markup(call.args.get("reply_markup"), inline_only=True)
        if markup == message.raw.get("markup"):
            raise bad_request(NOT_MODIFIED)
        return self._edited(call, chat, message, markup, buttons)

    async def delete_message(self, call: Call) -> bool:
        """deleteMessage: within 48 hours; of others only in private chats or with the right."""
        chat = call.chat()
        message = call.message(chat, "message to delete not found")
        own = message.sender == f"bot:{call.bot.username}"
        allowed = own or not chat.group or chat.has_right(call.bot.username, "can_delete_messages")
        if not allowed or (self._world.now() - message.at).total_seconds() > 48 * 3600:
            raise bad_request("message can't be deleted")
        self._world.remove(chat, message.id)
        return True

    async def answer_callback(self, call: Call) -> bool:
        """answerCallbackQuery: while the query is fresh; a text of at most 200 characters."""
        callback = self._world.callbacks.get(call.args["callback_query_id"])
        now = self._monotonic()
        if callback is None or callback.bot != call.bot.username or now - callback.real_time > CALLBACK_SECONDS:
            raise bad_request("query is too old and response timeout expired or query ID is invalid")
        text = call.args.get("text") or ""
        if len(text) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        callback.answered, callback.text, callback.alert = True, text, bool(call.args.get("show_alert"))
        answer: Json = {"chat": callback.chat, "person": callback.person, "message": callback.message}
        answer.update(text=text, alert=callback.alert)
        self._world.feed.publish("answer", lambda: answer)
        return True

    async def chat_action(self, call: Call) -> bool:
        """sendChatAction: five seconds of typing on the phones."""
        chat = call.chat()
        call.may_send(chat)
        call.thread(chat)
        if call.args["action"] not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        self._world.type(chat)
        return True

    async def react(self, call: Call) -> bool:
        """setMessageReaction: kept with the message; an empty list takes it away."""
        message = call.message(call.chat(), "message to react not found")
        reaction = call.args.get("reaction") or []
        if not isinstance(reaction, list) or not all(isinstance(one, dict) and "type" in one for one in reaction):
            raise bad_request("can't parse reaction types")
        if len(reaction) > 1:
            raise bad_request("REACTIONS_TOO_MANY")
        message.raw["reaction"] = reaction
        self._world.touch(message)
        return True

    async def get_file(self, call: Call) -> Json:
        """getFile: files of at most 20 MB."""
        media = self._stored(call.args["file_id"])
        if media is None:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        if len(media.data) > DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        suffix = media.name.rpartition(".")[2] if "." in media.name else "bin"
        return {**file_ids(media), "file_path": f"{media.kind}s/{media.id}.{suffix}"}

    def _caption(self, call: Call) -> tuple[str, list[Json]]:
        text, entities = call.formatted("caption", "caption_entities")
        if utf16_length(text) > LONGEST_CAPTION:
            raise bad_request("message caption is too long")
        return text, entities

    def _send(self, call: Call, chat: Chat, message: Message, entities: list[Json]) -> Json:
        call.may_send(chat)
        message.thread = call.thread(chat)
        message.reply_to = call.reply_to(chat)
        markup, message.buttons = parse_markup(call.args.get("reply_markup"))
        self._spend(call.bot, chat)
        if markup is not None:
            message.raw["markup"] = markup
        message.raw["entities"] = entities
        message.html = telegram_html(message.text, entities)
        message.number = self._world.next_number(chat)
        message.id = str(message.number)
        message.sender, message.name = f"bot:{call.bot.username}", call.bot.name
        message.silent = bool(call.args.get("disable_notification"))
        message.status = "delivered"
        self._world.add(chat, message)
        self._world.record_sent("telegram", call.method, message)
        return message_json(self._world, chat, message)

    def _spend(self, bot: Bot, chat: Chat) -> None:
        if self._rates is None:
            return
        wait = self._rates.spend(bot.username, chat.id, chat.group)
        if wait:
            raise too_many(wait)

    def _own(self, call: Call, chat: Chat, missing: str) -> Message:
        call.may_send(chat)
        message = call.message(chat, missing)
        if message.sender != f"bot:{call.bot.username}" or message.kind == "service":
            raise bad_request("message can't be edited")
        return message

    def _edited(
        self, call: Call, chat: Chat, message: Message, markup: Json | None, buttons: list[list[Button]]
    ) -> Json:
        message.buttons = buttons
        message.raw["markup"] = markup
        message.edited_at = self._world.now()
        self._world.touch(message)
        return message_json(self._world, chat, message)

    def _stored(self, file_id: str) -> Media | None:
        return self._world.media.get(file_id.partition("-")[2])

    async def _file(self, call: Call, kind: str) -> Media:
        given = str(call.args.get(kind) or "")
        upload = call.uploads.get(given.removeprefix("attach://") if given.startswith("attach://") else kind)
        if upload is None and given.startswith(("http://", "https://")):
            upload = await self._fetch(given)
        if upload is None:
            stored = self._stored(given) if given else None
            if stored is None:
                raise bad_request("wrong file identifier/HTTP URL specified")
            return stored
        if not upload.data:
            raise bad_request("file must be non-empty")
        if len(upload.data) > (PHOTO_BYTES if kind == "photo" else UPLOAD_BYTES):
            raise bad_request("file is too big")
        type_ = upload.type if kind == "document" and upload.type else _TYPES[kind]
        return self._world.media.put(upload.data, type_, upload.name or kind, kind)

    async def _fetch(self, url: str) -> Upload:
        try:
            async with self._courier.session.get(url) as response:
                if response.status != 200:
                    raise bad_request("failed to get HTTP URL content")
                data = await response.content.read(UPLOAD_BYTES + 1)
                return Upload(data, url.rpartition("/")[2], response.content_type)
        except (OSError, TimeoutError):
            raise bad_request("failed to get HTTP URL content") from None
