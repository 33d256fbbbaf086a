"""The webhooks, called over HTTP as the providers call them: what is answered, and what is written by then."""

import asyncio
import json
import sqlite3
import time
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.talk import Talk
from tests.web.site import (
    CALLBACK_TOKEN,
    CUSTOMERS_SECRET,
    OPS_SECRET,
    PUBLIC,
    SECRET,
    SIGNATURE,
    STRIPE_SIGNATURE,
    Call,
    Site,
    ops_call,
    status_call,
    stripe_call,
    stripe_sealed,
    telegram_call,
    twilio_call,
    update_call,
    whatsapp_call,
    xendit_call,
)

# One event loop, and so one service, for all of these tests.
pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
PAYLOADS = Path(__file__).parents[1] / "channels/payloads"
STRANGE = "SM" + "9" * 32


@dataclass(frozen=True)
class Webhook:
    """One endpoint: a call that it takes, what that becomes, and calls that are signed and no message."""

    source: str
    make: Callable[[int], Call]
    seal: str
    recorded: str
    not_understood: Call | None
    not_readable: Callable[[], Call]
    uninteresting: Callable[[], Call] | None = None

    @property
    def path(self) -> str:
        return self.make(1).path


def _strange(path: str) -> Call:
    return twilio_call(path, {"MessageSid": STRANGE, "Something": "new"})


def _not_a_form(path: str) -> Call:
    """Signed as Twilio signs a body that is no form: by the address alone."""
    return replace(twilio_call(path, {}), body=b'{"a": 1}').having(Content_Type="application/json")


WEBHOOKS = [
    Webhook(
        "whatsapp",
        whatsapp_call,
        SIGNATURE,
        "said",
        _strange("/webhooks/whatsapp"),
        lambda: _not_a_form("/webhooks/whatsapp"),
    ),
    Webhook(
        "whatsapp-status",
        status_call,
        SIGNATURE,
        "reported",
        _strange("/webhooks/whatsapp/status"),
        lambda: _not_a_form("/webhooks/whatsapp/status"),
    ),
    Webhook(
        "telegram",
        telegram_call,
        SECRET,
        "said",
        update_call("/webhooks/telegram", CUSTOMERS_SECRET, {"update_id": 7, "something": {"new": 1}}),
        lambda: replace(telegram_call(1), body=b"{'update_id'"),
    ),
    Webhook(
        "telegram-ops",
        ops_call,
        SECRET,
        "said",
        update_call("/webhooks/telegram/ops", OPS_SECRET, {"update_id": 7, "something": {"new": 1}}),
        lambda: replace(ops_call(1), body=b"[]"),
    ),
    Webhook(
        "stripe",
        stripe_call,
        STRIPE_SIGNATURE,
        "payment-notice",
        None,
        lambda: stripe_sealed(b"[]"),
        lambda: stripe_call(1, type="customer.created"),
    ),
    Webhook(
        "xendit",
        xendit_call,
        CALLBACK_TOKEN,
        "payment-notice",
        None,
        lambda: replace(xendit_call(1), body=b"[]"),
        lambda: replace(xendit_call(1), body=b'{"event": "something.new"}'),
    ),
]
every_webhook = pytest.mark.parametrize("webhook", WEBHOOKS, ids=lambda webhook: webhook.source)


@every_webhook
async def test_what_is_signed_is_there_when_it_is_answered(site: Site, webhook: Webhook) -> None:
    answer = await site.send(webhook.make(1))
    rows = site.rows()
    assert answer.status == 200
    assert [(source, kind) for source, _, kind in rows] == [(webhook.source, webhook.recorded)]


async def test_twilio_reads_an_empty_answer(site: Site) -> None:
    answer = await site.send(whatsapp_call(1))
    assert answer.headers["Content-Type"].startswith("text/xml")
    assert answer.text == "<?xml version='1.0' encoding='UTF-8'?><Response/>"


