"""Machines on hardware of one's own: Proxmox VE, through proxmoxer. docs/servers-providers.md says how it is set up.

A machine's number there (VMID) is made of its own, so no two calls can make two. Each step looks at what is there
first: a creation that broke off anywhere goes on from there, and what is not ours is never touched.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from domain.server_actions import Ability
from services.failures import Failure, Permanent, Retry, Unknown
from services.servers import proxmox_shapes as shapes
from services.servers.accounts import Cluster
from services.servers.base import Machine, Sample, State, Wanted
from services.servers.proxmox_calls import Calls, Failed
from services.servers.proxmox_shapes import Interfaces, Point, Row, Settings

WITHIN = 40.0
"""Seconds for one question, tasks included: what takes longer is gone on with at the next."""
LONGEST = 50.0
"""Seconds for all calls of one question: shorter than an effect's lease."""
SHUTDOWN = 60
"""Seconds that a guest has to shut down before its power is cut."""
FRAMES = (("hour", timedelta(hours=1)), ("day", timedelta(days=1)), ("week", timedelta(weeks=1)))
SAMPLES = 100
NEXT = 1_000_000
"""From a machine's VMID to that of the one that takes its place: more than are ever sold."""
ROOT_ONLY = "only root can set 'affinity'"
"""As Proxmox says it (qemu-server, API2/Qemu.pm)."""

T = TypeVar("T")


