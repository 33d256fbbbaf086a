"""What is wrong with a catalog is said in one line each, with its place."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.catalog import CatalogError, load_catalog, parse_catalog
from domain.hours import Span
from tests.rules.tree import ROOT

TEXT = (ROOT / "catalog.toml").read_text(encoding="utf-8")


def changed(pattern: str, replacement: str) -> str:
    text, times = re.subn(pattern, replacement, TEXT, count=1, flags=re.MULTILINE)
    assert times == 1, pattern
    return text


def mistakes(text: str) -> tuple[str, ...]:
    with pytest.raises(CatalogError) as raised:
        parse_catalog(text)
    assert str(raised.value).splitlines() == list(raised.value.lines)
    return raised.value.lines


def test_hours_and_rules_are_read() -> None:
    catalog = load_catalog(ROOT / "catalog.toml")
    assert catalog.hours.zone == "Asia/Jakarta"
    assert catalog.hours.spans[0] == (Span(8 * 60, 21 * 60),)
    assert catalog.hours.spans[6] == (Span(9 * 60, 17 * 60),)
    assert date(2026, 8, 17) in catalog.hours.holidays
    assert catalog.cases.nudge_after == timedelta(minutes=10)


def test_spans_may_pass_midnight_and_days_may_wrap() -> None:
    hours = parse_catalog(changed(r"^open = .*$", 'open = ["fri-mon 20:00-02:00", "fri 08:00-12:00"]')).hours
    assert sorted(hours.spans) == [0, 4, 5, 6]
    assert hours.spans[4] == (Span(8 * 60, 12 * 60), Span(20 * 60, 26 * 60))


def test_a_content_template_is_found_by_text_and_language() -> None:
    sid = "HX" + "0f" * 16
    table = f'\n[whatsapp.content.menu.id]\nsid = "{sid}"\nvariables = ["name"]\napproved = true\n'
    catalog = parse_catalog(TEXT + table)
    content = catalog.content("menu", "id")
    assert content is not None
    assert (content.sid, content.variables, content.approved) == (sid, ("name",), True)
    assert catalog.content("menu", "en") is None
    assert parse_catalog(TEXT).content("menu", "id") is None


@pytest.mark.parametrize(
    ("pattern", "replacement", "line"),
    [
        (r"^answer\.en = \"\"\"\n\*Top-up(.|\n)*?\"\"\"", "", "care.topics.topup.answer.en is missing"),
        (r'^name = .*Top-up"', 'name = { id = "Isi", en = ""', "care.topics.topup.name.en is empty"),
        (r"^max_nudges = 3$", "max_nudges = 3\nmax_naps = 1", "care.cases.max_naps is not known here"),
        (r"^max_nudges = 3", "max_nudges = -1", "care.cases.max_nudges: input should be greater than or equal to 0"),
        (
            r'"Isi Saldo \(Top-up\)"',
            '"Isi Saldo atau Top-up"',
            "care.topics.topup.name.id is longer than 20 characters",
        ),
        (r'^team = "payments"', 'team = "pay"', "care.topics.topup.team: there is no team 'pay'"),
        (r'\["dewi", "rudi"\]', '["dewy"]', "care.teams.payments.agents: there is no agent 'dewy'"),
        (r'"Asia/Jakarta"', '"Asia/Depok"', "care.hours.zone: there is no time zone 'Asia/Depok'"),
        (r'"mon-fri 08:00-21:00"', '"workdays"', "care.hours.open: 'workdays' is not like \"mon-fri 08:00-21:00\""),
        (r'"mon-fri 08', '"mon-fry 08', "care.hours.open: 'mon-fry 08:00-21:00' is not like \"mon-fri 08:00-21:00\""),
        (r'"@setor =', '"@stor =', "care.topics.topup.keywords.id: there is no group @stor in care.wording.groups"),
        (
            r'"@setor =1.6"',
            '"setor = a lot"',
            "care.topics.topup.keywords.id: 'setor = a lot' is not words with a number at most: \"isi saldo =2.5\"",
        ),
        (r"^lunas = \"", 'lunas = "saldone, ', "care.wording.same: 'saldone' stands for both 'saldo' and 'lunas'"),
        (
            r"^named\.id = \"Halo, saya \*\{name\}\*, meng",
            'named.id = "Halo, saya, meng',
            "care.prefill.difficulty.named.id must have {name} and {subject} and no other field",
        ),
        (
            r"^\[care\.topics\.login\]",
            "[care.topics.topic-login]",
            "care.topics.topic-login: an id is a small letter and then up to 23 small letters, digits and underscores",
        ),
        (
            r"children\.transfer\]",
            "children.login]",
            "care.topics: the id 'login' is used more than once",
        ),
        (r"^question = .*bermasalah.*$", "", "care.topics.transactions.question is missing"),
        (r'^subject = \{ id = "top-up".*$', "", "care.topics.topup.subject is missing"),
    ],
)
def test_a_mistake_is_said_with_its_place(pattern: str, replacement: str, line: str) -> None:
    assert mistakes(changed(pattern, replacement)) == (f"catalog.toml: {line}",)


def test_all_mistakes_are_said_at_once() -> None:
    text = changed(r'^team = "payments"', 'team = "pay"').replace('"Asia/Jakarta"', '"Asia/Depok"', 1)
    assert len(mistakes(text)) == 2


def test_what_is_not_toml_is_said_with_its_line() -> None:
    (line,) = mistakes("[care\n")
    assert line.startswith("catalog.toml: is not TOML:")
    assert "line 1" in line


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match=r"^none\.toml: cannot be read"):
        load_catalog(tmp_path / "none.toml")
