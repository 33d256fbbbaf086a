"""What people do while processes are killed: each sequence is one person's talk, from the first message to the last
thing that must have been heard. A new capability adds its own below, and its own counts where it has any.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from itertools import count

from tests.durability.ledger import Count, Ledger
from tests.durability.world import Someone, World

Script = Callable[[Someone, "Surroundings"], Awaitable[None]]


@dataclass(frozen=True)
class Sequence:
    """`script` is played by somebody new each time; `counts` looks, at the end, at what only this sequence does."""

    name: str
    script: Script
    counts: Callable[[Ledger, int], list[Count]] = lambda ledger, played: []


@dataclass
class Surroundings:
    """Who else is there. `number` gives words of its own to every message that must be told from all others."""

    world: World
    number: "count[int]"

    def agent(self, thread: int | None = None) -> Someone:
        return Someone(self.world, "dewi", self.world_chat, thread)

    @property
    def world_chat(self) -> str:
        return f"telegram:{self.world.config.agents_chat_id}"


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


async def talks_to_an_agent(person: Someone, around: Surroundings) -> None:
    opened = await person.asks("CS", "nomor", "#")
    case = re.search(r"#(\d+)", opened["text"])
    assert case is not None
    early = f"pertanyaan {next(around.number)}."
    await person.says(early)
    header = await around.agent().hears(f"kasus #{case[1]} ", "/bantuan")
    desk = around.agent(header["thread"])
    await desk.hears(early)
    reply, thanks = (f"{word} {next(around.number)}." for word in ("jawaban", "terima kasih"))
    await desk.says(reply)
    await person.hears(reply)
    await person.says(thanks)
    await desk.hears(thanks)
    await desk.asks("/tutup", f"kasus #{case[1]} ditutup")
    await person.hears("sudah selesai")
    await person.asks("5", "penilaiannya")


def count_cases(ledger: Ledger, played: int) -> list[Count]:
    """A case opened twice, a number given out twice, a topic made more often than it was tried."""
    (given,) = ledger.column("SELECT json_extract(body, '$.value') FROM counters WHERE id = 'cases'") or [0]
    cases = ledger.column("SELECT json_extract(body, '$.number') FROM cases")
    tries = dict(ledger.rows("SELECT json_extract(body, '$.record'), sum(tries) FROM effects GROUP BY 1"))
    made: dict[str, int] = {}
    for topic in ledger.world.topics[f"telegram:{ledger.world.config.agents_chat_id}"]:
        case = f"case-{topic['name'].split()[0].removeprefix('#')}"
        made[case] = made.get(case, 0) + 1
    return [
        Count("hand-overs opened", len(cases), exactly=played),
        Count("case numbers given out", given, exactly=played),
        Count("cases without a topic", sum(case not in made for case in tries), exactly=0),
        Count("topics made twice", sum(made.values()) - len(made), most=len(ledger.kills)),
        Count("topics beyond their tries", sum(n > tries.get(case, 0) for case, n in made.items()), exactly=0),
    ]


SEQUENCES = (
    Sequence("walks the menu", walks_the_menu),
    Sequence("writes freely", writes_freely),
    Sequence("writes thrice at once", writes_thrice_at_once),
    Sequence("is delivered repeatedly", is_delivered_repeatedly),
    Sequence("talks to an agent", talks_to_an_agent, count_cases),
)
