"""Orders of machines, of further terms and of larger plans among a customer's own orders: how they are shown, their
own buttons, and what becomes of those that are called off unpaid.
"""

from msgspec.structs import replace

from domain.messages import Choice, Text, Value, moment, price
from domain.orders import CALLED_OFF, Order, OrderKind, OrderStatus, Purchase, move, standing
from domain.servers import Server, ServerStatus
from domain.servers import move as move_server
from handlers.flow import Outcome, Turn, go_on
from handlers.menu import MENU, aside
from handlers.order_server import FLOW
from handlers.paying import withdraw
from handlers.server_telling import about, scheduled
from handlers.telling import order_choice, reply

WHAT = "called off by the customer"


def purchase_of(order: Order) -> Purchase:
    """Raises TypeError for an order of another kind."""
    if order.purchase is None:
        raise TypeError(f"{order.id} is no order of a machine")
    return order.purchase


def describe(turn: Turn, order: Order) -> tuple[str, ...]:
    return (_plan_name(turn, order),)


def _plan_name(turn: Turn, order: Order) -> str:
    offer, bought = turn.catalog.servers, purchase_of(order).plan
    plan = offer.plan(bought) if offer else None
    return plan.name if plan else bought


async def line(turn: Turn, order: Order) -> Text:
    return Text("order-server-line", await _values(turn, order))


async def detail(turn: Turn, order: Order) -> Text:
    unpaid = standing(order) == "unpaid"
    return Text("order-server-detail-unpaid" if unpaid else "order-server-detail", await _values(turn, order))


async def _values(turn: Turn, order: Order) -> dict[str, Value]:
    """Number and status are the order's, the rest is its machine's, which may be kept for a shorter time."""
    server = await turn.records.get(Server, order.server)
    months = purchase_of(order).months
    return {
        **(about(turn, server, turn.language) if server else {"region": "–", "hostname": "–"}),
        "number": order.number,
        "what": (_what(turn, order, server),),
        "term": (Text("order-term", {"months": months}) if months else Text("order-term-rest"),),
        "price": price(order.price),
        "pay_by": moment(order.pay_by),
        "status": standing(order),
    }


def _what(turn: Turn, order: Order, server: Server | None) -> Text:
    values: dict[str, Value] = {"plan": _plan_name(turn, order), "machine": server.number if server else "–"}
    match order.kind:
        case OrderKind.RENEWAL:
            return Text("order-what-renewal", values)
        case OrderKind.PLAN:
            return Text("order-what-plan", values)
    return Text("order-what-server", values)


def actions(turn: Turn, order: Order) -> tuple[Choice, ...]:
    found: list[Choice] = []
    if order.paid_at is not None and order.status not in CALLED_OFF:
        found.append(Choice(f"server:{order.server}:show", Text("label-server-show")))
    if order.kind is OrderKind.SERVER and not order.running:
        found.append(order_choice(order, "again", Text("label-again")))
    return tuple(found)


async def pressed(turn: Turn, order: Order, action: str) -> Outcome | None:
    """Another machine of the same plan and place, from the system on, as far as that is still to be had."""
    if action != "again" or order.kind is not OrderKind.SERVER:
        return None
    server = await turn.records.get(Server, order.server)
    answers = {"plan": purchase_of(order).plan}
    return await go_on(aside(turn), FLOW, {**answers, "region": server.region} if server else answers)


async def cancel(turn: Turn, order: Order) -> Outcome:
    """The machine that was not made yet is given up, or has no such order in hand any more."""
    ended = move(order, OrderStatus.CANCELLED, what=WHAT, by=turn.person.id, now=turn.now)
    ended = replace(ended, due_at=None)
    server = await turn.records.get(Server, order.server)
    let_go = (_without(turn, server, order),) if server else ()
    told = reply(turn, Text("order-cancelled", {"number": order.number}), MENU)
    return told + Outcome(save=(ended, *let_go)) + await withdraw(turn, ended, what=WHAT)


def _without(turn: Turn, server: Server, order: Order) -> Server:
    if order.kind is OrderKind.SERVER and server.status is ServerStatus.ORDERED:
        server = move_server(server, ServerStatus.CANCELLED, what=WHAT, by=turn.person.id, now=turn.now)
    renewal = "" if server.renewal == order.id else server.renewal
    change = "" if server.change == order.id else server.change
    return scheduled(turn, replace(server, renewal=renewal, change=change))
