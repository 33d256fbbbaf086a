"""Droplets and actions as DigitalOcean's API tells them."""

from __future__ import annotations

from datetime import datetime

from simulator import digitalocean_table as table
from simulator.datacentre import Machine, Operation, State
from simulator.model import Json

STATUS = {State.BUILDING: "new", State.RUNNING: "active", State.STOPPED: "off", State.BROKEN: "off"}
PROGRESS = {"running": "in-progress", "done": "completed", "failed": "errored"}


def droplet_json(machine: Machine) -> Json:
    """Its addresses stand in `networks`: none before it has one."""
    features = ["private_networking", "droplet_agent"]
    features += [name for name in ("monitoring", "ipv6") if machine.written.get(name)]
    return {
        "id": machine.number,
        "name": machine.name,
        "memory": machine.memory,
        "vcpus": machine.cpus,
        "disk": machine.disk,
        "disk_info": [{"type": "local", "size": {"amount": machine.disk, "unit": "gib"}}],
        "locked": machine.state is State.BUILDING,
        "status": STATUS[machine.state],
        "kernel": None,
        "created_at": moment(machine.made_at),
        "features": features,
        "backup_ids": [],
        "next_backup_window": None,
        "snapshot_ids": [],
        "image": table.image(machine.image),
        "volume_ids": [],
        "size": table.size(machine.size),
        "size_slug": machine.size,
        "networks": {"v4": _networks(machine), "v6": []},
        "region": table.region(machine.region),
        "tags": list(machine.tags),
        "vpc_uuid": machine.written["vpc_uuid"],
    }


def _networks(machine: Machine) -> list[Json]:
    if not machine.address:
        return []
    high, low = machine.place.split(".")
    private = {"ip_address": f"10.77.{high}.{low}", "netmask": "255.255.0.0", "gateway": "<nil>", "type": "private"}
    gateway = machine.address.rpartition(".")[0] + ".1"
    public = {"ip_address": machine.address, "netmask": "255.255.240.0", "gateway": gateway, "type": "public"}
    return [public, private]


def action_json(operation: Operation) -> Json:
    """One that is not over has no `completed_at`."""
    return {
        "id": operation.id,
        "status": PROGRESS[operation.state],
        "type": operation.word,
        "started_at": moment(operation.started_at),
        "completed_at": moment(operation.completed_at) if operation.completed_at else None,
        "resource_id": operation.machine,
        "resource_type": "droplet",
        "region": table.region(operation.region),
        "region_slug": operation.region,
    }


def moment(at: datetime) -> str:
    """To the second, UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
