"""Notices: what an order or a case needs still comes, also while a human owns the chat, and the agent sees it too."""

from typing import Any

import pytest

from domain.events import Arrival, Due
from domain.messages import Purpose, Say, Text
from handlers.flow import Outcome, Turn
from handlers.registry import DUE
from tests.chat_steps import handed_over
from tests.talk import Scripted, Talk

NOTICE = Text("still-waiting", {"number": "A-7"})


@pytest.fixture
def due(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A job's event in somebody's chat, whose handler gives them a notice."""

    async def tell(turn: Turn, event: Due) -> Outcome:
        return Outcome(say=(Say(text=NOTICE, to=event.record, purpose=Purpose.NOTICE),))

    monkeypatch.setitem(DUE, "notice", tell)

    async def happens(person: Scripted) -> None:
        event = Due(name="notice", record=person.chat, at=talk.simulation.clock.now())
        arrival = Arrival(
            source="job-notice", external_id="1", conversation=person.chat, person=person.chat, event=event
        )
        await talk.service.inbox.accept([arrival])

    return happens


async def test_a_notice_comes_while_a_human_owns_the_chat_and_is_copied_into_the_topic(
    due: Any, customer: Scripted, dewi: Scripted
) -> None:
    desk = await handed_over(customer, dewi)
    await due(customer)
    await customer.hears("A-7")
    await desk.hears("A-7")
    await customer.says("terima kasih infonya")
    await desk.hears("terima kasih infonya")
    await customer.hears_nothing()


async def test_a_notice_comes_after_stop_and_is_copied_nowhere_without_a_case(
    due: Any, customer: Scripted, dewi: Scripted
) -> None:
    await customer.says("STOP")
    await customer.hears("tidak akan menerima")
    await due(customer)
    await customer.hears("A-7")
    await dewi.hears_nothing()
