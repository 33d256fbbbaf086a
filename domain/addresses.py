"""Addresses: `channel:chat` or `channel:chat:thread`, e.g. `whatsapp:+628111`, `telegram:1001`, `telegram:-1002:17`.

The chat is an opaque id: since 2026 a WhatsApp sender may withhold the phone number, so nothing may be read out of it
but its channel.
"""

from typing import NamedTuple


class Address(NamedTuple):
    channel: str
    chat: str
    thread: int | None = None

    def __str__(self) -> str:
        return f"{self.channel}:{self.chat}" if self.thread is None else f"{self.channel}:{self.chat}:{self.thread}"


def parse_address(address: str) -> Address:
    """Raises ValueError for what is not an address."""
    channel, separator, rest = address.partition(":")
    chat, _, thread = rest.partition(":")
    if not separator or not channel or not chat:
        raise ValueError(f"not an address: {address!r}")
    return Address(channel, chat, int(thread) if thread else None)


def chat_of(address: str) -> str:
    """The address without its thread: what a provider's limits count by."""
    channel, chat, _ = parse_address(address)
    return f"{channel}:{chat}"


def report_lane(address: str) -> str:
    """Where reports on what was sent to a chat are handled: on their own, so that one that waits for our note of the
    send holds up nobody.
    """
    channel, _, chat = address.partition(":")
    return f"{channel}-status:{chat}"


def mail_lane(record_id: str) -> str:
    """Where what became of the mails about a record is handled."""
    return f"mails:{record_id}"
