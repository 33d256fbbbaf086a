"""The load generator (`benchmarks/loadgen/`): compiled when needed, started, told what to do.

It plays the customers and the providers, so that what is measured is a bot as a whole, from the webhook to the reply.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from benchmarks.machine import HERE, LAST_CPU, MeasureError
from tests.ports import free_port

SOURCES = HERE / "loadgen"
PROGRAM = HERE / ".build" / "load"
SECRET = "bench-secret"
TELEGRAM_TOKEN = "42:TESTTESTTESTTESTTESTTESTTESTTESTTEST"
TWILIO_TOKEN = "f" * 32
TWILIO_ACCOUNT = "AC" + "0" * 32
TWILIO_NUMBER = "+6281000000000"

Step = tuple[str, str]
"""What a customer writes (several texts with `|` between them) and words that the reply to it must hold."""


def build() -> None:
    """Compile it, unless it is newer than its sources. Raises MeasureError."""
    sources = sorted(SOURCES.glob("*.c"))
    newest = max(path.stat().st_mtime for path in SOURCES.iterdir())
    if PROGRAM.exists() and PROGRAM.stat().st_mtime > newest:
        return
    compiler = os.environ.get("CC") or "cc"
    if shutil.which(compiler) is None:
        raise MeasureError(f"no C compiler: {compiler} is not there (Debian: apt-get install gcc libc6-dev)")
    PROGRAM.parent.mkdir(exist_ok=True)
    subprocess.run([compiler, "-O2", "-std=gnu11", "-o", PROGRAM, *sources], check=True)


@dataclass(frozen=True, slots=True)
class Count:
    """What the endpoint has seen: calls of any method, messages sent, and when the last one was (seconds of
    `time.monotonic`).
    """

    calls: int
    sends: int
    last_send: float


class Generator:
    """The generator as a process of its own, on the last processor where there are several."""

    def __init__(
        self,
        port: int = 1,
        *,
        steps: Sequence[Step] = (),
        provider: str = "telegram",
        path: str = "/webhook",
        connections: int = 32,
        customers: int = 5000,
        warm: float = 2.0,
        seconds: float = 10.0,
        rate: float = 0.0,
        messages: int = 0,
    ) -> None:
        self.endpoint_port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.endpoint_port}"
        options = {
            "port": port,
            "endpoint-port": self.endpoint_port,
            "provider": provider,
            "path": path,
            "secret": SECRET,
            "token": TWILIO_TOKEN,
            "account": TWILIO_ACCOUNT,
            "number": TWILIO_NUMBER,
            "connections": connections,
            "customers": customers,
            "warm": warm,
            "seconds": seconds,
            "rate": rate,
            "messages": messages,
            **({"cpu": LAST_CPU} if LAST_CPU else {}),
        }
        self._arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
        for texts, expected in steps:
            self._arguments += ["--step", texts, expected]

    def __enter__(self) -> Self:
        build()
        self._process = subprocess.Popen(
            [PROGRAM, *self._arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        if self._read() != "READY":
            raise MeasureError("the load generator did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def go(self) -> None:
        """Play the customers; returns when the measurement begins."""
        self._tell("GO")
        if (said := self._read()) != "START":
            raise MeasureError(f"the load generator broke off: {said}")

    def wait(self) -> None:
        """Returns when the measurement is over."""
        if (said := self._read()) != "END":
            raise MeasureError(f"the load generator broke off: {said}")

    def result(self) -> dict[str, Any]:
        """The figures, when what was in flight at the end has been answered too."""
        said = self._read()
        if not said.startswith("RESULT "):
            raise MeasureError(f"the load generator broke off: {said}")
        figures: dict[str, Any] = json.loads(said.removeprefix("RESULT "))
        return figures

    def count(self) -> Count:
        self._tell("COUNT")
        calls, sends, _, last = map(int, self._read().split()[1:])
        return Count(calls, sends, last / 1e9)

    def _tell(self, what: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{what}\n")

    def _read(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")
