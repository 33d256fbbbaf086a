"""The job of cases: however many are due at one instant, one run finds them all."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from domain.cases import Case, CaseStatus
from domain.events import Due
from jobs import due
from storage.sqlite import SQLiteStorage
from tests.storage.kit import AT, RECORDS


def idle(number: int) -> Case:
    """A case whose agent has answered, to close now."""
    then = AT - timedelta(days=2)
    return Case(
        id=f"case-{number}",
        number=number,
        customer=f"telegram:{number}",
        name="Budi",
        language="id",
        topic="other",
        team="general",
        status=CaseStatus.ACTIVE,
        opened_at=then,
        last_activity_at=then,
        due_at=AT,
    )


async def test_more_than_are_found_at_once_are_all_found_in_one_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "AT_ONCE", 4)
    find = due.due(Case, "case", lambda case: case.customer)
    store = SQLiteStorage(tmp_path / "sahut.db", (*RECORDS, Case))
    await store.open()
    try:
        await store.save(*map(idle, range(10)))
        pages = [page async for page in find(store, AT)]
    finally:
        await store.close()
    assert [len(page) for page in pages] == [4, 4, 2]
    events = [arrival.event for page in pages for arrival in page]
    found = Counter(event.record for event in events if isinstance(event, Due) and event.at == AT)
    assert found == Counter(idle(number).id for number in range(10))
