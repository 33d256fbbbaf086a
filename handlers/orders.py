"""A customer's own orders."""

from handlers.care import FLOW as CARE
from handlers.flow import Outcome, Turn, go_on


async def show(turn: Turn) -> Outcome:
    """The person's orders."""
    return await go_on(turn, CARE, {})


async def pressed(turn: Turn, order_id: str, action: str) -> Outcome:
    """A button `order:<id>:<action>`."""
    return await go_on(turn, CARE, {})
