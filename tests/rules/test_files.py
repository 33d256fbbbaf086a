"""What holds for every file of ours: its length, empty package files, no clock of its own, no addresses."""

import ast
import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.rules.tree import ROOMS, ROOT, files, name

LONGEST = 450
OURS = (*ROOMS, "tests", "benchmarks", "deploy")

CLOCKLESS = ("domain", "handlers", "storage", "services", "jobs")
CLOCKS = {"datetime": {"now", "utcnow", "today"}, "date": {"today"}, "time": {"time", "time_ns"}}

CONFIG = (
    "pyproject.toml",
    "Makefile",
    "Procfile",
    ".gitignore",
    "requirements.txt",
    *sorted(map(name, ROOT.glob(".ci/*"))),
)
LOCKS = tuple(sorted(map(name, ROOT.glob("*.lock"))))
LOOPBACK = r"(?:127\.0\.0\.1|localhost|\[::1\])"


def clock_reads(source: str) -> Iterator[int]:
    """The lines that read a clock or import one that can be read under any name."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            if CLOCKS["time"] & {alias.name for alias in node.names}:
                yield node.lineno
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if node.attr in CLOCKS.get(owner, ()):
                yield node.lineno


def canonical(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()


def dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    stated = [*project["dependencies"], *(d for group in project["optional-dependencies"].values() for d in group)]
    return {canonical(re.split(r"[^\w.-]", d, maxsplit=1)[0]) for d in stated}


def named_in_tables(markdown: str) -> set[str]:
    """The words in the first cells of a page's table rows, as package names."""
    cells = re.findall(r"^\s*\|([^|]*)\|", markdown, flags=re.MULTILINE)
    return {canonical(word) for cell in cells for word in re.findall(r"[A-Za-z0-9][\w.-]*", cell)}


def test_files_stay_short() -> None:
    ours = files(*OURS, suffixes=(".py", ".js", ".css", ".c", ".h"))
    lengths = {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in ours}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_package_files_are_empty() -> None:
    assert [name(p) for p in files(*OURS) if p.name == "__init__.py" and p.stat().st_size] == []


def test_no_clock_but_the_two_that_are_passed_in() -> None:
    reads = [f"{name(p)}:{line}" for p in files(*CLOCKLESS) for line in clock_reads(p.read_text(encoding="utf-8"))]
    assert reads == []


@pytest.mark.parametrize(
    "line",
    [
        "x = datetime.now(UTC)",
        "x = datetime.datetime.utcnow()",
        "x = date.today()",
        "x = time.time()",
        "from time import time",
        "field(default_factory=datetime.now)",
    ],
)
def test_a_clock_of_its_own_is_caught(line: str) -> None:
    assert list(clock_reads(f"# one line\n{line}\n")) == [2]


def test_a_clock_that_is_passed_in_is_fine() -> None:
    assert list(clock_reads("x = clock.now()\ny = time.monotonic()\nz = turn.now\n'''datetime.now()'''\n")) == []


@pytest.mark.parametrize("path", [*CONFIG, *LOCKS])
def test_no_addresses_in_locks_and_configuration(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.findall(rf"\w+://(?!{LOOPBACK}\b)\S*", text) == []


@pytest.mark.parametrize("path", LOCKS)
def test_locks_hold_pins_with_hashes_and_no_options(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    requirements = [r for r in re.sub(r"\\\n", " ", text).splitlines() if r.strip() and not r.lstrip().startswith("#")]
    assert requirements
    assert [r for r in requirements if not re.match(r"[a-z0-9.-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", r)] == []


def test_the_runtime_lock_is_part_of_the_other() -> None:
    names = ("requirements-dev.lock", "requirements-mongodb.lock", "requirements-peers.lock", "requirements.lock")
    assert names == LOCKS
    pins = [set(re.findall(r"^\S+==\S+", (ROOT / p).read_text(encoding="utf-8"), re.MULTILINE)) for p in LOCKS]
    assert pins[3] - pins[0] == set()


def test_the_locks_hold_every_dependency() -> None:
    locked = re.findall(r"^([^\s=]+)==", (ROOT / "requirements-dev.lock").read_text(encoding="utf-8"), re.MULTILINE)
    assert dependencies() - set(locked) == set()


def test_the_readme_names_every_dependency() -> None:
    for readme in ROOT.glob("README.md"):
        assert dependencies() - named_in_tables(readme.read_text(encoding="utf-8")) == set()


def test_names_are_read_from_a_table_alone() -> None:
    page = "aiohttp serves.\n\n| package | job |\n|---|---|\n| `fluent.runtime`, Babel | texts, not pytz |\n"
    assert {"fluent-runtime", "babel"} <= named_in_tables(page)
    assert not {"aiohttp", "pytz"} & named_in_tables(page)
