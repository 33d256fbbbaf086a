"""How well and how fast free text finds its topic: `python -m benchmarks.matcher`. It prints figures, never a text.

The labelled utterances are in tests/care: `dev` is what the keywords were tuned on, `held_out` was never looked at.
"""

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from bot.catalog import load_catalog
from domain.matching import Clear, Matcher, Unclear

ROOT = Path(__file__).resolve().parents[1]
UTTERANCES = ROOT / "tests" / "care"
SETS = ("dev", "held_out")
ROUNDS = 20


class Utterance(NamedTuple):
    """What a customer may write, and the topic it belongs to."""

    language: str
    topic: str
    text: str


def utterances(name: str) -> list[Utterance]:
    """The labelled utterances of a set, `dev` or `held_out`."""
    lines = (UTTERANCES / f"utterances_{name}.tsv").read_text(encoding="utf-8").splitlines()
    return [Utterance(*line.split("\t")) for line in lines[1:]]


def accuracy(matcher: Matcher, rows: Sequence[Utterance]) -> float:
    """The part of the utterances whose topic comes first, 0 to 1."""
    return sum(matcher.rank(row.text)[0].topic_id == row.topic for row in rows) / len(rows)


def outcome(matcher: Matcher, row: Utterance) -> str:
    """What happens to the customer who writes it."""
    match matcher.match(row.text):
        case Clear(topic_id):
            return "clear, right" if topic_id == row.topic else "clear, wrong"
        case Unclear(guesses):
            among = any(guess.topic_id == row.topic for guess in guesses)
            return "asked, right among them" if among else "asked, right not among them"
        case _:
            return "nothing found"


def confusion(matcher: Matcher, rows: Sequence[Utterance]) -> str:
    """A table: a line for each topic that was meant, a column for each that came first."""
    counts = Counter((row.topic, matcher.rank(row.text)[0].topic_id) for row in rows)
    topics = sorted({topic for pair in counts for topic in pair})
    wide = max(map(len, topics))
    head = " " * wide + "".join(f"{topic:>{wide + 1}}" for topic in topics)
    body = (f"{a:{wide}}" + "".join(f"{counts[a, b] or '.':>{wide + 1}}" for b in topics) for a in topics)
    return "\n".join((head, *body))


def milliseconds(matcher: Matcher, rows: Sequence[Utterance]) -> float:
    """The time of one match, the best of several rounds over all of them."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for row in rows:
            matcher.prefilled(row.text)
            matcher.match(row.text)
        rounds.append(time.perf_counter() - start)
    return min(rounds) / len(rows) * 1000


def main() -> None:
    start = time.perf_counter()
    matcher = Matcher(load_catalog(ROOT / "catalog.toml"))
    built = time.perf_counter() - start
    sets = {name: utterances(name) for name in SETS}
    sets["all"] = [row for rows in sets.values() for row in rows]
    for name, rows in sets.items():
        outcomes = Counter(outcome(matcher, row) for row in rows)
        told = ", ".join(f"{what} {count / len(rows):.1%}" for what, count in outcomes.most_common())
        print(f"{name:9}{len(rows):4} utterances, right topic first {accuracy(matcher, rows):.1%}   ({told})")
    print(f"\nmeant \\ came first, {SETS[0]} and {SETS[1]} together\n{confusion(matcher, sets['all'])}")
    print(f"\n{milliseconds(matcher, sets['all']):.3f} ms a text; loading and building {built * 1000:.0f} ms")


if __name__ == "__main__":
    main()
