"""`python -m bot run` with a watch on its event loop: `python -m benchmarks.watched`.

At SIGUSR1 it wakes the jobs and begins to watch. When it is stopped it prints one line of JSON: when they were woken
(`time.monotonic`), and for how many milliseconds at most the loop was blocked since.
"""

import asyncio
import json
import signal
import sys
import time
from typing import Any

import uvloop

from bot import build
from bot.__main__ import serve
from bot.scheduler import Scheduler
from bot.settings import load

TICK = 0.005


class Woken(Scheduler):
    """The service's scheduler, within reach."""

    this: "Woken | None" = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        Woken.this = self


async def main() -> int:
    build.Scheduler = Woken  # type: ignore[attr-defined]  # not its to give away: a measurement may
    asked = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, asked.set)
    woken = longest = 0.0

    async def watch() -> None:
        nonlocal woken, longest
        await asked.wait()
        woken = time.monotonic()
        if Woken.this is not None:
            Woken.this.wake()
        while True:
            asleep = time.monotonic()
            await asyncio.sleep(TICK)
            longest = max(longest, time.monotonic() - asleep - TICK)

    watching = asyncio.create_task(watch())
    code = await serve(load(), build.Role.ALL)
    watching.cancel()
    print(json.dumps({"blocked": longest * 1000, "woken": woken}), flush=True)
    return code


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
