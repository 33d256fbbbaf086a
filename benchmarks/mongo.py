"""Sahut on MongoDB: one web process and one worker, then two workers, on the server of the tests (or the replica set
that TEST_MONGODB_URI names). What a message costs Sahut must not grow with its processes.
"""

import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psutil
import pymongo

from benchmarks.contestants import (
    PATIENCE,
    SAHUT,
    Running,
    fresh_folder,
    is_ready,
    sahut_environment,
    start,
    stop,
    wait_until_ready,
)
from benchmarks.machine import SCRATCH, MeasureError
from benchmarks.messages import Length, Row, run
from benchmarks.targets import ON_MONGO
from tests.plugins.mongodb import Server, installed, installed_here


def on_mongo(length: Length) -> Iterator[Row]:
    """One web process with one worker and with two."""
    if not installed():
        yield from ({"part": "mongo", "name": name, "missing": "MongoDB (make mongodb)"} for name in ON_MONGO)
        return
    for number in range(length.rounds):
        for workers, name in enumerate(ON_MONGO, 1):
            with _server() as (url, pid):
                serve = partial(_serving, url=url, pid=pid, workers=workers)
                who = replace(SAHUT, name=name)
                try:
                    row = run(who, serve=serve, recorded=partial(_recorded, url), seconds=length.seconds)
                    yield {"part": "mongo", "round": number, **row}
                except (MeasureError, OSError, psutil.Error) as problem:
                    yield {"part": "mongo", "round": number, "name": name, "error": str(problem)}


@contextmanager
def _server() -> Iterator[tuple[str, int]]:
    """The address of a new database, and the pid of the server where it is ours; dropped at the end."""
    name = f"sahut-bench-{uuid.uuid4().hex[:8]}"
    named = os.environ.get("TEST_MONGODB_URI")
    if named or not installed_here():
        url = urlunsplit(urlsplit(named or "")._replace(path=f"/{name}"))
        try:
            yield url, 0
        finally:
            with pymongo.MongoClient[dict[str, object]](url) as client:
                client.drop_database(name)
        return
    folder = SCRATCH / "mongodb"
    shutil.rmtree(folder, ignore_errors=True)
    server = Server(folder)
    server.start()
    try:
        yield f"{server.url}/{name}", server.pid
    finally:
        server.stop()


@contextmanager
def _serving(port: int, endpoint: str, *, url: str, pid: int, workers: int) -> Iterator[Running]:
    """A web process and so many workers, ready."""
    folder = fresh_folder()
    environment = sahut_environment(folder, port, endpoint, url)
    command = SAHUT.command()[:-1]
    with ExitStack() as stack:
        began = time.perf_counter()
        processes = [start([*command, role], environment, folder) for role in ("web", *["worker"] * workers)]
        for process in processes:
            stack.callback(stop, process)
        web, *others = processes
        wait_until_ready(web, port, folder, is_ready)
        until = time.monotonic() + PATIENCE
        while _greetings(folder) < len(processes):
            if time.monotonic() > until:
                raise MeasureError("the workers were not ready in time")
            time.sleep(0.02)
        yield Running(web, port, folder, time.perf_counter() - began, tuple(others), pid)


def _greetings(folder: Path) -> int:
    return (folder / "said").read_text(encoding="utf-8").count("Sahut is ready")


def _recorded(url: str, folder: Path) -> int:
    """Beside the folder, which holds nothing of it."""
    with pymongo.MongoClient[dict[str, object]](url) as client:
        return client.get_default_database().outbox.count_documents({"delivery": "sent"})
