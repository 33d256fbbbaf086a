"""A larger plan for a machine: ordered by its owner, paid by the day for the rest of the term, and then made so."""

from datetime import timedelta

from msgspec.structs import replace

from domain.invoices import Invoice
from domain.messages import Text, Value, literal, price
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Purchase, delivered, move
from domain.payments import Payment
from domain.server_actions import Action, ActionKind
from domain.server_offer import Plan
from domain.servers import Server, ServerStatus, days_left, shelf
from domain.servers import note as note_server
from domain.stock import free_place
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.invoices import larger_plan
from handlers.refunds import give_back
from handlers.server_actions import begin, drop, ops_choice
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
from handlers.server_decisions import answer
from handlers.server_orders import purchase_of
from handlers.server_stock import held_places
from handlers.server_telling import about, said_of, scheduled, server_choice, tell_owner
from handlers.telling import reply

ACTION = "plan"
MONTH = 30
"""Days, by which the price of a month is divided (the business)."""
PAUSE = timedelta(minutes=5)
"""Until one that is paid and not done is looked at again."""
PAID = "paid"
KEEP = "keep"


async def plan_pressed(turn: Turn, server: Server, action: str) -> Outcome | None:
    """Its owner pressed `plan`, `plan:<plan>` or `plan:<plan>:<provider>`; None for anything else."""
    name, _, more = action.partition(":")
    plan, _, provider = more.partition(":")
    if name != ACTION:
        return None
    return await change_plan(turn, server, plan, provider) if plan else await offer_plans(turn, server)


async def offer_plans(turn: Turn, server: Server) -> Outcome:
    """The larger ones that can be had, with what they cost for the rest of the term."""
    sale = await _sale(turn, server)
    if isinstance(sale, Outcome):
        return sale
    plans = [plan for plan in _larger(turn, sale) if await _free(turn, plan, sale) is not None]
    if not plans:
        return reply(turn, await said_of(turn, server, "server-plan-none"))
    text = await said_of(turn, server, "server-plans", plans=tuple(_line(turn, server, sale, plan) for plan in plans))
    choices = (server_choice(server, f"{ACTION}:{plan.id}", literal(plan.name)) for plan in plans)
    return reply(turn, text, *choices)


async def change_plan(turn: Turn, server: Server, plan_id: str, provider: str) -> Outcome:
    """An order for it, with a link to pay by; the same once more where it is open already."""
    sale = await _sale(turn, server)
    if isinstance(sale, Outcome):
        return sale
    plan = next((each for each in _larger(turn, sale) if each.id == plan_id), None)
    order = await open_order(turn, server)
    if plan and order and purchase_of(order).plan == plan.id and order.kind is OrderKind.PLAN:
        return await _open(turn, server, order, plan)
    slot = await _free(turn, plan, sale) if plan else None
    if plan is None or slot is None:
        return await offer_plans(turn, server)
    invoice = _invoice(turn, server, sale, plan)
    way = await ask_way(turn, server, invoice, f"{ACTION}:{plan.id}", provider)
    if isinstance(way, Outcome):
        return way
    purchase = Purchase(plan=plan.id, months=0, period=0, invoice=invoice, until=server.expires_at)
    text = await said_of(turn, server, "server-plan-ordered", cost=cost(invoice), new=plan.name)
    place = shelf(plan.id, server.region)
    return await make_order(turn, server, OrderKind.PLAN, purchase, way, text=text, shelf=place, slot=slot)


async def _sale(turn: Turn, server: Server) -> Sale | Outcome:
    """What it is today, or why it cannot be changed."""
    why = await _refusal(turn, server)
    if not why and not days_left(server, turn.now):
        why = "last-day"
    if why:
        return reply(turn, await said_of(turn, server, "server-plan-not", why=why))
    return await sale_of(turn, server) or await not_offered(turn, server)


async def _refusal(turn: Turn, server: Server) -> str:
    """Why it cannot be changed now; empty: it can."""
    if server.status is not ServerStatus.ACTIVE or server.expires_at is None or server.expires_at <= turn.now:
        return "expired" if server.held else "gone"
    if server.action or server.failed or await paid_change(turn, server):
        return "busy"
    return ""


