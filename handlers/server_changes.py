"""What a customer has done to a machine of theirs: started, stopped, restarted, reinstalled. They are told when it is
so, or that it did not work.
"""

from msgspec.structs import replace

from domain import server_secrets
from domain.messages import Choice, Text, Value, literal
from domain.records import Record
from domain.server_actions import Ability, Action, ActionKind, action_id
from domain.server_offer import Image
from domain.server_secrets import ServerSecret
from domain.servers import LOST, Server, ServerStatus, note, ssh_command
from handlers.care import AGENT
from handlers.flow import Answer, Answers, Flow, NotAnAnswer, Outcome, Prompt, Question, Reading, Turn, choice, go_on
from handlers.menu import MENU, aside
from handlers.server_actions import NO_ANSWER, begin
from handlers.server_telling import about, owner_of, said_of, server_choice, tell_owner
from handlers.telling import reply

CHANGES = {"start": ActionKind.START, "stop": ActionKind.STOP, "restart": ActionKind.RESTART}
"""By the actions of their buttons."""
BY = "customer"
UNCLEAR = "unclear"
"""Begins the error of what may have been carried out all the same (`bot/server_services.py`)."""
KEY, PASSWORD, YES, NO, GONE = "key", "password", "yes", "no", "gone"


def can(server: Server, kind: ActionKind) -> bool:
    """Whether its owner may have it done as it stands, and it would change anything."""
    there = server.status in (ServerStatus.ACTIVE, ServerStatus.GRACE) and server.machine and server.state not in LOST
    if server.action or not there:
        return False
    match kind:
        case ActionKind.START:
            return server.state != "running"
        case ActionKind.STOP | ActionKind.RESTART:
            return server.state != "stopped"
    return not server.failed


async def ask_to_stop(turn: Turn, server: Server) -> Outcome | None:
    """None where it cannot be stopped as it stands."""
    if not can(server, ActionKind.STOP):
        return None
    yes = server_choice(server, "stop:yes", Text("label-server-stop-sure"))
    no = server_choice(server, "stop:no", Text("label-keep"))
    return reply(turn, await said_of(turn, server, "server-stop-sure"), yes, no)


async def change(turn: Turn, server: Server, kind: ActionKind) -> Outcome | None:
    """None where it cannot be done as it stands."""
    if not can(server, kind):
        return None
    server, begun = begin(turn, server, kind, by=BY)
    told = reply(turn, await said_of(turn, server, "server-on-it", action=kind.value), _look(server), MENU)
    return told + begun + Outcome(save=(server,))


def _look(server: Server) -> Choice:
    return server_choice(server, "show", Text("label-server-look"))


