"""Messages from the webhook to the reply: how many, how fast, at what cost. Each function is a part of `make bench` and
gives rows: one run each, with its figures by name.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from benchmarks import contestants
from benchmarks.contestants import SAHUT, SAHUT_WHATSAPP, Contestant, Running, recorded_sends, running
from benchmarks.generator import Generator
from benchmarks.machine import SCRATCH, MeasureError, Usage, has_program, probes, usage
from tests.ports import free_port

Row = dict[str, Any]
"""`part` and `name` say what it is; `error` or `missing` stands in the place of figures."""

MIB = 2**20
SETTLED = 2.0
"""Seconds after which a service that was just started is at rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Length:
    """How often, and how many seconds each, a part measures; `only` picks contestants by a piece of their names. A log
    that is scanned has so many `megabytes`.
    """

    rounds: int = 3
    seconds: float = 10.0
    only: str = ""
    megabytes: int = 1000


Serve = Callable[[int, str], AbstractContextManager[Running]]
"""Starts the bot on a port, with the address of the endpoint."""


def run(
    who: Contestant,
    *,
    serve: Serve | None = None,
    recorded: Callable[[Path], int] = recorded_sends,
    settle: float = 0.5,
    **load: Any,
) -> Row:
    """One run of one contestant under load: the generator's figures, and what the bot used. `recorded` says how many
    sends Sahut has written down, given its folder.
    """
    before = probes()
    port = free_port()
    with Generator(port, steps=who.walk, provider=who.provider, path=who.path, **load) as generator:
        with serve(port, generator.endpoint) if serve else running(who, port, generator.endpoint) as bot:
            time.sleep(settle)
            rest = _usage(bot)
            generator.go()
            started, store_started, began = _usage(bot), _store_cpu(bot), time.time()
            generator.wait()
            ended, store_ended, over = _usage(bot), _store_cpu(bot), time.time()
            figures = generator.result()
        if figures["p99"] < 0:
            raise MeasureError("it came so far behind that no message of the measurement was answered in it")
        row: Row = {"name": who.name, **figures}
        if who.is_sahut:
            # What was in flight at the end has been finished and written down by now.
            row["unrecorded"] = abs(generator.count().sends - recorded(bot.folder))
    row |= {
        "cpu_per_1000": (ended.cpu - started.cpu) / max(1, row["handled"]) * 1000,
        "cores": (ended.cpu - started.cpu) / row["seconds"],
        "store_cores": (store_ended - store_started) / row["seconds"],
        "rss": round(ended.rss / MIB),
        "rss_at_rest": round(rest.rss / MIB),
        "ready_after": round(bot.ready_after, 3),
        "began": began,
        "over": over,
        "before": before,
        "after": probes(),
    }
    return row


def _usage(bot: Running) -> Usage:
    used = [usage(pid) for pid in bot.pids]
    return Usage(sum(each.cpu for each in used), sum(each.rss for each in used))


def _store_cpu(bot: Running) -> float:
    return usage(bot.store).cpu if bot.store else 0.0


def in_turn(part: str, names: tuple[Contestant, ...], length: Length, **load: Any) -> Iterator[Row]:
    """Rounds over all contestants, each round beginning with another one."""
    chosen = [who for who in names if length.only.lower() in who.name.lower()]
    for number in range(length.rounds):
        first = number * len(chosen) // length.rounds
        for who in chosen[first:] + chosen[:first]:
            if missing := who.missing():
                yield {"part": part, "name": who.name, "missing": missing}
                continue
            try:
                yield {"part": part, "round": number, **run(who, seconds=length.seconds, **load)}
            except (MeasureError, OSError, psutil.Error) as problem:
                yield {"part": part, "round": number, "name": who.name, "error": str(problem)}


def side_by_side(length: Length) -> Iterator[Row]:
    """32 messages in flight, one after the other as fast as the bot answers."""
    yield from in_turn("messages", contestants.ALL, length)


def steady(length: Length) -> Iterator[Row]:
    """300 messages a second, whatever the bot does."""
    yield from in_turn("steady", (SAHUT, SAHUT_WHATSAPP), length, rate=300.0)


def stalls(length: Length) -> Iterator[Row]:
    """80 seconds without a break: the longest anybody waited. Longer than the minute after which some peers flush."""
    seconds = 80.0 if length.seconds >= 10 else length.seconds
    short = Length(rounds=1, seconds=seconds, only=length.only)
    yield from in_turn("stalls", (SAHUT, SAHUT_WHATSAPP), short)


def memory(length: Length) -> Iterator[Row]:
    """At rest with everything configured, and after 100,000 messages of 20,000 people."""
    messages = 100_000 if length.seconds >= 10 else 10_000
    for who in (SAHUT, SAHUT_WHATSAPP):
        if length.only.lower() in who.name.lower():
            row = run(who, settle=SETTLED, warm=0, seconds=600, messages=messages, customers=messages // 5)
            yield {"part": "memory", **row, "grown": row["rss"] - row["rss_at_rest"]}


def ready(length: Length) -> Iterator[Row]:
    """From the start of the process to its first 200 on /ready."""
    for number in range(length.rounds):
        port = free_port()
        with Generator() as generator, running(SAHUT, port, generator.endpoint) as bot:
            yield {"part": "ready", "name": SAHUT.name, "round": number, "ready_after": bot.ready_after}


def fsyncs(length: Length) -> Iterator[Row]:
    """The system's calls that make the disk durable, counted by strace, 32 messages in flight."""
    for who in (SAHUT, SAHUT_WHATSAPP):
        if length.only.lower() not in who.name.lower():
            continue
        if not has_program("strace"):
            yield {"part": "fsyncs", "name": who.name, "missing": "strace"}
            continue
        log = SCRATCH / "fsyncs"
        # Only these calls are stopped at, so that all others cost what they always do; strace stands aside (-D), so
        # that the process is the bot's own.
        wrapper = ("strace", "-D", "-f", "--seccomp-bpf", "-ttt", "-e", "trace=fsync,fdatasync", "-o", str(log))
        row = run(who, serve=partial(running, who, wrapper=wrapper), seconds=length.seconds)
        times = map(
            float, re.findall(r"^\d+ +([\d.]+) f(?:data)?sync\(", log.read_text(encoding="utf-8"), re.MULTILINE)
        )
        count = sum(row["began"] <= at <= row["over"] for at in times)
        yield {"part": "fsyncs", **row, "fsyncs": count, "per_message": count / max(1, row["handled"])}
