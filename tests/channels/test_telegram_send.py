"""Messages to the simulated Telegram, and what its refusals become."""

import json
import logging
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.channels.base import (
    Failed,
    Level,
    MediaNotNow,
    MediaUnavailable,
    Moved,
    Option,
    Result,
    Retry,
    Sent,
    Unknown,
    Worded,
)
from bot.channels.registry import Channels
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_http import Unanswered
from domain.events import Said, SaidKind
from domain.messages import BOLD_OFF, BOLD_ON, FailureReason, Location, Media, MediaKind
from simulator.config import CUSTOMERS_TOKEN
from simulator.server import Simulator
from tests.channels.conftest import channels_at
from tests.channels.provider import Provider, Reply

SARI, FORUM, OPS_GROUP = "telegram:1001", "telegram:-1002000000001", "telegram-ops:-1003000000001"
PRESS = Said(kind=SaidKind.BUTTON, button="a", callback="1")


async def say(channel: TelegramChannel, to: str, text: str = "", **more: Any) -> list[Result]:
    return [await channel.send(to, part) for part in channel.render(Worded(to=to, text=text, **more))]


async def updates(channel: TelegramChannel) -> list[dict[str, Any]]:
    found = await channel.poll(0, 1)
    assert not isinstance(found, Retry)
    return found


def said_no(code: int, description: str, **parameters: int) -> Reply:
    body = {"ok": False, "error_code": code, "description": description, "parameters": parameters}
    return Reply(code, json.dumps(body).encode())


def said_yes(result: object) -> Reply:
    return Reply(200, json.dumps({"ok": True, "result": result}).encode())


@pytest.fixture
def bot(scripted: Channels) -> TelegramChannel:
    assert scripted.telegram is not None
    return scripted.telegram


# --- with the simulator ---


async def test_what_is_sent_is_seen(sim: Simulator, telegram: TelegramChannel) -> None:
    await sim.world.say("sari", text="halo")
    [result] = await say(telegram, SARI, f"Halo {BOLD_ON}<Sari>{BOLD_OFF}", options=(Option("é" * 32, "Ya"),))
    message = sim.world.messages(SARI)[-1]
    assert result == Sent(message.id)
    assert message.text == "Halo <Sari>"
    assert message.html == "Halo <b>&lt;Sari&gt;</b>"
    assert message.buttons[0][0].id == "é" * 32


async def test_long_texts_with_emoji_and_entities_are_taken(sim: Simulator, telegram: TelegramChannel) -> None:
    await sim.world.say("sari", text="halo")
    text = f"{BOLD_ON}{'<&> 👨‍👩‍👧 🇮🇩 ' * 700}{BOLD_OFF}"
    results = await say(telegram, SARI, text, options=(Option("a", "A"),))
    assert len(results) > 1
    assert all(isinstance(result, Sent) for result in results)
    heard = [m for m in sim.world.messages(SARI) if m.outgoing]
    assert "".join("".join(m.text for m in heard).split()) == "".join(("<&> 👨‍👩‍👧 🇮🇩 " * 700).split())
    assert [bool(m.buttons) for m in heard] == [False] * (len(heard) - 1) + [True]


async def test_edits(sim: Simulator, telegram: TelegramChannel) -> None:
    await sim.world.say("sari", text="halo")
    [first] = await say(telegram, SARI, "Menu")
    assert isinstance(first, Sent)
    assert await say(telegram, SARI, "Menu", edit=first.provider_id) == [first]  # not modified
    assert await say(telegram, SARI, "Topik", edit=first.provider_id) == [first]
    assert sim.world.messages(SARI)[-1].text == "Topik"
    [instead] = await say(telegram, SARI, "Lagi", edit="1")  # not there any more
    assert isinstance(instead, Sent)
    assert instead != first
    assert sim.world.messages(SARI)[-1].text == "Lagi"


