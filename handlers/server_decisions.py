"""What ops decide about a machine by a button in their group: try what failed again, make it in another region, give
the money back. Each press is answered in place of the buttons; one that comes late or twice has nothing to do.
"""

from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from domain.messages import Choice, Purpose, Say, Text, moment
from domain.orders import Order, OrderStatus, kept_tax, taken_back
from domain.orders import move as move_order
from domain.payments import Payment
from domain.server_actions import Action, ActionKind, ActionStatus, is_wanted
from domain.server_refunds import shares
from domain.servers import LOST, Server, ServerStatus, move, shelf
from handlers.flow import Outcome, Turn, edited_message
from handlers.provisioning import case, free_slot
from handlers.refunds import give_back
from handlers.server_actions import again, failures, settle
from handlers.server_telling import about, said_of, scheduled, tell_owner

ORDERS = 1000
"""Of one machine: more than there can be."""
OPS = "ops"
"""Who has an action tried again: who of them it was stands in the machine's history."""

Decision = Callable[[Turn, Server, str], Awaitable[Outcome | None]]
"""Of a machine, with what its button says behind the decision's name; None: there is nothing to do (any more)."""


async def pressed(turn: Turn) -> Outcome:
    """A button `ops-server:<server id>:<decision>-<more>`: the caller has made sure that it was pressed in the ops
    group.
    """
    _, _, rest = turn.said.button.partition(":")
    server_id, _, wanted = rest.rpartition(":")
    name, _, more = wanted.partition("-")
    server = await turn.records.get(Server, server_id)
    decision = DECISIONS.get(name)
    outcome = await decision(turn, server, more) if server is not None and decision is not None else None
    return outcome or await _as_it_stands(turn, server)


async def _as_it_stands(turn: Turn, server: Server | None) -> Outcome:
    """Nothing to do; but what still waits to be decided keeps its buttons."""
    waiting = await _failed_creation(turn, server) if server is not None and not server.action else None
    if server is None or waiting is None:
        return answer(turn, Text("ops-nothing-to-do"))
    text, choices = await case(turn, server, waiting)
    return answer(turn, text, *choices)


def answer(turn: Turn, text: Text, *choices: Choice) -> Outcome:
    """In the place of the buttons, so that one press is one."""
    say = Say(text=text, choices=choices, language="id", purpose=Purpose.ALERT, edit=edited_message(turn))
    return Outcome(say=(say,))


# --- try again ---


async def _again(turn: Turn, server: Server, more: str) -> Outcome | None:
    action = await turn.records.get(Action, f"{server.id}-{more}")
    if action is None or action.server != server.id or action.status is not ActionStatus.FAILED or server.action:
        return None
    if not is_wanted(action, server.status):
        return None
    if action.kind is ActionKind.CREATE:
        return await _make(turn, _anew(server, action), action)
    server, begun = await again(turn, server, action, by=OPS)
    told = answer(turn, Text("ops-server-again", about(turn, server, "id")))
    return begun + Outcome(save=(server,)) + told


async def _make(turn: Turn, server: Server, action: Action) -> Outcome | None:
    """Once more: what turned up meanwhile under its name is taken for it."""
    if server.status not in (ServerStatus.FAILED, ServerStatus.ACTIVE):
        return None
    what, by = f"again: {server.region}", turn.person.id
    server = move(server, ServerStatus.CREATING, what=what, by=by, now=turn.now)
    server, begun = await again(turn, replace(server, told_late=True), action, by=OPS)
    until = moment(server.look_at or turn.now, "time")
    return (
        Outcome(save=(server,))
        + begun
        + await tell_owner(turn, server, await said_of(turn, server, "server-made-again", until=until))
        + answer(turn, Text("ops-server-again", about(turn, server, "id")))
    )


def _anew(server: Server, action: Action) -> Server:
    """As it is to be made. What is broken keeps its name at the provider; what is gone may come back under it, and then
    is it.
    """
    if server.state not in LOST:
        return server
    names = server.names + 1 if server.state == "error" else server.names
    # A password that its owner was told of may have been read: then no machine can have it.
    secret = f"{action.id}-{action.tries}" if server.secret and server.active_at else server.secret
    return replace(server, names=names, secret=secret, page="", machine="", state="", address="")


# --- another region ---


async def _region(turn: Turn, server: Server, more: str) -> Outcome | None:
    """Its place moves to the other shelf. What may stand in the region before is told to ops by the sweep for orphans.

    Where nothing is known to stand there it keeps its name: should it be found by it after all, that is the machine.
    """
    offer = turn.catalog.servers
    region = offer.region(more) if offer else None
    if region is None or server.status is not ServerStatus.FAILED or server.action or region.id == server.region:
        return None
    creation = await _failed_creation(turn, server)
    slot = await free_slot(turn, server, region)
    if creation is None or slot is None:
        return None
    server = replace(
        server,
        region=region.id,
        provider=region.provider,
        shelf=shelf(server.plan, region.id),
        slot=slot,
        names=server.names + 1 if server.machine else server.names,
        machine="",
        state="",
        address="",
        page="",
    )
    return await _make(turn, server, creation)


async def _failed_creation(turn: Turn, server: Server) -> Action | None:
    found = [each for each in await failures(turn, server) if each.kind is ActionKind.CREATE]
    return found[-1] if found else None


# --- the money back ---


async def _refund(turn: Turn, server: Server, more: str) -> Outcome | None:
    """All of it where the machine never came to be, else for what is left of it. What stands at its provider stays."""
    if server.action or await _failed_creation(turn, server) is None:
        return None
    before = server.status
    over = ServerStatus.CANCELLED if before is ServerStatus.FAILED else ServerStatus.TERMINATED
    server = move(server, over, what="given up", by=turn.person.id, now=turn.now)
    server, settled = await settle(turn, server)
    outcome = settled + Outcome(save=(scheduled(turn, server),))
    outcome += await tell_owner(turn, server, await said_of(turn, server, "server-given-up"))
    outcome += answer(turn, Text("ops-server-refunded", about(turn, server, "id")))
    order = await turn.records.get(Order, server.order)
    if order is not None and order.status is OrderStatus.OPEN:
        return outcome + await _all_back(turn, order)
    return outcome + await _rest_back(turn, server)


async def _all_back(turn: Turn, order: Order) -> Outcome:
    ended = move_order(order, OrderStatus.CANCELLED, what="could not be made", by=turn.person.id, now=turn.now)
    payment = await turn.records.get(Payment, order.payment)
    back = await give_back(turn, ended, payment, 100, "not-made") if payment is not None else Outcome()
    return Outcome(save=(replace(ended, due_at=None),)) + back


async def _rest_back(turn: Turn, server: Server) -> Outcome:
    outcome = Outcome()
    orders = await turn.records.find(Order, server=server.id, limit=ORDERS)
    for order, share in shares(server, orders, turn.now):
        payment = await turn.records.get(Payment, order.payment)
        back = await give_back(turn, order, payment, share, "lost") if payment is not None else Outcome()
        if back.save:
            outcome += Outcome(save=(taken_back(order, now=turn.now), *kept_tax(order, share, now=turn.now))) + back
    return outcome


DECISIONS: dict[str, Decision] = {"again": _again, "region": _region, "refund": _refund}
"""By the name in the button; further ones are added in `handlers/registry.py`."""
