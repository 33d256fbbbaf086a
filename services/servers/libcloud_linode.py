"""Linode (Akamai). Sizes are its types (`g6-dedicated-2`), locations its regions (with "Metadata", by which cloud-init
gets its user data), images its own (`linode/ubuntu24.04`; with cloud-init).

Its API: https://techdocs.akamai.com/linode-api. Not tried live.
"""

import base64
import json
import secrets
from collections.abc import Iterable
from typing import Any, cast

from libcloud.compute.base import Node
from libcloud.compute.drivers.linode import LinodeNodeDriver, LinodeNodeDriverV4
from libcloud.compute.types import NodeState

from domain.server_actions import Ability
from services.failures import Failure, Retry
from services.servers.accounts import Linode
from services.servers.base import State, Wanted
from services.servers.libcloud_line import BUSY, Refusal, lay, message_of
from services.servers.libcloud_nodes import QUOTA, SETTLING, Nodes

PAGE = 500
"""The most that Linode gives at a time; the driver asks for 25."""


class States(dict[str, Any]):
    """The driver's, which raises KeyError for a word that it does not know, for the whole list that holds it."""

    def __missing__(self, word: str) -> NodeState:
        return NodeState.UNKNOWN


class Linodes(Nodes):
    title = "Linode"
    setting = "LINODE_TOKEN"
    abilities = frozenset({Ability.REINSTALL, Ability.NEW_ACCESS, Ability.RESIZE})

    def __init__(self, account: Linode) -> None:
        if not account.token:
            raise ValueError("LINODE_TOKEN is not set")
        super().__init__(LinodeNodeDriver(key=account.token, api_version="4.0"))
        self.driver.LINODE_STATES = States(LinodeNodeDriverV4.LINODE_STATES)
        connection: Any = self.driver.connection
        connection.add_default_params = lambda params: params | {"page_size": PAGE}
        lay(connection, account.base_url)

    def find(self, machine: str) -> Node | None:
        try:
            return cast("Node", self.driver.ex_get_node(node_id=machine))
        except Refusal as refusal:
            if refusal.status == 404:
                return None
            raise

    def nodes(self, *, name: str = "", tag: str = "") -> Iterable[Node]:
        return cast("list[Node]", self.driver.list_nodes())

    def make(self, wanted: Wanted, first_boot: str) -> Node:
        made = self.driver.create_node(
            name=wanted.name,
            size=self.size(wanted.size),
            image=self.image(wanted.image),
            location=self.location(wanted.location),
            root_pass=nobodys_password(),
            ex_tags=[wanted.tag],
            ex_userdata=first_boot,  # the driver encodes it, whatever its docstring says
        )
        return cast("Node", made)

    def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        """By a call of Linode's that libcloud does not have. One that is being rebuilt is not begun again."""
        node = self.present(machine)
        if node.state is NodeState.UPDATING:  # libcloud's word for "rebuilding"
            return None
        if self.state(node) not in {State.RUNNING, State.STOPPED}:
            return self.busy(node)
        first_boot = base64.b64encode(self.first_boot(wanted).encode()).decode()
        told = {"image": wanted.image, "root_pass": nobodys_password(), "metadata": {"user_data": first_boot}}
        path = f"/v4/linode/instances/{node.id}/rebuild"
        self.driver.connection.request(path, method="POST", data=json.dumps(told))
        return None

    def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        """Linode shuts it down, moves it, and boots it again where it ran; its disk grows where it is its only one."""
        node = self.present(machine)
        state = self.state(node)
        if state not in {State.RUNNING, State.STOPPED}:
            return self.busy(node)
        if str(node.size) == wanted.size:  # its id: the driver does not fetch more of it
            if state is State.STOPPED:
                self.power_on(node)
            return None
        self.driver.ex_resize_node(node=node, size=self.size(wanted.size), allow_auto_disk_resize=True)
        return Retry("it is being resized", SETTLING)

    def message(self, refusal: Refusal) -> str:
        return message_of(refusal.text, lambda body: body["errors"][0]["reason"])

    def explain(self, refusal: Refusal, message: str) -> Failure | None:
        if refusal.status != 400:
            return None
        if "busy" in message.lower():  # "Linode busy."
            return Retry(message, BUSY)
        if "limit reached" in message.lower():  # "Account Limit reached. Please open a support ticket."
            return Retry(message, QUOTA)
        return None


def nobodys_password() -> str:
    """Root's: there must be one, and it is told to nobody."""
    return secrets.token_urlsafe(48)
