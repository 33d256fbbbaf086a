"""What the simulated world is made of, and how the page sees it (the contract's Chat and Message)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]

WINDOW = timedelta(hours=24)
"""How long free text is allowed after the customer's last message (WhatsApp's customer service window)."""

KEPT_MESSAGES = 2000
"""A chat forgets its oldest messages beyond this, so that a long benchmark does not eat the memory."""


SHOWN_AS = {"audio": "voice", "video": "document", "contact": "text"}
"""Kinds that the providers have and the page has not."""


def iso(at: datetime | None) -> str | None:
    """ISO 8601 with offset, or None."""
    return at.isoformat() if at is not None else None


def parse_iso(text: str | None) -> datetime | None:
    """The reverse of `iso`."""
    return datetime.fromisoformat(text) if text else None


def read_json(text: str | bytes) -> Any:
    """What a JSON text holds; raises ValueError, also for half a surrogate pair, which is no text in UTF-8."""
    value = json.loads(text)
    escaped = b"\\u" in text if isinstance(text, bytes) else "\\u" in text
    if escaped:
        json.dumps(value, ensure_ascii=False).encode()
    return value


@dataclass(slots=True)
class Person:
    """Someone with a phone. `chat` is their own conversation with the service; `number` their Telegram user id."""

    id: str
    name: str
    channel: str
    chat: str
    role: str
    language: str
    number: int = 0
    username: str = ""
    phone: str = ""

    def to_json(self) -> Json:
        """The contract's person."""
        return {
            "id": self.id,
            "name": self.name,
            "channel": self.channel,
            "chat": self.chat,
            "role": self.role,
            "language": self.language,
        }


@dataclass(slots=True)
class Button:
    """One button under a message. `id` is the callback data or the reply's payload."""

    text: str
    kind: str
    id: str = ""
    url: str = ""

    def to_json(self) -> Json:
        """The contract's button."""
        return {"text": self.text, "kind": self.kind, "id": self.id, "url": self.url or None}


@dataclass(slots=True)
class Topic:
    """A forum topic; its id is the message_id of the service message that made it."""

    id: int
    name: str
    closed: bool = False
    deleted: bool = False
    icon_color: int = 7322096

    def to_json(self) -> Json:
        """The contract's topic."""
        return {"id": self.id, "name": self.name, "closed": self.closed, "deleted": self.deleted}


@dataclass(slots=True)
class Message:
    """One bubble. `raw` holds the provider's own fields (Telegram's entities and files, Twilio's resource)."""

    id: str
    chat: str
    sender: str
    name: str
    at: datetime
    kind: str = "text"
    number: int = 0
    thread: int | None = None
    text: str = ""
    html: str = ""
    edited_at: datetime | None = None
    media: Json | None = None
    location: Json | None = None
    buttons: list[list[Button]] = field(default_factory=list)
    list: Json | None = None
    status: str = "sent"
    error: str | None = None
    reply_to: str | None = None
    silent: bool = False
    raw: Json = field(default_factory=dict)

    @property
    def outgoing(self) -> bool:
        """Whether the service sent it."""
        return self.sender == "business" or self.sender.startswith("bot:")

    def button(self, wanted: str) -> Button:
        """The button with this id, or with this label; raises KeyError."""
        every = [button for row in self.buttons for button in row]
        for button in every:
            if button.id == wanted:
                return button
        for button in every:
            if button.text == wanted:
                return button
        raise KeyError(f"message {self.id} has no button {wanted!r}")

    def row(self, wanted: str) -> Json:
        """The list row with this id, or with this title; raises KeyError."""
        rows: Any = self.list["rows"] if self.list else []
        for name in ("id", "title"):
            for row in rows:
                if row[name] == wanted:
                    return dict(row)
        raise KeyError(f"message {self.id} has no list row {wanted!r}")

    def to_json(self) -> Json:
        """The contract's message."""
        return {
            "id": self.id,
            "thread": self.thread,
            "from": self.sender,
            "name": self.name,
            "at": iso(self.at),
            "edited_at": iso(self.edited_at),
            "kind": SHOWN_AS.get(self.kind, self.kind),
            "text": self.text,
            "html": self.html,
            "media": self.media,
            "location": self.location,
            "buttons": [[button.to_json() for button in row] for row in self.buttons],
            "list": self.list,
            "status": self.status,
            "error": self.error,
            "reply_to": self.reply_to,
            "silent": self.silent,
            "reactions": [one["emoji"] for one in self.raw.get("reaction", []) if "emoji" in one],
        }


@dataclass(slots=True)
class Chat:
    """A conversation. `started`: the person has written to the bot at least once."""

    id: str
    channel: str
    kind: str
    title: str
    bot: str | None = None
    bot_name: str = ""
    number: int = 0
    members: list[str] = field(default_factory=list)
    bots: list[str] = field(default_factory=list)
    admins: dict[str, list[str]] = field(default_factory=dict)
    creator: str | None = None
    started: bool = False
    blocked: bool = False
    last_inbound: datetime | None = None
    typing_until: datetime | None = None
    migrated_to: str | None = None
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    last_number: int = 0
    commands: list[Json] = field(default_factory=list)

    @property
    def group(self) -> bool:
        """Whether more than one person may be in it."""
        return self.kind != "private"

    def has_right(self, bot: str, right: str) -> bool:
        """Whether this bot is an administrator with the right (Telegram's ChatAdministratorRights names)."""
        return right in self.admins.get(bot, [])

    def window_until(self) -> datetime | None:
        """WhatsApp: when free text stops being allowed; None before the first message."""
        if self.channel != "whatsapp" or self.last_inbound is None:
            return None
        return self.last_inbound + WINDOW

    def header(self, now: datetime) -> Json:
        """The contract's Chat without its messages, with `members`, `bot_name` and `commands`."""
        return {
            "id": self.id,
            "channel": self.channel,
            "kind": self.kind,
            "title": self.title,
            "bot": self.bot,
            "bot_name": self.bot_name,
            "commands": self.commands,
            "blocked": self.blocked,
            "members": list(self.members),
            "window_until": iso(self.window_until()),
            "typing": self.typing_until is not None and self.typing_until > now,
            "topics": [topic.to_json() for topic in self.topics.values()],
        }

    def to_json(self, now: datetime) -> Json:
        """The contract's Chat."""
        return {**self.header(now), "messages": [message.to_json() for message in self.messages.values()]}


@dataclass(frozen=True, slots=True)
class Sent:
    """A send that the provider accepted, in order of acceptance."""

    provider: str
    method: str
    chat: str
    message: Message
    at: datetime


@dataclass(slots=True)
class Callback:
    """A pressed inline button, as the bot has to answer it."""

    id: str
    chat: str
    person: str
    data: str
    bot: str
    real_time: float
    message: str
    answered: bool = False
    text: str = ""
    alert: bool = False
