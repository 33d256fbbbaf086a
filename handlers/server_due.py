"""What time brings about of a machine: warnings, its expiry, its suspension, its destruction; and what is told once the
last two are done.
"""

from datetime import datetime

from msgspec.structs import replace

from domain.events import Due
from domain.messages import Text, Value, moment
from domain.server_actions import Action, ActionKind
from domain.server_offer import ServerRules
from domain.servers import (
    Server,
    ServerDue,
    ServerStatus,
    days_left,
    daytime,
    move,
    times,
    warned_up_to,
    warning_now,
    what_is_due,
)
from handlers.flow import Outcome, Turn
from handlers.provisioning import late
from handlers.server_actions import begin, look
from handlers.server_buying import call_off, open_order
from handlers.server_telling import owner_of, said_of, scheduled, server_choice, tell_owner

RENEW = Text("label-server-renew")
TIME = "time"


async def on_server_due(turn: Turn, due: Due) -> Outcome:
    """One thing at a time, the earliest first: what else is due is found at the next look."""
    server = await turn.records.get(Server, due.record)
    if server is None:
        return Outcome()
    if turn.catalog.servers is None:
        waits = server.look_at is not None and server.look_at <= turn.now
        return await look(turn, server) if waits else Outcome()
    rules = turn.catalog.servers.rules
    on_time = scheduled(turn, replace(server, zone=(await owner_of(turn, server)).zone))
    match what_is_due(on_time, rules, turn.now):
        case ServerDue.NOTHING:
            return Outcome(save=(on_time,)) if on_time != server else Outcome()
        case ServerDue.LOOK:
            return await look(turn, on_time)
        case ServerDue.LATE:
            return await late(turn, on_time)
        case _:
            return await _of_the_term(turn, on_time, rules)


async def _of_the_term(turn: Turn, server: Server, rules: ServerRules) -> Outcome:
    """Never at night: what was missed while we were away waits for the morning."""
    morning = daytime(turn.now, server.zone)
    if morning > turn.now:
        return Outcome(save=(replace(server, due_at=morning),))
    match what_is_due(server, rules, turn.now):
        case ServerDue.WARN:
            return await _warn(turn, server, rules)
        case ServerDue.EXPIRE:
            return await _expire(turn, server, rules)
        case ServerDue.SUSPEND:
            server, begun = begin(turn, server, ActionKind.SUSPEND, by=TIME)
            return begun + Outcome(save=(server,))
        case ServerDue.DESTROY:
            return await _destroy(turn, server)
    return Outcome(save=(scheduled(turn, server),))


# --- its term ends ---


async def _warn(turn: Turn, server: Server, rules: ServerRules) -> Outcome:
    """Of several that were missed only the last; none once it has expired."""
    name = warning_now(server, turn.now)
    server = scheduled(turn, replace(server, warned=warned_up_to(server, turn.now)))
    if not name:
        return await _of_the_term(turn, server, rules)
    days = days_left(server, turn.now)
    key = {0: "server-warning-today", 1: "server-warning-tomorrow"}.get(days, "server-warning")
    return Outcome(save=(server,)) + await _told(turn, server, key, "mail-server-warning")


async def _expire(turn: Turn, server: Server, rules: ServerRules) -> Outcome:
    server = scheduled(turn, move(server, ServerStatus.GRACE, what="expired", by=TIME, now=turn.now))
    until = moment(_when(server, rules, ServerDue.SUSPEND) or turn.now)
    return Outcome(save=(server,)) + await _told(turn, server, "server-term-over", "mail-server-term-over", until=until)


async def _destroy(turn: Turn, server: Server) -> Outcome:
    """From here on it cannot be renewed: what was open to be paid for it is closed in the same commit."""
    earlier = await open_order(turn, server)
    closed = await call_off(turn, earlier, what="its machine is destroyed") if earlier else Outcome()
    server = replace(server, destroy_at=turn.now, renewal="")
    server = move(server, ServerStatus.DESTROYING, what="past its time: destroyed", by=TIME, now=turn.now)
    server, begun = begin(turn, server, ActionKind.DESTROY, by=TIME)
    return begun + closed + Outcome(save=(server,))


def _when(server: Server, rules: ServerRules, what: ServerDue) -> datetime | None:
    return next((at for at, due in times(server, rules) if due is what), None)


async def _told(turn: Turn, server: Server, key: str, mail_key: str, **more: Value) -> Outcome:
    """With the button to renew it."""
    said = await said_of(turn, server, key, **more)
    by_mail = await said_of(turn, server, mail_key, **more)
    return await tell_owner(turn, server, said, server_choice(server, "renew", RENEW), mail=by_mail)


# --- done ---


async def suspended(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """It is off. Whoever has renewed it meanwhile has it switched on again (`server_actions.settle`)."""
    offer = turn.catalog.servers
    if server.status is not ServerStatus.GRACE:
        return server, Outcome()
    server = move(server, ServerStatus.SUSPENDED, what="suspended", by=action.by, now=turn.now)
    kept_until = _when(server, offer.rules, ServerDue.DESTROY) if offer else None
    until = moment(kept_until or turn.now)
    return server, await _told(turn, server, "server-suspended", "mail-server-suspended", until=until)


async def destroyed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """It is gone, and its place in the stock is free."""
    if server.status is not ServerStatus.DESTROYING:
        return server, Outcome()
    server = move(server, ServerStatus.TERMINATED, what="destroyed", by=action.by, now=turn.now)
    said = await said_of(turn, server, "server-terminated")
    by_mail = await said_of(turn, server, "mail-server-terminated")
    return server, await tell_owner(turn, server, said, mail=by_mail)
