"""A played Proxmox, a machine that is wanted of it, and what a test asks of both."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from services.failures import Failure, Retry
from services.servers.accounts import Cluster
from services.servers.base import Access, Machine, State, Wanted
from services.servers.proxmox import Proxmox
from services.servers.registry import Means, build
from simulator.datacentre import Machine as Played
from simulator.server import Simulator

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyWZ0Nnn6nXfkdK2dRW9x1i7c0dSLUPrQVCbSt5b1Wb budi@laptop"
HASH = "$2b$12$euNzQzNg8jrH9ANFznSfCeRIeo/Zxv51uF744BP9BbHkOO0mKqT.C"
NAME = "server-17-1a2b3c4d"
WANTED = Wanted(
    name=NAME,
    number=17,
    tag="sahut",
    hostname="toko.example.com",
    location="pve1",
    size="2-15",
    image="9001",
    cpus=2,
    memory_gb=4,
    disk_gb=25,
    access=Access(user="budi", ssh_key=KEY),
)
BIGGER = replace(WANTED, cpus=4, memory_gb=8, disk_gb=50)
VMID = 10_017
ID = f"{VMID}/{NAME}"
PATIENCE = 30.0
METHODS = ["clone", "config", "resize", "power", "list", "get", "task"]


def opened(sim: Simulator, **given: Any) -> Proxmox:
    """As after a start of the service."""
    values: dict[str, Any] = {"url": sim.url, "token": sim.config.proxmox_token}
    provider = build("proxmox", Means(proxmox=Cluster(**(values | given))))
    assert isinstance(provider, Proxmox)
    return provider


def played(sim: Simulator, vmid: int = VMID) -> Played:
    return sim.datacentre.machines["proxmox", vmid]


def config(sim: Simulator, vmid: int = VMID) -> dict[str, Any]:
    settings: dict[str, Any] = played(sim, vmid).written["config"]
    return settings


async def insisted(call: Callable[[], Awaitable[Machine | Failure | None]]) -> Machine | Failure | None:
    """As the effect does it: again as long as it is told to wait."""
    async with asyncio.timeout(PATIENCE):
        while isinstance(answer := await call(), Retry):
            await asyncio.sleep(0.02)
    return answer


async def made(proxmox: Proxmox, wanted: Wanted = WANTED) -> str:
    machine = await insisted(lambda: proxmox.create(wanted))
    assert isinstance(machine, Machine), machine
    return machine.id


async def found(proxmox: Proxmox, machine: str = ID) -> Machine:
    answer = await proxmox.get(machine)
    assert isinstance(answer, Machine), answer
    return answer


async def until(proxmox: Proxmox, state: State, *, address: bool = False, machine: str = ID) -> Machine:
    async with asyncio.timeout(PATIENCE):
        while (seen := await found(proxmox, machine)).state is not state or (address and not seen.address):
            await asyncio.sleep(0.02)
    return seen
