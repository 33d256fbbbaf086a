"""The simulator's one real clock. The business clock is passed in; numbers and the default clock need the real one."""

from __future__ import annotations

import time
from datetime import UTC, datetime

_EPOCH_2026 = 1_767_225_600


def real_now() -> datetime:
    """Real time, aware, UTC."""
    return datetime.fromtimestamp(time.time(), UTC)


def real_seconds() -> int:
    """Real Unix seconds."""
    return int(time.time())


def ascending(per_second: int) -> int:
    """A number that is higher at every later start of the simulator: ticks of real time since 2026."""
    return int((time.time() - _EPOCH_2026) * per_second)
