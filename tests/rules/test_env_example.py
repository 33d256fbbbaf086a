"""`.env.example` tells every setting that there is: its name, its meaning, its default, and no secret."""

import re
from enum import Enum

from bot.settings import Settings
from tests.rules.tree import ROOT

LINES = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
SETTING = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")
SET = {found[1]: (number, found[2]) for number, line in enumerate(LINES) if (found := SETTING.fullmatch(line))}


def default_of(name: str) -> str:
    value = Settings.model_fields[name.lower()].default
    if hasattr(value, "get_secret_value"):
        value = value.get_secret_value()
    if isinstance(value, bool):
        value = int(value)
    return "" if value is None else str(value.value if isinstance(value, Enum) else value)


def test_it_lists_exactly_the_settings() -> None:
    assert sorted(SET) == sorted(name.upper() for name in Settings.model_fields)
    assert sum(SETTING.fullmatch(line) is not None for line in LINES) == len(SET)


def test_it_says_nothing_else() -> None:
    assert [line for line in LINES if line and not line.startswith("# ") and not SETTING.fullmatch(line)] == []


def test_it_shows_the_defaults() -> None:
    """And so no secret, for no secret has a default."""
    assert {name: value for name, (_, value) in SET.items()} == {name: default_of(name) for name in SET}


def test_a_line_of_meaning_stands_above_each() -> None:
    for name, (number, _) in SET.items():
        meaning = LINES[number - 1]
        assert re.fullmatch(r"# \S.{10,}[.?]", meaning), f"{name}: {meaning!r}"


def test_the_file_of_secrets_is_not_committed() -> None:
    assert ".env" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
