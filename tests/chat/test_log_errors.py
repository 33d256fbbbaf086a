"""`/errors` in the ops group: the day's errors, the new ones, a search, and one of them with its picture."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.cases import Happened
from domain.fingerprints import fingerprint, pattern_of
from domain.log_findings import Sample, hour_of
from domain.log_lines import Level
from domain.log_patterns import LogPattern, PatternState, SourceStatus
from services.documents.charts import Chart, Charts
from simulator.model import Message
from tests.talk import Scripted, Talk

HOSTILE = "ERROR <b>*bold*</b> & \x1b[31mred\x07 \u202eevil \ue000mark"


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Chart]:
    """What is to be drawn, in place of drawing it."""
    charts: list[Chart] = []

    async def png(self: Charts, chart: Chart) -> bytes:
        charts.append(chart)
        return b"\x89PNG\r\n\x1a\nnot drawn"

    monkeypatch.setattr(Charts, "png", png)
    return charts


async def known(talk: Talk, text: str, counts: dict[int, int] | None = None, **more: Any) -> LogPattern:
    """An error that came so often so many hours ago."""
    now = talk.simulation.clock.now()
    counts = counts or {0: 1}
    pattern = pattern_of(text)
    values: dict[str, Any] = {
        "id": fingerprint(pattern),
        "pattern": pattern,
        "level": Level.ERROR,
        "count": sum(counts.values()),
        "first_at": now - timedelta(hours=max(counts)),
        "last_at": now - timedelta(hours=min(counts)),
        "seen_at": now,
        "sample": Sample(at=now, path="/var/log/api/api.log", offset=0, text=text),
        "sources": {"api": sum(counts.values())},
        "files": {"/var/log/api/api.log": sum(counts.values())},
        "hours": {hour_of(now - timedelta(hours=ago)): count for ago, count in counts.items()},
    }
    record = LogPattern(**(values | more))
    await talk.service.storage.save(record)
    return record


def named(number: int) -> str:
    """One of many patterns: letters alone, since numbers are masked."""
    return f"ERROR broken part {chr(97 + number // 26)}{chr(97 + number % 26)}x"


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


def listed(message: Message) -> list[str]:
    return [line for line in message.text.splitlines() if line[:1].isdigit()]


async def test_without_any_error_ops_are_told_what_is_read(talk: Talk, ops: Scripted) -> None:
    await ops.says("/errors")
    await ops.hears("Tidak ada error", "Belum ada log yang dibaca")
    at = datetime.fromisoformat("2026-11-21T03:00:00+00:00")
    await talk.service.storage.save(SourceStatus(id="api", scanned_at=at))
    await ops.says("/errors")
    await ops.hears("Tidak ada error", "api: terakhir dibaca Sab, 21 Nov 2026, 10.00 WIB")


async def test_the_day_s_errors_the_most_often_first(talk: Talk, ops: Scripted) -> None:
    await known(talk, "ERROR seldom", {0: 2})
    await known(talk, "ERROR often", {1: 30, 20: 40})
    await known(talk, "ERROR often before", {3: 5, 30: 900})
    await known(talk, "ERROR long ago", {25: 1000})
    await ops.says("/errors")
    told = await ops.hears("3 pola", "Belum ditangani: 4")
    assert [line.partition(" · ")[0] for line in listed(told)] == ["1. 🆕 70×", "2. 🆕 5×", "3. 🆕 2×"]
    assert [word in line for word, line in zip(("often", "often before", "seldom"), listed(told), strict=True)]
    assert "long ago" not in told.text
    assert labels(told) == ["1", "2", "3", "🆕"]


async def test_pages_are_turned_in_place(talk: Talk, ops: Scripted) -> None:
    for number in range(12):
        await known(talk, named(number), {0: 100 - number})
    await ops.says("/errors")
    first = await ops.hears("12 pola", "Halaman 1/3")
    assert labels(first) == ["1", "2", "3", "4", "5", "›", "🆕"]
    await ops.presses_on(first, "›")
    second = await ops.hears("Halaman 2/3", "6. 🆕 95×", named(5)[6:])
    assert second.id == first.id
    assert labels(second) == ["6", "7", "8", "9", "10", "‹", "›", "🆕"]
    await ops.presses_on(second, "›")
    last = await ops.hears("Halaman 3/3")
    assert labels(last) == ["11", "12", "‹", "🆕"]
    await ops.presses_on(last, "‹")
    await talk.quiet()
    assert "Halaman 2/3" in ops.sees()[-1]


async def test_the_new_ones_are_those_that_nobody_has_taken(talk: Talk, ops: Scripted) -> None:
    await ops.says("/errors new")
    await ops.hears("Tidak ada error baru")
    await known(talk, "ERROR is new", {30: 1})
    await known(talk, "ERROR was taken", state=PatternState.ACKNOWLEDGED)
    await ops.says("/errors")
    await ops.hears("was taken")
    await ops.presses("🆕")
    told = await ops.hears("1 pola", "is new")
    assert "was taken" not in told.text


async def test_a_search_in_the_patterns_and_the_sources(talk: Talk, ops: Scripted) -> None:
    for number in range(7):
        await known(talk, f"{named(number)} of the PAYMENT", {0: 1})
    await known(talk, "ERROR elsewhere", sources={"billing": 1})
    await ops.says("/errors payment")
    first = await ops.hears("payment", "7 pola", "1/2")
    await ops.presses_on(first, "›")
    await ops.hears("2/2", "of the PAYMENT")
    await ops.says("/errors Billing")
    await ops.hears("1 pola", "elsewhere")


async def test_what_is_not_found_is_said(talk: Talk, ops: Scripted) -> None:
    await known(talk, "ERROR known")
    for word in ("nothing", "%", "'; DROP TABLE log_patterns", "x" * 500, "🔥" * 60, "a:b:c", "<b>"):
        await ops.says(f"/errors {word}")
        await ops.hears(f'Tidak ada "{word[:10]}', "2000 pola terbaru")


async def test_one_error_with_its_picture(talk: Talk, ops: Scripted, drawn: list[Chart]) -> None:
    counts = {0: 3, 1: 2, 30: 10, 60: 7}
    sample = "2026-11-21 ERROR payment 17 failed\nTraceback (most recent call last):\n  File x\nValueError: 17"
    pattern = await known(
        talk,
        "ERROR payment 17 failed",
        counts,
        sample=Sample(at=talk.simulation.clock.now(), path="/p", offset=0, text=sample),
        sources={"api": 20, "billing": 2},
        files={f"/var/log/{number}.log": number for number in range(1, 8)},
    )
    await ops.says("/errors")
    await ops.presses_on(await ops.hears("payment"), "1")
    told = await ops.hears("ERROR", "22× seluruhnya, 5× dalam 24 jam", "api (20×), billing (2×)", "ValueError: 17")
    assert "Pertama: " in told.text
    assert "WIB" in told.text
    assert "/var/log/7.log (7×)" in told.text
    assert "/var/log/1.log" not in told.text
    assert "+2" in told.text
    assert pattern.id in told.text
    assert "Saya tangani" in labels(told)
    picture = await ops.hears("15× dalam 48 jam")
    assert picture.media
    (chart,) = drawn
    values = [value for _, value in chart.panels[0].series[0].points]
    assert (len(values), values[-2:], sum(value or 0 for value in values)) == (48, [2.0, 3.0], 15)
    assert (chart.until - chart.since, chart.zone) == (timedelta(hours=48), "Asia/Jakarta")
    await ops.says(f"/errors {pattern.id.upper()}")
    await ops.hears(pattern.id, "Pertama")


async def test_what_somebody_did_with_it_is_shown(talk: Talk, ops: Scripted, drawn: list[Chart]) -> None:
    now = talk.simulation.clock.now()
    done = Happened(at=now, what="mute", by="Rudi")
    until = now + timedelta(hours=1)
    await known(talk, "ERROR known", state=PatternState.MUTED, muted_until=until, due_at=until, history=(done,))
    await ops.says("/errors")
    await ops.presses_on(await ops.hears("🔕"), "1")
    await ops.hears("dibisukan", "Rudi", "11.00 WIB")


async def test_hostile_lines_are_shown_and_harm_nothing(talk: Talk, ops: Scripted, drawn: list[Chart]) -> None:
    await known(talk, HOSTILE + "x" * 20_000)
    await ops.says("/errors")
    line = await ops.hears("<b>*bold*</b> &")
    await ops.presses_on(line, "1")
    told = await ops.hears("<b>*bold*</b> &", "…")
    for text in (line.text, told.text):
        assert not {"\x1b", "\x07", "\u202e", "\ue000"} & set(text)
    await ops.hears("dalam 48 jam")


async def test_the_error_that_stands_for_all_others_and_one_that_is_gone(
    talk: Talk, ops: Scripted, drawn: list[Chart]
) -> None:
    pattern = await known(talk, "ERROR one of very many", pattern="")
    await ops.says("/errors")
    told = await ops.hears("one of very many")
    await ops.presses_on(told, "1")
    await ops.hears("Pertama", "one of very many")
    stored = await talk.service.storage.get(LogPattern, pattern.id)
    assert stored
    await talk.service.storage.upkeep.forget([], delete=[stored])
    await ops.presses_on(told, "1")
    await ops.hears("tidak tersimpan lagi")


async def test_elsewhere_nobody_is_told_of_errors(talk: Talk, sari: Scripted, dewi: Scripted) -> None:
    await known(talk, "ERROR known")
    for person in (sari, dewi):
        await person.says("/errors")
    await talk.quiet()
    assert not [text for person in (sari, dewi) for text in person.sees() if "ERROR known" in text]
