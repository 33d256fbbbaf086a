"""Every text that the code asks for is there, and every text that is there is asked for."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rules.fluent_files import read
from tests.rules.tree import ROOT, files, name

LANGUAGES = ("id", "en")
SPEAKING = ("bot", "handlers")
KEY = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")

BUILT = {
    "command-*": "the router, by the names of its commands",
    "describe-*": "build, by the names of Telegram's commands",
    "pay-by-*": "build, by the names of payment providers",
    "language-*": "a language's own name, by its code",
}
"""Keys that are put together where they are needed."""


def texts(language: str) -> set[str]:
    source = (ROOT / f"bot/texts/{language}.ftl").read_text(encoding="utf-8")
    return {key for key in read(source)[0] if not key.startswith("-") and "." not in key}


def keys_of(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The lines and keys of `Text("key", ...)`; of `Text("a" if x else "b")` both."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text" and node.args:
            first = node.args[0]
            for part in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield node.lineno, part.value


def asked_in_templates() -> Iterator[tuple[str, str]]:
    """Where, and the keys of `say("key", ...)` in the templates of pages."""
    for path in files(*SPEAKING, suffixes=(".html",)):
        for key in re.findall(r'\bsay\("([a-z0-9-]+)"', path.read_text(encoding="utf-8")):
            yield name(path), key


def words_of(tree: ast.AST) -> Iterator[str]:
    """Every string that could be a key."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and KEY.fullmatch(node.value):
            yield node.value


def trees() -> Iterator[tuple[Path, ast.AST]]:
    for path in files(*SPEAKING):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def built(key: str) -> bool:
    return any(re.fullmatch(pattern.replace("*", ".+"), key) for pattern in BUILT)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_asked_for_is_there(language: str) -> None:
    there = texts(language)
    asked = [(f"{name(path)}:{line}", key) for path, tree in trees() for line, key in keys_of(tree)]
    asked += asked_in_templates()
    assert len(asked) > 50
    assert [(where, key) for where, key in asked if key not in there] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_there_is_asked_for(language: str) -> None:
    said = {word for _, tree in trees() for word in words_of(tree)} | {key for _, key in asked_in_templates()}
    assert {key for key in texts(language) if key not in said and not built(key)} == set()


@pytest.mark.parametrize("pattern", BUILT)
def test_every_pattern_is_needed(pattern: str) -> None:
    said = {word for _, tree in trees() for word in words_of(tree)}
    assert {key for key in texts("id") - said if re.fullmatch(pattern.replace("*", ".+"), key)}


def test_keys_are_found() -> None:
    code = 'Text("a-b", {"c": 1})\nx = Text("d" if y else "e")\nText(z)\nNotText("f")\n'
    assert list(keys_of(ast.parse(code))) == [(1, "a-b"), (2, "d"), (2, "e")]
