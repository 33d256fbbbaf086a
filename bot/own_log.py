"""What goes wrong in this process, told as any log's errors are: gathered as they are logged, recorded some seconds
later.

All errors count, and those warnings of ours that somebody must see. What is logged about telling ops is left out: no
alert raises an alert. Nobody's words get into it: of what is told in words only what never varies is kept.
"""

import asyncio
import re
import socket
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from msgspec.structs import replace
from pydantic import SecretStr
from structlog.typing import EventDict, WrappedLogger

from bot.settings import Settings
from domain.events import Arrival, LogSeen
from domain.fingerprints import VARIES, fingerprint, pattern_of
from domain.log_findings import OTHERS, SAMPLE, Finding, Sample, hour_of, merged
from domain.log_lines import Level, level_of
from domain.log_scans import ALL, SCAN
from domain.log_sources import OWN
from domain.messages import Outgoing, Purpose
from storage.base import Recorded, StorageUnavailable

OPS = "telegram-ops"
PART = "own log"
TELL_EVERY = 3.0
"""Seconds in which errors are gathered before they are told."""
LAST_WORDS = 2.0
"""Seconds that the last of them have, at a stop."""
MOST = 200
"""Different patterns gathered at a time; all others are one."""
WARNINGS = frozenset(
    {
        "answered 5xx",
        "effect put off",
        "inbox full",
        "message given up",
        "poll failed",
        "send put off",
        "slow webhook",
        "storage unavailable",
        "Telegram does not take our settings",
        "transcript line left out",
    }
)
NAMES = ("where", "part", "job", "name", "event_kind", "source", "sender", "bot", "route", "status", "text", "reason")
"""What tells one trouble from another, beside the words."""
IDS = ("entry", "message", "effect", "tries", "seconds", "milliseconds", "waiting")
WORDS = ("problem", "why")
NOT_OURS = frozenset({"blocked", "stopped"})
"""Why a message was given up: it was its reader's wish."""
TOKEN = re.compile(r"(/bot)\d+:[\w-]+")
"""A Telegram token stands in the path of every call."""
ROOMS = Path(__file__).parents[1]
FRAMES, CAUSES = 20, 5

Accept = Callable[[Sequence[Arrival]], Awaitable[Recorded]]


def is_about_alerts(conversation: str, source: str) -> bool:
    """Whether what is handled there comes of logs, or of an alert that could not be sent."""
    return conversation == ALL or (source == "outbox" and conversation.startswith(f"{OPS}:"))


def about(message: Outgoing) -> dict[str, str]:
    """How a line of the log names a message."""
    return {"message": message.id, "sender": message.sender, "purpose": message.say.purpose.value}


