"""The data centre itself: machines that answer, what befalls them, and what outlasts a restart."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from simulator import gates
from simulator.datacentre import Machine, State
from simulator.server import Simulator, SimulatorConfig
from tests.simulator.actors import Control, Json
from tests.simulator.clouds import answers, idle, online

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl budi@laptop"
AT_ONCE = SimulatorConfig(build_seconds=0.0, power_seconds=0.0, address_seconds=0.0)

Act = Callable[[str], Awaitable[int]]


@pytest.fixture
def config() -> SimulatorConfig:
    return AT_ONCE


def order(sim: Simulator, name: str, **more: str) -> Machine:
    machine = Machine(
        provider="digitalocean",
        number=sim.datacentre.next_number(),
        name=name,
        region="sgp1",
        size="c-2",
        image="debian-12-x64",
        cpus=2,
        memory=4096,
        disk=25,
        made_at=sim.world.now(),
        written={"vpc_uuid": "", **more},
    )
    sim.datacentre.make(machine, "create", "create")
    return machine


async def test_each_machine_answers_on_an_address_of_its_own(sim: Simulator) -> None:
    first, second = order(sim, "one"), order(sim, "two")
    await online(sim, "one")
    await online(sim, "two")
    assert first.address != second.address
    assert await answers(sim, first.address)
    sim.datacentre.halt("digitalocean", first.number)
    assert not await answers(sim, first.address)
    assert await answers(sim, second.address)


async def test_two_simulators_do_not_answer_for_one_another(sim: Simulator) -> None:
    other = Simulator(AT_ONCE)
    await other.start()
    mine, theirs = order(sim, "one"), order(other, "one")
    await online(sim, "one")
    await online(other, "one")
    assert mine.address == theirs.address
    assert sim.datacentre.ssh_port != other.datacentre.ssh_port
    await other.stop()
    assert await answers(sim, mine.address)
    assert not await answers(other, theirs.address)


async def test_where_loopback_has_one_address_it_is_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "NETWORK", "203.0")  # nobody here has such an address, as macOS has none of 127.77
    sim = Simulator(AT_ONCE)
    await sim.start()
    first, second = order(sim, "one"), order(sim, "two")
    await online(sim, "one")
    await online(sim, "two")
    assert first.address == second.address == "127.0.0.1"
    sim.datacentre.halt("digitalocean", first.number)
    assert await answers(sim, "127.0.0.1")
    sim.datacentre.halt("digitalocean", second.number)
    assert not await answers(sim, "127.0.0.1")
    await sim.stop()


async def test_the_port_can_be_chosen() -> None:
    with_any = Simulator(AT_ONCE)
    await with_any.start()
    port = with_any.datacentre.ssh_port
    await with_any.stop()
    sim = Simulator(SimulatorConfig(ssh_port=port))
    await sim.start()
    assert sim.datacentre.ssh_port == port
    await sim.stop()


@pytest.fixture
async def act(sim: Simulator, session: aiohttp.ClientSession) -> Act:
    """Does something to the only machine, by the control API."""
    machine = order(sim, "one")
    await online(sim, "one")

    async def act(deed: str) -> int:
        url = f"{sim.url}/sim/datacentre/digitalocean/{machine.number}/{deed}"
        async with session.post(url, json={}) as response:
            return response.status

    return act


async def test_a_machine_is_lost(sim: Simulator, act: Act) -> None:
    address = (await online(sim, "one")).address
    assert await act("lose") == 200
    assert sim.datacentre.machines == {}
    assert not await answers(sim, address)
    assert sim.datacentre.to_json()["happened"][0]["what"] == "is lost"
    assert await act("lose") == 400


async def test_a_broken_machine_starts_again_only_when_rebuilt(sim: Simulator, act: Act) -> None:
    assert await act("break") == 200
    machine = await idle(sim, "one")
    assert (machine.state, machine.online) == (State.BROKEN, False)
    failed = list(sim.datacentre.operations.values())[-1]
    assert (failed.kind, failed.state) == ("start", "failed")
    sim.datacentre.begin(machine, "start", "power_on")
    await idle(sim, "one")
    assert machine.state is State.BROKEN
    sim.datacentre.begin(machine, "rebuild", "rebuild")
    assert (await online(sim, "one")).state is State.RUNNING


async def test_a_machine_is_stopped_by_hand(sim: Simulator, act: Act) -> None:
    assert await act("stop") == 200
    machine = await idle(sim, "one")
    assert (machine.state, machine.online, bool(machine.address)) == (State.STOPPED, False, True)
    assert await act("explode") == 404


async def test_what_is_being_done_ends_with_the_machine(session: aiohttp.ClientSession) -> None:
    sim = Simulator(SimulatorConfig(build_seconds=3600.0))
    await sim.start()
    machine = order(sim, "one")
    sim.datacentre.lose("digitalocean", machine.number)
    (operation,) = sim.datacentre.operations.values()
    assert (operation.state, operation.error) == ("failed", "interrupted")
    await sim.stop()


async def test_the_page_hears_of_each_step(sim: Simulator, session: aiohttp.ClientSession) -> None:
    async with session.get(f"{sim.url}/sim/events") as stream:
        machine = order(sim, "one")
        told: list[Json] = []
        async with asyncio.timeout(30):
            while not any("answers" in (each.get("happened") or {}).get("what", "") for each in told):
                event = (await stream.content.readuntil(b"\n\n")).decode()
                if event.startswith("event: machine"):
                    told.append(json.loads(event.partition("data: ")[2]))
    states = [(each["machine"]["state"], each["machine"]["online"]) for each in told]
    assert states[0] == ("building", False)
    assert states[-1] == ("running", True)
    assert told[-1]["machine"]["address"] == machine.address
    async with session.get(f"{sim.url}/sim/datacentre") as response:
        shown = await response.json()
    assert shown["ssh_port"] == sim.datacentre.ssh_port
    assert shown["machines"][0]["id"] == told[-1]["machine"]["id"] == f"digitalocean:{machine.number}"


async def test_machines_outlast_a_restart(tmp_path: Path) -> None:
    config = SimulatorConfig(
        build_seconds=0.0, power_seconds=0.0, address_seconds=0.0, state_path=tmp_path / "world.json"
    )
    sim = Simulator(config)
    await sim.start()
    running, stopped = order(sim, "running"), order(sim, "stopped")
    await online(sim, "running")
    await online(sim, "stopped")
    sim.datacentre.halt("digitalocean", stopped.number)
    building = order(sim, "building")
    sim.digitalocean.account.add_key("budi", KEY)
    await sim.stop()
    assert not await answers(sim, running.address)

    again = Simulator(config)
    await again.start()
    assert (await online(again, "running")).address == running.address
    assert await answers(again, running.address)
    assert (await idle(again, "stopped")).state is State.STOPPED
    built = await online(again, "building")
    assert built.number == building.number
    assert built.address not in (running.address, stopped.address)
    assert [key["public_key"] for key in again.digitalocean.account.keys.values()] == [KEY]
    assert again.datacentre.next_number() > building.number
    again.reset()
    assert again.datacentre.machines == {}
    assert not await answers(again, running.address)
    await again.stop()


async def test_what_goes_wrong_with_machines_is_offered(sim: Simulator, control: Control) -> None:
    offered = {one["provider"]: one for one in sim.control.state()["fault_kinds"]}
    assert "quota" in offered["digitalocean"]["answers"]
    assert (offered["digitalocean"]["sides"], offered["digitalocean"]["machines"]) == (
        ["machine"],
        ["fails", "no_address"],
    )
    assert (await control("faults", provider="digitalocean", method="machine", kind="fails"))[0] == 200
    assert (await control("faults", provider="digitalocean", method="machine", kind="500"))[0] == 400
