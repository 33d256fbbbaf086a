"""Reads words as people type them: slang, dropped vowels, affixes, repeated letters, typing errors, no spaces."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = re.compile(r"(?<=\w)['’‘`´](?=\w)")
_AMOUNT = re.compile(r"(?:rp|idr)?\d+(?:rb|rbu|ribu|jt|juta|k|x|th|st|nd|rd|an|ribuan|jutaan|pagi|siang|sore|malam)?")
_NUMBER = re.compile(r"\d+(?:rb|ribu|jt|juta|k(?![a-z]))?")
_TWICE = re.compile(r"([a-z]{3,})2+(?:an|nya)?")
_RUN = re.compile(r"(.)\1{2,}")
_DOUBLE = re.compile(r"(.)\1")
_LEET = str.maketrans("0134578", "oieastb")
_VOWELS = frozenset("aeiou")

_SUFFIXES = ("nya", "ny", "kan", "kah", "lah", "pun", "ku", "mu", "an", "in", "ne", "ing", "ed", "es", "i", "e", "s")
_PREFIXES = (
    *(("meng", ("", "k")), ("meny", ("s",)), ("mem", ("", "p")), ("men", ("", "t")), ("me", ("",))),
    *(("peng", ("", "k")), ("peny", ("s",)), ("pem", ("", "p")), ("pen", ("", "t")), ("per", ("",)), ("pe", ("",))),
    *(("nge", ("",)), ("ng", ("", "k")), ("ny", ("s",)), ("di", ("",)), ("ter", ("",)), ("ke", ("",)), ("ber", ("",))),
    *(("se", ("",)), ("ku", ("",)), ("tak", ("",)), ("re", ("",)), ("n", ("", "t")), ("m", ("", "p"))),
)
_SHORTEST_STEM = 3
_SHORTEST_FUZZY = 4
_SHORTEST_FUZZY_SLANG = 6
_LONG_ENOUGH_FOR_ANY_LETTER = 6
_LONG_ENOUGH_FOR_TWO_ERRORS = 8
_SHORTEST_GLUED = 7
_LONGEST_READ = 40
"""A longer run of letters is no word; reading it would take time and say nothing."""


def fold(text: str) -> str:
    """Small letters without accents or compatibility forms; other signs stay."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def split(text: str) -> list[str]:
    """The runs of Latin letters and digits, folded; an apostrophe inside a word does not part it."""
    folded = text.lower() if text.isascii() else fold(text)
    return _WORD.findall(_APOSTROPHES.sub("", folded))


