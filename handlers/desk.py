"""The agents' group: what an agent writes in a case's topic, their commands, and what time brings about."""

from datetime import timedelta

from msgspec.structs import replace

from domain.addresses import parse_address
from domain.cases import Case, CaseDue, agent_to_name, agent_wrote, hand_to_team, schedule, take, what_is_due
from domain.catalog import Team, clean_name
from domain.events import Due, Undeliverable
from domain.localized import words
from domain.messages import Choice, FailureReason, Purpose, Say, Text, Value, literal, marked, mention
from domain.people import Conversation, Person
from handlers.flow import Outcome, Turn
from handlers.handover import (
    close_topic_effects,
    closing,
    has_topic,
    mention_all,
    ops_alert,
    to_desk,
    topic_once_more,
)

NOTE_MARK = "//"
TEMPLATE_PREFIX = "desk:template:"
WAITING_TEMPLATE = "case-waiting"
"""The text whose WhatsApp template asks a customer to write again, so that the answer can be delivered."""


async def from_group(turn: Turn) -> Outcome:
    """Everything written in the agents' group. Whoever can write there is an agent: Telegram keeps the group's door;
    bots are not.
    """
    said = turn.said
    thread = parse_address(turn.conversation.id).thread
    case = await _case_of(turn, thread)
    if said.from_bot:
        # Somebody who writes as the group itself (an anonymous administrator) cannot be told from a bot.
        return _here(turn, Text("desk-anonymous")) if case and case.open else Outcome()
    if said.button:
        return await _pressed(turn, case)
    if said.text.startswith(NOTE_MARK):
        return Outcome()
    if said.edited:
        return _here(turn, Text("desk-not-edited")) if case and case.open else Outcome()
    if said.text.startswith("/"):
        command, _, argument = said.text[1:].partition(" ")
        return await _command(turn, case, command.partition("@")[0].lower(), argument.strip())
    if case is None:
        return Outcome()
    if not case.open:
        return _here(turn, Text("desk-case-closed", {"number": case.number}))
    return await _to_customer(turn, case, tuple(_as_said(turn)))


async def _case_of(turn: Turn, thread: int | None) -> Case | None:
    if thread is None:
        return None
    cases = await turn.records.find(Case, thread=thread)
    return max(cases, key=lambda case: case.number) if cases else None


def _agent_name(turn: Turn) -> str:
    """What colleagues and customers know an agent by: the catalog's name where it knows the account, else what they
    call themselves.
    """
    number = parse_address(turn.person.id).chat
    known = next((agent.name for agent in turn.catalog.agents if agent.telegram == number), "")
    return known or clean_name(turn.said.name) or number


def _here(turn: Turn, text: Text, choices: tuple[Choice, ...] = ()) -> Outcome:
    return Outcome(say=(Say(text=text, choices=choices, language="id", purpose=Purpose.DESK),))


def _as_said(turn: Turn) -> list[Say]:
    """An agent's message as the customer gets it: without the lines that are notes."""
    said = turn.said
    text = "\n".join(line for line in said.text.split("\n") if not line.startswith(NOTE_MARK))
    if said.location:
        return [Say(text=literal(text), location=said.location)]
    if said.media:
        first, *rest = said.media
        return [Say(text=literal(text), media=first), *(Say(text=literal(""), media=media) for media in rest)]
    return [Say(text=literal(text))] if text.strip() else []


async def _to_customer(turn: Turn, case: Case, says: tuple[Say, ...]) -> Outcome:
    if not says:
        return _here(turn, Text("desk-cannot-send"))
    case = agent_wrote(case, agent=turn.person.id, name=_agent_name(turn), now=turn.now)
    return Outcome(
        say=tuple(replace(say, to=case.customer, language=case.language, case=case.id) for say in says),
        save=(_scheduled(turn, case),),
    )


def _scheduled(turn: Turn, case: Case) -> Case:
    return schedule(case, turn.catalog.cases, turn.catalog.hours)


# --- commands ---


async def _command(turn: Turn, case: Case | None, command: str, argument: str) -> Outcome:
    match command:
        case "id":
            return _here(turn, Text("desk-id", {"id": parse_address(turn.conversation.id).chat}))
        case "kasus" | "cases":
            return await _list_cases(turn)
        case "bantuan" | "help" | "start":
            return _here(turn, Text("desk-help"))
    if command not in _CASE_COMMANDS:
        return _here(turn, Text("desk-unknown-command", {"command": f"/{command}"}))
    if case is None:
        return _here(turn, Text("desk-only-in-topic", {"command": f"/{command}"}))
    if not case.open:
        return _here(turn, Text("desk-case-closed", {"number": case.number}))
    match _CASE_COMMANDS[command]:
        case "close":
            return await _close(turn, case)
        case "take":
            return _take(turn, case)
        case "move":
            return _move(turn, case, argument)
        case _:
            return await _reply_canned(turn, case, argument)


