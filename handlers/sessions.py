"""A session on its way: the mentor's yes or no, the money, and the calendar.

It is confirmed when it is paid **and** approved, in either order: the step that finds both does the work, once.
"""

from msgspec.structs import replace

from domain.bookings import Booking, in_the_way, let_go
from domain.effects import Effect
from domain.events import EffectDone
from domain.localized import words
from domain.messages import Choice, Text, Value, moment
from domain.orders import Order, OrderStatus, asked_again, event_id, is_settled, move, note, schedule
from domain.payments import Payment
from domain.records import Record
from domain.reminders import passed
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.paying import withdraw
from handlers.refunds import give_back
from handlers.session_telling import (
    CUSTOMERS_MAIL,
    MENTORS_MAIL,
    catalog_mentor,
    customer_of,
    invite,
    invite_file,
    mentor_choice,
    mentor_of,
    room_choice,
    rules_of,
    said_to,
    session_of,
)
from handlers.telling import mailed, order_choice, tell

PUT = "calendar.put"
REMOVE = "calendar.remove"
BOOKINGS = 1000
"""Of one mentor, to come: more than a calendar holds."""


def scheduled(turn: Turn, order: Order) -> Order:
    """The order with its next due time."""
    rules = rules_of(turn)
    if rules is None:
        return order if order.running else replace(order, due_at=None)
    return schedule(order, rules, turn.now)


# --- the mentor's word ---


async def ask_mentor(turn: Turn, order: Order) -> Outcome:
    """Put the order to the mentor, by chat and by mail. Who cannot be asked in a chat is told to ops."""
    return await _request(turn, order) + await _asked_elsewhere(turn, order)


async def _asked_elsewhere(turn: Turn, order: Order) -> Outcome:
    mentor = await mentor_of(turn, order)
    by_mail = await said_to(turn, mentor, order, "mail-mentor-asked", **_asked(order))
    outcome = mailed(turn, MENTORS_MAIL, mentor, order.id, by_mail)
    if mentor.chat:
        return outcome
    unknown = await said_to(turn, mentor, order, "ops-mentor-unknown", mail="yes" if mentor.email else "no")
    return outcome + Outcome(say=ops_alert(turn, unknown))


async def _request(turn: Turn, order: Order) -> Outcome:
    mentor = await mentor_of(turn, order)
    return await tell(
        turn,
        mentor,
        await said_to(turn, mentor, order, "mentor-asked", **_asked(order)),
        mentor_choice(order, "approve", Text("label-approve")),
        mentor_choice(order, "decline", Text("label-decline")),
    )


def _asked(order: Order) -> dict[str, Value]:
    return {"paid": "yes" if order.paid_at else "no", "approve_by": moment(session_of(order).approve_by)}


async def approve(turn: Turn, order: Order) -> Outcome:
    """The mentor said yes. A second time, too late or after the end nothing happens but that they are told."""
    mentor, session = await mentor_of(turn, order), session_of(order)
    if order.status is not OrderStatus.OPEN or session.approved_at is not None or turn.now >= session.starts_at:
        return await how_it_stands(turn, order)
    order = replace(order, session=replace(session, approved_at=turn.now))
    order = note(order, what="approved", by=turn.person.id, now=turn.now)
    if is_settled(order):
        order, outcome = confirm(turn, order)
        return (
            outcome
            + Outcome(save=(order,))
            + await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-approved"))
        )
    customer = await customer_of(turn, order)
    unpaid = await said_to(turn, customer, order, "session-approved-unpaid", pay_by=moment(order.pay_by))
    return (
        Outcome(save=(scheduled(turn, order),))
        + await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-approved-unpaid"))
        + await tell(turn, customer, unpaid, order_choice(order, "link", Text("label-pay")))
    )


async def decline(turn: Turn, order: Order) -> Outcome:
    """The mentor said no: the time is free again, the money goes back, and the customer is offered another time."""
    mentor = await mentor_of(turn, order)
    if order.status is not OrderStatus.OPEN:
        return await how_it_stands(turn, order)
    order, ended = await call_off(turn, order, OrderStatus.DECLINED, what="declined", by=turn.person.id)
    customer = await customer_of(turn, order)
    return (
        await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-declined"))
        + await tell(turn, customer, await said_to(turn, customer, order, "session-declined"), *other_times(order))
        + ended
    )


def other_times(order: Order) -> tuple[Choice, ...]:
    return (order_choice(order, "again", Text("label-other-time")),)


async def how_it_stands(turn: Turn, order: Order) -> Outcome:
    """The mentor's answer to a button that has nothing to do any more; what waits for their answer is put again."""
    mentor, session = await mentor_of(turn, order), session_of(order)
    status = order.status.value
    if order.status is OrderStatus.OPEN and session.approved_at is not None:
        status = "approved"
    elif order.status is OrderStatus.OPEN and turn.now < session.starts_at:
        return await _request(turn, order)
    return await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-stands", status=status))


