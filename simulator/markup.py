"""Safe HTML for the page: everything is escaped first, then the marks are put in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import urlsplit

_TAGS = {
    "bold": ("<b>", "</b>"),
    "italic": ("<i>", "</i>"),
    "underline": ("<u>", "</u>"),
    "strikethrough": ("<s>", "</s>"),
    "spoiler": ('<span class="spoiler">', "</span>"),
    "code": ("<code>", "</code>"),
    "pre": ("<pre>", "</pre>"),
    "blockquote": ("<blockquote>", "</blockquote>"),
    "expandable_blockquote": ("<blockquote>", "</blockquote>"),
    "bot_command": ('<span class="command">', "</span>"),
    "mention": ('<span class="mention">', "</span>"),
    "text_mention": ('<span class="mention">', "</span>"),
}
_URL = re.compile(r"https?://[^\s<>\"']*[^\s<>\"'.,;:!?)\]]")
_CODE = re.compile(r"```(.+?)```", re.DOTALL)
_MARKS = [
    (re.compile(r"(?<![\w*])\*(\S(?:[^*\n]*\S)?)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<![\w_])_(\S(?:[^_\n]*\S)?)_(?![\w_])"), r"<i>\1</i>"),
    (re.compile(r"(?<![\w~])~(\S(?:[^~\n]*\S)?)~(?![\w~])"), r"<s>\1</s>"),
]


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, which is how Telegram counts."""
    return len(text.encode("utf-16-le")) // 2


def lines(text: str) -> str:
    """Newlines as <br>, so that it shows the same with and without `white-space: pre-wrap`."""
    return text.replace("\n", "<br>")


def anchor(url: str, label_html: str) -> str:
    """A link, if the address is one that a phone would open; otherwise only its label."""
    if urlsplit(url).scheme.lower() not in {"http", "https", "tg", "mailto", "tel"}:
        return label_html
    return f'<a href="{escape(url)}" target="_blank" rel="noopener noreferrer">{label_html}</a>'


def whatsapp_html(text: str) -> str:
    """WhatsApp's *bold*, _italic_, ~strike~ and ```mono``` and its links as HTML."""
    kept: list[str] = []

    def keep(html: str) -> str:
        kept.append(html)
        return f"\x00{len(kept) - 1}\x00"

    safe = escape(text.replace("\x00", ""))
    safe = _CODE.sub(lambda m: keep(f"<code>{m[1]}</code>"), safe)
    safe = _URL.sub(lambda m: keep(f'<a href="{m[0]}" target="_blank" rel="noopener noreferrer">{m[0]}</a>'), safe)
    for pattern, replacement in _MARKS:
        safe = pattern.sub(replacement, safe)
    safe = re.sub("\x00(\\d+)\x00", lambda m: kept[int(m[1])], safe)
    return lines(safe)


def telegram_html(text: str, entities: Sequence[dict[str, Any]]) -> str:
    """Text and its MessageEntity list (UTF-16 offsets, properly nested) as HTML."""
    if not entities and text.isascii() and "://" not in text:
        return lines(escape(text))
    every = [*entities, *found_urls(text, entities)]
    units = text.encode("utf-16-le")
    # Equal spans nest in the order of the list: closed in the reverse order of their opening.
    opening: dict[int, list[tuple[int, int, str]]] = {}
    closing: dict[int, list[tuple[int, int, str]]] = {}
    for index, entity in enumerate(every):
        start, end = entity["offset"], entity["offset"] + entity["length"]
        before, after = _tags(entity, units[start * 2 : end * 2].decode("utf-16-le", "replace"))
        opening.setdefault(start, []).append((-end, index, before))
        closing.setdefault(end, []).append((-start, -index, after))
    out: list[str] = []
    last = 0
    for at in sorted({*opening, *closing}):
        out.append(escape(units[last * 2 : at * 2].decode("utf-16-le", "replace")))
        out.extend(tag for _, _, tag in sorted(closing.get(at, [])))
        out.extend(tag for _, _, tag in sorted(opening.get(at, [])))
        last = at
    out.append(escape(units[last * 2 :].decode("utf-16-le", "replace")))
    return lines("".join(out))


def found_urls(text: str, entities: Sequence[dict[str, Any]] = ()) -> list[dict[str, Any]]:
    """The addresses written in a text as `url` entities, where no other entity lies over them."""
    found = []
    for match in _URL.finditer(text):
        offset, length = utf16_length(text[: match.start()]), utf16_length(match[0])
        covered = any(e["offset"] < offset + length and offset < e["offset"] + e["length"] for e in entities)
        if not covered:
            found.append({"type": "url", "offset": offset, "length": length})
    return found


def _tags(entity: dict[str, Any], covered: str) -> tuple[str, str]:
    kind = entity["type"]
    if kind in ("text_link", "url"):
        link = anchor(str(entity.get("url", covered)), "\x00")
        before, _, after = link.partition("\x00")
        return before, after
    return _TAGS.get(kind, ("", ""))