_CASE_COMMANDS = {
    "tutup": "close",
    "close": "close",
    "ambil": "take",
    "take": "take",
    "alih": "move",
    "move": "move",
    "balas": "reply",
    "reply": "reply",
}


async def _list_cases(turn: Turn) -> Outcome:
    waiting = await turn.records.find(Case, status="waiting")
    active = await turn.records.find(Case, status="active")
    lines = [
        f"#{case.number} · {case.name or parse_address(case.customer).chat} · {_team_name(turn, case.team)}"
        f"{f' · {case.agent_name}' if case.agent_name else ''}"
        for case in sorted((*waiting, *active), key=lambda case: case.number)
    ]
    if not lines:
        return _here(turn, Text("desk-no-cases"))
    return _here(turn, Text("desk-cases", {"count": len(lines), "cases": "\n".join(lines)}))


def _team_name(turn: Turn, team_id: str) -> str:
    team = turn.catalog.team(team_id)
    return words(team.name, "id") if team else "–"


async def _close(turn: Turn, case: Case) -> Outcome:
    return await _end(
        turn, case, by=turn.person.id, text="case-closed", note=Text("desk-closed", {"number": case.number})
    )


async def _end(turn: Turn, case: Case, *, by: str, text: str, note: Text) -> Outcome:
    """Close a case whoever's turn it is: customer told, topic told and closed, the chat the bot's again."""
    customer = await turn.records.get(Conversation, case.customer) or Conversation(id=case.customer)
    person = await turn.records.get(Person, case.customer)
    closed, free, say = closing(
        turn, case, customer, by=by, stopped=person.stopped if person else False, text=text, at=turn.now
    )
    return Outcome(
        say=(say, *((to_desk(turn, case, note),) if has_topic(turn, case) else ())),
        save=(closed, *((free,) if free.id != turn.conversation.id else ())),
        conversation=free if free.id == turn.conversation.id else None,
        effects=close_topic_effects(turn, case),
    )


def _take(turn: Turn, case: Case) -> Outcome:
    if case.agent == turn.person.id:
        return _here(turn, Text("desk-already-yours", {"number": case.number}))
    taken = take(case, agent=turn.person.id, name=_agent_name(turn), now=turn.now)
    values: dict[str, Value] = {"number": case.number, "agent": _agent_name(turn), "before": case.agent_name}
    text = Text("desk-taken-over" if case.agent else "desk-taken", values)
    return replace(_here(turn, text), save=(_scheduled(turn, taken),))


def _move(turn: Turn, case: Case, team_id: str) -> Outcome:
    team = turn.catalog.team(team_id.lower()) or _team_called(turn, team_id)
    if team is None:
        names = ", ".join(f"{each.id} ({words(each.name, 'id')})" for each in turn.catalog.teams)
        return _here(turn, Text("desk-unknown-team", {"teams": names}))
    moved = hand_to_team(case, team.id, by=turn.person.id, now=turn.now)
    text = Text(
        "desk-moved", {"number": case.number, "team": words(team.name, "id"), "agents": mention_all(turn, team.id)}
    )
    return replace(_here(turn, text), save=(_scheduled(turn, moved),))


def _team_called(turn: Turn, name: str) -> Team | None:
    """A team by its name in either language, as an agent would write it."""
    wanted = name.strip().casefold()
    return next((t for t in turn.catalog.teams if wanted in {each.casefold() for each in t.name.values()}), None)


async def _reply_canned(turn: Turn, case: Case, name: str) -> Outcome:
    canned = turn.catalog.canned_answer(name)
    if canned is None:
        return _here(
            turn, Text("desk-unknown-canned", {"names": ", ".join(sorted(each.name for each in turn.catalog.canned))})
        )
    reply = marked(words(canned.text, case.language))
    outcome = await _to_customer(turn, case, (Say(text=literal(reply)),))
    return outcome + _here(turn, Text("desk-canned-sent", {"reply": reply}))


# --- what could not be delivered ---

_HEALED_BY_WRITING = frozenset(
    {FailureReason.WINDOW_CLOSED, FailureReason.BLOCKED, FailureReason.NO_CHAT, FailureReason.EXPIRED}
)
"""What is over once the customer writes: then the message goes out after all."""