# --- paid and approved ---


async def paid(turn: Turn, order: Order) -> tuple[Order, Outcome]:
    """The order was paid: its time is taken for good, and confirmed where the mentor has approved.

    Where its hold had run out and somebody else has the time by now, the order comes back cancelled: the money is to be
    given back.
    """
    taken = await take_for_good(turn, order)
    if not taken:
        gone = move(order, OrderStatus.CANCELLED, what="paid late: the time is gone", by="time", now=turn.now)
        return replace(gone, due_at=None), Outcome()
    if is_settled(order):
        order, confirmed = confirm(turn, order)
        return order, Outcome(save=taken) + confirmed
    customer = await customer_of(turn, order)
    waiting = await said_to(
        turn, customer, order, "session-paid-waiting", approve_by=moment(session_of(order).approve_by)
    )
    # The mentor was asked about an unpaid order: that it is paid may be what they decide by.
    outcome = Outcome(save=taken) + await tell(turn, customer, waiting) + await _request(turn, order)
    return scheduled(turn, order), outcome


async def reopen(turn: Turn, order: Order) -> tuple[Order, Outcome] | None:
    """An order that expired is paid after all: open again if its time is still held, or can be had and is not too near.
    The mentor is asked anew, unless they had approved.
    """
    rules, session = rules_of(turn), session_of(order)
    if rules is None or catalog_mentor(turn, order) is None:
        return None
    booking = await turn.records.get(Booking, session.booking)
    held = booking is not None and booking.is_taken(turn.now)
    if not held and turn.now + rules.lead > session.starts_at:
        return None
    if not await take_for_good(turn, order):
        return None
    order = move(order, OrderStatus.OPEN, what="paid late, and the time is still free", by="time", now=turn.now)
    if session.approved_at is not None:
        return order, Outcome()
    until = min(turn.now + rules.approve_within, session.starts_at)
    order = asked_again(replace(order, session=replace(session, approve_by=until)), rules, turn.now)
    # In the chat they are asked as of every order that was paid.
    return order, await _asked_elsewhere(turn, replace(order, paid_at=turn.now))


async def take_for_good(turn: Turn, order: Order) -> tuple[Record, ...]:
    """The order's booking without an end, with the holds that ran out and stand in its way let go; nothing where the
    time has begun or is somebody else's.
    """
    booking = await turn.records.get(Booking, session_of(order).booking)
    if booking is None or turn.now >= booking.starts_at:
        return ()
    if booking.calendar:
        return (replace(booking, held_until=None),)
    taken = replace(booking, calendar=booking.mentor, held_until=None, ended_at=None)
    others = in_the_way(taken, await turn.records.find(Booking, calendar=booking.mentor, limit=BOOKINGS))
    if any(each.is_taken(turn.now) for each in others):
        return ()
    return (taken, *(let_go(each, turn.now) for each in others))


def confirm(turn: Turn, order: Order) -> tuple[Order, Outcome]:
    """Both facts are there. Everybody is told when the calendar has answered."""
    order = move(order, OrderStatus.CONFIRMED, what="paid and approved", by="", now=turn.now)
    session = session_of(order)
    order = replace(order, session=replace(session, reminded=passed(session.starts_at, turn.now)))
    return scheduled(turn, order), Outcome(effects=(put_event(turn, order),))


# --- the end of it ---


async def call_off(
    turn: Turn, order: Order, status: OrderStatus, *, what: str, by: str, share: int = 100
) -> tuple[Order, Outcome]:
    """The order ends before its session: the time is free again, so many hundredths of what was paid go back, an open
    link is withdrawn, the calendar's event is taken out. The order is saved; telling is the caller's.
    """
    session = session_of(order)
    ended = replace(move(order, status, what=what, by=by, now=turn.now), due_at=None)
    booking = await turn.records.get(Booking, session.booking)
    free = (let_go(booking, turn.now),) if booking and booking.calendar else ()
    outcome = Outcome(save=(ended, *free), effects=(remove_event(order, session.event),) if session.event else ())
    if order.paid_at is None:
        return ended, outcome + await withdraw(turn, ended, what=what)
    payment = await turn.records.get(Payment, order.payment)
    return ended, outcome + (await give_back(turn, ended, payment, share, what) if payment else Outcome())


# --- the calendar ---


