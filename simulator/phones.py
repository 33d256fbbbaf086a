"""What a phone makes of what its person does: the message, its file, and whether it may be written at all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from simulator.markup import telegram_html, whatsapp_html
from simulator.media import KINDS, MediaStore, sample
from simulator.model import Chat, Json, Message, Person, Topic


class NotPossible(Exception):
    """A phone cannot do this (unknown person, button, chat...)."""


def check_may_write(who: Person, where: Chat, thread: int | None) -> None:
    """Raises NotPossible outside one's own chats and in a topic that is closed or gone."""
    if who.id not in where.members:
        raise NotPossible(f"{who.id} is not in {where.id}")
    if thread is not None and find_topic(where, thread).closed and where.creator != who.id:
        raise NotPossible(f"topic {thread} is closed")


def find_topic(where: Chat, thread: int) -> Topic:
    """A topic that is there; raises NotPossible."""
    topic = where.topics.get(thread)
    if topic is None or topic.deleted:
        raise NotPossible(f"there is no topic {thread} in {where.id}")
    return topic


def new_message(where: Chat, who: Person, at: datetime, number: int, thread: int | None) -> Message:
    """An empty message; on WhatsApp with Twilio's kind of id, on Telegram with the given number."""
    message = Message("", where.id, who.id, who.name, at, status="sending", thread=thread, number=number)
    message.id = str(number) if where.channel == "telegram" else f"SM{secrets.token_hex(16)}"
    return message


def attach(store: MediaStore, message: Message, media: Mapping[str, Any]) -> None:
    """Puts a file into a message: the given bytes, or this kind's sample. Raises NotPossible for an unknown kind."""
    kind = str(media["kind"])
    if kind not in KINDS:
        raise NotPossible(f"a phone has no {kind!r} to send")
    name, type_ = KINDS[kind]
    data = media.get("data") or sample(kind)
    stored = store.put(data, str(media.get("type") or type_), str(media.get("name") or name), kind)
    message.kind, message.media = kind, stored.to_json()
    message.raw["media"] = stored.id


def attach_contact(store: MediaStore, message: Message, contact: Mapping[str, Any], whatsapp: bool) -> None:
    """Puts a contact into a message; on WhatsApp it travels as a vCard file."""
    card: Json = {"phone_number": str(contact["phone_number"]), "first_name": str(contact["first_name"])}
    message.kind, message.raw["contact"] = "contact", card
    if whatsapp:
        lines = ("BEGIN:VCARD", "VERSION:3.0", f"FN:{card['first_name']}", f"TEL:{card['phone_number']}", "END:VCARD")
        data = "\r\n".join(lines).encode()
        attach(store, message, {"kind": "document", "data": data, "type": "text/vcard", "name": "kontak.vcf"})
        message.raw["message_type"] = "contacts"


def show(message: Message, channel: str) -> None:
    """Makes the message's HTML from its text."""
    contact = message.raw.get("contact")
    text = message.text or (f"{contact['first_name']} {contact['phone_number']}" if contact else "")
    message.html = telegram_html(text, []) if channel == "telegram" else whatsapp_html(text)
