"""`python -m bot scan`: what it prints and with which status it ends, on files of our own."""

import fcntl
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import arguments
from tests.bot.programs import environment, program
from tests.bot.test_command_line import called

LOST = "2026-11-21 03:00:00,123 ERROR orders: order {} is lost\n"
FULL = "2026-11-21 04:00:00,123 CRITICAL db: the disk is full\n"
QUIET = "2026-11-21 03:00:00,123 INFO orders: 0 errors\n"

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def scan(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """The exit status, what was printed, and what went to standard error."""

    def call(*words: object) -> tuple[int, str, str]:
        code = called(monkeypatch, "scan", "--workers", "1", *map(str, words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def as_json(scan: Call, *words: object) -> tuple[int, dict[str, Any]]:
    code, out, _ = scan(*words, "--json")
    return code, json.loads(out)


def patterns(told: dict[str, Any]) -> dict[str, tuple[int, bool]]:
    return {each["pattern"]: (each["count"], each["new"]) for each in told["patterns"]}


def test_a_table_of_patterns(tmp_path: Path, scan: Call) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "orders.log").write_text(LOST.format(1) + QUIET + LOST.format(2) + FULL)
    (tmp_path / "b.log").write_text(LOST.format(3))
    code, out, err = scan(tmp_path)
    assert (code, err) == (1, "")
    heads, full, lost, told = out.splitlines()
    assert heads.split() == ["COUNT", "LEVEL", "FIRST", "LAST", "PATTERN", "FILE"]
    words = ["new", "1", "critical", "2026-11-21", "04:00", "2026-11-21", "04:00"]
    assert full.split() == [*words, *"db: the disk is full".split(), str(tmp_path / "a" / "orders.log")]
    assert lost.split()[:3] == ["new", "3", "error"]
    assert "orders: order <*> is lost" in lost
    assert lost.endswith(f"{tmp_path}/a/orders.log +1")
    assert told == "4 errors of 2 patterns, 2 new; 5 lines, 0.0 MB, 2 files"


def test_nothing_found(tmp_path: Path, scan: Call) -> None:
    (tmp_path / "orders.log").write_text(QUIET)
    assert scan(tmp_path) == (0, "0 errors of 0 patterns, 0 new; 1 lines, 0.0 MB, 1 files\n", "")


def test_new_is_what_was_not_there_the_last_time(tmp_path: Path, scan: Call) -> None:
    log, state = tmp_path / "orders.log", tmp_path / "state" / "seen.json"
    state.parent.mkdir()
    log.write_text(LOST.format(1) * 20)
    words = (tmp_path / "*.log*", "--state", state)
    assert as_json(scan, *words)[0] == 1
    code, told = as_json(scan, *words)
    assert (code, told["patterns"]) == (0, [])
    with log.open("a") as file:
        file.write(LOST.format(2))
    code, told = as_json(scan, *words)
    assert (code, patterns(told)) == (0, {"orders: order <*> is lost": (1, False)})
    assert told["patterns"][0]["count_since_first"] == 21
    # Rotated and packed: nothing of it counts again.
    (tmp_path / "orders.log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.write_text(FULL)
    code, told = as_json(scan, *words)
    assert (code, patterns(told)) == (1, {"db: the disk is full": (1, True)})
    assert {path.name for path in state.parent.iterdir()} == {"seen.json"}


def test_a_line_that_is_being_written(tmp_path: Path, scan: Call) -> None:
    """Without a state it is now or never."""
    log, state = tmp_path / "orders.log", tmp_path / "seen.json"
    log.write_text(QUIET + LOST.format(1).rstrip())
    assert as_json(scan, log)[1]["patterns"][0]["count"] == 1
    assert as_json(scan, log, "--state", state)[1]["patterns"] == []
    with log.open("a") as file:
        file.write("\n")
    assert as_json(scan, log, "--state", state)[1]["patterns"][0]["count"] == 1


def test_json_tells_all(tmp_path: Path, scan: Call) -> None:
    log = tmp_path / "orders.log"
    log.write_text(LOST.format(1) + LOST.format(2))
    code, told = as_json(scan, log, "--zone", "Asia/Jakarta")
    (pattern,) = told.pop("patterns")
    assert code == 1
    assert told == {"new": 1, "files": 1, "lines": 2, "bytes": log.stat().st_size, "failed": []}
    assert pattern["first_at"].startswith("2026-11-20T20:00:00")
    assert (pattern["level"], pattern["files"]) == ("error", {str(log): 2})
    assert pattern["hours"] == {"2026-11-20T20": 2}
    assert pattern["sample"]["text"] == LOST.format(1).rstrip()


def test_levels_and_formats(tmp_path: Path, scan: Call) -> None:
    log = tmp_path / "orders.log"
    log.write_text(LOST.format(1) + FULL + "2026-11-21 03:00:00,123 WARNING orders: slow\n")
    assert set(patterns(as_json(scan, log, "--level", "warning")[1])) >= {"orders: slow", "db: the disk is full"}
    assert set(patterns(as_json(scan, log, "--level", "critical")[1])) == {"db: the disk is full"}
    assert as_json(scan, log, "--format", "klog", "--level", "critical")[0] == 0


@pytest.mark.parametrize(
    "words",
    [("--level", "debug"), ("--level", "50"), ("--zone", "Mars"), ("--format", "nginz"), ("--workers", "0"), ()],
)
def test_what_cannot_be_asked(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["scan", *words, *(["x"] if words else [])])
    assert ended.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_what_is_not_there(tmp_path: Path, scan: Call) -> None:
    (tmp_path / "orders.log").write_text(LOST.format(1))
    code, out, err = scan(tmp_path / "gone.log", tmp_path / "orders.log", tmp_path / "*.gone")
    assert code == 2
    assert "1 errors of 1 patterns" in out
    assert err.splitlines() == [
        f"{tmp_path}/*.gone: No such file or directory",
        f"{tmp_path}/gone.log: No such file or directory",
    ]


def test_what_cannot_be_read(tmp_path: Path, scan: Call) -> None:
    (tmp_path / "orders.log").write_text(LOST.format(1))
    (tmp_path / "torn.log.gz").write_bytes(gzip.compress(FULL.encode())[:-20])
    code, out, err = scan(tmp_path)
    assert code == 2
    assert "orders: order <*> is lost" in out
    assert err.startswith(f"{tmp_path}/torn.log.gz: ")


@pytest.mark.parametrize("state", [b"[1]", b"\xff", b'{"patterns": 7}', None])
def test_a_state_that_is_none(tmp_path: Path, scan: Call, state: bytes | None) -> None:
    log, place = tmp_path / "orders.log", tmp_path / "seen"
    log.write_text(LOST.format(1))
    if state is None:
        place.mkdir()
    else:
        place.write_bytes(state)
    code, out, err = scan(log, "--state", place)
    assert (code, out) == (2, "")
    assert str(place) in err
    assert place.is_dir() or place.read_bytes() == state


def test_a_state_is_for_one_scan_at_a_time(tmp_path: Path, scan: Call) -> None:
    log, state = tmp_path / "orders.log", tmp_path / "seen.json"
    log.write_text(LOST.format(1))
    assert scan(log, "--state", state)[0] == 1
    before = state.read_bytes()
    log.write_text(LOST.format(1) + LOST.format(2))
    with state.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert scan(log, "--state", state) == (2, "", f"{state} is in use by another scan\n")
    assert state.read_bytes() == before
    assert as_json(scan, log, "--state", state)[1]["patterns"][0]["count"] == 1


def test_a_state_in_no_folder_is_said_before_anything_is_read(tmp_path: Path, scan: Call) -> None:
    (tmp_path / "orders.log").write_text(LOST.format(1))
    state = tmp_path / "gone" / "seen.json"
    assert scan(tmp_path, "--state", state) == (2, "", f"{state}: No such file or directory\n")


def test_lines_cannot_steer_the_terminal(tmp_path: Path, scan: Call) -> None:
    (tmp_path / "orders.log").write_text("ERROR \x1b]0;evil\x07 \u202egnp.exe\x9b2J is lost\n")
    code, out, _ = scan(tmp_path)
    assert code == 1
    assert "is lost" in out
    assert [each for each in out if not each.isprintable() and each != "\n"] == []


async def test_it_needs_no_settings_and_no_database(tmp_path: Path) -> None:
    (tmp_path / "orders.log").write_text(LOST.format(1))
    env = environment(PORT="http", DATABASE_URL="nonsense", CATALOG_FILE="nothing")
    async with program("bot", "scan", "orders.log", folder=tmp_path, env=env) as run:
        code, out, err = await run.end()
    assert (code, err) == (1, "")  # and no progress bar where nobody looks
    assert "orders: order <*> is lost" in out
    assert [path.name for path in tmp_path.iterdir()] == ["orders.log"]
