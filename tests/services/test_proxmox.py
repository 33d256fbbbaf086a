"""Machines at Proxmox VE are made: against the strict simulator, over HTTP, by proxmoxer."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import bcrypt
import pytest

from bot.server_services import knock
from services.failures import Permanent, Retry, Unknown
from services.servers import proxmox as provider
from services.servers import proxmox_calls
from services.servers import proxmox_shapes as shapes
from services.servers.accounts import Cluster
from services.servers.base import Access, Machine, State
from services.servers.proxmox import Proxmox
from services.servers.registry import Means, build
from simulator import proxmox_shapes, proxmox_table
from simulator.proxmox_shapes import ProxmoxError
from simulator.server import Simulator, SimulatorConfig
from tests.services.cloud_stage import staged
from tests.services.proxmox_stage import (
    HASH,
    ID,
    KEY,
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


# --- making one ---


async def test_a_machine_is_made_as_it_was_ordered(sim: Simulator, proxmox: Proxmox) -> None:
    assert await made(proxmox) == ID
    machine, settings = played(sim), config(sim)
    assert (machine.image, machine.region, machine.cpus, machine.memory, machine.disk) == (
        "debian-13", "pve1", 2, 4096, 25,
    )  # fmt: skip
    assert settings["name"] == "toko.example.com", "what the guest is called"
    assert settings["tags"].split(";") == ["sahut", f"name.{NAME}", "cpus.2.3"]
    assert (settings["affinity"], settings["sockets"], settings["balloon"]) == ("2,3", 1, 0)
    assert (settings["ciuser"], settings["ipconfig0"], settings["onboot"]) == ("budi", "ip=dhcp", 1)
    assert settings["sshkeys"] == quote(KEY, safe="")
    assert "cipassword" not in settings
    seen = await until(proxmox, State.RUNNING, address=True)
    assert (seen.id, seen.name, seen.address) == (ID, NAME, machine.address)
    assert await knock(seen.address, sim.datacentre.ssh_port)


async def test_a_password_is_given_as_its_hash(sim: Simulator, proxmox: Proxmox) -> None:
    """In the spelling that Proxmox takes for a hash: any other it would hash once more."""
    await made(proxmox, replace(WANTED, access=Access(user="budi", password_hash=HASH)))
    kept = config(sim)["cipassword"]
    assert kept == HASH.replace("$2b$", "$2y$")
    password = "a password to try"
    ours = bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    assert bcrypt.checkpw(password.encode(), ours.replace("$2b$", "$2y$").encode())
    assert "sshkeys" not in config(sim)


async def test_what_the_template_lets_in_is_taken_out() -> None:
    current = {"net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0", "sshkeys": "the-operator", "cipassword": "**********"}
    assert shapes.settings(WANTED, current, "2,3")["delete"] == "cipassword"
    by_password = replace(WANTED, access=Access(user="budi", password_hash=HASH))
    assert shapes.settings(by_password, current, "2,3")["delete"] == "sshkeys"
    assert "delete" not in shapes.settings(WANTED, {"net0": current["net0"]}, "2,3")


async def test_on_another_node_than_its_template(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox, replace(WANTED, location="pve2"))
    assert played(sim).region == "pve2"
    assert (await until(proxmox, State.RUNNING)).id == ID


async def test_every_machine_has_host_cpus_of_its_own(sim: Simulator, proxmox: Proxmox) -> None:
    """Also those that are made at once; what another node's machines have does not count."""
    orders = [
        replace(WANTED, name=f"server-{number}-0", number=number, cpus=3, size="2-9,20") for number in range(1, 4)
    ]
    await asyncio.gather(*(made(proxmox, order) for order in orders))
    chosen = sorted(config(sim, 10_000 + order.number)["affinity"] for order in orders)
    assert chosen == ["2,3,4", "5,6,7", "8,9,20"]
    full = await proxmox.create(replace(WANTED, name="server-4-0", number=4, cpus=1, size="2-9,20"))
    assert isinstance(full, Retry)
    assert "no 1 free CPUs" in full.detail
    elsewhere = replace(WANTED, name="server-5-0", number=5, size="2-9,20", location="pve2")
    await made(proxmox, elsewhere)
    assert config(sim, 10_005)["affinity"] == "2,3"


async def test_cpus_that_somebody_else_s_machine_was_given_by_hand(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox, replace(WANTED, name="server-16-0", number=16))
    config(sim, 10_016).update(tags="mail", affinity="2-5")
    await made(proxmox)
    assert config(sim)["affinity"] == "6,7"


def refuse_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    """As Proxmox does for every token."""

    def refused(value: str) -> str:
        raise ProxmoxError(500, "only root can set 'affinity' config")

    monkeypatch.setitem(proxmox_table.SETTINGS, "affinity", refused)


