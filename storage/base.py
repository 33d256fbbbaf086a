"""What every store promises. One suite of tests (`tests/storage`) runs over each of them.

Times: `now`, `until` and `not_before` are real-clock seconds (leases, retries); everything inside a record is business
time, aware, UTC, in whole seconds, so that times compare as the text they are stored as.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from domain.effects import Effect
from domain.events import Arrival, Event
from domain.messages import Delivery, Outgoing
from domain.people import Conversation, Person
from domain.records import Record

R = TypeVar("R", bound=Record)

Value = str | int | datetime
"""What a declared index holds."""


class StorageError(Exception):
    """Base of what a store raises."""


class StorageUnavailable(StorageError):
    """The store does not answer, or its disk is full: nothing was written, nobody may be told otherwise."""


class Stale(StorageError):
    """A record was changed since it was read: read afresh and decide anew."""


class Taken(StorageError):
    """A unique key is held by another record."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class LeaseLost(StorageError):
    """Somebody else owns the conversation by now: this turn must not be committed."""


class EntryState(StrEnum):
    NEW = "new"
    DONE = "done"
    SET_ASIDE = "set-aside"  # failed too often; told to ops, the conversation goes on


class Entry(Struct, frozen=True, kw_only=True):
    """An event in the inbox. `seq` ascends in order of recording. `received_at` is business time."""

    seq: int
    source: str
    external_id: str
    conversation: str
    person: str
    event: Event
    received_at: datetime
    tries: int = 0


class Claim(Struct, frozen=True, kw_only=True):
    """One entry to be handled, under a lease on its conversation, with the conversation and the person as they stand.

    `conversation` and `person` have version 0 where they are not stored yet; `person` is None where no person sent it.
    """

    entry: Entry
    token: str
    until: float
    conversation: Conversation
    person: Person | None


class Lease(Struct, frozen=True, kw_only=True):
    """A wish to own something: `token` names the owner, `now` and `until` are real-clock seconds."""

    token: str
    now: float
    until: float


class Recorded(Struct, frozen=True, kw_only=True):
    """`new`: how many of the arrivals were not there before.

    `claims`: those of them that could be claimed in the same commit.
    """

    new: int
    claims: tuple[Claim, ...] = ()


class Change(Struct, frozen=True, kw_only=True):
    """Everything one turn changes: all of it is committed, or nothing.

    `save` are records with the version they were read at (the store adds one); `expect` are records a decision rests
    on, which must not have changed; `delete` likewise by version.
    `defer_until` (real-clock seconds) leaves the entry where it is, to be claimed again then, with `tries` one higher;
    `set_aside` gives it up. Otherwise the entry is done.
    `arrivals` are new inbox entries; those with a known (source, external id) are dropped, as are `effects` with a
    known id: the same id is the same call. `reports` move messages on, as `report` does. `at` is the business time of
    the turn.
    """

    claim: Claim
    at: datetime
    save: Sequence[Record] = ()
    expect: Sequence[Record] = ()
    delete: Sequence[Record] = ()
    outgoing: Sequence[Outgoing] = ()
    effects: Sequence[Effect] = ()
    arrivals: Sequence[Arrival] = ()
    reports: Sequence[tuple[Outgoing, Delivery, str]] = ()
    defer_until: float | None = None
    set_aside: bool = False
    error: str = ""


class WaitingEffect(Struct, frozen=True, kw_only=True):
    effect: Effect
    tries: int


class Line(Struct, frozen=True, kw_only=True):
    """One line of a transcript: what a person sent (`said`) or what we sent (`sent`)."""

    at: datetime
    seq: int
    said: Entry | None = None
    sent: Outgoing | None = None


Row = dict[str, Any]
"""A row as it is copied from store to store (`storage.copying` says what is in it)."""


class Page(Struct, frozen=True):
    """`last` is what the next page begins after; empty: there was nothing left."""

    rows: tuple[Row, ...]
    last: str


