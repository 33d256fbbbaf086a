"""The world is kept over a restart."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from simulator.server import Bot, Simulator, SimulatorConfig
from tests.simulator.actors import BotClient, Service, WhatsApp
from tests.simulator.test_google_calendar import EVENT

SARI = "telegram:1001"
BUDI = "whatsapp:+6281234567801"


@pytest.fixture
def kept(config: SimulatorConfig, tmp_path: Path) -> SimulatorConfig:
    return replace(config, state_path=tmp_path / "deep" / "world.json")


async def test_phones_keep_their_history(
    kept: SimulatorConfig, service: Service, session: aiohttp.ClientSession
) -> None:
    first = Simulator(kept)
    await first.start()
    bot, whatsapp = BotClient(first, session), WhatsApp(first, session, service)
    await first.world.say("sari", "/start", media={"kind": "photo"})
    await bot.say(1001, "<b>menu</b>", parse_mode="HTML")
    topic = (await bot.ok("createForumTopic", chat_id=kept.agents_chat_id, name="Budi"))["message_thread_id"]
    await first.world.say("budi", "halo")
    sent = await whatsapp.send("hai")
    await first.world.wait(lambda: first.world.message(BUDI, sent.sid).status == "delivered")
    await first.world.add_person("Wati", "telegram")
    await first.world.advance(timedelta(hours=5))
    before = first.control.state()
    (waiting,) = first.telegram.mailboxes[bot.bot.token].pending.values()
    await first.stop()

    second = Simulator(kept)
    await second.start()
    after = second.control.state()
    assert {**after, "now": ""} == {**before, "now": ""}
    assert after["now"] > before["now"]
    bot, whatsapp = BotClient(second, session), WhatsApp(second, session, service)
    (update,) = await bot.ok("getUpdates")
    assert update == waiting.body
    said = await second.world.say("sari", "lagi")
    assert said.number > second.world.messages(SARI)[-2].number
    await bot.say(kept.agents_chat_id, "masih ada", message_thread_id=topic)
    assert (await whatsapp.client.messages(sent.sid).fetch_async()).status == "delivered"
    media = second.world.messages(SARI)[0].media
    assert media is not None
    async with session.get(second.url + media["url"]) as response:
        assert (await response.read())[:2] == b"\xff\xd8"
    assert (await second.world.add_person("Joko")).id not in [person["id"] for person in before["people"]]
    await second.stop()


async def test_a_webhook_stays_set_and_gets_what_waited(kept: SimulatorConfig, service: Service) -> None:
    first = Simulator(kept)
    await first.start()
    async with aiohttp.ClientSession() as session:
        await BotClient(first, session).ok("setWebhook", url=f"{service.url}/tg", secret_token="abc")
    service.answers = [500]
    await first.world.say("sari", "halo")
    await service.got(1)
    await first.stop()
    second = Simulator(kept)
    await second.start()
    await service.got(2)
    assert service.received[0].body == service.received[1].body
    assert service.received[1].headers["X-Telegram-Bot-Api-Secret-Token"] == "abc"
    await second.stop()


@pytest.mark.parametrize("content", ["{", '{"version": 0}', "[]"])
async def test_a_broken_file_begins_a_new_world(kept: SimulatorConfig, content: str) -> None:
    assert kept.state_path is not None
    kept.state_path.parent.mkdir()
    kept.state_path.write_text(content, encoding="utf-8")
    sim = Simulator(kept)
    await sim.start()
    assert len(sim.world.people) == 6
    await sim.stop()


async def test_a_file_of_another_cast_is_not_used(kept: SimulatorConfig) -> None:
    first = Simulator(kept)
    await first.start()
    await first.world.say("sari", "/start")
    await first.stop()
    second = Simulator(replace(kept, telegram_bots=(Bot("5:x", "other_bot", "Other"),)))
    await second.start()
    assert second.world.messages(SARI) == []
    await second.stop()


async def test_mailboxes_and_the_calendar_are_kept(kept: SimulatorConfig, session: aiohttp.ClientSession) -> None:
    first = Simulator(replace(kept, google_pending=60.0))
    await first.start()
    first.mailboxes.deliver(
        ["budi@example.com"], "sahut@sahut.example", "Halo", "Isi", "<1@x>", [("a.pdf", "a/b", b"!")]
    )
    user = first.google_accounts.user_file()
    async with session.post(user["token_uri"], data={"grant_type": "refresh_token", **user}) as response:
        headers = {"Authorization": f"Bearer {(await response.json())['access_token']}"}
    url = f"{first.url}/calendar/v3/calendars/primary/events?conferenceDataVersion=1&sendUpdates=all"
    async with session.post(url, json=EVENT, headers=headers) as response:
        assert response.status == 200
    (pending,) = first.control.state()["calendar"]["events"]
    (mail,) = first.control.state()["mails"]
    assert (pending["room"], pending["invited"]) == ("", False)
    await first.stop()

    second = Simulator(kept)
    await second.start()
    state = second.control.state()
    assert state["mails"][0] == mail
    async with session.get(second.url + mail["attachments"][0]["url"]) as response:
        assert await response.read() == b"!"
    (opened,) = state["calendar"]["events"]
    assert opened["room"].startswith("https://meet.google.com/")
    assert {**opened, "room": "", "invited": False} == pending
    assert [mail.subject.partition(":")[0] for mail in second.mailboxes.of("andi@example.com")] == ["Invitation"]
    await second.stop()


async def test_it_is_written_while_it_runs(kept: SimulatorConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.state.PAUSE", 0.0)
    sim = Simulator(kept)
    await sim.start()
    await sim.world.say("sari", "/start")
    path = kept.state_path
    assert path is not None
    await sim.world.wait(path.is_file)
    await sim.stop()
