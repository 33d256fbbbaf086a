"""Machines, templates and tasks as Proxmox' API tells them, and how it refuses."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta

from aiohttp import web

from simulator import proxmox_table as table
from simulator import vitals
from simulator.machines import NO_START, Machine, Operation, State
from simulator.model import Json

GB = 1024**3
MB = 1024**2
# timeframe: seconds a point, points
FRAMES = {"hour": (60, 60), "day": (60, 1440), "week": (1800, 336), "month": (21_600, 121), "year": (604_800, 52)}
ERRORS = {NO_START: "start failed: QEMU exited with code 1", "interrupted": "interrupted by signal"}


class ProxmoxError(Exception):
    """An answer that refuses: the reason stands in the status line, and by parameter in the body."""

    def __init__(self, status: int, reason: str, errors: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason
        self.errors = errors

    def response(self) -> web.Response:
        """As Proxmox answers."""
        body: Json = {"data": None, "message": f"{self.reason}\n"}
        if self.errors:
            body["errors"] = self.errors
        reason = " ".join(self.reason.split())
        return web.Response(body=json.dumps(body).encode(), status=self.status, reason=reason, content_type=JSON)


JSON = "application/json"


def upid(operation: Operation, user: str) -> str:
    """The name of a task, in which its number stands as that of its process."""
    start = int(operation.started_at.timestamp())
    about = operation.about or operation.machine
    numbers = f"{operation.id:08X}:{start & 0xFFFFFFF:08X}:{start:08X}"
    return f"UPID:{operation.region}:{numbers}:{operation.word}:{about}:{user}:"


def task(operation: Operation, user: str) -> Json:
    """What became of a task, as `nodes/{node}/tasks/{upid}/status` tells it."""
    start = int(operation.started_at.timestamp())
    shown = {
        "upid": upid(operation, user),
        "node": operation.region,
        "pid": operation.id,
        "pstart": start & 0xFFFFFFF,
        "starttime": start,
        "type": operation.word,
        "id": str(operation.about or operation.machine),
        "user": user.partition("!")[0],
        "tokenid": user.partition("!")[2],
        "status": "running" if operation.state == "running" else "stopped",
    }
    return shown if operation.state == "running" else {**shown, "exitstatus": ending(operation)}


def ending(operation: Operation) -> str:
    """OK, or what went wrong."""
    return "OK" if operation.state == "done" else ERRORS.get(operation.error, operation.error)


def status(machine: Machine, operation: Operation | None, now: datetime) -> Json:
    """How a machine stands."""
    running = machine.state is State.RUNNING
    shown: Json = {
        "vmid": machine.number,
        "name": machine.name,
        "status": "running" if running else "stopped",
        "qmpstatus": "running" if running else "stopped",
        "cpus": machine.cpus,
        "maxmem": machine.memory * MB,
        "maxdisk": machine.disk * GB,
        "disk": 0,
        "tags": machine.written["config"].get("tags", ""),
        "cpu": 0,
        "mem": 0,
        "uptime": 0,
        "netin": 0,
        "netout": 0,
        "agent": 1,
        "ha": {"managed": 0},
    }
    if running:
        shown |= {
            "cpu": round(vitals.cpu(machine.number, now) / 100, 4),
            "mem": int(machine.memory * MB * vitals.memory(machine.number, now) / 100),
            "uptime": max(1, int((now - machine.made_at).total_seconds())),
            "pid": 100_000 + machine.number,
        }
    if locked(operation):
        shown["lock"] = "clone"
    return shown


def locked(operation: Operation | None) -> bool:
    """Whether its configuration is locked; other tasks only hold a lock that one waits for."""
    return operation is not None and operation.kind == "clone"


def resource(machine: Machine, operation: Operation | None, now: datetime) -> Json:
    """A row of `cluster/resources`."""
    shown = status(machine, operation, now)
    row = {"id": f"qemu/{machine.number}", "type": "qemu", "node": machine.region, "template": 0}
    names = ("vmid", "name", "status", "tags", "cpu", "mem", "maxmem", "maxdisk", "disk", "uptime", "netin", "netout")
    row |= {name: shown[name] for name in names} | {"maxcpu": machine.cpus}
    return {**row, "lock": "clone"} if "lock" in shown else row


def template(vmid: int) -> Json:
    """A template in `cluster/resources`."""
    name, disk = table.TEMPLATES[vmid]
    return {
        "id": f"qemu/{vmid}",
        "type": "qemu",
        "node": table.TEMPLATE_NODE,
        "vmid": vmid,
        "name": name,
        "status": "stopped",
        "template": 1,
        "maxcpu": table.TEMPLATE_CORES,
        "maxmem": table.TEMPLATE_MEMORY * MB,
        "maxdisk": disk * GB,
        "cpu": 0,
        "mem": 0,
        "disk": 0,
        "uptime": 0,
        "netin": 0,
        "netout": 0,
    }


def template_settings(vmid: int) -> Json:
    """A template's configuration, as far as a clone takes it over."""
    return {
        "cores": table.TEMPLATE_CORES,
        "sockets": 1,
        "memory": str(table.TEMPLATE_MEMORY),
        "agent": "1",
        "boot": "order=scsi0",
        "scsihw": "virtio-scsi-single",
        "serial0": "socket",
        "vga": "serial0",
        "ostype": "l26",
        "ipconfig0": "ip=dhcp",
        "meta": "creation-qemu=10.0.2,ctime=1757000000",
        "name": table.TEMPLATES[vmid][0],
    }


