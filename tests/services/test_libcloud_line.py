"""What clouds answer that the simulator never does, and what is made of it: against answers told one by one."""

import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from libcloud.compute.base import Node

from services.failures import Failure, Permanent, Retry, Unknown
from services.servers import libcloud
from services.servers.accounts import DigitalOcean
from services.servers.base import Access, Machine, State, Wanted
from services.servers.libcloud import Libcloud
from services.servers.libcloud_digitalocean import Droplets
from services.servers.registry import Means, build
from tests.services.cloud_stage import Stage, staged

WANTED = Wanted(
    name="server-17-1a2b3c4d",
    number=17,
    tag="sahut",
    hostname="web1",
    location="sgp1",
    size="c-4",
    image="ubuntu-24-04-x64",
    cpus=4,
    memory_gb=8,
    disk_gb=50,
    access=Access(user="budi", password_hash="$2b$12$euNzQzNg8jrH9ANFznSfCeRIeo/Zxv51uF744BP9BbHkOO0mKqT.C"),
)
DATE = "Sat, 21 Nov 2026 03:00:00 GMT"


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


@pytest.fixture
def clouds(stage: Stage) -> Libcloud:
    return Libcloud(lambda: Droplets(DigitalOcean(token="dop_v1_secret", base_url=stage.url)))


def droplet(**odd: Any) -> dict[str, Any]:
    image = {"id": 155133621, "distribution": "Ubuntu", "name": "24.04 (LTS) x64", "slug": "ubuntu-24-04-x64"}
    size = {"slug": "c-2", "vcpus": 2, "memory": 4096, "disk": 25, "transfer": 4.0, "regions": ["sgp1"]}
    values = {
        "id": 3164444,
        "name": WANTED.name,
        "memory": 4096,
        "vcpus": 2,
        "disk": 25,
        "locked": False,
        "status": "active",
        "created_at": "2026-11-21T02:00:00Z",
        "image": image
        | {"public": True, "regions": ["sgp1"], "min_disk_size": 7, "created_at": "2026-05-15T05:47:50Z"},
        "size": size | {"price_monthly": 42.0, "price_hourly": 0.0625},
        "size_slug": "c-2",
        "networks": {"v4": [{"ip_address": "203.0.113.7", "type": "public"}], "v6": []},
        "region": {"name": "Singapore 1", "slug": "sgp1"},
        "tags": ["sahut"],
    }
    return {"droplet": values | odd}


def action(kind: str, status: str = "completed", started_at: str = "2026-11-21T02:59:50Z") -> dict[str, Any]:
    older = {"id": 36804635, "type": "create", "status": "completed", "started_at": "2026-11-21T02:00:00Z"}
    return {"actions": [older, {"id": 36804748, "type": kind, "status": status, "started_at": started_at}]}


# --- how a machine stands ---


@pytest.mark.parametrize(
    ("odd", "state"),
    [
        ({"status": "new", "locked": True}, State.BUILDING),
        ({"status": "active"}, State.RUNNING),
        ({"status": "active", "locked": True}, State.OTHER),
        ({"status": "off"}, State.STOPPED),
        ({"status": "archive"}, State.OTHER),
        ({"status": "dreaming"}, State.OTHER),
    ],
)
async def test_states(clouds: Libcloud, stage: Stage, odd: dict[str, Any], state: State) -> None:
    stage.says(droplet(**odd))
    machine = await clouds.get("3164444")
    assert isinstance(machine, Machine)
    assert machine.state is state


@pytest.mark.parametrize(
    ("networks", "address"),
    [
        ({"v4": [], "v6": []}, ""),
        ({"v4": [{"ip_address": "10.77.0.1", "type": "private"}], "v6": []}, ""),
        ({"v4": [], "v6": [{"ip_address": "2001:db8::7", "type": "public"}]}, "2001:db8::7"),
        (
            {
                "v4": [{"ip_address": "203.0.113.7", "type": "public"}],
                "v6": [{"ip_address": "2001:db8::7", "type": "public"}],
            },
            "203.0.113.7",
        ),
    ],
)
async def test_addresses(clouds: Libcloud, stage: Stage, networks: dict[str, Any], address: str) -> None:
    stage.says(droplet(networks=networks))
    machine = await clouds.get("3164444")
    assert isinstance(machine, Machine)
    assert machine.address == address


