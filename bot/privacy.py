"""`python -m bot export` and `forget`: all that is known of a person, to hand out or to leave nothing of."""

import asyncio
import sys
from argparse import Namespace
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from msgspec.structs import replace

from bot.catalog import load_catalog
from bot.channels.registry import CUSTOMERS
from bot.command import Refused, opened
from bot.records import RECORD_TYPES
from bot.settings import Settings, read
from bot.wording import Renderer, TextMissing, Texts
from domain.addresses import mail_lane, parse_address, report_lane
from domain.cases import Case
from domain.messages import unmarked
from domain.orders import Order
from domain.payments import Payment, Refund
from domain.people import ChatAlias, Conversation, Person
from domain.records import Record
from domain.server_secrets import ServerSecret
from domain.servers import Server
from storage.base import Line, Stale, Storage, Taken

ALL = 10**6
"""More records and lines than one person has."""
CONFLICTS = 20
"""How often it is begun again because the person goes on writing meanwhile."""


def add_to(commands: Any) -> None:
    """The two commands, as argparse has them."""
    person = {"metavar": "PERSON", "help": "their address, as in whatsapp:+6281100000000 or telegram:1001"}
    export = commands.add_parser("export", help="everything known of a person, as JSON")
    export.add_argument("person", **person)
    export.add_argument("-o", "--output", type=Path, metavar="FILE", help="where it goes, instead of the terminal")
    export.set_defaults(act=lambda command: uvloop.run(_export(command, read())))
    forget = commands.add_parser("forget", help="leave nothing of a person, also while Sahut runs")
    forget.add_argument("person", **person)
    forget.add_argument("--yes", action="store_true", help="do not ask")
    forget.set_defaults(act=lambda command: uvloop.run(_forget(command, read())))


@dataclass(frozen=True)
class Known:
    """What there is of a person. `conversations` are their own and the topics their cases have in the agents' group,
    by address.
    """

    address: str
    records: tuple[Record, ...]
    conversations: dict[str, tuple[Line, ...]]

    @property
    def names(self) -> list[str]:
        """What names them, or a record of theirs, wherever it stands."""
        ids = [record.id for record in self.records]
        lanes = [record.lane for record in self.records if isinstance(record, Order | Payment | Refund | Server)]
        mails = [mail_lane(record.id) for record in self.records]
        return list(dict.fromkeys([*self.conversations, report_lane(self.address), *ids, *lanes, *mails]))

    @property
    def topics(self) -> list[str]:
        return [address for address in self.conversations if address != self.address]

    def __bool__(self) -> bool:
        return bool(self.records) or any(self.conversations.values())

    def __str__(self) -> str:
        names = [record.name for record in self.records if isinstance(record, Person) and record.name]
        lines = sum(map(len, self.conversations.values()))
        kinds = [record.TABLE.name for record in self.records]
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        return f"{' '.join([self.address, *names])}: {counts or 'no records'}, {lines} lines said or sent"


# --- export ---


async def _export(command: Namespace, settings: Settings) -> int:
    async with opened(settings) as storage:
        known = await _known(storage, _person(command.person), settings)
    renderer = Renderer(Texts(zone=settings.time_zone), load_catalog(settings.catalog_file))
    text = msgspec.json.format(msgspec.json.encode(_as_json(known, renderer)), indent=2)
    if command.output is None:
        print(text.decode())
        return 0
    try:
        with command.output.open("xb") as file:
            file.write(text + b"\n")
    except OSError as problem:
        raise Refused(f"{command.output} cannot be written: {problem.strerror}.") from problem
    print(f"{command.output} has what is known of {known}.")
    return 0


def _as_json(known: Known, renderer: Renderer) -> dict[str, Any]:
    records: dict[str, list[Any]] = {}
    for record in known.records:
        records.setdefault(record.TABLE.name, []).append(msgspec.to_builtins(_without_passwords(record)))
    conversations = {
        address: [_line(line, renderer) for line in lines] for address, lines in known.conversations.items()
    }
    return {"person": known.address, "records": records, "conversations": conversations}


def _without_passwords(record: Record) -> Record:
    """Nor with the page that shows one to whoever has its address."""
    match record:
        case ServerSecret():
            return replace(record, sealed="")
        case Server():
            return replace(record, page="")
    return record


