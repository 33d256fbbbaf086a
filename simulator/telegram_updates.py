"""A bot's updates: made, kept until taken, delivered by webhook or fetched with getUpdates."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from simulator.clock import ascending, real_seconds
from simulator.config import Bot
from simulator.faults import Fault, Faults
from simulator.model import Json, Message
from simulator.webhooks import Courier, Lanes
from simulator.world import World

PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"

# "Specify an empty list to receive all update types except chat_member, message_reaction, and
# message_reaction_count (default)": setWebhook, Bot API.
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True)
class Update:
    """An update that was not confirmed yet."""

    id: int
    chat: str
    body: Json
    message: Message | None


@dataclass(slots=True)
class Webhook:
    """What setWebhook said."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error_date: int | None = None
    last_error_message: str = ""


@dataclass(slots=True)
class Latest:
    """The last update made for a message, to be delivered again."""

    bot: str
    update: Update


class Mailbox:
    """The updates of one bot."""

    def __init__(
        self, bot: Bot, world: World, courier: Courier, faults: Faults, running: asyncio.Event, timeout: float
    ) -> None:
        self.bot = bot
        self.webhook: Webhook | None = None
        self.allowed: frozenset[str] | None = None
        self.pending: dict[int, Update] = {}
        self.lanes = Lanes(running)
        self._world = world
        self._courier = courier
        self._faults = faults
        self._timeout = timeout
        # From real time in milliseconds: unique and ascending, also when nothing was kept of the last run.
        self._last_id = ascending(per_second=1000)
        self._arrived = asyncio.Event()
        self._nudge = asyncio.Event()
        self._slots = asyncio.Semaphore(40)
        self._poll = 0
        # Who polls gets these once more, although they are confirmed; a poll of its own repeats nothing.
        self._repeated: set[int] = set()
        self._twice: set[int] = set()

    def emit(self, kind: str, chat: str, payload: Json, message: Message | None = None) -> Update | None:
        """Makes an update; None if the bot does not want its kind."""
        wanted = kind not in NOT_BY_DEFAULT if self.allowed is None else kind in self.allowed
        if not wanted:
            if message is not None and message.status == "sending":
                self._delivered(message)
            return None
        self._last_id += 1
        update = Update(self._last_id, chat, {"update_id": self._last_id, kind: payload}, message)
        fault = self._faults.take("telegram", "webhook", chat)
        if fault is not None and fault.kind == "drop":
            return update
        self.pending[update.id] = update
        if self.webhook is not None:
            self._push(update, fault)
        else:
            if fault is not None and fault.kind == "twice":
                self._twice.add(update.id)
            self._arrived.set()
        return update

    def again(self, update: Update) -> None:
        """Delivers an update once more, same id."""
        self.pending[update.id] = update
        if self.webhook is not None:
            self._push(update, None)
        else:
            self._repeated.add(update.id)
            self._arrived.set()

    def set_webhook(self, webhook: Webhook | None, allowed: frozenset[str] | None, drop: bool) -> None:
        """What setWebhook and deleteWebhook do; waiting updates go to the new address at once."""
        before, self.webhook, self.allowed = self.webhook, webhook, allowed
        if drop:
            self.pending.clear()
        if webhook is not None and webhook.max_connections != (before.max_connections if before else 40):
            self._slots = asyncio.Semaphore(webhook.max_connections)
        if webhook is not None and before is None:
            for update in list(self.pending.values()):
                self._push(update, None, once=True)
        self._nudge.set()
        self._nudge = asyncio.Event()
        self._arrived.set()

    async def take(self, offset: int, limit: int, timeout: float, superseded: Callable[[], Exception]) -> list[Json]:
        """getUpdates: forgets what is below `offset`, waits up to `timeout` for more."""
        self._poll += 1
        mine = self._poll
        self._arrived.set()
        if offset < 0:
            kept = list(self.pending)[offset:]
            offset = kept[0] if kept else 0
        for update_id in [i for i in self.pending if i < offset and i not in self._repeated]:
            confirmed = self.pending.pop(update_id)
            if confirmed.message is not None:
                self._delivered(confirmed.message)
        deadline = asyncio.get_running_loop().time() + timeout
        while not self.pending or self._world.paused:
            self._arrived.clear()
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return []
            with suppress(TimeoutError):
                event = self._world.running if self._world.paused else self._arrived
                await asyncio.wait_for(event.wait(), left)
            if self._poll != mine:
                raise superseded()
        batch = [self.pending[i] for i in sorted(self.pending)][:limit]
        for update in batch:
            self._repeated.discard(update.id)
            if update.id in self._twice:
                self._twice.discard(update.id)
                self._repeated.add(update.id)
        return [update.body for update in batch]

    @property
    def polled(self) -> int:
        """How often getUpdates was called."""
        return self._poll

    def stop_polls(self) -> None:
        """Ends every poll that waits."""
        self._poll += 1
        self._arrived.set()

    def _push(self, update: Update, fault: Fault | None, once: bool = False) -> None:
        self.lanes.push(update.chat, lambda: self._deliver(update, once), fault)

    async def _deliver(self, update: Update, once: bool) -> None:
        # A webhook that was taken away and set again may meet the try that was still under way.
        if once and update.id not in self.pending:
            return
        body = json.dumps(update.body, ensure_ascii=False).encode()
        tries = 0
        while (webhook := self.webhook) is not None:
            headers = {"Content-Type": "application/json"}
            if webhook.secret:
                headers[SECRET_HEADER] = webhook.secret
            nudge = self._nudge
            async with self._slots:
                answer = await self._courier.post(webhook.url, body, headers, self._timeout)
            if answer.good:
                self.pending.pop(update.id, None)
                if update.message is not None:
                    self._delivered(update.message)
                return
            webhook.last_error_date = real_seconds()
            said = f"Wrong response from the webhook: {answer.status} {answer.text[:60]}"
            webhook.last_error_message = said if answer.status else answer.text
            pause = min(PAUSES[min(tries, len(PAUSES) - 1)], self._world.config.longest_pause)
            tries += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(nudge.wait(), pause)
            if update.id not in self.pending:
                return

    def _delivered(self, message: Message) -> None:
        if message.status in ("sending", "sent") and not message.outgoing:
            message.status = "delivered"
            self._world.touch(message)


@dataclass(slots=True)
class Latests:
    """The last update of each of the newest messages."""

    kept: dict[tuple[str, str], Latest] = field(default_factory=dict)

    def note(self, chat: str, message: str, bot: str, update: Update) -> None:
        """Remembers."""
        self.kept.pop((chat, message), None)
        self.kept[chat, message] = Latest(bot, update)
        if len(self.kept) > 5000:
            del self.kept[next(iter(self.kept))]

    def find(self, chat: str, message: str) -> Latest | None:
        """The last one, or None."""
        return self.kept.get((chat, message))
