"""What the channels send by: the WhatsApp number and the Telegram bots, as far as they are configured."""

from pydantic import SecretStr

from bot.channels.base import Limits
from bot.channels.registry import TelegramBot, TwilioSender
from bot.settings import Settings


def whatsapp_sender(settings: Settings) -> TwilioSender | None:
    if not settings.whatsapp_configured:
        return None
    return TwilioSender(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        sender=settings.twilio_whatsapp_from,
        public_url=settings.public_url,
        base_url=settings.twilio_api_base,
        limits=Limits(overall=settings.twilio_rate),
    )


def telegram_bots(settings: Settings) -> tuple[TelegramBot | None, TelegramBot | None]:
    """The customers' bot and the ops bot, as far as they are configured."""
    limits = Limits(
        overall=settings.telegram_rate,
        per_chat=settings.telegram_chat_rate,
        per_group=settings.telegram_group_rate / 60,
    )

    def bot(token: SecretStr, secret: SecretStr) -> TelegramBot | None:
        if not token.get_secret_value():
            return None
        return TelegramBot(
            token=token.get_secret_value(),
            secret=secret.get_secret_value(),
            base_url=settings.telegram_api_base,
            limits=limits,
        )

    return (
        bot(settings.telegram_bot_token, settings.telegram_webhook_secret),
        bot(settings.ops_bot_token, settings.ops_webhook_secret),
    )
