"""Charts of counts by time as SVG that stands in the page: without scripts, coloured by the page's style sheet."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from markupsafe import Markup
from msgspec import Struct

from domain.log_levels import Level
from domain.log_patterns import LogHour

HEIGHT = 100
LEAST = 2.0
"""Height of what came at all."""
STEP, BAR = 10, 8
"""Of a column, in the picture's units: it is stretched to the width it has."""


class Column(Struct, frozen=True):
    """`parts` are counts by the class that colours them, from below; `title` is shown where somebody points at it."""

    title: str
    parts: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(count for _, count in self.parts)


def bars(columns: Sequence[Column], label: str, *, css: str = "chart") -> Markup:
    """Stacked bars, side by side."""
    highest = max((column.total for column in columns), default=0) or 1
    groups = Markup().join(_bar(column, index * STEP, highest) for index, column in enumerate(columns))
    return Markup(
        '<svg class="{}" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>'
    ).format(css, max(1, len(columns)) * STEP, HEIGHT, label, groups)


def _bar(column: Column, x: int, highest: int) -> Markup:
    if not column.total:
        return Markup()
    y = float(HEIGHT)
    rects = []
    for css, count in column.parts:
        height = max(LEAST, HEIGHT * count / highest) if count else 0
        y -= height
        if count:
            rects.append(_RECT.format(css, x + (STEP - BAR) / 2, max(0.0, y), BAR, height))
    return Markup("<g><title>{}</title>{}</g>").format(column.title, Markup().join(rects))


_RECT = Markup('<rect class="{}" x="{:g}" y="{:.4g}" width="{}" height="{:.4g}"/>')


def spark(counts: Sequence[int], label: str) -> Markup:
    """A small chart in one colour."""
    highest = max(counts, default=0) or 1
    path = " ".join(
        f"M{index * STEP + 1} {HEIGHT}v-{max(LEAST * 4, HEIGHT * count / highest):.4g}h{BAR}V{HEIGHT}z"
        for index, count in enumerate(counts)
        if count
    )
    return Markup(
        '<svg class="spark" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/></svg>'
    ).format(max(1, len(counts)) * STEP, HEIGHT, label, path)


# --- from hours to columns ---


class Span(Struct, frozen=True):
    """Columns of `hours` hours each, the last of which holds `now`. UTC."""

    now: datetime
    columns: int
    hours: int

    @property
    def first(self) -> datetime:
        """Where the first column begins."""
        this_hour = self.now.replace(minute=0, second=0, microsecond=0)
        return this_hour - timedelta(hours=self.hours * self.columns - 1)

    @property
    def begins(self) -> tuple[datetime, ...]:
        """Where each column begins."""
        return tuple(self.first + timedelta(hours=self.hours) * index for index in range(self.columns))

    def index(self, at: datetime) -> int | None:
        """Of the column that a time falls into; None: of none."""
        found = int((at - self.first) // timedelta(hours=self.hours))
        return found if 0 <= found < self.columns else None


def spread(counts: Mapping[datetime, int], span: Span) -> list[int]:
    """Counts by the beginnings of hours, as columns."""
    columns = [0] * span.columns
    for at, count in counts.items():
        index = span.index(at)
        if index is not None:
            columns[index] += count
    return columns


def by_level(hours: Sequence[LogHour], span: Span) -> dict[Level, list[int]]:
    """The gravest first."""
    found: dict[Level, dict[datetime, int]] = {}
    for each in hours:
        of_level = found.setdefault(each.level, {})
        of_level[each.at] = of_level.get(each.at, 0) + each.count
    return {level: spread(found[level], span) for level in sorted(found, reverse=True)}