class Proxmox:
    """`services.servers.base.Provider`. Raises ValueError, in words for the operator, where it cannot be used as it is
    set up. A location is a node, an image a template's VMID, a size the host CPUs that its machines may have.
    """

    name = "proxmox"
    abilities = frozenset(Ability) - {Ability.CONSOLE}
    knows_again = True

    def __init__(self, cluster: Cluster) -> None:
        self._calls = Calls(cluster)
        self._first = cluster.first_vmid
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def find(self, name: str) -> tuple[Machine, ...] | Failure:
        """Those that are set up: a half-made one is gone on with by `create`."""
        return await _answered(self._found(name))

    async def create(self, wanted: Wanted) -> Machine | Failure:
        """Never Unknown: its number is taken once, and asked again it looks before each step."""
        made = await _answered(self._create(wanted))
        return Retry(made.detail) if isinstance(made, Unknown) else made

    async def get(self, machine: str) -> Machine | Failure:
        return await _answered(self._get(machine))

    async def list(self, tag: str) -> tuple[Machine, ...] | Failure:
        return await _answered(self._list(tag))

    async def start(self, machine: str) -> Failure | None:
        return await _answered(self._start(machine))

    async def stop(self, machine: str) -> Failure | None:
        return await _answered(self._stop(machine))

    async def restart(self, machine: str) -> Failure | None:
        return await _answered(self._restart(machine))

    async def reinstall(self, machine: str, wanted: Wanted) -> Failure | None:
        return await _answered(self._reinstall(machine, wanted))

    async def resize(self, machine: str, wanted: Wanted) -> Failure | None:
        return await _answered(self._resize(machine, wanted))

    async def destroy(self, machine: str) -> Failure | None:
        return await _answered(self._destroy(machine))

    async def console(self, machine: str) -> str | Failure:
        """Proxmox' own console is for its administrators."""
        return Permanent("there is no console for customers")

    async def metrics(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...] | Failure:
        return await _answered(self._measured(machine, since, until))

    async def check(self) -> Failure | None:
        return await _answered(self._check())

    # --- what there is ---

    async def _rows(self) -> dict[int, Row]:
        rows = await self._calls.get("cluster", "resources", kind=list[Row], type="vm")
        return {row.vmid: row for row in rows}

    async def _found(self, name: str) -> tuple[Machine, ...]:
        rows = (await self._rows()).values()
        return tuple(_machine(row) for row in rows if row.finished and row.is_named(name))

    async def _list(self, tag: str) -> tuple[Machine, ...]:
        return tuple(_machine(row) for row in (await self._rows()).values() if tag in row.marks and not row.template)

    async def _row(self, machine: str) -> Row | None:
        """None where it is gone, also where another has its number by now."""
        vmid, _, name = machine.partition("/")
        row = (await self._rows()).get(int(vmid)) if vmid.isdecimal() else None
        return row if row is not None and name and row.is_named(name) else None

    async def _there(self, machine: str) -> Row:
        row = await self._row(machine)
        if row is None:
            raise Failed(Permanent("there is no such machine"))
        return row

    async def _get(self, machine: str) -> Machine:
        row = await self._row(machine)
        if row is None:
            return Machine(id=machine, name=machine.partition("/")[2], state=State.MISSING)
        return _machine(row, await self._address(row) if row.state is State.RUNNING else "")

    async def _address(self, row: Row) -> str:
        """As the guest agent tells it, which answers some time after the start."""
        current = await self._settings(row)
        try:
            found = await self._calls.get(
                "nodes", row.node, "qemu", row.vmid, "agent", "network-get-interfaces", kind=Interfaces
            )
        except Failed:
            return ""
        return shapes.address_of(found, shapes.card_of(current))

    async def _settings(self, row: Row) -> Settings:
        return await self._calls.get("nodes", row.node, "qemu", row.vmid, "config", kind=Settings)

    async def _measured(self, machine: str, since: datetime, until: datetime) -> tuple[Sample, ...]:
        row = await self._there(machine)
        frame = next((name for name, length in FRAMES if until - since <= length), "month")
        path = ("nodes", row.node, "qemu", row.vmid, "rrddata")
        points = await self._calls.get(*path, kind=list[Point], timeframe=frame, cf="AVERAGE")
        samples = [_sample(point) for point in points]
        within = [each for each in samples if since <= each.at <= until]
        return tuple(within[:: -(-len(within) // SAMPLES) or 1])

    async def _check(self) -> None:
        await self._calls.get("version", kind=dict)
        await self._rows()

    # --- making one ---

    async def _create(self, wanted: Wanted) -> Machine:
        """One that takes the place of another of ours, which is broken and still there, has a number further up."""
        vmid, rows = self._first + wanted.number, await self._rows()
        while vmid in rows and rows[vmid].ours not in ("", wanted.name):
            vmid += NEXT
        return await self._make(wanted, vmid, _deadline())

    async def _make(self, wanted: Wanted, vmid: int, deadline: float) -> Machine:
        rows = await self._rows()
        row = rows.get(vmid)
        if row is None:
            node = await self._clone(wanted, vmid, self._template(wanted, rows), deadline)
            row = Row(vmid=vmid, node=node, status="stopped", name=wanted.name)
        elif row.cloning and not row.ours:
            raise Failed(Retry("it is being cloned", 5.0))
        elif not row.is_named(wanted.name):
            raise Failed(Permanent(f"the VMID {vmid} is another machine's: see PROXMOX_FIRST_VMID"))
        cpus = row.cpus
        if row.status != "running":
            cpus = await self._set_up(row, wanted)
            await self._grow(row, wanted, deadline)
            await self._power(row, "start", deadline)
        await self._calls.ask("put", *_path(row), "config", tags=shapes.tags(wanted, cpus, finished=True))
        return Machine(id=f"{vmid}/{wanted.name}", name=wanted.name, state=State.RUNNING)

    def _template(self, wanted: Wanted, rows: dict[int, Row]) -> Row:
        row = rows.get(int(wanted.image)) if wanted.image.isdecimal() else None
        if row is None or not row.template:
            raise Failed(Permanent(f"there is no template {wanted.image}"))
        return row

    async def _clone(self, wanted: Wanted, vmid: int, template: Row, deadline: float) -> str:
        """All of it, not linked to its template. Returns the node."""
        nodes = await self._calls.get("nodes", kind=list[dict[str, object]])
        if all(node.get("node") != wanted.location for node in nodes):
            raise Failed(Permanent(f"there is no node {wanted.location}"))
        target = {} if wanted.location == template.node else {"target": wanted.location}
        upid = await self._calls.ask("post", *_path(template), "clone", newid=vmid, name=wanted.name, full=1, **target)
        await self._calls.finished(upid, deadline)
        return wanted.location

    async def _set_up(self, row: Row, wanted: Wanted) -> str:
        """Returns the host CPUs that it has."""
        current = await self._settings(row)
        async with self._locks[row.node]:
            cpus = await self._dedicated(row, wanted)
            await self._calls.ask("put", *_path(row), "config", **shapes.settings(wanted, current, cpus))
        await self._pin(row, current, cpus)
        return cpus

    async def _dedicated(self, row: Row, wanted: Wanted) -> str:
        """Host CPUs that it alone has, under the node's lock: what is chosen is written before the next one chooses."""
        try:
            pool = shapes.numbers(wanted.size)
        except ValueError as problem:
            raise Failed(Permanent(str(problem))) from None
        rows = await self._rows()
        others = [each for each in rows.values() if each.node == row.node and each.vmid != row.vmid]
        # Ours say it by a mark; what others' machines were given by hand counts too.
        settings = await asyncio.gather(*(self._settings(each) for each in others if not each.cpus))
        taken = (*(each.cpus for each in others), *(str(has.get("affinity", "")) for has in settings))
        cpus = shapes.free(pool, taken, rows[row.vmid].cpus if row.vmid in rows else "", wanted.cpus)
        if len(cpus) < wanted.cpus:
            raise Failed(Retry(f"{row.node} has no {wanted.cpus} free CPUs of {wanted.size}", 60.0))
        return shapes.written(cpus)

    async def _pin(self, row: Row, current: Settings, cpus: str) -> None:
        """From its next start on. Proxmox lets only root set it, and no token at all: then its hook on the node has
        to do it, and without one the CPUs would not be its own.
        """
        try:
            await self._calls.ask("put", *_path(row), "config", affinity=cpus)
        except Failed as problem:
            if ROOT_ONLY not in problem.failure.detail:
                raise
            if not current.get("hookscript"):
                raise Failed(Permanent("its CPUs cannot be its own: its template has no hookscript")) from None

    async def _grow(self, row: Row, wanted: Wanted, deadline: float) -> None:
        try:
            disk, size = shapes.boot_disk(await self._settings(row))
        except ValueError as problem:
            raise Failed(Permanent(str(problem))) from None
        if size < wanted.disk_gb:
            upid = await self._calls.ask("put", *_path(row), "resize", disk=disk, size=f"{wanted.disk_gb}G")
            await self._calls.finished(upid, deadline)

    # --- what is done to it ---

    async def _power(self, row: Row, deed: str, deadline: float, **params: int) -> None:
        upid = await self._calls.ask("post", *_path(row), "status", deed, **params)
        await self._calls.finished(upid, deadline)

    async def _begin(self, row: Row, deed: str, **params: int) -> None:
        """Only begun: `get` tells how far it is."""
        await self._calls.ask("post", *_path(row), "status", deed, **params)

    async def _start(self, machine: str) -> None:
        row = await self._there(machine)
        if row.status != "running":
            await self._power(row, "start", _deadline())

    async def _stop(self, machine: str) -> None:
        row = await self._there(machine)
        if row.status == "running":
            await self._begin(row, "shutdown", timeout=SHUTDOWN, forceStop=1)

    async def _restart(self, machine: str) -> None:
        row = await self._there(machine)
        if row.status == "running":
            await self._begin(row, "reboot", timeout=SHUTDOWN)
        else:
            await self._power(row, "start", _deadline())

    async def _resize(self, machine: str, wanted: Wanted) -> None:
        """What a machine that runs is made of follows at its restart."""
        row, deadline = await self._there(machine), _deadline()
        has = (row.maxcpu, row.maxmem) == (wanted.cpus, wanted.memory_gb * 1024**3)
        if not has:
            current = await self._settings(row)
            async with self._locks[row.node]:
                cpus = await self._dedicated(row, wanted)
                marks = shapes.tags(wanted, cpus, finished=True)
                await self._calls.ask("put", *_path(row), "config", tags=marks, **shapes.size_settings(wanted))
            await self._pin(row, current, cpus)
        await self._grow(row, wanted, deadline)
        if row.status != "running":
            await self._power(row, "start", deadline)
        elif not has:
            await self._power(row, "reboot", deadline, timeout=SHUTDOWN // 2)

    async def _reinstall(self, machine: str, wanted: Wanted) -> None:
        """Destroyed and made anew under its number. One that is half made, or not there, was destroyed before."""
        deadline = _deadline()
        row = await self._row(machine)
        if row is not None and row.finished:
            self._template(wanted, await self._rows())
            await self._remove(row, deadline)
        await self._make(wanted, int(machine.partition("/")[0]), deadline)

    async def _destroy(self, machine: str) -> None:
        row = await self._row(machine)
        if row is not None:
            await self._remove(row, _deadline())

    async def _remove(self, row: Row, deadline: float) -> None:
        if row.cloning:
            raise Failed(Retry("it is being cloned", 5.0))
        if row.status == "running":
            await self._power(row, "stop", deadline)
        upid = await self._calls.ask("delete", *_path(row), **{"purge": 1, "destroy-unreferenced-disks": 1})
        await self._calls.finished(upid, deadline)


async def _answered(work: Awaitable[T]) -> T | Failure:
    try:
        async with asyncio.timeout(LONGEST):
            return await work
    except Failed as problem:
        return problem.failure
    except TimeoutError:
        return Unknown(f"no answer within {LONGEST:.0f} seconds")


def _deadline() -> float:
    return asyncio.get_running_loop().time() + WITHIN


def _path(row: Row) -> tuple[str | int, ...]:
    return ("nodes", row.node, "qemu", row.vmid)


def _machine(row: Row, address: str = "") -> Machine:
    name = row.ours or row.name
    return Machine(id=f"{row.vmid}/{name}", name=name, state=row.state, address=address)


def _sample(point: Point) -> Sample:
    memory = 100 * point.mem / point.maxmem if point.mem is not None and point.maxmem else None
    return Sample(
        at=datetime.fromtimestamp(point.time, UTC),
        cpu=100 * point.cpu if point.cpu is not None else None,
        memory=memory,
        received=point.netin,
        sent=point.netout,
    )
