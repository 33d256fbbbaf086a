"""The nightly sweep: what does not add up about money, in one message to ops."""

from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal

from domain.events import Due
from domain.ledger import LedgerEntry, balance
from domain.messages import Text, Value
from domain.money import EXPONENTS, Money
from domain.orders import Order
from domain.payments import Payment, PaymentStatus, Refund, RefundStatus
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert

LATE = timedelta(hours=1)
"""An attempt should be closed, and a refund taken on, long before this much time has passed."""
SLOW = timedelta(days=7)
"""Providers confirm a refund within days."""
MONTHS = 3
AT_MOST = 10_000
LISTED = 20
"""Lines of each kind in the message: who has more has another problem."""


async def on_sweep(turn: Turn, due: Due) -> Outcome:
    """Nothing is said where nothing differs."""
    payments = [line async for line in _payments(turn)]
    refunds = [line async for line in _refunds(turn)]
    balances = [line async for line in _balances(turn)]
    count = len(payments) + len(refunds) + len(balances)
    if not count:
        return Outcome()
    values: dict[str, Value] = {
        "count": count,
        "payments": _listed(payments),
        "refunds": _listed(refunds),
        "balances": _listed(balances),
    }
    return Outcome(say=ops_alert(turn, Text("ops-sweep", values)))


async def _payments(turn: Turn) -> AsyncIterator[str]:
    """Attempts that are open long after their deadline: our jobs or the provider have stood still."""
    for status in (PaymentStatus.NEW, PaymentStatus.OPEN):
        for each in await turn.records.find(Payment, status=status.value, limit=AT_MOST):
            if turn.now > each.deadline_at + LATE:
                yield f"{each.id} · {each.provider} · {each.status} · {_amount(each.amount)}"


async def _refunds(turn: Turn) -> AsyncIterator[str]:
    patience = {RefundStatus.WANTED: LATE, RefundStatus.PENDING: SLOW, RefundStatus.FAILED: timedelta()}
    for status, wait in patience.items():
        for each in await turn.records.find(Refund, status=status.value, limit=AT_MOST):
            if turn.now > each.made_at + wait:
                yield f"{each.id} · {each.provider} · {each.status} · {_amount(each.amount)}"


async def _balances(turn: Turn) -> AsyncIterator[str]:
    """Orders that hold what they should not hold (any more), and money in suspense."""
    sums: dict[tuple[str, str], int] = defaultdict(int)
    for month in _months(turn.now):
        for each in await turn.records.find(LedgerEntry, month=month, limit=AT_MOST):
            for line in each.lines:
                sums[line.account, line.amount.currency] += line.amount.amount
    for (account, currency), amount in sorted(sums.items()):
        kind, _, name = account.partition(":")
        if not amount or kind not in ("order", "suspense"):
            continue
        held = Money(-amount, currency)
        if kind == "order":
            entries = await turn.records.find(LedgerEntry, order=name, limit=AT_MOST)
            order = await turn.records.get(Order, name)
            held = -balance(entries, account, currency)
            if held == (order.price if order and order.running and order.paid_at else Money(0, currency)):
                continue
        yield f"{account} · {_amount(held)}"


def _months(now: datetime) -> tuple[str, ...]:
    """This month and those before it, as the ledger files them."""
    first = now.replace(day=1)
    months = [first]
    for _ in range(MONTHS - 1):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return tuple(f"{each:%Y-%m}" for each in months)


def _listed(lines: list[str]) -> str:
    more = [f"… +{len(lines) - LISTED}"] if len(lines) > LISTED else []
    return "\n".join([*lines[:LISTED], *more]) or "–"


def _amount(money: Money) -> str:
    return f"{money.currency} {Decimal(money.amount).scaleb(-EXPONENTS[money.currency])}"
