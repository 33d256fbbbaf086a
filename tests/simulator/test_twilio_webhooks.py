from dataclasses import replace

import pytest
from twilio.request_validator import RequestValidator

from simulator.server import Simulator, SimulatorConfig
from simulator.webhooks import twilio_signature
from tests.simulator.actors import LIST, QUICK, Service, WhatsApp

BUDI = "whatsapp:+6281234567801"


def test_the_signature_of_twilios_own_example() -> None:
    fields = {
        "CallSid": "CA1234567890ABCDE",
        "Digits": "1234",
        "From": "+14158675309",
        "To": "+18005551212",
        "Caller": "+14158675309",
    }
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert twilio_signature("12345", url, fields) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="


async def test_a_message_is_posted_and_signed(sim: Simulator, service: Service) -> None:
    said = await sim.world.say("budi", "halo, saldo belum masuk 🙏")
    (received,) = await service.got(1)
    form = received.form
    assert (form["From"], form["WaId"], form["ProfileName"]) == (BUDI, "6281234567801", "Budi")
    assert (form["Body"], form["NumMedia"], form["MessageType"]) == (said.text, "0", "text")
    assert form["MessageSid"] == form["SmsSid"] == form["SmsMessageSid"] == said.id
    assert (form["NumSegments"], form["ReferralNumMedia"]) == ("1", "0")
    validator = RequestValidator(sim.config.twilio_auth_token)
    assert validator.validate(sim.config.whatsapp_webhook_url, form, received.headers["X-Twilio-Signature"])
    await sim.world.wait(lambda: said.status == "delivered")


async def test_status_callbacks_are_signed(whatsapp: WhatsApp, sim: Simulator, service: Service) -> None:
    await sim.world.say("budi", "halo")
    sent = await whatsapp.send("hai")
    await service.until(lambda: service.statuses() == ["sent", "delivered"])
    received = next(one for one in service.received if one.path == "/status")
    form = received.form
    assert form["MessageSid"] == form["SmsSid"] == sent.sid
    assert (form["To"], form["From"], form["ChannelPrefix"]) == (BUDI, sim.config.whatsapp_from, "whatsapp")
    assert "ErrorCode" not in form
    validator = RequestValidator(sim.config.twilio_auth_token)
    assert validator.validate(f"{service.url}/status", form, received.headers["X-Twilio-Signature"])


async def test_media_is_fetched_with_the_accounts_login(whatsapp: WhatsApp, sim: Simulator, service: Service) -> None:
    await sim.world.say("budi", "buktinya", media={"kind": "photo"})
    (received,) = await service.got(1)
    form = received.form
    assert (form["NumMedia"], form["MediaContentType0"], form["MessageType"]) == ("1", "image/jpeg", "image")
    async with whatsapp.session.get(form["MediaUrl0"]) as response:
        assert response.status == 401
    async with whatsapp.session.get(form["MediaUrl0"], headers=whatsapp.headers) as response:
        assert (await response.read())[:2] == b"\xff\xd8"
    async with whatsapp.session.get(form["MediaUrl0"] + "0", headers=whatsapp.headers) as response:
        assert response.status == 404


@pytest.mark.parametrize(
    ("kind", "content_type", "message_type"),
    [
        ("voice", "audio/ogg", "audio"),
        ("document", "application/pdf", "document"),
        ("sticker", "image/webp", "sticker"),
    ],
)
async def test_kinds_of_media(
    sim: Simulator, service: Service, kind: str, content_type: str, message_type: str
) -> None:
    await sim.world.say("budi", media={"kind": kind})
    (received,) = await service.got(1)
    assert (received.form["MediaContentType0"], received.form["MessageType"]) == (content_type, message_type)
    assert received.form["Body"] == ""


async def test_a_place_an_answer_and_something_forwarded(sim: Simulator, service: Service) -> None:
    first = await sim.world.say("budi", location={"lat": -6.2, "lon": 106.8, "name": "Rumah"})
    await sim.world.say("budi", "itu", reply_to=first.id, forwarded=True)
    await service.got(2)
    place, answer = (one.form for one in service.received)
    assert (place["Latitude"], place["Longitude"], place["Label"]) == ("-6.2", "106.8", "Rumah")
    assert (place["MessageType"], place["Body"], place["NumMedia"]) == ("location", "", "0")
    assert (answer["OriginalRepliedMessageSid"], answer["Forwarded"]) == (first.id, "true")


