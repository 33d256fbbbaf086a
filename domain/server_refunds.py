"""What is given back of a machine that its provider has lost: the terms and the larger plan that are still to come."""

from datetime import datetime

from domain.orders import Order, OrderStatus
from domain.servers import Server, end_of_term


def shares(server: Server, orders: tuple[Order, ...], now: datetime) -> tuple[tuple[Order, int], ...]:
    """The hundredths to give back of each paid order of the machine, by time and in its customer's favour; those of
    which nothing is left are not there.
    """
    paid = [each for each in orders if each.status is OrderStatus.DONE and each.paid_at and each.purchase]
    terms = _terms(server, paid)
    found = [(each, _share(begins, ends, now)) for each, begins, ends in terms]
    for change in paid:
        bought = change.closed_at or change.paid_at
        if change.purchase and not change.purchase.period and bought:
            ends = max((end for order, _, end in terms if (order.closed_at or now) <= bought), default=bought)
            found.append((change, _share(bought, ends, now)))
    return tuple((each, share) for each, share in found if share)


def _terms(server: Server, paid: list[Order]) -> list[tuple[Order, datetime, datetime]]:
    """Each term's order with its beginning and end, the last one first: one follows on another, up to the expiry."""
    found = []
    ends = server.expires_at
    bought = [(each.purchase.period, each.purchase.months, each) for each in paid if each.purchase]
    for period, months, order in sorted(bought, key=lambda each: each[0], reverse=True):
        if period and ends is not None:
            begins = end_of_term(ends, -months, server.zone)
            found.append((order, begins, ends))
            ends = begins
    return found


def _share(begins: datetime, ends: datetime, now: datetime) -> int:
    """Rounded up."""
    if now >= ends:
        return 0
    return 100 if now <= begins else -int(-100 * (ends - now) // (ends - begins))
