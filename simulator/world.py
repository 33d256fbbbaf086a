"""The world: people, chats and messages, what people do with their phones, and the feed of changes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from simulator.cast import fixed_cast, private_chat, telegram_person, whatsapp_person
from simulator.clock import ascending
from simulator.config import SimulatorConfig
from simulator.feed import Feed
from simulator.media import MediaStore
from simulator.model import KEPT_MESSAGES, Button, Callback, Chat, Json, Message, Person, Sent, Topic
from simulator.phones import NotPossible, attach, attach_contact, check_may_write, find_topic, new_message, show
from simulator.webhooks import Post

__all__ = ["Gateway", "NotPossible", "World"]

T = TypeVar("T")

TYPING = timedelta(seconds=5)


class Gateway(Protocol):
    """What a provider does when a person acts; each call returns at once and delivers in the background."""

    def said(self, chat: Chat, person: Person, message: Message) -> None: ...
    def edited(self, chat: Chat, person: Person, message: Message) -> None: ...
    def pressed(self, chat: Chat, person: Person, message: Message, button: Button) -> None: ...
    def blocked(self, chat: Chat, person: Person, blocked: bool) -> None: ...
    def read(self, chat: Chat, messages: list[Message]) -> None: ...
    def migrate(self, chat: Chat) -> Chat: ...
    def topic_closed(self, chat: Chat, person: Person, topic: Topic) -> None: ...
    def redeliver(self, message: Message) -> bool: ...


class World:
    """Everything there is. People's actions are coroutines; they raise NotPossible where a phone could not do it."""

    def __init__(
        self,
        config: SimulatorConfig,
        clock: Callable[[], datetime],
        on_advance: Callable[[timedelta], Awaitable[None]],
    ) -> None:
        self.config = config
        self.feed = Feed()
        self.media = MediaStore(config.media_cap)
        self.people: dict[str, Person] = {}
        self.chats: dict[str, Chat] = {}
        self.sent: list[Sent] = []
        self.callbacks: dict[str, Callback] = {}
        self.alerts: list[str] = []
        self.posts: deque[Post] = deque(maxlen=2000)
        self.gateways: dict[str, Gateway] = {}
        self.running = asyncio.Event()
        self.running.set()
        self.more_state: Callable[[], Json] = dict
        self._clock = clock
        self._on_advance = on_advance
        self._people_made = 0
        self._commands: dict[tuple[str, str], list[Json]] = {}
        self._seed_cast()

    # what there is

    def now(self) -> datetime:
        """The business clock, aware, UTC."""
        return self._clock()

    @property
    def paused(self) -> bool:
        """Whether webhooks are held back."""
        return not self.running.is_set()

    def person(self, person: str) -> Person:
        """By id; raises NotPossible."""
        try:
            return self.people[person]
        except KeyError:
            raise NotPossible(f"nobody is called {person!r}") from None

    def chat(self, chat: str) -> Chat:
        """By id, following a migration; raises NotPossible."""
        found = self.chats.get(chat)
        if found is not None and found.migrated_to:
            found = self.chats.get(found.migrated_to)
        if found is None:
            raise NotPossible(f"there is no chat {chat!r}")
        return found

    def message(self, chat: str, message: str) -> Message:
        """By chat and id; raises NotPossible."""
        found = self.chat(chat).messages.get(str(message))
        if found is None:
            raise NotPossible(f"there is no message {message!r} in {chat}")
        return found

    def messages(self, chat: str, thread: int | None = None) -> list[Message]:
        """The messages of a chat, oldest first; of one topic if `thread` is given."""
        found = self.chat(chat).messages.values()
        return [message for message in found if thread is None or message.thread == thread]

    async def wait(self, predicate: Callable[[], T], timeout: float = 5.0) -> T:
        """The first true value of the predicate, asked again at every change; raises TimeoutError after `timeout` s."""
        return await self.feed.wait(predicate, timeout)

    # changes; the providers use these too

    def next_number(self, chat: Chat) -> int:
        """The next message_id of a Telegram chat. The first comes from real time, so it ascends across restarts."""
        chat.last_number = chat.last_number + 1 if chat.last_number else ascending(per_second=10)
        return chat.last_number

    def add(self, chat: Chat, message: Message) -> None:
        """Puts a message into its chat and announces it."""
        chat.messages[message.id] = message
        if len(chat.messages) > KEPT_MESSAGES:
            del chat.messages[next(iter(chat.messages))]
        if message.outgoing and chat.typing_until is not None:
            chat.typing_until = None
        self.touch(message)

    def touch(self, message: Message) -> None:
        """Announces that a message is new or changed."""
        self.feed.publish("message", lambda: {"chat": message.chat, "message": message.to_json()})

    def touch_chat(self, chat: Chat) -> None:
        """Announces that a chat's header changed."""
        self.feed.publish("chat", lambda: chat.header(self.now()))

    def remove(self, chat: Chat, message_id: str) -> None:
        """Takes a message out of its chat and announces it."""
        if chat.messages.pop(message_id, None) is not None:
            self.feed.publish("deleted", lambda: {"chat": chat.id, "id": message_id})

    def type(self, chat: Chat) -> None:
        """Shows the service as typing for a few seconds."""
        until = self.now() + TYPING
        chat.typing_until = until
        self.feed.publish("typing", lambda: {"chat": chat.id, "until": until.isoformat()})

    def set_commands(self, bot: str, language: str, commands: list[Json]) -> None:
        """What setMyCommands said, for people of a language ("" for all others)."""
        self._commands[bot, language] = commands
        for chat in self.chats.values():
            if not chat.group and bot in chat.bots:
                chat.commands = self._commands_for(chat, self.people[chat.members[0]])
                self.touch_chat(chat)

    def record_sent(self, provider: str, method: str, message: Message) -> None:
        """Notes a send that the provider accepted."""
        self.sent.append(Sent(provider, method, message.chat, message, self.now()))

    def record_post(self, post: Post) -> None:
        """Notes one try to deliver a webhook."""
        self.posts.append(post)
        self.feed.wake()

    def state(self) -> Json:
        """The contract's whole state; what the world does not know itself comes from `more_state`."""
        now = self.now()
        care_url = self.config.care_url
        return {
            "now": now.isoformat(),
            "people": [person.to_json() for person in self.people.values()],
            "chats": [chat.to_json(now) for chat in self.chats.values() if not chat.migrated_to],
            "care_url": care_url() if callable(care_url) else care_url,
            "paused": self.paused,
            **self.more_state(),
        }

    # what people do

    async def add_person(self, name: str, channel: str = "whatsapp", language: str = "id", address: str = "") -> Person:
        """A fresh phone. `address` may be an opaque WhatsApp id of someone who withholds the number."""
        if channel not in ("whatsapp", "telegram"):
            raise NotPossible(f"there is no channel {channel!r}")
        self._people_made += 1
        key, n = f"p{self._people_made}", self._people_made
        while key in self.people:
            self._people_made = n = self._people_made + 1
            key = f"p{n}"
        if channel == "telegram":
            person = telegram_person(key, name, 5000 + n, "customer", language)
        else:
            person = whatsapp_person(key, name, address or f"+62812{90000000 + n}", "customer", language)
        chat = private_chat(person, self.config)
        chat.commands = self._commands_for(chat, person)
        self.people[key] = person
        self.chats[chat.id] = chat
        self.feed.publish("person", person.to_json)
        self.touch_chat(chat)
        return person

    async def say(
        self,
        person: str,
        text: str = "",
        *,
        chat: str | None = None,
        thread: int | None = None,
        media: Mapping[str, Any] | None = None,
        location: Mapping[str, Any] | None = None,
        contact: Mapping[str, Any] | None = None,
        reply_to: str | None = None,
        forwarded: bool = False,
    ) -> Message:
        """The person writes. With `media` ({"kind", "name"?, "data"? bytes, "type"?}) the text is its caption."""
        who = self.person(person)
        where = self._place(who, chat)
        check_may_write(who, where, thread)
        if not (text or media or location or contact):
            raise NotPossible("a message needs a text, a file, a contact or a place")
        if reply_to is not None:
            self.message(where.id, reply_to)
        if where.blocked:
            await self.unblock(person)
        message = self._new(where, who, thread)
        message.reply_to, message.text = reply_to, text
        message.raw["forwarded"] = forwarded
        if media:
            attach(self.media, message, media)
        elif location:
            message.kind = "location"
            message.location = {
                "lat": float(location["lat"]),
                "lon": float(location["lon"]),
                "name": str(location.get("name") or ""),
            }
        elif contact:
            attach_contact(self.media, message, contact, where.channel == "whatsapp")
        self._heard(where, who, message)
        return message

    async def press(self, person: str, chat: str, message: str, button: str) -> Message:
        """The person presses a button, by its id or label. Returns the pressed message, or on WhatsApp the answer."""
        who, where = self.person(person), self.chat(chat)
        pressed = self.message(where.id, message)
        check_may_write(who, where, None)
        try:
            found = pressed.button(button)
        except KeyError as error:
            raise NotPossible(str(error.args[0])) from None
        if found.kind == "url":
            return pressed
        if found.kind == "reply" and where.channel == "telegram":
            return await self.say(person, found.text, chat=where.id, thread=pressed.thread)
        if where.channel == "telegram":
            self.gateways["telegram"].pressed(where, who, pressed, found)
            return pressed
        answer = self._new(where, who)
        answer.reply_to, answer.text = pressed.id, found.text
        answer.raw["button"] = {"id": found.id, "text": found.text, "approved": pressed.raw.get("approved", False)}
        self._heard(where, who, answer)
        return answer

    async def pick(self, person: str, chat: str, message: str, row: str) -> Message:
        """The person picks a row of a WhatsApp list, by its id or title. Returns the answer."""
        who, where = self.person(person), self.chat(chat)
        shown = self.message(where.id, message)
        try:
            found = shown.row(row)
        except KeyError as error:
            raise NotPossible(str(error.args[0])) from None
        answer = self._new(where, who)
        answer.reply_to, answer.text, answer.raw["row"] = shown.id, found["title"], found
        self._heard(where, who, answer)
        return answer

    async def edit(self, person: str, chat: str, message: str, text: str) -> Message:
        """The person changes the text of their own message."""
        who, where = self.person(person), self.chat(chat)
        found = self.message(where.id, message)
        if found.sender != who.id or found.kind != "text":
            raise NotPossible("only the own text can be edited")
        found.text, found.edited_at = text, self.now()
        show(found, where.channel)
        self.touch(found)
        self.gateways[where.channel].edited(where, who, found)
        return found

    async def read(self, person: str, chat: str) -> None:
        """The person opens the chat: what has been delivered is read."""
        self.person(person)
        where = self.chat(chat)
        unread = [m for m in where.messages.values() if m.outgoing and m.status in ("sent", "delivered")]
        if unread:
            self.gateways[where.channel].read(where, unread)

    async def block(self, person: str) -> None:
        """The person blocks the service in their own chat."""
        self._block(person, True)

    async def unblock(self, person: str) -> None:
        """The person lifts the block."""
        self._block(person, False)

    async def delete_topic(self, chat: str, thread: int) -> None:
        """Someone deletes a forum topic, with all its messages. The bot is told nothing, as in the real one."""
        where = self.chat(chat)
        find_topic(where, thread).deleted = True
        for message in [m for m in where.messages.values() if m.thread == thread]:
            self.remove(where, message.id)
        self.touch_chat(where)

    async def close_topic(self, person: str, chat: str, thread: int, closed: bool = True) -> None:
        """A member closes a forum topic, or opens it again: a service message, which the bot hears."""
        who, where = self.person(person), self.chat(chat)
        check_may_write(who, where, None)
        topic = find_topic(where, thread)
        if topic.closed == closed:
            raise NotPossible(f"topic {thread} is already {'closed' if closed else 'open'}")
        topic.closed = closed
        self.touch_chat(where)
        self.gateways[where.channel].topic_closed(where, who, topic)

    async def migrate(self, chat: str) -> Chat:
        """A Telegram group becomes a supergroup with a new id. Returns the new chat."""
        where = self.chat(chat)
        if not where.group:
            raise NotPossible("only a Telegram group can become a supergroup")
        return self.gateways[where.channel].migrate(where)

    async def redeliver(self, chat: str, message: str) -> None:
        """The provider delivers the same webhook for this message again, with the same ids."""
        where = self.chat(chat)
        if not self.gateways[where.channel].redeliver(self.message(where.id, message)):
            raise NotPossible(f"no webhook was sent for message {message!r}")

    async def advance(self, by: timedelta) -> None:
        """Moves the business clock."""
        await self._on_advance(by)
        self.feed.publish("clock", lambda: {"now": self.now().isoformat()})

    def pause(self, paused: bool) -> None:
        """Holds webhooks back, or lets them go."""
        if paused:
            self.running.clear()
        else:
            self.running.set()
        self.feed.publish("paused", lambda: {"paused": paused})

    def reset(self) -> None:
        """The world as it was on the first day; numbers keep ascending."""
        highest = {key: chat.last_number for key, chat in self.chats.items()}
        self.people.clear()
        self.chats.clear()
        self.sent.clear()
        self.callbacks.clear()
        self.alerts.clear()
        self.posts.clear()
        self.media.clear()
        self._seed_cast()
        for key, number in highest.items():
            if key in self.chats:
                self.chats[key].last_number = number

    # inner

    def _seed_cast(self) -> None:
        people, chats = fixed_cast(self.config)
        self.people.update({person.id: person for person in people})
        self.chats.update({chat.id: chat for chat in chats})
        for chat in chats:
            if not chat.group:
                chat.commands = self._commands_for(chat, self.people[chat.members[0]])

    def _commands_for(self, chat: Chat, person: Person) -> list[Json]:
        bot = chat.bot or ""
        return self._commands.get((bot, person.language)) or self._commands.get((bot, "")) or []

    def _place(self, who: Person, chat: str | None) -> Chat:
        if chat is None:
            return self.chat(who.chat)
        name, _, bot = chat.partition("@")
        known = any(b.username == bot for b in self.config.telegram_bots)
        if known and chat not in self.chats and name == who.chat:
            self.chats[chat] = second = private_chat(who, self.config, bot)
            second.commands = self._commands_for(second, who)
        return self.chat(chat)

    def _new(self, where: Chat, who: Person, thread: int | None = None) -> Message:
        number = self.next_number(where) if where.channel == "telegram" else 0
        return new_message(where, who, self.now(), number, thread)

    def _heard(self, where: Chat, who: Person, message: Message) -> None:
        show(message, where.channel)
        where.last_inbound, where.started = message.at, True
        self.add(where, message)
        self.touch_chat(where)
        self.gateways[where.channel].said(where, who, message)

    def _block(self, person: str, blocked: bool) -> None:
        who = self.person(person)
        where = self.chat(who.chat)
        if where.blocked == blocked:
            return
        where.blocked = blocked
        self.touch_chat(where)
        self.gateways[where.channel].blocked(where, who, blocked)
