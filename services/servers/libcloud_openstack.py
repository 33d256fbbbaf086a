"""OpenStack: Nova, by Keystone 3. Sizes are flavors' ids, images images' ids, a location an availability zone.

Its API: https://docs.openstack.org/api-ref/compute. Not tried live. A dedicated CPU is the flavor's business
(`hw:cpu_policy=dedicated`).
"""

import base64
from collections.abc import Iterable
from typing import Any, cast

from libcloud.compute.base import Node
from libcloud.compute.drivers.openstack import OpenStack_2_NodeDriver, OpenStackNetwork

from domain.server_actions import Ability
from services.failures import Failure, Retry
from services.servers.accounts import OpenStack
from services.servers.base import State, Wanted
from services.servers.libcloud_line import BUSY, Line, Refusal, lay, message_of
from services.servers.libcloud_nodes import QUOTA, SETTLING, Nodes

TAG = "managed-by"
IDENTITY = "/auth/tokens"
REBUILD_WITH_USER_DATA = "2.57"
"""The microversion since which a rebuild takes user data; from 2.47 on a server does not tell its flavor's id."""


class OpenStackLine(Line):
    def writes(self, method: str, url: str) -> bool:
        return super().writes(method, url) and not url.endswith(IDENTITY)


class Instances(Nodes):
    title = "OpenStack"
    setting = "OS_USERNAME with OS_PASSWORD"
    abilities = frozenset({Ability.REINSTALL, Ability.NEW_ACCESS, Ability.RESIZE})

    def __init__(self, account: OpenStack) -> None:
        if not (account.auth_url and account.username and account.password and account.project):
            raise ValueError("OS_AUTH_URL, OS_USERNAME, OS_PASSWORD or OS_PROJECT_NAME is not set")
        self._account = account
        driver = OpenStack_2_NodeDriver(
            key=account.username,
            secret=account.password,
            ex_force_auth_url=account.auth_url.rstrip("/").removesuffix("/v3"),
            ex_force_auth_version="3.x_password",
            ex_tenant_name=account.project,
            ex_domain_name=account.domain,
        )
        super().__init__(driver)
        connection: Any = self.driver.connection
        lay(connection, line=OpenStackLine)
        # Found in the catalog by its type: what the service is called there, and its region, differ by cloud.
        connection.service_name, connection.service_region = None, account.region or None
        identity = connection.get_auth_class()
        identity._get_auth_data = self._password

    def find(self, machine: str) -> Node | None:
        return cast("Node | None", self.driver.ex_get_node_details(node_id=machine))

    def nodes(self, *, name: str = "", tag: str = "") -> Iterable[Node]:
        return cast("list[Node]", self.driver.list_nodes())

    def make(self, wanted: Wanted, first_boot: str) -> Node:
        network = self._account.network
        made = self.driver.create_node(
            name=wanted.name,
            size=self.size(wanted.size),
            image=self.image(wanted.image),
            networks=[OpenStackNetwork(network, network, None, self.driver)] if network else None,
            ex_availability_zone=wanted.location,
            ex_metadata={TAG: wanted.tag},
            ex_config_drive=True,
            ex_userdata=first_boot,
        )
        return cast("Node", made)

    def tags(self, node: Node) -> Iterable[str]:
        return (node.extra["metadata"].get(TAG, ""),)

    def state(self, node: Node) -> State:
        working = node.extra["task_state"] or node.extra["vm_state"] == "resized"
        state = super().state(node)
        return State.OTHER if working and state in {State.RUNNING, State.STOPPED} else state

    def address(self, node: Node) -> str:
        """A public one, or what there is: in a cloud of one's own its networks may lead to it."""
        return super().address(node) or node.extra["access_ip"] or next(iter(node.private_ips), "")

    def restart(self, machine: str) -> Failure | None:
        node = self.present(machine)
        if self.state(node) is not State.RUNNING:
            return super().restart(machine)
        self.driver.ex_soft_reboot_node(node=node)  # Nova makes it a hard one where the machine does not heed it
        return None

    def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        """libcloud's own rebuild says the flavor too, which Nova refuses."""
        node = self.present(machine)
        if node.extra["task_state"] and node.extra["task_state"].startswith("rebuild"):
            return None
        if self.state(node) not in {State.RUNNING, State.STOPPED, State.ERROR}:
            return self.busy(node)
        first_boot = base64.b64encode(self.first_boot(wanted).encode()).decode()
        told = {"imageRef": wanted.image, "user_data": first_boot}
        connection = self.driver.connection
        connection._ex_force_microversion = REBUILD_WITH_USER_DATA
        try:
            connection.request(f"/servers/{node.id}/action", method="POST", data={"rebuild": told})
        finally:
            connection._ex_force_microversion = None
        return None

    def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        """By steps: resized, confirmed, on."""
        node = self.present(machine)
        if node.extra["vm_state"] == "resized" and not node.extra["task_state"]:
            self.driver.ex_confirm_resize(node=node)
            return Retry("it was resized", SETTLING)
        state = self.state(node)
        if state not in {State.RUNNING, State.STOPPED}:
            return self.busy(node)
        if node.extra["flavorId"] != wanted.size:
            self.driver.ex_resize(node=node, size=self.size(wanted.size))
            return Retry("it is being resized", SETTLING)
        if state is State.STOPPED:
            self.power_on(node)
        return None

    def message(self, refusal: Refusal) -> str:
        """Nova names the kind of trouble: {"badRequest": {"code": 400, "message": ".."}}."""
        return message_of(refusal.text, lambda body: next(iter(body.values()))["message"])

    def explain(self, refusal: Refusal, message: str) -> Failure | None:
        if refusal.status == 401 and not refusal.path.endswith(IDENTITY):
            return Retry("its token ran out", 1.0)  # another one is fetched with the next call
        if refusal.status in {403, 413} and "quota" in message.lower():
            return Retry(message, QUOTA)
        if refusal.status == 409:
            return Retry(message, BUSY)
        return None

    def _password(self) -> dict[str, Any]:
        """libcloud's own names the project's domain by an id that nobody sets."""
        domain = {"name": self._account.domain}
        user = {"name": self._account.username, "password": self._account.password, "domain": domain}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"name": self._account.project, "domain": domain}}
        return {"auth": {"identity": identity, "scope": scope}}
