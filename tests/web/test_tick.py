"""A service that sleeps, and is woken by a call from outside."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import tick
from bot.build import Role
from tests.chat_steps import thread_of_case
from tests.talk import Scripted, Talk
from tests.web.site import Site

TOKEN = "wake-up"
CLOSED, WAITING = "kami tutup karena lama tidak ada pesan", "sudah menunggu"
ASLEEP = Role.WEB | Role.WORKER
"""Without a clock nothing happens because time passed, just as while a service sleeps."""


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    talk = await Talk.begin(tmp_path, roles=ASLEEP, tasks_token=TOKEN)
    await talk.at_office_hours()
    yield talk
    await talk.end()


async def wake(talk: Talk, token: str = TOKEN) -> dict[str, Any]:
    url = f"http://127.0.0.1:{talk.service.port}/tasks/tick"
    async with aiohttp.ClientSession() as http, http.post(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 200, await answer.text()
        said: dict[str, Any] = await answer.json()
        return said


async def with_a_case(customer: Scripted, dewi: Scripted, number: int, *, answered: bool) -> Scripted:
    await customer.says("CS")
    await customer.hears(f"#{number}")
    desk = await thread_of_case(dewi, number)
    if answered:
        await desk.says("Ada lagi kak?")
        await customer.hears("Ada lagi")
    desk.ignores()
    return desk


def times(person: Scripted, words: str) -> int:
    return sum(words in text for text in person.sees())


async def test_what_fell_due_while_it_slept_happens_once(talk: Talk) -> None:
    dewi = talk.agent("dewi")
    customers = [talk.person("budi"), talk.person("sari"), await talk.new_person("Tono", "telegram")]
    answered = (True, True, False)
    desks = [
        await with_a_case(customer, dewi, number, answered=how)
        for number, (customer, how) in enumerate(zip(customers, answered, strict=True), 1)
    ]
    await talk.quiet()
    for each in (*customers, *desks):
        each.ignores()
    for hours in (1, 5, 20):  # over several due times of each
        await talk.later(timedelta(hours=hours))
    for each in (*customers, *desks):
        await each.hears_nothing()
    first, second = await asyncio.gather(wake(talk), wake(talk))
    nudges = talk.simulation.catalog.cases.max_nudges
    assert (first["done"], second["done"], first["due"] + second["due"]) == (True, True, 2 + nudges)
    assert [times(each, CLOSED) for each in customers] == [1, 1, 0]
    assert times(desks[2], WAITING) == nudges
    await talk.quiet()  # reports on what was sent come in when they come
    again = await wake(talk)
    assert [again[name] for name in ("done", "due", "turns", "sent", "effects", "waiting")] == [True, 0, 0, 0, 0, 0]
    for each in (*customers, *desks):
        each.ignores()
        await each.hears_nothing()


async def test_many_that_are_due_at_once(talk: Talk) -> None:
    """More than a job finds at a time."""
    people = [await talk.new_person(f"Orang {number}", "telegram") for number in range(30)]
    for each in people:
        await each.says("CS")
    for each in people:
        await each.hears("#")
    await talk.quiet()
    await talk.later(timedelta(minutes=11))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.due.AT_ONCE", 7)
        said = await wake(talk)
    assert (said["done"], said["due"], said["turns"]) == (True, 30, 30)
    assert times(talk.agent("dewi"), WAITING) == 30


async def test_what_came_in_before_it_slept_is_done(tmp_path: Path) -> None:
    """Recorded by a process that went away: turns, effects and messages are all carried out before the answer."""
    talk = await Talk.begin(tmp_path, roles=Role.WEB, tasks_token=TOKEN)
    await talk.at_office_hours()
    budi = talk.person("budi")
    await budi.says("CS")
    async with asyncio.timeout(30):
        while await talk.service.storage.waiting() < 1:
            await asyncio.sleep(0.005)
    await talk.service.stop()
    talk.service = talk.again(ASLEEP)
    await talk.service.start()
    said = await wake(talk)
    assert (said["done"], said["waiting"]) == (True, 0)
    assert times(budi, "#1") == 1
    assert times(talk.agent("dewi"), "Kasus #1 ") == 1
    await talk.end()


async def test_a_web_process_alone_records_what_is_due(tmp_path: Path) -> None:
    """For the workers, who do it."""
    talk = await Talk.begin(tmp_path, roles=ASLEEP, tasks_token=TOKEN)
    await talk.at_office_hours()
    desk = await with_a_case(talk.person("budi"), talk.agent("dewi"), 1, answered=False)
    await talk.quiet()
    await talk.service.stop()
    talk.service = talk.again(Role.WEB)
    await talk.service.start()
    await talk.later(timedelta(minutes=11))
    said = await wake(talk)
    assert [said[name] for name in ("done", "due", "turns", "sent", "waiting")] == [True, 1, 0, 0, 1]
    await talk.service.stop()
    talk.service = talk.again(Role.WORKER)
    await talk.service.start()
    await desk.hears(WAITING)
    await talk.end()


# --- its time limit ---


async def test_after_a_time_it_says_that_it_is_not_done(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tick, "LIMIT", 1.0)
    desk = await with_a_case(talk.person("budi"), talk.agent("dewi"), 1, answered=False)
    await talk.later(timedelta(minutes=11))
    talk.simulator.faults.add("telegram", "sendMessage", "slow", seconds=3.0)
    said = await wake(talk)
    assert (said["done"], said["due"]) == (False, 1)
    assert 1 <= said["seconds"] < 3
    await desk.hears(WAITING)
    monkeypatch.setattr(tick, "LIMIT", 10.0)
    assert (await wake(talk))["done"]
    assert times(desk, WAITING) == 1


async def test_what_must_wait_for_a_time_is_not_waited_for(talk: Talk) -> None:
    """A provider said: in an hour."""
    desk = await with_a_case(talk.person("budi"), talk.agent("dewi"), 1, answered=False)
    await talk.later(timedelta(minutes=11))
    talk.simulator.faults.add("telegram", "sendMessage", "429", retry_after=3600)
    said = await wake(talk)
    assert (said["done"], said["due"], said["turns"], said["sent"]) == (True, 1, 1, 0)
    assert said["seconds"] < 5
    assert times(desk, WAITING) == 0


# --- its door ---


async def test_it_is_opened_by_the_token_alone(tmp_path: Path) -> None:
    site = await Site.open(tmp_path, tasks_token=TOKEN)
    url = f"{site.url}/tasks/tick"
    for given in (
        {},
        *({"Authorization": each} for each in ("", TOKEN, "Bearer", f"Bearer {TOKEN}x", f"Basic {TOKEN}")),
    ):
        async with site.http.post(url, headers=given) as answer:
            assert (answer.status, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert (await site.get("/tasks/tick", Authorization=f"Bearer {TOKEN}")).status == 405
    async with site.http.post(url, headers={"Authorization": f"Bearer {TOKEN}"}) as answer:
        assert (answer.status, (await answer.json())["done"]) == (200, True)
    await site.close()


async def test_without_a_token_it_is_closed(tmp_path: Path) -> None:
    site = await Site.open(tmp_path)
    for given in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
        async with site.http.post(f"{site.url}/tasks/tick", headers=given) as answer:
            assert answer.status == 404
    await site.close()