class Upkeep(Protocol):
    """What is done to a store beside its traffic, while it goes on: in small commits, so that nobody waits for long."""

    async def purge(self, table: str, *, before: datetime, limit: int) -> int:
        """Delete up to `limit` of what was over before a business time, about the oldest first, and return how many.

        Of `inbox`: entries done or set aside. Of `outbox`: messages that left the queue, by when they were queued. Of
        `effects`: those done. Of a record type's table: records whose `ended` is before then. What waits stays however
        old it is; the newest entry and message may stay too. Raises ValueError for a table without `ended`.
        """

    async def forget(self, names: Sequence[str], *, save: Sequence[Record] = (), delete: Sequence[Record] = ()) -> None:
        """Leave nothing of what was recorded up to now by, for or about these names: addresses, and ids of records.

        Messages and effects are deleted, also those that wait; but not effects that wait about a record in `save`.
        Entries are done and keep only what a repeat is known by. What somebody else said is theirs, whatever name is in
        it. Last of all the records are saved and deleted as in a turn: until then whoever was interrupted can begin
        again. Raises Stale, Taken: read the records afresh and ask again.
        """

    async def running(self) -> int:
        """How many enlisted processes are known to live, this one among them. None is known for certain where a store
        has no means to know.
        """

    async def count(self, table: str) -> int:
        """About how many rows a table has to be copied; 0 for none."""

    async def page(self, table: str, *, after: str, limit: int) -> Page:
        """About `limit` rows of a table after what the page before has told (at first: empty), in an order of the
        store's own. There may be none of them, and still more pages.
        """

    async def put(self, table: str, rows: Sequence[Row]) -> None:
        """Write rows of another store, over those that are there. Nobody else may write meanwhile."""


