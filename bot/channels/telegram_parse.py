"""Reads Telegram's updates by hand: fast, and forgiving of every shape, for what is refused comes again for ever."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, TypeGuard

from bot.channels.cleaning import cleaned
from domain.addresses import Address
from domain.events import Arrival, Event, Membership, Migrated, NotUnderstood, Said, SaidKind
from domain.messages import Location, Media, MediaKind

Json = Mapping[str, Any]

PEOPLE = "telegram"
"""A person is the same Telegram user whichever bot they write to."""

KINDS = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that are understood, and asked for."""

_MEDIA = {  # in this order: an animation carries itself as a document too
    "video": (MediaKind.VIDEO, "video/mp4"),
    "animation": (MediaKind.VIDEO, "video/mp4"),
    "video_note": (MediaKind.VIDEO, "video/mp4"),
    "voice": (MediaKind.VOICE, "audio/ogg"),
    "audio": (MediaKind.AUDIO, "audio/mpeg"),
    "sticker": (MediaKind.STICKER, "image/webp"),
    "document": (MediaKind.DOCUMENT, ""),
}
_BEYOND_TEXT = frozenset((*_MEDIA, "photo", "location", "venue", "contact"))
_WORDLESS = ("dice", "poll", "game", "story", "paid_media", "checklist", "invoice", "giveaway", "web_app_data")
_PRESENT = ("member", "administrator", "creator")


def read(update: Json, bot: str, body: bytes | None = None) -> Arrival:
    """The one thing that an update says; never raises. `bot` is the channel's name, `body` the update as it came."""
    number = _number(update.get("update_id"))
    kind = next((kind for kind in KINDS if isinstance(update.get(kind), dict)), "")
    content: Json = update[kind] if kind else {}
    found: tuple[str, str, Event] | None = None
    if number is not None:
        match kind:
            case "message" | "edited_message":
                found = _message(content, bot, edited=kind == "edited_message")
            case "callback_query":
                found = _press(content, bot)
            case "my_chat_member":
                found = _membership(content, bot)
    conversation, person, event = found or (
        _somewhere(update, bot),
        "",
        NotUnderstood(what=_what(update, content, kind)),
    )
    return Arrival(
        source=bot,
        external_id=_fingerprint(update, body) if number is None else str(number),
        conversation=conversation,
        event=event,
        person=person,
    )


def _message(message: Json, bot: str, *, edited: bool) -> tuple[str, str, Event] | None:
    place = _place(message, bot)
    if not place:
        return None
    moved_to = _number(message.get("migrate_to_chat_id"))
    if moved_to is not None:
        return place, "", Migrated(old=place, new=f"{bot}:{moved_to}")
    sender = _object(message.get("from"))
    no_person = sender.get("is_bot") is True or isinstance(message.get("sender_chat"), dict)
    said = _said(message, sender, bot, edited=edited, from_bot=no_person)
    return (place, "" if no_person else _user(sender), said) if said else None


def _said(message: Json, sender: Json, bot: str, *, edited: bool, from_bot: bool) -> Said | None:
    text = cleaned(message.get("text")) or cleaned(message.get("caption"))
    media: tuple[Media, ...] = ()
    location, contact, phone = None, _object(None), ""
    if not _BEYOND_TEXT.isdisjoint(message):
        media, location, contact = _media(message, bot), _location(message), _object(message.get("contact"))
    if media:
        kind = SaidKind.MEDIA
    elif location:
        kind = SaidKind.LOCATION
    elif contact:
        kind = SaidKind.CONTACT
        number = cleaned(contact.get("phone_number"))
        text = f"{_name(contact)} {number}".strip()
        if contact.get("user_id") is not None and contact.get("user_id") == sender.get("id"):
            phone = number
    elif text:
        kind = SaidKind.TEXT
    elif any(name in message for name in _WORDLESS):
        kind = SaidKind.OTHER
    else:
        return None
    return Said(
        kind=kind,
        text=text,
        message_id=_id(message),
        reply_to=_reply_to(message),
        name=_name(sender),
        username=cleaned(sender.get("username")),
        language=cleaned(sender.get("language_code")),
        phone=phone,
        media=media,
        location=location,
        edited=edited,
        from_bot=from_bot,
    )


def _press(query: Json, bot: str) -> tuple[str, str, Event] | None:
    """A button pressed. Its message may be missing (inline) or no longer readable, which leaves its chat and number."""
    message, sender = _object(query.get("message")), _object(query.get("from"))
    person, data = _user(sender), cleaned(query.get("data"))
    place = _place(message, bot) or (f"{bot}:{sender['id']}" if person else "")
    if not place or not person or not data:
        return None
    return (
        place,
        person,
        Said(
            kind=SaidKind.BUTTON,
            text=_label(message, data),
            button=data,
            button_message=_id(message),
            callback=cleaned(query.get("id")),
            name=_name(sender),
            username=cleaned(sender.get("username")),
            language=cleaned(sender.get("language_code")),
        ),
    )


