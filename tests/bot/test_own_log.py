"""What a process gathers of its own errors, and what it tells of them."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog
from pydantic import SecretStr

from bot import logs, own_log
from bot.own_log import MOST, WARNINGS, OwnLog
from bot.settings import LogFormat, Settings
from domain.events import Arrival, LogSeen
from domain.log_findings import OTHERS, Finding
from domain.log_lines import Level
from domain.log_scans import ALL
from storage.base import Recorded, StorageUnavailable
from tests.bot.programs import ROOT, Phones, as_real, program, simulator_at
from tests.ports import free_port

AT = datetime(2026, 11, 21, 3, 4, 5, tzinfo=UTC)
SECRET = "wh-sec-ret"
log = structlog.get_logger()


class Inbox:
    """Keeps each arrival once, by its id, unless it is away."""

    def __init__(self) -> None:
        self.arrivals: dict[tuple[str, str], Arrival] = {}
        self.away = False
        self.asked = 0

    async def accept(self, arrivals: Sequence[Arrival]) -> Recorded:
        self.asked += 1
        if self.away:
            raise StorageUnavailable("the disk is full")
        for each in arrivals:
            self.arrivals.setdefault((each.source, each.external_id), each)
        return Recorded(new=len(arrivals), claims=())

    @property
    def findings(self) -> list[Finding]:
        events = [each.event for each in self.arrivals.values()]
        return [finding for event in events if isinstance(event, LogSeen) for finding in event.findings]


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


def bare_settings(**given: Any) -> Settings:
    return Settings(**(given | {"_env_file": None}))


@asynccontextmanager
async def listening(inbox: Inbox, process: str = "p1", **given: Any) -> AsyncIterator[OwnLog]:
    """A process whose log is configured as the service's."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers, root.level
    settings = bare_settings(log_format=LogFormat.JSON, telegram_webhook_secret=SecretStr(SECRET), **given)
    logs.configure(settings)
    structlog.configure(cache_logger_on_first_use=False)
    own = OwnLog(settings, process=process, part="worker", now=lambda: AT, accept=inbox.accept)
    own.begin()
    try:
        yield own
    finally:
        await own.end()
        structlog.configure(**before)
        root.handlers, root.level = handlers, level


def raised(text: str) -> Exception:
    try:
        raise ValueError(text)
    except ValueError as problem:
        return problem


async def test_errors_of_one_cause_are_one_and_counted(inbox: Inbox) -> None:
    async with listening(inbox) as own:
        for number in range(3):
            log.error("step failed", event_kind="Said", tries=number, exc_info=raised(f"no order {number}"))
        log.error("job broke off", job="retention")
        await own.tell()
    counts = {finding.pattern.partition(" · ")[0]: finding.count for finding in inbox.findings}
    assert counts == {"step failed": 3, "job broke off": 1}
    step = next(each for each in inbox.findings if each.count == 3)
    assert "ValueError: no order" in step.pattern
    assert "test_own_log.py raised" in step.pattern
    assert (step.level, step.first_at, step.hours) == (Level.ERROR, AT, {"2026-11-21T03": 3})
    assert "Traceback" in step.sample.text
    assert "tries=0" in step.sample.text
    (arrival,) = inbox.arrivals.values()
    assert (arrival.conversation, arrival.person) == (ALL, "")


async def test_the_same_error_has_the_same_pattern_in_every_process(inbox: Inbox) -> None:
    for process in ("p1", "p2"):
        async with listening(inbox, process):
            log.error("step failed", exc_info=raised(f"order {process}-17 is gone"), entry=f"twilio/{process}")
    assert len(inbox.arrivals) == 2
    assert len({finding.id for finding in inbox.findings}) == 1


async def test_nobodys_words_and_no_secrets(inbox: Inbox) -> None:
    """In what was raised, and in what a provider or a library says."""
    async with listening(inbox):
        log.error("step failed", exc_info=raised("cannot read 'my PIN is 1234' of +6281234567"))
        log.warning("poll failed", bot="telegram", why="no chat 77665544 at /bot99:AbC-d?secret=" + SECRET)
        logging.getLogger("library").error("cannot parse %r", "my PIN is 1234")
        log.error(f"odd {SECRET}", job=SECRET)
    assert len(inbox.findings) == 4
    told = repr(inbox.findings)
    for private in ("PIN", "1234", "77665544", "AbC", SECRET):
        assert private not in told


@pytest.mark.parametrize(
    "say",
    [
        lambda: log.warning("a warning like others"),
        lambda: log.info("send put off", sender="telegram"),
        lambda: log.warning("message given up", sender="telegram", reason="blocked"),
        lambda: logging.getLogger("library").warning("deprecated"),
    ],
)
async def test_what_is_no_trouble_is_not_gathered(inbox: Inbox, say: Callable[[], None]) -> None:
    async with listening(inbox):
        say()
    assert inbox.asked == 0


