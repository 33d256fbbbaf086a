"""What each kind of order does when money comes: payments know orders by this alone."""

from collections.abc import Awaitable, Callable

from msgspec import Struct

from domain.events import Due
from domain.orders import Order, OrderKind
from handlers.flow import Outcome, Turn

Step = Callable[[Turn, Order], Awaitable[tuple[Order, Outcome]]]
"""The order, not saved yet, and everything else that is wanted: the caller saves the order."""


class Kind(Struct, frozen=True, kw_only=True):
    """`paid`: the order was just paid (`paid_at` is set); where it comes back as no longer running, what it was about
    is gone, and the money goes back. `reopen`: it expired unpaid and the money came late: the order open again with
    what it needs (then `paid` follows), or None where that is no longer to be had. `due`: its time (`due_at`) has come.
    """

    paid: Step
    reopen: Callable[[Turn, Order], Awaitable[tuple[Order, Outcome] | None]]
    due: Callable[[Turn, Order], Awaitable[Outcome]]


KINDS: dict[OrderKind, Kind] = {}
"""One line a kind, filled in `handlers/registry.py`."""


async def on_order_due(turn: Turn, due: Due) -> Outcome:
    order = await turn.records.get(Order, due.record)
    return await KINDS[order.kind].due(turn, order) if order else Outcome()
