"""A customer, an agent, and a topic made for them in the agents' group."""

import re
from collections import Counter
from typing import Any

from domain.cases import Case
from domain.people import Counter as Numbers
from tests.durability.ledger import Count, Ledger
from tests.durability.sequences import Sequence, Surroundings
from tests.durability.world import Someone


async def talks_to_an_agent(person: Someone, around: Surroundings) -> None:
    opened = await person.asks("CS", "nomor", "#")
    case = re.search(r"#(\d+)", opened["text"])
    assert case is not None
    early = f"pertanyaan {next(around.number)}."
    await person.says(early)
    header = await around.agent().hears(f"kasus #{case[1]} ", "/bantuan")
    desk = around.agent(header["thread"])
    await desk.hears(early)
    reply, thanks = (f"{word} {next(around.number)}." for word in ("jawaban", "terima kasih"))
    await desk.says(reply)
    await person.hears(reply)
    await person.says(thanks)
    await desk.hears(thanks)
    await desk.asks("/tutup", f"kasus #{case[1]} ditutup")
    await person.hears("sudah selesai")
    await person.asks("5", "penilaiannya")


TALKS = Sequence("talks to an agent", talks_to_an_agent)


def numbers_given_out(ledger: Ledger) -> int:
    return sum(counter.value for counter in ledger.books[Numbers] if counter.id == "cases")


def topics(ledger: Ledger) -> Counter[str]:
    """How many topics the group has for each case."""
    group = ledger.world.topics.get(f"telegram:{ledger.world.config.agents_chat_id}", [])
    return Counter(f"case-{topic['name'].split()[0].removeprefix('#')}" for topic in group)


def without_a_topic(ledger: Ledger) -> list[Any]:
    return [case.id for case in ledger.books[Case] if case.id not in topics(ledger)]


def made_twice(ledger: Ledger) -> list[Any]:
    return [case for case, made in topics(ledger).items() for _ in range(made - 1)]


def carried_out_twice(ledger: Ledger) -> list[Any]:
    """More topics than calls that were begun: one of them did the same thing twice."""
    tries: Counter[str] = Counter()
    for effect in ledger.books.effects:
        tries[effect["record"]] += effect["tries"]
    return [case for case, made in topics(ledger).items() if made > tries[case]]


SEQUENCES = (TALKS,)

COUNTS = (
    Count("hand-overs opened", lambda ledger: ledger.books[Case], exactly=lambda ledger: ledger.played[TALKS.name]),
    Count("case numbers given out", numbers_given_out, exactly=lambda ledger: ledger.played[TALKS.name]),
    Count("cases without a topic", without_a_topic, exactly=0),
    Count("topics made twice", made_twice, most=lambda ledger: len(ledger.kills)),
    Count("effects carried out twice without a kill", carried_out_twice, exactly=0),
)
