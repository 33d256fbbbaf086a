"""STOP and START: what people want to hear from us on our own account.

STOP holds back surveys and promotions. What an order or a case of theirs needs still comes, and the answer says so.
"""

from msgspec.structs import replace

from domain.messages import Say, Text
from handlers.flow import Outcome, Turn
from handlers.menu import MENU


def stop(turn: Turn) -> Outcome:
    return Outcome(
        say=(Say(text=Text("stopped"), choices=(MENU,)),),
        person=replace(turn.person, stopped=True),
        conversation=replace(turn.conversation, shown=(MENU,)),
    )


def start(turn: Turn) -> Outcome:
    """Bring surveys and promotions back, and say so."""
    return Outcome(
        say=(Say(text=Text("started"), choices=(MENU,)),),
        person=replace(turn.person, stopped=False),
        conversation=replace(turn.conversation, shown=(MENU,)),
    )
