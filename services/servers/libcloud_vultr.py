"""Vultr. Sizes are its plans (`voc-c-2c-4gb-75s`), locations its regions (`sgp`), images the numbers of its operating
systems (`2284`).

Its API: https://www.vultr.com/api. Not tried live.
"""

from collections.abc import Iterable
from typing import Any, cast

from libcloud.compute.base import Node
from libcloud.compute.drivers.vultr import VultrNodeDriver

from domain.server_actions import Ability
from services.failures import Failure, Permanent, Retry
from services.servers.accounts import Vultr
from services.servers.base import State, Wanted
from services.servers.libcloud_line import Failed, Refusal, lay, message_of
from services.servers.libcloud_nodes import QUOTA, SETTLING, Nodes

NO_ADDRESS = "0.0.0.0"  # noqa: S104 -- what Vultr says as long as there is none; nothing is bound to it


class Instances(Nodes):
    title = "Vultr"
    setting = "VULTR_API_KEY"
    abilities = frozenset({Ability.RESIZE})

    def __init__(self, account: Vultr) -> None:
        if not account.api_key:
            raise ValueError("VULTR_API_KEY is not set")
        super().__init__(VultrNodeDriver(key=account.api_key, api_version="2"))
        lay(self.driver.connection, account.base_url)

    def find(self, machine: str) -> Node | None:
        try:
            return cast("Node", self.driver.ex_get_node(node_id=machine))
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise

    def nodes(self, *, name: str = "", tag: str = "") -> Iterable[Node]:
        return cast("list[Node]", self.driver.list_nodes(ex_list_bare_metals=False))

    def make(self, wanted: Wanted, first_boot: str) -> Node:
        if not wanted.image.isdecimal():
            raise Failed(Permanent("an image is the number of one of its operating systems"))
        image: Any = self.image(wanted.image)
        image.id = int(wanted.image)
        made = self.driver.create_node(
            name=wanted.name,
            size=self.size(wanted.size),
            image=image,
            location=self.location(wanted.location),
            ex_hostname=wanted.hostname,
            ex_tag=wanted.tag,
            ex_userdata=first_boot,
        )
        return cast("Node", made)

    def tags(self, node: Node) -> Iterable[str]:
        return (node.extra["tag"],)

    def state(self, node: Node) -> State:
        state = super().state(node)
        installing = node.extra.get("server_status") in {"none", "installingbooting"}
        return State.BUILDING if installing and state is State.RUNNING else state

    def address(self, node: Node) -> str:
        node.public_ips = [address for address in node.public_ips if address != NO_ADDRESS]
        return super().address(node)

    def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        """Upwards only; Vultr restarts it."""
        node = self.present(machine)
        state = self.state(node)
        if state not in {State.RUNNING, State.STOPPED}:
            return self.busy(node)
        if str(node.size) == wanted.size:  # its id: the driver does not fetch more of it
            if state is State.STOPPED:
                self.power_on(node)
            return None
        self.driver.ex_resize_node(node=node, size=self.size(wanted.size))
        return Retry("it is being resized", SETTLING)

    def message(self, refusal: Refusal) -> str:
        return message_of(refusal.text, lambda body: body["error"])

    def explain(self, refusal: Refusal, message: str) -> Failure | None:
        if refusal.status in {400, 403, 412} and "limit" in message.lower():  # of machines, or of a month's fees
            return Retry(message, QUOTA)
        return None
