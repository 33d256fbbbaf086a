import asyncio
import json

import pytest

from simulator.server import Simulator
from tests.simulator.actors import BotClient, Json, Service

SARI = 1001
CHAT = "telegram:1001"
KEYBOARD = {"inline_keyboard": [[{"text": "Isi saldo", "callback_data": "topup"}, {"text": "Web", "url": "x.id"}]]}


@pytest.fixture
async def hooked(bot: BotClient, service: Service) -> None:
    await bot.ok("setWebhook", url=f"{service.url}/tg", secret_token="s3cret")


def updates(service: Service) -> list[Json]:
    return [json.loads(one.body) for one in service.received]


async def test_a_message_is_posted_with_the_secret(sim: Simulator, service: Service, hooked: None) -> None:
    said = await sim.world.say("sari", "/start care_topup")
    (received,) = await service.got(1)
    assert received.headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
    message = json.loads(received.body)["message"]
    assert message["from"] == {
        "id": SARI,
        "is_bot": False,
        "first_name": "Sari",
        "username": "sari_sim",
        "language_code": "id",
    }
    assert message["chat"]["type"] == "private"
    assert message["entities"] == [{"offset": 0, "length": 6, "type": "bot_command"}]
    assert (message["message_id"], message["text"]) == (said.number, "/start care_topup")
    await sim.world.wait(lambda: said.status == "delivered")


async def test_every_kind_of_message(sim: Simulator, service: Service, hooked: None) -> None:
    for kind in ("photo", "voice", "document", "sticker"):
        await sim.world.say("sari", "", media={"kind": kind})
    await sim.world.say("sari", location={"lat": -6.2, "lon": 106.8})
    await sim.world.say("sari", contact={"phone_number": "+62811", "first_name": "Ibu"})
    await sim.world.say("sari", "terusan", forwarded=True)
    await service.got(7)
    messages = [update["message"] for update in updates(service)]
    kinds = ["photo", "voice", "document", "sticker", "location", "contact", "forward_origin"]
    assert [next(kind for kind in kinds if kind in message) for message in messages] == kinds


async def test_an_edited_message_and_an_answer(sim: Simulator, service: Service, hooked: None) -> None:
    first = await sim.world.say("sari", "salah")
    await sim.world.edit("sari", CHAT, first.id, "benar")
    await sim.world.say("sari", "itu", reply_to=first.id)
    await service.got(3)
    _, edited, answer = updates(service)
    assert edited["edited_message"]["text"] == "benar"
    assert edited["edited_message"]["edit_date"] >= edited["edited_message"]["date"]
    assert answer["message"]["reply_to_message"]["message_id"] == first.number


async def test_update_ids_ascend(sim: Simulator, service: Service, hooked: None) -> None:
    for n in range(5):
        await sim.world.say("sari", str(n))
    await service.got(5)
    ids = [update["update_id"] for update in updates(service)]
    assert ids == list(range(ids[0], ids[0] + 5))


async def test_a_pressed_button_is_a_callback_query_to_answer(
    bot: BotClient, sim: Simulator, service: Service, hooked: None
) -> None:
    await sim.world.say("sari", "/start")
    sent = await bot.say(SARI, "menu", reply_markup=KEYBOARD)
    await sim.world.press("sari", CHAT, str(sent["message_id"]), "Isi saldo")
    await service.got(2)
    query = updates(service)[1]["callback_query"]
    assert (query["data"], query["from"]["id"], query["message"]["message_id"]) == ("topup", SARI, sent["message_id"])
    assert query["message"]["reply_markup"] == KEYBOARD
    assert not sim.world.callbacks[query["id"]].answered
    await bot.ok("answerCallbackQuery", callback_query_id=query["id"], text="Baik", show_alert=True)
    callback = sim.world.callbacks[query["id"]]
    assert (callback.answered, callback.text, callback.alert) == (True, "Baik", True)


async def test_a_callback_query_that_is_unknown_or_too_old(
    bot: BotClient, sim: Simulator, service: Service, hooked: None
) -> None:
    words = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    assert await bot.refused("answerCallbackQuery", callback_query_id="1") == words
    await sim.world.say("sari", "/start")
    sent = await bot.say(SARI, "menu", reply_markup=KEYBOARD)
    await sim.world.press("sari", CHAT, str(sent["message_id"]), "topup")
    (query,) = sim.world.callbacks
    assert "MESSAGE_TOO_LONG" in await bot.refused("answerCallbackQuery", callback_query_id=query, text="x" * 201)
    sim.world.callbacks[query].real_time -= 601
    assert await bot.refused("answerCallbackQuery", callback_query_id=query) == words


