"""Ways around a signature, a secret or a token, tried on a real process: nothing gets in, and nothing twice."""

import asyncio
import base64
import hashlib
import hmac
import re
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from itsdangerous import URLSafeSerializer

from tests.fuzz.service import METRICS_TOKEN, TASKS_TOKEN, Service, played, serving
from tests.fuzz.wire import Wire, request
from tests.report import report
from tests.web.site import (
    CALLBACK_TOKEN,
    CUSTOMERS_SECRET,
    OPS_SECRET,
    PUBLIC,
    SECRET,
    SIGNATURE,
    STRIPE_SECRET,
    STRIPE_SIGNATURE,
    TOKEN,
    XENDIT_TOKEN,
    Call,
    ops_call,
    signature,
    status_call,
    stripe_call,
    telegram_call,
    twilio_call,
    whatsapp_call,
    xendit_call,
)

NOWHERE = "http://127.0.0.1:9"
GOOD = {
    "whatsapp": whatsapp_call(1),
    "status": status_call(1),
    "telegram": telegram_call(1),
    "ops": ops_call(1),
    "xendit": xendit_call(1),
}
SEALS = {
    name: next(seal for seal in (SIGNATURE, SECRET, CALLBACK_TOKEN) if seal in call.headers)
    for name, call in GOOD.items()
}
each_webhook = pytest.mark.parametrize("name", GOOD)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with serving(tmp_path_factory.mktemp("bypass"), "web", NOWHERE) as service:
        yield service


@pytest.fixture
def wire(service: Service) -> Iterator[Wire]:
    """And nothing is stored, whatever was sent over it."""
    before = service.stored
    with closing(Wire(service.port)) as wire:
        yield wire
    assert service.stored == before


# --- seals that are none ---


def wrong_seals(right: str) -> list[str]:
    raw = right.encode()
    return [
        "",
        " ",
        "null",
        "None",
        "undefined",
        "0",
        "true",
        "*",
        right[:-1],
        right[1:],
        right + "=",
        right + "\x00",
        right.swapcase(),
        right.upper(),
        right.replace("=", ""),
        f'"{right}"',
        f"Bearer {right}",
        f"{right}, {right}",
        base64.b64encode(raw).decode(),
        raw.hex(),
        "é" * 8,
        "x" * 8000,
    ]


@each_webhook
def test_a_seal_that_is_not_it(wire: Wire, name: str) -> None:
    call, seal = GOOD[name], SEALS[name]
    wrong = [each for each in wrong_seals(call.headers[seal]) if each != call.headers[seal]]
    answers = {each: wire.calls(call.having(**{seal: each})) for each in wrong}
    assert {each: status for each, status in answers.items() if status not in (400, 403)} == {}
    assert wire.calls(call.without(seal)) == 403


@each_webhook
def test_the_right_seal_in_another_header(wire: Wire, name: str) -> None:
    call, seal = GOOD[name], SEALS[name]
    headers = [
        "Authorization",
        "X-Signature",
        f"{seal}-",
        f"X-{seal}",
        seal.replace("-", "_"),
        "Cookie",
        "X-Hub-Signature",
    ]
    for header in headers:
        other = replace(call, headers={header: call.headers[seal], "Content-Type": "application/x-www-form-urlencoded"})
        assert wire.calls(other) == 403
    for place in (f"{call.path}?{urlencode({seal: call.headers[seal]})}", f"{call.path}?secret={CUSTOMERS_SECRET}"):
        assert wire.calls(replace(call.without(seal), path=place)) == 403


@each_webhook
def test_a_header_twice(wire: Wire, name: str) -> None:
    """Two wrong ones make no right one, nor does one in two halves; where they differ, the first counts."""
    call, seal = GOOD[name], SEALS[name]
    right = call.headers[seal]
    others = [(header, value) for header, value in call.headers.items() if header != seal]
    for first, second in (("wrong", "wrong"), ("", ""), (right[:9], right[9:]), ("wrong", right)):
        assert wire.asks("POST", call.path, [(seal, first), *others, (seal, second)], call.body) == 403


