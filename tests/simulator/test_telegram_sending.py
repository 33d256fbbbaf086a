import pytest

from simulator.server import Simulator
from tests.simulator.actors import BotClient, Service
from tests.simulator.conftest import Clocks

SARI = 1001
CHAT = "telegram:1001"
OPS = -1003000000001
KEYBOARD = {"inline_keyboard": [[{"text": "Isi saldo", "callback_data": "topup"}]]}


@pytest.fixture
async def sari(sim: Simulator) -> None:
    """Sari has pressed Start."""
    await sim.world.say("sari", "/start")


async def test_a_wrong_token_is_unauthorized(bot: BotClient, sim: Simulator) -> None:
    bot.base = f"{sim.url}/bot7000000001:wrong"
    body = await bot.call("getMe")
    assert (body["error_code"], body["description"]) == (401, "Unauthorized")


async def test_an_unknown_method_is_not_found(bot: BotClient) -> None:
    assert (await bot.call("sendCarrierPigeon"))["error_code"] == 404


async def test_a_bot_knows_itself(bot: BotClient) -> None:
    me = await bot.ok("getMe")
    assert (me["id"], me["is_bot"], me["username"]) == (7000000001, True, "sahut_bot")


async def test_arguments_come_as_json_as_form_and_in_the_address(bot: BotClient, sari: None) -> None:
    async with bot.session.post(f"{bot.base}/sendMessage", data={"chat_id": "1001", "text": "formulir"}) as response:
        assert (await response.json())["result"]["text"] == "formulir"
    async with bot.session.get(f"{bot.base}/SENDMESSAGE", params={"chat_id": "1001", "text": "alamat"}) as response:
        assert (await response.json())["result"]["text"] == "alamat"
    assert (await bot.say(SARI, "json"))["text"] == "json"


async def test_broken_json_is_refused(bot: BotClient) -> None:
    headers = {"Content-Type": "application/json"}
    async with bot.session.post(f"{bot.base}/sendMessage", data=b"{", headers=headers) as response:
        assert (await response.json())["description"] == "Bad Request: can't parse JSON object"


async def test_half_a_character_is_refused(bot: BotClient, sari: None) -> None:
    words = await bot.refused("sendMessage", chat_id=SARI, text="\ud83d")
    assert words == "Bad Request: strings must be encoded in UTF-8"


async def test_an_unknown_parameter_is_refused(bot: BotClient, sari: None) -> None:
    assert await bot.refused("sendMessage", chat_id=SARI, text="x", silent=True) == (
        'Bad Request: unknown parameter "silent"'
    )


async def test_a_parameter_of_the_wrong_kind_is_refused(bot: BotClient, sari: None) -> None:
    assert await bot.refused("deleteMessage", chat_id=SARI, message_id="first") == (
        'Bad Request: can\'t parse parameter "message_id"'
    )


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"chat_id": SARI}, "message text is empty"),
        ({"chat_id": SARI, "text": " \n "}, "message text is empty"),
        ({"text": "x"}, "chat_id is empty"),
        ({"chat_id": 999, "text": "x"}, "chat not found"),
        ({"chat_id": OPS, "text": "x"}, "chat not found"),
        ({"chat_id": SARI, "text": "x" * 4097}, "message is too long"),
        ({"chat_id": SARI, "text": "😀" * 2049}, "message is too long"),
        ({"chat_id": SARI, "text": "x", "parse_mode": "RTF"}, "unsupported parse_mode"),
        ({"chat_id": SARI, "text": "x", "message_thread_id": 5}, "message thread not found"),
        ({"chat_id": SARI, "text": "x", "reply_parameters": {"message_id": 5}}, "message to be replied not found"),
    ],
)
async def test_what_cannot_be_sent(bot: BotClient, sari: None, args: dict[str, object], words: str) -> None:
    assert await bot.refused("sendMessage", **args) == f"Bad Request: {words}"


async def test_the_length_is_counted_after_the_entities(bot: BotClient, sari: None) -> None:
    sent = await bot.say(SARI, "<b>" + "&lt;" * 4096 + "</b>", parse_mode="HTML")
    assert len(sent["text"]) == 4096


async def test_a_private_chat_begins_when_the_person_writes(bot: BotClient, sim: Simulator) -> None:
    body = await bot.call("sendMessage", chat_id=SARI, text="x")
    assert body["description"] == "Forbidden: bot can't initiate conversation with a user"
    assert body["error_code"] == 403
    await sim.world.say("sari", "/start")
    assert (await bot.say(SARI))["chat"]["id"] == SARI


async def test_a_person_who_knows_one_bot_does_not_know_the_other(ops_bot: BotClient, sari: None) -> None:
    words = await ops_bot.refused("sendMessage", chat_id=SARI, text="x")
    assert words == "Forbidden: bot can't initiate conversation with a user"


