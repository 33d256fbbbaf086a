"""Every job, one line each: its name, how often it is woken, and what finds what is due."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from domain.cases import Case
from domain.events import Arrival
from domain.log_alerts import LogAlerts
from domain.log_patterns import LogPattern
from domain.log_scans import ALL, GONE_KEPT, LogStream
from domain.log_sources import LogWatch
from domain.orders import Order
from domain.payments import Payment, Refund
from domain.server_metrics import KEPT, ServerMetrics
from domain.server_secrets import ServerSecret
from domain.servers import Server
from jobs import logs, payments_sweep, server_sweep
from jobs.due import due
from jobs.months import months
from jobs.retention import purge
from storage.base import Storage


@dataclass(frozen=True, slots=True)
class Job:
    """`find` gives what is due at a business time, as events for the inbox, some hundreds at a time. Waking it too
    often or twice does nothing twice.
    """

    name: str
    every_seconds: int
    find: Callable[[Storage, datetime], AsyncIterator[list[Arrival]]]


def jobs(retention: Mapping[str, timedelta], zone: str, watch: LogWatch) -> tuple[Job, ...]:
    """`zone` is the business's: by its clock the morning begins. `watch`: which logs are read."""
    return (
        Job("cases", 15, due(Case, "case", lambda case: case.customer)),
        Job("servers", 5, due(Server, "server", lambda server: server.lane)),
        Job("orders", 15, due(Order, "order", lambda order: order.lane)),
        Job("months", 3600, months),
        Job("payments", 15, due(Payment, "payment", lambda payment: payment.lane)),
        Job("refunds", 60, due(Refund, "refund", lambda refund: refund.lane)),
        Job("payments-sweep", 900, payments_sweep.find),
        Job("servers-sweep", 300, server_sweep.sweep),
        Job("servers-summary", 900, server_sweep.summary(zone)),
        Job("log-patterns", 15, due(LogPattern, "log-pattern", lambda pattern: ALL)),
        Job("log-alerts", 5, due(LogAlerts, "log-alerts", lambda alerts: ALL)),
        Job("server-secrets", 60, partial(purge, retention={ServerSecret.TABLE.name: timedelta()})),
        Job("server-metrics", 3600, partial(purge, retention={ServerMetrics.TABLE.name: KEPT})),
        Job("logs", logs.seconds(watch), partial(logs.scans, watch=watch)),
        Job("log-streams", 3600, partial(purge, retention={LogStream.TABLE.name: GONE_KEPT})),
        Job("retention", 3600, partial(purge, retention=retention)),
    )
