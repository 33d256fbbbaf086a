"""Machines at DigitalOcean as they are asked for: against the strict simulator, over HTTP, by libcloud's own driver."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.failures import Failure, Permanent, Retry, Unknown
from services.servers import libcloud_line
from services.servers.accounts import DigitalOcean
from services.servers.base import Access, Machine, State, Wanted
from services.servers.libcloud import Libcloud
from services.servers.libcloud_digitalocean import Droplets
from services.servers.registry import Means, build
from simulator.datacentre import Machine as Played
from simulator.server import Simulator, SimulatorConfig

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJyWZ0Nnn6nXfkdK2dRW9x1i7c0dSLUPrQVCbSt5b1Wb budi@laptop"
HASH = "$2b$12$euNzQzNg8jrH9ANFznSfCeRIeo/Zxv51uF744BP9BbHkOO0mKqT.C"
WANTED = Wanted(
    name="server-17-1a2b3c4d",
    number=17,
    tag="sahut",
    hostname="web1",
    location="sgp1",
    size="c-2",
    image="ubuntu-24-04-x64",
    cpus=2,
    memory_gb=4,
    disk_gb=25,
    access=Access(user="budi", ssh_key=KEY),
)
BIGGER = replace(WANTED, size="c-4", cpus=4, memory_gb=8, disk_gb=50)
LIMIT = "creating this/these droplet(s) will exceed your droplet limit"


@pytest.fixture
async def sim() -> AsyncIterator[Simulator]:
    sim = Simulator(SimulatorConfig(build_seconds=0.05, power_seconds=0.05, address_seconds=0.05, droplet_limit=7))
    await sim.start()
    yield sim
    await sim.stop()


@pytest.fixture
def clouds(sim: Simulator) -> Libcloud:
    provider = build("libcloud", Means(digitalocean=account(sim)))
    assert isinstance(provider, Libcloud)
    return provider


def account(sim: Simulator, token: str = "") -> DigitalOcean:
    return DigitalOcean(token=token or sim.config.digitalocean_token, base_url=sim.url)


def played(sim: Simulator) -> Played:
    (machine,) = sim.datacentre.machines.values()
    return machine


async def made(clouds: Libcloud, sim: Simulator, wanted: Wanted = WANTED) -> str:
    """The id of one that runs and has its address."""
    machine = await clouds.create(wanted)
    assert isinstance(machine, Machine), machine
    await sim.world.wait(lambda: sim.datacentre.machines["digitalocean", int(machine.id)].online)
    return machine.id


async def insisted(sim: Simulator, call: Callable[[], Awaitable[Failure | None]]) -> Failure | None:
    """As the effect does it: again as long as it is told to wait, once nothing is done to the machine any more."""
    for _ in range(10):
        failure = await call()
        if not isinstance(failure, Retry):
            return failure
        await sim.world.wait(lambda: not played(sim).operation)
    raise AssertionError(failure)


def never_ends(sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is begun from now on goes on and on."""
    monkeypatch.setattr(sim.datacentre, "_seconds", lambda operation: 3600.0)


def actions(sim: Simulator) -> list[str]:
    return [operation.word for operation in sim.datacentre.operations.values()]


async def test_a_machine_is_made_and_gets_its_address(clouds: Libcloud, sim: Simulator) -> None:
    machine = await clouds.create(WANTED)
    assert isinstance(machine, Machine)
    assert (machine.name, machine.state, machine.address) == (WANTED.name, State.BUILDING, "")
    assert machine.made_at is not None
    assert abs(machine.made_at - sim.world.now()) < timedelta(seconds=30)
    await sim.world.wait(lambda: played(sim).online)
    running = await clouds.get(machine.id)
    assert isinstance(running, Machine)
    assert (running.state, running.address) == (State.RUNNING, played(sim).address)


async def test_the_provider_is_told_size_place_image_tag_and_who_gets_in(clouds: Libcloud, sim: Simulator) -> None:
    await clouds.create(replace(WANTED, image="129211873"))
    machine = played(sim)
    assert (machine.name, machine.size, machine.region, machine.tags) == (WANTED.name, "c-2", "sgp1", ["sahut"])
    assert machine.image == "ubuntu-22-04-x64"  # by its number
    assert machine.written["monitoring"] is True
    first_line, _, config = machine.written["user_data"].partition("\n")
    assert first_line == "#cloud-config"
    assert json.loads(config)["users"][0]["ssh_authorized_keys"] == [KEY]


