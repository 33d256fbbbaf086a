"""What ops read of the logs, at its longest: it must fit into one message, and into what a text takes."""

import re
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from bot.channels.splitting import units
from bot.wording import Texts
from domain.cases import Happened
from domain.log_alerts import Item, News, Tally, added, in_line
from domain.log_findings import Finding, Sample
from domain.log_lines import Level
from domain.log_patterns import LogPattern, PatternState, first_seen
from handlers.log_words import HEADS, alert, buttons, digest, to_phone

TEXTS = Texts()
NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
LONG = "wörd <&> 😀" * 500
each_language = pytest.mark.parametrize("language", TEXTS.languages)


def pattern() -> LogPattern:
    found = Finding(
        id="0123456789abcdef",
        pattern=LONG[:2000],
        level=Level.CRITICAL,
        count=10**12,
        first_at=NOW,
        last_at=NOW,
        sample=Sample(at=NOW, path="/x" * 2000, offset=0, text=LONG),
        files={f"/{LONG}/{n}": 10**9 for n in range(20)},
        hours={"2026-11-25T03": 10**9},
    )
    known = first_seen(found, "s" * 200, "t" * 100, NOW)
    history = (Happened(at=NOW, what="mute", by=f"{'n' * 40} · telegram:{'1' * 20}"),)
    return replace(
        known, sources={f"{LONG}{n}": 1 for n in range(9)}, history=history, state=PatternState.MUTED, muted_until=NOW
    )


@each_language
def test_an_alert_fits_into_one_message(language: str) -> None:
    for head in HEADS:
        told = replace(pattern(), told_as=head.value)
        words = TEXTS.words(alert(told), language)
        assert units(words) < 4096
        assert "n" * 40 in words
        assert all(len(choice.id.encode()) <= 64 for choice in buttons(told))


@each_language
def test_a_team_stands_behind_its_source(language: str) -> None:
    told = replace(pattern(), sources={"api": 1})
    assert re.search(r"· api \((tim|team) t+\)$", TEXTS.words(alert(told), language), re.MULTILINE)
    assert TEXTS.words(alert(replace(told, team="")), language).split("\n")[1].endswith("· api")


@each_language
@pytest.mark.parametrize("news", News)
def test_a_digest_fits_into_one_message(language: str, news: News) -> None:
    items = [
        Item(id=f"{n}", news=news, words=in_line(LONG), source=LONG, level=Level.CRITICAL, count=10**12)
        for n in range(30)
    ]
    words = TEXTS.words(digest(added(Tally(), items)), language)
    assert units(words) < 4096
    assert words.count("\n") == 11


@each_language
def test_a_template_takes_no_empty_value_and_one_line(language: str) -> None:
    item = Item(id="x", news=News.SILENT, words="", source="api")
    for tally in (Tally(), added(Tally(), [item])):
        text = to_phone(tally)
        assert all(str(value).strip() and "\n" not in str(value) for value in text.values.values())
        assert TEXTS.words(text, language)
