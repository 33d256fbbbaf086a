"""What is said: texts, choices and media, before any channel has given them a form."""

import re
from datetime import UTC, datetime
from enum import StrEnum

from msgspec import Struct, field
from msgspec.structs import replace

from domain.money import Money

Value = str | int | float | dict[str, str | int] | tuple["Text", ...]
"""What goes into a text. A dict is a moment, a price or another text by its key; several texts are lines."""


BOLD_ON, BOLD_OFF = "\ue000", "\ue001"
"""Bold inside a text: private-use characters, so that no person's asterisk is ever taken for markup. Dropped from
everything that comes in.
"""

MENTION_ID, MENTION_NAME, MENTION_END = "\ue002", "\ue003", "\ue004"
"""A mention: the user id, then the name, between marks of the same kind."""

_MARKS = re.compile("[\ue000-\ue004]")
_BOLD = re.compile(r"(?<!\w)\*(\S(?:[^*\n]*\S)?)\*(?!\w)")


def marked(words: str) -> str:
    """Our own words (a catalog's answer) with *bold* turned into the marks."""
    return _BOLD.sub(rf"{BOLD_ON}\1{BOLD_OFF}", words)


def unmarked(words: str) -> str:
    """Somebody's words without our marks."""
    return _MARKS.sub("", words)


def mention(name: str, telegram: str) -> str:
    """A name that calls its owner on Telegram, where we know their numeric user id; elsewhere the name alone."""
    return f"{MENTION_ID}{telegram}{MENTION_NAME}{name}{MENTION_END}" if telegram.isdigit() else name


class Text(Struct, frozen=True):
    """A text by its key in `bot/texts/*.ftl` and the values that go into it. The words are chosen when it is sent."""

    key: str
    values: dict[str, Value] = field(default_factory=dict)


def literal(words: str) -> Text:
    """Words that are data (a catalog's answer, an agent's message), passed on as they are."""
    return Text("literal", {"text": words})


def moment(at: datetime, style: str = "full") -> dict[str, str | int]:
    """A point in time as a text's value, shown in the reader's own zone with its name.

    `style`: full (Sen, 23 Nov 2026, 09.00 WIB), day (Sen, 23 Nov 2026) or time (09.00 WIB).
    """
    return {"moment": at.astimezone(UTC).isoformat(), "style": style}


def price(money: Money) -> dict[str, str | int]:
    """An amount as a text's value: Rp 150.000."""
    return {"amount": money.amount, "currency": money.currency}


class Choice(Struct, frozen=True):
    """Something to press or pick. `id` is what comes back: at most 64 bytes (Telegram's callback data).

    With `url` it is a link and nothing comes back; channels without link buttons write it out.
    """

    id: str
    label: Text
    url: str = ""


class MediaKind(StrEnum):
    PHOTO = "photo"
    VIDEO = "video"
    VOICE = "voice"
    AUDIO = "audio"
    DOCUMENT = "document"
    STICKER = "sticker"


class Media(Struct, frozen=True):
    """A file that lies with the channel it came by: `ref` is Telegram's file_id or Twilio's media URL."""

    kind: MediaKind
    channel: str
    ref: str
    mime: str = ""
    name: str = ""
    size: int = 0


class Location(Struct, frozen=True):
    """Degrees, WGS 84."""

    latitude: float
    longitude: float
    label: str = ""


class Purpose(StrEnum):
    """Why we write: decides what a STOP holds back and what the sender may do outside the 24-hour window."""

    REPLY = "reply"  # an answer to what the person just wrote
    NOTICE = "notice"  # what an order or a case of theirs needs; still comes after STOP
    SURVEY = "survey"
    PROMOTION = "promotion"
    DESK = "desk"  # to the agents' group
    ALERT = "alert"  # to the ops group


class Say(Struct, frozen=True, kw_only=True):
    """A message a handler wants said.

    `to` is a conversation's address; empty: the conversation of this turn. `language` and `zone` empty: the reader's.
    `edit` is the provider's id of one of our messages that this one replaces in place, where the channel can.
    `case`: the case this message belongs to, for reporting a failed delivery in its topic.
    """

    text: Text
    choices: tuple[Choice, ...] = ()
    to: str = ""
    language: str = ""
    zone: str = ""
    purpose: Purpose = Purpose.REPLY
    media: Media | None = None
    location: Location | None = None
    edit: str = ""
    case: str = ""


class Delivery(StrEnum):
    """How far a message of ours has come. It only ever moves forward; see `advance`."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"


AGAIN = "-again"
"""Ends the id of a message that is sent once more, after the id it had before."""

_ORDER = {Delivery.QUEUED: 0, Delivery.SENT: 1, Delivery.DELIVERED: 2, Delivery.READ: 3, Delivery.FAILED: 4}


def advance(current: Delivery, reported: Delivery) -> Delivery:
    """The status after a report, which may be late or repeated: read > delivered > sent, failed is final, read cannot
    fail.
    """
    if current is Delivery.READ:
        return current
    return reported if _ORDER[reported] > _ORDER[current] else current


class FailureReason(StrEnum):
    """Why a message could not be delivered, in the words the business uses."""

    WINDOW_CLOSED = "window-closed"  # WhatsApp's 24 hours have passed and no template is set up
    BLOCKED = "blocked"
    NO_CHAT = "no-chat"
    NO_THREAD = "no-thread"  # the forum topic was deleted
    BAD_ADDRESS = "bad-address"
    STOPPED = "stopped"  # the person said STOP and this was a survey or a promotion
    RENDER = "render"
    MEDIA = "media"  # the provider could not fetch the file from us
    REFUSED = "refused"
    EXPIRED = "expired"  # tried for too long


class Outgoing(Struct, frozen=True, kw_only=True):
    """A message in the outbox: everything fixed at commit, worded at send time.

    `version` is moved by the store; times are business time (UTC). `window_until` is the end of the 24-hour window as
    known
    at commit: None means that the sender reads it afresh. `parts` is the first rendering, one entry a provider
    message;
    `provider_ids` the ids of those already sent, so that a retry goes on where it stopped. `unsure_since` (real-clock
    seconds, 0: not):
    a call for the next part went out then and its answer never came back, so the provider is asked before it is made
    again; `unsure` counts such calls.
    """

    id: str
    version: int = 0
    sender: str
    to: str
    say: Say
    language: str
    queued_at: datetime
    window_until: datetime | None = None
    zone: str = ""
    delivery: Delivery = Delivery.QUEUED
    provider_ids: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    error: str = ""
    template_tried: bool = False
    tries: int = 0
    unsure_since: float = 0.0
    unsure: int = 0

    def failed(self, reason: FailureReason, detail: str = "") -> "Outgoing":
        return replace(self, delivery=Delivery.FAILED, error=f"{reason} {detail}".strip())
