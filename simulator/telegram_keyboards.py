"""reply_markup: checked as the Bot API's "InlineKeyboardMarkup" and its sisters say, and turned into page buttons."""

from __future__ import annotations

from typing import Any

from simulator.model import Button, Json
from simulator.telegram_entities import good_url
from simulator.telegram_errors import TelegramError, bad_request
from simulator.telegram_table import BUTTON_ACTIONS, BUTTON_FIELDS, KEYBOARDS

MOST_BUTTONS = 100


def parse_markup(markup: Any, inline_only: bool = False) -> tuple[Json | None, list[list[Button]]]:
    """The markup to echo in the message (inline only) and the buttons for the page; raises TelegramError."""
    if markup in (None, "", {}):
        return None, []
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    kind = next((name for name in KEYBOARDS if name in markup), None)
    if kind is None or (inline_only and kind != "inline_keyboard"):
        raise bad_request("inline keyboard expected")
    unknown = set(markup) - KEYBOARDS[kind]
    if unknown:
        raise bad_request(f"unknown field {sorted(unknown)[0]!r} in reply markup")
    if kind == "inline_keyboard":
        rows = [[_inline(button) for button in row] for row in _rows(markup[kind])]
        rows = [row for row in rows if row]
        return ({"inline_keyboard": [r for r in markup[kind] if r]} if rows else None), rows
    if kind == "keyboard":
        return None, [[_reply(button) for button in row] for row in _rows(markup[kind])]
    if markup[kind] is not True:
        raise bad_request(f"can't parse reply keyboard markup JSON object: {kind} must be True")
    return None, []


def _rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list):
        raise bad_request("can't parse reply keyboard markup JSON object: rows must be of type Array")
    for row in rows:
        if not isinstance(row, list):
            raise bad_request("can't parse reply keyboard markup JSON object: Row must be of type Array")
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return rows


def _inline(button: Any) -> Button:
    if not isinstance(button, dict):
        raise _button_error("Object expected as InlineKeyboardButton")
    unknown = set(button) - BUTTON_FIELDS
    if unknown:
        raise _button_error(f"unknown field {sorted(unknown)[0]!r}")
    text = button.get("text")
    if not isinstance(text, str):
        raise _button_error('Can\'t find field "text"')
    if not text.strip():
        raise _button_error("Text must be non-empty")
    actions = BUTTON_ACTIONS & set(button)
    if not actions:
        raise _button_error("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:
        raise _button_error("exactly one of the optional fields must be used")
    if "callback_data" in button:
        data = button["callback_data"]
        if not isinstance(data, str) or not 1 <= len(data.encode()) <= 64:
            raise bad_request("BUTTON_DATA_INVALID")
        return Button(text, "callback", data)
    if "url" in button:
        url = button["url"]
        if not isinstance(url, str) or not good_url(url):
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
        return Button(text, "url", url=url)
    return Button(text, "url")


def _button_error(reason: str) -> TelegramError:
    return bad_request(f"can't parse inline keyboard button: {reason}")


def _reply(button: Any) -> Button:
    text = button.get("text") if isinstance(button, dict) else button
    if not isinstance(text, str) or not text.strip():
        raise bad_request("can't parse keyboard button: Text must be non-empty")
    return Button(text, "reply", text)
