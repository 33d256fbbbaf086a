"""What comes of attempts to be paid: links that were made, money that came, time that passed."""

from msgspec.structs import replace

from domain.effects import Effect
from domain.events import Due, EffectDone, PaymentNotice
from domain.ledger import LedgerEntry
from domain.messages import Choice, Say, Text, Value, moment, price
from domain.money import Money
from domain.orders import CALLED_OFF, Order, OrderStatus, note
from domain.payments import (
    Found,
    Payment,
    PaymentStatus,
    matches,
    move,
    next_poll,
    received,
    received_id,
    received_unknown,
    schedule,
)
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.invoices import numbered_invoice, papers
from handlers.notices import tell
from handlers.order_kinds import KINDS
from handlers.paying import FETCH, expire, look, options, take_back, withdraw
from handlers.refunds import give_back, look_at_pending

BUTTON_BYTES = 64
UNKNOWN = "unknown"


# --- the link ---


async def on_created(turn: Turn, done: EffectDone) -> Outcome:
    """The provider has made a link, or will not. One that is wanted no more is taken back unseen."""
    payment = await turn.records.get(Payment, done.record)
    if payment is None:
        return Outcome()
    order = await turn.records.get(Order, payment.order)
    if done.error:
        return await _refused(turn, order, payment, done.error)
    payment = replace(payment, provider_id=done.result["provider_id"], link=done.result["link"])
    if payment.status is not PaymentStatus.NEW:
        late = (expire(payment),) if payment.status is PaymentStatus.CLOSED else ()
        return Outcome(save=(schedule(payment),), effects=late)
    payment = move(payment, PaymentStatus.OPEN, what="link made", now=turn.now)
    if order is None or not _is_wanted(turn, order, payment):
        closed, effects = take_back(turn, payment, what="not wanted any more")
        return Outcome(save=(closed,), effects=effects)
    told = await tell(turn, order, Text("pay-link", _values(order, payment)), choices=_choices(turn, order, payment))
    return Outcome(save=(schedule(payment),)) + told


async def _refused(turn: Turn, order: Order | None, payment: Payment, error: str) -> Outcome:
    if payment.status is not PaymentStatus.NEW:
        return Outcome()
    refused = schedule(move(payment, PaymentStatus.REFUSED, what=f"refused: {error}"[:200], now=turn.now))
    alert = Text("ops-payment-refused", {"payment": payment.id, "provider": payment.provider, "error": error})
    outcome = Outcome(save=(refused,), say=ops_alert(turn, alert))
    if order is None or not _is_wanted(turn, order, payment):
        return outcome
    others = any(option.provider != payment.provider for option in options(turn, payment.amount))
    text = Text("pay-refused-other" if others else "pay-refused", _values(order, payment))
    choices = (*((_other(order),) if others else ()), _cancel(order))
    return outcome + await tell(turn, order, text, choices=choices)


def _is_wanted(turn: Turn, order: Order, payment: Payment) -> bool:
    """Whether this attempt is still the one to pay the order by."""
    unpaid = order.status is OrderStatus.OPEN and order.paid_at is None
    return unpaid and order.payment == payment.id and turn.now < payment.deadline_at


def _values(order: Order, payment: Payment) -> dict[str, Value]:
    return {"number": order.number, "amount": price(payment.amount), "deadline": moment(payment.deadline_at)}


def _choices(turn: Turn, order: Order, payment: Payment) -> tuple[Choice, ...]:
    pay = Choice(f"order:{order.id}:pay", Text("label-pay"), url=payment.link)
    others = len(options(turn, payment.amount)) > 1
    return (pay, *((_other(order),) if others else ()), _cancel(order))


def _other(order: Order) -> Choice:
    return Choice(f"order:{order.id}:other", Text("label-pay-other"))


def _cancel(order: Order) -> Choice:
    return Choice(f"order:{order.id}:cancel", Text("label-pay-cancel"))


# --- what time brings about ---


