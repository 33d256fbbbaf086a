"""Around a sample only files of its sources are read."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.ops_pages.log_samples import around
from domain.log_findings import Sample

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LINE = "root:x:0:0"


def sample(path: Path | str, offset: int = 0, text: str = LINE) -> Sample:
    return Sample(at=AT, path=str(path), offset=offset, text=text)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder of logs, and beside it a file that is nobody's business."""
    (tmp_path / "logs").mkdir()
    (tmp_path / "secret").write_text(f"{LINE}\nmore\n")
    return tmp_path / "logs"


def test_a_file_of_the_source_is_read(logs: Path) -> None:
    (logs / "app.log").write_text(f"before\n{LINE}\n  at x\nafter\n")
    found = around(sample(logs / "app.log", 7, f"{LINE}\n  at x"), [f"{logs}/*.log"])
    assert found is not None
    assert (found.before, found.lines, found.after) == (("before",), (LINE, "  at x"), ("after",))


@pytest.mark.parametrize(
    "path", ["{}/../secret", "{}/x/../../secret", "/etc/passwd", "secret", "../secret", "", "{}/secret\x00.log", "{}"]
)
def test_no_other_path_is_read(logs: Path, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(logs)
    assert around(sample(path.format(logs)), [f"{logs}/*", f"{logs}/**/*.log"]) is None


def test_a_link_is_not_followed(logs: Path) -> None:
    (logs / "app.log").symlink_to(logs.parent / "secret")
    assert around(sample(logs / "app.log"), [f"{logs}/*.log"]) is None


def test_what_is_no_file_is_not_waited_for(logs: Path) -> None:
    os.mkfifo(logs / "app.log")
    (logs / "folder.log").mkdir()
    for name in ("app.log", "folder.log"):
        assert around(sample(logs / name), [f"{logs}/*.log"]) is None


@pytest.mark.parametrize("offset", [1, 500, 10**12])
def test_a_file_that_holds_other_lines_by_now_is_not_shown(logs: Path, offset: int) -> None:
    (logs / "app.log").write_text(f"{LINE}\nmore\n")
    assert around(sample(logs / "app.log", offset), [f"{logs}/*.log"]) is None


def test_without_sources_nothing_is_read(logs: Path) -> None:
    (logs / "app.log").write_text(f"{LINE}\n")
    assert around(sample(logs / "app.log"), []) is None


def test_long_lines_and_broken_bytes_are_cut_and_shown(logs: Path) -> None:
    (logs / "app.log").write_bytes(b"\xff\xfe" + b"a" * 100_000 + b"\n" + LINE.encode() + b"\n" + b"b" * 100_000)
    found = around(sample(logs / "app.log", 100_003), [f"{logs}/*.log"])
    assert found is not None
    assert found.before == ()
    assert found.after == ("b" * 500,)
