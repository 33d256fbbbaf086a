"""Many who press the last button at the same moment: each gets an order of their own, and nobody is put off."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.build import Role, Service
from bot.catalog import load_catalog
from bot.metrics import TURNS
from bot.settings import Settings
from domain.events import Arrival, Said, SaidKind
from domain.hours import OpeningHours, Span
from domain.messages import Choice, Text
from domain.orders import Order
from domain.people import Conversation, FlowState
from tests.chat.ordering import SANDBOX, ways_to_pay

MANY = 120
"""Twice as many as are handled at once."""
PATIENCE = 30.0


def turns(what: str) -> float:
    (metric,) = TURNS.collect()
    return sum(each.value for each in metric.samples if each.name.endswith("_total") and what in each.labels.values())


async def test_all_who_order_at_once_are_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ways_to_pay(monkeypatch, SANDBOX)
    catalog = load_catalog(Path("catalog.toml"))
    offered = catalog.mentoring
    assert offered is not None
    hours = OpeningHours("Asia/Jakarta", {day: (Span(0, 1440),) for day in range(7)})
    mentors = tuple(replace(offered.mentors[0], id=f"m{n}", hours=hours) for n in range(MANY))
    given: dict[str, Any] = {"_env_file": None, "port": 0, "log_level": "ERROR"}
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'sahut.db'}", **given)
    service = Service(settings, Role.WORKER, catalog=replace(catalog, mentoring=replace(offered, mentors=mentors)))
    await service.start()
    starts_at = (service.clock.now() + timedelta(days=2)).replace(hour=3, minute=0, second=0, microsecond=0)
    presses = []
    for number, mentor in enumerate(mentors):
        person = f"telegram:{5000 + number}"
        answers = {
            "subject": mentor.subjects[0],
            "mentor": mentor.id,
            "day": starts_at.date().isoformat(),
            "time": starts_at.isoformat(),
            "email": "budi@example.com",
        }
        yes = Choice("mentoring:confirm:yes", Text("label-order"))
        flow = FlowState(flow="mentoring", answers=answers)
        await service.storage.save(Conversation(id=person, flow=flow, shown=(yes,)))
        press = Said(kind=SaidKind.BUTTON, button=yes.id)
        presses.append(
            Arrival(source="telegram", external_id=str(number), conversation=person, person=person, event=press)
        )
    put_off = turns("put-off") + turns("set-aside")
    await service.inbox.accept(presses)
    orders: tuple[Order, ...] = ()
    async with asyncio.timeout(PATIENCE):
        while len(orders) < MANY:
            await asyncio.sleep(0.05)
            orders = await service.storage.find(Order, limit=MANY + 1)
    await service.stop()
    assert {order.number for order in orders} == set(range(1, MANY + 1))
    assert len({order.customer for order in orders}) == MANY
    assert turns("put-off") + turns("set-aside") == put_off
