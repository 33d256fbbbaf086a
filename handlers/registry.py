"""The conversations there are, and who takes what else arrives. A new conversation is one line here."""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from domain.events import Due, EffectDone
from domain.log_scans import SCAN
from domain.orders import OrderKind
from domain.server_actions import ActionKind
from handlers import (
    care,
    currency,
    desk,
    handover,
    invoices,
    language,
    log_alerts,
    log_findings,
    log_scans,
    mails,
    mentors,
    on_payment,
    order_mentoring,
    order_server,
    ordering,
    orders,
    paying,
    payments_sweep,
    plan_changes,
    provisioning,
    refunds,
    renewals,
    server_actions,
    server_changes,
    server_decisions,
    server_due,
    server_metrics,
    server_ops,
    server_orders,
    server_sweep,
    servers,
    session_due,
    session_moving,
    session_orders,
    sessions,
    zone,
)
from handlers.flow import Flow, Outcome, Turn
from handlers.order_kinds import KINDS, Kind, on_order_due

FLOWS: dict[str, Flow] = {
    flow.name: flow
    for flow in (
        care.FLOW,
        language.FLOW,
        zone.FLOW,
        handover.RATING,
        order_mentoring.FLOW,
        order_server.FLOW,
        ordering.FLOW,
        currency.FLOW,
        session_moving.MOVE,
        server_changes.REINSTALL,
    )
}

KINDS |= {
    OrderKind.MENTORING: Kind(
        paid=sessions.paid,
        reopen=sessions.reopen,
        due=session_due.on_session_due,
        cancel=session_orders.cancel,
        describe=session_orders.describe,
        line=session_orders.line,
        detail=session_orders.detail,
        actions=session_orders.actions,
        pressed=session_orders.pressed,
        document=invoices.receipt_of,
    ),
    OrderKind.SERVER: Kind(
        paid=provisioning.paid,
        reopen=provisioning.reopen,
        due=provisioning.due,
        cancel=server_orders.cancel,
        describe=server_orders.describe,
        line=server_orders.line,
        detail=server_orders.detail,
        actions=server_orders.actions,
        pressed=server_orders.pressed,
        document=invoices.invoice_of,
    ),
}
_OF_MACHINES = KINDS[OrderKind.SERVER]
KINDS |= {
    OrderKind.RENEWAL: replace(_OF_MACHINES, paid=renewals.paid, reopen=renewals.reopen, due=renewals.due),
    OrderKind.PLAN: replace(_OF_MACHINES, paid=plan_changes.paid, reopen=plan_changes.reopen, due=plan_changes.due),
}

server_actions.COMPLETED |= {
    ActionKind.CREATE: provisioning.created,
    ActionKind.START: server_changes.on_done,
    ActionKind.STOP: server_changes.on_done,
    ActionKind.RESTART: server_changes.on_done,
    ActionKind.REINSTALL: server_changes.on_reinstalled,
    ActionKind.SUSPEND: server_due.suspended,
    ActionKind.RESUME: renewals.resumed,
    ActionKind.RESIZE: plan_changes.changed,
    ActionKind.DESTROY: server_due.destroyed,
}

server_actions.FAILED |= {
    ActionKind.CREATE: provisioning.failed,
    ActionKind.START: server_changes.on_failed,
    ActionKind.STOP: server_changes.on_failed,
    ActionKind.RESTART: server_changes.on_failed,
    ActionKind.REINSTALL: server_changes.on_reinstall_failed,
    ActionKind.RESUME: renewals.not_resumed,
    ActionKind.RESIZE: plan_changes.not_changed,
}

server_decisions.DECISIONS |= {
    plan_changes.KEEP: plan_changes.keep_plan,
}

EFFECT_RESULTS: dict[str, Callable[[Turn, EffectDone], Awaitable[Outcome]]] = {
    handover.OPEN_TOPIC: handover.on_topic_opened,
    paying.CREATE: on_payment.on_created,
    paying.FETCH: on_payment.on_found,
    paying.EXPIRE: on_payment.on_found,
    refunds.REFUND: refunds.on_answer,
    refunds.REFUND_STATUS: refunds.on_answer,
    sessions.PUT: sessions.on_event_put,
    sessions.REMOVE: sessions.on_event_removed,
    mails.SEND: mails.on_sent,
    server_actions.CREATE: server_actions.on_answer,
    server_actions.ACT: server_actions.on_answer,
    server_actions.LOOK: server_actions.on_looked,
    server_sweep.LIST: server_sweep.on_listed,
    servers.CONSOLE: servers.on_console,
    server_metrics.METRICS: server_metrics.on_metrics,
    SCAN: log_findings.on_scanned,
}

PRESSES: dict[str, Callable[[Turn, str, str], Awaitable[Outcome]]] = {
    "order": orders.pressed,
    "orders": orders.page_pressed,
    "mentor": mentors.pressed,
    "server": servers.pressed,
    "servers": servers.page_pressed,
}
"""Buttons `<kind>:<order id>:<action>`, which work whatever was shown last: the order's id and the action are given."""

DUE: dict[str, Callable[[Turn, Due], Awaitable[Outcome]]] = {
    "case": desk.on_case_due,
    "payment": on_payment.on_due,
    "refund": refunds.on_due,
    "order": on_order_due,
    "month": session_due.on_month_due,
    "payments-sweep": payments_sweep.on_sweep,
    "server": server_due.on_server_due,
    "servers-sweep": server_sweep.on_sweep,
    "servers-summary": server_ops.on_summary,
    "log-pattern": log_alerts.on_mute_over,
    log_alerts.CHANGED: log_alerts.on_changed,
    "log-alerts": log_alerts.on_waiting,
    "logs-scan": log_scans.on_due,
}
