"""Machines of the data centre, what is done to them, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from simulator.model import Json

NO_START = "it does not start"
GOOD, BAD = "good", "bad"
BEGINS = {
    "create": "is being built",
    "clone": "is being cloned",
    "start": "starts",
    "stop": "shuts down",
    "restart": "restarts",
    "rebuild": "is being built anew",
    "resize": "is being resized",
    "rename": "is being renamed",
    "destroy": "is being destroyed",
}
ENDS = {
    "create": "runs",
    "clone": "is cloned",
    "start": "runs",
    "stop": "is off",
    "restart": "runs again",
    "rebuild": "runs anew, with nothing on it",
    "resize": "is of size {} now",
    "rename": "has its new name",
}
FAILS = {"start": "does not start", "restart": "does not start"}
"""What is told of an operation, as the page says it."""
BUILDING_KINDS = ("create", "clone", "rebuild")


class State(StrEnum):
    """How a machine stands; what is being done to it stands in its operation."""

    BUILDING = "building"
    RUNNING = "running"
    STOPPED = "stopped"
    BROKEN = "broken"


@dataclass(slots=True)
class Operation:
    """Something that is done to a machine and takes its time: an action, as DigitalOcean says, a task at Proxmox.

    `kind`: create, clone, start, stop, restart, rebuild, resize, rename, configure or destroy; `word` is the provider's
    own. `details` are what becomes of the machine's fields when it is done. `state`: running, done or failed, with its
    `error`. One with `fails` will end so. `about` is the provider's.
    """

    id: int
    provider: str
    machine: int
    region: str
    kind: str
    word: str
    started_at: datetime
    details: Json = field(default_factory=dict)
    fails: str = ""
    about: str = ""
    state: str = "running"
    error: str = ""
    completed_at: datetime | None = None


@dataclass(slots=True)
class Machine:
    """One machine. Memory is in MB, disk in GB. `address` is empty until it has one and stays when it is off; `online`:
    it answers there. `written` is what its provider was told besides (user data, cloud-init's fields). One that is
    `mute` never gets an address.
    """

    provider: str
    number: int
    name: str
    region: str
    size: str
    image: str
    cpus: int
    memory: int
    disk: int
    made_at: datetime
    tags: list[str] = field(default_factory=list)
    written: Json = field(default_factory=dict)
    state: State = State.BUILDING
    address: str = ""
    place: str = ""
    online: bool = False
    mute: bool = False
    operation: int = 0
    off_since: datetime | None = None
