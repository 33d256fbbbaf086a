"""What Twilio posts: signatures first, then messages and status reports of each kind."""

import base64
import hashlib
import hmac
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from bot.channels.base import BadRequest, Forbidden, Request
from bot.channels.whatsapp import WhatsAppChannel
from bot.channels.whatsapp_parse import read, read_status
from domain.addresses import parse_address
from domain.events import Arrival, NotUnderstood, Reported, Said, SaidKind
from domain.messages import Delivery, FailureReason, Location, MediaKind
from tests.channels.conftest import ACCOUNT, PUBLIC, SENDER, TOKEN

PAYLOADS = {path.stem: path.read_bytes() for path in (Path(__file__).parent / "payloads/whatsapp").iterdir()}
PATH = "/webhooks/whatsapp"
SETTINGS = "x-twilio-webhooks-signature-settings"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
BUDI = "whatsapp:+6281234567801"
VECTOR = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}


def signature(url: str, fields: list[tuple[str, str]]) -> str:
    """As Twilio's documents describe it, written down here a second time."""
    text = url + "".join(name + value for name, value in sorted(fields))
    return base64.b64encode(hmac.new(TOKEN.encode(), text.encode(), hashlib.sha1).digest()).decode()


def signed(body: bytes, path: str = PATH, **headers: str) -> Request:
    fields = parse_qsl(body.decode(), keep_blank_values=True)
    return Request(path, body, {**FORM, "x-twilio-signature": signature(PUBLIC + path, fields), **headers})


def form(name: str) -> dict[str, str]:
    return dict(parse_qsl(PAYLOADS[name].decode(), keep_blank_values=True))


def arrival(name: str) -> Arrival:
    return read(form(name), ACCOUNT, SENDER, PAYLOADS[name])


def said(name: str) -> Said:
    event = arrival(name).event
    assert isinstance(event, Said)
    return event


# --- signatures ---


def test_twilio_s_own_vectors() -> None:
    url, validator = "https://mycompany.com/myapp.php?foo=1&bar=2", RequestValidator(TOKEN)
    assert signature(url, list(VECTOR.items())) == "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    assert validator.validate(url, VECTOR, "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
    assert validator.validate(url, VECTOR, "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=", "HMAC_SHA256")


@pytest.fixture
def vector_channel(whatsapp: WhatsAppChannel) -> WhatsAppChannel:
    """The channel of the service in Twilio's vectors."""
    whatsapp._public_url = "https://mycompany.com"
    return whatsapp


@pytest.mark.parametrize(
    ("given_signature", "settings", "good"),
    [
        ("RSOYDt4T1cUTdK1PDd93/VVr8B8=", {}, True),
        (
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
            {"x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256"},
            False,
        ),
        (
            "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=",
            {"x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA256"},
            True,
        ),
        ("033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s=", {}, False),
        ("RSOYDt4T1cUTdK1PDd93/VVr8B8=", {"x-twilio-webhooks-signature-settings": "algorithm=NONE"}, False),
        ("", {}, False),
    ],
)
async def test_the_vectors_at_the_channel(
    vector_channel: WhatsAppChannel, given_signature: str, settings: dict[str, str], good: bool
) -> None:
    headers = {**FORM, "x-twilio-signature": given_signature, **settings}
    request = Request("/myapp.php?foo=1&bar=2", urlencode(VECTOR).encode(), headers)
    if good:
        assert isinstance(vector_channel.parse(request)[0].event, NotUnderstood)  # signed, but no message of ours
    else:
        with pytest.raises(Forbidden):
            vector_channel.parse(request)


async def test_blank_and_repeated_values_count(whatsapp: WhatsAppChannel) -> None:
    assert whatsapp.parse(signed(PAYLOADS["empty"]))
    twice = PAYLOADS["text"] + b"&New=b&New=a&Blank="
    assert whatsapp.parse(signed(twice))
    with pytest.raises(Forbidden):
        whatsapp.parse(Request(PATH, twice + b"&x=", signed(twice).headers))


