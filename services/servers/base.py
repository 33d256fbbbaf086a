"""What a provider of machines does for us. One file a provider; `registry.py` lists them.

Amounts are told in the words of `domain/servers.py`: memory and disk in GB, times aware and in UTC. A call never blocks
the event loop: an SDK that does runs in a thread.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.server_actions import Ability
from services.failures import Failure


class State(StrEnum):
    """How the provider says a machine stands."""

    BUILDING = "building"
    RUNNING = "running"
    STOPPED = "stopped"
    ERROR = "error"  # the provider itself calls it broken
    MISSING = "missing"  # the provider knows it no more
    OTHER = "other"  # on the way between two of them, or a word of the provider's that we do not know


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """How its owner gets in: as `user` (who may become root), by a public key or by a password, of which the provider
    only ever sees the hash (bcrypt, as libxcrypt reads it); it must be changed at the first login.
    """

    user: str
    ssh_key: str = ""
    password_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A machine to be made. `name` is ours, made of the order alone and never given to another machine; `number` is
    its number, for providers that number machines; `tag` marks every machine of this installation. `location`, `size`
    and `image` are the provider's own words, from the catalog. `cpus`, `memory_gb` and `disk_gb` are for providers
    whose size is no more than these.
    """

    name: str
    number: int
    tag: str
    hostname: str
    location: str
    size: str
    image: str
    cpus: int
    memory_gb: int
    disk_gb: int
    access: Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the provider says of one. `id` is the provider's; `address` an IPv4 or IPv6 address, empty: none yet.

    `made_at` None: the provider does not say.
    """

    id: str
    name: str
    state: State
    address: str = ""
    made_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment of a machine's measurements: per cent of all its CPUs and of its memory, bytes a second in and out.

    None: the provider did not measure it.
    """

    at: datetime
    cpu: float | None
    memory: float | None
    received: float | None
    sent: float | None


class Provider(Protocol):
    """A provider of machines. Where it is asked for something that it cannot do at all, it answers Permanent; what is
    not among its `abilities` is not offered. `knows_again`: asked to create a name once more, it makes no second one,
    even where it does not yet tell of the first.
    """

    name: str
    abilities: frozenset[Ability]
    knows_again: bool

    async def find(self, name: str) -> tuple[Machine, ...] | Failure:
        """Every machine of that name, the oldest first: to be asked before one is made, and after one was."""

    async def create(self, wanted: Wanted) -> Machine | Failure:
        """Make it. Idempotent only where it `knows_again`: the caller has looked for its name before. Unknown where the
        call went out and its answer was lost; quotas and outages are Retry, a size or image that does not exist
        Permanent.
        """

    async def get(self, machine: str) -> Machine | Failure:
        """By the provider's id. One that is not there is a Machine in the state MISSING, not a failure."""

    async def list(self, tag: str) -> tuple[Machine, ...] | Failure:
        """All machines with that tag."""

    async def start(self, machine: str) -> Failure | None:
        """Switch it on; one that runs is fine. Begun is enough: `get` tells how far it is."""

    async def stop(self, machine: str) -> Failure | None:
        """Shut it down; one that is off is fine."""

    async def restart(self, machine: str) -> Failure | None: ...

    async def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        """Everything on it is lost; it keeps its address, and comes up with `wanted.image` and `wanted.access`."""

    async def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        """To `wanted.size`, its disk kept or grown, never shrunk; it may be off meanwhile and is on afterwards."""

    async def destroy(self, machine: str) -> Failure | None:
        """For good; one that is gone is fine."""

    async def console(self, machine: str) -> str | Failure:
        """A link to its screen, for its owner to open. Permanent where the provider has none."""

    async def metrics(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...] | Failure:
        """In order of time, some 100 at most. Permanent where the provider has none."""

    async def check(self) -> Failure | None:
        """Whether it can be used as it is set up. Changes nothing."""
