"""The played DigitalOcean, by libcloud's real driver and by plain HTTP."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
import requests
from libcloud.common.exceptions import BaseHTTPError
from libcloud.common.types import InvalidCredsError
from libcloud.compute.types import NodeState

from simulator import digitalocean_table as table
from simulator.server import Simulator, SimulatorConfig
from tests.simulator.actors import Json
from tests.simulator.clouds import answers, away, droplets, idle, online
from tests.simulator.conftest import Clocks

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl budi@laptop"
WANTED: Json = {
    "name": "server-1",
    "region": "sgp1",
    "size": "c-2",
    "image": "ubuntu-24-04-x64",
    "tags": ["sahut", "order-1"],
    "user_data": "#cloud-config\n",
    "monitoring": True,
}

Call = Callable[..., Awaitable[tuple[int, Json]]]


@pytest.fixture
def config() -> SimulatorConfig:
    return SimulatorConfig(build_seconds=0.0, power_seconds=0.0, address_seconds=0.0, droplet_limit=3)


@pytest.fixture
def call(sim: Simulator, session: aiohttp.ClientSession) -> Call:
    """Calls the API; gives status and body."""
    headers = {"Authorization": f"Bearer {sim.config.digitalocean_token}"}

    async def call(method: str, path: str, body: Any = None, **query: str) -> tuple[int, Json]:
        async with session.request(method, sim.url + path, json=body, headers=headers, params=query) as response:
            return response.status, await response.json() if response.status != 204 else {}

    return call


def refusal(answer: tuple[int, Json]) -> tuple[int, str]:
    status, body = answer
    assert status >= 400, body
    assert set(body) == {"id", "message", "request_id"}
    return status, body["message"]


async def wanted_by_libcloud(driver: Any, size: str = "c-2") -> Json:
    sizes, images = await away(driver.list_sizes), await away(driver.list_images)
    places = await away(driver.list_locations)
    return {
        "size": next(one for one in sizes if one.name == size),
        "image": next(one for one in images if one.extra["slug"] == "debian-12-x64"),
        "location": next(one for one in places if one.id == "sgp1"),
    }


async def test_a_machine_s_life_by_libcloud_s_driver(sim: Simulator) -> None:
    driver = droplets(sim, per_page=2)  # so that what can be chosen comes in pages
    wanted = await wanted_by_libcloud(driver)
    assert len(await away(driver.list_sizes)) == len(table.SIZES)
    node = await away(
        driver.create_node, "server-1", **wanted, ex_user_data="#cloud-config\n", ex_create_attr={"tags": ["sahut"]}
    )
    assert (node.state, node.public_ips) == (NodeState.PENDING, [])
    machine = await online(sim, "server-1")
    (node,) = await away(driver.list_nodes)
    assert (node.state, node.public_ips) == (NodeState.RUNNING, [machine.address])
    assert node.extra["tags"] == ["sahut"]
    assert await answers(sim, machine.address)

    assert await away(driver.ex_shutdown_node, node)
    await idle(sim, "server-1")
    assert not await answers(sim, machine.address)
    assert (await away(driver.ex_get_node_details, node.id)).state == NodeState.STOPPED

    bigger = next(one for one in await away(driver.list_sizes) if one.name == "c-4")
    assert await away(driver.ex_resize_node, node, bigger)
    await idle(sim, "server-1")
    assert await away(driver.ex_power_on_node, node)
    await online(sim, "server-1")
    resized = await away(driver.ex_get_node_details, node.id)
    assert (resized.extra["size_slug"], resized.extra["vcpus"], resized.extra["disk"]) == ("c-4", 4, 25)
    assert resized.public_ips == [machine.address]

    assert await away(driver.reboot_node, node)
    await online(sim, "server-1")
    assert await away(driver.destroy_node, node)
    assert await away(driver.list_nodes) == []
    assert not await answers(sim, machine.address)


async def test_libcloud_hears_refusals(sim: Simulator) -> None:
    with pytest.raises(InvalidCredsError, match="Unable to authenticate you"):
        await away(droplets(sim, token="dop_v1_wrong").list_nodes)
    driver = droplets(sim)
    wanted = await wanted_by_libcloud(driver)
    with pytest.raises(BaseHTTPError, match="Only valid hostname characters"):
        await away(driver.create_node, "server 1", **wanted)
    with pytest.raises(BaseHTTPError, match="could not be found"):
        await away(driver.ex_get_node_details, 12)


async def test_names_and_tags_find_machines(call: Call) -> None:
    for name in ("server-1", "server-2", "Server-3"):
        assert (await call("POST", "/v2/droplets", {**WANTED, "name": name, "tags": [name, "Sahut"]}))[0] == 202

    async def found(**query: str) -> list[str]:
        return [one["name"] for one in (await call("GET", "/v2/droplets", **query))[1]["droplets"]]

    assert await found(name="server-3") == ["Server-3"]
    assert await found(name="server") == []
    assert await found(tag_name="sahut") == ["server-1", "server-2", "Server-3"]
    assert await found(tag_name="server-2") == ["server-2"]
    assert (await call("GET", "/v2/droplets", name="a", tag_name="b"))[0] == 400


async def test_lists_come_in_pages(call: Call) -> None:
    _, first = await call("GET", "/v2/sizes", per_page="10")
    assert (first["meta"], len(first["sizes"])) == ({"total": len(table.SIZES)}, 10)
    query = dict(pair.split("=") for pair in first["links"]["pages"]["next"].partition("?")[2].split("&"))
    _, second = await call("GET", "/v2/sizes", **query)
    assert second["sizes"][0] not in first["sizes"]
    assert set(second["links"]["pages"]) == {"first", "prev", "next", "last"}
    assert (await call("GET", "/v2/sizes", per_page="200"))[1]["links"] == {}
    assert (await call("GET", "/v2/sizes", per_page="201"))[0] == 400


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": "c-3"}, table.MESSAGES["size"]),
        ({"image": "ubuntu-12-04-x64"}, table.MESSAGES["image"]),
        ({"image": None}, table.MESSAGES["image"]),
        ({"region": "cgk1"}, table.MESSAGES["region"]),
        ({"size": "c-32", "region": "atl1"}, table.MESSAGES["elsewhere"]),
        ({"name": "under_score"}, table.MESSAGES["name"]),
        ({"name": ""}, table.MESSAGES["name"]),
        ({"ssh_keys": [12]}, "12 are invalid key identifiers for Droplet creation."),
        ({"user_data": "x" * 70_000}, table.MESSAGES["user_data"]),
        ({"tags": ["with space"]}, "Tag name is invalid"),
        ({"monitoring": "yes"}, "monitoring is of the wrong type"),
        ({"colour": "blue"}, "The simulator does not play colour"),
    ],
)
async def test_what_cannot_be_had_is_refused(call: Call, sim: Simulator, change: Json, message: str) -> None:
    assert refusal(await call("POST", "/v2/droplets", WANTED | change)) == (422, message)
    assert sim.datacentre.machines == {}


async def test_more_than_the_limit_is_refused(call: Call) -> None:
    for _ in range(3):
        assert (await call("POST", "/v2/droplets", WANTED))[0] == 202
    assert refusal(await call("POST", "/v2/droplets", WANTED)) == (
        422,
        "creating this/these droplet(s) will exceed your droplet limit",
    )
    assert (await call("GET", "/v2/account"))[1]["account"]["droplet_limit"] == 3


async def test_one_thing_at_a_time(call: Call, sim: Simulator) -> None:
    _, made = await call("POST", "/v2/droplets", WANTED)
    path = f"/v2/droplets/{made['droplet']['id']}"
    await online(sim, "server-1")
    sim.datacentre.hold()
    _, begun = await call("POST", f"{path}/actions", {"type": "reboot"})
    assert begun["action"]["status"] == "in-progress"
    assert refusal(await call("POST", f"{path}/actions", {"type": "power_off"})) == (
        422,
        "Droplet already has a pending event.",
    )
    assert refusal(await call("DELETE", path)) == (422, "Droplet already has a pending event.")
    sim.datacentre.release()
    await idle(sim, "server-1")
    for place in (f"/v2/actions/{begun['action']['id']}", f"{path}/actions/{begun['action']['id']}"):
        _, over = await call("GET", place)
        assert (over["action"]["status"], over["action"]["type"]) == ("completed", "reboot")
    _, every = await call("GET", f"{path}/actions")
    assert [one["type"] for one in every["actions"]] == ["reboot", "create"]
    assert made["links"]["actions"][0]["id"] == every["actions"][-1]["id"]


async def test_actions_want_it_on_or_off(call: Call, sim: Simulator) -> None:
    _, made = await call("POST", "/v2/droplets", WANTED)
    actions = f"/v2/droplets/{made['droplet']['id']}/actions"
    await online(sim, "server-1")
    assert refusal(await call("POST", actions, {"type": "power_on"}))[1] == "Droplet is already powered on."
    assert refusal(await call("POST", actions, {"type": "resize", "size": "c-4"}))[1] == table.MESSAGES["must_be_off"]
    assert (await call("POST", actions, {"type": "power_off"}))[0] == 201
    await idle(sim, "server-1")
    assert refusal(await call("POST", actions, {"type": "shutdown"}))[1] == "Droplet is already powered off."
    assert refusal(await call("POST", actions, {"type": "reboot"}))[1] == table.MESSAGES["must_be_on"]
    assert refusal(await call("POST", actions, {"type": "resize", "size": "c-2"}))[1] == table.MESSAGES["same_size"]
    assert (await call("POST", actions, {"type": "resize", "size": "c-4", "disk": True}))[0] == 201
    assert (await idle(sim, "server-1")).disk == 50
    assert refusal(await call("POST", actions, {"type": "resize", "size": "c-2"}))[1] == table.MESSAGES["smaller"]
    assert refusal(await call("POST", actions, {"type": "explode"}))[0] == 422


async def test_rebuilding_keeps_the_address(call: Call, sim: Simulator) -> None:
    _, made = await call("POST", "/v2/droplets", WANTED)
    address = (await online(sim, "server-1")).address
    path = f"/v2/droplets/{made['droplet']['id']}"
    sim.datacentre.hold()
    await call("POST", f"{path}/actions", {"type": "rebuild", "image": table.IMAGES["debian-12-x64"][0]})
    assert not await answers(sim, address)
    sim.datacentre.release()
    await online(sim, "server-1")
    _, rebuilt = await call("GET", path)
    assert rebuilt["droplet"]["image"]["slug"] == "debian-12-x64"
    assert rebuilt["droplet"]["networks"]["v4"][0]["ip_address"] == address


async def test_keys_are_known_by_number_and_fingerprint(call: Call, sim: Simulator) -> None:
    status, made = await call("POST", "/v2/account/keys", {"name": "budi", "public_key": KEY})
    assert status == 201
    assert refusal(await call("POST", "/v2/account/keys", {"name": "again", "public_key": KEY}))[0] == 422
    assert refusal(await call("POST", "/v2/account/keys", {"name": "x", "public_key": "ssh-rsa AAAA"}))[0] == 422
    key = made["ssh_key"]
    assert (await call("POST", "/v2/droplets", {**WANTED, "ssh_keys": [key["id"], key["fingerprint"]]}))[0] == 202
    assert (await idle(sim, "server-1")).written["ssh_keys"] == [KEY, KEY]
    assert (await call("DELETE", f"/v2/account/keys/{key['fingerprint']}"))[0] == 204
    assert refusal(await call("GET", f"/v2/account/keys/{key['id']}"))[0] == 404


async def test_a_day_s_measurements(call: Call, sim: Simulator, clocks: Clocks) -> None:
    _, made = await call("POST", "/v2/droplets", WANTED)
    await online(sim, "server-1")
    await clocks.advance(timedelta(days=2))
    host, now = str(made["droplet"]["id"]), int(clocks.now.timestamp())
    window = {"host_id": host, "start": str(now - 86_400), "end": str(now)}
    _, cpu = await call("GET", "/v2/monitoring/metrics/droplet/cpu", **window)
    assert (cpu["status"], cpu["data"]["resultType"]) == ("success", "matrix")
    series = {one["metric"]["mode"]: [float(value) for _, value in one["values"]] for one in cpu["data"]["result"]}
    assert len(series["idle"]) > 100
    for values in series.values():
        assert values == sorted(values)
    steps = zip(*([b - a for a, b in pairwise(one)] for one in series.values()), strict=True)
    times = [at for at, _ in cpu["data"]["result"][0]["values"]]
    for step, spent in zip((b - a for a, b in pairwise(times)), steps, strict=True):
        assert sum(spent) == pytest.approx(2 * step, abs=0.1)  # two CPUs
    amounts = {}
    for gauge in ("memory_total", "memory_available", "memory_free"):
        _, answer = await call("GET", f"/v2/monitoring/metrics/droplet/{gauge}", **window)
        amounts[gauge] = float(answer["data"]["result"][0]["values"][0][1])
    assert amounts["memory_total"] == 4096 * 1024**2
    assert 0 < amounts["memory_free"] < amounts["memory_available"] < amounts["memory_total"]
    _, traffic = await call(
        "GET", "/v2/monitoring/metrics/droplet/bandwidth", **window, interface="public", direction="inbound"
    )
    assert float(traffic["data"]["result"][0]["values"][5][1]) > 0
    assert (await call("GET", "/v2/monitoring/metrics/droplet/cpu", host_id=host))[0] == 400
    before = {"host_id": host, "start": "1600000000", "end": "1600003600"}
    assert (await call("GET", "/v2/monitoring/metrics/droplet/cpu", **before))[1]["data"]["result"] == []


async def test_calls_are_counted(sim: Simulator, session: aiohttp.ClientSession) -> None:
    headers = {"Authorization": f"Bearer {sim.config.digitalocean_token}"}
    left = []
    for _ in range(2):
        async with session.get(f"{sim.url}/v2/account", headers=headers) as response:
            left.append((response.headers["ratelimit-limit"], int(response.headers["ratelimit-remaining"])))
    assert left == [("5000", 5000), ("5000", 4999)]


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("500", 500), ("quota", 422)])
async def test_refusals_on_request(call: Call, sim: Simulator, kind: str, status: int) -> None:
    sim.faults.add("digitalocean", "*", kind)
    if kind == "quota":
        assert (await call("GET", "/v2/droplets"))[0] == 200  # it is about what would make one
    assert refusal(await call("POST", "/v2/droplets", WANTED))[0] == status
    assert sim.datacentre.machines == {}
    assert (await call("POST", "/v2/droplets", WANTED))[0] == 202


async def test_created_then_no_answer(sim: Simulator) -> None:
    driver = droplets(sim)
    wanted = await wanted_by_libcloud(driver)
    sim.faults.add("digitalocean", "create", "after", chat="server-7")
    with pytest.raises(requests.ConnectionError):
        await away(driver.create_node, "server-7", **wanted)
    (node,) = await away(driver.list_nodes)
    assert node.name == "server-7"


async def test_a_creation_that_was_accepted_fails(call: Call, sim: Simulator) -> None:
    sim.faults.add("digitalocean", "machine", "fails")
    status, made = await call("POST", "/v2/droplets", WANTED)
    assert status == 202
    await sim.world.wait(lambda: not sim.datacentre.machines)
    assert refusal(await call("GET", f"/v2/droplets/{made['droplet']['id']}"))[0] == 404
    _, action = await call("GET", f"/v2/actions/{made['links']['actions'][0]['id']}")
    assert action["action"]["status"] == "errored"


async def test_a_machine_that_never_gets_an_address(call: Call, sim: Simulator) -> None:
    sim.faults.add("digitalocean", "machine", "no_address", chat="server-1")
    _, made = await call("POST", "/v2/droplets", WANTED)
    await idle(sim, "server-1")
    await call("POST", "/v2/droplets", {**WANTED, "name": "server-2"})
    await online(sim, "server-2")
    _, got = await call("GET", f"/v2/droplets/{made['droplet']['id']}")
    assert (got["droplet"]["status"], got["droplet"]["networks"]["v4"]) == ("active", [])
