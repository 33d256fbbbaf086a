"""What must be true of machines: of what was paid, what was told, and what stands in the data centre."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, cast

import bcrypt

from bot.server_secrets import ServerSecrets
from domain.orders import Order, OrderKind, OrderStatus
from domain.payments import Payment, Refund, RefundStatus
from domain.people import Counter as Numbers
from domain.server_actions import Action, ActionStatus
from domain.server_creations import Creation
from domain.server_orphans import Orphan
from domain.server_secrets import ServerSecret
from domain.servers import OVER, Server, ServerStatus, end_of_term
from handlers.server_sweep import UNSETTLED
from services.servers.proxmox_shapes import NAME, UNFINISHED
from storage.base import Storage
from tests.durability.books import Json
from tests.durability.ledger import Count, Ledger
from tests.durability.ordering import links, twice
from tests.durability.processes import SECRET_KEY

PROVIDERS = {"digitalocean": "libcloud", "proxmox": "proxmox"}
"""Of the data centre's machines: what we call them."""
BUYS_TIME = (OrderKind.SERVER, OrderKind.RENEWAL)
ACTIVE = ("server-active", "server-active-password")
RENEWED = ("server-renewed", "server-renewed-off")

# --- what there is ---


def machines(ledger: Ledger) -> list[Json]:
    return list(ledger.outside["datacentre"]["machines"])


def called(machine: Json) -> str:
    """What we call it: at Proxmox a mark of its says it."""
    marks = (tag.removeprefix(NAME) for tag in machine["tags"] if tag.startswith(NAME))
    return str(next(marks, machine["name"]))


def id_of(machine: Json) -> str:
    """As we know it."""
    return f"{machine['number']}/{called(machine)}" if machine["provider"] == "proxmox" else str(machine["number"])


def standing(ledger: Ledger) -> dict[tuple[str, str], Json]:
    return {(PROVIDERS[each["provider"]], id_of(each)): each for each in machines(ledger)}


def servers(ledger: Ledger) -> dict[str, Server]:
    return {each.id: each for each in ledger.books[Server]}


def has(ledger: Ledger, server: Server) -> Json | None:
    """Its machine, set up and there."""
    machine = standing(ledger).get((server.provider, server.machine))
    return machine if machine is not None and UNFINISHED not in machine["tags"] else None


def with_ops(ledger: Ledger) -> set[str]:
    """The machines of which ops were asked."""
    return {each.server for each in ledger.books[Action] if each.status is ActionStatus.FAILED}


def bought(ledger: Ledger, server: Server) -> list[Order]:
    """What was paid for it and counts, in order."""
    orders = [each for each in ledger.books[Order] if each.server == server.id and each.kind in BUYS_TIME]
    return sorted((each for each in orders if each.status is OrderStatus.DONE), key=lambda each: each.number)


def told(ledger: Ledger, keys: tuple[str, ...], value: str) -> Counter[Any]:
    """How many messages with such a text there are, by a value of theirs."""
    texts = (each["say"]["text"] for each in ledger.books.messages if not each["id"].endswith("-again"))
    return Counter(text["values"][value] for text in texts if text["key"] in keys)


# --- orders and machines ---


def paid_for_nothing(ledger: Ledger) -> list[Any]:
    """Paid, and there is neither what was paid for, nor the money back, nor somebody of ops who was asked."""
    returned = {(each["provider"], each["charge"]) for each in ledger.outside["money"]["refunds"]}
    failed = {each.payment for each in ledger.books[Refund] if each.status is RefundStatus.FAILED}
    payments = {each.id: each for each in ledger.books[Payment]}
    orders = {each.id: each for each in ledger.books[Order] if each.kind in BUYS_TIME}
    there, asked = servers(ledger), with_ops(ledger)
    wrong = []
    for link in links(ledger):
        order = orders.get(payments[link["reference"]].order)
        if order is None or not link["charge"] or (link["provider"], link["charge"]) in returned:
            continue
        server = there[order.server]
        settled = order.status is OrderStatus.DONE and server.held and has(ledger, server)
        if not settled and server.id not in asked and link["reference"] not in failed:
            wrong.append((order.id, order.status, server.id, server.status))
    return wrong


