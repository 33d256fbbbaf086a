import json
from datetime import timedelta

import aiohttp
import pytest

from simulator.server import Simulator, SimulatorConfig
from tests.simulator.actors import CARE, FILE, LINK, LIST, LONG, QUICK, Service, WhatsApp, basic
from tests.simulator.conftest import TEMPLATES, Clocks

BUDI = "whatsapp:+6281234567801"


@pytest.fixture
async def budi(sim: Simulator) -> None:
    """Budi has just written, so his window is open."""
    await sim.world.say("budi", "halo")


async def test_a_message_is_accepted_delivered_and_read(
    whatsapp: WhatsApp, sim: Simulator, service: Service, budi: None
) -> None:
    sent = await whatsapp.send("Halo, saya *Sahut*")
    assert sent.sid.startswith("SM")
    assert (len(sent.sid), sent.status, sent.direction) == (34, "queued", "outbound-api")
    await service.until(lambda: service.statuses() == ["sent", "delivered"])
    shown = sim.world.messages(BUDI)[-1]
    assert (shown.id, shown.html, shown.status) == (sent.sid, "Halo, saya <b>Sahut</b>", "delivered")
    await sim.world.read("budi", BUDI)
    await service.until(lambda: service.statuses() == ["sent", "delivered", "read"])
    assert (await whatsapp.client.messages(sent.sid).fetch_async()).status == "read"
    assert [one.method for one in sim.world.sent] == ["create"]


async def test_the_account_and_messages_are_read(whatsapp: WhatsApp, sim: Simulator, budi: None) -> None:
    account = await whatsapp.client.api.accounts(sim.config.twilio_account_sid).fetch_async()
    assert account.status == "active"
    sent = await whatsapp.send("satu")
    listed = await whatsapp.client.messages.list_async(to=BUDI, limit=20)
    assert [one.sid for one in listed] == [sent.sid]


@pytest.mark.parametrize("headers", [{}, {"Authorization": basic("AC", "x")}, {"Authorization": "Bearer x"}])
async def test_a_wrong_login_is_refused(whatsapp: WhatsApp, headers: dict[str, str]) -> None:
    status, body = await whatsapp.post(whatsapp.form(), headers)
    assert (status, body["code"], body["message"], body["status"]) == (401, 20003, "Authenticate", 401)


