"""Ordering a session with a mentor: subject, mentor, day, time, e-mail, summary, way to pay.

The chosen time is held from the moment it is chosen and anew with each answer; who comes second meets the first one's
hold in the store, and is offered other times.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from domain.bookings import Booking, hold, let_go
from domain.dates import read_day, read_time
from domain.localized import words
from domain.mentoring import Mentor, Mentoring
from domain.messages import Choice, Say, Text, Value, literal, moment, price
from handlers import zone
from handlers.care import BACK
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
)
from handlers.handover import ops_alert
from handlers.menu import MENU
from handlers.order_making import make_order
from handlers.paying import options, way
from handlers.questions import LAST, last_email, last_email_choice, named, read_email
from handlers.times import Times, by_day, times_of, zone_of

PAGE = 7
"""Days or times shown at once: with the way on, the zone and the way back they are the ten rows of a WhatsApp list."""

CHANGES = {
    "subject": "label-change-subject",
    "mentor": "label-change-mentor",
    "day": "label-change-time",
    "email": "label-change-email",
}
"""What can be changed from the summary, by its question."""

CANCEL = Choice("cancel", Text("label-cancel-order"))


def _offer(turn: Turn) -> Mentoring:
    """Raises LookupError where mentoring is not offered: then no question but the first is asked."""
    if turn.catalog.mentoring is None:
        raise LookupError("mentoring is not offered")
    return turn.catalog.mentoring


def _mentor(turn: Turn, answers: Answers) -> Mentor:
    mentor = _offer(turn).mentor(answers["mentor"])
    if mentor is None:
        raise LookupError(answers["mentor"])
    return mentor


async def _times(turn: Turn, answers: Answers, mentor: Mentor) -> Times:
    booking, rules = answers.get("booking", ""), _offer(turn).rules
    return await times_of(turn, mentor, rules, customer=turn.conversation.id, booking=booking)


# --- subject and mentor ---


async def _ask_subject(turn: Turn, answers: Answers) -> Prompt:
    offered = turn.catalog.mentoring
    if offered is None:
        return Prompt(text=Text("mentoring-not-offered"), choices=(MENU,))
    subjects = [
        (each, words(each.name, turn.language), words(each.description, turn.language)) for each in offered.subjects
    ]
    lines = tuple(
        Text("mentoring-subject-line", {"subject": name, "description": about}) for _, name, about in subjects
    )
    choices = tuple(choice("mentoring", "subject", each.id, literal(name)) for each, name, _ in subjects)
    return Prompt(text=Text("mentoring-ask-subject", {"subjects": lines}), choices=(*choices, MENU))


async def _read_subject(turn: Turn, answers: Answers, text: str) -> Reading:
    offered = turn.catalog.mentoring
    subjects = offered.subjects if offered else ()
    found = named(text, {each.id: " ".join(each.name.values()) for each in subjects})
    if not isinstance(found, NotAnAnswer):
        return found
    about = {each.id: re.findall(r"\w+", " ".join(each.description.values()).casefold()) for each in subjects}
    having = [each for each, told in about.items() if text and all(word in told for word in text.split())]
    return Answer(having[0]) if len(having) == 1 else found


async def _ask_mentor(turn: Turn, answers: Answers) -> Prompt:
    lines, choices = [], []
    for mentor in _offer(turn).mentors_of(answers["subject"]):
        free = (await _times(turn, answers, mentor)).free()
        values: dict[str, Value] = {
            "mentor": mentor.name,
            "price": price(mentor.price),
            "minutes": mentor.length // timedelta(minutes=1),
            "profile": words(mentor.profile, turn.language),
        }
        if free:
            lines.append(Text("mentoring-mentor-line", {**values, "next": moment(free[0])}))
        else:
            lines.append(Text("mentoring-mentor-line-full", values))
        choices.append(choice("mentoring", "mentor", mentor.id, literal(mentor.name)))
    return Prompt(text=Text("mentoring-ask-mentor", {"mentors": tuple(lines)}), choices=(*choices, BACK))


async def _read_mentor(turn: Turn, answers: Answers, text: str) -> Reading:
    return named(text, {each.id: each.name for each in _offer(turn).mentors_of(answers["subject"])})


# --- day and time ---


async def _ask_zone(turn: Turn, answers: Answers) -> Prompt:
    return await zone.ask(turn, "mentoring")


async def _read_zone(turn: Turn, answers: Answers, text: str) -> Reading:
    return zone.read(text)


async def _ask_day(turn: Turn, answers: Answers) -> Prompt:
    mentor = _mentor(turn, answers)
    days = by_day((await _times(turn, answers, mentor)).free(), zone_of(turn))
    items = [(day.isoformat(), Text("mentoring-day", {"day": moment(times[0], "day")})) for day, times in days.items()]
    other_zone = choice("mentoring", "day", "zone", Text("label-zone"))
    return Prompt(
        text=Text("mentoring-ask-day", {"mentor": mentor.name, "now": moment(turn.now, "time")}),
        choices=(*_page("day", items, answers), other_zone, BACK),
    )


async def _read_day(turn: Turn, answers: Answers, text: str) -> Reading:
    at = zone_of(turn)
    today = turn.now.astimezone(at).date()
    day = read_day(turn.said.text, today)
    if day is None:
        return Again(Text("mentoring-day-odd")) if _has_digit(text) else NotAnAnswer()
    times = await _times(turn, answers, _mentor(turn, answers))
    days = by_day(times.free(), at)
    if day in days:
        return Answer(day.isoformat())
    return Again(_why_not(day, today, days, turn))


def _why_not(day: date, today: date, days: Mapping[date, Sequence[datetime]], turn: Turn) -> Text:
    if day < today:
        return Text("mentoring-day-past")
    last = max(days, default=today)
    if day > last:
        return Text("mentoring-day-far", {"last": moment(days[last][-1] if days else turn.now, "day")})
    return Text("mentoring-day-full")


async def _ask_time(turn: Turn, answers: Answers) -> Prompt:
    mentor = _mentor(turn, answers)
    times = await _free_on(turn, answers)
    items = [(_value(at), Text("mentoring-time", {"time": moment(at, "time")})) for at in times]
    about = Text("mentoring-ask-time", {"mentor": mentor.name, "day": moment(times[0], "day")})
    return Prompt(text=about, choices=(*_page("time", items, answers), BACK))


async def _read_time(turn: Turn, answers: Answers, text: str) -> Reading:
    wanted = read_time(turn.said.text)
    if not wanted:
        return Again(Text("mentoring-time-odd")) if _has_digit(text) else NotAnAnswer()
    times = await _times(turn, answers, _mentor(turn, answers))
    for minutes in wanted:
        if at := times.at(date.fromisoformat(answers["day"]), minutes, zone_of(turn)):
            return Answer(_value(at))
    return Again(Text("mentoring-time-not-free"))


async def _free_on(turn: Turn, answers: Answers) -> list[datetime]:
    times = await _times(turn, answers, _mentor(turn, answers))
    return by_day(times.free(), zone_of(turn)).get(date.fromisoformat(answers["day"]), [])


def _value(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


def _page(question: str, items: Sequence[tuple[str, Text]], answers: Answers) -> tuple[Choice, ...]:
    """The choices of the page that is open, and the way to the next one, from the last to the first."""
    pages = -(-len(items) // PAGE) or 1
    page = int(answers.get("page", "0")) % pages
    shown = tuple(choice("mentoring", question, *item) for item in items[page * PAGE : (page + 1) * PAGE])
    if pages == 1:
        return shown
    return (*shown, choice("mentoring", question, f"page-{(page + 1) % pages}", Text("label-more")))


def _has_digit(text: str) -> bool:
    return any(char.isdigit() for char in text)


# --- e-mail, summary, way to pay ---


async def _ask_email(turn: Turn, answers: Answers) -> Prompt:
    known = await last_email_choice(turn, "mentoring")
    return Prompt(text=Text("mentoring-ask-email"), choices=(*known, BACK))


async def _read_email(turn: Turn, answers: Answers, text: str) -> Reading:
    return read_email(turn)


async def _ask_confirm(turn: Turn, answers: Answers) -> Prompt:
    mentor, offered = _mentor(turn, answers), _offer(turn)
    subject = offered.subject(answers["subject"])
    summary = Text(
        "mentoring-summary",
        {
            "subject": words(subject.name, turn.language) if subject else "",
            "mentor": mentor.name,
            "at": moment(datetime.fromisoformat(answers["time"])),
            "minutes": mentor.length // timedelta(minutes=1),
            "email": answers["email"],
            "price": price(mentor.price),
            "hold": offered.rules.hold // timedelta(minutes=1),
        },
    )
    yes = choice("mentoring", "confirm", "yes", Text("label-order"))
    changes = (choice("mentoring", "confirm", f"change-{name}", Text(label)) for name, label in CHANGES.items())
    return Prompt(text=summary, choices=(yes, *changes, CANCEL))


async def _read_confirm(turn: Turn, answers: Answers, text: str) -> Reading:
    return NotAnAnswer()


async def _ask_provider(turn: Turn, answers: Answers) -> Prompt:
    amount = _mentor(turn, answers).price
    ways = tuple(choice("mentoring", "provider", each.provider, way(each, amount)) for each in options(turn, amount))
    return Prompt(text=Text("mentoring-ask-provider", {"price": price(amount)}), choices=(*ways, BACK))


async def _read_provider(turn: Turn, answers: Answers, text: str) -> Reading:
    return named(text, {each.provider: each.provider for each in options(turn, _mentor(turn, answers).price)})


def _several_ways(turn: Turn, answers: Answers) -> bool:
    return len(options(turn, _mentor(turn, answers).price)) > 1


# --- between the answers ---


async def _prepare(turn: Turn, answers: Answers) -> tuple[dict[str, str], Outcome]:
    if turn.catalog.mentoring is None:
        return {}, Outcome()
    kept, outcome = await _without_detours(turn, dict(answers))
    turn = replace(turn, person=outcome.person or turn.person)
    kept, more = await _still_there(turn, kept)
    outcome += more
    if "time" in kept:
        kept, more = await _held(turn, kept)
        outcome += more
    if "day" in kept and "time" not in kept and not await _free_on(turn, kept):
        kept = FLOW.forget(kept, "day")
        if not outcome.say:
            outcome += _said("mentoring-day-full")
    return kept, outcome


def _said(key: str, **values: Value) -> Outcome:
    return Outcome(say=(Say(text=Text(key, values)),))


async def _without_detours(turn: Turn, answers: dict[str, str]) -> tuple[dict[str, str], Outcome]:
    """The answers without those that only led elsewhere: another page, another zone, something to change."""
    outcome = Outcome()
    if "zone" in answers:
        outcome = Outcome(person=zone.put_on(turn.person, answers["zone"]))
    if answers.get("day") == "zone":
        answers = {**answers, "rezone": "yes"}
        del answers["day"]
    elif "zone" in answers or "mentor" not in answers:
        answers = {key: value for key, value in answers.items() if key not in ("zone", "rezone")}
    page = next((answers[name][5:] for name in ("day", "time") if answers.get(name, "").startswith("page-")), "")
    answers = {key: value for key, value in answers.items() if key != "page" and not value.startswith("page-")}
    if page:
        answers["page"] = page
    if answers.get("confirm", "yes") != "yes":
        answers = FLOW.forget(answers, answers["confirm"].removeprefix("change-"))
        answers.pop("confirm", None)
    if answers.get("email") == LAST:
        answers["email"] = await last_email(turn)
    return answers, outcome


async def _still_there(turn: Turn, answers: dict[str, str]) -> tuple[dict[str, str], Outcome]:
    """The answers without a subject or a mentor that the catalog no longer has, or that cannot be had just now."""
    offered = _offer(turn)
    if "subject" in answers and offered.subject(answers["subject"]) is None:
        answers = FLOW.forget(answers, "subject")
    mentor = offered.mentor(answers["mentor"]) if "mentor" in answers else None
    if mentor is None or answers["subject"] not in mentor.subjects:
        return FLOW.forget(answers, "mentor"), Outcome()
    if not options(turn, mentor.price):
        told = ops_alert(turn, Text("ops-cannot-pay", {"what": mentor.name, "price": price(mentor.price)}))
        return FLOW.forget(answers, "mentor"), _said("mentoring-cannot-pay") + Outcome(say=told)
    if "day" not in answers and not (await _times(turn, answers, mentor)).free():
        return FLOW.forget(answers, "mentor"), _said("mentoring-full", mentor=mentor.name)
    if answers.setdefault("price", _priced(mentor)) != _priced(mentor):
        asked_before = "confirm" in answers
        answers = {**FLOW.forget(answers, "confirm"), "price": _priced(mentor)}
        return answers, _said("mentoring-price-changed") if asked_before else Outcome()
    return answers, Outcome()


def _priced(mentor: Mentor) -> str:
    return f"{mentor.price.amount} {mentor.price.currency}"


async def _held(turn: Turn, answers: dict[str, str]) -> tuple[dict[str, str], Outcome]:
    """The chosen time held, or dropped where somebody else has it by now. What is about to be ordered is held by
    `_finish`, in the same commit.
    """
    times = await _times(turn, answers, _mentor(turn, answers))
    stored = await _stored(turn, answers)
    booking = _booking(turn, answers, times, stored)
    if not times.can_have(booking, stored):
        return FLOW.forget(answers, "time"), _said("mentoring-time-gone", at=moment(booking.starts_at))
    answers = {**answers, "booking": booking.id}
    if FLOW.next_question(turn, answers) is None:
        return answers, Outcome()
    return answers, Outcome(save=(booking, *times.made_free(booking)))


async def _stored(turn: Turn, answers: Answers) -> Booking | None:
    """What this order holds, or has held."""
    return await turn.records.get(Booking, answers["booking"]) if "booking" in answers else None


def _booking(turn: Turn, answers: Answers, times: Times, stored: Booking | None) -> Booking:
    """The booking of the chosen time from now on; one that this order has held before is moved."""
    return replace(
        hold(
            answers.get("booking", f"booking-{turn.seq}"),
            turn.conversation.id,
            times.mentor,
            datetime.fromisoformat(answers["time"]),
            turn.now + times.rules.hold,
        ),
        version=stored.version if stored else 0,
    )


async def _finish(turn: Turn, answers: Answers) -> Outcome:
    mentor = _mentor(turn, answers)
    ways = [each.provider for each in options(turn, mentor.price)]
    provider = answers.get("provider", "")
    times = await _times(turn, answers, mentor)
    booking = _booking(turn, answers, times, await _stored(turn, answers))
    made = await make_order(
        turn,
        subject=answers["subject"],
        mentor=mentor,
        rules=times.rules,
        booking=booking,
        email=answers["email"],
        provider=provider if provider in ways else ways[0],
    )
    return Outcome(save=times.made_free(booking)) + made


async def _dropped(turn: Turn, answers: Answers) -> Outcome:
    booking = await _stored(turn, answers)
    if booking is None or booking.order or not booking.calendar:
        return Outcome()
    return Outcome(save=(let_go(booking, turn.now),))


FLOW = Flow(
    name="mentoring",
    title=Text("title-mentoring"),
    questions=(
        Question(name="subject", prompt=_ask_subject, read=_read_subject),
        Question(name="mentor", prompt=_ask_mentor, read=_read_mentor, depends=("subject",)),
        Question(name="zone", prompt=_ask_zone, read=_read_zone, applies=lambda turn, answers: "rezone" in answers),
        Question(name="day", prompt=_ask_day, read=_read_day, depends=("mentor",)),
        Question(name="time", prompt=_ask_time, read=_read_time, depends=("day",)),
        Question(name="email", prompt=_ask_email, read=_read_email),
        Question(name="confirm", prompt=_ask_confirm, read=_read_confirm, depends=("time", "email")),
        Question(
            name="provider", prompt=_ask_provider, read=_read_provider, depends=("confirm",), applies=_several_ways
        ),
    ),
    finish=_finish,
    passing=lambda answers: "subject" not in answers,
    by_word=True,
    prepare=_prepare,
    dropped=_dropped,
)