def _line(line: Line, renderer: Renderer) -> dict[str, Any]:
    if line.said is not None:
        said = {key: value for key, value in msgspec.to_builtins(line.said.event).items() if value}
        return {"at": line.at, "by": line.said.person, **said}
    if line.sent is None:
        return {"at": line.at}
    try:
        words = unmarked(renderer.words(line.sent))
    except TextMissing:
        words = line.sent.say.text.key  # worded by a version that is gone
    sent = {"text": words, "media": line.sent.say.media, "location": line.sent.say.location}
    return {
        "at": line.at,
        "by": "us",
        **{key: value for key, value in sent.items() if value},
        "delivery": line.sent.delivery,
    }


# --- forget ---


async def _forget(command: Namespace, settings: Settings) -> int:
    person = _person(command.person)
    async with opened(settings) as storage:
        known = await _known(storage, person, settings)
        if not command.yes and not await asyncio.to_thread(_is_sure, known):
            raise Refused("Nothing was changed.")
        known = await forget(storage, person, settings)
    print(f"Forgotten: {known}.")
    if known.topics:
        print("To be deleted by hand, in the agents' group: the topics " + ", ".join(known.topics) + ".")
    print("What lies with Telegram, Twilio and in backups is not Sahut's to delete (docs/operations.md).")
    return 0


async def forget(storage: Storage, person: str, settings: Settings) -> Known:
    """Returns what there was. Raises Refused for somebody unknown."""
    for _ in range(CONFLICTS):
        known = await _known(storage, person, settings)
        save, delete = [], []
        for record in known.records:
            personal = record.TABLE.personal
            if personal and personal.anonymous:
                save.append(personal.anonymous(record))
            else:
                delete.append(record)
        kept = {record.id for record in save}
        names = [name for name in known.names if name not in kept]
        try:
            await storage.upkeep.forget(names, save=save, delete=delete)
            return known
        except (Stale, Taken):
            continue
    raise Refused(f"{person} is writing all the time: most is deleted, but not all. Try again.")


def _is_sure(known: Known) -> bool:
    if not sys.stdin.isatty():
        raise Refused("Whether you are sure cannot be asked here: add --yes.")
    print(f"{known}.")
    return input("Leave nothing of it? It cannot be undone. Write yes: ").strip().casefold() == "yes"


# --- what there is ---


def _person(address: str) -> str:
    try:
        channel, chat, thread = parse_address(address)
    except ValueError:
        channel, chat, thread = "", "", None
    if not channel:
        raise Refused(f"{address!r} is no address: it must be like whatsapp:+6281100000000 or telegram:1001.")
    if thread is not None or chat.startswith("-"):
        raise Refused(f"{address} is a group, not a person.")
    return address


async def _known(storage: Storage, address: str, settings: Settings) -> Known:
    """Raises Refused for somebody unknown."""
    records: list[Record] = []
    for kind in RECORD_TYPES:
        records += await _of(storage, kind, address)
    cases = [record for record in records if isinstance(record, Case) and record.thread]
    groups = await _agents_groups(storage, settings)
    topics = [f"{group}:{case.thread}" for case in cases for group in groups]
    conversations = {}
    for each in (address, *topics):
        conversations[each] = await storage.transcript(each, limit=ALL)
        if each != address and (conversation := await storage.get(Conversation, each)):
            records.append(conversation)
    known = Known(address, tuple(records), conversations)
    if not known:
        raise Refused(f"Nobody is known as {address}.")
    return known


async def _of(storage: Storage, kind: type[Record], address: str) -> list[Record]:
    personal = kind.TABLE.personal
    if personal is None or not personal.field:
        return []
    if personal.field == "id":
        found = await storage.get(kind, address)
        return [found] if found else []
    return list(await storage.find(kind, limit=ALL, **{personal.field: address}))


async def _agents_groups(storage: Storage, settings: Settings) -> list[str]:
    """The addresses of the agents' group, that of today and those it had."""
    number = settings.agents_chat_id
    if settings.simulate:
        from simulator.config import SimulatorConfig  # only where it plays

        number = SimulatorConfig().agents_chat_id
    groups = [f"{CUSTOMERS}:{number}"] if number else []
    aliases = await storage.find(ChatAlias, limit=ALL)
    for group in groups:  # which grows meanwhile: a group may have moved more than once
        for alias in aliases:
            groups += [each for each in (alias.id, alias.to) if group in (alias.id, alias.to) and each not in groups]
    return groups
