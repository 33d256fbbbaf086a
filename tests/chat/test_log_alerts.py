"""What ops hear of the logs: new errors, those that come more often or come back, silent logs; and never a flood."""


import pytest

from tests.chat.logs import Watch, finding, named, watching
from tests.talk import Scripted, Talk


@pytest.fixture
async def watch(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return await watching(talk, monkeypatch).begun()


REFUSED = "ERROR could not charge card: connection refused by gateway"


async def test_a_new_error_is_told_within_its_scan(watch: Watch, ops: Scripted) -> None:
    await watch.finds(REFUSED, 3)
    told = await ops.hears("Error baru", "ERROR · api (tim payments)", REFUSED, "3×", "/var/log/api/api.log")
    labels = [button.text for row in told.buttons for button in row]
    assert labels == ["Saya tangani", "Bisukan 1 jam", "Bisukan 1 hari", "Beres", "Lihat semua"]


async def test_an_error_that_goes_on_is_told_by_its_count_in_the_same_message(watch: Watch, ops: Scripted) -> None:
    await watch.finds(REFUSED, 3)
    first = await ops.hears("Error baru")
    await watch.later()
    await watch.finds(REFUSED, 4)
    told = await ops.hears("Error baru", "7×")
    assert told.id == first.id
    assert told.buttons == first.buttons
    assert len(ops.sees()) == 1


async def test_a_flood_is_five_messages_and_a_digest(watch: Watch, ops: Scripted) -> None:
    now = watch.clock.now()
    await watch.scans(*(finding(named(n), 3333 + (n < 100), at=now) for n in range(300)))
    assert len(ops.sees()) == 6
    assert sum("Error baru" in each for each in ops.sees()) == 5
    digest = await ops.hears("error lain dari 295 pola", "pola. Lihat /errors")
    assert digest.text.count("\n🆕") == 10
    assert 983_235 <= int(digest.text.split()[1]) <= 983_335
