"""Messages to the simulated Twilio, what its refusals become, and media that comes back."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest

from bot.channels.base import (
    Content,
    Failed,
    Level,
    MediaNotNow,
    MediaUnavailable,
    Option,
    Result,
    Retry,
    Sent,
    Unknown,
    Worded,
)
from bot.channels.registry import Channels
from bot.channels.whatsapp import WhatsAppChannel
from bot.channels.whatsapp_errors import reason_of
from bot.channels.whatsapp_http import SessionHttpClient
from domain.events import Said, SaidKind
from domain.messages import FailureReason, Location, Media, MediaKind
from simulator.server import Simulator
from tests.channels.conftest import ACCOUNT, MENU, NOTICE, PUBLIC, SENDER, channels_at
from tests.channels.provider import Provider, Reply

BUDI = "whatsapp:+6281234567801"
YES = (Option("yes", "Ya"),)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def say(channel: WhatsAppChannel, text: str = "", to: str = BUDI, **more: Any) -> list[Result]:
    return [await channel.send(to, part) for part in channel.render(Worded(to=to, text=text, **more))]


def said_no(status: int, code: int, **headers: str) -> Reply:
    body = {"code": code, "message": f"No {BUDI}", "more_info": "", "status": status}
    return Reply(status, json.dumps(body).encode(), headers)


def photo(url: str) -> Media:
    return Media(kind=MediaKind.PHOTO, channel="whatsapp", ref=url, mime="image/jpeg")


@pytest.fixture
def sender(scripted: Channels) -> WhatsAppChannel:
    assert scripted.whatsapp is not None
    return scripted.whatsapp


# --- with the simulator ---


async def test_what_is_sent_is_seen(sim: Simulator, whatsapp: WhatsAppChannel) -> None:
    await sim.world.say("budi", text="halo")
    [result] = await say(whatsapp, "Pilih", options=(Option("a", "Isi saldo"),))
    message = sim.world.messages(BUDI)[-1]
    assert result == Sent(message.id)
    assert message.text == "Pilih\n\n1. Isi saldo"
    assert message.raw["status_callback"] == f"{PUBLIC}/webhooks/whatsapp/status"


async def test_long_texts_templates_and_places_are_taken(sim: Simulator, whatsapp: WhatsAppChannel) -> None:
    await sim.world.say("budi", text="halo")
    results = await say(whatsapp, "<&> 👨‍👩‍👧 🇮🇩 " * 300)
    results += await say(whatsapp, "Halo", content=Content(MENU, ("name",)), content_values=("Budi\n",), options=YES)
    results += await say(whatsapp, location=Location(-6.1, 106.8, "Monas"))
    assert len(results) > 4
    assert all(isinstance(result, Sent) for result in results)
    *_, menu, place = sim.world.messages(BUDI)
    assert menu.text == "Halo Budi"
    assert place.location is not None
    assert (place.location["lat"], place.location["lon"]) == (-6.1, 106.8)


async def test_outside_the_window(sim: Simulator, whatsapp: WhatsAppChannel) -> None:
    await sim.world.say("budi", text="halo")
    await sim.world.advance(timedelta(hours=25))
    [closed] = await say(whatsapp, "Halo")
    assert isinstance(closed, Failed)
    assert closed.reason is FailureReason.WINDOW_CLOSED
    content = Content(NOTICE, ("number",), approved=True)
    [template] = await say(whatsapp, "x", content=content, content_values=("17",), use_template=True)
    assert isinstance(template, Sent)
    assert sim.world.messages(BUDI)[-1].text == "Kasus 17 menunggu."


async def test_media_by_link(sim: Simulator, session: aiohttp.ClientSession) -> None:
    await sim.world.say("budi", media={"kind": "photo"})
    link = f"{sim.url}{(sim.world.messages(BUDI)[-1].media or {})['url']}"
    channels = channels_at(sim.url, session, lambda media: link)
    assert channels.whatsapp is not None
    media = Media(kind=MediaKind.PHOTO, channel="telegram", ref="AgAC")
    [result] = await say(channels.whatsapp, "Struk", media=media)
    assert isinstance(result, Sent)
    assert sim.world.messages(BUDI)[-1].text == "Struk"


async def test_a_bad_address(whatsapp: WhatsAppChannel) -> None:
    for to in ("whatsapp:+62", "telegram:1001"):
        [failed] = [await whatsapp.send(to, {"method": "messages.create", "params": {"body": "x"}})]
        assert isinstance(failed, Failed)
        assert failed.reason is FailureReason.BAD_ADDRESS


async def test_what_was_sent_is_found_again(sim: Simulator, whatsapp: WhatsAppChannel) -> None:
    await sim.world.say("budi", text="halo")
    [earlier] = await say(whatsapp, "Halo")
    assert isinstance(earlier, Sent)
    known = [earlier.provider_id]
    [part] = whatsapp.render(Worded(to=BUDI, text="Halo"))
    before = datetime.now(UTC)
    assert await whatsapp.find_sent(BUDI, part, before, known) is None
    sim.faults.add("twilio", "create", "after")
    assert isinstance(await whatsapp.send(BUDI, part), Unknown)
    sent = sim.world.messages(BUDI)[-1].id
    assert await whatsapp.find_sent(BUDI, part, before, known) == sent
    assert await whatsapp.find_sent(BUDI, part, before, [*known, sent]) is None
    assert await whatsapp.find_sent(BUDI, part, before + timedelta(hours=1), known) is None
    [other] = whatsapp.render(Worded(to=BUDI, text="Lain"))
    assert await whatsapp.find_sent(BUDI, other, before, known) is None
    [template] = whatsapp.render(Worded(to=BUDI, text="x", content=Content(MENU), options=YES))
    assert await whatsapp.find_sent(BUDI, template, before, known) == sent
    assert await whatsapp.find_sent("whatsapp:+6281234567802", part, before) is None


async def test_where_twilio_cannot_be_asked(sim: Simulator, whatsapp: WhatsAppChannel) -> None:
    part = {"method": "messages.create", "params": {"body": "x"}}
    for kind in ("500", "429", "cut"):
        sim.faults.add("twilio", "list", kind)
        assert isinstance(await whatsapp.find_sent(BUDI, part, LONG_AGO), Retry)
    assert isinstance(await whatsapp.find_sent("sms:1", part, LONG_AGO), Retry)


async def test_what_check_finds(sim: Simulator, whatsapp: WhatsAppChannel, session: aiohttp.ClientSession) -> None:
    assert [finding.level for finding in await whatsapp.check()] == [Level.FINE]
    sim.faults.add("twilio", "account", "500")
    assert [finding.level for finding in await whatsapp.check()] == [Level.WRONG]


# --- with a provider that says what the test wants ---


async def test_the_form_that_goes_out(provider: Provider, sender: WhatsAppChannel) -> None:
    provider.will(Reply(201, b'{"sid": "SM1"}'))
    media = Media(kind=MediaKind.PHOTO, channel="telegram", ref="AgAC")
    assert await say(sender, "A&B +1 👍", media=media) == [Sent("SM1")]
    [asked] = provider.asked
    assert asked.path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked.headers["Authorization"] == "Basic " + base64.b64encode(f"{ACCOUNT}:12345".encode()).decode()
    assert parse_qs(asked.body.decode()) == {
        "To": [BUDI],
        "From": [SENDER],
        "Body": ["A&B +1 👍"],
        "MediaUrl": [f"{provider.url}/media/photo"],
        "StatusCallback": [f"{PUBLIC}/webhooks/whatsapp/status"],
    }


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (said_no(400, 63016), FailureReason.WINDOW_CLOSED),
        (said_no(400, 63003), FailureReason.BAD_ADDRESS),
        (said_no(400, 21211), FailureReason.BAD_ADDRESS),
        (said_no(400, 21610), FailureReason.BLOCKED),
        (said_no(400, 21617), FailureReason.REFUSED),
        (said_no(400, 20001), FailureReason.REFUSED),
        (said_no(403, 21408), FailureReason.REFUSED),
        (Reply(400, b"<html>"), FailureReason.REFUSED),
        (Reply(422, b'{"type": "t", "title": "No", "status": 422, "code": 21617}'), FailureReason.REFUSED),
    ],
)
async def test_refusals_for_good(
    provider: Provider, sender: WhatsAppChannel, reply: Reply, reason: FailureReason
) -> None:
    provider.will(reply)
    [failed] = await say(sender, "halo")
    assert isinstance(failed, Failed)
    assert failed.reason is reason
    assert "62" not in failed.detail.replace("21", "")


@pytest.mark.parametrize(
    ("reply", "after", "whole_sender"),
    [
        (said_no(429, 20429, **{"Retry-After": "3"}), 3, True),
        (said_no(429, 20429), None, True),
        (said_no(400, 63018), None, False),
        (said_no(400, 63038), 3600, True),
        (said_no(503, 20503), None, False),
        (said_no(401, 20003), 300, True),
        (said_no(404, 20404), 300, True),
        (said_no(403, 20005), 300, True),
        (Reply(403, b"<html>"), 300, True),
        (said_no(400, 63007), 300, True),
        (said_no(400, 21212), 300, True),
    ],
)
async def test_refusals_for_now(
    provider: Provider, sender: WhatsAppChannel, reply: Reply, after: float | None, whole_sender: bool
) -> None:
    provider.will(reply)
    [retry] = await say(sender, "halo")
    assert isinstance(retry, Retry)
    assert (retry.after, retry.whole_sender) == (after, whole_sender)


@pytest.mark.parametrize(
    "reply",
    [
        said_no(500, 20500),
        Reply(502, b"<html>"),
        Reply(504, b""),
        Reply(hang_up=True),
        Reply(201, b'{"sid": "SM', cut=True),
        Reply(201, b"<html>"),
        Reply(201, b"\xff"),
        Reply(201, b"{}"),
        Reply(201, b""),
        Reply(201, b"[]"),
        Reply(302, b"", {"Location": "/elsewhere"}),
    ],
)
async def test_what_may_have_been_sent_is_unknown(provider: Provider, sender: WhatsAppChannel, reply: Reply) -> None:
    provider.will(reply)
    [unknown] = await say(sender, "halo")
    assert isinstance(unknown, Unknown)
    assert len(provider.asked) == 1


async def test_nobody_there_is_tried_again(session: aiohttp.ClientSession, unused_tcp_port: int) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    channels = channels_at(url, session)
    assert channels.whatsapp is not None
    [retry] = await say(channels.whatsapp, "halo")
    assert isinstance(retry, Retry)
    assert [f.level for f in await channels.whatsapp.check()] == [Level.WRONG]
    with pytest.raises(MediaNotNow):
        await channels.whatsapp.fetch(photo(f"{url}/x"), 10)


async def test_another_host_of_twilio_s_is_refused(session: aiohttp.ClientSession) -> None:
    for url in ("https://lookups.twilio.com/v1", "https://api.twilio.com.evil.example/"):
        with pytest.raises(ValueError, match="configured address"):
            await SessionHttpClient(session, "http://127.0.0.1:1").request("GET", url)


async def test_nothing_in_the_environment_moves_the_host(
    monkeypatch: pytest.MonkeyPatch, provider: Provider, session: aiohttp.ClientSession
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    provider.will(Reply(201, b'{"sid": "SM1"}'))
    channels = channels_at(provider.url, session)
    assert channels.whatsapp is not None
    assert await say(channels.whatsapp, "halo") == [Sent("SM1")]


def test_reasons_of_status_codes() -> None:
    assert reason_of("63016") is FailureReason.WINDOW_CLOSED
    assert reason_of("63024") is FailureReason.BAD_ADDRESS
    assert reason_of("") is reason_of("x") is reason_of(1) is FailureReason.REFUSED


# --- media that came in ---


async def test_media_is_fetched_with_credentials_and_redirects_without(
    provider: Provider, sender: WhatsAppChannel
) -> None:
    elsewhere = Provider()
    await elsewhere.start()
    elsewhere.will(Reply(200, b"jpeg", {"Content-Type": "image/jpeg"}))
    url = f"{provider.url}/2010-04-01/Accounts/{ACCOUNT}/Messages/MM1/Media/ME1"
    try:
        provider.will(Reply(307, b"", {"Location": f"{elsewhere.url}/file?sig=a%2Fb"}))
        with pytest.raises(MediaUnavailable, match="not safe"):
            await sender.fetch(photo(url), 100)
        assert elsewhere.asked == []
        provider.will(Reply(307, b"", {"Location": "/other?sig=a%2Fb"}), Reply(200, b"jpeg"))
        file = await sender.fetch(photo(url), 100)
    finally:
        await elsewhere.stop()
    assert (file.body, file.mime, file.name) == (b"jpeg", "image/jpeg", "file.jpg")
    assert all("Authorization" in asked.headers for asked in provider.asked)
    assert provider.asked[-1].query == {"sig": "a/b"}


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/x",
        "https://evil.example/.twilio.com",
        "https://api.twilio.com.evil.example/x",
        "http://api.twilio.com/x",
        "https://evil.example\\@api.twilio.com/x",
        "https://eviltwilio.com/x",
        "https://api.twilio.com:8443/x",
        "file:///etc/passwd",
        "//api.twilio.com/x",
        "http://[::1",
        "",
    ],
)
async def test_other_addresses_are_not_fetched(provider: Provider, sender: WhatsAppChannel, url: str) -> None:
    with pytest.raises(MediaUnavailable, match="not an address"):
        await sender.fetch(photo(url), 100)


async def test_media_that_cannot_be_had(provider: Provider, sender: WhatsAppChannel) -> None:
    media = photo(f"{provider.url}/x")
    loop = Reply(302, b"", {"Location": "/x"})
    for gone in (Reply(404), Reply(200, b"x" * 101), Reply(302, b"", {"Location": "http://[::1"}), loop):
        provider.will(gone)
        with pytest.raises(MediaUnavailable) as caught:
            await sender.fetch(media, 100)
        assert not isinstance(caught.value, MediaNotNow)
    for later in (Reply(500), Reply(429), Reply(hang_up=True), Reply(200, b"x", cut=True)):
        provider.will(later)
        with pytest.raises(MediaNotNow):
            await sender.fetch(media, 1000)


async def test_manners_cost_nothing(sender: WhatsAppChannel, provider: Provider) -> None:
    await sender.courtesy(Said(kind=SaidKind.TEXT, text="halo"), BUDI)
    assert provider.asked == []
