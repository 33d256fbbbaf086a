"""What the business has done to a machine, by time or by money: done once, put right by ops where it failed, and
overtaken by a payment that comes meanwhile.
"""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.events import Due
from domain.server_actions import ActionKind, ActionStatus
from domain.servers import Server, ServerStatus
from handlers.flow import Outcome, Turn
from handlers.registry import DUE
from handlers.server_actions import begin
from services.failures import Permanent, Retry
from services.servers.base import State
from tests.chat.machines import Yard, met, opened, sneaks
from tests.talk import Scripted

DAY = timedelta(days=1)
STOPPED, STARTED = ("stop", "m-1"), ("start", "m-1")


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    async with opened(tmp_path, monkeypatch) as yard:
        yield yard


@pytest.fixture
async def sari(yard: Yard) -> Scripted:
    return await met(yard.talk.person("sari"))


@pytest.fixture
def ops(yard: Yard) -> Scripted:
    return Scripted(yard.talk, "ops", f"telegram:{yard.talk.played.ops_chat_id}")


async def expired(yard: Yard, customer: Scripted) -> Server:
    """Out of its grace: it is being suspended."""
    await yard.active(customer)
    await yard.later(31 * DAY)
    await customer.hears("sudah habis")
    await yard.later(3 * DAY)
    return await yard.server()


async def renewed(yard: Yard, customer: Scripted) -> None:
    """By the button of the last message, and paid."""
    server = await yard.server()
    await sneaks(yard, customer.chat, f"server:{server.id}:renew:1", by=customer.chat)
    await customer.hears("#2", "Bayar")
    await yard.shop.paid("pay-2-1")


async def kinds(yard: Yard) -> list[tuple[ActionKind, ActionStatus]]:
    return [(each.kind, each.status) for each in await yard.actions()]


async def test_it_is_suspended_once_its_provider_says_that_it_is_off(yard: Yard, sari: Scripted) -> None:
    server = await expired(yard, sari)
    assert server.status is ServerStatus.GRACE
    assert yard.singapore.did == [STOPPED]
    yard.becomes(State.STOPPED)
    await yard.later()
    await sari.hears("kami matikan")
    server = await yard.server()
    assert (server.status, server.off, server.state, server.action) == (ServerStatus.SUSPENDED, "us", "stopped", "")


