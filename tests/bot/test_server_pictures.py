"""The picture of a machine's day: in whose words, on whose clock, and what is said where there is none."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.build import open_storage
from bot.channels.base import MediaNotNow, MediaUnavailable
from bot.server_pictures import ServerPictures
from bot.settings import Settings
from bot.wording import Texts
from domain.people import Person
from domain.server_metrics import Sample, ServerMetrics
from domain.servers import Server, ServerStatus
from services.documents.charts import Chart, ChartFailed, ChartNotNow, Charts
from storage.base import Storage

UNTIL = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
SINCE = UNTIL - timedelta(hours=24)
BUDI = "whatsapp:+6281234567801"
SERVER = Server(
    id="server-17-1a2b3c4d",
    number=17,
    customer=BUDI,
    name="Budi",
    email="",
    language="id",
    zone="Asia/Makassar",
    order="order-17",
    plan="small",
    region="jakarta",
    image="ubuntu",
    shelf="small@jakarta",
    slot=0,
    hostname="toko",
    user="ubuntu",
    status=ServerStatus.ACTIVE,
    since=SINCE,
    provider="proxmox",
    made_at=SINCE,
)
SAMPLES = (
    Sample(SINCE, 10.0, None, 125_000.0, 0.0),
    Sample(SINCE + timedelta(hours=1), 30.5, None, None, 250e6),
    Sample(SINCE + timedelta(hours=2), None, None, 0.0, None),
)
METRICS = ServerMetrics(id=SERVER.id, customer=BUDI, since=SINCE, until=UNTIL, samples=SAMPLES)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    storage = open_storage(Settings(database_url=f"sqlite:///{tmp_path / 'sahut.db'}"))
    await storage.open()
    yield storage
    await storage.close()


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Chart]:
    """What is to be drawn, in place of drawing it."""
    charts: list[Chart] = []

    async def png(self: Charts, chart: Chart) -> bytes:
        charts.append(chart)
        return b"png"

    monkeypatch.setattr(Charts, "png", png)
    return charts


@pytest.fixture
def pictures(storage: Storage) -> ServerPictures:
    return ServerPictures(storage, Texts())


async def test_in_the_machine_s_language_and_clock(
    storage: Storage, pictures: ServerPictures, drawn: list[Chart]
) -> None:
    await storage.save(SERVER, METRICS)
    file = await pictures.open(SERVER.id)
    assert (file.body, file.mime, file.name) == (b"png", "image/png", "pemakaian-17.png")
    (chart,) = drawn
    assert (chart.title, chart.zone, chart.language) == ("toko (#17)", "Asia/Makassar", "id")
    assert chart.subtitle == "Sel, 24 Nov 2026, 11.00 WITA – Rab, 25 Nov 2026, 11.00 WITA"
    cpu, memory, traffic = chart.panels
    assert (cpu.title, cpu.note) == ("CPU", "rata-rata 20 % · tertinggi 30 %")
    assert (memory.title, memory.note) == ("Memori", "tidak diukur")
    assert [each.label for each in traffic.series] == ["masuk, maks 1 Mbit/s", "keluar, maks 2 Gbit/s"]
    assert [value for _, value in traffic.series[0].points] == [1e6, None, 0.0]


async def test_in_what_its_owner_has_chosen_since(
    storage: Storage, pictures: ServerPictures, drawn: list[Chart]
) -> None:
    await storage.save(SERVER, METRICS, Person(id=BUDI, language="en", zone="Asia/Jayapura"))
    assert (await pictures.open(SERVER.id)).name == "usage-17.png"
    (chart,) = drawn
    assert chart.subtitle.startswith("Tue, 24 Nov 2026, 12:00 WIT")
    assert [panel.title for panel in chart.panels] == ["CPU", "Memory", "Traffic"]
    assert chart.panels[1].note == "not measured"


async def test_a_long_name_fits(storage: Storage, pictures: ServerPictures, drawn: list[Chart]) -> None:
    await storage.save(replace(SERVER, hostname="a" * 200), METRICS)
    await pictures.open(SERVER.id)
    assert drawn[0].title == f"{'a' * 35}… (#17)"


async def test_without_traffic_its_lines_have_no_highest(
    storage: Storage, pictures: ServerPictures, drawn: list[Chart]
) -> None:
    await storage.save(SERVER, replace(METRICS, samples=(Sample(SINCE, 1.0, 2.0, None, None),)))
    await pictures.open(SERVER.id)
    traffic = drawn[0].panels[2]
    assert ([each.label for each in traffic.series], traffic.note) == (["masuk", "keluar"], "tidak diukur")


async def test_there_is_none_without_measurements_or_an_owner(storage: Storage, pictures: ServerPictures) -> None:
    for records in ((), (SERVER,), (replace(SERVER, id="server-18-x", customer="", slot=1),)):
        await storage.save(*records)
        with pytest.raises(MediaUnavailable):
            await pictures.open(records[0].id if records else SERVER.id)


@pytest.mark.parametrize(
    ("problem", "told"), [(ChartNotNow("busy"), MediaNotNow), (ChartFailed("a mistake"), MediaUnavailable)]
)
async def test_what_could_not_be_drawn(
    storage: Storage,
    pictures: ServerPictures,
    monkeypatch: pytest.MonkeyPatch,
    problem: Exception,
    told: type[Exception],
) -> None:
    async def png(self: Charts, chart: Chart) -> bytes:
        raise problem

    monkeypatch.setattr(Charts, "png", png)
    await storage.save(SERVER, METRICS)
    with pytest.raises(told) as raised:
        await pictures.open(SERVER.id)
    assert isinstance(raised.value, MediaNotNow) is (told is MediaNotNow)
