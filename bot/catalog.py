"""Reads catalog.toml: checks all of it and says every mistake in a line of its own."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from bot import catalog_logs, catalog_servers
from bot.catalog_mentoring import Offer, mentoring, mistakes_in_mentoring
from bot.catalog_parts import (
    Hours,
    Line,
    Table,
    Words,
    mistakes_in_hours,
    mistakes_in_id,
    mistakes_in_words,
    opening_hours,
)
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

_KEYWORD = re.compile(r"@?\w+(?: @?\w+)*(?: ?= ?-?\d+(?:\.\d+)?)?")


class CatalogError(Exception):
    """The catalog cannot be used. `lines` name every mistake, `str()` is all of them."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


class _Keywords(Table):
    id: tuple[Line, ...] = ()
    en: tuple[Line, ...] = ()


class _Topic(Table):
    name: Words
    description: Words
    team: Line
    prefill: PrefillKind
    subject: Words | None = None
    answer: Words | None = None
    question: Words | None = None
    keywords: _Keywords = _Keywords()
    children: "dict[str, _Topic]" = Field(default_factory=dict)


class _Agent(Table):
    name: Line
    telegram: Annotated[str, StringConstraints(pattern=r"^\d*$")] = ""


class _Team(Table):
    name: Words
    agents: tuple[Line, ...]


class _Cases(Table):
    idle_close_hours: float = Field(gt=0)
    nudge_after_minutes: float = Field(gt=0)
    max_nudges: int = Field(ge=0)
    expected_wait_minutes: float = Field(gt=0)


class _Prefill(Table):
    named: Words
    nameless: Words


class _Wording(Table):
    same: dict[str, str] = Field(default_factory=dict)
    groups: dict[str, str] = Field(default_factory=dict)
    plain: str = ""


class _Care(Table):
    hours: Hours
    cases: _Cases
    agents: dict[str, _Agent]
    teams: dict[str, _Team]
    prefill: dict[PrefillKind, _Prefill]
    canned: dict[str, Words] = Field(default_factory=dict)
    topics: dict[str, _Topic]
    wording: _Wording = _Wording()


class _Content(Table):
    sid: Annotated[str, StringConstraints(pattern=r"^HX[0-9a-fA-F]{32}$")]
    variables: tuple[Line, ...] = ()
    approved: bool = False


class _WhatsApp(Table):
    content: dict[str, dict[str, _Content]] = Field(default_factory=dict)


class _File(Table):
    care: _Care
    mentoring: Offer | None = None
    servers: catalog_servers.Offer | None = None
    logs: catalog_logs.Watch = catalog_logs.Watch()
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
    lines = [*_mistakes(file.care), *(mistakes_in_mentoring(file.mentoring) if file.mentoring else ())]
    lines += catalog_servers.mistakes_in_servers(file.servers) if file.servers else ()
    lines += catalog_logs.mistakes_in_logs(file.logs)
    mistakes = tuple(f"{name}: {line}" for line in lines)
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
    yield from mistakes_in_hours("care.hours", care.hours)
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


def _mistakes_in_prefill(where: str, prefill: _Prefill) -> Iterator[str]:
    wanted = (("named", prefill.named, {"name", "subject"}), ("nameless", prefill.nameless, {"subject"}))
    for variant, pattern, fields in wanted:
        for language, text in pattern.model_dump().items():
            if set(re.findall(r"\{(.*?)\}", text)) != fields:
                need = " and ".join(f"{{{field}}}" for field in sorted(fields))
                yield f"{where}.{variant}.{language} must have {need} and no other field"


def _mistakes_in_topic(where: str, topic_id: str, topic: _Topic, care: _Care) -> Iterator[str]:
    yield from mistakes_in_id(where, topic_id)
    yield from mistakes_in_words(where, topic.name, topic.description)
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


def _catalog(file: _File) -> Catalog:
    care = file.care
    return Catalog(
        topics=tuple(_topic(topic_id, topic) for topic_id, topic in care.topics.items()),
        teams=tuple(Team(id=i, name=t.name.model_dump(), agents=t.agents) for i, t in care.teams.items()),
        agents=tuple(Agent(id=i, name=a.name, telegram=a.telegram) for i, a in care.agents.items()),
        canned=tuple(Canned(name, text.model_dump()) for name, text in care.canned.items()),
        hours=opening_hours(care.hours),
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
        mentoring=mentoring(file.mentoring, frozenset(care.hours.holidays)) if file.mentoring else None,
        servers=catalog_servers.servers(file.servers) if file.servers else None,
        logs=catalog_logs.logs(file.logs),
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
