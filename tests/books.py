"""The real router, handlers and SQLite store with nothing around them: events go in one at a time, effects wait to be
answered by whoever plays the outside world, and the clock moves when it is told to.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.catalog import load_catalog
from bot.clock import BusinessClock, real_now
from bot.effects import Answer, Done, Later, arrival_of
from bot.leases import Leases
from bot.payment_services import options, payment_services
from bot.records import RECORD_TYPES, StoredRecords
from bot.router import Router
from bot.server_secrets import ServerSecrets
from bot.server_services import server_services
from bot.turn import Turns
from bot.wording import Renderer, Texts
from domain.effects import Effect
from domain.events import Arrival, Due, Said, SaidKind
from domain.ledger import LedgerEntry
from domain.log_sources import LogWatch
from domain.matching import Matcher
from domain.messages import Outgoing
from handlers.flow import Outcome, Turn
from handlers.ports import Places
from jobs.schedule import jobs
from services.servers.base import Provider
from storage.base import Lease
from storage.sqlite import SQLiteStorage
from tests.bank import Bank

CATALOG = load_catalog(Path("catalog.toml"))
TEXTS = Texts()
BEGIN = datetime(2026, 11, 23, 3, tzinfo=UTC)
"""A Monday, ten in the morning in Jakarta."""
OPS = "telegram-ops:-100"


class StillClock(BusinessClock):
    def __init__(self) -> None:
        super().__init__()
        self.at = BEGIN

    def now(self) -> datetime:
        return self.at


class Loud(Router):
    """What a step raises is kept, for the test to fail by."""

    def __init__(self) -> None:
        super().__init__(TEXTS)
        self.problems: list[Exception] = []

    async def handle(self, turn: Turn) -> Outcome:
        try:
            return await super().handle(turn)
        except Exception as problem:
            self.problems.append(problem)
            raise


async def _played(effect: Effect) -> Answer:
    """Calendar and mail do what they are asked."""
    if effect.name == "calendar.put":
        return Done({"event": effect.params["event"], "room": "https://meet.example/x", "invited": "yes"})
    return Done()


async def answers(address: str, port: int) -> bool:
    """Every machine that runs answers."""
    return True


@dataclass
class Books:
    """`clouds` are the providers of machines, by name."""

    folder: Path
    banks: dict[str, Bank]
    clouds: Mapping[str, Provider] = field(default_factory=dict)
    clock: StillClock = field(default_factory=StillClock)
    calls: dict[str, Effect] = field(default_factory=dict)
    _happened: int = 0

    async def open(self) -> None:
        self.storage = SQLiteStorage(self.folder / "books.db", RECORD_TYPES)
        await self.storage.open()
        self.router = Loud()
        self._leases = Leases()
        renderer = Renderer(TEXTS, CATALOG)
        self._turns = Turns(
            self.storage,
            self.clock,
            self._leases,
            self.router,
            records=StoredRecords(self.storage, renderer),
            catalog=CATALOG,
            matcher=Matcher(CATALOG),
            places=Places(ops=OPS, payments=options(self.banks), servers=tuple(self.clouds), tax=1100),
            on_begin=lambda entry: None,
            on_outgoing=lambda: None,
            on_effects=lambda: None,
            on_deferred=lambda when: None,
        )
        secrets = ServerSecrets(self.storage, "a secret of some length", "https://example.com", self.clock.now)
        machines = server_services(self.clouds, self.storage, secrets, tag="sahut", now=self.clock.now, knock=answers)
        self._services = {**payment_services(self.banks, "https://example.com/paid"), **machines}
        self._jobs = [job for job in jobs({}, "Asia/Jakarta", LogWatch()) if job.name != "retention"]

    async def close(self) -> None:
        await self.storage.close()

    # --- what happens ---

    async def happens(self, *arrivals: Arrival) -> None:
        """Recorded and handled; what was recorded before is dropped. Raises what a step raised."""
        await self.storage.record(arrivals, at=self.clock.now())
        while claims := await self.storage.claim(limit=50, lease=self._leases.lease()):
            for claim in claims:
                await self._turns.run(claim)
        if self.router.problems:
            raise self.router.problems[0]
        assert await self.storage.waiting() == 0, "a step was put off"
        hour = real_now() + 3600
        for each in await self.storage.claim_effects(limit=500, lease=Lease(token="books", now=real_now(), until=hour)):
            self.calls[each.effect.id] = each.effect

    async def due(self, name: str, record: str) -> None:
        """An event of a test's own, by a name that stands in DUE."""
        self._happened += 1
        event = Due(name=name, record=record, at=self.clock.now())
        await self.happens(
            Arrival(source="test", external_id=str(self._happened), conversation=f"test:{record}", event=event)
        )

    async def says(self, chat: str, text: str = "", button: str = "", *, person: str = "") -> None:
        self._happened += 1
        kind = SaidKind.BUTTON if button else SaidKind.TEXT
        said = Said(kind=kind, text=text, button=button, button_message="7" if button else "")
        await self.happens(
            Arrival(
                source="phones", external_id=str(self._happened), conversation=chat, person=person or chat, event=said
            )
        )

    async def answered(self, call: str, *, twice: bool = False) -> None:
        """The outside world answers one of our calls; `twice`: the first answer was lost, and it was called again."""
        effect = self.calls.pop(call)
        answer = await self._call(effect)
        if twice:
            answer = await self._call(effect)
        if isinstance(answer, Later):
            self.calls[call] = effect
            return
        await self.storage.settle_effect(effect, arrival=arrival_of(effect, answer), at=self.clock.now())
        await self.happens()

    async def _call(self, effect: Effect) -> Answer:
        service: Callable[[Effect], Awaitable[Answer]] = self._services.get(effect.name, _played)
        return await service(effect)

    async def all_answered(self) -> None:
        """Until no call waits. Raises AssertionError where that never ends."""
        for _ in range(200):
            if not self.calls:
                return
            await self.answered(next(iter(self.calls)))
        raise AssertionError(f"calls without end: {sorted(self.calls)[:5]}")

    async def later(self, by: timedelta) -> None:
        """The clock moves, and what is due happens."""
        self.clock.at += by
        await self.jobs()

    async def jobs(self) -> None:
        """Every job, until nothing new is due."""
        for _ in range(50):
            found = [
                each for job in self._jobs async for some in job.find(self.storage, self.clock.now()) for each in some
            ]
            before = await self.storage.record(found, at=self.clock.now())
            if not before.new:
                return
            await self.happens()
        raise AssertionError("what is due is never done")

    # --- what can be seen ---

    async def ledger(self) -> tuple[LedgerEntry, ...]:
        return await self.storage.find(LedgerEntry, limit=10_000)

    async def told(self, chat: str) -> list[Outgoing]:
        """What was said to a chat, in order."""
        sender = chat.partition(":")[0]
        queued = await self.storage.outgoing(sender, now=real_now() + 1e9, after=0, limit=10_000)
        return [message for _, message, _ in queued if message.to == chat]

    async def heard(self, chat: str) -> str:
        """All of it in words."""
        return "\n".join(TEXTS.words(each.say.text, each.language, each.zone) for each in await self.told(chat))
