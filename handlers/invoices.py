"""What orders are documented by: a receipt of a session; a proforma of a machine's order, its invoice once it is paid.

An invoice's number is given in the commit of the payment, from one counter a year: a commit that fails has taken none,
so there are no gaps; money that is given back at once takes none.
"""

from typing import Literal

from msgspec.structs import replace

from domain.invoices import Invoice, Line, counter_name, numbered
from domain.messages import Media, MediaKind, Text, Value, moment, price
from domain.money import Money
from domain.orders import Order, OrderStatus
from domain.people import Counter
from domain.server_offer import Plan, Term, term_price
from domain.servers import Server
from handlers.flow import Outcome, Turn
from handlers.mails import mail
from handlers.notices import tell

Document = Literal["receipt", "invoice", "proforma", ""]

PAID_MAIL, PROFORMA_MAIL = 50, 51
"""Their numbers among the mails of a step, far from those of the kinds of orders."""


# --- what an order is made out for ---


def first_term(turn: Turn, plan: Plan, term: Term, currency: str) -> Invoice:
    """A machine for its first term. Raises LookupError where the plan has no price in that currency."""
    values: dict[str, Value] = {**_plan_values(plan), "months": term.months}
    return _made_out(turn, plan, term, currency, Text("invoice-line-term", values))


def another_term(turn: Turn, server: Server, plan: Plan, term: Term, currency: str) -> Invoice:
    """A renewal of a machine. Raises LookupError likewise."""
    values = {**_plan_values(plan), "months": term.months, "machine": server.number}
    return _made_out(turn, plan, term, currency, Text("invoice-line-renewal", values))


def larger_plan(turn: Turn, server: Server, old: Plan, new: Plan, difference: Money) -> Invoice:
    """A machine's larger plan for the rest of its term; `difference` is what it costs more, without tax."""
    values: dict[str, Value] = {
        **_plan_values(new),
        "old": old.name,
        "machine": server.number,
        "until": moment(server.expires_at, "day") if server.expires_at else "",
    }
    return Invoice(lines=(Line(Text("invoice-line-plan", values), difference),), tax_rate=turn.places.tax)


def _plan_values(plan: Plan) -> dict[str, Value]:
    return {"plan": plan.name, "cpus": plan.cpus, "memory": plan.memory_gb, "disk": plan.disk_gb}


def _made_out(turn: Turn, plan: Plan, term: Term, currency: str, text: Text) -> Invoice:
    full, asked = term_price(plan, Term(term.months, 0), currency), term_price(plan, term, currency)
    lines = [Line(text, full)]
    if asked != full:
        lines.append(Line(Text("invoice-line-discount", {"percent": term.discount}), asked - full))
    return Invoice(lines=tuple(lines), tax_rate=turn.places.tax)


async def numbered_invoice(turn: Turn, order: Order) -> tuple[Order, Outcome]:
    """The order, not saved, with its invoice's number, for the commit of its payment; nothing where it has one, or is
    not made out for one.
    """
    if order.purchase is None or order.purchase.invoice.number:
        return order, Outcome()
    zone = turn.places.zone
    name = counter_name(turn.now, zone)
    counter = await turn.records.get(Counter, name) or Counter(id=name)
    counter = replace(counter, value=counter.value + 1)
    invoice = numbered(order.purchase.invoice, counter.value, at=turn.now, zone=zone)
    return replace(order, purchase=replace(order.purchase, invoice=invoice)), Outcome(save=(counter,))


# --- the documents ---


def receipt_of(order: Order) -> Document:
    return "receipt" if order.paid_at else ""


def invoice_of(order: Order) -> Document:
    """A proforma as long as it can be paid; none of what was never to be had."""
    if order.purchase is None:
        return ""
    if order.purchase.invoice.number:
        return "invoice"
    return "proforma" if order.status is OrderStatus.OPEN and order.paid_at is None else ""


def file_of(order: Order, document: Document) -> Media:
    """As the order stands when it is sent (`bot/documents.py`)."""
    return Media(
        kind=MediaKind.DOCUMENT,
        channel="documents",
        ref=_ref(order, document),
        mime="application/pdf",
        name=f"{document}-{order.number}.pdf",
    )


def _ref(order: Order, document: Document) -> str:
    return f"{'receipt' if document == 'receipt' else 'invoice'}/{order.id}"


def _values(order: Order) -> dict[str, Value]:
    return {
        "number": order.number,
        "amount": price(order.price),
        "invoice": order.purchase.invoice.number if order.purchase else "",
    }


async def proforma(turn: Turn, order: Order) -> Outcome:
    """The proforma of an order that was just made, in chat and by mail: for whoever makes one."""
    values = {**_values(order), "pay_by": moment(order.pay_by)}
    return _mailed(turn, order, PROFORMA_MAIL, Text("mail-proforma", values), "proforma") + await tell(
        turn, order, Text("order-proforma", values), media=file_of(order, "proforma")
    )


async def papers(turn: Turn, order: Order, document: Document) -> Outcome:
    """The customer hears that their money came, and gets the receipt or the invoice, in chat and by mail."""
    values = {**_values(order), "at": moment(turn.now)}
    receipt = document == "receipt"
    mail_text = Text("mail-receipt" if receipt else "mail-invoice", values)
    paper = Text("pay-receipt" if receipt else "pay-invoice", values)
    # The words by themselves: they must not wait for a document, nor be lost with it.
    return (
        _mailed(turn, order, PAID_MAIL, mail_text, document)
        + await tell(turn, order, Text("pay-received", values))
        + await tell(turn, order, paper, media=file_of(order, document))
    )


def _mailed(turn: Turn, order: Order, number: int, text: Text, document: Document) -> Outcome:
    effects = mail(
        turn,
        number,
        to=order.email,
        text=text,
        language=order.language,
        zone=order.zone,
        record=order.id,
        attach=(_ref(order, document),),
    )
    return Outcome(effects=effects)
