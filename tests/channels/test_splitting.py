"""Long texts: every part fits, nothing is lost, bold stays bold, no emoji is cut."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.splitting import shortened, split, units
from domain.messages import BOLD_OFF, BOLD_ON

WORDS = st.text(alphabet=st.sampled_from("ab .\n<&é👍🏽👨‍👩‍👧🇮🇩" + BOLD_ON + BOLD_OFF), max_size=300)


def plain(text: str) -> str:
    return "".join(text.replace(BOLD_ON, "").replace(BOLD_OFF, "").split())


def balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == BOLD_ON) - (character == BOLD_OFF)
        if depth not in (0, 1):
            return False
    return depth == 0


@settings(deadline=None)
@given(WORDS, st.integers(12, 80), st.sampled_from([0, 1]))
def test_every_part_fits_and_nothing_is_lost(text: str, limit: int, mark: int) -> None:
    parts = split(text, limit, mark)
    assert all(units(part, mark) <= limit for part in parts)
    assert all(part.strip() for part in parts)
    assert "".join(map(plain, parts)) == plain(text)


def test_units_are_utf_16() -> None:
    assert units("aé👍" + BOLD_ON) == 4
    assert units("👍" + BOLD_ON + BOLD_OFF, 1) == 4


def test_a_text_that_just_fits_is_one_part() -> None:
    whole = f"{BOLD_ON}{'a' * 1598}{BOLD_OFF}"
    assert split(whole, 1600, 1) == [whole]
    assert split("a" * 1600, 1600, 1) == ["a" * 1600]
    assert len(split("a" * 1601, 1600, 1)) == 2


def test_a_short_text_is_one_part() -> None:
    assert split("halo", 4096) == ["halo"]
    assert split("  \n ", 4096) == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("satu dua\n\ntiga empat", ["satu dua", "tiga empat"]),
        ("satu dua ti\nga empat", ["satu dua ti", "ga empat"]),
        ("satu dua tiga empat", ["satu dua", "tiga empat"]),
        ("satuduatigaempat", ["satuduatigae", "mpat"]),
    ],
)
def test_the_best_border_is_taken(text: str, parts: list[str]) -> None:
    assert split(text, 12) == parts


def test_bold_over_a_border_is_bold_on_both_sides() -> None:
    parts = split(f"aaaa {BOLD_ON}bbbb cccc{BOLD_OFF} dddd", 10)
    assert parts == [f"aaaa {BOLD_ON}bbbb{BOLD_OFF}", f"{BOLD_ON}cccc{BOLD_OFF} dddd"]
    assert all(map(balanced, parts))


@pytest.mark.parametrize("whole", ["👨‍👩‍👧‍👦", "👍🏽", "🇮🇩", "é", "❤️"])
def test_what_is_seen_as_one_character_is_not_cut(whole: str) -> None:
    for before in range(12):
        parts = split("a" * before + whole * 30, 40)
        assert all(part.lstrip("a").replace(whole, "") == "" for part in parts), before


def test_a_long_run_without_borders_still_ends() -> None:
    assert "".join(split("\u0301" * 500, 50)) == "\u0301" * 500


def test_labels() -> None:
    assert shortened("Isi saldo", 20) == "Isi saldo"
    assert shortened(f"Isi\n {BOLD_ON}saldo{BOLD_OFF}", 20) == "Isi saldo"
    cut = shortened("👍🏽" * 20, 20)
    assert units(cut) <= 20
    assert cut == "👍🏽" * 4 + "…"
    assert unicodedata.category(cut[-1]) == "Po"