class Speller:
    """Knows a vocabulary, and takes what is typed to the words it stands for.

    `same` gives for a word everything that is written for it, also of several words; `known` are words that stand for
    themselves. Pure, and the same for the same text.
    """

    def __init__(self, same: Mapping[str, Iterable[str]], known: Iterable[str]) -> None:
        self._reading: dict[str, str] = {}
        phrases: list[tuple[tuple[str, ...], str]] = []
        for word, variants in same.items():
            self._reading[word] = word
            for variant in variants:
                parts = tuple(split(variant))
                if len(parts) == 1:
                    self._reading[parts[0]] = word
                elif parts:
                    phrases.append((parts, word))
        for word in known:
            for part in split(word):
                self._reading.setdefault(part, part)
        for parts, _ in phrases:
            for part in parts:
                self._reading.setdefault(part, part)
        self._phrases = {tuple(self._reading[part] for part in parts): word for parts, word in phrases}
        self._phrase_starts = {parts[0]: 0 for parts in self._phrases}
        for parts in self._phrases:
            self._phrase_starts[parts[0]] = max(self._phrase_starts[parts[0]], len(parts))
        self._longest = max((len(form) for form in self._reading), default=0)
        self._near: dict[str, list[str]] = {}
        self._skeletons: dict[str, list[str]] = {}
        chosen = {*same, *(part for word in known for part in split(word))}
        for form in sorted(self._reading):
            # A short slang word is one slip away from half the dictionary; only real words are guessed at.
            if len(form) >= (_SHORTEST_FUZZY if form in chosen else _SHORTEST_FUZZY_SLANG):
                for shorter in _shortened(form):
                    self._near.setdefault(shorter, []).append(form)
                self._skeletons.setdefault(_skeleton(form), []).append(form)

    def read(self, text: str) -> list[str]:
        """The words of a text, each as the vocabulary has it; what it does not know is left out."""
        read: list[str] = []
        for token in split(text):
            known = self._reading.get(token)
            if known is not None:
                read.append(known)
            else:
                read.extend(self._guess(token))
        return self._joined(read)

    def _joined(self, tokens: list[str]) -> list[str]:
        """With phrases of several words taken as the one they stand for, the longest first."""
        starts, joined, at = self._phrase_starts, [], 0
        while at < len(tokens):
            word, taken = tokens[at], 1
            for length in range(min(starts.get(word, 0), len(tokens) - at), 1, -1):
                phrase = self._phrases.get(tuple(tokens[at : at + length]))
                if phrase is not None:
                    word, taken = phrase, length
                    break
            joined.append(word)
            at += taken
        return joined

    def _guess(self, token: str) -> tuple[str, ...]:
        if len(token) > _LONGEST_READ or _AMOUNT.fullmatch(token):
            return ()
        twice = _TWICE.fullmatch(token)
        if twice:
            token = twice[1]
        if not token.isalpha():
            spelled = self._reading.get(token.translate(_LEET))
            if spelled is not None:
                return (spelled,)
            return tuple(
                word for piece in _NUMBER.split(token) if len(piece) > 1 for word in self._guess_letters(piece)
            )
        return self._guess_letters(token)

    def _guess_letters(self, token: str) -> tuple[str, ...]:
        token = _RUN.sub(r"\1", token)
        single = _DOUBLE.sub(r"\1", token)
        form = self._form(token) or (self._form(single) if single != token else None)
        if form is not None:
            return (self._reading[form],)
        return tuple(self._reading[part] for part in self._parted(token))

    def _form(self, token: str) -> str | None:
        if token in self._reading:
            return token
        stems = list(_stems(token))
        for stem in stems:
            if stem in self._reading:
                return stem
        near = self._nearest(token)
        if near is not None:
            return near
        for suffix in ("nya", "kan", "ku", "an", "in"):
            if token.endswith(suffix) and len(token) - len(suffix) > _SHORTEST_FUZZY:
                near = self._nearest(token[: -len(suffix)])
                if near is not None:
                    return near
        return None

    def _nearest(self, token: str) -> str | None:
        """The known form that one typing error away (two in a long word) or the dropped vowels would turn into this."""
        if len(token) < _SHORTEST_STEM:
            return None
        if sum(c in _VOWELS for c in token) * 10 <= len(token) * 3:
            for form in self._skeletons.get(_skeleton(token), ()):
                if _within(token, form):
                    return form
        if len(token) < _SHORTEST_FUZZY:
            return None
        candidates = {form for shorter in _shortened(token) for form in self._near.get(shorter, ())}
        best: tuple[int, bool, str] | None = None
        for form in candidates:
            shorter = min(len(form), len(token))
            if form[0] != token[0] and shorter < _LONG_ENOUGH_FOR_ANY_LETTER:
                continue
            if len(form) == len(token) == _SHORTEST_FUZZY and sorted(form) != sorted(token):
                continue
            allowed = 2 if shorter >= _LONG_ENOUGH_FOR_TWO_ERRORS else 1
            errors = distance(token, form)
            if errors <= allowed and (best is None or (errors, form[0] != token[0], form) < best):
                best = (errors, form[0] != token[0], form)
        return best[2] if best else None

    def _parted(self, token: str) -> tuple[str, ...]:
        """The known words that a text without spaces is made of; empty where they do not make all of it."""
        if len(token) < _SHORTEST_GLUED:
            return ()
        best: list[tuple[int, tuple[str, ...]] | None] = [(0, ()), *([None] * len(token))]
        for end in range(1, len(token) + 1):
            for start in range(max(0, end - self._longest), end - 1):
                before, piece = best[start], token[start:end]
                if before is None or piece not in self._reading:
                    continue
                # The fewest words, and none of two letters: those are everywhere.
                cost = before[0] + (1 if len(piece) > 2 else 4)
                here = best[end]
                if here is None or cost < here[0]:
                    best[end] = (cost, (*before[1], piece))
        found = best[-1]
        return found[1] if found else ()


def distance(one: str, other: str) -> int:
    """Typing errors between two words: a letter more, less or another, or two neighbours exchanged."""
    if one == other:
        return 0
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                cost = min(cost, before_last[j - 2] + 1)
            row.append(cost)
        before_last, last = last, row
    return last[-1]


def _shortened(word: str) -> Iterator[str]:
    """The word and what is left of it without one letter, of a long one without two."""
    yield word
    without_one = [word[:i] + word[i + 1 :] for i in range(len(word))]
    yield from without_one
    if len(word) >= _LONG_ENOUGH_FOR_TWO_ERRORS:
        for i, shorter in enumerate(without_one):
            yield from (shorter[:j] + shorter[j + 1 :] for j in range(i, len(shorter)))


def _skeleton(word: str) -> str:
    return word[0] + "".join(c for c in word[1:] if c not in _VOWELS)


def _within(short: str, word: str) -> bool:
    """Whether all letters of the one stand in the other in order."""
    letters = iter(word)
    return all(c in letters for c in short)


def _stems(token: str) -> Iterator[str]:
    """What may be left without Indonesian, Javanese and English affixes, the longest first as a rule."""
    bases = [token]
    for suffix in _SUFFIXES:
        if token.endswith(suffix) and len(token) - len(suffix) >= _SHORTEST_STEM:
            base = token[: -len(suffix)]
            bases.append(base)
            if suffix in ("nya", "ny", "ku", "mu", "lah", "kah", "pun", "i"):
                bases.extend(
                    base[: -len(s)] for s in ("kan", "an", "in") if base.endswith(s) and len(base) > len(s) + 2
                )
    yield from bases[1:]
    for base in bases:
        for prefix, restored in _PREFIXES:
            if base.startswith(prefix) and len(base) - len(prefix) >= _SHORTEST_STEM:
                rest = base[len(prefix) :]
                for letter in restored:
                    if not letter or rest[0] in _VOWELS:
                        yield letter + rest