@each_webhook
def test_another_s_seal(wire: Wire, name: str) -> None:
    call, seal = GOOD[name], SEALS[name]
    strangers = {
        other.headers[each] for each, other in zip(SEALS.values(), GOOD.values(), strict=True) if other is not call
    }
    strangers |= {CUSTOMERS_SECRET, OPS_SECRET, TOKEN, METRICS_TOKEN} - {call.headers[seal]}
    assert {wire.calls(call.having(**{seal: each})) for each in strangers} == {403}


@each_webhook
def test_another_method(wire: Wire, name: str) -> None:
    call = GOOD[name]
    for method in ("GET", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "post"):
        assert wire.throws(request(method, call.path, call.headers, call.body)) in (0, 400, 404, 405)
    overriding = call.having(**{"X-HTTP-Method-Override": "POST"})
    assert wire.asks("GET", overriding.path, overriding.headers, overriding.body) == 405


@pytest.mark.parametrize(
    ("method", "path", "token"), [("GET", "/metrics", METRICS_TOKEN), ("POST", "/tasks/tick", TASKS_TOKEN)]
)
def test_a_token_that_is_not_it(wire: Wire, method: str, path: str, token: str) -> None:
    other = TASKS_TOKEN if token == METRICS_TOKEN else METRICS_TOKEN
    wrong = [
        "",
        "Bearer",
        "Bearer ",
        token,
        f"Basic {token}",
        f"bearer {token}",
        f"Bearer  {token}",
        f"Bearer {token} x",
    ]
    wrong += [f"Bearer {each}" for each in (token.upper(), token[:-1], other, f'"{token}"', "é", "null")]
    assert {each: wire.asks(method, path, {"Authorization": each}) for each in wrong} == dict.fromkeys(wrong, 401)
    assert wire.asks(method, path) == 401
    assert wire.asks(method, f"{path}?token={token}", {"Cookie": f"token={token}", "X-Token": token}) == 401
    assert wire.asks(method, path, {"Authorization": f"Bearer {token}"}) == 200


# --- what is signed is the address and the form ---


@pytest.mark.parametrize(
    "url",
    [
        f"{PUBLIC}/webhooks/whatsapp/",
        f"{PUBLIC}/webhooks/whatsapp?x=1",
        f"{PUBLIC}/webhooks/whatsapp#x",
        f"{PUBLIC}/webhooks/whatsapp/status",
        f"{PUBLIC}//webhooks/whatsapp",
        f"{PUBLIC.replace('https', 'http')}/webhooks/whatsapp",
        "https://sahut.example.evil.example/webhooks/whatsapp",
        "https://evil.example/webhooks/whatsapp",
        "https://SAHUT.example/webhooks/whatsapp",
        "https://user@sahut.example/webhooks/whatsapp",
        "/webhooks/whatsapp",
        "",
    ],
)
def test_another_address(wire: Wire, url: str) -> None:
    form = dict(parse_qsl(whatsapp_call(1).body.decode()))
    call = whatsapp_call(1).having(**{SIGNATURE: signature(url, list(form.items()))})
    assert wire.calls(call) == 403
    assert wire.calls(call.having(X_Forwarded_Host="evil.example", X_Forwarded_Proto="http")) == 403


def test_another_signature_algorithm(wire: Wire) -> None:
    form = list(dict(parse_qsl(whatsapp_call(1).body.decode())).items())
    text = (f"{PUBLIC}/webhooks/whatsapp" + "".join(name + value for name, value in sorted(form))).encode()
    for digest in (hashlib.sha256, hashlib.md5, hashlib.sha512):
        for key in (b"", b"another", TOKEN.upper().encode()):
            for code in (hmac.new(key, text, digest).digest(), digest(text).digest()):
                call = whatsapp_call(1).having(**{SIGNATURE: base64.b64encode(code).decode()})
                assert wire.calls(call) == 403
                settings = {"X-Twilio-Webhooks-Signature-Settings": "algorithm=HMAC_SHA256"}
                assert wire.calls(call.having(**settings)) in (400, 403)


