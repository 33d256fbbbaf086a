"""The providers of machines there are: a new one is a line more here. Each is imported where it is used."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from services.servers.accounts import DRIVERS, Cluster, DigitalOcean, Ec2, Linode, OpenStack, Vultr
from services.servers.base import Provider

if TYPE_CHECKING:
    from services.servers.libcloud_nodes import Nodes
    from services.servers.sandbox import Machines


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What providers work with, of those that are in use. `driver` is which of the clouds `libcloud` is; `machines` is
    where the sandbox keeps its own, `now` business time.
    """

    driver: str = DRIVERS[0]
    digitalocean: DigitalOcean = field(default_factory=DigitalOcean)
    ec2: Ec2 = field(default_factory=Ec2)
    openstack: OpenStack = field(default_factory=OpenStack)
    linode: Linode = field(default_factory=Linode)
    vultr: Vultr = field(default_factory=Vultr)
    proxmox: Cluster = field(default_factory=Cluster)
    machines: "Machines | None" = None
    now: Callable[[], datetime] | None = None


def _digitalocean(means: Means) -> "Callable[[], Nodes]":
    from services.servers.libcloud_digitalocean import Droplets

    return lambda: Droplets(means.digitalocean)


def _ec2(means: Means) -> "Callable[[], Nodes]":
    from services.servers.libcloud_ec2 import Ec2Instances

    return lambda: Ec2Instances(means.ec2)


def _openstack(means: Means) -> "Callable[[], Nodes]":
    from services.servers.libcloud_openstack import Instances

    return lambda: Instances(means.openstack)


def _linode(means: Means) -> "Callable[[], Nodes]":
    from services.servers.libcloud_linode import Linodes

    return lambda: Linodes(means.linode)


def _vultr(means: Means) -> "Callable[[], Nodes]":
    from services.servers.libcloud_vultr import Instances

    return lambda: Instances(means.vultr)


CLOUDS: "Mapping[str, Callable[[Means], Callable[[], Nodes]]]" = {
    "digitalocean": _digitalocean,
    "ec2": _ec2,
    "openstack": _openstack,
    "linode": _linode,
    "vultr": _vultr,
}


def _libcloud(means: Means) -> Provider:
    from services.servers.libcloud import Libcloud

    cloud = CLOUDS.get(means.driver)
    if cloud is None:
        raise ValueError(f"LIBCLOUD_DRIVER is {means.driver!r}, which is none of {', '.join(CLOUDS)}")
    return Libcloud(cloud(means))


def _proxmox(means: Means) -> Provider:
    from services.servers.proxmox import Proxmox

    return Proxmox(means.proxmox)


def _sandbox(means: Means) -> Provider:
    from services.servers.sandbox import Sandbox

    if means.machines is None or means.now is None:
        raise ValueError("the sandbox has nowhere to keep its machines")
    return Sandbox(means.machines, now=means.now)


PROVIDERS: Mapping[str, Callable[[Means], Provider]] = {
    "libcloud": _libcloud,
    "proxmox": _proxmox,
    "sandbox": _sandbox,
}


def build(name: str, means: Means) -> Provider:
    """Raises ValueError, in words for the operator, where it cannot be used as it is set up."""
    make = PROVIDERS.get(name)
    if make is None:
        raise ValueError(f"there is no provider of machines {name!r}, only {', '.join(PROVIDERS)}")
    return make(means)