async def test_a_private_chat_with_the_second_bot(ops_bot: BotClient, sim: Simulator) -> None:
    await sim.world.say("ops", "/start", chat="telegram:4001@sahut_ops_bot")
    await ops_bot.say(4001, "siap")
    assert [m.text for m in sim.world.messages("telegram:4001@sahut_ops_bot")] == ["/start", "siap"]


async def test_a_blocked_bot_cannot_write(bot: BotClient, sim: Simulator, sari: None) -> None:
    await sim.world.block("sari")
    assert await bot.refused("sendMessage", chat_id=SARI, text="x") == "Forbidden: bot was blocked by the user"
    await sim.world.say("sari", "halo lagi")
    await bot.say(SARI)


async def test_messages_ascend_and_reach_the_phone(bot: BotClient, sim: Simulator, sari: None) -> None:
    first = await bot.say(SARI, "satu", reply_markup=KEYBOARD, disable_notification=True)
    second = await bot.say(SARI, "dua")
    assert second["message_id"] == first["message_id"] + 1
    shown = sim.world.messages(CHAT)[1]
    assert (shown.sender, shown.text, shown.silent, shown.status) == ("bot:sahut_bot", "satu", True, "delivered")
    assert shown.button("topup").text == "Isi saldo"
    assert [sent.message.text for sent in sim.world.sent] == ["satu", "dua"]


async def test_an_edit_changes_the_message_in_place(bot: BotClient, sim: Simulator, sari: None) -> None:
    sent = await bot.say(SARI, "menu", reply_markup=KEYBOARD)
    where = {"chat_id": SARI, "message_id": sent["message_id"]}
    edited = await bot.ok("editMessageText", text="<b>isi saldo</b>", parse_mode="HTML", **where)
    assert (edited["message_id"], edited["text"]) == (sent["message_id"], "isi saldo")
    assert "edit_date" in edited
    shown = sim.world.message(CHAT, str(sent["message_id"]))
    assert (shown.html, shown.buttons) == ("<b>isi saldo</b>", [])
    await bot.ok("editMessageReplyMarkup", reply_markup=KEYBOARD, **where)
    assert shown.button("topup").kind == "callback"


async def test_edits_that_are_refused(bot: BotClient, sim: Simulator, sari: None) -> None:
    mine = await sim.world.say("sari", "punyaku")
    sent = await bot.say(SARI, "menu", reply_markup=KEYBOARD)
    same = "message is not modified: specified new message content and reply markup are exactly the same as a current"
    where = {"chat_id": SARI, "message_id": sent["message_id"]}
    assert same in await bot.refused("editMessageText", text="menu", reply_markup=KEYBOARD, **where)
    assert same in await bot.refused("editMessageReplyMarkup", reply_markup=KEYBOARD, **where)
    assert "message is too long" in await bot.refused("editMessageText", text="x" * 4097, **where)
    words = await bot.refused("editMessageText", text="x", chat_id=SARI, message_id=3)
    assert words == "Bad Request: message to edit not found"
    words = await bot.refused("editMessageText", text="x", chat_id=SARI, message_id=mine.number)
    assert words == "Bad Request: message can't be edited"
    await sim.world.block("sari")
    assert "blocked" in await bot.refused("editMessageText", text="baru", **where)
    assert sim.world.message(CHAT, str(sent["message_id"])).text == "menu"


async def test_a_message_is_deleted_within_two_days(bot: BotClient, sim: Simulator, clocks: Clocks, sari: None) -> None:
    first, second = await bot.say(SARI), await bot.say(SARI)
    await bot.ok("deleteMessage", chat_id=SARI, message_id=first["message_id"])
    words = await bot.refused("deleteMessage", chat_id=SARI, message_id=first["message_id"])
    assert words == "Bad Request: message to delete not found"
    clocks.now = clocks.now.replace(day=24)
    words = await bot.refused("deleteMessage", chat_id=SARI, message_id=second["message_id"])
    assert words == "Bad Request: message can't be deleted"


async def test_typing_is_seen_until_the_answer(bot: BotClient, sim: Simulator, sari: None) -> None:
    await bot.ok("sendChatAction", chat_id=SARI, action="typing")
    assert sim.world.chat(CHAT).header(sim.world.now())["typing"]
    await bot.say(SARI)
    assert not sim.world.chat(CHAT).header(sim.world.now())["typing"]
    assert "wrong parameter action" in await bot.refused("sendChatAction", chat_id=SARI, action="yawning")


async def test_files_are_uploaded_and_sent_again_by_their_id(bot: BotClient, sim: Simulator, sari: None) -> None:
    body = await bot.upload("sendDocument", "document", b"%PDF-1.4", "struk.pdf", chat_id=SARI, caption="ini")
    document = body["result"]["document"]
    assert (document["file_name"], document["file_size"], body["result"]["caption"]) == ("struk.pdf", 8, "ini")
    again = await bot.ok("sendDocument", chat_id=SARI, document=document["file_id"])
    assert again["document"]["file_id"] == document["file_id"]
    media = sim.world.messages(CHAT)[-1].media
    assert media is not None
    async with bot.session.get(sim.url + media["url"]) as response:
        assert (await response.read(), response.headers["Content-Security-Policy"]) == (b"%PDF-1.4", "sandbox")
    attached = await bot.upload(
        "sendPhoto",
        "gambar",
        b"jpeg",
        "a.jpg",
        chat_id=SARI,
        photo="attach://gambar",
        caption="<i>x</i>",
        parse_mode="HTML",
    )
    assert attached["result"]["caption_entities"] == [{"offset": 0, "length": 1, "type": "italic"}]


