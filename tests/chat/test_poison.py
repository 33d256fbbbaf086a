"""A message that breaks a step is set aside after its tries: ops and the person are told, and the talk goes on."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.router import Router
from domain.events import Due
from domain.messages import Say, Text
from domain.people import Counter
from handlers import registry
from handlers.flow import Outcome, Turn
from tests.talk import PATIENCE, Scripted, Talk

POISON = "racun"


async def raises(turn: Turn) -> Outcome:
    raise RuntimeError("a bug of ours")


async def cannot_be_written_down(turn: Turn) -> Outcome:
    return Outcome(say=(Say(text=Text("help", {"thing": object()})),))  # type: ignore[dict-item]  # that is the point


async def is_always_stale(turn: Turn) -> Outcome:
    return Outcome(save=(Counter(id="poison", version=7, value=1),))


async def has_no_words(turn: Turn) -> Outcome:
    return Outcome(say=(Say(text=Text("no-such-text")),))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.turn.WAITS", (0.15,) * 6)


@pytest.fixture(params=[raises, cannot_be_written_down, is_always_stale], ids=lambda breaks: breaks.__name__)
def poisoned(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return poison(monkeypatch, request.param)


def poison(monkeypatch: pytest.MonkeyPatch, breaks: Callable[..., object]) -> list[str]:
    """One text breaks the step that takes it; the list grows with every try."""
    tries: list[str] = []
    free_text = Router._free_text

    async def breaking(self: Router, turn: Turn, text: str) -> Outcome:
        if text != POISON:
            return await free_text(self, turn, text)
        tries.append(turn.id)
        return await breaks(turn)  # type: ignore[misc, no-any-return]  # one of those above

    monkeypatch.setattr(Router, "_free_text", breaking)
    return tries


async def test_what_follows_is_answered_and_ops_and_the_person_are_told_once(
    talk: Talk, customer: Scripted, ops: Scripted, poisoned: list[str]
) -> None:
    await customer.says("halo")
    await customer.hears("Selamat datang")
    await customer.says(POISON)
    await customer.says("lupa pin")
    await customer.hears("gangguan")
    await customer.hears("Login")
    await ops.hears("disisihkan", customer.chat)
    await customer.hears_nothing()
    await ops.hears_nothing()
    assert len(set(poisoned)) == 1


async def test_meanwhile_others_are_answered_at_once(talk: Talk, customer: Scripted, poisoned: list[str]) -> None:
    eka = await talk.new_person("Eka", "telegram")
    await customer.says(POISON)
    async with asyncio.timeout(30):
        while not poisoned:
            await asyncio.sleep(0.005)
    await eka.says("lupa pin")
    await eka.hears("Login")
    assert customer.sees() == []


async def test_who_begins_with_it_is_told_too(customer: Scripted, poisoned: list[str]) -> None:
    await customer.says(POISON)
    await customer.hears("gangguan")


async def test_ops_are_told_in_the_language_of_their_group(
    customer: Scripted, ops: Scripted, poisoned: list[str]
) -> None:
    await customer.says("English")
    await customer.hears("English")
    await customer.says(POISON)
    await customer.hears("broke")
    await ops.hears("disisihkan", customer.chat)


async def test_a_time_that_came_and_failed_comes_again_a_day_later(
    talk: Talk, customer: Scripted, dewi: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def breaks(turn: Turn, due: Due) -> Outcome:
        raise RuntimeError("a bug of ours")

    await customer.says("CS")
    await dewi.hears("kasus #1 ")
    with monkeypatch.context() as broken:
        broken.setitem(registry.DUE, "case", breaks)
        await talk.later(timedelta(minutes=30))
        await ops.hears("disisihkan", customer.chat)
    dewi.ignores()
    await talk.later(timedelta(hours=12))
    await dewi.hears_nothing()
    await talk.later(timedelta(hours=12))
    await dewi.hears("#1")


async def test_its_tries_are_counted_over_restarts(
    talk: Talk, customer: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = poison(monkeypatch, raises)
    await customer.says(POISON)
    said = await customer.says("lupa pin")
    # Twilio tries twice: what it brings in the middle of a restart may be lost to us before we are asked to keep it.
    await talk.simulator.world.wait(lambda: said.status == "delivered", PATIENCE)
    for seen in (1, 3):
        async with asyncio.timeout(30):
            while len(tries) < seen:
                await asyncio.sleep(0.005)
        await talk.restart()
    await customer.hears("gangguan")
    await customer.hears("Login")
    await ops.hears("disisihkan")
    assert len(tries) == 6
    await talk.restart()
    await customer.hears_nothing()
    await ops.hears_nothing()


async def test_a_text_that_is_missing_is_told_to_ops_and_the_talk_goes_on(
    customer: Scripted, ops: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, has_no_words)
    await customer.says(POISON)
    await customer.says("lupa pin")
    await customer.hears("Login")
    await ops.hears("tidak terkirim", "no-such-text", "render")
    await ops.hears_nothing()
