"""EC2 as libcloud's own driver asks it, which was never tried live: what it is told, and what is made of answers that
are written as it documents them.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from services.failures import Permanent, Retry, Unknown
from services.servers.accounts import Ec2
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


EC2 = replace(WANTED, location="ap-southeast-1a", size="c7i.large", image="ami-0123456789abcdef0")
NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15/"
INSTANCE = """<item><instanceId>i-1234567890abcdef0</instanceId><imageId>ami-0123456789abcdef0</imageId>
<instanceState><code>16</code><name>{state}</name></instanceState><instanceType>{size}</instanceType>
<launchTime>2026-11-21T02:00:00.000Z</launchTime><ipAddress>203.0.113.7</ipAddress>
<tagSet><item><key>Name</key><value>server-17-1a2b3c4d</value></item>
<item><key>managed-by</key><value>sahut</value></item></tagSet></item>"""


def instance(state: str = "running", size: str = "c7i.large") -> str:
    return INSTANCE.format(state=state, size=size)


def described(*instances: str) -> str:
    found = "".join(f"<item><instancesSet>{each}</instancesSet></item>" for each in instances)
    return (
        f'<DescribeInstancesResponse xmlns="{NAMESPACE}"><reservationSet>{found}</reservationSet>'
        "</DescribeInstancesResponse>"
    )


ADDRESSES = f'<DescribeAddressesResponse xmlns="{NAMESPACE}"><addressesSet/></DescribeAddressesResponse>'
IMAGES = f"""<DescribeImagesResponse xmlns="{NAMESPACE}"><imagesSet><item><imageId>ami-0123456789abcdef0</imageId>
<name>ubuntu</name><blockDeviceMapping><item><deviceName>/dev/sda1</deviceName><ebs><snapshotId>snap-1</snapshotId>
<volumeSize>8</volumeSize><deleteOnTermination>true</deleteOnTermination><volumeType>gp3</volumeType></ebs></item>
</blockDeviceMapping></item></imagesSet></DescribeImagesResponse>"""
CHANGED = f"""<Response xmlns="{NAMESPACE}"><instancesSet><item><instanceId>i-1234567890abcdef0</instanceId>
<currentState><code>64</code><name>changing</name></currentState>
<previousState><code>16</code><name>running</name></previousState></item></instancesSet></Response>"""
DONE = f'<Response xmlns="{NAMESPACE}"><return>true</return></Response>'


def error(code: str, message: str) -> str:
    said = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return f"<Response><Errors>{said}</Errors><RequestID>r</RequestID></Response>"


@pytest.fixture
def instances(stage: Stage) -> Provider:
    account = Ec2(access_key="AKIAEXAMPLE", secret_key="secret", region="ap-southeast-1", endpoint=stage.url)
    return build("libcloud", Means(driver="ec2", ec2=account))


def actions(stage: Stage) -> list[str]:
    return [asked.query["Action"] for asked in stage.asked]


async def test_ec2_is_told_what_to_make_once(instances: Provider, stage: Stage) -> None:
    stage.says(IMAGES)
    items = f"<instancesSet>{instance('pending')}</instancesSet>"
    stage.says(f'<RunInstancesResponse xmlns="{NAMESPACE}">{items}</RunInstancesResponse>')
    made = await instances.create(EC2)
    assert isinstance(made, Machine)
    assert (made.id, made.name, made.state, made.made_at) == (
        "i-1234567890abcdef0",
        WANTED.name,
        State.BUILDING,
        MADE_AT,
    )
    told = dict(stage.asked[-1].query)
    assert stage.asked[-1].headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/")
    assert is_first_boot(told.pop("UserData"))
    assert told == {
        "Action": "RunInstances",
        "Version": told["Version"],
        "ImageId": "ami-0123456789abcdef0",
        "InstanceType": "c7i.large",
        "MinCount": "1",
        "MaxCount": "1",
        "ClientToken": WANTED.name,
        "Placement.AvailabilityZone": "ap-southeast-1a",
        "BlockDeviceMapping.1.DeviceName": "/dev/sda1",
        "BlockDeviceMapping.1.Ebs.VolumeSize": "80",
        "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
        "TagSpecification.1.ResourceType": "instance",
        "TagSpecification.1.Tag.1.Key": "Name",
        "TagSpecification.1.Tag.1.Value": WANTED.name,
        "TagSpecification.1.Tag.2.Key": "managed-by",
        "TagSpecification.1.Tag.2.Value": "sahut",
    }


async def test_instances_are_asked_for_by_name_tag_and_id(instances: Provider, stage: Stage) -> None:
    for _ in range(3):
        stage.says(described(instance()))
        stage.says(ADDRESSES)
    found = await instances.find(WANTED.name)
    assert found == await instances.list("sahut")
    running = await instances.get("i-1234567890abcdef0")
    assert found == (running,)
    assert isinstance(running, Machine)
    assert (running.state, running.address) == (State.RUNNING, "203.0.113.7")
    asked = [one.query for one in stage.asked if one.query["Action"] == "DescribeInstances"]
    assert [one.get("Filter.1.Name", one.get("InstanceId.1")) for one in asked] == [
        "tag:Name",
        "tag:managed-by",
        "i-1234567890abcdef0",
    ]


async def test_one_that_was_terminated_is_missing(instances: Provider, stage: Stage) -> None:
    for _ in range(2):
        stage.says(described(instance("terminated")))
        stage.says(ADDRESSES)
    assert await instances.find(WANTED.name) == ()
    gone = await instances.get("i-1234567890abcdef0")
    assert isinstance(gone, Machine)
    assert gone.state is State.MISSING
    stage.says(error("InvalidInstanceID.NotFound", "no"), 400)
    assert await instances.destroy("i-1234567890abcdef0") is None


async def test_an_instance_is_resized_while_it_is_off(instances: Provider, stage: Stage) -> None:
    larger = replace(EC2, size="c7i.xlarge")
    for state, size, answers in (
        ("running", "c7i.large", (CHANGED,)),
        ("stopping", "c7i.large", ()),
        ("stopped", "c7i.large", (DONE, CHANGED)),
        ("running", "c7i.xlarge", ()),
    ):
        stage.says(described(instance(state, size)))
        stage.says(ADDRESSES)
        for answer in answers:
            stage.says(answer)
    for _ in range(2):
        assert isinstance(await instances.resize("i", larger), Retry)
    assert [await instances.resize("i", larger), await instances.resize("i", larger)] == [None, None]
    assert [name for name in actions(stage) if not name.startswith("Describe")] == [
        "StopInstances",
        "ModifyInstanceAttribute",
        "StartInstances",
    ]


@pytest.mark.parametrize(
    ("status", "code", "failure"),
    [
        (400, "VcpuLimitExceeded", Retry("EC2: you have & had enough", 300.0)),
        (500, "InsufficientInstanceCapacity", Retry("EC2: you have & had enough", 300.0)),
        (503, "RequestLimitExceeded", Retry("EC2: too many requests", 5.0)),
        (400, "IdempotentParameterMismatch", Unknown("EC2: it was asked for before, with other words")),
        (400, "InvalidParameterValue", Permanent("EC2: you have & had enough")),
        (500, "InternalError", Unknown("EC2: you have & had enough")),
        (401, "AuthFailure", Permanent("EC2: AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY is not taken (401)")),
    ],
)
async def test_how_ec2_refuses(instances: Provider, stage: Stage, status: int, code: str, failure: Any) -> None:
    stage.says(IMAGES)
    stage.says(error(code, "you have &amp; had enough"), status)
    assert await instances.create(EC2) == failure


async def test_a_region_that_is_not_ours_is_refused(instances: Provider, stage: Stage) -> None:
    refused = Permanent("EC2: eu-central-1a is not in ap-southeast-1 (AWS_DEFAULT_REGION)")
    assert await instances.create(replace(EC2, location="eu-central-1a")) == refused


def test_ec2_needs_a_region_that_libcloud_knows() -> None:
    for account, problem in (
        (Ec2(access_key="a", secret_key="s"), "AWS_DEFAULT_REGION is not set"),
        (Ec2(access_key="a", secret_key="s", region="mars-1"), "AWS_DEFAULT_REGION is 'mars-1'"),
        (Ec2(access_key="a", secret_key="s", region="ap-southeast-3", subnet="s-1"), "together, or neither"),
    ):
        with pytest.raises(ValueError, match=problem):
            build("libcloud", Means(driver="ec2", ec2=account))
