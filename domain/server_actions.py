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
from domain.servers import Server


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
    """Times are business time, UTC. `by` is who wanted it: an address, or a word such as `time` or `paid`.

    `until`: what is not so by then has failed. `tries` tells the tries' calls apart. `plan` is what a resizing leads
    to. `ours`: a failure is for ops (`OURS`).
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
    error: str = ""
    closed_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def key(self) -> str:
        """The id of the try in hand, and of its call."""
        return self.id if self.tries == 1 else f"{self.id}-{self.tries}"


def action_id(server: Server, kind: ActionKind) -> str:
    """Of the next one."""
    return f"{server.id}-{kind}-{server.actions + 1}"


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


def is_so(kind: ActionKind, state: str, *, answers: bool) -> bool:
    """Whether what was wanted is so, by what the provider says and whether the machine answers on its port."""
    match kind:
        case ActionKind.STOP | ActionKind.SUSPEND:
            return state == "stopped"
        case ActionKind.DESTROY:
            return state == "missing"
    return state == "running" and answers
