"""What strangers, broken providers and attackers send: strategies for Hypothesis."""

import gzip
import json
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from hypothesis import strategies as st

from tests.fuzz.wire import Wire, request
from tests.web.site import (
    ACCOUNT,
    CALLBACK_TOKEN,
    CUSTOMERS_SECRET,
    OPS_SECRET,
    SECRET,
    SENDER,
    SIGNATURE,
    Call,
    ops_call,
    signature,
    status_call,
    stripe_call,
    stripe_sealed,
    telegram_call,
    twilio_call,
    whatsapp_call,
    xendit_call,
)

PAYLOADS = Path(__file__).parents[1] / "channels/payloads"
UPDATES: list[dict[str, Any]] = [json.loads(path.read_bytes()) for path in sorted((PAYLOADS / "telegram").iterdir())]
FORMS = [dict(parse_qsl(path.read_text(), True)) for path in sorted((PAYLOADS / "whatsapp").iterdir())]
BOTS = {"/webhooks/telegram": CUSTOMERS_SECRET, "/webhooks/telegram/ops": OPS_SECRET}
TWILIO = ("/webhooks/whatsapp", "/webhooks/whatsapp/status")
WEBHOOKS = (*BOTS, *TWILIO, "/webhooks/stripe", "/webhooks/xendit")
PAGES = (
    "/health",
    "/ready",
    "/metrics",
    "/care",
    "/media/x",
    "/tasks/tick",
    "/pay/done",
    "/pay/sandbox/x",
    "/pay/sandbox/InBheS0xLTEi.x",
    "/",
)
GOOD = [whatsapp_call(1), status_call(1), telegram_call(1), ops_call(1), xendit_call(1)]
SEALS = (SIGNATURE, SECRET, CALLBACK_TOKEN)


@dataclass(frozen=True)
class Attack:
    """`whole`: a request that HTTP takes as such, after which the connection may be used again."""

    kind: str
    data: bytes
    whole: bool = True

    def on(self, wire: Wire) -> int:
        return wire.sends(self.data) if self.whole else wire.throws(self.data)


def post(kind: str, call: Call) -> Attack:
    return Attack(kind, request("POST", call.path, call.headers, call.body))


# --- values ---

STRIPE_EVENT: dict[str, Any] = json.loads(stripe_call(1).body)
CALLBACK: dict[str, Any] = json.loads(xendit_call(1).body)
BOMBS = (
    b"[" * 200_000,
    b'{"message":' * 50_000,
    b'{"update_id":' + b"9" * 5000 + b"}",
    b"[" + b"0," * 200_000 + b"0]",
    b'"' + b"\\u0000" * 100_000 + b'"',
    b"1e999999999",
    b"\xef\xbb\xbf{}",
    gzip.compress(bytes(10_000_000)),
    b"x" * (1024 * 1024 + 1),
)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
NUMBERS = [None, True, False, 0, -1, 2**63, -(2**63), 10**400, 1e308, float("nan")]
TEXTS = ["", "\x00", "\ud800", "🙏", "/start", "menu", "CS", "private", "telegram:1:2:3", "x" * 5000]
WEIRD: st.SearchStrategy[Any] = st.sampled_from([*NUMBERS, *TEXTS, [], {}, [[[[]]]], {"": {}}, [None] * 50])
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | WEIRD
NAMES = st.sampled_from(
    "message edited_message callback_query my_chat_member message_id update_id from chat id type text date data photo"
    " document file_id location contact new_chat_member status message_thread_id".split()
)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=5), max_leaves=10
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in it, with each of its keys."""
    found: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found.append((value, key))
        found += places(inner)
    return found


@st.composite
def mutated(draw: st.DrawFn, originals: list[dict[str, Any]], values: st.SearchStrategy[Any]) -> dict[str, Any]:
    """A real payload in which something is changed, gone, or somewhere else."""
    value: dict[str, Any] = deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(1, 3))):
        inside = places(value)
        if not inside:
            break
        container, key = draw(st.sampled_from(inside))
        match draw(st.sampled_from(["change", "change", "drop", "move"])):
            case "change":
                container[key] = deepcopy(draw(values))
            case "drop":
                del container[key]
            case _:
                other, name = draw(st.sampled_from(inside))
                other[name] = deepcopy(container[key]) if other is not container[key] else None
    return value


def serialised(update: Any, ascii_only: bool) -> bytes:
    return json.dumps(update, ensure_ascii=ascii_only).encode(errors="surrogatepass")


@st.composite
def spoilt(draw: st.DrawFn, body: bytes) -> bytes:
    """Bytes with something cut, repeated or put in."""
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, min(len(body), start + 50)))
    return body[:start] + draw(st.binary(max_size=10) | st.just(body[start:end] * 2)) + body[end:]


def is_update(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


# --- what is never stored ---

ANY_BODY = st.binary(max_size=100) | st.sampled_from([call.body for call in GOOD]) | st.sampled_from(BOMBS)


@st.composite
def unsealed(draw: st.DrawFn) -> Attack:
    """A call with a wrong signature or secret, or with another's."""
    call = draw(st.sampled_from(GOOD))
    seal = next(each for each in SEALS if each in call.headers)
    right = call.headers[seal]
    others = [good.headers[seal] for good in GOOD if seal in good.headers and good.headers[seal] != right]
    wrong = ["", "wrong", "null", right[:-1], right + "x", right.swapcase(), f"{right},{right}", *others]
    given = draw(st.none() | st.sampled_from(wrong))
    call = call.without(seal) if given is None else call.having(**{seal: given})
    return post("unsealed", replace(call, body=draw(st.just(call.body) | ANY_BODY)))


