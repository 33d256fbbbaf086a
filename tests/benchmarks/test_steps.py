"""That the shortest way to an order takes as many messages as benchmarks/steps.md counts."""

import re
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.chat.ordering import SANDBOX, ways_to_pay
from tests.talk import Talk

PAGE = Path(__file__).parents[2] / "benchmarks" / "steps.md"
SHORTEST = (
    ("says", "mentoring", "Topik apa"),
    ("presses", "Usaha", "Dengan siapa"),
    ("presses", "Andi", "Hari apa"),
    ("presses", "Kam, ", "jam berapa"),
    ("presses", "10.15", "alamat e-mail"),
    ("says", "budi@example.com", "Sudah benar"),
    ("presses", "Pesan sekarang", "kami catat"),
)


@pytest.fixture
async def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Talk]:
    """With one way to pay."""
    ways_to_pay(monkeypatch, SANDBOX)
    begun = await Talk.begin(tmp_path, payments="sandbox")
    await begun.at_office_hours()
    yield begun
    await begun.end()


@pytest.mark.parametrize("name", ["budi", "sari"])
async def test_an_order_takes_as_many_messages_as_the_page_counts(talk: Talk, name: str) -> None:
    customer = talk.person(name)
    for does, what, answer in SHORTEST:
        await getattr(customer, does)(what)
        await customer.hears(answer)
    await customer.hears("#1", "silakan bayar")
    counted = re.search(r"\*\*(\d+) messages\*\*, of which (\d+) are presses", PAGE.read_text(encoding="utf-8"))
    assert counted is not None
    presses = Counter(does for does, _, _ in SHORTEST)["presses"]
    assert counted.groups() == (str(len(SHORTEST)), str(presses))
