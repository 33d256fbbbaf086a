"""Calls of Proxmox' API: their parameters, checked by name, and refusals that many of them share."""

from __future__ import annotations

from aiohttp import web

from simulator import proxmox_table as table
from simulator.model import read_json
from simulator.proxmox_shapes import JSON, ProxmoxError
from simulator.proxmox_table import Check

FIRST_ID = 100


async def given(request: web.Request) -> dict[str, str]:
    """A call's parameters, as text."""
    if request.method in ("GET", "DELETE"):
        return dict(request.query)
    if request.content_type == JSON:
        try:
            body = read_json(await request.read() or b"{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return {}
        return {str(name): str(int(value) if isinstance(value, bool) else value) for name, value in body.items()}
    return {name: str(value) for name, value in (await request.post()).items()}


async def parameters(request: web.Request, checks: dict[str, Check], needed: tuple[str, ...] = ()) -> dict[str, str]:
    """Those of a call, all known and right; raises ProxmoxError, which says by name what is wrong."""
    found = await given(request)
    problems = {name: checks[name](value) if name in checks else table.UNKNOWN for name, value in found.items()}
    problems |= {name: table.MISSING for name in needed if name not in found}
    if wrong := {name: problem for name, problem in problems.items() if problem}:
        raise ProxmoxError(400, "Parameter verification failed.", wrong)
    return found


def vmid_check(value: str) -> str:
    """The number of a machine."""
    wrong = table.SETTINGS["cores"](value)
    return wrong or ("" if int(value) >= FIRST_ID else f"value must have a minimum value of {FIRST_ID}")


def is_on(value: str) -> bool:
    """Whether a boolean is true."""
    return value.lower() in ("1", "yes", "on", "true")


def no_config(node: str, vmid: int) -> ProxmoxError:
    """There is no such machine, or not on that node."""
    return ProxmoxError(500, f"Configuration file 'nodes/{node}/qemu-server/{vmid}.conf' does not exist")
