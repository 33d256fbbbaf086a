"""OpenStack as libcloud's own driver asks it, which was never tried live: what it is told, and what is made of answers
that are written as it documents them.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.failures import Permanent, Retry, Unknown
from services.servers import libcloud
from services.servers.accounts import OpenStack
from services.servers.base import Machine, Provider, State
from services.servers.registry import Means, build
from tests.services.cloud_stage import WANTED, Stage, is_first_boot, staged

MADE_AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
# libcloud asks for the time in a way that Python 3.12 warns of.
pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


OPENSTACK = replace(WANTED, location="nova", size="f-1", image="70a599e0-31e7-49b7-b260-868f441e862b")


def server(**odd: Any) -> dict[str, Any]:
    values = {
        "id": "0e12087a-7c87-476a-8f84-7398e991cecc",
        "name": WANTED.name,
        "status": "ACTIVE",
        "addresses": {"net": [{"addr": "203.0.113.7", "version": 4}]},
        "accessIPv4": "",
        "created": "2026-11-21T02:00:00Z",
        "updated": "2026-11-21T02:00:00Z",
        "hostId": "",
        "tenant_id": "p",
        "flavor": {"id": "f-1"},
        "image": {"id": OPENSTACK.image},
        "links": [{"rel": "self", "href": "http://127.0.0.1/s"}],
        "metadata": {"managed-by": "sahut"},
        "OS-EXT-STS:task_state": None,
        "OS-EXT-STS:vm_state": "active",
    }
    return values | odd


def token(stage: Stage) -> None:
    """Keystone's answer: a token, and where Nova is."""

    def service(kind: str, name: str) -> dict[str, Any]:
        endpoint = {"interface": "public", "region": "Jakarta", "region_id": "Jakarta", "url": f"{stage.url}/v2.1"}
        return {"type": kind, "name": name, "id": kind, "endpoints": [{"id": "e", **endpoint}]}

    body = {
        "expires_at": "2099-11-21T02:00:00.000000Z",
        "issued_at": "2026-11-21T02:00:00.000000Z",
        "user": {"id": "u", "name": "sahut", "domain": {"id": "d", "name": "Sahut"}},
        "roles": [],
        "catalog": [service("compute", "Compute Service"), service("network", "Net")],
    }
    stage.says({"token": body}, 201, X_Subject_Token="gAAA")


