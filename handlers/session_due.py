"""What time brings about of a session: unpaid, unanswered, soon, over."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from domain.bookings import Booking, let_go
from domain.events import Due
from domain.ledger import LedgerEntry
from domain.messages import Choice, Text, literal, price
from domain.money import Money
from domain.orders import (
    Order,
    OrderStatus,
    SessionDue,
    asked_again,
    earned,
    move,
    what_is_due,
)
from domain.reminders import next_reminder, up_to
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.session_telling import (
    CUSTOMERS_MAIL,
    MENTORS_MAIL,
    catalog_mentor,
    customer_of,
    mentor_choice,
    mentor_of,
    mentor_party,
    room_choice,
    rules_of,
    said_to,
    session_of,
)
from handlers.sessions import ask_mentor, call_off, how_it_stands, other_times, put_event, scheduled
from handlers.telling import mailed, order_choice, tell

STARS = range(1, 6)


async def on_session_due(turn: Turn, order: Order) -> Outcome:
    """One thing at a time: what else is due is found at the next look."""
    rules = rules_of(turn)
    if rules is None:
        return Outcome()
    match what_is_due(order, rules, turn.now):
        case SessionDue.EXPIRE:
            return await _expire(turn, order)
        case SessionDue.ASK_AGAIN:
            again = scheduled(turn, asked_again(order, rules, turn.now))
            return Outcome(save=(again,)) + await ask_mentor(turn, again)
        case SessionDue.GIVE_UP:
            return await _give_up(turn, order)
        case SessionDue.REMIND:
            return await _remind(turn, order)
        case SessionDue.ASK_AFTER:
            return await _ask_after(turn, order)
        case SessionDue.SETTLE:
            return await settle(turn, order, OrderStatus.DONE, what="nobody said otherwise", by="time")
        case SessionDue.NOTHING:
            on_time = scheduled(turn, order)
            return Outcome(save=(on_time,)) if on_time != order else Outcome()


async def _expire(turn: Turn, order: Order) -> Outcome:
    """Not paid in time. The booking ends with its hold, which is longer: money that is on its way finds its time."""
    expired = move(order, OrderStatus.EXPIRED, what="not paid in time", by="time", now=turn.now)
    customer, mentor = await customer_of(turn, order), await mentor_of(turn, order)
    return (
        Outcome(save=(replace(expired, due_at=None),))
        + await tell(turn, customer, await said_to(turn, customer, order, "session-expired"), *other_times(order))
        + await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-session-expired"))
    )


async def _give_up(turn: Turn, order: Order) -> Outcome:
    """The mentor never answered."""
    order, ended = await call_off(turn, order, OrderStatus.DECLINED, what="unanswered", by="time")
    customer, mentor = await customer_of(turn, order), await mentor_of(turn, order)
    told = await said_to(turn, customer, order, "session-unanswered")
    return (
        await tell(turn, customer, told, *other_times(order))
        + await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-session-unanswered"))
        + ended
        + Outcome(say=ops_alert(turn, await said_to(turn, mentor, order, "ops-mentor-silent")))
    )


async def _remind(turn: Turn, order: Order) -> Outcome:
    """Both, by chat and by mail. Where the calendar had refused, it is asked once more."""
    session = session_of(order)
    reminder = next_reminder(session.starts_at, session.reminded, turn.now)
    if reminder is None:
        return Outcome()
    name, _ = reminder
    reminded = tuple(dict.fromkeys((*session.reminded, *up_to(name))))
    order = scheduled(turn, replace(order, session=replace(session, reminded=reminded)))
    key = {"day": "session-reminder-day", "hour": "session-reminder-hour"}.get(name, "session-reminder-soon")
    outcome = Outcome(save=(order,), effects=() if session.event else (put_event(turn, order, again=name),))
    for number, to in ((CUSTOMERS_MAIL, await customer_of(turn, order)), (MENTORS_MAIL, await mentor_of(turn, order))):
        outcome += await tell(turn, to, await said_to(turn, to, order, key), *room_choice(order))
        outcome += mailed(turn, number, to, order.id, await said_to(turn, to, order, "mail-session-reminder"))
    return outcome


async def _ask_after(turn: Turn, order: Order) -> Outcome:
    """The session is over: the mentor says whether they met, the customer how it was."""
    order = scheduled(turn, replace(order, session=replace(session_of(order), asked_after=True)))
    customer, mentor = await customer_of(turn, order), await mentor_of(turn, order)
    return (
        Outcome(save=(order,))
        + await tell(
            turn,
            mentor,
            await said_to(turn, mentor, order, "mentor-ask-after"),
            mentor_choice(order, "done", Text("label-done")),
            mentor_choice(order, "no-show", Text("label-no-show")),
        )
        + await tell(turn, customer, await said_to(turn, customer, order, "session-rate"), *stars(order))
    )


def stars(order: Order) -> tuple[Choice, ...]:
    return tuple(order_choice(order, f"rate-{count}", literal(f"{count}⭐")) for count in STARS)


def may_rate(order: Order, now: datetime) -> bool:
    """Once the session is over, unless they were not there."""
    over = order.status is OrderStatus.CONFIRMED and now >= session_of(order).ends_at
    return over or order.status is OrderStatus.DONE


# --- when it is over ---


async def done(turn: Turn, order: Order) -> Outcome:
    """The mentor says that the session was held."""
    return await _said_after(turn, order, OrderStatus.DONE, "mentor-noted-done")


async def no_show(turn: Turn, order: Order) -> Outcome:
    """The mentor says that the customer did not come: paid all the same."""
    return await _said_after(turn, order, OrderStatus.NO_SHOW, "mentor-noted-no-show")


async def _said_after(turn: Turn, order: Order, status: OrderStatus, noted: str) -> Outcome:
    if order.status is not OrderStatus.CONFIRMED or turn.now < session_of(order).starts_at:
        return await how_it_stands(turn, order)
    mentor, customer = await mentor_of(turn, order), await customer_of(turn, order)
    outcome = await settle(turn, order, status, what=f"the mentor said: {status}", by=turn.person.id)
    outcome += await tell(turn, mentor, await said_to(turn, mentor, order, noted))
    if status is OrderStatus.NO_SHOW:
        return outcome + await tell(turn, customer, await said_to(turn, customer, order, "session-no-show"))
    if session_of(order).asked_after:
        return outcome
    return outcome + await tell(turn, customer, await said_to(turn, customer, order, "session-rate"), *stars(order))


async def settle(turn: Turn, order: Order, status: OrderStatus, *, what: str, by: str) -> Outcome:
    """The session counts as held, or as paid all the same: what was paid for it is earned."""
    over = replace(move(order, status, what=what, by=by, now=turn.now), due_at=None)
    booking = await turn.records.get(Booking, session_of(order).booking)
    free = (let_go(booking, turn.now),) if booking and booking.calendar else ()
    mentor = catalog_mentor(turn, order)
    if mentor is None:
        unknown = Text("ops-unsettled", {"number": order.number, "mentor": order.mentor})
        return Outcome(save=(over, *free), say=ops_alert(turn, unknown))
    return Outcome(save=(over, *free, earned(order, mentor.share, now=turn.now)))


# --- a mentor's month ---

ENTRIES = 100_000
"""Of a month's ledger: more than there can be."""


async def month_sum(turn: Turn, mentor_id: str, month: str) -> tuple[tuple[int, Money], ...]:
    """For how many sessions a mentor was paid in a month (`2026-11`, by UTC) and what they earned, by currency."""
    account = f"mentor:{mentor_id}"
    entries = await turn.records.find(LedgerEntry, month=month, limit=ENTRIES)
    shares = [line.amount for each in entries for line in each.lines if line.account == account]
    by_currency = {
        currency: [-share.amount for share in shares if share.currency == currency]
        for currency in sorted({share.currency for share in shares})
    }
    return tuple((len(amounts), Money(sum(amounts), currency)) for currency, amounts in by_currency.items())


async def on_month_due(turn: Turn, due: Due) -> Outcome:
    """A month is over: a mentor who earned something is told how much."""
    month = f"{due.at - timedelta(days=1):%Y-%m}"
    mentor = await mentor_party(turn, due.record)
    outcome = Outcome()
    for count, earned_then in await month_sum(turn, due.record, month):
        text = Text("mentor-month", {"month": month, "count": count, "sum": price(earned_then)})
        outcome += await tell(turn, mentor, text)
    return outcome
