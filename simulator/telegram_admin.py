"""The Bot API's methods about the bot itself, its updates, chats and forum topics."""

from __future__ import annotations

import ipaddress
import re
from typing import Any
from urllib.parse import urlsplit

from simulator.markup import utf16_length
from simulator.model import Chat, Json, Message, Topic
from simulator.telegram_call import Call
from simulator.telegram_errors import TelegramError, bad_request
from simulator.telegram_json import bot_json, chat_json, user_json
from simulator.telegram_methods import Method
from simulator.telegram_table import TOPIC_COLORS
from simulator.telegram_updates import Mailbox, Webhook
from simulator.world import World

LONGEST_TOPIC = 128
RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_pin_messages",
    "can_manage_topics",
)
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")


class Admin:
    """What is not a message."""

    def __init__(self, world: World, mailboxes: dict[str, Mailbox]) -> None:
        self._world = world
        self._mailboxes = mailboxes

    def table(self) -> dict[str, Method]:
        """The methods by their name at Telegram."""
        return {
            "getMe": self.get_me,
            "setWebhook": self.set_webhook,
            "deleteWebhook": self.delete_webhook,
            "getWebhookInfo": self.webhook_info,
            "getUpdates": self.get_updates,
            "setMyCommands": self.set_commands,
            "getChat": self.get_chat,
            "getChatMember": self.get_member,
            "getChatAdministrators": self.get_administrators,
            "createForumTopic": self.create_topic,
            "editForumTopic": self.edit_topic,
            "closeForumTopic": self.close_topic,
            "reopenForumTopic": self.reopen_topic,
            "deleteForumTopic": self.delete_topic,
            "pinChatMessage": self.pin,
        }

    async def get_me(self, call: Call) -> Json:
        """getMe."""
        bot = call.bot
        return {
            **bot_json(bot),
            "can_join_groups": True,
            "can_read_all_group_messages": bot.can_read_all_group_messages,
            "supports_inline_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    async def set_webhook(self, call: Call) -> bool:
        """setWebhook: HTTPS, or HTTP to this machine only; what is not given is not kept, except allowed_updates."""
        args, mailbox = call.args, self._mailboxes[call.bot.token]
        url = args.get("url", "")
        allowed = self._allowed(call, mailbox)
        drop = bool(args.get("drop_pending_updates"))
        if not url:
            mailbox.set_webhook(None, allowed, drop)
            return True
        parts = urlsplit(url)
        if parts.scheme != "https" and not (parts.scheme == "http" and _loopback(parts.hostname or "")):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        secret = args.get("secret_token", "")
        if secret and not _SECRET.fullmatch(secret):
            raise bad_request("secret token contains unallowed characters")
        most = args.get("max_connections", 40)
        if not 1 <= most <= 100:
            most = 40
        mailbox.set_webhook(Webhook(url, secret, most), allowed, drop)
        return True

    async def delete_webhook(self, call: Call) -> bool:
        """deleteWebhook."""
        mailbox = self._mailboxes[call.bot.token]
        mailbox.set_webhook(None, mailbox.allowed, bool(call.args.get("drop_pending_updates")))
        return True

    async def webhook_info(self, call: Call) -> Json:
        """getWebhookInfo."""
        mailbox = self._mailboxes[call.bot.token]
        hook = mailbox.webhook
        info: Json = {
            "url": hook.url if hook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(mailbox.pending),
        }
        if hook is not None:
            info["max_connections"] = hook.max_connections
            info["ip_address"] = "127.0.0.1"
            if hook.last_error_date is not None:
                info["last_error_date"] = hook.last_error_date
                info["last_error_message"] = hook.last_error_message
        if mailbox.allowed is not None:
            info["allowed_updates"] = sorted(mailbox.allowed)
        return info

    async def get_updates(self, call: Call) -> list[Json]:
        """getUpdates: long polling, refused while a webhook is set; a second poll ends the first."""
        mailbox = self._mailboxes[call.bot.token]
        if mailbox.webhook is not None:
            raise TelegramError(
                409,
                "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the"
                " webhook first",
            )
        mailbox.allowed = self._allowed(call, mailbox)
        limit = min(max(call.args.get("limit", 100), 1), 100)
        timeout = min(max(call.args.get("timeout", 0), 0), 50)
        return await mailbox.take(call.args.get("offset", 0), limit, float(timeout), _superseded)

    async def set_commands(self, call: Call) -> bool:
        """setMyCommands: at most 100, names of 1 to 32 small letters, descriptions of 1 to 256."""
        commands = call.args["commands"]
        if not isinstance(commands, list) or len(commands) > 100:
            raise bad_request("can't parse BotCommand: Array expected")
        for command in commands:
            if not isinstance(command, dict) or set(command) - {"command", "description", "is_ephemeral"}:
                raise bad_request("can't parse BotCommand")
            if not re.fullmatch(r"/?[a-z0-9_]{1,32}", str(command.get("command", ""))):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        given = call.args.get("scope") or {}
        if not isinstance(given, dict):
            raise bad_request("can't parse BotCommandScope")
        scope = given.get("type", "default")
        if scope in ("default", "all_private_chats"):
            self._world.set_commands(call.bot.username, call.args.get("language_code", ""), commands)
        return True

    async def get_chat(self, call: Call) -> Json:
        """getChat."""
        chat = call.chat()
        data = {
            **chat_json(self._world, chat),
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
        }
        if chat.group:
            data["permissions"] = {"can_send_messages": True, "can_send_other_messages": True}
        return data

    async def get_member(self, call: Call) -> Json:
        """getChatMember."""
        chat, wanted = call.chat(), call.args["user_id"]
        for member in self._members(chat):
            if member["user"]["id"] == wanted:
                return member
        person = next((p for p in self._world.people.values() if p.number == wanted), None)
        if person is None:
            raise bad_request("invalid user_id specified")
        return {"status": "left", "user": user_json(person)}

    async def get_administrators(self, call: Call) -> list[Json]:
        """getChatAdministrators: with the calling bot, without other bots unless asked for."""
        chat = call.chat()
        if not chat.group:
            raise bad_request("there are no administrators in the private chat")
        others = bool(call.args.get("return_bots"))
        return [
            member
            for member in self._members(chat)
            if member["status"] in ("creator", "administrator")
            and (others or not member["user"]["is_bot"] or member["user"]["id"] == call.bot.id)
        ]

    async def create_topic(self, call: Call) -> Json:
        """createForumTopic: a name of 1 to 128 characters, one of six colours."""
        chat = self._forum(call, "not enough rights to create a topic")
        name = self._name(call)
        color = call.args.get("icon_color", TOPIC_COLORS[0])
        if color not in TOPIC_COLORS:
            raise bad_request("invalid forum topic icon color specified")
        topic = Topic(self._world.next_number(chat), name, icon_color=color)
        chat.topics[topic.id] = topic
        service = {"forum_topic_created": {"name": name, "icon_color": color}}
        self._service(call, chat, topic, service, f"Topik dibuat: {name}", number=topic.id)
        return {"message_thread_id": topic.id, "name": name, "icon_color": color}

    async def edit_topic(self, call: Call) -> bool:
        """editForumTopic."""
        chat = self._forum(call, "not enough rights to edit the topic")
        topic = self._topic(call, chat)
        name = self._name(call) if call.args.get("name") else topic.name
        if name == topic.name:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.name = name
        self._service(call, chat, topic, {"forum_topic_edited": {"name": name}}, f"Topik diganti nama: {name}")
        return True

    async def close_topic(self, call: Call) -> bool:
        """closeForumTopic."""
        return self._set_closed(call, True)

    async def reopen_topic(self, call: Call) -> bool:
        """reopenForumTopic."""
        return self._set_closed(call, False)

    async def delete_topic(self, call: Call) -> bool:
        """deleteForumTopic, with all its messages; needs can_delete_messages."""
        chat = self._forum(call, "not enough rights to delete the topic", "can_delete_messages")
        topic = self._topic(call, chat)
        await self._world.delete_topic(chat.id, topic.id)
        return True

    async def pin(self, call: Call) -> bool:
        """pinChatMessage."""
        chat = call.chat()
        message = call.message(chat, "message to pin not found")
        if chat.group and not chat.has_right(call.bot.username, "can_pin_messages"):
            raise bad_request("not enough rights to manage pinned messages in the chat")
        message.raw["pinned"] = True
        return True

    def _allowed(self, call: Call, mailbox: Mailbox) -> frozenset[str] | None:
        given: Any = call.args.get("allowed_updates")
        if given is None:
            return mailbox.allowed
        if not isinstance(given, list):
            raise bad_request("can't parse allowed updates")
        return frozenset(str(kind) for kind in given) or None

    def _members(self, chat: Chat) -> list[Json]:
        members: list[Json] = []
        for key in chat.members:
            user = user_json(self._world.person(key))
            status = "creator" if chat.creator == key else "member"
            members.append({"status": status, "user": user, **({"is_anonymous": False} if status == "creator" else {})})
        for bot in self._world.config.telegram_bots:
            if bot.username not in chat.bots:
                continue
            if bot.username not in chat.admins:
                members.append({"status": "member", "user": bot_json(bot)})
                continue
            rights = {right: right in chat.admins[bot.username] for right in RIGHTS}
            members.append(
                {
                    "status": "administrator",
                    "user": bot_json(bot),
                    "can_be_edited": False,
                    "is_anonymous": False,
                    **rights,
                }
            )
        return members

    def _forum(self, call: Call, refusal: str, right: str = "can_manage_topics") -> Chat:
        chat = call.chat()
        if chat.kind != "forum":
            raise bad_request("the chat is not a forum")
        if not chat.has_right(call.bot.username, right):
            raise bad_request(refusal)
        return chat

    def _topic(self, call: Call, chat: Chat) -> Topic:
        topic = chat.topics.get(call.args["message_thread_id"])
        if topic is None or topic.deleted:
            raise bad_request("TOPIC_ID_INVALID")
        return topic

    def _name(self, call: Call) -> str:
        name = str(call.args["name"]).strip()
        if not name:
            raise bad_request("TOPIC_TITLE_EMPTY")
        if utf16_length(name) > LONGEST_TOPIC:
            raise bad_request("TOPIC_TITLE_TOO_LONG")
        return name

    def _set_closed(self, call: Call, closed: bool) -> bool:
        chat = self._forum(call, f"not enough rights to {'close' if closed else 'reopen'} the topic")
        topic = self._topic(call, chat)
        if topic.closed == closed:
            raise bad_request("TOPIC_NOT_MODIFIED")
        topic.closed = closed
        kind, words = ("forum_topic_closed", "ditutup") if closed else ("forum_topic_reopened", "dibuka lagi")
        self._service(call, chat, topic, {kind: {}}, f"Topik {words}")
        return True

    def _service(self, call: Call, chat: Chat, topic: Topic, service: Json, text: str, number: int = 0) -> None:
        number = number or self._world.next_number(chat)
        message = Message(
            str(number), chat.id, f"bot:{call.bot.username}", call.bot.name, self._world.now(), kind="service"
        )
        message.number, message.thread, message.text, message.html = number, topic.id, text, _escaped(text)
        message.raw["service"], message.status = service, "delivered"
        self._world.touch_chat(chat)
        self._world.add(chat, message)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _superseded() -> TelegramError:
    return TelegramError(
        409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
    )


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
