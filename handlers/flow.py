"""Flows: a conversation as data, questions in order and what to do with the answers.

The stored state is the flow's name and the answers; the next question is the first unanswered one that applies. So
*back* forgets the last answer,
a digression asks the same question again, a deploy in mid-conversation is harmless, and a flow is tested without a
network.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from domain.catalog import Catalog
from domain.effects import Effect
from domain.events import Event, Said
from domain.matching import Matcher
from domain.messages import Choice, Delivery, Outgoing, Say, Text
from domain.people import Conversation, FlowState, Person
from domain.records import Record
from handlers.ports import Places, Records

Answers = Mapping[str, str]


class Turn(Struct, frozen=True, kw_only=True):
    """One event, with everything a step may know. `id` is the same however often the step is run again; `now` and
    `arrived_at` (when the event was recorded) are business time.
    """

    id: str
    seq: int
    event: Event
    conversation: Conversation
    person: Person
    now: datetime
    arrived_at: datetime
    records: Records
    catalog: Catalog
    matcher: Matcher
    places: Places

    @property
    def language(self) -> str:
        return self.person.language or "id"

    @property
    def said(self) -> Said:
        """The event of a turn that a person started. Raises TypeError on any other."""
        if not isinstance(self.event, Said):
            raise TypeError(f"{self.id} is {type(self.event).__name__}, not Said")
        return self.event


class Outcome(Struct, frozen=True, kw_only=True):
    """What a step wants: nothing has happened until it is committed, and then all of it.

    `conversation` and `person` are the turn's own, changed. `save` and `expect` are other records, at the version
    they were read.
    `reports` move messages of ours on (never back); `resend` are messages to be sent again.
    `wait`: not yet; the same event is to be tried again later.
    """

    say: tuple[Say, ...] = ()
    conversation: Conversation | None = None
    person: Person | None = None
    save: tuple[Record, ...] = ()
    expect: tuple[Record, ...] = ()
    effects: tuple[Effect, ...] = ()
    reports: tuple[tuple[Outgoing, Delivery, str], ...] = ()
    resend: tuple[Outgoing, ...] = ()
    wait: bool = False

    def __add__(self, other: "Outcome") -> "Outcome":
        """Both; of a record that both change, the later stands, so `other` must have been decided on this one's."""
        return Outcome(
            say=self.say + other.say,
            conversation=other.conversation or self.conversation,
            person=other.person or self.person,
            save=self.save + other.save,
            expect=self.expect + other.expect,
            effects=self.effects + other.effects,
            reports=self.reports + other.reports,
            resend=self.resend + other.resend,
            wait=self.wait or other.wait,
        )


class Prompt(Struct, frozen=True, kw_only=True):
    """How a question is put."""

    text: Text
    choices: tuple[Choice, ...] = ()


class Answer(Struct, frozen=True):
    value: str


class Again(Struct, frozen=True):
    """Not an answer, and why."""

    reason: Text


class NotAnAnswer(Struct, frozen=True):
    """Not an answer to this question; it may be about something else."""


Reading = Answer | Again | NotAnAnswer


def _always(turn: Turn, answers: Answers) -> bool:
    return True


class Question(Struct, frozen=True, kw_only=True):
    """`prompt` words it, `read` takes what the person wrote (a pressed choice comes as its value, without `read`).

    `depends` names the answers that this one is forgotten with; `applies` says whether it is asked at all.
    """

    name: str
    prompt: Callable[[Turn, Answers], Awaitable[Prompt]]
    read: Callable[[Turn, Answers, str], Awaitable[Reading]]
    depends: tuple[str, ...] = ()
    applies: Callable[[Turn, Answers], bool] = _always


class Finish(Protocol):
    async def __call__(self, turn: Turn, answers: Answers) -> Outcome: ...


async def _as_they_are(turn: Turn, answers: Answers) -> "tuple[dict[str, str], Outcome]":
    return dict(answers), Outcome()


async def _nothing(turn: Turn, answers: Answers) -> Outcome:
    return Outcome()