def put_event(turn: Turn, order: Order, *, again: str = "") -> Effect:
    """The session's event, with a room; its title is names alone, in the language the order was made in. `again` tells
    apart the calls for an event that was refused before.
    """
    session, mentor = session_of(order), catalog_mentor(turn, order)
    moved = session.revision > 0
    offered = turn.catalog.mentoring
    subject = offered.subject(session.subject) if offered else None
    names = (words(subject.name, order.language) if subject else session.subject, mentor.name if mentor else "")
    people = (mentor.email if mentor else "", order.email)
    return Effect(
        id=_put_id(order) + (f"-{again}" if again else ""),
        name=PUT,
        record=order.id,
        conversation=order.lane,
        params={
            "event": event_id(order, session.revision),
            "previous": event_id(order, session.revision - 1) if moved else "",
            "title": " · ".join(name for name in (*names, order.name) if name),
            "description": f"#{order.number}",
            "starts_at": session.starts_at.isoformat(),
            "ends_at": session.ends_at.isoformat(),
            "zone": mentor.hours.zone if mentor else order.zone,
            "attendees": " ".join(each for each in people if each),
        },
    )


def _put_id(order: Order) -> str:
    return f"{order.id}-event-{session_of(order).revision}"


def remove_event(order: Order, event: str, put: str = "") -> Effect:
    return Effect(
        id=f"{put or _put_id(order)}-remove",
        name=REMOVE,
        record=order.id,
        conversation=order.lane,
        params={"event": event},
    )


async def on_event_put(turn: Turn, done: EffectDone) -> Outcome:
    """The event is there: both are told where to meet. Without one the session stands all the same: ops are told, and
    it is tried again before each reminder.

    An event of a session that was moved or cancelled meanwhile is taken out again.
    """
    order = await turn.records.get(Order, done.record)
    if order is None or order.session is None:
        return Outcome()
    put = _put_id(order)
    again = done.effect.startswith(f"{put}-")
    if order.status is not OrderStatus.CONFIRMED or not (again or done.effect == put):
        event = done.result.get("event", "")
        return Outcome(effects=(remove_event(order, event, done.effect),)) if event else Outcome()
    if order.session.event:
        return Outcome()
    if done.error:
        order = note(order, what=f"no event: {done.error}", by="", now=turn.now)
        refused = Text("ops-no-event", {"number": order.number, "error": done.error})
        outcome = Outcome(say=ops_alert(turn, refused), save=(order,))
        return outcome if again else outcome + await _tell_both(turn, order) + await _tell_roomless(turn, order)
    session = replace(
        session_of(order),
        event=done.result["event"],
        room=done.result["room"],
        invited=done.result["invited"] == "yes",
    )
    order = note(replace(order, session=session), what="in the calendar", by="", now=turn.now)
    return Outcome(save=(order,)) + await (_tell_room if again else _tell_both)(turn, order)


async def _tell_roomless(turn: Turn, order: Order) -> Outcome:
    outcome = Outcome()
    for to in (await customer_of(turn, order), await mentor_of(turn, order)):
        outcome += await tell(turn, to, await said_to(turn, to, order, "session-room-follows"))
    return outcome


async def _tell_room(turn: Turn, order: Order) -> Outcome:
    """The room of a session that both know of already."""
    outcome = Outcome()
    for to in (await customer_of(turn, order), await mentor_of(turn, order)):
        outcome += await tell(turn, to, await said_to(turn, to, order, "session-room"), *room_choice(order))
    return outcome


async def _tell_both(turn: Turn, order: Order) -> Outcome:
    """When and where they meet, by chat and by mail; with an invitation where the calendar has sent none."""
    customer, mentor, session = await customer_of(turn, order), await mentor_of(turn, order), session_of(order)
    moved = session.revision > 0
    in_chat = await said_to(turn, customer, order, "session-moved" if moved else "session-confirmed")
    to_mentor = await said_to(turn, mentor, order, "mentor-session-moved" if moved else "mentor-session-confirmed")
    outcome = await tell(turn, customer, in_chat, *room_choice(order), media=invite_file(customer, order))
    outcome += await tell(
        turn,
        mentor,
        to_mentor,
        *room_choice(order),
        mentor_choice(order, "move", Text("label-propose")),
        mentor_choice(order, "cancel", Text("label-cancel-session")),
        media=invite_file(mentor, order),
    )
    mail_key = "mail-session-moved" if moved else "mail-session-confirmed"
    attach = () if session.invited else (invite(order),)
    for number, to in ((CUSTOMERS_MAIL, customer), (MENTORS_MAIL, mentor)):
        outcome += mailed(turn, number, to, order.id, await said_to(turn, to, order, mail_key), *attach)
    return outcome


async def on_event_removed(turn: Turn, done: EffectDone) -> Outcome:
    """Both have been told already; an event that stays is for ops to take out."""
    order = await turn.records.get(Order, done.record)
    if order is None or not done.error:
        return Outcome()
    return Outcome(say=ops_alert(turn, Text("ops-event-stays", {"number": order.number, "error": done.error})))
