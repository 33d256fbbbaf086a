"""The arithmetic of docs/scale.md comes out as its own formulas say."""

import math
import re

import pytest

from bot.server import MOST_CONNECTIONS
from bot.settings import Settings
from tests.rules.tree import ROOT

PAGE = (ROOT / "docs/scale.md").read_text(encoding="utf-8")
ON_SQLITE, ON_MONGODB = (int(figure.replace(",", "")) for figure in re.findall(r"\*\*([\d,]+) messages/s\*\*", PAGE))
ROWS = [
    [float(cell.replace(",", "").removesuffix(" GB")) for cell in row.split("|")]
    for row in re.findall(r"^\| ([\d,]+ \| .* GB) \|$", PAGE, flags=re.MULTILINE)
]


def close(shown: float, exact: float) -> bool:
    """As far as it is shown: to one figure in twenty."""
    return math.isclose(shown, exact, rel_tol=0.1)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]:.0f} customers")
def test_what_so_many_customers_need(row: list[float]) -> None:
    customers, per_day, peak, on_sqlite, on_mongodb, writes, gigabytes = row
    exact = customers * 0.2 * 0.1 / 3600 * 3
    assert per_day == customers * 0.2
    assert close(peak, exact) or abs(peak - exact) < 0.005
    assert on_sqlite == math.ceil(exact / (ON_SQLITE / 2))
    assert on_mongodb == math.ceil(exact / (ON_MONGODB / 2))
    assert close(writes, exact * 14) or abs(writes - exact * 14) < 0.05
    assert close(gigabytes, per_day * 365 * 5e3 / 1e9)


def test_there_are_three_sizes() -> None:
    assert [row[0] for row in ROWS] == [1e3, 1e5, 1e7]


def test_where_the_senders_limits_come() -> None:
    settings = Settings.model_construct()
    for limit, millions in ((settings.telegram_rate, 1.8), (settings.twilio_rate, 4.8)):
        assert limit * 12_000 / 0.2 == pytest.approx(millions * 1e6)
        assert f"**{millions} million customers**" in PAGE
        assert f"{limit:.0f} messages/s" in PAGE
    lines = settings.telegram_group_rate / 60
    assert lines / 0.1 * 12_000 / 0.2 == pytest.approx(200_000)
    assert f"{settings.telegram_group_rate:.0f} lines a minute" in PAGE


def test_the_limits_that_are_named_are_ours() -> None:
    assert f"{Settings.model_construct().inbox_limit:,} waiting entries" in PAGE
    assert f"{MOST_CONNECTIONS:,} connections" in PAGE
