"""Linode and Vultr as libcloud's own drivers ask them, which were never tried live: what they are told, and what is
made of answers that are written as they document them.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.failures import Permanent, Retry, Unknown
from services.servers.accounts import Linode, Vultr
from services.servers.base import Machine, Provider, State
from services.servers.registry import Means, build
from tests.services.cloud_stage import WANTED, Stage, is_first_boot, staged

MADE_AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as stage:
        yield stage


# --- Linode ---

LINODE = replace(WANTED, location="id-cgk", size="g6-dedicated-2", image="linode/ubuntu24.04")


def linode(**odd: Any) -> dict[str, Any]:
    return {
        "id": 123,
        "label": WANTED.name,
        "status": "running",
        "region": "id-cgk",
        "type": "g6-dedicated-2",
        "image": "linode/ubuntu24.04",
        "ipv4": ["203.0.113.7", "192.168.133.234"],
        "ipv6": "2001:db8::7/128",
        "created": "2026-11-21T02:00:00",
        "tags": ["sahut"],
        "hypervisor": "kvm",
        "specs": {"vcpus": 2, "memory": 4096, "disk": 81920, "transfer": 4000},
        "alerts": {},
        "backups": {"enabled": False},
        "watchdog_enabled": True,
        **odd,
    }


@pytest.fixture
def linodes(stage: Stage) -> Provider:
    return build("libcloud", Means(driver="linode", linode=Linode(token="t", base_url=stage.url)))


async def test_linode_is_told_what_to_make(linodes: Provider, stage: Stage) -> None:
    stage.says(linode(status="provisioning", ipv4=[]))
    made = await linodes.create(LINODE)
    assert made == Machine(id="123", name=WANTED.name, state=State.BUILDING, made_at=MADE_AT)
    (asked,) = stage.asked
    assert (asked.method, asked.path) == ("POST", "/v4/linode/instances")
    assert asked.headers["Authorization"] == "Bearer t"
    told = asked.body
    assert is_first_boot(told.pop("metadata")["user_data"])
    assert len(told.pop("root_pass")) > 40
    assert told == {
        "label": WANTED.name,
        "region": "id-cgk",
        "type": "g6-dedicated-2",
        "image": "linode/ubuntu24.04",
        "tags": ["sahut"],
        "private_ip": False,
        "backups_enabled": False,
    }


async def test_linodes_are_found_page_by_page_whatever_state_another_is_in(linodes: Provider, stage: Stage) -> None:
    other = linode(id=122, label="else", status="billing_suspension", tags=[])
    for _ in range(2):
        stage.says({"data": [other], "page": 1, "pages": 2, "results": 2})
        stage.says({"data": [linode()], "page": 2, "pages": 2, "results": 2})
    running = Machine(id="123", name=WANTED.name, state=State.RUNNING, address="203.0.113.7", made_at=MADE_AT)
    assert await linodes.find(WANTED.name) == (running,)
    assert await linodes.list("sahut") == (running,)
    assert [dict(asked.query) for asked in stage.asked[:2]] == [{"page_size": "500"}, {"page": "2", "page_size": "500"}]


async def test_a_linode_is_switched_resized_and_destroyed(linodes: Provider, stage: Stage) -> None:
    stage.says(linode())
    stage.says({})
    assert await linodes.stop("123") is None
    stage.says(linode(status="offline"))
    stage.says({})
    assert await linodes.start("123") is None
    stage.says(linode())
    stage.says({})
    assert isinstance(await linodes.resize("123", replace(LINODE, size="g6-dedicated-4")), Retry)
    assert stage.asked[-1].body == {"type": "g6-dedicated-4", "allow_auto_disk_resize": True}
    stage.says(linode(status="resizing"))
    assert await linodes.resize("123", replace(LINODE, size="g6-dedicated-4")) == Retry(
        "Linode: the machine is reconfiguring", 10.0
    )
    stage.says(linode())
    stage.says({})
    assert await linodes.destroy("123") is None
    one = "/v4/linode/instances/123"
    assert [call for call in stage.calls if not call.startswith("GET")] == [
        f"POST {one}/shutdown",
        f"POST {one}/boot",
        f"POST {one}/resize",
        f"DELETE {one}",
    ]


async def test_a_linode_is_reinstalled_with_what_is_wanted_now(linodes: Provider, stage: Stage) -> None:
    stage.says(linode())
    stage.says(linode(status="rebuilding"))
    assert await linodes.reinstall("123", replace(LINODE, image="linode/debian13")) is None
    rebuild = stage.asked[-1]
    assert (rebuild.method, rebuild.path) == ("POST", "/v4/linode/instances/123/rebuild")
    told = rebuild.body
    assert is_first_boot(told.pop("metadata")["user_data"])
    assert len(told.pop("root_pass")) > 40
    assert told == {"image": "linode/debian13"}
    stage.says(linode(status="rebuilding"))
    assert await linodes.reinstall("123", LINODE) is None
    assert stage.calls[-1].startswith("GET")  # it goes on


@pytest.mark.parametrize(
    ("status", "reason", "failure"),
    [
        (400, "Linode busy.", Retry("Linode: Linode busy.", 10.0)),
        (400, "Account Limit reached. Please open a support ticket.", "later"),
        (400, "type is not valid", Permanent("Linode: type is not valid")),
        (401, "Invalid Token", Permanent("Linode: LINODE_TOKEN is not taken (401)")),
        (500, "", Unknown("Linode: it answers 500")),
    ],
)
async def test_how_linode_refuses(linodes: Provider, stage: Stage, status: int, reason: str, failure: Any) -> None:
    stage.says({"errors": [{"reason": reason, "field": "type"}]}, status)
    if failure == "later":
        failure = Retry(f"Linode: {reason}", 300.0)
    assert await linodes.create(LINODE) == failure


# --- Vultr ---

VULTR = replace(WANTED, location="sgp", size="voc-c-2c-4gb-75s", image="2284")


def vultr(**odd: Any) -> dict[str, Any]:
    values = {
        "id": "cb676a46-66fd-4dfb-b839-443f2e6c0b60",
        "label": WANTED.name,
        "status": "active",
        "power_status": "running",
        "server_status": "ok",
        "main_ip": "203.0.113.7",
        "v6_main_ip": "",
        "internal_ip": "",
        "plan": "voc-c-2c-4gb-75s",
        "os_id": 2284,
        "os": "Ubuntu 24.04 LTS x64",
        "region": "sgp",
        "date_created": "2026-11-21T02:00:00+00:00",
        "tag": "sahut",
        **dict.fromkeys(("ram", "disk", "vcpu_count", "allowed_bandwidth", "app_id", "v6_network_size"), 0),
        **dict.fromkeys(("netmask_v4", "gateway_v4", "v6_network", "image_id", "firewall_group_id"), ""),
        "features": [],
    }
    return values | odd


@pytest.fixture
def vultrs(stage: Stage) -> Provider:
    return build("libcloud", Means(driver="vultr", vultr=Vultr(api_key="k", base_url=stage.url)))


async def test_vultr_is_told_what_to_make(vultrs: Provider, stage: Stage) -> None:
    made = vultr(status="pending", power_status="stopped", server_status="none", main_ip="0.0.0.0")
    stage.says({"instance": made}, 202)
    machine = await vultrs.create(VULTR)
    assert machine == Machine(id=made["id"], name=WANTED.name, state=State.BUILDING, made_at=MADE_AT)
    (asked,) = stage.asked
    assert (asked.method, asked.path) == ("POST", "/v2/instances")
    assert is_first_boot(asked.body.pop("user_data"))
    assert asked.body == {
        "label": WANTED.name,
        "hostname": "web1",
        "region": "sgp",
        "plan": "voc-c-2c-4gb-75s",
        "os_id": 2284,
        "tag": "sahut",
        "enable_ipv6": False,
        "activation_email": False,
    }


async def test_an_image_of_vultr_is_a_number(vultrs: Provider, stage: Stage) -> None:
    refused = Permanent("Vultr: an image is the number of one of its operating systems")
    assert await vultrs.create(replace(VULTR, image="ubuntu")) == refused
    assert stage.asked == []


@pytest.mark.parametrize(
    ("odd", "state"),
    [
        ({}, State.RUNNING),
        ({"server_status": "installingbooting"}, State.BUILDING),
        ({"power_status": "stopped"}, State.STOPPED),
        ({"status": "resizing"}, State.OTHER),
        ({"status": "suspended"}, State.OTHER),
    ],
)
async def test_states_of_vultr(vultrs: Provider, stage: Stage, odd: dict[str, str], state: State) -> None:
    stage.says({"instances": [vultr(**odd)], "meta": {"total": 1, "links": {"next": "", "prev": ""}}})
    listed = await vultrs.list("sahut")
    assert isinstance(listed, tuple)
    assert [machine.state for machine in listed] == [state]
    stage.says({"error": "Invalid instance.", "status": 404}, 404)
    missing = await vultrs.get("gone")
    assert isinstance(missing, Machine)
    assert missing.state is State.MISSING


async def test_an_instance_is_switched_resized_and_destroyed(vultrs: Provider, stage: Stage) -> None:
    for odd, answer in (({}, (None, 204)), ({"power_status": "stopped"}, (None, 204)), ({}, (None, 204))):
        stage.says({"instance": vultr(**odd)})
        stage.says(*answer)
    assert [await vultrs.stop("i"), await vultrs.start("i"), await vultrs.restart("i")] == [None, None, None]
    stage.says({"instance": vultr()})
    stage.says({"instance": vultr(status="resizing")}, 202)
    larger = replace(VULTR, size="voc-c-4c-8gb-75s")
    assert isinstance(await vultrs.resize("i", larger), Retry)
    assert stage.asked[-1].body == {"plan": "voc-c-4c-8gb-75s"}
    stage.says({"instance": vultr(plan="voc-c-4c-8gb-75s")})
    assert await vultrs.resize("i", larger) is None
    stage.says({"instance": vultr()})
    stage.says(None, 204)
    assert await vultrs.destroy("i") is None
    one = f"/v2/instances/{vultr()['id']}"
    assert [call for call in stage.calls if not call.startswith("GET")] == [
        "POST /v2/instances/halt",
        f"POST {one}/start",
        f"POST {one}/reboot",
        f"PATCH {one}",
        f"DELETE {one}",
    ]


async def test_what_these_clouds_cannot_do(vultrs: Provider, linodes: Provider, stage: Stage) -> None:
    at = datetime(2026, 11, 21, tzinfo=UTC)
    for provider in (vultrs, linodes):
        for answer in (await provider.console("1"), await provider.metrics("1", at, at)):
            assert isinstance(answer, Permanent)
    assert await vultrs.reinstall("1", VULTR) == Permanent("Vultr: a machine cannot be reinstalled here")
    assert stage.asked == []
