"""The played Stripe: what it refuses, what it remembers, its page, its timers, and what it keeps over a restart."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from simulator.phones import NotPossible
from simulator.server import Simulator, SimulatorConfig
from simulator.stripe_events import signature
from simulator.stripe_page import price
from simulator.stripe_table import VERSION
from tests.simulator.actors import Service
from tests.simulator.conftest import Clocks
from tests.simulator.till import Till

ITEM = "line_items[0]"
PRICE = f"{ITEM}[price_data]"
DAY = 24 * 3600


@pytest.fixture
def config(service: Service) -> SimulatorConfig:
    return SimulatorConfig(stripe_webhook_url=f"{service.url}/stripe", longest_pause=0.01)


def seconds(clocks: Clocks, ahead: int = 0) -> int:
    return int(clocks.now.timestamp()) + ahead


# --- strictness ---


@pytest.mark.parametrize(
    ("more", "code", "param"),
    [
        ({"payment_method_types[0]": "card"}, "parameter_unknown", "payment_method_types"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({f"{PRICE}[colour]": "red"}, "parameter_unknown", f"{PRICE}[colour]"),
        ({"subscription_data[description]": "x"}, "invalid_request_error", "subscription_data"),
        ({"mode": None}, "parameter_missing", "mode"),
        ({"mode": "setup"}, "invalid_request_error", "mode"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "sahut.example/paid"}, "url_invalid", "success_url"),
        ({"cancel_url": "javascript:alert(1)"}, "url_invalid", "cancel_url"),
        ({"client_reference_id": ""}, "parameter_invalid_empty", "client_reference_id"),
        ({"client_reference_id": "x" * 201}, "invalid_request_error", "client_reference_id"),
        ({"customer_email": "budi"}, "email_invalid", "customer_email"),
        ({"locale": "jv"}, "invalid_request_error", "locale"),
        ({"metadata": "x"}, "invalid_request_error", "metadata"),
        ({"metadata[a]": "x" * 501}, "invalid_request_error", "metadata"),
        ({"adaptive_pricing[enabled]": "no"}, "invalid_request_error", "adaptive_pricing[enabled]"),
        ({"line_items[2][quantity]": "1"}, "invalid_request_error", "line_items"),
        ({"line_items[0]": "x"}, "invalid_request_error", "line_items[0]"),
        ({f"{ITEM}[quantity]": "0"}, "invalid_request_error", f"{ITEM}[quantity]"),
        ({f"{PRICE}[unit_amount]": "150000.50"}, "parameter_invalid_integer", f"{PRICE}[unit_amount]"),
        ({f"{PRICE}[unit_amount]": None}, "parameter_missing", f"{PRICE}[unit_amount]"),
        ({"currency": "IDR"}, "invalid_request_error", f"{PRICE}[currency]"),
        ({"price": 15_000}, "amount_too_small", ""),
        ({"price": 49, "currency": "usd"}, "amount_too_small", ""),
        ({"price": 100_000_000, "currency": "usd"}, "amount_too_large", ""),
        ({"allowed_payment_method_types[0]": "cash"}, "invalid_request_error", "allowed_payment_method_types[0]"),
        ({"allowed_payment_method_types[0]": "alipay"}, "invalid_request_error", ""),
        ({"excluded_payment_method_types[0]": "card"}, "invalid_request_error", ""),
    ],
)
async def test_what_is_refused(till: Till, more: dict[str, Any], code: str, param: str) -> None:
    assert await till.refused(till.form(**more)) == (400, code, param)
    assert till.stripe.sessions == {}


@pytest.mark.parametrize(("ahead", "taken"), [(1799, False), (1800, True), (DAY - 1, True), (DAY, False), (-5, False)])
async def test_a_page_is_open_from_half_an_hour_to_a_day(till: Till, clocks: Clocks, ahead: int, taken: bool) -> None:
    form = till.form(expires_at=seconds(clocks, ahead))
    if taken:
        assert (await till.post("/v1/checkout/sessions", form))[1]["expires_at"] == seconds(clocks, ahead)
    else:
        assert await till.refused(form) == (400, "invalid_request_error", "expires_at")


async def test_a_page_is_open_for_a_day_by_itself(till: Till, clocks: Clocks) -> None:
    assert (await till.made())["expires_at"] == seconds(clocks, DAY)


@pytest.mark.parametrize("given", ["", "Bearer sk_test_other", "Basic c2tfdGVzdDo=", "Bearer"])
async def test_a_key_is_needed(till: Till, given: str) -> None:
    status, _, _ = await till.refused(till.form(), Authorization=given)
    assert status == 401


async def test_only_forms_of_the_played_version(till: Till) -> None:
    assert (await till.refused(till.form(), Stripe_Version="2020-08-27"))[0] == 400
    assert (await till.post("/v1/checkout/sessions", till.form(), Stripe_Version=VERSION))[0] == 200
    url = f"{till.sim.url}/v1/checkout/sessions"
    async with till.session.post(url, json=till.form(), headers=till.headers) as response:
        assert response.status == 400
    for body in ("a[b", "mode=payment&mode=payment", "mode[a]=1&mode=2", "%ff=1", "mode"):
        headers = {**till.headers, "Content-Type": "application/x-www-form-urlencoded"}
        async with till.session.post(url, data=body, headers=headers) as response:
            assert response.status == 400, body


async def test_ways_to_pay_by_currency_and_filter(till: Till) -> None:
    assert (await till.made())["payment_method_types"] == ["card"]
    assert (await till.made(price=500, currency="usd"))["payment_method_types"] == ["card", "alipay"]
    filtered = {"excluded_payment_method_types[0]": "card"}
    assert (await till.made(price=500, currency="usd", **filtered))["payment_method_types"] == ["alipay"]


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({}, 400, "invalid_request_error"),
        ({"payment_intent": "pi_x"}, 404, "resource_missing"),
        ({"charge": "ch_x"}, 404, "resource_missing"),
        ({"payment_intent": "{pi}", "amount": 0}, 400, "parameter_invalid_integer"),
        ({"payment_intent": "{pi}", "amount": 15_000_001}, 400, "invalid_request_error"),
        ({"payment_intent": "{pi}", "reason": "mood"}, 400, "invalid_request_error"),
        ({"payment_intent": "{pi}", "currency": "idr"}, 400, "invalid_request_error"),
    ],
)
async def test_refunds_that_are_refused(till: Till, more: dict[str, Any], status: int, code: str) -> None:
    intent = till.stripe.pay((await till.made())["id"])["payment_intent"]
    form = {name: intent if value == "{pi}" else value for name, value in more.items()}
    assert (await till.refused(form, "/v1/refunds"))[:2] == (status, code)


async def test_money_that_has_not_come_is_not_given_back(till: Till) -> None:
    intent = till.stripe.pay((await till.made())["id"], later=True)["payment_intent"]
    assert (await till.refused({"payment_intent": intent}, "/v1/refunds"))[0] == 400


async def test_only_what_is_left_is_given_back(till: Till) -> None:
    intent = till.stripe.pay((await till.made())["id"])["payment_intent"]
    await till.post("/v1/refunds", {"payment_intent": intent, "amount": 5_000_000})
    status, rest = await till.post("/v1/refunds", {"payment_intent": intent})
    assert (status, rest["amount"]) == (200, 10_000_000)
    assert (await till.refused({"payment_intent": intent}, "/v1/refunds"))[1] == "charge_already_refunded"
    _, listed = await till.get(f"/v1/refunds?payment_intent={intent}&limit=1")
    assert ([one["id"] for one in listed["data"]], listed["has_more"]) == ([rest["id"]], True)


# --- idempotency ---


async def test_the_same_key_gets_the_same_answer_for_a_day(till: Till, clocks: Clocks) -> None:
    headers = {**till.headers, "Idempotency-Key": "k"}
    url, form = f"{till.sim.url}/v1/checkout/sessions", till.form(price=15_000_000)
    seen = []
    for pause in (0, DAY - 1, 1):
        clocks.now += timedelta(seconds=pause)
        async with till.session.post(url, data={k: str(v) for k, v in form.items()}, headers=headers) as response:
            replayed = response.headers.get("Idempotent-Replayed") == "true"
            seen.append(((await response.json())["id"], replayed))
    (first, new), (second, again), (third, forgotten) = seen
    assert (first == second, new, again, forgotten) == (True, False, True, False)
    assert third != first


async def test_another_call_under_the_same_key_is_refused(till: Till) -> None:
    assert (await till.post("/v1/checkout/sessions", till.form(), Idempotency_Key="k"))[0] == 200
    assert (await till.refused(till.form(price=20_000_000), Idempotency_Key="k"))[1] == "idempotency_error"
    assert (await till.refused({"charge": "ch_1"}, "/v1/refunds", Idempotency_Key="k"))[1] == "idempotency_error"
    assert (await till.refused(till.form(), Idempotency_Key="k" * 256))[0] == 400


async def test_refused_parameters_are_not_kept_under_a_key(till: Till) -> None:
    await till.refused(till.form(price=1), Idempotency_Key="k")
    assert (await till.post("/v1/checkout/sessions", till.form(), Idempotency_Key="k"))[0] == 200


async def test_a_failure_is_replayed(till: Till) -> None:
    till.sim.faults.add("stripe", "create", "500", chat="pay-1")
    for _ in range(2):
        assert await till.refused(till.form(), Idempotency_Key="k") == (500, "api_error", "")
    assert till.stripe.sessions == {}
    assert (await till.post("/v1/checkout/sessions", till.form(), Idempotency_Key="other"))[0] == 200


async def test_too_many_requests_are_not_kept_under_a_key(till: Till) -> None:
    till.sim.faults.add("stripe", "create", "429")
    assert (await till.refused(till.form(), Idempotency_Key="k"))[:2] == (429, "rate_limit")
    assert (await till.post("/v1/checkout/sessions", till.form(), Idempotency_Key="k"))[0] == 200


# --- the page ---


async def see(till: Till, url: str, **form: str) -> tuple[int, str]:
    """What the page shows, or where it leads to."""
    method = "POST" if form else "GET"
    async with till.session.request(method, url, data=form or None, allow_redirects=False) as response:
        return response.status, response.headers.get("Location") or await response.text()


async def test_a_page_in_both_languages(till: Till) -> None:
    indonesian = await till.made(
        locale="id", customer_email="budi@example.com", cancel_url="https://sahut.example/?a=1"
    )
    _, html = await see(till, indonesian["url"])
    for words in ("Bayar dengan kartu", "IDR 150,000.00", "Python &lt;Andi&gt;", "budi@example.com", "Kembali"):
        assert words in html
    assert "<Andi>" not in html
    english = await till.made(locale="en", price=1999, currency="usd")
    _, html = await see(till, english["url"])
    for words in ("Pay by card", "Pay by Alipay", "USD 19.99"):
        assert words in html
    assert "width=device-width" in html


async def test_paying_leads_back_to_the_seller(till: Till) -> None:
    made = await till.made()
    back = (303, f"https://sahut.example/paid?s={made['id']}")
    assert await see(till, made["url"], do="pay", method="card") == back
    assert till.stripe.session(made["id"])["payment_status"] == "paid"
    (charge,) = till.stripe.charges.values()
    assert charge["payment_method_details"]["type"] == "card"
    status, html = await see(till, made["url"])
    assert (status, "Sudah dibayar" in html, "<button" in html) == (200, True, False)
    assert (await see(till, made["url"], do="pay", method="card"))[0] == 409
    assert len(till.stripe.charges) == 1


async def test_alipay_is_authorised_on_a_page_of_its_own(till: Till) -> None:
    made = await till.made(price=500, currency="usd", locale="en")
    status, alipay = await see(till, made["url"], do="pay", method="alipay")
    assert (status, till.stripe.charges) == (303, {})
    alipay = f"{till.sim.url}{alipay}"
    for words in ("Authorise the payment", "Fail the payment", "USD 5.00"):
        assert words in (await see(till, alipay))[1]
    status, html = await see(till, alipay, do="fail")
    assert (status, "not authorised" in html, "Pay by Alipay" in html) == (200, True, True)
    assert till.stripe.session(made["id"])["status"] == "open"
    (failed,) = [each for each in till.stripe.events.all.values() if each["type"] == "payment_intent.payment_failed"]
    assert failed["data"]["object"]["last_payment_error"]["code"] == "payment_intent_authentication_failure"
    assert (await see(till, alipay, do="give"))[0] == 400
    assert await see(till, alipay, do="authorize") == (303, f"https://sahut.example/paid?s={made['id']}")
    (charge,) = till.stripe.charges.values()
    assert charge["payment_method_details"] == {"alipay": {}, "type": "alipay"}
    for again in ({}, {"do": "authorize"}, {"do": "fail"}):
        assert (await see(till, alipay, **again))[0] == 409
    assert len(till.stripe.charges) == 1


async def test_alipay_has_no_page_for_rupiah(till: Till) -> None:
    made = await till.made()
    for form in ({}, {"do": "authorize"}):
        assert (await see(till, f"{made['url']}/alipay", **form))[0] == 409
    assert till.stripe.session(made["id"])["status"] == "open"


async def test_a_card_is_declined_and_another_is_not(till: Till) -> None:
    made = await till.made(locale="en")
    status, html = await see(till, made["url"], do="decline", method="card")
    assert (status, "declined" in html, "Pay by card" in html) == (200, True, True)
    assert till.stripe.session(made["id"])["status"] == "open"
    assert (await see(till, made["url"], do="pay", method="card"))[0] == 303


async def test_the_page_of_what_is_over(till: Till, clocks: Clocks) -> None:
    made = await till.made(locale="en")
    clocks.now += timedelta(days=1)
    status, html = await see(till, made["url"])
    assert (status, "no longer valid" in html, "<button" in html) == (200, True, False)
    assert (await see(till, made["url"], do="pay", method="card"))[0] == 409
    assert till.stripe.charges == {}


async def test_presses_that_are_not_the_pages(till: Till) -> None:
    made = await till.made()
    url = made["url"]
    assert (await see(till, url, do="give", method="card"))[0] == 400
    assert (await see(till, url, do="pay", method="alipay"))[0] == 409
    assert (await see(till, f"{till.sim.url}/c/pay/cs_none"))[0] == 404
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Content-Type": "text/plain"}):
        async with till.session.post(url, data=b"x" * 5000, headers=headers) as response:
            assert response.status in (403, 413)
    assert till.stripe.session(made["id"])["status"] == "open"


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [(15_000_000, "idr", "IDR 150,000.00"), (1999, "usd", "USD 19.99"), (1999, "jpy", "JPY 1,999")],
)
def test_prices(amount: int, currency: str, words: str) -> None:
    assert price(amount, currency) == words


# --- what people and time do ---


async def test_what_cannot_be_done(till: Till) -> None:
    made = (await till.made())["id"]
    with pytest.raises(NotPossible):
        till.stripe.pay("cs_none")
    with pytest.raises(NotPossible):
        till.stripe.settle(made)
    till.stripe.pay(made)
    for what in (till.stripe.pay, till.stripe.decline, till.stripe.settle, till.stripe.settle_refund):
        with pytest.raises(NotPossible):
            what(made)
    assert till.stripe.session_of("pay-1")["id"] == made


async def test_a_page_ends_by_a_timer(till: Till, config: SimulatorConfig) -> None:
    """Nobody moves this clock, and nobody asks."""
    sim = Simulator(config)
    await sim.start()
    real = Till(sim, till.session)
    made = await real.made(expires_at=int(sim.world.now().timestamp()) + 2000)
    await sim.world.advance(timedelta(seconds=made["expires_at"] - 0.2 - sim.world.now().timestamp()))
    assert sim.stripe.sessions[made["id"]]["status"] == "open"
    await sim.world.wait(lambda: sim.stripe.sessions[made["id"]]["status"] == "expired")
    await sim.stop()


async def test_refunds_take_their_time(till: Till, clocks: Clocks) -> None:
    intent = till.stripe.pay((await till.made())["id"])["payment_intent"]
    _, refund = await till.post("/v1/refunds", {"payment_intent": intent})
    states = []
    for pause in (0, 59, 1):
        clocks.now += timedelta(seconds=pause)
        states.append((await till.get(f"/v1/refunds/{refund['id']}"))[1]["status"])
    assert states == ["pending", "pending", "succeeded"]


async def test_events_are_signed_retried_and_then_given_up(till: Till, service: Service, clocks: Clocks) -> None:
    service.answers = [500] * 15
    await till.post(f"/v1/checkout/sessions/{(await till.made())['id']}/expire", {})
    received = await service.got(16)
    assert len({one.body for one in received}) == 1
    expected = signature(till.sim.config.stripe_webhook_secret, received[0].body, seconds(clocks))
    assert {one.headers["Stripe-Signature"] for one in received} == {expected}
    service.answers = [500] * 16
    await till.post(f"/v1/checkout/sessions/{(await till.made())['id']}/expire", {})
    await service.got(32)
    await till.sim.world.wait(lambda: till.sim.world.alerts)
    assert till.sim.world.alerts == ["stripe checkout.session.expired was answered 500"]


async def test_everything_is_kept_over_a_restart(config: SimulatorConfig, service: Service, tmp_path: Path) -> None:
    kept = replace(config, state_path=tmp_path / "world.json", stripe_webhook_url=f"{service.url}/stripe")
    first = Simulator(kept)
    await first.start()
    async with aiohttp.ClientSession() as session:
        till = Till(first, session)
        open_page = await till.made()
        _, keyed = await till.post("/v1/checkout/sessions", till.form(), Idempotency_Key="k")
        intent = first.stripe.pay(keyed["id"])["payment_intent"]
        await service.got(2)
        first.world.pause(True)
        _, refund = await till.post("/v1/refunds", {"payment_intent": intent})
        await first.stop()

        second = Simulator(kept)
        await second.start()
        till = Till(second, session)
        assert (await till.post("/v1/checkout/sessions", till.form(), Idempotency_Key="k"))[1]["id"] == keyed["id"]
        second.stripe.pay(open_page["id"])
        await service.until(lambda: {"refund.created", "charge.refunded"} <= told(service))
        await second.world.advance(timedelta(minutes=2))
        assert (await till.get(f"/v1/refunds/{refund['id']}"))[1]["status"] == "succeeded"
        second.reset()
        assert second.stripe.sessions == {}
        await second.stop()


def told(service: Service) -> set[str]:
    return {json.loads(one.body)["type"] for one in service.received}
