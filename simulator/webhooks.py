"""Delivering webhooks: in order per chat, chats in parallel, signed, with the faults that were set."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import aiohttp

from simulator.faults import Fault

log = logging.getLogger(__name__)

Job = Callable[[], Awaitable[None]]


def twilio_signature(token: str, url: str, fields: Mapping[str, str]) -> str:
    """X-Twilio-Signature as Twilio's "Webhooks security" describes it: HMAC-SHA1 over URL, names and values."""
    text = url + "".join(name + fields[name] for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service answered; status 0 means that nothing came."""

    status: int
    content_type: str = ""
    text: str = ""

    @property
    def good(self) -> bool:
        """Whether it was a 2xx."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Post:
    """One try to deliver a webhook; status 0 means that no answer came."""

    url: str
    status: int


class Courier:
    """Posts over one session."""

    def __init__(self, posted: Callable[[Post], None]) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._posted = posted

    async def start(self) -> None:
        """Opens the session."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar()
        )

    async def stop(self) -> None:
        """Closes the session."""
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The open session; raises RuntimeError before the start."""
        if self._session is None:
            raise RuntimeError("the simulator is not running")
        return self._session

    async def post(self, url: str, data: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        """Posts; a connection that fails or a time-out is an Answer with status 0 and the reason as text."""
        answer = await self._post(url, data, headers, timeout)
        self._posted(Post(url, answer.status))
        return answer

    async def _post(self, url: str, data: bytes, headers: Mapping[str, str], timeout: float) -> Answer:
        try:
            async with self.session.post(
                url,
                data=data,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=timeout),
                allow_redirects=False,
            ) as response:
                return Answer(response.status, response.content_type, await response.text(errors="replace"))
        except TimeoutError:
            return Answer(0, text="Read timeout expired")
        except aiohttp.ClientError as error:
            return Answer(0, text=str(error) or type(error).__name__)


class Lanes:
    """Runs jobs one after the other per key, the keys in parallel."""

    def __init__(self, running: asyncio.Event) -> None:
        self._running = running
        self._lanes: dict[str, deque[Job]] = {}
        self._held: dict[str, list[Job]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether anything is still on its way."""
        return bool(self._tasks)

    def push(self, key: str, job: Job, fault: Fault | None = None) -> None:
        """Queues a job, or does with it what the fault says."""
        match fault.kind if fault else "":
            case "drop":
                return
            case "late":
                self.spawn(self._late(key, job, fault.pause if fault else 0))
                return
            case "reorder":
                self._held.setdefault(key, []).append(job)
                self.spawn(self._release(key, job, fault.pause if fault else 0))
                return
            case "twice":
                self._queue(key, job)
        self._queue(key, job)
        for held in self._held.pop(key, []):
            self._queue(key, held)

    def spawn(self, work: Awaitable[None]) -> None:
        """Runs something in the background until `stop`."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Drops what is still queued."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._lanes.clear()
        self._held.clear()

    def _queue(self, key: str, job: Job) -> None:
        lane = self._lanes.get(key)
        if lane is not None:
            lane.append(job)
            return
        self._lanes[key] = deque([job])
        self.spawn(self._run(key))

    async def _run(self, key: str) -> None:
        lane = self._lanes[key]
        while lane:
            await self._running.wait()
            job = lane.popleft()
            try:
                await job()
            except Exception:
                log.exception("a delivery for %s failed", key)
        del self._lanes[key]

    async def _late(self, key: str, job: Job, seconds: float) -> None:
        await asyncio.sleep(seconds)
        self._queue(f"{key} late", job)

    async def _release(self, key: str, job: Job, seconds: float) -> None:
        await asyncio.sleep(seconds)
        held = self._held.get(key, [])
        if job in held:
            held.remove(job)
            self._queue(key, job)
