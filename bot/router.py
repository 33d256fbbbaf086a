"""Which handler an event belongs to. For a customer's message: command > prefilled care text > active flow > keyword
> menu.

A prefilled text comes before the active flow: its shape is unmistakable, and who arrives by a link wants what the
link said.
"""

import re
import unicodedata
from typing import Protocol

from msgspec.structs import replace

from domain.addresses import chat_of, parse_address
from domain.cases import Case
from domain.catalog import clean_name
from domain.events import (
    Due,
    EffectDone,
    LogSeen,
    Membership,
    Migrated,
    PaymentNotice,
    Reported,
    Said,
    SaidKind,
    Undeliverable,
)
from domain.matching import Clear, Unclear
from domain.messages import MediaKind, Text
from handlers import (
    care,
    consent,
    desk,
    handover,
    log_findings,
    mentors,
    menu,
    on_delivery,
    on_payment,
    ops,
    orders,
    servers,
)
from handlers.flow import Answer, Flow, Outcome, Turn, edited_message, go_on, take_answer
from handlers.language import LANGUAGES, first_language
from handlers.registry import DUE, EFFECT_RESULTS, FLOWS, PRESSES

OPS_CHANNEL = "telegram-ops"
FLOWS_BY_WORD = tuple(flow.name for flow in FLOWS.values() if flow.by_word)
COMMANDS = ("menu", "cancel", "back", "help", "agent", "resume", "stop", "start", "orders", "servers", *FLOWS_BY_WORD)
"""Each has its words in the texts, under `command-<name>`; the words of every language count."""


class Words(Protocol):
    def vocabulary(self, key: str) -> frozenset[str]:
        """The comma-separated words of a text, of all languages, simplified."""

    def label(self, text: Text, language: str) -> str: ...


_NUMBER = re.compile(r"(?:no|nomor|nomer|number|pilih|option)?\W*(\d{1,2})\W*")


