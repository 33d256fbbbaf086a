"""People who order a machine, pay for it, log in, renew it, switch it off and on, or never pay for it. What must be
true of it is `machine_counts.py`.
"""

import asyncio
import re
from dataclasses import dataclass

import aiohttp

from tests.durability.books import Json
from tests.durability.offer import PLAN, REGIONS, SYSTEM
from tests.durability.ordering import WAYS, link_in, pays_at
from tests.durability.sequences import Sequence, Surroundings
from tests.durability.world import PATIENCE, Someone

BY_PASSWORD = "Kata sandi sekali pakai"
BY_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJZ2raj0QbE+6Rkwt+A/Gk4iz9nMKtHbgvd6rwe5KKPt budi@laptop"
SECRET_PAGE = re.compile(r"http://[^\s\"|]+/servers/password/[^\s\"|?]+")
SHOWN = re.compile(r'id="password"[^>]*>([^<]+)<')


@dataclass(frozen=True)
class Hired:
    """One machine's order. `way` is how it is paid."""

    person: Someone
    number: int
    way: str
    page: str
    by_password: bool

    async def paid(self) -> None:
        assert await pays_at(self.person, self.page, WAYS[self.way])

    async def active(self) -> None:
        """They are told that it runs, and who has a password reads it."""
        told = await self.person.hears(f"#{self.number} sudah jalan")
        if self.by_password:
            await reads(self.person, self.number, told)

    async def shown(self) -> None:
        """In the list of their machines."""
        await self.person.asks("server saya", "Server Anda")
        await self.person.chooses(f"#{self.number} ", f"(#{self.number})", "Status")

    async def switched(self, label: str, done: str) -> None:
        await self.shown()
        await self.person.presses(label)
        if label == "Matikan":
            await self.person.hears("Matikan server")
            await self.person.presses("Ya, matikan")
        await self.person.hears(f"(#{self.number})", done)

    async def renewal(self) -> str:
        """The page at which to pay for another term."""
        await self.shown()
        await self.person.chooses("Perpanjang", "Mau berapa lama lagi")
        await self.person.chooses("1 bulan", "dengan apa")
        await self.person.presses(self.way)
        await self.person.hears("kami catat", "diperpanjang")
        return link_in(await self.person.hears("silakan bayar"))[1]

    async def renewed(self, page: str) -> None:
        assert await pays_at(self.person, page, WAYS[self.way])
        await self.person.hears(f"(#{self.number}) diperpanjang: berlaku sampai")


async def orders(person: Someone, around: Surroundings) -> Hired:
    """Of either provider, by either access, paid either way: all eight in turn."""
    number = next(around.number)
    region, by_password = [*REGIONS][number % 2], number // 2 % 2 == 0
    way = [*WAYS][number // 4 % 2]
    await person.asks("vps", "Paket mana")
    await person.chooses(PLAN, "ditempatkan di mana")
    await person.chooses(region, "Sistem operasi apa")
    await person.chooses(SYSTEM, "disewa berapa lama")
    await person.chooses("1 bulan", "Bagaimana Anda masuk")
    if by_password:
        await person.chooses(BY_PASSWORD, "Apa nama server")
    else:
        await person.asks(BY_KEY, "Apa nama server")
    await person.asks(f"toko-{number}", "alamat e-mail")
    await person.asks(f"{person.name}@example.com", "Sudah benar")
    await person.chooses("Pesan sekarang", "lewat apa")
    await person.chooses(way, "kami catat", f"toko-{number}")
    order, page = link_in(await person.hears("silakan bayar"))
    return Hired(person, order, way, page, by_password)


async def reads(person: Someone, number: int, told: Json) -> None:
    """The password, on the page where it is shown once. Who is cut off there may find it gone."""
    urls = " ".join([told["text"], *(each.get("url") or "" for row in told["buttons"] for each in row)])
    page = SECRET_PAGE.search(urls)
    assert page is not None, urls
    text = await pressed(person, page[0])
    if shown := SHOWN.search(text):
        person.learnt[f"password of #{number}"] = shown[1]


async def pressed(person: Someone, page: str) -> str:
    """The page after its button was pressed, however often that takes."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                async with person.world.session.post(page) as answer:
                    if answer.status == 200:
                        return await answer.text()
                    assert answer.status in (502, 503), answer.status
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)


async def hires(person: Someone, around: Surroundings) -> Hired:
    """Ordered, paid, and there."""
    hired = await orders(person, around)
    await hired.paid()
    await hired.active()
    return hired


async def renews(person: Someone, around: Surroundings) -> None:
    hired = await hires(person, around)
    await hired.renewed(await hired.renewal())


async def stops_and_starts(person: Someone, around: Surroundings) -> None:
    hired = await hires(person, around)
    await hired.switched("Matikan", "sudah mati")
    await hired.switched("Nyalakan", "sudah menyala")


async def renews_while_it_stops(person: Someone, around: Surroundings) -> None:
    hired = await hires(person, around)
    page = await hired.renewal()
    await hired.shown()
    await person.chooses("Matikan", "Matikan server")
    await asyncio.gather(pays_at(person, page, WAYS[hired.way]), person.presses("Ya, matikan"))
    both = {"diperpanjang: berlaku sampai", "sudah mati"}
    while both:
        both.discard(await person.hears_one_of(*both))


async def pays_and_asks_at_once(person: Someone, around: Surroundings) -> None:
    """While it is being made they look at it, and order another one."""
    hired = await orders(person, around)
    await asyncio.gather(hired.paid(), person.says("server saya"))
    await hired.active()
    await (await orders(person, around)).shown()


async def never_pays(person: Someone, around: Surroundings) -> None:
    await (await orders(person, around)).shown()


SEQUENCES = (
    Sequence("renews a machine", renews),
    Sequence("stops and starts a machine", stops_and_starts),
    Sequence("renews a machine while it stops", renews_while_it_stops),
    Sequence("looks at a machine while it is made", pays_and_asks_at_once),
    Sequence("never pays for a machine", never_pays),
)
