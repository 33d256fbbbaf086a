"""Orders of machines, for the tests of what is shown and sent of them: made as the ordering flow makes them, without
the way there; and a machine that somebody has already.
"""

import re
from itertools import count
from typing import Any

import pytest

from domain.events import Arrival, Due
from domain.orders import Order
from domain.servers import Server, ServerStatus, end_of_term, server_id
from handlers.flow import Outcome, Turn
from handlers.registry import DUE
from handlers.server_making import Wanted, make_server
from handlers.server_sale import free_slot
from simulator.mailbox import Mail
from tests.chat.sessions import link_in
from tests.services.pdf import words
from tests.talk import Scripted, Talk

FIRST = 30.0
"""Seconds: the first document imports what draws it, which takes long on a busy machine."""
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZ2raj0QbE+6Rkwt+A/Gk4iz9nMKtHbgvd6rwe5KKPt budi@laptop"
_NUMBERS = count(1)
NUMBER = re.compile(r"INV/\d{4}/\d{6}")


def ordering(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on `orders` works."""
    monkeypatch.setitem(DUE, "test-order", _make)


async def _make(turn: Turn, due: Due) -> Outcome:
    plan_id, region_id, months, currency = due.record.split("|")
    offer = turn.catalog.servers
    assert offer
    plan, region, term, image = (
        offer.plan(plan_id),
        offer.region(region_id),
        offer.term(int(months)),
        offer.image("debian"),
    )
    assert plan
    assert region
    assert term
    assert image
    slot = await free_slot(turn, plan.id, region)
    assert slot is not None
    wanted = Wanted(
        plan=plan,
        region=region,
        image=image,
        term=term,
        currency=currency,
        ssh_key=KEY,
        hostname="toko",
        email=address_of(turn.conversation.id),
    )
    provider = turn.places.payments[0].provider
    return await make_server(turn, wanted, slot=slot, rules=offer.rules, provider=provider)


def address_of(chat: str) -> str:
    return f"{chat.rpartition(':')[2].strip('+')}@example.com"


async def orders(
    talk: Talk,
    *customers: Scripted,
    plan: str = "medium",
    region: str = "singapore",
    months: int = 1,
    currency: str = "IDR",
) -> None:
    """All of them at once; what they are told is theirs to hear."""
    now = talk.simulation.clock.now()
    event = Due(name="test-order", record=f"{plan}|{region}|{months}|{currency}", at=now)
    await talk.service.inbox.accept(
        [
            Arrival(
                source="test",
                external_id=f"order-{next(_NUMBERS)}",
                conversation=each.chat,
                person=each.chat,
                event=event,
            )
            for each in customers
        ]
    )


async def linked(talk: Talk, customer: Scripted, number: int = 1, **what: Any) -> str:
    """Ordered; the link to pay by."""
    await orders(talk, customer, **what)
    return link_in(await customer.hears(f"#{number}", "Bayar sekarang"))


async def met(customer: Scripted, language: str = "id") -> Scripted:
    await customer.says("halo" if language == "id" else "hello")
    await customer.hears("bantu" if language == "id" else "help")
    return customer


async def order_of(talk: Talk, number: int = 1) -> Order:
    await talk.quiet()
    order = await talk.service.storage.get(Order, f"order-{number}")
    assert order
    return order


async def machine_of(talk: Talk, number: int = 1) -> Server:
    await talk.quiet()
    (server,) = await talk.service.storage.find(Server, number=number)
    return server


async def has(talk: Talk, customer: Scripted, number: int = 17) -> Server:
    """A machine of theirs that runs, for a month from now."""
    now = talk.simulation.clock.now()
    name = server_id(number, now)
    server = Server(
        id=name,
        number=number,
        customer=customer.chat,
        name="Budi",
        email=address_of(customer.chat),
        language="id",
        zone="Asia/Jakarta",
        order=f"order-{number}",
        plan="small",
        region="jakarta",
        image="ubuntu",
        shelf="small@jakarta",
        slot=0,
        hostname=f"web-{number}",
        user="ubuntu",
        ssh_key=KEY,
        status=ServerStatus.ACTIVE,
        since=now,
        state="running",
        provider="sandbox",
        machine=name,
        address="192.0.2.17",
        made_at=now,
        active_at=now,
        expires_at=end_of_term(now, 1, "Asia/Jakarta"),
        periods=1,
    )
    await talk.service.storage.save(server)
    return server


async def as_it_is(talk: Talk, server: Server) -> Server:
    await talk.quiet()
    found = await talk.service.storage.get(Server, server.id)
    assert found
    return found


# --- what they get ---


async def document(customer: Scripted, name: str) -> list[str]:
    """The words of a document that came in the chat."""
    world = customer.talk.simulator.world

    def found() -> list[str]:
        return [m.media["url"] for m in world.messages(customer.chat) if m.media and m.media["name"] == name]

    url = (await world.wait(found, timeout=FIRST))[-1]
    return words(stored(customer.talk, url))


def stored(talk: Talk, url: str) -> bytes:
    media = talk.simulator.world.media.get(url.rpartition("/")[2])
    assert media is not None
    return media.data


async def mailed(talk: Talk, customer: Scripted, subject: str) -> Mail:
    def found() -> list[Mail]:
        return [each for each in talk.simulator.mailboxes.of(address_of(customer.chat)) if subject in each.subject]

    mails = await talk.simulator.world.wait(found, timeout=FIRST)
    return mails[-1]


def attached(talk: Talk, mail: Mail) -> list[str]:
    (attachment,) = mail.attachments
    return words(stored(talk, attachment["url"]))