async def test_machines_are_found_by_their_name_and_listed_by_their_tag(clouds: Libcloud, sim: Simulator) -> None:
    first = await made(clouds, sim)
    second = await made(clouds, sim)  # of the same name: made twice by mistake
    await made(clouds, sim, replace(WANTED, name="server-18-5e6f7a8b"))
    await made(clouds, sim, replace(WANTED, name=WANTED.name.upper(), tag="somebody-else"))
    found = await clouds.find(WANTED.name)
    assert isinstance(found, tuple)
    assert [(machine.id, machine.name) for machine in found] == [(first, WANTED.name), (second, WANTED.name)]
    listed = await clouds.list("Sahut")  # small and large letters are one at DigitalOcean
    assert isinstance(listed, tuple)
    assert [machine.name for machine in listed] == [WANTED.name, WANTED.name, "server-18-5e6f7a8b"]
    assert await clouds.find("server-19-00000000") == ()


async def test_no_page_of_a_list_is_left_out(sim: Simulator) -> None:
    def two_a_page() -> Droplets:
        cloud = Droplets(account(sim))
        cloud.driver.ex_per_page = 2
        return cloud

    clouds = Libcloud(two_a_page)
    ids = [await made(clouds, sim) for _ in range(5)]
    for answer in (await clouds.list("sahut"), await clouds.find(WANTED.name)):
        assert isinstance(answer, tuple)
        assert [machine.id for machine in answer] == ids


async def test_one_that_is_not_there_is_missing(clouds: Libcloud, sim: Simulator) -> None:
    assert await clouds.get("4711") == Machine(id="4711", name="", state=State.MISSING)
    assert await clouds.start("4711") == Permanent("DigitalOcean: there is no machine 4711")
    assert await clouds.destroy("4711") is None


# --- what goes wrong ---


@pytest.mark.parametrize("fault", ["500", "cut", "after", "wrong"])
async def test_a_creation_whose_answer_is_lost_is_unknown_and_can_be_looked_up(
    clouds: Libcloud, sim: Simulator, fault: str
) -> None:
    sim.faults.add("digitalocean", "create", fault)
    assert isinstance(await clouds.create(WANTED), Unknown)
    found = await clouds.find(WANTED.name)
    assert isinstance(found, tuple)
    assert len(found) == (0 if fault in {"500", "wrong"} else 1)


@pytest.mark.parametrize("fault", ["500", "cut", "after", "wrong"])
async def test_a_question_without_an_answer_is_asked_again(clouds: Libcloud, sim: Simulator, fault: str) -> None:
    sim.faults.add("digitalocean", "*", fault, times=3)
    for answer in (await clouds.get("4711"), await clouds.find(WANTED.name), await clouds.list("sahut")):
        assert isinstance(answer, Retry), answer


async def test_silence_is_not_waited_for_for_ever(
    clouds: Libcloud, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libcloud_line, "READ", 0.05)
    sim.faults.add("digitalocean", "create", "silence")
    sim.faults.add("digitalocean", "get", "silence")
    assert await clouds.create(WANTED) == Unknown("DigitalOcean: no whole answer: ReadTimeout")
    assert await clouds.get("4711") == Retry("DigitalOcean: no whole answer: ReadTimeout")


async def test_too_many_calls_wait_as_long_as_they_are_told(clouds: Libcloud, sim: Simulator) -> None:
    sim.faults.add("digitalocean", "*", "429", retry_after=7, times=2)
    told = Retry("DigitalOcean: too many requests", 7.0)
    assert [await clouds.create(WANTED), await clouds.list("sahut")] == [told, told]
    assert not sim.datacentre.machines


async def test_a_full_account_is_tried_again_later(clouds: Libcloud, sim: Simulator) -> None:
    sim.faults.add("digitalocean", "create", "quota")
    assert await clouds.create(WANTED) == Retry(f"DigitalOcean: {LIMIT}", 300.0)


