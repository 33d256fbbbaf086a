"""Telling somebody of a machine: its owner by chat and by mail, and what its texts and buttons are made of."""

from msgspec.structs import replace

from domain.localized import words
from domain.messages import Choice, Media, Text, Value, moment
from domain.people import Person
from domain.servers import OVER, Server, days_left, schedule
from handlers.flow import Outcome, Turn
from handlers.telling import Party, mailed, tell

MOST = 1000
"""Machines of one customer."""
OWNERS_MAIL = 30
"""What tells the owner's mail from others of the same step: one a step."""


def scheduled(turn: Turn, server: Server) -> Server:
    """The machine with its next due time. As long as machines are not offered only what is in hand goes on."""
    offer = turn.catalog.servers
    if offer is None:
        return replace(server, due_at=server.look_at or (None if server.status in OVER else server.due_at))
    return schedule(server, offer.rules)


async def owner_of(turn: Turn, server: Server) -> Party:
    """They may have chosen another language or another clock since they ordered."""
    mine = turn.person.id == server.customer
    known = turn.person if mine else await turn.records.get(Person, server.customer) if server.customer else None
    language = (known.language if known else "") or server.language
    zone = (known.zone if known else "") or server.zone
    return Party(name=server.name, chat=server.customer, email=server.email, language=language, zone=zone)


async def moved(turn: Turn, zone: str) -> tuple[Server, ...]:
    """The machines of whose turn it is, with their times by the clock of another zone; not saved."""
    theirs = await turn.records.find(Server, customer=turn.person.id, limit=MOST)
    return tuple(scheduled(turn, replace(each, zone=zone)) for each in theirs if each.held and each.zone != zone)


def about(turn: Turn, server: Server, language: str) -> dict[str, Value]:
    """The values that say which machine it is and how it stands. `server` is for the buttons of WhatsApp's templates;
    `expires` is empty as long as it never ran. By `owner`, which no text says, what was told to ops of their machine is
    found when they are to be forgotten.
    """
    offer = turn.catalog.servers
    plan = offer.plan(server.plan) if offer else None
    region = offer.region(server.region) if offer else None
    image = offer.image(server.image) if offer else None
    values: dict[str, Value] = {
        "server": server.id,
        "owner": server.customer,
        "number": server.number,
        "hostname": server.hostname or "–",
        "plan": plan.name if plan else server.plan,
        "region": words(region.name, language) if region else server.region,
        "image": image.name if image else server.image,
        "address": server.address or "–",
        "user": server.user,
        "status": server.status.value,
        "days": days_left(server, turn.now),
        "expires": moment(server.expires_at, "day") if server.expires_at else "",
    }
    if plan:
        values |= {"cpus": plan.cpus, "memory": plan.memory_gb, "disk": plan.disk_gb, "traffic": plan.traffic_tb}
    return values


async def said_of(turn: Turn, server: Server, key: str, **more: Value) -> Text:
    """A text about it in its owner's language."""
    owner = await owner_of(turn, server)
    return Text(key, {**about(turn, server, owner.language), **more})


async def tell_owner(
    turn: Turn, server: Server, text: Text, *choices: Choice, mail: Text | None = None, media: Media | None = None
) -> Outcome:
    """In their chat and, with `mail` (whose first line is the subject), by mail. Once a step, where there are
    choices.
    """
    owner = await owner_of(turn, server)
    told = await tell(turn, owner, text, *choices, media=media)
    return told + mailed(turn, OWNERS_MAIL, owner, server.id, mail) if mail else told


def server_choice(server: Server, action: str, label: Text) -> Choice:
    """A button of the owner's that works whatever was shown since."""
    return Choice(f"server:{server.id}:{action}", label)
