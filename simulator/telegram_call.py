"""One call of a Bot API method: its arguments read, held against the table and looked up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from simulator.config import Bot
from simulator.markup import utf16_length
from simulator.model import Chat, Json, Message, Person, read_json
from simulator.telegram_entities import EntityError, parse_html, trim
from simulator.telegram_errors import TelegramError, bad_request, forbidden
from simulator.telegram_table import NOT_PLAYED, PARAMETERS, REPLY_FIELDS
from simulator.world import World

_TRUE = ("true", "1", "yes", "t")
_FALSE = ("false", "0", "no", "f", "")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with the request."""

    data: bytes
    name: str
    type: str


@dataclass(slots=True)
class Call:
    """A bot's call with its checked arguments."""

    world: World
    bot: Bot
    method: str
    args: Mapping[str, Any]
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat of an argument; raises what Telegram answers for one that the bot cannot reach."""
        wanted = self.args.get(name)
        if wanted is None:
            raise bad_request(f"{name} is empty")
        chat = find_chat(self.world, self.bot, str(wanted))
        if chat is None:
            raise bad_request("chat not found")
        if chat.migrated_to:
            number = self.world.chats[chat.migrated_to].number
            raise bad_request("group chat was upgraded to a supergroup chat", {"migrate_to_chat_id": number})
        return chat

    def may_send(self, chat: Chat) -> None:
        """Raises Forbidden where a bot must not write."""
        if chat.group:
            return
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")

    def message(self, chat: Chat, missing: str) -> Message:
        """The message of `message_id`; raises "Bad Request: `missing`"."""
        found = chat.messages.get(str(self.args.get("message_id")))
        if found is None:
            raise bad_request(missing)
        return found

    def thread(self, chat: Chat) -> int | None:
        """The topic to write to, None for General; raises for one that is not there or closed to the bot."""
        thread: int | None = self.args.get("message_thread_id")
        if not thread:
            return None
        topic = chat.topics.get(thread)
        if topic is None or topic.deleted:
            raise bad_request("message thread not found")
        if topic.closed and not chat.has_right(self.bot.username, "can_manage_topics"):
            raise bad_request("TOPIC_CLOSED")
        return thread

    def formatted(self, name: str, entities_name: str) -> tuple[str, list[Json]]:
        """The text of an argument after its entities, trimmed as the server does; raises for broken markup."""
        text = str(self.args.get(name) or "")
        mode = self.args.get("parse_mode") or ""
        if mode.lower() == "html":
            try:
                return trim(*parse_html(text))
            except EntityError as error:
                raise bad_request(f"can't parse entities: {error}") from None
        if mode.lower() in ("markdown", "markdownv2"):
            raise bad_request("can't parse entities: the simulator plays only the parse mode HTML")
        if mode:
            raise bad_request("unsupported parse_mode")
        entities = self.args.get(entities_name) or []
        if not isinstance(entities, list) or not all(_is_entity(entity, text) for entity in entities):
            raise bad_request("can't parse entities: Array of MessageEntity expected")
        return trim(text, [dict(entity) for entity in entities])

    def reply_to(self, chat: Chat) -> str | None:
        """The id of the message that is answered; raises if it is not there."""
        reply = self.args.get("reply_parameters")
        if not reply:
            return None
        if not isinstance(reply, dict) or set(reply) - REPLY_FIELDS or "message_id" not in reply:
            raise bad_request("can't parse reply parameters JSON object")
        wanted = str(reply["message_id"])
        if wanted in chat.messages:
            return wanted
        if reply.get("allow_sending_without_reply"):
            return None
        raise bad_request("message to be replied not found")


def _is_entity(entity: Any, text: str) -> bool:
    if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
        return False
    offset, length = entity.get("offset"), entity.get("length")
    if type(offset) is not int or type(length) is not int:
        return False
    return offset >= 0 and length > 0 and offset + length <= utf16_length(text)


def find_chat(world: World, bot: Bot, wanted: str) -> Chat | None:
    """A chat as this bot names it: the id of a person or of a group that it is in."""
    if wanted.startswith("-"):
        chat = world.chats.get(f"telegram:{wanted}")
        return chat if chat is not None and bot.username in chat.bots else None
    own = world.chats.get(f"telegram:{wanted}@{bot.username}")
    if own is not None:
        return own
    chat = world.chats.get(f"telegram:{wanted}")
    if chat is None or bot.username in chat.bots:
        return chat
    # The person is known, but has never written to this bot.
    return Chat(f"telegram:{wanted}@{bot.username}", "telegram", "private", chat.title, bot.username)


def chat_for(world: World, person: Person, bot: Bot) -> str:
    """The id of the private chat of a person with a bot."""
    first = world.config.telegram_bots[0].username
    return person.chat if bot.username == first else f"{person.chat}@{bot.username}"


async def read_arguments(request: web.Request, method: str) -> tuple[dict[str, Any], dict[str, Upload]]:
    """The arguments by name, converted as the table says; raises TelegramError for what is unknown or missing."""
    given: dict[str, Any] = dict(request.query)
    uploads: dict[str, Upload] = {}
    if request.can_read_body:
        kind = request.content_type
        if kind == "application/json":
            given.update(await _json_body(request))
        elif kind.startswith("multipart/"):
            await _multipart(request, given, uploads)
        elif kind == "application/x-www-form-urlencoded":
            form = await request.post()
            given.update({name: value for name, value in form.items() if isinstance(value, str)})
    table = PARAMETERS[method]
    attached = _attached(given)
    for name in [*given, *uploads]:
        if name not in table and name not in attached:
            raise bad_request(f'unknown parameter "{name}"')
        if name in NOT_PLAYED:
            raise bad_request(f'the simulator does not play the parameter "{name}"')
    args = {name: _convert(name, table[name].kind, value) for name, value in given.items() if name in table}
    for name, parameter in table.items():
        if parameter.required and name not in uploads and args.get(name) is None:
            raise _missing(name)
    return args, uploads


def _attached(given: Mapping[str, Any]) -> set[str]:
    prefix = "attach://"
    return {v.removeprefix(prefix) for v in given.values() if isinstance(v, str) and v.startswith(prefix)}


def _missing(name: str) -> TelegramError:
    return bad_request(
        {
            "chat_id": "chat_id is empty",
            "text": "message text is empty",
            "message_id": "message identifier is not specified",
            "url": "bad webhook: URL is not specified",
        }.get(name, f'parameter "{name}" is required')
    )


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = read_json(await request.read())
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(body, dict):
        raise bad_request("can't parse JSON object")
    return {name: value for name, value in body.items() if value is not None}


async def _multipart(request: web.Request, given: dict[str, Any], uploads: dict[str, Upload]) -> None:
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader) or part.name is None:
            continue
        data = bytes(await part.read())
        if part.filename is None:
            given[part.name] = data.decode("utf-8", "replace")
        else:
            uploads[part.name] = Upload(data, part.filename, part.headers.get("Content-Type", ""))


def _convert(name: str, kind: str, value: Any) -> Any:
    try:
        match kind:
            case "i":
                if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
                    raise ValueError
                return int(value)
            case "f":
                return float(value)
            case "b":
                return _boolean(value)
            case "j":
                return read_json(value) if isinstance(value, str) and value else value
            case "c":
                return str(value)
            case _:
                if not isinstance(value, str | int | float):
                    raise ValueError
                return str(value)
    except (ValueError, TypeError):
        raise bad_request(f'can\'t parse parameter "{name}"') from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in (*_TRUE, *_FALSE):
        raise ValueError
    return text in _TRUE