class Storage(Protocol):
    """The store. Every method may raise StorageUnavailable; what else it raises stands with it."""

    @property
    def upkeep(self) -> Upkeep: ...

    async def open(self) -> None:
        """Make what is missing (tables, indexes). Raises StorageUnavailable."""

    async def close(self) -> None: ...

    async def enlist(self, token: str) -> None:
        """Be known as the owner of this token until `close`. What owners left behind that are known to be dead is free
        at once; a store that cannot tell waits for their leases to run out.
        """

    async def ping(self) -> None:
        """Returns once the store has answered."""

    # --- the inbox ---

    async def record(
        self,
        arrivals: Sequence[Arrival],
        *,
        at: datetime,
        lease: Lease | None = None,
        on_claim: Callable[[Claim], None] | None = None,
        save: Sequence[Record] = (),
    ) -> Recorded:
        """Insert what is new, durably. With a lease, claim in the same commit each new entry that is now the first
        waiting one of a conversation nobody holds. `save` is saved in the same commit; raises Stale, Taken where it
        cannot be, and then nothing was recorded.

        `on_claim` is called with each claim as soon as it is known, which may be before it is durable. So nothing that
        counts may leave the house on its account before a `commit` on it has returned: that is never durable without
        it, and where the entry could not be kept, it raises LeaseLost or StorageUnavailable.
        """

    async def claim(self, *, limit: int, lease: Lease) -> tuple[Claim, ...]:
        """The first waiting entry of up to `limit` conversations that nobody holds (or whose lease ran out) and whose
        entry is not deferred beyond `lease.now`, each leased.
        """

    async def refresh(self, claim: Claim) -> Claim:
        """The same claim with the conversation and the person read afresh. Raises LeaseLost."""

    async def commit(self, change: Change, *, lease: Lease | None = None) -> Claim | None:
        """Carry out a change. With a lease, go on to the next waiting entry of the conversation and return its claim
        (the lease renewed); without one, or where none waits, give the conversation up.

        A `Conversation` in `save` whose id is the claim's is saved under the lease. Raises LeaseLost, Stale, Taken;
        then nothing was written.
        """

    async def waiting(self) -> int:
        """How many inbox entries wait."""

    # --- the outbox ---

    async def outgoing(
        self, sender: str, *, now: float, after: int, limit: int
    ) -> tuple[tuple[int, Outgoing, float], ...]:
        """A sender's messages not yet sent, with `seq` above `after`, in order of queueing: (seq, message, not_before).

        Those that wait for a time after `now` are among them, as they hold up their chat.
        """

    async def settle(
        self,
        message: Outgoing,
        *,
        not_before: float = 0.0,
        arrivals: Sequence[Arrival] = (),
        at: datetime | None = None,
        lease: Lease | None = None,
    ) -> Recorded:
        """Keep what became of a send: a message still QUEUED waits until `not_before`; anything else leaves the queue.
        A delivery report that came in between is not undone (`advance`). Raises Stale for a message never queued.

        `arrivals` (with `at`) are recorded in the same commit, as by `record`.
        """

    async def message(self, message_id: str) -> Outgoing | None: ...

    async def message_by_provider_id(self, sender: str, provider_id: str) -> Outgoing | None:
        """The message one of whose parts the provider knows by this id."""

    async def report(self, message: Outgoing, delivery: Delivery, error: str = "") -> Outgoing:
        """Move a message's delivery on, never back. Whether it leaves the queue is for `settle` alone to say: parts of
        it may still wait to be sent. Raises Stale for a message never queued.
        """

    # --- effects ---

    async def claim_effects(self, *, limit: int, lease: Lease) -> tuple[WaitingEffect, ...]:
        """Effects that are due and that nobody holds, each leased."""

    async def settle_effect(
        self,
        effect: Effect,
        *,
        arrival: Arrival | None,
        not_before: float = 0.0,
        at: datetime,
        lease: Lease | None = None,
    ) -> Recorded:
        """With an arrival: the effect is done and its answer recorded, in one commit. Without: it waits until
        `not_before`. For an effect that is gone (its person was forgotten) nothing is recorded.
        """

    # --- records ---

    async def get(self, kind: type[R], record_id: str) -> R | None: ...

    async def find(self, kind: type[R], *, limit: int = 100, **equal: str | int) -> tuple[R, ...]:
        """By equality on declared indexes, ordered by id."""

    async def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Those there are, by id, as they stood at one moment (in MongoDB: thereabouts)."""

    async def newest(
        self,
        kind: type[R],
        *,
        by: str,
        limit: int,
        after: tuple[Value, str] | None = None,
        least: Value | None = None,
        **equal: str | int,
    ) -> tuple[R, ...]:
        """Descending by a declared index and then by id, of those that have a value there, by equality on others.

        `after` is the value and the id of a record: those that come behind it. `least`: nothing with a smaller value.
        However many records there are it is quick where one of the table's indexes is over the equal fields and then
        `by`; else all of them may be gone through.
        """

    async def how_many(
        self, kind: type[R], *, most: int, by: str = "", least: Value | None = None, **equal: str | int
    ) -> int:
        """How many `newest` would give in all; `most` where there are so many or more. Quick where that is quick."""

    async def due(
        self, kind: type[R], *, before: datetime, limit: int, after: tuple[datetime, str] | None = None
    ) -> tuple[R, ...]:
        """Records whose `due_at` (a declared index) is at or before a business time, earliest first, then by id.

        `after` is the due time and the id of a record: those that come behind it.
        """

    async def save(self, *records: Record) -> None:
        """Save outside a turn (settings of the service itself, such as the clock's offset). Raises Stale, Taken."""

    async def transcript(
        self, conversation: str, *, since: datetime | None = None, limit: int = 50
    ) -> tuple[Line, ...]:
        """The last `limit` lines said and sent in a conversation, oldest first."""

    # --- leases ---

    async def hold(self, name: str, lease: Lease) -> bool:
        """Take or renew a named lease; False while somebody else holds it."""

    async def let_go(self, name: str, token: str) -> None: ...

    async def give_up(self, token: str) -> None:
        """Let go of every conversation that this owner holds, before it ends: what waits in them is for others at once.
        What it still does in one is refused (LeaseLost).
        """
