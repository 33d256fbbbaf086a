"""On which clock a person is shown times: one of Indonesia's three, as they choose; remembered."""

from msgspec.structs import replace

from domain.messages import Choice, Say, Text, moment
from domain.people import Person
from handlers.flow import Answer, Answers, Flow, NotAnAnswer, Outcome, Prompt, Question, Reading, Turn, choice
from handlers.menu import MENU, RESUME_ID
from handlers.server_telling import moved

ZONES = {"wib": "Asia/Jakarta", "wita": "Asia/Makassar", "wit": "Asia/Jayapura"}
LABELS = {"wib": "zone-wib", "wita": "zone-wita", "wit": "zone-wit"}
PLACES = {
    "wib": frozenset(
        "jakarta bandung surabaya medan semarang jogja yogyakarta palembang pontianak jawa sumatra".split()
    ),
    "wita": frozenset("makassar bali denpasar manado balikpapan samarinda lombok mataram kupang sulawesi".split()),
    "wit": frozenset("jayapura papua ambon maluku ternate sorong manokwari merauke".split()),
}
"""Words that say where somebody is, and so which clock is theirs."""


async def ask(turn: Turn, flow: str) -> Prompt:
    """The question, as one of that flow's."""
    choices = tuple(choice(flow, "zone", code, Text(LABELS[code])) for code in ZONES)
    return Prompt(text=Text("zone-ask", {"now": moment(turn.now, "time")}), choices=choices)


def read(text: str) -> Reading:
    """`text` is simplified, as the router does."""
    words = set(text.split())
    for code in ZONES:
        if code in words or words & PLACES[code]:
            return Answer(code)
    return NotAnAnswer()


def put_on(person: Person, code: str) -> Person:
    return replace(person, zone=ZONES[code])


async def _ask(turn: Turn, answers: Answers) -> Prompt:
    return await ask(turn, "zone")


async def _read(turn: Turn, answers: Answers, text: str) -> Reading:
    return read(text)


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    on = (Choice(RESUME_ID, Text("label-go-on")),) if turn.conversation.suspended else ()
    choices = (*on, MENU)
    return Outcome(
        say=(Say(text=Text("zone-set", {"now": moment(turn.now, "time")}), choices=choices),),
        person=put_on(turn.person, answers["zone"]),
        save=await moved(turn, ZONES[answers["zone"]]),
        conversation=replace(turn.conversation, shown=choices),
    )


FLOW = Flow(
    name="zone",
    title=Text("title-zone"),
    questions=(Question(name="zone", prompt=_ask, read=_read),),
    finish=_finish,
    passing=lambda answers: True,
    by_word=True,
)
