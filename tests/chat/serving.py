"""Ways through an order of a machine, for the tests that need one: chosen, ordered, linked, paid."""

from dataclasses import dataclass, replace

import pytest
from msgspec.structs import replace as with_

from bot.build import Service
from domain.orders import Order
from domain.servers import Server
from handlers.ports import Places
from tests.chat.sessions import link_in, pay
from tests.talk import Scripted, Talk

ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZ2raj0QbE+6Rkwt+A/Gk4iz9nMKtHbgvd6rwe5KKPt budi@laptop"
PASSWORD = "Kata sandi sekali pakai"  # a button's label


def machines_on(monkeypatch: pytest.MonkeyPatch, *providers: str, tax: int = 1_100) -> None:
    """Whatever is configured, machines of these providers are sold, at this tax."""
    really = Service._places

    def places(service: Service) -> Places:
        return with_(really(service), servers=providers or ("proxmox", "libcloud"), tax=tax)

    monkeypatch.setattr(Service, "_places", places)


@dataclass(frozen=True)
class Choices:
    """What a customer answers, in Bahasa Indonesia. `currency` empty: they are not asked. `access` is a key to paste,
    or the label of the button. `hostname` empty: the one that is proposed.
    """

    currency: str = "Rupiah"
    plan: str = "Small"
    region: str = "Jakarta"
    image: str = "Ubuntu"
    term: str = "1 bulan"
    access: str = ED25519
    hostname: str = "toko-1"
    email: str = "budi@example.com"


USUAL = Choices()


def by_password(**given: str) -> Choices:
    return replace(USUAL, access=PASSWORD, **given)


async def to_the_plans(customer: Scripted, want: Choices = USUAL) -> None:
    await customer.says("vps")
    if want.currency:
        await customer.hears("mata uang apa", "Rupiah", "Dolar AS")
        await customer.presses(want.currency)
    await customer.hears("Paket mana", "vCPU khusus")


async def to_the_regions(customer: Scripted, want: Choices = USUAL) -> None:
    await to_the_plans(customer, want)
    await customer.presses(want.plan)
    await customer.hears("ditempatkan di mana", want.plan)


async def to_the_terms(customer: Scripted, want: Choices = USUAL) -> None:
    await to_the_regions(customer, want)
    await customer.presses(want.region)
    await customer.hears("Sistem operasi apa")
    await customer.presses(want.image)
    await customer.hears("disewa berapa lama")


async def to_the_access(customer: Scripted, want: Choices = USUAL) -> None:
    await to_the_terms(customer, want)
    await customer.presses(want.term)
    await customer.hears("Bagaimana Anda masuk", "kunci publik SSH")


async def to_the_name(customer: Scripted, want: Choices = USUAL) -> None:
    await to_the_access(customer, want)
    if want.access == PASSWORD:
        await customer.presses(PASSWORD)
    else:
        await customer.says(want.access)
    await customer.hears("Apa nama server")


async def to_the_summary(customer: Scripted, want: Choices = USUAL) -> None:
    await to_the_name(customer, want)
    if want.hostname:
        await customer.says(want.hostname)
    else:
        await customer.presses("vm-")
    await customer.hears("alamat e-mail")
    await customer.says(want.email)
    await customer.hears("Pesanan Anda", want.plan, "Total", want.email)


async def ordered(customer: Scripted, want: Choices = USUAL, number: int = 1) -> None:
    await to_the_summary(customer, want)
    await customer.presses("Pesan sekarang")
    await customer.hears(f"#{number}", "kami catat", "Total")


async def linked(customer: Scripted, want: Choices = USUAL, number: int = 1) -> str:
    """Ordered, where one way to pay is configured (`payments="sandbox"`); the link."""
    await ordered(customer, want, number)
    return link_in(await customer.hears(f"#{number}", "Bayar sekarang"))


async def paid(customer: Scripted, want: Choices = USUAL, number: int = 1) -> None:
    """What is told then is the caller's to hear."""
    await pay(await linked(customer, want, number))


async def refused(customer: Scripted, typed: str, reason: str, asked: str) -> None:
    """It gets its reason, and the question once more."""
    await customer.says(typed)
    await customer.hears(reason)
    await customer.hears(asked)


async def order_of(talk: Talk, number: int = 1) -> Order:
    await talk.quiet()
    order = await talk.service.storage.get(Order, f"order-{number}")
    assert order is not None
    return order


async def server_of(talk: Talk, number: int = 1) -> Server:
    server = await talk.service.storage.get(Server, (await order_of(talk, number)).server)
    assert server is not None
    return server


async def servers(talk: Talk) -> list[Server]:
    await talk.quiet()
    return sorted(await talk.service.storage.find(Server, limit=1000), key=lambda server: server.number)
