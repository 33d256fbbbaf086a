"""Telling somebody something of an order or a machine: by chat and by mail, in their language and on their clock."""

from msgspec import Struct
from msgspec.structs import replace

from domain.messages import Choice, Media, Purpose, Say, Text
from domain.orders import Order
from domain.people import Conversation
from handlers.flow import Outcome, Turn, edited_message
from handlers.mails import mail


class Party(Struct, frozen=True, kw_only=True):
    """Whom to tell. `chat` and `email` are empty where there is none; `zone` empty: the business's."""

    name: str
    chat: str
    email: str
    language: str
    zone: str


async def tell(turn: Turn, to: Party, text: Text, *choices: Choice, media: Media | None = None) -> Outcome:
    """A message in their chat; nothing where they have none. Whose turn it is sees it in place of what they pressed.

    At most once a step for each party, where there are choices.
    """
    if not to.chat:
        return Outcome()
    say = Say(text=text, choices=choices, language=to.language, zone=to.zone, media=media)
    if to.chat == turn.conversation.id:
        return Outcome(say=(replace(say, edit=edited_message(turn)),), conversation=showing(turn, choices))
    notice = replace(say, to=to.chat, purpose=Purpose.NOTICE)
    talk = await turn.records.get(Conversation, to.chat)
    if talk is None or not _by_number(talk) or all(choice.url for choice in choices):
        return Outcome(say=(notice,))
    return Outcome(say=(notice,), save=(replace(talk, shown=choices),))


def reply(turn: Turn, text: Text, *choices: Choice) -> Outcome:
    """To whom the turn is, in place of what they pressed."""
    return Outcome(
        say=(Say(text=text, choices=choices, edit=edited_message(turn)),),
        conversation=showing(turn, choices),
    )


def order_choice(order: Order, action: str, label: Text) -> Choice:
    """A button of the customer's that works whatever was shown since."""
    return Choice(f"order:{order.id}:{action}", label)


def showing(turn: Turn, choices: tuple[Choice, ...]) -> Conversation:
    """The turn's talk, with these choices as what was shown last. Where the question in hand has buttons, they stay
    good: an order's button was pressed in between.
    """
    talk = turn.conversation
    if talk.flow is None or not talk.id.startswith("telegram:"):
        return replace(talk, shown=choices)
    question = f"{talk.flow.flow}:"
    return replace(talk, shown=(*choices, *(each for each in talk.shown if each.id.startswith(question))))


def _by_number(talk: Conversation) -> bool:
    """Whether what they type next may mean a choice of this message. Where there are buttons, these work by themselves;
    and who is in the midst of something, or talks to an agent, means that.
    """
    return not (talk.id.startswith("telegram:") or talk.case or (talk.flow and talk.flow.answers))


def mailed(turn: Turn, number: int, to: Party, record: str, text: Text, *attach: str) -> Outcome:
    effects = mail(
        turn,
        number,
        to=to.email,
        text=text,
        language=to.language,
        zone=to.zone,
        record=record,
        attach=attach,
    )
    return Outcome(effects=effects)