async def test_whom_we_may_not_write_to(sim: Simulator, telegram: TelegramChannel) -> None:
    [unmet] = await say(telegram, SARI, "halo")
    assert isinstance(unmet, Failed)
    assert unmet.reason is FailureReason.NO_CHAT
    await sim.world.say("sari", text="halo")
    await sim.world.block("sari")
    [blocked] = await say(telegram, SARI, "halo")
    assert isinstance(blocked, Failed)
    assert blocked.reason is FailureReason.BLOCKED
    [nobody] = await say(telegram, "telegram:99", "halo")
    assert isinstance(nobody, Failed)
    assert nobody.reason is FailureReason.NO_CHAT
    assert await say(telegram, "telegram:sari", "halo") == [Failed(FailureReason.BAD_ADDRESS, "not a Telegram chat")]


async def test_topics_from_opening_to_deletion(sim: Simulator, telegram: TelegramChannel) -> None:
    thread = await telegram.open_topic(FORUM, "K-1 " + "x" * 200)
    assert isinstance(thread, str)
    topic = f"{FORUM}:{thread}"
    shown = {t["id"]: t for chat in sim.world.state()["chats"] for t in chat["topics"]}[int(thread)]
    assert len(shown["name"]) == 128
    [result] = await say(telegram, topic, "Kasus baru")
    assert isinstance(result, Sent)
    assert [m.text for m in sim.world.messages(FORUM, int(thread)) if m.outgoing][-1] == "Kasus baru"
    assert await telegram.rename_topic(topic, "K-1 top-up") == Sent(thread)
    assert await telegram.rename_topic(topic, "K-1 top-up") == Sent(thread)  # not modified
    assert await telegram.close_topic(topic) == Sent(thread)
    assert await telegram.close_topic(topic) == Sent(thread)
    assert await telegram.reopen_topic(topic) == Sent(thread)
    await sim.world.delete_topic(FORUM, int(thread))
    for gone in ([await telegram.rename_topic(topic, "K-2")], await say(telegram, topic, "halo")):
        assert isinstance(gone[0], Failed)
        assert gone[0].reason is FailureReason.NO_THREAD


async def test_a_group_that_became_a_supergroup(sim: Simulator, played: Channels) -> None:
    assert played.ops is not None
    new = (await sim.world.migrate(OPS_GROUP.replace("-ops", ""))).number
    assert await say(played.ops, OPS_GROUP, "Log") == [Moved(f"telegram-ops:{new}")]
    assert isinstance((await say(played.ops, f"telegram-ops:{new}", "Log"))[0], Sent)


@pytest.mark.parametrize("kind", [MediaKind.PHOTO, MediaKind.VOICE, MediaKind.DOCUMENT, MediaKind.STICKER])
async def test_media_that_came_in_is_fetched_and_sent_on(
    sim: Simulator, telegram: TelegramChannel, kind: MediaKind
) -> None:
    await sim.world.say("sari", media={"kind": kind.value})
    [update] = await updates(telegram)
    [arrival] = telegram.parse_update(update)
    assert isinstance(arrival.event, Said)
    [media] = arrival.event.media
    assert media.kind is kind
    file = await telegram.fetch(media, 1 << 20)
    assert file.body
    with pytest.raises(MediaUnavailable, match="large"):
        await telegram.fetch(media, len(file.body) - 1)
    assert all(isinstance(result, Sent) for result in await say(telegram, FORUM, "Dari Sari", media=media))
    assert kind.value in [m.kind for m in sim.world.messages(FORUM)]


@pytest.mark.parametrize(
    ("kind", "mime", "seen"),
    [
        (MediaKind.PHOTO, "image/jpeg", "photo"),
        (MediaKind.VOICE, "audio/ogg", "voice"),
        (MediaKind.DOCUMENT, "application/pdf", "document"),
        (MediaKind.STICKER, "image/webp", "sticker"),
    ],
)
async def test_media_from_whatsapp_is_uploaded(
    sim: Simulator, played: Channels, kind: MediaKind, mime: str, seen: str
) -> None:
    assert played.telegram is not None
    assert played.whatsapp is not None
    await sim.world.say("budi", media={"kind": kind.value})
    message = sim.world.messages("whatsapp:+6281234567801")[-1]
    account = sim.config.twilio_account_sid
    url = f"{sim.url}/2010-04-01/Accounts/{account}/Messages/{message.id}/Media/ME{message.raw['media']}"
    media = Media(kind=kind, channel="whatsapp", ref=url, mime=mime)
    assert (await played.whatsapp.fetch(media, 1 << 24)).body
    results = await say(played.telegram, FORUM, "Dari Budi", media=media, options=(Option("a", "A"),))
    assert all(isinstance(result, Sent) for result in results)
    assert seen in [m.kind for m in sim.world.messages(FORUM)]


