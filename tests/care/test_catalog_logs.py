"""Which logs are read, as catalog.toml says it, and what is wrong with it, in one line each."""

import re
from datetime import timedelta

import pytest

from bot.catalog import parse_catalog
from domain.log_lines import Level
from domain.log_sources import LogRules, LogWatch, Source
from tests.care.test_catalog_file import TEXT, mistakes

EXAMPLE = "\n".join(
    line[2:] for line in re.findall(r"^# (?:\[logs\.|\w+ = .*).*$", TEXT.split("--- logs")[1], re.M)[:11]
)
BILLING = '[logs.sources.billing]\nglobs = ["/var/log/billing/*.log*"]\n'


def test_the_example_of_the_file_says_what_is_so_anyway() -> None:
    logs = parse_catalog(f"{TEXT}\n{EXAMPLE}").logs
    source = Source(id="billing", globs=("/var/log/billing/*.log*",), silent_after=timedelta(minutes=30))
    assert logs == LogWatch(sources=(source,), rules=LogRules())


def test_without_the_part_no_log_is_read() -> None:
    assert parse_catalog(TEXT).logs == LogWatch()


def test_what_is_said_is_read() -> None:
    more = (
        'format = "nginx"\nzone = "Asia/Jakarta"\nteam = "money"\nthreshold = "WARN"\n[logs.rules]\nevery_seconds = 5\n'
    )
    logs = parse_catalog(f"{TEXT}\n{BILLING}{more}").logs
    assert logs.rules.every == timedelta(seconds=5)
    source = logs.source("billing")
    assert source is not None
    assert (source.format, source.zone, source.team) == ("nginx", "Asia/Jakarta", "money")
    assert source.threshold is Level.WARNING


@pytest.mark.parametrize(
    ("table", "line"),
    [
        ("[logs.sources.Billing]\nglobs = ['/a']", "logs.sources.Billing: an id is a small letter"),
        ("[logs.sources.sahut]\nglobs = ['/a']", "logs.sources.sahut: this name is for what Sahut says of itself"),
        ("[logs.sources.a]\nglobs = []", "logs.sources.a.globs is empty"),
        ("[logs.sources.a]", "logs.sources.a.globs is missing"),
        ("[logs.sources.a]\nglobs = ['var/*.log']", "logs.sources.a.globs: 'var/*.log' is not a path from the root"),
        (f"{BILLING}format = 'log5j'", "logs.sources.billing.format: 'log5j' is not one of auto, "),
        (f"{BILLING}zone = 'WIB'", "logs.sources.billing.zone: there is no time zone 'WIB'"),
        (f"{BILLING}threshold = 'loud'", "logs.sources.billing.threshold: 'loud' is not one of warning,"),
        (f"{BILLING}threshold = 'info'", "logs.sources.billing.threshold: 'info' is not one of warning,"),
        (f"{BILLING}threshold = '3'", "logs.sources.billing.threshold: '3' is not one of"),
        (f"{BILLING}silent_after_minutes = 0", "logs.sources.billing.silent_after_minutes: input should be greater"),
        (f"{BILLING}path = '/a'", "logs.sources.billing.path is not known here"),
        ("[logs.rules]\nevery_seconds = 0.1", "logs.rules.every_seconds: input should be greater than or equal to 1"),
    ],
)
def test_a_mistake_is_told_with_its_place(table: str, line: str) -> None:
    (told,) = mistakes(f"{TEXT}\n{table}\n")
    assert told.startswith(f"catalog.toml: {line}")
