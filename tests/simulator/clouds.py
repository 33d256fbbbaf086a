"""The real client libraries of providers of machines, against the simulator."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from libcloud.compute.providers import get_driver
from libcloud.compute.types import Provider
from proxmoxer import ProxmoxAPI

from simulator.datacentre import Machine
from simulator.gates import BANNER
from simulator.server import Simulator

T = TypeVar("T")


def droplets(sim: Simulator, token: str = "", per_page: int = 200) -> Any:
    """libcloud's driver; it blocks: see `away`."""
    address = urlsplit(sim.url)
    driver: Any = get_driver(Provider.DIGITAL_OCEAN)(token or sim.config.digitalocean_token)
    driver.ex_per_page = per_page
    driver.connection.secure, driver.connection.timeout = 0, 5
    driver.connection.host, driver.connection.port = address.hostname, address.port
    driver.connection.connect()
    return driver


def cluster(sim: Simulator, token: str = "") -> Any:
    """proxmoxer's client, over plain HTTP; it blocks: see `away`."""
    user, _, secret = (token or sim.config.proxmox_token).partition("=")
    user, _, name = user.partition("!")
    client = ProxmoxAPI("127.0.0.1", user=user, token_name=name, token_value=secret, verify_ssl=False, timeout=5)
    client._store["base_url"] = f"{sim.url}/api2/json"  # it knows no address but https
    return client


async def away(work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """In a thread: the loop is the simulator's."""
    return await asyncio.to_thread(work, *args, **kwargs)


async def answers(sim: Simulator, address: str) -> bool:
    """Whether an SSH server greets there."""
    try:
        reader, writer = await asyncio.wait_for(asyncio.open_connection(address, sim.datacentre.ssh_port), 30)
    except ConnectionRefusedError:
        return False
    greeting = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    assert greeting == BANNER
    return True


async def online(sim: Simulator, name: str) -> Machine:
    """The machine of that name, once it answers."""

    def found() -> Machine | None:
        machine = sim.datacentre.named(name)
        return machine if machine is not None and machine.online else None

    machine = await sim.world.wait(found)
    assert machine is not None
    return machine


async def idle(sim: Simulator, name: str) -> Machine:
    """The machine of that name, once nothing is being done to it."""

    def found() -> Machine | None:
        machine = sim.datacentre.named(name)
        return machine if machine is not None and not machine.operation else None

    machine = await sim.world.wait(found)
    assert machine is not None
    return machine
