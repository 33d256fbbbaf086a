"""Telegram's Bot API over HTTP, and what reaches the bots when people use their phones."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable

from aiohttp import web

from simulator.config import Bot
from simulator.faults import Answering, Faults
from simulator.model import Button, Callback, Chat, Json, Message, Person, Topic
from simulator.rates import Rates
from simulator.telegram_admin import Admin
from simulator.telegram_call import Call, read_arguments
from simulator.telegram_errors import TelegramError, too_many
from simulator.telegram_json import bot_json, chat_json, found_entities, message_json, user_json
from simulator.telegram_methods import Messages, Method
from simulator.telegram_table import BY_LOWER_NAME
from simulator.telegram_updates import Latests, Mailbox, Update
from simulator.webhooks import Courier
from simulator.world import World

log = logging.getLogger(__name__)

KEPT_CALLBACKS = 5000


class Telegram:
    """The provider: `/bot{token}/{method}` and `/file/bot{token}/{path}`."""

    def __init__(
        self, world: World, courier: Courier, faults: Faults, answering: Answering, monotonic: Callable[[], float]
    ) -> None:
        config = world.config
        self._world = world
        self._answering = answering
        self._bots = {bot.token: bot for bot in config.telegram_bots}
        self._latest = Latests()
        self._monotonic = monotonic
        self.mailboxes = {
            token: Mailbox(bot, world, courier, faults, world.running, config.telegram_timeout)
            for token, bot in self._bots.items()
        }
        self.rates = Rates(monotonic)
        messages = Messages(world, courier, self.rates if config.enforce_rates else None, monotonic)
        self.admin = Admin(world, self.mailboxes)
        self._methods: dict[str, Method] = {**messages.table(), **self.admin.table()}
        world.gateways["telegram"] = self

    def routes(self) -> list[web.RouteDef]:
        """The provider's routes."""
        return [
            web.route("*", "/bot{token}/{method}", self.handle),
            web.get("/file/bot{token}/{path:.+}", self.handle_file),
        ]

    async def stop(self) -> None:
        """Ends deliveries and polls."""
        for mailbox in self.mailboxes.values():
            mailbox.stop_polls()
            await mailbox.lanes.stop()

    # the bots' side

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        bot = self._bots.get(request.match_info["token"])
        if bot is None:
            return _failed(TelegramError(401, "Unauthorized"))
        method = BY_LOWER_NAME.get(request.match_info["method"].lower())
        if method is None:
            return _failed(TelegramError(404, "Not Found"))
        if request.method not in ("GET", "POST"):
            return _failed(TelegramError(405, "Method Not Allowed"))
        try:
            args, uploads = await read_arguments(request, method)
        except TelegramError as error:
            log.warning("telegram %s refused: %s", method, error.description)
            return _failed(error)
        call = Call(self._world, bot, method, args, uploads)
        chat = f"telegram:{args['chat_id']}" if "chat_id" in args else None
        return await self._answering.answer(request, "telegram", method, chat, lambda: self._carry_out(call), _refuse)

    async def handle_file(self, request: web.Request) -> web.StreamResponse:
        """A file that getFile named."""
        if request.match_info["token"] not in self._bots:
            return _failed(TelegramError(401, "Unauthorized"))
        media = self._world.media.get(request.match_info["path"].rpartition("/")[2].partition(".")[0])
        if media is None:
            return _failed(TelegramError(404, "Not Found"))
        return web.Response(body=media.data, content_type="application/octet-stream")

    async def _carry_out(self, call: Call) -> web.Response:
        try:
            result = await self._methods[call.method](call)
        except TelegramError as error:
            if error.code != 429 and "message is not modified" not in error.description:
                log.warning("telegram %s refused: %s", call.method, error.description)
            return _failed(error)
        return _json({"ok": True, "result": result})

    # the phones' side

    def said(self, chat: Chat, person: Person, message: Message) -> None:
        """A person wrote."""
        self._message("message", chat, message)

    def edited(self, chat: Chat, person: Person, message: Message) -> None:
        """A person changed a message."""
        self._message("edited_message", chat, message)

    def pressed(self, chat: Chat, person: Person, message: Message, button: Button) -> None:
        """A person pressed an inline button: a callback query for the bot whose message it is."""
        bot = next((b for b in self._bots.values() if message.sender == f"bot:{b.username}"), None)
        if bot is None:
            return
        callback = Callback(
            str(secrets.randbits(62)), chat.id, person.id, button.id, bot.username, self._monotonic(), message.id
        )
        self._world.callbacks[callback.id] = callback
        if len(self._world.callbacks) > KEPT_CALLBACKS:
            del self._world.callbacks[next(iter(self._world.callbacks))]
        payload = {
            "id": callback.id,
            "from": user_json(person),
            "message": message_json(self._world, chat, message),
            "chat_instance": str(abs(chat.number) * 1009 + bot.id),
            "data": button.id,
        }
        self._emit(bot, "callback_query", chat, payload, message)

    def blocked(self, chat: Chat, person: Person, blocked: bool) -> None:
        """A person blocked or unblocked the bot: my_chat_member."""
        states = ("member", "kicked") if blocked else ("kicked", "member")
        for bot in self._in(chat):
            old, new = (_member(bot, status) for status in states)
            payload = {
                "chat": chat_json(self._world, chat),
                "from": user_json(person),
                "date": int(self._world.now().timestamp()),
                "old_chat_member": old,
                "new_chat_member": new,
            }
            self._emit(bot, "my_chat_member", chat, payload, None)

    def read(self, chat: Chat, messages: list[Message]) -> None:
        """A person opened the chat. Bots are not told."""
        for message in messages:
            message.status = "read"
            self._world.touch(message)

    def redeliver(self, message: Message) -> bool:
        """The last update for this message again, with its update_id."""
        latest = self._latest.find(message.chat, message.id)
        if latest is None:
            return False
        self.mailboxes[latest.bot].again(latest.update)
        return True

    def migrate(self, chat: Chat) -> Chat:
        """A group becomes a supergroup: a new id, a service message with migrate_to_chat_id in the old chat and one
        with migrate_from_chat_id in the new."""
        world = self._world
        number = -1_004_000_000_000 - secrets.randbelow(10**9)
        new = Chat(
            f"telegram:{number}",
            "telegram",
            chat.kind,
            chat.title,
            chat.bot,
            number=number,
            members=list(chat.members),
            bots=list(chat.bots),
            admins={bot: list(rights) for bot, rights in chat.admins.items()},
            creator=chat.creator,
            started=True,
        )
        who = world.person(chat.creator or chat.members[0])
        left = self._service(chat, who, {"migrate_to_chat_id": number}, "Grup menjadi supergrup")
        world.chats[new.id] = new
        chat.migrated_to = new.id
        came = self._service(new, who, {"migrate_from_chat_id": chat.number}, "Grup menjadi supergrup")
        self._message("message", chat, left)
        self._message("message", new, came)
        world.feed.publish("state", world.state)
        return new

    def topic_closed(self, chat: Chat, person: Person, topic: Topic) -> None:
        """A person closed a topic or opened it again."""
        kind, words = ("forum_topic_closed", "ditutup") if topic.closed else ("forum_topic_reopened", "dibuka lagi")
        message = self._service(chat, person, {kind: {}}, f"Topik {words}", topic.id)
        self._message("message", chat, message)

    def _service(self, chat: Chat, who: Person, service: Json, text: str, thread: int | None = None) -> Message:
        number = self._world.next_number(chat)
        message = Message(str(number), chat.id, who.id, who.name, self._world.now(), kind="service", number=number)
        message.text = message.html = text
        message.thread = thread
        message.raw["service"] = service
        self._world.add(chat, message)
        return message

    def _message(self, kind: str, chat: Chat, message: Message) -> None:
        payload = message_json(self._world, chat, message)
        heard = [bot for bot in self._in(chat) if self._hears(bot, chat, message)]
        for bot in heard:
            self._emit(bot, kind, chat, payload, message)
        if not heard and message.status == "sending":
            message.status = "sent"
            self._world.touch(message)

    def _emit(self, bot: Bot, kind: str, chat: Chat, payload: Json, message: Message | None) -> None:
        update: Update | None = self.mailboxes[bot.token].emit(kind, chat.id, payload, message)
        if update is not None and message is not None:
            self._latest.note(chat.id, message.id, bot.token, update)

    def _in(self, chat: Chat) -> list[Bot]:
        return [bot for bot in self._bots.values() if bot.username in chat.bots]

    def _hears(self, bot: Bot, chat: Chat, message: Message) -> bool:
        # "Privacy mode", core.telegram.org/bots/features: commands, answers to the bot, service messages.
        if not chat.group or bot.can_read_all_group_messages or bot.username in chat.admins:
            return True
        if message.kind == "service":
            return True
        answered = chat.messages.get(message.reply_to or "")
        if answered is not None and answered.sender == f"bot:{bot.username}":
            return True
        first = next(iter(found_entities(message.text)), None)
        if first is None or first["type"] != "bot_command" or first["offset"] != 0:
            return False
        addressee = message.text[: first["length"]].partition("@")[2]
        return addressee.lower() in ("", bot.username.lower())


def _member(bot: Bot, status: str) -> Json:
    member: Json = {"status": status, "user": bot_json(bot)}
    return {**member, "until_date": 0} if status == "kicked" else member


def _json(body: Json, status: int = 200) -> web.Response:
    return web.Response(
        body=json.dumps(body, ensure_ascii=False).encode(), status=status, content_type="application/json"
    )


def _failed(error: TelegramError) -> web.Response:
    return _json(error.to_json(), error.code)


def _refuse(status: int, retry_after: int) -> web.Response:
    return _failed(too_many(retry_after) if status == 429 else TelegramError(500, "Internal Server Error"))
