"""Whatever a log holds, and however it is split: what is found is what a reader of whole lines finds."""

import asyncio
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.log_findings import Finding, together
from domain.log_lines import Level
from services.logscan import context, finder, unpacking, windows, worker
from services.logscan.base import Part, Reading, Task
from services.logscan.scanner import Scanner
from services.logscan.worker import Worker
from tests.services.log_reference import NEAR, expected, gzipped, zstded

REACH = 250
WORKER = Worker()

TRACES = (
    'Traceback (most recent call last):\n  File "a.py", line 3, in run\n    go(7)\nValueError: order 7 failed',
    "java.lang.IllegalStateException: no order 12\n\tat com.a.Pay.run(Pay.java:41)\n\tat com.a.Main.main(Main.java:3)\n"
    "Caused by: java.io.IOException: connection refused\n\t... 2 more",
    "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:9 +0x1d",
)
MESSAGES = (
    "Payment {n} failed for user {u}: timeout after {m} ms",
    "cannot connect to db-{m}: connection refused",
    "order 3f2b8c1e-{m:04x}-4c1d-9b7a-0123456789ab failed",
    "mail {n:08x} could not be sent: Error {m}",
    "all is well with {n}",
    "0 errors in {n} runs",
    "ValueError: invalid literal {n}",
    "{{'error': {n}}}",
    "é fällt ñ {u} failed",
)
HEADS = (
    "{day} {clock},{ms:03d} [exec-{t}] {level:5} c.a.Pay - {message}",
    "{day}T{clock}.{ms:03d}Z {level} {message}",
    "{day}T{clock}+05:30 {level} {message}",
    "Nov {d:2d} {clock} web app[{t}]: {level}: {message}",
    "Nov {d:2d} {clock} web app[{t}]: {message}",
    '{{"time":"{day}T{clock}+07:00","level":"{low}","msg":"{message}"}}',
    '{{"ts":17638000{ms:03d}.{t},"level":{n50},"msg":"{message}","x":"\\u00e{t}"}}',
    "<{n50}>1 {day}T{clock}.{ms}Z web app {t} - - {message}",
    "E1121 {clock}.{ms:06d} {t} main.go:7] {message}",
    "11-{d:02d} {clock}.{ms:03d} {t} {u} E Tag: {message}",
    "[Sat Nov {d} {clock}.{ms:06d} 20{y}] [core:{low}] [pid {t}] {message}",
    "{level}: {message}",
    "{message}",
    "  {message}",
)


def texts(heads: list[str], messages: list[str]) -> st.SearchStrategy[bytes]:
    """Lines of few forms and of few hours, so that many of them differ in little."""

    def text(head: str, message: str, number: int, level: str, clock: tuple[int, int, int], coding: str) -> bytes:
        return head.format(
            day=f"2026-11-{20 + number % 2}",
            d=20 + number % 2,
            y=26 - number % 2,
            clock="{:02d}:{:02d}:{:02d}".format(*clock),
            ms=number % 1000,
            t=1 + number % 3,
            u=number % 90,
            n50=(11, 14, 30, 50)[number % 4],
            level=level,
            low=level.lower(),
            message=message.format(n=number * 7, m=number, u=number % 90),
        ).encode(coding)

    return st.builds(
        text,
        st.sampled_from(heads),
        st.sampled_from(messages),
        st.integers(0, 9999),
        st.sampled_from(["ERROR", "ERROR", "ERROR", "FATAL", "INFO", "WARN"]),
        st.tuples(st.integers(3, 4), st.sampled_from([0, 29, 30, 59]), st.integers(0, 59)),
        st.sampled_from(["utf-8", "utf-8", "utf-8", "latin-1"]),
    )