@st.composite
def unreadable(draw: st.DrawFn) -> Attack:
    """Properly sealed, and no message."""
    if draw(st.integers(0, 4)) == 0:
        body = draw(ANY_BODY.filter(lambda body: not is_update(body)))
        by_stripe = draw(st.booleans())
        return post("unreadable", stripe_sealed(body) if by_stripe else replace(xendit_call(1), body=body))
    if draw(st.booleans()):
        path = draw(st.sampled_from(TWILIO))
        headers = {SIGNATURE: signature(f"https://sahut.example{path}", []), "Content-Type": "application/json"}
        return post("unreadable", Call(path=path, body=draw(ANY_BODY), headers=headers))
    path = draw(st.sampled_from(list(BOTS)))
    good = serialised(draw(st.sampled_from(UPDATES)), True)
    body = draw(
        ANY_BODY.filter(lambda body: not is_update(body)) | spoilt(good).filter(lambda body: not is_update(body))
    )
    return post("unreadable", Call(path=path, body=body, headers={SECRET: BOTS[path]}))


@st.composite
def elsewhere(draw: st.DrawFn) -> Attack:
    """A good call by another method, or to another address."""
    call = draw(st.sampled_from(GOOD))
    method = draw(st.sampled_from(["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"]))
    path = call.path + draw(st.sampled_from(["", "/", "//", "/x", "/../telegram", "%2e", "%00"]))
    if path == call.path or draw(st.booleans()):
        return Attack("elsewhere", request(method, path, call.headers, call.body))
    return Attack("elsewhere", request("POST", path, call.headers, call.body))


@st.composite
def pages(draw: st.DrawFn) -> Attack:
    """Public pages asked for with anything."""
    method = draw(st.sampled_from(["GET", "GET", "POST"]))
    path = draw(st.sampled_from(PAGES) | st.binary(max_size=30).map(lambda token: f"/media/{quote(token)}"))
    fields = st.tuples(
        st.sampled_from(["name", "ts", "sig", "lang", "text"]) | WORDS.map(quote), st.binary(max_size=15)
    )
    query = "&".join(f"{name}={quote(value, safe='&=')}" for name, value in draw(st.lists(fields, max_size=4)))
    bearer = draw(st.sampled_from([None, "", "Bearer", "Bearer ", "Bearer x", "Basic eDp4", "bearer let-me-count"]))
    headers = {} if bearer is None else {"Authorization": bearer}
    return Attack("page", request(method, f"{path}?{query}", headers, b"" if method == "GET" else b"{}"))


