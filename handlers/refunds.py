"""Giving money back: wanted by a handler, carried out by the provider, tracked until it confirms or a human has seen to
it.
"""

from msgspec.structs import replace

from domain.effects import Effect
from domain.events import Due, EffectDone
from domain.ledger import LedgerEntry
from domain.messages import Choice, Purpose, Say, Text, Value, price
from domain.orders import Order
from domain.payments import (
    Payment,
    PaymentStatus,
    Refund,
    RefundStatus,
    kept,
    kept_id,
    look_at_refund,
    move_refund,
    refund_given,
    refund_given_by_hand,
    refund_id,
    refund_id_of,
    refund_of,
    refund_wanted,
)
from handlers.flow import Outcome, Turn, edited_message
from handlers.handover import ops_alert
from handlers.notices import tell

REFUND = "payments.refund"
REFUND_STATUS = "payments.refund_status"
AGAIN, BY_HAND = "again", "by-hand"
SUSPENSE = "suspense:"


async def give_back(turn: Turn, order: Order, payment: Payment, share: int, why: str, *, charge: str = "") -> Outcome:
    """Give `share` hundredths of what came by a paid attempt back, keep the rest as our fee, and tell the customer.

    Once a charge, that which paid the attempt unless another is named: nothing where it was done before, or where
    nothing was paid. `why` is a word for the history; the customer is told the reason of `late` (paid after the
    deadline, the time is gone), `twice` and `closed` (the order was over when the money came) here, any other by the
    caller.
    """
    done = await turn.records.get(Refund, refund_id(payment, charge))
    done_with_nothing = not charge and await turn.records.get(LedgerEntry, kept_id(payment))
    if payment.status is not PaymentStatus.PAID or done or done_with_nothing:
        return Outcome()
    back = payment.amount.share(share)
    rest = payment.amount - back
    outcome = Outcome(save=(kept(payment, rest, now=turn.now),) if rest else ())
    values: dict[str, Value] = {"number": order.number, "amount": price(back), "kept": price(rest), "why": why}
    if not back:
        return outcome + await tell(turn, order, Text("refund-nothing", values))
    refund = refund_of(payment, back, why=why, now=turn.now, charge=charge)
    outcome += Outcome(save=(refund, refund_wanted(refund, now=turn.now)), effects=(_ask(refund),))
    return outcome + await tell(turn, order, Text("refund-part" if rest else "refund-wanted", values))


def _ask(refund: Refund) -> Effect:
    return Effect(
        id=refund.key,
        name=REFUND,
        record=refund.id,
        conversation=refund.lane,
        params={
            "provider": refund.provider,
            "payment": refund.payment,
            "charge": refund.charge,
            "amount": str(refund.amount.amount),
            "currency": refund.amount.currency,
        },
    )


# --- what the provider says ---


async def on_answer(turn: Turn, done: EffectDone) -> Outcome:
    """The provider's answer to a refund, or to a look at it."""
    refund = await turn.records.get(Refund, done.record)
    expected = RefundStatus.WANTED if done.name == REFUND else RefundStatus.PENDING
    if refund is None or refund.status is not expected or (done.name == REFUND and done.effect != refund.key):
        return Outcome()
    if done.error:
        # A look that is refused says nothing of the money; the sweep tells ops of a refund that stays unknown.
        return await _failed(turn, refund, done.error) if done.name == REFUND else Outcome()
    refund = replace(refund, provider_id=done.result.get("provider_id") or refund.provider_id)
    match done.result["state"]:
        case "done":
            given = move_refund(refund, RefundStatus.DONE, what="given", now=turn.now)
            return await _given(turn, given, refund_given(given, now=turn.now))
        case "failed":
            return await _failed(turn, refund, done.result.get("detail", ""))
    if refund.status is RefundStatus.PENDING:
        return Outcome()
    return Outcome(save=(move_refund(refund, RefundStatus.PENDING, what="taken on", now=turn.now),))


async def on_due(turn: Turn, due: Due) -> Outcome:
    """Ask the provider how far a refund has come."""
    refund = await turn.records.get(Refund, due.record)
    if refund is None or refund.status is not RefundStatus.PENDING or not refund.due_at or refund.due_at > turn.now:
        return Outcome()
    refund = look_at_refund(refund, now=turn.now)
    return Outcome(save=(refund,), effects=(_how_far(refund),))


