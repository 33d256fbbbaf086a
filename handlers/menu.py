"""The menu and the words that work everywhere: menu, back, cancel, help, resume."""

from msgspec.structs import replace

from domain.messages import Choice, Say, Text
from domain.people import FlowState
from handlers.flow import Flow, Outcome, Turn, edited_message, go_on, step_back

MENU = Choice("menu", Text("label-menu"))
RESUME_ID = "resume"


def engaged(turn: Turn, flow: Flow | None) -> bool:
    """Whether the person is in the middle of something that should not be lost."""
    state = turn.conversation.flow
    return flow is not None and state is not None and not flow.passing(state.answers)


def put_aside(turn: Turn, flow: Flow | None) -> Turn:
    """The turn with the flow in hand suspended, where there is something to lose."""
    conversation = turn.conversation
    suspended = conversation.flow if engaged(turn, flow) else conversation.suspended
    return replace(turn, conversation=replace(conversation, flow=None, suspended=suspended, shown=()))


def aside(turn: Turn) -> Turn:
    """As `put_aside`, for whoever does not know the flow in hand: another one begins by a button outside of any."""
    talk = turn.conversation
    suspended = talk.flow if talk.flow and talk.flow.answers else talk.suspended
    return replace(turn, conversation=replace(talk, flow=None, suspended=suspended, shown=()))


def leave_for_menu(turn: Turn, flow: Flow | None) -> Turn:
    """As `put_aside`, but for the care flow, whose own beginning the menu is: there is nothing to come back to."""
    if flow is not None and flow.name == "care":
        return replace(turn, conversation=replace(turn.conversation, flow=None, shown=()))
    return put_aside(turn, flow)


def resume_choice(turn: Turn, flows: dict[str, Flow]) -> tuple[Choice, ...]:
    suspended = turn.conversation.suspended
    if suspended is None or suspended.flow not in flows:
        return ()
    return (Choice(RESUME_ID, Text("label-resume", {"flow": _title(flows[suspended.flow])})),)


def _title(flow: Flow) -> dict[str, str | int]:
    return {"text": flow.title.key}


async def show_menu(turn: Turn, flows: dict[str, Flow], *, before: Text | None = None) -> Outcome:
    """The main menu, which is the care flow's first question; what was suspended is offered below it.

    With that offer it is a text of its own: a Content template's rows are fixed.
    """
    outcome = await go_on(turn, flows["care"], {}, before=before)
    more = resume_choice(turn, flows)
    if not more or outcome.conversation is None:
        return outcome
    menu = outcome.say[-1]
    choices = (*menu.choices, *more)
    return replace(
        outcome,
        say=(*outcome.say[:-1], replace(menu, text=Text("menu-resume"), choices=choices)),
        conversation=replace(outcome.conversation, shown=choices),
    )


async def resume(turn: Turn, flows: dict[str, Flow]) -> Outcome:
    suspended = turn.conversation.suspended
    cleared = replace(turn, conversation=replace(turn.conversation, suspended=None))
    if suspended is None or suspended.flow not in flows:
        return await show_menu(cleared, flows)
    return await go_on(cleared, flows[suspended.flow], suspended.answers)


async def go_back(turn: Turn, flows: dict[str, Flow]) -> Outcome:
    """One question back; from the first one, or from nowhere, to the menu."""
    state = turn.conversation.flow
    flow = flows.get(state.flow) if state else None
    outcome = await step_back(turn, flow, state) if flow and state else None
    return outcome or await show_menu(turn, flows)


async def cancel(turn: Turn, flows: dict[str, Flow]) -> Outcome:
    """Drop what is in hand and what was suspended, and show the menu."""
    state = turn.conversation.flow
    flow = flows.get(state.flow) if state else None
    dropped = engaged(turn, flow) or turn.conversation.suspended is not None
    clear = replace(turn, conversation=replace(turn.conversation, flow=None, suspended=None, shown=(), topic=""))
    outcome = Outcome()
    for each in (state, turn.conversation.suspended):
        if each is not None and each.flow in flows:
            outcome += await flows[each.flow].dropped(turn, each.answers)
    return outcome + await show_menu(clear, flows, before=Text("cancelled" if dropped else "nothing-to-cancel"))


async def show_help(turn: Turn, flow: Flow | None) -> Outcome:
    """What one can write at any time; then the question in hand once more."""
    state = turn.conversation.flow
    if flow is not None and state is not None and engaged(turn, flow):
        return await go_on(turn, flow, state.answers, before=Text("help"))
    return Outcome(
        say=(Say(text=Text("help"), choices=(MENU,), edit=edited_message(turn)),),
        conversation=replace(turn.conversation, shown=(MENU,)),
    )


async def ask_again(turn: Turn, flows: dict[str, Flow], *, before: Text | None = None, or_menu: bool = True) -> Outcome:
    """Say something, then put the question in hand once more; with none in hand, the menu or only the way to it."""
    state: FlowState | None = turn.conversation.flow
    flow = flows.get(state.flow) if state else None
    if flow is not None and state is not None and engaged(turn, flow):
        return await go_on(turn, flow, state.answers, before=before)
    if or_menu or before is None:
        return await show_menu(turn, flows, before=before)
    return Outcome(say=(Say(text=before, choices=(MENU,)),), conversation=replace(turn.conversation, shown=(MENU,)))