HEADERS = (
    "Authorization Connection Content-Encoding Content-Length Content-Type Cookie Expect Host If-None-Match Range"
    " Transfer-Encoding Upgrade X-Forwarded-For X-Twilio-Webhooks-Signature-Settings"
).split()
VALUES = [
    "chunked",
    "gzip",
    "application/json",
    "algorithm=HMAC_SHA256",
    "-1",
    "5",
    "close",
    "websocket",
    "\x80",
    "x" * 9000,
]
ANY_VALUE = st.sampled_from([value.encode("latin-1") for value in VALUES]) | st.binary(max_size=30)


@st.composite
def no_http(draw: st.DrawFn) -> Attack:
    """HTTP, more or less; without a seal, so that what it is taken for is refused."""
    method = draw(st.sampled_from([b"POST", b"GET", b"HEAD", b"PRI", b"OPTIONS"]) | st.binary(min_size=1, max_size=8))
    path = draw(st.sampled_from([*WEBHOOKS, *PAGES, "*"])).encode() + draw(st.just(b"") | st.binary(max_size=20))
    version = draw(st.sampled_from([b"HTTP/1.1", b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2.0", b"HTTP/9.9", b""]))
    lines = [b" ".join([method, path, version]), b"Host: sahut.example"]
    for name in draw(st.lists(st.sampled_from(HEADERS), max_size=5)):
        lines.append(name.encode() + b": " + draw(ANY_VALUE))
    body = draw(st.binary(max_size=100) | st.sampled_from([call.body for call in GOOD]))
    if draw(st.booleans()):
        lines.append(f"Content-Length: {len(body)}".encode())
    return Attack("no http", draw(st.just(b"\r\n".join([*lines, b"", body])) | st.binary(max_size=200)), whole=False)


bad = st.one_of(unsealed(), unsealed(), unreadable(), elsewhere(), pages(), no_http())


# --- what is sealed, and nonsense ---


@st.composite
def sealed(draw: st.DrawFn) -> Attack:
    """Real payloads gone wrong, and invented ones, under the right seal: recorded and handled, whatever they are."""
    if draw(st.integers(0, 4)) == 0:
        told = draw(mutated([CALLBACK], LEAVES | JSON) | st.dictionaries(NAMES, JSON, max_size=4))
        body = serialised(told, draw(st.booleans()))
        return post("sealed", replace(xendit_call(1), body=body))
    if draw(st.integers(0, 4)) == 0:
        event = draw(mutated([STRIPE_EVENT], LEAVES | JSON) | st.dictionaries(NAMES, JSON, max_size=4))
        return post("event", stripe_sealed(serialised(event, draw(st.booleans()))))
    if draw(st.booleans()):
        texts = WORDS | st.sampled_from(
            [ACCOUNT, SENDER, "whatsapp:+62811", "delivered", "9" * 400, "nan", "\x00", "menu"]
        )
        form = draw(mutated(FORMS, texts) | st.dictionaries(st.sampled_from(list(FORMS[0])) | WORDS, texts, max_size=8))
        return post("sealed", twilio_call(draw(st.sampled_from(TWILIO)), form))
    path = draw(st.sampled_from(list(BOTS)))
    update = draw(mutated(UPDATES, LEAVES | JSON) | st.dictionaries(NAMES, JSON, max_size=4))
    if draw(st.booleans()):
        update["update_id"] = draw(st.integers(0, 2**40))
    body = serialised(update, draw(st.booleans()))
    if draw(st.booleans()) and body.startswith(b'{"'):
        body = b'{"update_id": 5, "message": 1, ' + body[1:]  # keys twice
    return post("sealed", Call(path=path, body=body, headers={SECRET: BOTS[path]}))
