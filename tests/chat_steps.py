"""Ways that several conversations go."""

import re

from tests.talk import Scripted


async def thread_of_case(agent: Scripted, number: int = 1) -> Scripted:
    """The agent, once the case's topic is there, looking at it; the header counts as heard."""
    header = await agent.hears(f"Kasus #{number} ")
    assert header.thread is not None
    inside = agent.in_topic(header.thread)
    await inside.hears(f"Kasus #{number} ")
    return inside


async def handed_over(customer: Scripted, agent: Scripted) -> Scripted:
    await customer.says("saldo saya belum masuk")
    await customer.hears("Isi Saldo")
    await customer.says("CS")
    await customer.hears("hubungkan", "#1", "menit")
    return await thread_of_case(agent)


def is_named(chat: str, text: str) -> bool:
    """Whether the text has the chat's number: a whole one, since a short number turns up within random ids too."""
    number = chat.partition(":")[2].removeprefix("+")
    return re.search(rf"(?<![0-9A-Za-z]){number}(?![0-9A-Za-z])", text) is not None