def simplify(text: str) -> str:
    """Lower case, without emoji, punctuation and doubled space: how commands and labels are compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join("".join(char if char.isalnum() else " " for char in folded).split())


class Router:
    def __init__(self, words: Words) -> None:
        self._words = words
        self._commands = {word: name for name in COMMANDS for word in words.vocabulary(f"command-{name}")}
        for code in LANGUAGES:
            self._commands |= dict.fromkeys(words.vocabulary(f"command-language-{code}"), f"language:{code}")
        self._greetings, self._thanks = words.vocabulary("greetings"), words.vocabulary("thanks")
        self._flow_words = {"mentoring": words.vocabulary("mentoring-words"), "vm": words.vocabulary("vm-words")}
        self._yes, self._no = words.vocabulary("command-yes"), words.vocabulary("command-no")

    async def handle(self, turn: Turn) -> Outcome:
        """The outcome of any event. What nobody takes has none: it was recorded and counted, that is all."""
        match turn.event:
            case Said():
                return await self._said(turn)
            case Reported():
                return await on_delivery.on_reported(turn, turn.event)
            case Undeliverable():
                return await on_delivery.on_undeliverable(turn, turn.event)
            case EffectDone() if turn.event.name in EFFECT_RESULTS:
                return await EFFECT_RESULTS[turn.event.name](turn, turn.event)
            case Due() if turn.event.name in DUE:
                return await DUE[turn.event.name](turn, turn.event)
            case LogSeen():
                return await log_findings.on_seen(turn, turn.event)
            case PaymentNotice():
                return await on_payment.on_notice(turn, turn.event)
            case Membership():
                return await on_delivery.on_membership(turn, turn.event)
            case Migrated():
                return await on_delivery.on_migrated(turn, turn.event)
        return Outcome()

    async def _said(self, turn: Turn) -> Outcome:
        if parse_address(turn.conversation.id).channel == OPS_CHANNEL:
            return await ops.from_group(turn)
        if turn.conversation.id == turn.person.id:
            return await self._customer(_met(turn))
        if turn.places.agents and chat_of(turn.conversation.id) == turn.places.agents:
            return await desk.from_group(turn)
        return await ops.from_group(turn) if turn.said.text.startswith("/id") else Outcome()

    # --- a customer ---

    async def _customer(self, turn: Turn) -> Outcome:
        outcome = await self._step(turn)
        met = replace(outcome.person or turn.person, first_seen_at=turn.person.first_seen_at or turn.now)
        talked = replace(outcome.conversation or turn.conversation, last_inbound_at=turn.arrived_at, blocked=False)
        return replace(outcome, person=met, conversation=talked)

    async def _step(self, turn: Turn) -> Outcome:
        said = turn.said
        text = simplify(said.text)
        command = "" if said.edited else self._command(said, text)
        if command in ("stop", "start") and not said.button:
            return await self._consent(turn, command)
        if _lasting(said.button):
            return await _press(turn, said.button)
        if turn.conversation.case:
            case = await turn.records.get(Case, turn.conversation.case)
            if case is not None and case.open and turn.places.agents:
                return await self._with_agent(turn, case, command, text)
            turn = replace(turn, conversation=replace(turn.conversation, case=""))
        if said.edited:
            return Outcome(conversation=turn.conversation)
        if said.text.startswith("/") and (answer := await mentors.command(turn)):
            return answer
        pressed = said.button or self._shown(turn, text)
        if pressed:
            if pressed not in {choice.id for choice in turn.conversation.shown} and pressed not in COMMANDS:
                return await menu.show_menu(menu.put_aside(turn, self._flow(turn)), FLOWS, before=Text("old-button"))
            return await self._pressed(_as_pressed(turn, pressed), pressed)
        if command:
            return await self._own_word(turn, command, text) or await self._pressed(turn, command)
        if text and said.kind not in (SaidKind.LOCATION, SaidKind.CONTACT):
            return await self._free_text(turn, text)
        return await self._wordless(turn)

    def _command(self, said: Said, text: str) -> str:
        """The command that the words are, whichever language's; empty where they are none."""
        if said.text.startswith("/start") and (payload := said.text[6:].strip()):
            return f"start:{payload}" if said.text[6:7].isspace() else ""
        if said.text == "/start":
            return "start"
        return self._commands.get(text, "")

    def _shown(self, turn: Turn, text: str) -> str:
        """The choice that a typed number or label means: what the person saw last."""
        pressable = [choice for choice in turn.conversation.shown if not choice.url]
        if (number := _NUMBER.fullmatch(text)) and 1 <= int(number[1]) <= len(pressable):
            return pressable[int(number[1]) - 1].id
        if text in self._yes or text in self._no:
            ending = ":yes" if text in self._yes else ":no"
            return next((choice.id for choice in pressable if choice.id.endswith(ending)), "")
        if text in self._commands:
            return ""
        for choice in pressable:
            if text and text == simplify(self._words.label(choice.label, turn.language)):
                return choice.id
        return ""

    async def _own_word(self, turn: Turn, command: str, text: str) -> Outcome | None:
        """A word that begins the flow in hand may be an answer in it: a server can be called *server*."""
        flow, state = self._flow(turn), turn.conversation.flow
        if flow is None or state is None or flow.name != command:
            return None
        question = flow.next_question(turn, state.answers)
        reading = await question.read(turn, state.answers, text) if question else None
        return await take_answer(turn, flow, state, text) if isinstance(reading, Answer) else None

    async def _pressed(self, turn: Turn, pressed: str) -> Outcome:
        """A pressed choice or a typed command, by its id alone."""
        if _lasting(pressed):
            return await _press(turn, pressed)
        flow = self._flow(turn)
        match pressed.partition(":"):
            case ("menu", _, _):
                return await menu.show_menu(menu.leave_for_menu(turn, flow), FLOWS)
            case ("back", _, _):
                return await menu.go_back(turn, FLOWS)
            case ("cancel", _, _):
                return await menu.cancel(turn, FLOWS)
            case ("help", _, _):
                return await menu.show_help(turn, flow)
            case ("resume", _, _):
                return await menu.resume(turn, FLOWS)
            case ("orders", _, _):
                return await orders.show(menu.put_aside(turn, flow))
            case ("servers", _, _):
                return await servers.show(menu.put_aside(turn, flow))
            case (name, "", _) if name in FLOWS_BY_WORD:
                return await go_on(menu.put_aside(turn, flow), FLOWS[name], {})
            case ("language", _, code) if code in LANGUAGES:
                return await go_on(menu.put_aside(turn, flow), FLOWS["language"], {"code": code})
            case ("agent", _, topic):
                return await handover.ask_for_agent(turn, topic)
            case ("topic", _, topic):
                return await self._topic(menu.put_aside(turn, flow), topic, edit=edited_message(turn))
            case ("start", _, payload):
                return await self._payload(turn, payload)
        state = turn.conversation.flow
        outcome = await take_answer(turn, flow, state, "") if flow and state else None
        return outcome or await menu.show_menu(menu.put_aside(turn, flow), FLOWS, before=Text("old-button"))

    async def _topic(self, turn: Turn, topic_id: str, *, edit: str = "") -> Outcome:
        topic = turn.catalog.topic(topic_id)
        if topic is None:
            return await menu.show_menu(turn, FLOWS)
        if topic.children:
            return await go_on(turn, FLOWS["care"], {"topic": topic.id})
        return care.answer_topic(turn, topic, edit=edit, more=menu.resume_choice(turn, FLOWS))

    async def _payload(self, turn: Turn, payload: str) -> Outcome:
        """A deep link's payload: `care_<topic>` or `mentor_<code>`; anything else opens the menu."""
        kind, _, topic = payload.partition("_")
        if kind == "mentor":
            return await mentors.prove(turn, topic)
        if kind == "care" and turn.catalog.topic(topic):
            return await self._topic(menu.put_aside(turn, self._flow(turn)), topic)
        return await menu.show_menu(menu.put_aside(turn, self._flow(turn)), FLOWS)

    async def _free_text(self, turn: Turn, text: str) -> Outcome:
        flow, state = self._flow(turn), turn.conversation.flow
        if prefilled := turn.matcher.prefilled(turn.said.text):
            return await self._topic(menu.put_aside(turn, flow), prefilled)
        if flow and state:
            outcome = await take_answer(turn, flow, state, text)
            if outcome is not None:
                return outcome
        if text in self._greetings:
            return await menu.ask_again(turn, FLOWS)
        if text in self._thanks:
            return await menu.ask_again(turn, FLOWS, before=Text("you-are-welcome"), or_menu=False)
        match = turn.matcher.match(turn.said.text)
        topic = turn.catalog.topic(match.topic_id) if isinstance(match, Clear) else None
        wanted = next((name for name, its in self._flow_words.items() if its.intersection(text.split())), "")
        if topic is None and not menu.engaged(turn, flow) and wanted:
            return await go_on(menu.put_aside(turn, flow), FLOWS[wanted], {})
        if menu.engaged(turn, flow) and flow and state:
            if topic is None:
                return await go_on(turn, flow, state.answers, before=Text("not-understood-here"))
            return Outcome(say=(care.digress(turn, topic),)) + await go_on(turn, flow, state.answers)
        # What was suspended was offered once; who goes on with something else has let it go.
        turn = replace(turn, conversation=replace(turn.conversation, suspended=None))
        if topic is not None:
            return care.answer_topic(turn, topic)
        if isinstance(match, Unclear):
            guesses = (turn.catalog.topic(guess.topic_id) for guess in match.guesses)
            return care.guess(turn, tuple(guess for guess in guesses if guess))
        known = turn.person.first_seen_at is not None
        return await menu.show_menu(turn, FLOWS, before=Text("not-understood") if known else None)

    async def _wordless(self, turn: Turn) -> Outcome:
        """Emoji and signs alone get the reason of the question in hand, as words would."""
        flow, state = self._flow(turn), turn.conversation.flow
        typed = turn.said.kind is SaidKind.TEXT and bool(turn.said.text.strip())
        outcome = await take_answer(turn, flow, state, "") if typed and flow and state else None
        return outcome or await menu.ask_again(turn, FLOWS, before=Text(_no_words(turn.said)))

    def _flow(self, turn: Turn) -> Flow | None:
        state = turn.conversation.flow
        return FLOWS.get(state.flow) if state else None

    async def _consent(self, turn: Turn, command: str) -> Outcome:
        """STOP and START work always, a human's talk included: it goes on."""
        if command == "start" and not turn.person.stopped:
            if turn.conversation.case:
                return await self._with_agent_by_id(turn)
            return await menu.show_menu(menu.put_aside(turn, self._flow(turn)), FLOWS)
        outcome = consent.stop(turn) if command == "stop" else consent.start(turn)
        if turn.conversation.case:
            # No choices: whatever is typed next is for the agent.
            says = tuple(replace(say, choices=()) for say in outcome.say)
            return replace(outcome, say=says, conversation=turn.conversation)
        return outcome

    async def _with_agent_by_id(self, turn: Turn) -> Outcome:
        case = await turn.records.get(Case, turn.conversation.case)
        return await handover.pass_to_agent(turn, case) if case and case.open else Outcome()

    async def _with_agent(self, turn: Turn, case: Case, command: str, text: str) -> Outcome:
        """A human owns the chat: everything goes to them, but for `menu` and the answer to whether to leave."""
        pressed = turn.said.button or ("" if turn.said.edited else self._shown(turn, text))
        asked = {choice.id for choice in turn.conversation.shown}
        match pressed if pressed in asked else "":
            case "leave:sure:yes":
                left = handover.leave(turn, case)
                free = replace(turn, conversation=left.conversation or turn.conversation)
                return left + await menu.show_menu(free, FLOWS, before=Text("left-agent", {"number": case.number}))
            case "leave:sure:no":
                return handover.stay(turn, case)
        if command == "menu" or turn.said.button:
            return await handover.ask_to_leave(turn, case)
        return await handover.pass_to_agent(turn, case)