async def test_a_photo_is_fetched_from_an_address(bot: BotClient, service: Service, sari: None) -> None:
    service.files["/a.jpg"] = (b"jpeg", "image/jpeg")
    sent = await bot.ok("sendPhoto", chat_id=SARI, photo=f"{service.url}/a.jpg")
    assert sent["photo"][0]["file_size"] == 4
    words = await bot.refused("sendPhoto", chat_id=SARI, photo=f"{service.url}/none.jpg")
    assert words == "Bad Request: failed to get HTTP URL content"


async def test_files_that_are_refused(bot: BotClient, sari: None) -> None:
    words = await bot.refused("sendPhoto", chat_id=SARI, photo="nothing")
    assert words == "Bad Request: wrong file identifier/HTTP URL specified"
    body = await bot.upload("sendPhoto", "photo", b"x" * (10 * 1024 * 1024 + 1), "a.jpg", chat_id=SARI)
    assert body["description"] == "Bad Request: file is too big"
    body = await bot.upload("sendVoice", "voice", b"", "a.ogg", chat_id=SARI)
    assert body["description"] == "Bad Request: file must be non-empty"
    body = await bot.upload("sendVoice", "voice", b"a", "a.ogg", chat_id=SARI, caption="x" * 1025)
    assert body["description"] == "Bad Request: message caption is too long"


async def test_what_a_phone_sends_is_fetched_with_get_file(bot: BotClient, sim: Simulator, sari: None) -> None:
    await bot.ok("deleteWebhook")
    await sim.world.say("sari", "bukti", media={"kind": "photo"})
    updates = await bot.ok("getUpdates")
    photo = updates[-1]["message"]["photo"][-1]
    file = await bot.ok("getFile", file_id=photo["file_id"])
    async with bot.session.get(f"{sim.url}/file/bot{bot.bot.token}/{file['file_path']}") as response:
        assert (await response.read())[:2] == b"\xff\xd8"
    assert await bot.refused("getFile", file_id="photo-none") == (
        "Bad Request: wrong file_id or the file is temporarily unavailable"
    )


async def test_a_message_is_copied_without_its_origin(bot: BotClient, sim: Simulator, sari: None) -> None:
    said = await sim.world.say("sari", "ini buktinya", media={"kind": "photo"})
    forum = sim.config.agents_chat_id
    copied = await bot.ok("copyMessage", chat_id=forum, from_chat_id=SARI, message_id=said.number)
    shown = sim.world.message(f"telegram:{forum}", str(copied["message_id"]))
    assert (shown.kind, shown.text, shown.media, shown.sender) == ("photo", said.text, said.media, "bot:sahut_bot")
    words = await bot.refused("copyMessage", chat_id=forum, from_chat_id=SARI, message_id=1)
    assert words == "Bad Request: message to copy not found"


async def test_a_place_is_sent(bot: BotClient, sim: Simulator, sari: None) -> None:
    sent = await bot.ok("sendLocation", chat_id=SARI, latitude=-6.2, longitude=106.8)
    assert sent["location"] == {"latitude": -6.2, "longitude": 106.8}
    words = await bot.refused("sendLocation", chat_id=SARI, latitude=100, longitude=0)
    assert words == "Bad Request: wrong location specified"


async def test_one_chat_takes_a_burst_of_five_then_one_a_second(bot: BotClient, clocks: Clocks, sari: None) -> None:
    for _ in range(5):
        await bot.say(SARI)
    body = await bot.call("sendMessage", chat_id=SARI, text="x")
    assert body == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 1",
        "parameters": {"retry_after": 1},
    }
    clocks.seconds += 1
    await bot.say(SARI)


async def test_a_group_takes_twenty_a_minute(ops_bot: BotClient, clocks: Clocks) -> None:
    for _ in range(20):
        await ops_bot.say(OPS)
        clocks.seconds += 1
    body = await ops_bot.call("sendMessage", chat_id=OPS, text="x")
    assert body["parameters"] == {"retry_after": 40}
    clocks.seconds += 40
    await ops_bot.say(OPS)


async def test_a_bot_takes_thirty_a_second_overall(bot: BotClient, sim: Simulator) -> None:
    people = [await sim.world.add_person(f"P{n}", "telegram") for n in range(31)]
    for person in people:
        await sim.world.say(person.id, "/start")
    for person in people[:30]:
        await bot.say(person.number)
    assert await bot.refused("sendMessage", chat_id=people[30].number, text="x") == ("Too Many Requests: retry after 1")
