"""A customer's own orders: the list, one of them, and what can be done with it. Its buttons work whatever was shown
since; each press is answered by how the order stands now.
"""

from msgspec.structs import replace

from domain.messages import Choice, Media, MediaKind, Say, Text, moment
from domain.orders import Order, OrderStatus, may_cancel, may_move, standing
from domain.payments import Payment, PaymentStatus
from handlers.flow import Outcome, Turn, edited_message, go_on
from handlers.menu import MENU
from handlers.order_mentoring import FLOW
from handlers.paying import attempt, options
from handlers.session_changes import ask_to_cancel, cancel
from handlers.session_due import may_rate, stars
from handlers.session_moving import start_move
from handlers.session_telling import about, order_choice, room_choice, rules_of, session_of
from handlers.telling import showing

MOST = 500
SHOWN = 8
ORDERS = Choice("orders", Text("label-orders"))
MENTORING = Choice("mentoring", Text("label-mentoring"))


async def show(turn: Turn) -> Outcome:
    """The person's orders: what runs before what is over, the newest first."""
    found = await turn.records.find(Order, customer=turn.person.id, limit=MOST)
    if not found:
        return _reply(turn, Text("orders-none"), MENTORING, MENU)
    newest = sorted(found, key=lambda order: (not order.running, -order.number))[:SHOWN]
    lines = [order_choice(order, "show", await _told(turn, order, "orders-line")) for order in newest]
    return _reply(turn, Text("orders-list", {"count": len(found), "shown": len(newest)}), *lines, MENU)


async def pressed(turn: Turn, order_id: str, action: str) -> Outcome:
    """A button `order:<id>:<action>`. Who is not the order's customer learns nothing of it."""
    order = await turn.records.get(Order, order_id)
    if order is None or order.session is None or order.customer != turn.person.id:
        return _reply(turn, Text("order-unknown"), ORDERS, MENU)
    name, _, more = action.partition(":")
    kind, _, number = name.partition("-")
    outcome: Outcome | None = None
    match kind:
        case "link":
            outcome = await _link(turn, order)
        case "other":
            outcome = await _other_way(turn, order, more)
        case "cancel" if more == "yes" and number.isdigit():
            outcome = await cancel(turn, order, int(number), by_mentor=False)
        case "cancel" if not more:
            outcome = await ask_to_cancel(turn, order, by_mentor=False)
        case "move":
            outcome = await start_move(_aside(turn), order)
        case "rate" if number.isdigit():
            outcome = _rate(turn, order, int(number))
        case "receipt" if order.paid_at:
            outcome = await _receipt(turn, order)
        case "again":
            outcome = await _again(turn, order)
    return outcome or await _detail(turn, order)


def _reply(turn: Turn, text: Text, *choices: Choice) -> Outcome:
    return Outcome(
        say=(Say(text=text, choices=choices, edit=edited_message(turn)),),
        conversation=showing(turn, choices),
    )


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


async def _detail(turn: Turn, order: Order) -> Outcome:
    keys = {"unpaid": "order-detail-unpaid", "waiting": "order-detail-waiting"}
    text = await _told(turn, order, keys.get(standing(order), "order-detail"))
    return _reply(turn, text, *_actions(turn, order), ORDERS, MENU)


def _actions(turn: Turn, order: Order) -> tuple[Choice, ...]:
    """What can be done with an order as it stands."""
    rules = rules_of(turn)
    found: list[Choice] = []
    if _is_payable(turn, order):
        found.append(order_choice(order, "link", Text("label-link")))
        if len(options(turn, order.price)) > 1:
            found.append(order_choice(order, "other", Text("label-pay-other")))
    if order.status is OrderStatus.CONFIRMED and turn.now < session_of(order).ends_at:
        found.extend(room_choice(order))
    if rules and may_move(order, rules, by_mentor=False, now=turn.now):
        found.append(order_choice(order, "move", Text("label-move")))
    if may_cancel(order, turn.now):
        found.append(order_choice(order, "cancel", Text("label-cancel-session")))
    if may_rate(order, turn.now) and not session_of(order).rating:
        found.extend(stars(order))
    if order.paid_at:
        found.append(order_choice(order, "receipt", Text("label-receipt")))
    if not order.running:
        found.append(order_choice(order, "again", Text("label-again")))
    return tuple(found)


def _aside(turn: Turn) -> Turn:
    """The turn with what the person was in the midst of put aside, to be resumed: another flow begins."""
    talk = turn.conversation
    suspended = talk.flow if talk.flow and talk.flow.answers else talk.suspended
    return replace(turn, conversation=replace(talk, flow=None, suspended=suspended, shown=()))


async def _again(turn: Turn, order: Order) -> Outcome:
    """Another order of the same, from the day on, as far as it is still offered."""
    session, offered = session_of(order), turn.catalog.mentoring
    mentor = offered.mentor(session.mentor) if offered else None
    answers = {"subject": session.subject}
    if mentor is not None and session.subject in mentor.subjects:
        answers["mentor"] = mentor.id
    return await go_on(_aside(turn), FLOW, answers)


# --- paying ---


def _is_payable(turn: Turn, order: Order) -> bool:
    return order.status is OrderStatus.OPEN and order.paid_at is None and turn.now < order.pay_by


async def _link(turn: Turn, order: Order) -> Outcome | None:
    """The link once more; a new one where there is none."""
    if not _is_payable(turn, order):
        return None
    payment = await turn.records.get(Payment, order.payment) if order.payment else None
    if payment is not None and payment.status is PaymentStatus.OPEN:
        pay = Choice(f"order:{order.id}:pay", Text("label-pay"), url=payment.link)
        return _reply(turn, await _told(turn, order, "order-link"), pay, *_actions(turn, order)[1:])
    if payment is not None and payment.status is PaymentStatus.NEW:
        return _reply(turn, await _told(turn, order, "order-link-coming"), MENU)
    return await _other_way(turn, order, "")


async def _other_way(turn: Turn, order: Order, provider: str) -> Outcome | None:
    """Another way to pay: chosen where there are several."""
    if not _is_payable(turn, order):
        return None
    payment = await turn.records.get(Payment, order.payment) if order.payment else None
    waits = payment is not None and payment.status in (PaymentStatus.NEW, PaymentStatus.OPEN)
    used = payment.provider if payment is not None and waits else ""
    others = [option for option in options(turn, order.price) if option.provider != used]
    chosen = [option for option in others if option.provider == provider] or others
    if not chosen:
        return None
    if len(chosen) > 1:
        ways = [order_choice(order, f"other:{each.provider}", Text(each.label)) for each in chosen]
        return _reply(turn, await _told(turn, order, "order-choose-way"), *ways)
    order, attempted = await attempt(turn, order, chosen[0].provider)
    coming = _reply(turn, await _told(turn, order, "order-link-coming"), MENU)
    return coming + attempted + Outcome(save=(order,))


async def _receipt(turn: Turn, order: Order) -> Outcome:
    document = Media(
        kind=MediaKind.DOCUMENT,
        channel="documents",
        ref=f"receipt/{order.id}",
        mime="application/pdf",
        name=f"receipt-{order.number}.pdf",
    )
    text = await _told(turn, order, "order-receipt")
    return Outcome(say=(Say(text=text, media=document),))


# --- afterwards ---


def _rate(turn: Turn, order: Order, count: int) -> Outcome | None:
    if not may_rate(order, turn.now) or not 1 <= count <= 5:
        return None
    rated = replace(order, session=replace(session_of(order), rating=count))
    return _reply(turn, Text("order-rated", {"stars": count}), MENU) + Outcome(save=(rated,))