async def look_at_pending(turn: Turn, payment: Payment) -> Outcome:
    """Something has happened to a payment: it may be that its refund has come through."""
    outcome = Outcome()
    for refund in await turn.records.find(Refund, order=payment.order):
        if refund.payment == payment.id and refund.status is RefundStatus.PENDING:
            looked = replace(refund, looks=refund.looks + 1)
            outcome += Outcome(save=(looked,), effects=(_how_far(looked),))
    return outcome


def _how_far(refund: Refund) -> Effect:
    return Effect(
        id=f"{refund.id}-fetch-{refund.looks}",
        name=REFUND_STATUS,
        record=refund.id,
        conversation=refund.lane,
        params={"provider": refund.provider, "refund": refund.provider_id},
    )


async def _given(turn: Turn, refund: Refund, booked: LedgerEntry) -> Outcome:
    text = Text("refund-given", {"number": await _number(turn, refund), "amount": price(refund.amount)})
    return Outcome(save=(refund, booked)) + await _told(turn, refund, text)


async def _failed(turn: Turn, refund: Refund, error: str) -> Outcome:
    failed = move_refund(refund, RefundStatus.FAILED, what=f"failed: {error}"[:200], now=turn.now)
    number = await _number(turn, refund)
    values: dict[str, Value] = {"number": number, "amount": price(refund.amount)}
    alert = Text("ops-refund-failed", {**values, "refund": refund.id, "provider": refund.provider, "error": error})
    choices = (
        Choice(f"refund:{refund.id}:{AGAIN}", Text("label-refund-again")),
        Choice(f"refund:{refund.id}:{BY_HAND}", Text("label-refund-by-hand")),
    )
    told = tuple(replace(say, choices=choices) for say in ops_alert(turn, alert))
    return Outcome(say=told, save=(failed,)) + await _told(turn, refund, Text("refund-delayed", values))


async def _told(turn: Turn, refund: Refund, text: Text) -> Outcome:
    order = await turn.records.get(Order, refund.order)
    return await tell(turn, order, text) if order else Outcome()


async def _number(turn: Turn, refund: Refund) -> int:
    order = await turn.records.get(Order, refund.order)
    return order.number if order else 0


# --- what ops decide ---


async def pressed(turn: Turn) -> Outcome:
    """A button in the ops group: the caller has made sure that it was pressed there."""
    kind, _, rest = turn.said.button.partition(":")
    record, _, action = rest.rpartition(":")
    if kind == "money":
        return await _unmatched_back(turn, record)
    refund = await turn.records.get(Refund, record)
    if refund is None or refund.status is not RefundStatus.FAILED:
        return _answer(turn, Text("ops-nothing-to-do"))
    values: dict[str, Value] = {"refund": refund.id, "amount": price(refund.amount)}
    if action == BY_HAND:
        given = move_refund(refund, RefundStatus.DONE, what=f"by hand, {turn.person.id}", now=turn.now)
        booked = refund_given_by_hand(given, now=turn.now)
        return await _given(turn, given, booked) + _answer(turn, Text("ops-refund-by-hand", values))
    again = move_refund(refund, RefundStatus.WANTED, what=f"again, {turn.person.id}", now=turn.now)
    again = replace(again, tries=again.tries + 1)
    asked = Outcome(save=(again,), effects=(_ask(again),))
    return asked + _answer(turn, Text("ops-refund-again", values))


async def _unmatched_back(turn: Turn, entry_id: str) -> Outcome:
    """Money in suspense goes back to where it came from."""
    came = await turn.records.get(LedgerEntry, entry_id)
    line = next((each for each in came.lines if each.account.startswith(SUSPENSE)), None) if came else None
    if came is None or line is None:
        return _answer(turn, Text("ops-nothing-to-do"))
    _, provider, charge = came.id.split("/", 2)
    refund = Refund(
        id=refund_id_of(provider, charge),
        payment=line.account.removeprefix(SUSPENSE),
        order=came.order,
        customer=came.person,
        provider=provider,
        charge=charge,
        account=line.account,
        amount=-line.amount,
        why="unmatched",
        made_at=turn.now,
    )
    if await turn.records.get(Refund, refund.id):
        return _answer(turn, Text("ops-nothing-to-do"))
    text = Text("ops-refund-again", {"refund": refund.id, "amount": price(refund.amount)})
    wanted = Outcome(save=(refund, refund_wanted(refund, now=turn.now)), effects=(_ask(refund),))
    return wanted + _answer(turn, text)


def _answer(turn: Turn, text: Text) -> Outcome:
    """In the place of the buttons, so that one press is one."""
    return Outcome(say=(Say(text=text, language="id", purpose=Purpose.ALERT, edit=edited_message(turn)),))
