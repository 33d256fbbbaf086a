"""Amazon EC2, in one region. Sizes are instance types, images its AMIs, a location the region or a zone of it.

Its API: https://docs.aws.amazon.com/AWSEC2/latest/APIReference. Not tried live. Every call is a GET; which of them
change something, their action says. A name is a client token too: what was made by a call whose answer was lost is not
made again by the same call.
"""

import html
import re
from collections.abc import Iterable
from typing import Any, cast

from libcloud.compute.base import Node, NodeLocation
from libcloud.compute.drivers.ec2 import EC2NetworkSubnet, EC2NodeDriver, ExEC2AvailabilityZone

from domain.server_actions import Ability
from services.failures import Failure, Permanent, Retry, Unknown
from services.servers.accounts import Ec2
from services.servers.base import State, Wanted
from services.servers.libcloud_line import BUSY, Failed, Line, Refusal, cut, lay
from services.servers.libcloud_nodes import QUOTA, SETTLING, Nodes

TAG = "managed-by"
GONE = "InvalidInstanceID.NotFound"
FULL = {"InstanceLimitExceeded", "VcpuLimitExceeded", "InsufficientInstanceCapacity", "ResourceCountExceeded"}
SLOWER = {"RequestLimitExceeded", "Throttling"}
NOT_NOW = {"IncorrectInstanceState", "IncorrectState"}
OTHERWISE = "IdempotentParameterMismatch"
"""Error codes, of which none is told where something was changed: Amazon's "Error codes for the Amazon EC2 API"."""


class Ec2Line(Line):
    def writes(self, method: str, url: str) -> bool:
        return "Action=Describe" not in url


class Ec2Instances(Nodes):
    title = "EC2"
    setting = "AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY"
    abilities = frozenset({Ability.RESIZE})
    knows_again = True

    def __init__(self, account: Ec2) -> None:
        if not (account.access_key and account.secret_key and account.region):
            raise ValueError("AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_DEFAULT_REGION is not set")
        if bool(account.subnet) != bool(account.security_group):
            raise ValueError("EC2_SUBNET_ID and EC2_SECURITY_GROUP_ID are set together, or neither")
        if account.region not in EC2NodeDriver.list_regions():
            raise ValueError(f"AWS_DEFAULT_REGION is {account.region!r}, which libcloud does not know")
        self._account = account
        driver = EC2NodeDriver(
            key=account.access_key,
            secret=account.secret_key,
            region=account.region,
            signature_version="4",  # younger regions take no other
        )
        super().__init__(driver)
        lay(self.driver.connection, account.endpoint, line=Ec2Line)

    def find(self, machine: str) -> Node | None:
        try:
            found = self.driver.list_nodes(ex_node_ids=[machine])
        except Refusal as refusal:
            if code_of(refusal) == GONE:
                return None
            raise
        return found[0] if found else None

    def nodes(self, *, name: str = "", tag: str = "") -> Iterable[Node]:
        by = {"tag:Name": name} if name else {f"tag:{TAG}": tag}
        return cast("list[Node]", self.driver.list_nodes(ex_filters=by))

    def make(self, wanted: Wanted, first_boot: str) -> Node:
        made = self.driver.create_node(
            name=wanted.name,
            size=self.size(wanted.size),
            image=self.image(wanted.image),
            location=self._zone(wanted.location),
            ex_metadata={TAG: wanted.tag},
            ex_clienttoken=wanted.name,
            ex_userdata=first_boot,
            ex_blockdevicemappings=[self._root_disk(wanted)],
            **self._network(),
        )
        return cast("Node", made)

    def tags(self, node: Node) -> Iterable[str]:
        return (node.extra["tags"].get(TAG, ""),)

    def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        """By steps: off, resized, on. Its disk stays as it is."""
        node = self.present(machine)
        state, resized = self.state(node), node.extra["instance_type"] == wanted.size
        if state is State.RUNNING:
            return None if resized else self.shut_down(node) or Retry("it is shutting down", SETTLING)
        if state is not State.STOPPED:
            return self.busy(node)
        refused: Failure | None = None
        if not resized:
            try:
                self.driver.ex_change_node_size(node=node, new_size=self.size(wanted.size))
            except Refusal as refusal:
                refused = self.failure(refusal)
                if not isinstance(refused, Permanent):
                    return refused
        self.power_on(node)
        return refused

    def message(self, refusal: Refusal) -> str:
        found = re.search(r"<Message>([^<]*)</Message>", refusal.text)
        return cut(html.unescape(found[1])) if found else ""

    def explain(self, refusal: Refusal, message: str) -> Failure | None:
        code = code_of(refusal)
        if code in FULL:
            return Retry(message, QUOTA)
        if code == OTHERWISE:
            return Unknown("it was asked for before, with other words")
        if code in NOT_NOW:
            return Retry(message, BUSY)
        if code in SLOWER:
            return Retry("too many requests", SETTLING)
        return None

    def _zone(self, location: str) -> NodeLocation | None:
        if location == self._account.region:
            return None
        if not location.startswith(self._account.region):
            raise Failed(Permanent(f"{location} is not in {self._account.region} (AWS_DEFAULT_REGION)"))
        zone: Any = self.location(location)
        zone.availability_zone = ExEC2AvailabilityZone(location, "available", self._account.region)
        return cast("NodeLocation", zone)

    def _network(self) -> dict[str, Any]:
        """Without a subnet it comes into the account's default one, which gives it an address."""
        if not self._account.subnet:
            return {}
        return {
            "ex_subnet": EC2NetworkSubnet(self._account.subnet, self._account.subnet, "available"),
            "ex_security_group_ids": [self._account.security_group],
            "ex_assign_public_ip": True,
        }

    def _root_disk(self, wanted: Wanted) -> dict[str, Any]:
        """The image's first disk, as large as was ordered: it is named by the image alone."""
        images = self.driver.list_images(ex_image_ids=[wanted.image])
        if not images:
            raise Failed(Permanent(f"there is no image {wanted.image}"))
        name = next(each["device_name"] for each in images[0].extra["block_device_mapping"] if each.get("ebs"))
        return {"DeviceName": name, "Ebs": {"VolumeSize": wanted.disk_gb, "DeleteOnTermination": "true"}}


def code_of(refusal: Refusal) -> str:
    found = re.search(r"<Code>([\w.]+)</Code>", refusal.text)
    return found[1] if found else ""
