"""An order of a machine, made of what was agreed to: the machine with its place in the stock, what it costs, and the
first link to pay by.
"""

from msgspec import Struct
from msgspec.structs import replace

from domain.invoices import Invoice
from domain.localized import words
from domain.messages import Say, Text, Value, moment, price
from domain.orders import Order, OrderKind, Purchase, note
from domain.people import Counter
from domain.server_offer import Image, Plan, Region, ServerRules, Term
from domain.servers import Server, server_id, shelf
from domain.servers import note as note_server
from handlers.care import ORDERS
from handlers.flow import Outcome, Turn, edited_message
from handlers.invoices import first_term, proforma
from handlers.menu import MENU
from handlers.paying import attempt
from handlers.server_telling import about
from handlers.times import zone_of


class Wanted(Struct, frozen=True, kw_only=True):
    """What was agreed to. `ssh_key` empty: it is entered by a one-time password."""

    plan: Plan
    region: Region
    image: Image
    term: Term
    currency: str
    ssh_key: str
    hostname: str
    email: str


# --- what it costs ---


def invoice_for(turn: Turn, wanted: Wanted) -> Invoice:
    """Raises LookupError where the plan has no price in that currency."""
    return first_term(turn, wanted.plan, wanted.term, wanted.currency)


def invoice_lines(invoice: Invoice) -> tuple[Text, ...]:
    """As a text's value: the positions, the tax where there is one, and the total."""
    lines = [Text("vm-invoice-line", {"what": (line.text,), "amount": price(line.amount)}) for line in invoice.lines]
    if invoice.tax_rate:
        taxed: dict[str, Value] = {"rate": invoice.tax_percent, "amount": price(invoice.tax)}
        lines.append(Text("vm-invoice-net", {"amount": price(invoice.net)}))
        lines.append(Text("vm-invoice-tax", taxed))
    return (*lines, Text("vm-invoice-total", {"amount": price(invoice.total)}))


# --- the order ---


async def make_server(turn: Turn, wanted: Wanted, *, slot: int, rules: ServerRules, provider: str) -> Outcome:
    """`slot` is the place in the stock that it takes, `provider` who is to be paid by."""
    counter = await turn.records.get(Counter, "orders") or Counter(id="orders")
    counter = replace(counter, value=counter.value + 1)
    invoice = invoice_for(turn, wanted)
    server = _server(turn, wanted, counter.value, slot)
    pay_by = turn.now + rules.pay_within
    order = Order(
        id=server.order,
        number=counter.value,
        kind=OrderKind.SERVER,
        customer=server.customer,
        name=server.name,
        email=server.email,
        language=server.language,
        zone=server.zone,
        price=invoice.total,
        made_at=turn.now,
        pay_by=pay_by,
        server=server.id,
        purchase=Purchase(plan=wanted.plan.id, months=wanted.term.months, period=1, invoice=invoice),
        due_at=pay_by,
    )
    order, paying = await attempt(turn, note(order, what="made", by=turn.person.id, now=turn.now), provider)
    told = _told(turn, order, server) + await proforma(turn, order)
    return Outcome(save=(counter, order, server)) + told + paying


def _server(turn: Turn, wanted: Wanted, number: int, slot: int) -> Server:
    name = server_id(number, turn.now)
    server = Server(
        id=name,
        number=number,
        customer=turn.conversation.id,
        name=turn.person.name,
        email=wanted.email,
        language=turn.language,
        zone=zone_of(turn).key,
        order=f"order-{number}",
        plan=wanted.plan.id,
        region=wanted.region.id,
        image=wanted.image.id,
        shelf=shelf(wanted.plan.id, wanted.region.id),
        slot=slot,
        hostname=wanted.hostname,
        user=wanted.image.user,
        ssh_key=wanted.ssh_key,
        secret="" if wanted.ssh_key else name,
        since=turn.now,
        provider=wanted.region.provider,
        made_at=turn.now,
    )
    return note_server(server, what="ordered", by=turn.person.id, now=turn.now)


def _told(turn: Turn, order: Order, server: Server) -> Outcome:
    choices = (ORDERS, MENU)
    values: dict[str, Value] = {
        **about(turn, server, turn.language),
        "invoice": invoice_lines(order.purchase.invoice) if order.purchase else (),
        "pay_by": moment(order.pay_by),
    }
    return Outcome(
        say=(Say(text=Text("vm-ordered", values), choices=choices, edit=edited_message(turn)),),
        conversation=replace(turn.conversation, shown=choices),
    )


def specification(turn: Turn, wanted: Wanted) -> dict[str, Value]:
    """What is wanted, as values of a text."""
    plan = wanted.plan
    return {
        "plan": plan.name,
        "cpus": plan.cpus,
        "memory": plan.memory_gb,
        "disk": plan.disk_gb,
        "traffic": plan.traffic_tb,
        "region": words(wanted.region.name, turn.language),
        "image": wanted.image.name,
        "months": wanted.term.months,
        "hostname": wanted.hostname,
        "email": wanted.email,
    }
