"""Machines as Proxmox tells them, and their settings as it is told: names, tags, network cards, disks and host CPUs."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import msgspec

from services.servers.base import State, Wanted

NAME = "name."
HAS = "cpus."
UNFINISHED = "unfinished"
LOCKED = frozenset({"clone", "create"})
CARD = re.compile(r"=([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})")
SIZE = re.compile(r"(?:^|,)size=(\d+(?:\.\d+)?)([KMGT]?)")
IN_GB = {"": 1 / 1024**3, "K": 1 / 1024**2, "M": 1 / 1024, "G": 1, "T": 1024}
DISKS = ("scsi0", "virtio0", "sata0", "ide0")
CPUS = re.compile(r"\d{1,4}(?:-\d{1,4})?(?:,\d{1,4}(?:-\d{1,4})?)*")

Settings = dict[str, Any]
"""A machine's configuration."""


class Row(msgspec.Struct, kw_only=True):
    """A machine, or a template, in `cluster/resources`."""

    vmid: int
    node: str
    status: str
    name: str = ""
    tags: str = ""
    lock: str = ""
    template: int = 0
    maxcpu: float = 0
    maxmem: int = 0

    @property
    def marks(self) -> set[str]:
        return set(re.split(r"[\s,;]+", self.tags)) - {""}

    @property
    def ours(self) -> str:
        """The name that we gave it; empty for another's machine, and for one that was only cloned yet."""
        return next((mark.removeprefix(NAME) for mark in self.marks if mark.startswith(NAME)), "")

    @property
    def cpus(self) -> str:
        """The host CPUs that it has by its mark, as Linux writes them."""
        return next((mark.removeprefix(HAS).replace(".", ",") for mark in self.marks if mark.startswith(HAS)), "")

    @property
    def cloning(self) -> bool:
        return self.lock in LOCKED

    @property
    def finished(self) -> bool:
        return bool(self.ours) and UNFINISHED not in self.marks

    def is_named(self, name: str) -> bool:
        """Whether it is ours, of that name; until it is set up it has no mark, but our name as its own."""
        return not self.template and name in (self.ours, self.name if not self.ours else "")

    @property
    def state(self) -> State:
        if self.cloning or not self.finished:
            return State.BUILDING
        return {"running": State.RUNNING, "stopped": State.STOPPED}.get(self.status, State.OTHER)


def tags(wanted: Wanted, cpus: str, *, finished: bool) -> str:
    """The host CPUs are among them, for the hook on the node that puts it there."""
    has = HAS + cpus.replace(",", ".")
    return ";".join((wanted.tag, NAME + wanted.name, has, *(() if finished else (UNFINISHED,))))


def settings(wanted: Wanted, current: Settings, cpus: str) -> Settings:
    """What is written once it is cloned. Its name becomes the guest's hostname; our name is among its tags. What the
    template lets in besides its owner is taken out.
    """
    access = wanted.access
    entered = {
        # The one that Proxmox' check of a hash knows; `$2b$` is the same and it would hash it once more.
        "cipassword": access.password_hash.replace("$2b$", "$2y$", 1),
        "sshkeys": quote(access.ssh_key, safe=""),
    }
    unused = [name for name, value in entered.items() if not value and name in current]
    return {
        **size_settings(wanted),
        "name": wanted.hostname,
        "tags": tags(wanted, cpus, finished=False),
        "onboot": 1,
        "ciuser": access.user,
        "ipconfig0": "ip=dhcp",
        "net0": CARD.sub(f"={card(wanted.name)}", str(current.get("net0", "")), count=1),
        **{name: value for name, value in entered.items() if value},
        **({"delete": ",".join(unused)} if unused else {}),
    }


def size_settings(wanted: Wanted) -> Settings:
    """Memory is not shared either: no balloon."""
    return {"sockets": 1, "cores": wanted.cpus, "memory": wanted.memory_gb * 1024, "balloon": 0}


def card(name: str) -> str:
    """Its network card's own address (MAC), of the locally administered ones: a machine that is made anew has the same,
    and so is given the same address by DHCP.
    """
    digest = blake2b(name.encode(), digest_size=5).hexdigest().upper()
    return ":".join(("02", *(digest[at : at + 2] for at in range(0, 10, 2))))


def card_of(current: Settings) -> str:
    """In lower case; empty where there is none."""
    found = CARD.search(str(current.get("net0", "")))
    return found[1].lower() if found else ""


def boot_disk(current: Settings) -> tuple[str, float]:
    """Its name and its size in GB. Raises ValueError where there is none."""
    first = re.search(r"order=([a-z]+\d+)", str(current.get("boot", "")))
    for name in (*([first[1]] if first else []), *DISKS):
        size = SIZE.search(str(current.get(name, "")))
        if size and "media=cdrom" not in current[name]:
            return name, float(size[1]) * IN_GB[size[2]]
    raise ValueError("it has no disk")


# --- host CPUs ---


def numbers(cpus: str) -> list[int]:
    """Those of a list of CPUs, as Linux writes it: 2-15,18. Raises ValueError."""
    if not CPUS.fullmatch(cpus):
        raise ValueError(f"{cpus!r} is no list of CPUs, as in 2-15")
    found: set[int] = set()
    for part in cpus.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return sorted(found)


def written(cpus: Iterable[int]) -> str:
    return ",".join(map(str, cpus))


def free(pool: Iterable[int], taken: Iterable[str], own: str, count: int) -> list[int]:
    """So many of the pool that no other machine has: those it has already, if they are as many, else the lowest.
    `taken` are the lists of the others. Fewer where there are no more.
    """
    others: set[int] = set()
    for each in taken:
        others.update(numbers(each) if CPUS.fullmatch(each) else ())
    left = [cpu for cpu in pool if cpu not in others]
    has = numbers(own) if CPUS.fullmatch(own) else []
    return has if len(has) == count and set(has) <= set(left) else left[:count]


# --- the guest agent ---


class Address(msgspec.Struct, rename="kebab"):
    ip_address: str
    ip_address_type: str = "ipv4"


class Interface(msgspec.Struct, rename="kebab"):
    name: str
    hardware_address: str = ""
    ip_addresses: list[Address] = []


class Interfaces(msgspec.Struct):
    result: list[Interface]


def address_of(interfaces: Interfaces, card: str) -> str:
    """The address on its own network card (the guest may have more of them, such as containers'), IPv4 before IPv6."""
    own = [each for each in interfaces.result if each.hardware_address.lower() == card]
    found = [address for each in own for address in each.ip_addresses]
    outside = [each for each in found if not each.ip_address.lower().startswith(("169.254.", "fe80:"))]
    ordered = sorted(outside, key=lambda each: each.ip_address_type != "ipv4")
    return ordered[0].ip_address if ordered else ""


# --- measurements ---


class Point(msgspec.Struct):
    """Of `rrddata`: a share of all CPUs, bytes, bytes a second."""

    time: int
    cpu: float | None = None
    mem: float | None = None
    maxmem: float | None = None
    netin: float | None = None
    netout: float | None = None
