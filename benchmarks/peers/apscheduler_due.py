"""APScheduler 3 with its own SQLAlchemy job store on SQLite. It prints one line of JSON.

`fire N`: N jobs that are due at one instant; `send N`: the same, and each sends a message; `add N`: N jobs for later.
"""

import asyncio
import contextlib
import datetime
import json
import sys
import time

import aiohttp
import uvloop
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from given import ENDPOINT, FOLDER, MENU, TOKEN
from sqlalchemy import create_engine, event

FIRST_CHAT = 700000000
LONGEST = 120.0
wanted = fired = 0
all_fired = asyncio.Event()
done_at = 0.0
session: aiohttp.ClientSession | None = None


async def remind(chat: int) -> None:
    global fired, done_at
    if session is not None:
        message = {"chat_id": FIRST_CHAT + chat, "text": MENU[0]}
        async with session.post(f"{ENDPOINT}/bot{TOKEN}/sendMessage", json=message) as answer:
            await answer.read()
    fired += 1
    done_at = time.monotonic()
    if fired == wanted:
        all_fired.set()


def add(scheduler: AsyncIOScheduler, count: int, at: datetime.datetime) -> float:
    began = time.monotonic()
    for number in range(count):
        scheduler.add_job("apscheduler_due:remind", "date", run_date=at, args=[number], id=f"job-{number}")
    return time.monotonic() - began


async def fire(scheduler: AsyncIOScheduler, count: int) -> dict[str, float]:
    # The store names the job by its module: that module's counters are the ones that move.
    import apscheduler_due as module

    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            asleep = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - asleep - 0.005)

    module.wanted = count
    if sys.argv[1] == "send":
        module.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
    scheduler.start(paused=True)
    watching = asyncio.create_task(watch())
    await asyncio.sleep(0.1)
    began, cpu = time.monotonic(), time.process_time()
    scheduler.resume()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(module.all_fired.wait(), LONGEST)
    watching.cancel()
    return {
        "done": module.fired,
        "seconds": module.done_at - began,
        "blocked": longest * 1000,
        "cpu_per_1000": (time.process_time() - cpu) / max(1, module.fired) * 1000,
    }


def scheduler_on(path: str, *, durable: bool = True) -> AsyncIOScheduler:
    engine = create_engine(f"sqlite:///{path}")
    if not durable:
        event.listen(engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous = off"))
    return AsyncIOScheduler(
        jobstores={"default": SQLAlchemyJobStore(engine=engine)},
        job_defaults={"misfire_grace_time": None, "coalesce": True},
    )


async def main() -> None:
    what, count = sys.argv[1], int(sys.argv[2])
    path = f"{FOLDER}/jobs.db"
    now = datetime.datetime.now(datetime.UTC)
    if what == "add":
        scheduler = scheduler_on(path)
        scheduler.start()
        figures = {"done": float(count), "seconds": add(scheduler, count, now + datetime.timedelta(days=30))}
    else:
        preparing = scheduler_on(path, durable=False)
        preparing.start(paused=True)
        add(preparing, count, now - datetime.timedelta(seconds=1))
        preparing.shutdown()
        figures = await fire(scheduler_on(path), count)
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
