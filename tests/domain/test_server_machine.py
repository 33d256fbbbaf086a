"""No sequence of payments, answers of providers, clock jumps and late or repeated events leaves a paid order without a
machine, a refund or an open case of ops; makes two machines for one order; or destroys one that was paid for.

The handlers, the router, the services' rules and the store are the real ones; the outside world is `tests.bank` and a
cloud that fails in every way.
"""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
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

from domain.events import Due
from domain.ledger import balance
from domain.orders import Order, OrderKind, OrderStatus
from domain.payments import Refund, RefundStatus
from domain.people import Person
from domain.server_actions import Action, ActionKind, ActionStatus
from domain.server_offer import ServerOffer
from domain.server_orphans import Orphan
from domain.servers import OVER, Server, ServerStatus, shelf
from domain.stock import free_place
from handlers.flow import Outcome, Turn
from handlers.registry import DUE
from handlers.server_making import Wanted, make_server
from handlers.server_stock import held_places
from services.failures import Failure, Permanent, Retry, Unknown
from services.servers.base import Machine, State
from services.servers.base import Wanted as Asked
from tests.bank import Bank, BankLink, Charge
from tests.books import CATALOG, OPS, Books
from tests.bot.cloud import Cloud, Hook

T = TypeVar("T")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # where writing costs least
BUDI = "telegram:501"
assert CATALOG.servers
OFFER: ServerOffer = CATALOG.servers
JAKARTA = next(each for each in OFFER.regions if each.id == "jakarta")
SMALL = OFFER.plans[0]
which = st.integers(0, 30)
DAYS = (1, 3, 8, 20, 31, 45)
PRESSES = ("renew:1:xendit", "renew:3:xendit", "stop", "start", "restart", "plan:medium:xendit", "renew:1:xendit")
MAKABLE = (ServerStatus.FAILED, ServerStatus.ACTIVE)
SWEPT = timedelta(minutes=11)
STEP, MOST_STEPS = timedelta(hours=57), 200
"""Of the time at the end: at all hours in turn, for longer than any term."""
TROUBLE = ("quota", "no", "lost", "made-lost", "")


@dataclass
class Sky(Cloud):
    """A cloud whose machines are there: they build, run, stop, and are gone. `trouble` is of creations, `acting` of
    everything else.
    """

    acting: list[Failure] = field(default_factory=list)

    def _next(self, machine: str, state: State) -> Failure | None:
        failure = self.acting.pop(0) if self.acting else None
        if (failure is None or isinstance(failure, Unknown)) and machine in self.machines:
            self._becomes(machine, state)
        return failure

    def _becomes(self, machine: str, state: State) -> None:
        self.machines[machine] = Machine(id=machine, name=self.machines[machine].name, state=state, address="192.0.2.9")

    def settle(self) -> None:
        """What is being built is ready."""
        for machine in [each.id for each in self.machines.values() if each.state is State.BUILDING]:
            self._becomes(machine, State.RUNNING)

    async def start(self, machine: str) -> Failure | None:
        return self._next(machine, State.RUNNING)

    async def stop(self, machine: str) -> Failure | None:
        return self._next(machine, State.STOPPED)

    async def restart(self, machine: str) -> Failure | None:
        return self._next(machine, State.RUNNING)

    async def resize(self, machine: str, wanted: Asked) -> Failure | None:
        return self._next(machine, State.RUNNING)

    async def destroy(self, machine: str) -> Failure | None:
        failure = self.acting.pop(0) if self.acting else None
        if failure is None or isinstance(failure, Unknown):
            self.machines.pop(machine, None)
        return failure


def _made_and_lost(cloud: Cloud, wanted: Asked) -> Failure:
    cloud.put(wanted)
    return Unknown("the answer was cut off")


