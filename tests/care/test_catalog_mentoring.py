"""What mentoring offers, as catalog.toml says it, and what is wrong with it, in one line each."""

import re
from datetime import date, timedelta

import pytest

from bot.catalog import load_catalog, parse_catalog
from domain.hours import Span
from domain.money import Money
from tests.care.test_catalog_file import TEXT, changed, mistakes
from tests.rules.tree import ROOT


def test_subjects_mentors_and_rules_are_read() -> None:
    catalog = load_catalog(ROOT / "catalog.toml")
    offered = catalog.mentoring
    assert offered is not None
    assert [subject.id for subject in offered.subjects] == ["business", "finance", "programming"]
    assert [mentor.name for mentor in offered.mentors_of("business")] == ["Andi", "Maya"]
    andi = offered.mentor("andi")
    assert andi is not None
    assert (andi.price, andi.length, andi.buffer) == (Money(150_000, "IDR"), timedelta(hours=1), timedelta(minutes=15))
    assert andi.hours.zone == "Asia/Jakarta"
    assert andi.hours.spans[0] == (Span(9 * 60, 12 * 60), Span(13 * 60, 17 * 60))
    assert andi.hours.holidays == catalog.hours.holidays
    assert offered.rules.hold == timedelta(minutes=10)


def test_a_mentors_own_holidays_come_on_top() -> None:
    text = changed(r'^zone = "Asia/Makassar"$', 'zone = "Asia/Makassar"\nholidays = [2026-12-01]')
    offered = parse_catalog(text).mentoring
    assert offered is not None
    maya = offered.mentor("maya")
    assert maya is not None
    assert {date(2026, 12, 1), date(2026, 12, 25)} <= maya.hours.holidays


def test_without_the_part_mentoring_is_not_offered() -> None:
    text = re.sub(r"^\[mentoring\.rules\](.|\n)*?^# -{20}", "# ---", TEXT, flags=re.MULTILINE)
    assert parse_catalog(text).mentoring is None


@pytest.mark.parametrize(
    ("pattern", "replacement", "line"),
    [
        (r"^minutes = 60", "minutes = 50", "mentors.andi.minutes is not a multiple of 15"),
        (r"^buffer_minutes = 15", "buffer_minutes = 10", "mentors.andi.buffer_minutes is not a multiple of 15"),
        (r"^minutes = 60", "minutes = 0", "mentors.andi.minutes: input should be greater than 0"),
        (r"^price = 150_000", "price = -1", "mentors.andi.price: input should be greater than 0"),
        (r"^price = 150_000", "price = 1.5", "mentors.andi.price: input should be a valid integer, got a number with"),
        (
            r"^price = 150_000",
            'price = 150_000\ncurrency = "BTC"',
            "mentors.andi.currency: 'BTC' is not one of AUD, CAD,",
        ),
        (
            r"^share_percent = 70",
            "share_percent = 101",
            "mentors.andi.share_percent: input should be less than or equal to 100",
        ),
        (r"andi@example\.com", "andi.example.com", "mentors.andi.email: 'andi.example.com' is not an e-mail address"),
        (r'"andi2026sahut"', '"andi-2026-sahut"', "mentors.andi.code: 8 to 57 of A-Z, a-z and 0-9"),
        (r'"andi2026sahut"', '"andi"', "mentors.andi.code: 8 to 57 of A-Z, a-z and 0-9"),
        (r'"andi2026sahut"', f'"{"a" * 58}"', "mentors.andi.code: 8 to 57 of A-Z, a-z and 0-9"),
        (
            r'^subjects = \["programming", "business"\]',
            'subjects = ["programming", "bisnis"]',
            "mentors.andi.subjects: there is no subject 'bisnis'",
        ),
        (
            r'^subjects = \["programming", "business"\]',
            'subjects = ["business"]',
            "subjects.programming: no mentor has it",
        ),
        (r'^name = "Andi"', f'name = "{"A" * 21}"', "mentors.andi.name is longer than 20 characters"),
        (
            r'^name = \{ id = "Keuangan usaha"',
            'name = { id = "Keuangan untuk usaha kecil"',
            "subjects.finance.name.id is longer than 20 characters",
        ),
        (
            r'"Pembukuan, modal, harga',
            f'"{"x" * 60}, modal, harga',
            "subjects.finance.description.id is longer than 72 characters",
        ),
        (r'^profile\.id = "10', f'profile.id = "{"x" * 300}', "mentors.andi.profile.id is longer than 300 characters"),
        (
            r"^\[mentoring\.mentors\.andi\]",
            "[mentoring.mentors.Andi]",
            "mentors.Andi: an id is a small letter and then up to 23 small letters, digits and underscores",
        ),
        (r'"Asia/Makassar"', '"Asia/Ujungpandang2"', "mentors.maya.zone: there is no time zone 'Asia/Ujungpandang2'"),
        (
            r'"mon-fri 13:00-17:00"',
            '"afternoons"',
            "mentors.andi.open: 'afternoons' is not like \"mon-fri 08:00-21:00\"",
        ),
        (r'"sat 09:00-12:00"', '"sat 09:10-12:00"', "mentors.andi.open: 'sat 09:10-12:00' is not in quarter hours"),
        (r'"sat 09:00-12:00"', '"sat 09:00-09:45"', "mentors.andi.open: 'sat 09:00-09:45' is shorter than a session"),
        (r"^hold_minutes = 10", "hold_minutes = 0", "rules.hold_minutes: input should be greater than or equal to 1"),
        (r"^late_refund_percent = 50.*$", "", "rules.late_refund_percent is missing"),
        (r"^lead_hours", "lead_time = 1\nlead_hours", "rules.lead_time is not known here"),
    ],
)
def test_a_mistake_is_said_with_its_place(pattern: str, replacement: str, line: str) -> None:
    (said,) = mistakes(changed(pattern, replacement))
    assert said.startswith(f"catalog.toml: mentoring.{line}")


def test_a_code_is_one_mentors_alone() -> None:
    text = changed(r'^zone = "Asia/Makassar"$', 'zone = "Asia/Makassar"\ncode = "andi2026sahut"')
    assert mistakes(text) == (
        "catalog.toml: mentoring.mentors.andi.code is another mentor's too",
        "catalog.toml: mentoring.mentors.maya.code is another mentor's too",
    )


def test_all_its_mistakes_are_said_at_once_and_with_those_of_care() -> None:
    text = changed(r"^minutes = 60", "minutes = 50").replace('"dewi", "rudi"', '"dewy", "rudi"', 1)
    assert len(mistakes(text.replace("buffer_minutes = 30", "buffer_minutes = 20"))) == 3
