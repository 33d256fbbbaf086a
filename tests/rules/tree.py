"""What the rules look at: the project's own folders and files."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "handlers", "domain", "services", "storage", "jobs", "simulator")


def files(*folders: str, suffixes: tuple[str, ...] = (".py",)) -> Iterator[Path]:
    """Hidden folders hold what others wrote."""
    for folder in folders:
        found = (p for p in (ROOT / folder).rglob("*") if p.suffix in suffixes and p.is_file())
        yield from sorted(p for p in found if not any(part.startswith(".") for part in p.relative_to(ROOT).parts))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()