async def test_what_failed_is_tried_again_by_ops(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    yard.singapore.doing = Permanent("423 locked")
    server = await expired(yard, sari)
    await ops.hears("Server #1", "ditangguhkan", "423 locked", "Coba lagi")
    assert server.failed
    sari.ignores()
    yard.singapore.doing = None
    await ops.presses("Coba lagi")
    await ops.hears("sedang dicoba lagi")
    yard.becomes(State.STOPPED)
    await yard.later()
    await sari.hears("kami matikan")
    assert (await kinds(yard))[-1] == (ActionKind.SUSPEND, ActionStatus.DONE)
    assert (await yard.server()).failed == ""
    presser = yard.talk.person("ops")
    for action in await yard.actions():  # which stay when one of them is forgotten
        assert presser.chat not in str(action)
        assert sari.chat not in str(action)


async def test_what_is_not_so_in_time_is_for_ops(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await expired(yard, sari)
    await yard.later(timedelta(minutes=11))
    await ops.hears("Server #1", "ditangguhkan", "running")
    assert (await kinds(yard))[-1] == (ActionKind.SUSPEND, ActionStatus.FAILED)


async def test_renewed_while_it_is_being_suspended_it_runs(yard: Yard, sari: Scripted) -> None:
    await expired(yard, sari)
    await renewed(yard, sari)
    assert (await yard.server()).status is ServerStatus.ACTIVE
    yard.becomes(State.STOPPED)
    await yard.later()
    assert yard.singapore.did == [STOPPED, STARTED]
    yard.becomes(State.RUNNING)
    await yard.later()
    await sari.hears("menyala lagi")
    server = await yard.server()
    assert (server.status, server.off, server.state) == (ServerStatus.ACTIVE, "", "running")


async def test_a_renewal_makes_a_failed_suspension_needless(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    """It may be off all the same: it is switched on to be sure, and an old button does not switch it off."""
    yard.singapore.doing = Permanent("423 locked")
    await expired(yard, sari)
    await ops.hears("ditangguhkan")
    yard.singapore.doing = None
    await renewed(yard, sari)
    await yard.later()
    assert (await yard.server()).off == ""
    await ops.presses("Coba lagi")
    await yard.later()
    assert [each for each in yard.singapore.did if each == STOPPED] == [STOPPED]
    assert (await kinds(yard))[1:] == [
        (ActionKind.SUSPEND, ActionStatus.DROPPED),
        (ActionKind.RESUME, ActionStatus.DONE),
    ]


async def test_a_suspension_that_fails_after_the_renewal_is_no_case(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await expired(yard, sari)
    await renewed(yard, sari)
    ops.ignores()
    await yard.later(timedelta(minutes=11))  # it never was off
    await yard.later()
    await sari.hears("menyala lagi")
    await ops.hears_nothing()
    server = await yard.server()
    assert (server.failed, server.action, server.off) == ("", "", "")


async def test_a_resumption_that_fails_is_for_ops_once(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await expired(yard, sari)
    yard.becomes(State.STOPPED)
    await yard.later()
    await sari.hears("kami matikan")
    yard.singapore.doing = Permanent("409 no room")
    await renewed(yard, sari)
    await ops.hears("Server #1", "dinyalakan lagi", "409 no room", "Coba lagi")
    await yard.later(DAY)
    assert len([text for text in ops.sees() if "409 no room" in text and "Coba lagi" in text]) == 1
    yard.singapore.doing = None
    await ops.presses("Coba lagi")
    await yard.talk.quiet()
    yard.becomes(State.RUNNING)
    await yard.later()
    await sari.hears("menyala lagi")
    assert [each for each in yard.singapore.did if each == STARTED] == [STARTED, STARTED]


async def test_a_provider_that_is_away_is_asked_again(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await expired(yard, sari)
    yard.singapore.looking = Retry("503")
    await yard.later(timedelta(minutes=6))
    yard.singapore.looking = None
    yard.becomes(State.STOPPED)
    await yard.later(timedelta(minutes=6))
    await sari.hears("kami matikan")
    assert [text for text in ops.sees() if "Coba lagi" in text] == []


async def test_lost_while_something_is_done_to_it(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    """The action has failed, and what is the matter is told by what its provider says now."""
    server = await yard.active(sari)
    await sneaks(yard, sari.chat, f"server:{server.id}:restart", by=sari.chat)
    assert yard.singapore.did == [("restart", "m-1")]
    yard.vanishes()
    await yard.later()
    await ops.hears("Server #1", "missing", "Coba lagi", "Kembalikan uangnya")
    await sari.hears("Kabar buruk")
    assert (await kinds(yard))[1:] == [
        (ActionKind.RESTART, ActionStatus.DROPPED),
        (ActionKind.CREATE, ActionStatus.FAILED),
    ]


async def test_what_is_lost_is_not_suspended(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    """It waits for ops, who can only close it once its term is over."""
    await yard.active(sari)
    yard.vanishes()
    await yard.sweeps()
    await ops.hears("missing")
    await yard.later(31 * DAY)
    await yard.later(10 * DAY)
    assert (await yard.server()).status is ServerStatus.GRACE
    assert yard.singapore.did == []
    await ops.presses("Coba lagi")
    await yard.talk.quiet()
    assert (await yard.server()).status is ServerStatus.GRACE
    server = await yard.server()
    await sneaks(yard, f"telegram-ops:{yard.talk.played.ops_chat_id}", f"ops-server:{server.id}:refund")
    assert (await yard.server()).status is ServerStatus.TERMINATED
    assert [each.given_back for each in yard.shop.xendit.charges.values()] == [0]


async def test_one_at_a_time(yard: Yard, sari: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    refused: list[str] = []

    async def two(turn: Turn, due: Due) -> Outcome:
        server = await turn.records.get(Server, due.record)
        assert server
        server, begun = begin(turn, server, ActionKind.STOP, by="test")
        try:
            begin(turn, server, ActionKind.START, by="test")
        except ValueError as problem:
            refused.append(str(problem))
        return begun + Outcome(save=(server,))

    monkeypatch.setitem(DUE, "test-two", two)
    server = await yard.active(sari)
    await yard.due("test-two", server.id)
    assert refused == [f"{server.id}: {server.id}-stop-2 is in hand"]
    assert yard.singapore.did == [STOPPED]
