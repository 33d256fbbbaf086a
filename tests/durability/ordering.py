"""People who order a session with a mentor, pay for it, cancel it, race for it or never pay; mentors who answer."""

import asyncio
import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from domain.bookings import Booking, quarters
from domain.ledger import LedgerEntry
from domain.orders import Order, OrderKind, OrderStatus
from domain.payments import Payment, Refund, RefundStatus, received_id
from handlers.mails import SEND
from tests.durability.books import Json
from tests.durability.ledger import Count, Ledger
from tests.durability.offer import CODES, SUBJECT
from tests.durability.sequences import Sequence, Surroundings
from tests.durability.world import Someone, words

DAY, TIME, MAIL, SURE, WAY, NOTED = (
    "Hari apa", "jam berapa", "alamat e-mail", "Sudah benar", "lewat apa", "kami catat",
)  # fmt: skip
ASKED_AGAIN, GIVEN_BACK = "Uang yang kembali", "kembalikan"
GONE, FULL = "sudah tidak tersedia", "tidak ada waktu kosong"
ANSWERED_BY = {DAY: (TIME,), TIME: (MAIL, SURE), MAIL: (SURE,), SURE: (WAY,), WAY: (NOTED,)}
WAYS = {"Kartu": {"do": "pay", "method": "card"}, "Transfer": {"do": "pay", "channel": "DANA"}}
PAGE = re.compile(r"http://[^\s\"|]+/(?:c/pay|xendit/invoice)/[^\s\"|]+")
CONFIRMED = (OrderStatus.CONFIRMED, OrderStatus.DONE)

# --- what people do ---


@dataclass(frozen=True)
class Ordered:
    person: Someone
    around: Surroundings
    mentor: str
    number: int
    page: str
    form: dict[str, str]

    async def paid(self) -> bool:
        """At the provider's own page, which may be closed by now."""
        return await pays_at(self.person, self.page, self.form)

    async def mentor_says(self, label: str) -> None:
        """The mentor presses the button below this order."""
        mentor = await known(self.around, self.mentor)
        asked = re.compile(rf"pesanan #{self.number}\b")

        def found() -> Json | None:
            news = self.person.world.news.get(mentor.chat, [])
            return next((m for m in news if asked.search(words(m)) and label.casefold() in words(m)), None)

        message = await mentor.world.until(found, lambda: f"{mentor.name} was never asked about #{self.number}")
        button = next(each for row in message["buttons"] for each in row if label in each["text"])
        await mentor.world.does(
            "press", person=mentor.name, chat=mentor.chat, message=message["id"], button=button["id"]
        )

    async def hears(self, *fragments: str) -> None:
        await self.person.hears(f"#{self.number}", *fragments)

    async def looked_at(self) -> None:
        """In the list of their orders."""
        await self.person.asks("pesanan saya", "Pesanan Anda")
        await self.person.chooses(f"#{self.number} ·", f"Pesanan #{self.number}", "Harga")

    async def cancels(self) -> None:
        await self.looked_at()
        await self.person.chooses("Batalkan", f"Batalkan pesanan #{self.number}")
        await self.person.presses("Ya, batalkan")


async def known(around: Surroundings, name: str) -> Someone:
    """The mentor, who has proved who they are."""

    async def comes() -> Someone:
        made = await around.world.does("people", name=name, channel="telegram", language="id")
        mentor = Someone(around.world, made["id"], made["chat"])
        await mentor.asks(f"/start mentor_{CODES[name]}", "/agenda")
        return mentor

    return await around.once(name, comes)


async def chooses(person: Someone, around: Surroundings, name: str) -> None:
    """Whom to meet; the days are shown."""
    await known(around, name)
    await person.asks("mentoring", "Topik apa")
    await person.chooses(SUBJECT, "Dengan siapa")
    await person.chooses(name, DAY)


