"""Recognises a prefilled message, also after the person changed, shortened or mistyped it.

A prefilled message has three parts in order: a greeting, what is asked for (*mengalami kesulitan*), and the topic's
subject. All are looked for as runs of letters, so that neither spaces nor signs matter, and words may stand between.
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from domain.catalog import Catalog
from domain.spelling import distance, fold, split

LONGEST_OPENING = 110
"""Letters before the subject: a greeting, a name of at most 40 characters, and what is asked for."""
LONGEST_GAP = 16
"""Letters between two words that belong together: about two words of the person's own."""
LONGEST_TEXT = 400

_MAIN_WORD = 4
_SHORTEST_END = 2
_LETTERS = re.compile(r"[^a-z]+")


class _Subject(Struct, frozen=True):
    topic: str
    words: tuple[str, ...]
    main_letters: int


class _Shape(Struct, frozen=True):
    """One language's way to ask for one kind of thing, and the subjects it can be about."""

    greeting: tuple[str, ...]
    asking: tuple[str, ...]
    subjects: tuple[_Subject, ...]


class Prefills:
    """The prefilled messages of a catalog. Pure."""

    def __init__(self, catalog: Catalog) -> None:
        self._shapes = tuple(_shapes(catalog))

    def topic(self, text: str) -> str | None:
        """The topic of the prefilled message that this text once was; None where it is none, or too short to tell."""
        letters = _LETTERS.sub("", fold(text[:LONGEST_TEXT]))
        for shape in self._shapes:
            # One of the words must be there as it is: a slip of the finger hits one, and this costs next to nothing.
            if not any(word in letters for word in shape.asking):
                continue
            end = _asked(shape, letters)
            topic = _subject(shape, letters, end) if end else None
            if topic:
                return topic
        return None


def _shapes(catalog: Catalog) -> Iterator[_Shape]:
    for kind, pattern in catalog.prefills.items():
        topics = [topic for topic in catalog.leaves if topic.prefill is kind]
        for language in pattern.named:
            named, nameless = pattern.named[language], pattern.nameless[language]
            before_name, _, after_name = named.partition("{name}")
            asking = _common_end(split(after_name.partition("{subject}")[0]), split(nameless.partition("{subject}")[0]))
            subjects = [_subject_words(topic.id, topic.subject[language]) for topic in topics]
            yield _Shape(
                greeting=tuple(word for word in split(before_name) if len(word) >= _MAIN_WORD),
                asking=tuple(word for word in asking if len(word) >= _MAIN_WORD),
                subjects=tuple(subjects),
            )


def _subject_words(topic: str, subject: str) -> _Subject:
    # A hyphen joins: "top-up" is often written as one word, and two short words say too little.
    found = tuple(split(subject.replace("-", "")))
    return _Subject(topic, found, sum(len(word) for word in found if len(word) >= _MAIN_WORD))


def _common_end(one: list[str], other: list[str]) -> list[str]:
    length = 0
    while length < min(len(one), len(other)) and one[-1 - length] == other[-1 - length]:
        length += 1
    return one[len(one) - length :]


def _asked(shape: _Shape, letters: str) -> int:
    """Where the words that ask end; 0 where they or the greeting before them are missing."""
    end, reach = 0, LONGEST_OPENING
    for word in shape.asking:
        start, stop = _found(word, letters, end, reach)
        if not stop:
            return 0
        if not end and not _greeted(shape, letters[:start]):
            return 0
        end, reach = stop, LONGEST_GAP
    return end


def _greeted(shape: _Shape, before: str) -> bool:
    return any(word in before or _closest(word, before[:LONGEST_GAP])[0] <= 1 for word in shape.greeting)


def _subject(shape: _Shape, letters: str, end: int) -> str | None:
    """The one subject of which most stands there; None where that is too little or two are alike."""
    scores = sorted(((*_score(subject, letters, end), subject.topic) for subject in shape.subjects), reverse=True)
    found, skipped, enough, topic = scores[0]
    alike = len(scores) > 1 and scores[1][:2] == (found, skipped)
    return topic if found and enough and not alike else None


def _score(subject: _Subject, letters: str, end: int) -> tuple[int, int, bool]:
    """How many letters of the subject stand there in order (a typing error costs one), minus those passed over before
    them, and whether that is enough: half of it, or all there can be where the text breaks off."""
    found = main = passed_over = missing = 0
    for word in subject.words:
        start, stop = _found(word, letters, end, LONGEST_GAP)
        if stop:
            found += len(word) - distance(word, letters[start:stop])
            main += len(word) if len(word) >= _MAIN_WORD else 0
            passed_over, missing = passed_over + missing, 0
            end = stop
            continue
        left = letters[end:]
        if not missing and word.startswith(left) and found + len(left) >= _SHORTEST_END:
            return found + len(left), -passed_over, True
        missing += len(word)
    return found, -passed_over, main * 2 >= subject.main_letters


def _found(word: str, letters: str, begin: int, reach: int) -> tuple[int, int]:
    """Where the word stands, at most `reach` letters on: start and end; (0, 0) where it does not.

    It may have one typing error, a long word two; a short one must be right.
    """
    exact = letters.find(word, begin, begin + reach + len(word))
    if exact >= 0:
        return exact, exact + len(word)
    allowed = 0 if len(word) < _MAIN_WORD else 1 if len(word) < 2 * _MAIN_WORD else 2
    if not allowed:
        return 0, 0
    window = letters[begin : begin + reach + len(word) + allowed]
    errors, start, stop = _closest(word, window)
    return (begin + start, begin + stop) if errors <= allowed else (0, 0)


def _closest(word: str, text: str) -> tuple[int, int, int]:
    """The piece of the text that is nearest to the word: typing errors, start and end. The first of several."""
    # For each beginning of the word, errors and start of the best piece that ends at this letter and at the two before.
    size = len(word)
    older: list[tuple[int, int]] = []
    last = [(i, 0) for i in range(size + 1)]
    best = (size, 0, 0)
    for stop, letter in enumerate(text, 1):
        row = [(0, stop)]
        for i, wanted in enumerate(word, 1):
            options = [
                (last[i - 1][0] + (wanted != letter), last[i - 1][1]),
                (last[i][0] + 1, last[i][1]),
                (row[i - 1][0] + 1, row[i - 1][1]),
            ]
            if older and i > 1 and wanted == text[stop - 2] and word[i - 2] == letter:
                options.append((older[i - 2][0] + 1, older[i - 2][1]))
            row.append(min(options, key=_errors))
        older, last = last, row
        if row[size][0] < best[0]:
            best = (*row[size], stop)
    return best


def _errors(option: tuple[int, int]) -> int:
    return option[0]
