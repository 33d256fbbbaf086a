"""Words: times on the reader's clock, values that stay what they are, and every text in every language."""

from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest
from fluent.syntax import FluentParser, ast
from fluent.syntax.visitor import Visitor

from bot.wording import TEXTS, TextMissing, Texts, say_moment
from domain.messages import BOLD_OFF, BOLD_ON, Text, literal, moment
from tests.rules.fluent_files import read

WHOLE = Texts()
LANGUAGES = ("id", "en")
KEYS = {
    key: names
    for key, names in read((TEXTS / "id.ftl").read_text(encoding="utf-8"))[0].items()
    if not key.startswith("-")
}
NINE = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.fixture
def small(tmp_path: Path) -> Texts:
    for language, hello in (("id", "Halo"), ("en", "Hello")):
        (tmp_path / f"{language}.ftl").write_text(f"hello = {hello} *{{ $name }}*, 2 * 3\nonly =\n    .title = x\n")
    return Texts(tmp_path)


# --- times ---


@pytest.mark.parametrize(
    ("zone", "language", "said"),
    [
        ("Asia/Jakarta", "id", "Sen, 23 Nov 2026, 09.00 WIB"),
        ("Asia/Pontianak", "id", "Sen, 23 Nov 2026, 09.00 WIB"),
        ("Asia/Makassar", "id", "Sen, 23 Nov 2026, 10.00 WITA"),
        ("Asia/Jayapura", "id", "Sen, 23 Nov 2026, 11.00 WIT"),
        ("Asia/Jakarta", "en", "Mon, 23 Nov 2026, 09:00 WIB"),
        ("Asia/Jayapura", "en", "Mon, 23 Nov 2026, 11:00 WIT"),
        ("UTC", "en", "Mon, 23 Nov 2026, 02:00 UTC"),
        ("Europe/Berlin", "en", "Mon, 23 Nov 2026, 03:00 CET"),
        ("Asia/Singapore", "en", "Mon, 23 Nov 2026, 10:00 +08"),
    ],
)
def test_a_time_has_its_zone_s_name(zone: str, language: str, said: str) -> None:
    assert say_moment(NINE, "full", language, zone) == said


def test_a_day_and_an_hour() -> None:
    late = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert say_moment(late, "day", "id", "Asia/Jakarta") == "Jum, 1 Jan 2027"
    assert say_moment(late, "time", "id", "Asia/Jakarta") == "00.30 WIB"


def test_a_time_in_a_text() -> None:
    text = Text("handover-opened-later", {"number": 7, "opening": moment(NINE)})
    assert "Sen, 23 Nov 2026, 09.00 WIB" in WHOLE.words(text, "id")
    assert "Mon, 23 Nov 2026, 10:00 WITA" in WHOLE.words(text, "en", "Asia/Makassar")
    assert "11:00 WIT" in Texts(zone="Asia/Jayapura").words(text, "en")


# --- values ---


@pytest.mark.parametrize("given", ["*Budi*", "Bu*di", "**", "*a* *b*", "_x_ ~y~ `z`", "<b>Budi</b>", "{ $name }"])
def test_a_value_is_never_markup(small: Texts, given: str) -> None:
    said = small.words(Text("hello", {"name": given}), "id")
    assert said == f"Halo {BOLD_ON}{given}{BOLD_OFF}, 2 * 3"


def test_words_of_an_agent_are_passed_on_as_they_are() -> None:
    words = "*not bold* { $name }\n* neither\n= nor"
    assert WHOLE.words(literal(words), "id") == words


def test_a_text_as_a_value() -> None:
    assert WHOLE.words(Text("label-resume", {"flow": {"text": "title-language"}}), "en") == "↩️ Go on with: the language"


def test_numbers_are_names() -> None:
    assert "#12345 " in WHOLE.words(Text("leave-agent", {"number": 12345}), "id").replace(")", " ")


@pytest.mark.parametrize(("months", "said"), [(1, "1 month"), (2, "2 months"), (1200, "1200 months")])
def test_words_are_chosen_by_a_number(months: int, said: str) -> None:
    assert WHOLE.words(Text("vm-months", {"months": months}), "en") == said


def test_what_is_missing(small: Texts) -> None:
    for text in (Text("hello"), Text("no-such-text"), Text("only"), Text("hello", {"nama": "Budi"})):
        with pytest.raises(TextMissing):
            small.words(text, "id")
    with pytest.raises(TextMissing, match="unknown kind"):
        small.words(Text("hello", {"name": {"colour": "red"}}), "id")
    with pytest.raises(TextMissing, match="no-such-text"):
        small.words(Text("hello", {"name": {"text": "no-such-text"}}), "id")


def test_a_language_we_do_not_have_is_bahasa_indonesia(small: Texts) -> None:
    assert small.words(Text("hello", {"name": "Budi"}), "fr").startswith("Halo")


# --- all of them ---


class Selectors(Visitor):
    """The values by which a text chooses its words, with the cases it knows."""

    def __init__(self) -> None:
        self.found: dict[str, set[str]] = {}

    def visit_SelectExpression(self, node: ast.SelectExpression) -> None:
        if isinstance(node.selector, ast.VariableReference):
            cases = {each.key.name for each in node.variants if isinstance(each.key, ast.Identifier)}
            self.found.setdefault(node.selector.id.name, set()).update(cases)
        self.generic_visit(node)


def selectors() -> dict[str, dict[str, set[str]]]:
    every: dict[str, dict[str, set[str]]] = {}
    for language in LANGUAGES:
        for entry in FluentParser().parse((TEXTS / f"{language}.ftl").read_text(encoding="utf-8")).body:
            if isinstance(entry, ast.Message):
                cases = Selectors()
                cases.visit(entry)
                for name, known in cases.found.items():
                    every.setdefault(entry.id.name, {}).setdefault(name, {"something new"}).update(known)
    return every


SELECTORS = selectors()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", KEYS)
def test_every_text_can_be_said(key: str, language: str) -> None:
    cases = SELECTORS.get(key, {})
    put_in = {name: f"<{name}>" for name in KEYS[key] if name not in cases}
    never = set(put_in.values())
    for chosen in product(*(sorted(known) for known in cases.values())):
        said = WHOLE.words(Text(key, {**put_in, **dict(zip(cases, chosen, strict=True))}), language)
        assert said.strip()
        never -= {value for value in never if value in said}
        assert not set(said) & {"{", "}"}
        assert [line for line in said.splitlines() if line.count(BOLD_ON) != line.count(BOLD_OFF)] == []
        assert "*" not in said
    assert never == set()


@pytest.mark.parametrize("key", [key for key, names in KEYS.items() if names])
def test_every_value_is_needed(key: str) -> None:
    for language in LANGUAGES:
        with pytest.raises(TextMissing):
            WHOLE.words(Text(key), language)


def test_labels_fit_what_shows_them() -> None:
    """Telegram's descriptions of commands (256), WhatsApp's button that opens a list (20)."""
    for language in LANGUAGES:
        assert len(WHOLE.words(Text("label-list"), language)) <= 20
        described = [WHOLE.words(Text(key), language) for key in KEYS if key.startswith("describe-")]
        assert max(map(len, described)) <= 256


def test_the_words_of_commands_are_nobody_s_twice() -> None:
    meant: dict[str, set[str]] = {}
    for key in KEYS:
        if key.startswith("command-"):
            for word in WHOLE.vocabulary(key):
                meant.setdefault(word, set()).add(key)
    assert {word: keys for word, keys in meant.items() if len(keys) > 1} == {}
