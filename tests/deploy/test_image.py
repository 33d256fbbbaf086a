"""The Dockerfile: it holds to the lock, is not root, and copies what Sahut needs and nothing else."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bot.__main__ import arguments
from bot.settings import Settings
from tests.bot.programs import environment
from tests.deploy.files import DEPLOY, DOCKERFILE, INSTRUCTIONS, ROOT, copied, lay_out_image


def all_of(name: str) -> list[str]:
    return [words for each, words in INSTRUCTIONS if each == name]


def test_packages_are_held_to_their_hashes() -> None:
    (install,) = [words for words in all_of("RUN") if "pip install" in words]
    assert "--require-hashes --no-deps -r requirements.lock" in install
    assert re.findall(r"\w+://", DOCKERFILE.replace("sqlite:////", "")) == []


def test_images_are_plain_names_of_a_python_that_fits() -> None:
    images = {words.partition(" ")[0] for words in all_of("FROM")}
    assert images == {"python:3.13-slim"}
    assert (ROOT / ".python-version").read_text().strip() == "3.13"
    assert (ROOT / "requirements.txt").read_text().split() == ["-r", "requirements.lock"]


def test_it_is_not_root() -> None:
    (user,) = all_of("USER")
    assert int(user) > 0
    assert f"--uid {user}" in DOCKERFILE


def test_its_environment_and_port() -> None:
    settings = dict(pair.split("=", 1) for words in all_of("ENV") for pair in words.split())
    ours: dict[str, Any] = {name: value for name, value in settings.items() if name.lower() in Settings.model_fields}
    assert set(settings) - set(ours) == {"PATH", "PYTHONUNBUFFERED"}
    assert all_of("EXPOSE") == [ours["PORT"]]
    assert Settings(**({name.lower(): value for name, value in ours.items()} | {"_env_file": None})).host == "0.0.0.0"
    assert ours["DATABASE_URL"].removeprefix("sqlite:///").startswith(all_of("VOLUME")[0])


def test_its_command_and_its_health() -> None:
    (command,) = all_of("CMD")
    assert arguments().parse_args(command.strip("[]").replace('"', "").split(", ")[3:]).command == "run"
    (health,) = all_of("HEALTHCHECK")
    program = re.search(r'CMD \["python", "(.+)"\]', health)
    assert program is not None
    assert (program[1], program[1]) in copied()


def test_what_it_copies_is_there_and_may_be_copied() -> None:
    sources = ["requirements.lock", *(source for source, _ in copied())]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()
    assert [line for line in lines if line and line[0] != "#"] == [
        "*",
        *(f"!{source}" for source in sources),
        "**/__pycache__",
    ]


@pytest.mark.parametrize("command", [["--help"], ["check"]])
def test_what_it_copies_is_all_that_is_needed(tmp_path: Path, command: list[str]) -> None:
    """Every module can be imported where nothing else is, with nothing of the repository in sight."""
    lay_out_image(tmp_path)
    env = environment(TELEGRAM_BOT_TOKEN="", DATABASE_URL=f"sqlite:///{tmp_path}/data/sahut.db") | {"PYTHONPATH": ""}
    modules = [
        str(path.relative_to(tmp_path)).removesuffix(".py").replace("/", ".")
        for path in sorted(tmp_path.rglob("*.py"))
        if path.name != "__init__.py" and path.parts[-2] != "deploy" and path.stem not in ("__main__", "simulation")
    ]
    imports = f"import {', '.join(modules)}"
    run = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, '.'); {imports}"]
    subprocess.run(run, cwd=tmp_path, env=env, check=True, timeout=60)
    said = subprocess.run(
        [sys.executable, "-m", "bot", *command], cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60
    )
    assert "Traceback" not in said.stdout + said.stderr
    assert "Sahut" in said.stdout + said.stderr
