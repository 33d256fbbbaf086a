"""Being paid: the ways to pay, and attempts at it by a generated link."""

from msgspec.structs import replace

from domain.effects import Effect
from domain.messages import Text
from domain.money import Money
from domain.orders import Order
from domain.payments import Payment, PaymentStatus, move, payment_id, schedule
from handlers.flow import Outcome, Turn
from handlers.order_kinds import KINDS
from handlers.ports import PaymentOption

CREATE = "payments.create"
FETCH = "payments.fetch"
EXPIRE = "payments.expire"


def options(turn: Turn, amount: Money) -> tuple[PaymentOption, ...]:
    """The configured ways to pay that take this amount, in the order in which they are offered."""

    def takes(option: PaymentOption) -> bool:
        limits = option.takes.get(amount.currency)
        return limits is not None and limits[0] <= amount.amount <= limits[1]

    return tuple(option for option in turn.places.payments if takes(option))


def way(option: PaymentOption, amount: Money) -> Text:
    """The button of a way to pay: what it takes may depend on the currency."""
    return Text(option.label, {"currency": amount.currency})


async def attempt(turn: Turn, order: Order, provider: str) -> tuple[Order, Outcome]:
    """Another attempt to be paid for the order, by this provider, until `order.pay_by`; an earlier link is taken back.

    The order comes back with its payment, not saved: that is the caller's. The customer gets the link once the
    provider has made it (`handlers/on_payment.py`).
    """
    earlier = await withdraw(turn, order, what=f"paid by {provider} instead")
    number = order.attempts + 1
    payment = Payment(
        id=payment_id(order.number, number, order.made_at),
        order=order.id,
        customer=order.customer,
        provider=provider,
        amount=order.price,
        description=_described(turn, order),
        made_at=turn.now,
        deadline_at=order.pay_by,
    )
    create = Effect(
        id=f"{payment.id}-create",
        name=CREATE,
        record=payment.id,
        conversation=payment.lane,
        params={
            "provider": provider,
            "payment": payment.id,
            "amount": str(payment.amount.amount),
            "currency": payment.amount.currency,
            "description": payment.description,
            "email": order.email,
            "language": order.language,
            "expires_at": payment.deadline_at.isoformat(),
        },
    )
    order = replace(order, payment=payment.id, attempts=number)
    return order, earlier + Outcome(save=(schedule(payment),), effects=(create,))


async def withdraw(turn: Turn, order: Order, *, what: str) -> Outcome:
    """The order's link, if one is open, is no longer to be paid: for whoever ends an order that was not paid.

    `what` goes into the payment's history.
    """
    payment = await turn.records.get(Payment, order.payment) if order.payment else None
    if payment is None or payment.status not in (PaymentStatus.NEW, PaymentStatus.OPEN):
        return Outcome()
    payment, effects = take_back(turn, payment, what=what)
    return Outcome(save=(payment,), effects=effects)


def take_back(turn: Turn, payment: Payment, *, what: str) -> tuple[Payment, tuple[Effect, ...]]:
    """An open attempt closed, here and at the provider. One whose link is still being made is taken back there once it
    is known.
    """
    closed = schedule(move(payment, PaymentStatus.CLOSED, what=what, now=turn.now))
    return closed, (expire(closed),) if closed.provider_id else ()


def expire(payment: Payment) -> Effect:
    return Effect(
        id=f"{payment.id}-expire",
        name=EXPIRE,
        record=payment.id,
        conversation=payment.lane,
        params={"provider": payment.provider, "provider_id": payment.provider_id, "payment": payment.id},
    )


def look(payment: Payment, provider_id: str) -> tuple[Payment, Effect]:
    """Ask the provider how an attempt stands, by its id of the link's object."""
    payment = replace(payment, looks=payment.looks + 1)
    effect = Effect(
        id=f"{payment.id}-fetch-{payment.looks}",
        name=FETCH,
        record=payment.id,
        conversation=payment.lane,
        params={"provider": payment.provider, "provider_id": provider_id, "payment": payment.id},
    )
    return payment, effect


def _described(turn: Turn, order: Order) -> str:
    """What the provider's page names the order by: its number, and the names of what it is about."""
    return " · ".join((f"#{order.number}", *KINDS[order.kind].describe(turn, order)))