async def on_done(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """`COMPLETED` of starting, stopping and restarting."""
    text = await said_of(turn, server, "server-done", action=action.kind.value)
    others = [server_choice(server, "start", Text("label-server-start"))] if action.kind is ActionKind.STOP else []
    return server, await tell_owner(turn, server, text, *others, _look(server))


async def on_failed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """`FAILED` of starting, stopping and restarting: they may try again."""
    text = await said_of(turn, server, "server-not-done", action=action.kind.value)
    again = server_choice(server, action.kind.value, Text("label-server-again"))
    return server, await tell_owner(turn, server, text, again, _look(server), AGENT)


# --- reinstalling ---


def ways_in(turn: Turn, server: Server) -> tuple[str, ...]:
    """How a reinstalled machine could be entered; empty: it cannot be reinstalled."""
    able = turn.places.abilities.get(server.provider, frozenset())
    if Ability.REINSTALL not in able or not _images(turn, server):
        return ()
    key = (KEY,) if server.ssh_key else ()
    return (*key, PASSWORD) if Ability.NEW_ACCESS in able else key


def _images(turn: Turn, server: Server) -> tuple[Image, ...]:
    """Those that its region has, its own first."""
    offer = turn.catalog.servers
    region = offer.region(server.region) if offer else None
    there = [image for image in offer.images if image.id in region.images] if offer and region else []
    return tuple(sorted(there, key=lambda image: image.id != server.image))


async def start_reinstall(turn: Turn, server: Server) -> Outcome | None:
    """None where it cannot be reinstalled as it stands."""
    if not can(server, ActionKind.REINSTALL) or not ways_in(turn, server):
        return None
    return await go_on(aside(turn), REINSTALL, {"server": server.id})


async def _server(turn: Turn, answers: Answers) -> Server | None:
    """The machine, as long as it can be reinstalled by whom we talk to."""
    server = await turn.records.get(Server, answers["server"])
    if server is None or server.customer != turn.person.id:
        return None
    return server if can(server, ActionKind.REINSTALL) and ways_in(turn, server) else None


async def _prepare(turn: Turn, answers: Answers) -> tuple[dict[str, str], Outcome]:
    """What is no more to be had is asked again; where there is one way in only, it is not asked for."""
    kept, server = dict(answers), await _server(turn, answers)
    if server is None:
        return {**kept, GONE: YES}, Outcome()
    if not _open(turn, kept):
        return kept, Outcome()
    if kept.get("image") not in (None, *(image.id for image in _images(turn, server))):
        kept = REINSTALL.forget(kept, "image")
    ways = ways_in(turn, server)
    if kept.get("access") not in ways:
        kept = REINSTALL.forget(kept, "access")
    if len(ways) == 1:
        kept["access"] = ways[0]
    return kept, Outcome()


def _open(turn: Turn, answers: Answers) -> bool:
    return GONE not in answers and NO not in answers.values()


async def _found(turn: Turn, answers: Answers) -> Server:
    """Raises LookupError; `_prepare` has seen to it."""
    server = await _server(turn, answers)
    if server is None:
        raise LookupError(answers["server"])
    return server


async def _ask_image(turn: Turn, answers: Answers) -> Prompt:
    server = await _found(turn, answers)
    choices = [choice("reinstall", "image", each.id, literal(each.name)) for each in _images(turn, server)]
    return Prompt(text=await said_of(turn, server, "reinstall-ask-image"), choices=(*choices, _keep("image")))


async def _ask_access(turn: Turn, answers: Answers) -> Prompt:
    server = await _found(turn, answers)
    key = choice("reinstall", "access", KEY, Text("label-reinstall-key"))
    password = choice("reinstall", "access", PASSWORD, Text("label-reinstall-password"))
    return Prompt(text=await said_of(turn, server, "reinstall-ask-access"), choices=(key, password, _keep("access")))


async def _ask_name(turn: Turn, answers: Answers) -> Prompt:
    server = await _found(turn, answers)
    new = replace(server, image=answers["image"])
    text = await said_of(turn, new, "reinstall-sure", access=answers["access"])
    return Prompt(text=text, choices=(_keep("name"),))


def _keep(question: str) -> Choice:
    return choice("reinstall", question, NO, Text("label-keep"))


async def _no_answer(turn: Turn, answers: Answers, text: str) -> Reading:
    return NotAnAnswer()


async def _read_name(turn: Turn, answers: Answers, text: str) -> Reading:
    """Phones begin with a capital letter; a hostname has none. Whatever else is typed stops it."""
    server = await turn.records.get(Server, answers["server"])
    return Answer(YES if server and turn.said.text.strip().lower() == server.hostname else NO)


async def _reinstall(turn: Turn, answers: Answers) -> Outcome:
    server = await turn.records.get(Server, answers["server"])
    if server is None or server.customer != turn.person.id:
        return Outcome()
    if not _open(turn, answers):
        key = "reinstall-gone" if GONE in answers else "reinstall-kept"
        return reply(turn, await said_of(turn, server, key), _look(server), MENU)
    secret = action_id(server, ActionKind.REINSTALL) if answers["access"] == PASSWORD else ""
    server, begun = begin(turn, server, ActionKind.REINSTALL, by=BY, image=answers["image"], secret=secret)
    text = await said_of(turn, server, "server-on-it", action=ActionKind.REINSTALL.value)
    return reply(turn, text, _look(server), MENU) + begun + Outcome(save=(server,))


REINSTALL = Flow(
    name="reinstall",
    title=Text("title-reinstall"),
    questions=(
        Question(name="image", prompt=_ask_image, read=_no_answer, applies=_open),
        Question(name="access", prompt=_ask_access, read=_no_answer, applies=_open),
        Question(name="name", prompt=_ask_name, read=_read_name, depends=("image", "access"), applies=_open),
    ),
    finish=_reinstall,
    prepare=_prepare,
)


async def on_reinstalled(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """`COMPLETED`: how to connect, as when it was new."""
    server, outcome = await _as_reinstalled(turn, server, action)
    return server, outcome + await _told(turn, server, "server-reinstalled")


async def on_reinstall_failed(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """`FAILED`. Once its provider has begun, the old system is gone, whatever becomes of the new one."""
    again = server_choice(server, "reinstall", Text("label-server-reinstall"))
    if not action.was_begun:
        unclear = action.error == NO_ANSWER or action.error.startswith(UNCLEAR)
        key = "server-reinstall-unclear" if unclear else "server-reinstall-refused"
        return server, await tell_owner(turn, server, await said_of(turn, server, key), again, _look(server), AGENT)
    server, outcome = await _as_reinstalled(turn, server, action)
    return server, outcome + await _told(turn, server, "server-reinstall-late", again, AGENT)


async def _as_reinstalled(turn: Turn, server: Server, action: Action) -> tuple[Server, Outcome]:
    """The machine with its new system and access. An old password that nobody has read opens nothing any more."""
    secrets: list[Record] = []
    old = await turn.records.get(ServerSecret, server.secret) if server.secret else None
    new = await turn.records.get(ServerSecret, action.secret) if action.secret else None
    if old is not None and server_secrets.is_readable(old, turn.now):
        secrets.append(server_secrets.read(old, turn.now))
    if new is not None:
        secrets.append(server_secrets.told(new, turn.now))
    server = replace(
        server, image=action.image or server.image, secret=action.secret, page=server.page if action.secret else ""
    )
    return note(server, what="reinstalled", by=BY, now=turn.now), Outcome(save=tuple(secrets))


async def _told(turn: Turn, server: Server, key: str, *more: Choice) -> Outcome:
    owner = await owner_of(turn, server)
    values: dict[str, Value] = {
        **about(turn, server, owner.language),
        "access": PASSWORD if server.secret else KEY,
        "ssh": ssh_command(server, turn.places.ssh_port),
    }
    page = (Choice(f"server:{server.id}:page", Text("label-server-password"), url=server.page),) if server.page else ()
    return await tell_owner(turn, server, Text(key, values), *page, *more, _look(server))
