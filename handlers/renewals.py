"""Renewing a machine: another term of it, ordered by its owner, paid, and added to what it has, once."""

from msgspec.structs import replace

from domain.messages import Choice, Text, Value, moment, price
from domain.orders import Order, OrderKind, OrderStatus, Purchase, delivered, move
from domain.server_actions import Action, ActionKind
from domain.server_offer import Term
from domain.servers import OVER, Server, ServerStatus, end_of_term, renewed
from domain.servers import move as move_server
from domain.servers import note as note_server
from handlers.flow import Outcome, Turn
from handlers.invoices import another_term
from handlers.server_actions import settle
from handlers.server_buying import (
    Sale,
    ask_way,
    cost,
    make_order,
    not_offered,
    open_order,
    paid_change,
    pay_choices,
    sale_of,
)
from handlers.server_orders import purchase_of
from handlers.server_telling import said_of, scheduled, server_choice, tell_owner
from handlers.telling import reply

ACTION = "renew"


async def renew_pressed(turn: Turn, server: Server, action: str) -> Outcome | None:
    """Its owner pressed `renew`, `renew:<months>` or `renew:<months>:<provider>`; None for anything else."""
    name, _, more = action.partition(":")
    months, _, provider = more.partition(":")
    if name != ACTION:
        return None
    return await renew(turn, server, int(months), provider) if months.isdecimal() else await offer_terms(turn, server)


async def offer_terms(turn: Turn, server: Server) -> Outcome:
    """The terms to choose from, with their prices; and the order that is open, if there is one."""
    sale = await _sale(turn, server)
    if isinstance(sale, Outcome):
        return sale
    order = await open_order(turn, server)
    if order is not None and order.kind is OrderKind.RENEWAL and turn.now < order.pay_by:
        return await _open(turn, server, order, sale)
    over = "yes" if server.expires_at and server.expires_at <= turn.now else "no"
    text = await said_of(turn, server, "server-renew-terms", over=over, terms=_terms(turn, server, sale))
    return reply(turn, text, *_choices(turn, server))


async def renew(turn: Turn, server: Server, months: int, provider: str) -> Outcome:
    """An order for another term, with a link to pay by; the same once more where it is open already. `provider` empty:
    asked where there are several ways to pay.
    """
    sale = await _sale(turn, server)
    if isinstance(sale, Outcome):
        return sale
    offer = turn.catalog.servers
    term = offer.term(months) if offer else None
    if term is None:
        return await offer_terms(turn, server)
    order = await open_order(turn, server)
    if order is not None and purchase_of(order).months == months and turn.now < order.pay_by:
        return await _open(turn, server, order, sale)
    invoice = another_term(turn, server, sale.plan, term, sale.currency)
    way = await ask_way(turn, server, invoice, f"{ACTION}:{months}", provider)
    if isinstance(way, Outcome):
        return way
    purchase = Purchase(plan=server.plan, months=months, period=server.periods + 1, invoice=invoice)
    values: dict[str, Value] = {"cost": cost(invoice), "months": months, "until": _until(turn, server, term)}
    text = await said_of(turn, server, "server-renew-ordered", **values)
    return await make_order(turn, server, OrderKind.RENEWAL, purchase, way, text=text)


async def _sale(turn: Turn, server: Server) -> Sale | Outcome:
    """What it costs, or why it cannot be renewed."""
    if not server.held:
        return reply(turn, await said_of(turn, server, "server-renew-not"))
    if await paid_change(turn, server):
        return reply(turn, await said_of(turn, server, "server-renew-busy"))
    return await sale_of(turn, server) or await not_offered(turn, server)


async def _open(turn: Turn, server: Server, order: Order, sale: Sale) -> Outcome:
    values: dict[str, Value] = {
        "order": order.number,
        "months": purchase_of(order).months,
        "total": price(order.price),
        "pay_by": moment(order.pay_by),
        "terms": _terms(turn, server, sale),
    }
    others = _choices(turn, server, without=purchase_of(order).months)
    text = await said_of(turn, server, "server-renew-open", **values)
    return reply(turn, text, *await pay_choices(turn, order), *others)


def _until(turn: Turn, server: Server, term: Term) -> Value:
    return moment(end_of_term(max(server.expires_at or turn.now, turn.now), term.months, server.zone), "day")


def _terms(turn: Turn, server: Server, sale: Sale) -> tuple[Text, ...]:
    offer = turn.catalog.servers
    return tuple(
        Text(
            "server-renew-term",
            {
                "cost": cost(another_term(turn, server, sale.plan, term, sale.currency)),
                "months": term.months,
                "until": _until(turn, server, term),
            },
        )
        for term in (offer.terms if offer else ())
    )


