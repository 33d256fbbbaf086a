"""Tests marked `mongodb` run over a real server: the replica set that the environment's TEST_MONGODB_URI names, else
one that this process starts from `.venv-mongodb` (`make mongodb`). Where there is neither, they are skipped by name.

That server is SecantusDB, which speaks MongoDB's protocol: a program of its own, for tests alone, never imported.
"""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pymongo
import pytest
from pymongo.errors import PyMongoError

from tests.ports import free_port

PROGRAM = Path(__file__).parents[2] / ".venv-mongodb" / "bin" / "secantusd-py"
REASON = "MongoDB test server not installed (make mongodb), and TEST_MONGODB_URI names none"
START_SECONDS = 30.0
RUN = uuid.uuid4().hex[:8]
"""In the names of all databases of this process: a server may be shared."""

STOP_SECONDS = 10
KEEPER = f"""
import subprocess, sys
server = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
sys.stdin.read()
server.terminate()
try:
    server.wait({STOP_SECONDS})
except subprocess.TimeoutExpired:
    server.kill()
"""
"""Ends the server when its input ends, which is when whoever started it is gone, however it went."""


class Server:
    """A server of our own. Its port stays the same over a restart."""

    def __init__(self, folder: Path, *flags: str) -> None:
        self._folder = folder
        self._flags = flags
        self._port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mongodb://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """Of a process above the server's own."""
        assert self._process
        return self._process.pid

    def start(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        data = str(self._folder / "data")
        command = [str(PROGRAM), "--host", "127.0.0.1", "--port", str(self._port), "--storage-path", data]
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-S", "-c", KEEPER, *command, "--sync-on-commit", *self._flags],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        give_up = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > give_up:
                self.stop(signal.SIGKILL)
                raise RuntimeError((self._folder / "server.log").read_text(errors="replace"))
            time.sleep(0.05)

    def _answers(self) -> bool:
        client: pymongo.MongoClient[dict[str, Any]]
        client = pymongo.MongoClient(self.url, serverSelectionTimeoutMS=500, directConnection=True)
        with client, suppress(PyMongoError):
            client.admin.command("hello")
            return True
        return False

    def pause(self) -> None:
        """It answers nobody from now on, and keeps every connection."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        assert self._process
        os.killpg(self._process.pid, signal.SIGCONT)

    def stop(self, number: int = signal.SIGTERM) -> None:
        """With SIGKILL as a power cut would."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin
        if number == signal.SIGKILL:
            os.killpg(process.pid, signal.SIGKILL)
        process.stdin.close()
        process.wait(START_SECONDS)


def installed_here() -> bool:
    """Whether servers of our own can be started."""
    return PROGRAM.exists()


def installed() -> bool:
    return installed_here() or bool(os.environ.get("TEST_MONGODB_URI"))


class Databases:
    """The server for this process's tests, started for the first that asks, and the databases they have used."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._server: Server | None = None
        self._client: pymongo.MongoClient[dict[str, Any]] | None = None
        self._used: set[str] = set()

    def url(self, folder: Path) -> str:
        """The address of the database that belongs to a test's folder."""
        name = f"sahut-test-{RUN}-{hashlib.sha256(str(folder).encode()).hexdigest()[:8]}"
        self._used.add(name)
        parts = urlsplit(self._base())
        return urlunsplit(parts._replace(path=f"/{name}"))

    def _base(self) -> str:
        asked = os.environ.get("TEST_MONGODB_URI")
        if asked:
            return asked
        if self._server is None:
            self._folder = Path(tempfile.mkdtemp(prefix="sahut-mongodb-"))
            self._server = Server(self._folder)
            self._server.start()
        return self._server.url

    def drop(self) -> None:
        """Drop what the last test has used."""
        if self._used and self._client is None:
            self._client = pymongo.MongoClient(self._base(), serverSelectionTimeoutMS=5000)
        if self._client and self._server:
            # Its transactions that a test left open would have it wait for them with everybody else waiting for it.
            self._client.admin.command("killAllSessions", [])
        while self._client and self._used:
            self._client.drop_database(self._used.pop())

    def close(self) -> None:
        if self._client:
            self._client.close()
        if self._server:
            self._server.stop()
        if self._folder:
            shutil.rmtree(self._folder, ignore_errors=True)


databases = Databases()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not installed():
        for item in items:
            if item.get_closest_marker("mongodb"):
                item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown() -> Iterator[None]:
    try:
        yield
    finally:
        databases.drop()


def pytest_unconfigure() -> None:
    databases.close()
