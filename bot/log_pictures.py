"""The picture of how often an error came, hour by hour for two days, on the clock of the business."""

from datetime import UTC, datetime, timedelta

from bot.channels.base import File, MediaNotNow, MediaUnavailable
from bot.wording import Texts
from domain.log_alerts import in_line
from domain.log_findings import hour_of
from domain.log_patterns import LogPattern
from domain.messages import Text, moment
from services.documents.charts import Chart, ChartFailed, ChartNotNow, Charts, Panel, Series, Unit
from storage.base import Storage

HOURS = 48
LONGEST = 42
"""Signs of a pattern that fit into the title."""
LANGUAGE = "id"
"""That of all that is said in the ops group."""


class LogPictures:
    def __init__(self, storage: Storage, texts: Texts, zone: str) -> None:
        self._storage = storage
        self._texts = texts
        self._zone = zone
        self._charts = Charts()

    async def open(self, ref: str) -> File:
        """`<fingerprint>/<hour>`: up to that hour, which is in UTC, as in `LogPattern.hours`. Raises MediaUnavailable,
        MediaNotNow, StorageUnavailable.
        """
        fingerprint, _, last = ref.partition("/")
        pattern = await self._storage.get(LogPattern, fingerprint)
        try:
            hour = datetime.strptime(last, "%Y-%m-%dT%H").replace(tzinfo=UTC)
        except ValueError:
            raise MediaUnavailable(f"no hour {last!r}") from None
        if pattern is None:
            raise MediaUnavailable("no such pattern")
        try:
            picture = await self._charts.png(self._chart(pattern, hour))
        except ChartFailed as problem:
            raise MediaUnavailable(str(problem)) from problem
        except ChartNotNow as problem:
            raise MediaNotNow(str(problem)) from problem
        return File(picture, "image/png", f"{pattern.id}.png")

    def _chart(self, pattern: LogPattern, last: datetime) -> Chart:
        hours = [last - timedelta(hours=back) for back in reversed(range(HOURS))]
        counts = [pattern.hours.get(hour_of(each), 0) for each in hours]
        since, until = hours[0], last + timedelta(hours=1)
        middle = timedelta(minutes=30)
        series = Series(points=tuple((hour + middle, float(count)) for hour, count in zip(hours, counts, strict=True)))
        note = Text("errors-chart-note", {"count": sum(counts), "most": max(counts)})
        return Chart(
            title=in_line(pattern.pattern or pattern.sample.text, LONGEST),
            subtitle=self._words(Text("errors-chart-span", {"since": moment(since), "until": moment(until)})),
            language=LANGUAGE,
            zone=self._zone,
            since=since,
            until=until,
            panels=(
                Panel(
                    title=self._words(Text("errors-chart-title", {"level": pattern.level.name})),
                    unit=Unit.COUNT,
                    series=(series,),
                    note=self._words(note),
                ),
            ),
        )

    def _words(self, text: Text) -> str:
        return self._texts.words(text, LANGUAGE, self._zone)
