"""The log of a shop's service that is not there: lines as such services write them, some of them errors, so that one
sees by hand what becomes of a log.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from aiohttp import web

from simulator.config import SimulatorConfig
from simulator.model import Json

FLOOD, PATTERNS = 2_000, 40
PARTS = ("cart", "checkout", "stock", "search", "mailer", "invoice", "session", "coupon")
WOES = ("refused the connection", "timed out", "returned no rows", "ran out of memory", "lost its lock")
TRACE = """\
com.example.shop.PaymentException: card processor answered {status}
	at com.example.shop.Payments.charge(Payments.java:118)
	at com.example.shop.Checkout.pay(Checkout.java:64)
Caused by: java.net.SocketTimeoutException: Read timed out
	at java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)
	... 12 more
"""


class DemoLog:
    """Appends to the config's `log_path`; its times are `now`'s, in UTC. `/sim/log` writes one of the kinds."""

    def __init__(self, config: SimulatorConfig, now: Callable[[], datetime]) -> None:
        self._config = config
        self._path = config.log_path
        self._now = now
        self._kinds: dict[str, Callable[[], Iterator[str]]] = {
            "some": self._some,
            "new": self._new,
            "flood": self._flood,
        }

    def open(self) -> None:
        """The file is there from the start. Raises OSError."""
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()

    def routes(self) -> list[web.RouteDef]:
        """None where there is no log to write."""
        return [web.post("/sim/log", self._write)] if self._path is not None else []

    def to_json(self) -> Json:
        """What the page may ask for, where it will stand, and where it is shown."""
        if self._path is None:
            return {}
        shown = {"page": self._config.log_page, "token": self._config.log_page_token}
        return {"path": str(self._path), "kinds": list(self._kinds), **shown}

    def write(self, kind: str) -> int:
        """How many lines. Raises KeyError for a kind that is none, OSError."""
        if self._path is None:
            raise FileNotFoundError("no log is written here")
        lines = "".join(self._kinds[kind]())
        with self._path.open("a", encoding="utf-8") as file:
            file.write(lines)
        return lines.count("\n")

    async def _write(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            return web.json_response({"error": "JSON expected"}, status=415)
        try:
            kind = (await request.json())["kind"]
            return web.json_response({"lines": self.write(kind)})
        except (KeyError, TypeError, ValueError):
            return web.json_response({"error": f"kind: one of {', '.join(self._kinds)}"}, status=400)
        except OSError as problem:
            return web.json_response({"error": str(problem)}, status=500)

    def _line(self, level: str, part: str, message: str) -> str:
        at = self._now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return f"{at},{random.randrange(1000):03d} {level:5} [worker-{random.randrange(4)}] shop.{part} - {message}\n"

    def _some(self) -> Iterator[str]:
        """A minute of a bad day: most lines are fine, some errors come again and again."""
        for _ in range(20):
            order = random.randrange(10_000, 99_999)
            yield self._line("INFO", "checkout", f"order {order} paid in {random.randrange(30, 900)} ms, 0 errors")
        for _ in range(random.randrange(2, 6)):
            order, host = random.randrange(10_000, 99_999), random.randrange(2, 250)
            yield self._line("ERROR", "payments", f"order {order}: no answer from 10.0.3.{host}:8443 after 3000 ms")
        yield self._line("WARN", "stock", "only 3 left of article 4711")
        yield self._line("ERROR", "payments", f"cannot charge order {random.randrange(10_000, 99_999)}")
        yield TRACE.format(status=random.choice((502, 503, 504)))
        yield self._line("FATAL", "session", f"cannot write /var/lib/shop/{uuid.uuid4()}.lock: disk full")

    def _new(self) -> Iterator[str]:
        """An error that was never seen before: its words are made up, and numbers would be taken for values."""
        name = "".join(random.choices("abcdefghiklmnoprstuvw", k=7))
        yield self._line("ERROR", "plugins", f"plugin {name.capitalize()} broke while starting")

    def _flood(self) -> Iterator[str]:
        for number in range(FLOOD):
            part, woe = PARTS[number % PATTERNS % len(PARTS)], WOES[number % PATTERNS // len(PARTS)]
            yield self._line("ERROR", part, f"{part} {woe}, request {uuid.uuid4()}")