async def test_without_root_the_hook_of_the_node_is_told_the_cpus(
    sim: Simulator, proxmox: Proxmox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_affinity(monkeypatch)
    with_hook = proxmox_shapes.template_settings
    monkeypatch.setattr(
        proxmox_shapes, "template_settings", lambda vmid: {**with_hook(vmid), "hookscript": "local:snippets/sahut-cpus"}
    )
    await asyncio.gather(made(proxmox), made(proxmox, replace(WANTED, name="server-18-0", number=18)))
    marks = sorted(config(sim, vmid)["tags"].split(";")[2] for vmid in (VMID, 10_018))
    assert marks == ["cpus.2.3", "cpus.4.5"]


async def test_cpus_that_would_not_be_its_own_are_not_sold(
    sim: Simulator, proxmox: Proxmox, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_affinity(monkeypatch)
    answer = await insisted(lambda: proxmox.create(WANTED))
    assert isinstance(answer, Permanent)
    assert "no hookscript" in answer.detail
    assert played(sim).state.value == "stopped"


def test_the_hook_puts_a_machine_on_its_cpus(tmp_path: Path) -> None:
    """By `qm` and `taskset`, here played: the one says the settings, the other what it was told."""
    (tmp_path / "qm").write_text("#!/bin/sh\necho 'cores: 2'; echo 'tags: sahut;name.server-17;cpus.2.3-5.12'\n")
    (tmp_path / "taskset").write_text('#!/bin/sh\necho "$@"\n')
    (tmp_path / "10017.pid").write_text("4711\n")
    for name in ("qm", "taskset"):
        (tmp_path / name).chmod(0o755)
    env = {"PATH": f"{tmp_path}:/usr/bin:/bin", "PIDS": str(tmp_path)}

    def hook(phase: str) -> str:
        done = subprocess.run(
            ["sh", "deploy/proxmox/sahut-cpus", "10017", phase], env=env, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    assert hook("post-start") == "--all-tasks --cpu-list --pid 2,3-5,12 4711"
    assert hook("pre-start") == hook("post-stop") == ""


async def test_freed_cpus_are_given_again(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox, replace(WANTED, cpus=8))
    assert await insisted(lambda: proxmox.destroy(ID)) is None
    await made(proxmox, replace(WANTED, name="server-18-0", number=18, cpus=8))
    assert config(sim, 10_018)["affinity"] == "2,3,4,5,6,7,8,9"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"image": "9999"}, "there is no template 9999"),
        ({"image": "debian"}, "there is no template debian"),
        ({"location": "pve9"}, "there is no node pve9"),
        ({"size": "small"}, "'small' is no list of CPUs"),
        ({"hostname": "not a name"}, "valid DNS name"),
    ],
)
async def test_what_there_is_not_is_refused(proxmox: Proxmox, change: dict[str, str], said: str) -> None:
    answer = await insisted(lambda: proxmox.create(replace(WANTED, **change)))  # type: ignore[arg-type]  # all of them are texts
    assert isinstance(answer, Permanent)
    assert said in answer.detail


async def test_a_number_that_is_another_s_is_never_touched(sim: Simulator, proxmox: Proxmox) -> None:
    await made(proxmox, replace(WANTED, name="server-17-another"))
    config(sim).update(tags="mail", name="mail")
    played(sim).name = "mail"
    before = dict(config(sim))
    answer = await proxmox.create(WANTED)
    assert isinstance(answer, Permanent)
    assert "PROXMOX_FIRST_VMID" in answer.detail
    assert await proxmox.find(NAME) == ()
    assert (await found(proxmox)).state is State.MISSING
    assert await proxmox.destroy(ID) is None, "as of one that is gone"
    assert isinstance(await proxmox.stop(ID), Permanent)
    assert config(sim) == before


async def test_one_that_takes_the_place_of_another_of_ours(sim: Simulator, proxmox: Proxmox) -> None:
    """Which is broken, and stays for ops to look at: the new one has a name and a number of its own."""
    await made(proxmox)
    second = replace(WANTED, name=f"{NAME}-2")
    assert await made(proxmox, second) == f"1010017/{NAME}-2"
    assert await made(proxmox, second) == f"1010017/{NAME}-2"
    assert await made(proxmox) == ID
    assert len(sim.datacentre.machines) == 2


async def test_a_quota(sim: Simulator, proxmox: Proxmox) -> None:
    sim.faults.add("proxmox", "clone", "quota")
    answer = await proxmox.create(WANTED)
    assert isinstance(answer, Retry)
    assert "insufficient free space" in answer.detail
    assert await made(proxmox) == ID


