"""What the clouds have in common as libcloud has them: nodes. A file a cloud says what is different there.

Everything here waits where it calls: `libcloud.py` runs it in threads, each with a cloud of its own.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

from libcloud.compute.base import Node, NodeDriver, NodeImage, NodeLocation, NodeSize
from libcloud.compute.types import NodeState

from domain.server_actions import Ability
from services.failures import Failure, Permanent, Retry, Unknown
from services.servers.base import Machine, Sample, State, Wanted
from services.servers.cloud_init import user_data
from services.servers.libcloud_line import BUSY, Failed, Refusal, failure_of, message_of

SETTLING = 5.0
"""Seconds after which what was begun is looked at again."""
QUOTA = 300.0
"""Seconds until a machine is asked for again that was one too many for the account."""

STATES = {
    NodeState.PENDING: State.BUILDING,
    NodeState.STARTING: State.BUILDING,
    NodeState.RUNNING: State.RUNNING,
    NodeState.STOPPED: State.STOPPED,
    NodeState.SUSPENDED: State.STOPPED,
    NodeState.PAUSED: State.STOPPED,
    NodeState.ERROR: State.ERROR,
    NodeState.TERMINATED: State.MISSING,
}


class Nodes:
    """A cloud. Raises Refusal and Failed; what a driver makes of an answer it does not expect is raised as it is."""

    title: ClassVar[str]
    setting: ClassVar[str]
    """What ops set for it to let us in."""
    abilities: frozenset[Ability] = frozenset()
    knows_again: ClassVar[bool] = False

    def __init__(self, driver: NodeDriver) -> None:
        self.driver: Any = driver

    @property
    def wrote(self) -> bool:
        """Whether something was changed since this was last set to False."""
        return bool(self.driver.connection.connection.wrote)

    @wrote.setter
    def wrote(self, value: bool) -> None:
        self.driver.connection.connection.wrote = value

    # --- what differs ---

    def find(self, machine: str) -> Node | None:
        raise NotImplementedError

    def nodes(self, *, name: str = "", tag: str = "") -> Iterable[Node]:
        """All of that name, or of that tag; of all where the cloud cannot look by it."""
        raise NotImplementedError

    def make(self, wanted: Wanted, first_boot: str) -> Node:
        raise NotImplementedError

    def tags(self, node: Node) -> Iterable[str]:
        return node.extra.get("tags") or ()

    def message(self, refusal: Refusal) -> str:
        return message_of(refusal.text, lambda body: body["message"])

    def explain(self, refusal: Refusal, message: str) -> Failure | None:
        """What the refusal means here; None: what it means everywhere."""
        return None

    def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        return Permanent("a machine cannot be reinstalled here")

    def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        return Permanent("a machine cannot be resized here")

    def console(self, machine: str) -> str:
        raise Failed(Permanent("there is no link to a machine's screen"))

    def metrics(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
        raise Failed(Permanent("there are no measurements"))

    # --- what does not ---

    def failure(self, refusal: Refusal) -> Failure:
        message = self.message(refusal)
        general = failure_of(refusal, setting=self.setting, message=message)
        return self.explain(refusal, message) or general

    def named(self, name: str) -> tuple[Machine, ...]:
        found = [self.machine(node) for node in self.nodes(name=name) if node.name == name]
        there = [machine for machine in found if machine.state is not State.MISSING]
        return tuple(sorted(there, key=lambda machine: machine.made_at or datetime.max.replace(tzinfo=UTC)))

    def tagged(self, tag: str) -> tuple[Machine, ...]:
        mine = tag.casefold()
        found = [self.machine(node) for node in self.nodes(tag=tag) if mine in map(str.casefold, self.tags(node))]
        return tuple(machine for machine in found if machine.state is not State.MISSING)

    def get(self, machine: str) -> Machine:
        node = self.find(machine)
        return Machine(id=machine, name="", state=State.MISSING) if node is None else self.machine(node)

    def create(self, wanted: Wanted) -> Machine:
        first_boot = self.first_boot(wanted)
        try:
            return self.machine(self.make(wanted, first_boot))
        except (Refusal, Failed) as problem:
            if self.wrote:  # it was made, and what was asked about it then came to nothing
                raise Failed(Unknown(str(problem))) from None
            raise

    def first_boot(self, wanted: Wanted) -> str:
        try:
            return user_data(wanted)
        except ValueError as problem:
            raise Failed(Permanent(str(problem))) from None

    def start(self, machine: str) -> Failure | None:
        node = self.present(machine)
        match self.state(node):
            case State.RUNNING:
                return None
            case State.STOPPED | State.ERROR:
                self.power_on(node)
                return None
            case _:
                return self.busy(node)

    def stop(self, machine: str) -> Failure | None:
        node = self.present(machine)
        if self.state(node) is State.STOPPED:
            return None
        return self.shut_down(node)

    def restart(self, machine: str) -> Failure | None:
        node = self.present(machine)
        match self.state(node):
            case State.STOPPED:
                self.power_on(node)
            case State.RUNNING:
                self.driver.reboot_node(node=node)
            case _:
                return self.busy(node)
        return None

    def destroy(self, machine: str) -> Failure | None:
        node = self.find(machine)
        if node is None or self.state(node) is State.MISSING:
            return None
        try:
            self.driver.destroy_node(node=node)
        except Refusal as refusal:
            if refusal.status != 404:  # it went meanwhile
                raise
        return None

    def check(self) -> Failure | None:
        self.nodes(name="-")
        return None

    def power_on(self, node: Node) -> None:
        self.driver.start_node(node=node)

    def shut_down(self, node: Node) -> Failure | None:
        if self.state(node) is not State.RUNNING:
            return self.busy(node)
        self.driver.stop_node(node=node)
        return None

    def present(self, machine: str) -> Node:
        node = self.find(machine)
        if node is None or self.state(node) is State.MISSING:
            raise Failed(Permanent(f"there is no machine {machine}"))
        return node

    def busy(self, node: Node) -> Retry:
        return Retry(f"the machine is {node.state}", BUSY)

    def state(self, node: Node) -> State:
        return STATES.get(node.state, State.OTHER)

    def machine(self, node: Node) -> Machine:
        return Machine(
            id=str(node.id),
            name=node.name,
            state=self.state(node),
            address=self.address(node),
            made_at=moment(node.created_at),
        )

    def address(self, node: Node) -> str:
        """IPv4 before IPv6."""
        return min(node.public_ips or [""], key=lambda address: ":" in address)

    # --- what a driver takes: it looks at no more of these than their ids ---

    def size(self, size: str) -> NodeSize:
        return NodeSize(id=size, name=size, ram=0, disk=0, bandwidth=0, price=0.0, driver=self.driver)

    def image(self, image: str) -> NodeImage:
        return NodeImage(id=image, name=image, driver=self.driver)

    def location(self, location: str) -> NodeLocation:
        return NodeLocation(id=location, name=location, country="", driver=self.driver)


def moment(given: object) -> datetime | None:
    """A driver's time: aware, or of no zone and meant in UTC, or as the provider wrote it."""
    if isinstance(given, str):
        try:
            given = datetime.fromisoformat(given)
        except ValueError:
            return None
    if not isinstance(given, datetime):
        return None
    return given.astimezone(UTC) if given.tzinfo is not None else given.replace(tzinfo=UTC)
