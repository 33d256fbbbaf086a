"""Users, chats and messages as the Bot API writes them (core.telegram.org/bots/api, "Available types")."""

from __future__ import annotations

import re
from typing import Any

from simulator.config import Bot
from simulator.markup import found_urls, utf16_length
from simulator.media import Media
from simulator.model import Chat, Json, Message, Person
from simulator.world import World

_COMMAND = re.compile(r"(?<![\w/@])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{5,32})?(?![\w@])")
_MENTION = re.compile(r"(?<![\w@])@[A-Za-z][A-Za-z0-9_]{4,31}(?!\w)")
_SIZES = {"photo": (480, 360), "sticker": (256, 256), "video": (640, 360)}


def user_json(person: Person) -> Json:
    """A User. Telegram leaves out what it does not know, so the language only comes where there is one."""
    user: Json = {"id": person.number, "is_bot": False, "first_name": person.name, "username": person.username}
    if person.language:
        user["language_code"] = person.language
    return user


def bot_json(bot: Bot) -> Json:
    """A bot as a User."""
    return {"id": bot.id, "is_bot": True, "first_name": bot.name, "username": bot.username}


def chat_type(chat: Chat) -> str:
    """private, group or supergroup; a supergroup's id begins with -100."""
    if not chat.group:
        return "private"
    return "supergroup" if str(chat.number).startswith("-100") else "group"


def chat_json(world: World, chat: Chat) -> Json:
    """A Chat."""
    if not chat.group:
        person = world.person(chat.members[0])
        return {"id": chat.number, "type": "private", "first_name": person.name, "username": person.username}
    data: Json = {"id": chat.number, "title": chat.title, "type": chat_type(chat)}
    if chat.kind == "forum":
        data["is_forum"] = True
    return data


def sender_json(world: World, message: Message) -> Json:
    """The User who wrote a message."""
    if message.sender.startswith("bot:"):
        return bot_json(bot_named(world, message.sender[4:]))
    return user_json(world.person(message.sender))


def bot_named(world: World, username: str) -> Bot:
    """A configured bot; raises KeyError."""
    for bot in world.config.telegram_bots:
        if bot.username == username:
            return bot
    raise KeyError(username)


def found_entities(text: str) -> list[Json]:
    """What Telegram itself finds in a text that people write: commands, mentions and addresses."""
    found: list[Json] = []
    for kind, pattern in (("bot_command", _COMMAND), ("mention", _MENTION)):
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            if not any(e["offset"] <= offset < e["offset"] + e["length"] for e in found):
                found.append({"offset": offset, "length": utf16_length(match[0]), "type": kind})
    found += found_urls(text, found)
    return sorted(found, key=lambda entity: int(entity["offset"]))


def message_json(world: World, chat: Chat, message: Message, deep: bool = True) -> Json:
    """A Message; `deep` also gives the one it answers."""
    data: Json = {
        "message_id": message.number,
        "from": sender_json(world, message),
        "chat": chat_json(world, chat),
        "date": int(message.at.timestamp()),
    }
    if message.edited_at is not None:
        data["edit_date"] = int(message.edited_at.timestamp())
    if message.thread is not None and chat.group:
        data["message_thread_id"] = message.thread
        data["is_topic_message"] = True
    answered = _answered(chat, message) if deep else None
    if answered is not None:
        data["reply_to_message"] = message_json(world, chat, answered, deep=False)
    if message.raw.get("forwarded"):
        data["forward_origin"] = {
            "type": "hidden_user",
            "sender_user_name": "Seseorang",
            "date": int(message.at.timestamp()),
        }
    data.update(_content(world, message))
    if message.raw.get("markup"):
        data["reply_markup"] = message.raw["markup"]
    return data


def _answered(chat: Chat, message: Message) -> Message | None:
    if message.reply_to is not None:
        return chat.messages.get(message.reply_to)
    # In a topic every message that answers no other counts as an answer to the topic's first service message.
    if message.thread is not None and message.number != message.thread:
        return chat.messages.get(str(message.thread))
    return None


def _content(world: World, message: Message) -> Json:
    raw = message.raw
    if "service" in raw:
        return dict(raw["service"])
    if message.kind == "location" and message.location is not None:
        return {"location": {"latitude": message.location["lat"], "longitude": message.location["lon"]}}
    if message.kind == "contact":
        return {"contact": raw["contact"]}
    entities = raw["entities"] if "entities" in raw else found_entities(message.text)
    if message.kind == "text":
        return {"text": message.text, **({"entities": entities} if entities else {})}
    data: Json = {}
    media = world.media.get(raw.get("media", ""))
    if media is not None:
        data[message.kind] = _file(message.kind, media)
    if message.text:
        data["caption"] = message.text
        if entities:
            data["caption_entities"] = entities
    return data


def file_ids(media: Media) -> Json:
    """The fields that every file has."""
    return {
        "file_id": f"{media.kind}-{media.id}",
        "file_unique_id": media.id[:16],
        "file_size": len(media.data),
    }


def _file(kind: str, media: Media) -> Any:
    data = file_ids(media)
    if kind in _SIZES:
        data["width"], data["height"] = _SIZES[kind]
    match kind:
        case "photo":
            return [data]
        case "sticker":
            data.update(type="regular", is_animated=False, is_video=False, emoji="\N{SLIGHTLY SMILING FACE}")
            return data
        case "voice":
            return {**data, "duration": 2, "mime_type": media.type}
        case "document":
            return {**data, "file_name": media.name, "mime_type": media.type}
        case _:
            return {**data, "duration": 2, "file_name": media.name, "mime_type": media.type}
