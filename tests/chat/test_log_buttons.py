"""The buttons under an alert: who of ops presses one is named in the message; what cannot be done changes nothing."""

from datetime import timedelta

import pytest

from domain.events import Arrival, Due, Said, SaidKind
from domain.log_patterns import Do, PatternState, moved
from domain.log_scans import ALL
from handlers.log_alerts import CHANGED
from simulator.model import Message
from tests.chat.logs import SCAN, Watch, finding, watching
from tests.talk import Scripted, Talk

AN_HOUR = timedelta(hours=1)
REFUSED = "ERROR could not charge card: connection refused by gateway"


@pytest.fixture
async def watch(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return await watching(talk, monkeypatch).begun()


@pytest.fixture
async def told(watch: Watch, ops: Scripted) -> Message:
    await watch.finds(REFUSED, 3)
    return await ops.hears("Error baru")


def labels(message: Message) -> list[str]:
    return [button.text for row in message.buttons for button in row]


async def test_acknowledged(watch: Watch, ops: Scripted, told: Message) -> None:
    await ops.presses("Saya tangani")
    message = await ops.hears("Error baru", "👀 Ditangani Ops", "10.00 WIB", REFUSED)
    assert message.id == told.id
    assert labels(message) == ["Bisukan 1 jam", "Bisukan 1 hari", "Beres", "Lihat semua"]
    pattern = await watch.pattern(REFUSED)
    assert pattern.state is PatternState.ACKNOWLEDGED
    assert pattern.history[-1].by.startswith("Ops · telegram:")
    await watch.finds(REFUSED, 4)
    await ops.hears_nothing()


@pytest.mark.parametrize(("label", "mute"), [("Bisukan 1 jam", AN_HOUR), ("Bisukan 1 hari", 24 * AN_HOUR)])
async def test_muted_until_it_ends(watch: Watch, ops: Scripted, told: Message, label: str, mute: timedelta) -> None:
    await ops.presses(label)
    await ops.hears("🔕 Dibisukan Ops sampai")
    await watch.later(mute - SCAN)
    await watch.finds(REFUSED, 500)
    await ops.hears_nothing()
    await watch.later(3 * SCAN)
    message = await ops.hears("Bisu berakhir, error masih terjadi", "503×")
    assert "Saya tangani" in labels(message)
    await watch.later(AN_HOUR)
    await ops.hears_nothing()


async def test_a_mute_in_which_nothing_came_ends_unheard(watch: Watch, ops: Scripted, told: Message) -> None:
    await ops.presses("Bisukan 1 jam")
    await ops.hears("Dibisukan")
    await watch.later(2 * AN_HOUR)
    await ops.hears_nothing()
    assert (await watch.pattern(REFUSED)).state is PatternState.NEW


async def test_what_was_acknowledged_and_then_muted_is_acknowledged_again(
    watch: Watch, ops: Scripted, told: Message
) -> None:
    await ops.presses("Saya tangani")
    await ops.hears("Ditangani")
    await ops.presses("Bisukan 1 jam")
    await ops.hears("Dibisukan")
    await watch.finds(REFUSED, 9)
    await watch.later(2 * AN_HOUR)
    await ops.hears_nothing()
    assert (await watch.pattern(REFUSED)).state is PatternState.ACKNOWLEDGED


async def test_resolved_and_opened_again(watch: Watch, ops: Scripted, told: Message) -> None:
    await ops.presses("Beres")
    message = await ops.hears("✅ Dinyatakan beres oleh Ops")
    assert labels(message) == ["Buka lagi", "Lihat semua"]
    await ops.presses("Buka lagi")
    await ops.hears("Ditangani Ops")
    assert (await watch.pattern(REFUSED)).state is PatternState.ACKNOWLEDGED


async def test_pressed_twice_is_answered_and_changes_nothing(watch: Watch, ops: Scripted) -> None:
    for text, what in ((REFUSED, "acknowledge"), (f"{REFUSED} again", "hour"), (f"{REFUSED} still", "resolve")):
        await watch.finds(text)
        told = await ops.hears("Error baru")
        pattern = await watch.pattern(text)
        for _ in range(2):
            await press(watch, group(ops), f"log:{pattern.id}:{what}", on=told.id)
        await ops.hears("Tidak ada yang berubah.", "Ops")
        assert len((await watch.pattern(text)).history) == 1


async def test_at_the_wrong_time_it_is_answered_with_how_it_stands(watch: Watch, ops: Scripted, told: Message) -> None:
    await press(watch, group(ops), f"log:{(await watch.pattern(REFUSED)).id}:reopen")
    await ops.hears("Tidak ada yang berubah.", "Belum ada yang menanganinya")
    assert (await watch.pattern(REFUSED)).state is PatternState.NEW


async def test_a_button_of_nothing_is_answered(watch: Watch, ops: Scripted, told: Message) -> None:
    for button in ("log:0123456789abcdef:resolve", "log:x:show", "log:", "log::", "log:a:b:c"):
        await press(watch, group(ops), button)
        await ops.hears("tidak tersimpan lagi")
    await press(watch, group(ops), f"log:{(await watch.pattern(REFUSED)).id}:explode")
    await ops.hears("Tidak ada yang berubah.")


async def test_an_old_alerts_buttons_still_work(watch: Watch, ops: Scripted, told: Message) -> None:
    await ops.presses("Beres")
    await ops.hears("beres")
    await watch.later(300 * AN_HOUR)
    await watch.finds(REFUSED)
    await ops.hears("muncul lagi")
    old = next(each for each in ops._theirs() if each.id == told.id)
    await ops.presses_on(old, "Lihat semua")
    await ops.hears("📄")
    await press(watch, group(ops), f"log:{(await watch.pattern(REFUSED)).id}:acknowledge", on=told.id)
    message = await ops.hears("Ditangani Ops")
    assert message.id == told.id


async def test_what_is_done_on_the_page_is_said_in_the_message_too(watch: Watch, ops: Scripted, told: Message) -> None:
    pattern = moved(await watch.pattern(REFUSED), Do.RESOLVE, by="Dewi · page", now=watch.clock.now())
    await watch.talk.service.storage.save(pattern)
    changed = Due(name=CHANGED, record=pattern.id, at=watch.clock.now())
    arrival = Arrival(source="ops-page", external_id="1", conversation=ALL, event=changed)
    await watch.talk.service.inbox.accept([arrival])
    await watch.talk.quiet()
    message = await ops.hears("✅ Dinyatakan beres oleh Dewi")
    assert message.id == told.id
    assert labels(message) == ["Buka lagi", "Lihat semua"]
    await watch.later()
    await watch.finds(REFUSED)
    await ops.hears("muncul lagi")


async def test_the_count_goes_on_in_the_message_that_was_pressed_last(
    watch: Watch, ops: Scripted, told: Message
) -> None:
    await ops.presses("Beres")
    await ops.hears("beres")
    await watch.later()
    await watch.finds(REFUSED)
    again = await ops.hears("muncul lagi", "4×")
    assert again.id != told.id
    await watch.later()
    await watch.finds(REFUSED)
    assert (await ops.hears("muncul lagi", "5×")).id == again.id


async def test_who_is_not_in_the_group_can_do_nothing(
    watch: Watch, ops: Scripted, told: Message, sari: Scripted, dewi: Scripted
) -> None:
    pattern = await watch.pattern(REFUSED)
    own = sari.chat.replace("telegram:", "telegram-ops:")
    await sari.says("halo")
    for chat in (sari.chat, dewi.chat, "telegram-ops:-1007777777777", own):
        for what in ("resolve", "show"):
            await press(watch, chat, f"log:{pattern.id}:{what}")
    assert await watch.pattern(REFUSED) == pattern
    assert not any(REFUSED in each or "📄" in each for person in (sari, dewi) for each in person.sees())
    await ops.hears_nothing()


async def test_show_gives_all_of_it_as_a_file(watch: Watch, ops: Scripted) -> None:
    long = "ERROR query failed\n" + "\n".join(f"  at frame{'x' * 50} <{n}> & \x1b[0m\x07é" for n in range(200))
    await watch.scans(finding(long, 2, at=watch.clock.now()))
    told = await ops.hears("Error baru", "…")
    assert "<150>" not in told.text
    await ops.presses("Lihat semua")
    shown = await ops.hears("📄")
    assert shown.media
    assert shown.media["type"] == "text/plain"
    stored = watch.talk.simulator.world.media.get(shown.media["url"].rpartition("/")[2])
    assert stored
    text = stored.data.decode()
    assert "frame" + "x" * 50 + " <199> & \ufffdé" in text
    assert "\x1b" not in text
    assert "/var/log/api/api.log" in text


def group(ops: Scripted) -> str:
    """Its address, as the service calls it."""
    return ops.chat.replace("telegram:", "telegram-ops:")


async def press(watch: Watch, chat: str, button: str, *, on: str = "") -> None:
    """A press of a button that may never have been shown there."""
    said = Said(kind=SaidKind.BUTTON, button=button, name="Ops", button_message=on.rpartition(":")[2])
    watch.count += 1
    person = "telegram:9001" if ":-" in chat else chat
    source = chat.partition(":")[0]
    arrival = Arrival(source=source, external_id=f"press-{watch.count}", conversation=chat, person=person, event=said)
    await watch.talk.service.inbox.accept([arrival])
    await watch.talk.quiet()
