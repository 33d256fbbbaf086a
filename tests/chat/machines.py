"""Ways to a machine, for the tests that need one: ordered, paid, made by clouds that do what a test tells them to."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as changed

from bot.clock import BusinessClock
from domain.events import Arrival, Due, EffectDone, Said, SaidKind
from domain.ledger import balance
from domain.orders import Order, OrderKind, Purchase
from domain.people import Counter
from domain.server_actions import Action
from domain.servers import Server, server_id, shelf
from handlers.flow import Outcome, Turn
from handlers.invoices import first_term
from handlers.paying import attempt
from handlers.provisioning import free_slot
from handlers.registry import DUE
from services.servers.base import State
from simulator.mailbox import Mail
from simulator.model import Message
from tests.bot.cloud import Cloud
from tests.chat import shop
from tests.chat.shop import Shop
from tests.talk import PATIENCE, Scripted, Talk

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ budi@laptop"
HERE = "127.77.254.1" if sys.platform == "linux" else "127.0.0.1"
"""Where all of them answer: no machine of the simulator is there, and at its port no test of another process."""
A_MINUTE = timedelta(minutes=1)


@dataclass
class Yard:
    """`jakarta` and `singapore` are the regions' clouds. A machine that runs answers as long as the door is open."""

    shop: Shop
    jakarta: Cloud
    singapore: Cloud
    door: asyncio.Server
    count: int = 0
    _happened: int = 0

    @property
    def talk(self) -> Talk:
        return self.shop.talk

    @property
    def clock(self) -> BusinessClock:
        return self.talk.simulation.clock

    # --- what people do ---

    async def orders(
        self, customer: Scripted, plan: str = "medium", region: str = "singapore", *, key: str = KEY, months: int = 1
    ) -> int:
        """Until they have a link to pay by; the order's number."""
        await self.ordered(customer, plan, region, key=key, months=months)
        return self.count

    async def ordered(
        self, customer: Scripted, plan: str = "medium", region: str = "singapore", *, key: str = KEY, months: int = 1
    ) -> str:
        """Until they have a link to pay by: that."""
        self.count += 1
        wanted = Due(name="test-order", record=f"{customer.chat}|{plan}|{region}|{key}|{months}", at=self.clock.now())
        await self.happens(Arrival(source="test", external_id=f"{self.count}", conversation="test:yard", event=wanted))
        return url_of(await customer.hears(f"#{self.count}", "Bayar"))

    async def pays(self, number: int) -> None:
        await self.shop.paid(f"pay-{number}-1")

    async def paid(
        self, customer: Scripted, plan: str = "medium", region: str = "singapore", *, key: str = KEY, months: int = 1
    ) -> Server:
        """Until it is being made."""
        number = await self.orders(customer, plan, region, key=key, months=months)
        await self.pays(number)
        await customer.hears(f"Server #{number}", "sedang dibuat")
        return await self.server(number)

    async def active(
        self, customer: Scripted, plan: str = "medium", region: str = "singapore", *, key: str = KEY, months: int = 1
    ) -> Server:
        """Until it runs, and its owner knows."""
        server = await self.paid(customer, plan, region, key=key, months=months)
        await self.runs(region)
        await customer.hears(f"Server #{server.number} sudah jalan")
        return await self.server(server.number)

    # --- what becomes of machines ---

    async def runs(self, region: str = "singapore", address: str = HERE) -> None:
        """The newest machine there is up, and is looked at."""
        await self.talk.quiet()
        self.becomes(State.RUNNING, region, address)
        await self.later()

    async def taken_on(self, number: int = 1) -> None:
        """Until its provider has taken it on, whatever became of the first answers."""
        async with asyncio.timeout(PATIENCE):
            while not (await self.server(number)).machine:
                await asyncio.sleep(0.02)

    def becomes(self, state: State, region: str = "singapore", address: str = "") -> None:
        machines = self.cloud(region).machines
        newest = machines[list(machines)[-1]]
        machines[newest.id] = replace(newest, state=state, address=address or newest.address)

    def vanishes(self, region: str = "singapore") -> None:
        machines = self.cloud(region).machines
        del machines[list(machines)[-1]]

    def cloud(self, region: str) -> Cloud:
        return self.jakarta if region == "jakarta" else self.singapore

    # --- what happens ---

    async def later(self, after: timedelta = A_MINUTE) -> None:
        """So much later, everything that is due by then has been done, one thing after another."""
        await self.talk.quiet()
        await self.talk.later(after)
        await self.talk.quiet()
        nothing = 0
        while nothing < 2:  # a job finds nothing also where the scheduler is just at it
            nothing = 0 if await self.talk.service._scheduler.run_now() else nothing + 1
            await self.talk.quiet()

    async def happens(self, *arrivals: Arrival) -> None:
        await self.talk.service.inbox.accept(list(arrivals))
        await self.talk.quiet()

    async def answers(self, server: Server, effect: str, name: str, **result: str) -> None:
        """An answer comes that is late, or comes again."""
        error = result.pop("error", "")
        done = EffectDone(effect=effect, name=name, record=server.id, result=result, error=error)
        await self.happens(
            Arrival(source="test", external_id=f"again-{self._next()}", conversation=server.lane, event=done)
        )

    async def sweeps(self) -> None:
        """The providers are asked for all their machines."""
        await self.due("servers-sweep", f"test-{self._next()}")

    async def due(self, name: str, record: str) -> None:
        due = Due(name=name, record=record, at=self.clock.now())
        await self.happens(
            Arrival(source="test", external_id=f"due-{self._next()}", conversation=f"test:{name}", event=due)
        )

    def _next(self) -> int:
        self._happened += 1
        return self._happened

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
        return sorted(found, key=lambda action: int(action.id.rpartition("-")[2]))

    async def balance(self, account: str, currency: str = "IDR") -> int:
        return balance(await self.shop.ledger(), account, currency).amount