# --- what is done by steps ---


async def test_a_shutdown_is_given_its_time(clouds: Libcloud, stage: Stage) -> None:
    stage.says(droplet())
    stage.says(action("shutdown"), Date=DATE)
    assert await clouds.stop("3164444") == Retry("DigitalOcean: it is shutting down", 5.0)
    assert stage.calls == ["GET /v2/droplets/3164444", "GET /v2/droplets/3164444/actions"]


async def test_one_that_does_not_heed_it_is_switched_off(clouds: Libcloud, stage: Stage) -> None:
    stage.says(droplet())
    stage.says(action("shutdown", started_at="2026-11-21T02:58:00Z"), Date=DATE)
    stage.says({"action": {"id": 1}}, 201)
    assert await clouds.stop("3164444") is None
    assert stage.asked[-1].body == {"type": "power_off"}


async def test_a_resize_that_failed_is_not_tried_for_ever(clouds: Libcloud, stage: Stage) -> None:
    stage.says(droplet(status="off"))
    stage.says(action("resize", "errored"), Date=DATE)
    stage.says({"action": {"id": 1}}, 201)
    told = Permanent("DigitalOcean: the resize failed; the machine is as it was")
    assert await clouds.resize("3164444", WANTED) == told
    assert stage.asked[-1].body == {"type": "power_on"}


@pytest.mark.parametrize(("disk", "grows"), [(25, True), (50, False)])
async def test_the_disk_is_grown_where_the_plan_has_a_larger_one(
    clouds: Libcloud, stage: Stage, disk: int, grows: bool
) -> None:
    stage.says(droplet(status="off", disk=disk))
    stage.says(action("shutdown"), Date=DATE)
    stage.says({"action": {"id": 1}}, 201)
    assert isinstance(await clouds.resize("3164444", WANTED), Retry)
    assert stage.asked[-1].body == {"type": "resize", "size": "c-4", "disk": grows}


async def test_one_that_broke_is_not_reinstalled_while_it_is_worked_on(clouds: Libcloud, stage: Stage) -> None:
    stage.says(droplet())
    stage.says(action("snapshot", "in-progress"), Date=DATE)
    assert await clouds.start("3164444") == Retry("DigitalOcean: the droplet is busy (snapshot)", 5.0)


# --- answers of all kinds ---


async def answer(
    clouds: Libcloud, stage: Stage, body: Any, status: int, **headers: str
) -> tuple[tuple[Machine, ...] | Failure, Machine | Failure]:
    """What a question and a creation make of it."""
    for _ in range(2):
        stage.says(body, status, **headers)
    return await clouds.list("sahut"), await clouds.create(WANTED)


async def test_forbidden_names_the_setting(clouds: Libcloud, stage: Stage) -> None:
    body = {"id": "forbidden", "message": "You are not authorized to perform this operation"}
    told = (
        "DigitalOcean: DIGITALOCEAN_TOKEN does not allow this (403): You are not authorized to perform this operation"
    )
    assert await answer(clouds, stage, body, 403) == (Permanent(told), Permanent(told))


async def test_an_answer_that_leads_elsewhere_is_not_followed(clouds: Libcloud, stage: Stage) -> None:
    told = Permanent("DigitalOcean: it sends us elsewhere (302): is its address right?")
    assert await answer(clouds, stage, "", 302, Location=f"{stage.url}/elsewhere") == (told, told)
    assert len(stage.asked) == 2  # the token went nowhere else


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry_After": "29"}, 29.0),
        ({"Retry_After": "0"}, 1.0),
        ({"Retry_After": "999999"}, 3600.0),
        ({"Retry_After": "Sat, 21 Nov 2026 03:00:09 GMT"}, 60.0),
        ({"RateLimit_Reset": "1795230042", "Date": DATE}, 42.0),
        ({"RateLimit_Reset": "1795230042", "Date": "now"}, 60.0),
        ({"RateLimit_Reset": "1", "Date": DATE}, 1.0),
        ({}, 60.0),
    ],
)
async def test_how_long_to_wait(clouds: Libcloud, stage: Stage, headers: dict[str, str], seconds: float) -> None:
    told = Retry("DigitalOcean: too many requests", seconds)
    body = {"id": "too_many_requests", "message": "API Rate limit exceeded."}
    assert await answer(clouds, stage, body, 429, **headers) == (told, told)


