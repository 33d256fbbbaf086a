"""The data centre: machines that are let out by DigitalOcean and by Proxmox, which are views of it.

What is shown of time is the world's clock; how long things take is real time, by the configuration. A machine that
runs and has its address really answers there (`gates.py`).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from simulator.clock import ascending
from simulator.config import SimulatorConfig
from simulator.feed import Feed
from simulator.gates import Gates
from simulator.machines import BAD, BEGINS, BUILDING_KINDS, ENDS, FAILS, GOOD, NO_START, Machine, Operation, State
from simulator.model import Json, iso
from simulator.phones import NotPossible
from simulator.vitals import cpu

__all__ = ["Busy", "DataCentre", "Machine", "Operation", "State"]

HAPPENED = 200
KEPT_OPERATIONS = 5000


class Busy(Exception):
    """Something is being done to the machine already."""


class DataCentre:
    """All machines. Changes are announced as `machine` events; methods that people use raise NotPossible."""

    def __init__(self, config: SimulatorConfig, clock: Callable[[], datetime], feed: Feed) -> None:
        self._config = config
        self._clock = clock
        self._feed = feed
        self._gates = Gates()
        self._timers: dict[tuple[str, int], asyncio.TimerHandle] = {}
        self._held: dict[tuple[str, int], Callable[[], None]] | None = None
        self._numbers = ascending(per_second=1)
        self.starting: dict[str, str] = {}  # by provider: its word for a start
        self.places: dict[str, dict[str, str]] = {}  # by provider and region or node: its name
        self.machines: dict[tuple[str, int], Machine] = {}
        self.operations: dict[int, Operation] = {}
        self.happened: deque[Json] = deque(maxlen=HAPPENED)

    @property
    def ssh_port(self) -> int:
        """The port at which every machine that runs answers; 0 before the start."""
        return self._gates.port

    def open(self) -> None:
        """From now on machines can listen. Raises OSError (the port is taken)."""
        self._gates.open(self._config.ssh_port)

    def close(self) -> None:
        """Nothing listens any more, nothing goes on; what there is stays."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._gates.close()

    def reset(self) -> None:
        """An empty data centre; numbers keep ascending."""
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._held = None
        for machine in self.machines.values():
            self._sleep(machine)
            self._gates.give_back(machine.place)
        self.machines.clear()
        self.operations.clear()
        self.happened.clear()

    def kept(self) -> Json:
        """What lasts over a restart."""
        return {
            "numbers": self._numbers,
            "ssh_port": self.ssh_port,
            "machines": list(self.machines.values()),
            "operations": list(self.operations.values()),
            "happened": list(self.happened),
        }

    def take_up(self, kept: Json) -> None:
        """What was kept: machines answer again, at the same port where it is free; what was going on begins anew."""
        if not self._config.ssh_port:
            self._gates.move(kept["ssh_port"])
        self._numbers = max(self._numbers, kept["numbers"])
        self.operations = {operation.id: operation for operation in kept["operations"]}
        self.happened.extend(kept["happened"])
        for machine in kept["machines"]:
            machine.state = State(machine.state)
            self.machines[machine.provider, machine.number] = machine
            self._gates.take(machine.place)
            if machine.operation:
                self._later(machine, self._seconds(self.operations[machine.operation]), self._finish)
            elif machine.state is State.RUNNING:
                self._wake(machine)

    def next_number(self) -> int:
        """One that no machine and no operation had before."""
        self._numbers += 1
        return self._numbers

    # what there is

    def get(self, provider: str, number: int) -> Machine | None:
        """By its provider's number."""
        return self.machines.get((provider, number))

    def of(self, provider: str) -> list[Machine]:
        """A provider's machines, the oldest first."""
        return [machine for machine in self.machines.values() if machine.provider == provider]

    def named(self, name: str) -> Machine | None:
        """The first machine of that name."""
        return next((machine for machine in self.machines.values() if machine.name == name), None)

    def under_way(self, machine: Machine) -> Operation | None:
        """What is being done to it."""
        return self.operations[machine.operation] if machine.operation else None

    def to_json(self) -> Json:
        """As the page sees it, the oldest machine first, what happened last first."""
        return {
            "ssh_port": self.ssh_port,
            "places": self.places,
            "machines": [self.shown(machine) for machine in self.machines.values()],
            "happened": list(reversed(self.happened)),
        }

    def shown(self, machine: Machine) -> Json:
        """One machine as the page sees it."""
        operation = self.under_way(machine)
        return {
            "id": _id(machine),
            "provider": machine.provider,
            "number": machine.number,
            "name": machine.name,
            "region": machine.region,
            "size": machine.size,
            "image": machine.image,
            "cpus": machine.cpus,
            "memory": machine.memory,
            "disk": machine.disk,
            "tags": machine.tags,
            "state": machine.state.value,
            "address": machine.address,
            "online": machine.online,
            "cpu": round(cpu(machine.number, self._clock())) if machine.state is State.RUNNING else 0,
            "made_at": iso(machine.made_at),
            "doing": {"kind": operation.kind, "seconds": self._seconds(operation)} if operation else None,
            "written": machine.written,
        }

    # what the providers do

    def make(self, machine: Machine, kind: str, word: str, fails: str = "", **details: Any) -> Operation:
        """A machine that was not there before; building it begins."""
        machine.place = self._gates.free_place()
        self.machines[machine.provider, machine.number] = machine
        return self.begin(machine, kind, word, fails, **details)

    def begin(self, machine: Machine, kind: str, word: str, fails: str = "", **details: Any) -> Operation:
        """Something is done to it from now on; raises Busy."""
        if machine.operation:
            raise Busy
        operation = self._note_operation(machine, kind, word)
        operation.fails, operation.details = fails, details
        machine.operation = operation.id
        if kind in ("restart", "rebuild"):
            self._sleep(machine)
        self._tell(machine, BEGINS[kind])
        self._later(machine, self._seconds(operation), self._finish)
        return operation

    def record(self, machine: Machine, kind: str, word: str, error: str = "") -> Operation:
        """Something was done to it at once, or failed at once."""
        operation = self._note_operation(machine, kind, word)
        operation.state, operation.error = "failed" if error else "done", error
        operation.completed_at = self._clock()
        return operation

    def move(self, machine: Machine, place: str) -> None:
        """It will answer at another place, unless that one is taken, from its next start on."""
        if self._gates.is_free(place):
            self._gates.give_back(machine.place)
            self._gates.take(place)
            machine.place = place

    def touch(self, machine: Machine) -> None:
        """Announces that something about it changed."""
        self._feed.publish("machine", lambda: {"machine": self.shown(machine), "happened": None})

    # what people do, and what befalls machines

    def find(self, provider: str, number: int) -> Machine:
        """By its provider's number; raises NotPossible."""
        machine = self.get(provider, number)
        if machine is None:
            raise NotPossible(f"there is no machine {number} at {provider}")
        return machine

    def lose(self, provider: str, number: int) -> None:
        """It is gone at its provider, with all that was on it, and nobody asked for that."""
        self._remove(self.find(provider, number), "is lost", BAD)

    def damage(self, provider: str, number: int) -> None:
        """It breaks down, and will not start again until it is rebuilt."""
        machine = self.find(provider, number)
        self._abandon(machine)
        self.record(machine, "start", self.starting[provider], NO_START)
        machine.state, machine.off_since = State.BROKEN, self._clock()
        self._sleep(machine)
        self._tell(machine, "is broken", BAD)

    def halt(self, provider: str, number: int) -> None:
        """Somebody stops it at its provider."""
        machine = self.find(provider, number)
        self._abandon(machine)
        self._stopped(machine)
        self._tell(machine, "is stopped by hand", BAD)

    def hold(self) -> None:
        """What is being done to machines is not done before `release`."""
        self._held = self._held or {}

    def release(self) -> None:
        """What was held is done now."""
        held, self._held = self._held or {}, None
        for work in held.values():
            work()

    # inner

    def _seconds(self, operation: Operation) -> float:
        config = self._config
        return config.build_seconds if operation.kind in BUILDING_KINDS else config.power_seconds

    def _note_operation(self, machine: Machine, kind: str, word: str) -> Operation:
        operation = Operation(
            id=self.next_number(),
            provider=machine.provider,
            machine=machine.number,
            region=machine.region,
            kind=kind,
            word=word,
            started_at=self._clock(),
        )
        self.operations[operation.id] = operation
        if len(self.operations) > KEPT_OPERATIONS:
            oldest = next(each for each in self.operations.values() if each.state != "running")
            del self.operations[oldest.id]
        return operation

    def _later(self, machine: Machine, seconds: float, work: Callable[[Machine], None]) -> None:
        key = (machine.provider, machine.number)
        self._forget(key)

        def run() -> None:
            self._timers.pop(key, None)
            if self._held is None:
                work(machine)
            else:
                self._held[key] = lambda: work(machine)

        self._timers[key] = asyncio.get_running_loop().call_later(seconds, run)

    def _forget(self, key: tuple[str, int]) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()
        if self._held is not None:
            self._held.pop(key, None)

    def _finish(self, machine: Machine) -> None:
        operation = self.operations[machine.operation]
        machine.operation = 0
        operation.completed_at = self._clock()
        broken = machine.state is State.BROKEN and operation.kind in ("start", "restart")
        if operation.fails or broken:
            operation.state, operation.error = "failed", operation.fails or NO_START
            if operation.kind in ("create", "clone"):
                return self._remove(machine, "could not be built", BAD)
            return self._tell(machine, FAILS.get(operation.kind, f"{operation.kind} failed"), BAD)
        operation.state = "done"
        for name, value in operation.details.items():
            setattr(machine, name, value)
        match operation.kind:
            case "create" | "start" | "restart" | "rebuild":
                machine.state, machine.off_since = State.RUNNING, None
                self._wake(machine)
            case "clone" | "stop":
                self._stopped(machine)
            case "destroy":
                return self.remove(machine)
        self._tell(machine, ENDS[operation.kind].format(machine.size))
        return None

    def remove(self, machine: Machine) -> None:
        """It is destroyed, as was asked."""
        self._remove(machine, "is destroyed")

    def _stopped(self, machine: Machine) -> None:
        machine.off_since = self._clock()
        if machine.state is not State.BROKEN:
            machine.state = State.STOPPED
        self._sleep(machine)

    def _wake(self, machine: Machine) -> None:
        """It has its address, and answers there, a while after it began to run."""
        machine.online = False
        if not machine.mute:
            self._later(machine, self._config.address_seconds, self._awake)

    def _awake(self, machine: Machine) -> None:
        new = not machine.address
        machine.address = machine.written.get("address") or self._gates.address(machine.place)
        machine.online = True
        self._gates.listen(machine.address)
        if new:
            self._tell(machine, f"answers at {machine.address}", GOOD)
        else:
            self.touch(machine)

    def _sleep(self, machine: Machine) -> None:
        if machine.online:
            machine.online = False
            self._gates.shut(machine.address)

    def _abandon(self, machine: Machine) -> None:
        """What is being done to it, or waited for, comes to nothing."""
        self._forget((machine.provider, machine.number))
        operation = self.under_way(machine)
        if operation is not None:
            operation.state, operation.error, operation.completed_at = "failed", "interrupted", self._clock()
        machine.operation = 0

    def _remove(self, machine: Machine, word: str, tone: str = "") -> None:
        self._abandon(machine)
        self._sleep(machine)
        del self.machines[machine.provider, machine.number]
        self._gates.give_back(machine.place)
        entry = self._entry(machine, word, tone)
        gone = _id(machine)
        self._feed.publish("machine", lambda: {"gone": gone, "happened": entry})

    def _tell(self, machine: Machine, what: str, tone: str = "") -> None:
        entry = self._entry(machine, what, tone)
        self._feed.publish("machine", lambda: {"machine": self.shown(machine), "happened": entry})

    def _entry(self, machine: Machine, what: str, tone: str) -> Json:
        entry = {"at": iso(self._clock()), "id": _id(machine), "name": machine.name, "what": what, "tone": tone}
        entry |= {"provider": machine.provider, "region": machine.region}
        self.happened.append(entry)
        return entry


def _id(machine: Machine) -> str:
    return f"{machine.provider}:{machine.number}"
