"""Reads catalog.toml: checks all of it and says every mistake in a line of its own."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from domain.catalog import (
    Agent,
    Canned,
    CaseRules,
    Catalog,
    PrefillKind,
    PrefillPattern,
    Team,
    Topic,
    WhatsAppContent,
    Wording,
)
from domain.hours import DAY, OpeningHours, Span

NAME_LIMIT = 20
"""Characters on a WhatsApp quick-reply button."""
DESCRIPTION_LIMIT = 72
"""Characters under the title of a WhatsApp list row."""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"([a-z]{3})(?:-([a-z]{3}))? +(\d\d):(\d\d)-(\d\d):(\d\d)")
_KEYWORD = re.compile(r"@?\w+(?: @?\w+)*(?: ?= ?-?\d+(?:\.\d+)?)?")
_ID = re.compile(r"[a-z][a-z0-9_]{0,23}")

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class CatalogError(Exception):
    """The catalog cannot be used. `lines` name every mistake, `str()` is all of them."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Words(_Table):
    id: Line
    en: Line


class _Keywords(_Table):
    id: tuple[Line, ...] = ()
    en: tuple[Line, ...] = ()


class _Topic(_Table):
    name: _Words
    description: _Words
    team: Line
    prefill: PrefillKind
    subject: _Words | None = None
    answer: _Words | None = None
    question: _Words | None = None
    keywords: _Keywords = _Keywords()
    children: "dict[str, _Topic]" = Field(default_factory=dict)


class _Agent(_Table):
    name: Line
    telegram: Annotated[str, StringConstraints(pattern=r"^\d*$")] = ""


class _Team(_Table):
    name: _Words
    agents: tuple[Line, ...]


class _Cases(_Table):
    idle_close_hours: float = Field(gt=0)
    nudge_after_minutes: float = Field(gt=0)
    max_nudges: int = Field(ge=0)
    expected_wait_minutes: float = Field(gt=0)


class _Hours(_Table):
    zone: Line
    open: tuple[Line, ...]
    holidays: tuple[date, ...] = ()


class _Prefill(_Table):
    named: _Words
    nameless: _Words


class _Wording(_Table):
    same: dict[str, str] = Field(default_factory=dict)
    groups: dict[str, str] = Field(default_factory=dict)
    plain: str = ""


class _Care(_Table):
    hours: _Hours
    cases: _Cases
    agents: dict[str, _Agent]
    teams: dict[str, _Team]
    prefill: dict[PrefillKind, _Prefill]
    canned: dict[str, _Words] = Field(default_factory=dict)
    topics: dict[str, _Topic]
    wording: _Wording = _Wording()


class _Content(_Table):
    sid: Annotated[str, StringConstraints(pattern=r"^HX[0-9a-fA-F]{32}$")]
    variables: tuple[Line, ...] = ()
    approved: bool = False


class _WhatsApp(_Table):
    content: dict[str, dict[str, _Content]] = Field(default_factory=dict)


class _File(_Table):
    care: _Care
    whatsapp: _WhatsApp = _WhatsApp()