async def test_locations(sim: Simulator, telegram: TelegramChannel) -> None:
    [spot, text] = await say(telegram, FORUM, "Di sini", location=Location(-6.1, 106.8))
    assert isinstance(spot, Sent)
    assert isinstance(text, Sent)
    assert sim.world.messages(FORUM)[0].location is not None


async def test_manners(sim: Simulator, telegram: TelegramChannel) -> None:
    await sim.world.say("sari", text="halo")
    await say(telegram, SARI, "Pilih", options=(Option("a", "A"),))
    await sim.world.press("sari", SARI, sim.world.messages(SARI)[-1].id, "a")
    event = telegram.parse_update((await updates(telegram))[-1])[0].event
    assert isinstance(event, Said)
    assert event.callback
    await telegram.courtesy(event, SARI)
    assert sim.world.state()["chats"][1]["typing"]
    await telegram.courtesy(PRESS, SARI)  # too late to be answered: nobody minds


async def test_what_check_finds(sim: Simulator, played: Channels) -> None:
    assert played.telegram is not None
    assert played.ops is not None
    hook = "https://sahut.example/webhooks/telegram"
    assert await played.telegram.set_webhook(hook, "s-1") == Sent("")
    fine = await played.telegram.check(webhook=hook, forum="-1002000000001")
    assert {finding.level for finding in fine} == {Level.FINE}
    assert fine[0].subject == "@sahut_bot"
    doubts = await played.telegram.check(webhook="")
    assert [finding.level for finding in doubts] == [Level.FINE, Level.DOUBTFUL]
    assert await played.telegram.delete_webhook() == Sent("")
    wrong = await played.ops.check(forum="-1002000000001")
    assert wrong[-1].level is Level.WRONG
    [_, _, *group] = await played.ops.check(group="-1003000000001")
    assert [finding.level for finding in group] == [Level.FINE]
    assert await played.telegram.set_commands({"menu": "Menu"}, "id") == Sent("")


# --- with a provider that says what the test wants ---


@pytest.mark.parametrize(
    ("reply", "result"),
    [
        (said_no(403, "Forbidden: bot was blocked by the user"), FailureReason.BLOCKED),
        (said_no(403, "Forbidden: user is deactivated"), FailureReason.BLOCKED),
        (said_no(403, "Forbidden: bot was kicked from the supergroup chat"), FailureReason.NO_CHAT),
        (said_no(403, "Forbidden: bot can't send messages to bots"), FailureReason.REFUSED),
        (said_no(400, "Bad Request: chat not found"), FailureReason.NO_CHAT),
        (said_no(400, "Bad Request: message thread not found"), FailureReason.NO_THREAD),
        (said_no(400, "Bad Request: TOPIC_CLOSED"), FailureReason.NO_THREAD),
        (said_no(400, 'Bad Request: can\'t parse entities: tag "rahasia"'), FailureReason.REFUSED),
        (said_no(400, ""), FailureReason.REFUSED),
        (Reply(400, b"<html>"), FailureReason.REFUSED),
    ],
)
async def test_refusals_for_good(provider: Provider, bot: TelegramChannel, reply: Reply, result: FailureReason) -> None:
    provider.will(reply)
    [failed] = await say(bot, SARI, "rahasia")
    assert isinstance(failed, Failed)
    assert failed.reason is result
    assert "rahasia" not in failed.detail