@pytest.mark.parametrize(
    ("odd", "message"),
    [
        ({"size": "c-3"}, "You specified an invalid size for Droplet creation."),
        ({"image": "windows-95"}, "You specified an invalid image for Droplet creation."),
        ({"size": "c-32", "location": "atl1"}, "Size is not available in this region."),
    ],
)
async def test_what_cannot_be_had_is_refused_in_the_provider_s_words(
    clouds: Libcloud, sim: Simulator, odd: dict[str, Any], message: str
) -> None:
    assert await clouds.create(replace(WANTED, **odd)) == Permanent(f"DigitalOcean: {message}")


async def test_an_access_that_is_none_is_refused_before_anything_is_made(clouds: Libcloud, sim: Simulator) -> None:
    odd = replace(WANTED, access=Access(user="budi", ssh_key="ssh-rsa AAAA"))
    assert await clouds.create(odd) == Permanent("DigitalOcean: the SSH key is none")
    assert not sim.datacentre.machines


async def test_a_wrong_token_is_named_by_its_setting(sim: Simulator) -> None:
    token = "dop_v1_wrong"
    clouds = build("libcloud", Means(digitalocean=account(sim, token)))
    told = Permanent("DigitalOcean: DIGITALOCEAN_TOKEN is not taken (401)")
    assert [await clouds.check(), await clouds.create(WANTED), await clouds.get("1")] == [told, told, told]


async def test_where_nothing_listens_nothing_was_made(sim: Simulator) -> None:
    clouds = build("libcloud", Means(digitalocean=account(sim)))
    await sim.stop()
    told = Retry("DigitalOcean: cannot be reached: ConnectionError")
    assert [await clouds.create(WANTED), await clouds.get("1"), await clouds.destroy("1")] == [told, told, told]


# --- what is done to one ---


