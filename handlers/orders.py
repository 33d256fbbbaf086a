"""A customer's own orders, of whatever kind: the list, one of them, and what can be done with it. Its buttons work
whatever was shown since; each press is answered by how the order stands now.
"""

from domain.messages import Choice, Say, Text, Value, moment, price
from domain.orders import Order, OrderStatus
from domain.payments import Payment, PaymentStatus
from handlers.care import ORDERING, ORDERS
from handlers.flow import Outcome, Turn
from handlers.invoices import file_of
from handlers.menu import MENU
from handlers.order_kinds import KINDS
from handlers.paying import attempt, options, way
from handlers.telling import order_choice, reply

MOST = 500
SHOWN = 8


async def show(turn: Turn, first: int = 0) -> Outcome:
    """The person's orders from the nth on: what runs before what is over, the newest first."""
    found = await turn.records.find(Order, customer=turn.person.id, limit=MOST)
    if not found:
        return reply(turn, Text("orders-none"), ORDERING, MENU)
    newest = sorted(found, key=lambda order: (not order.running, -order.number))
    first = first if 0 <= first < len(newest) else 0
    page = newest[first : first + SHOWN]
    lines = [order_choice(order, "show", await KINDS[order.kind].line(turn, order)) for order in page]
    values: dict[str, Value] = {"first": first + 1, "last": first + len(page), "count": len(newest)}
    return reply(turn, Text("orders-list", values), *lines, *_pages(first, len(newest)), MENU)


def _pages(first: int, count: int) -> tuple[Choice, ...]:
    before = (Choice(f"orders:page:{first - SHOWN}", Text("label-page-before")),) if first else ()
    after = first + SHOWN
    return (*before, *((Choice(f"orders:page:{after}", Text("label-page-after")),) if after < count else ()))


async def page_pressed(turn: Turn, what: str, first: str) -> Outcome:
    """A button `orders:page:<first>`."""
    return await show(turn, int(first) if first.isdecimal() else 0)


async def pressed(turn: Turn, order_id: str, action: str) -> Outcome:
    """A button `order:<id>:<action>`. Who is not the order's customer learns nothing of it."""
    order = await turn.records.get(Order, order_id)
    if order is None or order.customer != turn.person.id:
        return reply(turn, Text("order-unknown"), ORDERS, MENU)
    return await _done(turn, order, action) or await _detail(turn, order)


async def _done(turn: Turn, order: Order, action: str) -> Outcome | None:
    name, _, more = action.partition(":")
    match name:
        case "link":
            return await _link(turn, order)
        case "other":
            return await _other_way(turn, order, more)
        case "cancel" if _is_unpaid(order) and not more:
            return _ask_to_cancel(turn, order)
        case "cancel" if _is_unpaid(order) and more == "yes":
            return await KINDS[order.kind].cancel(turn, order)
        case "document" | "receipt":
            return _document(order)
    return await KINDS[order.kind].pressed(turn, order, action)


async def _detail(turn: Turn, order: Order) -> Outcome:
    return reply(turn, await KINDS[order.kind].detail(turn, order), *_actions(turn, order), ORDERS, MENU)


def _actions(turn: Turn, order: Order) -> tuple[Choice, ...]:
    """What can be done with an order as it stands."""
    found: list[Choice] = []
    if _is_payable(turn, order):
        found.append(order_choice(order, "link", Text("label-link")))
        if len(options(turn, order.price)) > 1:
            found.append(order_choice(order, "other", Text("label-pay-other")))
    found.extend(KINDS[order.kind].actions(turn, order))
    if _is_unpaid(order):
        found.append(order_choice(order, "cancel", Text("label-cancel-session")))
    found.extend(_papers(order))
    return tuple(found)


# --- paying ---


def _is_unpaid(order: Order) -> bool:
    return order.status is OrderStatus.OPEN and order.paid_at is None


def _is_payable(turn: Turn, order: Order) -> bool:
    return _is_unpaid(order) and turn.now < order.pay_by


def _told(order: Order, key: str) -> Text:
    return Text(key, {"number": order.number, "price": price(order.price), "pay_by": moment(order.pay_by)})


async def _link(turn: Turn, order: Order) -> Outcome | None:
    """The link once more; a new one where there is none."""
    if not _is_payable(turn, order):
        return None
    payment = await turn.records.get(Payment, order.payment) if order.payment else None
    if payment is not None and payment.status is PaymentStatus.OPEN:
        pay = Choice(f"order:{order.id}:pay", Text("label-pay"), url=payment.link)
        return reply(turn, _told(order, "order-link"), pay, *_actions(turn, order)[1:])
    if payment is not None and payment.status is PaymentStatus.NEW:
        return reply(turn, _told(order, "order-link-coming"), MENU)
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
        ways = [order_choice(order, f"other:{each.provider}", way(each, order.price)) for each in chosen]
        return reply(turn, _told(order, "order-choose-way"), *ways)
    order, attempted = await attempt(turn, order, chosen[0].provider)
    coming = reply(turn, _told(order, "order-link-coming"), MENU)
    return coming + attempted + Outcome(save=(order,))


def _ask_to_cancel(turn: Turn, order: Order) -> Outcome:
    """An order that money has come for is its kind's to call off."""
    sure = order_choice(order, "cancel:yes", Text("label-cancel-sure"))
    return reply(turn, _told(order, "order-cancel-unpaid"), sure, order_choice(order, "cancel:no", Text("label-keep")))


# --- its document ---


def _papers(order: Order) -> tuple[Choice, ...]:
    labels = {"receipt": Text("label-receipt"), "invoice": Text("label-invoice"), "proforma": Text("label-proforma")}
    document = KINDS[order.kind].document(order)
    return (order_choice(order, "document", labels[document]),) if document else ()


def _document(order: Order) -> Outcome | None:
    document = KINDS[order.kind].document(order)
    if not document:
        return None
    values: dict[str, Value] = {"number": order.number, "pay_by": moment(order.pay_by)}
    texts = {
        "receipt": Text("order-receipt", values),
        "invoice": Text("order-invoice", values),
        "proforma": Text("order-proforma", values),
    }
    return Outcome(say=(Say(text=texts[document], media=file_of(order, document)),))
