"""Orders: what may follow what, what time asks for, and what comes back."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.cases import WrongTransition
from domain.ledger import balance
from domain.mentoring import Rules
from domain.money import Money
from domain.orders import (
    RUNNING,
    Order,
    OrderKind,
    OrderStatus,
    Session,
    SessionDue,
    asked_again,
    earned,
    event_id,
    is_settled,
    may_cancel,
    may_move,
    move,
    note,
    refund_share,
    schedule,
    what_is_due,
)
from domain.reminders import next_reminder, passed, up_to

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = Rules(
    lead=3 * HOUR,
    horizon=timedelta(days=14),
    hold=timedelta(minutes=10),
    pay_within=HOUR,
    ask_again=2 * HOUR,
    approve_within=12 * HOUR,
    free_until=24 * HOUR,
    late_refund=50,
    settle_after=24 * HOUR,
)
FOLLOWS = {
    "open": {"confirmed", "done", "expired", "declined", "cancelled"},
    "expired": {"open"},
    "confirmed": {"done", "no-show", "cancelled"},
}


def order(starts_in: timedelta = timedelta(days=3), session: dict[str, Any] | None = None, **given_: Any) -> Order:
    starts_at = NOW + starts_in
    values: dict[str, Any] = {
        "subject": "business",
        "mentor": "andi",
        "booking": "b",
        "starts_at": starts_at,
        "ends_at": starts_at + HOUR,
        "approve_by": min(NOW + RULES.approve_within, starts_at),
    }
    made: dict[str, Any] = {
        "id": "order-5",
        "number": 5,
        "kind": OrderKind.MENTORING,
        "customer": "telegram:1",
        "name": "Sari",
        "email": "sari@example.com",
        "language": "id",
        "zone": "Asia/Jakarta",
        "price": Money(150_000, "IDR"),
        "made_at": NOW,
        "pay_by": NOW + RULES.pay_within,
        "mentor": "andi",
        "session": Session(**(values | (session or {}))),
    }
    return Order(**(made | given_))


def confirmed(starts_in: timedelta = timedelta(days=3), **session: Any) -> Order:
    return order(starts_in, {"approved_at": NOW, **session}, paid_at=NOW, status=OrderStatus.CONFIRMED)


# --- the table ---


@pytest.mark.parametrize(("before", "after"), [*product(OrderStatus, OrderStatus)])
def test_what_may_follow_what(before: OrderStatus, after: OrderStatus) -> None:
    if after not in FOLLOWS.get(before, ()):
        with pytest.raises(WrongTransition):
            move(order(status=before), after, what="x", by="y", now=NOW)
        return
    moved = move(order(status=before), after, what="x", by="y", now=NOW)
    assert moved.status is after
    assert (moved.closed_at is None) is (after in RUNNING)
    assert [(each.what, each.by, each.at) for each in moved.history] == [("x", "y", NOW)]


def test_its_history_does_not_grow_for_ever() -> None:
    long = order()
    for count in range(200):
        long = note(long, what=str(count), by="", now=NOW)
    assert len(long.history) == 50
    assert long.history[-1].what == "199"


@pytest.mark.parametrize(("paid", "approved"), [*product((False, True), repeat=2)])
def test_both_facts_settle_it(paid: bool, approved: bool) -> None:
    each = order(session={"approved_at": NOW if approved else None}, paid_at=NOW if paid else None)
    assert is_settled(each) is (paid and approved)


# --- what time asks for ---


def after(due: SessionDue, was: Order, now: datetime) -> Order:
    """The order after the handler has done what was due, for this test's purpose."""
    session = was.session
    assert session is not None
    match due:
        case SessionDue.EXPIRE:
            return move(was, OrderStatus.EXPIRED, what="", by="", now=now)
        case SessionDue.ASK_AGAIN:
            return asked_again(was, RULES, now)
        case SessionDue.GIVE_UP:
            return move(was, OrderStatus.DECLINED, what="", by="", now=now)
        case SessionDue.REMIND:
            reminder = next_reminder(session.starts_at, session.reminded, now)
            assert reminder is not None
            return replace(was, session=replace(session, reminded=(*session.reminded, *up_to(reminder[0]))))
        case SessionDue.ASK_AFTER:
            return replace(was, session=replace(session, asked_after=True))
        case SessionDue.SETTLE:
            return move(was, OrderStatus.DONE, what="", by="", now=now)
        case SessionDue.NOTHING:
            raise AssertionError("nothing was due")


