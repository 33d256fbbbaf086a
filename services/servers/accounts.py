"""What the clouds gave us, as the settings have it; `registry.py` builds the providers of it."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class DigitalOcean:
    token: str = field(default="", repr=False)
    base_url: str = "https://api.digitalocean.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ec2:
    """One region; a plan's location is that region or a zone of it. `endpoint` empty: the region's own.

    `subnet` and `security_group`: their ids, both or none (the account's default ones).
    """

    access_key: str = ""
    secret_key: str = field(default="", repr=False)
    region: str = ""
    endpoint: str = ""
    subnet: str = ""
    security_group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenStack:
    """Keystone 3. `network`: its id, needed where the project has more than one."""

    auth_url: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    project: str = ""
    domain: str = "Default"
    region: str = ""
    network: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linode:
    token: str = field(default="", repr=False)
    base_url: str = "https://api.linode.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Vultr:
    api_key: str = field(default="", repr=False)
    base_url: str = "https://api.vultr.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Proxmox VE. `token` is like sahut@pve!orders=12345678-... . `ca_file`: the certificate of the cluster's own
    authority; empty: those that everybody trusts. A machine's VMID is `first_vmid` and its own number.
    """

    url: str = ""
    token: str = ""
    ca_file: str = ""
    first_vmid: int = 10_000


DRIVERS = ("digitalocean", "ec2", "openstack", "linode", "vultr")
