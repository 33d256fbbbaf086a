"""Ways through a machine's life, for the tests that need one: it runs, and time goes by."""

from collections.abc import AsyncIterator
from datetime import datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from domain.servers import Server
from services.servers.base import State
from simulator.mailbox import Mail
from tests.chat.machines import Yard, met, opened
from tests.talk import Scripted

JAKARTA = "Asia/Jakarta"
NINE = time(9)


async def until(yard: Yard, at: datetime) -> None:
    """Time goes by, and what is due by then has been done."""
    await yard.later(at - yard.clock.now())


async def days_before(yard: Yard, days: int, clock: time = NINE, zone: str = JAKARTA) -> datetime:
    """So many days before the day on which the machine expires, or after it where that is less than 0, at that time of
    the day.
    """
    server = await yard.server()
    assert server.expires_at
    day = server.expires_at.astimezone(ZoneInfo(zone)).date() - timedelta(days=days)
    return datetime.combine(day, clock, ZoneInfo(zone))


async def expires(yard: Yard) -> Server:
    """Into the grace."""
    await until(yard, await days_before(yard, -1))
    return await yard.server()


async def is_suspended(yard: Yard) -> Server:
    """It is asked for at the end of the grace, and done."""
    await expires(yard)
    await until(yard, await days_before(yard, -4))
    return await switched_off(yard)


async def switched_off(yard: Yard) -> Server:
    yard.becomes(State.STOPPED)
    await yard.later()
    return await yard.server()


async def is_destroyed(yard: Yard) -> Server:
    await is_suspended(yard)
    await yard.later(timedelta(days=7))
    yard.vanishes()
    await yard.later()
    return await yard.server()


async def mails(yard: Yard, fragment: str) -> list[Mail]:
    """Those that the machine's owner has, with these words in the subject."""
    await yard.talk.quiet()
    found = yard.talk.simulator.mailboxes.of("budi@example.com")
    return [each for each in found if fragment in each.subject]


async def with_machine(yard: Yard, name: str) -> Scripted:
    """Somebody who has one that runs."""
    person = await met(yard.talk.person(name))
    await yard.active(person)
    await yard.talk.quiet()
    person.ignores()
    return person


# --- fixtures, for the modules that import them ---


@pytest.fixture
async def yard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Yard]:
    async with opened(tmp_path, monkeypatch) as yard:
        yield yard


@pytest.fixture(params=["budi", "sari"])
async def customer(request: pytest.FixtureRequest, yard: Yard) -> Scripted:
    """Somebody with a machine: once on WhatsApp, who has not written since, and once on Telegram."""
    return await with_machine(yard, request.param)


@pytest.fixture
async def sari(yard: Yard) -> Scripted:
    """Likewise, on Telegram."""
    return await with_machine(yard, "sari")


@pytest.fixture
def ops(yard: Yard) -> Scripted:
    return Scripted(yard.talk, "ops", f"telegram:{yard.talk.played.ops_chat_id}")
