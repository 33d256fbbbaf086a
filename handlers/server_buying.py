"""What a renewal and a change of plan have in common: an order for a machine that is there, one open at a time."""

from msgspec import Struct
from msgspec.structs import replace

from domain.invoices import Invoice
from domain.messages import Choice, Text, Value, moment, price
from domain.orders import Order, OrderKind, OrderStatus, Purchase, move, note
from domain.payments import Payment, PaymentStatus
from domain.people import Counter
from domain.server_offer import Plan, Region, ServerRules
from domain.servers import Server
from domain.servers import note as note_server
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.invoices import proforma
from handlers.paying import attempt, options, way, withdraw
from handlers.server_telling import about, owner_of, said_of, scheduled, server_choice
from handlers.telling import order_choice, reply

AGENT = Choice("agent", Text("label-agent"))


class Sale(Struct, frozen=True, kw_only=True):
    """What a machine is, as the catalog offers it today, and the currency that its owner pays in."""

    plan: Plan
    region: Region
    rules: ServerRules
    currency: str


async def sale_of(turn: Turn, server: Server) -> Sale | None:
    """None where the catalog offers such a machine no longer, or nobody who could see to it is configured."""
    offer = turn.catalog.servers
    if offer is None or server.provider not in turn.places.servers:
        return None
    plan, region = offer.plan(server.plan), offer.region(server.region)
    currency = await _currency(turn, server) or next(iter(offer.currencies), "")
    if plan is None or region is None or plan.id not in region.sizes or plan.price(currency) is None:
        return None
    return Sale(plan=plan, region=region, rules=offer.rules, currency=currency)


async def _currency(turn: Turn, server: Server) -> str:
    """That of its first order; empty where that was so long ago that it is forgotten."""
    first = await turn.records.get(Order, server.order)
    return first.price.currency if first else ""


async def not_offered(turn: Turn, server: Server) -> Outcome:
    """The owner is told that it cannot be had now, ops that somebody wants it: once a period."""
    outcome = reply(turn, await said_of(turn, server, "server-not-offered"), AGENT)
    what = f"wanted and not offered: period {server.periods + 1}"
    if any(each.what == what for each in server.history):
        return outcome
    server = note_server(server, what=what, by=turn.person.id, now=turn.now)
    told = ops_alert(turn, Text("ops-server-not-offered", about(turn, server, "id")))
    return outcome + Outcome(save=(server,), say=told)


# --- the order that is open ---


async def open_order(turn: Turn, server: Server) -> Order | None:
    """The one that waits to be paid."""
    for order_id in (server.renewal, server.change):
        order = await turn.records.get(Order, order_id) if order_id else None
        if order is not None and order.status is OrderStatus.OPEN and order.paid_at is None:
            return order
    return None


async def paid_change(turn: Turn, server: Server) -> Order | None:
    """A change of its plan that is paid and not done yet."""
    order = await turn.records.get(Order, server.change) if server.change else None
    return order if order is not None and order.status is OrderStatus.OPEN and order.paid_at is not None else None


async def call_off(turn: Turn, order: Order, *, what: str) -> Outcome:
    """One that is not paid: its link is withdrawn."""
    ended = move(order, OrderStatus.CANCELLED, what=what, by=turn.person.id, now=turn.now)
    return Outcome(save=(replace(ended, due_at=None),)) + await withdraw(turn, order, what=what)


async def pay_choices(turn: Turn, order: Order) -> tuple[Choice, ...]:
    """Its link, where there is one by now, and a way to call it off."""
    payment = await turn.records.get(Payment, order.payment)
    if payment is not None and payment.status is PaymentStatus.OPEN:
        pay = Choice(f"order:{order.id}:pay", Text("label-pay"), url=payment.link)
    else:
        pay = order_choice(order, "link", Text("label-link"))
    return (pay, order_choice(order, "cancel", Text("label-pay-cancel")))


# --- a new one ---


async def ask_way(turn: Turn, server: Server, invoice: Invoice, action: str, provider: str) -> str | Outcome:
    """Who is to be paid by: `provider`, or the only one there is; else the question, whose answers are `action` with
    the provider's name behind it. Where there is none ops are told too.
    """
    ways = options(turn, invoice.total)
    if not ways:
        values: dict[str, Value] = {**about(turn, server, "id"), "price": price(invoice.total)}
        told = ops_alert(turn, Text("ops-server-cannot-pay", values))
        return reply(turn, await said_of(turn, server, "server-cannot-pay"), AGENT) + Outcome(say=told)
    if provider in (each.provider for each in ways):
        return provider
    if len(ways) == 1:
        return ways[0].provider
    choices = (server_choice(server, f"{action}:{each.provider}", way(each, invoice.total)) for each in ways)
    return reply(turn, await said_of(turn, server, "server-ask-way", cost=cost(invoice)), *choices)


def cost(invoice: Invoice) -> tuple[Text, ...]:
    """As a text's value: the total, and what of it is tax."""
    if not invoice.tax:
        return (Text("server-cost", {"total": price(invoice.total)}),)
    values: dict[str, Value] = {"total": price(invoice.total), "net": price(invoice.net), "tax": price(invoice.tax)}
    return (Text("server-cost-taxed", values),)


async def make_order(
    turn: Turn,
    server: Server,
    kind: OrderKind,
    purchase: Purchase,
    provider: str,
    *,
    text: Text,
    shelf: str = "",
    slot: int = 0,
) -> Outcome:
    """The order with its first link; another one that was open for the machine is called off. `text` says what was
    ordered: it is given the order's number and until when it can be paid.
    """
    earlier = await open_order(turn, server)
    outcome = await call_off(turn, earlier, what="another one instead") if earlier else Outcome()
    counter = await turn.records.get(Counter, "orders") or Counter(id="orders")
    counter = replace(counter, value=counter.value + 1)
    offer, owner = turn.catalog.servers, await owner_of(turn, server)
    if offer is None:
        raise ValueError("machines are not offered")
    pay_by = turn.now + offer.rules.pay_within
    order = Order(
        id=f"order-{counter.value}",
        number=counter.value,
        kind=kind,
        customer=server.customer,
        name=server.name,
        email=server.email,
        language=owner.language,
        zone=owner.zone,
        price=purchase.invoice.total,
        made_at=turn.now,
        pay_by=pay_by,
        server=server.id,
        purchase=purchase,
        shelf=shelf,
        slot=slot,
        due_at=pay_by,
    )
    order, paying = await attempt(turn, note(order, what="made", by=turn.person.id, now=turn.now), provider)
    renews = kind is OrderKind.RENEWAL
    server = replace(server, renewal=order.id if renews else "", change="" if renews else order.id)
    ordered: dict[str, Value] = {**text.values, "order": order.number, "pay_by": moment(pay_by)}
    return (
        outcome
        + Outcome(save=(counter, order, scheduled(turn, server)))
        + reply(turn, replace(text, values=ordered))
        + await proforma(turn, order)
        + paying
    )