def load_catalog(path: Path) -> Catalog:
    """The catalog that stands in that file. Raises CatalogError with a line for each mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogError((f"{path.name}: cannot be read ({error})",)) from error
    return parse_catalog(text, path.name)


def parse_catalog(text: str, name: str = "catalog.toml") -> Catalog:
    """The catalog that the TOML text says; `name` begins each line of the CatalogError it raises."""
    try:
        file = _File.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CatalogError((f"{name}: is not TOML: {error}",)) from error
    except ValidationError as error:
        raise CatalogError(tuple(f"{name}: {_said(mistake)}" for mistake in error.errors())) from error
    mistakes = tuple(f"{name}: {line}" for line in _mistakes(file.care))
    if mistakes:
        raise CatalogError(mistakes)
    return _catalog(file)


def _said(mistake: Mapping[str, Any]) -> str:
    where = ".".join(str(step) for step in mistake["loc"] if step != "[key]")
    match mistake["type"]:
        case "missing":
            return f"{where} is missing"
        case "extra_forbidden":
            return f"{where} is not known here"
        case "string_too_short":
            return f"{where} is empty"
        case _:
            what = str(mistake["msg"])
            return f"{where}: {what[:1].lower()}{what[1:]}"


def _mistakes(care: _Care) -> Iterator[str]:
    """What is well formed and still wrong."""
    yield from _mistakes_in_hours(care.hours)
    for team_id, team in care.teams.items():
        for agent in team.agents:
            if agent not in care.agents:
                yield f"care.teams.{team_id}.agents: there is no agent {agent!r}"
    for kind in PrefillKind:
        if kind not in care.prefill:
            yield f"care.prefill.{kind} is missing"
    for kind, prefill in care.prefill.items():
        yield from _mistakes_in_prefill(f"care.prefill.{kind}", prefill)
    yield from _mistakes_in_wording(care.wording)
    if not care.topics:
        yield "care.topics is empty"
    levels = [
        ("care.topics", care.topics),
        *((f"care.topics.{i}.children", t.children) for i, t in care.topics.items()),
    ]
    for where, level in levels:
        for topic_id, topic in level.items():
            yield from _mistakes_in_topic(f"{where}.{topic_id}", topic_id, topic, care)
    counts = Counter(topic_id for _, level in levels for topic_id in level)
    yield from (f"care.topics: the id {topic_id!r} is used more than once" for topic_id, n in counts.items() if n > 1)
    yield from (
        f"care.topics.{i}.children.{j}.children: there are two levels only"
        for i, topic in care.topics.items()
        for j, child in topic.children.items()
        if child.children
    )


def _mistakes_in_hours(hours: _Hours) -> Iterator[str]:
    try:
        ZoneInfo(hours.zone)
    except (OSError, ValueError, KeyError):  # a folder's name, a path, a name that is not known
        yield f"care.hours.zone: there is no time zone {hours.zone!r}"
    for text in hours.open:
        try:
            _spans(text)
        except ValueError:
            yield f'care.hours.open: {text!r} is not like "mon-fri 08:00-21:00"'


def _mistakes_in_prefill(where: str, prefill: _Prefill) -> Iterator[str]:
    wanted = (("named", prefill.named, {"name", "subject"}), ("nameless", prefill.nameless, {"subject"}))
    for variant, pattern, fields in wanted:
        for language, text in pattern.model_dump().items():
            if set(re.findall(r"\{(.*?)\}", text)) != fields:
                need = " and ".join(f"{{{field}}}" for field in sorted(fields))
                yield f"{where}.{variant}.{language} must have {need} and no other field"


def _mistakes_in_topic(where: str, topic_id: str, topic: _Topic, care: _Care) -> Iterator[str]:
    if not _ID.fullmatch(topic_id):
        yield f"{where}: an id is a small letter and then up to 23 small letters, digits and underscores"
    for language, text in topic.name.model_dump().items():
        if len(text) > NAME_LIMIT:
            yield f"{where}.name.{language} is longer than {NAME_LIMIT} characters"
    for language, text in topic.description.model_dump().items():
        if len(text) > DESCRIPTION_LIMIT:
            yield f"{where}.description.{language} is longer than {DESCRIPTION_LIMIT} characters"
    if topic.team not in care.teams:
        yield f"{where}.team: there is no team {topic.team!r}"
    needed = ("question",) if topic.children else ("answer", "subject")
    yield from (f"{where}.{field} is missing" for field in needed if getattr(topic, field) is None)
    for language, keywords in topic.keywords.model_dump().items():
        for keyword in keywords:
            if not _KEYWORD.fullmatch(keyword):
                yield f'{where}.keywords.{language}: {keyword!r} is not words with a number at most: "isi saldo =2.5"'
            for group in re.findall(r"@(\w+)", keyword):
                if group not in care.wording.groups:
                    yield f"{where}.keywords.{language}: there is no group @{group} in care.wording.groups"


def _mistakes_in_wording(wording: _Wording) -> Iterator[str]:
    owner = {word: word for word in wording.same}
    for word, line in wording.same.items():
        for variant in _listed(line):
            if owner.setdefault(variant, word) != word:
                yield f"care.wording.same: {variant!r} stands for both {owner[variant]!r} and {word!r}"


def _spans(text: str) -> tuple[tuple[int, Span], ...]:
    """The spans of "mon-fri 08:00-21:00" by weekday. Raises ValueError for anything else."""
    match = _SPAN.fullmatch(text)
    if not match:
        raise ValueError(text)
    first = _WEEKDAYS.index(match[1])
    last = _WEEKDAYS.index(match[2] or match[1])
    hours = [int(number) for number in match.groups()[2:]]
    if hours[1] > 59 or hours[3] > 59 or hours[0] > 23 or hours[2] > 24:
        raise ValueError(text)
    opens, closes = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    span = Span(opens, closes if closes > opens else closes + DAY)
    return tuple(((first + i) % 7, span) for i in range((last - first) % 7 + 1))


def _catalog(file: _File) -> Catalog:
    care = file.care
    return Catalog(
        topics=tuple(_topic(topic_id, topic) for topic_id, topic in care.topics.items()),
        teams=tuple(Team(id=i, name=t.name.model_dump(), agents=t.agents) for i, t in care.teams.items()),
        agents=tuple(Agent(id=i, name=a.name, telegram=a.telegram) for i, a in care.agents.items()),
        canned=tuple(Canned(name, text.model_dump()) for name, text in care.canned.items()),
        hours=_opening_hours(care.hours),
        cases=CaseRules(
            idle_close=timedelta(hours=care.cases.idle_close_hours),
            nudge_after=timedelta(minutes=care.cases.nudge_after_minutes),
            max_nudges=care.cases.max_nudges,
            expected_wait=timedelta(minutes=care.cases.expected_wait_minutes),
        ),
        prefills={
            kind: PrefillPattern(prefill.named.model_dump(), prefill.nameless.model_dump())
            for kind, prefill in care.prefill.items()
        },
        wording=Wording(
            same={word: _listed(line) for word, line in care.wording.same.items()},
            groups={name: _listed(line) for name, line in care.wording.groups.items()},
            plain=tuple(care.wording.plain.split()),
        ),
        contents={
            key: {language: WhatsAppContent(c.sid, c.variables, c.approved) for language, c in languages.items()}
            for key, languages in file.whatsapp.content.items()
        },
    )


def _topic(topic_id: str, topic: _Topic) -> Topic:
    absent = {"id": "", "en": ""}
    return Topic(
        id=topic_id,
        name=topic.name.model_dump(),
        description=topic.description.model_dump(),
        team=topic.team,
        prefill=topic.prefill,
        keywords=topic.keywords.model_dump(),
        answer=topic.answer.model_dump() if topic.answer and not topic.children else absent,
        question=topic.question.model_dump() if topic.question else absent,
        subject=topic.subject.model_dump() if topic.subject else absent,
        children=tuple(_topic(child_id, child) for child_id, child in topic.children.items()),
    )


def _listed(line: str) -> tuple[str, ...]:
    return tuple(entry for entry in (part.strip() for part in line.split(",")) if entry)


def _opening_hours(hours: _Hours) -> OpeningHours:
    spans: dict[int, list[Span]] = {}
    for text in hours.open:
        for weekday, span in _spans(text):
            spans.setdefault(weekday, []).append(span)
    by_weekday = {day: tuple(sorted(of_day, key=lambda span: span.opens)) for day, of_day in spans.items()}
    return OpeningHours(hours.zone, by_weekday, frozenset(hours.holidays))
