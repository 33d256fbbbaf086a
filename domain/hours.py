"""Opening hours: when somebody is there, in the business's own time zone."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from msgspec import Struct

DAY = 24 * 60
LOOK_AHEAD = 400
"""Days that `next_opening` looks ahead: a year of holidays and some."""


class Span(Struct, frozen=True):
    """Open from `opens` to `closes`, minutes of wall-clock time since the day's midnight; past 1440 is the next day.

    Raises ValueError where it is empty, begins outside its day or lasts longer than 24 hours.
    """

    opens: int
    closes: int

    def __post_init__(self) -> None:
        if not 0 <= self.opens < DAY or not self.opens < self.closes <= self.opens + DAY:
            raise ValueError(f"not a span: {self.opens}-{self.closes}")


class OpeningHours(Struct, frozen=True):
    """Spans by the weekday they begin on (0 is Monday), in the named zone's wall-clock time.

    On a holiday no span begins; one that began the day before still runs to its end. A wall-clock time that the zone's
    clocks skip is taken by the offset before the change; where one comes twice, the first opens, the second closes.
    """

    zone: str
    spans: Mapping[int, tuple[Span, ...]]
    holidays: frozenset[date] = frozenset()

    def is_open(self, at: datetime) -> bool:
        """Whether somebody is there at that moment. Raises ValueError for a naive datetime."""
        moment = _utc(at)
        return any(opens <= moment < closes for opens, closes in self._around(moment, days_ahead=1))

    def next_opening(self, at: datetime) -> datetime | None:
        """The first moment, at or after `at`, when somebody is there, in UTC; `at` itself where it is open.

        None where nobody will be there for more than a year. Raises ValueError for a naive datetime.
        """
        moment = _utc(at)
        openings = [max(opens, moment) for opens, closes in self._around(moment, days_ahead=8) if closes > moment]
        if not openings:
            openings = [opens for opens, _ in self._around(moment, days_ahead=LOOK_AHEAD) if opens > moment]
        return min(openings, default=None)

    def _around(self, moment: datetime, *, days_ahead: int) -> Iterator[tuple[datetime, datetime]]:
        """The spans from the day before, which may still run, on; their ends in UTC."""
        zone = ZoneInfo(self.zone)
        today = moment.astimezone(zone).date()
        for ahead in range(-1, days_ahead + 1):
            day = today + timedelta(days=ahead)
            if day in self.holidays:
                continue
            for span in self.spans.get(day.weekday(), ()):
                opens, closes = _instant(day, span.opens, 0, zone), _instant(day, span.closes, 1, zone)
                if opens < closes:
                    yield opens, closes


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"a datetime without a zone: {at}")
    return at.astimezone(UTC)


def _instant(day: date, minutes: int, fold: int, zone: ZoneInfo) -> datetime:
    days, minutes = divmod(minutes, DAY)
    wall = time(minutes // 60, minutes % 60, fold=fold)
    return datetime.combine(day + timedelta(days=days), wall, tzinfo=zone).astimezone(UTC)
