"""How long a message is tried: what a provider may have taken without a word, and what it refuses for long."""

import time
from datetime import timedelta
from types import SimpleNamespace

import pytest

from bot.clock import real_now
from bot.outbox import MOST_UNSURE
from tests.chat.test_delivery import bubbles, goes_wrong
from tests.talk import PATIENCE, Scripted, Talk


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.outbox.backoff", lambda tries: 0.0)


async def test_who_never_answers_is_not_called_for_ever(talk: Talk, sari: Scripted, ops: Scripted) -> None:
    """Telegram cannot be asked what it took, and each of these calls put another copy on the phone."""
    goes_wrong(talk, sari, "after", times=0)
    await sari.says("lupa pin")
    await ops.hears("tidak terkirim", "expired")
    assert len(bubbles(sari, "Login")) == MOST_UNSURE
    talk.simulator.faults.clear()
    await sari.says("bantuan")
    await sari.hears("Tulis kapan saja")


async def test_who_can_be_asked_is_asked_for_as_long_as_it_takes(talk: Talk, budi: Scripted, ops: Scripted) -> None:
    goes_wrong(talk, budi, "silence", seconds=0.01, times=2 * MOST_UNSURE)
    await budi.says("lupa pin")
    await budi.hears("Login")
    await ops.hears_nothing()
    assert len(bubbles(budi, "Login")) == 1


async def test_what_is_refused_for_long_is_given_up_after_a_day(talk: Talk, sari: Scripted, ops: Scripted) -> None:
    refused = goes_wrong(talk, sari, "500", times=10_000)
    await sari.says("lupa pin")
    await talk.simulator.world.wait(lambda: refused.times < 9_600, PATIENCE)
    await talk.later(timedelta(hours=23))
    talk.simulator.faults.clear()
    await sari.hears("Login")
    refused = goes_wrong(talk, sari, "500", times=10_000)
    await sari.says("bantuan")
    await talk.simulator.world.wait(lambda: refused.times < 10_000, PATIENCE)
    await talk.later(timedelta(hours=25))
    await ops.hears("tidak terkirim", "expired")


async def test_a_number_that_was_refused_for_long_is_not_held_up_for_long(
    talk: Talk, budi: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio's 429 says nothing of how long."""
    monkeypatch.setattr("bot.outbox.backoff", lambda tries: 300.0)
    monkeypatch.setattr("bot.outbox.LONGEST_FOR_ALL", 0.1)
    goes_wrong(talk, budi, "429", times=5, retry_after=0)
    await budi.says("lupa pin")
    await budi.hears("Login")


async def test_a_clock_that_is_put_back_keeps_nobody_waiting(
    talk: Talk, sari: Scripted, budi: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_wrong(talk, sari, "429", retry_after=1)
    await budi.says("halo")
    await budi.hears("Selamat datang")
    await sari.says("lupa pin")
    await talk.simulator.world.wait(lambda: not talk.simulator.faults.list(), PATIENCE)
    monkeypatch.setattr("bot.clock.time", SimpleNamespace(time=lambda: time.time() - 3600))
    monkeypatch.setattr(talk.simulation.clock, "_real", real_now)  # business time goes back with it
    await budi.says("lupa pin")
    await budi.hears("Login")
    await sari.hears("Login")
