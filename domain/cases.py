"""Hand-over: a case is one talk between a customer and the agents, from the wish for a human to the rating."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from domain.catalog import CaseRules
from domain.hours import OpeningHours
from domain.records import Personal, Table

HISTORY_LIMIT = 50
WAITED_ANEW = timedelta(hours=1)
ANSWER_KEPT = timedelta(days=7)
"""How long an answer that could not be delivered waits for the customer."""


class CaseStatus(StrEnum):
    WAITING = "waiting"  # no agent has answered yet, or another team was asked
    ACTIVE = "active"  # an agent has taken it or answered
    CLOSED = "closed"


_TRANSITIONS: dict[CaseStatus, frozenset[CaseStatus]] = {
    CaseStatus.WAITING: frozenset({CaseStatus.ACTIVE, CaseStatus.WAITING, CaseStatus.CLOSED}),
    CaseStatus.ACTIVE: frozenset({CaseStatus.ACTIVE, CaseStatus.WAITING, CaseStatus.CLOSED}),
    CaseStatus.CLOSED: frozenset(),
}


class WrongTransition(Exception):
    """The status may not change this way."""


class Happened(Struct, frozen=True, kw_only=True):
    """One line of a record's history."""

    at: datetime
    what: str
    by: str = ""


class Case(Struct, frozen=True, kw_only=True):
    """A hand-over. Times are business time, UTC.

    `customer` is the customer's address, `thread` the forum topic in the agents' group (0: not made yet, or deleted),
    `attempt` how often one was asked for, `refused` the last of these times that Telegram would not make it.
    `since` is the inbox sequence number the hand-over began at: what comes after it is for the agents.
    `nudges` counts the agents named because nobody answered; `unanswered_since` is when the customer's oldest
    unanswered message came.
    `undelivered` are our messages to the customer that could not be sent; they go when the customer writes again.
    `due_at`: when time alone will change something (nudge or close); None once closed.
    """

    TABLE: ClassVar[Table] = Table(
        "cases",
        indexes=("customer", "thread", "status", "due_at", "closed_at"),
        personal=Personal("customer"),
        ended="closed_at",
    )

    id: str
    version: int = 0
    number: int
    customer: str
    name: str
    language: str
    topic: str
    team: str
    status: CaseStatus = CaseStatus.WAITING
    agent: str = ""
    agent_name: str = ""
    thread: int = 0
    attempt: int = 0
    refused: int = 0
    since: int = 0
    opened_at: datetime
    last_activity_at: datetime
    unanswered_since: datetime | None = None
    nudges: int = 0
    undelivered: tuple[str, ...] = ()
    rating: int = 0
    due_at: datetime | None = None
    closed_at: datetime | None = None
    history: tuple[Happened, ...] = ()

    @property
    def open(self) -> bool:
        return self.status is not CaseStatus.CLOSED

    @property
    def wants_topic(self) -> bool:
        """It has no topic, and none is on its way."""
        return self.open and not self.thread and self.refused == self.attempt


def open_case(
    *, number: int, customer: str, name: str, language: str, topic: str, team: str, since: int, now: datetime
) -> Case:
    return Case(
        id=f"case-{number}",
        number=number,
        customer=customer,
        name=name,
        language=language,
        topic=topic,
        team=team,
        since=since,
        opened_at=now,
        last_activity_at=now,
        unanswered_since=now,
        attempt=1,
        history=(Happened(at=now, what="opened"),),
    )


def move(case: Case, status: CaseStatus, *, what: str, by: str, now: datetime) -> Case:
    """The case in its next status, with a line in its history. Raises WrongTransition outside the table."""
    if status not in _TRANSITIONS[case.status]:
        raise WrongTransition(f"{case.id}: {case.status} -> {status}")
    history = (*case.history, Happened(at=now, what=what, by=by))[-HISTORY_LIMIT:]
    return replace(case, status=status, history=history)


