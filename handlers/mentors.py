"""A mentor's own commands and buttons: who they are, what is coming, when they are free."""

import hmac
from collections.abc import Awaitable, Callable

from msgspec.structs import replace

from domain.bookings import MentorAccount
from domain.mentoring import Mentor
from domain.messages import Purpose, Say, Text
from domain.orders import Order, OrderStatus
from handlers import mentor_hours
from handlers.flow import Outcome, Turn, edited_message
from handlers.handover import ops_alert
from handlers.mentor_hours import midnight
from handlers.session_changes import ask_to_cancel, ask_to_move, cancel
from handlers.session_due import done, no_show
from handlers.session_telling import about
from handlers.sessions import approve, decline, how_it_stands

AGENDA_DAYS = 7
AGENDA_LIMIT = 500

# --- who they are ---


async def prove(turn: Turn, code: str) -> Outcome:
    """`/start mentor_<code>`: from now on this chat is the mentor's. Whether a code is wrong or used is not said."""
    known = turn.catalog.mentoring.mentors if turn.catalog.mentoring else ()
    found = [mentor for mentor in known if _same(mentor.code, code)]
    mentor = found[0] if found else None
    account = await turn.records.get(MentorAccount, mentor.id) if mentor else None
    if mentor is None or (account is not None and account.code == code and account.chat != turn.conversation.id):
        return Outcome(say=(Say(text=Text("mentor-code-wrong")),))
    fresh = MentorAccount(
        id=mentor.id,
        version=account.version if account else 0,
        chat=turn.conversation.id,
        code=code,
        since=turn.now,
    )
    values = {"mentor": mentor.name, "person": turn.conversation.id}
    moved = account is not None and account.chat != turn.conversation.id
    told = Text("mentor-moved", dict(values))
    before = (Say(text=told, to=account.chat, purpose=Purpose.NOTICE),) if account and moved else ()
    news = ops_alert(turn, Text("ops-mentor-known", dict(values))) if account is None or moved else ()
    return Outcome(
        say=(Say(text=Text("mentor-welcome", {"mentor": mentor.name})), *before, *news),
        save=(fresh,),
        person=replace(turn.person, zone=turn.person.zone or mentor.hours.zone),
    )


def _same(code: str, given: str) -> bool:
    """In constant time; a mentor without a code is nobody."""
    return hmac.compare_digest(code.encode(), given.encode()) and bool(code)


async def mentor_here(turn: Turn) -> Mentor | None:
    """Whose chat this is, where it is a mentor's."""
    if turn.catalog.mentoring is None:
        return None
    accounts = await turn.records.find(MentorAccount, chat=turn.conversation.id)
    mentors = (turn.catalog.mentoring.mentor(account.id) for account in accounts)
    return next((mentor for mentor in mentors if mentor is not None), None)


# --- commands ---


async def command(turn: Turn) -> Outcome | None:
    """The answer to a mentor's command; None where it is none, or the chat is no mentor's."""
    word, _, rest = turn.said.text.strip().partition(" ")
    act = COMMANDS.get(word.casefold())
    mentor = await mentor_here(turn) if act else None
    return await act(turn, mentor, rest.strip()) if act and mentor else None


async def _agenda(turn: Turn, mentor: Mentor, rest: str) -> Outcome:
    """Today and the week that begins with it, on the mentor's clock."""
    today = midnight(turn.now, mentor, 0)
    tomorrow, end = midnight(turn.now, mentor, 1), midnight(turn.now, mentor, AGENDA_DAYS)
    coming: list[Order] = []
    for status in (OrderStatus.CONFIRMED, OrderStatus.OPEN):
        coming += await turn.records.find(Order, mentor=mentor.id, status=status.value, limit=AGENDA_LIMIT)
    lines: dict[bool, list[Text]] = {True: [], False: []}
    for starts_at, order in sorted((each.session.starts_at, each) for each in coming if each.session):
        if today <= starts_at < end:
            values = {**await about(turn, order, turn.language), "state": _state(order)}
            lines[starts_at < tomorrow].append(Text("agenda-line", values))
    none = (Text("agenda-none"),)
    text = Text("agenda", {"today": tuple(lines[True]) or none, "week": tuple(lines[False]) or none})
    return Outcome(say=(Say(text=text, zone=mentor.hours.zone),))


def _state(order: Order) -> str:
    if order.status is OrderStatus.CONFIRMED:
        return "confirmed"
    return "unpaid" if order.session and order.session.approved_at else "asked"


COMMANDS: dict[str, Callable[[Turn, Mentor, str], Awaitable[Outcome]]] = {
    "/agenda": _agenda,
    "/jadwal": mentor_hours.weekly,
    "/libur": mentor_hours.days_off,
}


# --- buttons ---


async def pressed(turn: Turn, order_id: str, action: str) -> Outcome:
    """A button `mentor:<order id>:<action>`: for that order's mentor alone; others learn nothing of it."""
    order = await turn.records.get(Order, order_id)
    account = await turn.records.get(MentorAccount, order.mentor) if order and order.session else None
    if order is None or account is None or account.chat != turn.conversation.id:
        return Outcome(say=(Say(text=Text("mentor-not-yours"), edit=edited_message(turn)),))
    name, _, sure = action.partition(":")
    kind, _, share = name.partition("-")
    if kind == "cancel" and sure == "yes" and share.isdecimal():
        outcome = await cancel(turn, order, int(share), by_mentor=True)
    elif name == "cancel" and not sure:
        outcome = await ask_to_cancel(turn, order, by_mentor=True)
    else:
        act = ACTIONS.get(action)
        outcome = await act(turn, order) if act else None
    return outcome or await how_it_stands(turn, order)


ACTIONS: dict[str, Callable[[Turn, Order], Awaitable[Outcome]]] = {
    "approve": approve,
    "decline": decline,
    "move": ask_to_move,
    "done": done,
    "no-show": no_show,
}
