"""What the operator reads of the logs before going live."""

import os
from pathlib import Path

import pytest

from bot.channels.base import Level
from bot.check_logs import logs
from domain.log_sources import LogWatch, Source


def test_each_source_tells_what_it_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a.log", "b.log", "secret.txt"):
        (tmp_path / name).write_text("line\n")
    monkeypatch.setattr("bot.check_logs.os.access", lambda path, mode: mode == os.R_OK and "secret" not in path)
    globs = {"fine": "*.log", "none": "*.gz", "closed": "*.txt"}
    sources = tuple(Source(id=name, globs=(f"{tmp_path}/{each}",)) for name, each in globs.items())
    fine, none, closed = logs(LogWatch(sources=sources))
    assert (fine.level, fine.subject, fine.detail) == (Level.FINE, "logs: fine", "2 files")
    assert (none.level, none.detail) == (Level.DOUBTFUL, f"nothing is there, or may be seen: {tmp_path}/*.gz")
    assert (closed.level, closed.detail) == (Level.DOUBTFUL, f"1 of 1 files may not be read, as {tmp_path}/secret.txt")
    assert logs(LogWatch()) == []