async def test_another_account_is_not_found(whatsapp: WhatsApp) -> None:
    whatsapp.messages_url = whatsapp.messages_url.replace("AC5a", "AC5b")
    assert (await whatsapp.post(whatsapp.form()))[0] == 404


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"Colour": "red"}, 20001),
        ({"StatusCallback": ""}, 20001),
        ({"SendAt": "2026-12-01T00:00:00Z"}, 20001),
        ({"Body": "x" * 1601}, 21617),
        ({"Body": ""}, 21619),
        ({"Body": "  "}, 21619),
        ({"To": "+6281234567801"}, 21211),
        ({"To": "whatsapp:0812"}, 21211),
        ({"From": "whatsapp:+6281199999999"}, 63007),
        ({"From": "Sahut"}, 21212),
        ({"To": "whatsapp:+6281100000000"}, 63031),
        ({"StatusCallback": "not an address"}, 21609),
        ({"MediaUrl": "ftp://x.id/a.jpg"}, 21620),
        ({"ContentSid": CARE}, 20001),
        ({"ContentVariables": "{}"}, 20001),
    ],
)
async def test_what_is_refused_at_once(whatsapp: WhatsApp, budi: None, fields: dict[str, str], code: int) -> None:
    status, body = await whatsapp.post(whatsapp.form(**fields))
    assert (status, body["code"]) == (400, code)
    assert body["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


async def test_a_parameter_given_twice_is_refused(whatsapp: WhatsApp, budi: None) -> None:
    status, body = await whatsapp.post([*whatsapp.form(), ("Body", "lagi")])
    assert (status, body["code"]) == (400, 20001)
    media = [("MediaUrl", "http://127.0.0.1/a.jpg"), ("MediaUrl", "http://127.0.0.1/b.jpg")]
    assert (await whatsapp.post([*whatsapp.form(), *media]))[1]["code"] == 21623


async def test_a_message_needs_its_two_ends(whatsapp: WhatsApp) -> None:
    assert (await whatsapp.post([("Body", "x"), ("To", BUDI)]))[1]["code"] == 21603
    assert (await whatsapp.post([("Body", "x"), ("From", "whatsapp:+6281100000000")]))[1]["code"] == 21604


async def test_1600_characters_are_taken(whatsapp: WhatsApp, budi: None) -> None:
    assert (await whatsapp.send("x" * 1600)).status == "queued"


async def test_free_text_outside_the_window_fails_later(
    whatsapp: WhatsApp, sim: Simulator, service: Service, clocks: Clocks, budi: None
) -> None:
    clocks.now += timedelta(hours=24)
    sent = await whatsapp.send("terlambat")
    await service.until(lambda: service.statuses() == ["undelivered"])
    assert service.received[-1].form["ErrorCode"] == "63016"
    shown = sim.world.message(BUDI, sent.sid)
    assert (shown.status, str(shown.error)[:5]) == ("failed", "63016")
    assert (await whatsapp.client.messages(sent.sid).fetch_async()).error_code == 63016


async def test_the_window_is_open_until_its_last_second(
    whatsapp: WhatsApp, sim: Simulator, service: Service, clocks: Clocks, budi: None
) -> None:
    clocks.now += timedelta(hours=24) - timedelta(seconds=1)
    await whatsapp.send("tepat waktu")
    await service.until(lambda: "delivered" in service.statuses())
    assert sim.world.chat(BUDI).window_until() == clocks.now + timedelta(seconds=1)


async def test_who_never_wrote_has_no_window(whatsapp: WhatsApp, service: Service) -> None:
    await whatsapp.send("halo")
    await service.until(lambda: service.statuses() == ["undelivered"])


async def test_free_text_outside_the_window_refused_at_once(service: Service) -> None:
    sim = Simulator(SimulatorConfig(refuse_outside_window=True))
    await sim.start()
    async with aiohttp.ClientSession() as session:
        whatsapp = WhatsApp(sim, session, service)
        assert await whatsapp.refused("halo") == (400, 63016)
    await sim.stop()


async def test_an_approved_template_passes_outside_the_window(
    whatsapp: WhatsApp, sim: Simulator, service: Service
) -> None:
    await whatsapp.send(content_sid=CARE, content_variables=json.dumps({"1": "Budi", "2": "#12"}))
    await service.until(lambda: service.statuses() == ["sent", "delivered"])
    shown = sim.world.messages(BUDI)[-1]
    assert (shown.kind, shown.text) == ("template", "Halo Budi, kasus #12 menunggu.")


@pytest.mark.parametrize("sid", [QUICK, LIST])
async def test_what_is_for_sessions_only_fails_outside_the_window(
    whatsapp: WhatsApp, service: Service, sid: str
) -> None:
    variables = {"content_variables": '{"1": "Budi"}'} if sid == QUICK else {}
    await whatsapp.send(content_sid=sid, **variables)
    await service.until(lambda: service.statuses() == ["undelivered"])
    assert service.received[-1].form["ErrorCode"] == "63016"


async def test_buttons_and_lists_reach_the_phone(whatsapp: WhatsApp, sim: Simulator, budi: None) -> None:
    quick = await whatsapp.send(content_sid=QUICK, content_variables='{"1": "Budi"}')
    listed = await whatsapp.send(content_sid=LIST)
    link = await whatsapp.send(content_sid=LINK)
    shown = sim.world.message(BUDI, quick.sid)
    assert (shown.kind, shown.text) == ("interactive", "Pilih, Budi")
    assert [button.id for row in shown.buttons for button in row] == ["yes", "Tidak"]
    picker = sim.world.message(BUDI, listed.sid).list
    assert picker is not None
    assert picker["rows"][0] == {"id": "topup", "title": "Isi saldo", "description": "Saldo belum masuk"}
    assert sim.world.message(BUDI, link.sid).buttons[0][0].url == "https://x.id"


@pytest.mark.parametrize(
    ("sid", "variables", "code"),
    [
        ("HX" + "0" * 32, "{}", 21655),
        (CARE, "[]", 21656),
        (CARE, "{", 21656),
        (CARE, '{"1": "Budi"}', 21656),
        (CARE, '{"1": "Budi", "2": ""}', 21656),
        (CARE, '{"1": "Budi", "2": null}', 21656),
        (CARE, '{"1": "Budi", "2": "a\\nb"}', 21656),
        (CARE, '{"1": "Budi", "2": "a     b"}', 21656),
    ],
)
async def test_templates_that_are_refused(whatsapp: WhatsApp, budi: None, sid: str, variables: str, code: int) -> None:
    assert await whatsapp.refused(content_sid=sid, content_variables=variables) == (400, code)


async def test_a_button_that_grows_too_long_fails_at_whatsapp(whatsapp: WhatsApp, service: Service, budi: None) -> None:
    await whatsapp.send(content_sid=LONG, content_variables='{"1": "lebih dari dua puluh huruf"}')
    await service.until(lambda: service.statuses() == ["failed"])
    assert service.received[-1].form["ErrorCode"] == "63021"


async def test_content_is_listed(whatsapp: WhatsApp) -> None:
    listed = await whatsapp.client.content.v1.contents.list_async()
    assert [one.sid for one in listed] == list(TEMPLATES)
    one = await whatsapp.client.content.v1.contents(CARE).fetch_async()
    assert one.types == {"twilio/text": {"body": "Halo {{1}}, kasus {{2}} menunggu."}}
    approval = await whatsapp.client.content.v1.contents(CARE).approval_fetch().fetch_async()
    assert approval.whatsapp["status"] == "approved"


async def test_media_is_fetched_when_it_is_sent(
    whatsapp: WhatsApp, sim: Simulator, service: Service, budi: None
) -> None:
    service.files["/a.pdf"] = (b"%PDF-1.4", "application/pdf")
    sent = await whatsapp.send("struk", media_url=[f"{service.url}/a.pdf"])
    assert (sent.sid[:2], sent.num_media) == ("MM", "1")
    await service.until(lambda: "delivered" in service.statuses())
    shown = sim.world.message(BUDI, sent.sid)
    assert (shown.kind, shown.text) == ("document", "struk")
    assert shown.media is not None
    async with whatsapp.session.get(sim.url + shown.media["url"]) as response:
        assert await response.read() == b"%PDF-1.4"
    await whatsapp.send(content_sid=FILE, content_variables=json.dumps({"1": f"{service.url}/a.pdf"}))
    await service.until(lambda: service.statuses().count("delivered") == 2)


@pytest.mark.parametrize("path", ["/none.jpg", "/page.html", "/big.jpg"])
async def test_media_that_cannot_be_had_fails(whatsapp: WhatsApp, service: Service, budi: None, path: str) -> None:
    service.files["/page.html"] = (b"<html>", "text/html")
    service.files["/big.jpg"] = (b"x" * (16 * 1024 * 1024 + 1), "image/jpeg")
    await whatsapp.send("struk", media_url=[service.url + path])
    await service.until(lambda: service.statuses() == ["failed"])
    assert service.received[-1].form["ErrorCode"] == "63019"


async def test_a_number_without_whatsapp(whatsapp: WhatsApp, service: Service) -> None:
    await whatsapp.send("halo", to="whatsapp:+6281299999999")
    await service.until(lambda: service.statuses() == ["undelivered"])
    assert service.received[-1].form["ErrorCode"] == "63003"


async def test_who_blocked_us_gets_it_after_the_block(
    whatsapp: WhatsApp, sim: Simulator, service: Service, budi: None
) -> None:
    await sim.world.block("budi")
    sent = await whatsapp.send("halo")
    await service.until(lambda: service.statuses() == ["sent"])
    assert sim.world.message(BUDI, sent.sid).status == "sent"
    await sim.world.unblock("budi")
    await service.until(lambda: service.statuses() == ["sent", "delivered"])


async def test_a_place_is_sent(whatsapp: WhatsApp, sim: Simulator, budi: None) -> None:
    sent = await whatsapp.send("kantor", persistent_action=["geo:-6.2,106.8|Kantor"])
    assert sim.world.message(BUDI, sent.sid).location == {"lat": -6.2, "lon": 106.8, "name": "Kantor"}