async def on_due(turn: Turn, due: Due) -> Outcome:
    """Remind before the deadline, ask the provider now and then, take the link back when its time is over."""
    payment = await turn.records.get(Payment, due.record)
    if payment is None or payment.due_at is None or payment.due_at > turn.now:
        return Outcome()
    order = await turn.records.get(Order, payment.order)
    outcome = Outcome()
    if payment.status in (PaymentStatus.NEW, PaymentStatus.OPEN):
        if order is None or not _is_wanted(turn, order, payment):
            what = "deadline" if turn.now >= payment.deadline_at else "not wanted any more"
            closed, effects = take_back(turn, payment, what=what)
            return Outcome(save=(closed,), effects=effects)
        if payment.status is PaymentStatus.OPEN and payment.remind_at and payment.remind_at <= turn.now:
            payment = replace(payment, reminded=True)
            choices = _choices(turn, order, payment)
            outcome += await tell(turn, order, Text("pay-reminder", _values(order, payment)), choices=choices)
    poll_at = next_poll(payment)
    if poll_at and poll_at <= turn.now:
        payment = replace(payment, polls=payment.polls + 1, polled_at=turn.now)
        payment, effect = look(payment, payment.provider_id)
        outcome += Outcome(effects=(effect,))
    return outcome + Outcome(save=(schedule(payment),))


# --- what the provider says ---


async def on_notice(turn: Turn, notice: PaymentNotice) -> Outcome:
    """Something has happened there: ask. Of what we do not know ops are told, with what the provider says of it."""
    payment = await turn.records.get(Payment, notice.reference)
    if payment is None or payment.provider != notice.provider:
        return _ask_about_unknown(turn, notice)
    refunds = await look_at_pending(turn, payment)
    provider_id = notice.provider_id or payment.provider_id
    if not provider_id:
        return refunds  # the answer with the link is still on its way; a look follows on it
    payment, effect = look(payment, provider_id)
    return refunds + Outcome(save=(payment,), effects=(effect,))


def _ask_about_unknown(turn: Turn, notice: PaymentNotice) -> Outcome:
    """The effect's id makes it once for each thing that happened."""
    if not notice.provider_id:
        return Outcome(say=_unknown_alert(turn, notice.provider, notice.reference, notice.what))
    ask = Effect(
        id="/".join((UNKNOWN, notice.provider, notice.provider_id, notice.what)),
        name=FETCH,
        record=notice.reference,
        conversation=turn.conversation.id,
        params={"provider": notice.provider, "provider_id": notice.provider_id, "payment": notice.reference},
    )
    return Outcome(effects=(ask,))


async def on_found(turn: Turn, done: EffectDone) -> Outcome:
    """How the provider says an attempt stands, after we asked or took the link back.

    Money is booked once for each charge, whatever it came for and however often we hear of it.
    """
    if done.effect.startswith(f"{UNKNOWN}/"):
        return await _unknown_found(turn, done)
    asked = await turn.records.get(Payment, done.record)
    if asked is None:
        return Outcome()
    if done.error:
        return _unreadable(turn, asked, done.error)
    found = _found(done)
    if not found.charge:
        return await _closed_there(turn, asked) if found.state == "closed" else Outcome()
    if await turn.records.get(LedgerEntry, received_id(asked.provider, found.charge)):
        return Outcome()
    # What the money names is what it came for, also where it was found by another attempt's link.
    named = await turn.records.get(Payment, found.reference)
    payment = named if named and named.provider == asked.provider else asked
    order = await turn.records.get(Order, payment.order)
    if order is None or not matches(payment, found):
        return await _unmatched(turn, order, payment, found)
    if payment.status is PaymentStatus.PAID:
        booked = Outcome(save=(received(payment, found, usable=True, now=turn.now),))
        return booked + await _back(turn, order, payment, "twice", charge=found.charge)
    return await _paid(turn, order, payment, found)


def _found(done: EffectDone) -> Found:
    """Raises ValueError where a provider calls something paid and names no charge: it could not be booked once."""
    result = done.result
    amount = Money(int(result["amount"]), result["currency"])
    found = Found(state=result["state"], reference=result["reference"], amount=amount, charge=result["charge"])
    if found.state == "paid" and not found.charge:
        raise ValueError(f"{done.effect}: paid without a charge")
    return found


async def _closed_there(turn: Turn, payment: Payment) -> Outcome:
    """The link is gone at the provider: told to the customer where it was still wanted."""
    if payment.status is not PaymentStatus.OPEN:
        return Outcome()
    order = await turn.records.get(Order, payment.order)
    closed = schedule(move(payment, PaymentStatus.CLOSED, what="closed by the provider", now=turn.now))
    if order is None or not _is_wanted(turn, order, payment):
        return Outcome(save=(closed,))
    text = Text("pay-closed", _values(order, payment))
    return Outcome(save=(closed,)) + await tell(turn, order, text, choices=(_other(order), _cancel(order)))