def _larger(turn: Turn, sale: Sale) -> tuple[Plan, ...]:
    """What costs more in the same region, with no smaller disk: one is never shrunk."""
    offer, now = turn.catalog.servers, sale.plan.price(sale.currency)
    return tuple(
        plan
        for plan in (offer.plans if offer else ())
        if plan.id in sale.region.sizes
        and plan.disk_gb >= sale.plan.disk_gb
        and now
        and (month := plan.price(sale.currency))
        and month.amount > now.amount
    )


async def _free(turn: Turn, plan: Plan, sale: Sale) -> int | None:
    """The place in the stock that the machine would take; None where it is sold out."""
    held = await held_places(turn, shelf(plan.id, sale.region.id))
    return free_place(held, sale.region.stock.get(plan.id, 0))


def by_the_day(old: Money, new: Money, days: int) -> Money:
    """What a month's price is more, for so many days; rounded up to the minor unit."""
    more = new - old
    return Money(-(-more.amount * days // MONTH), more.currency)


def _invoice(turn: Turn, server: Server, sale: Sale, plan: Plan) -> Invoice:
    """Raises LookupError where one of the plans has no price in the currency."""
    old, new = sale.plan.price(sale.currency), plan.price(sale.currency)
    if old is None or new is None:
        raise LookupError(f"no price in {sale.currency}")
    return larger_plan(turn, server, sale.plan, plan, by_the_day(old, new, days_left(server, turn.now)))


def _line(turn: Turn, server: Server, sale: Sale, plan: Plan) -> Text:
    values: dict[str, Value] = {
        "cost": cost(_invoice(turn, server, sale, plan)),
        "plan": plan.name,
        "cpus": plan.cpus,
        "memory": plan.memory_gb,
        "disk": plan.disk_gb,
        "month": price(plan.price(sale.currency) or Money(0, sale.currency)),
    }
    return Text("server-plan-line", values)


async def _open(turn: Turn, server: Server, order: Order, plan: Plan) -> Outcome:
    values: dict[str, Value] = {"order": order.number, "new": plan.name, "total": price(order.price)}
    return reply(turn, await said_of(turn, server, "server-plan-open", **values), *await pay_choices(turn, order))


# --- paid ---


async def paid(turn: Turn, order: Order) -> tuple[Order, Outcome]:
    """The change is begun, or waits for what is being done to the machine. Where it has expired, was renewed or changed
    meanwhile, the order comes back cancelled and its customer is told.
    """
    server = await turn.records.get(Server, order.server)
    if server is None or not _is_as_ordered(turn, server, order):
        ended = move(order, OrderStatus.CANCELLED, what="paid, and not to be had", by="", now=turn.now)
        refused = "server-plan-refused", "mail-server-plan-refused"
        return replace(ended, due_at=None), await _told(turn, server, order, *refused) if server else Outcome()
    server, order = replace(server, change=order.id), replace(order, due_at=turn.now + PAUSE)
    if server.action:
        said = await said_of(turn, server, "server-plan-waits", order=order.number)
        return order, Outcome(save=(scheduled(turn, server),)) + await tell_owner(turn, server, said)
    server, begun = begin(turn, server, ActionKind.RESIZE, by=PAID, plan=purchase_of(order).plan)
    said = await said_of(turn, server, "server-plan-begun", order=order.number)
    return order, begun + Outcome(save=(server,)) + await tell_owner(turn, server, said)


def _is_as_ordered(turn: Turn, server: Server, order: Order) -> bool:
    """Whether what was paid for can still be had: by the day until the end of the very term that it was ordered in."""
    running = server.status is ServerStatus.ACTIVE and server.expires_at is not None and turn.now < server.expires_at
    return running and not server.failed and server.expires_at == purchase_of(order).until


async def reopen(turn: Turn, order: Order) -> tuple[Order, Outcome] | None:
    """Paid late: where nothing has changed, and there is still a place for it."""
    server = await turn.records.get(Server, order.server)
    offer = turn.catalog.servers
    region = offer.region(server.region) if offer and server else None
    if server is None or region is None or not _is_as_ordered(turn, server, order):
        return None
    other = await turn.records.get(Order, server.change) if server.change else None
    if other is not None and other.status is OrderStatus.OPEN:
        return None
    slot = free_place(await held_places(turn, order.shelf), region.stock.get(purchase_of(order).plan, 0))
    if slot is None:
        return None
    order = move(order, OrderStatus.OPEN, what="paid late, and still to be had", by="", now=turn.now)
    return replace(order, slot=slot), Outcome()


async def due(turn: Turn, order: Order) -> Outcome:
    """Not paid in time; or paid, and what was in the way may be over."""
    if order.status is not OrderStatus.OPEN:
        return Outcome()
    if order.paid_at is not None:
        return await _again(turn, order)
    if turn.now < order.pay_by:
        return Outcome()
    expired = move(order, OrderStatus.EXPIRED, what="not paid in time", by="time", now=turn.now)
    outcome = Outcome(save=(replace(expired, due_at=None),))
    server = await turn.records.get(Server, order.server)
    if server is None or server.change != order.id:
        return outcome
    server = scheduled(turn, replace(server, change=""))
    text = await said_of(turn, server, "server-plan-expired", order=order.number)
    again = (server_choice(server, ACTION, Text("label-server-plan")),) if server.held else ()
    return outcome + Outcome(save=(server,)) + await tell_owner(turn, server, text, *again)


async def _again(turn: Turn, order: Order) -> Outcome:
    """As long as something is in hand or waits for ops it waits too; what was paid for is never left lying."""
    server = await turn.records.get(Server, order.server)
    if server is not None and server.held and (server.action or server.failed):
        return Outcome(save=(replace(order, due_at=turn.now + PAUSE),))
    order, outcome = await paid(turn, order)
    back = Outcome() if order.running else await _money_back(turn, order)
    return outcome + Outcome(save=(order,)) + back


async def _money_back(turn: Turn, order: Order) -> Outcome:
    payment = await turn.records.get(Payment, order.payment)
    return await give_back(turn, order, payment, 100, "plan not changed") if payment else Outcome()


async def _told(turn: Turn, server: Server, order: Order, key: str, mail_key: str, **more: Value) -> Outcome:
    text = await said_of(turn, server, key, order=order.number, **more)
    return await tell_owner(turn, server, text, mail=await said_of(turn, server, mail_key, order=order.number, **more))


# --- done, or not ---


async def changed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """The machine is larger: it takes the place in the stock that its order held."""
    order = await turn.records.get(Order, server.change)
    server = note_server(
        replace(server, plan=action.plan), what=f"changed to {action.plan}", by=action.by, now=turn.now
    )
    if order is None or order.status is not OrderStatus.OPEN:
        return server, Outcome()
    server = replace(server, shelf=order.shelf, slot=order.slot, change="")
    done = move(order, OrderStatus.DONE, what="the plan was changed", by="", now=turn.now)
    outcome = Outcome(save=(replace(done, due_at=None), delivered(order, now=turn.now)))
    return server, outcome + await _told(turn, server, order, "server-plan-changed", "mail-server-plan-changed")


async def not_changed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """Ops have been told, and may try it again; here they may also give the money back."""
    order = await turn.records.get(Order, server.change)
    if order is None or order.status is not OrderStatus.OPEN or server.failed != action.id:
        return server, Outcome()
    values: dict[str, Value] = {**about(turn, server, "id"), "order": order.number, "new": action.plan}
    back = ops_choice(server, KEEP, Text("label-server-keep-plan"))
    asked = Outcome(
        say=tuple(replace(say, choices=(back,)) for say in ops_alert(turn, Text("ops-server-not-changed", values)))
    )
    if action.tries > 1:
        return server, asked
    return server, asked + await _told(turn, server, order, "server-plan-not-yet", "mail-server-plan-not-yet")


async def keep_plan(turn: Turn, server: Server, more: str) -> Outcome | None:
    """Ops decide that it keeps its plan: what was paid for another goes back. None where there is nothing to decide."""
    order = await paid_change(turn, server)
    failed = await turn.records.get(Action, server.failed) if server.failed else None
    if order is None or failed is None or failed.kind is not ActionKind.RESIZE or server.action:
        return None
    ended = move(order, OrderStatus.CANCELLED, what="given up", by=turn.person.id, now=turn.now)
    ended = replace(ended, due_at=None)
    server, dropped = await drop(turn, replace(server, change=""), failed, what="given up")
    return (
        dropped
        + Outcome(save=(ended, server))
        + await _told(turn, server, order, "server-plan-given-up", "mail-server-plan-given-up")
        + await _money_back(turn, ended)
        + answer(turn, Text("ops-server-plan-kept", about(turn, server, "id")))
    )
