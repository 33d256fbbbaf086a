"""From a paid order to a machine that runs, or the truth and the money back: the whole service, clouds that answer
late, wrongly, twice or never, and ops who decide.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.orders import OrderStatus
from domain.servers import ServerStatus
from tests.chat.machines import Yard, opened
from tests.chat.sessions import pay
from tests.talk import Scripted


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    async with opened(tmp_path, monkeypatch) as yard:
        yield yard


@pytest.fixture(params=["budi", "sari"])
async def customer(request: pytest.FixtureRequest, yard: Yard) -> Scripted:
    """Once on WhatsApp and once on Telegram."""
    return await met(yard.talk.person(request.param))


@pytest.fixture
async def sari(yard: Yard) -> Scripted:
    return await met(yard.talk.person("sari"))


@pytest.fixture
def ops(yard: Yard) -> Scripted:
    return Scripted(yard.talk, "ops", f"telegram:{yard.talk.played.ops_chat_id}")


async def met(customer: Scripted) -> Scripted:
    await customer.says("halo")
    await customer.hears("bantu")
    return customer


async def test_a_paid_order_is_a_machine_that_answers(yard: Yard, customer: Scripted) -> None:
    link = await yard.ordered(customer)
    await pay(link)
    await customer.hears("Server #1", "sedang dibuat", "10 menit")
    await yard.runs()
    await customer.hears("Server #1 sudah jalan", "debian@127.0.0.1")
    server, order = await yard.server(), await yard.order()
    assert server.status is ServerStatus.ACTIVE
    assert order.status is OrderStatus.DONE
    assert server.expires_at
    assert [wanted.name for wanted in yard.singapore.made] == [server.id]