async def test_a_reply_keyboard_says_its_label(bot: BotClient, sim: Simulator) -> None:
    await sim.world.say("sari", "/start")
    sent = await bot.say(SARI, "pilih", reply_markup={"keyboard": [[{"text": "Menu"}]]})
    assert "reply_markup" not in sent
    assert (await sim.world.press("sari", CHAT, str(sent["message_id"]), "Menu")).text == "Menu"


async def test_blocking_and_coming_back(sim: Simulator, service: Service, hooked: None) -> None:
    await sim.world.say("sari", "/start")
    await sim.world.block("sari")
    await sim.world.say("sari", "halo")
    await service.got(4)
    changes = [u["my_chat_member"]["new_chat_member"]["status"] for u in updates(service) if "my_chat_member" in u]
    assert changes == ["kicked", "member"]


async def test_what_is_refused_comes_again_in_order_and_holds_no_other_chat(
    sim: Simulator, service: Service, hooked: None
) -> None:
    service.answers = [503, 500]
    await sim.world.say("sari", "satu")
    await sim.world.say("sari", "dua")
    await service.got(1)
    await sim.world.say("andi", "lain")
    await service.got(5)
    texts = [update["message"]["text"] for update in updates(service)]
    assert texts[0] == "satu"
    assert [text for text in texts if text != "lain"][-2:] == ["satu", "dua"]
    repeated = [u["update_id"] for u in updates(service) if u["message"]["text"] == "satu"]
    assert len(repeated) > 1
    assert len(set(repeated)) == 1


