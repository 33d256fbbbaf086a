"""The sandbox: a provider of machines of our own, for trying things without an account. Nothing runs.

A machine is there at once, has an address of those kept for documentation (RFC 5737), and does what it is told.
"""

import math
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from domain.server_actions import Ability
from domain.servers_sandbox import SandboxMachine
from services.failures import Failure, Permanent
from services.servers.base import Machine, Sample, State, Wanted

NETWORK = "192.0.2"
SAMPLES = 96
"""Of one question."""


class Machines(Protocol):
    """Where machines are kept."""

    async def get(self, machine: str) -> SandboxMachine | None: ...

    async def tagged(self, tag: str) -> tuple[SandboxMachine, ...]: ...

    async def save(self, machine: SandboxMachine) -> bool:
        """False: it was changed since it was read; nothing was written."""


class Sandbox:
    """`services.servers.base.Provider`. `now` is business time."""

    name = "sandbox"
    abilities = frozenset(Ability) - {Ability.CONSOLE}
    knows_again = True

    def __init__(self, machines: Machines, *, now: Callable[[], datetime]) -> None:
        self._machines = machines
        self._now = now

    async def find(self, name: str) -> tuple[Machine, ...] | Failure:
        kept = await self._machines.get(name)
        return (_machine(kept),) if kept is not None and kept.state != State.MISSING else ()

    async def create(self, wanted: Wanted) -> Machine | Failure:
        kept = await self._machines.get(wanted.name)
        made = SandboxMachine(
            id=wanted.name,
            version=kept.version if kept is not None and kept.state == State.MISSING else 0,
            tag=wanted.tag,
            state=State.RUNNING,
            address=f"{NETWORK}.{wanted.number % 254 + 1}",
            size=wanted.size,
            image=wanted.image,
            made_at=self._now(),
        )
        if await self._machines.save(made):
            return _machine(made)
        return await self.get(wanted.name)  # there already

    async def get(self, machine: str) -> Machine | Failure:
        kept = await self._machines.get(machine)
        return _machine(kept) if kept is not None else Machine(id=machine, name=machine, state=State.MISSING)

    async def list(self, tag: str) -> tuple[Machine, ...] | Failure:
        return tuple(_machine(each) for each in await self._machines.tagged(tag) if each.state != State.MISSING)

    async def start(self, machine: str) -> Failure | None:
        return await self._change(machine, lambda kept: replace(kept, state=State.RUNNING))

    async def stop(self, machine: str) -> Failure | None:
        return await self._change(machine, lambda kept: replace(kept, state=State.STOPPED))

    async def restart(self, machine: str) -> Failure | None:
        return await self.start(machine)

    async def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        return await self._change(machine, lambda kept: replace(kept, state=State.RUNNING, image=wanted.image))

    async def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        return await self._change(machine, lambda kept: replace(kept, state=State.RUNNING, size=wanted.size))

    async def destroy(self, machine: str) -> Failure | None:
        failure = await self._change(machine, lambda kept: replace(kept, state=State.MISSING, address=""))
        return None if failure == GONE else failure

    async def console(self, machine: str) -> str | Failure:
        return Permanent("the sandbox's machines have no screen")

    async def metrics(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...] | Failure:
        """A day as machines have it: busy at noon by UTC."""
        kept = await self._machines.get(machine)
        if kept is None or kept.state == State.MISSING:
            return GONE
        step = max((until - since) / SAMPLES, timedelta(seconds=60))
        count = min(int((until - since) / step), SAMPLES)
        return tuple(_sample(since + number * step) for number in range(count))

    async def check(self) -> Failure | None:
        return None

    async def _change(self, machine: str, how: Callable[[SandboxMachine], SandboxMachine]) -> Failure | None:
        """Read, change and save until nobody came in between."""
        while (kept := await self._machines.get(machine)) is not None and kept.state != State.MISSING:
            changed = how(kept)
            if changed == kept or await self._machines.save(changed):
                return None
        return GONE


GONE = Permanent("no such machine")


def _machine(kept: SandboxMachine) -> Machine:
    return Machine(id=kept.id, name=kept.id, state=State(kept.state), address=kept.address, made_at=kept.made_at)


def _sample(at: datetime) -> Sample:
    day = (at.hour * 3600 + at.minute * 60 + at.second) / 86_400
    busy = (1 - math.cos(2 * math.pi * day)) / 2
    return Sample(at=at, cpu=5 + 60 * busy, memory=30 + 20 * busy, received=4e4 * busy, sent=9e4 * busy)
