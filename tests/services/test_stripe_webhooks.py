"""Stripe's webhooks: whom they are believed from, and what becomes of them."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest

from domain.events import Arrival, PaymentNotice
from services.payments.base import BadRequest, Forbidden
from services.payments.stripe import Stripe
from tests.services.stripe_stage import SECRET, Stage, provider, staged, whats

NOWHERE = "http://127.0.0.1:9"
VECTOR = (
    b'{"id":"evt_test_1","object":"event","type":"checkout.session.completed",'
    b'"data":{"object":{"id":"cs_test_1","object":"checkout.session"}}}'
)
STAMP = 1_700_000_000
V1 = "4a2a3f39402d4bd02442ede6e477b3cbea42955b23b6d2cdab72e5a256f346f1"


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def stage(session: aiohttp.ClientSession) -> AsyncIterator[Stage]:
    async with staged(session) as stage:
        yield stage


@pytest.fixture
def stripe(session: aiohttp.ClientSession) -> Stripe:
    return provider(session, NOWHERE)


def at(seconds: float = 0) -> datetime:
    return datetime.fromtimestamp(STAMP + seconds, UTC)


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    right = hmac.new(secret.encode(), f"{STAMP}.".encode() + body, hashlib.sha256).hexdigest()
    return {"stripe-signature": f"t={STAMP},v1={right}"}


def about(kind: str, **thing: Any) -> bytes:
    return json.dumps({"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}).encode()


# --- whom it is from ---


@pytest.mark.parametrize(
    "header",
    [f"t={STAMP},v1={V1}", f"t={STAMP}, v1={V1}", f"t={STAMP},v1={'0' * 64},v1={V1},v0=x", f"v1={V1},t={STAMP}"],
)
async def test_the_published_signature_holds(stripe: Stripe, header: str) -> None:
    assert stripe.parse_webhook(VECTOR, {"stripe-signature": header}, at()) == []  # it has no reference of ours


@pytest.mark.parametrize(
    "header",
    [
        "",
        "t=",
        f"v1={V1}",
        f"t={STAMP}",
        f"t={STAMP},v1=",
        f"t={STAMP},v1={V1[:-1]}",
        f"t={STAMP},v1={V1.upper()}",
        f"t={STAMP},v0={V1}",
        f"t={STAMP + 1},v1={V1}",
        f"t=0{STAMP},v1={V1}",
        f"t=-1,v1={V1}",
        f"t=١,v1={V1}",
        f"t={'9' * 5000},v1={V1}",
        f"t={STAMP},v1=\ud800é",
    ],
)
async def test_signatures_that_are_refused(stripe: Stripe, header: str) -> None:
    with pytest.raises(Forbidden):
        stripe.parse_webhook(VECTOR, {"stripe-signature": header}, at())


async def test_a_call_without_a_signature(stripe: Stripe) -> None:
    with pytest.raises(Forbidden):
        stripe.parse_webhook(VECTOR, {}, at())


async def test_the_body_is_signed_byte_by_byte(stripe: Stripe) -> None:
    with pytest.raises(Forbidden):
        stripe.parse_webhook(VECTOR + b" ", {"stripe-signature": f"t={STAMP},v1={V1}"}, at())


@pytest.mark.parametrize("seconds", [-300, 300])
async def test_a_stamp_of_five_minutes_is_taken(stripe: Stripe, seconds: int) -> None:
    assert stripe.parse_webhook(VECTOR, signed(VECTOR), at(seconds)) == []


@pytest.mark.parametrize("seconds", [-(10**8), -301, 301, 10**8])
async def test_stamps_of_long_ago_and_of_the_future_are_not(stripe: Stripe, seconds: int) -> None:
    with pytest.raises(Forbidden):
        stripe.parse_webhook(VECTOR, signed(VECTOR), at(seconds))


@pytest.mark.parametrize("secret", [SECRET, ""])
async def test_it_is_closed_where_no_secret_is_set(session: aiohttp.ClientSession, secret: str) -> None:
    closed = provider(session, NOWHERE, secret="")
    with pytest.raises(Forbidden):
        closed.parse_webhook(VECTOR, signed(VECTOR, secret), at())


# --- what becomes of it ---


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'{"type": "checkout.session.completed"}',
        b'{"id": 7, "type": "checkout.session.completed"}',
        b'{"id": "evt_1", "type": "checkout.session.completed"}',
        b'{"id": "evt_1", "type": "checkout.session.completed", "data": {"object": 7}}',
        about("charge.refunded", object="charge", metadata={"reference": 7}),
    ],
)
async def test_signed_nonsense(stripe: Stripe, body: bytes) -> None:
    with pytest.raises(BadRequest):
        stripe.parse_webhook(body, signed(body), at())


@pytest.mark.parametrize(
    "body",
    [
        about("payment_intent.succeeded", id="pi_1", object="payment_intent", metadata={"reference": "pay-7-1"}),
        about("customer.created", id="cus_1", object="customer"),
        b'{"id": "evt_1", "object": "v2.core.event", "type": "v1.billing.meter.no_meter_found", "data": [7]}',
        b'{"id": "evt_1", "type": "of.the.future"}',
        about("charge.refunded", id="ch_1", object="charge", metadata={}),
        about("refund.updated", id="re_1", object="refund", metadata=None),
        about("checkout.session.expired", id="cs_1", object="checkout.session", client_reference_id=None),
    ],
)
async def test_events_of_no_interest(stripe: Stripe, body: bytes) -> None:
    assert stripe.parse_webhook(body, signed(body), at()) == []


@pytest.mark.parametrize(
    ("kind", "thing", "page"),
    [
        ("checkout.session.completed", {"object": "checkout.session", "client_reference_id": "pay-7-1"}, "x_1"),
        ("checkout.session.async_payment_failed", {"object": "checkout.session"}, "x_1"),
        ("charge.refunded", {"object": "charge"}, ""),
        ("refund.updated", {"object": "refund"}, ""),
        ("refund.failed", {"object": "refund", "failure_reason": "unknown"}, ""),
    ],
)
async def test_an_event_is_a_reason_to_ask(stripe: Stripe, kind: str, thing: dict[str, Any], page: str) -> None:
    metadata = {} if "client_reference_id" in thing else {"reference": "pay-7-1", "refund": "refund-pay-7-1"}
    body = about(kind, id="x_1", metadata=metadata, **thing)
    assert stripe.parse_webhook(body, signed(body), at()) == [
        Arrival(
            source="stripe",
            external_id="evt_1",
            conversation="payments:pay-7-1",
            event=PaymentNotice(provider="stripe", reference="pay-7-1", provider_id=page, what=kind),
        )
    ]


# --- as the simulator sends them ---


async def test_the_webhooks_of_a_page_and_of_its_refund(stage: Stage) -> None:
    charge = await stage.paid()
    (paid,) = await stage.notices(1)
    page = stage.sim.stripe.session_of("pay-7-1")["id"]
    assert paid.conversation == "payments:pay-7-1"
    assert paid.event == PaymentNotice(
        provider="stripe", reference="pay-7-1", provider_id=page, what="checkout.session.completed"
    )
    stage.sim.stripe.hold_refunds = True
    given = await stage.refunded(charge)
    stage.sim.stripe.settle_refund(given.provider_id, succeeded=False)
    heard = await stage.notices(4)
    assert whats(heard)[1:] == ["charge.refunded", "refund.updated", "refund.failed"]
    assert {arrival.conversation for arrival in heard} == {"payments:pay-7-1"}
    assert len({arrival.external_id for arrival in heard}) == 4


async def test_a_page_that_is_taken_back_is_told(stage: Stage) -> None:
    link = await stage.link()
    await stage.stripe.expire(link.provider_id)
    assert whats(await stage.notices(1)) == ["checkout.session.expired"]


async def test_a_page_that_ends_is_told(stage: Stage) -> None:
    await stage.link()
    await stage.sim.world.advance(timedelta(hours=2))
    assert whats(await stage.notices(1)) == ["checkout.session.expired"]


@pytest.mark.parametrize(("came", "what"), [(True, "succeeded"), (False, "failed")])
async def test_money_that_comes_later_is_told(stage: Stage, came: bool, what: str) -> None:
    link = await stage.link()
    stage.sim.stripe.pay(link.provider_id, later=True)
    stage.sim.stripe.settle(link.provider_id, succeeded=came)
    expected = ["checkout.session.completed", f"checkout.session.async_payment_{what}"]
    assert whats(await stage.notices(2)) == expected


async def test_a_webhook_that_is_not_taken_comes_again_with_the_same_id(stage: Stage) -> None:
    stage.service.answers = [200, 503]  # payment_intent.succeeded comes first
    await stage.paid()
    first, second = await stage.notices(2)
    assert first == second


async def test_webhooks_come_twice_late_in_disorder_or_never(stage: Stage) -> None:
    link = await stage.link()
    stage.sim.faults.add("stripe", "webhook", "drop", chat="pay-7-1")
    stage.sim.faults.add("stripe", "webhook", "reorder", seconds=5)
    stage.sim.faults.add("stripe", "webhook", "twice")
    stage.sim.stripe.decline(link.provider_id)
    stage.sim.stripe.pay(link.provider_id, later=True)
    stage.sim.stripe.settle(link.provider_id, succeeded=False)
    assert whats(await stage.notices(3)) == [
        "checkout.session.async_payment_failed",
        "checkout.session.async_payment_failed",
        "checkout.session.completed",
    ]
    assert len(stage.service.received) == 3
