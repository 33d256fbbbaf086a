"""What ops do with an error on its page: who did it is said, and nothing of it is lost."""

import asyncio
from datetime import timedelta
from unittest.mock import AsyncMock

import pytest
from msgspec.structs import replace

from domain.log_patterns import PatternState
from storage.base import Stale, StorageUnavailable
from tests.web.log_kit import Visitor, dewi, pattern, save, site, stored

__all__ = ["dewi", "site"]

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_buttons_change_its_state_and_the_history_says_who(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    await save(dewi, pattern(1, now))
    key = f"{1:016x}"
    assert "Done. It is now: Acknowledged." in (await dewi.do(key, do="acknowledge")).words
    assert "Done. It is now: Muted." in (await dewi.do(key, do="hour")).words
    muted = await stored(dewi, key)
    assert muted.muted_until == muted.due_at == muted.history[-1].at + timedelta(hours=1)
    assert "Done. It is now: Muted." in (await dewi.do(key, do="day")).words
    assert "Done. It is now: Resolved." in (await dewi.do(key, do="resolve")).words
    page = await dewi.do(key, do="reopen")
    assert [each.by for each in (await stored(dewi, key)).history] == ["Dewi · page"] * 5
    assert page.words.count("Dewi · page") == 5
    assert [name for source, name, _ in dewi.site.rows() if source == "ops-page"] == [f"{key}-{n}" for n in range(2, 7)]


async def test_what_cannot_be_told_to_the_group_is_not_done_either(
    dewi: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one commit."""
    key, page = f"{1:016x}", f"/ops/logs/errors/{1:016x}"
    await save(dewi, pattern(1, dewi.site.service.clock.now()))
    with monkeypatch.context() as patch:
        patch.setattr(dewi.site.service.storage, "record", AsyncMock(side_effect=StorageUnavailable("away")))
        answer = await dewi.fill_in(page, page, {"do": "resolve"})
    assert answer.status == 503
    assert "Not right now" in answer.words
    assert (await stored(dewi, key)).state is PatternState.NEW
    assert "Done. It is now: Resolved." in (await dewi.do(key, do="resolve")).words


async def test_a_mute_until_a_date_is_by_the_business_s_clock(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    await save(dewi, pattern(1, now))
    key = f"{1:016x}"
    until = (now + timedelta(days=3)).replace(second=0)
    local = (until + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M")  # WIB
    assert "Done" in (await dewi.do(key, do="until", until=local)).words
    assert (await stored(dewi, key)).muted_until == until
    for wrong in ("", "tomorrow", "2001-01-01T00:00", "2999-01-01T00:00"):
        assert "no time within the coming year" in (await dewi.do(key, do="until", until=wrong)).words
    assert (await stored(dewi, key)).muted_until == until


async def test_who_is_too_late_is_told(dewi: Visitor) -> None:
    now = dewi.site.service.clock.now()
    await save(dewi, pattern(1, now))
    key = f"{1:016x}"
    page = f"/ops/logs/errors/{key}"
    old = (await dewi.get(page)).html
    await dewi.do(key, do="resolve")
    form = {"do": "acknowledge", "seen": "new", "seal": old.split('name="seal" value="')[1].split('"')[0]}
    sent = await dewi.post(page, form)
    told = await dewi.get(sent.headers["Location"])
    assert "Not done: meanwhile it was changed. It is now: Resolved." in told.words
    assert [each.what for each in (await stored(dewi, key)).history] == ["resolve"]


async def test_a_button_that_is_none_changes_nothing(dewi: Visitor) -> None:
    await save(dewi, pattern(1, dewi.site.service.clock.now()))
    page = f"/ops/logs/errors/{1:016x}"
    for do in ("", "show", "regressed", "reopen"):
        assert (await dewi.fill_in(page, page, {"do": do})).status in (400, 303)
    assert (await stored(dewi, f"{1:016x}")).version == 1


async def test_what_a_scan_writes_meanwhile_is_not_lost(dewi: Visitor) -> None:
    """Both write to the pattern: the count goes up, and what was pressed counts."""
    store = dewi.site.service.storage
    await save(dewi, pattern(1, dewi.site.service.clock.now(), count=0))
    key = f"{1:016x}"

    async def scans() -> None:
        for _ in range(20):
            while True:
                read = await stored(dewi, key)
                try:
                    await store.save(replace(read, count=read.count + 1))
                    break
                except Stale:
                    continue

    _, page = await asyncio.gather(scans(), dewi.do(key, do="acknowledge"))
    assert "Done" in page.words or "try again" in page.words
    after = await stored(dewi, key)
    assert after.count == 20
    assert (after.state is PatternState.ACKNOWLEDGED) == ("Done" in page.words)
