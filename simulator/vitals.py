"""What a machine's gauges show at an instant: made up, the same whenever they are asked, and alive to look at."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime

DAY = 86_400.0


def cpu(number: int, at: datetime) -> float:
    """Per cent of all its CPUs: busier by day, with a load that comes and goes."""
    seconds = at.timestamp()
    day = 0.5 - 0.5 * math.cos(2 * math.pi * seconds / DAY + _chance(number, 0))
    burst = max(0.0, math.sin(2 * math.pi * seconds / (3600 * (1.5 + _chance(number, 1))) + number))
    return min(
        97.0, 3 + 22 * day * (0.4 + _chance(number, 2)) + 40 * burst**3 * day + 5 * _noise(number, seconds, "cpu")
    )


def memory(number: int, at: datetime) -> float:
    """Per cent in use."""
    seconds = at.timestamp()
    return (
        28 + 20 * _chance(number, 3) + 9 * math.sin(2 * math.pi * seconds / DAY) + 3 * _noise(number, seconds, "memory")
    )


def received(number: int, at: datetime) -> float:
    """Bytes a second."""
    return 900 * cpu(number, at) * (0.5 + _noise(number, at.timestamp(), "in"))


def sent(number: int, at: datetime) -> float:
    """Bytes a second."""
    return 2600 * cpu(number, at) * (0.5 + _noise(number, at.timestamp(), "out"))


def _noise(number: int, seconds: float, what: str) -> float:
    """Between 0 and 1, another one each minute."""
    return _chance(number, f"{what} {seconds // 60:.0f}")


def _chance(number: int, what: object) -> float:
    digest = hashlib.blake2b(f"{number} {what}".encode(), digest_size=4).digest()
    return int.from_bytes(digest) / 2**32
