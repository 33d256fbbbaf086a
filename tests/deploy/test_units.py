"""The systemd units: systemd takes them, and what they name is there."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.__main__ import arguments
from bot.settings import Settings
from tests.deploy.files import DEPLOY

UNITS = sorted((DEPLOY / "systemd").iterdir())
each_unit = pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
ANALYZE = shutil.which("systemd-analyze")


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_one_for_everything_and_one_for_each_part() -> None:
    assert [unit.name for unit in UNITS] == [
        "sahut-clock@.service",
        "sahut-web@.service",
        "sahut-worker@.service",
        "sahut.service",
    ]


@each_unit
def test_its_command_is_there(unit: Path) -> None:
    (command,) = values(unit, "ExecStart")
    python, *rest, role = command.split()
    assert (python, rest) == ("/opt/sahut/.venv/bin/python", ["-m", "bot"])
    part = unit.name.removesuffix(".service").removesuffix("@").removeprefix("sahut").removeprefix("-")
    assert arguments().parse_args([role]).command == (part or "run")


@each_unit
def test_its_settings_are_there(unit: Path) -> None:
    given = [pair.split("=", 1) for words in values(unit, "Environment") for pair in words.split()]
    ours = {name: value for name, value in given if not name.startswith("PYTHON")}
    assert ours == ({"PORT": "%i"} if "web" in unit.name else {})
    assert {name.lower() for name in ours} <= set(Settings.model_fields)


@each_unit
def test_it_is_given_time_to_stop(unit: Path) -> None:
    assert [int(value) for value in values(unit, "TimeoutStopSec")] >= [15]


@each_unit
def test_it_may_do_no_more_than_it_must(unit: Path) -> None:
    demanded = (
        "NoNewPrivileges=true ProtectSystem=strict ProtectHome=true PrivateTmp=true CapabilityBoundingSet= UMask=0077"
    )
    lines = unit.read_text(encoding="utf-8").splitlines()
    assert [line for line in [*demanded.split(), "User=sahut"] if line not in lines] == []
    (state,), (folder,) = values(unit, "StateDirectory"), values(unit, "WorkingDirectory")
    assert folder == f"/var/lib/{state}"


def test_they_differ_in_nothing_else() -> None:
    own = re.compile(r"^(Description|ExecStart|Environment=PORT).*\n", re.MULTILINE)
    assert len({own.sub("", unit.read_text(encoding="utf-8")) for unit in UNITS}) == 1


@pytest.mark.skipif(ANALYZE is None, reason="systemd-analyze is not installed")
def test_systemd_takes_them(tmp_path: Path) -> None:
    """With a program in the place of ours, which is not installed here."""
    for unit in UNITS:
        name = unit.name.replace("@.", "@8080.")
        (tmp_path / name).write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text()))
    files = [str(path) for path in sorted(tmp_path.iterdir())]
    said = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", "--recursive-errors=no", *files],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (said.returncode, said.stderr) == (0, "")
