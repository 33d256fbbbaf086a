"""Whether all counts are what they may be."""

from collections.abc import Mapping, Sequence
from time import monotonic

from tests.durability.ledger import Count, Ledger
from tests.durability.stage import Stage
from tests.report import report


def judge(
    stage: Stage,
    ledger: Ledger,
    name: str,
    kind: str,
    counts: Sequence[Count],
    begun: float,
    *,
    more: Mapping[str, int] | None = None,
    errors: bool = False,
) -> None:
    """Report the counts (`more` are some that were made on the way). Raises AssertionError where one is wrong, or where
    an error was logged that nobody expected.
    """
    counted = [ledger.count(each) for each in counts]
    values = {**(more or {}), **{each.what: each.value for each in counted}}
    report(name, kind, **values, seconds=round(monotonic() - begun))
    wrong = [(str(each), each.cases) for each in counted if not each.good]
    assert not wrong, wrong
    logged = [line for each in stage.running for line in each.errors()]
    assert errors or logged == []
