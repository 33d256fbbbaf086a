"""What Telegram posts, read: captured updates of each kind, and every shape that is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.base import BadRequest, Forbidden, Request
from bot.channels.telegram import TelegramChannel
from bot.channels.telegram_parse import read
from domain.addresses import parse_address
from domain.events import Arrival, Membership, Migrated, NotUnderstood, Said, SaidKind
from domain.messages import Location, Media, MediaKind
from tests.channels.conftest import SECRET

PAYLOADS = {
    path.stem: json.loads(path.read_bytes()) for path in (Path(__file__).parent / "payloads/telegram").iterdir()
}
FORUM, GROUP = "telegram:-1002000000001", "telegram:-4001"
HEADER = "x-telegram-bot-api-secret-token"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["private", "text", "🙏"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["message_id", "from", "chat", "id", "text", "photo", "file_id", "location", "data", "status"]
            )
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def arrival(name: str, bot: str = "telegram") -> Arrival:
    return read(PAYLOADS[name], bot)


def said(name: str) -> Said:
    event = arrival(name).event
    assert isinstance(event, Said)
    return event


def test_a_text() -> None:
    assert arrival("text") == Arrival(
        source="telegram",
        external_id="880000001",
        conversation="telegram:1001",
        person="telegram:1001",
        event=Said(
            kind=SaidKind.TEXT,
            text="Halo, saldo saya belum masuk 🙏",
            message_id="41",
            name="Sari Dewanti",
            username="sari_d",
            language="id",
        ),
    )


def test_the_same_person_writes_to_either_bot() -> None:
    there = arrival("text", "telegram-ops")
    assert (there.source, there.conversation, there.person) == ("telegram-ops", "telegram-ops:1001", "telegram:1001")


def test_an_edited_text_has_its_own_id() -> None:
    assert said("edited").edited
    assert said("edited").message_id == said("text").message_id
    assert arrival("edited").external_id != arrival("text").external_id


def test_a_reply() -> None:
    assert said("reply").reply_to == "40"


@pytest.mark.parametrize(
    ("name", "kind", "ref", "mime", "file", "size"),
    [
        ("photo", MediaKind.PHOTO, "AgACAgUAAx-large", "image/jpeg", "", 114023),
        ("voice", MediaKind.VOICE, "AwACAgUAAx-voice", "audio/ogg", "", 10231),
        ("audio", MediaKind.AUDIO, "CQACAgUAAx-audio", "audio/mpeg", "lagu.mp3", 3102310),
        ("video", MediaKind.VIDEO, "BAACAgUAAx-video", "video/mp4", "", 2310231),
        ("video_note", MediaKind.VIDEO, "DQACAgUAAx-note", "video/mp4", "", 231023),
        ("animation", MediaKind.VIDEO, "CgACAgUAAx-anim", "video/mp4", "a.mp4", 23102),
        ("document", MediaKind.DOCUMENT, "BQACAgUAAx-doc", "application/pdf", "struk.pdf", 48213),
        ("sticker", MediaKind.STICKER, "CAACAgUAAx-still", "image/webp", "", 21202),
        ("sticker_animated", MediaKind.STICKER, "CAACAgUAAx-tgs", "application/x-tgsticker", "", 21202),
        ("sticker_video", MediaKind.STICKER, "CAACAgUAAx-webm", "video/webm", "", 21202),
    ],
)
def test_media(name: str, kind: MediaKind, ref: str, mime: str, file: str, size: int) -> None:
    assert said(name).kind is SaidKind.MEDIA
    assert said(name).media == (Media(kind=kind, channel="telegram", ref=ref, mime=mime, name=file, size=size),)


def test_a_caption_is_the_text() -> None:
    assert said("photo").text == "bukti transfer"


def test_locations_and_contacts() -> None:
    assert said("location").location == Location(-6.175392, 106.827153)
    assert said("venue").location == Location(-6.175392, 106.827153, "Monas, Gambir, Jakarta")
    assert said("venue").kind is SaidKind.LOCATION
    assert (said("contact_own").kind, said("contact_own").phone) == (SaidKind.CONTACT, "+6281234567801")
    assert (said("contact_other").phone, said("contact_other").text) == ("", "Budi Santoso +6281234567899")


def test_what_we_have_no_word_for_still_is_said() -> None:
    assert said("dice").kind is SaidKind.OTHER


@pytest.mark.parametrize(
    ("name", "conversation", "person", "message"),
    [
        ("callback", "telegram:1001", "telegram:1001", "40"),
        ("callback_old", "telegram:1001", "telegram:1001", "7"),
        ("callback_inline", "telegram:1001", "telegram:1001", ""),
        ("callback_topic", f"{FORUM}:17", "telegram:2001", "90"),
    ],
)
def test_a_button_pressed(name: str, conversation: str, person: str, message: str) -> None:
    event = said(name)
    assert (arrival(name).conversation, arrival(name).person) == (conversation, person)
    assert (event.kind, event.button_message) == (SaidKind.BUTTON, message)
    assert event.button in ("care:topup", "case:template:1")
    assert event.callback.startswith("43098705123701")
    assert event.name in ("Sari Dewanti", "Dewi")


def test_blocked_and_back_and_added() -> None:
    assert arrival("blocked").event == Membership(active=False, by="telegram:1001")
    assert arrival("blocked").person == "telegram:1001"
    assert arrival("unblocked").event == Membership(active=True, by="telegram:1001")
    assert arrival("added").event == Membership(active=True, by="telegram:2001")
    assert (arrival("added").conversation, arrival("added").person) == (GROUP, "")


def test_a_group_that_moved() -> None:
    assert arrival("migrated").event == Migrated(old=GROUP, new="telegram:-1003000000009")
    assert arrival("migrated").conversation == GROUP
    assert isinstance(arrival("migrated_from").event, NotUnderstood)


def test_forum_topics() -> None:
    assert arrival("topic_text").conversation == f"{FORUM}:17"
    assert arrival("topic_text").person == "telegram:2001"
    assert said("topic_text").reply_to == ""  # the topic's first message is no reply
    assert said("topic_reply").reply_to == "80"
    assert arrival("general_text").conversation == FORUM
    assert arrival("general_reply").conversation == FORUM
    assert said("general_reply").reply_to == "92"


@pytest.mark.parametrize(
    "name",
    ["topic_created", "topic_closed", "topic_reopened", "topic_edited", "pinned", "channel_post", "reaction"],
)
def test_service_messages_and_other_kinds_are_not_understood(name: str) -> None:
    event = arrival(name).event
    assert isinstance(event, NotUnderstood)
    assert event.what
    assert arrival(name).person == ""


def test_what_is_not_understood_names_fields_and_no_contents() -> None:
    update = {"update_id": 1, "message": {"chat": {"id": 5, "type": "private"}, "new_thing": "secret words"}}
    assert read(update, "telegram").event == NotUnderstood(what="message new_thing")


def test_bots_and_anonymous_admins() -> None:
    for name in ("other_bot", "anonymous_admin"):
        assert said(name).from_bot
        assert arrival(name).person == ""


def test_broken_words_are_mended() -> None:
    assert said("broken_words").text == "halo *x*"
    assert said("broken_words").name == "Sari"


def test_without_an_id_the_body_is_the_id() -> None:
    first, again, other = (read({"message": {"text": t}}, "telegram") for t in ("a", "a", "b"))
    assert first.external_id == again.external_id != other.external_id
    assert isinstance(first.event, NotUnderstood)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["update_id", "message", "callback_query", "my_chat_member", "poll"]), JSON))
def test_no_update_is_too_strange(update: dict[str, Any]) -> None:
    sound(read(update, "telegram"))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(PAYLOADS)), st.data())
def test_no_update_with_something_else_in_it_is_too_strange(name: str, data: st.DataObject) -> None:
    update = json.loads(json.dumps(PAYLOADS[name]))
    place = update
    while True:
        keys = sorted(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(JSON)
            break
        place = place[key]
    sound(read(update, "telegram"))


def sound(arrival: Arrival) -> None:
    """It can be stored, whatever came."""
    assert arrival.source == "telegram"
    assert arrival.external_id
    assert parse_address(arrival.conversation).channel == "telegram"
    assert arrival.person == "" or parse_address(arrival.person).channel == "telegram"
    assert "\x00" not in repr(arrival.event)
    repr(arrival).encode()
    if isinstance(arrival.event, Said):
        arrival.event.text.encode()
        arrival.event.name.encode()
        assert not arrival.conversation.endswith(":none")


@pytest.fixture
def channel(telegram: TelegramChannel) -> TelegramChannel:
    return telegram


async def test_parse_checks_the_secret_first(channel: TelegramChannel) -> None:
    body = json.dumps(PAYLOADS["text"]).encode()
    [understood] = channel.parse(Request("/webhooks/telegram", body, {HEADER: SECRET}))
    assert understood == arrival("text")
    for given_secret in ("", "wrong", SECRET + "x", "\udcff", "\ud800"):
        with pytest.raises(Forbidden):
            channel.parse(Request("/webhooks/telegram", b"{", {HEADER: given_secret}))
    with pytest.raises(Forbidden):
        channel.parse(Request("/webhooks/telegram", body, {}))


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"1", b"\xff\xfe\xfa", b"[" * 200_000, b"1" * 10_000])
async def test_what_is_no_json_object_is_a_bad_request(channel: TelegramChannel, body: bytes) -> None:
    with pytest.raises(BadRequest):
        channel.parse(Request("/webhooks/telegram", body, {HEADER: SECRET}))


async def test_updates_got_by_polling_are_read_the_same(channel: TelegramChannel) -> None:
    assert channel.parse_update(PAYLOADS["text"]) == [arrival("text")]