def _unreadable(turn: Turn, payment: Payment, error: str) -> Outcome:
    """Told to ops once; the looks go on."""
    if payment.unreadable:
        return Outcome()
    alert = Text("ops-payment-unreadable", {"payment": payment.id, "provider": payment.provider, "error": error})
    return Outcome(save=(replace(payment, unreadable=True),), say=ops_alert(turn, alert))


# --- money that came ---


async def _paid(turn: Turn, order: Order, payment: Payment, found: Found) -> Outcome:
    """Booked always. Used where the order waits for it, or can be had again; else given back."""
    booked = received(payment, found, usable=True, now=turn.now)
    paid = move(payment, PaymentStatus.PAID, what="paid", now=turn.now)
    paid = schedule(replace(paid, charge=found.charge, paid_at=turn.now))
    outcome = Outcome(save=(paid, booked))
    kind = KINDS[order.kind]
    if order.paid_at is None and order.status is OrderStatus.EXPIRED:
        reopened = await kind.reopen(turn, order)
        if reopened is not None:
            order, more = reopened
            outcome += more
    if order.paid_at is not None or order.status is not OrderStatus.OPEN:
        why = "twice" if order.paid_at else "late" if order.status is OrderStatus.EXPIRED else "closed"
        return outcome + await _back(turn, order, paid, why)
    if order.payment != payment.id:
        outcome += await withdraw(turn, order, what=f"paid by {payment.id}")
    order = replace(order, payment=payment.id, paid_at=turn.now)
    order = note(order, what="paid", by=payment.provider, now=turn.now)
    order, more = await kind.paid(turn, order)
    if order.status in CALLED_OFF:
        return outcome + more + Outcome(save=(order,)) + await _back(turn, order, paid, "late")
    order, numbered = await numbered_invoice(turn, order)
    told = await papers(turn, order, kind.document(order))
    return outcome + numbered + told + more + Outcome(save=(order,))


async def _back(turn: Turn, order: Order, payment: Payment, why: str, *, charge: str = "") -> Outcome:
    """What came is given back, and ops are told."""
    values: dict[str, Value] = {
        "number": order.number, "payment": payment.id, "amount": price(payment.amount), "why": why,
    }  # fmt: skip
    told = Outcome(say=ops_alert(turn, Text("ops-money-back", values)))
    return told + await give_back(turn, order, payment, 100, why, charge=charge)


async def _unmatched(turn: Turn, order: Order | None, payment: Payment, found: Found) -> Outcome:
    """Money that is not what was asked for: kept in suspense until ops decide."""
    booked = received(payment, found, usable=False, now=turn.now)
    values: dict[str, Value] = {
        "number": order.number if order else 0,
        "payment": payment.id,
        "provider": payment.provider,
        "charge": found.charge,
        "came": price(found.amount),
        "amount": price(payment.amount),
    }
    outcome = Outcome(save=(booked,), say=_with_back(turn, booked, Text("ops-money-unmatched", values)))
    if order is None or found.reference != payment.id:
        return outcome
    return outcome + await tell(turn, order, Text("pay-unmatched", values))


async def _unknown_found(turn: Turn, done: EffectDone) -> Outcome:
    _, provider, _, what = done.effect.split("/", 3)
    alert = _unknown_alert(turn, provider, done.record, done.error or what)
    found = None if done.error else _found(done)
    if found is None or not found.charge:
        return Outcome(say=alert)
    if await turn.records.get(LedgerEntry, received_id(provider, found.charge)):
        return Outcome()
    booked = received_unknown(provider, found, now=turn.now)
    values: dict[str, Value] = {
        "payment": found.reference, "provider": provider, "charge": found.charge, "came": price(found.amount),
    }  # fmt: skip
    return Outcome(save=(booked,), say=_with_back(turn, booked, Text("ops-money-unknown", values)))


def _unknown_alert(turn: Turn, provider: str, reference: str, what: str) -> tuple[Say, ...]:
    text = Text("ops-payment-unknown", {"payment": reference, "provider": provider, "what": what})
    return ops_alert(turn, text)


def _with_back(turn: Turn, booked: LedgerEntry, text: Text) -> tuple[Say, ...]:
    """To ops, with a button that gives the money back (`handlers/refunds.py`)."""
    button = f"money:{booked.id}:back"
    choices = (Choice(button, Text("label-money-back")),) if len(button.encode()) <= BUTTON_BYTES else ()
    return tuple(replace(say, choices=choices) for say in ops_alert(turn, text))
