"""Which language we speak: by the person's app at first, then as they choose; remembered."""

from msgspec.structs import replace

from domain.messages import Text
from handlers.care import FLOW as CARE
from handlers.flow import Answer, Answers, Flow, NotAnAnswer, Outcome, Prompt, Question, Reading, Turn, choice, go_on

LANGUAGES = ("id", "en")
_NEAR_INDONESIAN = frozenset({"id", "in", "ms", "jv", "su", "min", "ban", "bug", "mad"})


def first_language(reported: str) -> str:
    """The language to begin with, by the person's app: Indonesian for it and its neighbours and where nothing is
    known, else English.
    """
    primary = reported.partition("-")[0].lower()
    return "id" if not primary or primary in _NEAR_INDONESIAN else "en"


async def _ask(turn: Turn, answers: Answers) -> Prompt:
    choices = tuple(choice("language", "code", code, Text(f"language-{code}")) for code in LANGUAGES)
    return Prompt(text=Text("ask-language"), choices=choices)


async def _read(turn: Turn, answers: Answers, text: str) -> Reading:
    return Answer(text) if text in LANGUAGES else NotAnAnswer()


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    person = replace(turn.person, language=answers["code"])
    chosen = replace(turn, person=person)
    return Outcome(person=person) + await go_on(chosen, CARE, {}, before=Text("language-set"))


FLOW = Flow(
    name="language",
    title=Text("title-language"),
    questions=(Question(name="code", prompt=_ask, read=_read),),
    finish=_finish,
    passing=lambda answers: True,
    by_word=True,
)
