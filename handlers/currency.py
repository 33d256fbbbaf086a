"""In which currency a person is shown prices, where the catalog has several: asked once, remembered, changed by a
word.
"""

from msgspec.structs import replace

from domain.messages import Choice, Say, Text
from domain.people import Person
from handlers.flow import Answer, Answers, Flow, NotAnAnswer, Outcome, Prompt, Question, Reading, Turn, choice
from handlers.menu import MENU, RESUME_ID
from handlers.server_sale import machines

NAMES = {
    "IDR": "rp rupiah", "JPY": "yen jepang", "AUD": "dolar dollar australia", "CAD": "dolar dollar kanada canada",
    "CNY": "yuan renminbi rmb tiongkok china", "EUR": "euro eropa europe", "GBP": "pound poundsterling inggris",
    "HKD": "dolar dollar hongkong", "MYR": "ringgit malaysia", "NZD": "dolar dollar selandia zealand",
    "SGD": "dolar dollar singapura singapore", "USD": "dolar dollar us as amerika",
}  # fmt: skip
"""Words that say which one is meant, beside its code."""


def currencies(turn: Turn) -> tuple[str, ...]:
    """Those that every plan has a price in, and that a configured way to pay takes."""
    offer = machines(turn)
    every = offer.currencies if offer else ()
    return tuple(each for each in every if any(each in option.takes for option in turn.places.payments))


def currency_of(turn: Turn) -> str:
    """The person's; empty where they must be asked, or where there is none."""
    offered = currencies(turn)
    if turn.person.currency in offered:
        return turn.person.currency
    return offered[0] if len(offered) == 1 else ""


def currency_name(code: str) -> tuple[Text, ...]:
    """As a text's value."""
    return (Text("currency-name", {"currency": code}),)


async def ask(turn: Turn, flow: str, question: str, *more: Choice) -> Prompt:
    """The question, as one of that flow's."""
    choices = (choice(flow, question, code, Text("currency-name", {"currency": code})) for code in currencies(turn))
    return Prompt(text=Text("currency-ask"), choices=(*choices, *more))


def read(turn: Turn, text: str) -> Reading:
    """`text` is simplified, as the router does."""
    said = set(text.split())
    meant = [each for each in currencies(turn) if said & {each.casefold(), *NAMES[each].split()}]
    return Answer(meant[0]) if len(meant) == 1 else NotAnAnswer()


def put_on(person: Person, code: str) -> Person:
    return replace(person, currency=code)


async def _ask(turn: Turn, answers: Answers) -> Prompt:
    return await ask(turn, "currency", "currency", MENU)


async def _read(turn: Turn, answers: Answers, text: str) -> Reading:
    return read(turn, text)


def _is_choice(turn: Turn, answers: Answers) -> bool:
    return len(currencies(turn)) > 1


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    offered = currencies(turn)
    chosen = answers.get("currency", "")
    code = chosen if chosen in offered else "".join(offered[:1])
    on = (Choice(RESUME_ID, Text("label-go-on")),) if turn.conversation.suspended else ()
    sold = (Choice("vm", Text("label-vm")),) if code and not on else ()
    choices = (*on, *sold, MENU)
    told = Text("currency-only") if len(offered) < 2 else Text("currency-set", {"currency": currency_name(code)})
    return Outcome(
        say=(Say(text=told, choices=choices),),
        person=put_on(turn.person, code) if len(offered) > 1 else None,
        conversation=replace(turn.conversation, shown=choices),
    )


FLOW = Flow(
    name="currency",
    title=Text("title-currency"),
    questions=(Question(name="currency", prompt=_ask, read=_read, applies=_is_choice),),
    finish=_finish,
    passing=lambda answers: True,
    by_word=True,
)
