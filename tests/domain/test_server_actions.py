"""What is done to machines: what may follow what, ids, and when it is so."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from domain.cases import WrongTransition
from domain.server_actions import (
    DO,
    OURS,
    Action,
    ActionKind,
    ActionStatus,
    action_id,
    again,
    in_hand,
    is_so,
    is_wanted,
    move,
)
from domain.servers import STATES, ServerStatus
from tests.domain.test_servers import server

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
FOLLOWS = {
    "wanted": {"begun", "failed"},
    "begun": {"done", "failed"},
    "failed": {"wanted", "dropped"},
}
FRESH = {ActionKind.CREATE, ActionKind.REINSTALL}
OFF = {ActionKind.STOP, ActionKind.SUSPEND}


def action(**given: Any) -> Action:
    values: dict[str, Any] = {
        "id": "server-17-1a2b3c4d-create-1",
        "server": "server-17-1a2b3c4d",
        "kind": ActionKind.CREATE,
        "by": "paid",
        "made_at": NOW,
        "until": NOW + timedelta(minutes=30),
    }
    return Action(**(values | given))


@pytest.mark.parametrize(("before", "after"), list(product(ActionStatus, ActionStatus)))
def test_only_what_is_in_the_table_may_follow(before: ActionStatus, after: ActionStatus) -> None:
    if after in FOLLOWS.get(before, set()):
        moved = move(action(status=before), after, what="for a test", now=NOW)
        assert (moved.status, moved.history[-1].what) == (after, "for a test")
        assert (moved.closed_at is None) is (after not in ("done", "dropped"))
    else:
        with pytest.raises(WrongTransition):
            move(action(status=before), after, what="", now=NOW)


def test_each_try_is_a_call_of_its_own() -> None:
    failed = move(action(), ActionStatus.FAILED, what="refused", now=NOW)
    later = NOW + timedelta(hours=2)
    tried = again(failed, by="telegram-ops:1", within=timedelta(minutes=30), now=later)
    assert (failed.key, tried.key) == ("server-17-1a2b3c4d-create-1", "server-17-1a2b3c4d-create-1-2")
    assert (tried.status, tried.until, tried.error) == (ActionStatus.WANTED, later + timedelta(minutes=30), "")
    with pytest.raises(WrongTransition):
        again(tried, by="", within=timedelta(), now=later)


def test_whether_it_was_ever_taken_on_is_remembered() -> None:
    begun = move(action(), ActionStatus.BEGUN, what="taken on", now=NOW)
    failed = move(begun, ActionStatus.FAILED, what="not so in time", now=NOW)
    assert again(failed, by="", within=timedelta(), now=NOW).was_begun
    assert not move(action(), ActionStatus.FAILED, what="refused", now=NOW).was_begun


@pytest.mark.parametrize("kind", list(ActionKind))
def test_ids_are_of_one_machine_and_fit_a_button(kind: ActionKind) -> None:
    machine = server(id="server-999999-1a2b3c4d", actions=998)
    named = action_id(machine, kind)
    assert named != action_id(server(actions=998), kind)
    which = named.removeprefix(f"{machine.id}-")
    assert len(f"ops-server:{machine.id}:again-{which}".encode()) <= 64
    assert in_hand(server(action=named)) is kind


def test_nothing_in_hand() -> None:
    assert in_hand(server()) is None


def test_everything_but_making_one_is_something_to_do() -> None:
    assert set(DO) == set(ActionKind) - {ActionKind.CREATE}


@pytest.mark.parametrize(("kind", "state", "answers"), list(product(ActionKind, STATES, (False, True))))
def test_it_is_so_when_the_provider_says_it(kind: ActionKind, state: str, answers: bool) -> None:
    if kind in FRESH:
        expected = state == "running" and answers
    elif kind in OFF:
        expected = state == "stopped"
    else:
        expected = state == ("missing" if kind is ActionKind.DESTROY else "running")
    assert is_so(kind, state, answers=answers) is expected


@pytest.mark.parametrize(
    ("kind", "statuses"),
    [
        (ActionKind.CREATE, {"creating", "failed", "active", "grace", "suspended"}),
        (ActionKind.SUSPEND, {"grace", "suspended"}),
        (ActionKind.RESUME, {"active"}),
        (ActionKind.DESTROY, {"destroying"}),
        (ActionKind.RESIZE, {"active", "grace", "suspended"}),
    ],
)
def test_what_failed_is_wanted_as_long_as_the_business_is(kind: ActionKind, statuses: set[str]) -> None:
    assert kind in OURS
    assert {status.value for status in ServerStatus if is_wanted(action(kind=kind), status)} == statuses
