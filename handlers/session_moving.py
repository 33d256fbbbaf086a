"""The flow in which a customer puts their session to another time of the same mentor's."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from domain.bookings import Booking, hold, let_go
from domain.dates import read_day, read_time
from domain.messages import Say, Text, moment
from domain.orders import Order, may_move, note
from domain.reminders import passed
from handlers.flow import (
    Again,
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
    go_on,
)
from handlers.menu import MENU
from handlers.session_telling import about, catalog_mentor, rules_of, session_of
from handlers.sessions import put_event, scheduled
from handlers.times import Times, by_day, times_of, zone_of

DAYS = 8
TOO_LATE, NO_TIMES = "too-late", "no-times"
"""Why there is nothing to choose."""


async def start_move(turn: Turn, order: Order) -> Outcome | None:
    """None where it can no longer be moved."""
    rules = rules_of(turn)
    if rules is None or not may_move(order, rules, by_mentor=False, now=turn.now):
        return None
    return await go_on(turn, MOVE, {"order": order.id})


async def _order(turn: Turn, answers: Answers) -> Order | None:
    """The order, as long as it can be moved by whom we talk to."""
    order, rules = await turn.records.get(Order, answers["order"]), rules_of(turn)
    if order is None or order.customer != turn.person.id or rules is None or catalog_mentor(turn, order) is None:
        return None
    return order if may_move(order, rules, by_mentor=False, now=turn.now) else None


async def _times(turn: Turn, order: Order) -> Times:
    """The mentor's, as if the session had none."""
    mentor, rules = catalog_mentor(turn, order), rules_of(turn)
    if mentor is None or rules is None:
        raise ValueError(f"{order.mentor} is not in the catalog")
    return await times_of(turn, mentor, rules, customer=order.customer, booking=session_of(order).booking)


async def _free(turn: Turn, order: Order) -> dict[date, list[datetime]]:
    """The other times, by their day on the customer's clock."""
    times = await _times(turn, order)
    return by_day([at for at in times.free() if at != session_of(order).starts_at], zone_of(turn))


async def _prepare(turn: Turn, answers: Answers) -> tuple[dict[str, str], Outcome]:
    """What was chosen and is taken by now is asked again."""
    kept = dict(answers)
    order = await _order(turn, answers)
    if order is None:
        return {**kept, "why": TOO_LATE}, Outcome()
    free = await _free(turn, order)
    if not free:
        return {**kept, "why": NO_TIMES}, Outcome()
    day, time = kept.get("day", ""), kept.get("time", "")
    times = [at.isoformat() for at in free.get(date.fromisoformat(day), ())] if day else []
    if day and not times:
        kept = MOVE.forget(kept, "day")
    elif time and time not in times:
        kept = MOVE.forget(kept, "time")
    gone = len(kept) < len(answers)
    return kept, Outcome(say=(Say(text=Text("move-time-gone")),)) if gone else Outcome()


def _open(turn: Turn, answers: Answers) -> bool:
    return "why" not in answers


async def _ask_day(turn: Turn, answers: Answers) -> Prompt:
    order = await _order(turn, answers)
    free = await _free(turn, order) if order else {}
    values = await about(turn, order, turn.language) if order else {}
    choices = tuple(
        choice("move", "day", day.isoformat(), Text("move-day", {"day": moment(times[0], "day")}))
        for day, times in list(free.items())[:DAYS]
    )
    return Prompt(text=Text("move-ask-day", values), choices=choices)


async def _read_day(turn: Turn, answers: Answers, text: str) -> Reading:
    order = await _order(turn, answers)
    day = read_day(turn.said.text, turn.now.astimezone(zone_of(turn)).date())
    if order is None or day is None:
        return NotAnAnswer()
    return Answer(day.isoformat()) if day in await _free(turn, order) else Again(Text("move-day-full"))