@pytest.fixture
def servers(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setattr(libcloud, "THREADS", 1)  # each logs in for itself
    account = OpenStack(
        auth_url=f"{stage.url}/v3", username="sahut", password="secret", project="p", domain="Sahut", network="n-1"
    )
    return build("libcloud", Means(driver="openstack", openstack=account))


async def test_openstack_is_told_what_to_make(servers: Provider, stage: Stage) -> None:
    token(stage)
    stage.says({"server": {"id": server()["id"], "adminPass": "x"}}, 202)
    stage.says({"server": server(status="BUILD", addresses={}, **{"OS-EXT-STS:task_state": "spawning"})})
    made = await servers.create(OPENSTACK)
    assert made == Machine(id=server()["id"], name=WANTED.name, state=State.BUILDING, made_at=MADE_AT)
    assert stage.calls[:2] == ["POST /v3/auth/tokens", "POST /v2.1/servers"]
    login = stage.asked[0].body["auth"]
    domain = {"name": "Sahut"}
    assert login["identity"]["password"]["user"] == {"name": "sahut", "password": "secret", "domain": domain}
    assert login["scope"] == {"project": {"name": "p", "domain": domain}}
    told = stage.asked[1].body["server"]
    assert stage.asked[1].headers["X-Auth-Token"] == "gAAA"
    assert is_first_boot(told.pop("user_data"))
    assert told == {
        "name": WANTED.name,
        "flavorRef": "f-1",
        "imageRef": OPENSTACK.image,
        "availability_zone": "nova",
        "networks": [{"uuid": "n-1"}],
        "metadata": {"managed-by": "sahut"},
        "config_drive": "True",
    }


async def test_one_that_was_made_and_then_not_told_of_is_unknown(servers: Provider, stage: Stage) -> None:
    token(stage)
    stage.says({"server": {"id": server()["id"]}}, 202)
    stage.says({"computeFault": {"code": 503, "message": "later"}}, 503)
    assert await servers.create(OPENSTACK) == Unknown("OpenStack: it answers 503")


async def test_a_keystone_that_fails_has_made_nothing(servers: Provider, stage: Stage) -> None:
    stage.says("", 503)
    assert await servers.create(OPENSTACK) == Retry("OpenStack: it answers 503")
    stage.says({"error": {"code": 401, "message": "no"}}, 401)
    told = Permanent("OpenStack: OS_USERNAME with OS_PASSWORD is not taken (401)")
    assert await servers.create(OPENSTACK) == told


async def test_a_token_that_ran_out_is_fetched_again(servers: Provider, stage: Stage) -> None:
    token(stage)
    stage.says({"error": {"code": 401, "message": "no"}}, 401)
    assert await servers.get("s") == Retry("OpenStack: its token ran out", 1.0)


@pytest.mark.parametrize(
    ("addresses", "address"),
    [
        ({"net": [{"addr": "10.0.0.7", "version": 4}]}, "10.0.0.7"),
        ({"net": [{"addr": "10.0.0.7", "version": 4}, {"addr": "203.0.113.7", "version": 4}]}, "203.0.113.7"),
        ({}, ""),
    ],
)
async def test_addresses_of_openstack(servers: Provider, stage: Stage, addresses: Any, address: str) -> None:
    token(stage)
    stage.says({"servers": [server(addresses=addresses)]})
    listed = await servers.list("sahut")
    assert isinstance(listed, tuple)
    assert [machine.address for machine in listed] == [address]


async def test_a_server_that_is_gone(servers: Provider, stage: Stage) -> None:
    token(stage)
    stage.says({"itemNotFound": {"code": 404, "message": "gone"}}, 404)
    gone = await servers.get("s")
    assert isinstance(gone, Machine)
    assert gone.state is State.MISSING


async def test_a_server_is_reinstalled_with_what_is_wanted_now(servers: Provider, stage: Stage) -> None:
    token(stage)
    stage.says({"server": server()})
    stage.says({"server": server()}, 202)
    assert await servers.reinstall("s", OPENSTACK) is None
    rebuild = stage.asked[-1]
    assert (rebuild.method, rebuild.path) == ("POST", f"/v2.1/servers/{server()['id']}/action")
    assert rebuild.headers["OpenStack-API-Version"] == "compute 2.57"
    told = rebuild.body["rebuild"]
    assert is_first_boot(told.pop("user_data"))
    assert told == {"imageRef": OPENSTACK.image}
    stage.says({"server": server(status="REBUILD", **{"OS-EXT-STS:task_state": "rebuilding"})})
    assert await servers.reinstall("s", OPENSTACK) is None  # it goes on
    assert "OpenStack-API-Version" not in stage.asked[-1].headers


async def test_a_server_is_resized_and_that_is_confirmed(servers: Provider, stage: Stage) -> None:
    token(stage)
    larger = replace(OPENSTACK, size="f-2")
    stage.says({"server": server()})
    stage.says(None, 202)
    for odd, confirmed in (
        ({"OS-EXT-STS:task_state": "resize_migrating"}, False),
        ({"status": "VERIFY_RESIZE", "OS-EXT-STS:vm_state": "resized", "flavor": {"id": "f-2"}}, True),
    ):
        stage.says({"server": server(**odd)})
        if confirmed:
            stage.says(None, 204)
    for _ in range(3):
        assert isinstance(await servers.resize("s", larger), Retry)
    stage.says({"server": server(flavor={"id": "f-2"})})
    assert await servers.resize("s", larger) is None
    changes = [asked.body for asked in stage.asked if asked.method == "POST" and "action" in asked.path]
    assert changes == [{"resize": {"flavorRef": "f-2"}}, {"confirmResize": None}]


async def test_a_server_is_switched_and_destroyed(servers: Provider, stage: Stage) -> None:
    token(stage)
    for odd in ({}, {"status": "SHUTOFF"}, {}, {}):
        stage.says({"server": server(**odd)})
        stage.says(None, 202)
    answers = [
        await servers.stop("s"),
        await servers.start("s"),
        await servers.restart("s"),
        await servers.destroy("s"),
    ]
    assert answers == [None] * 4
    changes = [asked.body for asked in stage.asked if asked.method == "POST" and "action" in asked.path]
    assert changes == [{"os-stop": None}, {"os-start": None}, {"reboot": {"type": "SOFT"}}]
    assert stage.calls[-1] == f"DELETE /v2.1/servers/{server()['id']}"


@pytest.mark.parametrize(
    ("status", "kind", "message", "failure"),
    [
        (403, "forbidden", "Quota exceeded for cores: Requested 2", "later"),
        (409, "conflictingRequest", "Cannot 'start' while it is in task_state deleting", "soon"),
        (400, "badRequest", "Invalid flavorRef", Permanent("OpenStack: Invalid flavorRef")),
        (500, "computeFault", "Unexpected API Error", Unknown("OpenStack: Unexpected API Error")),
    ],
)
async def test_how_openstack_refuses(
    servers: Provider, stage: Stage, status: int, kind: str, message: str, failure: Any
) -> None:
    token(stage)
    stage.says({kind: {"code": status, "message": message}}, status)
    waits = {"later": 300.0, "soon": 10.0}
    told = Retry(f"OpenStack: {message}", waits[failure]) if failure in waits else failure
    assert await servers.create(OPENSTACK) == told
