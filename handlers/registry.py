"""The conversations there are, and who takes what else arrives. A new conversation is one line here."""

from collections.abc import Awaitable, Callable

from domain.events import Due, EffectDone
from handlers import care, desk, handover, language, on_payment, paying, payments_sweep, refunds
from handlers.flow import Flow, Outcome, Turn

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        care.FLOW,
        language.FLOW,
        handover.RATING,
    )
}

EFFECT_RESULTS: dict[str, Callable[[Turn, EffectDone], Awaitable[Outcome]]] = {
    handover.OPEN_TOPIC: handover.on_topic_opened,
    paying.CREATE: on_payment.on_created,
    paying.FETCH: on_payment.on_found,
    paying.EXPIRE: on_payment.on_found,
    refunds.REFUND: refunds.on_answer,
    refunds.REFUND_STATUS: refunds.on_answer,
}

DUE: dict[str, Callable[[Turn, Due], Awaitable[Outcome]]] = {
    "case": desk.on_case_due,
    "payment": on_payment.on_due,
    "refund": refunds.on_due,
    "payments-sweep": payments_sweep.on_sweep,
}
