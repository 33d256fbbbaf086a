"""`python -m bot`: its commands, what stops a start, and how it ends."""

import asyncio
import socket
import sys
import tomllib
from pathlib import Path

import aiohttp
import pytest

from bot.__main__ import arguments, main
from bot.catalog import load_catalog
from tests.bot.programs import CATALOG, Phones, as_real, environment, program, simulator_at
from tests.ports import free_port

COMMANDS = ("run", "web", "worker", "clock", "check", "load", "backup", "restore", "copy", "export", "forget", "scan")


@pytest.fixture(autouse=True)
def log_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """What this process logs is not for the service to configure: it would stay so for all tests that follow."""
    monkeypatch.setattr("bot.__main__.logs.configure", lambda settings: None)


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bot", *words])
    return main()


# --- its commands ---


def test_help_lists_them(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert [command for command in COMMANDS if f"\n    {command} " not in said] == []
    assert "SIMULATE=1 python -m bot run" in said
    assert ".env.example" in said


def test_an_unknown_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["dance"])
    assert ended.value.code == 2
    assert "'dance'" in capsys.readouterr().err


def test_load_wants_a_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        arguments().parse_args(["load"])
    assert ended.value.code == 2
    assert "FILE" in capsys.readouterr().err


# --- load ---


@pytest.fixture
def place(bare: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the service reads its catalog."""
    place = bare / "shop" / "catalog.toml"
    place.parent.mkdir()
    place.write_bytes(CATALOG.read_bytes())
    monkeypatch.setenv("CATALOG_FILE", str(place))
    return place


def test_a_good_catalog(
    bare: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = place.read_bytes()
    arriving = bare / "new.toml"
    arriving.write_bytes(before.replace(b'"Isi Saldo (Top-up)"', b'"Top-up"'))
    assert called(monkeypatch, "load", str(arriving)) == 0
    assert tomllib.loads(place.read_text())["care"]["topics"]["topup"]["name"]["id"] == "Top-up"
    assert place.with_suffix(".toml.before").read_bytes() == before
    assert {path.name for path in place.parent.iterdir()} == {"catalog.toml", "catalog.toml.before"}
    assert "topics" in capsys.readouterr().out


def test_a_first_catalog(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG_FILE", str(bare / "first.toml"))
    assert called(monkeypatch, "load", str(CATALOG)) == 0
    assert (bare / "first.toml").read_bytes() == CATALOG.read_bytes()


def test_the_catalog_in_place(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert called(monkeypatch, "load", str(place)) == 0
    assert "in place and fine" in capsys.readouterr().out
    assert not place.with_suffix(".toml.before").exists()


@pytest.mark.parametrize("bad", ["[care", "[care]\nhours = 1", None])
def test_a_bad_catalog(
    bare: Path, place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], bad: str | None
) -> None:
    before = place.read_bytes()
    if bad is not None:
        (bare / "bad.toml").write_text(bad)
    assert called(monkeypatch, "load", str(bare / "bad.toml")) == 2
    assert "bad.toml: " in capsys.readouterr().err
    assert place.read_bytes() == before
    assert [path.name for path in place.parent.iterdir()] == ["catalog.toml"]


def test_a_catalog_that_cannot_be_put_there(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CATALOG_FILE", str(bare / "no-such-folder" / "catalog.toml"))
    assert called(monkeypatch, "load", str(CATALOG)) == 2
    assert "no-such-folder" in capsys.readouterr().err


# --- what stops a start ---


@pytest.mark.parametrize("command", ["", "run", "web", "worker", "clock"])
def test_wrong_settings_stop_every_role(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "1:the-token")
    monkeypatch.setenv("SIMULATE", "1")
    assert called(monkeypatch, *filter(None, [command])) == 2
    said = capsys.readouterr().err
    assert "Sahut cannot start" in said
    assert "unset TELEGRAM_BOT_TOKEN" in said
    assert "the-token" not in said


def test_check_says_the_same(bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PORT", "http")
    assert called(monkeypatch, "check") == 1
    assert "!! PORT: " in capsys.readouterr().out


async def test_a_wrong_setting_in_a_process_of_its_own(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SIMULATE=1\nPUBLIC_BASE_URL=https://sahut.example\n")
    async with program("bot", "run", folder=tmp_path, env=environment(PORT=free_port())) as run:
        code, out, err = await run.end()
    assert (code, out) == (2, "")
    assert "SIMULATE=1 cannot be used with PUBLIC_BASE_URL" in err
    assert "Traceback" not in err


async def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        env = environment(SIMULATE=1, PORT=taken.getsockname()[1], SIMULATOR_PORT=free_port())
        async with program("bot", folder=tmp_path, env=env) as run:
            code, _, err = await run.end()
    assert code == 2
    assert "Is another Sahut running? See HOST, PORT and SIMULATOR_PORT." in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"DATABASE_URL": "sqlite:///a-file/sahut.db"}, "a-file"),
        ({"DATABASE_URL": "sqlite:///a-file"}, "not a database"),
        ({"CATALOG_FILE": "a-file"}, "a-file: is not TOML"),
        ({"CATALOG_FILE": "nothing"}, "nothing: cannot be read"),
    ],
)
def test_what_cannot_be_read(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: dict[str, str], said: str
) -> None:
    (bare / "a-file").write_text("this is no database, nor a catalog" * 100)
    for name, value in {"CATALOG_FILE": str(CATALOG), "TELEGRAM_BOT_TOKEN": "1:t", **given}.items():
        monkeypatch.setenv(name, value)
    assert called(monkeypatch, "worker") == 2
    error = capsys.readouterr().err
    assert said in error
    assert "PORT" not in error


# --- from start to end ---


async def test_it_runs_and_stops_when_told(tmp_path: Path) -> None:
    env = environment(SIMULATE=1, PORT=free_port(), SIMULATOR_PORT=free_port())
    async with program("bot", folder=tmp_path, env=env) as run:
        ready = await run.says("Sahut is ready")
        page = await run.says("Open the simulator")
        assert f"127.0.0.1:{env['PORT']}" in ready
        assert f"127.0.0.1:{env['SIMULATOR_PORT']}" in page
        async with aiohttp.ClientSession() as http:
            async with http.get(f"http://127.0.0.1:{env['PORT']}/ready") as answer:
                assert answer.status == 200
            async with http.get(page.split()[-1]) as answer:
                assert answer.status == 200
            # A connection kept open, and a browser that listens, hold nothing up.
            async with http.get(f"{page.split()[-1]}/sim/events") as events:
                await events.content.readline()
                code, _, err = await run.stops()
    assert (code, err) == (0, "")
    assert (tmp_path / "var" / "sahut.db").exists()


def answer_of(topic: str) -> str:
    """Words of a topic's answer that stand in no menu."""
    found = load_catalog(CATALOG).topic(topic)
    assert found is not None
    return found.answer["id"].splitlines()[1].partition("*")[0].strip()


async def test_the_roles_as_processes_serve_a_conversation_together(tmp_path: Path) -> None:
    port = free_port()
    async with simulator_at(tmp_path, port) as url:
        env = as_real(url, port)
        async with (
            program("bot", "web", folder=tmp_path, env=env) as web,
            program("bot", "worker", folder=tmp_path, env=env) as worker,
            program("bot", "clock", folder=tmp_path, env=env) as clock,
            aiohttp.ClientSession() as http,
        ):
            for each in (web, worker, clock):
                await each.says("Sahut is ready")
            phones = Phones(url, http)
            await phones.say("budi", "halo")
            await phones.hears("budi", "Selamat datang")
            await phones.say("budi", "saldo saya belum masuk")
            await phones.hears("budi", answer_of("topup"))
            await phones.say("sari", "lupa pin")
            await phones.hears("sari", answer_of("login"))
            assert len(await phones.sent()) == 3
            ends = await asyncio.gather(web.stops(), worker.stops(), clock.stops())
    assert [(code, err) for code, _, err in ends] == [(0, "")] * 3