async def play(turn: Turn, due: Due) -> Outcome:
    """Somebody orders a machine, as at the end of the questions; nothing where there is none left."""
    provider = due.record
    turn = replace(turn, conversation=replace(turn.conversation, id=BUDI), person=Person(id=BUDI, name="Budi"))
    slot = free_place(await held_places(turn, shelf(SMALL.id, JAKARTA.id)), JAKARTA.stock[SMALL.id])
    if slot is None:
        return Outcome()
    wanted = Wanted(
        plan=SMALL,
        region=JAKARTA,
        image=OFFER.images[0],
        term=OFFER.terms[0],
        currency="IDR",
        ssh_key="",
        hostname=f"web{turn.seq}",
        email="budi@example.com",
    )
    made = await make_server(turn, wanted, slot=slot, rules=OFFER.rules, provider=provider)
    return replace(made, conversation=None, say=tuple(each for each in made.say if each.to))


class ServerMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.new_event_loop()
        self._folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.banks = {name: Bank(name) for name in ("stripe", "xendit")}
        self.clouds = {name: Sky(name) for name in ("proxmox", "libcloud")}
        self.books = Books(Path(self._folder.name), dict(self.banks), dict(self.clouds))
        self.whole = True

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        self.whole = False
        result = self._loop.run_until_complete(what)
        self.whole = True
        return result

    @initialize()
    def begin(self) -> None:
        """Two machines ordered, one paid and running: from here it is not far to anything that can go wrong."""
        self.run(self.books.open())
        self.run(self.books.storage.save(Person(id=BUDI, name="Budi")))
        for provider in self.banks:
            self.run(self.books.due("play", provider))
        self.run(self.books.all_answered())
        self.somebody_pays(0, told=True)
        self.everything_goes_well()

    def teardown(self) -> None:
        try:
            if self.whole:
                self.run(self._to_the_end())
        finally:
            self._loop.run_until_complete(self.books.close())
            self._loop.close()
            self._folder.cleanup()

    # --- what people do ---

    def servers(self) -> tuple[Server, ...]:
        return self.run(self.books.storage.find(Server, limit=1000))

    def links(self) -> list[tuple[Bank, BankLink]]:
        return [(bank, link) for bank in self.banks.values() for link in bank.links.values()]

    def charges(self) -> list[tuple[Bank, Charge]]:
        return [(bank, charge) for bank in self.banks.values() for charge in bank.charges.values()]

    @rule(provider=st.sampled_from(("stripe", "xendit")))
    def somebody_orders(self, provider: str) -> None:
        self.run(self.books.due("play", provider))

    @precondition(lambda self: self.links())
    @rule(n=which, told=st.booleans())
    def somebody_pays(self, n: int, told: bool) -> None:
        """By any link that was ever made, whatever has become of it since; the webhook comes at once or later."""
        bank, link = self.links()[n % len(self.links())]
        charge = bank.pay(link.wanted.reference)
        if told:
            self.run(self.books.happens(bank.notice_of(charge, f"first-{charge.id}")))

    @rule(n=which, what=st.sampled_from(PRESSES))
    def its_owner_presses(self, n: int, what: str) -> None:
        server = self.servers()[n % len(self.servers())]
        self.run(self.books.says(BUDI, button=f"server:{server.id}:{what}"))

    @rule(n=which)
    def somebody_cancels(self, n: int) -> None:
        orders = self.run(self.books.storage.find(Order, limit=1000))
        order = orders[n % len(orders)]
        self.run(self.books.says(BUDI, button=f"order:{order.id}:cancel"))

    @rule(n=which)
    def ops_press(self, n: int) -> None:
        buttons = self._ops_buttons()
        if buttons:
            self.run(self.books.says(OPS, button=buttons[n % len(buttons)], person="telegram-ops:77"))

    def _ops_buttons(self) -> list[str]:
        return [choice.id for say in self.run(self.books.told(OPS)) for choice in say.say.choices]

    # --- what providers do ---

    @precondition(lambda self: self.books.calls)
    @rule(n=which, twice=st.booleans())
    def a_call_is_answered(self, n: int, twice: bool) -> None:
        calls = sorted(self.books.calls)
        self.run(self.books.answered(calls[n % len(calls)], twice=twice))

    @rule()
    def everything_goes_well(self) -> None:
        """Every call is answered, what is built is ready, and a minute passes."""
        for _ in range(4):
            for call in list(self.books.calls):
                self.run(self.books.answered(call))
            for cloud in self.clouds.values():
                cloud.settle()
            self.run(self.books.later(timedelta(seconds=20)))

    @precondition(lambda self: self.charges())
    @rule(n=which, again=st.booleans())
    def a_webhook_comes(self, n: int, again: bool) -> None:
        bank, charge = self.charges()[n % len(self.charges())]
        self.run(self.books.happens(bank.notice_of(charge, f"first-{charge.id}" if again else "")))

    @rule(what=st.sampled_from(TROUBLE))
    def the_next_creation_fails(self, what: str) -> None:
        failures: dict[str, Hook | Failure] = {
            "quota": Retry("the quota is used up"),
            "no": Permanent("there is no such size"),
            "lost": Unknown("no answer"),
            "made-lost": _made_and_lost,
        }
        for cloud in self.clouds.values():
            cloud.trouble = [failures[what]] if what else []

    @rule(failure=st.sampled_from((Retry("busy"), Permanent("no"), Unknown("no answer"))))
    def the_next_action_fails(self, failure: Failure) -> None:
        for cloud in self.clouds.values():
            cloud.acting = [failure]

    @rule(n=which, state=st.sampled_from((None, State.ERROR, State.STOPPED, State.RUNNING)))
    def something_happens_to_a_machine(self, n: int, state: State | None) -> None:
        """It is lost, breaks, is stopped or started by somebody else."""
        machines = [(cloud, each) for cloud in self.clouds.values() for each in cloud.machines.values()]
        if not machines:
            return
        cloud, machine = machines[n % len(machines)]
        if state is None:
            del cloud.machines[machine.id]
        else:
            cloud._becomes(machine.id, state)

    # --- what time does ---

    @rule(minutes=st.sampled_from((1, 11, 31, 61, 13 * 60)), looked=st.booleans())
    def time_passes(self, minutes: int, looked: bool) -> None:
        self.books.clock.at += timedelta(minutes=minutes)
        if looked:
            self.run(self.books.jobs())

    @rule(days=st.sampled_from(DAYS), well=st.booleans())
    def days_pass(self, days: int, well: bool) -> None:
        self.run(self.books.later(timedelta(days=days)))
        if well:
            self.everything_goes_well()

    # --- what must hold ---

    @invariant()
    def all_is_right(self) -> None:
        self.run(self._check())

    async def _check(self) -> None:
        storage = self.books.storage
        servers = {each.id: each for each in await storage.find(Server, limit=1000)}
        orders = await storage.find(Order, limit=1000)
        actions = {each.id: each for each in await storage.find(Action, limit=1000)}
        refunds = {each.order: each for each in await storage.find(Refund, limit=1000)}
        ledger = await self.books.ledger()
        for order in orders:
            server = servers[order.server]
            holds = -balance(ledger, f"order:{order.id}", "IDR").amount
            if order.paid_at and order.status is OrderStatus.OPEN:
                assert holds == order.price.amount, f"{order.id} is paid, and holds {holds}"
                assert self._is_seen_to(server, actions), f"{order.id} is paid and {server.id} is {server.status}"
            if order.status is OrderStatus.DONE:
                assert not holds, f"{order.id} is done, and holds {holds}"
            if order.paid_at and order.status is OrderStatus.CANCELLED:
                assert order.id in refunds, f"{order.id} was paid, cancelled, and nothing is given back"
        for server in servers.values():
            self._its_terms_are_right(server, [each for each in orders if each.server == server.id])
            if server.held and server.state in ("missing", "error"):
                assert server.failed or server.action, f"{server.id} is {server.state}, and nobody was told"
        names = Counter(each.name for cloud in self.clouds.values() for each in cloud.machines.values())
        assert not [name for name, count in names.items() if count > 1], names
        for server in servers.values():
            there = [
                each
                for cloud in self.clouds.values()
                for each in cloud.machines.values()
                if each.name.startswith(server.id) and each.state is not State.ERROR
            ]
            known = [each for each in there if each.id == server.machine or each.name == server.called]
            assert len(known) <= 1, f"{server.id} has {known}"

    def _is_seen_to(self, server: Server, actions: dict[str, Action]) -> bool:
        """It is being made, changed or added to, or ops have it."""
        in_hand = actions.get(server.action)
        failed = actions.get(server.failed)
        return in_hand is not None or (failed is not None and failed.status is ActionStatus.FAILED)

    def _its_terms_are_right(self, server: Server, orders: list[Order]) -> None:
        terms = [each for each in orders if each.kind is not OrderKind.PLAN and each.status is OrderStatus.DONE]
        assert server.periods == len(terms), f"{server.id} has {server.periods} terms, {len(terms)} were paid"
        rules = OFFER.rules
        if server.destroy_at is not None and server.expires_at is not None:
            assert server.destroy_at >= server.expires_at + rules.grace + rules.keep, f"{server.id} was destroyed early"
        if server.status is ServerStatus.SUSPENDED and server.expires_at:
            assert self.books.clock.now() > server.expires_at + rules.grace, f"{server.id} was suspended early"

    # --- the end ---

    async def _to_the_end(self) -> None:
        """Everybody answers, every webhook comes at last, ops press, and months pass: then nothing is left open."""
        books = self.books
        for bank in self.banks.values():
            bank.failures.clear()
            for charge in list(bank.charges.values()):
                await books.happens(bank.notice_of(charge))
        for cloud in self.clouds.values():
            cloud.trouble, cloud.acting = [], []
        for _ in range(MOST_STEPS):
            await books.all_answered()
            for cloud in self.clouds.values():
                cloud.settle()
            await books.later(timedelta(seconds=40))
            await self._ops_see_to_it()
            if not books.calls:
                if await self._is_over():
                    break
                await books.later(STEP)
        await books.later(SWEPT)
        await books.all_answered()
        await self._check()
        await self._nothing_is_open()

    async def _is_over(self) -> bool:
        servers = await self.books.storage.find(Server, limit=1000)
        orders = await self.books.storage.find(Order, limit=1000)
        return not any(each.status not in OVER for each in servers) and not any(each.running for each in orders)

    async def _ops_see_to_it(self) -> None:
        """Whatever failed is tried again, or its money given back."""
        for action in await self.books.storage.find(Action, status=ActionStatus.FAILED, limit=1000):
            server = await self.books.storage.get(Server, action.server)
            assert server
            makable = server.number % 2 and server.status in MAKABLE
            again = f"again-{action.id.removeprefix(f'{server.id}-')}"
            decision = again if action.kind is not ActionKind.CREATE or makable else "refund"
            await self.books.says(OPS, button=f"ops-server:{server.id}:{decision}", person="telegram-ops:77")
            await self.books.all_answered()

    async def _nothing_is_open(self) -> None:
        storage, ledger = self.books.storage, await self.books.ledger()
        for order in await storage.find(Order, limit=1000):
            assert not order.running, f"{order.id} is {order.status}"
            assert not balance(ledger, f"order:{order.id}", "IDR"), f"{order.id} holds money"
        flagged = {each.machine for each in await storage.find(Orphan, limit=1000)}
        for server in await storage.find(Server, limit=1000):
            assert server.status in OVER, f"{server.id} is {server.status}, {server.failed or server.action} "
        for cloud in self.clouds.values():
            for machine in cloud.machines.values():
                assert machine.id in flagged, f"{machine.name} runs for nobody, and nobody was told"
        for refund in await storage.find(Refund, limit=1000):
            assert refund.status is RefundStatus.DONE, f"{refund.id} is {refund.status}"
        warned = Counter(
            (each.say.text.key, str(each.say.text.values.get("server")), str(each.say.text.values.get("expires")))
            for each in await self.books.told(BUDI)
            if each.say.text.key.startswith(("server-warning", "server-term-over", "server-suspended"))
        )
        assert not [each for each, count in warned.items() if count > 1 and each[0] != "server-warning"], warned


def test_no_sequence_leaves_a_paid_order_without_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DUE, "play", play)
    run_state_machine_as_test(ServerMachine, settings=settings(max_examples=12, stateful_step_count=30, deadline=None))
