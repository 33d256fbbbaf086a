"""A small Proxmox VE cluster: its nodes and templates, and which settings of a machine are played.

Names, formats and words of refusals: Proxmox' API (qemu-server, pve-common), version 9.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Collection
from urllib.parse import unquote

NODES = ("pve1", "pve2")
PLACES = ("Jakarta, first rack", "Jakarta, second rack")
NODE_CPUS, NODE_MEMORY = 64, 256 * 1024**3
TEMPLATE_NODE = "pve1"
STORAGES = {"ceph": True, "local-lvm": False}
"""Where disks are, and whether all nodes share it."""
VERSION = {"version": "9.0.11", "release": "9.0", "repoid": "3bf5476b8a4699e2"}

# vmid: name, disk in GB; cloud images, ready for cloud-init, with the guest agent
TEMPLATES: dict[int, tuple[str, int]] = {
    9000: ("ubuntu-24.04", 4),
    9001: ("debian-13", 3),
    9002: ("rockylinux-9", 10),
    9003: ("almalinux-9", 10),
    9004: ("debian-12", 3),
    9005: ("ubuntu-22.04", 3),
}
TEMPLATE_CORES, TEMPLATE_MEMORY = 1, 2048

UNKNOWN = "property is not defined in schema and the schema does not allow additional properties"
MISSING = "property is missing and it is not optional"
OUT_OF_SPACE = "lvcreate 'pve/vm-{}-disk-0' error:   Volume group \"pve\" has insufficient free space (0 extents)"
NO_QUORUM = "cluster not ready - no quorum?"

_TAG = re.compile(r"[a-z0-9_][a-z0-9_\-+.]*", re.IGNORECASE)
_NAME = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9\-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9\-]*[a-zA-Z0-9])?)*")
_CPUS = re.compile(r"\d+(?:-\d+)?(?:,\d+(?:-\d+)?)*")
_NET = re.compile(r"virtio(?:=[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5})?(?:,[a-z]+=[^,]+)*")
_KEY = re.compile(r"(?:ssh-(?:ed25519|rsa)|ecdsa-sha2-nistp\d+|sk-\S+) [A-Za-z0-9+/]+={0,3}(?: .*)?")
_HASHED = re.compile(r"\$(?:[156]|2[ay])(?:\$.+){2}")

Check = Callable[[str], str]
"""Says what is wrong with a value, or nothing."""


def _number(least: int) -> Check:
    def check(value: str) -> str:
        if not re.fullmatch(r"-?\d+", value):
            return f"type check ('integer') failed - got '{value}'"
        return "" if int(value) >= least else f"value must have a minimum value of {least}"

    return check


def flag(value: str) -> str:
    """A boolean as Proxmox takes it: in any case, so Python's `True` too."""
    good = value.lower() in ("1", "0", "yes", "no", "on", "off", "true", "false")
    return "" if good else f"type check ('boolean') failed - got '{value}'"


def one_of(values: Collection[str]) -> Check:
    """One of those."""
    told = f"value '{{}}' does not have a value in the enumeration '{', '.join(values)}'"
    return lambda value: "" if value in values else told.format(value)


def like(pattern: re.Pattern[str], words: str) -> Check:
    """What a pattern fits wholly."""
    return lambda value: "" if pattern.fullmatch(value) else f"invalid format - {words}"


def anything(value: str) -> str:
    """No value is wrong."""
    return ""


def _tags(value: str) -> str:
    bad = [tag for tag in split_tags(value) if not _TAG.fullmatch(tag)]
    return "invalid format - invalid characters in tag" if bad else ""


def _ssh_keys(value: str) -> str:
    if not re.fullmatch(r"[-%a-zA-Z0-9_.!~*'()]*", value):
        return f"invalid format - invalid urlencoded string: {value}"
    lines = [line for line in unquote(value).splitlines() if line.strip() and not line.startswith("#")]
    return "" if all(_KEY.fullmatch(line) for line in lines) else "SSH public key validation error"


def _ip_config(value: str) -> str:
    for part in value.split(","):
        name, _, address = part.partition("=")
        try:
            if name not in ("ip", "gw", "ip6", "gw6"):
                raise ValueError(name)
            if name.startswith("gw"):
                ipaddress.ip_address(address)
            elif address not in ("dhcp", "auto"):
                ipaddress.ip_interface(address)
        except ValueError:
            return f"invalid format - format error\nipconfig.{name}: invalid format"
    return ""


def _addresses(value: str) -> str:
    try:
        for one in re.split(r"[\s,;]+", value.strip()):
            ipaddress.ip_address(one)
    except ValueError:
        return "invalid format - value does not look like a valid IP address"
    return ""


SETTINGS: dict[str, Check] = {
    "name": like(_NAME, "value does not look like a valid DNS name"),
    "cores": _number(1),
    "sockets": _number(1),
    "memory": _number(16),
    "balloon": _number(0),
    "affinity": like(_CPUS, "affinity: not a list of CPUs"),
    "cpu": anything,
    "cpuunits": _number(1),
    "numa": flag,
    "onboot": flag,
    "protection": flag,
    "agent": anything,
    "net0": like(_NET, "net0: not a virtio card"),
    "ciuser": anything,
    "cipassword": anything,
    "sshkeys": _ssh_keys,
    "ipconfig0": _ip_config,
    "nameserver": _addresses,
    "searchdomain": anything,
    "ciupgrade": flag,
    "citype": anything,
    "tags": _tags,
    "description": anything,
}
"""What a machine's configuration may hold; the rest of Proxmox' is not played."""
NUMBERS = ("cores", "sockets", "balloon", "cpuunits", "numa", "onboot", "protection", "ciupgrade")


def split_tags(value: str) -> list[str]:
    """The tags of a list, however they are parted."""
    return [tag for tag in re.split(r"[\s,;]+", value) if tag]


def password(value: str) -> str:
    """As it is kept: a hash that Proxmox knows stays, all else is taken for the password itself and hashed. bcrypt is
    known as `$2a$` and `$2y$`, not as `$2b$`.
    """
    return value if _HASHED.fullmatch(value) else "$5$simulated$hash-of-what-was-not-taken-for-a-hash"
