"""From a paid order to a machine that runs: made, told of once it answers, and for ops where it could not be made.

What ops then decide is `handlers/server_decisions.py`.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from domain.localized import words
from domain.messages import Choice, Text, Value, moment
from domain.orders import Order, OrderStatus, delivered
from domain.orders import move as move_order
from domain.server_actions import Action, ActionKind
from domain.server_offer import Region
from domain.server_secrets import ServerSecret
from domain.server_secrets import told as told_secret
from domain.servers import Server, ServerStatus, daytime, move, renewed, shelf, ssh_command, warned_up_to
from domain.stock import free_place
from handlers.flow import Outcome, Turn
from handlers.server_actions import again_choice, begin, ops_choice, tell_ops
from handlers.server_stock import held_places
from handlers.server_telling import about, said_of, scheduled, tell_owner

KNOWN_WITHIN = timedelta(hours=4)
"""So soon, or the next morning, a customer knows what becomes of a machine that could not be made or was lost."""
LEAST_MORE = timedelta(minutes=5)
BUTTON_BYTES = 64


# --- the order ---


async def paid(turn: Turn, order: Order) -> tuple[Order, Outcome]:
    """The machine is being made; the order stays open until it runs. It comes back called off where the money came so
    late that there is none left.
    """
    server = await _in_stock(turn, order)
    if server is None:
        gone = move_order(order, OrderStatus.CANCELLED, what="paid late: sold out", by="time", now=turn.now)
        return replace(gone, due_at=None), Outcome()
    server = move(server, ServerStatus.CREATING, what="paid", by=order.payment, now=turn.now)
    server, begun = begin(turn, server, ActionKind.CREATE, by="paid")
    offer = turn.catalog.servers
    minutes = int((offer.rules.late_after if offer else KNOWN_WITHIN).total_seconds() // 60)
    text = await said_of(turn, server, "server-making", minutes=minutes)
    return replace(order, due_at=None), Outcome(save=(server,)) + begun + await tell_owner(turn, server, text)


async def reopen(turn: Turn, order: Order) -> tuple[Order, Outcome] | None:
    """An order that expired is paid after all: open again where there still is such a machine."""
    if await _in_stock(turn, order) is None:
        return None
    return move_order(order, OrderStatus.OPEN, what="paid late, and there is one", by="time", now=turn.now), Outcome()


async def due(turn: Turn, order: Order) -> Outcome:
    """Not paid in time: what it held is free again."""
    unpaid = order.status is OrderStatus.OPEN and order.paid_at is None
    if not unpaid or turn.now < order.pay_by:
        at = order.pay_by if unpaid else None
        return Outcome(save=(replace(order, due_at=at),)) if at != order.due_at else Outcome()
    expired = move_order(order, OrderStatus.EXPIRED, what="not paid in time", by="time", now=turn.now)
    outcome = Outcome(save=(replace(expired, due_at=None),))
    server = await turn.records.get(Server, order.server)
    if server is None or server.status is not ServerStatus.ORDERED:
        return outcome
    server = move(server, ServerStatus.CANCELLED, what="not paid in time", by="time", now=turn.now)
    told = await tell_owner(
        turn, server, await said_of(turn, server, "server-expired"), Choice("vm", Text("label-again"))
    )
    return outcome + told + Outcome(save=(scheduled(turn, server),))


async def _in_stock(turn: Turn, order: Order) -> Server | None:
    """The order's machine with a place in the stock: the one it holds, or where it had lost that, another."""
    server = await turn.records.get(Server, order.server)
    if server is None or server.status is ServerStatus.ORDERED:
        return server
    offer = turn.catalog.servers
    region = offer.region(server.region) if offer else None
    if server.status is not ServerStatus.CANCELLED or region is None:
        return None
    slot = await free_slot(turn, server, region)
    if slot is None:
        return None
    server = move(server, ServerStatus.ORDERED, what="paid late", by="time", now=turn.now)
    return replace(server, slot=slot)


async def free_slot(turn: Turn, server: Server, region: Region) -> int | None:
    """A place in the stock for such a machine in a region; None where it is not to be had there."""
    fits = server.plan in region.sizes and server.image in region.images and region.provider in turn.places.servers
    if not fits:
        return None
    return free_place(await held_places(turn, shelf(server.plan, region.id)), region.stock.get(server.plan, 0))


# --- made ---


