"""Proxmox VE's API, strictly, as far as machines need it: clones of templates, their settings, power and measurements.

It is played over plain HTTP at the simulator's own port, under /api2/json. Two nodes (pve1, pve2) share a storage;
templates are 9000 and up (`proxmox_table`). The guest agent tells addresses as a real one does, by network card: a
machine's own is of 127.77.x.y on `eth0`, beside the loopback's.

Faults (provider "proxmox"; methods clone, list, get, config, power, resize, delete, task, agent and measure): the kinds
of every provider, and "quota" (there is no more space); "machine" is what becomes of the next one that is cloned: it
fails, or never gets an address.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator import proxmox_shapes as shapes
from simulator import proxmox_table as table
from simulator.datacentre import DataCentre, Machine, Operation, State
from simulator.faults import Answering, Faults
from simulator.model import Json
from simulator.proxmox_calls import FIRST_ID, given, is_on, no_config, parameters, vmid_check
from simulator.proxmox_settings import card, counted, fixed_address, write
from simulator.proxmox_shapes import ProxmoxError
from simulator.proxmox_table import Check
from simulator.world import World

NAME = "proxmox"
_UPID = re.compile(r"UPID:([^:]+):([0-9A-F]{8}):([0-9A-F]{8}):([0-9A-F]{8}):([^:]+):([^:]*):([^:]+):")
_SIZE = re.compile(r"(\+?)(\d+)([MGT]?)")
_IN_GB = {"": 1 / 1024**3, "M": 1 / 1024, "G": 1, "T": 1024}
_OPTIONAL_STEERING: dict[str, Check] = {"delete": table.anything, "digest": table.anything}

Work = Callable[[web.Request], Awaitable[Any]]


class Proxmox:
    """The provider: a cluster, with one token. `leases`: which place a network card's address is at."""

    def __init__(self, world: World, faults: Faults, answering: Answering, centre: DataCentre) -> None:
        self._world = world
        self._faults = faults
        self._answering = answering
        self._centre = centre
        centre.starting[NAME] = "qmstart"
        centre.places[NAME] = dict(zip(table.NODES, table.PLACES, strict=True))
        self._user = world.config.proxmox_token.partition("=")[0]
        self.leases: dict[str, str] = {}

    def routes(self) -> list[web.RouteDef]:
        """The API's routes."""
        base = "/api2/json"
        node = base + "/nodes/{node}"
        vm = node + "/qemu/{vmid:[0-9]+}"
        power = ("start", "stop", "shutdown", "reboot")
        return [
            web.get(f"{base}/version", self._handler("list", self._version)),
            web.get(f"{base}/cluster/nextid", self._handler("list", self._next_id)),
            web.get(f"{base}/cluster/resources", self._handler("list", self._resources)),
            web.get(f"{base}/nodes", self._handler("list", self._nodes)),
            web.get(f"{node}/qemu", self._handler("list", self._of_node)),
            web.get(f"{node}/tasks", self._handler("task", self._tasks)),
            web.get(f"{node}/tasks/{{upid}}/status", self._handler("task", self._task)),
            web.post(f"{vm}/clone", self._handler("clone", self._clone)),
            web.get(f"{vm}/config", self._handler("get", self._config)),
            web.put(f"{vm}/config", self._handler("config", self._configure)),
            web.post(f"{vm}/config", self._handler("config", self._configure_later)),
            web.put(f"{vm}/resize", self._handler("resize", self._resize)),
            web.get(f"{vm}/status/current", self._handler("get", self._status)),
            *(web.post(f"{vm}/status/{each}", self._handler("power", self._power(each))) for each in power),
            web.get(f"{vm}/agent/network-get-interfaces", self._handler("agent", self._interfaces)),
            web.get(f"{vm}/rrddata", self._handler("measure", self._measure)),
            web.delete(vm, self._handler("delete", self._destroy)),
        ]

    def reset(self) -> None:
        """No card had an address before."""
        self.leases.clear()

    def kept(self) -> Json:
        """What lasts over a restart."""
        return {"leases": self.leases}

    def take_up(self, kept: Json) -> None:
        """What was kept."""
        self.leases = kept["leases"]

    def _handler(self, method: str, work: Work) -> Work:
        async def handle(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "")
            if not given:
                return ProxmoxError(401, "No ticket").response()
            wanted = f"PVEAPIToken={self._world.config.proxmox_token}"
            if not hmac.compare_digest(given.encode(errors="replace"), wanted.encode()):
                return ProxmoxError(401, "invalid token value!").response()
            about = await self._about(request)
            return await self._answering.answer(
                request, NAME, method, about, lambda: self._carry_out(work, request), _refuse
            )

        return handle

    async def _carry_out(self, work: Work, request: web.Request) -> web.Response:
        try:
            if request.match_info.get("node", table.NODES[0]) not in table.NODES:
                node = request.match_info["node"]
                raise ProxmoxError(500, f"hostname lookup '{node}' failed - Name or service not known")
            data = await work(request)
        except ProxmoxError as error:
            return error.response()
        return web.Response(body=json.dumps({"data": data}).encode(), content_type=shapes.JSON)

    async def _about(self, request: web.Request) -> str | None:
        """The machine's name, so that faults can be for one."""
        machine = self._centre.get(NAME, int(request.match_info.get("vmid", 0)))
        return machine.name if machine else (await given(request)).get("name")

    # the cluster

    async def _version(self, request: web.Request) -> Json:
        return table.VERSION

    async def _next_id(self, request: web.Request) -> str:
        found = await parameters(request, {"vmid": table.SETTINGS["cores"]})
        if "vmid" in found:
            if self._taken(int(found["vmid"])):
                problem = {"vmid": f"VM {found['vmid']} already exists"}
                raise ProxmoxError(400, "Parameter verification failed.", problem)
            return found["vmid"]
        number = FIRST_ID
        while self._taken(number):
            number += 1
        return str(number)

    def _taken(self, vmid: int) -> bool:
        return vmid in table.TEMPLATES or self._centre.get(NAME, vmid) is not None

    async def _resources(self, request: web.Request) -> list[Json]:
        found = await parameters(request, {"type": lambda value: "" if value in ("vm", "node") else "not played"})
        if found.get("type") == "node":
            return await self._nodes(request)
        return [shapes.template(vmid) for vmid in table.TEMPLATES] + [self._row(each) for each in self._all()]

    async def _nodes(self, request: web.Request) -> list[Json]:
        room = {"maxcpu": table.NODE_CPUS, "maxmem": table.NODE_MEMORY, "type": "node", "status": "online"}
        return [{"node": node, "id": f"node/{node}", **room} for node in table.NODES]

    async def _of_node(self, request: web.Request) -> list[Json]:
        await parameters(request, {"full": table.flag})
        node = request.match_info["node"]
        templates = [shapes.template(vmid) for vmid in table.TEMPLATES] if node == table.TEMPLATE_NODE else []
        now = self._world.now()
        machines = [
            shapes.status(each, self._centre.under_way(each), now) for each in self._all() if each.region == node
        ]
        return templates + machines

    def _all(self) -> list[Machine]:
        return self._centre.of(NAME)

    def _shown(self, machine: Machine) -> Json:
        return shapes.status(machine, self._centre.under_way(machine), self._world.now())

    def _row(self, machine: Machine) -> Json:
        return shapes.resource(machine, self._centre.under_way(machine), self._world.now())

    # tasks

    async def _task(self, request: web.Request) -> Json:
        found = _UPID.fullmatch(request.match_info["upid"])
        if found is None:
            raise ProxmoxError(400, "Parameter verification failed.", {"upid": "unable to parse worker upid"})
        operation = self._centre.operations.get(int(found[2], 16))
        if operation is None or shapes.upid(operation, self._user) != found[0]:
            raise ProxmoxError(500, f"unable to read tail of task '{found[0]}' - no such task")
        return shapes.task(operation, self._user)

    async def _tasks(self, request: web.Request) -> list[Json]:
        anything: dict[str, Check] = dict.fromkeys(("vmid", "errors", "limit", "source", "typefilter"), table.anything)
        found = await parameters(request, anything)
        rows = []
        for operation in reversed(self._centre.operations.values()):
            if operation.provider != NAME or operation.region != request.match_info["node"]:
                continue
            if found.get("vmid", str(operation.machine)) != str(operation.about or operation.machine):
                continue
            if found.get("errors", "0") != "0" and operation.state != "failed":
                continue
            if found.get("typefilter", operation.word) != operation.word:
                continue
            row = shapes.task(operation, self._user)
            if operation.completed_at is not None:
                row |= {"status": row.pop("exitstatus"), "endtime": int(operation.completed_at.timestamp())}
            rows.append(row)
        return rows[: int(found.get("limit", "50"))]

    def _begun(self, operation: Operation) -> str:
        return shapes.upid(operation, self._user)

    # machines

    async def _clone(self, request: web.Request) -> str:
        checks = {
            "newid": vmid_check,
            "name": table.SETTINGS["name"],
            "description": table.SETTINGS["description"],
            "full": table.flag,
            "target": lambda value: "" if value in table.NODES else f"no such cluster node '{value}'",
            "storage": lambda value: "" if value in table.STORAGES else f"storage '{value}' does not exist",
            "pool": lambda value: f"pool '{value}' does not exist",
        }
        found = await parameters(request, checks, needed=("newid",))
        source, node, vmid = int(request.match_info["vmid"]), request.match_info["node"], int(found["newid"])
        if source not in table.TEMPLATES or node != table.TEMPLATE_NODE:
            raise no_config(node, source)
        if found.get("storage") and not is_on(found.get("full", "0")):
            raise ProxmoxError(500, "parameter 'storage' not allowed for linked clones")
        target = found.get("target", node)
        if target != node and not table.STORAGES[found.get("storage", "ceph")]:
            raise ProxmoxError(500, f"can't clone to non-shared storage '{found['storage']}'")
        if self._taken(vmid):
            raise ProxmoxError(500, f"unable to create VM {vmid}: config file already exists")
        return self._begun(self._cloned(source, target, vmid, found))

    def _cloned(self, source: int, node: str, vmid: int, given: dict[str, str]) -> Operation:
        template, disk = table.TEMPLATES[source]
        name = given.get("name", f"Copy-of-VM-{template}")
        number = self._centre.next_number()
        mac = "BC:24:11:" + ":".join(f"{number >> shift & 0xFF:02X}" for shift in (16, 8, 0))
        values = {**shapes.template_settings(source), "name": name, "net0": f"virtio={mac},bridge=vmbr0"}
        if "description" in given:
            values["description"] = given["description"]
        fault = self._faults.take(NAME, "machine", name)
        machine = Machine(
            provider=NAME,
            number=vmid,
            name=name,
            region=node,
            image=template,
            disk=disk,
            **counted(values),
            made_at=self._world.now(),
            mute=fault is not None and fault.kind == "no_address",
            written={"config": values, "address": ""},
        )
        fails = fault is not None and fault.kind == "fails"
        error = f"clone failed: {table.OUT_OF_SPACE.format(vmid)}" if fails else ""
        operation = self._centre.make(machine, "clone", "qmclone", error)
        operation.about = str(source)
        self.leases[mac] = machine.place
        return operation

    def _wanted(self, request: web.Request) -> Machine:
        node, vmid = request.match_info["node"], int(request.match_info["vmid"])
        machine = self._centre.get(NAME, vmid)
        if machine is None or machine.region != node:
            raise no_config(node, vmid)
        return machine

    async def _config(self, request: web.Request) -> Json:
        await parameters(request, {"current": table.flag})
        node, vmid = request.match_info["node"], int(request.match_info["vmid"])
        if vmid in table.TEMPLATES and node == table.TEMPLATE_NODE:
            name, disk = table.TEMPLATES[vmid]
            return {**shapes.settings(shapes.template_settings(vmid), vmid, disk), "name": name, "template": 1}
        machine = self._wanted(request)
        values = machine.written["config"]
        if shapes.locked(self._centre.under_way(machine)):
            values = {**values, "lock": "clone"}
        return shapes.settings(values, vmid, machine.disk)

    async def _configure(self, request: web.Request) -> None:
        machine = self._wanted(request)
        found = await parameters(request, table.SETTINGS | _OPTIONAL_STEERING)
        if error := self._lock(machine):
            raise ProxmoxError(500, error)
        write(machine, found)
        self._centre.touch(machine)

    async def _configure_later(self, request: web.Request) -> str:
        machine = self._wanted(request)
        found = await parameters(request, table.SETTINGS | _OPTIONAL_STEERING)
        if error := self._lock(machine):
            return self._begun(self._centre.record(machine, "configure", "qmconfig", error))
        write(machine, found)
        self._centre.touch(machine)
        return self._begun(self._centre.record(machine, "configure", "qmconfig"))

    async def _resize(self, request: web.Request) -> str:
        size = table.like(_SIZE, "value does not match the regex pattern")
        found = await parameters(request, {"disk": table.anything, "size": size}, needed=("disk", "size"))
        machine = self._wanted(request)
        error = self._lock(machine)
        if error:
            return self._begun(self._centre.record(machine, "resize", "resize", error))
        if found["disk"] != "scsi0":
            error = f"disk '{found['disk']}' does not exist"
        else:
            plus, amount, unit = re.findall(_SIZE, found["size"])[0]
            disk = round(int(amount) * _IN_GB[unit]) + (machine.disk if plus else 0)
            if disk < machine.disk:
                error = "shrinking disks is not supported"
            else:
                machine.disk = disk
                self._centre.touch(machine)
        return self._begun(self._centre.record(machine, "resize", "resize", error))

    async def _status(self, request: web.Request) -> Json:
        return self._shown(self._wanted(request))

    def _lock(self, machine: Machine) -> str:
        """Why nothing else can be done to it now, or nothing: a clone locks it, all else is waited for a while."""
        operation = self._centre.under_way(machine)
        if operation is None:
            return ""
        if shapes.locked(operation):
            return "VM is locked (clone)"
        return f"can't lock file '/var/lock/qemu-server/lock-{machine.number}.conf' - got timeout"

    def _power(self, deed: str) -> Work:
        async def do(request: web.Request) -> str:
            await parameters(request, dict.fromkeys(("timeout", "forceStop", "overrule-shutdown"), table.anything))
            machine = self._wanted(request)
            running = machine.state is State.RUNNING
            word = f"qm{deed}"
            if deed == "reboot" and not running:
                raise ProxmoxError(500, f"VM {machine.number} not running")
            error = self._lock(machine)
            if not error and deed == "start" and running:
                error = f"VM {machine.number} already running"
            kind = {"start": "start", "reboot": "restart"}.get(deed, "stop")
            if error:
                return self._begun(self._centre.record(machine, kind, word, error))
            if kind != "stop":
                self._plug_in(machine)
            details = {} if kind == "stop" else counted(machine.written["config"])
            return self._begun(self._centre.begin(machine, kind, word, **details))

        return do

    def _plug_in(self, machine: Machine) -> None:
        """Its address is what its settings say, or that of its network card."""
        values = machine.written["config"]
        machine.written["address"] = fixed_address(values)
        lease = self.leases.setdefault(card(values), machine.place)
        if lease != machine.place:
            self._centre.move(machine, lease)

    async def _interfaces(self, request: web.Request) -> Json:
        machine = self._wanted(request)
        if str(machine.written["config"].get("agent", "0")).split(",")[0] not in ("1", "enabled=1"):
            raise ProxmoxError(500, "No QEMU guest agent configured")
        if machine.state is not State.RUNNING:
            raise ProxmoxError(500, f"VM {machine.number} is not running")
        if not machine.online:
            raise ProxmoxError(500, "QEMU guest agent is not running")
        return shapes.interfaces(machine)

    async def _measure(self, request: web.Request) -> list[Json]:
        frames = table.one_of(shapes.FRAMES)
        found = await parameters(request, {"timeframe": frames, "cf": table.one_of(("AVERAGE", "MAX"))}, ("timeframe",))
        return shapes.rrd(self._wanted(request), found["timeframe"], self._world.now())

    async def _destroy(self, request: web.Request) -> str:
        await parameters(request, {"purge": table.flag, "destroy-unreferenced-disks": table.flag})
        machine = self._wanted(request)
        if machine.state is State.RUNNING:
            raise ProxmoxError(500, f"VM {machine.number} is running - destroy failed")
        if machine.written["config"].get("protection"):
            raise ProxmoxError(500, f"can't remove VM {machine.number} - protection mode enabled")
        if error := self._lock(machine):
            return self._begun(self._centre.record(machine, "destroy", "qmdestroy", error))
        return self._begun(self._centre.begin(machine, "destroy", "qmdestroy"))


def _refuse(status: int, retry_after: int) -> web.Response:
    match status:
        case 422:
            return ProxmoxError(500, f"clone failed: {table.OUT_OF_SPACE.format(FIRST_ID)}").response()
        case 429:
            answer = ProxmoxError(429, "Too Many Requests").response()
            answer.headers["Retry-After"] = str(retry_after)
            return answer
    return ProxmoxError(500, table.NO_QUORUM).response()
