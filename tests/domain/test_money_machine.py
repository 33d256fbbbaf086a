"""No sequence of events loses or makes money, or books a time twice: orders, attempts, answers of providers, webhooks,
words of mentors, cancelling, expiry, refunds and jumps of the clock, in any order, late, repeated and out of step.

The handlers, the router and the store are the real ones; the outside world is `tests.bank`.
"""

import asyncio
import tempfile
from collections.abc import Coroutine
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from msgspec.structs import replace

from domain.bookings import Booking, MentorAccount, hold, in_the_way, let_go
from domain.events import Due
from domain.ledger import LedgerEntry, balance
from domain.mentoring import Mentoring
from domain.money import Money
from domain.orders import Order, OrderKind, OrderStatus, Session, may_cancel, may_move, refund_share, schedule
from domain.payments import Payment, PaymentStatus, Refund, RefundStatus, received_id
from domain.people import Counter
from handlers import session_changes, session_due, sessions
from handlers.flow import Outcome, Turn
from handlers.paying import attempt
from handlers.registry import DUE
from handlers.session_moving import move_to
from handlers.times import times_of
from services.failures import Permanent, Retry
from tests.bank import Bank, BankLink, Charge
from tests.books import BEGIN, CATALOG, OPS, Books

T = TypeVar("T")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # where writing costs least
CUSTOMERS = ("telegram:501", "whatsapp:+62811502")
MENTOR_CHAT = "telegram:900"
OFFERED = CATALOG.mentoring or Mentoring(subjects=(), mentors=(), rules=None)  # type: ignore[arg-type]  # it is offered
ANDI = OFFERED.mentors[0]
SLOT = ANDI.length + ANDI.buffer
WORDS = "approve approve decline cancel mentor-cancel propose move move no-show stripe xendit".split()
which = st.integers(0, 30)


async def play(turn: Turn, due: Due) -> Outcome:
    """What people do, each in a turn of its own: `<what>/<whom or what it is about>`."""
    what, about = due.record.split("/", 1)
    if what == "order":
        return await _order(turn, *about.split("/"))
    order = await turn.records.get(Order, about)
    assert order
    now, rules = turn.now, OFFERED.rules
    match what:
        case "approve":
            return await sessions.approve(turn, order)
        case "decline":
            return await sessions.decline(turn, order)
        case "no-show":
            return await session_due.no_show(turn, order)
        case "propose":
            return await session_changes.ask_to_move(turn, order)
        case "move" if order.session and may_move(order, rules, by_mentor=False, now=now):
            times = await times_of(turn, ANDI, rules, customer=order.customer, booking=order.session.booking)
            others = [at for at in times.free() if at != order.session.starts_at]
            return await move_to(turn, order, others[turn.seq % 3]) if len(others) > 2 else Outcome()
        case "cancel" | "mentor-cancel" if may_cancel(order, now):
            by_mentor = what == "mentor-cancel"
            share = refund_share(order, rules, by_mentor=by_mentor, now=now)
            return await session_changes.cancel(turn, order, share, by_mentor=by_mentor) or Outcome()
        case "stripe" | "xendit" if order.status is OrderStatus.OPEN and not order.paid_at and now < order.pay_by:
            order, tried = await attempt(turn, order, what)
            return tried + Outcome(save=(order,))
    return Outcome()


