"""Telling people what happens to an order of theirs, whoever's turn it is."""

from msgspec.structs import replace

from domain.messages import Choice, Media, Purpose, Say, Text
from domain.orders import Order
from domain.people import Conversation
from handlers.flow import Outcome, Turn


async def tell(
    turn: Turn, order: Order, text: Text, *, choices: tuple[Choice, ...] = (), media: Media | None = None
) -> Outcome:
    """To the order's customer. At most once a step with choices: a typed number then means these, unless the person is
    in the midst of something or talking to an agent.
    """
    if not order.customer:
        return Outcome()  # they were forgotten
    say = Say(text=text, to=order.customer, zone=order.zone, purpose=Purpose.NOTICE, choices=choices, media=media)
    own = turn.conversation.id == order.customer
    talk = turn.conversation if own else await turn.records.get(Conversation, order.customer)
    if not choices or talk is None or talk.case or (talk.flow and talk.flow.answers):
        return Outcome(say=(say,))
    # Buttons of the question in hand stay good; where choices are numbers, these are the newest ones'.
    question = f"{talk.flow.flow}:" if talk.flow and talk.id.startswith("telegram:") else ""
    kept = tuple(each for each in talk.shown if question and each.id.startswith(question))
    shown = replace(talk, shown=(*choices, *kept))
    return Outcome(say=(say,), conversation=shown if own else None, save=() if own else (shown,))
