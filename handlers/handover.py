"""Hand-over, the customer's side: asking for a human, talking to one, leaving, rating."""

from datetime import datetime

from msgspec.structs import replace

from domain.addresses import parse_address
from domain.cases import Case, close, customer_wrote, open_case, schedule
from domain.effects import Effect
from domain.events import EffectDone, Said, SaidKind
from domain.localized import words
from domain.messages import Choice, Purpose, Say, Text, Value, literal, moment
from domain.people import Conversation, Counter, FlowState
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

OPEN_TOPIC = "open-topic"
CLOSE_TOPIC = "close-topic"
TRANSCRIPT_LINES = 20
"""How much of the talk before the hand-over the agents are shown."""
MEANWHILE_LINES = 1000
"""How much of what was said since is looked through for them, when the topic comes late."""


# --- asking for a human ---


async def ask_for_agent(turn: Turn, topic_id: str = "") -> Outcome:
    """Open a case, unless the agents have no group: then the truth is told."""
    if not turn.places.agents:
        return Outcome(
            say=(
                Say(text=Text("handover-unavailable"), choices=(MENU,), edit=edited_message(turn)),
                *ops_alert(turn, Text("ops-no-desk", {"person": turn.person.id})),
            ),
            conversation=replace(turn.conversation, shown=(MENU,)),
        )
    topic = turn.catalog.topic(topic_id or turn.conversation.topic) or turn.catalog.topic("other")
    counter = await turn.records.get(Counter, "cases") or Counter(id="cases")
    counter = replace(counter, value=counter.value + 1)
    case = open_case(
        number=counter.value,
        customer=turn.conversation.id,
        name=turn.person.name,
        language=turn.language,
        topic=topic.id if topic else "other",
        team=topic.team if topic else "",
        since=turn.seq,
        now=turn.now,
    )
    case = schedule(case, turn.catalog.cases, turn.catalog.hours)
    return Outcome(
        say=(Say(text=_opened_text(turn, case), purpose=Purpose.REPLY),),
        save=(counter, case),
        conversation=replace(turn.conversation, case=case.id, topic="", flow=None, suspended=None, shown=()),
        effects=(open_topic_effect(turn, case),),
    )