JUNK = st.builds(bytes.__add__, st.binary(max_size=30), st.sampled_from([b"", b" error", b"\r", b"\0", b"   "]))
TRACE = st.sampled_from(TRACES).map(str.encode)
TEXTS = st.builds(
    texts,
    st.lists(st.sampled_from(HEADS), min_size=1, max_size=2),
    st.lists(st.sampled_from(MESSAGES), min_size=1, max_size=3),
)
LINES = st.tuples(TEXTS, st.sampled_from([0, 20, 20, 20]), st.sampled_from([(), (), (TRACE, JUNK)])).flatmap(
    lambda made: st.lists(st.one_of(*[made[0]] * 12, *made[2]), min_size=made[1], max_size=40)
)
LOGS = st.tuples(LINES, st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([b"", b"\n", b"\nERROR half fai"])).map(
    lambda made: made[1].join(made[0]) + made[2]
)
READINGS = st.builds(
    Reading,
    near=st.just(NEAR),
    zone=st.sampled_from(["UTC", "Asia/Jakarta", "Asia/Kolkata"]),
    threshold=st.sampled_from([Level.WARNING, Level.ERROR, Level.ERROR, Level.CRITICAL]),
)


@contextmanager
def small(window: int) -> Iterator[None]:
    """Windows that are as small as the logs, and what is unpacked at once."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (windows, context, finder, worker):
            patched.setattr(module, "REACH", REACH)
        patched.setattr(windows, "WINDOW", window)
        patched.setattr(unpacking, "_UNPACKED", window)
        yield


@settings(max_examples=120)
@given(LOGS, READINGS, st.booleans(), st.integers(1, 2000), st.lists(st.integers(0, 3000), max_size=4), st.randoms())
def test_any_ranges_in_any_order(
    data: bytes, reading: Reading, final: bool, window: int, cuts: list[int], chance: random.Random
) -> None:
    with tempfile.TemporaryDirectory() as folder, small(window):
        path = str(Path(folder, "app.log"))
        Path(path).write_bytes(data)
        ends = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
        part = Part(path=path, final=final)
        tasks = [
            Task(part=part, reading=reading, start=start, stop=stop, whole=not start) for start, stop in pairwise(ends)
        ]
        chance.shuffle(tasks)
        pieces = [piece for task in tasks for piece in WORKER.pieces(task)]
        assert [piece.error for piece in pieces] == [""] * len(pieces)
        found = together(piece.findings for piece in pieces)
        assert found == expected(data, reading, path=path, final=final, reach=REACH)


FRAME = b"\tat com.a.B.c(D.java:1)\n"
ODD = (
    # of one form, but for the zone, the year, the time's fraction, or the hour that half an hour makes
    b"2026-11-20T23:59:01+07:00 ERROR job 1 failed\n2026-11-20T23:59:01+05:30 ERROR job 2 failed\n"
    b"2026-11-20T23:29:01+05:30 ERROR job 3 failed\n2026-11-20T23:31:00+05:30 ERROR job 4 failed\n",
    b"[Sat Nov 21 03:00:02.000001 2026] [core:error] [pid 7] job 1 failed\n"
    b"[Sat Nov 21 03:00:01.000002 2025] [core:error] [pid 8] job 2 failed\n",
    b"2026-11-21 03:00:00.123456789 ERROR job 1 failed\n2026-11-21 03:00:00.123456001 ERROR job 2 failed\n",
    # before and after the day that tells this year from the last
    b"Nov 22 11:59:59 web app[1]: ERROR: job 1 failed\nNov 22 12:00:01 web app[1]: ERROR: job 2 failed\n"
    b"Nov 22 12:00:00 web app[1]: ERROR: job 3 failed\n",
    # a letter, written by its number
    b'{"ts":1763800000.5,"level":"error","msg":"caf\\u00e9 failed"}\n'
    b'{"ts":1763800009.5,"level":"error","msg":"caf\\u00e8 failed"}\n',
    # levels that are told by a number
    b"<11>1 2026-11-21T03:00:00Z web app 1 - - failed\n<14>1 2026-11-21T03:00:00Z web app 1 - - failed\n",
    b'{"time":1763800000123,"level":50,"msg":"failed"}\n{"time":1763800000124,"level":30,"msg":"failed"}\n',
    # what is too far off to belong to a line
    b"2026-11-21 03:00:00 [a] ERROR job failed\n" + b"2026-11-21 03:00:00 [b] INFO well\n" * 9 + FRAME,
    b"2026-11-21 03:00:00 ERROR job failed\n" + FRAME * 7 + b"java.io.IOException: refused\n" * 7,
)  # fmt: skip


@pytest.mark.parametrize("data", ODD)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata"])
def test_what_seldom_comes(data: bytes, zone: str, tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(data)
    reading = Reading(near=NEAR, zone=zone)
    for window in (1, 10_000):
        with small(window):
            task = Task(part=Part(path=str(path)), reading=reading, start=0, stop=len(data), whole=True)
            found = together(piece.findings for piece in WORKER.pieces(task))
            assert found == expected(data, reading, path=str(path), reach=REACH)
            assert found


@settings(max_examples=40)
@given(LOGS, READINGS, st.integers(1, 2000), st.lists(st.integers(0, 3000), max_size=3))
def test_packed_and_read_on_from_any_line(data: bytes, reading: Reading, window: int, cuts: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder, small(window):
        starts = sorted({0, *(data.rfind(b"\n", 0, cut) + 1 for cut in cuts)})
        for packing, packed in (("gzip", gzipped(data[:100], data[100:])), ("zstd", zstded(data[:100], data[100:]))):
            path = str(Path(folder, packing))
            Path(path).write_bytes(packed)
            part = Part(path=path, packing=packing)
            found: list[tuple[Finding, ...]] = []
            for start, stop in zip(starts, [*starts[1:], 1 << 40], strict=True):
                for piece in WORKER.pieces(Task(part=part, reading=reading, start=start, stop=stop, whole=True)):
                    assert not piece.error
                    found.append(piece.findings)
            assert together(found) == expected(data, reading, path=path, reach=REACH)


@settings(max_examples=60)
@given(LOGS, READINGS, st.integers(1, 2000), st.integers(1, 700), st.integers(1, 3), st.booleans())
def test_packed_and_shared_among_processes(
    data: bytes, reading: Reading, window: int, share: int, shares: int, cut_off: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder, small(window):
        path = str(Path(folder, "app.log.gz"))
        Path(path).write_bytes(gzipped(data)[: -9 if cut_off else None])
        part = Part(path=path, packing="gzip")
        pieces = [
            piece
            for start in range(0, share * shares, share)
            for piece in WORKER.pieces(
                Task(
                    part=part,
                    reading=reading,
                    start=start,
                    stop=1 << 40,
                    whole=not start,
                    share=share,
                    every=share * shares,
                )
            )
        ]
        assert {piece.error for piece in pieces if not piece.more} == {"the gzip data end too early" if cut_off else ""}
        ends = sorted((piece.begin, piece.end) for piece in pieces if piece.more)
        assert all(one[1] == other[0] for one, other in pairwise(ends))
        alone = WORKER.pieces(Task(part=part, reading=reading, start=0, stop=1 << 40, whole=True))
        found = together(piece.findings for piece in pieces)
        assert found == together(piece.findings for piece in alone)
        assert cut_off or found == expected(data, reading, path=path, reach=REACH)


@settings(max_examples=6)
@given(st.lists(LOGS, min_size=1, max_size=4), READINGS, st.integers(1, 2), st.integers(100, 4000), st.randoms())
def test_any_number_of_processes_and_files(
    logs: list[bytes], reading: Reading, workers: int, size: int, chance: random.Random
) -> None:
    async def read(parts: list[Part]) -> list[dict[str, Finding]]:
        scanner = Scanner(workers, range_size=size, shared=1)
        try:
            return [together([each.findings]) for each in await scanner.scan(parts, reading)]
        finally:
            await scanner.close()

    with tempfile.TemporaryDirectory() as folder:
        given = []
        for number, data in enumerate(logs):
            path, packing = Path(folder, str(number)), chance.choice(["", "gzip"])
            path.write_bytes(gzipped(data) if packing else data)
            part = Part(path=str(path), packing=packing, final=True)
            given.append((part, expected(data, reading, path=str(path))))
        chance.shuffle(given)
        assert asyncio.run(read([part for part, _ in given])) == [found for _, found in given]