def active_without_a_machine(ledger: Ledger) -> list[Any]:
    return [each.id for each in ledger.books[Server] if each.held and not has(ledger, each)]


def machines_of_nobody(ledger: Ledger) -> list[Any]:
    """That no paid order has called for."""
    wanted = {each.called for each in ledger.books[Server] if each.status is not ServerStatus.ORDERED}
    return [id_of(each) for each in machines(ledger) if called(each) not in wanted]


def more_than_one(ledger: Ledger, provider: str) -> list[Json]:
    """Of one name all but the oldest."""
    seen: set[str] = set()
    found = []
    for each in machines(ledger):  # the oldest first
        if each["provider"] == provider and called(each) in seen:
            found.append(each)
        seen.add(called(each))
    return found


def calls_lost(ledger: Ledger) -> int:
    """Kills in mid-call of the one call that has no idempotency key: no more than there were kills, and none without a
    creation that was called.
    """
    return min(len(ledger.kills), len(ledger.books[Creation]))


def not_flagged(ledger: Ledger) -> list[Any]:
    """Machines beside the one that a customer has, of which ops were not told."""
    flagged = {(each.provider, each.machine) for each in ledger.books[Orphan]}
    beside = {key for each in ledger.books[Server] if each.held for key in _others(ledger, each)}
    return sorted(beside - flagged)


def _others(ledger: Ledger, server: Server) -> list[tuple[str, str]]:
    return [
        key
        for key, each in standing(ledger).items()
        if called(each) == server.called and key != (server.provider, server.machine)
    ]


def flagged_wrongly(ledger: Ledger) -> list[Any]:
    """Told to ops as nobody's, and somebody's."""
    theirs = {(each.provider, each.machine) for each in ledger.books[Server] if each.status not in OVER}
    return [each.id for each in ledger.books[Orphan] if (each.provider, each.machine) in theirs]


def standing_otherwise(ledger: Ledger) -> list[Any]:
    """Machines of which our books say something else than the data centre does."""
    held = [(each, has(ledger, each)) for each in ledger.books[Server] if each.held and not each.action]
    return [
        (each.id, each.state, machine["state"], each.address, machine["address"])
        for each, machine in held
        if machine and (each.state, each.address) != (machine["state"], machine["address"])
    ]


def places_sold_twice(ledger: Ledger) -> list[Any]:
    return twice(Counter((each.shelf, each.slot) for each in ledger.books[Server] if each.status not in OVER))


def actions_left(ledger: Ledger) -> list[Any]:
    """Begun, and nobody waits for it any more; or in hand, and nothing will come of it."""
    waits = {each.action for each in ledger.books[Server] if each.action}
    on_the_way = (ActionStatus.WANTED, ActionStatus.BEGUN)
    return [each.id for each in ledger.books[Action] if (each.status in on_the_way) != (each.id in waits)]


# --- terms, invoices ---


def terms_not_as_paid(ledger: Ledger) -> list[Any]:
    """As many terms as were paid, and until when they last: no renewal is lost, none counts twice."""
    wrong = []
    for server in ledger.books[Server]:
        orders, until = bought(ledger, server), server.active_at
        for order in orders:
            assert order.purchase is not None
            until = end_of_term(until, order.purchase.months, server.zone) if until else None
        if server.status not in UNSETTLED and (server.periods, server.expires_at) != (len(orders), until):
            wrong.append((server.id, server.periods, server.expires_at, [each.id for each in orders], until))
    return wrong


def invoices_out_of_line(ledger: Ledger) -> list[Any]:
    """Numbers that are missing, or that two have; and who has paid and has none."""
    orders = [each for each in ledger.books[Order] if each.purchase is not None and each.paid_at is not None]
    numbers = [each.purchase.invoice.number for each in orders if each.purchase]
    given = sum(each.value for each in ledger.books[Numbers] if each.id.startswith("invoices-"))
    wanted = set(range(1, given + 1))
    has = [int(number.rpartition("/")[2]) for number in numbers if number]
    return [*(wanted ^ set(has)), *twice(Counter(has)), *(each.id for each in orders if not _numbered(each))]


