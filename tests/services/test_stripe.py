"""Our side of Stripe against the simulator's, over HTTP."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import aiohttp
import pytest

from domain.money import Money
from domain.payments import Found
from services.failures import Permanent, Retry, Unknown
from services.payments.base import Provider, Returned
from tests.channels.provider import Provider as Answers
from tests.channels.provider import Reply
from tests.services.stripe_stage import NOW, PRICE, Stage, found, provider, staged, wanted


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def stage(session: aiohttp.ClientSession) -> AsyncIterator[Stage]:
    async with staged(session) as stage:
        yield stage


@pytest.fixture
async def answers() -> AsyncIterator[Answers]:
    answers = Answers()
    await answers.start()
    yield answers
    await answers.stop()


async def test_it_is_a_provider(stage: Stage) -> None:
    one: Provider = stage.stripe
    assert one.name == "stripe"
    assert (one.limits["IDR"], one.limits["USD"]) == ((10_000, 9_999_999_999), (50, 99_999_999))


# --- a page to pay at ---


async def test_a_page_is_paid_and_found_so(stage: Stage, session: aiohttp.ClientSession) -> None:
    link = await stage.link()
    assert await stage.stripe.fetch(link.provider_id) == found("open")
    async with session.get(link.url) as response:
        page = await response.text()
    for words in ("IDR 150,000.00", "#7 · Python · Andi", "budi@example.com", "kartu"):
        assert words in page
    assert "Alipay" not in page
    async with session.post(link.url, data={"do": "pay", "method": "card"}, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "https://sahut.example/paid")
    charge = stage.sim.stripe.session(link.provider_id)["payment_intent"]
    assert charge.startswith("pi_")
    assert await stage.stripe.fetch(link.provider_id) == found("paid", charge)


async def test_our_reference_goes_with_the_money(stage: Stage) -> None:
    charge = await stage.paid()
    session = stage.sim.stripe.session_of("pay-7-1")
    assert (session["metadata"], session["customer_email"]) == ({"reference": "pay-7-1"}, "budi@example.com")
    intent = stage.sim.stripe.intents[charge]
    assert (intent["metadata"], intent["amount"], intent["currency"]) == ({"reference": "pay-7-1"}, 15_000_000, "idr")
    assert stage.sim.stripe.charges[intent["latest_charge"]]["metadata"] == {"reference": "pay-7-1"}


@pytest.mark.parametrize(
    ("amount", "counted", "methods"),
    [
        (Money(10_000, "IDR"), 1_000_000, ["card"]),
        (Money(9_999_999_999, "IDR"), 999_999_999_900, ["card"]),
        (Money(50, "USD"), 50, ["card", "alipay"]),
        (Money(50, "JPY"), 50, ["card", "alipay"]),
        (Money(400, "CNY"), 400, ["card", "alipay"]),
        (Money(99_999_999, "SGD"), 99_999_999, ["card", "alipay"]),
    ],
)
async def test_amounts_as_stripe_counts_them(stage: Stage, amount: Money, counted: int, methods: list[str]) -> None:
    least, most = stage.stripe.limits[amount.currency]
    assert least <= amount.amount <= most
    link = await stage.link(amount=amount)
    session = stage.sim.stripe.session(link.provider_id)
    assert (session["amount_total"], session["payment_method_types"]) == (counted, methods)
    charge = stage.sim.stripe.pay(link.provider_id, methods[-1])["payment_intent"]
    assert await stage.stripe.fetch(link.provider_id) == found("paid", charge, amount)


async def test_too_little_is_refused_for_good(stage: Stage) -> None:
    answer = await stage.stripe.create_link(wanted(amount=Money(5_000, "IDR")))
    assert isinstance(answer, Permanent)
    assert "amount_too_small" in answer.detail


async def test_a_page_is_open_until_the_deadline_and_for_half_an_hour_at_least(stage: Stage) -> None:
    for minutes in (1, 20, 60, 23 * 60):
        link = await stage.link(key=f"in-{minutes}", expires_at=NOW + timedelta(minutes=minutes))
        ends = stage.sim.stripe.session(link.provider_id)["expires_at"] - NOW.timestamp()
        assert max(35 * 60, minutes * 60) <= ends < 24 * 3600


async def test_a_deadline_days_ahead_gets_a_page_for_a_day(stage: Stage) -> None:
    link = await stage.link(expires_at=NOW + timedelta(days=3))
    assert stage.sim.stripe.session(link.provider_id)["expires_at"] - NOW.timestamp() == 24 * 3600
    assert await stage.link(expires_at=NOW + timedelta(days=3)) == link


async def test_an_address_that_stripe_does_not_take_is_asked_for_on_the_page(stage: Stage) -> None:
    link = await stage.link(email="budi@localhost", expires_at=NOW + timedelta(days=3))
    assert stage.sim.stripe.session(link.provider_id)["customer_email"] is None


async def test_the_same_key_is_the_same_page_whenever_it_is_asked_for(stage: Stage) -> None:
    link = await stage.link()
    stage.clock.now += timedelta(minutes=59)
    assert await stage.link() == link
    assert list(stage.sim.stripe.sessions) == [link.provider_id]


async def test_a_page_can_be_made_up_to_the_last_minute(stage: Stage) -> None:
    stage.clock.now += timedelta(minutes=59)
    await stage.link()


async def test_a_key_of_something_else_is_refused_for_good(stage: Stage) -> None:
    await stage.link()
    answer = await stage.stripe.create_link(wanted(amount=Money(200_000, "IDR")))
    assert isinstance(answer, Permanent)
    assert "idempotency_error" in answer.detail


@pytest.mark.parametrize("language", ["en", "jv", ""])
async def test_any_language_and_no_email(stage: Stage, language: str) -> None:
    link = await stage.link(language=language, email="")
    session = stage.sim.stripe.session(link.provider_id)
    assert session["locale"] == ("en" if language == "en" else "auto")
    assert session["customer_email"] is None


# --- taking it back ---


async def test_an_open_page_is_taken_back(stage: Stage) -> None:
    link = await stage.link()
    assert await stage.stripe.expire(link.provider_id) == found("closed")
    assert await stage.stripe.expire(link.provider_id) == found("closed")
    assert await stage.stripe.fetch(link.provider_id) == found("closed")


async def test_a_paid_page_cannot_be_taken_back(stage: Stage) -> None:
    link = await stage.link()
    charge = stage.sim.stripe.pay(link.provider_id)["payment_intent"]
    assert await stage.stripe.expire(link.provider_id) == found("paid", charge)


async def test_a_page_ends_by_itself(stage: Stage) -> None:
    link = await stage.link()
    await stage.sim.world.advance(timedelta(hours=2))
    assert await stage.stripe.fetch(link.provider_id) == found("closed")


async def test_money_that_is_on_its_way_is_waited_for(stage: Stage) -> None:
    link = await stage.link()
    stage.sim.stripe.pay(link.provider_id, later=True)
    assert await stage.stripe.fetch(link.provider_id) == found("open")
    assert await stage.stripe.expire(link.provider_id) == found("open")
    stage.sim.stripe.settle(link.provider_id)
    charge = stage.sim.stripe.session(link.provider_id)["payment_intent"]
    assert await stage.stripe.fetch(link.provider_id) == found("paid", charge)


async def test_money_that_never_came(stage: Stage) -> None:
    link = await stage.link()
    stage.sim.stripe.pay(link.provider_id, later=True)
    stage.sim.stripe.settle(link.provider_id, succeeded=False)
    assert await stage.stripe.fetch(link.provider_id) == found("closed")


async def test_a_page_that_stripe_does_not_know(stage: Stage) -> None:
    for answer in (await stage.stripe.fetch("cs_test_gone"), await stage.stripe.expire("cs_test_gone")):
        assert isinstance(answer, Permanent)
        assert "404" in answer.detail


# --- giving back ---


async def test_a_refund_is_taken_on_and_then_done(stage: Stage) -> None:
    given = await stage.refunded(await stage.paid())
    assert given.state == "pending"
    assert await stage.stripe.fetch_refund(given.provider_id) == given
    await stage.sim.world.advance(timedelta(minutes=2))
    assert await stage.stripe.fetch_refund(given.provider_id) == Returned("done", given.provider_id)


async def test_a_part_is_given_back(stage: Stage) -> None:
    charge = await stage.paid()
    await stage.refunded(charge, Money(75_000, "IDR"))
    (only,) = stage.sim.stripe.refunds.values()
    assert (only["amount"], only["metadata"]["reference"]) == (7_500_000, "pay-7-1")
    assert isinstance(await stage.refund(charge, "refund-2", Money(75_001, "IDR")), Permanent)


async def test_a_refund_is_one_also_when_its_key_is_forgotten(stage: Stage) -> None:
    charge, part = await stage.paid(), Money(50_000, "IDR")
    given = await stage.refunded(charge, part)
    await stage.sim.world.advance(timedelta(days=2))
    assert await stage.refunded(charge, part) == Returned("done", given.provider_id)
    assert list(stage.sim.stripe.refunds) == [given.provider_id]


async def test_a_refund_that_the_bank_sends_back(stage: Stage) -> None:
    stage.sim.stripe.hold_refunds = True
    charge = await stage.paid()
    given = await stage.refunded(charge)
    stage.sim.stripe.settle_refund(given.provider_id, succeeded=False)
    failed = Returned("failed", given.provider_id, "expired_or_canceled_card")
    assert await stage.stripe.fetch_refund(given.provider_id) == failed
    assert await stage.refund(charge) == failed


async def test_what_was_given_back_by_hand_is_not_given_back_again(stage: Stage) -> None:
    charge = await stage.paid()
    await stage.refund(charge, "by-hand")
    answer = await stage.refund(charge)
    assert isinstance(answer, Permanent)
    assert "charge_already_refunded" in answer.detail


# --- what goes wrong ---


async def test_too_many_requests(stage: Stage) -> None:
    stage.sim.faults.add("stripe", "create", "429", retry_after=7)
    answer = await stage.stripe.create_link(wanted())
    assert isinstance(answer, Retry)
    assert answer.after == 7
    await stage.link()


@pytest.mark.parametrize("kind", ["cut", "after", "wrong"])
async def test_a_link_whose_answer_is_lost_is_the_same_under_the_same_key(stage: Stage, kind: str) -> None:
    stage.sim.faults.add("stripe", "create", kind)
    assert isinstance(await stage.stripe.create_link(wanted()), Unknown)
    link = await stage.link()
    assert list(stage.sim.stripe.sessions) == [link.provider_id]


@pytest.mark.parametrize("kind", ["cut", "after", "wrong", "500"])
async def test_other_answers_that_are_lost(stage: Stage, kind: str) -> None:
    charge = await stage.paid()
    session = stage.sim.stripe.session_of("pay-7-1")["id"]
    stage.sim.faults.add("stripe", "*", kind, times=0)
    assert isinstance(await stage.stripe.fetch(session), Unknown)
    assert isinstance(await stage.stripe.expire(session), Unknown)
    assert isinstance(await stage.refund(charge), Unknown)
    assert isinstance(await stage.stripe.fetch_refund("re_1"), Unknown)
    assert stage.sim.stripe.refunds == {}


@pytest.mark.parametrize("kind", ["cut", "after", "wrong"])
async def test_a_refund_whose_answer_is_lost_is_found(stage: Stage, kind: str) -> None:
    charge = await stage.paid()
    stage.sim.faults.add("stripe", "refund", kind)
    assert isinstance(await stage.refund(charge), Unknown)
    given = await stage.refunded(charge)
    assert list(stage.sim.stripe.refunds) == [given.provider_id]


async def test_a_slow_answer_is_an_answer(stage: Stage) -> None:
    stage.sim.faults.add("stripe", "create", "slow", seconds=0.01)
    await stage.link()


async def test_after_a_silence_nobody_knows(stage: Stage) -> None:
    stage.sim.faults.add("stripe", "create", "silence", seconds=0.01)
    assert isinstance(await stage.stripe.create_link(wanted()), Unknown)
    await stage.link()


async def test_a_failure_that_stripe_repeats_does_not_keep_a_link_from_being_made(stage: Stage) -> None:
    stage.sim.faults.add("stripe", "create", "500")
    assert isinstance(await stage.stripe.create_link(wanted()), Unknown)
    link = await stage.link()
    assert await stage.link() == link
    assert list(stage.sim.stripe.sessions) == [link.provider_id]


async def test_a_refund_is_never_asked_for_under_another_key(stage: Stage) -> None:
    charge = await stage.paid()
    stage.sim.faults.add("stripe", "refund", "500")
    for _ in range(3):
        assert isinstance(await stage.refund(charge), Unknown)
    assert stage.sim.stripe.refunds == {}
    await stage.sim.world.advance(timedelta(days=1))
    await stage.refunded(charge)


async def test_a_wrong_key_is_refused_for_good_and_not_told(stage: Stage, session: aiohttp.ClientSession) -> None:
    answer = await provider(session, stage.sim.url, "sk_live_of_another").create_link(wanted())
    assert isinstance(answer, Permanent)
    assert "401" in answer.detail
    assert "sk_live" not in answer.detail


async def test_nobody_is_there(session: aiohttp.ClientSession) -> None:
    nobody = provider(session, "http://127.0.0.1:9")
    assert isinstance(await nobody.create_link(wanted()), Retry)
    assert isinstance(await nobody.fetch("cs_1"), Retry)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"{}"),
        Reply(body=b"[]"),
        Reply(body=b'"cs_1"'),
        Reply(body=b"null"),
        Reply(body=b"\xff"),
        Reply(body=b'{"id": "cs_1", "status": 7}'),
        Reply(body=b" " * (2 << 20)),
        Reply(status=302, headers={"Location": "http://127.0.0.1:9/login"}),
        Reply(status=403, body=b"<html>blocked</html>"),
        Reply(status=404, body=b"{}"),
        Reply(status=409, body=b'{"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}'),
        Reply(status=503, body=b'{"error": {"type": "api_error"}}'),
        Reply(hang_up=True),
        Reply(body=b'{"id": ', cut=True),
    ],
)
async def test_answers_that_are_not_stripes(session: aiohttp.ClientSession, answers: Answers, reply: Reply) -> None:
    answers.will(reply)
    one = provider(session, answers.url)
    for answer in (
        await one.create_link(wanted()),
        await one.fetch("cs_1"),
        await one.expire("cs_1"),
        await one.refund(key="r", charge="pi_1", amount=PRICE, reference="pay-7-1"),
        await one.fetch_refund("re_1"),
    ):
        assert isinstance(answer, Unknown)


PAGE = {"object": "checkout.session", "id": "cs_1", "status": "complete", "payment_status": "unpaid"}
PAGE |= {"currency": "idr", "client_reference_id": "pay-7-1"}


@pytest.mark.parametrize(
    "changed",
    [
        {"currency": "thb"},
        {"payment_status": "paid", "payment_intent": None},
        {"payment_status": "paid", "payment_intent": "pi_1"},
        {"payment_status": "paid", "status": "expired"},
    ],
)
async def test_pages_that_make_no_sense(
    session: aiohttp.ClientSession, answers: Answers, changed: dict[str, object]
) -> None:
    answers.will(Reply(body=json.dumps({**PAGE, "amount_total": 15_000_000, **changed}).encode()))
    assert isinstance(await provider(session, answers.url).fetch("cs_1"), Unknown)


async def test_a_fraction_of_a_rupiah_more_is_not_what_was_asked_for(
    session: aiohttp.ClientSession, answers: Answers
) -> None:
    intent = {"object": "payment_intent", "id": "pi_1", "status": "succeeded", "amount_received": 15_000_001}
    page = {**PAGE, "amount_total": 15_000_000, "payment_status": "paid", "payment_intent": intent}
    answers.will(Reply(body=json.dumps(page).encode()))
    answer = await provider(session, answers.url).fetch("cs_1")
    assert isinstance(answer, Found)
    assert answer.amount == Money(150_001, "IDR")
