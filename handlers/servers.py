"""A customer's own machines: the list, one of them, and what can be done with it. Its buttons work whatever was shown
since; each press is answered by how the machine stands now.
"""

from datetime import datetime

from msgspec.structs import replace

from domain.effects import Effect
from domain.events import EffectDone
from domain.messages import Choice, Text, Value, moment
from domain.server_actions import Ability, ActionKind, in_hand
from domain.server_secrets import ServerSecret, is_readable
from domain.servers import LOST, OVER, Server, ServerDue, ServerStatus, days_left, ssh_command, times
from handlers import server_metrics
from handlers.flow import Outcome, Turn
from handlers.menu import MENU
from handlers.plan_changes import plan_pressed
from handlers.renewals import renew_pressed
from handlers.server_actions import ask
from handlers.server_changes import CHANGES, ask_to_stop, can, change, start_reinstall, ways_in
from handlers.server_telling import about, said_of, server_choice, tell_owner
from handlers.telling import reply

MOST = 500
SHOWN = 8
SERVERS = Choice("servers", Text("label-servers"))
ORDER = Choice("vm", Text("label-server-order"))
CONSOLE = "servers.console"

_STANDINGS = {
    ActionKind.CREATE: "creating",
    ActionKind.START: "starting",
    ActionKind.RESUME: "starting",
    ActionKind.STOP: "stopping",
    ActionKind.SUSPEND: "suspending",
    ActionKind.RESTART: "restarting",
    ActionKind.REINSTALL: "reinstalling",
    ActionKind.RESIZE: "resizing",
    ActionKind.DESTROY: "destroying",
}


_TERMS = {
    "left": "server-term-left",
    "today": "server-term-today",
    "grace": "server-term-grace",
    "suspended": "server-term-suspended",
}


def standing(server: Server) -> str:
    """How it stands, in a word for the texts."""
    if (kind := in_hand(server)) is not None:
        return _STANDINGS[kind]
    if server.status not in (ServerStatus.ACTIVE, ServerStatus.GRACE):
        return server.status.value
    if server.state == "stopped" and server.off == "customer":
        return "off"
    return server.state or "other"


# --- the list ---


async def show(turn: Turn, first: int = 0) -> Outcome:
    """The person's machines from the nth on: those there are before those that are over, the newest first."""
    found = await turn.records.find(Server, customer=turn.person.id, limit=MOST)
    if not found:
        return reply(turn, Text("servers-none"), ORDER, MENU)
    newest = sorted(found, key=lambda server: (server.status in OVER, -server.number))
    first = first if 0 <= first < len(newest) else 0
    page = newest[first : first + SHOWN]
    values: dict[str, Value] = {
        "first": first + 1,
        "last": first + len(page),
        "count": len(newest),
        "lines": tuple(Text("server-line", _values(turn, server)) for server in page),
    }
    names = [server_choice(each, "show", Text("label-server", about(turn, each, turn.language))) for each in page]
    return reply(turn, Text("servers-list", values), *names, *_pages(first, len(newest)), ORDER, MENU)


def _pages(first: int, count: int) -> tuple[Choice, ...]:
    before = (Choice(f"servers:page:{first - SHOWN}", Text("label-page-before")),) if first else ()
    after = first + SHOWN
    return (*before, *((Choice(f"servers:page:{after}", Text("label-page-after")),) if after < count else ()))


async def page_pressed(turn: Turn, what: str, first: str) -> Outcome:
    """A button `servers:page:<first>`."""
    return await show(turn, int(first) if first.isdecimal() else 0)


# --- one of them ---


async def pressed(turn: Turn, server_id: str, action: str) -> Outcome:
    """A button `server:<id>:<action>`. Who is not the machine's customer learns nothing of it."""
    server = await turn.records.get(Server, server_id)
    if server is None or server.customer != turn.person.id:
        return reply(turn, Text("server-unknown"), SERVERS, MENU)
    name, _, more = action.partition(":")
    done: Outcome | None = None
    match name:
        case "start" | "stop" | "restart" | "reinstall" if server.action:
            return await _detail(turn, server, Text("server-busy"))
        case "stop" if not more:
            done = await ask_to_stop(turn, server)
        case "stop" if more == "no":
            return await _detail(turn, server, Text("server-stop-kept"))
        case "start" | "stop" | "restart":
            done = await change(turn, server, CHANGES[name])
        case "reinstall":
            done = await start_reinstall(turn, server)
        case "renew":
            done = await renew_pressed(turn, server, action)
        case "plan":
            done = await plan_pressed(turn, server, action)
        case "console" if _has_console(turn, server):
            done = reply(turn, await said_of(turn, server, "server-asked"), MENU)
            done += Outcome(effects=(_console(turn, server),))
        case "metrics" if _has_metrics(turn, server):
            done = reply(turn, await said_of(turn, server, "server-asked"), MENU)
            done += Outcome(effects=(server_metrics.wanted(turn, server),))
        case _:
            return await _detail(turn, server)
    return done or await _detail(turn, server, Text("server-cannot"))


async def _detail(turn: Turn, server: Server, before: Text | None = None) -> Outcome:
    """How it stands; `before` is said ahead. Its provider is asked anew, for whoever looks again."""
    values = _values(turn, server)
    lines = [Text("server-standing-line", values)]
    if server.machine and server.state and standing(server) not in (server.state, "off", *OVER):
        lines.append(Text("server-state", values))
    lines.append(Text("server-specs" if "cpus" in values else "server-plan", values))
    lines.append(Text("server-place", values))
    if server.machine and server.address and server.held:
        lines.append(Text("server-address", values))
        access = "password" if server.secret else "key"
        lines.append(
            Text("server-login", {**values, "access": access, "ssh": ssh_command(server, turn.places.ssh_port)})
        )
    if term := _TERMS.get(_term(turn, server)):
        lines.append(Text(term, values))
    whole = {**values, "lines": tuple(lines)}
    text = Text("server-detail-after", {**whole, "before": (before,)}) if before else Text("server-detail", whole)
    shown = reply(turn, text, *await _actions(turn, server), SERVERS, MENU)
    if not server.held or not server.machine or server.action:
        return shown
    server, asked = ask(turn, server)
    return shown + asked + Outcome(save=(server,))


