import json

import pytest

from simulator.server import Bot, Simulator, SimulatorConfig
from simulator.world import NotPossible
from tests.simulator.actors import BotClient, Json, Service

FORUM = -1002000000001
AGENTS = f"telegram:{FORUM}"
OPS = -1003000000001
OPS_CHAT = f"telegram:{OPS}"


def updates(service: Service) -> list[Json]:
    return [json.loads(one.body) for one in service.received]


async def test_a_topic_begins_with_its_service_message(bot: BotClient, sim: Simulator) -> None:
    topic = await bot.ok("createForumTopic", chat_id=FORUM, name="Budi · isi saldo")
    assert (topic["name"], topic["icon_color"]) == ("Budi · isi saldo", 7322096)
    sent = await bot.say(FORUM, "Kasus baru", message_thread_id=topic["message_thread_id"])
    assert (sent["is_topic_message"], sent["message_thread_id"]) == (True, topic["message_thread_id"])
    assert sent["chat"] == {"id": FORUM, "title": "Sahut - Agen", "type": "supergroup", "is_forum": True}
    first, second = sim.world.messages(AGENTS, topic["message_thread_id"])
    assert (first.kind, first.number, second.text) == ("service", topic["message_thread_id"], "Kasus baru")


async def test_what_an_agent_writes_reaches_the_bot_with_its_topic(
    bot: BotClient, sim: Simulator, service: Service
) -> None:
    await bot.ok("setWebhook", url=service.url)
    topic = (await bot.ok("createForumTopic", chat_id=FORUM, name="Budi"))["message_thread_id"]
    await sim.world.say("dewi", "Halo, ada yang bisa dibantu?", chat=AGENTS, thread=topic)
    await sim.world.say("rudi", "di umum", chat=AGENTS)
    await service.got(2)
    in_topic, in_general = (update["message"] for update in updates(service))
    assert (in_topic["message_thread_id"], in_topic["is_topic_message"]) == (topic, True)
    assert in_topic["reply_to_message"]["forum_topic_created"]["name"] == "Budi"
    assert "message_thread_id" not in in_general


@pytest.mark.parametrize(
    ("name", "words"),
    [("", "TOPIC_TITLE_EMPTY"), ("   ", "TOPIC_TITLE_EMPTY"), ("x" * 129, "TOPIC_TITLE_TOO_LONG")],
)
async def test_topic_names_have_1_to_128_characters(bot: BotClient, name: str, words: str) -> None:
    assert await bot.refused("createForumTopic", chat_id=FORUM, name=name) == f"Bad Request: {words}"
    await bot.ok("createForumTopic", chat_id=FORUM, name="x" * 128)


async def test_topics_need_a_forum_and_the_right(bot: BotClient, ops_bot: BotClient, sim: Simulator) -> None:
    assert await ops_bot.refused("createForumTopic", chat_id=OPS, name="x") == "Bad Request: the chat is not a forum"
    sim.world.chat(AGENTS).admins["sahut_bot"].remove("can_manage_topics")
    words = await bot.refused("createForumTopic", chat_id=FORUM, name="x")
    assert words == "Bad Request: not enough rights to create a topic"
    words = await bot.refused("createForumTopic", chat_id=FORUM, name="x", icon_color=1)
    assert words == "Bad Request: not enough rights to create a topic"