async def orders(person: Someone, around: Surroundings) -> Ordered:
    number = next(around.number)
    name, way = [*CODES][number % len(CODES)], [*WAYS][number // 2 % len(WAYS)]
    await chooses(person, around, name)
    return await goes_on(person, around, name, way)


async def goes_on(person: Someone, around: Surroundings, name: str, way: str, at: str = DAY) -> Ordered:
    """From the days that are shown to the page at which to pay. Whose time was taken meanwhile takes another."""
    while at != NOTED:
        match at:
            case "Hari apa":
                await person.presses(offered(person, "2026", "2027")[1])
            case "jam berapa":
                await person.presses(offered(person, " WIB")[0])
            case "alamat e-mail":
                await person.says(f"{person.name}@example.com")
            case "Sudah benar":
                await person.presses("Pesan sekarang")
            case _:
                await person.presses(way)
        then = await person.hears_one_of(GONE, FULL, *ANSWERED_BY[at])
        gone = then in (GONE, FULL)
        at = await person.hears_one_of(TIME, DAY, *ANSWERED_BY[at]) if gone else then
    number, page = link_in(await person.hears("#", "silakan bayar"))
    return Ordered(person, around, name, number, page, WAYS[way])


def link_in(message: Json) -> tuple[int, str]:
    """The order that it is for, and the page at which to pay."""
    number = re.search(r"#(\d+)", message["text"])
    page = PAGE.search(" ".join([message["text"], *(b.get("url") or "" for row in message["buttons"] for b in row)]))
    assert number is not None, message
    assert page is not None, message
    return int(number[1]), page[0]


async def pays_at(person: Someone, page: str, form: dict[str, str]) -> bool:
    """Whether the provider's page takes it, which may be closed by now."""
    async with person.world.session.post(page, data=form, allow_redirects=False) as answer:
        assert answer.status in (303, 409), answer.status
        return answer.status == 303


def offered(person: Someone, *marks: str) -> list[str]:
    """What the newest message that has choices with such a mark offers."""
    for message in reversed(person.world.news[person.chat]):
        labels = [button["text"] for row in message["buttons"] for button in row]
        lines = [line.partition(". ")[2] for line in message["text"].splitlines() if re.match(r"\d+\. ", line)]
        if found := [each for each in labels or lines if any(mark in each for mark in marks)]:
            return found
    raise AssertionError(f"{person.name} is offered nothing with {marks}")


async def pays_and_is_approved(person: Someone, around: Surroundings) -> None:
    order = await orders(person, around)
    assert await order.paid()
    await order.hears("sudah kami terima")
    await order.mentor_says("Terima")
    await person.hears(f"Sesi #{order.number} pasti")


async def is_approved_and_pays(person: Someone, around: Surroundings) -> None:
    order = await orders(person, around)
    await order.mentor_says("Terima")
    await order.hears("menerima pesanan")
    assert await order.paid()
    await person.hears(f"Sesi #{order.number} pasti")


async def is_declined(person: Someone, around: Surroundings) -> None:
    order = await orders(person, around)
    assert await order.paid()
    await order.hears("sudah kami terima")
    await order.mentor_says("Tolak")
    await order.hears("kembalikan")


async def cancels_what_is_certain(person: Someone, around: Surroundings) -> None:
    order = await orders(person, around)
    await asyncio.gather(order.paid(), order.mentor_says("Terima"))
    await person.hears(f"Sesi #{order.number} pasti")
    await order.cancels()
    await order.hears("kembalikan")


async def pays_while_cancelling(person: Someone, around: Surroundings) -> None:
    """Whose money is booked before they are sure is asked once more, with what comes back."""
    order = await orders(person, around)
    _, came = await asyncio.gather(order.cancels(), order.paid())
    if not came:
        await order.hears("dibatalkan")
    elif await person.hears_one_of(ASKED_AGAIN, GIVEN_BACK) == ASKED_AGAIN:
        await person.presses("Ya, batalkan")
        await order.hears(GIVEN_BACK)


async def two_want_one_time(person: Someone, around: Surroundings) -> None:
    """Both take the same at the same moment; whoever has it then, both have one in the end."""
    made = await around.world.does("people", name=f"{person.name} dua", channel="telegram", language="id")
    rival = Someone(around.world, made["id"], made["chat"])
    both = {"Kartu": person, "Transfer": rival}
    for each in both.values():
        await chooses(each, around, "Andi")
        await each.presses(offered(each, "2026", "2027")[2])
        await each.hears(TIME)
    orders = await asyncio.gather(*(goes_on(each, around, "Andi", way, TIME) for way, each in both.items()))
    for order in orders:
        await asyncio.gather(order.paid(), order.mentor_says("Terima"))
        await order.person.hears(f"Sesi #{order.number} pasti")


async def never_pays(person: Someone, around: Surroundings) -> None:
    await (await orders(person, around)).looked_at()


SEQUENCES = (
    Sequence("pays and is approved", pays_and_is_approved),
    Sequence("is approved and pays", is_approved_and_pays),
    Sequence("pays and is declined", is_declined),
    Sequence("cancels what is certain", cancels_what_is_certain),
    Sequence("pays while cancelling", pays_while_cancelling),
    Sequence("two want one time", two_want_one_time),
    Sequence("never pays", never_pays),
)

# --- what must be true of it ---


def links(ledger: Ledger) -> list[Json]:
    return list(ledger.outside["money"]["links"])


def charges(ledger: Ledger) -> list[tuple[str, str]]:
    """The money that came, by provider and the provider's id of it."""
    return [(each["provider"], each["charge"]) for each in links(ledger) if each["charge"]]


def events(ledger: Ledger) -> Counter[int]:
    """The events that stand in the calendar, by the order's number."""
    standing = (each for each in ledger.outside["calendar"]["events"] if each["status"] != "cancelled")
    return Counter(int(each["description"].removeprefix("#")) for each in standing)


def not_booked_once(ledger: Ledger) -> list[Any]:
    """Every charge of the providers' is one entry of the ledger's, and every entry a charge."""
    booked = Counter(each.id for each in ledger.books[LedgerEntry] if each.id.startswith("received/"))
    came = Counter(received_id(*charge) for charge in charges(ledger))
    return [*(booked - came).elements(), *(came - booked).elements()]


def sums_at_odds(ledger: Ledger) -> list[Any]:
    """What lies with a provider by our books: what came there, without what went back."""
    wrong = []
    for provider in ("stripe", "xendit"):
        ours = sum(
            line.amount.amount
            for each in ledger.books[LedgerEntry]
            for line in each.lines
            if line.account in (f"provider:{provider}", f"refunds:{provider}")
        )
        money = ledger.outside["money"]
        came = sum(each["amount"] for each in money["links"] if each["provider"] == provider and each["charge"])
        back = sum(each["amount"] for each in money["refunds"] if each["provider"] == provider)
        if ours != came - back:
            wrong.append((provider, ours, came, back))
    return wrong


def unbalanced(ledger: Ledger) -> list[Any]:
    sums: Counter[tuple[str, str]] = Counter()
    for each in ledger.books[LedgerEntry]:
        for line in each.lines:
            sums[each.id, line.amount.currency] += line.amount.amount
    return [each for each, total in sums.items() if total]


def booked_by_two(ledger: Ledger) -> list[Any]:
    """Quarter hours of a mentor's that two standing bookings have."""
    taken = Counter(
        quarter
        for each in ledger.books[Booking]
        if each.calendar
        for quarter in quarters(each.mentor, each.starts_at, each.free_at)
    )
    return [quarter for quarter, times in taken.items() if times > 1]


def sessions(ledger: Ledger) -> list[Order]:
    """The orders of sessions."""
    return [order for order in ledger.books[Order] if order.kind is OrderKind.MENTORING]


def certain_ones(ledger: Ledger) -> list[Order]:
    return [order for order in sessions(ledger) if order.status in CONFIRMED]


def paid_for_nothing(ledger: Ledger) -> list[Any]:
    """Paid, and neither certain nor given back nor in the hands of ops."""
    ordered, certain = ({order.id for order in found} for found in (sessions(ledger), certain_ones(ledger)))
    returned = {(each["provider"], each["charge"]) for each in ledger.outside["money"]["refunds"]}
    failed = {each.payment for each in ledger.books[Refund] if each.status is RefundStatus.FAILED}
    payments = {each.id: each for each in ledger.books[Payment]}
    return [
        each
        for each in links(ledger)
        if each["charge"]
        and (each["provider"], each["charge"]) not in returned
        and each["reference"] not in failed
        and payments[each["reference"]].order in ordered - certain
    ]


def certain_without_an_event(ledger: Ledger) -> list[Any]:
    made = events(ledger)
    return [order.id for order in certain_ones(ledger) if not made[order.number]]


def events_of_nothing(ledger: Ledger) -> list[Any]:
    certain = {order.number for order in certain_ones(ledger)}
    return [number for number in events(ledger) if number not in certain]


def twice(found: Counter[Any]) -> list[Any]:
    return [each for each, times in found.items() if times > 1]


def refunded_twice(ledger: Ledger) -> list[Any]:
    return twice(Counter((each["provider"], each["charge"]) for each in ledger.outside["money"]["refunds"]))


def linked_twice(ledger: Ledger) -> list[Any]:
    return twice(Counter((each["provider"], each["reference"]) for each in links(ledger)))


def mailed_too_often(ledger: Ledger) -> list[Any]:
    """More often than it was begun: a mail's number is made of its effect's id."""
    begun = {
        hashlib.sha256(each["id"].encode()).hexdigest()[:40]: each["tries"]
        for each in ledger.books.effects
        if each["name"] == SEND
    }
    return [
        mail["message_id"]
        for mail in ledger.outside["mails"]["mails"]
        if (key := mail["message_id"].strip("<>").partition("@")[0]) in begun and mail["times"] > max(1, begun[key])
    ]


def lost_to_another(ledger: Ledger) -> int:
    """How often somebody was told that the time they chose had just been taken."""
    return sum(GONE in words(message) for news in ledger.world.news.values() for message in news)


COUNTS = (
    Count("orders", lambda ledger: ledger.books[Order]),
    Count("orders paid", lambda ledger: charges(ledger)),
    Count("sessions certain", certain_ones),
    Count("times lost to another", lost_to_another),
    Count("refunds", lambda ledger: ledger.outside["money"]["refunds"]),
    Count("mails", lambda ledger: ledger.outside["mails"]["mails"]),
    Count("money not booked once", not_booked_once, exactly=0),
    Count("providers' sums at odds with the ledger", sums_at_odds, exactly=0),
    Count("ledger entries out of balance", unbalanced, exactly=0),
    Count("times booked by two", booked_by_two, exactly=0),
    Count("paid for nothing", paid_for_nothing, exactly=0),
    Count("certain without an event", certain_without_an_event, exactly=0),
    Count("events of what is not certain", events_of_nothing, exactly=0),
    Count("events made twice", lambda ledger: twice(events(ledger)), exactly=0),
    Count("refunds carried out twice", refunded_twice, exactly=0),
    Count("links made twice", linked_twice, exactly=0),
    Count("mails sent more often than begun", mailed_too_often, exactly=0),
)