def url_of(message: Message) -> str:
    """Of its button, or of its words."""
    urls = [button.url for row in message.buttons for button in row if button.url]
    return next(word for word in (*urls, *message.text.split()) if "://" in word)


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
    order, attempted = await attempt(turn, order, turn.places.payments[0].provider)
    return attempted + Outcome(save=(counter, order, changed(server, slot=slot)))


@asynccontextmanager
async def opened(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, payments: str = "xendit", **given: Any
) -> AsyncIterator[Yard]:
    """At ten in the morning of a working day. With `payments` the sandbox, links are paid at its page."""
    clouds = {name: Cloud(name) for name in ("proxmox", "libcloud")}
    monkeypatch.setattr("bot.build.build_servers", lambda *means: clouds)
    monkeypatch.setitem(DUE, "test-order", _make)
    async with shop.opened(folder, monkeypatch, payments, servers="proxmox,libcloud", **given) as opening:
        port = opening.talk.played.servers_ssh_port
        door = await asyncio.start_server(lambda _, writer: writer.close(), HERE, port)
        yield Yard(opening, clouds["proxmox"], clouds["libcloud"], door)
        door.close()


# --- people, and what they have ---


async def met(customer: Scripted) -> Scripted:
    await customer.says("halo")
    await customer.hears("bantu")
    return customer


def mails(yard: Yard) -> list[Mail]:
    return list(yard.talk.simulator.mailboxes.of("budi@example.com"))


def links(customer: Scripted) -> str:
    """All that can be opened, in words or by a button."""
    messages = customer.world.messages(customer.chat, None)
    urls = [button.url or "" for each in messages for row in each.buttons for button in row]
    return " ".join([*urls, *(each.text for each in messages)])


async def sneaks(yard: Yard, chat: str, button: str, *, by: str = "telegram-ops:1") -> None:
    """A press of a button that may never have been shown there."""
    channel = chat.partition(":")[0]
    said = Said(kind=SaidKind.BUTTON, button=button)
    await yard.happens(
        Arrival(source=channel, external_id=f"{chat} {button}", conversation=chat, person=by, event=said)
    )
