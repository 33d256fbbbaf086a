"""A provider of machines that does what a test tells it to: answers late, wrongly, twice or never."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from domain.server_actions import Ability
from services.failures import Failure, Permanent, Unknown
from services.servers.base import Machine, Sample, State, Wanted

LOST = Unknown("the answer was cut off")

Hook = Callable[["Cloud", Wanted], Failure | None]


@dataclass
class Cloud:
    """A provider with `trouble`, one at a time, in the order in which machines are asked for. `hides` counts how often
    a new machine is not in its lists yet. `knows_again`: a name that it has is not made once more.
    """

    name: str = "cloud"
    abilities: frozenset[Ability] = frozenset(Ability)
    machines: dict[str, Machine] = field(default_factory=dict)
    knows_again: bool = False
    made: list[Wanted] = field(default_factory=list)
    did: list[tuple[str, str]] = field(default_factory=list)
    trouble: list[Hook | Failure] = field(default_factory=list)
    hides: int = 0
    finding: Failure | None = None
    doing: Failure | None = None
    looking: Failure | None = None

    def put(self, wanted: Wanted) -> Machine:
        self.made.append(wanted)
        machine = Machine(id=f"m-{len(self.made)}", name=wanted.name, state=State.BUILDING)
        self.machines[machine.id] = machine
        return machine

    async def find(self, name: str) -> tuple[Machine, ...] | Failure:
        if self.finding is not None:
            return self.finding
        if self.hides:
            self.hides -= 1
            return ()
        return tuple(each for each in self.machines.values() if each.name == name)

    async def create(self, wanted: Wanted) -> Machine | Failure:
        await asyncio.sleep(0)
        if self.trouble:
            trouble = self.trouble.pop(0)
            failure = trouble(self, wanted) if callable(trouble) else trouble
            if failure is not None:
                return failure
        if self.knows_again:
            for each in self.machines.values():
                if each.name == wanted.name:
                    return each
        return self.put(wanted)

    async def get(self, machine: str) -> Machine | Failure:
        if self.looking is not None:
            return self.looking
        return self.machines.get(machine) or Machine(id=machine, name="", state=State.MISSING)

    async def list(self, tag: str) -> tuple[Machine, ...] | Failure:
        return tuple(self.machines.values())

    async def start(self, machine: str) -> Failure | None:
        self.did.append(("start", machine))
        return self.doing

    async def stop(self, machine: str) -> Failure | None:
        self.did.append(("stop", machine))
        return self.doing

    async def restart(self, machine: str) -> Failure | None:
        self.did.append(("restart", machine))
        return self.doing

    async def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        self.did.append(("reinstall", machine))
        self.made.append(wanted)
        return self.doing

    async def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        self.did.append((f"resize {wanted.size}", machine))
        return self.doing

    async def destroy(self, machine: str) -> Failure | None:
        self.did.append(("destroy", machine))
        return self.doing

    async def console(self, machine: str) -> str | Failure:
        return Permanent("it has none")

    async def metrics(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...] | Failure:
        return (Sample(since, 12.5, None, 1.0, 2.0),)

    async def check(self) -> Failure | None:
        return None


def made_but_lost(cloud: Cloud, wanted: Wanted) -> Failure:
    """Created, then time-out."""
    cloud.put(wanted)
    return LOST


def dies(cloud: Cloud, wanted: Wanted) -> Failure:
    """The machine is made, and our process is killed before it hears of it."""
    cloud.put(wanted)
    raise asyncio.CancelledError
