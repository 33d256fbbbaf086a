"""The new conversation of docs/extending.md, played as it stands there: its code, its texts, in both languages."""

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from msgspec.structs import fields, replace

from bot.catalog import load_catalog
from bot.wording import Texts
from domain.events import Said, SaidKind
from domain.matching import Matcher
from domain.messages import Say
from domain.people import Conversation, Person
from handlers.flow import Flow, Outcome, Turn, go_on, step_back, take_answer
from handlers.ports import Places
from tests.rules.fluent_files import problems
from tests.rules.tree import ROOT

BLOCK = re.compile(r"^```\w+\n# (\S+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
EXAMPLE = dict(BLOCK.findall((ROOT / "docs/extending.md").read_text(encoding="utf-8")))


@pytest.fixture
def flow() -> Iterator[Flow]:
    module = ModuleType("handlers.callback")
    sys.modules[module.__name__] = module
    exec(compile(EXAMPLE["handlers/callback.py"], "docs/extending.md", "exec"), module.__dict__)
    yield module.FLOW
    del sys.modules[module.__name__]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Our texts with those of the example."""
    for path in ("bot/texts/id.ftl", "bot/texts/en.ftl"):
        whole = f"{(ROOT / path).read_text(encoding='utf-8')}\n{EXAMPLE[path]}"
        (tmp_path / Path(path).name).write_text(whole, encoding="utf-8")
    return tmp_path


def turn(**given: Any) -> Turn:
    catalog = load_catalog(ROOT / "catalog.toml")
    now = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    values: dict[str, Any] = {
        "id": "in-1",
        "seq": 1,
        "event": Said(kind=SaidKind.TEXT),
        "conversation": Conversation(id="whatsapp:+628111"),
        "person": Person(id="whatsapp:+628111", language="id"),
        "now": now,
        "arrived_at": now,
        "records": None,
        "catalog": catalog,
        "matcher": Matcher(catalog),
        "places": Places(ops="telegram-ops:-1003"),
    }
    known = {field.name for field in fields(Turn)}
    return Turn(**{key: value for key, value in (values | given).items() if key in known})


def test_its_texts_are_whole_in_both_languages(folder: Path) -> None:
    assert problems(folder) == []


@pytest.mark.parametrize(
    ("language", "asked", "odd", "noted"),
    [
        ("id", "Kapan", "kurang lengkap", "Baik, kami telepon Besok ke"),
        ("en", "When", "incomplete", "All right, we will call: Tomorrow"),
    ],
)
async def test_it_goes_from_the_first_question_to_the_end(
    flow: Flow, folder: Path, language: str, asked: str, odd: str, noted: str
) -> None:
    texts = Texts(folder)
    now = turn(person=Person(id="whatsapp:+628111", language=language))

    def words(say: Say) -> str:
        return texts.words(say.text, language)

    async def writes(after: Outcome, text: str = "", button: str = "") -> Outcome:
        assert after.conversation is not None
        assert after.conversation.flow is not None
        event = Said(kind=SaidKind.BUTTON if button else SaidKind.TEXT, text=text, button=button)
        step = replace(now, conversation=after.conversation, event=event)
        outcome = await take_answer(step, flow, after.conversation.flow, text)
        assert outcome is not None
        return outcome

    day = await go_on(now, flow, {})
    assert asked in words(day.say[0])
    assert [texts.words(each.label, language) for each in day.say[0].choices]
    phone = await writes(day, button=day.say[0].choices[1].id)
    again = await writes(phone, text="12345")
    assert odd in words(again.say[0])
    assert again.say[1].text == phone.say[0].text
    done = await writes(again, text="0812 3456 7890")
    assert noted in words(done.say[0])
    assert "081234567890" in words(done.say[0])
    assert done.say[1].to == "telegram-ops:-1003"
    assert "whatsapp:+628111" in words(done.say[1])
    assert done.conversation is not None
    assert done.conversation.flow is None

    assert again.conversation is not None
    assert again.conversation.flow is not None
    back = await step_back(replace(now, conversation=again.conversation), flow, again.conversation.flow)
    assert back is not None
    assert back.say[0].text == day.say[0].text
