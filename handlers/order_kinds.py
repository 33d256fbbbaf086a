"""What differs by the kind of an order: payments and the list of a customer's orders know orders by this alone."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from domain.events import Due
from domain.messages import Choice, Text
from domain.orders import Order, OrderKind
from handlers.flow import Outcome, Turn
from handlers.invoices import Document

Step = Callable[[Turn, Order], Awaitable[tuple[Order, Outcome]]]
"""The order, not saved yet, and everything else that is wanted: the caller saves the order."""


class Kind(Struct, frozen=True, kw_only=True):
    """`paid`: the order was just paid (`paid_at` is set); where it comes back called off, what it was about is gone,
    and the money goes back. `reopen`: it expired unpaid and the money came late: the order open again with what it
    needs (then `paid` follows), or None where that is no longer to be had. `due`: its time (`due_at`) has come.

    `cancel`: its customer calls an unpaid order off: the order is saved, its link withdrawn and they are told;
    None where it can no longer be.

    `describe`: the names on the page where it is paid. In the customer's language: `line` says it in the list of their
    orders, `detail` by itself. `actions` are its own buttons, besides those to pay, to call off what is unpaid and to
    have the document; `pressed` answers them: None where there is nothing to do (any more), the order is shown then.
    `document`: what it is documented by as it stands, empty: nothing.
    """

    paid: Step
    reopen: Callable[[Turn, Order], Awaitable[tuple[Order, Outcome] | None]]
    due: Callable[[Turn, Order], Awaitable[Outcome]]
    cancel: Callable[[Turn, Order], Awaitable[Outcome | None]]
    describe: Callable[[Turn, Order], tuple[str, ...]]
    line: Callable[[Turn, Order], Awaitable[Text]]
    detail: Callable[[Turn, Order], Awaitable[Text]]
    actions: Callable[[Turn, Order], tuple[Choice, ...]]
    pressed: Callable[[Turn, Order, str], Awaitable[Outcome | None]]
    document: Callable[[Order], Document]


KINDS: dict[OrderKind, Kind] = {}
"""One line a kind, filled in `handlers/registry.py`."""


async def on_order_due(turn: Turn, due: Due) -> Outcome:
    order = await turn.records.get(Order, due.record)
    return await KINDS[order.kind].due(turn, order) if order else Outcome()
