"""What Telegram is told at every start: where to send updates, and what the commands are."""

import asyncio
from typing import Any

import structlog
from pydantic import SecretStr

from bot.channels.base import Retry, Sent
from bot.channels.registry import Channels
from bot.channels.telegram import TelegramChannel
from bot.settings import Settings, Updates
from bot.wording import Texts
from domain.messages import Text

log = structlog.get_logger()

COMMANDS = ("menu", "mentoring", "vm", "pesanan", "servers", "cs", "bantuan", "bahasa", "batal", "stop")


class Introduction:
    """`username` is the customers' bot's own, once Telegram has said it; empty until then."""

    def __init__(self, settings: Settings, channels: Channels, texts: Texts) -> None:
        self._settings = settings
        self._channels = channels
        self._texts = texts
        self.username = ""

    async def run(self) -> None:
        """Repeated until it works. One bot's wrong token does not keep the other from working."""
        settings, channels = self._settings, self._channels
        await asyncio.gather(
            self._introduce(channels.telegram, "/webhooks/telegram", settings.telegram_webhook_secret),
            self._introduce(channels.ops, "/webhooks/telegram/ops", settings.ops_webhook_secret),
        )

    async def _introduce(self, bot: TelegramChannel | None, path: str, secret: SecretStr) -> None:
        if bot is None:
            return
        if self._settings.updates is Updates.WEBHOOK:
            url = f"{self._settings.public_url}{path}"
            await _until_done(bot, lambda: bot.set_webhook(url, secret.get_secret_value()))
        else:
            await _until_done(bot, bot.delete_webhook)
        if bot is self._channels.telegram:
            await self._name_commands(bot)
            await self._learn_name(bot)

    async def _name_commands(self, telegram: TelegramChannel) -> None:
        for language in self._texts.languages:
            commands = {name: self._texts.words(Text(f"describe-{name}"), language) for name in COMMANDS}
            await telegram.set_commands(commands, "" if language == "id" else language)

    async def _learn_name(self, telegram: TelegramChannel) -> None:
        pause = 0.5
        while not (name := await telegram.username()):
            await asyncio.sleep(pause)
            pause = min(60.0, pause * 2)
        self.username = name


async def _until_done(channel: TelegramChannel, call: Any) -> None:
    """Until the provider has taken it; wrong credentials are said in the log each time, and stop nothing else."""
    tries = 0
    while True:
        result = await call()
        if isinstance(result, Sent):
            return
        tries += 1
        pause = result.after if isinstance(result, Retry) and result.after else min(60.0, 2.0**tries)
        log.warning("Telegram does not take our settings", bot=channel.name, why=getattr(result, "detail", ""))
        await asyncio.sleep(pause)
