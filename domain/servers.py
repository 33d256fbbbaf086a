"""Machines that customers have: from the order until they are destroyed.

`status` is how a machine stands with us, by the table below; `state` is what its provider says of it. Time decides
nothing but by `times`; money only by the orders that name the machine (`domain/orders.py`).
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from hashlib import blake2b
from typing import ClassVar
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from domain.cases import HISTORY_LIMIT, Happened, WrongTransition
from domain.records import Personal, Table
from domain.server_offer import ServerRules
from domain.stock import place_key


class ServerStatus(StrEnum):
    ORDERED = "ordered"  # its order is not paid; it holds its place in the stock
    CREATING = "creating"  # paid, and being made
    FAILED = "failed"  # paid, and could not be made: ops decide
    ACTIVE = "active"
    GRACE = "grace"  # expired, still running
    SUSPENDED = "suspended"  # expired, switched off, everything still on it
    DESTROYING = "destroying"  # past the point of no return
    TERMINATED = "terminated"
    CANCELLED = "cancelled"  # it never came to be: not paid, or the money went back


_TRANSITIONS: dict[ServerStatus, frozenset[ServerStatus]] = {
    ServerStatus.ORDERED: frozenset({ServerStatus.CREATING, ServerStatus.CANCELLED}),
    ServerStatus.CREATING: frozenset({ServerStatus.ACTIVE, ServerStatus.FAILED}),
    ServerStatus.FAILED: frozenset({ServerStatus.CREATING, ServerStatus.CANCELLED}),
    # Made anew, or given up, after its provider has lost it.
    ServerStatus.ACTIVE: frozenset({ServerStatus.GRACE, ServerStatus.CREATING, ServerStatus.TERMINATED}),
    ServerStatus.GRACE: frozenset({ServerStatus.ACTIVE, ServerStatus.SUSPENDED, ServerStatus.TERMINATED}),
    ServerStatus.SUSPENDED: frozenset({ServerStatus.ACTIVE, ServerStatus.DESTROYING, ServerStatus.TERMINATED}),
    ServerStatus.DESTROYING: frozenset({ServerStatus.TERMINATED}),
    ServerStatus.TERMINATED: frozenset(),
    ServerStatus.CANCELLED: frozenset({ServerStatus.ORDERED}),  # paid late, and there is still one to be had
}

OVER = frozenset({ServerStatus.TERMINATED, ServerStatus.CANCELLED})
HELD = frozenset({ServerStatus.ACTIVE, ServerStatus.GRACE, ServerStatus.SUSPENDED})
"""Its customer has it, and may renew it."""

STATES = ("", "building", "running", "stopped", "error", "missing", "other")
"""What a provider says, in the words of `services/servers/base.py`; empty: it was not asked yet."""

WARNINGS: tuple[tuple[str, int], ...] = (("14d", 14), ("7d", 7), ("3d", 3), ("1d", 1), ("today", 0))
"""When an expiry is warned of: name, and how many days before its day, the earliest first."""

DAYTIME = (time(9), time(20))
"""Nobody is written to before or after, by their own clock (the business)."""

LOST = frozenset({"missing", "error"})
"""Of a machine that was there: it is no more, or never will be again."""

LOOKS = tuple(timedelta(seconds=seconds) for seconds in (3, 5, 5, 10, 10, 15, 15, 20, 30, 60))
"""After an action was begun, or the last look: when the provider is asked how far it is."""


def _nameless(server: "Server") -> "Server":
    history = tuple(replace(each, by="") if each.by == server.customer else each for each in server.history)
    return replace(server, customer="", name="", email="", ssh_key="", hostname="", page="", history=history)


def shelf(plan: str, region: str) -> str:
    """Where machines of a plan and a region are counted against the stock."""
    return f"{plan}@{region}"


class Server(Struct, frozen=True, kw_only=True):
    """Times are business time, UTC. `zone` is the customer's, as they were told. `number` is its first order's.

    `provider`, `machine` and `address` are empty until it is made. `slot` is its place in the stock of its shelf, from
    0, held by a unique key until it is over.
    `since`: when it came into its status: grace and suspension last from then, also where we were away when it expired.
    `secret` is the id of its one-time password (empty: it is entered by its key), `page` where that is read once. A key
    is kept where it was reinstalled with a password: it can be used again.
    `order` is the order that it came with, `renewal` and `change` the open order to renew it and to change its plan;
    empty: none. `periods` counts the terms that were paid and begun: the next renewal's is one more.
    `expires_at`: the end of a day by the customer's clock. `warned` names the warnings of this period that are done.
    `action` is the action in hand (`domain/server_actions.py`), `actions` how many there were, `failed` the one that
    failed and waits for ops. `off` says who switched it off: "customer", "us" (suspended); empty: it should run.
    `look_at`: when its provider is to be asked, `looks` how often it was (it numbers those calls), `polls` how often
    since the action in hand was begun, `unanswered` how often since it last answered. `told_late`: the customer knows
    that it takes longer.
    `names`: how many names it had at its provider; another one where what bears the last is not to be had back.
    `destroy_at`: the recorded point of destruction; from then on it cannot be renewed.
    `due_at`: when time alone will do something; None: nothing.
    """

    TABLE: ClassVar[Table] = Table(
        "servers",
        indexes=("customer", "status", "shelf", "number", "provider", "due_at", "closed_at"),
        keys=lambda server: () if server.status in OVER else (place_key(server.shelf, server.slot),),
        personal=Personal("customer", anonymous=_nameless),
        ended="closed_at",
    )

    id: str
    version: int = 0
    number: int
    customer: str
    name: str
    email: str
    language: str
    zone: str
    order: str
    plan: str
    region: str
    image: str
    shelf: str
    slot: int
    hostname: str
    user: str
    ssh_key: str = ""
    secret: str = ""
    page: str = ""
    status: ServerStatus = ServerStatus.ORDERED
    since: datetime
    state: str = ""
    provider: str
    machine: str = ""
    address: str = ""
    made_at: datetime
    active_at: datetime | None = None
    expires_at: datetime | None = None
    periods: int = 0
    renewal: str = ""
    change: str = ""
    warned: tuple[str, ...] = ()
    action: str = ""
    actions: int = 0
    failed: str = ""
    off: str = ""
    look_at: datetime | None = None
    looks: int = 0
    polls: int = 0
    unanswered: int = 0
    names: int = 1
    told_late: bool = False
    destroy_at: datetime | None = None
    due_at: datetime | None = None
    closed_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def lane(self) -> str:
        """The conversation within which its events are handled in order."""
        return f"servers:{self.id}"

    @property
    def called(self) -> str:
        """Its name at the provider: whoever makes it twice by one name has one."""
        return self.id if self.names == 1 else f"{self.id}-{self.names}"

    @property
    def held(self) -> bool:
        return self.status in HELD


def server_id(number: int, made_at: datetime) -> str:
    """Also its first name at the provider: no other installation has it, whose orders have the same numbers and whose
    machines may stand in the same account.
    """
    digest = blake2b(f"{number} {made_at.isoformat()}".encode(), digest_size=4).hexdigest()
    return f"server-{number}-{digest}"


def move(server: Server, status: ServerStatus, *, what: str, by: str, now: datetime) -> Server:
    """Raises WrongTransition outside the table."""
    if status not in _TRANSITIONS[server.status]:
        raise WrongTransition(f"{server.id}: {server.status} -> {status}")
    closed_at = now if status in OVER else None
    return note(replace(server, status=status, since=now, closed_at=closed_at), what=what, by=by, now=now)


def note(server: Server, *, what: str, by: str, now: datetime) -> Server:
    """With a line in its history."""
    return replace(server, history=(*server.history, Happened(at=now, what=what, by=by))[-HISTORY_LIMIT:])


SSH_PORT = 22
"""Where an SSH client knocks by itself."""


def ssh_command(server: Server, port: int) -> str:
    """How its owner logs in."""
    option = f"-p {port} " if port != SSH_PORT else ""
    return f"ssh {option}{server.user}@{server.address}"


# --- terms ---


def end_of_term(since: datetime, months: int, zone: str) -> datetime:
    """So many months later by that zone's clock: the last second of that day, or of the month's last day where it has
    no such day.
    """
    day = since.astimezone(ZoneInfo(zone)).date()
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = monthrange(year, month + 1)[1]
    end = date(year, month + 1, min(day.day, last))
    return _at(end, time(23, 59, 59), zone)


def renewed(server: Server, months: int, now: datetime) -> Server:
    """A term longer, from the later of its expiry and now; its warnings begin anew. The status is the caller's."""
    since = max(server.expires_at or now, now)
    return replace(
        server,
        expires_at=end_of_term(since, months, server.zone),
        periods=server.periods + 1,
        warned=(),
        renewal="",
    )


