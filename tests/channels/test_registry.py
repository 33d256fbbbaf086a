"""Channels are built where they are configured, and only then are their SDKs imported."""

import subprocess
import sys

import aiohttp
import pytest

from bot.channels.registry import Channels, build
from domain.messages import Media, MediaKind

ASK = """
import asyncio, sys, aiohttp
from bot.channels.base import Limits
from bot.channels.registry import TelegramBot, TwilioSender, build

async def main():
    async with aiohttp.ClientSession() as session:
        build(session=session, media_url=lambda media: "", media_limit=1, {configured})
    print(*(name for name in ("telegram", "twilio") if name in sys.modules))

asyncio.run(main())
"""
TELEGRAM = 'telegram=TelegramBot(token="1:a", limits=Limits(1))'
TWILIO = 'whatsapp=TwilioSender(account_sid="AC", auth_token="t", sender="+62", public_url="", limits=Limits(1))'


@pytest.mark.parametrize(("configured", "imported"), [("", ""), (TELEGRAM, "telegram"), (TWILIO, "twilio")])
def test_an_sdk_is_imported_where_its_channel_is_configured(configured: str, imported: str) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", ASK.format(configured=configured)], capture_output=True, text=True, check=True
    )
    assert asked.stdout.strip() == imported


async def test_channels_by_name(played: Channels, session: aiohttp.ClientSession) -> None:
    assert [channel.name for channel in played] == ["whatsapp", "telegram", "telegram-ops"]
    assert played.named("telegram-ops") is played.ops
    assert played.named("fax") is None
    none = build(session=session, media_url=lambda media: "", media_limit=1)
    assert list(none) == []


async def test_limits_are_the_given_ones(played: Channels) -> None:
    assert all(channel.limits.overall == 1000 for channel in played)


def test_media_is_told_by_its_channel() -> None:
    assert Media(kind=MediaKind.PHOTO, channel="telegram", ref="x") != Media(
        kind=MediaKind.PHOTO, channel="telegram-ops", ref="x"
    )