def test_a_captured_call_with_another_body(wire: Wire) -> None:
    call = whatsapp_call(1)
    changed = [
        call.body + b"&Body=more",
        b"Body=first&" + call.body,
        call.body.replace(b"halo", b"hola"),
        call.body.replace(b"6281234567801", b"6281234567802"),
        re.sub(rb"SM0+1", b"SM" + b"2" * 32, call.body),
        call.body[: len(call.body) // 2],
        call.body + b"&x",
        b"",
        b"{}",
    ]
    assert {wire.calls(replace(call, body=body)) for body in changed} == {403}
    for kind in (
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded2",
    ):
        assert wire.calls(call.having(Content_Type=kind)) in (400, 403)


def test_a_captured_call_with_its_fields_cut_elsewhere(service: Service) -> None:
    """Twilio signs names and values in one line, without marks between them. Who moves a border makes no new message
    of an old one, and none from somebody else.
    """
    call = whatsapp_call(4711)
    with closing(Wire(service.port)) as wire:
        assert wire.calls(call) == 200
    before = service.ask("SELECT external_id FROM inbox WHERE kind = 'said'")
    fields = sorted(parse_qsl(call.body.decode(), keep_blank_values=True))
    with closing(Wire(service.port)) as wire:
        for index, (name, value) in enumerate(fields):
            before_it, after_it = fields[:index], fields[index + 1 :]
            forged = [
                [*before_it, (name[:-1], name[-1] + value), *after_it],
                [*before_it, (name + value[:1], value[1:]), *after_it],
                [*before_it, *((name, value + "".join(each)) for each in after_it[:1]), *after_it[1:]],
            ]
            for each in forged:
                assert wire.calls(replace(call, body=urlencode(each).encode())) in (200, 403)
    assert service.ask("SELECT external_id FROM inbox WHERE kind = 'said'") == before


# --- Stripe signs the body and its time ---


def test_a_stripe_event_that_stripe_did_not_sign(wire: Wire) -> None:
    now = int(time.time())
    good = stripe_call(1, stamp=now)
    right = good.headers[STRIPE_SIGNATURE]
    code = right.partition("v1=")[2]
    wrong = [each for each in wrong_seals(right) if each != f"{right}, {right}"]  # the same signature twice is one
    wrong += [
        f"t={now}",
        f"v1={code}",
        f"t={now},v0={code}",
        f"t={now},v1=",
        f"t={now + 1},v1={code}",
        f"t={now}, t={now + 1},v1={code}",
        f"t=-{now},v1={code}",
        f"t={now}.0,v1={code}",
        f"t=0x{now:x},v1={code}",
        f"t={'9' * 5000},v1={code}",
        f"t=,v1={code}",
        f"t={now},v1=é",
        ",".join(f"v1={each:064x}" for each in range(90)) + f",t={now}",
    ]
    answers = {each: wire.calls(good.having(**{STRIPE_SIGNATURE: each})) for each in wrong}
    assert {each: status for each, status in answers.items() if status not in (400, 403)} == {}
    assert wire.calls(good.without(STRIPE_SIGNATURE)) == 403


def test_a_stripe_event_at_another_time(wire: Wire) -> None:
    """A captured one, and one that is signed ahead, to be used for ever."""
    now = int(time.time())
    for stamp in (0, now - 400, now + 400, now + 10**6, 10**11):
        assert wire.calls(stripe_call(1, stamp=stamp)) == 403


def test_a_stripe_event_with_another_body_or_secret(wire: Wire) -> None:
    good = stripe_call(1)
    for body in (b"", b"{}", good.body + b" ", good.body.replace(b"pay-1-1", b"pay-2-1"), b"." + good.body):
        assert wire.calls(replace(good, body=body)) == 403
    for secret in ("", "None", "null", "whsec_", STRIPE_SECRET.upper(), "sk_test_of_the_site", XENDIT_TOKEN):
        assert wire.calls(stripe_call(1, secret=secret)) == 403


def test_a_sandbox_s_address_that_was_made_up(wire: Wire) -> None:
    """By whoever knows how it is made, but not the secret."""
    for secret, salt in (
        ("", "sandbox"),
        ("media-secret", "media"),
        ("media-secret", "itsdangerous"),
        ("x", "sandbox"),
    ):
        token = URLSafeSerializer(secret, salt=salt).dumps("pay-1-1")
        for method in ("GET", "POST"):
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            assert wire.asks(method, f"/pay/sandbox/{token}", form, b"do=pay") == 404


# --- secrets that are not set ---


def test_what_is_not_set_is_opened_by_nothing(tmp_path: Path) -> None:
    unset = dict.fromkeys(("TWILIO_AUTH_TOKEN", "TWILIO_ACCOUNT_SID", "TWILIO_WHATSAPP_FROM", "SECRET_KEY"), "")
    unset |= {"XENDIT_CALLBACK_TOKEN": "", "STRIPE_WEBHOOK_SECRET": ""}
    polling = {
        "PAYMENTS": "stripe,xendit",
        "TELEGRAM_UPDATES": "polling",
        "TELEGRAM_WEBHOOK_SECRET": "",
        "OPS_WEBHOOK_SECRET": "",
    }
    with serving(tmp_path, "web", NOWHERE, **unset, **polling) as service, closing(Wire(service.port)) as wire:
        for name, call in GOOD.items():
            for given in (call, call.without(SEALS[name]), call.having(**{SEALS[name]: ""})):
                assert wire.calls(given) == 404
            if SEALS[name] == SIGNATURE:
                for token in ("", "None", "null"):
                    form = dict(parse_qsl(call.body.decode()))
                    assert wire.calls(twilio_call(call.path, form, token=token)) == 404
        assert {wire.calls(stripe_call(1, secret=secret)) for secret in (STRIPE_SECRET, "", "None")} == {404}
        assert service.stored == 0


# --- replays ---


def copies(port: int, call: Call, times: int) -> list[int]:
    async def once() -> int:
        def ask() -> int:
            with closing(Wire(port)) as wire:
                return wire.calls(call)

        return await asyncio.to_thread(ask)

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(once() for _ in range(times)))

    return asyncio.run(all_at_once())


def test_a_call_a_hundred_times_is_stored_once(tmp_path: Path) -> None:
    """In turn, at once, and after the process was killed; and it is answered once."""
    with played(tmp_path) as providers, serving(tmp_path, "run", providers) as service:
        statuses = []
        for _ in range(2):
            for call in GOOD.values():
                with closing(Wire(service.port)) as wire:
                    statuses += [wire.calls(call) for _ in range(5)]
                statuses += copies(service.port, call, 20)
            service.end(signal.SIGKILL)
            service.start()
        service.settled()
        outside = "source GLOB 'whatsapp*' OR source GLOB 'telegram*' OR source = 'xendit'"
        ((stored,),) = service.ask(f"SELECT count(*) FROM inbox WHERE {outside}")
        answers = service.ask("SELECT entry, count(*) FROM outbox GROUP BY entry")
        errors = service.errors()
    report("replays", "fuzz", requests=len(statuses), stored=stored, **{"5xx": sum(each >= 500 for each in statuses)})
    assert set(statuses) == {200}
    assert stored == len(GOOD)
    assert len(answers) == len({entry for entry, _ in answers}) <= len(GOOD)
    assert errors == []
