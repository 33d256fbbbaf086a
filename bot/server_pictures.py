"""The picture of what a machine was busy with: CPU, memory and traffic, on its owner's clock and in their language."""

from collections.abc import Callable

from bot.channels.base import File, MediaNotNow, MediaUnavailable
from bot.wording import Texts
from domain.messages import Text, moment
from domain.people import Person
from domain.server_metrics import Sample, ServerMetrics
from domain.servers import Server
from services.documents.charts import Chart, ChartFailed, ChartNotNow, Charts, Panel, Series, Unit, said
from storage.base import Storage

LONGEST = 36
"""Signs of a hostname that fit into the title."""
BYTE = 8


class ServerPictures:
    def __init__(self, storage: Storage, texts: Texts) -> None:
        self._storage = storage
        self._texts = texts
        self._charts = Charts()

    async def open(self, server_id: str) -> File:
        """Of what was measured when its owner last asked. Raises MediaUnavailable, MediaNotNow, StorageUnavailable."""
        server = await self._storage.get(Server, server_id)
        metrics = await self._storage.get(ServerMetrics, server_id)
        if server is None or metrics is None or not server.customer:
            raise MediaUnavailable("nothing was measured, or its customer was forgotten")
        owner = await self._storage.get(Person, server.customer)
        language = (owner.language if owner else "") or server.language
        zone = (owner.zone if owner else "") or server.zone
        try:
            picture = await self._charts.png(_Chart(self._texts, language, zone).of(server, metrics))
        except ChartFailed as problem:
            raise MediaUnavailable(str(problem)) from problem
        except ChartNotNow as problem:
            raise MediaNotNow(str(problem)) from problem
        return File(
            picture, "image/png", self._texts.words(Text("metrics-file", {"number": server.number}), language, zone)
        )


class _Chart:
    """What was measured, in somebody's words."""

    def __init__(self, texts: Texts, language: str, zone: str) -> None:
        self._texts = texts
        self._language = language
        self._zone = zone

    def of(self, server: Server, metrics: ServerMetrics) -> Chart:
        name = server.hostname if len(server.hostname) <= LONGEST else f"{server.hostname[: LONGEST - 1]}…"
        span = {"since": moment(metrics.since), "until": moment(metrics.until)}
        return Chart(
            title=self._words(Text("metrics-title", {"hostname": name, "number": server.number})),
            subtitle=self._words(Text("metrics-span", {**span})),
            language=self._language,
            zone=self._zone,
            since=metrics.since,
            until=metrics.until,
            panels=(
                self._share(Text("metrics-cpu"), metrics.samples, lambda sample: sample.cpu),
                self._share(Text("metrics-memory"), metrics.samples, lambda sample: sample.memory),
                self._traffic(metrics.samples),
            ),
        )

    def _share(self, title: Text, samples: tuple[Sample, ...], value: Callable[[Sample], float | None]) -> Panel:
        series = Series(points=tuple((sample.at, value(sample)) for sample in samples))
        known = [each for _, each in series.points if each is not None]
        note = Text("metrics-nothing")
        if known:
            mean, most = sum(known) / len(known), max(known)
            note = Text(
                "metrics-note", {"mean": self._said(mean, Unit.PERCENT), "most": self._said(most, Unit.PERCENT)}
            )
        return Panel(title=self._words(title), unit=Unit.PERCENT, series=(series,), note=self._words(note))

    def _traffic(self, samples: tuple[Sample, ...]) -> Panel:
        received = tuple((sample.at, _bits(sample.received)) for sample in samples)
        sent = tuple((sample.at, _bits(sample.sent)) for sample in samples)
        into, out = self._most(received), self._most(sent)
        named = (
            Text("metrics-received", {"most": into}) if into else Text("metrics-received-nothing"),
            Text("metrics-sent", {"most": out}) if out else Text("metrics-sent-nothing"),
        )
        series = tuple(
            Series(label=self._words(label), points=points)
            for label, points in zip(named, (received, sent), strict=True)
        )
        note = "" if into or out else self._words(Text("metrics-nothing"))
        return Panel(title=self._words(Text("metrics-traffic")), unit=Unit.BITS, series=series, note=note)

    def _most(self, points: tuple[tuple[object, float | None], ...]) -> str:
        """The highest of them; empty where nothing was measured."""
        known = [value for _, value in points if value is not None]
        return self._said(max(known), Unit.BITS) if known else ""

    def _said(self, value: float, unit: Unit) -> str:
        return said(value, unit, self._language)

    def _words(self, text: Text) -> str:
        return self._texts.words(text, self._language, self._zone)


def _bits(value: float | None) -> float | None:
    return None if value is None else BYTE * value
