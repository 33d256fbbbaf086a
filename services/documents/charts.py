"""Pictures of what was measured over time, one panel under the other, as PNG. Every word in them is given.

What draws them takes 64 MB, which would stay in the service for ever: `Charts` lets a process of its own do it,
`python -m services.documents.charts`, which reads a chart as JSON and writes the picture.
"""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from math import isnan, nan
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
from msgspec import Struct

ROOT = Path(__file__).parents[2]
SECONDS = 30.0
"""A picture takes about one; a machine that is very busy, or has never drawn one, needs more."""
GAP = 2.5
"""Times the usual time between two points: where nothing came for longer, the line is broken."""


class Unit(StrEnum):
    """What values are counted in, as they are given."""

    PERCENT = "%"
    BITS = "bit/s"  # shown as kbit/s, Mbit/s, ... as fits
    COUNT = ""


class Series(Struct, frozen=True, kw_only=True):
    """One line. `points` are in order of time, times aware; None: not measured. `label` tells it from others."""

    label: str = ""
    points: tuple[tuple[datetime, float | None], ...]


class Panel(Struct, frozen=True, kw_only=True):
    """`note` stands beside the title; where there are several lines, their labels stand below it."""

    title: str
    unit: Unit
    series: tuple[Series, ...]
    note: str = ""


class Chart(Struct, frozen=True, kw_only=True):
    """From `since` to `until`, on the clock of `zone` and with the numbers of `language`."""

    title: str
    subtitle: str
    language: str
    zone: str
    since: datetime
    until: datetime
    panels: tuple[Panel, ...]


class ChartFailed(Exception):
    """It can never be drawn: a mistake of ours."""


class ChartNotNow(Exception):
    """It took too long, or its process was ended."""