def customer_wrote(case: Case, now: datetime) -> Case:
    """Who writes again long after the last word is waited for anew: the agents are named from the beginning."""
    if case.unanswered_since and now - case.last_activity_at >= WAITED_ANEW:
        return replace(case, last_activity_at=now, unanswered_since=now, nudges=0)
    return replace(case, last_activity_at=now, unanswered_since=case.unanswered_since or now)


def agent_wrote(case: Case, *, agent: str, name: str, now: datetime) -> Case:
    """An answer makes the case the agent's who gave it, if nobody has taken it."""
    owner = (case.agent, case.agent_name) if case.agent else (agent, name)
    answered = replace(case, last_activity_at=now, unanswered_since=None, nudges=0, agent=owner[0], agent_name=owner[1])
    if case.status is CaseStatus.ACTIVE:
        return answered
    return move(answered, CaseStatus.ACTIVE, what="answered", by=agent, now=now)


def take(case: Case, *, agent: str, name: str, now: datetime) -> Case:
    return replace(
        move(case, CaseStatus.ACTIVE, what="taken", by=agent, now=now),
        agent=agent,
        agent_name=name,
        last_activity_at=now,
    )


def hand_to_team(case: Case, team: str, *, by: str, now: datetime) -> Case:
    moved = move(case, CaseStatus.WAITING, what=f"team {team}", by=by, now=now)
    return replace(
        moved,
        team=team,
        agent="",
        agent_name="",
        nudges=0,
        unanswered_since=case.unanswered_since or now,
        last_activity_at=now,
    )


def close(case: Case, *, by: str, now: datetime) -> Case:
    return replace(
        move(case, CaseStatus.CLOSED, what="closed", by=by, now=now),
        unanswered_since=None,
        due_at=None,
        closed_at=now,
        last_activity_at=now,
    )


class CaseDue(StrEnum):
    """What time alone asks for."""

    NOTHING = "nothing"
    NUDGE = "nudge"
    CLOSE = "close"


def nudge_at(case: Case, rules: CaseRules, hours: OpeningHours) -> datetime | None:
    """When the next agent is named: `nudge_after` of opening time after the last one was, as long as the customer
    waits.

    A wait that began outside opening hours counts from the next opening; nobody is named while all are away.
    """
    if case.unanswered_since is None or case.nudges >= rules.max_nudges:
        return None
    start = case.unanswered_since
    if not hours.is_open(start):
        opening = hours.next_opening(start)
        if opening is None:
            return None
        start = opening
    nudge = start + rules.nudge_after * (case.nudges + 1)
    return nudge if hours.is_open(nudge) else hours.next_opening(nudge)


def idle_at(case: Case, rules: CaseRules) -> datetime | None:
    """When the case closes by itself: long after an agent's answer. Who waits for an agent is never closed upon, and
    an answer that still waits for the customer to write is kept for them longer.
    """
    if case.unanswered_since:
        return None
    return case.last_activity_at + (max(rules.idle_close, ANSWER_KEPT) if case.undelivered else rules.idle_close)


def schedule(case: Case, rules: CaseRules, hours: OpeningHours) -> Case:
    """The case with its next due time."""
    if not case.open:
        return replace(case, due_at=None)
    return replace(case, due_at=nudge_at(case, rules, hours) if case.unanswered_since else idle_at(case, rules))


def what_is_due(case: Case, rules: CaseRules, hours: OpeningHours, now: datetime) -> CaseDue:
    """A customer who waits is answered for by the next agent; a talk that was answered long ago is over."""
    if not case.open:
        return CaseDue.NOTHING
    idle = idle_at(case, rules)
    if idle is not None:
        return CaseDue.CLOSE if idle <= now else CaseDue.NOTHING
    nudge = nudge_at(case, rules, hours)
    return CaseDue.NUDGE if nudge and nudge <= now else CaseDue.NOTHING


def agent_to_name(agents: tuple[str, ...], nudges: int) -> str:
    """Whose turn it is to be named: the team's agents in order, round and round. Empty where the team has none."""
    return agents[nudges % len(agents)] if agents else ""
