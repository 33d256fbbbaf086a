"""DigitalOcean's measurements of a machine, in Prometheus' matrix form.

CPU time is counted in seconds by mode, ever rising; memory is in bytes; traffic in megabits a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from simulator import vitals
from simulator.datacentre import Machine
from simulator.digitalocean_account import DigitalOceanError
from simulator.model import Json

_WINDOW = ("host_id", "start", "end")
_MEMORY: dict[str, Callable[[float, float], float]] = {
    "memory_total": lambda used, total: total,
    "memory_free": lambda used, total: total * (0.85 - used),
    "memory_available": lambda used, total: total * (1 - used),
    "memory_cached": lambda used, total: total * 0.12,
}
GAUGES: dict[str, tuple[str, ...]] = {
    "cpu": _WINDOW,
    "bandwidth": (*_WINDOW, "interface", "direction"),
    **dict.fromkeys(_MEMORY, _WINDOW),
}
"""What can be asked for, and what must be said."""
SHARES = {"user": 0.7, "system": 0.2, "iowait": 0.06, "softirq": 0.02, "steal": 0.01, "nice": 0.01, "irq": 0.0}
LEAST_STEP = 120
MOST = 360


def measured(machine: Machine, gauge: str, query: Mapping[str, str], now: datetime) -> Json:
    """The answer; raises DigitalOceanError for a window that is none."""
    try:
        start, end = int(query["start"]), int(query["end"])
    except ValueError:
        raise DigitalOceanError(400, "bad_request", "start and end must be UNIX timestamps") from None
    if end < start:
        raise DigitalOceanError(400, "bad_request", "end must be after start")
    first, last = machine.made_at.timestamp(), (machine.off_since or now).timestamp()
    step = max(LEAST_STEP, -(-(end - start) // MOST // LEAST_STEP) * LEAST_STEP)
    times = [at for at in range(-(-start // step) * step, end + 1, step) if first <= at <= last]
    host = {"host_id": query["host_id"]}
    if gauge == "cpu":
        result = _cpu(machine, host, times, int(first))
    elif gauge == "bandwidth":
        result = _bandwidth(machine, host, times, query)
    else:
        result = [{"metric": host, "values": [[at, _number(_bytes(machine, gauge, at))] for at in times]}]
    # A window without a measurement has no series.
    return {"status": "success", "data": {"resultType": "matrix", "result": result if times else []}}


def _cpu(machine: Machine, host: Json, times: list[int], made: int) -> list[Json]:
    # Counted from the last full hour before the window: what came before does not show in a difference.
    busy, counted = 0.0, {}
    before = times[0] - LEAST_STEP if times else 0
    base = max(0.0, (before - made) * machine.cpus)
    for at in times:
        busy += vitals.cpu(machine.number, _moment(at)) / 100 * (at - before) * machine.cpus
        counted[at] = busy
        before = at
    start = times[0] - LEAST_STEP if times else 0
    series = [("idle", {at: base + (at - start) * machine.cpus - counted[at] for at in times})]
    series += [(mode, {at: counted[at] * share for at in times}) for mode, share in SHARES.items()]
    return [
        {"metric": {**host, "mode": mode}, "values": [[at, _number(value)] for at, value in values.items()]}
        for mode, values in series
    ]


def _bandwidth(machine: Machine, host: Json, times: list[int], query: Mapping[str, str]) -> list[Json]:
    interface, direction = query["interface"], query["direction"]
    if interface not in ("public", "private") or direction not in ("inbound", "outbound"):
        raise DigitalOceanError(400, "bad_request", "interface or direction is unknown")
    gauge = vitals.received if direction == "inbound" else vitals.sent
    share = 8 / 1e6 if interface == "public" else 0.0
    values = [[at, _number(gauge(machine.number, _moment(at)) * share)] for at in times]
    return [{"metric": {**host, "interface": interface, "direction": direction}, "values": values}]


def _bytes(machine: Machine, gauge: str, at: int) -> float:
    used = vitals.memory(machine.number, _moment(at)) / 100
    return _MEMORY[gauge](used, machine.memory * 1024 * 1024)


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _number(value: float) -> str:
    return f"{value:.2f}"
