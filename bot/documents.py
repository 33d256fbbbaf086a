"""Documents made when they are asked for: a receipt or an invoice as PDF, an invitation as .ics, a picture of
measurements, all that is known of an error in the logs. They are kept nowhere.

Their names are `receipt/<order id>`, `invoice/<order id>`, `invite/<order id>`, `metrics/<server id>`,
`log/<fingerprint>` and `errors/<fingerprint>/<hour>`; in a chat they are media of the channel `documents`, in a mail
attachments.
"""

import asyncio
from datetime import datetime
from email.utils import parseaddr

from bot.channels.base import File, MediaNotNow, MediaUnavailable
from bot.invoice_documents import Paper, Seller, file_name, invoice_pdf
from bot.log_documents import log_file
from bot.log_pictures import LogPictures
from bot.server_pictures import ServerPictures
from bot.settings import Settings
from bot.wording import TextMissing, Texts
from domain.catalog import Catalog
from domain.localized import words
from domain.messages import Text, Value, moment, price
from domain.orders import Order, OrderStatus
from domain.payments import Payment, Refund, refund_id
from storage.base import Storage, StorageUnavailable

NOBODY = "noreply@localhost"


class Documents:
    def __init__(self, storage: Storage, texts: Texts, catalog: Catalog, settings: Settings) -> None:
        self._storage = storage
        self._texts = texts
        self._catalog = catalog
        self._sender = parseaddr(settings.mail_from)[1] or NOBODY
        self._seller = Seller(
            name=settings.business_name, tax_id=settings.business_tax_id, address=settings.business_address
        )
        self._pictures = ServerPictures(storage, texts)
        self._log_pictures = LogPictures(storage, texts, settings.time_zone)

    async def open(self, ref: str) -> File:
        """As its order stands now, in the language it was made in. Raises MediaUnavailable, MediaNotNow."""
        kind, _, order_id = ref.partition("/")
        try:
            if kind == "metrics":
                return await self._pictures.open(order_id)
            if kind == "log":
                return await log_file(self._storage, self._texts, order_id)
            if kind == "errors":
                return await self._log_pictures.open(order_id)
            order = await self._storage.get(Order, order_id)
            if order is None or not order.customer:
                raise MediaUnavailable("no such order, or its customer was forgotten")
            if kind == "receipt":
                return await self._receipt(order)
            if kind == "invoice":
                return await self._invoice(order)
            if kind == "invite":
                return await self._invite(order)
        except StorageUnavailable as problem:
            raise MediaNotNow("storage is away") from problem
        except TextMissing as problem:
            raise MediaUnavailable(f"not worded: {problem}") from problem
        raise MediaUnavailable(f"no document {kind!r}")

    # --- receipts ---

    async def _receipt(self, order: Order) -> File:
        payment = await self._storage.get(Payment, order.payment) if order.payment else None
        if order.paid_at is None or payment is None:
            raise MediaUnavailable("not paid")
        body = await asyncio.to_thread(self._pdf, order, payment, order.paid_at)
        return File(body, "application/pdf", self._say(order, Text("receipt-file", {"number": order.number})))

    def _pdf(self, order: Order, payment: Payment, paid_at: datetime) -> bytes:
        from services.documents.receipt import Receipt, receipt_pdf  # what draws it is large

        def said(text: Text) -> str:
            return self._say(order, text)

        rows = [
            (said(Text("receipt-from")), order.name),
            (said(Text("receipt-email")), order.email),
            (said(Text("receipt-for")), said(self._what(order))),
        ]
        if order.session is not None:
            rows.append((said(Text("receipt-when")), self._value(order, moment(order.session.starts_at))))
        rows += [
            (said(Text("receipt-paid-at")), self._value(order, moment(paid_at))),
            (said(Text("receipt-by")), payment.provider.capitalize()),
            (said(Text("receipt-reference")), payment.id),
        ]
        receipt = Receipt(
            language=order.language,
            business=said(Text("receipt-business")),
            title=said(Text("receipt-title")),
            number=said(Text("receipt-number", {"number": order.number})),
            rows=tuple(rows),
            amount_label=said(Text("receipt-amount")),
            amount=self._value(order, price(payment.amount)),
            paid=said(Text("receipt-paid")),
            footer=said(Text("receipt-footer")),
            paid_at=paid_at,
        )
        return receipt_pdf(receipt)

    def _what(self, order: Order) -> Text:
        if order.session is None:
            return Text("receipt-order", {"number": order.number})
        return Text("receipt-session", self._names(order))

    # --- invoices ---

    async def _invoice(self, order: Order) -> File:
        if order.purchase is None:
            raise MediaUnavailable("made out for a receipt")
        payment = await self._storage.get(Payment, order.payment) if order.payment else None
        refund = await self._storage.get(Refund, refund_id(payment)) if payment else None
        paper = Paper(order=order, invoice=order.purchase.invoice, payment=payment, refund=refund)
        body = await asyncio.to_thread(invoice_pdf, self._texts, self._seller, paper)
        return File(body, "application/pdf", self._say(order, file_name(paper)))

    # --- invitations ---

    async def _invite(self, order: Order) -> File:
        """One event for ever: a moved session is its next revision, a cancelled one takes it back."""
        from services.documents.invite import MIME, Invite, Method, invite_ics

        session = order.session
        if session is None or order.status is OrderStatus.OPEN:
            raise MediaUnavailable("nobody is invited to it yet")
        cancelled = order.status in (OrderStatus.CANCELLED, OrderStatus.DECLINED, OrderStatus.EXPIRED)
        names = self._names(order)
        mentor = self._catalog.mentoring.mentor(session.mentor) if self._catalog.mentoring else None
        people = [(order.name, order.email), (str(names["mentor"]), mentor.email if mentor else "")]
        values = {**names, "number": order.number, "room": session.room or "–"}
        ics = invite_ics(
            Invite(
                method=Method.CANCEL if cancelled else Method.REQUEST,
                uid=f"{order.id}@{self._sender.rpartition('@')[2]}",
                sequence=session.revision + cancelled,
                title=self._say(order, Text("invite-title", names)),
                description=self._say(order, Text("invite-description", values)),
                room=session.room,
                starts_at=session.starts_at,
                ends_at=session.ends_at,
                zone=order.zone,
                made_at=order.history[-1].at if order.history else order.made_at,
                organizer=(self._say(order, Text("receipt-business")), self._sender),
                attendees=tuple((name, address) for name, address in people if address),
            )
        )
        mime = MIME.format(method="CANCEL" if cancelled else "REQUEST")
        return File(ics, mime, self._say(order, Text("invite-file", {"number": order.number})))

    # --- words ---

    def _names(self, order: Order) -> dict[str, Value]:
        """Of the subject and the mentor, also where the catalog no longer has them."""
        session, offered = order.session, self._catalog.mentoring
        if session is None:
            return {}
        subject = offered.subject(session.subject) if offered else None
        mentor = offered.mentor(session.mentor) if offered else None
        return {
            "subject": words(subject.name, order.language) if subject else session.subject,
            "mentor": mentor.name if mentor else session.mentor,
        }

    def _say(self, order: Order, text: Text) -> str:
        return self._texts.words(text, order.language, order.zone)

    def _value(self, order: Order, value: Value) -> str:
        return self._texts.value(value, order.language, order.zone)
