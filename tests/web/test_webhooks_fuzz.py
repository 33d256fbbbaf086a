"""Whatever comes in by the webhooks and the public pages: it never makes a 5xx."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.web.site import (
    ACCOUNT,
    CUSTOMERS_SECRET,
    OPS_SECRET,
    SECRET,
    SENDER,
    SIGNATURE,
    Call,
    Site,
    ops_call,
    telegram_call,
    twilio_call,
    update_call,
    whatsapp_call,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")
MANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
FEWER = settings(MANY, max_examples=100)

PATHS = [
    "/webhooks/whatsapp",
    "/webhooks/whatsapp/status",
    "/webhooks/telegram",
    "/webhooks/telegram/ops",
    "/health",
    "/ready",
    "/metrics",
    "/care",
    "/media/",
]
HEADERS = [
    "Authorization",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Expect",
    "Host",
    "If-None-Match",
    "Range",
    "Transfer-Encoding",
    "Upgrade",
    "X-Forwarded-For",
    SECRET,
    SIGNATURE,
    "X-Twilio-Webhooks-Signature-Settings",
]
WORDS = [
    CUSTOMERS_SECRET,
    OPS_SECRET,
    "chunked",
    "gzip",
    "application/json",
    "algorithm=HMAC_SHA256",
    "-1",
    "5",
    "close",
]
ANY_WORD = st.sampled_from(WORDS).map(str.encode) | st.binary(max_size=30)
GOOD = [whatsapp_call(1), telegram_call(1), ops_call(1)]
NAMES = st.sampled_from(["name", "ts", "sig", "lang", "text"]) | st.text(max_size=5)


async def raw(site: Site, request: bytes) -> int:
    """The status of the answer to these bytes; 0 where the service hangs up without one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.service.port)
    try:
        writer.write(request)
        try:
            line = await asyncio.wait_for(reader.readline(), 0.1)
        except TimeoutError:  # it waits for more of the request, which there is not
            writer.write_eof()
            line = await asyncio.wait_for(reader.readline(), 5)
    except ConnectionError:
        return 0
    finally:
        writer.transport.abort()
    return int(line.split()[1]) if line else 0


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    """HTTP, more or less."""
    method = draw(st.sampled_from([b"POST", b"GET", b"HEAD", b"PUT", b"OPTIONS"]) | st.binary(min_size=1, max_size=8))
    path = draw(st.sampled_from(PATHS)).encode() + draw(st.binary(max_size=20) | st.just(b""))
    lines = [b" ".join([method, path, b"HTTP/1.1"]), b"Host: sahut.example"]
    for name in draw(st.lists(st.sampled_from(HEADERS), max_size=5)):
        lines.append(name.encode() + b": " + draw(ANY_WORD))
    body = draw(st.binary(max_size=100) | st.sampled_from([call.body for call in GOOD]))
    if draw(st.booleans()):
        lines.append(f"Content-Length: {len(body)}".encode())
    return b"\r\n".join([*lines, b"", body])


@MANY
@given(requests())
@example(b"POST /webhooks/whatsapp HTTP/1.1\r\nHost: x\r\nExpect: \x80\r\n\r\n")
@example(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nExpect: \x80\r\n\r\n")
@example(b"OPTIONS * HTTP/1.1\r\nHost: x\r\nExpect: \x80\r\n\r\n")
async def test_any_bytes(standing_site: Site, request: bytes) -> None:
    assert await raw(standing_site, request) < 500


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from([10**400, -(2**63), "private", "\ud800", "\x00", "/start", "🙏"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "message edited_message callback_query my_chat_member message_id update_id from chat id type text date"
                " data photo document file_id location contact new_chat_member status message_thread_id".split()
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@MANY
@given(st.sampled_from([("", CUSTOMERS_SECRET), ("/ops", OPS_SECRET)]), JSON, st.sampled_from([None, 5, 6]))
async def test_any_update(standing_site: Site, bot: tuple[str, str], update: Any, number: int | None) -> None:
    if isinstance(update, dict) and number is not None:
        update = {"update_id": number, "message": update} | update
    expected = 200 if isinstance(update, dict) else 400
    assert (await standing_site.send(update_call(f"/webhooks/telegram{bot[0]}", bot[1], update))).status == expected


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
FIELDS = st.dictionaries(
    st.sampled_from(
        "MessageSid SmsSid AccountSid From To WaId Body NumMedia MediaUrl0 MediaContentType0 Latitude Longitude ListId"
        " MessageStatus ErrorCode ProfileName".split()
    )
    | TEXT,
    TEXT | st.sampled_from([ACCOUNT, SENDER, "whatsapp:+62811", "delivered", "9" * 400, "nan", "-0", "\x00"]),
    max_size=8,
)


@MANY
@given(st.sampled_from(["/webhooks/whatsapp", "/webhooks/whatsapp/status"]), FIELDS, st.booleans())
async def test_any_form(standing_site: Site, path: str, fields: dict[str, str], ours: bool) -> None:
    form = fields | ({"AccountSid": ACCOUNT, "From": SENDER, "To": SENDER} if ours else {})
    assert (await standing_site.send(twilio_call(path, form))).status == 200


@FEWER
@given(st.sampled_from(GOOD), st.binary(max_size=200))
async def test_any_body_under_a_good_seal(standing_site: Site, call: Call, body: bytes) -> None:
    assert (await standing_site.send(call, body)).status in (200, 400, 403)


def _percent(value: bytes) -> str:
    return quote(value, safe="&=")


@FEWER
@given(st.lists(st.tuples(NAMES.map(quote), st.binary(max_size=15).map(_percent)), max_size=5), st.booleans())
async def test_any_query_of_the_care_page(standing_site: Site, fields: list[tuple[str, str]], escaped: bool) -> None:
    query = "&".join(f"{name}={value}" for name, value in fields).encode()
    if not escaped:
        query = query.replace(b"%20", b"").replace(b"%", b"\xff")
    request = b"GET /care?" + query + b" HTTP/1.1\r\nHost: x\r\n\r\n"
    assert await raw(standing_site, request) in ((200,) if escaped else (200, 400))


@FEWER
@given(st.binary(max_size=40).map(quote))
async def test_any_token(standing_site: Site, token: str) -> None:
    request = f"GET /media/{token} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    assert await raw(standing_site, request) == 404
