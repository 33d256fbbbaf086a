"""`python -m bot run` whose business clock is moved: `python -m benchmarks.moved`.

It takes lines at the port CLOCK_PORT: a time (ISO, UTC) to move the clock to, or nothing. Once all that follows is done
it answers with one line of JSON: for how many milliseconds at most the loop was blocked since it was
first asked.
"""

import asyncio
import json
import os
import sys
import time
from datetime import datetime
from typing import Any

import uvloop

import bot.__main__ as command
from benchmarks.watched import TICK
from bot.build import Role, Service
from bot.settings import load

CALM = 0.002
CALMS = 3
"""So often nothing must be in hand, one look after the other, before it counts as done."""


class Moved(Service):
    """The service, within reach."""

    this: "Moved | None" = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        Moved.this = self

    async def quiet(self) -> None:
        calm = 0
        while calm < CALMS:
            still = not self.busy and await self.storage.waiting() == 0
            calm = calm + 1 if still else 0
            await asyncio.sleep(CALM)


async def main() -> int:
    vars(command)["Service"] = Moved
    longest, asked = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        await asked.wait()
        while True:
            asleep = time.monotonic()
            await asyncio.sleep(TICK)
            longest = max(longest, time.monotonic() - asleep - TICK)

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            asked.set()
            service = Moved.this
            assert service is not None
            if to := line.decode().strip():
                await service.clock.advance(datetime.fromisoformat(to) - service.clock.now(), service.storage)
            await service.quiet()
            writer.write(json.dumps({"blocked": longest * 1000}).encode() + b"\n")
        writer.close()

    watching = asyncio.create_task(watch())
    async with await asyncio.start_server(listen, "127.0.0.1", int(os.environ["CLOCK_PORT"])):
        code = await command.serve(load(), Role.ALL)
    watching.cancel()
    return code


if __name__ == "__main__":
    sys.exit(uvloop.run(main()))