def days_left(server: Server, now: datetime) -> int:
    """Whole days until the day of its expiry, by the customer's clock; 0 on the day and after."""
    if server.expires_at is None:
        return 0
    zone = ZoneInfo(server.zone)
    return max((server.expires_at.astimezone(zone).date() - now.astimezone(zone).date()).days, 0)


# --- what time brings about ---


class ServerDue(StrEnum):
    NOTHING = "nothing"
    LOOK = "look"  # ask the provider how far the action in hand is
    LATE = "late"  # tell the customer that it takes longer
    WARN = "warn"
    EXPIRE = "expire"  # into the grace
    SUSPEND = "suspend"
    DESTROY = "destroy"


def times(server: Server, rules: ServerRules) -> tuple[tuple[datetime, ServerDue], ...]:
    """What time will bring about as the machine stands, earliest first. Nothing of a term happens at night.

    As long as an action is in hand only that goes on; what failed waits for ops, but warnings go out and a term ends.
    """
    found: list[tuple[datetime, ServerDue]] = []
    if server.look_at is not None:
        found.append((server.look_at, ServerDue.LOOK))
    if server.status is ServerStatus.CREATING and not server.told_late:
        found.append((server.since + rules.late_after, ServerDue.LATE))
    if not server.action and server.expires_at is not None:
        found.extend(_of_the_term(server, server.expires_at, rules))
    return tuple(sorted(found))


