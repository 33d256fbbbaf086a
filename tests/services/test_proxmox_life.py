"""What is done to a machine at Proxmox VE, and what is read of it: against the strict simulator, by proxmoxer."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.failures import Permanent, Unknown
from services.servers import proxmox_calls
from services.servers import proxmox_shapes as shapes
from services.servers.base import Access, Machine, State
from services.servers.proxmox import Proxmox
from services.servers.proxmox_shapes import Row
from simulator.server import Simulator, SimulatorConfig
from tests.services.proxmox_stage import (
    BIGGER,
    HASH,
    ID,
    METHODS,
    NAME,
    PATIENCE,
    VMID,
    WANTED,
    config,
    found,
    insisted,
    made,
    opened,
    played,
    until,
)  # fmt: skip


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    sim = Simulator(SimulatorConfig(build_seconds=0.05, power_seconds=0.05, address_seconds=0.05))
    await sim.start()
    yield sim
    await sim.stop()


@pytest.fixture
def proxmox(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> Proxmox:
    monkeypatch.setattr(proxmox_calls, "POLL", 0.01)
    return opened(sim)


# --- what is done to it ---


async def test_off_on_and_again(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    address = (await until(proxmox, State.RUNNING, address=True)).address
    assert await insisted(lambda: proxmox.stop(ID)) is None
    await until(proxmox, State.STOPPED)
    assert await proxmox.stop(ID) is None, "one that is off is fine"
    assert await insisted(lambda: proxmox.start(ID)) is None
    assert await proxmox.start(ID) is None, "one that runs is fine"
    assert (await until(proxmox, State.RUNNING, address=True)).address == address
    assert await insisted(lambda: proxmox.restart(ID)) is None
    await until(proxmox, State.RUNNING, address=True)
    assert await insisted(lambda: proxmox.stop(ID)) is None
    await until(proxmox, State.STOPPED)
    assert await insisted(lambda: proxmox.restart(ID)) is None
    await until(proxmox, State.RUNNING)


@pytest.mark.parametrize("kind", ["cut", "after", "wrong"])
async def test_what_may_have_been_done_is_not_clear(sim: Simulator, proxmox: Proxmox, kind: str) -> None:
    await made(proxmox)
    await until(proxmox, State.RUNNING, address=True)
    sim.faults.add("proxmox", "power", kind)
    assert isinstance(await proxmox.stop(ID), Unknown)
    assert await insisted(lambda: proxmox.stop(ID)) is None
    await until(proxmox, State.STOPPED)


@pytest.mark.parametrize("running", [True, False])
async def test_a_bigger_one(sim: Simulator, proxmox: Proxmox, running: bool) -> None:
    await made(proxmox)
    await until(proxmox, State.RUNNING, address=True)
    if not running:
        assert await insisted(lambda: proxmox.stop(ID)) is None
        await until(proxmox, State.STOPPED)
    assert await insisted(lambda: proxmox.resize(ID, BIGGER)) is None
    await until(proxmox, State.RUNNING, address=True)
    machine = played(sim)
    assert (machine.cpus, machine.memory, machine.disk) == (4, 8192, 50)
    assert config(sim)["affinity"] == "2,3,4,5"
    assert config(sim)["name"] == "toko.example.com"


async def test_a_smaller_one_keeps_its_disk(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox, BIGGER)
    await until(proxmox, State.RUNNING, address=True)
    assert await insisted(lambda: proxmox.resize(ID, WANTED)) is None
    assert (played(sim).cpus, played(sim).disk, config(sim)["affinity"]) == (2, 50, "2,3")


async def test_asked_again_it_is_not_restarted_again(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    await until(proxmox, State.RUNNING, address=True)
    assert await insisted(lambda: proxmox.resize(ID, BIGGER)) is None
    restarts = [each for each in sim.datacentre.operations.values() if each.kind == "restart"]
    assert await proxmox.resize(ID, BIGGER) is None
    assert [each for each in sim.datacentre.operations.values() if each.kind == "restart"] == restarts


async def test_made_anew_it_keeps_its_number_and_its_address(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    address = (await until(proxmox, State.RUNNING, address=True)).address
    anew = replace(WANTED, image="9000", access=Access(user="admin", password_hash=HASH))
    assert await insisted(lambda: proxmox.reinstall(ID, anew)) is None
    seen = await until(proxmox, State.RUNNING, address=True)
    assert (seen.id, seen.address) == (ID, address)
    assert (played(sim).image, config(sim)["ciuser"]) == ("ubuntu-24.04", "admin")
    assert "sshkeys" not in config(sim)


@pytest.mark.parametrize("method", [*METHODS, "delete"])
async def test_a_reinstallation_goes_on_where_it_broke_off(sim: Simulator, proxmox: Proxmox, method: str) -> None:
    await made(proxmox)
    await until(proxmox, State.RUNNING, address=True)
    anew = replace(WANTED, image="9000")
    sim.faults.add("proxmox", method, "after")
    failure = await proxmox.reinstall(ID, anew)
    async with asyncio.timeout(PATIENCE):
        while failure is not None:
            assert not isinstance(failure, Permanent), failure
            failure = await opened(sim).reinstall(ID, anew)
    await until(proxmox, State.RUNNING, address=True)
    assert (played(sim).image, config(sim)["affinity"]) == ("ubuntu-24.04", "2,3")
    assert len(sim.datacentre.machines) == 1


async def test_nothing_is_destroyed_for_a_system_that_there_is_not(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    await until(proxmox, State.RUNNING)
    assert isinstance(await proxmox.reinstall(ID, replace(WANTED, image="9999")), Permanent)
    assert (await found(proxmox)).state is State.RUNNING


async def test_gone_for_good(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    assert await insisted(lambda: proxmox.destroy(ID)) is None
    assert (await found(proxmox)).state is State.MISSING
    assert await proxmox.destroy(ID) is None
    assert isinstance(await proxmox.start(ID), Permanent)


async def test_lost_at_the_provider(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    sim.datacentre.lose("proxmox", VMID)
    assert (await found(proxmox)).state is State.MISSING
    assert await made(proxmox) == ID


async def test_a_list_of_ours(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    await made(proxmox, replace(WANTED, name="server-18-0", number=18, tag="another"))
    ours = await proxmox.list("sahut")
    assert isinstance(ours, tuple)
    assert [(each.id, each.name) for each in ours] == [(ID, NAME)]


async def test_measurements(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox)
    await sim.world.advance(timedelta(days=2))
    now = sim.world.now()
    samples = await proxmox.metrics(ID, now - timedelta(days=1), now)
    assert isinstance(samples, tuple)
    assert 40 <= len(samples) <= 100
    assert [each.at for each in samples] == sorted(each.at for each in samples)
    assert all(now - timedelta(days=1) <= each.at <= now for each in samples)
    last = samples[-1]
    assert last.cpu is not None
    assert last.memory is not None
    assert 0 <= last.cpu <= 100
    assert 0 <= last.memory <= 100
    assert last.received is not None
    assert isinstance(await proxmox.metrics("10099/nobody", now - timedelta(days=1), now), Permanent)


async def test_no_console(proxmox: Proxmox) -> None:
    assert isinstance(await proxmox.console(ID), Permanent)


@pytest.mark.parametrize("machine", ["", "x", "10017", "10017/", f"/{NAME}", "10017/server-17-other", "9000/debian-13"])
async def test_ids_that_are_none_of_ours(sim: Simulator, proxmox: Proxmox, machine: str) -> None:
    await made(proxmox)
    assert (await found(proxmox, machine)).state is State.MISSING
    assert await proxmox.destroy(machine) is None
    assert await found(proxmox) != Machine(id=ID, name=NAME, state=State.MISSING)


# --- shapes ---


def test_cpus_that_it_has_already_are_kept() -> None:
    assert shapes.free(range(2, 16), ("2-5", "7"), "8,9", 2) == [8, 9]
    assert shapes.free(range(2, 16), ("2-5", "7"), "", 2) == [6, 8]
    assert shapes.free(range(2, 16), ("2-5", "7"), "5,9", 2) == [6, 8], "one of them is another's"
    assert shapes.free([2, 3], ("all of them", ""), "", 3) == [2, 3]


@pytest.mark.parametrize(
    ("disk", "size"), [("size=25G", 25), ("size=2252M", 2252 / 1024), ("size=1T", 1024), ("size=1.5G,ssd=1", 1.5)]
)
def test_the_size_of_a_disk(disk: str, size: float) -> None:
    settings = {"boot": "order=scsi0;net0", "scsi0": f"local-lvm:vm-1-disk-0,{disk}", "ide2": "x,media=cdrom,size=4M"}
    assert shapes.boot_disk(settings) == ("scsi0", size)
    del settings["boot"]
    assert shapes.boot_disk(settings) == ("scsi0", size)
    with pytest.raises(ValueError, match="no disk"):
        shapes.boot_disk({"ide2": "x,media=cdrom,size=4M"})


def test_a_card_of_its_own() -> None:
    assert shapes.card(NAME) == shapes.card(NAME) != shapes.card("server-18-1a2b3c4d")
    assert int(shapes.card(NAME)[:2], 16) & 3 == 2, "locally administered, and of one machine"


def test_a_machine_that_is_on_no_node() -> None:
    row = Row(vmid=1, node="pve1", status="unknown", tags=f"sahut;name.{NAME}")
    assert row.state is State.OTHER