class Flow(Struct, frozen=True, kw_only=True):
    """`by_word`: it begins when somebody writes one of the words of the text `command-<name>`, at any time.

    `title` names it when it is offered to be resumed. `passing`: leaving it for something else loses nothing, so
    nothing is offered.
    `prepare` is run each time the flow goes on, before the next question: it may drop or add answers (names that are no
    question's are kept), say something first and change records, such as a time that is held; a person it changes is
    asked as changed. `dropped` is run when the flow is given up.
    """

    name: str
    title: Text
    questions: tuple[Question, ...]
    finish: Finish
    passing: Callable[[Answers], bool] = lambda answers: False
    by_word: bool = False
    prepare: Callable[[Turn, Answers], Awaitable[tuple[dict[str, str], Outcome]]] = _as_they_are
    dropped: Callable[[Turn, Answers], Awaitable[Outcome]] = _nothing

    def next_question(self, turn: Turn, answers: Answers) -> Question | None:
        for question in self.questions:
            if question.name not in answers and question.applies(turn, answers):
                return question
        return None

    def forget(self, answers: Answers, name: str) -> dict[str, str]:
        """The answers without one and without what depends on it."""
        gone = {name}
        for question in self.questions:
            if gone & set(question.depends):
                gone.add(question.name)
        return {key: value for key, value in answers.items() if key not in gone}

    def last_answered(self, turn: Turn, answers: Answers) -> str | None:
        """The answer before the question at hand; later ones are there too where one was changed."""
        asked = self.next_question(turn, answers)
        before = self.questions[: self.questions.index(asked)] if asked else self.questions
        answered = [question.name for question in before if question.name in answers]
        return answered[-1] if answered else None


def choice_id(flow: str, question: str, value: str) -> str:
    return f"{flow}:{question}:{value}"


def choice(flow: str, question: str, value: str, label: Text) -> Choice:
    return Choice(choice_id(flow, question, value), label)


def pressed_value(state: FlowState, question: Question, button: str) -> str | None:
    """The value that a pressed choice stands for, if it is one of this question's."""
    prefix = choice_id(state.flow, question.name, "")
    return button[len(prefix) :] if button.startswith(prefix) else None


async def go_on(turn: Turn, flow: Flow, answers: Answers, *, before: Text | None = None) -> Outcome:
    """Ask the next question, or finish. `before` is said ahead of the question, in a message of its own."""
    answers, prepared = await flow.prepare(turn, answers)
    first = ((Say(text=before),) if before else ()) + prepared.say
    prepared = replace(prepared, say=())
    turn = replace(turn, person=prepared.person or turn.person)
    question = flow.next_question(turn, answers)
    if question is None:
        done = replace(turn.conversation, flow=None, shown=())
        outcome = replace(prepared, say=first, conversation=done)
        return outcome + await flow.finish(replace(turn, conversation=done), answers)
    prompt = await question.prompt(turn, answers)
    state = FlowState(flow=flow.name, answers=dict(answers))
    return replace(
        prepared,
        say=(*first, Say(text=prompt.text, choices=prompt.choices, edit=edited_message(turn) if not first else "")),
        conversation=replace(turn.conversation, flow=state, shown=prompt.choices),
    )


def edited_message(turn: Turn) -> str:
    """The message that a button was pressed on, so that the next one takes its place."""
    return turn.event.button_message if isinstance(turn.event, Said) else ""


async def take_answer(turn: Turn, flow: Flow, state: FlowState, text: str) -> Outcome | None:
    """The step after something was written or pressed; None where it is not an answer to the question at hand."""
    question = flow.next_question(turn, state.answers)
    if question is None:
        return await go_on(turn, flow, state.answers)
    value = pressed_value(state, question, turn.said.button)
    if value is not None:
        return await go_on(turn, flow, {**state.answers, question.name: value})
    if turn.said.button:
        return None
    reading = await question.read(turn, state.answers, text)
    if isinstance(reading, Answer):
        return await go_on(turn, flow, {**state.answers, question.name: reading.value})
    if isinstance(reading, Again):
        return await go_on(turn, flow, state.answers, before=reading.reason)
    return None


async def step_back(turn: Turn, flow: Flow, state: FlowState) -> Outcome | None:
    """The question before, its answer forgotten; None where this is the first."""
    last = flow.last_answered(turn, state.answers)
    return None if last is None else await go_on(turn, flow, flow.forget(state.answers, last))