def _of_the_term(server: Server, expires_at: datetime, rules: ServerRules) -> list[tuple[datetime, ServerDue]]:
    match server.status:
        case ServerStatus.ACTIVE:
            warning = next_warning(server)
            warn = [(warning[1], ServerDue.WARN)] if warning else []
            return [*warn, (daytime(expires_at, server.zone), ServerDue.EXPIRE)]
        case ServerStatus.GRACE if not server.failed:
            return [(daytime(max(expires_at, server.since) + rules.grace, server.zone), ServerDue.SUSPEND)]
        case ServerStatus.SUSPENDED if not server.failed:
            return [(daytime(server.since + rules.keep, server.zone), ServerDue.DESTROY)]
    return []


def next_warning(server: Server) -> tuple[str, datetime] | None:
    """The next one that is not done. Earlier ones that are not done either are made needless by it."""
    if server.expires_at is None:
        return None
    day = server.expires_at.astimezone(ZoneInfo(server.zone)).date()
    for name, before in WARNINGS:
        if name not in server.warned:
            return name, _at(day - timedelta(days=before), DAYTIME[0], server.zone)
    return None


def warning_now(server: Server, now: datetime) -> str:
    """The last warning whose time has come and that is not done; empty: none."""
    if server.expires_at is None or now > server.expires_at:
        return ""
    day = server.expires_at.astimezone(ZoneInfo(server.zone)).date()
    come = [name for name, before in WARNINGS if _at(day - timedelta(days=before), DAYTIME[0], server.zone) <= now]
    return come[-1] if come and come[-1] not in server.warned else ""


def warned_up_to(server: Server, now: datetime) -> tuple[str, ...]:
    """Those whose time has come: a warning makes the earlier ones needless, and so does a term shorter than they."""
    if server.expires_at is None:
        return server.warned
    day = server.expires_at.astimezone(ZoneInfo(server.zone)).date()
    come = (name for name, before in WARNINGS if _at(day - timedelta(days=before), DAYTIME[0], server.zone) <= now)
    return tuple(dict.fromkeys((*server.warned, *come)))


def schedule(server: Server, rules: ServerRules) -> Server:
    """The machine with its next due time."""
    coming = times(server, rules)
    return replace(server, due_at=coming[0][0] if coming else None)


def what_is_due(server: Server, rules: ServerRules, now: datetime) -> ServerDue:
    coming = times(server, rules)
    return coming[0][1] if coming and coming[0][0] <= now else ServerDue.NOTHING


def daytime(at: datetime, zone: str) -> datetime:
    """That time, or where it is night by that zone's clock the next morning."""
    local = at.astimezone(ZoneInfo(zone))
    if local.time() < DAYTIME[0]:
        return _at(local.date(), DAYTIME[0], zone)
    if local.time() >= DAYTIME[1]:
        return _at(local.date() + timedelta(days=1), DAYTIME[0], zone)
    return at


def _at(day: date, clock: time, zone: str) -> datetime:
    return datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
