"""The numbers at /metrics."""

from functools import cache
from typing import TypeVar

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

M = TypeVar("M", bound=MetricWrapperBase)


@cache
def of(metric: M, *labels: str) -> M:
    """The metric with these labels: as its own `labels`, which takes longer than what is counted."""
    return metric.labels(*labels)


ARRIVALS = Counter("sahut_arrivals_total", "Events recorded, repeats included", ["source", "event"])
REFUSED = Counter("sahut_refused_total", "Webhook calls refused", ["endpoint", "status"])
TURNS = Counter("sahut_turns_total", "Turns by their end", ["end"])
TURN_SECONDS = Histogram(
    "sahut_turn_seconds", "From claim to commit", buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
)
SENDS = Counter("sahut_sends_total", "Provider calls by their result", ["sender", "result"])
OUTBOX_WAITING = Gauge("sahut_outbox_waiting", "Messages this process has yet to send", ["sender"])
INBOX_WAITING = Gauge("sahut_inbox_waiting", "Inbox entries that wait, at the last look")
EFFECTS = Counter("sahut_effects_total", "Effects by their end", ["name", "end"])
CONNECTIONS_CUT = Counter("sahut_connections_cut_total", "Connections that we ended: silent, or too many", ["why"])
