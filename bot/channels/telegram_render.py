"""Telegram's form of a message: HTML in parts, inline keyboards, media by file id or to be uploaded."""

import html
import re
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from msgspec.structs import asdict

from bot.channels.base import Option, Part, Worded
from bot.channels.cleaning import sendable
from bot.channels.splitting import shortened, split, units
from domain.messages import BOLD_OFF, BOLD_ON, MENTION_END, MENTION_ID, MENTION_NAME, Media, MediaKind

TEXT = 4096  # UTF-16 units after entities
CAPTION = 1024
BUTTON_ID = 64  # bytes
BUTTONS = 100
LABEL = 64
TOPIC_NAME = 128

_TINY, _SHORT = 3, 14  # labels so long stand five, or two, in a row
_MENTION = re.compile(f"{MENTION_ID}([0-9]+){MENTION_NAME}([^{MENTION_END}]*){MENTION_END}")
_PIECES = re.compile(f"([{BOLD_ON}{BOLD_OFF}])")

METHODS = {
    MediaKind.PHOTO: ("sendPhoto", "photo"),
    MediaKind.VIDEO: ("sendVideo", "video"),
    MediaKind.VOICE: ("sendVoice", "voice"),
    MediaKind.AUDIO: ("sendAudio", "audio"),
    MediaKind.DOCUMENT: ("sendDocument", "document"),
    MediaKind.STICKER: ("sendSticker", "sticker"),
}
_UPLOADED = {  # what Telegram takes under each method; anything else goes as a document
    MediaKind.PHOTO: ("image/jpeg", "image/png", "image/webp"),
    MediaKind.VIDEO: ("video/mp4",),
    MediaKind.VOICE: ("audio/ogg",),
    MediaKind.AUDIO: ("audio/mpeg", "audio/mp4", "audio/x-m4a"),
    MediaKind.STICKER: ("image/webp",),
}


def render(message: Worded, channel: str) -> list[Part]:
    """The calls that say it. Raises ValueError for mistakes of ours: a button id over 64 bytes, nothing to say."""
    rows, links = _keyboard(message.options)
    text = sendable("\n".join((message.text, *links))).strip()
    parts: list[Part] = []
    if message.location:
        spot = message.location
        parts.append({"method": "sendLocation", "params": {"latitude": spot.latitude, "longitude": spot.longitude}})
        text = text or sendable(spot.label).strip()
    if message.media:
        caption = text if message.media.kind is not MediaKind.STICKER and units(text) <= CAPTION else ""
        parts.append(_media(message.media, caption, channel))
        text = "" if caption else text
    if rows and not text and not parts:
        text = "…"  # a keyboard cannot stand alone
    parts.extend(_text(piece) for piece in _pieces(text))
    if not parts:
        raise ValueError("a message with nothing to say")
    if message.edit.isascii() and message.edit.isdigit() and parts[0]["method"] == "sendMessage":
        parts[0] = {"method": "editMessageText", "params": {"message_id": int(message.edit), **parts[0]["params"]}}
    if rows:
        parts[-1]["params"]["reply_markup"] = {"inline_keyboard": rows}
    return parts


def markup(text: str) -> str:
    """The text as Telegram's HTML: our marks as <b>, closed where they were left open, everything else escaped."""
    bold = False
    pieces: list[str] = []
    for piece in _PIECES.split(text):
        if piece not in (BOLD_ON, BOLD_OFF):
            escaped = html.escape(piece, quote=False)
            pieces.append(_MENTION.sub(r'<a href="tg://user?id=\1">\2</a>', escaped))
        elif bold != (piece == BOLD_ON):
            bold = not bold
            pieces.append("<b>" if bold else "</b>")
    return "".join(pieces) + ("</b>" if bold else "")


def as_document(part: Part) -> Part:
    """The same media as a file to download, which every kind can be."""
    return {**part, "method": "sendDocument", "field": "document"}


def _text(text: str) -> Part:
    """`text` is HTML."""
    no_preview = {"is_disabled": True}
    return {
        "method": "sendMessage",
        "params": {"text": text, "parse_mode": "HTML", "link_preview_options": no_preview},
    }


@lru_cache(maxsize=1000)
def _pieces(text: str) -> tuple[str, ...]:
    """The text as HTML, in as many messages as it needs. Most of what is said is said again and again."""
    return tuple(markup(piece) for piece in split(text, TEXT))


def _media(media: Media, caption: str, channel: str) -> Part:
    """A file id works for the bot that got it alone; from elsewhere the bytes are fetched when it is sent (`fetch`)."""
    ours = media.channel == channel
    method, field = METHODS[media.kind]
    mime = media.mime.partition(";")[0].strip().lower()
    if not ours and mime and mime not in _UPLOADED.get(media.kind, (mime,)):
        method, field = METHODS[MediaKind.DOCUMENT]
    params: dict[str, Any] = {field: media.ref} if ours else {}
    if caption:
        params |= {"caption": markup(caption), "parse_mode": "HTML"}
    return {"method": method, "params": params, "field": field, "fetch": asdict(media)}


@lru_cache(maxsize=1000)
def _keyboard(options: tuple[Option, ...]) -> tuple[list[list[dict[str, str]]], list[str]]:
    """The rows of buttons, and as text the links that Telegram would not take as a button. Not to be changed: the same
    options get the same lists.
    """
    buttons: list[dict[str, str]] = []
    links: list[str] = []
    for option in options:
        label = shortened(sendable(option.label), LABEL) or option.id
        if not option.url:
            if not 1 <= len(option.id.encode()) <= BUTTON_ID:
                raise ValueError(f"a button id takes 1 to {BUTTON_ID} bytes: {option.id!r}")
            buttons.append({"text": label, "callback_data": option.id})
        elif _linkable(option.url):
            buttons.append({"text": label or option.url, "url": option.url})
        else:
            links.append(f"{label}: {option.url}")
    if len(buttons) > BUTTONS:
        raise ValueError(f"a keyboard takes {BUTTONS} buttons, not {len(buttons)}")
    width = _width([button["text"] for button in buttons])
    return [buttons[i : i + width] for i in range(0, len(buttons), width)], links


def _width(labels: list[str]) -> int:
    longest = max(map(len, labels), default=0)
    return 5 if longest <= _TINY else 2 if longest <= _SHORT else 1


def _linkable(url: str) -> bool:
    """Telegram refuses the whole message for a link without a dotted host (localhost)."""
    try:
        parts = urlsplit(url)
        return parts.scheme == "tg" or (parts.scheme in ("http", "https") and "." in (parts.hostname or ""))
    except ValueError:
        return False
