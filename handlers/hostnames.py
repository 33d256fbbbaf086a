"""Names of machines, by RFC 1123: labels of letters, digits and hyphens, with points between them."""

import re
from enum import StrEnum

from domain.servers import OVER, Server
from handlers.flow import Turn

LONGEST = 253
LONGEST_LABEL = 63
MOST = 1_000
RESERVED = frozenset({"localhost", "localdomain"})


class NameProblem(StrEnum):
    """Why it is not taken: the text's key."""

    WORDS = "vm-hostname-words"
    CHARACTERS = "vm-hostname-characters"
    HYPHEN = "vm-hostname-hyphen"
    POINTS = "vm-hostname-points"
    LONG = "vm-hostname-long"
    DIGITS = "vm-hostname-digits"
    RESERVED = "vm-hostname-reserved"
    TAKEN = "vm-hostname-taken"


def read_hostname(text: str) -> str | NameProblem:
    """In small letters. A last label of digits alone is refused: it would be taken for an IP address."""
    words = text.split()
    if len(words) != 1:
        return NameProblem.WORDS
    name = words[0].lower()
    labels = name.split(".")
    if re.search(r"[^a-z0-9.-]", name):
        return NameProblem.CHARACTERS
    if not all(labels):
        return NameProblem.POINTS
    if len(name) > LONGEST or any(len(label) > LONGEST_LABEL for label in labels):
        return NameProblem.LONG
    if any(label.startswith("-") or label.endswith("-") for label in labels):
        return NameProblem.HYPHEN
    if labels[-1].isdigit():
        return NameProblem.DIGITS
    return NameProblem.RESERVED if RESERVED & set(labels) else name


async def hostnames_of(turn: Turn) -> frozenset[str]:
    """Those of the customer's machines."""
    found = await turn.records.find(Server, customer=turn.conversation.id, limit=MOST)
    return frozenset(server.hostname for server in found if server.status not in OVER)


def proposed(taken: frozenset[str]) -> str:
    """The first of vm-1, vm-2 ... that is not taken."""
    return next(name for number in range(1, len(taken) + 2) if (name := f"vm-{number}") not in taken)
