"""What a machine's provider has measured of it, as its owner last asked."""

from datetime import datetime, timedelta
from typing import ClassVar

from msgspec import Struct

from domain.records import Personal, Table

SPAN = timedelta(hours=24)
"""How far back is shown."""
KEPT = timedelta(days=2)
"""As long as a message with the picture may still be on its way."""


class Sample(Struct, frozen=True, array_like=True):
    """A moment: per cent of all its CPUs and of its memory, bytes a second in and out. None: not measured."""

    at: datetime
    cpu: float | None
    memory: float | None
    received: float | None
    sent: float | None


class ServerMetrics(Struct, frozen=True, kw_only=True):
    """`id` is the machine's. From `since` to `until`, UTC."""

    TABLE: ClassVar[Table] = Table(
        "server_metrics", indexes=("customer", "until"), personal=Personal("customer"), ended="until"
    )

    id: str
    version: int = 0
    customer: str
    since: datetime
    until: datetime
    samples: tuple[Sample, ...]
