"""What is left of the stock of machines."""

from domain.orders import Order, OrderKind, OrderStatus
from domain.servers import OVER, Server, ServerStatus
from handlers.flow import Turn

MOST = 10_000
"""Places on one shelf: no stock may be larger (`bot/catalog_servers.py`)."""


async def held_places(turn: Turn, shelf: str) -> frozenset[int]:
    """The places on a shelf that are held: by a machine, or by an open order that moves one there. What is decided by
    it may be taken meanwhile: the unique key of the place then has the step run again.
    """
    held: set[int] = set()
    for status in ServerStatus:
        if status not in OVER:
            found = await turn.records.find(Server, shelf=shelf, status=status.value, limit=MOST)
            held.update(server.slot for server in found)
    moving = await turn.records.find(Order, shelf=shelf, status=OrderStatus.OPEN.value, limit=MOST)
    held.update(order.slot for order in moving if order.kind is OrderKind.PLAN)
    return frozenset(held)
