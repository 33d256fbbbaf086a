"""The channels, each built only where it is configured; its SDK is not imported before."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiohttp

from bot.channels.base import Channel, File, Limits, MediaUnavailable
from domain.messages import Media

if TYPE_CHECKING:
    from bot.channels.telegram import TelegramChannel
    from bot.channels.whatsapp import WhatsAppChannel

CUSTOMERS, OPS = "telegram", "telegram-ops"
DOCUMENTS = "documents"
"""Where media lie that are no channel's: what we make ourselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TelegramBot:
    """A bot's own settings. `secret` empty: it takes no webhook."""

    token: str
    limits: Limits
    secret: str = ""
    base_url: str = "https://api.telegram.org"


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioSender:
    """A WhatsApp number at Twilio. `public_url`: the service's address as Twilio calls it."""

    account_sid: str
    auth_token: str
    limits: Limits
    sender: str
    public_url: str
    base_url: str = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class Channels:
    """What is configured."""

    whatsapp: "WhatsAppChannel | None" = None
    telegram: "TelegramChannel | None" = None
    ops: "TelegramChannel | None" = None

    def __iter__(self) -> Iterator[Channel]:
        yield from filter(None, (self.whatsapp, self.telegram, self.ops))

    def named(self, name: str) -> Channel | None:
        return next((channel for channel in self if channel.name == name), None)


def build(
    *,
    session: aiohttp.ClientSession,
    media_url: Callable[[Media], str],
    media_limit: int,
    whatsapp: TwilioSender | None = None,
    telegram: TelegramBot | None = None,
    ops: TelegramBot | None = None,
    documents: Callable[[str], Awaitable[File]] | None = None,
) -> Channels:
    """`media_url`: a public link to media of ours; `media_limit`: bytes of a file handed to another channel.
    `documents` opens those that we make ourselves, by their name.
    """

    async def open_media(media: Media) -> File:
        if media.channel == DOCUMENTS and documents is not None:
            return await documents(media.ref)
        channel = channels.named(media.channel)
        if channel is None:
            raise MediaUnavailable(f"no channel {media.channel}")
        return await channel.fetch(media, media_limit)

    def telegram_channel(name: str, bot: TelegramBot | None) -> "TelegramChannel | None":
        if bot is None:
            return None
        from bot.channels.telegram import TelegramChannel

        return TelegramChannel(
            name=name,
            token=bot.token,
            secret=bot.secret,
            base_url=bot.base_url,
            limits=bot.limits,
            session=session,
            open_media=open_media,
        )

    def whatsapp_channel(sender: TwilioSender | None) -> "WhatsAppChannel | None":
        if sender is None:
            return None
        from bot.channels.whatsapp import WhatsAppChannel

        return WhatsAppChannel(
            account_sid=sender.account_sid,
            auth_token=sender.auth_token,
            sender=sender.sender,
            base_url=sender.base_url,
            limits=sender.limits,
            public_url=sender.public_url,
            status_callback=f"{sender.public_url.rstrip('/')}/webhooks/whatsapp/status" if sender.public_url else "",
            session=session,
            media_url=media_url,
        )

    channels = Channels(whatsapp_channel(whatsapp), telegram_channel(CUSTOMERS, telegram), telegram_channel(OPS, ops))
    return channels