async def test_the_query_is_signed_too(whatsapp: WhatsAppChannel) -> None:
    request = signed(PAYLOADS["text"], f"{PATH}?a=%20b&c")
    assert whatsapp.parse(request)
    with pytest.raises(Forbidden):
        whatsapp.parse(Request(PATH, request.body, request.headers))


async def test_signed_but_no_form(whatsapp: WhatsAppChannel) -> None:
    body = b'{"a": 1}'
    path = f"{PATH}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"content-type": "application/json", "x-twilio-signature": signature(PUBLIC + path, [])}
    with pytest.raises(BadRequest):
        whatsapp.parse(Request(path, body, headers))
    with pytest.raises(Forbidden):
        whatsapp.parse(Request(PATH, body, headers))


async def test_a_form_of_endless_fields_costs_nothing(whatsapp: WhatsAppChannel) -> None:
    body = urlencode({f"x{i}": "" for i in range(100_000)}).encode()
    with pytest.raises(Forbidden):
        whatsapp.parse(Request(PATH, body, {**FORM, "x-twilio-signature": "x"}))


@settings(deadline=None)
@given(st.binary(max_size=60), st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_nothing_unsigned_is_read(body: bytes, path: str, given_signature: str, settings: str) -> None:
    headers = {"x-twilio-signature": given_signature, "x-twilio-webhooks-signature-settings": settings}
    for kind in ({}, FORM, {"content-type": settings}):
        with pytest.raises(Forbidden):
            unconnected().parse(Request(path, body, {**headers, **kind}))


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(form("button"))) | st.text(max_size=8), st.text(max_size=30), max_size=8))
def test_no_signed_form_is_too_strange(fields: dict[str, str]) -> None:
    ours = {"AccountSid": ACCOUNT, "To": SENDER, "From": BUDI, "MessageSid": "SM" + "1" * 32, "NumMedia": "2"}
    for whole in (fields, {**ours, **fields}, {**fields, **ours}):
        try:
            body = urlencode(whole).encode()
        except UnicodeEncodeError:
            return
        request = signed(body)
        for found in (*unconnected().parse(request), *unconnected().parse_status(request)):
            assert found.external_id
            assert parse_address(found.conversation).channel in ("whatsapp", "whatsapp-status")
            repr(found).encode()
            assert "\x00" not in found.conversation + found.external_id


def unconnected() -> WhatsAppChannel:
    """The channel as far as it only reads."""
    channel = WhatsAppChannel.__new__(WhatsAppChannel)
    channel._account_sid, channel._sender, channel._public_url = ACCOUNT, SENDER, PUBLIC
    channel._validator = RequestValidator(TOKEN)
    return channel


# --- messages ---


async def test_a_text(whatsapp: WhatsAppChannel) -> None:
    [found] = whatsapp.parse(signed(PAYLOADS["text"]))
    assert found == Arrival(
        source="whatsapp",
        external_id=form("text")["MessageSid"],
        conversation=BUDI,
        person=BUDI,
        event=Said(
            kind=SaidKind.TEXT,
            text="Halo, saldo saya belum masuk 🙏 100% & +62",
            message_id=form("text")["MessageSid"],
            name="Budi",
            phone="+6281234567801",
        ),
    )


def test_a_person_who_withholds_the_number() -> None:
    assert arrival("opaque").person == "whatsapp:US.13491208655302741918"
    assert said("opaque").phone == ""


def test_neither_text_nor_media_still_is_said() -> None:
    assert said("empty").kind is SaidKind.OTHER


@pytest.mark.parametrize(
    ("name", "kind", "mime"),
    [
        ("image", MediaKind.PHOTO, "image/jpeg"),
        ("voice", MediaKind.VOICE, "audio/ogg"),
        ("audio", MediaKind.AUDIO, "audio/mpeg"),
        ("video", MediaKind.VIDEO, "video/mp4"),
        ("document", MediaKind.DOCUMENT, "application/pdf"),
        ("sticker", MediaKind.STICKER, "image/webp"),
    ],
)
def test_media(name: str, kind: MediaKind, mime: str) -> None:
    [media] = said(name).media
    assert said(name).kind is SaidKind.MEDIA
    assert (media.kind, media.mime, media.channel) == (kind, mime, "whatsapp")
    assert media.ref == form(name)["MediaUrl0"]


