"""The stock: how many machines of a plan there may be in a region at a time. Each place on a shelf is held by a unique
key: by a machine (`domain/servers.py`), or by an order that will move one there (`domain/orders.py`).
"""

from collections.abc import Collection
from itertools import count


def place_key(shelf: str, slot: int) -> str:
    return f"stock/{shelf}/{slot}"


def free_place(held: Collection[int], stock: int) -> int | None:
    """The first free one, from 0; None where it is sold out. A stock that was made smaller counts as it is now."""
    if len(held) >= stock:
        return None
    return next(slot for slot in count() if slot not in held)
