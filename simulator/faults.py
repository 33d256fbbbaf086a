"""Faults: what the played providers do wrong on request, in their answers and in their webhooks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from simulator.model import Json

PROVIDERS = ("telegram", "twilio", "stripe", "xendit", "google", "smtp", "digitalocean", "proxmox")
ANSWER_KINDS = ("429", "500", "cut", "silence", "slow", "after", "wrong")
WEBHOOK_KINDS = ("twice", "late", "reorder", "drop")
WEBHOOKS = ("webhook", "status")
QUOTA_KINDS = (*ANSWER_KINDS, "403")
"""Google's: 403 says that a quota is used up."""
MAIL_KINDS = ("4xx", "5xx", "cut", "silence", "slow")
CLOUD_KINDS = (*ANSWER_KINDS, "quota")
"""A provider of machines: "quota" refuses what would make one, and nothing else."""
MACHINE_KINDS = ("fails", "no_address")
"""What becomes of the next machine, though its making was accepted: it fails, or the machine never gets an address."""
MAKING = ("create", "clone")
ANSWERS = {"google": QUOTA_KINDS, "smtp": MAIL_KINDS, "digitalocean": CLOUD_KINDS, "proxmox": CLOUD_KINDS}
SIDES = {"twilio": WEBHOOKS, "google": (), "smtp": (), "digitalocean": ("machine",), "proxmox": ("machine",)}
"""Who calls the service by more, or fewer, ways than one webhook, and whose machines can have faults."""
APART = (*WEBHOOKS, "machine")
"""Methods that "*" does not mean."""
SOMEBODY_ELSE_S = "<!doctype html><title>Welcome</title><p>Please sign in to use this network.</p>"


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong. `times` counts down; 0 means until cleared. `seconds`: how long "slow",
    "late" and "reorder" wait (one second if not said) and how long "silence" lasts (for ever if not said)."""

    id: int
    provider: str
    method: str
    kind: str
    chat: str | None = None
    retry_after: int = 1
    seconds: float | None = None
    times: int = 1
    probability: float = 1.0

    @property
    def pause(self) -> float:
        """`seconds`, or one."""
        return 1.0 if self.seconds is None else self.seconds

    def to_json(self) -> Json:
        """As the control API shows it."""
        return asdict(self)


def offered() -> list[Json]:
    """What can be set, by provider: kinds of its answers, of its webhooks and of its machines, and which it has."""
    return [
        {
            "provider": provider,
            "answers": list(ANSWERS.get(provider, ANSWER_KINDS)),
            "webhooks": list(WEBHOOK_KINDS),
            "machines": list(MACHINE_KINDS),
            "sides": list(SIDES.get(provider, ("webhook",))),
        }
        for provider in PROVIDERS
    ]


class Faults:
    """The faults that are set. The first one that fits is taken."""

    def __init__(self, seed: int, changed: Callable[[], None] = lambda: None) -> None:
        self._faults: list[Fault] = []
        self._random = random.Random(seed)
        self._changed = changed
        self._made = 0

    def add(
        self,
        provider: str,
        method: str,
        kind: str,
        *,
        chat: str | None = None,
        retry_after: int = 1,
        seconds: float | None = None,
        times: int = 1,
        probability: float = 1.0,
    ) -> Fault:
        """Sets a fault; raises ValueError for one that does not exist.

        `method` is a provider's method ("*" for each of them), or "webhook" (what people do) or "status" (Twilio's
        status callbacks) or "machine" (what becomes of one that is made). Twilio's methods are create, fetch, list,
        media, content and account.
        """
        kinds = {"machine": MACHINE_KINDS, **dict.fromkeys(WEBHOOKS, WEBHOOK_KINDS)}.get(
            method, ANSWERS.get(provider, ANSWER_KINDS)
        )
        if provider not in PROVIDERS:
            raise ValueError(f"there is no provider {provider!r}")
        if kind not in kinds:
            raise ValueError(f"{method!r} knows the faults {', '.join(kinds)}, not {kind!r}")
        if times < 0 or not 0 <= probability <= 1:
            raise ValueError("times is 0 or more, probability between 0 and 1")
        self._made += 1
        fault = Fault(self._made, provider, method, kind, chat, retry_after, seconds, times, probability)
        self._faults.append(fault)
        self._changed()
        return fault

    def clear(self) -> None:
        """Everything works again."""
        self._faults.clear()
        self._changed()

    def remove(self, fault_id: int) -> bool:
        """Clears one; False if it is not there."""
        found = [fault for fault in self._faults if fault.id == fault_id]
        if found:
            self._faults.remove(found[0])
            self._changed()
        return bool(found)

    def list(self) -> list[Fault]:
        """The faults that are set."""
        return list(self._faults)

    def take(self, provider: str, method: str, chat: str | None) -> Fault | None:
        """The fault that strikes now, counted down; None mostly."""
        if not self._faults:
            return None
        apart = method in APART
        for fault in self._faults:
            if fault.provider != provider or (fault.method != method and (apart or fault.method != "*")):
                continue
            if fault.kind == "quota" and method not in MAKING:
                continue
            if fault.chat is not None and fault.chat != chat:
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            if fault.times:
                fault.times -= 1
                if not fault.times:
                    self._faults.remove(fault)
                self._changed()
            return fault
        return None


class Answering:
    """Answers a provider's request, with the fault that was set for it."""

    def __init__(self, faults: Faults, stopping: asyncio.Event) -> None:
        self._faults = faults
        self._stopping = stopping

    async def answer(
        self,
        request: web.Request,
        provider: str,
        method: str,
        chat: str | None,
        carry_out: Callable[[], Awaitable[web.StreamResponse]],
        refuse: Callable[[int, int], web.Response],
    ) -> web.StreamResponse:
        """`refuse(status, retry_after)` words the provider's own 429 and 500, and 422: its quota is used up."""
        fault = self._faults.take(provider, method, chat)
        if fault is None:
            return await carry_out()
        match fault.kind:
            case "429" | "500" | "403":
                return refuse(int(fault.kind), fault.retry_after)
            case "quota":
                return refuse(422, fault.retry_after)
            case "slow":
                await self._sleep(fault.pause)
                return await carry_out()
            case "silence":
                await self._sleep(fault.seconds or 3600.0)
                return hang_up(request)
            case "after":
                await carry_out()
                return hang_up(request)
            case "wrong":
                return web.Response(text=SOMEBODY_ELSE_S, content_type="text/html")
            case _:
                return await cut_off(request, await carry_out())

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def hang_up(request: web.Request) -> web.Response:
    """Closes the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=499)


async def cut_off(request: web.Request, whole: web.StreamResponse) -> web.StreamResponse:
    """Announces the whole answer, sends half of it and closes the connection."""
    body: Any = whole.body if isinstance(whole, web.Response) else b""
    data = body if isinstance(body, bytes) and body else b"{ }"
    part = web.StreamResponse(status=whole.status, headers={"Content-Type": "application/json"})
    part.content_length = len(data)
    await part.prepare(request)
    await part.write(data[: len(data) // 2])
    if request.transport is not None:
        request.transport.close()
    return part
