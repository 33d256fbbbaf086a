"""Twilio's Content templates: variables filled in, limits checked, turned into what the phone shows.

Limits from Twilio's "Content types" pages (quick reply, list picker, call to action) as FACTS.md sums them up.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.config import ContentTemplate
from simulator.model import Button, Json

_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_FORBIDDEN = re.compile(r"[\n\t]| {5,}")
_ORDER = (
    "twilio/list-picker",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "whatsapp/card",
    "twilio/media",
    "twilio/text",
)
SESSION_ONLY = frozenset({"twilio/list-picker"})
LONGEST_BODY = 1024


class VariablesError(Exception):
    """ContentVariables that Twilio refuses with 21656."""


class ChannelRefuses(Exception):
    """Content that WhatsApp refuses after Twilio has accepted it."""


@dataclass(slots=True)
class Rendered:
    """What the phone shows."""

    type: str
    body: str
    kind: str
    buttons: list[list[Button]] = field(default_factory=list)
    picker: Json | None = None
    media: list[str] = field(default_factory=list)


def template_type(template: ContentTemplate) -> str:
    """The richest of its types that WhatsApp shows; raises ChannelRefuses if there is none."""
    for name in _ORDER:
        if name in template.types:
            return name
    raise ChannelRefuses("no content type for WhatsApp")


def session_only(template: ContentTemplate) -> bool:
    """Whether WhatsApp takes it only inside the 24-hour window."""
    return not template.approved or template_type(template) in SESSION_ONLY


def placeholders(template: ContentTemplate) -> set[str]:
    """The variables that its chosen type uses."""
    return {name.strip() for name in _PLACEHOLDER.findall(json.dumps(template.types[template_type(template)]))}


def read_variables(template: ContentTemplate, given: str) -> dict[str, str]:
    """ContentVariables as names and values; raises VariablesError for what is not JSON, empty or missing."""
    try:
        data = json.loads(given) if given else {}
    except ValueError:
        raise VariablesError("not JSON") from None
    if not isinstance(data, dict):
        raise VariablesError("not a JSON object")
    for name, value in data.items():
        if not isinstance(value, str) or not value.strip():
            raise VariablesError(f"variable {name} is empty")
        if _FORBIDDEN.search(value):
            raise VariablesError(f"variable {name} holds a newline, a tab or more than four spaces")
    missing = placeholders(template) - set(data)
    if missing:
        raise VariablesError(f"no value for {', '.join(sorted(missing))}")
    return data


def render(template: ContentTemplate, variables: Mapping[str, str]) -> Rendered:
    """Fills the template; raises ChannelRefuses where the result breaks one of WhatsApp's limits."""
    name = template_type(template)
    filled: Any = _fill(template.types[name], variables)
    body = str(filled.get("body") or filled.get("title") or "")
    rendered = Rendered(name, body, "template" if template.approved else "interactive")
    if name == "twilio/text" and not template.approved:
        rendered.kind = "text"
    if name not in ("twilio/text", "twilio/media") and not 1 <= len(body) <= LONGEST_BODY:
        raise ChannelRefuses(f"the body must have 1 to {LONGEST_BODY} characters")
    if name == "twilio/list-picker":
        rendered.picker = _picker(filled)
    elif "actions" in filled:
        rendered.buttons = [[button] for button in _buttons(filled["actions"], template.approved)]
    media = filled.get("media", [])
    rendered.media = [media] if isinstance(media, str) else list(media)
    return rendered


def _fill(value: Any, variables: Mapping[str, str]) -> Any:
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda match: variables.get(match[1].strip(), match[0]), value)
    if isinstance(value, Mapping):
        return {key: _fill(item, variables) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_fill(item, variables) for item in value]
    return value


def _picker(filled: Any) -> Json:
    items, button = filled.get("items", []), str(filled.get("button", ""))
    if not 1 <= len(items) <= 10:
        raise ChannelRefuses("a list has 1 to 10 items")
    if not 1 <= len(button) <= 20:
        raise ChannelRefuses("a list's button has 1 to 20 characters")
    rows = []
    for item in items:
        row = {
            "id": str(item.get("id", "")),
            "title": str(item.get("item", "")),
            "description": str(item.get("description") or ""),
        }
        if not 1 <= len(row["title"]) <= 24 or not 1 <= len(row["id"]) <= 200 or len(row["description"]) > 72:
            raise ChannelRefuses(f"row {row['id']!r}: title 1 to 24, id 1 to 200, description up to 72 characters")
        rows.append(row)
    if len({row["id"] for row in rows}) < len(rows):
        raise ChannelRefuses("list ids must differ")
    return {"button": button, "rows": rows}


def _buttons(actions: Any, approved: bool) -> list[Button]:
    if not 1 <= len(actions) <= (10 if approved else 3):
        raise ChannelRefuses("too many buttons")
    buttons = []
    for action in actions:
        title, kind = str(action.get("title", "")), str(action.get("type", "QUICK_REPLY"))
        if not 1 <= len(title) <= 20:
            raise ChannelRefuses("a button has 1 to 20 characters")
        if kind == "QUICK_REPLY":
            buttons.append(Button(title, "reply", str(action.get("id") or title)))
        else:
            buttons.append(Button(title, "url", url=str(action.get("url") or f"tel:{action.get('phone', '')}")))
    if len({button.text for button in buttons}) < len(buttons):
        raise ChannelRefuses("button titles must differ")
    return buttons
