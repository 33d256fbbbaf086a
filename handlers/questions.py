"""What several flows ask and read alike."""

from collections.abc import Mapping

from email_validator import EmailNotValidError, validate_email

from domain.matching import Clear
from domain.messages import Choice, Text, literal
from domain.orders import Order
from handlers.flow import Again, Answer, NotAnAnswer, Reading, Turn, choice

LAST = "last"
"""The answer of who takes the address of their last order."""


def named(text: str, names: Mapping[str, str]) -> Reading:
    """The one whose name begins with what was written, or stands in it."""
    said = text.split()
    parts = {each: name.casefold().split() for each, name in names.items()}
    begun = [
        each for each, name in parts.items() if said and all(any(n.startswith(word) for n in name) for word in said)
    ]
    within = [each for each, name in parts.items() if len(said) <= 12 and any(len(n) > 2 and n in said for n in name)]
    for found in (begun, within):
        if len(found) == 1:
            return Answer(found[0])
    return NotAnAnswer()


async def last_email_choice(turn: Turn, flow: str) -> tuple[Choice, ...]:
    """Of a question `email`: the address of the person's last order, where they have one. Its value is `LAST`."""
    last = await last_email(turn)
    return (choice(flow, "email", LAST, literal(last)),) if last else ()


async def last_email(turn: Turn) -> str:
    """Of the person's last order; empty where there is none."""
    orders = await turn.records.find(Order, customer=turn.conversation.id)
    return max(orders, key=lambda order: order.number).email if orders else ""


def read_email(turn: Turn) -> Reading:
    """The one address that stands in what was written, normalised."""
    said = turn.said.text.split()
    given = [word.strip("<>()[],;:\"'").rstrip(".") for word in said if "@" in word]
    if len(given) == 1:
        try:
            return Answer(validate_email(given[0], check_deliverability=False).normalized)
        except EmailNotValidError:
            return Again(Text("email-odd"))
    if not given and len(said) > 1 and isinstance(turn.matcher.match(turn.said.text), Clear):
        return NotAnAnswer()
    return Again(Text("email-odd"))
