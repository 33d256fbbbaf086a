"""Orders of sessions among a customer's own orders: how they are shown, and their own buttons."""

from msgspec.structs import replace

from domain.localized import words
from domain.messages import Choice, Text, moment
from domain.orders import Order, OrderStatus, may_cancel, may_move, standing
from handlers.flow import Outcome, Turn, go_on
from handlers.menu import MENU, aside
from handlers.order_mentoring import FLOW
from handlers.session_changes import ask_to_cancel
from handlers.session_changes import cancel as call_off
from handlers.session_due import may_rate, stars
from handlers.session_moving import start_move
from handlers.session_telling import about, room_choice, rules_of, session_of
from handlers.telling import order_choice, reply


def describe(turn: Turn, order: Order) -> tuple[str, ...]:
    offered, session = turn.catalog.mentoring, session_of(order)
    subject = offered.subject(session.subject) if offered else None
    mentor = offered.mentor(session.mentor) if offered else None
    names = (words(subject.name, order.language) if subject else "", mentor.name if mentor else "")
    return tuple(name for name in names if name)


async def line(turn: Turn, order: Order) -> Text:
    return await _told(turn, order, "orders-line")


async def detail(turn: Turn, order: Order) -> Text:
    keys = {"unpaid": "order-detail-unpaid", "waiting": "order-detail-waiting"}
    return await _told(turn, order, keys.get(standing(order), "order-detail"))


async def _told(turn: Turn, order: Order, key: str) -> Text:
    session = session_of(order)
    values = {
        **await about(turn, order, turn.language),
        "day": moment(session.starts_at, "day"),
        "status": standing(order),
        "pay_by": moment(order.pay_by),
        "approve_by": moment(session.approve_by),
    }
    return Text(key, values)


def actions(turn: Turn, order: Order) -> tuple[Choice, ...]:
    rules = rules_of(turn)
    found: list[Choice] = []
    if order.status is OrderStatus.CONFIRMED and turn.now < session_of(order).ends_at:
        found.extend(room_choice(order))
    if rules and may_move(order, rules, by_mentor=False, now=turn.now):
        found.append(order_choice(order, "move", Text("label-move")))
    if order.paid_at and may_cancel(order, turn.now):
        found.append(order_choice(order, "cancel", Text("label-cancel-session")))
    if may_rate(order, turn.now) and not session_of(order).rating:
        found.extend(stars(order))
    if not order.running:
        found.append(order_choice(order, "again", Text("label-again")))
    return tuple(found)


async def pressed(turn: Turn, order: Order, action: str) -> Outcome | None:
    name, _, more = action.partition(":")
    kind, _, number = name.partition("-")
    match kind:
        case "cancel" if more == "yes" and number.isdecimal():
            return await call_off(turn, order, int(number), by_mentor=False)
        case "cancel" if more in ("", "yes"):
            return await ask_to_cancel(turn, order, by_mentor=False)
        case "move":
            return await start_move(aside(turn), order)
        case "rate" if number.isdecimal():
            return _rate(turn, order, int(number))
        case "again":
            return await _again(turn, order)
    return None


async def cancel(turn: Turn, order: Order) -> Outcome | None:
    return await call_off(turn, order, 100, by_mentor=False)


async def _again(turn: Turn, order: Order) -> Outcome:
    """Another order of the same, from the day on, as far as it is still offered."""
    session, offered = session_of(order), turn.catalog.mentoring
    mentor = offered.mentor(session.mentor) if offered else None
    answers = {"subject": session.subject}
    if mentor is not None and session.subject in mentor.subjects:
        answers["mentor"] = mentor.id
    return await go_on(aside(turn), FLOW, answers)


def _rate(turn: Turn, order: Order, count: int) -> Outcome | None:
    if not may_rate(order, turn.now) or not 1 <= count <= 5:
        return None
    rated = replace(order, session=replace(session_of(order), rating=count))
    return reply(turn, Text("order-rated", {"stars": count}), MENU) + Outcome(save=(rated,))
