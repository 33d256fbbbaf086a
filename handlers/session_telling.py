"""Telling the two of a session: by chat and by mail, in their own language and on their own clock."""

from domain.bookings import MentorAccount
from domain.localized import words
from domain.mentoring import Mentor, Rules
from domain.messages import Choice, Media, MediaKind, Text, Value, moment, price
from domain.orders import Order, Session
from domain.people import Person
from handlers.flow import Turn
from handlers.telling import Party

CUSTOMERS_MAIL, MENTORS_MAIL = 20, 21
"""What tells our mails from others of the same step; a step sends each of the two one at most."""


def session_of(order: Order) -> Session:
    """Raises TypeError for an order of another kind."""
    if order.session is None:
        raise TypeError(f"{order.id} is no order of a session")
    return order.session


def rules_of(turn: Turn) -> Rules | None:
    """None where mentoring is no longer offered."""
    return turn.catalog.mentoring.rules if turn.catalog.mentoring else None


def catalog_mentor(turn: Turn, order: Order) -> Mentor | None:
    """None where the catalog no longer has the mentor."""
    return turn.catalog.mentoring.mentor(session_of(order).mentor) if turn.catalog.mentoring else None


async def customer_of(turn: Turn, order: Order) -> Party:
    """They may have chosen another language or another clock since they ordered."""
    known = turn.person if turn.person.id == order.customer else await turn.records.get(Person, order.customer)
    language = (known.language if known else "") or order.language
    zone = (known.zone if known else "") or order.zone
    return Party(name=order.name, chat=order.customer, email=order.email, language=language, zone=zone)


async def mentor_of(turn: Turn, order: Order) -> Party:
    return await mentor_party(turn, session_of(order).mentor)


async def mentor_party(turn: Turn, mentor_id: str) -> Party:
    mentor = turn.catalog.mentoring.mentor(mentor_id) if turn.catalog.mentoring else None
    account = await turn.records.get(MentorAccount, mentor_id)
    chat = account.chat if account else ""
    known = turn.person if chat and turn.person.id == chat else await turn.records.get(Person, chat) if chat else None
    return Party(
        name=mentor.name if mentor else mentor_id,
        chat=chat,
        email=mentor.email if mentor else "",
        language=(known.language if known else "") or "id",
        zone=mentor.hours.zone if mentor else "",
    )


async def about(turn: Turn, order: Order, language: str) -> dict[str, Value]:
    """The values that say which session an order is about. `order` is for the buttons of WhatsApp's templates."""
    session = session_of(order)
    offered = turn.catalog.mentoring
    subject = offered.subject(session.subject) if offered else None
    mentor = offered.mentor(session.mentor) if offered else None
    return {
        "order": order.id,
        "number": order.number,
        "subject": words(subject.name, language) if subject else session.subject,
        "mentor": mentor.name if mentor else session.mentor,
        "customer": order.name or "–",
        "at": moment(session.starts_at),
        "until": moment(session.ends_at, "time"),
        "price": price(order.price),
        "room": session.room or {"text": "room-later"},
    }


async def said_to(turn: Turn, to: Party, order: Order, key: str, **more: Value) -> Text:
    return Text(key, {**await about(turn, order, to.language), **more})


def invite(order: Order) -> str:
    """The name of the session's calendar file, for a mail to carry: as the order stands when it is sent."""
    return f"invite/{order.id}"


def invite_file(to: Party, order: Order) -> Media | None:
    """The calendar file for a chat, where the calendar has sent no invitation. WhatsApp takes no such files (Twilio's
    "Guidance on WhatsApp media messages").
    """
    if session_of(order).invited or not to.chat.startswith("telegram:"):
        return None
    return Media(kind=MediaKind.DOCUMENT, channel="documents", ref=invite(order), mime="text/calendar")


def mentor_choice(order: Order, action: str, label: Text) -> Choice:
    """A button of the mentor's that works whatever was shown since."""
    return Choice(f"mentor:{order.id}:{action}", label)


def room_choice(order: Order) -> tuple[Choice, ...]:
    room = session_of(order).room
    return (Choice("room", Text("label-room"), url=room),) if room else ()
