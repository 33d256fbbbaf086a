"""Ways to a machine, for the tests that need one: ordered, paid at the sandbox's page, made by clouds that do what a
test tells them to.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from domain.events import Arrival, Due
from domain.ledger import LedgerEntry, balance
from domain.money import Money
from domain.orders import Order, OrderKind, Purchase
from domain.people import Counter
from domain.server_actions import Action
from domain.servers import Server, ServerDue, server_id, shelf, what_is_due
from handlers.flow import Outcome, Turn
from handlers.invoices import first_term
from handlers.paying import attempt
from handlers.provisioning import free_slot, late
from handlers.registry import DUE
from handlers.server_actions import look
from services.servers.base import State
from tests.bot.cloud import Cloud
from tests.chat.sessions import link_in, pay
from tests.talk import Scripted, Talk

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ budi@laptop"
HERE = "127.0.0.1"


@dataclass
class Yard:
    """`jakarta` and `singapore` are the regions' clouds. A machine that runs answers as long as `answers`."""

    talk: Talk
    jakarta: Cloud
    singapore: Cloud
    port: int
    _ordered: int = 0
    _door: asyncio.Server | None = field(default=None)

    async def opens(self) -> None:
        self._door = await asyncio.start_server(lambda _, writer: writer.close(), HERE, self.port)
        self.port = self._door.sockets[0].getsockname()[1]

    async def closes(self) -> None:
        if self._door is not None:
            self._door.close()
            await self._door.wait_closed()
            self._door = None

    # --- what people do ---

    async def ordered(
        self, customer: Scripted, plan: str = "medium", region: str = "singapore", *, key: str = KEY, months: int = 1
    ) -> str:
        """Until they have a link to pay by."""
        self._ordered += 1
        wanted = Due(name="test-order", record=f"{customer.chat}|{plan}|{region}|{key}|{months}", at=_now(self.talk))
        await self.hears(wanted)
        return link_in(await customer.hears(f"#{self._ordered}", "Bayar"))

    async def paid(self, customer: Scripted, plan: str = "medium", region: str = "singapore", **more: Any) -> Server:
        """Until it is being made."""
        link = await self.ordered(customer, plan, region, **more)
        await pay(link)
        await customer.hears(f"Server #{self._ordered}", "sedang dibuat")
        await self.talk.quiet()
        return await self.server(self._ordered)

    async def active(self, customer: Scripted, plan: str = "medium", region: str = "singapore", **more: Any) -> Server:
        """Until it runs, and its owner knows."""
        await self.paid(customer, plan, region, **more)
        await self.runs(region)
        await customer.hears(f"Server #{self._ordered} sudah jalan")
        await self.talk.quiet()
        return await self.server(self._ordered)

    # --- what becomes of machines ---

    async def runs(self, region: str = "singapore", address: str = HERE) -> None:
        """The newest machine there is up, and is looked at."""
        self.becomes(State.RUNNING, region, address)
        await self.looked()

    def becomes(self, state: State, region: str = "singapore", address: str = "") -> None:
        machines = self.cloud(region).machines
        newest = machines[list(machines)[-1]]
        machines[newest.id] = replace(newest, state=state, address=address or newest.address)

    def vanishes(self, region: str = "singapore") -> None:
        machines = self.cloud(region).machines
        del machines[list(machines)[-1]]

    def cloud(self, region: str) -> Cloud:
        return self.jakarta if region == "jakarta" else self.singapore

    # --- what time does ---

    async def looked(self, after: timedelta = timedelta(minutes=1)) -> None:
        """So much later, what is due has been done."""
        await self.talk.quiet()
        await self.talk.later(after)
        await self.talk.quiet()

    async def hears(self, due: Due) -> None:
        arrival = Arrival(
            source="test", external_id=f"{due.name}-{self._ordered}-{due.record}", conversation="test:yard", event=due
        )
        await self.talk.service.inbox.accept([arrival])
        await self.talk.quiet()

    # --- what can be seen ---

    async def server(self, number: int = 1) -> Server:
        (server,) = await self.talk.service.storage.find(Server, number=number)
        return server

    async def order(self, number: int = 1) -> Order:
        order = await self.talk.service.storage.get(Order, f"order-{number}")
        assert order
        return order

    async def actions(self, number: int = 1) -> list[Action]:
        found = await self.talk.service.storage.find(Action, server=(await self.server(number)).id)
        return sorted(found, key=lambda action: action.made_at)

    async def balance(self, account: str, currency: str = "IDR") -> int:
        return balance(await self.talk.service.storage.find(LedgerEntry), account, currency).amount


