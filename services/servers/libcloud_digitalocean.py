"""DigitalOcean: droplets. Sizes, regions and images are its slugs (an image may be a number too).

Its API: https://docs.digitalocean.com/reference/api. An action locks a droplet until it is over. A droplet keeps the
user data that it was made with: what rebuilds it cannot give others.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote

from libcloud.compute.base import Node, NodeImage, NodeState
from libcloud.compute.drivers.digitalocean import DigitalOceanNodeDriver
from libcloud.utils.iso8601 import parse_date

from domain.server_actions import Ability
from services.failures import Failure, Permanent, Retry
from services.servers.accounts import DigitalOcean
from services.servers.base import Sample, State, Wanted
from services.servers.libcloud_line import BUSY, Refusal, lay
from services.servers.libcloud_nodes import QUOTA, SETTLING, Nodes
from services.servers.measurements import Series, busy_share, folded, share, summed

MEGABIT = 1_000_000 / 8
METRICS = "/v2/monitoring/metrics/droplet"
LIMIT = "droplet limit"  # "creating this/these droplet(s) will exceed your droplet limit"
GRACE = timedelta(seconds=60)
"""How long a machine has to shut down by itself."""
PENDING = "pending event"  # "Droplet already has a pending event."


class Droplets(Nodes):
    title = "DigitalOcean"
    setting = "DIGITALOCEAN_TOKEN"
    abilities = frozenset({Ability.REINSTALL, Ability.RESIZE, Ability.METRICS})

    def __init__(self, account: DigitalOcean) -> None:
        if not account.token:
            raise ValueError("DIGITALOCEAN_TOKEN is not set")
        super().__init__(DigitalOceanNodeDriver(key=account.token))
        # Its agent, without which there is little to measure; libcloud leaves out what is not in its list.
        self.driver.EX_CREATE_ATTRIBUTES = [*self.driver.EX_CREATE_ATTRIBUTES, "monitoring"]
        lay(self.driver.connection, account.base_url)

    def find(self, machine: str) -> Node | None:
        try:
            answer = self.driver.connection.request(f"/v2/droplets/{machine}")
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise
        node: Node = self.driver._to_node(answer.object["droplet"])
        return node

    def nodes(self, *, name: str = "", tag: str = "") -> Iterable[Node]:
        """By either of them, not by both."""
        by = f"name={quote(name)}" if name else f"tag_name={quote(tag)}"
        found = self.driver._paginated_request(f"/v2/droplets?{by}", "droplets")
        return [self.driver._to_node(each) for each in found]

    def make(self, wanted: Wanted, first_boot: str) -> Node:
        node: Node = self.driver.create_node(
            name=wanted.name,
            size=self.size(wanted.size),
            image=self.image(wanted.image),
            location=self.location(wanted.location),
            ex_create_attr={"tags": [wanted.tag], "monitoring": True},
            ex_user_data=first_boot,
        )
        return node

    def present(self, machine: str) -> Node:
        """With its last action, which says whether it is busy, and what was begun before."""
        node = super().present(machine)
        answer = self.driver.connection.request(f"/v2/droplets/{machine}/actions")
        node.extra["asked_at"] = parsedate_to_datetime(answer.headers["date"])
        node.extra["action"] = max(answer.object["actions"], key=lambda action: action["id"], default={})
        return node

    def state(self, node: Node) -> State:
        working = node.extra.get("locked") or node.extra.get("action", {}).get("status") == "in-progress"
        if node.state is NodeState.TERMINATED or (working and node.state is not NodeState.PENDING):
            return State.OTHER  # the first is what libcloud calls an archived one, which can be brought back
        return super().state(node)

    def address(self, node: Node) -> str:
        six = node.extra.get("networks", {}).get("v6") or ()
        node.public_ips = [*node.public_ips, *(each["ip_address"] for each in six if each["type"] == "public")]
        return super().address(node)

    def busy(self, node: Node) -> Retry:
        return Retry(f"the droplet is busy ({node.extra['action'].get('type', 'locked')})", SETTLING)

    def power_on(self, node: Node) -> None:
        self.driver.ex_power_on_node(node=node)

    def shut_down(self, node: Node) -> Failure | None:
        """It is asked to shut down, which it may not heed; after a while it is switched off."""
        if self.state(node) is not State.RUNNING:
            return self.busy(node)
        action = node.extra["action"]
        if action.get("type") != "shutdown":
            self.driver.ex_shutdown_node(node=node)
        # Both times are DigitalOcean's.
        elif node.extra["asked_at"] - parse_date(action["started_at"]) > GRACE:
            self.act(node, type="power_off")
            return None
        return Retry("it is shutting down", SETTLING)

    def restart(self, machine: str) -> Failure | None:
        node = self.present(machine)
        return None if self.begun(node, "reboot") else super().restart(machine)

    def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        """It comes up with the user, the key and the hostname that it was made with: those of `wanted` cannot be given
        to it, and a password not at all, since nobody knows the first one any more. One that is being rebuilt is not
        begun again.
        """
        if not wanted.access.ssh_key:
            return Permanent("a machine that is reinstalled cannot be given a new password here")
        node = self.present(machine)
        if self.begun(node, "rebuild"):
            return None
        if self.state(node) in {State.OTHER, State.BUILDING}:
            return self.busy(node)
        self.act(node, type="rebuild", image=number_or_slug(wanted.image))
        return None

    def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        """By steps: off, resized, on. What is found says which is the next; a disk only grows, and for good."""
        node = self.present(machine)
        state, resized = self.state(node), node.extra["size_slug"] == wanted.size
        if state is State.RUNNING:
            return None if resized else self.shut_down(node) or Retry("it is switched off", SETTLING)
        if state is not State.STOPPED:
            return self.busy(node)
        if resized:
            self.power_on(node)
            return None
        last = node.extra["action"]
        if last.get("type") == "resize" and last.get("status") == "errored":
            self.power_on(node)
            return Permanent("the resize failed; the machine is as it was")
        try:
            self.act(node, type="resize", size=wanted.size, disk=wanted.disk_gb > node.extra["disk"])
        except Refusal as refusal:
            if refusal.status != 422 or PENDING in self.message(refusal):
                raise
            self.power_on(node)
            return Permanent(self.message(refusal))
        return Retry("it is being resized", SETTLING)

    def metrics(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
        window = {"host_id": machine, "start": int(since.timestamp()), "end": int(until.timestamp())}

        def ask(what: str, **more: str) -> list[Series]:
            answer = self.driver.connection.request(f"{METRICS}/{what}", params=window | more)
            return [Series.of(each) for each in answer.object["data"]["result"]]

        def traffic(direction: str) -> dict[int, float]:
            found = summed(ask("bandwidth", interface="public", direction=direction))
            return {at: value * MEGABIT for at, value in found.items()}

        total, available = summed(ask("memory_total")), summed(ask("memory_available"))
        return folded(
            cpu=busy_share(ask("cpu")),
            memory=share({at: total[at] - available[at] for at in total.keys() & available.keys()}, total),
            received=traffic("inbound"),
            sent=traffic("outbound"),
        )

    def check(self) -> Failure | None:
        account = self.driver.ex_account_info()
        if account.get("status") == "locked":
            return Permanent("the account is locked")
        return None

    def explain(self, refusal: Refusal, message: str) -> Failure | None:
        """422 is what it answers to all that cannot be: for good, or because of what there is now."""
        if refusal.status in {403, 422} and LIMIT in message:
            return Retry(message, QUOTA)
        if refusal.status == 422 and PENDING in message:
            return Retry(message, BUSY)
        return None

    def image(self, image: str) -> NodeImage:
        return NodeImage(id=number_or_slug(image), name=image, driver=self.driver)

    def begun(self, node: Node, kind: str) -> bool:
        """Whether that is being done to it at this moment."""
        action = node.extra["action"]
        return (action.get("type"), action.get("status")) == (kind, "in-progress")

    def act(self, node: Node, **action: Any) -> None:
        """For the actions that libcloud does not know, or not in full."""
        self.driver.connection.request(f"/v2/droplets/{node.id}/actions", method="POST", data=json.dumps(action))


def number_or_slug(image: str) -> Any:
    return int(image) if image.isdecimal() else image
