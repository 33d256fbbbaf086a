"""Without a public address: updates by polling."""

from pathlib import Path

from bot.settings import Updates
from tests.chat_steps import handed_over
from tests.talk import Talk


async def test_a_conversation_by_polling_is_the_same(tmp_path: Path) -> None:
    talk = await Talk.begin(tmp_path, telegram_updates=Updates.POLLING)
    await talk.at_office_hours()
    sari, dewi = talk.person("sari"), talk.agent("dewi")
    await sari.says("halo")
    await sari.hears("Selamat datang")
    desk = await handed_over(sari, dewi)
    await desk.says("Halo kak")
    await sari.hears("Halo kak")
    await talk.restart()
    await sari.says("terima kasih")
    await desk.hears("terima kasih")
    await sari.hears_nothing()
    await talk.end()


async def test_by_polling_the_webhooks_are_closed(tmp_path: Path) -> None:
    talk = await Talk.begin(tmp_path, telegram_updates=Updates.POLLING)
    assert {bot.webhook for bot in talk.simulator.telegram.mailboxes.values()} == {None}
    await talk.end()
