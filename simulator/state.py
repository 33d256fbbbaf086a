"""The world kept in a file, so that phones have their history after a restart. Written a moment after a change."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from simulator.config import SimulatorConfig
from simulator.datacentre import Machine, Operation
from simulator.google_calendar import Event
from simulator.mailbox import Mail
from simulator.media import Media
from simulator.model import Button, Chat, Json, Message, Person, Topic
from simulator.telegram import Telegram
from simulator.telegram_updates import Update, Webhook
from simulator.twilio import Twilio
from simulator.world import World

log = logging.getLogger(__name__)

VERSION = 1
PAUSE = 1.0
_CLASSES: dict[str, type] = {
    cls.__name__: cls for cls in (Person, Chat, Topic, Message, Button, Webhook, Mail, Event, Machine, Operation)
}


class Part(Protocol):
    """What is kept besides, under a name of its own; everything that it consists of is in `_CLASSES`."""

    def kept(self) -> Any: ...
    def take_up(self, kept: Any) -> None: ...


class Keeper:
    """Reads the file at the start, writes it after changes (at most once in PAUSE seconds) and at the stop."""

    def __init__(
        self,
        world: World,
        telegram: Telegram,
        twilio: Twilio,
        path: Path,
        offset: Callable[[], timedelta],
        set_offset: Callable[[timedelta], None],
        parts: Mapping[str, Part],
    ) -> None:
        self._world = world
        self._telegram = telegram
        self._twilio = twilio
        self._path = path
        self._files = path.with_name(path.name + ".media")
        self._offset = offset
        self._set_offset = set_offset
        self._parts = parts
        self._timer: asyncio.TimerHandle | None = None
        self._writing = asyncio.Lock()
        self._written: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Takes up what the file holds; a file of another cast or version is left aside with a warning."""
        try:
            text = await asyncio.to_thread(self._read)
            if text:
                self._take_up(json.loads(text, object_hook=_from_json))
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("the kept world in %s is not used: %r", self._path, error)
            self._world.reset()
        self._world.feed.listen(self._changed)

    async def stop(self) -> None:
        """Writes for the last time."""
        if self._timer is not None:
            self._timer.cancel()
        await self._write()

    def _changed(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._due)

    def _due(self) -> None:
        self._timer = None
        self._task = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        async with self._writing:
            text = json.dumps(self._whole(), default=_to_json)
            media = [one for one in self._world.media.all() if one.id not in self._written]
            try:
                await asyncio.to_thread(self._save, text, media)
            except OSError as error:
                log.warning("the world is not kept: %s", error)
                return
            self._written.update(one.id for one in media)
        self._world.feed.wake()

    def _whole(self) -> Json:
        return {
            "version": VERSION,
            "cast": _cast(self._world.config),
            "offset": self._offset().total_seconds(),
            "people": list(self._world.people.values()),
            "chats": list(self._world.chats.values()),
            "media": [{"id": m.id, "type": m.type, "name": m.name, "kind": m.kind} for m in self._world.media.all()],
            "parts": {name: part.kept() for name, part in self._parts.items()},
            "bots": {box.bot.username: self._bot(token) for token, box in self._telegram.mailboxes.items()},
        }

    def _bot(self, token: str) -> Json:
        box = self._telegram.mailboxes[token]
        return {
            "webhook": box.webhook,
            "allowed": sorted(box.allowed) if box.allowed is not None else None,
            "pending": [
                {"id": u.id, "chat": u.chat, "body": u.body, "message": u.message.id if u.message else None}
                for u in box.pending.values()
            ],
        }

    def _take_up(self, whole: Json) -> None:
        if whole["version"] != VERSION or whole["cast"] != _cast(self._world.config):
            raise ValueError("it was kept for another cast")
        world = self._world
        for media in whole["media"]:
            file = self._files / media["id"]
            if file.is_file():
                world.media.restore(Media(media["id"], file.read_bytes(), media["type"], media["name"], media["kind"]))
                self._written.add(media["id"])
        world.people = {person.id: person for person in whole["people"]}
        world.chats = {chat.id: chat for chat in whole["chats"]}
        for chat in world.chats.values():
            chat.topics = {int(number): topic for number, topic in chat.topics.items()}
            if chat.channel == "whatsapp":
                self._twilio.remember(chat.messages.values())
        self._set_offset(timedelta(seconds=whole["offset"]))
        for name, kept in whole.get("parts", {}).items():
            self._parts[name].take_up(kept)
        for box in self._telegram.mailboxes.values():
            kept = whole["bots"][box.bot.username]
            pending = {}
            for row in kept["pending"]:
                message = world.chats[row["chat"]].messages.get(row["message"]) if row["message"] else None
                pending[row["id"]] = Update(row["id"], row["chat"], row["body"], message)
            box.pending = pending
            box.set_webhook(kept["webhook"], frozenset(kept["allowed"]) if kept["allowed"] else None, drop=False)

    def _read(self) -> str:
        return self._path.read_text(encoding="utf-8") if self._path.is_file() else ""

    def _save(self, text: str, media: list[Media]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if media:
            self._files.mkdir(exist_ok=True)
        for one in media:
            (self._files / one.id).write_bytes(one.data)
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(text, encoding="utf-8")
        new.replace(self._path)


def _cast(config: SimulatorConfig) -> list[Any]:
    bots = [bot.username for bot in config.telegram_bots]
    mentors = [mentor.id for mentor in config.mentors]
    return [*bots, config.agents_chat_id, config.ops_chat_id, config.whatsapp_from, *mentors]


def _to_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"__at__": value.isoformat()}
    if is_dataclass(value) and type(value).__name__ in _CLASSES:
        return {"__is__": type(value).__name__, **{f.name: getattr(value, f.name) for f in fields(value)}}
    raise TypeError(f"{type(value).__name__} cannot be kept")


def _from_json(data: Json) -> Any:
    if "__at__" in data:
        return datetime.fromisoformat(data["__at__"])
    if "__is__" in data:
        return _CLASSES[data.pop("__is__")](**data)
    return data