def _opened_text(turn: Turn, case: Case) -> Text:
    """The case's number and the expected wait, or when somebody will be there."""
    if turn.catalog.hours.is_open(turn.now):
        minutes = int(turn.catalog.cases.expected_wait.total_seconds() // 60)
        return Text("handover-opened", {"number": case.number, "minutes": minutes})
    opening = turn.catalog.hours.next_opening(turn.now)
    if opening is None:
        return Text("handover-opened-closed", {"number": case.number})
    return Text("handover-opened-later", {"number": case.number, "opening": moment(opening)})


def open_topic_effect(turn: Turn, case: Case) -> Effect:
    topic = turn.catalog.topic(case.topic)
    who = case.name or parse_address(case.customer).chat
    name = f"#{case.number} {who} · {words(topic.name, 'id') if topic else case.topic}"
    return Effect(
        id=f"{case.id}-topic-{case.attempt}",
        name=OPEN_TOPIC,
        record=case.id,
        conversation=case.customer,
        params={"chat": turn.places.agents, "name": name[:128]},
    )


def ops_alert(turn: Turn, text: Text) -> tuple[Say, ...]:
    return (Say(text=text, to=turn.places.ops, purpose=Purpose.ALERT),) if turn.places.ops else ()


# --- the topic in the agents' group ---


def has_topic(turn: Turn, case: Case) -> bool:
    """Whether there is a topic to write to: made, and the agents' group still configured."""
    return bool(case.thread and turn.places.agents)


def thread_of(turn: Turn, case: Case) -> str:
    """The address of a case's topic."""
    return f"{turn.places.agents}:{case.thread}"


def to_desk(turn: Turn, case: Case, text: Text, **more: object) -> Say:
    return replace(Say(text=text, to=thread_of(turn, case), language="id", purpose=Purpose.DESK, case=case.id), **more)


async def on_topic_opened(turn: Turn, done: EffectDone) -> Outcome:
    """The case's topic is there: head it, show the talk so far, then pass on what came meanwhile. A topic that cannot
    be made is told to ops.
    """
    case = await turn.records.get(Case, done.record)
    if case is None or done.effect != f"{case.id}-topic-{case.attempt}":
        return Outcome()
    if done.error:
        told = ops_alert(turn, Text("ops-no-topic", {"case": case.number, "error": done.error}))
        return Outcome(say=() if case.refused else told, save=(replace(case, refused=case.attempt),))
    case = replace(case, thread=int(done.result["thread"]))
    lines = await turn.records.transcript(case.customer, limit=MEANWHILE_LINES)
    before = [line for line in lines if line.said is None or line.seq <= case.since][-TRANSCRIPT_LINES:]
    head = to_desk(turn, case, await _header(turn, case))
    talk = "\n".join(
        f"👤 {_indented(_in_words(line.said))}" if line.said else f"🤖 {_in_short(line.ours)}" for line in before
    )
    transcript = (to_desk(turn, case, Text("desk-transcript", {"talk": talk})),) if talk else ()
    # What was recorded after this event has its own turn still to come, and finds the topic there.
    waiting = [line.said for line in lines if line.said and case.since < line.seq < turn.seq]
    passed_on = tuple(say for said in waiting for say in _pass_on(turn, case, said))
    over = () if case.open else (to_desk(turn, case, Text("desk-closed", {"number": case.number})),)
    return Outcome(
        say=(head, *transcript, *passed_on, *over),
        save=(case,),
        effects=() if case.open else close_topic_effects(turn, case),
    )


def topic_once_more(turn: Turn, case: Case) -> tuple[Case, tuple[Effect, ...]]:
    """Ask for the topic again, where it is gone or was refused."""
    again = replace(case, thread=0, attempt=case.attempt + 1)
    return again, (open_topic_effect(turn, again),)


async def _header(turn: Turn, case: Case) -> Text:
    topic = turn.catalog.topic(case.topic)
    team = turn.catalog.team(case.team)
    person = turn.person
    values: dict[str, Value] = {
        "number": case.number,
        "name": case.name or "–",
        "contact": f"@{person.username}" if person.username else person.phone or parse_address(case.customer).chat,
        "channel": parse_address(case.customer).channel,
        "topic": words(topic.name, "id") if topic else case.topic,
        "team": words(team.name, "id") if team else "–",
        "agents": mention_all(turn, case.team),
        "language": case.language,
    }
    return Text("desk-header", values)


def mention_all(turn: Turn, team_id: str) -> str:
    team = turn.catalog.team(team_id)
    agents = [turn.catalog.agent(agent_id) for agent_id in team.agents] if team else []
    return ", ".join(agent.name for agent in agents if agent) or "–"


def _indented(text: str) -> str:
    """Further lines stand back, so that none passes for a line of somebody else's."""
    return text.replace("\n", "\n      ")


def _in_short(ours: str) -> str:
    """Our own words' first line: the agent knows the rest."""
    first, _, rest = ours.partition("\n")
    return f"{first} …" if rest else first


_WITHOUT_WORDS = {
    SaidKind.LOCATION: "📍",
    SaidKind.CONTACT: "📇",
    SaidKind.OTHER: "❔",
    SaidKind.MEDIA: "📎",
    SaidKind.BUTTON: "🔘",
    SaidKind.TEXT: "",
}


def _in_words(said: Said) -> str:
    return said.text or _WITHOUT_WORDS[said.kind]


def _pass_on(turn: Turn, case: Case, said: Said) -> tuple[Say, ...]:
    """A customer's message as it goes into the topic: words, files and places alike, marked as theirs, so that nobody
    takes their words for ours.
    """
    text = Text("desk-edited" if said.edited else "desk-customer", {"text": _in_words(said)})
    if said.location:
        return (to_desk(turn, case, text, location=said.location),)
    if not said.media:
        return (to_desk(turn, case, text),)
    first, *rest = said.media
    return (
        to_desk(turn, case, text if said.text else literal(""), media=first),
        *(to_desk(turn, case, literal(""), media=media) for media in rest),
    )


# --- while a human owns the chat ---


async def pass_to_agent(turn: Turn, case: Case) -> Outcome:
    """What the customer writes goes into the topic; the bot says nothing. What could not be delivered before goes out
    now.
    """
    written = customer_wrote(case, turn.now)
    says = _pass_on(turn, case, turn.said) if has_topic(turn, case) else ()
    again: tuple[Say, ...] = ()
    for message_id in case.undelivered:
        message = await turn.records.message(message_id)
        if message is not None:
            again += (replace(message.say, to=case.customer, purpose=Purpose.REPLY),)
    written = schedule(replace(written, undelivered=()), turn.catalog.cases, turn.catalog.hours)
    written, effects = topic_once_more(turn, written) if written.wants_topic else (written, ())
    return Outcome(
        say=(*again, *says),
        save=(written,),
        conversation=replace(turn.conversation, flow=None, shown=()),
        effects=effects,
    )


async def ask_to_leave(turn: Turn, case: Case) -> Outcome:
    """The customer wrote `menu`: leaving the agent is asked once more, since the talk ends with it."""
    choices = (
        choice("leave", "sure", "yes", Text("label-leave")),
        choice("leave", "sure", "no", Text("label-stay")),
    )
    return Outcome(
        say=(Say(text=Text("leave-agent", {"number": case.number}), choices=choices),),
        conversation=replace(turn.conversation, shown=choices),
    )


def leave(turn: Turn, case: Case) -> Outcome:
    """The customer ended the talk."""
    closed = close(case, by=turn.person.id, now=turn.now)
    return Outcome(
        say=desk_if_there(turn, case, Text("desk-left", {"number": case.number})),
        save=(closed,),
        conversation=replace(turn.conversation, case="", flow=None, shown=()),
        effects=close_topic_effects(turn, case),
    )


def desk_if_there(turn: Turn, case: Case, text: Text) -> tuple[Say, ...]:
    return (to_desk(turn, case, text),) if has_topic(turn, case) else ()


def stay(turn: Turn, case: Case) -> Outcome:
    return Outcome(
        say=(Say(text=Text("stayed", {"number": case.number}), edit=edited_message(turn)),),
        conversation=replace(turn.conversation, shown=()),
    )


def close_topic_effects(turn: Turn, case: Case) -> tuple[Effect, ...]:
    if not has_topic(turn, case):
        return ()
    return (
        Effect(
            id=f"{case.id}-close",
            name=CLOSE_TOPIC,
            record=case.id,
            conversation=case.customer,
            params={"chat": turn.places.agents, "thread": str(case.thread)},
        ),
    )


# --- the end of a case ---


def closing(
    turn: Turn, case: Case, conversation: Conversation, *, by: str, stopped: bool, text: str, at: datetime
) -> tuple[Case, Conversation, Say]:
    """The case closed, the chat the bot's again, and what the customer is told: with the question for a rating,
    inside the window and unless they said STOP.
    """
    closed = close(case, by=by, now=at)
    free = replace(conversation, case="", flow=None, shown=())
    say = Say(
        text=Text(text, {"number": case.number}),
        to=case.customer,
        language=case.language,
        purpose=Purpose.NOTICE,
        case=case.id,
    )
    window = conversation.window_until
    inside = not case.customer.startswith("whatsapp:") or (window is not None and at < window)
    if stopped or not inside:
        return closed, free, say
    stars = _stars()
    rated = replace(free, flow=FlowState(flow="rating", answers={"case": case.id}), shown=stars)
    return closed, rated, replace(say, text=Text(f"{text}-rate", {"number": case.number}), choices=stars)


async def _ask_stars(turn: Turn, answers: Answers) -> Prompt:
    return Prompt(text=Text("ask-rating"), choices=_stars())


def _stars() -> tuple[Choice, ...]:
    return tuple(choice("rating", "stars", str(n), literal(f"{n}⭐")) for n in range(1, 6))


async def _read_stars(turn: Turn, answers: Answers, text: str) -> Reading:
    return Answer(text) if text in {"1", "2", "3", "4", "5"} else NotAnAnswer()


async def _rated(turn: Turn, answers: Answers) -> Outcome:
    case = await turn.records.get(Case, answers["case"])
    if case is None:
        return Outcome()
    rated = replace(case, rating=int(answers["stars"]))
    thanks = Say(text=Text("rated"), choices=(MENU,), edit=edited_message(turn))
    return Outcome(
        say=(thanks, *desk_if_there(turn, case, Text("desk-rated", {"stars": rated.rating}))),
        save=(rated,),
        conversation=replace(turn.conversation, shown=(MENU,)),
    )


RATING = Flow(
    name="rating",
    title=Text("title-rating"),
    questions=(Question(name="stars", prompt=_ask_stars, read=_read_stars),),
    finish=_rated,
    passing=lambda answers: True,
)
