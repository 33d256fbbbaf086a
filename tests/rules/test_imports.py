"""Who may import whom (ARCHITECTURE, section 1): the contracts in pyproject.toml, and no circles between files."""

import ast
import shutil
import subprocess
import sys
from collections.abc import Mapping, Set
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest
from importlinter.api import read_configuration

from tests.rules.tree import ROOMS, ROOT, files, name

WAY = ("inbox", "turn", "outbox", "effects")

# One file a contract, which breaks it and no other. The last ones break theirs through a file in between.
VIOLATIONS = {
    "domain": ("domain/orders.py", "import storage"),
    "handlers": ("handlers/menu.py", "from services import registry"),
    "services": ("services/registry.py", "from storage import base"),
    "storage": ("storage/base.py", "import jobs.orders"),
    "jobs": ("jobs/orders.py", "from bot.settings import Settings"),
    "simulator": ("simulator/phones.py", "from domain import money"),
    "way-of-a-message": ("bot/between.py", "import bot.outbox"),
    "channel-sdks": ("bot/settings.py", "import telegram.ext"),
    "service-sdks": ("bot/mailing.py", "import aiosmtplib"),
    "mongodb-driver": ("bot/catalog.py", "from motor.motor_asyncio import AsyncIOMotorClient"),
}


def circle(imports: Mapping[str, Set[str]]) -> list[str]:
    """The names along one circle, its first again at its end; empty where there is none."""
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []


def lint(folder: Path) -> str:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as main; main()"]
    done = subprocess.run(
        [*command, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def contracts() -> dict[str, str]:
    stated = read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"]
    return {contract["id"]: contract["name"] for contract in stated}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """All rooms, empty, under the real contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for room in (*ROOMS, "bot/channels"):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").touch()
    for module in (*WAY, "between", "settings"):
        (tmp_path / "bot" / f"{module}.py").touch()
    for path in ("services/registry.py", "storage/base.py", "jobs/orders.py", "domain/money.py"):
        (tmp_path / path).touch()
    (tmp_path / "bot/inbox.py").write_text("import bot.between\n", encoding="utf-8")
    (tmp_path / "bot/channels/telegram.py").write_text("import telegram\n", encoding="utf-8")
    (tmp_path / "bot/build.py").write_text(
        "import bot.inbox, bot.outbox, bot.channels.telegram, handlers, services, jobs.orders, simulator\n",
        encoding="utf-8",
    )
    return tmp_path


def test_the_house_as_planned_keeps_every_contract(house: Path) -> None:
    assert f"Contracts: {len(contracts())} kept, 0 broken." in lint(house)


def test_every_contract_catches_its_violation(house: Path) -> None:
    assert contracts().keys() == VIOLATIONS.keys()
    for path, line in VIOLATIONS.values():
        (house / path).write_text(line + "\n", encoding="utf-8")
    said = lint(house)
    assert [key for key, title in contracts().items() if f"{title} BROKEN" not in said] == []


def test_no_circles_between_files() -> None:
    graph = grimp.build_graph(*(room for room in ROOMS if (ROOT / room / "__init__.py").exists()), cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert " -> ".join(circle(imports)) == ""


def test_a_circle_is_caught() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": set()}) == []
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) in (["b", "c", "b"], ["c", "b", "c"])


def test_domain_imports_the_standard_library_and_its_values_base_alone() -> None:
    """`msgspec.Struct` is what its values are made of: immutable, and far faster to make than a frozen dataclass."""
    foreign = []
    ours = sys.stdlib_module_names | {"domain", "msgspec"}
    for path in files("domain"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module or ""]
            else:
                continue
            roots = {module.partition(".")[0] for module in modules}
            foreign += [f"{name(path)}:{node.lineno}: {root}" for root in roots - ours]
    assert foreign == []
