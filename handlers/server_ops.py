"""Machines in the ops group: how all of them stand, one of them, what failed and waits, and what expires this week."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from domain.events import Due
from domain.messages import Choice, Purpose, Say, Text, Value, moment
from domain.orders import Order
from domain.server_actions import Action, ActionKind, ActionStatus
from domain.server_orphans import Orphan
from domain.servers import OVER, Server, ServerStatus, days_left, shelf
from handlers.flow import Outcome, Turn
from handlers.handover import ops_alert
from handlers.provisioning import decisions
from handlers.server_actions import again_choice
from handlers.server_telling import about

MOST = 10_000
LISTED = 15
"""Lines of each kind in a message, and buttons at most half as many."""
WEEK = timedelta(days=7)
HISTORY = 10


async def show_all(turn: Turn) -> Outcome:
    """`/servers`: by status, the queue of failed actions with a button each, orphans, and what is left of the stock."""
    servers = await turn.records.find(Server, limit=MOST)
    if not servers:
        return _answer(Text("ops-servers-none"))
    failed = await turn.records.find(Action, status=ActionStatus.FAILED.value, limit=MOST)
    by_id = {each.id: each for each in servers}
    orphans = [each for each in await turn.records.find(Orphan, limit=MOST) if each.gone_at is None]
    values: dict[str, Value] = {
        "count": sum(each.status not in OVER for each in servers),
        "statuses": _counted(servers),
        "failures": len(failed),
        "failed": _listed([_failure(each, by_id) for each in failed]),
        "orphans": len(orphans),
        "machines": _listed([f"{each.provider} · {each.name} · {each.machine}" for each in orphans]),
        "stock": _listed(_stock(turn, servers)),
        "soon": len(expiring(turn, servers)),
    }
    return _answer(Text("ops-servers", values), *_again(failed, by_id))


def _counted(servers: Sequence[Server]) -> str:
    counts = Counter(each.status for each in servers)
    return " · ".join(f"{status} {counts[status]}" for status in ServerStatus if counts[status])


def _failure(action: Action, servers: dict[str, Server]) -> str:
    server = servers.get(action.server)
    return f"#{server.number if server else action.server} · {action.kind} · {action.error}"[:200]


def _again(failed: Sequence[Action], servers: dict[str, Server]) -> Iterator[Choice]:
    for action in failed[: LISTED // 2]:
        if server := servers.get(action.server):
            label = Text("label-ops-again", {"number": server.number, "action": action.kind.value})
            yield replace(again_choice(server, action), label=label)


def _stock(turn: Turn, servers: Sequence[Server]) -> list[str]:
    """What is taken of each shelf, and how much there may be."""
    offer = turn.catalog.servers
    taken = Counter(each.shelf for each in servers if each.status not in OVER)
    return [
        f"{plan} · {region.id}: {taken[shelf(plan, region.id)]}/{limit}"
        for region in (offer.regions if offer else ())
        for plan, limit in region.stock.items()
    ]


def expiring(turn: Turn, servers: Sequence[Server]) -> list[Server]:
    """Those whose term ends within a week or has ended, the earliest first."""
    held = [each for each in servers if each.held and each.expires_at and each.expires_at <= turn.now + WEEK]
    return sorted(held, key=lambda each: (each.expires_at or turn.now, each.number))


async def show_one(turn: Turn, wanted: str) -> Outcome:
    """`/server N`: by its number, `#` before it or not, or by its id."""
    server = await _named(turn, wanted.strip())
    if server is None:
        return _answer(Text("ops-server-unknown", {"wanted": wanted.strip()[:60] or "–"}))
    order = await turn.records.get(Order, server.order)
    action = await turn.records.get(Action, server.action or server.failed)
    history = tuple(
        Text("ops-server-line", {"at": moment(each.at), "what": each.what, "by": each.by or "–"})
        for each in server.history[-HISTORY:]
    )
    known = about(turn, server, "id")
    values: dict[str, Value] = {
        **known,
        "expires": known["expires"] or "–",
        "state": server.state or "–",
        "customer": server.customer or "–",
        "provider": server.provider,
        "machine": server.machine or "–",
        "order": order.status.value if order else "–",
        "periods": server.periods,
        "action": f"{action.kind} · {action.status}" if action else "–",
        "error": action.error if action and action.error else "–",
        "history": history,
    }
    return _answer(Text("ops-server", values), *await _choices(turn, server, action))


async def _choices(turn: Turn, server: Server, action: Action | None) -> tuple[Choice, ...]:
    if action is None or action.status is not ActionStatus.FAILED:
        return ()
    made = action.kind is not ActionKind.CREATE
    return (again_choice(server, action),) if made else await decisions(turn, server, action)


async def _named(turn: Turn, wanted: str) -> Server | None:
    if server := await turn.records.get(Server, wanted):
        return server
    number = wanted.removeprefix("#")
    if not (number.isascii() and number.isdigit() and len(number) < 12):
        return None
    found = await turn.records.find(Server, number=int(number), limit=1)
    return found[0] if found else None


async def on_summary(turn: Turn, due: Due) -> Outcome:
    """In the morning: what expires this week, what stands still, what failed. Nothing where there is nothing."""
    servers = await turn.records.find(Server, limit=MOST)
    soon = expiring(turn, servers)
    failed = await turn.records.find(Action, status=ActionStatus.FAILED.value, limit=MOST)
    if not soon and not failed:
        return Outcome()
    values: dict[str, Value] = {
        "count": len(soon),
        "servers": _lines(turn, soon),
        "more": f" … +{len(soon) - LISTED}" if len(soon) > LISTED else "",
        "failures": len(failed),
        "failed": _listed([_failure(each, {server.id: server for server in servers}) for each in failed]),
    }
    return Outcome(say=ops_alert(turn, Text("ops-servers-summary", values)))


def _lines(turn: Turn, servers: Sequence[Server]) -> tuple[Text, ...]:
    lines = [
        Text(
            "ops-servers-line",
            {
                "number": each.number,
                "owner": each.customer,
                "hostname": each.hostname or "–",
                "plan": each.plan,
                "customer": each.name or each.customer or "–",
                "status": each.status.value,
                "days": days_left(each, turn.now),
                "expires": moment(each.expires_at, "day") if each.expires_at else "–",
            },
        )
        for each in servers[:LISTED]
    ]
    return tuple(lines)


def _listed(lines: Sequence[str]) -> str:
    more = [f"… +{len(lines) - LISTED}"] if len(lines) > LISTED else []
    return "".join(f"\n{line}" for line in [*lines[:LISTED], *more])


def _answer(text: Text, *choices: Choice) -> Outcome:
    return Outcome(say=(Say(text=text, choices=choices, language="id", purpose=Purpose.ALERT),))
