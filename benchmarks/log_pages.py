"""How long the pages of the logs take with very many errors stored.

    python -m benchmarks.log_pages [--patterns 1000000] [--folder DIR]

Fills a SQLite file (in DIR, where it stays and is used again; else somewhere for this run), serves the pages from it,
asks for each five times, and prints the milliseconds of the first, of the middle one, and of the processor for that. A
million patterns take some minutes to fill and 2 GB.
"""

import argparse
import asyncio
import random
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import aiohttp
from aiohttp import web

from bot.catalog import load_catalog
from bot.clock import BusinessClock
from bot.ops_pages.door import COOKIE, Door, Visit
from bot.ops_pages.registry import ops_pages
from bot.records import RECORD_TYPES
from bot.settings import Settings
from bot.wording import Texts
from domain.events import Arrival
from domain.log_findings import Sample, hour_of
from domain.log_levels import Level
from domain.log_patterns import LogHour, LogPattern, PatternState, SourceStatus, counted
from domain.records import Record
from storage.codec import encode
from storage.sqlite import SQLiteStorage

TOKEN = "the-token-of-this-measurement"  # opens nothing but the file that is measured
WORDS = "connection timeout payment refused order user database lock queue worker retry upstream disk memory".split()
SOURCES = [f"service-{number}" for number in range(20)]
LEVELS = (Level.ERROR, Level.CRITICAL, Level.WARNING)
PAGES = (
    "",
    "?window=7d",
    "/errors",
    "/errors?sort=count",
    "/errors?sort=first_at",
    "/errors?state=new",
    "/errors?state=regressed&sort=count",
    "/errors?level=critical&since=24h",
    "/errors?team=rare",
    "/errors?team=rare&level=critical",
    "/errors?source=service-7&sort=count",
    "/errors?q=timeout+refused",
    "/errors?q=nothing+like+it",
    f"/errors/{7:016x}",
)


def pattern(number: int, now: datetime, dice: random.Random) -> LogPattern:
    last = now - timedelta(seconds=dice.randint(0, 14 * 86_400))
    words = f"{' '.join(dice.choice(WORDS) for _ in range(12))} <*> of part {number}"
    count, source = dice.choice((1, 1, 1, 2, 3, 10, 100, 5000)), dice.choice(SOURCES)
    return LogPattern(
        id=f"{number:016x}",
        pattern=words,
        level=dice.choices(LEVELS, (85, 5, 10))[0],
        state=dice.choices(tuple(PatternState), (70, 10, 5, 10, 5))[0],
        team=dice.choices(("core", "pay", "rare"), (60, 40, 0.01))[0],
        count=count,
        first_at=last - timedelta(hours=dice.randint(0, 72)),
        last_at=last,
        seen_at=last,
        sample=Sample(at=last, path="/nowhere/app.log", offset=0, text=f"ERROR {words}\n" * dice.choice((1, 1, 8))),
        sources={source: count},
        files={f"/var/log/{source}.log": count},
        hours={hour_of(last - timedelta(hours=ago)): 1 for ago in range(dice.choice((1, 3, 20)))},
    )


def hours(now: datetime, dice: random.Random) -> Iterator[LogHour]:
    for source in SOURCES:
        for level in LEVELS:
            for ago in range(14 * 24):
                yield counted(None, source, level, hour_of(now - timedelta(hours=ago)), dice.randint(1, 9999))


def fill(file: Path, many: int, now: datetime) -> None:
    """The indexes are made afterwards, which is faster by far."""
    dice = random.Random(1)  # the same rows each time
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA synchronous = OFF")
        made = "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'log_patterns' AND sql NOT NULL"
        indexes = database.execute(made).fetchall()
        for name, _ in indexes:
            database.execute(f"DROP INDEX {name}")
        database.execute("BEGIN")
        rows = ((each.id, encode(each)) for each in (pattern(number, now, dice) for number in range(many)))
        database.executemany("INSERT INTO log_patterns (id, version, body) VALUES (?, 1, ?)", rows)
        rows = ((each.id, encode(each)) for each in hours(now, dice))
        database.executemany("INSERT INTO log_hours (id, version, body) VALUES (?, 1, ?)", rows)
        statuses = [SourceStatus(id=each, scanned_at=now, grew_at=now, files=3) for each in SOURCES]
        rows = ((each.id, encode(each)) for each in statuses)
        database.executemany("INSERT INTO log_sources (id, version, body) VALUES (?, 1, ?)", rows)
        database.execute("COMMIT")
        for _, sql in indexes:
            database.execute(sql)


async def accept(arrivals: Sequence[Arrival], save: Sequence[Record]) -> None:
    """Nothing is changed here."""


async def measure(folder: Path, many: int) -> list[tuple[str, float, float, float]]:
    """Of each page the milliseconds of the first time, of the middle of five, and of the processor, asking included."""
    clock = BusinessClock()
    storage = SQLiteStorage(folder / "logs.db", RECORD_TYPES)
    await storage.open()
    if not await storage.how_many(LogPattern, most=1):
        await asyncio.to_thread(fill, folder / "logs.db", many, clock.now())
    settings = Settings.model_validate({"ops_page_token": TOKEN})
    catalog = load_catalog(Path(__file__).parents[1] / "catalog.toml")
    app = web.Application()
    app.add_routes(ops_pages(settings, Texts(), clock.now, storage, catalog, accept))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/ops/logs"
    entered = web.Response()
    Door(TOKEN, settings.secret_key.get_secret_value(), url).begin(entered, Visit(id="1", name="measurement"))
    cookie = SimpleCookie(entered.cookies.output(header=""))[COOKIE].value
    async with aiohttp.ClientSession(headers={"Cookie": f"{COOKIE}={cookie}"}) as http:
        found = []
        for page in PAGES:
            times, worked = [], []
            for _ in range(5):
                began, works = perf_counter(), process_time()
                async with http.get(url + page) as answer:
                    await answer.read()
                    answer.raise_for_status()
                times.append(1000 * (perf_counter() - began))
                worked.append(1000 * (process_time() - works))
            found.append((page, times[0], median(times), median(worked)))
    await runner.cleanup()
    await storage.close()
    return found


def report(found: Sequence[tuple[str, float, float, float]]) -> str:
    lines = ["| page | first, ms | again, ms | processor, ms |", "|---|---|---|---|"]
    lines += [
        f"| `/ops/logs{page}` | {first:.0f} | {again:.0f} | {worked:.0f} |" for page, first, again, worked in found
    ]
    return "\n".join(lines)


def main(given: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.log_pages")
    parser.add_argument("--patterns", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    asked = parser.parse_args(given)
    with tempfile.TemporaryDirectory() as made:
        print(report(asyncio.run(measure(asked.folder or Path(made), asked.patterns))))


if __name__ == "__main__":
    main(sys.argv[1:])