# --- what goes wrong on the way ---


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("kind", ["500", "429", "cut", "after", "wrong"])
async def test_a_creation_goes_on_where_it_broke_off(sim: Simulator, proxmox: Proxmox, method: str, kind: str) -> None:
    """Whatever fails once, and whether it was carried out or not: the next tries make of it the one that was wanted.
    After each failure the service is another one, as after a kill.
    """
    sim.faults.add("proxmox", method, kind)
    answer = await proxmox.create(WANTED)
    if not isinstance(answer, Machine):
        assert isinstance(answer, Retry), answer
        assert await proxmox.find(NAME) == (), "half-made: to be gone on with, not to be taken for made"
    async with asyncio.timeout(PATIENCE):
        while not isinstance(answer, Machine):
            assert not isinstance(answer, Permanent), answer
            answer = await opened(sim).create(WANTED)
    assert answer.id == ID
    assert len(sim.datacentre.machines) == 1
    machine, settings = played(sim), config(sim)
    assert (machine.cpus, machine.memory, machine.disk, settings["affinity"]) == (2, 4096, 25, "2,3")
    assert settings["tags"].split(";") == ["sahut", f"name.{NAME}", "cpus.2.3"]
    assert (await until(proxmox, State.RUNNING, address=True)).id == ID
    seen = await proxmox.find(NAME)
    assert isinstance(seen, tuple)
    assert [each.id for each in seen] == [ID]


async def test_one_that_is_still_being_cloned_is_waited_for(sim: Simulator, proxmox: Proxmox) -> None:
    sim.datacentre.hold()
    task = asyncio.create_task(proxmox.create(WANTED))
    await sim.world.wait(lambda: ("proxmox", VMID) in sim.datacentre.machines)
    assert isinstance(await opened(sim).create(WANTED), Retry)
    assert (await found(proxmox)).state is State.BUILDING
    assert await proxmox.find(NAME) == ()
    sim.datacentre.release()
    assert isinstance(await task, Machine)
    assert len(sim.datacentre.machines) == 1


async def test_a_clone_that_fails_says_why(sim: Simulator, proxmox: Proxmox) -> None:
    sim.faults.add("proxmox", "machine", "fails")
    answer = await proxmox.create(WANTED)
    assert isinstance(answer, Retry)
    assert "insufficient free space" in answer.detail


async def test_one_without_an_address(sim: Simulator, proxmox: Proxmox) -> None:
    sim.faults.add("proxmox", "machine", "no_address")
    await made(proxmox)
    assert (await until(proxmox, State.RUNNING)).address == ""


async def test_silence(sim: Simulator, proxmox: Proxmox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxmox_calls, "READ", 0.2)
    hasty = opened(sim)
    sim.faults.add("proxmox", "list", "silence", seconds=0.5)
    assert await hasty.find(NAME) == Retry("ReadTimeout")
    sim.faults.add("proxmox", "clone", "silence", seconds=0.5)
    assert await hasty.create(WANTED) == Retry("ReadTimeout"), "asked again it looks first"


async def test_a_cluster_that_is_slow_in_all_it_does(
    sim: Simulator, proxmox: Proxmox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await made(proxmox)
    monkeypatch.setattr(provider, "LONGEST", 0.3)
    for method in ("list", "power"):
        sim.faults.add("proxmox", method, "slow", seconds=0.2, times=0)
    assert await proxmox.create(WANTED) == Retry("no answer within 0 seconds")
    assert await proxmox.stop(ID) == Unknown("no answer within 0 seconds")


async def test_nobody_is_there(sim: Simulator) -> None:
    assert await opened(sim, url="http://127.0.0.1:9").find(NAME) == Retry("ConnectionError")


async def test_a_token_that_is_refused(sim: Simulator) -> None:
    wrong = opened(sim, token="sahut@pve!simulator=00000000-0000-0000-0000-000000000000")
    answer = await wrong.check()
    assert isinstance(answer, Permanent)
    assert answer.detail.startswith("401")
    assert "00000000" not in answer.detail
    assert await opened(sim).check() is None


async def test_the_token_is_not_sent_elsewhere(proxmox: Proxmox, sim: Simulator) -> None:
    async with staged() as stage, staged() as elsewhere:
        stage.says("", 302, Location=f"{elsewhere.url}/api2/json/version")
        assert isinstance(await opened(sim, url=stage.url).check(), Retry)
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "body", ["not json", "[]", "null", '{"data": null}', '{"data": 5}', '{"data": [{"vmid": "x"}]}', '{"errors": {}}']
)
async def test_an_answer_that_is_none(sim: Simulator, body: str) -> None:
    async with staged() as stage:
        stage.says(body)
        assert isinstance(await opened(sim, url=stage.url).find(NAME), Retry)


@pytest.mark.parametrize(
    "given",
    [
        {"url": "http://pve.example.com:8006"},
        {"url": ""},
        {"url": "pve.example.com"},
        {"token": ""},
        {"token": "sahut@pve"},
        {"token": "sahut@pve!orders"},
    ],
)
def test_what_it_cannot_be_used_with(given: dict[str, str]) -> None:
    values = {"url": "https://pve.example.com:8006", "token": "sahut@pve!orders=1234"}
    with pytest.raises(ValueError, match="PROXMOX_"):
        build("proxmox", Means(proxmox=Cluster(**(values | given))))  # type: ignore[arg-type]  # none of them is the number


async def test_a_certificate_that_nobody_vouches_for_is_refused(sim: Simulator) -> None:
    """Over TLS the simulator cannot be spoken to: what is seen is that it is tried, and that it fails."""
    answer = await opened(sim, url=sim.url.replace("http://", "https://")).find(NAME)
    assert answer == Retry("SSLError")