async def on_undeliverable(turn: Turn, failure: Undeliverable) -> Outcome:
    """A message of a case was given up: shown in its topic, with a button for the template where one would get
    through. A topic that is gone is made again.
    """
    case = await turn.records.get(Case, failure.case)
    if case is None:
        return Outcome()
    if failure.to != case.customer:
        return await _topic_gone(turn, case, failure)
    message = await turn.records.message(failure.message)
    if message is None or not case.open:
        return Outcome()
    kept = (
        replace(case, undelivered=(*case.undelivered, failure.message))
        if message.say.purpose is Purpose.REPLY and failure.reason in _HEALED_BY_WRITING
        else case
    )
    content = turn.catalog.content(WAITING_TEMPLATE, case.language)
    offered = failure.reason is FailureReason.WINDOW_CLOSED and content is not None and content.approved
    choices = (Choice(f"{TEMPLATE_PREFIX}{case.number}", Text("label-template")),) if offered else ()
    note = to_desk(turn, case, Text("desk-undeliverable", {"reason": failure.reason.value}))
    return Outcome(
        say=(replace(note, choices=choices),) if has_topic(turn, case) else (), save=(kept,) if kept is not case else ()
    )


async def _topic_gone(turn: Turn, case: Case, failure: Undeliverable) -> Outcome:
    if failure.reason is not FailureReason.NO_THREAD:
        return Outcome(
            say=ops_alert(turn, Text("ops-desk-refuses", {"case": case.number, "reason": failure.reason.value}))
        )
    if not case.open or parse_address(failure.to).thread != case.thread:
        return Outcome()
    again, effects = topic_once_more(turn, case)
    return Outcome(save=(again,), effects=effects)


async def _pressed(turn: Turn, case: Case | None) -> Outcome:
    if case is None or not case.open or turn.said.button != f"{TEMPLATE_PREFIX}{case.number}":
        return Outcome()
    template = Say(
        text=Text(WAITING_TEMPLATE, {"number": case.number}),
        to=case.customer,
        language=case.language,
        purpose=Purpose.NOTICE,
        case=case.id,
    )
    # It takes the place of the button, so that one press sends one template.
    sent = Say(text=Text("desk-template-sent"), language="id", purpose=Purpose.DESK, edit=turn.said.button_message)
    return Outcome(say=(template, sent))


# --- what time brings about ---


def how_long(wait: timedelta) -> dict[str, Value]:
    """A wait as a text's values: whole minutes, from two hours on whole hours."""
    minutes = int(wait.total_seconds() // 60)
    return {"count": minutes // 60, "unit": "hours"} if minutes >= 120 else {"count": minutes, "unit": "minutes"}


async def on_case_due(turn: Turn, due: Due) -> Outcome:
    """Name the next agent where a customer waits too long; close what has been idle, saying so."""
    case = await turn.records.get(Case, due.record)
    if case is None:
        return Outcome()
    match what_is_due(case, turn.catalog.cases, turn.catalog.hours, turn.now):
        case CaseDue.NOTHING:
            scheduled = _scheduled(turn, case)
            return Outcome(save=(scheduled,)) if scheduled != case else Outcome()
        case CaseDue.CLOSE:
            return await _end(
                turn, case, by="time", text="case-idle", note=Text("desk-idle-closed", {"number": case.number})
            )
        case CaseDue.NUDGE:
            team = turn.catalog.team(case.team)
            agent = turn.catalog.agent(agent_to_name(team.agents if team else (), case.nudges))
            nudged = replace(case, nudges=case.nudges + 1)
            waited = how_long(turn.now - (case.unanswered_since or turn.now))
            name = mention(agent.name, agent.telegram) if agent else "–"
            note = Text("desk-nudge", {"number": case.number, "agent": name, **waited})
            told = (to_desk(turn, case, note),) if has_topic(turn, case) else ops_alert(turn, note)
            if nudged.nudges == turn.catalog.cases.max_nudges:
                told += ops_alert(turn, Text("ops-nobody-answers", {"case": case.number, **waited}))
                sorry = Text("still-waiting", {"number": case.number})
                told += (
                    Say(text=sorry, to=case.customer, language=case.language, purpose=Purpose.NOTICE, case=case.id),
                )
            nudged, effects = topic_once_more(turn, nudged) if nudged.wants_topic else (nudged, ())
            return Outcome(say=told, save=(_scheduled(turn, nudged),), effects=effects)
