"""Every text is there in every language, with the same placeholders, and nothing in its file is junk."""

from pathlib import Path

import pytest

from tests.rules.fluent_files import problems
from tests.rules.tree import ROOT


def test_texts_are_whole() -> None:
    folder = ROOT / "bot/texts"
    if folder.exists():
        assert {"id.ftl", "en.ftl"} <= {path.name for path in folder.iterdir()}
        assert problems(folder) == []


def write(folder: Path, indonesian: str, english: str) -> list[str]:
    (folder / "id.ftl").write_text(indonesian, encoding="utf-8")
    (folder / "en.ftl").write_text(english, encoding="utf-8")
    return problems(folder)


def test_texts_that_agree(tmp_path: Path) -> None:
    plural = "n = { $n ->\n    [one] { $n } day\n   *[other] { $n } days\n}\n"
    assert write(tmp_path, "n = { $n } hari\nhi = Halo { $name }\n", plural + "hi = Hello { $name }\n") == []


@pytest.mark.parametrize(
    ("indonesian", "english", "said"),
    [
        ("a = satu\nb = dua\n", "a = one\n", "b: missing in en.ftl"),
        ("a = satu\n", "a = one\n    .title = One\n", "a.title: missing in id.ftl"),
        ("-brand = Sahut\na = { -brand }\n", "a = Sahut\n", "-brand: missing in en.ftl"),
        ("a = { $nama }\n", "a = { $name }\n", "a: only id.ftl has $nama"),
        ("a = satu\na = dua\n", "a = one\n", "id.ftl: line 2: a is there twice"),
        ("a = satu\n", "a = one\n* two\n", "en.ftl: line 2: junk: '* two'"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, indonesian: str, english: str, said: str) -> None:
    assert any(problem.startswith(said) for problem in write(tmp_path, indonesian, english))