def _label(message: Json, data: str) -> str:
    """What stood on the pressed button: for people who read the talk afterwards; routing goes by the data alone."""
    rows = _object(message.get("reply_markup")).get("inline_keyboard")
    for row in rows if isinstance(rows, list) else []:
        for button in row if isinstance(row, list) else []:
            if isinstance(button, dict) and button.get("callback_data") == data:
                return cleaned(button.get("text"))
    return ""


def _membership(change: Json, bot: str) -> tuple[str, str, Event] | None:
    place, new = _place(change, bot), _object(change.get("new_chat_member"))
    status = new.get("status")
    if not place or not isinstance(status, str):
        return None
    active = status in _PRESENT or (status == "restricted" and new.get("is_member") is True)
    by = _user(_object(change.get("from")))
    return place, by if _private(_object(change.get("chat"))) else "", Membership(active=active, by=by)


def _media(message: Json, bot: str) -> tuple[Media, ...]:
    sizes = message.get("photo")
    if isinstance(sizes, list):
        largest = max(filter(_has_file, sizes), key=_area, default=None)
        return (_file(largest, bot, MediaKind.PHOTO, "image/jpeg"),) if largest else ()
    for name, (kind, mime) in _MEDIA.items():
        file = message.get(name)
        if _has_file(file):
            if file.get("is_animated") is True:
                mime = "application/x-tgsticker"
            elif file.get("is_video") is True:
                mime = "video/webm"
            return (_file(file, bot, kind, mime),)
    return ()


def _file(file: Json, bot: str, kind: MediaKind, usual: str) -> Media:
    return Media(
        kind=kind,
        channel=bot,
        ref=cleaned(file["file_id"]),
        mime=cleaned(file.get("mime_type")) or usual,
        name=cleaned(file.get("file_name")),
        size=max(_number(file.get("file_size")) or 0, 0),
    )


def _has_file(file: Any) -> TypeGuard[Json]:
    return isinstance(file, dict) and bool(cleaned(file.get("file_id")))


def _area(size: Json) -> int:
    return (_number(size.get("width")) or 0) * (_number(size.get("height")) or 0)


def _location(message: Json) -> Location | None:
    venue = _object(message.get("venue"))
    spot = _object(message.get("location")) or _object(venue.get("location"))
    latitude, longitude = _degrees(spot.get("latitude"), 90), _degrees(spot.get("longitude"), 180)
    if latitude is None or longitude is None:
        return None
    label = ", ".join(filter(None, (cleaned(venue.get("title")), cleaned(venue.get("address")))))
    return Location(latitude, longitude, label)


def _reply_to(message: Json) -> str:
    """The message replied to. In a topic every message formally replies to the one that opened it: that is none."""
    replied = _object(message.get("reply_to_message"))
    if not replied:
        return ""
    root = message.get("is_topic_message") is True and replied.get("message_id") == message.get("message_thread_id")
    return "" if root or "forum_topic_created" in replied else _id(replied)


def _place(message: Json, bot: str) -> str:
    """The conversation's address: the chat, and in a forum its topic. Empty where there is no chat."""
    chat = _object(message.get("chat"))
    number = _number(chat.get("id"))
    if number is None:
        return ""
    thread = _number(message.get("message_thread_id"))
    if _private(chat) or message.get("is_topic_message") is not True:
        thread = None
    return str(Address(bot, str(number), thread))


def _somewhere(update: Json, bot: str) -> str:
    """An address for what is not understood: its chat where one can be seen."""
    for content in update.values():
        place = _place(_object(content), bot)
        if place:
            return place
    return f"{bot}:none"


def _what(update: Json, content: Json, kind: str) -> str:
    """What there was, by its field names alone: contents stay out of logs and counters."""
    fields = [name for name in (content if kind else update) if name.isascii()]
    known = (
        "update_id",
        "message_id",
        "from",
        "chat",
        "date",
        "message_thread_id",
        "is_topic_message",
        "reply_to_message",
    )
    return " ".join([kind or "update", *sorted(name[:40] for name in fields if name not in known)][:6])


def _private(chat: Json) -> bool:
    return chat.get("type") == "private"


def _user(user: Json) -> str:
    number = _number(user.get("id"))
    return "" if number is None else f"{PEOPLE}:{number}"


def _name(person: Json) -> str:
    return " ".join(filter(None, (cleaned(person.get("first_name")), cleaned(person.get("last_name"))))).strip()


def _id(message: Json) -> str:
    number = _number(message.get("message_id"))
    return "" if number is None else str(number)


def _object(value: Any) -> Json:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> int | None:
    """A 64-bit integer, which all of Telegram's are."""
    return value if type(value) is int and -(2**63) <= value < 2**63 else None


def _degrees(value: Any, limit: int) -> float | None:
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > limit:
        return None
    return float(value)


def _fingerprint(update: Json, body: bytes | None) -> str:
    content = body if body is not None else json.dumps(update, sort_keys=True, default=str).encode()
    return f"body:{hashlib.sha256(content).hexdigest()}"