def _now(talk: Talk) -> Any:
    return talk.simulation.clock.now()


async def _make(turn: Turn, due: Due) -> Outcome:
    """As the ordering flow leaves it: an order, its machine with a place in the stock, and the first link."""
    customer, plan_id, region_id, key, months = due.record.split("|")
    offer = turn.catalog.servers
    assert offer
    plan, region, term = offer.plan(plan_id), offer.region(region_id), offer.term(int(months))
    assert plan
    assert region
    assert term
    counter = await turn.records.get(Counter, "orders") or Counter(id="orders")
    counter = changed(counter, value=counter.value + 1)
    number = counter.value
    invoice = first_term(turn, plan, term, "IDR")
    name = server_id(number, turn.now)
    server = Server(
        id=name,
        number=number,
        customer=customer,
        name="Budi",
        email="budi@example.com",
        language="id",
        zone="Asia/Jakarta",
        order=f"order-{number}",
        plan=plan.id,
        region=region.id,
        image="debian",
        shelf=shelf(plan.id, region.id),
        slot=0,
        hostname="toko",
        user="debian",
        ssh_key=key,
        secret="" if key else name,
        since=turn.now,
        provider=region.provider,
        made_at=turn.now,
    )
    slot = await free_slot(turn, server, region)
    assert slot is not None
    pay_by = turn.now + offer.rules.pay_within
    order = Order(
        id=server.order,
        number=number,
        kind=OrderKind.SERVER,
        customer=customer,
        name=server.name,
        email=server.email,
        language="id",
        zone=server.zone,
        price=invoice.total,
        made_at=turn.now,
        pay_by=pay_by,
        server=server.id,
        purchase=Purchase(plan=plan.id, months=term.months, period=1, invoice=invoice),
        due_at=pay_by,
    )
    order, attempted = await attempt(turn, order, "sandbox")
    return attempted + Outcome(save=(counter, order, changed(server, slot=slot)))


async def _due(turn: Turn, due: Due) -> Outcome:
    server = await turn.records.get(Server, due.record)
    assert server
    assert turn.catalog.servers
    match what_is_due(server, turn.catalog.servers.rules, turn.now):
        case ServerDue.LOOK:
            return await look(turn, server)
        case ServerDue.LATE:
            return await late(turn, server)
    return Outcome()


@asynccontextmanager
async def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, **given: Any) -> AsyncIterator[Yard]:
    """At ten in the morning of a working day."""
    clouds = {name: Cloud(name) for name in ("proxmox", "libcloud")}
    monkeypatch.setattr("bot.build.build_servers", lambda *means: clouds)
    monkeypatch.setitem(DUE, "test-order", _make)
    monkeypatch.setitem(DUE, "server", _due)
    yard = Yard(None, clouds["proxmox"], clouds["libcloud"], 0)  # type: ignore[arg-type]  # it needs the port
    await yard.opens()
    yard.talk = await Talk.begin(folder, servers="proxmox,libcloud", servers_ssh_port=yard.port, **given)
    await yard.talk.at_office_hours()
    yield yard
    await yard.talk.end()
    await yard.closes()


def rupiah(amount: int) -> Money:
    return Money(amount, "IDR")
