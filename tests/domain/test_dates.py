"""Days, times and hours, as people write them."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dates import read_day, read_days, read_spans, read_time, read_weekday
from domain.hours import Span

TODAY = date(2026, 11, 21)  # a Saturday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("besok", date(2026, 11, 22)),
        ("Besok ya kak", date(2026, 11, 22)),
        ("lusa", date(2026, 11, 23)),
        ("hari ini", TODAY),
        ("today", TODAY),
        ("kemarin", date(2026, 11, 20)),
        ("senin", date(2026, 11, 23)),
        ("Hari Senin", date(2026, 11, 23)),
        ("senin depan", date(2026, 11, 23)),
        ("sabtu", TODAY),
        ("sabtu depan", date(2026, 11, 28)),
        ("minggu", date(2026, 11, 22)),
        ("next friday", date(2026, 11, 27)),
        ("23/11", date(2026, 11, 23)),
        ("23-11-2026", date(2026, 11, 23)),
        ("23.11.26", date(2026, 11, 23)),
        ("23 11", date(2026, 11, 23)),
        ("2026-11-23", date(2026, 11, 23)),
        ("2026/11/23", date(2026, 11, 23)),
        ("23", date(2026, 11, 23)),
        ("tgl 23", date(2026, 11, 23)),
        ("20", date(2026, 12, 20)),
        ("23 nov", date(2026, 11, 23)),
        ("23 November 2026", date(2026, 11, 23)),
        ("tanggal 23 november", date(2026, 11, 23)),
        ("Senin, 23 Nov 2026", date(2026, 11, 23)),
        ("Sen, 23 Nov 2026", date(2026, 11, 23)),
        ("Nov 23", date(2026, 11, 23)),
        ("23rd", date(2026, 11, 23)),
        ("20/11", date(2026, 11, 20)),
        ("2/1", date(2027, 1, 2)),
        ("31 feb", None),
        ("32", None),
        ("0", None),
        ("2026-13-01", None),
        ("halo", None),
        ("saldo saya belum masuk", None),
        ("🗓", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_a_day(text: str, day: date | None) -> None:
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("9", ("09:00", "21:00")),
        ("09.00", ("09:00", "21:00")),
        ("9:30", ("09:30", "21:30")),
        ("jam 9", ("09:00", "21:00")),
        ("pukul 09.00 WIB", ("09:00", "21:00")),
        ("jam 9 pagi", ("09:00",)),
        ("jam 2 siang", ("14:00",)),
        ("11 siang", ("11:00",)),
        ("jam 12 siang", ("12:00",)),
        ("12", ("12:00", "00:00")),
        ("4 sore", ("16:00",)),
        ("7 malam ya", ("19:00",)),
        ("14.15", ("14:15",)),
        ("9am", ("09:00",)),
        ("2:30 pm", ("14:30",)),
        ("12 am", ("00:00",)),
        ("12 pm", ("12:00",)),
        ("24.00", ("00:00",)),
        ("25", ()),
        ("9.75", ()),
        ("sembilan", ()),
        ("🕘", ()),
        ("", ()),
        ("1" * 5000, ()),
    ],
)
def test_a_time(text: str, times: tuple[str, ...]) -> None:
    assert tuple(f"{minutes // 60:02}:{minutes % 60:02}" for minutes in read_time(text)) == times


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("09.00-12.00, 13.00-17.00", (Span(540, 720), Span(780, 1020))),
        ("13-17 dan 9-12", (Span(540, 720), Span(780, 1020))),
        ("09:30 s/d 12", (Span(570, 720),)),
        ("20-02", (Span(1200, 1560),)),
        ("18.00-24.00", (Span(1080, 1440),)),
        ("-", ()),
        ("libur", ()),
        ("9-12, 11-13", None),
        ("9", None),
        ("9-25", None),
        ("24-25", None),
        ("9.75-12", None),
        ("pagi", None),
        ("", None),
    ],
)
def test_hours(text: str, spans: tuple[Span, ...] | None) -> None:
    assert read_spans(text) == spans


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("24/12", (date(2026, 12, 24), date(2026, 12, 24))),
        ("24/12 - 26/12", (date(2026, 12, 24), date(2026, 12, 26))),
        ("24/12-26/12", (date(2026, 12, 24), date(2026, 12, 26))),
        ("24-12-2026 s/d 26-12-2026", (date(2026, 12, 24), date(2026, 12, 26))),
        ("30/12 - 2/1", (date(2026, 12, 30), date(2027, 1, 2))),
        ("24 des sampai 26 des", (date(2026, 12, 24), date(2026, 12, 26))),
        ("24 - 26", (date(2026, 11, 24), date(2026, 11, 26))),
        ("besok", (date(2026, 11, 22), date(2026, 11, 22))),
        ("besok - lusa", (date(2026, 11, 22), date(2026, 11, 23))),
        ("senin sampai rabu", (date(2026, 11, 23), date(2026, 11, 25))),
        ("jumat - senin", (date(2026, 11, 27), date(2026, 11, 30))),
        ("26/12 - 24/12", None),
        ("natal", None),
        ("", None),
    ],
)
def test_several_days(text: str, days: tuple[date, date] | None) -> None:
    assert read_days(text, TODAY) == days


def test_a_weekday() -> None:
    assert [read_weekday(word) for word in ("senin", "Jum'at", "MINGGU", "sun", "besok")] == [0, 4, 6, 6, None]


@given(st.text(max_size=300), st.dates(date(2024, 1, 1), date(2030, 12, 31)))
def test_anything_at_all_is_read_or_not(text: str, today: date) -> None:
    read_day(text, today)
    read_days(text, today)
    assert all(0 <= minutes < 1440 for minutes in read_time(text))
    read_spans(text)


@given(st.dates(date(2024, 1, 1), date(2030, 12, 31)), st.times())
def test_what_we_show_can_be_written_back(day: date, at: time) -> None:
    """Our own way of showing a day and a time."""
    months = ("jan", "feb", "mar", "apr", "mei", "jun", "jul", "agu", "sep", "okt", "nov", "des")
    weekday = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")[day.weekday()]
    assert read_day(f"{weekday}, {day.day} {months[day.month - 1]} {day.year}", date(2024, 1, 1)) == day
    assert at.hour * 60 + at.minute in read_time(f"{at:%H.%M} WIB")