async def test_a_new_webhook_gets_what_waits_at_once(bot: BotClient, sim: Simulator, service: Service) -> None:
    await bot.ok("setWebhook", url="http://127.0.0.1:1/nobody")
    await sim.world.say("sari", "halo")
    await sim.world.wait(lambda: sim.world.posts)
    info = await bot.ok("getWebhookInfo")
    assert (info["url"], info["pending_update_count"]) == ("http://127.0.0.1:1/nobody", 1)
    assert info["last_error_message"]
    await bot.ok("setWebhook", url=f"{service.url}/tg")
    await service.got(1)
    await sim.world.wait(lambda: sim.world.messages(CHAT)[0].status == "delivered")
    assert (await bot.ok("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_webhook_taken_away_and_set_again_delivers_once(
    bot: BotClient, sim: Simulator, service: Service
) -> None:
    await bot.ok("setWebhook", url="http://127.0.0.1:1/nobody")
    said = await sim.world.say("sari", "halo")
    await sim.world.wait(lambda: sim.world.posts)
    await bot.ok("deleteWebhook")
    await bot.ok("setWebhook", url=f"{service.url}/tg")
    await sim.world.wait(lambda: said.status == "delivered")
    await sim.world.say("sari", "lagi")
    await service.got(2)
    assert [u["message"]["text"] for u in updates(service)] == ["halo", "lagi"]


async def test_webhooks_that_are_refused(bot: BotClient, service: Service) -> None:
    words = await bot.refused("setWebhook", url="http://example.com/hook")
    assert words == "Bad Request: bad webhook: An HTTPS URL must be provided for webhook"
    words = await bot.refused("setWebhook", url=service.url, secret_token="mit Leerzeichen")
    assert words == "Bad Request: secret token contains unallowed characters"
    assert "unallowed" in await bot.refused("setWebhook", url=service.url, secret_token="x" * 257)


async def test_only_allowed_updates_come_and_the_list_is_kept(bot: BotClient, sim: Simulator, service: Service) -> None:
    await bot.ok("setWebhook", url=service.url, allowed_updates=["message"])
    await bot.ok("setWebhook", url=service.url)
    assert (await bot.ok("getWebhookInfo"))["allowed_updates"] == ["message"]
    await sim.world.say("sari", "satu")
    await sim.world.block("sari")
    await sim.world.say("sari", "dua")
    await service.got(2)
    assert [u["message"]["text"] for u in updates(service)] == ["satu", "dua"]


async def test_polling(bot: BotClient, sim: Simulator) -> None:
    assert await bot.ok("getUpdates") == []
    said = await sim.world.say("sari", "satu")
    await sim.world.say("sari", "dua")
    (first,) = await bot.ok("getUpdates", limit=1)
    assert first["message"]["text"] == "satu"
    assert said.status == "sending"
    (second,) = await bot.ok("getUpdates", offset=first["update_id"] + 1)
    assert (second["message"]["text"], said.status) == ("dua", "delivered")
    assert await bot.ok("getUpdates", offset=second["update_id"] + 1) == []


async def test_who_polls_gets_an_update_again_too(bot: BotClient, sim: Simulator) -> None:
    said = await sim.world.say("sari", "satu")
    (first,) = await bot.ok("getUpdates")
    after = first["update_id"] + 1
    assert await bot.ok("getUpdates", offset=after) == []
    await sim.world.redeliver(CHAT, said.id)
    assert await bot.ok("getUpdates", offset=after) == [first]
    assert await bot.ok("getUpdates", offset=after) == []
    sim.faults.add("telegram", "webhook", "twice")
    await sim.world.say("sari", "dua")
    (second,) = await bot.ok("getUpdates", offset=after)
    assert await bot.ok("getUpdates", offset=after + 1) == [second]
    assert await bot.ok("getUpdates", offset=after + 1) == []


async def test_a_pause_holds_polls_too(bot: BotClient, sim: Simulator) -> None:
    sim.world.pause(True)
    await sim.world.say("sari", "halo")
    assert await bot.ok("getUpdates") == []
    poll = asyncio.ensure_future(bot.ok("getUpdates", timeout=20))
    await bot.ok("getMe")
    sim.world.pause(False)
    assert len(await asyncio.wait_for(poll, 30)) == 1


async def test_a_long_poll_wakes_when_something_comes(bot: BotClient, sim: Simulator) -> None:
    poll = asyncio.ensure_future(bot.ok("getUpdates", timeout=20))
    await asyncio.sleep(0)
    await bot.ok("getMe")
    await sim.world.say("sari", "halo")
    assert (await asyncio.wait_for(poll, 30))[0]["message"]["text"] == "halo"


async def test_two_polls_or_a_poll_beside_a_webhook_conflict(bot: BotClient, sim: Simulator, service: Service) -> None:
    box = sim.telegram.mailboxes[bot.bot.token]
    first = asyncio.ensure_future(bot.call("getUpdates", timeout=20))
    while not box.polled:
        await bot.ok("getMe")
    second = asyncio.ensure_future(bot.call("getUpdates", timeout=20))
    assert (await first)["description"].startswith("Conflict: terminated by other getUpdates request")
    await sim.world.say("sari", "halo")
    assert (await second)["ok"]
    await bot.ok("setWebhook", url=service.url)
    assert "can't use getUpdates method while webhook is active" in await bot.refused("getUpdates")


async def test_the_same_update_is_delivered_again(sim: Simulator, service: Service, hooked: None) -> None:
    said = await sim.world.say("sari", "sekali")
    await service.got(1)
    await sim.world.redeliver(CHAT, said.id)
    await service.got(2)
    first, second = updates(service)
    assert first == second


async def test_commands_are_checked(bot: BotClient, sim: Simulator) -> None:
    await bot.ok("setMyCommands", commands=[{"command": "menu", "description": "Menu utama"}])
    english = [{"command": "menu", "description": "Main menu"}]
    await bot.ok("setMyCommands", commands=english, language_code="en")
    group = [{"command": "tutup", "description": "Tutup kasus"}]
    await bot.ok("setMyCommands", commands=group, scope={"type": "all_group_chats"})
    wati = await sim.world.add_person("Wati", "telegram", "en")
    assert sim.world.chat(CHAT).commands == [{"command": "menu", "description": "Menu utama"}]
    assert sim.world.chat(wati.chat).commands == english
    words = await bot.refused("setMyCommands", commands=[{"command": "Menu!", "description": "x"}])
    assert words == "Bad Request: BOT_COMMAND_INVALID"
    words = await bot.refused("setMyCommands", commands=[{"command": "menu", "description": ""}])
    assert words == "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID"


async def test_nothing_is_delivered_while_paused(sim: Simulator, service: Service, hooked: None) -> None:
    sim.world.pause(True)
    said = await sim.world.say("sari", "halo")
    assert said.status == "sending"
    sim.world.pause(False)
    await service.got(1)
