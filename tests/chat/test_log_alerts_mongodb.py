"""What ops hear of the logs, with everything kept in MongoDB."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.chat.logs import SCAN, finding, named, watching
from tests.plugins.mongodb import databases
from tests.talk import Scripted, Talk

pytestmark = pytest.mark.mongodb


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    talk = await Talk.begin(tmp_path, database_url=databases.url(tmp_path))
    yield talk
    await talk.end()


async def test_a_flood_a_restart_and_a_button(talk: Talk, ops: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    watch = await watching(talk, monkeypatch).begun()
    now = watch.clock.now()
    await watch.scans(*(finding(named(n), 10, at=now) for n in range(40)))
    before = ops.sees()
    assert len(before) == 6
    await ops.hears("350 error lain dari 35 pola")
    await talk.restart()
    await watch.later(2 * SCAN)
    assert ops.sees() == before
    await ops.presses("Bisukan 1 jam")
    await ops.hears("Dibisukan Ops")
    await watch.scans(*(finding(named(n), 1, at=now) for n in range(40)))
    assert sum("11×" in each for each in ops.sees()) == 4
    await watch.later(timedelta(hours=1))
    await ops.hears("Bisu berakhir", "11×")
