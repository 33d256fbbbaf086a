"""Effects by name: which service carries out what a handler wanted."""

from collections.abc import Mapping

from bot.channels.base import Failed, Moved, Retry, Sent, Unknown
from bot.channels.registry import Channels
from bot.effects import Answer, Done, Later, Refused, Service
from domain.effects import Effect
from domain.people import ChatAlias
from handlers.handover import CLOSE_TOPIC, OPEN_TOPIC
from storage.base import Storage


def services(channels: Channels, storage: Storage, *others: Mapping[str, Service]) -> Mapping[str, Service]:
    """Only what is configured; an effect without a service is refused, and its handler says so. `others` are those of
    other kinds.
    """
    return {name: service for each in (_desk(channels, storage), *others) for name, service in each.items()}


def _desk(channels: Channels, storage: Storage) -> Mapping[str, Service]:
    """The agents' desk: a forum's topics."""
    telegram = channels.telegram
    if telegram is None:
        return {}

    async def current(chat: str) -> str:
        alias = await storage.get(ChatAlias, chat)
        return alias.to if alias else chat

    async def open_topic(effect: Effect) -> Answer:
        """Telegram has no way to ask whether a topic was made: where the answer is lost, a second one may stand
        empty.
        """
        made = await telegram.open_topic(await current(effect.params["chat"]), effect.params["name"])
        return Done({"thread": made}) if isinstance(made, str) else _not_done(made)

    async def close_topic(effect: Effect) -> Answer:
        chat = await current(effect.params["chat"])
        closed = await telegram.close_topic(f"{chat}:{effect.params['thread']}")
        return Done() if isinstance(closed, Sent) else _not_done(closed)

    return {OPEN_TOPIC: open_topic, CLOSE_TOPIC: close_topic}


def _not_done(result: Retry | Failed | Moved | Unknown) -> Answer:
    match result:
        case Retry(after, detail):
            return Later(after, detail)
        case Unknown(detail):
            return Later(detail=detail)
        case Moved():
            return Later(1.0, "the group has moved")
        case Failed(reason, detail):
            return Refused(f"{reason} {detail}".strip())
