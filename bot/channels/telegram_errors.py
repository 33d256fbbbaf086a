"""What Telegram's refusals mean for a message."""

import re
import time

from bot.channels.base import Failed, Moved, Result, Retry, Unknown
from bot.channels.telegram_http import Refused, Unanswered, Unsent
from domain.addresses import Address
from domain.messages import FailureReason

MISCONFIGURED = 300.0
"""Seconds to wait where our own settings are wrong: nothing is lost, and nothing hammers."""

MANY_CHATS = 3
"""So many chats told to wait at the same time mean that the limit is on the bot."""

_REASONS = (
    (FailureReason.BLOCKED, ("bot was blocked by the user", "user is deactivated")),
    (
        FailureReason.NO_CHAT,
        (
            "chat not found",
            "can't initiate conversation",
            "user not found",
            "peer_id_invalid",
            "bot was kicked",
            "bot is not a member",
            "group chat was deleted",
            "group chat was deactivated",
        ),
    ),
    (
        FailureReason.NO_THREAD,
        ("message thread not found", "topic_closed", "topic_deleted", "topic_id_invalid", "message_thread_id_invalid"),
    ),
)
_GONE = (
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "there is no text in the message",
)


class Floods:
    """Who was told to wait: Telegram does not say whether a 429 is about one chat or about the bot."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def whole_bot(self, chat: str, after: float) -> bool:
        """Note a refusal; true once many chats wait at the same time."""
        now = time.monotonic()
        self._until = {c: until for c, until in self._until.items() if until > now}
        self._until[chat] = now + after
        return len(self._until) >= MANY_CHATS


def reason_of(refusal: Refused) -> FailureReason:
    words = refusal.description.lower()
    for reason, phrases in _REASONS:
        if any(phrase in words for phrase in phrases):
            return reason
    return FailureReason.REFUSED


def unchanged(refusal: Refused) -> bool:
    """The message, or the topic, already is what it should become."""
    words = refusal.description.lower()
    return "message is not modified" in words or "topic_not_modified" in words


def not_editable(refusal: Refused) -> bool:
    return any(phrase in refusal.description.lower() for phrase in _GONE)


def result_of(error: Refused | Unsent | Unanswered, address: Address, floods: Floods) -> Result:
    if isinstance(error, Unsent):
        return Retry(detail=str(error))
    if isinstance(error, Unanswered):
        return Unknown(str(error))
    return _result_of_refusal(error, address, floods)


def _result_of_refusal(error: Refused, address: Address, floods: Floods) -> Result:
    detail = detail_of(error)
    chat = error.hints.get("migrate_to_chat_id")
    if isinstance(chat, int):
        return Moved(str(Address(address.channel, str(chat), address.thread)))
    if error.status == 429:
        after = error.hints.get("retry_after")
        seconds = float(after) if isinstance(after, int | float) else None
        return Retry(seconds, detail, whole_sender=floods.whole_bot(address.chat, seconds or 1.0))
    if error.status >= 500 or error.status < 400:
        return Retry(detail=detail)
    if error.status in (401, 404) or (error.status == 403 and not error.description.startswith("Forbidden:")):
        return Retry(MISCONFIGURED, detail, whole_sender=True)
    if error.status == 409:
        return Retry(detail=detail, whole_sender=True)
    return Failed(reason_of(error), detail)


def detail_of(error: Refused) -> str:
    """The status and Telegram's words, without what it quotes of the message."""
    words = re.sub(r"\"[^\"]*\"|'[^']{3,}'", "…", error.description)[:200]
    return f"Telegram {error.status} {words}".strip()
