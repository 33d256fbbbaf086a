"""The fixed cast: who has a phone, and which chats there are when the world begins."""

from __future__ import annotations

from simulator.config import SimulatorConfig
from simulator.model import Chat, Person

FORUM_RIGHTS = [
    "can_manage_chat",
    "can_delete_messages",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
]


def telegram_person(key: str, name: str, number: int, role: str, language: str = "id") -> Person:
    """A Telegram user; the own chat is the private one with the customers' bot."""
    return Person(
        id=key,
        name=name,
        channel="telegram",
        chat=f"telegram:{number}",
        role=role,
        language=language,
        number=number,
        username=f"{key}_sim",
    )


def whatsapp_person(key: str, name: str, address: str, role: str, language: str = "id") -> Person:
    """A WhatsApp user by channel address: "+62..." or, where the number is withheld, an opaque id."""
    phone = address if address.startswith("+") else ""
    return Person(key, name, "whatsapp", f"whatsapp:{address}", role, language, phone=phone)


def private_chat(person: Person, config: SimulatorConfig, bot: str | None = None) -> Chat:
    """A person's chat with the service, still empty; on Telegram with the first bot, or the named one."""
    if person.channel == "whatsapp":
        return Chat(person.chat, "whatsapp", "private", person.name, bot_name="Sahut", members=[person.id])
    bots = config.telegram_bots
    found = next((one for one in bots if one.username == bot), bots[0] if bots else None)
    chat = Chat(person.chat, "telegram", "private", person.name, number=person.number, members=[person.id])
    if found is not None:
        chat.bot, chat.bot_name, chat.bots = found.username, found.name, [found.username]
        if found is not bots[0]:
            chat.id = f"{person.chat}@{found.username}"
    return chat


def fixed_cast(config: SimulatorConfig) -> tuple[list[Person], list[Chat]]:
    """Budi, Sari, Dewi, Rudi, the mentors and the person of ops; the agents' forum and the ops group."""
    people = [
        whatsapp_person("budi", "Budi", "+6281234567801", "customer"),
        telegram_person("sari", "Sari", 1001, "customer"),
        telegram_person("dewi", "Dewi", 2001, "agent"),
        telegram_person("rudi", "Rudi", 2002, "agent"),
        *(telegram_person(one.id, one.name, number, "mentor") for number, one in enumerate(config.mentors, 3001)),
        telegram_person("ops", "Ops", 4001, "ops"),
    ]
    chats = [private_chat(person, config) for person in people]
    if config.telegram_bots:
        first, last = config.telegram_bots[0], config.telegram_bots[-1]
        agents = Chat(
            id=f"telegram:{config.agents_chat_id}",
            channel="telegram",
            kind="forum",
            title="Sahut - Agen",
            bot=first.username,
            bot_name=first.name,
            number=config.agents_chat_id,
            members=["dewi", "rudi"],
            bots=[first.username],
            admins={first.username: list(FORUM_RIGHTS)},
            creator="dewi",
            started=True,
        )
        ops = Chat(
            id=f"telegram:{config.ops_chat_id}",
            channel="telegram",
            kind="group",
            title="Sahut - Ops",
            bot=last.username,
            bot_name=last.name,
            number=config.ops_chat_id,
            members=["ops"],
            bots=[last.username],
            creator="ops",
            started=True,
        )
        chats += [agents, ops]
    return people, chats