async def _ask_time(turn: Turn, answers: Answers) -> Prompt:
    order = await _order(turn, answers)
    free = (await _free(turn, order)).get(date.fromisoformat(answers["day"]), []) if order else []
    choices = tuple(
        choice("move", "time", at.isoformat(), Text("move-time", {"time": moment(at, "time")})) for at in free
    )
    day = moment(free[0], "day") if free else answers["day"]
    return Prompt(text=Text("move-ask-time", {"day": day}), choices=choices)


async def _read_time(turn: Turn, answers: Answers, text: str) -> Reading:
    order, minutes = await _order(turn, answers), read_time(turn.said.text)
    if order is None or not minutes:
        return NotAnAnswer()
    zone = zone_of(turn)
    free = (await _free(turn, order)).get(date.fromisoformat(answers["day"]), [])
    for each in minutes:
        for at in free:
            if _minute(at, zone) == each:
                return Answer(at.isoformat())
    return Again(Text("move-time-taken"))


def _minute(at: datetime, zone: ZoneInfo) -> int:
    local = at.astimezone(zone)
    return local.hour * 60 + local.minute


async def _ask_sure(turn: Turn, answers: Answers) -> Prompt:
    order = await _order(turn, answers)
    values = await about(turn, order, turn.language) if order else {}
    new = moment(datetime.fromisoformat(answers["time"]))
    choices = (
        choice("move", "sure", "yes", Text("label-move-sure")),
        choice("move", "sure", "no", Text("label-keep")),
    )
    return Prompt(text=Text("move-sure", {**values, "new": new}), choices=choices)


async def _read_sure(turn: Turn, answers: Answers, text: str) -> Reading:
    return NotAnAnswer()


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    order = await turn.records.get(Order, answers["order"])
    if order is None or order.session is None or order.customer != turn.person.id:
        return Outcome()
    values = await about(turn, order, turn.language)
    if "why" in answers:
        late = answers["why"] == TOO_LATE
        return _say(turn, Text("session-move-too-late" if late else "session-move-no-times", values))
    if answers["sure"] != "yes":
        return _say(turn, Text("session-kept", values))
    return await move_to(turn, order, datetime.fromisoformat(answers["time"]))


async def move_to(turn: Turn, order: Order, starts_at: datetime) -> Outcome:
    """The session at a time that is free. The new booking and the old one's end are one commit: who loses a race for
    the time is asked again.
    """
    session, times = session_of(order), await _times(turn, order)
    revision = session.revision + 1
    booking = hold(f"{session.booking.partition('+')[0]}+{revision}", order.customer, times.mentor, starts_at, turn.now)
    booking = replace(booking, order=order.id, held_until=None)
    old = await turn.records.get(Booking, session.booking)
    freed = (let_go(old, turn.now),) if old and old.calendar else ()
    session = replace(
        session,
        booking=booking.id,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        revision=revision,
        event="",
        room="",
        invited=False,
        move_asked=False,
        reminded=passed(booking.starts_at, turn.now),
    )
    order = note(replace(order, session=session), what="moved", by=turn.person.id, now=turn.now)
    order = scheduled(turn, order)
    return _say(turn, Text("session-moving", await about(turn, order, turn.language))) + Outcome(
        save=(order, booking, *freed, *times.made_free(booking)), effects=(put_event(turn, order),)
    )


def _say(turn: Turn, text: Text) -> Outcome:
    return Outcome(say=(Say(text=text, choices=(MENU,)),), conversation=replace(turn.conversation, shown=(MENU,)))


MOVE = Flow(
    name="move",
    title=Text("title-move"),
    questions=(
        Question(name="day", prompt=_ask_day, read=_read_day, applies=_open),
        Question(name="time", prompt=_ask_time, read=_read_time, depends=("day",), applies=_open),
        Question(name="sure", prompt=_ask_sure, read=_read_sure, depends=("time",), applies=_open),
    ),
    finish=_finish,
    prepare=_prepare,
)