async def test_it_is_shut_down_and_switched_on_again(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    assert await clouds.start(machine) is None  # it runs already
    assert await insisted(sim, lambda: clouds.stop(machine)) is None
    stopped = await clouds.get(machine)
    assert isinstance(stopped, Machine)
    assert (stopped.state, stopped.address) == (State.STOPPED, played(sim).address)
    assert await clouds.stop(machine) is None
    assert await insisted(sim, lambda: clouds.start(machine)) is None
    await sim.world.wait(lambda: played(sim).online)
    assert actions(sim) == ["create", "shutdown", "power_on"]


async def test_it_is_restarted_and_that_is_not_begun_twice(
    clouds: Libcloud, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = await made(clouds, sim)
    never_ends(sim, monkeypatch)
    assert [await clouds.restart(machine), await clouds.restart(machine)] == [None, None]
    assert actions(sim) == ["create", "reboot"]


async def test_one_that_is_off_is_restarted_by_switching_it_on(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    await insisted(sim, lambda: clouds.stop(machine))
    assert await clouds.restart(machine) is None
    assert actions(sim)[-1] == "power_on"


async def test_it_grows_with_its_disk_and_is_on_afterwards(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    assert await insisted(sim, lambda: clouds.resize(machine, BIGGER)) is None
    await sim.world.wait(lambda: played(sim).online)
    assert (played(sim).size, played(sim).cpus, played(sim).disk) == ("c-4", 4, 50)
    assert await clouds.resize(machine, BIGGER) is None  # the effect is carried out once more: there is nothing to do
    assert actions(sim) == ["create", "shutdown", "resize", "power_on"]


async def test_a_size_that_it_cannot_have_leaves_it_as_it_was(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim, BIGGER)
    refused = await insisted(sim, lambda: clouds.resize(machine, WANTED))
    assert refused == Permanent("DigitalOcean: This size is not available because it has a smaller disk.")
    await sim.world.wait(lambda: played(sim).online)
    assert played(sim).size == "c-4"


async def test_a_reinstalled_one_keeps_its_address_and_its_first_key(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    address, told = played(sim).address, played(sim).written["user_data"]
    assert await clouds.reinstall(machine, replace(WANTED, image="debian-13-x64")) is None
    await sim.world.wait(lambda: not played(sim).operation)
    now = played(sim)
    assert (now.image, now.address, now.written["user_data"]) == ("debian-13-x64", address, told)


async def test_a_rebuild_that_goes_on_is_not_begun_again(
    clouds: Libcloud, sim: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = await made(clouds, sim)
    never_ends(sim, monkeypatch)
    assert [await clouds.reinstall(machine, WANTED), await clouds.reinstall(machine, WANTED)] == [None, None]
    assert actions(sim) == ["create", "rebuild"]


async def test_a_new_password_cannot_be_given_to_one_that_is_there(clouds: Libcloud, sim: Simulator) -> None:
    by_password = replace(WANTED, access=Access(user="budi", password_hash=HASH))
    machine = await made(clouds, sim, by_password)
    refused = Permanent("DigitalOcean: a machine that is reinstalled cannot be given a new password here")
    assert await clouds.reinstall(machine, by_password) == refused
    assert actions(sim) == ["create"]


@pytest.mark.parametrize("fault", ["500", "cut", "after", "wrong", "429"])
async def test_whatever_breaks_off_it_comes_to_what_was_asked_for(clouds: Libcloud, sim: Simulator, fault: str) -> None:
    machine = await made(clouds, sim)
    sim.faults.add("digitalocean", "*", fault, times=0, probability=0.4)

    async def until_done(call: Callable[[], Awaitable[Failure | None]]) -> None:
        for _ in range(200):
            failure = await call()
            await sim.world.wait(lambda: not sim.datacentre.machines or not played(sim).operation)
            if failure is None:
                return
            assert not isinstance(failure, Permanent)
        raise AssertionError

    await until_done(lambda: clouds.resize(machine, BIGGER))
    assert (played(sim).size, played(sim).state) == ("c-4", "running")
    await until_done(lambda: clouds.stop(machine))
    assert played(sim).state == "stopped"
    await until_done(lambda: clouds.reinstall(machine, replace(BIGGER, image="debian-13-x64")))
    assert (played(sim).image, played(sim).state) == ("debian-13-x64", "running")
    await until_done(lambda: clouds.destroy(machine))
    assert not sim.datacentre.machines


async def test_what_is_busy_is_waited_for(clouds: Libcloud, sim: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
    never_ends(sim, monkeypatch)
    machine = await clouds.create(WANTED)
    assert isinstance(machine, Machine)
    for answer in (
        await clouds.stop(machine.id),
        await clouds.start(machine.id),
        await clouds.resize(machine.id, BIGGER),
        await clouds.reinstall(machine.id, WANTED),
    ):
        assert answer == Retry("DigitalOcean: the droplet is busy (create)", 5.0)
    assert await clouds.destroy(machine.id) == Retry("DigitalOcean: Droplet already has a pending event.", 10.0)
    assert actions(sim) == ["create"]


async def test_one_that_is_destroyed_is_gone(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    assert await clouds.destroy(machine) is None
    assert await clouds.find(WANTED.name) == ()
    assert await clouds.destroy(machine) is None


async def test_a_destruction_whose_answer_is_lost_is_unknown(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    sim.faults.add("digitalocean", "delete", "after")
    assert isinstance(await clouds.destroy(machine), Unknown)
    assert await clouds.destroy(machine) is None


async def test_a_day_of_measurements(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    made_at = sim.world.now()
    played(sim).made_at = made_at - timedelta(days=2)
    samples = await clouds.metrics(machine, made_at - timedelta(days=1), made_at)
    assert isinstance(samples, tuple)
    assert 50 < len(samples) <= 100
    assert [sample.at for sample in samples] == sorted(sample.at for sample in samples)
    assert samples[-1].at <= made_at
    for sample in samples[1:]:
        values: Any = (sample.cpu, sample.memory, sample.received, sample.sent)
        assert all(value is not None and value >= 0 for value in values)
        assert max(values[:2]) <= 100


async def test_one_that_was_never_measured_has_no_samples(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    before = sim.world.now() - timedelta(days=3)
    assert await clouds.metrics(machine, before, before + timedelta(hours=1)) == ()


async def test_there_is_no_link_to_its_screen(clouds: Libcloud, sim: Simulator) -> None:
    machine = await made(clouds, sim)
    assert await clouds.console(machine) == Permanent("DigitalOcean: there is no link to a machine's screen")


async def test_an_account_that_works_is_found_to_work(clouds: Libcloud) -> None:
    assert await clouds.check() is None
