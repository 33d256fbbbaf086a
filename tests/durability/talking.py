"""Customers alone with the bot."""

from tests.durability.sequences import Sequence, Surroundings
from tests.durability.world import Someone


async def walks_the_menu(person: Someone, around: Surroundings) -> None:
    await person.asks("menu", "pilih topik")
    await person.chooses("Transaksi", "Kembali")
    await person.chooses("Transfer Bank", "Bicara dengan CS")
    await person.asks("kembali", "pilih topik")
    await person.chooses("Pinjaman", "Bicara dengan CS")


async def writes_freely(person: Someone, around: Surroundings) -> None:
    await person.asks("saldo saya belum masuk", "Isi Saldo", "Bicara dengan CS")
    await person.asks("lupa pin", "Login")
    await person.asks("qwrtzp xkcd", "belum paham")
    await person.asks("bahasa", "English")
    await person.asks("stop", "tidak akan menerima")


async def writes_thrice_at_once(person: Someone, around: Surroundings) -> None:
    for text in ("halo", "lupa pin", "saldo saya belum masuk"):
        await person.says(text)
    await person.hears("selamat datang")
    await person.hears("Login")
    await person.hears("Isi Saldo")


async def is_delivered_repeatedly(person: Someone, around: Surroundings) -> None:
    first = await person.says("lupa pin")
    await person.says_again(first)
    await person.hears("Login")
    await person.says_again(first)
    await person.asks("bantuan", "Tulis kapan saja")
    await person.says_again(person.said[-1])
    await person.says_again(first)
    await person.asks("menu", "pilih topik")


SEQUENCES = (
    Sequence("walks the menu", walks_the_menu),
    Sequence("writes freely", writes_freely),
    Sequence("writes thrice at once", writes_thrice_at_once),
    Sequence("is delivered repeatedly", is_delivered_repeatedly),
)