def settings(values: Json, vmid: int, disk: int) -> Json:
    """A configuration as it is told: a password never, a description with the line's end that it is kept with."""
    shown: Json = {
        **values,
        "scsi0": f"ceph:vm-{vmid}-disk-0,discard=on,iothread=1,size={disk}G,ssd=1",
        "ide2": f"ceph:vm-{vmid}-cloudinit,media=cdrom",
    }
    if "cipassword" in shown:
        shown["cipassword"] = "**********"
    if "description" in shown:
        shown["description"] = shown["description"].rstrip("\n") + "\n"
    shown["digest"] = hashlib.sha1(repr(sorted(values.items())).encode(), usedforsecurity=False).hexdigest()
    return shown


def interfaces(machine: Machine) -> Json:
    """What the guest agent says of its network cards."""
    card = machine.written["config"]["net0"].partition("=")[2].partition(",")[0].lower()
    return {
        "result": [
            {
                "name": "lo",
                "hardware-address": "00:00:00:00:00:00",
                "ip-addresses": [
                    {"ip-address": "127.0.0.1", "ip-address-type": "ipv4", "prefix": 8},
                    {"ip-address": "::1", "ip-address-type": "ipv6", "prefix": 128},
                ],
            },
            {
                "name": "eth0",
                "hardware-address": card,
                "ip-addresses": [
                    {"ip-address": machine.address, "ip-address-type": "ipv4", "prefix": 16},
                    {"ip-address": "fe80::be24:11ff:fe00:1", "ip-address-type": "ipv6", "prefix": 64},
                ],
            },
        ]
    }


def rrd(machine: Machine, timeframe: str, now: datetime) -> list[Json]:
    """Averages, the oldest first; a moment at which it was not measured has its time only."""
    step, count = FRAMES[timeframe]
    last = int(now.timestamp()) // step * step
    until = machine.off_since or now
    rows = []
    for at in (last - step * back for back in range(count - 1, -1, -1)):
        moment = now + timedelta(seconds=at - now.timestamp())
        row: Json = {"time": at}
        if machine.made_at <= moment <= until:
            row |= {
                "cpu": vitals.cpu(machine.number, moment) / 100,
                "maxcpu": machine.cpus,
                "mem": machine.memory * MB * vitals.memory(machine.number, moment) / 100,
                "maxmem": machine.memory * MB,
                "netin": vitals.received(machine.number, moment),
                "netout": vitals.sent(machine.number, moment),
                "disk": 0,
                "maxdisk": machine.disk * GB,
                "diskread": 0.0,
                "diskwrite": 120.0 * vitals.cpu(machine.number, moment),
            }
        rows.append(row)
    return rows
