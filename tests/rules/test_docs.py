"""What the pages say is there: their links, and the files, commands, settings and metrics they name."""

import hashlib
import hmac
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.__main__ import arguments
from bot.care_page import sign
from bot.settings import Settings
from tests.rules.tree import ROOT, files, name

PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *files("docs", "benchmarks", "deploy", suffixes=(".md",))]
LONGEST = 170
FOLDERS = "bot|handlers|domain|storage|services|jobs|simulator|tests|benchmarks|deploy|docs|\\.ci"
OTHER_VARIABLES = {"MOTOR_MAX_WORKERS", "SAHUT_REPORT", "SAHUT_SEED", "SAHUT_SKIPS_ALLOWED", "TEST_MONGODB_URI"}
IN_CODE = {"AT_ONCE", "RECORD_TYPES"}
"""Names of the code that look like settings."""

each_page = pytest.mark.parametrize("page", PAGES, ids=name)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def without_code(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", without_code(text_of(page)), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> Iterator[str]:
    text = without_code(text_of(page))
    yield from re.findall(r"\]\(([^)\s]+)\)", text)
    yield from re.findall(r'(?:src|href)="([^"]+)"', text)


def broken(page: Path) -> Iterator[str]:
    for link in links(page):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (page.parent / parts.path).resolve() if parts.path else page
        if not target.exists() or (parts.fragment and parts.fragment not in anchors(target)):
            yield link


@each_page
def test_links_lead_somewhere(page: Path) -> None:
    assert list(broken(page)) == []


def test_a_broken_link_is_caught(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One, two\n[a](#one-two) [b](#three) [c](gone.md) [d](page.md#one-two)\n", encoding="utf-8")
    assert list(broken(page)) == ["#three", "gone.md"]


@each_page
def test_named_files_are_there(page: Path) -> None:
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", text_of(page))
    assert [path for path in named if not (ROOT / path).exists()] == []


@each_page
def test_named_commands_are_there(page: Path) -> None:
    text = text_of(page)
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text, flags=re.MULTILINE)) - targets == set()
    # The parser's help has each command at the beginning of a line.
    commands = set(re.findall(r"^ {4}([a-z]+) {2,}", arguments().format_help(), flags=re.MULTILINE))
    assert set(re.findall(r"python -m bot ([a-z]+)", text)) - commands == set()
    modules = re.findall(r"python -m (benchmarks\.\w+)", text)
    assert [module for module in modules if not (ROOT / f"{module.replace('.', '/')}.py").exists()] == []


@each_page
def test_named_settings_are_there(page: Path) -> None:
    known = {field.upper() for field in Settings.model_fields} | OTHER_VARIABLES | IN_CODE
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", text_of(page)))
    assert named - known == set()


@each_page
def test_named_metrics_are_there(page: Path) -> None:
    metrics = (ROOT / "bot/metrics.py").read_text(encoding="utf-8")
    assert set(re.findall(r"`(sahut_[a-z_]+)", text_of(page))) - set(re.findall(r'"(sahut_\w+)"', metrics)) == set()


def test_every_metric_is_explained() -> None:
    metrics = (ROOT / "bot/metrics.py").read_text(encoding="utf-8")
    page = text_of(ROOT / "docs/operations.md")
    assert set(re.findall(r'"(sahut_\w+)"', metrics)) - set(re.findall(r"`(sahut_[a-z_]+)", page)) == set()


@each_page
def test_pages_stay_short(page: Path) -> None:
    """Tables that a command writes are not read from end to end."""
    written = re.sub(r"<!-- measured: .*<!-- measured: to here -->", "", text_of(page), flags=re.DOTALL)
    assert len(written.splitlines()) <= LONGEST


def block(page: str, language: str, holding: str) -> str:
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text_of(ROOT / page), flags=re.MULTILINE | re.DOTALL)
    return str(next(text for text in blocks if holding in text))


def test_the_care_link_of_the_page_is_signed_as_we_check_it() -> None:
    scope: dict[str, object] = {"hashlib": hashlib, "hmac": hmac, "time": time}
    exec(block("docs/care.md", "python", "def care_link"), scope)  # our own page
    make = scope["care_link"]
    assert callable(make)
    query = {key: values[0] for key, values in parse_qs(urlsplit(make("http://x", "Budi & Ani", "s")).query).items()}
    assert query == {"name": "Budi & Ani", "ts": query["ts"], "sig": sign("Budi & Ani", query["ts"], "s")}


def test_the_care_link_of_the_shell_example_is_the_same() -> None:
    if not (openssl := shutil.which("openssl")):
        return  # the example says that it needs it
    example = block("docs/care.md", "sh", "openssl").partition("curl")[0]
    environment = {"PATH": f"{Path(openssl).parent}{os.pathsep}{os.environ['PATH']}", "CARE_LINK_SECRET": "s"}
    said = subprocess.run(
        ["sh", "-c", f'{example}\necho "$ts $sig"'], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    assert said[1] == sign("Budi Santoso", said[0], "s")