@pytest.mark.parametrize(
    ("reply", "whole_sender"),
    [
        (said_no(401, "Unauthorized"), True),
        (said_no(404, "Not Found"), True),
        (Reply(403, b"<html>a proxy's page</html>"), True),
        (said_no(500, "Internal Server Error"), False),
        (Reply(502, b"<html>"), False),
        (Reply(302, b"", {"Location": "https://elsewhere.example"}), False),
    ],
)
async def test_refusals_for_now(provider: Provider, bot: TelegramChannel, reply: Reply, whole_sender: bool) -> None:
    provider.will(reply)
    [retry] = await say(bot, SARI, "halo")
    assert isinstance(retry, Retry)
    assert retry.whole_sender is whole_sender
    assert (retry.after or 0) >= (60 if whole_sender else 0)
    assert len(provider.asked) == 1


async def test_429_holds_its_chat_until_many_are_held(provider: Provider, bot: TelegramChannel) -> None:
    provider.will(said_no(429, "Too Many Requests: retry after 7", retry_after=7))
    results = [(await say(bot, f"telegram:{chat}", "halo"))[0] for chat in (1, 1, 2, 3, 4)]
    assert all(isinstance(result, Retry) and result.after == 7 for result in results)
    assert [r.whole_sender for r in results if isinstance(r, Retry)] == [False, False, False, True, True]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b'{"ok": true, "result": {"mess', cut=True),
        Reply(hang_up=True),
        Reply(200, b"<html>"),
        Reply(200, b"[]"),
        said_yes(True),
        said_yes({"message_id": "x"}),
    ],
)
async def test_an_answer_that_does_not_come_whole_is_unknown(
    provider: Provider, bot: TelegramChannel, reply: Reply
) -> None:
    provider.will(reply)
    assert isinstance((await say(bot, SARI, "halo"))[0], Unknown)
    assert len(provider.asked) == 1


async def test_silence_after_the_call_went_out_is_unknown(provider: Provider, bot: TelegramChannel) -> None:
    provider.will(Reply(silent=True))
    with pytest.raises(Unanswered):
        await bot.api.call("sendMessage", {"chat_id": 1, "text": "halo"}, 0.1)