def _numbered(order: Order) -> bool:
    return order.purchase is not None and bool(order.purchase.invoice.number)


# --- what people were told ---


def told_active_twice(ledger: Ledger) -> list[Any]:
    return twice(told(ledger, ACTIVE, "server"))


def not_told_active(ledger: Ledger) -> list[Any]:
    heard = told(ledger, ACTIVE, "server")
    return [each.id for each in ledger.books[Server] if (heard[each.id] > 0) != (each.active_at is not None)]


def told_renewed_twice(ledger: Ledger) -> list[Any]:
    return twice(told(ledger, RENEWED, "order"))


# --- passwords ---


def written_hash(machine: Json) -> str:
    """What it was told to take for its user's password; empty: none."""
    written = machine["written"]
    if machine["provider"] == "proxmox":
        return str(written["config"].get("cipassword", "")).replace("$2y$", "$2b$", 1)
    config = json.loads(written["user_data"].partition("\n")[2])
    users = config.get("chpasswd", {}).get("users", [])
    return str(users[0]["password"]) if users else ""


def shown_passwords(ledger: Ledger) -> dict[int, str]:
    """By the machine's number: what its owner has read."""
    learnt = {what: text for person in ledger.people for what, text in person.learnt.items()}
    return {int(what.partition("#")[2]): text for what, text in learnt.items() if what.startswith("password of #")}


def kept_passwords(ledger: Ledger) -> dict[str, str]:
    """By machine: what its owner would read."""
    secrets = ServerSecrets(cast(Storage, None), SECRET_KEY, "", lambda: datetime.now(UTC))
    return {each.server: secrets._opened(each) for each in ledger.books[ServerSecret] if each.sealed}


def passwords_that_do_not_fit(ledger: Ledger) -> list[Any]:
    """Those that were read and those that are kept, tried on the machine; and machines that take one and should not."""
    shown, kept = shown_passwords(ledger), kept_passwords(ledger)
    wrong = []
    for server in ledger.books[Server]:
        machine = has(ledger, server)
        if machine is None:
            continue
        takes, password = written_hash(machine), shown.get(server.number) or kept.get(server.id, "")
        fits = bool(takes) == bool(server.secret)
        if fits and password:
            fits = bcrypt.checkpw(password.encode(), takes.encode())
        if not fits:
            wrong.append((server.id, "read" if server.number in shown else "kept"))
    return wrong


def passwords_lost(ledger: Ledger) -> list[Any]:
    """Neither kept any more nor read: the page was cut off as it showed it."""
    shown, kept = shown_passwords(ledger), kept_passwords(ledger)
    active = [each for each in ledger.books[Server] if each.secret and each.held]
    return [each.id for each in active if each.number not in shown and each.id not in kept]


COUNTS = (
    Count("machines", machines),
    Count("machines paid for nothing", paid_for_nothing, exactly=0),
    Count("active without a machine", active_without_a_machine, exactly=0),
    Count("machines that nobody paid for", machines_of_nobody, exactly=0),
    Count("machines made twice at Proxmox", lambda ledger: more_than_one(ledger, "proxmox"), exactly=0),
    Count("machines made twice at DigitalOcean", lambda ledger: more_than_one(ledger, "digitalocean"), most=calls_lost),
    Count("machines made twice and not flagged", not_flagged, exactly=0),
    Count("machines flagged and somebody's", flagged_wrongly, exactly=0),
    Count("machines that stand otherwise", standing_otherwise, exactly=0),
    Count("places sold twice", places_sold_twice, exactly=0),
    Count("actions left", actions_left, exactly=0),
    Count("machines' terms not as paid", terms_not_as_paid, exactly=0),
    Count("invoice numbers missing or given twice", invoices_out_of_line, exactly=0),
    Count("told active twice", told_active_twice, exactly=0),
    Count("active and not told", not_told_active, exactly=0),
    Count("told renewed twice", told_renewed_twice, exactly=0),
    Count("passwords that do not fit", passwords_that_do_not_fit, exactly=0),
    Count("passwords lost as they were shown", passwords_lost, most=lambda ledger: len(ledger.kills)),
)