class OwnLog:
    """What one process has gathered and not told yet. `process` is unique for ever. Times are `now`'s."""

    def __init__(
        self, settings: Settings, *, process: str, part: str, now: Callable[[], datetime], accept: Accept
    ) -> None:
        self._secrets = tuple(_secrets(settings))
        self._process = process
        self._file = f"{socket.gethostname()}/{part}"
        self._now = now
        self._accept = accept
        self._gathered: dict[str, Finding] = {}
        self._lock = threading.Lock()
        self._lines = self._told = 0
        self._telling: Arrival | None = None

    def gather(self, line: EventDict) -> None:
        """From any thread."""
        level = level_of(str(line.get("level", ""))) or Level.ERROR
        if not _counts(line, level):
            return
        problem = _raised(line)
        head = self._head(line, problem)
        found = fingerprint(head)
        with self._lock:
            self._lines += 1
            new = found not in self._gathered
            if new and len(self._gathered) >= MOST:
                found, head = OTHERS, ""
                new = OTHERS not in self._gathered
            text = self._sample(line, problem) if new else ""
            finding = self._finding(found, head, level, text)
            known = self._gathered.get(found)
            if known is None:
                self._gathered[found] = finding
            else:
                self._gathered[found] = merged(known, replace(finding, sample=known.sample))

    def _finding(self, found: str, pattern: str, level: Level, text: str) -> Finding:
        at = self._now()
        return Finding(
            id=found,
            pattern=pattern,
            level=level,
            count=1,
            first_at=at,
            last_at=at,
            sample=Sample(at=at, path=self._file, offset=self._lines, text=text),
            files={self._file: 1},
            hours={hour_of(at): 1},
        )

    def _head(self, line: EventDict, problem: BaseException | None) -> str:
        """The pattern: the event, what tells it from others, and what was raised and where."""
        named = " ".join(f"{name}={line[name]}" for name in NAMES if line.get(name) not in (None, ""))
        event = str(line.get("event", ""))
        words = [pattern_of(self._clean(event)) if "_record" in line else event, named]
        if problem is not None:
            words.append(f"{self._what(problem)} {_place(problem.__traceback__)}".strip())
        return self._clean(" · ".join(word for word in words if word))

    def _sample(self, line: EventDict, problem: BaseException | None) -> str:
        known = [f"{name}={line[name]}" for name in (*NAMES, *IDS) if line.get(name) not in (None, "")]
        known += [f"{name}={pattern_of(self._clean(str(line[name])))}" for name in WORDS if line.get(name)]
        event = str(line.get("event", ""))
        text = " ".join([pattern_of(self._clean(event)) if "_record" in line else event, *known])
        for each in _chain(problem):
            frames = "".join(traceback.format_tb(each.__traceback__, limit=-FRAMES))
            text += f"\nTraceback (most recent call last):\n{frames}{self._what(each)}"
        return self._clean(text)[:SAMPLE]

    def _what(self, problem: BaseException) -> str:
        """What was raised. Its words may be a customer's, as far as they vary."""
        words = pattern_of(self._clean(str(problem)))
        return f"{type(problem).__name__}: {words}" if words else type(problem).__name__

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, VARIES)
        return TOKEN.sub(r"\1…", text)

    # --- telling ---

    async def run(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY)
            await self.tell()

    async def tell(self) -> None:
        """What storage does not take is told later, as the same arrival: it may have been recorded after all."""
        if self._telling is None and self._gathered:
            self._telling = self._next()
        if self._telling is not None:
            with suppress(StorageUnavailable):
                await self._accept([self._telling])
                self._telling = None

    def _next(self) -> Arrival:
        with self._lock:
            findings = tuple(self._gathered[each] for each in sorted(self._gathered))
            self._gathered = {}
        self._told += 1
        return Arrival(
            source="own-log",
            external_id=f"{self._process}-{self._told}",
            conversation=ALL,
            event=LogSeen(source=OWN, findings=findings),
        )

    # --- listening ---

    def begin(self) -> None:
        """From here on this process's lines are gathered, as far as `gather` is among structlog's processors."""
        _listening.append(self)

    async def end(self) -> None:
        """Tell what is left; what storage does not take in time stands in the process's own log alone."""
        if self in _listening:
            _listening.remove(self)
            with suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS):
                    await self.tell()
                    await self.tell()  # what came while the others were being told


_listening: list[OwnLog] = []
"""The service of this process. Tests have several in one: the first hears for all."""


def gather(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """A processor that changes nothing; before any that words what was raised."""
    if _listening:
        with suppress(Exception):  # a line that cannot be gathered is logged all the same
            _listening[0].gather(line)
    return line


def _counts(line: EventDict, level: Level) -> bool:
    event = line.get("event")
    if level < Level.WARNING or (level < Level.ERROR and ("_record" in line or event not in WARNINGS)):
        return False
    if event == "message given up" and line.get("reason") in NOT_OURS:
        return False
    about_alerts = (
        line.get("sender") == OPS
        or line.get("purpose") == Purpose.ALERT
        or line.get("lane") == ALL
        or line.get("name") == SCAN
    )
    return not about_alerts and line.get("part") not in (PART, f"outbox {OPS}")


def _raised(line: EventDict) -> BaseException | None:
    given = line.get("exc_info")
    if given is True:
        given = sys.exc_info()
    if isinstance(given, tuple):
        given = given[1]
    return given if isinstance(given, BaseException) else None


def _chain(problem: BaseException | None) -> Iterator[BaseException]:
    """The first cause first, as Python tells it."""
    chain: list[BaseException] = []
    while problem is not None and problem not in chain and len(chain) < CAUSES:
        chain.append(problem)
        if isinstance(problem, BaseExceptionGroup):
            problem = problem.exceptions[0]
        else:
            problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
    return reversed(chain)


def _place(trace: TracebackType | None) -> str:
    """Where in our own code it was raised; not by its line, which moves with every change."""
    place = ""
    for frame, _ in traceback.walk_tb(trace):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOMS) and "site-packages" not in path.parts:
            place = f"({path.relative_to(ROOMS)} {frame.f_code.co_name})"
    return place


def _secrets(settings: Settings) -> Iterator[str]:
    """All that must never be told, as it stands in the settings."""
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and len(value.get_secret_value()) >= 6:
            yield value.get_secret_value()
    if password := urlsplit(settings.database_url).password:
        yield password
