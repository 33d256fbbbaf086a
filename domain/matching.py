"""Which care topic a customer's words are about.

The keywords of the catalog are evidence. A keyword is one or more words; it counts where all of them occur in a text,
in any order, however they are spelled (domain/spelling.py). `@profit` stands for any word of that group. What it counts
for can be said at its end: `bunga =2.5`; below zero it speaks against the topic. Without that, more words count for
more. The evidence for a topic is summed, and weighed against that for the others and against silence.
"""

import re
from functools import lru_cache
from math import exp, expm1

from msgspec import Struct

from domain.catalog import Catalog, PrefillKind
from domain.prefills import Prefills
from domain.spelling import Speller

WEIGHTS = (2.0, 3.0, 4.0)
"""What a keyword of one, two, three or more words counts for where it does not say."""
SILENCE = 1.4
"""About how much evidence it takes until a topic is as likely as none."""
MOST = 30.0
"""More evidence makes nothing surer."""
CLEAR = 0.65
"""The least likelihood of a topic that is opened without asking."""
UNCLEAR = 0.16
"""The least likelihood of the best of the topics that are asked about; the others need half of it."""
NOT = "not"
"""The group of words that take back the next one: *bukan pulsa*."""
LONGEST_TEXT = 1000
"""Characters that are read: whoever writes more has said what it is about."""

_WEIGHT = re.compile(r"\s*=\s*(-?\d+(?:\.\d+)?)$")


class Guess(Struct, frozen=True):
    """A topic that has an answer, and how likely it is meant: 0 to 1."""

    topic_id: str
    score: float


class Clear(Struct, frozen=True):
    """One topic, surely enough to open it."""

    topic_id: str


class Unclear(Struct, frozen=True):
    """The best guesses, at most three, best first: ask."""

    guesses: tuple[Guess, ...]


class Nothing(Struct, frozen=True):
    """A greeting, or about none of our topics."""


Match = Clear | Unclear | Nothing


class _Keyword(Struct, frozen=True):
    topic: int
    needs: tuple[str, ...]
    weight: float


@lru_cache(maxsize=4)
def _speller(same: tuple[tuple[str, tuple[str, ...]], ...], known: tuple[str, ...]) -> Speller:
    """A tenth of a second to build, and the same for every matcher with that vocabulary."""
    return Speller(dict(same), known)


class Matcher:
    """Built once from the catalog; then pure, and the same for the same text."""

    def __init__(self, catalog: Catalog) -> None:
        self._leaves = tuple(topic.id for topic in catalog.leaves)
        self._fallback = next((i for i, t in enumerate(catalog.leaves) if t.prefill is PrefillKind.HELP), 0)
        self._prefills = Prefills(catalog)
        wording = catalog.wording
        written = [
            (place, *_parsed(keyword))
            for place, topic in enumerate(catalog.leaves)
            for keywords in topic.keywords.values()
            for keyword in keywords
        ]
        grouped = [word for members in wording.groups.values() for word in members]
        keyed = [item for _, items, _ in written for item in items.split() if not item.startswith("@")]
        same = tuple((word, tuple(variants)) for word, variants in wording.same.items())
        self._speller = _speller(same, (*grouped, *keyed, *wording.plain))
        self._groups: dict[str, tuple[str, ...]] = {}
        for name, members in wording.groups.items():
            for member in members:
                for word in self._speller.read(member):
                    self._groups[word] = (*self._groups.get(word, ()), f"@{name}")
        self._keywords: dict[str, list[_Keyword]] = {}
        for place, items, weight in written:
            groups = [item for item in items.split() if item.startswith("@")]
            plain = " ".join(item for item in items.split() if not item.startswith("@"))
            needs = tuple(dict.fromkeys((*groups, *self._speller.read(plain))))
            if not needs:
                continue
            chosen = WEIGHTS[min(len(needs), len(WEIGHTS)) - 1] if weight is None else weight
            # Under its last item, a word rather than a group where it has one: rarer, so that fewer are looked at.
            self._keywords.setdefault(needs[-1], []).append(_Keyword(place, needs[:-1], chosen))

    def rank(self, text: str) -> tuple[Guess, ...]:
        """Every topic that has an answer, the likeliest first; what the scores leave of 1 is that it is none of them.

        Of a text that says nothing, the topic for everything else comes first, with 0.
        """
        odds = [expm1(min(max(found, 0.0), MOST)) for found in self._evidence(text)]
        total = sum(odds) + exp(SILENCE)
        order = sorted(range(len(odds)), key=lambda place: (-odds[place], place != self._fallback))
        return tuple(Guess(self._leaves[place], odds[place] / total) for place in order)

    def match(self, text: str) -> Match:
        ranked = self.rank(text)
        if ranked[0].score >= CLEAR:
            return Clear(ranked[0].topic_id)
        if ranked[0].score >= UNCLEAR:
            return Unclear(tuple(guess for guess in ranked[:3] if guess.score >= UNCLEAR / 2))
        return Nothing()

    def prefilled(self, text: str) -> str | None:
        """The topic of the prefilled text that this is, also edited or cut; None for anything a person wrote freely."""
        return self._prefills.topic(text)

    def _evidence(self, text: str) -> list[float]:
        found: set[str] = set()
        taken_back = False
        for word in self._speller.read(text[:LONGEST_TEXT]):
            groups = self._groups.get(word, ())
            if not taken_back:
                found.add(word)
                found.update(groups)
            taken_back = f"@{NOT}" in groups
        evidence = [0.0] * len(self._leaves)
        for item in found:
            for keyword in self._keywords.get(item, ()):
                if all(need in found for need in keyword.needs):
                    evidence[keyword.topic] += keyword.weight
        return evidence


def _parsed(keyword: str) -> tuple[str, float | None]:
    match = _WEIGHT.search(keyword)
    return (keyword[: match.start()], float(match[1])) if match else (keyword, None)