@pytest.mark.parametrize(
    "say",
    [
        lambda: log.warning("message given up", sender="telegram-ops", reason="refused"),
        lambda: log.error("send broke off", sender="telegram-ops"),
        lambda: log.warning("message given up", sender="whatsapp", purpose="alert", reason="window-closed"),
        lambda: log.error("effect failed", effect="in-1-scan", name="logs.scan"),
        lambda: log.error("a part broke off and begins again", part="own log"),
        lambda: log.error("a part broke off and begins again", part="outbox telegram-ops"),
        lambda: log.error("step failed", lane=ALL),
    ],
)
async def test_what_comes_of_alerts_raises_none(inbox: Inbox, say: Callable[[], None]) -> None:
    async with listening(inbox):
        say()
    assert inbox.asked == 0


async def test_warnings_that_matter_are_told(inbox: Inbox) -> None:
    async with listening(inbox, log_level="INFO"):
        log.warning("message given up", sender="whatsapp", reason="window-closed", message="in-1-0")
        log.warning("slow webhook", route="/webhooks/telegram", status=200, milliseconds=1_734)
    slow, given_up = sorted(inbox.findings, key=lambda finding: finding.pattern, reverse=True)
    assert (slow.level, given_up.level) == (Level.WARNING, Level.WARNING)
    assert slow.pattern == "slow webhook · route=/webhooks/telegram status=200"
    assert "milliseconds=1734" in slow.sample.text
    assert "reason=window-closed" in given_up.pattern
    assert "in-1-0" not in given_up.pattern


async def test_while_storage_is_away_it_is_kept_and_told_once(inbox: Inbox) -> None:
    inbox.away = True
    async with listening(inbox) as own:
        log.error("job broke off", job="a")
        await own.tell()
        log.error("job broke off", job="a")
        log.error("job broke off", job="b")
        await own.tell()
        assert inbox.arrivals == {}
        inbox.away = False
    assert sorted((finding.pattern, finding.count) for finding in inbox.findings) == [
        ("job broke off · job=a", 1),
        ("job broke off · job=a", 1),
        ("job broke off · job=b", 1),
    ]


async def test_an_arrival_that_was_recorded_though_its_answer_was_lost_counts_once(inbox: Inbox) -> None:
    async def lost(arrivals: Sequence[Arrival]) -> Recorded:
        await inbox.accept(arrivals)
        if inbox.asked == 1:
            raise StorageUnavailable("no answer")
        return Recorded(new=0, claims=())

    own = OwnLog(bare_settings(), process="p", part="web", now=lambda: AT, accept=lost)
    own.gather({"event": "job broke off", "level": "error"})
    await own.tell()
    await own.tell()
    assert (inbox.asked, [finding.count for finding in inbox.findings]) == (2, [1])


async def test_a_flood_from_many_threads_is_counted_and_takes_little(inbox: Inbox) -> None:
    own = OwnLog(bare_settings(), process="p", part="web", now=lambda: AT, accept=inbox.accept)

    def flood() -> None:
        for number in range(1000):
            own.gather({"event": "job broke off", "level": "error", "job": f"j{number % 300}"})

    await asyncio.gather(*(asyncio.to_thread(flood) for _ in range(4)))
    await own.tell()
    assert sum(finding.count for finding in inbox.findings) == 4000
    assert len(inbox.findings) == MOST + 1
    assert OTHERS in {finding.id for finding in inbox.findings}


async def test_a_line_that_cannot_be_gathered_is_logged(inbox: Inbox, capsys: pytest.CaptureFixture[str]) -> None:
    class Odd(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    async with listening(inbox):
        own_log.gather(None, "error", {"event": "step failed", "level": "error", "exc_info": Odd()})
        log.error("job broke off", job="b")
    assert "job broke off" in capsys.readouterr().out
    assert [finding.pattern for finding in inbox.findings] == ["job broke off · job=b"]


def test_the_warnings_that_matter_are_logged_by_these_words() -> None:
    code = "".join(path.read_text() for path in (ROOT / "bot").glob("*.py") if path.name != "own_log.py")
    logged = set(re.findall(r'(?:log\.warning|told)\("([^"]+)"', code))
    assert WARNINGS - logged == set()


async def test_a_process_tells_ops_of_its_own_trouble(tmp_path: Path) -> None:
    """With its log as it is configured there: a wrong token is told, and not the token."""
    port, wrong = free_port(), "7777:not-the-token-of-any-bot"
    async with simulator_at(tmp_path, port) as simulator, aiohttp.ClientSession() as http:
        env = as_real(simulator, port, LOG_LEVEL="INFO", TELEGRAM_BOT_TOKEN=wrong)
        async with program("bot", "run", folder=tmp_path, env=env) as service:
            await service.says("Telegram does not take our settings")
            phones = Phones(simulator, http)
            async with asyncio.timeout(40):
                while not (alerts := [each for each in await phones.sent() if each["provider"] == "telegram"]):
                    await asyncio.sleep(0.05)
            await service.stops()
    text = alerts[0]["message"]["text"]
    assert "Telegram does not take our settings" in text
    assert "sahut" in text
    assert "not-the-token" not in text
