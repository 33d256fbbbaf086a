"""Customer care: the six topics, their second level, and the answer with the way to a human."""

from collections.abc import Iterable
from urllib.parse import quote

from msgspec.structs import replace

from domain.catalog import Topic
from domain.localized import words
from domain.matching import Clear
from domain.messages import Choice, Say, Text, Value, literal, marked
from handlers.flow import (
    Answer,
    Answers,
    Flow,
    NotAnAnswer,
    Outcome,
    Prompt,
    Question,
    Reading,
    Turn,
    choice,
    edited_message,
)
from handlers.menu import MENU
from handlers.server_sale import machines

BACK = Choice("back", Text("label-back"))
LANGUAGE = Choice("language", Text("label-language"))
TOPIC_PREFIX = "topic:"
AGENT_PREFIX = "agent:"
AGENT = Choice("agent", Text("label-agent"))
ORDERING = Choice("ordering", Text("label-ordering"))
ORDERS = Choice("orders", Text("label-orders"))


def topic_label(turn: Turn, topic: Topic) -> Text:
    return literal(words(topic.name, turn.language))


def topic_choices(turn: Turn, topics: Iterable[Topic]) -> tuple[Choice, ...]:
    """Topics outside the menu: they can be pressed whatever is going on."""
    return tuple(Choice(f"{TOPIC_PREFIX}{topic.id}", topic_label(turn, topic)) for topic in topics)


async def _ask_topic(turn: Turn, answers: Answers) -> Prompt:
    greeting = "menu" if turn.person.first_seen_at else "welcome"
    topics = tuple(choice("care", "topic", topic.id, topic_label(turn, topic)) for topic in turn.catalog.topics)
    ordering = (ORDERING, ORDERS) if turn.catalog.mentoring or machines(turn) else ()
    return Prompt(text=Text(greeting), choices=(*topics, *ordering, AGENT, LANGUAGE))


async def _ask_detail(turn: Turn, answers: Answers) -> Prompt:
    topic = turn.catalog.topic(answers["topic"])
    if topic is None:
        return await _ask_topic(turn, {})
    details = tuple(choice("care", "detail", child.id, topic_label(turn, child)) for child in topic.children)
    return Prompt(text=literal(marked(words(topic.question, turn.language))), choices=(*details, BACK, MENU))


async def _read_topic(turn: Turn, answers: Answers, text: str) -> Reading:
    return NotAnAnswer()


async def _read_detail(turn: Turn, answers: Answers, text: str) -> Reading:
    """Free text that is clearly about one of the topics on offer is the answer; about another one, it is not."""
    topic = turn.catalog.topic(answers["topic"])
    match = turn.matcher.match(turn.said.text)
    if topic and isinstance(match, Clear) and match.topic_id in {child.id for child in topic.children}:
        return Answer(match.topic_id)
    return NotAnAnswer()


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    topic = turn.catalog.topic(answers.get("detail") or answers["topic"])
    return answer_topic(turn, topic, edit=edited_message(turn)) if topic else Outcome()


def answer_topic(turn: Turn, topic: Topic, *, edit: str = "", more: tuple[Choice, ...] = ()) -> Outcome:
    """What the catalog answers on a topic, and the ways on: a human (here, or on WhatsApp with the prefilled text),
    the menu.
    """
    here = Choice(f"{AGENT_PREFIX}{topic.id}", Text("label-agent"))
    choices = (here, *more, MENU, *whatsapp_link(turn, topic))
    return Outcome(
        say=(Say(text=Text("care-answer", _answer_values(turn, topic)), choices=choices, edit=edit),),
        conversation=replace(turn.conversation, flow=None, shown=choices, topic=topic.id),
    )


def _answer_values(turn: Turn, topic: Topic) -> dict[str, Value]:
    return {"topic": words(topic.name, turn.language), "answer": marked(words(topic.answer, turn.language))}


def digress(turn: Turn, topic: Topic) -> Say:
    """The answer alone, for somebody who is in the middle of something else."""
    return Say(text=Text("care-answer", _answer_values(turn, topic)))


def whatsapp_link(turn: Turn, topic: Topic) -> tuple[Choice, ...]:
    """The business's prefilled WhatsApp text as a link, for who is on another channel. It carries no name: only the
    app's signed link may.
    """
    if not turn.places.whatsapp_link or turn.conversation.id.startswith("whatsapp:"):
        return ()
    text = turn.catalog.prefill_text(topic.id, "", turn.language)
    url = f"{turn.places.whatsapp_link}{'&' if '?' in turn.places.whatsapp_link else '?'}text={quote(text)}"
    return (Choice("whatsapp", Text("label-whatsapp"), url=url),)


def guess(turn: Turn, topics: tuple[Topic, ...]) -> Outcome:
    """The best guesses as buttons, where it is unclear what somebody means."""
    choices = (*topic_choices(turn, topics), AGENT, MENU)
    return Outcome(
        say=(Say(text=Text("did-you-mean"), choices=choices),),
        conversation=replace(turn.conversation, flow=None, shown=choices),
    )


def _has_details(turn: Turn, answers: Answers) -> bool:
    topic = turn.catalog.topic(answers.get("topic", ""))
    return topic is not None and bool(topic.children)


FLOW = Flow(
    name="care",
    title=Text("title-care"),
    questions=(
        Question(name="topic", prompt=_ask_topic, read=_read_topic),
        Question(name="detail", prompt=_ask_detail, read=_read_detail, depends=("topic",), applies=_has_details),
    ),
    finish=_finish,
    passing=lambda answers: not answers,
)