async def _order(turn: Turn, customer: str, provider: str, slot: str) -> Outcome:
    """As at the end of ordering: the time is held, the first link wanted; nothing where it is somebody else's."""
    counter = await turn.records.get(Counter, "orders") or Counter(id="orders")
    counter = replace(counter, value=counter.value + 1)
    number, rules = counter.value, OFFERED.rules
    midnight = turn.now.replace(hour=0, minute=0, second=0)
    starts_at = midnight + timedelta(days=2, hours=3) + int(slot) * SLOT
    pay_by = turn.now + rules.pay_within
    held = hold(f"booking-{number}", customer, ANDI, starts_at, pay_by + timedelta(minutes=2))
    held = replace(held, order=f"order-{number}")
    others = in_the_way(held, await turn.records.find(Booking, calendar=ANDI.id, limit=1000))
    if any(each.is_taken(turn.now) for each in others):
        return Outcome()
    order = Order(
        id=f"order-{number}",
        number=number,
        kind=OrderKind.MENTORING,
        customer=customer,
        name="Budi",
        email="budi@example.com",
        language="id",
        zone="Asia/Jakarta",
        price=ANDI.price,
        made_at=turn.now,
        pay_by=pay_by,
        mentor=ANDI.id,
        session=Session(
            subject=ANDI.subjects[0],
            mentor=ANDI.id,
            booking=held.id,
            starts_at=starts_at,
            ends_at=held.ends_at,
            approve_by=turn.now + rules.approve_within,
        ),
    )
    order, tried = await attempt(turn, order, provider)
    gone = tuple(let_go(each, turn.now) for each in others)
    return tried + Outcome(save=(counter, schedule(order, rules, turn.now), held, *gone))


class MoneyMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.banks = {name: Bank(name) for name in ("stripe", "xendit")}
        self.books = Books(Path(self._folder.name), dict(self.banks))
        self.whole = True

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        self.whole = False
        result = self._loop.run_until_complete(what)
        self.whole = True
        return result

    @initialize()
    def begin(self) -> None:
        """Two orders, one approved, one with a second link: from here it is not far to anything that can go wrong."""
        self.run(self.books.open())
        self.run(self.books.storage.save(MentorAccount(id=ANDI.id, chat=MENTOR_CHAT, code="", since=BEGIN)))
        for slot, (customer, provider) in enumerate(zip(CUSTOMERS, self.banks, strict=True)):
            self.run(self.books.due("play", f"order/{customer}/{provider}/{slot}"))
        self.run(self.books.all_answered())
        self.run(self.books.due("play", "approve/order-1"))
        self.run(self.books.due("play", "stripe/order-2"))
        self.run(self.books.all_answered())

    def teardown(self) -> None:
        try:
            if self.whole:
                self.run(self._to_the_end())
        finally:
            self._loop.run_until_complete(self.books.close())
            self._loop.close()
            self._folder.cleanup()

    # --- what people do ---

    def links(self) -> list[tuple[Bank, BankLink]]:
        return [(bank, link) for bank in self.banks.values() for link in bank.links.values()]

    def charges(self) -> list[tuple[Bank, Charge]]:
        return [(bank, charge) for bank in self.banks.values() for charge in bank.charges.values()]

    @rule(customer=st.sampled_from(CUSTOMERS), provider=st.sampled_from(("stripe", "xendit")), slot=st.integers(0, 1))
    def somebody_orders(self, customer: str, provider: str, slot: int) -> None:
        self.run(self.books.due("play", f"order/{customer}/{provider}/{slot}"))

    @rule(what=st.sampled_from(WORDS), n=which)
    def somebody_decides(self, what: str, n: int) -> None:
        orders = self.run(self.books.storage.find(Order))
        self.run(self.books.due("play", f"{what}/{orders[n % len(orders)].id}"))

    @rule(n=which, more=st.sampled_from((0, 0, 0, 0, 1, -1000)), told=st.booleans())
    def somebody_pays(self, n: int, more: int, told: bool) -> None:
        """By any link that was ever made, whatever has become of it since; the webhook comes at once or later."""
        bank, link = self.links()[n % len(self.links())]
        charge = bank.pay(link.wanted.reference, link.wanted.amount + Money(more, "IDR"))
        if told:
            self.run(self.books.happens(bank.notice_of(charge, f"first-{charge.id}")))

    @precondition(lambda self: self.charges())
    @rule(n=which)
    def ops_press(self, n: int) -> None:
        buttons = [choice.id for say in self.run(self.books.told(OPS)) for choice in say.say.choices]
        if buttons:
            self.run(self.books.says(OPS, button=buttons[n % len(buttons)], person="telegram-ops:77"))

    # --- what providers do ---

    @precondition(lambda self: self.books.calls)
    @rule(n=which, twice=st.booleans())
    def a_call_is_answered(self, n: int, twice: bool) -> None:
        calls = sorted(self.books.calls)
        self.run(self.books.answered(calls[n % len(calls)], twice=twice))

    @precondition(lambda self: self.books.calls)
    @rule()
    def all_calls_are_answered(self) -> None:
        for call in list(self.books.calls):
            self.run(self.books.answered(call))

    @precondition(lambda self: self.charges())
    @rule(n=which, again=st.booleans())
    def a_webhook_comes(self, n: int, again: bool) -> None:
        """Of any money that ever came; `again`: the same event, which may have come before."""
        bank, charge = self.charges()[n % len(self.charges())]
        self.run(self.books.happens(bank.notice_of(charge, f"first-{charge.id}" if again else "")))

    @rule(n=which, known=st.booleans())
    def a_webhook_comes_of_no_money(self, n: int, known: bool) -> None:
        bank, link = self.links()[n % len(self.links())]
        reference, provider_id = (link.wanted.reference, link.id) if known else ("pay-999-9", "not-ours")
        self.run(self.books.happens(bank.notice(reference, provider_id, "created")))

    @rule(provider=st.sampled_from(("stripe", "xendit")), how=st.sampled_from(("busy", "no")))
    def the_next_call_fails(self, provider: str, how: str) -> None:
        self.banks[provider].failures.append(Retry("503") if how == "busy" else Permanent("400 no"))

    @precondition(lambda self: self.charges())
    @rule(n=which, state=st.sampled_from(("done", "pending", "failed")))
    def refunds_go_another_way(self, n: int, state: str) -> None:
        """Those to come, and one that was pending."""
        for bank in self.banks.values():
            bank.refunds_are = state
        refunds = [(bank, refund) for bank in self.banks.values() for refund in bank.refunds.values()]
        if refunds:
            bank, refund = refunds[n % len(refunds)]
            bank.settle_refund(refund, state)

    # --- what time does ---

    @rule(minutes=st.sampled_from((1, 5, 20, 46, 61, 13 * 60, 49 * 60)), looked=st.booleans())
    def time_passes(self, minutes: int, looked: bool) -> None:
        """`looked`: and the jobs run; else nobody looks until later."""
        self.books.clock.at += timedelta(minutes=minutes)
        if looked:
            self.run(self.books.jobs())

    @rule(customer=st.sampled_from(CUSTOMERS), slot=st.integers(0, 1))
    def a_time_runs_out_unseen_and_is_taken(self, customer: str, slot: int) -> None:
        """Before any job has looked: money for it may still come."""
        self.books.clock.at += timedelta(minutes=63)
        self.run(self.books.due("play", f"order/{customer}/xendit/{slot}"))

    @rule(customer=st.sampled_from(CUSTOMERS), slot=st.integers(0, 1), then=st.sampled_from(("move", "propose", "")))
    def a_session_is_confirmed(self, customer: str, slot: int, then: str) -> None:
        """The straight way, which the other rules seldom find; then it is put to another time, or left to them."""
        self.somebody_orders(customer, "xendit", slot)
        self.all_calls_are_answered()
        self.somebody_pays(len(self.links()) - 1, 0, told=True)
        self.all_calls_are_answered()
        newest = max(self.run(self.books.storage.find(Order)), key=lambda order: order.number)
        for what in ("approve", then) if then else ("approve",):
            self.run(self.books.due("play", f"{what}/{newest.id}"))

    # --- what must hold ---

    @invariant()
    def the_books_are_right(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        storage, ledger = self.books.storage, await self.books.ledger()
        sums: dict[str, int] = {}
        for line in (line for entry in ledger for line in entry.lines):
            sums[line.account] = sums.get(line.account, 0) + line.amount.amount
        assert sum(sums.values()) == 0
        orders = await storage.find(Order, limit=1000)
        for account, held in sums.items():
            if account.startswith(("order:", "suspense:", "refunds:")):
                assert held <= 0, f"{account} has given more than it had"
        for order in orders:
            holds = balance(ledger, f"order:{order.id}", "IDR")
            if order.running and order.paid_at:
                assert holds == -order.price, f"{order.id} is paid, and holds {holds}"
        bookings = {each.id: each for each in await storage.find(Booking, limit=1000)}
        taken = [each for each in bookings.values() if each.is_taken(self.books.clock.now())]
        for one, other in combinations(taken, 2):
            apart = one.free_at <= other.starts_at or other.free_at <= one.starts_at
            assert apart, f"{one.id} and {other.id} have one time"
        for order in orders:
            if order.running and order.paid_at and order.session:
                assert bookings[order.session.booking].calendar, f"{order.id} is paid and has no time"

    # --- the end ---

    async def _to_the_end(self) -> None:
        """Everybody answers, every webhook comes at last, and weeks pass: then nothing is left open."""
        books = self.books
        for bank in self.banks.values():
            bank.failures.clear()
            bank.refunds_are = "done"
            for refund in bank.refunds.values():
                bank.settle_refund(refund, "done")
            for charge in list(bank.charges.values()):
                await books.happens(bank.notice_of(charge))
        await books.all_answered()
        for button in [choice.id for said in await books.told(OPS) for choice in said.say.choices][::2]:
            await books.says(OPS, button=button, person="telegram-ops:77")
        for hours in (0, 1, 2, 14, *(24,) * 14):
            await books.later(timedelta(hours=hours))
            await books.all_answered()
        await self._check()
        await self._nothing_is_open()

    async def _nothing_is_open(self) -> None:
        books, ledger = self.books, await self.books.ledger()
        said = await books.told(OPS)
        values = [(each.say.text.key, each.say.text.values) for each in said]
        for bank in self.banks.values():
            for charge in bank.charges.values():
                entry = next(each for each in ledger if each.id == received_id(bank.name, charge.id))
                assert balance((entry,), f"provider:{bank.name}", "IDR") == charge.amount
        for order in await books.storage.find(Order, limit=1000):
            assert not order.running, f"{order.id} is {order.status}"
            assert not balance(ledger, f"order:{order.id}", "IDR"), f"{order.id} holds money"
        taken = [each.id for each in await books.storage.find(Booking, limit=1000) if each.is_taken(books.clock.now())]
        assert taken == []
        for payment in await books.storage.find(Payment, limit=1000):
            assert payment.status not in (PaymentStatus.NEW, PaymentStatus.OPEN)
            if payment.provider_id and not payment.unreadable:
                link = self.banks[payment.provider].links[payment.provider_id]
                assert link.state != "open", f"{payment.id} is over and can still be paid"
            if balance(ledger, f"suspense:{payment.id}", "IDR"):
                assert any("ops-money" in key and each.get("payment") == payment.id for key, each in values)
        owed = Money(0, "IDR")
        for refund in await books.storage.find(Refund, limit=1000):
            assert refund.status in (RefundStatus.DONE, RefundStatus.FAILED), f"{refund.id} is {refund.status}"
            if refund.status is RefundStatus.FAILED:
                owed += refund.amount
                assert any(key == "ops-refund-failed" and each["refund"] == refund.id for key, each in values)
        at_banks = sum((balance(ledger, f"refunds:{name}", "IDR").amount for name in self.banks), 0)
        assert at_banks == -owed.amount
        self._what_the_banks_gave(ledger, owed)

    def _what_the_banks_gave(self, ledger: tuple[LedgerEntry, ...], owed: Money) -> None:
        """What our books say lies with a provider is what lies there."""
        for bank in self.banks.values():
            lies = sum(charge.amount.amount - charge.given_back for charge in bank.charges.values())
            assert lies == balance(ledger, f"provider:{bank.name}", "IDR").amount


def test_no_sequence_of_events_loses_or_makes_money(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DUE, "play", play)
    run_state_machine_as_test(MoneyMachine, settings=settings(max_examples=25, stateful_step_count=40, deadline=None))