def _values(turn: Turn, server: Server) -> dict[str, Value]:
    """`how` it stands with its `icon`, `where` it is and what is `left` of its term, `ends` when time will take it away
    (suspended or destroyed).
    """
    ends, term = _ends(turn, server), _term(turn, server)
    known = server.address and server.status not in OVER
    left = Text("server-line-left", {"days": days_left(server, turn.now)})
    return {
        **about(turn, server, turn.language),
        "how": (Text("server-standing", {"standing": standing(server)}),),
        "icon": (Text("server-mark", {"mark": _mark(server)}),),
        "where": (Text("server-line-address", {"address": server.address}),) if known else "",
        "left": (left if term == "left" else Text("server-line-over", {"term": term}),) if term else "",
        "state": server.state,
        "expires": moment(server.expires_at) if server.expires_at else "",
        "ends": moment(ends) if ends else "",
    }


def _mark(server: Server) -> str:
    if server.action or server.status in (ServerStatus.ORDERED, ServerStatus.CREATING, ServerStatus.FAILED):
        return "waits"
    if not server.held:
        return "over"
    if server.status is ServerStatus.SUSPENDED or server.state in LOST:
        return "wrong"
    return "runs" if server.state == "running" else "off"


def _term(turn: Turn, server: Server) -> str:
    match server.status:
        case ServerStatus.ACTIVE if server.expires_at:
            return "left" if days_left(server, turn.now) else "today"
        case ServerStatus.GRACE:
            return "grace"
        case ServerStatus.SUSPENDED:
            return "suspended"
    return ""


def _ends(turn: Turn, server: Server) -> datetime | None:
    """As time alone would have it."""
    offer = turn.catalog.servers
    if offer is None:
        return None
    coming = times(replace(server, action="", failed=""), offer.rules)
    return next((at for at, what in coming if what in (ServerDue.SUSPEND, ServerDue.DESTROY)), None)


# --- what can be done ---


async def _actions(turn: Turn, server: Server) -> tuple[Choice, ...]:
    """What can be done with a machine as it stands."""
    found: list[Choice] = []
    if server.status is ServerStatus.ORDERED:
        found.append(Choice(f"order:{server.order}:show", Text("label-server-order-of")))
    if server.page and await _may_read(turn, server):
        found.append(Choice(f"server:{server.id}:page", Text("label-server-password"), url=server.page))
    for name, label in _changes(turn, server):
        found.append(server_choice(server, name, label))
    if server.action or server.status in (ServerStatus.CREATING, ServerStatus.DESTROYING):
        found.append(server_choice(server, "show", Text("label-server-look")))
    if server.status in OVER:
        found.append(ORDER)
    return tuple(found)


async def _may_read(turn: Turn, server: Server) -> bool:
    secret = await turn.records.get(ServerSecret, server.secret) if server.secret else None
    return secret is not None and is_readable(secret, turn.now)


def _changes(turn: Turn, server: Server) -> list[tuple[str, Text]]:
    """The actions of its buttons, with their labels."""
    found: list[tuple[str, Text]] = []
    if server.held:
        found.append(("renew", Text("label-server-renew")))
    if can(server, ActionKind.START):
        found.append(("start", Text("label-server-start")))
    if can(server, ActionKind.STOP):
        found.append(("stop", Text("label-server-stop")))
    if can(server, ActionKind.RESTART):
        found.append(("restart", Text("label-server-restart")))
    if _has_metrics(turn, server):
        found.append(("metrics", Text("label-server-metrics")))
    if _has_console(turn, server):
        found.append(("console", Text("label-server-console")))
    if server.status is ServerStatus.ACTIVE and not server.action and _able(turn, server, Ability.RESIZE):
        found.append(("plan", Text("label-server-plan")))
    if can(server, ActionKind.REINSTALL) and ways_in(turn, server):
        found.append(("reinstall", Text("label-server-reinstall")))
    return found


# --- what its provider shows ---


def _has_metrics(turn: Turn, server: Server) -> bool:
    return _is_there(server) and _able(turn, server, Ability.METRICS)


def _has_console(turn: Turn, server: Server) -> bool:
    return _is_there(server) and _able(turn, server, Ability.CONSOLE)


def _is_there(server: Server) -> bool:
    return server.status in (ServerStatus.ACTIVE, ServerStatus.GRACE) and bool(server.machine)


def _able(turn: Turn, server: Server, ability: Ability) -> bool:
    return ability in turn.places.abilities.get(server.provider, ())


def _console(turn: Turn, server: Server) -> Effect:
    return Effect(
        id=f"{turn.id}-console",
        name=CONSOLE,
        record=server.id,
        conversation=server.lane,
        params={"provider": server.provider, "machine": server.machine},
    )


async def on_console(turn: Turn, event: EffectDone) -> Outcome:
    server = await turn.records.get(Server, event.record)
    if server is None:
        return Outcome()
    back = server_choice(server, "show", Text("label-server-show"))
    if event.error:
        return await tell_owner(turn, server, await said_of(turn, server, "server-console-none"), back)
    link = Choice(f"server:{server.id}:screen", Text("label-server-console"), url=event.result["url"])
    return await tell_owner(turn, server, await said_of(turn, server, "server-console"), link)
