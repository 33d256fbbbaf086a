"""What the providers say of all our machines: who stands otherwise than we think is looked at, and what belongs to
nobody is told to ops.
"""

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from domain.effects import Effect
from domain.events import Due, EffectDone
from domain.messages import Text, Value
from domain.server_orphans import Orphan, orphan_id
from domain.servers import OVER, Server, ServerStatus
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.server_actions import on_state

LIST = "servers.list"
MOST = 10_000
AT_ONCE = 50
"""Machines that are looked at, or flagged, after one sweep: the next one finds the others."""
UNSETTLED = frozenset({ServerStatus.ORDERED, ServerStatus.CREATING, ServerStatus.FAILED, ServerStatus.DESTROYING})
"""Whose machine may be there, or still be, without our having its id: not an orphan yet."""


class Row(Struct, frozen=True):
    """A machine as the provider lists it."""

    machine: str
    name: str
    state: str
    address: str


async def on_sweep(turn: Turn, due: Due) -> Outcome:
    """Ask every provider for all machines with our tag."""
    return Outcome(effects=tuple(_list(turn, provider, due.record) for provider in turn.places.servers))


def _list(turn: Turn, provider: str, at: str) -> Effect:
    return Effect(
        id=f"servers-list-{provider}-{at}",
        name=LIST,
        record=provider,
        conversation=f"servers:{provider}",
        params={"provider": provider},
    )


async def on_listed(turn: Turn, done: EffectDone) -> Outcome:
    """A list that was refused says nothing of any machine."""
    if done.error:
        return Outcome(say=ops_alert(turn, Text("ops-sweep-failed", {"provider": done.record, "error": done.error})))
    rows = [Row(*(str(each) for each in row[:4])) for row in json.loads(done.result["machines"])]
    servers = await turn.records.find(Server, provider=done.record, limit=MOST)
    return await _states(turn, servers, rows) + await _orphans(turn, done.record, servers, rows)


async def _states(turn: Turn, servers: Sequence[Server], rows: Sequence[Row]) -> Outcome:
    """Whoever stands otherwise than we think is noted; one that seems lost is looked at first (`on_state`)."""
    states = {row.machine: row.state for row in rows}
    odd = [
        each
        for each in servers
        if each.held and each.machine and not each.action and each.state != states.get(each.machine, "missing")
    ]
    outcome = Outcome()
    for server in odd[:AT_ONCE]:
        server, noted = await on_state(turn, server, states.get(server.machine, "missing"))
        outcome += noted + Outcome(save=(server,))
    return outcome


async def _orphans(turn: Turn, provider: str, servers: Sequence[Server], rows: Sequence[Row]) -> Outcome:
    known = {each.id: each for each in await turn.records.find(Orphan, provider=provider, limit=MOST)}
    by_name = {each.called: each for each in servers}
    flagged = [row for row in rows if _is_orphan(row, by_name)]
    told = {each.machine for each in known.values() if each.gone_at is None}
    new = [row for row in flagged if row.machine not in told][:AT_ONCE]
    made = tuple(_orphan(turn, provider, row, known) for row in new)
    there = {orphan_id(provider, row.machine) for row in flagged}
    gone = tuple(
        replace(each, gone_at=turn.now) for each in known.values() if each.gone_at is None and each.id not in there
    )
    alerts = ops_alert(turn, Text("ops-orphans", _told(provider, new))) if new else ()
    return Outcome(save=(*made, *gone), say=alerts)


def _orphan(turn: Turn, provider: str, row: Row, known: Mapping[str, Orphan]) -> Orphan:
    """One that was gone and is back is flagged anew."""
    orphan = orphan_id(provider, row.machine)
    return Orphan(
        id=orphan,
        version=known[orphan].version if orphan in known else 0,
        provider=provider,
        machine=row.machine,
        name=row.name,
        address=row.address,
        flagged_at=turn.now,
    )


def _is_orphan(row: Row, servers: Mapping[str, Server]) -> bool:
    server = servers.get(row.name)
    if server is None or server.status in OVER:
        return True
    return server.status not in UNSETTLED and server.machine != row.machine


def _told(provider: str, rows: Sequence[Row]) -> dict[str, Value]:
    lines = "".join(f"\n{row.name} · {row.machine} · {row.address or '–'} · {row.state}" for row in rows)
    return {"provider": provider, "count": len(rows), "machines": lines}
