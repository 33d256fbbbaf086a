"""What is done to a machine: made, started, stopped, destroyed. One at a time, asked for once, looked at until it is
so, and for ops where it is not.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.cases import HISTORY_LIMIT, Happened, WrongTransition
from domain.records import NOBODYS, Table
from domain.servers import HELD, Server, ServerStatus


class ActionKind(StrEnum):
    CREATE = "create"
    START = "start"
    STOP = "stop"
    RESTART = "restart"
    REINSTALL = "reinstall"
    RESIZE = "resize"
    SUSPEND = "suspend"  # stopped by us: it expired
    RESUME = "resume"  # started by us: it was renewed
    DESTROY = "destroy"


DO = {
    ActionKind.START: "start",
    ActionKind.STOP: "stop",
    ActionKind.RESTART: "restart",
    ActionKind.REINSTALL: "reinstall",
    ActionKind.RESIZE: "resize",
    ActionKind.SUSPEND: "stop",
    ActionKind.RESUME: "start",
    ActionKind.DESTROY: "destroy",
}
"""What the provider is asked to do; creating has a call of its own."""

OURS = frozenset({ActionKind.CREATE, ActionKind.SUSPEND, ActionKind.RESUME, ActionKind.DESTROY, ActionKind.RESIZE})
"""Those that the business wants, by money or by time: one that failed is for ops. The customer hears at once of their
own, and may press again.
"""


WITHIN = {
    ActionKind.CREATE: timedelta(minutes=30),
    ActionKind.REINSTALL: timedelta(minutes=30),
    ActionKind.RESIZE: timedelta(hours=1),
    ActionKind.DESTROY: timedelta(hours=1),
}
"""How long each may take, any other for `WITHIN_OTHERS`; of a creation the catalog's rules say it."""
WITHIN_OTHERS = timedelta(minutes=10)

OFF = {ActionKind.STOP: "customer", ActionKind.SUSPEND: "us"}
"""Who has switched the machine off once it is done; after any other it runs (or is no more)."""

_WANTED_WHILE = {
    # Of a machine that was there, it is wanted once its provider has lost it.
    ActionKind.CREATE: HELD | {ServerStatus.CREATING, ServerStatus.FAILED},
    ActionKind.SUSPEND: frozenset({ServerStatus.GRACE, ServerStatus.SUSPENDED}),
    ActionKind.RESUME: frozenset({ServerStatus.ACTIVE}),
    ActionKind.DESTROY: frozenset({ServerStatus.DESTROYING}),
}


TAKEN_ON = "taken on"


class Ability(StrEnum):
    """What some providers can do and others cannot."""

    REINSTALL = "reinstall"  # with the access that the machine was made with
    NEW_ACCESS = "new access"  # a reinstalled machine takes another key or password
    RESIZE = "resize"
    CONSOLE = "console"
    METRICS = "metrics"


class ActionStatus(StrEnum):
    WANTED = "wanted"  # committed; the provider is being asked
    BEGUN = "begun"  # the provider has taken it on; we look until it is so
    DONE = "done"
    FAILED = "failed"  # waits for ops
    DROPPED = "dropped"  # failed, and no longer wanted


_TRANSITIONS: dict[ActionStatus, frozenset[ActionStatus]] = {
    ActionStatus.WANTED: frozenset({ActionStatus.BEGUN, ActionStatus.FAILED}),
    ActionStatus.BEGUN: frozenset({ActionStatus.DONE, ActionStatus.FAILED}),
    ActionStatus.FAILED: frozenset({ActionStatus.WANTED, ActionStatus.DROPPED}),
    ActionStatus.DONE: frozenset(),
    ActionStatus.DROPPED: frozenset(),
}


class Action(Struct, frozen=True, kw_only=True):
    """Times are business time, UTC. `by` is who wanted it, in a word such as `customer`, `time` or `paid`:
    never an address, as actions are nobody's and stay when a person is forgotten.

    `until`: what is not so by then has failed. `tries` tells the tries' calls apart. `plan` is what a resizing leads
    to, `image` and `secret` (empty: the key there is) what a reinstallation does. `error`: why the last try failed.
    """

    TABLE: ClassVar[Table] = Table(
        "server_actions", indexes=("server", "status", "closed_at"), personal=NOBODYS, ended="closed_at"
    )

    id: str
    version: int = 0
    server: str
    kind: ActionKind
    by: str
    status: ActionStatus = ActionStatus.WANTED
    made_at: datetime
    until: datetime
    tries: int = 1
    plan: str = ""
    image: str = ""
    secret: str = ""
    error: str = ""
    closed_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def key(self) -> str:
        """The id of the try in hand, and of its call."""
        return self.id if self.tries == 1 else f"{self.id}-{self.tries}"

    @property
    def was_begun(self) -> bool:
        """Whether the provider has taken it on, in any try: something of it may be so, even where it has failed."""
        return any(each.what == TAKEN_ON for each in self.history)


def action_id(server: Server, kind: ActionKind) -> str:
    """Of the next one."""
    return f"{server.id}-{kind}-{server.actions + 1}"


def in_hand(server: Server) -> ActionKind | None:
    """What is being done to it."""
    return ActionKind(server.action.rsplit("-", 2)[1]) if server.action else None


def move(action: Action, status: ActionStatus, *, what: str, now: datetime) -> Action:
    """Raises WrongTransition outside the table."""
    if status not in _TRANSITIONS[action.status]:
        raise WrongTransition(f"{action.id}: {action.status} -> {status}")
    closed_at = now if status in (ActionStatus.DONE, ActionStatus.DROPPED) else None
    history = (*action.history, Happened(at=now, what=what))[-HISTORY_LIMIT:]
    return replace(action, status=status, closed_at=closed_at, history=history)


def again(action: Action, *, by: str, within: timedelta, now: datetime) -> Action:
    """One that failed, tried once more."""
    tried = move(action, ActionStatus.WANTED, what=f"again, {by}", now=now)
    return replace(tried, tries=action.tries + 1, until=now + within, error="")


def is_wanted(action: Action, status: ServerStatus) -> bool:
    """Whether the business still wants it of a machine that stands so: one that was renewed is not to be suspended."""
    return status in _WANTED_WHILE.get(action.kind, HELD)


def is_so(kind: ActionKind, state: str, *, answers: bool) -> bool:
    """Whether what was wanted is so, by what the provider says and whether the machine answers on its port. Only a
    fresh system must answer: its owner may have closed the port since.
    """
    match kind:
        case ActionKind.STOP | ActionKind.SUSPEND:
            return state == "stopped"
        case ActionKind.DESTROY:
            return state == "missing"
        case ActionKind.CREATE | ActionKind.REINSTALL:
            return state == "running" and answers
    return state == "running"