def test_captions_contacts_locations_replies() -> None:
    assert said("image").text == "bukti"
    assert said("contact").kind is SaidKind.CONTACT
    assert said("location").kind is SaidKind.LOCATION
    assert said("location").location == Location(-6.175392, 106.827153, "Monas, Gambir, Jakarta")
    assert said("reply").reply_to == form("reply")["OriginalRepliedMessageSid"]
    assert said("reply").kind is SaidKind.TEXT


@pytest.mark.parametrize("name", ["button", "list"])
def test_what_is_pressed_or_picked(name: str) -> None:
    event = said(name)
    assert (event.kind, event.button, event.text) == (SaidKind.BUTTON, "care:topup", "Isi saldo")
    assert event.button_message == form(name)["OriginalRepliedMessageSid"]


@pytest.mark.parametrize("name", ["other_account", "other_sender"])
def test_what_is_not_for_us(name: str) -> None:
    assert isinstance(arrival(name).event, NotUnderstood)
    assert arrival(name).external_id == form(name)["MessageSid"]
    assert arrival(name).person == ""


@pytest.mark.parametrize("number", ["", "x", "-1", "²", "9" * 5000, "99"])
def test_strange_numbers_of_media(number: str) -> None:
    fields = {**form("image"), "NumMedia": number}
    event = read(fields, ACCOUNT, SENDER, b"").event
    assert isinstance(event, Said)
    assert len(event.media) <= 1


@pytest.mark.parametrize("sender", ["", "whatsapp:", "+62812", "whatsapp:a:b", "whatsapp: "])
def test_strange_senders(sender: str) -> None:
    found = read({**form("text"), "From": sender}, ACCOUNT, SENDER, b"")
    assert isinstance(found.event, NotUnderstood)
    assert found.conversation == "whatsapp:none"


# --- status reports ---


@pytest.mark.parametrize(
    ("name", "delivery", "reason", "code"),
    [
        ("status_sent", Delivery.SENT, FailureReason.REFUSED, ""),
        ("status_delivered", Delivery.DELIVERED, FailureReason.REFUSED, ""),
        ("status_read", Delivery.READ, FailureReason.REFUSED, ""),
        ("status_undelivered", Delivery.FAILED, FailureReason.WINDOW_CLOSED, "63016"),
    ],
)
async def test_reports(
    whatsapp: WhatsAppChannel, name: str, delivery: Delivery, reason: FailureReason, code: str
) -> None:
    [found] = whatsapp.parse_status(signed(PAYLOADS[name], f"{PATH}/status"))
    sid = form(name)["MessageSid"]
    assert found == Arrival(
        source="whatsapp-status",
        external_id=f"{sid}:{form(name)['MessageStatus']}",
        conversation=BUDI.replace("whatsapp:", "whatsapp-status:"),
        event=Reported(provider_id=sid, delivery=delivery, reason=reason, error_code=code),
    )


def test_no_news() -> None:
    for status in ("queued", "accepted", "sending", "scheduled"):
        assert read_status({**form("status_queued"), "MessageStatus": status}, ACCOUNT, SENDER, b"") == ()


def test_reports_that_are_not_understood() -> None:
    [unknown] = read_status(form("status_unknown"), ACCOUNT, SENDER, b"")
    [foreign] = read_status({**form("status_sent"), "From": "whatsapp:+1"}, ACCOUNT, SENDER, b"")
    [empty] = read_status({"AccountSid": ACCOUNT, "From": SENDER}, ACCOUNT, SENDER, b"")
    assert unknown.event == NotUnderstood(what="status teleported")
    assert isinstance(foreign.event, NotUnderstood)
    assert isinstance(empty.event, NotUnderstood)
    assert unknown.external_id != empty.external_id


async def test_reports_need_their_signature(whatsapp: WhatsAppChannel) -> None:
    with pytest.raises(Forbidden):
        whatsapp.parse_status(signed(PAYLOADS["status_sent"], PATH + "/status", **{"x-twilio-signature": "x"}))
