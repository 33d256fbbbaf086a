"""`python -m bot backup` and `restore`."""

import sys
from pathlib import Path

import pytest

from bot.__main__ import main
from storage.sqlite import SQLiteStorage


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bot", *words])
    return main()


@pytest.fixture
async def database(bare: Path) -> Path:
    """An empty one, where it is by default."""
    path = bare / "var" / "sahut.db"
    store = SQLiteStorage(path)
    await store.open()
    await store.close()
    return path


def test_a_backup_and_its_way_back(
    bare: Path, database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert called(monkeypatch, "backup", "monday.db") == 0
    assert "monday.db is a checked backup of var/sahut.db" in capsys.readouterr().out
    database.write_bytes(b"gone bad")
    assert called(monkeypatch, "restore", "monday.db") == 0
    assert "The one before is var/sahut.db.before." in capsys.readouterr().out
    assert database.with_name("sahut.db.before").read_bytes() == b"gone bad"
    database.unlink()
    assert called(monkeypatch, "restore", "monday.db") == 0
    assert "before is" not in capsys.readouterr().out
    assert database.exists()


def test_a_backup_overwrites_only_when_told(
    bare: Path, database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (bare / "monday.db").write_text("precious")
    assert called(monkeypatch, "backup", "monday.db") == 1
    assert "--overwrite" in capsys.readouterr().err
    assert (bare / "monday.db").read_text() == "precious"
    assert called(monkeypatch, "backup", "--overwrite", "monday.db") == 0
    assert (bare / "monday.db").read_bytes().startswith(b"SQLite")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backup", "var/sahut.db"), "is the database itself"),
        (("backup", "no-such-folder/monday.db"), "has failed, and nothing was changed"),
        (("restore", "var/sahut.db"), "is in place already"),
        (("restore", "nothing.db"), "nothing.db is not there"),
        (("restore", "text.db"), "text.db cannot be read"),
    ],
)
def test_what_they_refuse(
    bare: Path,
    database: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: tuple[str, ...],
    said: str,
) -> None:
    (bare / "text.db").write_text("no database " * 100)
    before = database.read_bytes()
    assert called(monkeypatch, *words) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""
    assert database.read_bytes() == before


def test_nothing_to_back_up(bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(monkeypatch, "backup", "monday.db") == 1
    assert "there is nothing to back up" in capsys.readouterr().err
    assert list(bare.iterdir()) == []


def test_a_killed_backup_is_no_hindrance(
    bare: Path, database: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (bare / "monday.db.arriving").write_bytes(b"half of it")
    assert called(monkeypatch, "backup", "monday.db") == 0
    assert sorted(path.name for path in bare.iterdir()) == ["monday.db", "var"]


@pytest.mark.parametrize(("command", "instead"), [("backup", "mongodump"), ("restore", "mongorestore")])
def test_mongodb_has_tools_of_its_own(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str, instead: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mongodb://nowhere.invalid/sahut")
    (bare / "monday.db").touch()
    assert called(monkeypatch, command, "monday.db") == 1
    assert instead in capsys.readouterr().err
