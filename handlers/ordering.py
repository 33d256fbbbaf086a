"""The menu's *order*: a session with a mentor, or a machine. Where there is only one of them, straight to it."""

from domain.messages import Choice, Text
from handlers import order_mentoring, order_server
from handlers.flow import Answers, Flow, NotAnAnswer, Outcome, Prompt, Question, Reading, Turn, choice, go_on
from handlers.menu import MENU
from handlers.server_sale import machines

WAYS = {"mentoring": order_mentoring.FLOW, "vm": order_server.FLOW}


def _offered(turn: Turn) -> dict[str, Text]:
    sold = {"mentoring": turn.catalog.mentoring is not None, "vm": machines(turn) is not None}
    labels = {"mentoring": Text("label-mentoring"), "vm": Text("label-vm")}
    return {name: label for name, label in labels.items() if sold[name]}


async def _ask(turn: Turn, answers: Answers) -> Prompt:
    offered = _offered(turn)
    if not offered:
        return Prompt(text=Text("ordering-nothing"), choices=(MENU,))
    ways: tuple[Choice, ...] = tuple(choice("ordering", "what", name, label) for name, label in offered.items())
    return Prompt(text=Text("ordering-ask"), choices=(*ways, MENU))


async def _read(turn: Turn, answers: Answers, text: str) -> Reading:
    return NotAnAnswer()


async def _prepare(turn: Turn, answers: Answers) -> tuple[dict[str, str], Outcome]:
    offered = tuple(_offered(turn))
    if answers.get("what") not in offered:
        return {"what": offered[0]} if len(offered) == 1 else {}, Outcome()
    return dict(answers), Outcome()


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    return await go_on(turn, WAYS[answers["what"]], {})


FLOW = Flow(
    name="ordering",
    title=Text("title-ordering"),
    questions=(Question(name="what", prompt=_ask, read=_read),),
    finish=_finish,
    passing=lambda answers: True,
    by_word=True,
    prepare=_prepare,
)