async def test_nobody_there_is_tried_again(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    channels = channels_at(f"http://127.0.0.1:{unused_tcp_port}", session)
    assert channels.telegram is not None
    [retry] = await say(channels.telegram, SARI, "halo")
    assert isinstance(retry, Retry)
    await channels.telegram.courtesy(PRESS, SARI)
    assert isinstance(await channels.telegram.poll(0), Retry)
    assert isinstance(await channels.telegram.open_topic(FORUM, "K"), Retry)
    assert [f.level for f in await channels.telegram.check()] == [Level.WRONG]


async def test_a_closed_session_is_tried_again(session: aiohttp.ClientSession) -> None:
    channels = channels_at("http://127.0.0.1:1", session)
    await session.close()
    assert channels.telegram is not None
    assert isinstance((await say(channels.telegram, SARI, "halo"))[0], Retry)


async def test_what_telegram_takes_no_other_way_goes_as_a_file(provider: Provider, bot: TelegramChannel) -> None:
    note = Media(kind=MediaKind.VIDEO, channel="telegram", ref="DQAC", mime="video/mp4")
    provider.will(
        said_no(400, "Bad Request: can't use file of type VideoNote as Video"),
        said_yes({"file_id": "DQAC", "file_path": "notes/1.mp4", "file_size": 3}),
        Reply(200, b"mp4"),
        said_no(400, "Bad Request: wrong file"),
        said_yes({"file_id": "DQAC", "file_path": "notes/1.mp4", "file_size": 3}),
        Reply(200, b"mp4"),
        said_yes({"message_id": 5}),
    )
    assert await say(bot, f"{FORUM}:17", media=note) == [Sent("5")]
    methods = [asked.path.rpartition("/")[2] for asked in provider.asked]
    assert methods == ["sendVideo", "getFile", "1.mp4", "sendVideo", "getFile", "1.mp4", "sendDocument"]
    assert b'name="document"; filename="1.mp4"' in provider.asked[-1].body
    assert b'name="message_thread_id"\r\n\r\n17\r\n' in provider.asked[-1].body


async def test_files_that_cannot_be_had(provider: Provider, bot: TelegramChannel) -> None:
    media = Media(kind=MediaKind.PHOTO, channel="telegram", ref="AgAC")
    there = said_yes({"file_path": "a.jpg", "file_size": 3})
    for replies in ([said_no(400, "Bad Request: file is too big")], [said_yes({"file_size": 99})], [said_yes(True)]):
        provider.will(*replies)
        with pytest.raises(MediaUnavailable):
            await bot.fetch(media, 50)
    for replies in ([said_no(500, "")], [there, Reply(502)], [there, Reply(hang_up=True)]):
        provider.will(*replies)
        with pytest.raises(MediaNotNow):
            await bot.fetch(media, 50)
    provider.will(there, Reply(200, b"x" * 51))
    with pytest.raises(MediaUnavailable):
        await bot.fetch(media, 50)
    elsewhere = Media(kind=MediaKind.PHOTO, channel="fax", ref="1")
    [failed] = await say(bot, SARI, media=elsewhere)
    assert isinstance(failed, Failed)


async def test_a_file_that_cannot_be_had_now_is_tried_again(provider: Provider, bot: TelegramChannel) -> None:
    provider.will(Reply(500))
    media = Media(kind=MediaKind.PHOTO, channel="whatsapp", ref=f"{provider.url}/2010-04-01/Media/1", mime="image/jpeg")
    assert isinstance((await say(bot, SARI, media=media))[0], Retry)


async def test_check_at_some_other_server(provider: Provider, bot: TelegramChannel) -> None:
    for reply in (said_yes(True), said_yes({}), Reply(200, b"<html>"), Reply(404), said_no(401, "Unauthorized")):
        provider.will(reply)
        assert (await bot.check(forum="-100"))[-1].level is Level.WRONG


async def test_updates_are_asked_for_by_kind_and_come_raw(provider: Provider, bot: TelegramChannel) -> None:
    provider.will(said_yes([{"update_id": 7, "new_kind": {}}, {"no": "id"}, 3]))
    assert await bot.poll(7, 0) == [{"update_id": 7, "new_kind": {}}]
    asked = json.loads(provider.asked[0].body)
    assert asked["allowed_updates"] == ["message", "edited_message", "callback_query", "my_chat_member"]
    provider.will(said_no(409, "Conflict: terminated by other getUpdates request"))
    assert isinstance(await bot.poll(7, 0), Retry)
    provider.will(said_yes(True))
    await bot.set_webhook("https://a.example/x", "s")
    assert json.loads(provider.asked[-1].body)["allowed_updates"] == asked["allowed_updates"]


async def test_the_token_and_the_words_stay_out_of_logs(
    provider: Provider, bot: TelegramChannel, caplog: pytest.LogCaptureFixture, unused_tcp_port: int
) -> None:
    caplog.set_level(logging.DEBUG)
    results: list[object] = []
    for reply in (Reply(200, b"<html>"), said_no(400, "Bad Request: rahasia"), Reply(hang_up=True), Reply(500)):
        provider.will(reply)
        results.extend(await say(bot, SARI, "rahasia"))
        with pytest.raises(MediaUnavailable):
            await bot.fetch(Media(kind=MediaKind.PHOTO, channel="telegram", ref="x"), 10)
    async with aiohttp.ClientSession() as session:
        channels = channels_at(f"http://127.0.0.1:{unused_tcp_port}", session)
        assert channels.telegram is not None
        results.extend(await say(channels.telegram, SARI, "rahasia"))
    assert CUSTOMERS_TOKEN not in caplog.text + repr(results)
    assert "SIMULATED" not in repr(bot.api)
    assert "SIMULATED" not in caplog.text + repr(results)
    assert "rahasia" not in caplog.text


async def test_telegram_cannot_be_asked_what_was_sent(telegram: TelegramChannel) -> None:
    assert await telegram.find_sent(SARI, {}, datetime.now(UTC)) is None