def _lasting(button: str) -> bool:
    """Whether it works whatever was shown last: an order's."""
    kind, _, rest = button.partition(":")
    return kind in PRESSES and ":" in rest


async def _press(turn: Turn, button: str) -> Outcome:
    kind, record, action = button.split(":", 2)
    return await PRESSES[kind](turn, record, action)


def _met(turn: Turn) -> Turn:
    """The person as they are called now, and with a language."""
    said, person = turn.said, turn.person
    name = clean_name(said.name) if said.name else person.name
    return replace(
        turn,
        person=replace(
            person,
            name=name,
            username=said.username or person.username,
            phone=said.phone or person.phone,
            language=person.language or first_language(said.language),
        ),
    )


def _as_pressed(turn: Turn, pressed: str) -> Turn:
    """A typed number or label, from here on the press of that choice."""
    return turn if turn.said.button else replace(turn, event=replace(turn.said, button=pressed))


def _no_words(said: Said) -> str:
    """The text for a message without words."""
    if said.kind is SaidKind.MEDIA and said.media:
        match said.media[0].kind:
            case MediaKind.STICKER:
                return "got-sticker"
            case MediaKind.PHOTO | MediaKind.VIDEO:
                return "got-photo"
            case MediaKind.VOICE | MediaKind.AUDIO:
                return "got-voice"
            case _:
                return "got-document"
    kinds = {SaidKind.LOCATION: "got-location", SaidKind.CONTACT: "got-contact", SaidKind.TEXT: "not-understood"}
    return kinds.get(said.kind, "got-other")