async def test_a_long_message_is_cut_and_in_one_line(clouds: Libcloud, stage: Stage) -> None:
    question, creation = await answer(clouds, stage, {"message": "no\n\nway " + "x" * 500}, 422)
    assert question == creation
    assert isinstance(creation, Permanent)
    assert creation.detail.startswith("DigitalOcean: no way xxx")
    assert len(creation.detail) == len("DigitalOcean: ") + 200


@pytest.mark.parametrize("body", ["<html>Bad gateway</html>", "", "{", [], {"message": None}, {"message": {"a": 1}}])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_failing_gateway_may_have_passed_it_on(clouds: Libcloud, stage: Stage, body: Any, status: int) -> None:
    told = f"DigitalOcean: it answers {status}"
    assert await answer(clouds, stage, body, status) == (Retry(told), Unknown(told))


@pytest.mark.parametrize(
    "body",
    ["", "<html>", [], None, {}, {"droplet": {}, "droplets": [{}]}, {"droplet": None, "droplets": None}, "[" * 100_000],
)
async def test_an_answer_that_is_none_tells_nothing(clouds: Libcloud, stage: Stage, body: Any) -> None:
    question, creation = await answer(clouds, stage, body, 200)
    assert isinstance(question, Retry)
    assert isinstance(creation, Unknown)
    assert question.detail.startswith("DigitalOcean: the answer is not understood (")


async def test_no_failure_tells_a_secret(clouds: Libcloud, stage: Stage) -> None:
    for status in (200, 302, 400, 401, 403, 404, 422, 429, 500):
        told = str(await answer(clouds, stage, "dop_v1_secret $2b$12$ body", status))
        assert "secret" not in told
        assert "$2b$" not in told


async def test_what_trickles_in_is_not_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each byte ends a silence; all of them together take too long."""
    monkeypatch.setattr(libcloud, "SECONDS", 0.1)
    enough = threading.Event()

    class Slow(Droplets):
        def find(self, machine: str) -> Node | None:
            enough.wait()
            return None

        def make(self, wanted: Wanted, first_boot: str) -> Node:
            enough.wait()
            raise AssertionError

    clouds = Libcloud(lambda: Slow(DigitalOcean(token="t", base_url=stage.url)))
    try:
        assert await clouds.get("1") == Retry("DigitalOcean: no answer within 0 seconds")
        assert await clouds.create(WANTED) == Unknown("DigitalOcean: no answer within 0 seconds")
    finally:
        enough.set()


async def test_a_locked_account_is_told(clouds: Libcloud, stage: Stage) -> None:
    stage.says({"account": {"status": "locked", "droplet_limit": 25}})
    assert await clouds.check() == Permanent("DigitalOcean: the account is locked")


# --- how it is set up ---


async def test_another_address_may_have_a_path_of_its_own(stage: Stage) -> None:
    clouds = Libcloud(lambda: Droplets(DigitalOcean(token="t", base_url=f"{stage.url}/proxy/")))
    stage.says(droplet())
    assert isinstance(await clouds.get("3164444"), Machine)
    assert stage.calls == ["GET /proxy/v2/droplets/3164444"]


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="DIGITALOCEAN_TOKEN is not set"):
        build("libcloud", Means())
    with pytest.raises(ValueError, match="LIBCLOUD_DRIVER is 'gopher', which is none of digitalocean"):
        build("libcloud", Means(driver="gopher"))
    with pytest.raises(ValueError, match="there is no provider of machines 'aws', only libcloud"):
        build("aws", Means())
