"""The played Proxmox VE, by the real proxmoxer."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests
from proxmoxer import ResourceException

from simulator import proxmox_table as table
from simulator.server import Simulator, SimulatorConfig
from tests.simulator.actors import Json
from tests.simulator.clouds import answers, away, cluster, idle, online
from tests.simulator.conftest import Clocks

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl budi@laptop"
SETTINGS: Json = {
    "cores": 2,
    "memory": 4096,
    "affinity": "4-5",
    "ciuser": "budi",
    "sshkeys": quote(KEY, safe=""),
    "ipconfig0": "ip=dhcp",
    "tags": "sahut;order-1",
    "description": "order 1",
    "nameserver": "1.1.1.1 9.9.9.9",
}

Done = Callable[[str], Awaitable[str]]


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(build_seconds=0.0, power_seconds=0.0, address_seconds=0.0)


@pytest.fixture
def proxmox(sim: Simulator) -> Any:
    return cluster(sim)


@pytest.fixture
def done(sim: Simulator, proxmox: Any) -> Done:
    """What became of a task, once it is over."""

    async def done(upid: str) -> str:
        number = int(upid.split(":")[2], 16)
        await sim.world.wait(lambda: sim.datacentre.operations[number].state != "running")
        status = await away(proxmox.nodes(upid.split(":")[1]).tasks(upid).status.get)
        assert (status["status"], status["upid"]) == ("stopped", upid)
        return str(status["exitstatus"])

    return done


def template(proxmox: Any, vmid: int = 9000) -> Any:
    return proxmox.nodes("pve1").qemu(vmid)


def vm(proxmox: Any, vmid: int = 100, node: str = "pve1") -> Any:
    return proxmox.nodes(node).qemu(vmid)


async def refused(work: Callable[..., Any], *args: Any, **kwargs: Any) -> tuple[int, str, Any]:
    """Status, reason and errors by parameter."""
    with pytest.raises(ResourceException) as caught:
        await away(work, *args, **kwargs)
    return caught.value.status_code, caught.value.content.partition(" - {")[0], caught.value.errors


async def made(proxmox: Any, done: Done, vmid: int = 100, **settings: Any) -> Any:
    """A machine that is off."""
    assert await done(await away(template(proxmox).clone.post, newid=vmid, name=f"server-{vmid}", full=1)) == "OK"
    machine = vm(proxmox, vmid)
    await away(machine.config.put, **(SETTINGS | settings))
    return machine


async def test_a_machine_s_life(sim: Simulator, proxmox: Any, done: Done) -> None:
    vmid = int(await away(proxmox.cluster.nextid.get))
    upid = await away(template(proxmox).clone.post, newid=vmid, name="server-1", full=1, target="pve2")
    assert upid.startswith("UPID:pve2:")
    assert upid.endswith(":qmclone:9000:sahut@pve!simulator:")
    assert await done(upid) == "OK"
    machine = vm(proxmox, vmid, "pve2")
    assert await away(machine.config.put, **SETTINGS, cipassword="$2y$12$abcdefghijklmnopqrstuv") is None
    assert await done(await away(machine.resize.put, disk="scsi0", size="50G")) == "OK"
    config = await away(machine.config.get)
    assert (config["cores"], config["memory"], config["affinity"]) == (2, "4096", "4-5")
    assert (config["cipassword"], config["sshkeys"]) == ("**********", SETTINGS["sshkeys"])
    assert "size=50G" in config["scsi0"]
    stopped = await away(machine.status.current.get)
    assert (stopped["status"], stopped["cpus"], stopped["maxmem"]) == ("stopped", 2, 4096 * 1024**2)

    assert await done(await away(machine.status.start.post)) == "OK"
    made = await online(sim, "server-1")
    assert (await away(machine.status.current.get))["status"] == "running"
    (card,) = [
        one for one in (await away(machine.agent("network-get-interfaces").get))["result"] if one["name"] == "eth0"
    ]
    assert card["ip-addresses"][0]["ip-address"] == made.address
    assert await answers(sim, made.address)
    (row,) = [one for one in await away(proxmox.cluster.resources.get, type="vm") if not one["template"]]
    assert (row["vmid"], row["name"], row["node"], row["status"]) == (vmid, "server-1", "pve2", "running")
    assert row["tags"].split(";") == ["sahut", "order-1"]

    assert await done(await away(machine.status.reboot.post)) == "OK"
    await online(sim, "server-1")
    assert await refused(machine.delete) == (500, f"VM {vmid} is running - destroy failed", None)
    assert await done(await away(machine.status.shutdown.post, forceStop=1, timeout=30)) == "OK"
    assert not await answers(sim, made.address)
    assert await done(await away(machine.delete, **{"purge": 1, "destroy-unreferenced-disks": 1})) == "OK"
    gone = (500, f"Configuration file 'nodes/pve2/qemu-server/{vmid}.conf' does not exist", None)
    assert await refused(machine.status.current.get) == gone


async def test_tokens_are_looked_at(sim: Simulator) -> None:
    wrong = cluster(sim, token="sahut@pve!simulator=00000000-0000-0000-0000-000000000000")
    assert await refused(wrong.version.get) == (401, "invalid token value!", None)


async def test_a_number_is_given_once(proxmox: Any, done: Done) -> None:
    await made(proxmox, done)
    assert await refused(template(proxmox).clone.post, newid=100) == (
        500,
        "unable to create VM 100: config file already exists",
        None,
    )
    assert await away(proxmox.cluster.nextid.get) == "101"
    assert await refused(proxmox.cluster.nextid.get, vmid=100) == (
        400,
        "Parameter verification failed.",
        {"vmid": "VM 100 already exists"},
    )


async def test_a_clone_is_locked_until_it_is_done(sim: Simulator, proxmox: Any, done: Done) -> None:
    sim.datacentre.hold()
    upid = await away(template(proxmox).clone.post, newid=100, name="server-100")
    running = await away(proxmox.nodes("pve1").tasks(upid).status.get)
    assert running["status"] == "running"
    assert "exitstatus" not in running
    machine = vm(proxmox)
    assert (await away(machine.config.get))["lock"] == "clone"
    assert (await away(machine.status.current.get))["lock"] == "clone"
    assert await refused(machine.config.put, cores=2) == (500, "VM is locked (clone)", None)
    for late in (machine.status.start.post, machine.delete, lambda: machine.config.post(cores=2)):
        assert await done(await away(late)) == "VM is locked (clone)"
    sim.datacentre.release()
    assert await done(upid) == "OK"
    assert "lock" not in await away(machine.config.get)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"cores": 0}, "value must have a minimum value of 1"),
        ({"cores": "two"}, "type check ('integer') failed - got 'two'"),
        ({"sshkeys": KEY}, f"invalid format - invalid urlencoded string: {KEY}"),
        ({"sshkeys": quote("my key", safe="")}, "SSH public key validation error"),
        ({"ipconfig0": "10.0.0.4"}, "invalid format - format error\nipconfig.10.0.0.4: invalid format"),
        ({"affinity": "all"}, "invalid format - affinity: not a list of CPUs"),
        ({"tags": "Kreasi/Cloud"}, "invalid format - invalid characters in tag"),
        ({"name": "server_1"}, "invalid format - value does not look like a valid DNS name"),
        ({"colour": "blue"}, table.UNKNOWN),
    ],
)
async def test_wrong_settings_are_refused_by_name(proxmox: Any, done: Done, change: Json, problem: str) -> None:
    machine = await made(proxmox, done)
    status, reason, errors = await refused(machine.config.put, **change)
    assert (status, reason, errors) == (400, "Parameter verification failed.", {next(iter(change)): problem})


async def test_what_is_missing_is_said(proxmox: Any) -> None:
    status, _, errors = await refused(template(proxmox).clone.post, name="x")
    assert (status, errors) == (400, {"newid": table.MISSING})
    assert (await refused(template(proxmox, 8000).clone.post, newid=100))[0] == 500


async def test_a_password_s_hash_must_be_one_that_proxmox_knows(sim: Simulator, proxmox: Any, done: Done) -> None:
    """`$2b$` is taken for the password itself, and hashed: nobody could log in."""
    known = await made(proxmox, done, 100, cipassword="$2y$12$abcdefghijklmnopqrstuv")
    other = await made(proxmox, done, 101, cipassword="$2b$12$abcdefghijklmnopqrstuv")
    assert (await away(known.config.get))["cipassword"] == (await away(other.config.get))["cipassword"]
    kept = [machine.written["config"]["cipassword"] for machine in sim.datacentre.of("proxmox")]
    assert kept[0].startswith("$2y$")
    assert kept[1].startswith("$5$")


async def test_a_running_machine_is_what_it_was_until_it_starts_again(sim: Simulator, proxmox: Any, done: Done) -> None:
    machine = await made(proxmox, done)
    await done(await away(machine.status.start.post))
    assert await done(await away(machine.config.post, cores=4, memory=8192)) == "OK"
    assert (await away(machine.config.get))["cores"] == 4
    assert (await away(machine.status.current.get))["cpus"] == 2
    await done(await away(machine.status.reboot.post))
    now = await away(machine.status.current.get)
    assert (now["cpus"], now["maxmem"]) == (4, 8192 * 1024**2)


async def test_disks_only_grow(proxmox: Any, done: Done) -> None:
    machine = await made(proxmox, done)
    assert await done(await away(machine.resize.put, disk="scsi0", size="+21G")) == "OK"
    assert "size=25G" in (await away(machine.config.get))["scsi0"]
    assert await done(await away(machine.resize.put, disk="scsi0", size="20G")) == "shrinking disks is not supported"
    assert await done(await away(machine.resize.put, disk="scsi1", size="50G")) == "disk 'scsi1' does not exist"


async def test_the_agent_speaks_when_it_runs(sim: Simulator, proxmox: Any, done: Done) -> None:
    machine = await made(proxmox, done)
    ask = machine.agent("network-get-interfaces").get
    assert await refused(ask) == (500, "VM 100 is not running", None)
    sim.faults.add("proxmox", "machine", "no_address", chat="server-101")
    mute = await made(proxmox, done, 101)
    for each in (machine, mute):
        assert await done(await away(each.status.start.post)) == "OK"
    await online(sim, "server-100")
    assert await away(ask)
    assert await refused(mute.agent("network-get-interfaces").get) == (500, "QEMU guest agent is not running", None)
    await away(machine.config.put, agent="0")
    assert (await refused(ask))[1] == "No QEMU guest agent configured"


async def test_starting_and_stopping_twice(sim: Simulator, proxmox: Any, done: Done) -> None:
    machine = await made(proxmox, done)
    assert await refused(machine.status.reboot.post) == (500, "VM 100 not running", None)
    assert await done(await away(machine.status.stop.post)) == "OK"
    assert await done(await away(machine.status.start.post)) == "OK"
    assert await done(await away(machine.status.start.post)) == "VM 100 already running"
    sim.datacentre.hold()
    stopping = await away(machine.status.stop.post)
    assert "can't lock file" in await done(await away(machine.status.start.post))
    sim.datacentre.release()
    assert await done(stopping) == "OK"


async def test_an_address_goes_with_the_network_card(sim: Simulator, proxmox: Any, done: Done) -> None:
    machine = await made(proxmox, done)
    await done(await away(machine.status.start.post))
    before = (await online(sim, "server-100")).address
    card = (await away(machine.config.get))["net0"]
    await done(await away(machine.status.stop.post))
    await done(await away(machine.delete))
    again = await made(proxmox, done, net0=card)
    await done(await away(again.status.start.post))
    assert (await online(sim, "server-100")).address == before


async def test_an_address_can_be_fixed(sim: Simulator, proxmox: Any, done: Done) -> None:
    machine = await made(proxmox, done, ipconfig0="ip=127.77.200.9/16,gw=127.77.0.1")
    await done(await away(machine.status.start.post))
    assert (await online(sim, "server-100")).address == "127.77.200.9"
    assert await answers(sim, "127.77.200.9")


async def test_a_broken_machine_fails_to_start(sim: Simulator, proxmox: Any, done: Done) -> None:
    machine = await made(proxmox, done)
    await done(await away(machine.status.start.post))
    sim.datacentre.damage("proxmox", 100)
    assert (await away(machine.status.current.get))["status"] == "stopped"
    (failed,) = await away(proxmox.nodes("pve1").tasks.get, vmid=100, errors=1)
    assert (failed["type"], failed["status"]) == ("qmstart", "start failed: QEMU exited with code 1")
    assert await done(await away(machine.status.start.post)) == "start failed: QEMU exited with code 1"


async def test_measurements_of_a_day(sim: Simulator, proxmox: Any, done: Done, clocks: Clocks) -> None:
    machine = await made(proxmox, done)
    await done(await away(machine.status.start.post))
    await clocks.advance(timedelta(hours=6))
    rows = await away(machine.rrddata.get, timeframe="day")
    assert len(rows) == 1440
    measured = [row for row in rows if "cpu" in row]
    assert 355 <= len(measured) <= 361
    assert all(0 < row["cpu"] < 1 and 0 < row["mem"] < row["maxmem"] and row["netin"] > 0 for row in measured)
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert (await refused(machine.rrddata.get, timeframe="decade"))[0] == 400


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("quota", 500)])
async def test_refusals_on_request(sim: Simulator, proxmox: Any, kind: str, status: int) -> None:
    sim.faults.add("proxmox", "clone", kind)
    assert (await refused(template(proxmox).clone.post, newid=100))[0] == status
    assert sim.datacentre.machines == {}
    await away(template(proxmox).clone.post, newid=100)


async def test_a_clone_that_was_accepted_fails(sim: Simulator, proxmox: Any, done: Done) -> None:
    sim.faults.add("proxmox", "machine", "fails")
    assert (await done(await away(template(proxmox).clone.post, newid=100))).startswith("clone failed: ")
    assert (await refused(vm(proxmox).config.get))[0] == 500


async def test_cloned_then_no_answer(sim: Simulator, proxmox: Any) -> None:
    sim.faults.add("proxmox", "clone", "after", chat="server-7")
    with pytest.raises(requests.ConnectionError):
        await away(template(proxmox).clone.post, newid=107, name="server-7")
    assert (await idle(sim, "server-7")).number == 107