def _choices(turn: Turn, server: Server, *, without: int = 0) -> tuple[Choice, ...]:
    offer = turn.catalog.servers
    return tuple(
        server_choice(server, f"{ACTION}:{term.months}", Text("label-server-months", {"months": term.months}))
        for term in (offer.terms if offer else ())
        if term.months != without
    )


# --- paid ---


async def paid(turn: Turn, order: Order) -> tuple[Order, Outcome]:
    """The term is added, and a machine that is suspended is switched on. Where it is past its destruction, or the term
    is not to be had any more, the order comes back cancelled and its customer is told why.
    """
    server = await turn.records.get(Server, order.server)
    why = await _refusal(turn, server, order)
    if server is None or why:
        ended = move(order, OrderStatus.CANCELLED, what=f"paid, and not to be had: {why}", by="", now=turn.now)
        told = await _told(turn, server, order, why, "mail-server-renew-refused", why=why) if server else Outcome()
        return replace(ended, due_at=None), told
    in_hand = await turn.records.get(Action, server.action) if server.action else None
    server = replace(renewed(server, purchase_of(order).months, turn.now), renewal="")
    what = f"renewed by {order.id}"
    if server.status is ServerStatus.ACTIVE:
        server = note_server(server, what=what, by=order.customer, now=turn.now)
    else:
        server = move_server(server, ServerStatus.ACTIVE, what=what, by=order.customer, now=turn.now)
    server, settled = await settle(turn, server)
    is_off = server.off == "us" or (in_hand is not None and in_hand.kind is ActionKind.SUSPEND)
    key = "server-renewed-off" if is_off else "server-renewed"
    done = move(order, OrderStatus.DONE, what="the term was added", by="", now=turn.now)
    outcome = Outcome(save=(scheduled(turn, server), delivered(order, now=turn.now))) + settled
    return replace(done, due_at=None), outcome + await _told(turn, server, order, key, "mail-server-renewed")


async def _refusal(turn: Turn, server: Server | None, order: Order) -> str:
    """The text that says why the term cannot be added; empty: it can."""
    if server is None or server.destroy_at is not None or server.status in OVER:
        return "server-renew-too-late"
    purchase = purchase_of(order)
    if purchase.period != server.periods + 1:
        return "server-renew-twice"
    if not server.held or purchase.plan != server.plan or await paid_change(turn, server):
        return "server-renew-changed"
    return ""


async def reopen(turn: Turn, order: Order) -> tuple[Order, Outcome] | None:
    """Paid late: the same term can be had as long as no other order has it, or is open for it."""
    server = await turn.records.get(Server, order.server)
    if server is None or await _refusal(turn, server, order):
        return None
    other = await turn.records.get(Order, server.renewal) if server.renewal not in ("", order.id) else None
    if other is not None and other.status is OrderStatus.OPEN:
        return None
    return move(
        order, OrderStatus.OPEN, what="paid late, and the term is still to be had", by="", now=turn.now
    ), Outcome()


async def due(turn: Turn, order: Order) -> Outcome:
    """Not paid in time."""
    if order.status is not OrderStatus.OPEN or order.paid_at is not None or turn.now < order.pay_by:
        return Outcome()
    expired = move(order, OrderStatus.EXPIRED, what="not paid in time", by="time", now=turn.now)
    outcome = Outcome(save=(replace(expired, due_at=None),))
    server = await turn.records.get(Server, order.server)
    if server is None or server.renewal != order.id:
        return outcome
    server = scheduled(turn, replace(server, renewal=""))
    again = (server_choice(server, ACTION, Text("label-server-renew")),) if server.held else ()
    text = await said_of(turn, server, "server-renew-expired", order=order.number)
    return outcome + Outcome(save=(server,)) + await tell_owner(turn, server, text, *again)


async def _told(turn: Turn, server: Server, order: Order, key: str, mail_key: str, **more: Value) -> Outcome:
    text = await said_of(turn, server, key, order=order.number)
    return await tell_owner(turn, server, text, mail=await said_of(turn, server, mail_key, order=order.number, **more))


# --- switched on again ---


async def resumed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    said = await said_of(turn, server, "server-resumed")
    return server, await tell_owner(turn, server, said, mail=await said_of(turn, server, "mail-server-resumed"))


async def not_resumed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """Ops have been told: what was paid for is not there yet."""
    if server.failed != action.id or action.tries > 1:
        return server, Outcome()
    said = await said_of(turn, server, "server-not-resumed")
    return server, await tell_owner(turn, server, said, mail=await said_of(turn, server, "mail-server-not-resumed"))
