"""What stands in deploy/, as the tests look at it."""

import re
import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("web", "worker", "clock")
"""The services of compose.yaml that are Sahut."""

DOCKERFILE = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = [
    (found[1], found[2].strip())
    for found in re.finditer(r"^([A-Z]+) (.*)$", re.sub(r"\\\n", " ", DOCKERFILE), flags=re.MULTILINE)
]


def seconds(duration: str) -> float:
    """As compose.yaml writes them: 20s, 2m."""
    return float(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


def copied() -> list[tuple[str, str]]:
    """What the image takes from the repository: from where, to where in its folder."""
    pairs = [words.split() for name, words in INSTRUCTIONS if name == "COPY" and "--from" not in words]
    return [(source, target) for source, target in pairs if target != "."]


def lay_out_image(folder: Path) -> None:
    """What stands in the image's folder."""
    for source, target in copied():
        place = folder / target
        place.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, place, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / source, place)