@every_webhook
async def test_a_wrong_seal_or_none(site: Site, webhook: Webhook) -> None:
    good = webhook.make(1)
    wrong = [
        good.without(webhook.seal),
        good.having(**{webhook.seal: ""}),
        good.having(**{webhook.seal: "wrong"}),
        good.having(**{webhook.seal: good.headers[webhook.seal][:-1]}),
        good.having(**{webhook.seal: good.headers[webhook.seal] + "x"}),
        good.having(**{webhook.seal: good.headers[webhook.seal].swapcase()}),
        webhook.not_readable().without(webhook.seal),  # refused before it is read
        Call(path=good.path, body=b"", headers={}),
    ]
    answers = [await site.send(call) for call in wrong]
    assert [answer.status for answer in answers] == [403] * len(wrong)
    assert site.rows() == []


async def test_what_one_bot_s_secret_opens_the_other_s_does_not(site: Site) -> None:
    assert (await site.send(telegram_call(1).having(**{SECRET: OPS_SECRET}))).status == 403
    assert (await site.send(ops_call(1).having(**{SECRET: CUSTOMERS_SECRET}))).status == 403
    assert (await site.send(replace(whatsapp_call(1), path="/webhooks/whatsapp/status"))).status == 403
    assert (await site.send(replace(status_call(1), path="/webhooks/whatsapp"))).status == 403
    assert site.rows() == []


@pytest.mark.parametrize("make", [whatsapp_call, status_call])
async def test_a_changed_form_is_refused(site: Site, make: Callable[[int], Call]) -> None:
    call = make(1)
    assert (await site.send(call, call.body + b"&Body=more")).status == 403
    assert (await site.send(call, call.body.replace(b"62812", b"62813"))).status == 403
    assert (await site.send(replace(call, path=call.path + "?x=1"))).status == 403
    assert site.rows() == []


async def test_the_signature_is_over_the_public_address(site: Site) -> None:
    """Not over the address that was called, nor over what a proxy or a stranger says it was."""
    form = {"MessageSid": STRANGE}
    by_host = twilio_call("/webhooks/whatsapp", form, base=site.url)
    elsewhere = twilio_call("/webhooks/whatsapp", form, base="https://evil.example")
    forwarded = elsewhere.having(Host="evil.example", X_Forwarded_Host="evil.example", X_Forwarded_Proto="https")
    assert [(await site.send(call)).status for call in (by_host, elsewhere, forwarded)] == [403, 403, 403]
    ours = twilio_call("/webhooks/whatsapp", form, base=PUBLIC)
    assert (await site.send(ours.having(Host="10.1.2.3:1", X_Forwarded_Host="evil.example"))).status == 200
    assert len(site.rows()) == 1


async def test_another_token_s_signature(site: Site) -> None:
    call = twilio_call("/webhooks/whatsapp", {"MessageSid": STRANGE}, token="another")
    assert (await site.send(call)).status == 403


@every_webhook
async def test_what_is_no_json_or_no_form(site: Site, webhook: Webhook) -> None:
    assert (await site.send(webhook.not_readable())).status == 400
    assert site.rows() == []


@pytest.mark.parametrize("body", [b"", b"null", b'"a"', b"1", b"\xff\xfe", b"{} {}", b"[" * 100_000])
async def test_what_is_no_update(site: Site, body: bytes) -> None:
    assert (await site.send(telegram_call(1), body)).status == 400
    assert site.rows() == []


@every_webhook
async def test_signed_but_not_understood(site: Site, webhook: Webhook) -> None:
    """Of what a payment provider tells, most is of no interest, and is not kept."""
    if webhook.not_understood is None:
        assert webhook.uninteresting is not None
        assert (await site.send(webhook.uninteresting())).status == 200
        assert site.rows() == []
        return
    counted = f'sahut_arrivals_total{{event="NotUnderstood",source="{webhook.source}"}}'
    before = await site.count(counted)
    assert (await site.send(webhook.not_understood)).status == 200
    assert [(source, kind) for source, _, kind in site.rows()] == [(webhook.source, "not-understood")]
    assert await site.count(counted) == before + 1