async def created(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """It runs and answers: the customer has it. Its first term begins; one that was made anew keeps its own."""
    server = move(server, ServerStatus.ACTIVE, what="made", by=server.provider, now=turn.now)
    outcome = Outcome()
    if not server.periods:
        server, outcome = await _first_term(turn, server)
    server = replace(server, active_at=server.active_at or turn.now)
    secret = await turn.records.get(ServerSecret, server.secret) if server.secret else None
    if secret is not None:
        outcome += Outcome(save=(told_secret(secret, turn.now),))
    return server, outcome + await _tell_active(turn, server)


async def _first_term(turn: Turn, server: Server) -> tuple[Server, Outcome]:
    order = await turn.records.get(Order, server.order)
    if order is None or order.purchase is None or order.status is not OrderStatus.OPEN:
        return server, Outcome()
    server = renewed(server, order.purchase.months, turn.now)
    server = replace(server, warned=warned_up_to(server, turn.now))
    done = move_order(order, OrderStatus.DONE, what="the machine runs", by=server.provider, now=turn.now)
    return server, Outcome(save=(replace(done, due_at=None), delivered(done, now=turn.now)))


async def _tell_active(turn: Turn, server: Server) -> Outcome:
    """With how to connect. The password is never told, only where it can be read once."""
    values: dict[str, Value] = {"ssh": ssh_command(server, turn.places.ssh_port), "page": server.page or "–"}
    if not server.secret:
        text = await said_of(turn, server, "server-active", **values)
        mail = await said_of(turn, server, "mail-server-active", **values)
        return await tell_owner(turn, server, text, mail=mail)
    text = await said_of(turn, server, "server-active-password", **values)
    mail = await said_of(turn, server, "mail-server-active-password", **values)
    page = (Choice("page", Text("label-server-password"), url=server.page),) if server.page else ()
    return await tell_owner(turn, server, text, *page, mail=mail)


# --- not made yet, not made, and lost ---


async def late(turn: Turn, server: Server) -> Outcome:
    """It takes longer (`ServerDue.LATE`): the customer hears so, and by when they will know more."""
    if server.status is not ServerStatus.CREATING or server.told_late:
        return Outcome()
    action = await turn.records.get(Action, server.action) if server.action else None
    until = max(action.until if action else turn.now, turn.now + LEAST_MORE)
    server = scheduled(turn, replace(server, told_late=True))
    text = await said_of(turn, server, "server-late", until=moment(until, "time"))
    return Outcome(save=(server,)) + await tell_owner(turn, server, text)


async def failed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """It could not be made; or it is a machine that its provider has lost. Ops decide, and the customer knows."""
    lost = server.status is not ServerStatus.CREATING
    if not lost:
        server = move(server, ServerStatus.FAILED, what=f"not made: {action.error}"[:200], by="", now=turn.now)
    text, choices = await case(turn, server, action)
    return server, await _tell_failed(turn, server, lost=lost) + tell_ops(turn, text, *choices)


async def _tell_failed(turn: Turn, server: Server, *, lost: bool) -> Outcome:
    until = moment(known_by(turn, server))
    if lost and server.status is ServerStatus.ACTIVE:
        return await tell_owner(turn, server, await said_of(turn, server, "server-lost", until=until))
    if lost:
        return await tell_owner(turn, server, await said_of(turn, server, "server-lost-expired"))
    return await tell_owner(turn, server, await said_of(turn, server, "server-not-made", until=until))


def known_by(turn: Turn, server: Server) -> datetime:
    return daytime(turn.now + KNOWN_WITHIN, server.zone)


async def case(turn: Turn, server: Server, action: Action) -> tuple[Text, tuple[Choice, ...]]:
    """What ops are asked: what is to become of it, with what can be done as it stands."""
    values: dict[str, Value] = {
        **about(turn, server, "id"),
        "customer": server.name or "–",
        "error": action.error,
        "provider": server.provider,
        "machine": server.machine or "–",
        "name": server.called,
    }
    not_made = server.status is ServerStatus.FAILED
    text = Text("ops-server-not-made", values) if not_made else Text("ops-server-lost", values)
    return text, await decisions(turn, server, action)


async def decisions(turn: Turn, server: Server, action: Action) -> tuple[Choice, ...]:
    """The buttons of a creation that failed."""
    regions = await _elsewhere(turn, server) if server.status is ServerStatus.FAILED else ()
    return (again_choice(server, action), *regions, ops_choice(server, "refund", Text("label-server-refund")))


async def _elsewhere(turn: Turn, server: Server) -> tuple[Choice, ...]:
    """The other regions that have one."""
    offer = turn.catalog.servers
    found = []
    for region in offer.regions if offer else ():
        if region.id != server.region and await free_slot(turn, server, region) is not None:
            label = Text("label-server-region", {"region": words(region.name, "id")})
            found.append(ops_choice(server, f"region-{region.id}", label))
    return tuple(each for each in found if len(each.id.encode()) <= BUTTON_BYTES)
