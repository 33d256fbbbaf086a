"""An order's invoice in words: the proforma as long as it is to be paid, the invoice once it has its number, also
after the money went back. As the order stands, in the language it was made in.
"""

from datetime import datetime
from functools import partial
from typing import Literal

from msgspec import Struct

from bot.wording import Texts
from domain.invoices import Invoice
from domain.messages import Text, Value, literal, moment, price
from domain.money import Money
from domain.orders import Order, OrderStatus
from domain.payments import Payment, Refund, RefundStatus


class Seller(Struct, frozen=True, kw_only=True):
    """Who sends invoices, as the law wants them named. `name` empty: the name in the texts."""

    name: str = ""
    tax_id: str = ""
    address: str = ""


class Paper(Struct, frozen=True, kw_only=True):
    """`payment` is the one that paid; `refund` what is wanted back of it. None: there is none."""

    order: Order
    invoice: Invoice
    payment: Payment | None
    refund: Refund | None

    @property
    def state(self) -> Literal["due", "paid", "refunded"]:
        if self.refunded_at:
            return "refunded"
        return "paid" if self.invoice.number else "due"

    @property
    def refunded_at(self) -> datetime | None:
        given = self.refund is not None and self.refund.status is RefundStatus.DONE
        return self.refund.history[-1].at if self.refund and given else None


def invoice_pdf(texts: Texts, seller: Seller, paper: Paper) -> bytes:
    from services.documents import invoice as sheet  # what draws it is large

    order, invoice = paper.order, paper.invoice
    say = partial(texts.words, language=order.language, zone=order.zone)
    amount = partial(texts.value, language=order.language, zone=order.zone)
    due = paper.state == "due"
    tax_id = say(Text("paper-tax-id", {"id": seller.tax_id})) if seller.tax_id else ""
    return sheet.invoice_pdf(
        sheet.Invoice(
            language=order.language,
            seller=(seller.name or say(Text("receipt-business")), seller.address, tax_id),
            title=say(Text("paper-title-proforma" if due else "paper-title")),
            facts=tuple((say(label), say(value)) for label, value in _facts(paper)),
            customer_label=say(Text("paper-to")),
            customer=(order.name, order.email),
            columns=(say(Text("paper-what")), say(Text("paper-amount"))),
            lines=tuple((say(line.text), amount(price(line.amount))) for line in invoice.lines),
            sums=tuple((say(label), amount(price(sum_))) for label, sum_ in _sums(invoice)),
            total=(say(Text("paper-due" if due else "paper-total")), amount(price(invoice.total))),
            stamp=say(_stamp(paper)),
            state=paper.state,
            notes=tuple(say(note) for note in _notes(paper)),
            footer=say(Text("paper-footer")),
            dated=invoice.issued_at or order.made_at,
        )
    )


def file_name(paper: Paper) -> Text:
    values: dict[str, Value] = {"number": paper.order.number, "invoice": paper.invoice.number.replace("/", "-")}
    return Text("invoice-file" if paper.invoice.number else "proforma-file", values)


def _facts(paper: Paper) -> list[tuple[Text, Text]]:
    order, invoice = paper.order, paper.invoice
    number = Text("paper-order-number", {"number": order.number})
    if invoice.number and invoice.issued_at:
        first = [
            (Text("paper-number"), literal(invoice.number)),
            (Text("paper-date"), _at(invoice.issued_at, "day")),
        ]
        return [*first, (Text("paper-order"), number)]
    return [
        (Text("paper-order"), number),
        (Text("paper-date"), _at(order.made_at, "day")),
        (Text("paper-pay-by"), _at(order.pay_by)),
    ]


def _at(at: datetime, style: str = "full") -> Text:
    return Text("paper-at", {"at": moment(at, style)})


def _sums(invoice: Invoice) -> list[tuple[Text, Money]]:
    taxed = [(Text("paper-net"), invoice.net), (Text("paper-tax", {"rate": invoice.tax_percent}), invoice.tax)]
    return taxed if invoice.tax_rate else []


def _stamp(paper: Paper) -> Text:
    if paper.refund and paper.refunded_at:
        whole = paper.refund.amount == paper.invoice.total
        values: dict[str, Value] = {"at": moment(paper.refunded_at, "day")}
        return Text("paper-stamp-refunded" if whole else "paper-stamp-part", values)
    return Text("paper-stamp-paid" if paper.invoice.number else "paper-stamp-proforma")


def _notes(paper: Paper) -> list[Text]:
    order, payment, refund = paper.order, paper.payment, paper.refund
    if paper.state == "due":
        payable = order.status is OrderStatus.OPEN and order.paid_at is None
        due = Text("paper-note-due", {"pay_by": moment(order.pay_by)}) if payable else Text("paper-note-closed")
        return [due, Text("paper-note-proforma")]
    notes: list[Text] = []
    if order.paid_at and payment:
        values: dict[str, Value] = {
            "at": moment(order.paid_at),
            "provider": payment.provider.capitalize(),
            "payment": payment.id,
        }
        notes.append(Text("paper-note-paid", values))
    if refund and paper.refunded_at:
        notes.append(Text("paper-note-refunded", {"amount": price(refund.amount), "at": moment(paper.refunded_at)}))
    return notes