@every_webhook
async def test_refusals_are_counted(site: Site, webhook: Webhook) -> None:
    counted = f'sahut_refused_total{{endpoint="{webhook.path}",status="403"}}'
    before = await site.count(counted)
    await site.send(webhook.make(1).without(webhook.seal))
    assert await site.count(counted) == before + 1


# --- sizes ---


async def _pieces(size: int) -> AsyncIterator[bytes]:
    for _ in range(size // 65536):
        yield b"x" * 65536
    yield b"x" * (size % 65536)


@every_webhook
async def test_a_body_over_a_mebibyte(site: Site, webhook: Webhook) -> None:
    call = webhook.make(1)
    assert (await site.send(call, b"x" * (MIB + 1))).status == 413
    assert (await site.send(call, _pieces(MIB + 1))).status == 413
    assert (await site.send(call, b"x" * MIB)).status in (400, 403)
    assert (await site.send(call, _pieces(MIB))).status in (400, 403)
    assert site.rows() == []


@pytest.mark.parametrize("encoding", ["deflate", "gzip", "br", "zstd", "unheard-of"])
async def test_nothing_is_unpacked(site: Site, encoding: str) -> None:
    """No provider compresses, and who does may have packed gigabytes: the bytes are taken as they came."""
    call = telegram_call(1).having(Content_Encoding=encoding)
    assert (await site.send(call, zlib.compress(call.body))).status == 400
    assert (await site.send(call, b"this is not compressed")).status == 400
    assert site.rows() == []
    assert (await site.send(call)).status == 200


async def test_a_body_announced_by_an_expectation(site: Site) -> None:
    """curl asks before it sends a large body."""
    assert (await site.send(telegram_call(1).having(Expect="100-continue"))).status == 200
    assert (await site.send(telegram_call(2).having(Expect="200-ok"))).status == 417
    assert len(site.rows()) == 1


async def test_a_body_that_breaks_off(site: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.service.port)
    head = f"POST /webhooks/telegram HTTP/1.1\r\nHost: x\r\n{SECRET}: {CUSTOMERS_SECRET}\r\n"
    writer.write(f"{head}Transfer-Encoding: chunked\r\n\r\n5\r\n{{'upd\r\nnot a length\r\n".encode())
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert answer.split()[1] == b"400"
    assert site.rows() == []


# --- closed doors ---


@every_webhook
async def test_it_is_only_posted_to(site: Site, webhook: Webhook) -> None:
    answer = await site.get(webhook.path)
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


@pytest.mark.parametrize(
    ("unset", "closed"),
    [
        ({"telegram_bot_token": ""}, [telegram_call(1)]),
        ({"telegram_webhook_secret": ""}, [telegram_call(1)]),
        ({"ops_webhook_secret": ""}, [ops_call(1)]),
        ({"telegram_updates": "polling"}, [telegram_call(1), ops_call(1)]),
        ({"twilio_auth_token": ""}, [whatsapp_call(1), status_call(1)]),
        ({"stripe_webhook_secret": ""}, [stripe_call(1)]),
        ({"xendit_callback_token": ""}, [xendit_call(1)]),
        ({"payments": "sandbox"}, [stripe_call(1), xendit_call(1)]),
    ],
    ids=["token", "secret", "ops", "polling", "twilio", "stripe", "xendit", "payments"],
)
async def test_an_endpoint_whose_secret_is_unset(tmp_path: Path, unset: dict[str, Any], closed: list[Call]) -> None:
    site = await Site.open(tmp_path, **unset)
    for call in closed:
        assert (await site.send(call)).status == 404
        assert (await site.send(call, b"")).status == 404
        assert (
            await site.send(call.having(**{SECRET: "", SIGNATURE: "", CALLBACK_TOKEN: "", STRIPE_SIGNATURE: ""}))
        ).status == 404
    assert site.rows() == []
    others = [webhook.make(1) for webhook in WEBHOOKS if webhook.path not in {call.path for call in closed}]
    assert [(await site.send(call)).status for call in others] == [200] * len(others)
    await site.close()


# --- storage away ---


async def test_storage_away(site: Site) -> None:
    calls = [webhook.make(1) for webhook in WEBHOOKS]
    with closing(sqlite3.connect(site.file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        answers = await asyncio.gather(*(site.send(call) for call in calls))
        assert [answer.status for answer in answers] == [503] * len(calls)
        assert time.monotonic() - began < 3
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in answers)
        # Who is refused anyway is told so all the same.
        assert (await site.send(calls[0].without(SIGNATURE))).status == 403
        other.execute("ROLLBACK")
    assert site.rows() == []
    for _ in range(2):
        assert [(await site.send(call)).status for call in calls] == [200] * len(calls)
    assert sorted(source for source, _, _ in site.rows()) == sorted(webhook.source for webhook in WEBHOOKS)


async def test_a_full_house_while_storage_is_away(site: Site) -> None:
    """More calls than one transaction takes: each has its 503, and its repeat is written once."""
    calls = [telegram_call(number) for number in range(300)]
    with closing(sqlite3.connect(site.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = await asyncio.gather(*map(site.send, calls))
        assert {answer.status for answer in answers} == {503}
        other.execute("ROLLBACK")
    again = await asyncio.gather(*map(site.send, calls))
    assert {answer.status for answer in again} == {200}
    assert len(site.rows()) == len(calls)


# --- once ---


@every_webhook
async def test_twice_and_twenty_times_at_once(site: Site, webhook: Webhook) -> None:
    assert [(await site.send(webhook.make(1))).status for _ in range(2)] == [200, 200]
    answers = await asyncio.gather(*(site.send(webhook.make(2)) for _ in range(20)))
    assert [answer.status for answer in answers] == [200] * 20
    assert len(site.rows()) == 2


async def test_the_bots_count_their_updates_each_for_itself(site: Site) -> None:
    assert [(await site.send(call)).status for call in (telegram_call(1), ops_call(1))] == [200, 200]
    assert [source for source, _, _ in site.rows()] == ["telegram", "telegram-ops"]


async def test_once_after_a_restart(tmp_path: Path) -> None:
    for _ in range(2):
        site = await Site.open(tmp_path)
        for webhook in WEBHOOKS:
            assert (await site.send(webhook.make(1))).status == 200
        await site.close()
    assert len(site.rows()) == len(WEBHOOKS)


async def test_a_status_that_says_nothing_new_is_not_written(site: Site) -> None:
    assert (await site.send(status_call(1, MessageStatus="queued"))).status == 200
    assert site.rows() == []


async def test_captured_updates_are_taken(site: Site) -> None:
    bodies = {path.stem: path.read_bytes() for path in (PAYLOADS / "telegram").iterdir()}
    assert {name: (await site.send(telegram_call(1), body)).status for name, body in bodies.items()} == dict.fromkeys(
        bodies, 200
    )
    assert {external for _, external, _ in site.rows()} == {
        str(json.loads(body)["update_id"]) for body in bodies.values()
    }


# --- and answered ---


async def test_twenty_at_once_get_one_reply(tmp_path: Path) -> None:
    """The way of one message from the webhook to the phone, whatever the provider repeats."""
    talk = await Talk.begin(tmp_path)
    budi = talk.person("budi")
    for _ in range(20):
        talk.simulator.faults.add("twilio", "webhook", "twice")
    await budi.says("halo")
    await budi.hears("Selamat datang")
    await budi.hears_nothing()
    await talk.end()