@given(
    st.integers(3, 14 * 24).map(lambda hours: hours * HOUR),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 30 * 3600).map(lambda seconds: timedelta(seconds=seconds)), max_size=40),
)
def test_time_alone_brings_every_order_to_an_end(
    starts_in: timedelta, paid: bool, approved: bool, late: list[timedelta]
) -> None:
    """However late each look is: one thing at a time, each for a reason, and none of it for ever."""
    session = {"approved_at": NOW if approved else None}
    each = order(starts_in, session, paid_at=NOW if paid else None)
    if paid and approved:
        each = move(each, OrderStatus.CONFIRMED, what="", by="", now=NOW)
        assert each.session is not None
        each = replace(each, session=replace(each.session, reminded=passed(each.session.starts_at, NOW)))
    now = NOW
    seen: list[SessionDue] = []
    for count in range(40):
        each = schedule(each, RULES, now)
        if each.due_at is None:
            break
        assert what_is_due(each, RULES, max(now, each.due_at - timedelta(seconds=1))) in (
            SessionDue.NOTHING,
            what_is_due(each, RULES, now),
        )
        now = max(now, each.due_at) + (late[count] if count < len(late) else timedelta())
        due = what_is_due(each, RULES, now)
        if due is SessionDue.NOTHING:
            continue  # its time has passed, such as a reminder's
        seen.append(due)
        each = after(due, each, now)
    assert not each.running
    assert each.due_at is None
    wanted = SessionDue.SETTLE if paid and approved else SessionDue.EXPIRE if not paid and approved else None
    assert seen[-1] is wanted or (wanted is None and seen[-1] in (SessionDue.GIVE_UP, SessionDue.EXPIRE))
    assert all(seen.count(once) <= 1 for once in set(SessionDue) - {SessionDue.ASK_AGAIN, SessionDue.REMIND})


def test_a_mentor_who_is_too_late_is_not_asked_again() -> None:
    each = schedule(order(paid_at=NOW), RULES, NOW)
    assert what_is_due(each, RULES, NOW + 12 * HOUR - timedelta(seconds=1)) is SessionDue.ASK_AGAIN
    assert what_is_due(each, RULES, NOW + 12 * HOUR) is SessionDue.GIVE_UP


def test_what_is_over_asks_for_nothing() -> None:
    for status in set(OrderStatus) - RUNNING:
        over = schedule(order(status=status), RULES, NOW)
        assert over.due_at is None
        assert what_is_due(over, RULES, NOW + timedelta(days=99)) is SessionDue.NOTHING


def test_a_mentor_is_asked_again_and_what_was_missed_is_not_made_up_for() -> None:
    each = schedule(order(paid_at=NOW), RULES, NOW)
    assert each.due_at == NOW + 2 * HOUR
    late = NOW + 7 * HOUR
    assert what_is_due(each, RULES, late) is SessionDue.ASK_AGAIN
    each = schedule(asked_again(each, RULES, late), RULES, late)
    assert each.due_at == NOW + 8 * HOUR


# --- moving and cancelling ---


@pytest.mark.parametrize(
    ("starts_in", "asked", "by_mentor", "share", "moves"),
    [
        (25 * HOUR, False, False, 100, True),
        (24 * HOUR, False, False, 100, True),
        (24 * HOUR - timedelta(seconds=1), False, False, 50, False),
        (HOUR, False, False, 50, False),
        (HOUR, True, False, 100, True),
        (HOUR, False, True, 100, True),
    ],
)
def test_until_when_it_is_free(starts_in: timedelta, asked: bool, by_mentor: bool, share: int, moves: bool) -> None:
    each = confirmed(starts_in, move_asked=asked)
    assert refund_share(each, RULES, by_mentor=by_mentor, now=NOW) == share
    assert may_move(each, RULES, by_mentor=by_mentor, now=NOW) is moves
    assert may_cancel(each, NOW)


def test_what_has_begun_is_neither_moved_nor_cancelled() -> None:
    begun = confirmed(timedelta(0), move_asked=True)
    assert not may_cancel(begun, NOW)
    assert not may_move(begun, RULES, by_mentor=True, now=NOW)


def test_what_is_not_confirmed_is_cancelled_for_nothing() -> None:
    assert refund_share(order(HOUR, paid_at=NOW), RULES, by_mentor=False, now=NOW) == 100
    assert not may_move(order(paid_at=NOW), RULES, by_mentor=False, now=NOW)


# --- the rest ---


def test_an_event_s_id_is_one_that_google_takes_and_another_one_after_each_move() -> None:
    ids = {event_id(each, revision) for each in (order(), order(made_at=NOW + HOUR)) for revision in range(12)}
    assert len(ids) == 24
    assert all(re.fullmatch(r"[a-v0-9]{5,1024}", each) for each in ids)
    assert event_id(order(), 3) == event_id(order(status=OrderStatus.CONFIRMED), 3)


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_what_is_earned_is_the_whole_price(amount: int, share: int) -> None:
    entry = earned(order(price=Money(amount, "IDR")), share, now=NOW)
    assert balance((entry,), "order:order-5", "IDR").amount == amount
    assert -balance((entry,), "mentor:andi", "IDR").amount == amount * share // 100