class Charts:
    """One picture at a time, so that many who ask at once do not take the machine's memory."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._one = asyncio.Lock()

    async def png(self, chart: Chart) -> bytes:
        """Raises ChartFailed, ChartNotNow."""
        async with self._one:
            try:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", __name__),
                    cwd=ROOT,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=asyncio.subprocess.PIPE,
                )
            except OSError as problem:
                raise ChartNotNow(str(problem)) from None
            try:
                async with asyncio.timeout(self._seconds):
                    picture, complaint = await process.communicate(msgspec.json.encode(chart))
            except TimeoutError:
                raise ChartNotNow(f"not drawn within {self._seconds:g} s") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        code = process.returncode or 0
        if code < 0:
            raise ChartNotNow(f"ended by signal {-code}")
        if code or not picture:
            raise ChartFailed(complaint.decode(errors="replace")[-500:])
        return picture


# --- numbers ---


def said(value: float, unit: Unit, language: str) -> str:
    """A value with its unit, as it is written: 42 %, 3,2 Mbit/s."""
    scale, name = scaled(value, unit)
    return f"{_number(value / scale, language)} {name}".strip()


def scaled(value: float, unit: Unit) -> tuple[float, str]:
    """What a value of that size is divided by, and the unit that it is in then."""
    if unit is not Unit.BITS:
        return 1.0, unit.value
    for scale, prefix in ((1e12, "T"), (1e9, "G"), (1e6, "M")):
        if value >= scale:
            return scale, f"{prefix}{unit.value}"
    return 1e3, f"k{unit.value}"


def _number(value: float, language: str) -> str:
    """With one decimal place where it is small."""
    from babel.numbers import format_decimal

    places = 0 if abs(value) >= 9.95 or value == round(value) else 1
    return str(format_decimal(round(value, places), format="#,##0.0" if places else "#,##0", locale=language))


def broken(points: Sequence[tuple[datetime, float | None]]) -> Iterator[tuple[datetime, float]]:
    """The points with nan where nothing was measured, so that no line is drawn over it."""
    steps = [(later - earlier).total_seconds() for (earlier, _), (later, _) in pairwise(points)]
    usual = timedelta(seconds=GAP * median(steps)) if steps else timedelta()
    last: datetime | None = None
    for at, value in points:
        if last is not None and at - last > usual:
            yield last + (at - last) / 2, nan
        yield at, nan if value is None else value
        last = at


# --- drawing, in the process of its own ---

DPI = 200
WIDTH, HEAD, PLOT, FOOT = 4.0, 0.56, 0.98, 0.34  # inches: 800 pixels wide, read at half that size
LEFT, RIGHT, TITLE, LABELS = 0.62, 0.2, 0.42, 0.2
INK, SOFT, RULE, AXIS = "#20242c", "#4b5563", "#dde1e7", "#9ca3af"
COLOURS = ("#1d4ed8", "#c2410c", "#15803d", "#7e22ce")  # told apart by who sees no red and green, too
TEXT, SMALL = 9.0, 8.0  # points: 25 and 22 pixels


def draw(chart: Chart) -> bytes:
    from io import BytesIO

    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import fontManager

    for path in sorted((Path(__file__).parent / "fonts").glob("*.ttf")):
        fontManager.addfont(path)
    height = HEAD + sum(PLOT + _above(panel) for panel in chart.panels) + FOOT
    with matplotlib.rc_context({"font.family": "Noto Sans", "font.size": SMALL, "text.parse_math": False}):
        figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
        FigureCanvasAgg(figure)
        figure.text(0.16 / WIDTH, 1 - 0.13 / height, chart.title, size=11, weight="bold", color=INK, va="top")
        figure.text(0.16 / WIDTH, 1 - 0.37 / height, chart.subtitle, size=SMALL, color=SOFT, va="top")
        top = height - HEAD
        for number, panel in enumerate(chart.panels):
            top -= PLOT + _above(panel)
            axes = figure.add_axes((LEFT / WIDTH, top / height, 1 - (LEFT + RIGHT) / WIDTH, PLOT / height))
            _panel(axes, panel, chart)
            _time(axes, chart, labelled=number == len(chart.panels) - 1)
        out = BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _above(panel: Panel) -> float:
    return TITLE + (LABELS if len(panel.series) > 1 else 0.0)


def _panel(axes: Any, panel: Panel, chart: Chart) -> None:
    top = max((value for series in panel.series for _, value in series.points if value is not None), default=0.0)
    scale, unit = scaled(top, panel.unit)
    for series, colour in zip(panel.series, COLOURS, strict=False):
        points = [(at, value / scale) for at, value in broken(series.points)]
        times, values = [at for at, _ in points], [value for _, value in points]
        axes.plot(times, values, color=colour, linewidth=1.4, label=series.label, clip_on=False, zorder=3)
        for at, value in _alone(points):
            axes.plot(at, value, "o", color=colour, markersize=2.5, clip_on=False, zorder=3)
        if len(panel.series) == 1:
            axes.fill_between(times, values, color=colour, alpha=0.12, linewidth=0)
    _values(axes, panel.unit, top / scale, chart.language)
    named = f"{panel.title}, {unit}" if unit else panel.title
    pad = 5 + 72 * (_above(panel) - TITLE)
    axes.set_title(named, loc="left", size=TEXT, weight="bold", color=INK, pad=pad)
    axes.set_title(panel.note, loc="right", size=SMALL, color=SOFT, pad=pad)
    if len(panel.series) > 1:
        place = {"loc": "lower left", "bbox_to_anchor": (0, 1.0), "borderaxespad": 0, "frameon": False}
        spaces = {"handlelength": 0.9, "handletextpad": 0.4, "columnspacing": 1.4, "borderpad": 0.3}
        axes.legend(ncols=len(panel.series), labelcolor=SOFT, fontsize=SMALL, **place, **spaces)
    axes.set_axisbelow(True)
    axes.grid(color=RULE, linewidth=0.6)
    axes.tick_params(length=0, colors=SOFT, labelsize=SMALL, pad=4)
    for side, spine in axes.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(AXIS)


def _alone(points: Sequence[tuple[datetime, float]]) -> Iterator[tuple[datetime, float]]:
    """Measurements between two gaps: they would be lines without length."""
    missing = [True, *(isnan(value) for _, value in points), True]
    for number, point in enumerate(points, start=1):
        if not missing[number] and missing[number - 1] and missing[number + 1]:
            yield point


def _values(axes: Any, unit: Unit, top: float, language: str) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

    ticks = [0.0, 50.0, 100.0]
    if unit is not Unit.PERCENT or top > ticks[-1]:
        # Steps that are read with one decimal place.
        locator = MaxNLocator(nbins=3, steps=[1, 2, 5, 10], integer=unit is Unit.COUNT)
        ticks = [float(tick) for tick in locator.tick_values(0, max(top, 1.0)) if tick >= 0]
    axes.set_ylim(0, ticks[-1])
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _number(value, language)))


def _time(axes: Any, chart: Chart, *, labelled: bool) -> None:
    from zoneinfo import ZoneInfo

    from babel.dates import format_date, format_time
    from matplotlib import dates as untyped
    from matplotlib.ticker import FuncFormatter

    dates: Any = untyped
    zone = ZoneInfo(chart.zone)

    def label(value: float, _: object) -> str:
        local = dates.num2date(value, zone)
        if local.hour == local.minute == 0:
            return str(format_date(local, "d MMM", locale=chart.language))
        return str(format_time(local, "HH.mm" if chart.language == "id" else "HH:mm", locale=chart.language))

    axes.set_xlim(chart.since, chart.until)
    axes.xaxis.set_major_locator(dates.AutoDateLocator(zone, minticks=3, maxticks=7))
    axes.xaxis.set_major_formatter(FuncFormatter(label))
    axes.tick_params(axis="x", labelbottom=labelled)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(msgspec.json.decode(sys.stdin.buffer.read(), type=Chart)))
