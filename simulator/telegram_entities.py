"""Telegram's HTML parse mode: "HTML style" in the Bot API's formatting options, with the server's own errors."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import urlsplit

from simulator.markup import utf16_length
from simulator.model import Json

_KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "a": "text_link",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
_REFERENCE = re.compile(r"&(?:(?:lt|gt|amp|quot);?|#[0-9]{1,8};?|#x[0-9a-fA-F]{1,6};?)")
_NAME = re.compile(r"[^\s>]*")
_ATTRIBUTE = re.compile(r"\s+([^\s=>]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([A-Za-z0-9._-]+)))?")


class EntityError(Exception):
    """What comes after "can't parse entities: "."""


@dataclass(slots=True)
class _Open:
    name: str
    offset: int
    attributes: dict[str, str]


def parse_html(source: str) -> tuple[str, list[Json]]:
    """The plain text and its entities (UTF-16 offsets, outermost first); raises EntityError in Telegram's words."""
    out: list[str] = []
    length = 0
    stack: list[_Open] = []
    entities: list[Json] = []
    at = 0
    while at < len(source):
        char = source[at]
        if char == "&" and (match := _REFERENCE.match(source, at)):
            decoded = unescape(match[0])
            out.append(decoded)
            length += utf16_length(decoded)
            at = match.end()
        elif char != "<":
            following = _next_special(source, at + 1)
            out.append(source[at:following])
            length += utf16_length(source[at:following])
            at = following
        elif source.startswith("</", at):
            at = _close(source, at, stack, entities, length, out)
        else:
            opened, at = _open(source, at, length)
            stack.append(opened)
    if stack:
        raise EntityError(f'Can\'t find end tag corresponding to start tag "{stack[-1].name}"')
    entities.sort(key=lambda entity: (entity["offset"], -entity["length"]))
    return "".join(out), entities


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Without white space at both ends, as the server keeps it; the entities follow."""
    left = text.lstrip()
    cut, kept = utf16_length(text[: len(text) - len(left)]), left.rstrip()
    if kept == text:
        return text, entities
    size = utf16_length(kept)
    moved = []
    for entity in entities:
        start, end = max(entity["offset"] - cut, 0), min(entity["offset"] + entity["length"] - cut, size)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return kept, moved


def _next_special(source: str, start: int) -> int:
    found = [at for at in (source.find("<", start), source.find("&", start)) if at >= 0]
    return min(found, default=len(source))


def _bytes(source: str, at: int) -> int:
    return len(source[:at].encode())


def _open(source: str, at: int, offset: int) -> tuple[_Open, int]:
    match = _NAME.match(source, at + 1)
    end = match.end() if match else at + 1
    name = source[at + 1 : end].lower()
    if end >= len(source):
        raise EntityError(f"Unclosed start tag at byte offset {_bytes(source, at)}")
    if name not in _KINDS:
        raise EntityError(f'Unsupported start tag "{name}" at byte offset {_bytes(source, at)}')
    attributes: dict[str, str] = {}
    while found := _ATTRIBUTE.match(source, end):
        value = next((group for group in found.groups()[1:] if group is not None), "")
        attributes[found[1].lower()] = unescape(value)
        end = found.end()
    while end < len(source) and source[end].isspace():
        end += 1
    if end >= len(source) or source[end] != ">":
        raise EntityError(f"Unclosed start tag at byte offset {_bytes(source, at)}")
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise EntityError(f'Tag "span" must have class "tg-spoiler" at byte offset {_bytes(source, at)}')
    return _Open(name, offset, attributes), end + 1


def _close(source: str, at: int, stack: list[_Open], entities: list[Json], length: int, out: list[str]) -> int:
    if not stack:
        raise EntityError(f"Unexpected end tag at byte offset {_bytes(source, at)}")
    match = _NAME.match(source, at + 2)
    end = match.end() if match else at + 2
    name = source[at + 2 : end].lower()
    while end < len(source) and source[end].isspace():
        end += 1
    if end >= len(source) or source[end] != ">":
        raise EntityError(f"Unclosed end tag at byte offset {_bytes(source, at)}")
    opened = stack.pop()
    if name and name != opened.name:
        where = _bytes(source, at)
        raise EntityError(f'Unmatched end tag at byte offset {where}, expected "</{opened.name}>", found "</{name}>"')
    if length > opened.offset:
        entity = _entity(opened, length - opened.offset, out, entities)
        if entity is not None:
            entities.append(entity)
    return end + 1


def _entity(opened: _Open, length: int, out: list[str], entities: list[Json]) -> Json | None:
    entity: Json = {"offset": opened.offset, "length": length, "type": _KINDS[opened.name]}
    attributes = opened.attributes
    match opened.name:
        case "a":
            covered = "".join(out).encode("utf-16-le")[opened.offset * 2 :].decode("utf-16-le")
            url = attributes.get("href") or covered
            if not good_url(url):
                return None
            entity["url"] = url
        case "tg-emoji":
            entity["custom_emoji_id"] = attributes.get("emoji-id", "")
        case "blockquote" if "expandable" in attributes:
            entity["type"] = "expandable_blockquote"
        case "code" if attributes.get("class", "").startswith("language-"):
            entity["language"] = attributes["class"].removeprefix("language-")
        case "pre" if entities and entities[-1]["type"] == "code":
            inner = entities[-1]
            if (inner["offset"], inner["length"]) == (opened.offset, length) and "language" in inner:
                entity["language"] = entities.pop()["language"]
    return entity


def good_url(url: str) -> bool:
    """Whether Telegram takes an address for links and buttons: http(s) with a dot in the host, or tg://."""
    if not url or any(c.isspace() for c in url.strip()):
        return False
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme.lower() in ("tg", "ton", "tonsite"):
        return True
    return parts.scheme.lower() in ("http", "https") and ("." in host or ":" in host)
