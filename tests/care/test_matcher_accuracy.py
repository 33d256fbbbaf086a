"""How many customers' words find their topic. Keywords are tuned on `dev` alone; nobody looks into `held_out`."""

from collections import Counter

import pytest

from benchmarks.matcher import ROOT, SETS, accuracy, outcome, utterances
from bot.catalog import load_catalog
from domain.matching import Matcher


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    return Matcher(load_catalog(ROOT / "catalog.toml"))


@pytest.mark.parametrize("sets", [("held_out",), SETS])
def test_the_right_topic_comes_first_in_85_of_100(matcher: Matcher, sets: tuple[str, ...]) -> None:
    right = accuracy(matcher, [row for name in sets for row in utterances(name)])
    assert right >= 0.85


def test_a_wrong_topic_is_seldom_opened_without_asking(matcher: Matcher) -> None:
    rows = [row for name in SETS for row in utterances(name)]
    wrong = Counter(outcome(matcher, row) for row in rows)["clear, wrong"] / len(rows)
    assert wrong < 0.06


def test_the_utterances_are_enough_and_of_both_languages() -> None:
    rows = {name: utterances(name) for name in SETS}
    total = sum(map(len, rows.values()))
    assert total >= 200
    assert len(rows["held_out"]) * 3 >= total
    assert {row.language for name in SETS for row in rows[name]} == {"id", "en", "mixed"}
    assert not {row.text for row in rows["dev"]} & {row.text for row in rows["held_out"]}
