import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalog import load_catalog
from domain.catalog import NAME_LIMIT, PrefillKind, clean_name
from domain.localized import words
from tests.rules.tree import ROOT

CATALOG = load_catalog(ROOT / "catalog.toml")


def test_the_topics_are_those_of_the_business_in_order() -> None:
    assert [topic.id for topic in CATALOG.topics] == ["topup", "transactions", "login", "loans", "profit", "other"]
    assert [topic.id for topic in CATALOG.leaves] == [
        "topup",
        "ppob",
        "transfer",
        "login",
        "loans",
        "profit_ppob",
        "profit_loans",
        "other",
    ]


def test_a_topic_of_either_level_is_found_with_what_leads_to_it() -> None:
    profit, profit_ppob = CATALOG.topic("profit"), CATALOG.topic("profit_ppob")
    assert profit is not None
    assert profit_ppob is not None
    assert profit.children[0] is profit_ppob
    assert CATALOG.parent("profit_ppob") is profit
    assert CATALOG.parent("profit") is None
    assert CATALOG.topic("mentoring") is None


def test_each_topic_leads_on_or_answers() -> None:
    for topic in (*CATALOG.topics, *CATALOG.leaves):
        for language in ("id", "en"):
            assert bool(words(topic.answer, language)) is not bool(topic.children)
            assert bool(words(topic.question, language)) is bool(topic.children)
        assert CATALOG.team(topic.team)


def test_every_team_has_agents_that_exist() -> None:
    assert all(team.agents and all(map(CATALOG.agent, team.agents)) for team in CATALOG.teams)


def test_a_canned_answer_is_found_in_any_case() -> None:
    assert CATALOG.canned_answer(" Salam ") is CATALOG.canned[0]
    assert CATALOG.canned_answer("tidak-ada") is None


@pytest.mark.parametrize(
    ("topic", "text"),
    [
        ("topup", "Halo, saya *Budi*, mengalami kesulitan top-up, mohon bantuannya."),
        ("ppob", "Halo, saya *Budi*, mengalami kesulitan transaksi PPOB, mohon bantuannya."),
        ("transfer", "Halo, saya *Budi*, mengalami kesulitan transaksi transfer bank, mohon bantuannya."),
        ("login", "Halo, saya *Budi*, mengalami kesulitan login dan kata sandi, mohon bantuannya."),
        ("loans", "Halo, saya *Budi*, ingin bertanya tentang pinjaman, mohon bantuannya."),
        ("profit_ppob", "Halo, saya *Budi*, ingin bertanya tentang perhitungan profit PPOB, mohon bantuannya."),
        ("profit_loans", "Halo, saya *Budi*, ingin bertanya tentang perhitungan profit pinjaman, mohon bantuannya."),
        ("other", "Halo, saya *Budi*, membutuhkan bantuan menggunakan aplikasi IKI, mohon bantuannya."),
    ],
)
def test_the_eight_prefilled_texts(topic: str, text: str) -> None:
    assert CATALOG.prefill_text(topic, "Budi", "id") == text


def test_without_a_name_the_prefilled_text_names_nobody() -> None:
    assert CATALOG.prefill_text("topup", "", "id") == "Halo, saya mengalami kesulitan top-up, mohon bantuannya."
    assert CATALOG.prefill_text("topup", "***", "en") == "Hello, I am having difficulty with top-up, please help."


def test_a_name_cannot_fill_in_the_pattern() -> None:
    assert "*{subject}*" in CATALOG.prefill_text("loans", "{subject}", "id")


@pytest.mark.parametrize("topic", ["transactions", "nonsense"])
def test_only_a_topic_with_an_answer_has_a_prefilled_text(topic: str) -> None:
    with pytest.raises(KeyError):
        CATALOG.prefill_text(topic, "Budi", "id")


def test_one_topic_is_for_everything_else() -> None:
    assert [topic.id for topic in CATALOG.leaves if topic.prefill is PrefillKind.HELP] == ["other"]


def test_an_unknown_language_is_answered_in_indonesian() -> None:
    assert words({"id": "saldo", "en": "balance"}, "jv") == "saldo"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Budi", "Budi"),
        ("  Budi\n Santoso\t", "Budi Santoso"),
        ("*Budi* _x_ ~y~ `z` <b>[c](d)|", "Budi x y z bc(d)"),
        ("Bu\u200bdi\u202e\ufeff\x00", "Budi"),
        ("Jose\u0301", "José"),
        ("\ud83d Sari \ue000", "Sari"),
        ("***\n", ""),
        ("a" * 50, "a" * 40),
        ("a" * 39 + "o\u0323\u0302b", "a" * 39 + "ộ"),
        ("a" * 39 + "x\u0323\u0302", "a" * 39),
    ],
)
def test_names_are_cleaned(raw: str, name: str) -> None:
    assert clean_name(raw) == name


@given(st.text(st.characters(exclude_categories=()), max_size=120))
def test_any_name_becomes_one_short_line_without_markup(raw: str) -> None:
    name = clean_name(raw)
    assert len(name) <= NAME_LIMIT
    assert not set(name) & set("*_~`<>[]|\n\r\t")
    assert name == " ".join(name.split())
    assert unicodedata.is_normalized("NFC", name)
    assert not any(unicodedata.category(c)[0] == "C" for c in name)
    assert clean_name(name) == name
