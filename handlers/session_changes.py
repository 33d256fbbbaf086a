"""A session that is put to another time or cancelled, by the customer or the mentor."""

from msgspec.structs import replace

from domain.messages import Text, price
from domain.orders import Order, OrderStatus, may_cancel, may_move, note, refund_share
from handlers.flow import Outcome, Turn
from handlers.session_telling import (
    CUSTOMERS_MAIL,
    MENTORS_MAIL,
    customer_of,
    invite,
    mentor_choice,
    mentor_of,
    rules_of,
    said_to,
    session_of,
)
from handlers.sessions import call_off, how_it_stands, other_times
from handlers.telling import Party, mailed, order_choice, tell

# --- cancelling ---


async def ask_to_cancel(turn: Turn, order: Order, *, by_mentor: bool) -> Outcome | None:
    """Ask whether they are sure, with what comes back; None where it can no longer be cancelled."""
    share = _share(turn, order, by_mentor=by_mentor)
    if share is None:
        return None
    who = await mentor_of(turn, order) if by_mentor else await customer_of(turn, order)
    key = "session-cancel-sure"
    if by_mentor:
        key = "mentor-cancel-unpaid" if order.paid_at is None else "mentor-cancel-sure"
    button = mentor_choice if by_mentor else order_choice
    return await tell(
        turn,
        who,
        await said_to(turn, who, order, key, amount=price(order.price.share(share))),
        button(order, f"cancel-{share}:yes", Text("label-cancel-sure")),
        button(order, "cancel:no", Text("label-keep")),
    )


async def cancel(turn: Turn, order: Order, share: int, *, by_mentor: bool) -> Outcome | None:
    """They are sure, of this share. Where it is another one by now, they are asked again; None where it can no longer
    be cancelled.
    """
    if _share(turn, order, by_mentor=by_mentor) != share:
        return await ask_to_cancel(turn, order, by_mentor=by_mentor)
    customer, mentor = await customer_of(turn, order), await mentor_of(turn, order)
    confirmed = order.status is OrderStatus.CONFIRMED
    what = "cancelled by the mentor" if by_mentor else "cancelled by the customer"
    order, ended = await call_off(turn, order, OrderStatus.CANCELLED, what=what, by=turn.person.id, share=share)
    to_customer = "session-cancelled-by-mentor" if by_mentor else "session-cancelled"
    to_mentor = "mentor-cancelled" if by_mentor else "mentor-session-cancelled"
    told = await tell(turn, customer, await said_to(turn, customer, order, to_customer), *other_times(order))
    told += await tell(turn, mentor, await said_to(turn, mentor, order, to_mentor))
    return told + ended + (await _mail_both(turn, order, customer, mentor) if confirmed else Outcome())


async def _mail_both(turn: Turn, order: Order, customer: Party, mentor: Party) -> Outcome:
    """The invitation is taken back, where it was we who sent it."""
    attach = () if session_of(order).invited else (invite(order),)
    outcome = Outcome()
    for number, to in ((CUSTOMERS_MAIL, customer), (MENTORS_MAIL, mentor)):
        text = await said_to(turn, to, order, "mail-session-cancelled")
        outcome += mailed(turn, number, to, order.id, text, *attach)
    return outcome


def _share(turn: Turn, order: Order, *, by_mentor: bool) -> int | None:
    """The hundredths that come back; None where it can no longer be cancelled."""
    rules = rules_of(turn)
    if rules is None or not may_cancel(order, turn.now):
        return None
    return refund_share(order, rules, by_mentor=by_mentor, now=turn.now)


# --- another time ---


async def ask_to_move(turn: Turn, order: Order) -> Outcome:
    """The mentor asks for another time: the customer chooses one, or cancels free of charge. Until then it stands."""
    rules, mentor = rules_of(turn), await mentor_of(turn, order)
    if rules is None or not may_move(order, rules, by_mentor=True, now=turn.now):
        return await how_it_stands(turn, order)
    if session_of(order).move_asked:
        return await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-move-asked-already"))
    order = replace(order, session=replace(session_of(order), move_asked=True))
    order = note(order, what="the mentor asks for another time", by=turn.person.id, now=turn.now)
    customer = await customer_of(turn, order)
    return (
        Outcome(save=(order,))
        + await tell(turn, mentor, await said_to(turn, mentor, order, "mentor-move-asked"))
        + await tell(
            turn,
            customer,
            await said_to(turn, customer, order, "session-move-asked"),
            order_choice(order, "move", Text("label-move")),
            order_choice(order, "cancel", Text("label-cancel-session")),
        )
    )
