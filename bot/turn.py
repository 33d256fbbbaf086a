"""A turn: one step is run, and all its results are committed at once."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from time import perf_counter
from weakref import WeakValueDictionary

import structlog
from msgspec.structs import replace

from bot.clock import BusinessClock, real_now
from bot.leases import Leases
from bot.metrics import TURN_SECONDS, TURNS, of
from bot.own_log import is_about_alerts
from bot.router import Router
from domain.cases import Case
from domain.catalog import Catalog
from domain.events import Said
from domain.log_scans import ALL
from domain.matching import Matcher
from domain.messages import AGAIN, Outgoing, Purpose, Say, Text
from domain.people import WINDOW, ChatAlias, Conversation, Person
from handlers.flow import Outcome, Turn
from handlers.ports import Places, Records
from storage.base import Change, Claim, Entry, LeaseLost, Stale, Storage, StorageError, StorageUnavailable, Taken

log = structlog.get_logger()

CONFLICTS = 20
"""How often a step is run again from a fresh read before its entry is put off: each conflict means that somebody else
got through.
"""

WAITS = (0.05, 0.2, 1.0, 5.0, 30.0, 60.0)
"""Seconds between the tries of a step that raised."""

STORAGE_PAUSE = 1.0
"""Seconds until a turn that storage did not take is run again, as long as its lease holds."""

PATIENCE = (0.1, 0.5, 2.0, 8.0)
"""Seconds between the tries of a step that said "not yet": a delivery report that overtook our own note of the send."""


class Turns:
    def __init__(
        self,
        storage: Storage,
        clock: BusinessClock,
        leases: Leases,
        router: Router,
        *,
        records: Records,
        catalog: Catalog,
        matcher: Matcher,
        places: Places,
        on_begin: Callable[[Entry], None],
        on_outgoing: Callable[[], None],
        on_effects: Callable[[], None],
        on_deferred: Callable[[float], None],
    ) -> None:
        self._storage = storage
        self._clock = clock
        self._leases = leases
        self._router = router
        self._records = records
        self._catalog = catalog
        self._matcher = matcher
        self._configured = places
        self._places = places
        self._places_until = 0.0
        self._queues: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._on_begin = on_begin
        self._on_outgoing = on_outgoing
        self._on_effects = on_effects
        self._on_deferred = on_deferred

    async def run(self, claim: Claim | None) -> None:
        """The turns of a claimed conversation, until nothing waits in it or somebody else has it."""
        while claim is not None:
            lease_until = claim.until
            structlog.contextvars.bind_contextvars(entry=f"{claim.entry.source}/{claim.entry.external_id}")
            if is_about_alerts(claim.entry.conversation, claim.entry.source):
                structlog.contextvars.bind_contextvars(lane=ALL)
            try:
                began = perf_counter()
                claim = await self._one(claim)
                TURN_SECONDS.observe(perf_counter() - began)
            except LeaseLost:
                of(TURNS, "lease-lost").inc()
                return
            except StorageUnavailable as problem:
                log.warning("storage unavailable", where="turn", problem=str(problem))
                if real_now() + STORAGE_PAUSE >= lease_until - STORAGE_PAUSE:
                    return  # the lease is all but over: whoever claims next goes on
                await asyncio.sleep(STORAGE_PAUSE)

    def forget_places(self) -> None:
        """A group has moved: look its address up again."""
        self._places_until = 0.0

    async def _one(self, claim: Claim) -> Claim | None:
        """Run a step and commit it; on a conflict run it again from a fresh read. Returns the next claim of the
        conversation.

        Steps that met over the same record run again one after another: all at once, one would get through each time.
        """
        self._on_begin(claim.entry)
        contended = ""
        async with AsyncExitStack() as queue:
            for _ in range(CONFLICTS):
                turn = await self._turn(claim, self._clock.now())
                change = await self._decide(claim, turn)
                try:
                    return await self._commit(change, turn)
                except (Stale, Taken) as problem:
                    of(TURNS, "conflict").inc()
                    conflict = problem
                if contended != str(conflict):
                    await queue.aclose()  # never two at a time: nobody waits in a circle
                    contended = str(conflict)
                    await queue.enter_async_context(self._queues.setdefault(contended, asyncio.Lock()))
                claim = await self._storage.refresh(claim)
            # With so many others getting through it is put off; what meets a conflict every time is set aside in the
            # end.
            return await self._commit(self._failed(claim, turn, conflict), turn)

    async def _decide(self, claim: Claim, turn: Turn) -> Change:
        """What the step wants; put off or set aside where it raised."""
        try:
            outcome = await self._router.handle(turn)
            return await self._change(claim, turn, outcome)
        except (StorageUnavailable, asyncio.CancelledError):
            raise
        except Exception as problem:
            # Any bug in a handler ends here: the entry is tried again, then set aside; its conversation goes on.
            log.exception("step failed", event_kind=type(turn.event).__name__, tries=claim.entry.tries)
            return self._failed(claim, turn, problem)

    async def _commit(self, change: Change, turn: Turn) -> Claim | None:
        """Commit and tell whom it concerns. Raises what the store's `commit` does."""
        lease = self._leases.lease()
        try:
            following = await self._storage.commit(change, lease=lease)
        except (StorageError, asyncio.CancelledError):
            raise
        except Exception as problem:
            # What no store can hold is a bug of the step that wanted it, and would break every try.
            log.exception("commit failed", event_kind=type(turn.event).__name__, tries=change.claim.entry.tries)
            change = self._failed(change.claim, turn, problem)
            following = await self._storage.commit(change, lease=lease)
        of(TURNS, "set-aside" if change.set_aside else "put-off" if change.defer_until else "done").inc()
        if change.defer_until is not None:
            self._on_deferred(change.defer_until)
        if change.outgoing:
            self._on_outgoing()
        if change.effects:
            self._on_effects()
        if any(isinstance(record, ChatAlias) for record in change.save):
            self.forget_places()
        return following

    async def _turn(self, claim: Claim, now: datetime) -> Turn:
        person = claim.person or Person(id=claim.entry.person)
        return Turn(
            id=f"in-{claim.entry.seq}",
            seq=claim.entry.seq,
            event=claim.entry.event,
            conversation=claim.conversation,
            person=person,
            now=now,
            arrived_at=claim.entry.received_at,
            records=self._records,
            catalog=self._catalog,
            matcher=self._matcher,
            places=await self._current_places(),
        )

    async def _current_places(self) -> Places:
        """The groups by the addresses they have now; looked up again every half minute, since another process may
        have heard of a move.
        """
        if real_now() >= self._places_until:
            agents = await self._storage.get(ChatAlias, self._configured.agents) if self._configured.agents else None
            ops = await self._storage.get(ChatAlias, self._configured.ops) if self._configured.ops else None
            self._places = replace(
                self._configured,
                agents=agents.to if agents else self._configured.agents,
                ops=ops.to if ops else self._configured.ops,
            )
            self._places_until = real_now() + 30
        return self._places

    # --- from an outcome to a change ---

    async def _change(self, claim: Claim, turn: Turn, outcome: Outcome) -> Change:
        if outcome.wait and claim.entry.tries < len(PATIENCE):
            return Change(claim=claim, at=turn.now, defer_until=real_now() + PATIENCE[claim.entry.tries])
        says = [*outcome.say, *(await self._copies(turn, outcome))]
        conversation = outcome.conversation or turn.conversation
        person = outcome.person or turn.person
        outgoing = [
            await self._outgoing(turn, f"{turn.id}-{index}", say, conversation, person)
            for index, say in enumerate(says)
        ]
        outgoing += [self._again(turn, message) for message in outcome.resend]
        save = list(outcome.save)
        if outcome.conversation is not None and outcome.conversation != claim.conversation:
            save.append(outcome.conversation)
        if outcome.person is not None and outcome.person.id and outcome.person != claim.person:
            save.append(outcome.person)
        return Change(
            claim=claim,
            at=turn.now,
            save=save,
            expect=outcome.expect,
            outgoing=outgoing,
            effects=outcome.effects,
            reports=outcome.reports,
        )

    async def _outgoing(
        self, turn: Turn, message_id: str, say: Say, conversation: Conversation, person: Person
    ) -> Outgoing:
        """The message with everything fixed that must not change between now and its sending."""
        to = say.to or conversation.id
        own = to == conversation.id
        reader = person if to == person.id else await self._storage.get(Person, to) if not own else None
        return Outgoing(
            id=message_id,
            sender=to.partition(":")[0],
            to=to,
            say=say,
            language=say.language or (reader.language if reader else "") or "id",
            zone=say.zone or (reader.zone if reader else ""),
            queued_at=turn.now,
            window_until=conversation.window_until if own and not conversation.blocked else None,
        )

    async def _copies(self, turn: Turn, outcome: Outcome) -> list[Say]:
        """A notice to a customer whom a human is talking to is copied into the case's topic: the agent must know."""
        copies = []
        changed = {record.id: record for record in outcome.save if isinstance(record, Case)}
        for say in outcome.say:
            if say.purpose is not Purpose.NOTICE or say.case:
                continue
            own = say.to in ("", turn.conversation.id)
            conversation = turn.conversation if own else await self._storage.get(Conversation, say.to)
            case_id = conversation.case if conversation else ""
            case = changed.get(case_id) or (await self._storage.get(Case, case_id) if case_id else None)
            if case and case.open and case.thread:
                to = f"{turn.places.agents}:{case.thread}"
                copies.append(replace(say, to=to, purpose=Purpose.DESK, language="id", choices=(), case=case.id))
        return copies

    def _again(self, turn: Turn, message: Outgoing) -> Outgoing:
        return replace(
            message,
            id=f"{message.id}{AGAIN}",
            version=0,
            queued_at=turn.now,
            window_until=None,
            delivery=type(message.delivery).QUEUED,
            provider_ids=(),
            parts=(),
            error="",
            tries=0,
            unsure_since=0.0,
            unsure=0,
        )

    def _failed(self, claim: Claim, turn: Turn, problem: Exception) -> Change:
        """Put a failing entry off, or set it aside after the last try: ops are told, and so is the person."""
        error = type(problem).__name__
        if claim.entry.tries < len(WAITS) - 1:
            return Change(claim=claim, at=turn.now, defer_until=real_now() + WAITS[claim.entry.tries], error=error)
        log.error("set aside", event_kind=type(turn.event).__name__, reason=error)
        says = []
        if isinstance(turn.event, Said) and turn.person.id == turn.conversation.id:
            says.append(Say(text=Text("went-wrong"), to=turn.conversation.id))
        if turn.places.ops:
            values = {"entry": turn.id, "person": turn.conversation.id, "error": error}
            says.append(Say(text=Text("ops-set-aside", dict(values)), to=turn.places.ops, purpose=Purpose.ALERT))
        outgoing = [
            Outgoing(
                id=f"{turn.id}-failed-{index}",
                sender=say.to.partition(":")[0],
                to=say.to,
                say=say,
                language=turn.language if say.to == turn.conversation.id else "id",
                queued_at=turn.now,
                # What they wrote opened it, though no turn of theirs may ever have said so.
                window_until=turn.arrived_at + WINDOW if say.to == turn.conversation.id else None,
            )
            for index, say in enumerate(says)
        ]
        return Change(claim=claim, at=turn.now, set_aside=True, outgoing=outgoing, error=error)
