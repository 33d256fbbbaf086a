"""What the business offers: topics, answers, teams, hours. `catalog.toml` says it, `bot/catalog.py` reads it."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum

from msgspec import Struct, field

from domain.hours import OpeningHours
from domain.localized import Localized, words
from domain.log_sources import LogWatch
from domain.mentoring import Mentoring
from domain.server_offer import ServerOffer

NAME_LIMIT = 40
"""Characters of a person's name that are shown."""

_MARKUP = frozenset("*_~`<>[]|")
_PLAIN_NAME = re.compile(rf"(?=.{{1,{NAME_LIMIT}}}$)[A-Za-z0-9]+(?: [A-Za-z0-9]+)*")
"""As most names are: nothing in them has to be looked at."""


class PrefillKind(StrEnum):
    """What a customer's prefilled message asks for."""

    DIFFICULTY = "difficulty"
    QUESTION = "question"
    HELP = "help"  # also marks the topic that everything else belongs to


class Topic(Struct, frozen=True, kw_only=True):
    """Something customers need help with.

    With `children` it only leads to them: it has a `question`, and no `answer`, `subject` or keywords. `name` fits a
    button (20 characters), `description` a list row (72). `subject` is how the prefilled text names it. `keywords` are
    patterns by language; their form is told in catalog.toml and read in domain/matching.py.
    """

    id: str
    name: Localized
    description: Localized
    team: str
    prefill: PrefillKind
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    answer: Localized = field(default_factory=lambda: {"id": "", "en": ""})
    question: Localized = field(default_factory=lambda: {"id": "", "en": ""})
    subject: Localized = field(default_factory=lambda: {"id": "", "en": ""})
    children: tuple["Topic", ...] = ()


class Agent(Struct, frozen=True, kw_only=True):
    """Someone of customer care. `telegram` is the numeric user id; empty: not known yet."""

    id: str
    name: str
    telegram: str = ""


class Team(Struct, frozen=True, kw_only=True):
    """Agents, by id, in the order in which they are called."""

    id: str
    name: Localized
    agents: tuple[str, ...]


class Canned(Struct, frozen=True):
    """An answer that agents send by its name."""

    name: str
    text: Localized


class CaseRules(Struct, frozen=True, kw_only=True):
    """How a hand-over runs.

    It closes after `idle_close` without a message. While a customer waits, the next agent is named after each
    `nudge_after`, at most `max_nudges` times. `expected_wait` is what the customer is told.
    """

    idle_close: timedelta
    nudge_after: timedelta
    max_nudges: int
    expected_wait: timedelta


class WhatsAppContent(Struct, frozen=True):
    """A Content template at Twilio for one of our texts. `variables` name the text's values in the template's order.

    Only an `approved` one may be sent outside the 24-hour window.
    """

    sid: str
    variables: tuple[str, ...] = ()
    approved: bool = False


class PrefillPattern(Struct, frozen=True):
    """A prefilled text with {subject}; `named` also has {name}."""

    named: Localized
    nameless: Localized


class Wording(Struct, frozen=True):
    """How people write, for the matcher.

    `same` gives for a word everything that is written for it: slang, misspellings, other languages. `groups` are words
    of a kind, which keywords name by @. `plain` words are known and say nothing about a topic.
    """

    same: Mapping[str, tuple[str, ...]]
    groups: Mapping[str, tuple[str, ...]]
    plain: tuple[str, ...]


class Catalog(Struct, frozen=True, kw_only=True):
    """All of it. Topics stand in the order in which they are shown. `mentoring`, `servers` None: not offered."""

    topics: tuple[Topic, ...]
    teams: tuple[Team, ...]
    agents: tuple[Agent, ...]
    canned: tuple[Canned, ...]
    hours: OpeningHours
    cases: CaseRules
    prefills: Mapping[PrefillKind, PrefillPattern]
    wording: Wording
    contents: Mapping[str, Mapping[str, WhatsAppContent]] = field(default_factory=dict)
    mentoring: Mentoring | None = None
    servers: ServerOffer | None = None
    logs: LogWatch = LogWatch()

    def topic(self, topic_id: str) -> Topic | None:
        """The topic of that id, of either level."""
        return next((topic for topic in self._all() if topic.id == topic_id), None)

    @property
    def leaves(self) -> tuple[Topic, ...]:
        """The topics that have an answer, in order."""
        return tuple(topic for topic in self._all() if not topic.children)

    def parent(self, topic_id: str) -> Topic | None:
        """The topic that leads to it; None for one of the first level."""
        return next((t for t in self.topics if any(child.id == topic_id for child in t.children)), None)

    def team(self, team_id: str) -> Team | None:
        return next((team for team in self.teams if team.id == team_id), None)

    def agent(self, agent_id: str) -> Agent | None:
        return next((agent for agent in self.agents if agent.id == agent_id), None)

    def canned_answer(self, name: str) -> Canned | None:
        """The canned answer of that name, in any case."""
        return next((c for c in self.canned if c.name.casefold() == name.strip().casefold()), None)

    def content(self, key: str, language: str) -> WhatsAppContent | None:
        """The Content template for a text key in exactly that language, where one is set up."""
        return self.contents.get(key, {}).get(language)

    def prefill_text(self, topic_id: str, name: str, language: str) -> str:
        """The message a customer's chat opens with: who, what about, asking for help. The name is cleaned, and in bold.

        Raises KeyError where there is no topic of that id with an answer.
        """
        topic = self.topic(topic_id)
        if topic is None or topic.children:
            raise KeyError(topic_id)
        pattern = self.prefills[topic.prefill]
        shown = clean_name(name)
        text = words(pattern.named if shown else pattern.nameless, language)
        return text.replace("{subject}", words(topic.subject, language)).replace("{name}", shown)

    def _all(self) -> Iterator[Topic]:
        for topic in self.topics:
            yield topic
            yield from topic.children


def clean_name(raw: str) -> str:
    """A name fit to be shown: one line, without markup or invisible characters, NFC, at most 40 characters.

    The cut never parts a letter from its combining marks. A name is a courtesy, never an identity.
    """
    if _PLAIN_NAME.fullmatch(raw):
        return raw
    kept = "".join(" " if c.isspace() else c for c in unicodedata.normalize("NFC", raw) if _shows(c))
    name = unicodedata.normalize("NFC", re.sub(r" +", " ", kept).strip(" "))
    if len(name) <= NAME_LIMIT:
        return name
    cut = NAME_LIMIT
    while cut and _joins(name[cut]):
        cut -= 1
    return name[:cut].rstrip(" ")


def _shows(character: str) -> bool:
    """Whitespace counts; controls, bidi and zero-width signs, lone surrogates, private use and our markup do not."""
    if character.isspace():
        return True
    return character not in _MARKUP and unicodedata.category(character)[0] != "C"


def _joins(character: str) -> bool:
    """Whether it belongs to the character before: a combining mark, a variation selector or a skin tone."""
    return unicodedata.category(character)[0] == "M" or "\U0001f3fb" <= character <= "\U0001f3ff"