async def test_a_topic_is_renamed_closed_and_opened_once(bot: BotClient, sim: Simulator) -> None:
    topic = (await bot.ok("createForumTopic", chat_id=FORUM, name="Budi"))["message_thread_id"]
    where = {"chat_id": FORUM, "message_thread_id": topic}
    not_modified = "Bad Request: TOPIC_NOT_MODIFIED"
    assert await bot.refused("editForumTopic", name="Budi", **where) == not_modified
    await bot.ok("editForumTopic", name="Budi (2)", **where)
    assert await bot.refused("reopenForumTopic", **where) == not_modified
    await bot.ok("closeForumTopic", **where)
    assert await bot.refused("closeForumTopic", **where) == not_modified
    with pytest.raises(NotPossible):
        await sim.world.say("rudi", "halo", chat=AGENTS, thread=topic)
    await bot.say(FORUM, "bot boleh", message_thread_id=topic)
    await bot.ok("reopenForumTopic", **where)
    kinds = [next(iter(m.raw["service"])) for m in sim.world.messages(AGENTS) if m.kind == "service"]
    assert kinds == ["forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened"]
    assert sim.world.chat(AGENTS).topics[topic].name == "Budi (2)"


async def test_an_agent_closes_a_topic_and_opens_it_again(bot: BotClient, sim: Simulator, service: Service) -> None:
    await bot.ok("setWebhook", url=service.url)
    topic = (await bot.ok("createForumTopic", chat_id=FORUM, name="Budi"))["message_thread_id"]
    await sim.world.close_topic("rudi", AGENTS, topic)
    with pytest.raises(NotPossible):
        await sim.world.close_topic("rudi", AGENTS, topic)
    await sim.world.close_topic("rudi", AGENTS, topic, closed=False)
    await service.got(2)
    closed, opened = (update["message"] for update in updates(service))
    assert (closed["forum_topic_closed"], opened["forum_topic_reopened"]) == ({}, {})
    assert (closed["message_thread_id"], closed["from"]["first_name"]) == (topic, "Rudi")


async def test_a_closed_topic_is_closed_to_a_bot_without_the_right(bot: BotClient, sim: Simulator) -> None:
    topic = (await bot.ok("createForumTopic", chat_id=FORUM, name="Budi"))["message_thread_id"]
    await bot.ok("closeForumTopic", chat_id=FORUM, message_thread_id=topic)
    sim.world.chat(AGENTS).admins["sahut_bot"].remove("can_manage_topics")
    words = await bot.refused("sendMessage", chat_id=FORUM, text="x", message_thread_id=topic)
    assert words == "Bad Request: TOPIC_CLOSED"


async def test_a_deleted_topic_is_not_found(bot: BotClient, sim: Simulator) -> None:
    topic = (await bot.ok("createForumTopic", chat_id=FORUM, name="Budi"))["message_thread_id"]
    await bot.say(FORUM, "x", message_thread_id=topic)
    await sim.world.delete_topic(AGENTS, topic)
    assert sim.world.messages(AGENTS, topic) == []
    words = await bot.refused("sendMessage", chat_id=FORUM, text="x", message_thread_id=topic)
    assert words == "Bad Request: message thread not found"
    assert "TOPIC_ID_INVALID" in await bot.refused("closeForumTopic", chat_id=FORUM, message_thread_id=topic)
    other = (await bot.ok("createForumTopic", chat_id=FORUM, name="Sari"))["message_thread_id"]
    await bot.ok("deleteForumTopic", chat_id=FORUM, message_thread_id=other)
    assert sim.world.chat(AGENTS).topics[other].deleted


async def test_a_bot_in_privacy_mode_hears_commands_and_answers_to_itself(
    ops_bot: BotClient, sim: Simulator, service: Service
) -> None:
    await ops_bot.ok("setWebhook", url=service.url)
    sent = await ops_bot.say(OPS, "Peringatan")
    silent = ["obrolan", "lihat /status dulu", "/status@other_bot", "@sahut_ops_bot apa kabar"]
    for text in silent:
        message = await sim.world.say("ops", text, chat=OPS_CHAT)
        assert message.status == "sent"
    await sim.world.say("ops", "/status", chat=OPS_CHAT)
    await sim.world.say("ops", "/status@sahut_ops_bot", chat=OPS_CHAT)
    await sim.world.say("ops", "sudah", chat=OPS_CHAT, reply_to=str(sent["message_id"]))
    await service.got(3)
    heard = [update["message"]["text"] for update in updates(service)]
    assert heard == ["/status", "/status@sahut_ops_bot", "sudah"]


