"""The outbox: sends what turns have committed, in order per chat, within the providers' limits, until it is sent or
given up loudly.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from time import monotonic

import msgspec
import structlog
from msgspec.structs import replace

from bot.channels.base import Channel, Failed, Moved, Part, Result, Retry, Sent, Unknown
from bot.clock import BusinessClock, real_now, wait_for
from bot.leases import LEASE_SECONDS, Leases
from bot.metrics import OUTBOX_WAITING, SENDS, of
from bot.own_log import about
from bot.pacing import Pacer
from bot.polling import Poll
from bot.wording import Renderer
from domain.addresses import chat_of
from domain.events import Arrival, Undeliverable
from domain.messages import Delivery, FailureReason, Outgoing, Purpose
from domain.people import ChatAlias, Conversation, Person
from storage.base import Recorded, Stale, Storage, StorageUnavailable

log = structlog.get_logger()

AT_ONCE = 64
"""Sends in flight a sender."""
PAGE = 500
MOST_IN_HAND = 5000
"""Messages held in memory; a longer queue stays in storage until there is room."""
ASK_EVERY = 1.0
"""Seconds after which a process asks again for a sender that another one holds."""
GIVE_UP_AFTER = timedelta(days=1)
FEWEST_TRIES = 20
"""What is a day old, since we were away ourselves, is tried for about an hour all the same."""
MOST_UNSURE = 15
"""Calls for one message that brought no answer, to a provider that cannot be asked about them: each may have put a copy
on the phone. With their growing pauses they last longer than an hour.
"""
STOP_WITHIN = 6.0
"""Seconds that sends in flight have at a stop."""
LONGEST_BACKOFF = 300.0
LONGEST_FOR_ALL = 30.0
"""Where a provider refuses a whole sender and does not say for how long (Twilio's 429)."""
WINDOW_MARGIN = timedelta(seconds=60)
"""The provider's clock and ours differ, and a send takes time."""
CLOCK_SKEW = timedelta(seconds=10)
"""How far a provider's clock may be off ours when we ask what it has sent."""
OUTAGE = 3  # tries: then the provider itself has a trouble
UNSOLICITED = frozenset({Purpose.SURVEY, Purpose.PROMOTION})
TO_GROUPS = frozenset({Purpose.DESK, Purpose.ALERT})


class _LetGo(Exception):
    """This process is to stop, or has lost the sender: what is not sent yet stays in storage."""


def backoff(tries: int) -> float:
    """Seconds until the next try: doubling from one, with jitter, five minutes at most."""
    return min(LONGEST_BACKOFF, 2.0 ** min(tries, 9)) * random.uniform(0.75, 1.25)  # noqa: S311  # jitter, not a secret


def _deadline(not_before: float) -> float:
    """A real time as the monotonic clock will show it."""
    return monotonic() + not_before - real_now()


class Outbox:
    """All the messages of one sender (a bot, a number). One process at a time leases a sender, so that its limits
    hold without shared memory.
    """

    def __init__(
        self,
        channel: Channel,
        storage: Storage,
        clock: BusinessClock,
        leases: Leases,
        renderer: Renderer,
        *,
        on_recorded: Callable[[Recorded], None],
        on_moved: Callable[[], None],
    ) -> None:
        self._channel = channel
        self._storage = storage
        self._clock = clock
        self._leases = leases
        self._renderer = renderer
        self._on_recorded = on_recorded
        self._on_moved = on_moved
        self.poll = Poll()
        self._pacer = Pacer(channel.limits, monotonic, self._sleep)
        # A message and when to go on with it, by the clock that nobody puts back.
        self._lanes: dict[str, deque[tuple[Outgoing, float]]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._wake = asyncio.Event()
        self._looking = False
        self._recent: deque[str] = deque(maxlen=2000)
        self._after = self._furthest = 0
        self._again = False
        self._holding = asyncio.Lock()
        self._held_until = self._ask_at = 0.0
        self._whole_sender_until = 0.0
        self._stopping = False

    @property
    def sender(self) -> str:
        return self._channel.name

    @property
    def busy(self) -> bool:
        """Whether messages that this process knows of are still to be sent, or are being read."""
        return bool(self._lanes) or self._looking or self._wake.is_set()

    def due(self) -> bool:
        """Whether any of them could go now, as far as it depends on us and on the limits of sending."""
        now = monotonic()
        waiting = now < self._whole_sender_until or all(lane[0][1] > now for lane in self._lanes.values() if lane)
        return self._wake.is_set() or not waiting

    def wake(self) -> None:
        self._wake.set()

    # --- reading the queue ---

    async def run(self) -> None:
        """Send until stopped."""
        while not self._stopping:
            self._looking = True
            try:
                found = await self._read() if await self._hold() else 0
            except StorageUnavailable as problem:
                self.poll.failed += 1
                log.warning("storage unavailable", where="outbox", problem=str(problem))
                found = 0
            self._looking = False
            pause = self.poll.pause(bool(found))
            if found < PAGE:
                await wait_for(self._wake, pause)

    async def _hold(self) -> bool:
        """Own the sender. Whoever takes it over begins from the oldest unsent message, once the calls that an earlier
        lease of ours left in flight have ended.
        """
        now = real_now()
        if now < self._held_until - LEASE_SECONDS / 2:
            return True
        if monotonic() < self._ask_at:
            return False
        owned = now < self._held_until
        lease = self._leases.lease()
        async with self._holding:
            held = not self._stopping and await self._storage.hold(f"sender:{self.sender}", lease)
        if not held:
            self._held_until = 0.0
            self._ask_at = monotonic() + ASK_EVERY
            return False
        if not owned:
            if self._workers:
                return False
            self._again = True
        self._held_until = lease.until
        return True

    async def _read(self) -> int:
        if sum(map(len, self._lanes.values())) >= MOST_IN_HAND:
            return 0
        if self._again:
            self._again, self._after = False, 0
        in_hand: set[str] = set()
        if self._after < self._furthest:
            in_hand = {message.id for lane in self._lanes.values() for message, _ in lane}
        rows = await self._storage.outgoing(self.sender, now=real_now(), after=self._after, limit=PAGE)
        for seq, message, not_before in rows:
            self._after = max(self._after, seq)
            if message.id in in_hand:
                continue
            lane = self._lanes.get(message.to)
            if lane is None:
                lane = self._lanes[message.to] = deque()
                self._start(message.to, lane)
            lane.append((message, _deadline(not_before)))
        self._furthest = max(self._furthest, self._after)
        OUTBOX_WAITING.labels(self.sender).set(sum(len(lane) for lane in self._lanes.values()))
        return len(rows)

    def _start(self, to: str, lane: deque[tuple[Outgoing, float]]) -> None:
        task = asyncio.create_task(self._send_lane(to, lane))
        self._workers.add(task)
        task.add_done_callback(self._workers.discard)

    async def stop(self) -> None:
        """Finish the sends in flight; what waits stays in storage, as does what a provider takes too long for."""
        self._stopping = True
        self._wake.set()
        if self._workers:
            _, late = await asyncio.wait(self._workers, timeout=STOP_WITHIN)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=1)
        async with self._holding:  # what is on its way to being held is let go of too
            with suppress(StorageUnavailable):
                await self._storage.let_go(f"sender:{self.sender}", self._leases.token)

    # --- one chat's messages, in order ---

    async def _send_lane(self, to: str, lane: deque[tuple[Outgoing, float]]) -> None:
        """Send a chat's messages one after the other. A message that must wait holds its own chat only."""
        try:
            while lane:
                message, deadline = lane[0]
                pause = max(deadline, self._whole_sender_until) - monotonic()
                if pause > 0:
                    await self._sleep(pause)
                self._be_owner()
                not_before = 0.0
                try:
                    message, not_before = await self._deliver(message)
                except StorageUnavailable as problem:
                    log.warning("storage unavailable", where="outbox", problem=str(problem))
                    not_before = real_now() + 1.0
                except _LetGo:
                    raise
                except Exception as problem:
                    # Any bug in a channel ends here: its chat waits, the others go on.
                    log.exception("send broke off", **about(message))
                    message, not_before = await self._put_off(message, Retry(detail=type(problem).__name__))
                if message.delivery is Delivery.QUEUED:
                    lane[0] = (message, _deadline(not_before))
                else:
                    lane.popleft()
        except _LetGo:
            return
        finally:
            if self._lanes.get(to) is lane:
                del self._lanes[to]
                if lane and not self._stopping:
                    self._again = True
                    self._wake.set()

    async def _sleep(self, seconds: float) -> None:
        """Sleep so long, then be sure that we may still send. Raises _LetGo as soon as we may not."""
        until = monotonic() + seconds
        while True:
            self._be_owner()
            left = until - monotonic()
            if left <= 0:
                return
            await asyncio.sleep(min(left, 0.5))

    def _be_owner(self) -> None:
        """Raises _LetGo where we may not send."""
        if self._stopping or real_now() >= self._held_until:
            raise _LetGo

    # --- one message ---

    async def _deliver(self, message: Outgoing) -> tuple[Outgoing, float]:
        """Render where that has not been done, send what is not sent yet, keep the result. Returns the message as it
        stands and when to go on with it.
        """
        checked = await self._may_go(message)
        if checked.delivery is Delivery.FAILED:
            return await self._settle(checked)
        if not checked.parts:
            checked = self._render(checked)
            if checked.delivery is Delivery.FAILED:
                return await self._settle(checked)
        parts: list[Part] = [msgspec.json.decode(part) for part in checked.parts]
        while len(checked.provider_ids) < len(parts):
            called_at = real_now()
            result = await self._call(checked, parts[len(checked.provider_ids)])
            of(SENDS, self.sender, type(result).__name__.lower()).inc()
            match result:
                case Sent(provider_id):
                    self._recent.append(provider_id)
                    ids = (*checked.provider_ids, provider_id)
                    checked = replace(checked, provider_ids=ids, unsure_since=0.0, unsure=0)
                    if len(checked.provider_ids) < len(parts):
                        await self._settle(checked)
                case Moved(new):
                    checked = await self._move(checked, new)
                case Retry():
                    return await self._put_off(checked, result)
                case Unknown():
                    since = checked.unsure_since or called_at
                    return await self._put_off(replace(checked, unsure_since=since, unsure=checked.unsure + 1), result)
                case Failed(reason, detail):
                    return await self._settle(await self._refused(checked, reason, detail))
        return await self._settle(replace(checked, delivery=Delivery.SENT, error=""))

    async def _call(self, message: Outgoing, part: Part) -> Result:
        """Send one part; where an earlier call for it is in doubt, ask the provider first."""
        to = await self._address(message.to)
        # Waiting for the chat's own limit takes no place: one slow group must not hold up everybody.
        await self._pacer.wait(chat_of(to))
        async with self._slots:
            self._be_owner()
            if message.unsure_since:
                since = datetime.fromtimestamp(message.unsure_since, UTC) - CLOCK_SKEW
                found = await self._find_sent(message, to, part, since)
                if isinstance(found, Retry):
                    return found
                if found is not None:
                    return Sent(found)
            try:
                return await self._channel.send(to, part)
            except asyncio.CancelledError:
                if not self._stopping:
                    raise
                # Whoever goes on with it must know that the provider may have it.
                return Unknown("stopped before there was an answer")

    async def _find_sent(self, message: Outgoing, to: str, part: Part, since: datetime) -> str | Retry | None:
        """What the provider has of that call, leaving out what is known as another one's: the same words may have been
        sent before, by a process that is gone.
        """
        known = {*self._recent, *message.provider_ids}
        while isinstance(found := await self._channel.find_sent(to, part, since, known), str):
            if await self._storage.message_by_provider_id(self.sender, found) is None:
                return found
            known.add(found)
        return found

    async def _address(self, to: str) -> str:
        """Where a group is now."""
        if ":-" not in to:
            return to
        chat = chat_of(to)
        alias = await self._storage.get(ChatAlias, chat)
        return alias.to + to.removeprefix(chat) if alias else to

    async def _move(self, message: Outgoing, new: str) -> Outgoing:
        old = chat_of(message.to)
        known = await self._storage.get(ChatAlias, old)
        if known is None or known.to != chat_of(new):
            try:
                await self._storage.save(replace(known or ChatAlias(id=old, to=new), to=chat_of(new)))
            except Stale:
                log.info("group move already known", group=old)
            self._on_moved()
        return message

    async def _may_go(self, message: Outgoing) -> Outgoing:
        """Whether the message may be sent now, by consent, block and window; a closed window demands the template."""
        purpose = message.say.purpose
        if purpose in TO_GROUPS and self.sender != "whatsapp":
            return message
        if purpose in UNSOLICITED:
            person = await self._storage.get(Person, message.to)
            if person is not None and person.stopped:
                return message.failed(FailureReason.STOPPED)
        now = self._clock.now()
        if message.window_until is not None and now < message.window_until - WINDOW_MARGIN:
            return message
        conversation = await self._storage.get(Conversation, message.to)
        if conversation is not None and conversation.blocked:
            return message.failed(FailureReason.BLOCKED)
        if self.sender != "whatsapp":
            return message
        window = conversation.window_until if conversation else None
        if window is not None and now < window - WINDOW_MARGIN:
            return message  # by template where the provider has told that the window is closed, whatever we know
        if not self._renderer.has_template(message):
            return message.failed(FailureReason.WINDOW_CLOSED)
        return message if message.template_tried else replace(message, template_tried=True, parts=())

    def _render(self, message: Outgoing) -> Outgoing:
        try:
            parts = self._renderer.parts(self._channel, message)
        except Exception as problem:
            log.exception("render failed", text=message.say.text.key, **about(message))
            return message.failed(FailureReason.RENDER, type(problem).__name__)
        return replace(message, parts=tuple(msgspec.json.encode(part).decode() for part in parts))

    async def _put_off(self, message: Outgoing, result: Retry | Unknown) -> tuple[Outgoing, float]:
        """Try again later: when the provider said so, else by backoff."""
        tries = message.tries + 1
        copies = message.unsure if isinstance(result, Unknown) and not self._channel.tells_what_was_sent else 0
        too_old = tries >= FEWEST_TRIES and self._clock.now() - message.queued_at >= GIVE_UP_AFTER
        if too_old or copies >= MOST_UNSURE:
            return await self._settle(message.failed(FailureReason.EXPIRED, result.detail))
        after = result.after if isinstance(result, Retry) else None
        if after is None:
            after = backoff(2 * copies if copies else tries)
            if isinstance(result, Retry) and result.whole_sender:
                after = min(after, LONGEST_FOR_ALL)
        not_before = real_now() + after
        if isinstance(result, Retry) and result.whole_sender:
            self._whole_sender_until = monotonic() + after
        limited = isinstance(result, Retry) and (result.whole_sender or result.after is not None)
        told = log.warning if tries == OUTAGE and not limited else log.info
        told("send put off", seconds=round(after, 1), why=result.detail, **about(message))
        return await self._settle(replace(message, tries=tries, error=result.detail), not_before=not_before)

    async def _refused(self, message: Outgoing, reason: FailureReason, detail: str) -> Outgoing:
        """Given up; but a closed window is met with the template, once."""
        template = reason is FailureReason.WINDOW_CLOSED and not message.template_tried
        if template and self._renderer.has_template(message):
            return replace(message, template_tried=True, parts=(), provider_ids=(), tries=message.tries + 1)
        return message.failed(reason, detail)

    async def _settle(self, message: Outgoing, *, not_before: float = 0.0) -> tuple[Outgoing, float]:
        """Keep what became of it; a failure goes into the inbox, for whom it concerns."""
        arrivals: tuple[Arrival, ...] = ()
        if message.delivery is Delivery.FAILED:
            reason, _, detail = message.error.partition(" ")
            arrivals = (
                Arrival(
                    source="outbox",
                    external_id=message.id,
                    conversation=message.to,
                    person=message.to if message.say.purpose not in TO_GROUPS else "",
                    event=Undeliverable(
                        message=message.id,
                        to=message.to,
                        reason=FailureReason(reason),
                        detail=detail,
                        case=message.say.case,
                    ),
                ),
            )
            log.warning("message given up", reason=reason, **about(message))
        while True:
            try:
                recorded = await self._storage.settle(
                    message, not_before=not_before, arrivals=arrivals, at=self._clock.now()
                )
            except StorageUnavailable as problem:
                if self._stopping:
                    raise
                # What was sent must not be sent again only because it could not be written down.
                log.warning("storage unavailable", where="outbox", problem=str(problem))
                await asyncio.sleep(1.0)
                continue
            except Stale:
                # Its person was forgotten while it was in hand: there is nothing to note, and nothing more to send.
                return message.failed(FailureReason.REFUSED), 0.0
            self._on_recorded(recorded)
            return message, not_before
