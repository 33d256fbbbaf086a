"""Pictures of measurements: what is drawn, in whose words and numbers, and what it costs the service."""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise
from math import isnan

import pytest
from PIL.Image import Image
from PIL.Image import open as opened

from services.documents.charts import Chart, ChartFailed, ChartNotNow, Charts, Panel, Series, Unit, broken, draw, said

UNTIL = datetime(2026, 11, 21, 13, 37, tzinfo=UTC)
SINCE = UNTIL - timedelta(hours=24)
STEP = timedelta(minutes=15)
BLUE, ORANGE = (29, 78, 216), (194, 65, 12)

Points = tuple[tuple[datetime, float | None], ...]


def points(*values: float | None) -> Points:
    return tuple((SINCE + number * STEP, value) for number, value in enumerate(values))


def a_day(value: float | None = 50.0) -> Points:
    return points(*[value] * 97)


def chart(*panels: Panel, zone: str = "Asia/Jakarta") -> Chart:
    return Chart(
        title="web-1", subtitle="24 jam", language="id", zone=zone, since=SINCE, until=UNTIL, panels=tuple(panels)
    )


def cpu(line: Points) -> Panel:
    return Panel(title="CPU", unit=Unit.PERCENT, series=(Series(points=line),), note="rata-rata 50 %")


def traffic(received: Points, sent: Points) -> Panel:
    lines = (Series(label="masuk", points=received), Series(label="keluar", points=sent))
    return Panel(title="Lalu lintas", unit=Unit.BITS, series=lines)


def columns_with(picture: Image, colour: tuple[int, int, int], top: float = 0.0) -> set[int]:
    """Where across the picture that colour is, from some height of it on."""
    lower = picture.crop((0, int(top * picture.height), picture.width, picture.height))
    pixels = lower.tobytes()
    return {at // 3 % lower.width for at in range(0, len(pixels), 3) if pixels[at : at + 3] == bytes(colour)}


def gaps(columns: set[int], least: int = 12) -> Iterator[tuple[int, int]]:
    yield from ((left, right) for left, right in pairwise(sorted(columns)) if right - left > least)


def drawn(*panels: Panel) -> Image:
    return opened(BytesIO(draw(chart(*panels)))).convert("RGB")


def test_it_is_as_wide_as_a_phone_shows_and_on_white() -> None:
    picture = drawn(cpu(a_day()), cpu(a_day()), traffic(a_day(1e6), a_day(2e6)))
    assert (picture.width, picture.height > 900) == (800, True)
    corners = [picture.getpixel((x, y)) for x in (0, picture.width - 1) for y in (0, picture.height - 1)]
    assert corners == [(255, 255, 255)] * 4


def test_where_nothing_was_measured_no_line_is_drawn() -> None:
    missing = points(*[50.0] * 30, *[None] * 20, *[50.0] * 47)
    left_out = tuple(each for each in a_day() if not 30 <= (each[0] - SINCE) / STEP < 50)
    for line in (missing, left_out):
        assert len(list(gaps(columns_with(drawn(cpu(line)), BLUE)))) == 1
    assert list(gaps(columns_with(drawn(cpu(a_day())), BLUE))) == []


def test_one_measurement_alone_is_a_dot() -> None:
    picture = drawn(cpu(points(*[None] * 40, 50.0)))
    assert 2 <= len(columns_with(picture, BLUE)) <= 12


def test_nothing_and_everything_are_seen() -> None:
    """A line along the edge of its panel is drawn in full."""
    for value in (0.0, 100.0):
        columns = columns_with(drawn(cpu(a_day(value))), BLUE)
        assert len(columns) > 600


def test_both_lines_are_in_one_panel() -> None:
    picture = drawn(traffic(a_day(9e8), a_day(1e8)))
    assert len(columns_with(picture, BLUE, 0.4)) > 600
    assert len(columns_with(picture, ORANGE, 0.4)) > 600


@pytest.mark.parametrize(
    ("value", "unit", "language", "words"),
    [
        (42.4, Unit.PERCENT, "id", "42 %"),
        (3.25, Unit.PERCENT, "id", "3,2 %"),
        (0.0, Unit.PERCENT, "id", "0 %"),
        (100.0, Unit.PERCENT, "en", "100 %"),
        (0.0, Unit.BITS, "id", "0 kbit/s"),
        (640.0, Unit.BITS, "id", "0,6 kbit/s"),
        (3_250_000.0, Unit.BITS, "id", "3,2 Mbit/s"),
        (320_000_000.0, Unit.BITS, "en", "320 Mbit/s"),
        (1_250_000_000.0, Unit.BITS, "en", "1.2 Gbit/s"),
        (25e12, Unit.BITS, "en", "25 Tbit/s"),
        (1234.0, Unit.COUNT, "id", "1.234"),
    ],
)
def test_numbers_with_sensible_units(value: float, unit: Unit, language: str, words: str) -> None:
    assert said(value, unit, language) == words


def test_a_line_is_broken_where_the_time_between_is_longer_than_usual() -> None:
    line = (*points(1.0, 2.0, 3.0), (SINCE + 10 * STEP, 4.0), (SINCE + 11 * STEP, None))
    found = [(at - SINCE, value) for at, value in broken(line)]
    assert [value for _, value in found if not isnan(value)] == [1.0, 2.0, 3.0, 4.0]
    assert [at for at, value in found if isnan(value)] == [6 * STEP, 11 * STEP]
    assert list(broken(())) == []
    assert list(broken(points(1.0))) == [(SINCE, 1.0)]


async def test_the_service_does_not_have_in_memory_what_draws_it() -> None:
    code = "import sys, bot.build; print('matplotlib' in sys.modules)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    told, _ = await process.communicate()
    assert told.decode().strip() == "False"


async def test_a_picture_is_drawn_in_a_process_of_its_own() -> None:
    picture = await Charts().png(chart(cpu(a_day())))
    assert picture == draw(chart(cpu(a_day())))


async def test_one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0
    begin = asyncio.create_subprocess_exec

    async def counted(*given: str, **more: object) -> asyncio.subprocess.Process:
        nonlocal running, most
        running += 1
        most = max(most, running)
        process = await begin(*given, **more)  # type: ignore[arg-type]  # as the code under test calls it
        wait = process.communicate

        async def communicate(sent: bytes | None = None) -> tuple[bytes, bytes]:
            nonlocal running
            answer = await wait(sent)
            running -= 1
            return answer

        monkeypatch.setattr(process, "communicate", communicate)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", counted)
    drawing = Charts()
    pictures = await asyncio.gather(*(drawing.png(chart(cpu(a_day()))) for _ in range(3)))
    assert most == 1
    assert all(picture.startswith(b"\x89PNG") for picture in pictures)


async def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(ChartNotNow):
        await Charts(seconds=0.01).png(chart(cpu(a_day())))


async def test_what_cannot_be_drawn_is_said() -> None:
    with pytest.raises(ChartFailed, match="Mars"):
        await Charts().png(chart(cpu(a_day()), zone="Mars/Base"))


async def test_a_machine_that_can_start_no_process_says_not_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(ChartNotNow):
        await Charts().png(chart(cpu(a_day())))
