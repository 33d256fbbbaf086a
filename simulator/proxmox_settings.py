"""A machine's settings at Proxmox: what is written into them, and what becomes of the machine by them."""

from __future__ import annotations

from simulator import proxmox_shapes as shapes
from simulator import proxmox_table as table
from simulator.datacentre import Machine, State
from simulator.model import Json
from simulator.proxmox_shapes import ProxmoxError


def write(machine: Machine, given: dict[str, str]) -> None:
    """Puts the settings into its configuration; what a machine that runs is made of follows at its next start. Raises
    ProxmoxError where it was changed by another meanwhile.
    """
    values = machine.written["config"]
    if given.pop("digest", "") not in ("", shapes.settings(values, machine.number, machine.disk)["digest"]):
        raise ProxmoxError(500, "detected modified configuration - file changed by other user? Try again.")
    for name in table.split_tags(given.pop("delete", "")):
        values.pop(name, None)
    if "cipassword" in given:
        given["cipassword"] = table.password(given["cipassword"])
    if "net0" in given and "=" not in given["net0"].partition(",")[0]:
        given["net0"] = values["net0"].partition(",")[0] + given["net0"].removeprefix("virtio")
    for name, value in given.items():
        values[name] = int(value) if name in table.NUMBERS and value.isdigit() else value
    machine.name, machine.tags = values["name"], table.split_tags(values.get("tags", ""))
    if machine.state is not State.RUNNING:
        for name, amount in counted(values).items():
            setattr(machine, name, amount)


def counted(values: Json) -> Json:
    """What a machine is made of, by its settings."""
    cpus, memory = int(values.get("cores", 1)) * int(values.get("sockets", 1)), int(values.get("memory", 512))
    return {"cpus": cpus, "memory": memory, "size": f"{cpus} vCPU, {memory / 1024:g} GB"}


def fixed_address(values: Json) -> str:
    """The address that cloud-init gives it; empty: it asks for one by DHCP."""
    for part in values.get("ipconfig0", "").split(","):
        if part.startswith("ip=") and part != "ip=dhcp":
            return str(part[3:].partition("/")[0])
    return ""


def card(values: Json) -> str:
    """Its network card's own address (MAC)."""
    return str(values["net0"].partition("=")[2].partition(",")[0].upper())
