"""What is given back of a machine that its provider has lost: the terms and the larger plans that are still to come."""

from datetime import datetime

from domain.orders import Order, OrderStatus
from domain.servers import Server, end_of_term


def shares(server: Server, orders: tuple[Order, ...], now: datetime) -> tuple[tuple[Order, int], ...]:
    """The hundredths to give back of each order of the machine that was used, by time and in its customer's favour;
    those of which nothing is left are not there.
    """
    used = [each for each in orders if each.status is OrderStatus.DONE]
    found = [(each, _share(begins, ends, now)) for each, begins, ends in (*_terms(server, used), *_plans(used))]
    return tuple((each, share) for each, share in found if share)


def _terms(server: Server, used: list[Order]) -> list[tuple[Order, datetime, datetime]]:
    """Each term's order with its beginning and end, the last one first: one follows on another, up to the expiry."""
    found = []
    ends = server.expires_at
    terms = [(each.purchase.period, each.purchase.months, each) for each in used if each.purchase]
    for period, months, order in sorted(terms, key=lambda term: term[0], reverse=True):
        if period and ends is not None:
            begins = end_of_term(ends, -months, server.zone)
            found.append((order, begins, ends))
            ends = begins
    return found


def _plans(used: list[Order]) -> list[tuple[Order, datetime, datetime]]:
    """Each change of plan, from when it was made until the end of its term."""
    found = []
    for order in used:
        if order.purchase and order.purchase.until and order.closed_at:
            found.append((order, order.closed_at, order.purchase.until))
    return found


def _share(begins: datetime, ends: datetime, now: datetime) -> int:
    """Rounded up."""
    if now >= ends:
        return 0
    return 100 if now <= begins else -int(-100 * (ends - now) // (ends - begins))
