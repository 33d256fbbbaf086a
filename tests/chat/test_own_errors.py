"""What goes wrong in the service itself: ops hear of it as of any log's errors, and alerts that fail raise none."""

from collections.abc import Iterator

import pytest
import structlog

from bot import own_log
from bot.own_log import OwnLog
from bot.router import Router
from bot.wording import Renderer
from domain.log_patterns import LogPattern
from handlers.flow import Outcome, Turn
from tests.talk import Scripted, Talk

POISON = "racun 4711"


@pytest.fixture(autouse=True)
def heard(plain_tracebacks: None) -> Iterator[None]:
    """The log is configured as the service's: what it says is gathered."""
    before = structlog.get_config()
    structlog.configure(processors=[*before["processors"][:-1], own_log.gather, before["processors"][-1]])
    yield
    structlog.configure(**before)


@pytest.fixture
def own(talk: Talk) -> OwnLog:
    return talk.service._own_log


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """One text breaks the step that takes it."""
    free_text = Router._free_text

    async def breaking(self: Router, turn: Turn, text: str) -> Outcome:
        if text == POISON:
            raise ValueError(f"cannot take '{text}'")
        return await free_text(self, turn, text)

    monkeypatch.setattr(Router, "_free_text", breaking)
    monkeypatch.setattr("bot.turn.WAITS", (0.01,) * 6)


async def told(talk: Talk, own: OwnLog) -> tuple[LogPattern, ...]:
    """What is known of our own errors, once all that was gathered is told."""
    await talk.quiet()
    await own.tell()
    await talk.quiet()
    patterns = await talk.service.storage.find(LogPattern)
    return tuple(sorted(patterns, key=lambda pattern: pattern.pattern))


async def test_a_step_that_breaks_is_told_with_its_count_and_nobodys_words(
    talk: Talk, budi: Scripted, ops: Scripted, own: OwnLog, poisoned: None
) -> None:
    await budi.says(POISON)
    await budi.hears("gangguan")
    aside, failed = await told(talk, own)
    assert aside.pattern == "set aside · event_kind=Said reason=ValueError"
    assert failed.pattern.startswith("step failed · event_kind=Said · ValueError: cannot take")
    assert (failed.count, failed.sources) == (6, {"sahut": 6})
    await ops.hears("step failed", "Traceback", "Saya tangani")
    await ops.says("/errors")
    told_of = await ops.hears("2 pola", "6× · step failed")
    assert "sahut" in told_of.text
    words = [text for text in ops.sees() if "step failed" in text]
    assert words
    assert not [text for text in words if "racun" in text or "4711" in text or budi.chat in text]


async def test_a_provider_that_is_away_is_told_once_for_each_message(
    talk: Talk, budi: Scripted, own: OwnLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.outbox.backoff", lambda tries: 0.01)
    talk.simulator.faults.add("twilio", "create", "500", times=5)
    await budi.says("halo")
    await budi.hears("Selamat datang")
    (outage,) = await told(talk, own)
    assert outage.pattern == "send put off · sender=whatsapp"
    assert outage.count == 1


@pytest.mark.parametrize("fails", ["sending", "wording"])
async def test_an_alert_that_fails_raises_no_alert(
    talk: Talk, budi: Scripted, ops: Scripted, own: OwnLog, poisoned: None, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    monkeypatch.setattr("bot.outbox.backoff", lambda tries: 0.01)
    if fails == "sending":
        talk.simulator.faults.add("telegram", "sendMessage", "500", chat=ops.chat, times=8)
    else:
        parts = Renderer.parts

        def broken(self: Renderer, channel: object, message: object) -> object:
            if getattr(message, "sender", "") == "telegram-ops":
                raise RuntimeError("a bug of ours")
            return parts(self, channel, message)  # type: ignore[arg-type]  # as they came

        monkeypatch.setattr(Renderer, "parts", broken)
    await budi.says(POISON)
    await budi.hears("gangguan")
    for _ in range(3):
        known = await told(talk, own)
    assert [pattern.pattern.partition(" ")[0] for pattern in known] == ["set", "step"]


async def test_slow_and_failed_answers_are_told_by_route_and_status(
    talk: Talk, sari: Scripted, own: OwnLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = [True]
    monkeypatch.setattr("bot.web.SLOW", 0.0)
    monkeypatch.setattr("bot.backlog.Backlog.full", property(lambda self: bool(full and full.pop())))
    await sari.says("halo")
    await sari.hears("Selamat datang")
    failed, slow = await told(talk, own)
    assert failed.pattern == "answered 5xx · route=/webhooks/telegram status=503"
    assert slow.pattern == "slow webhook · route=/webhooks/telegram status=200"
    assert "milliseconds=" in slow.sample.text