async def test_a_bot_without_privacy_mode_hears_everything(service: Service) -> None:
    bots = (Bot("1:a", "a_bot", "A"), Bot("2:b", "b_bot", "B", can_read_all_group_messages=True))
    sim = Simulator(SimulatorConfig(telegram_bots=bots))
    await sim.start()
    await sim.world.say("ops", "obrolan", chat=OPS_CHAT)
    assert len(sim.telegram.mailboxes["2:b"].pending) == 1
    await sim.stop()


async def test_only_members_write_in_a_group(sim: Simulator) -> None:
    with pytest.raises(NotPossible):
        await sim.world.say("sari", "halo", chat=AGENTS)


async def test_a_group_that_became_a_supergroup(ops_bot: BotClient, sim: Simulator, service: Service) -> None:
    await ops_bot.ok("setWebhook", url=service.url)
    new = await sim.world.migrate(OPS_CHAT)
    body = await ops_bot.call("sendMessage", chat_id=OPS, text="x")
    assert body == {
        "ok": False,
        "error_code": 400,
        "description": "Bad Request: group chat was upgraded to a supergroup chat",
        "parameters": {"migrate_to_chat_id": new.number},
    }
    await ops_bot.say(new.number, "di sini")
    await service.got(2)
    told = {key: u["message"][key] for u in updates(service) for key in u["message"] if key.startswith("migrate")}
    assert told == {"migrate_to_chat_id": new.number, "migrate_from_chat_id": OPS}
    assert sim.world.messages(OPS_CHAT)[-1].text == "di sini"
    assert OPS_CHAT not in [chat["id"] for chat in sim.world.state()["chats"]]
    with pytest.raises(NotPossible):
        await sim.world.migrate("whatsapp:+6281234567801")


async def test_rights_are_told(bot: BotClient, ops_bot: BotClient) -> None:
    member = await bot.ok("getChatMember", chat_id=FORUM, user_id=7000000001)
    assert (member["status"], member["can_manage_topics"]) == ("administrator", True)
    member = await ops_bot.ok("getChatMember", chat_id=OPS, user_id=7000000002)
    assert member["status"] == "member"
    assert (await bot.ok("getChatMember", chat_id=FORUM, user_id=2001))["status"] == "creator"
    assert (await bot.ok("getChatMember", chat_id=FORUM, user_id=1001))["status"] == "left"
    assert "invalid user_id" in await bot.refused("getChatMember", chat_id=FORUM, user_id=5)
    administrators = await bot.ok("getChatAdministrators", chat_id=FORUM)
    assert [one["user"]["first_name"] for one in administrators] == ["Dewi", "Sahut"]
    assert (await bot.ok("getChat", chat_id=FORUM))["is_forum"] is True
    assert await bot.refused("getChat", chat_id=OPS) == "Bad Request: chat not found"
    assert "private chat" in await bot.refused("getChatAdministrators", chat_id=1001)


async def test_pins_and_reactions(bot: BotClient, ops_bot: BotClient, sim: Simulator) -> None:
    sent = await bot.say(FORUM)
    where = {"chat_id": FORUM, "message_id": sent["message_id"]}
    await bot.ok("pinChatMessage", **where)
    await bot.ok("setMessageReaction", reaction=[{"type": "emoji", "emoji": "👍"}], **where)
    assert sim.world.message(AGENTS, str(sent["message_id"])).to_json()["reactions"] == ["👍"]
    assert "can't parse reaction" in await bot.refused("setMessageReaction", reaction=["👍"], **where)
    other = await ops_bot.say(OPS)
    words = await ops_bot.refused("pinChatMessage", chat_id=OPS, message_id=other["message_id"])
    assert words == "Bad Request: not enough rights to manage pinned messages in the chat"