async def test_a_contact_is_a_vcard(sim: Simulator, service: Service) -> None:
    said = await sim.world.say("budi", contact={"phone_number": "+62811", "first_name": "Ibu"})
    (received,) = await service.got(1)
    assert (received.form["MediaContentType0"], received.form["MessageType"]) == ("text/vcard", "contacts")
    assert said.html == "Ibu +62811"


async def test_a_pressed_button_and_a_picked_row(whatsapp: WhatsApp, sim: Simulator, service: Service) -> None:
    await sim.world.say("budi", "halo")
    quick = await whatsapp.send(content_sid=QUICK, content_variables='{"1": "Budi"}')
    listed = await whatsapp.send(content_sid=LIST)
    await sim.world.press("budi", BUDI, quick.sid, "yes")
    await sim.world.pick("budi", BUDI, listed.sid, "topup")
    await service.until(lambda: len([one for one in service.received if one.path == "/wa"]) == 3)
    _, pressed, picked = (one.form for one in service.received if one.path == "/wa")
    assert (pressed["ButtonPayload"], pressed["ButtonText"], pressed["Body"]) == ("yes", "Ya", "Ya")
    assert pressed["OriginalRepliedMessageSid"] == quick.sid
    assert (picked["ListId"], picked["ListTitle"], picked["MessageType"]) == ("topup", "Isi saldo", "interactive")


async def test_someone_who_withholds_the_number(whatsapp: WhatsApp, sim: Simulator, service: Service) -> None:
    person = await sim.world.add_person("Tanpa Nomor", address="ID.9f8e7d6c5b4a")
    await sim.world.say(person.id, "halo")
    (received,) = await service.got(1)
    assert received.form["From"] == "whatsapp:ID.9f8e7d6c5b4a"
    await whatsapp.send("halo juga", to=received.form["From"])
    await service.until(lambda: "delivered" in service.statuses())


async def test_one_retry_after_5xx(sim: Simulator, service: Service) -> None:
    service.answers = [503]
    said = await sim.world.say("budi", "halo")
    first, second = await service.got(2)
    assert first.body == second.body
    await sim.world.wait(lambda: said.status == "delivered")


async def test_no_retry_after_4xx_and_no_third_try(sim: Simulator, service: Service) -> None:
    service.answers = [404, 500, 500]
    refused = await sim.world.say("budi", "satu")
    lost = await sim.world.say("budi", "dua")
    last = await sim.world.say("budi", "tiga")
    await sim.world.wait(lambda: last.status == "delivered")
    assert [post.status for post in sim.world.posts] == [404, 500, 500, 200]
    assert (refused.status, lost.status) == ("sending", "sending")
    assert [alert[:5] for alert in sim.world.alerts] == ["11200", "11200"]


async def test_a_service_that_does_not_answer_is_tried_again(config: SimulatorConfig, service: Service) -> None:
    service.silent = True
    sim = Simulator(replace(config, twilio_timeout=0.05))
    await sim.start()
    await sim.world.say("budi", "halo")
    await sim.world.wait(lambda: len(sim.world.posts) == 2)
    assert [post.status for post in sim.world.posts] == [0, 0]
    await sim.stop()


async def test_more_retries_for_long_outages(config: SimulatorConfig, service: Service) -> None:
    service.answers = [503, 503]
    sim = Simulator(replace(config, twilio_retries=9, longest_pause=0.01))
    await sim.start()
    said = await sim.world.say("budi", "halo")
    await sim.world.wait(lambda: said.status == "delivered")
    await sim.stop()


async def test_the_same_message_is_delivered_again(sim: Simulator, service: Service) -> None:
    said = await sim.world.say("budi", "sekali")
    await service.got(1)
    await sim.world.redeliver(BUDI, said.id)
    first, second = await service.got(2)
    assert first.body == second.body


async def test_no_webhook_no_delivery() -> None:
    sim = Simulator(SimulatorConfig())
    await sim.start()
    assert (await sim.world.say("budi", "halo")).status == "sending"
    assert not sim.world.posts
    await sim.stop()
