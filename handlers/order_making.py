"""An order of a session, made of what was agreed to: its time, its first link to pay by, and the question to the
mentor.
"""

from datetime import timedelta

from msgspec.structs import replace

from domain.bookings import Booking
from domain.mentoring import Mentor, Rules
from domain.messages import Say, Text, moment, price
from domain.orders import Order, OrderKind, Session, note, schedule
from domain.people import Counter
from handlers.care import ORDERS
from handlers.flow import Outcome, Turn, edited_message
from handlers.menu import MENU
from handlers.paying import attempt
from handlers.sessions import ask_mentor
from handlers.times import zone_of

GRACE = timedelta(minutes=2)
"""A time stays held so long past the payment's deadline: who pays in the last moment still has it."""


async def make_order(
    turn: Turn, *, subject: str, mentor: Mentor, rules: Rules, booking: Booking, email: str, provider: str
) -> Outcome:
    """`booking` is the time, as it is to be held for the customer, not saved yet."""
    counter = await turn.records.get(Counter, "orders") or Counter(id="orders")
    counter = replace(counter, value=counter.value + 1)
    pay_by = turn.now + rules.pay_within
    order = Order(
        id=f"order-{counter.value}",
        number=counter.value,
        kind=OrderKind.MENTORING,
        customer=turn.conversation.id,
        name=turn.person.name,
        email=email,
        language=turn.language,
        zone=zone_of(turn).key,
        price=mentor.price,
        made_at=turn.now,
        pay_by=pay_by,
        mentor=mentor.id,
        session=Session(
            subject=subject,
            mentor=mentor.id,
            booking=booking.id,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            approve_by=min(turn.now + rules.approve_within, booking.starts_at),
        ),
    )
    order = note(order, what="made", by=turn.person.id, now=turn.now)
    order, paying = await attempt(turn, order, provider)
    order = schedule(order, rules, turn.now)
    booking = replace(booking, order=order.id, held_until=pay_by + GRACE)
    choices = (ORDERS, MENU)
    ordered = Text(
        "mentoring-ordered",
        {
            "number": order.number,
            "mentor": mentor.name,
            "at": moment(booking.starts_at),
            "price": price(order.price),
            "pay_by": moment(pay_by),
        },
    )
    made = Outcome(
        say=(Say(text=ordered, choices=choices, edit=edited_message(turn)),),
        save=(counter, booking, order),
        conversation=replace(turn.conversation, shown=choices),
    )
    return made + paying + await ask_mentor(turn, order)
