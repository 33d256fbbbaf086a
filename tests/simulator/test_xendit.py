"""Xendit as it is played: strict about what it is asked, true to its spec, and a page on which a customer pays."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema
import pytest

from services.http import basic
from simulator import xendit_table
from simulator.phones import NotPossible
from simulator.server import Simulator, SimulatorConfig
from tests.simulator.actors import Json, Service
from tests.simulator.conftest import Clocks

SPEC = Path(__file__).parents[3] / "shared/specs/xendit/xendit-python-7.0.0.derived-openapi.json"
WANTED = {"external_id": "pay-1-1", "amount": 150_000, "description": "Mentoring", "invoice_duration": 3600}
needs_spec = pytest.mark.skipif(not SPEC.is_file(), reason="the providers' specs are not beside the project")


@pytest.fixture
def config(service: Service) -> SimulatorConfig:
    return SimulatorConfig(xendit_webhook_url=f"{service.url}/xendit", longest_pause=0.01)


class Client:
    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        self.sim = sim
        self.session = session
        self.auth = basic(sim.config.xendit_secret_key, "")

    async def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        url = self.sim.url + path
        headers = {"Authorization": self.auth, **headers}
        async with self.session.request(method, url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    async def ok(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        status, answer = await self.ask(method, path, body, **headers)
        assert status == 200, answer
        return answer

    async def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str]:
        status, answer = await self.ask(method, path, body, **headers)
        return status, answer["error_code"]

    async def invoice(self, **more: Any) -> Json:
        made: Json = await self.ok("POST", "/v2/invoices/", WANTED | more)
        return made

    async def press(self, invoice: Json, **form: str) -> tuple[int, str]:
        async with self.session.post(invoice["invoice_url"], data=form) as answer:
            return answer.status, await answer.text()


@pytest.fixture
def xendit(sim: Simulator, session: aiohttp.ClientSession) -> Client:
    return Client(sim, session)


def told(service: Service) -> list[tuple[str, str]]:
    """Reference or refund, and status, of each callback."""
    bodies = [json.loads(one.body) for one in service.received]
    return [(each.get("external_id", each.get("event")), each.get("status", "")) for each in bodies]


# --- the API ---


async def test_of_two_made_at_one_moment_the_later_one_is_listed_first(xendit: Client) -> None:
    made = [(await xendit.invoice(external_id=f"pay-1-{each}"))["id"] for each in range(3)]
    listed = await xendit.ok("GET", "/sim/checkouts")
    assert [each["id"] for each in listed["checkouts"]] == made[::-1]


async def test_an_invoice_is_made_found_and_expired(xendit: Client, sim: Simulator) -> None:
    made = await xendit.invoice()
    assert (made["status"], made["invoice_url"]) == ("PENDING", f"{sim.url}/xendit/invoice/{made['id']}")
    assert await xendit.ok("GET", f"/v2/invoices/{made['id']}") == made
    assert await xendit.ok("GET", "/v2/invoices?external_id=pay-1-1") == [made]
    assert await xendit.ok("GET", "/v2/invoices?external_id=pay-1") == []
    assert (await xendit.ok("POST", f"/invoices/{made['id']}/expire!"))["status"] == "EXPIRED"
    assert (await xendit.refused("POST", f"/invoices/{made['id']}/expire!"))[0] == 400


async def test_it_makes_nothing_unique_by_the_reference(xendit: Client) -> None:
    """As the real one: whoever does not look first has two links."""
    await xendit.invoice()
    await xendit.invoice()
    assert len(await xendit.ok("GET", "/v2/invoices?external_id=pay-1-1")) == 2


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": "150000"}, "API_VALIDATION_ERROR"),
        ({"amount": 150_000.5}, "API_VALIDATION_ERROR"),
        ({"amount": None}, "API_VALIDATION_ERROR"),
        ({"amount": 1}, "MINIMAL_TRANSFER_AMOUNT_ERROR"),
        ({"external_id": ""}, "API_VALIDATION_ERROR"),
        ({"currency": "USD"}, "UNSUPPORTED_CURRENCY"),
        ({"payer_email": "budi"}, "EMAIL_FORMAT_ERROR"),
        ({"invoice_duration": -1}, "API_VALIDATION_ERROR"),
        ({"success_redirect_url": "chat"}, "API_VALIDATION_ERROR"),
        ({"expires_at": 1}, "API_VALIDATION_ERROR"),
    ],
)
async def test_what_it_refuses(xendit: Client, change: Json, code: str) -> None:
    assert await xendit.refused("POST", "/v2/invoices/", WANTED | change) == (400, code)


async def test_without_the_key_nothing(xendit: Client) -> None:
    xendit.auth = basic("xnd_development_another", "")
    assert await xendit.refused("POST", "/v2/invoices/", WANTED) == (401, "INVALID_API_KEY")


async def test_its_time_runs_out(xendit: Client, service: Service, clocks: Clocks) -> None:
    made = await xendit.invoice()
    await clocks.advance(timedelta(hours=1))
    assert (await xendit.ok("GET", f"/v2/invoices/{made['id']}"))["status"] == "EXPIRED"
    await service.got(1)
    assert told(service) == [("pay-1-1", "EXPIRED")]


async def test_refunds(xendit: Client, sim: Simulator, service: Service) -> None:
    made = await xendit.invoice()
    wanted = {"invoice_id": made["id"], "reference_id": "r1", "amount": 50_000, "reason": "CANCELLATION"}
    assert await xendit.refused("POST", "/refunds", wanted) == (403, "INELIGIBLE_TRANSACTION")
    sim.xendit.pay(made["id"])
    first = await xendit.ok("POST", "/refunds", wanted, **{"idempotency-key": "r1"})
    assert first["status"] == "PENDING"
    again = await xendit.ok("POST", "/refunds", wanted, **{"idempotency-key": "r1"})
    assert (again["id"], again["status"]) == (first["id"], "SUCCEEDED")
    other = wanted | {"amount": 1}
    assert await xendit.refused("POST", "/refunds", other, **{"idempotency-key": "r1"}) == (409, "IDEMPOTENCY_ERROR")
    much = wanted | {"amount": 100_001, "reference_id": "r2"}
    assert await xendit.refused("POST", "/refunds", much) == (400, "MAXIMUM_REFUND_AMOUNT_REACHED")
    listed = await xendit.ok("GET", f"/refunds?invoice_id={made['id']}")
    assert [one["reference_id"] for one in listed["data"]] == ["r1"]
    await service.got(2)
    assert told(service) == [("pay-1-1", "PAID"), ("refund.succeeded", "")]


async def test_a_transfer_is_not_given_back(xendit: Client, sim: Simulator) -> None:
    made = await xendit.invoice()
    sim.xendit.pay(made["id"], "BCA")
    wanted = {"invoice_id": made["id"], "amount": 1, "reason": "OTHERS"}
    assert await xendit.refused("POST", "/refunds", wanted) == (400, "REFUND_NOT_SUPPORTED")


async def test_it_remembers_over_a_restart(
    config: SimulatorConfig, session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    kept = replace(config, state_path=tmp_path / "world.json")
    first = Simulator(kept)
    await first.start()
    client = Client(first, session)
    made = await client.invoice()
    first.xendit.pay(made["id"])
    wanted = {"invoice_id": made["id"], "reference_id": "r1", "reason": "CANCELLATION"}
    refund = await client.ok("POST", "/refunds", wanted, **{"idempotency-key": "r1"})
    await first.stop()
    second = Simulator(kept)
    await second.start()
    client = Client(second, session)
    assert (await client.ok("GET", f"/v2/invoices/{made['id']}"))["status"] == "PAID"
    assert (await client.ok("POST", "/refunds", wanted, **{"idempotency-key": "r1"}))["id"] == refund["id"]
    second.reset()
    assert await client.ok("GET", "/v2/invoices") == []
    await second.stop()


# --- callbacks ---


async def test_a_callback_carries_the_token_and_is_repeated(xendit: Client, sim: Simulator, service: Service) -> None:
    service.answers = [500, 503]
    sim.xendit.pay((await xendit.invoice())["id"])
    got = await service.got(3)
    assert {one.headers["x-callback-token"] for one in got} == {sim.config.xendit_callback_token}
    assert len({one.body for one in got}) == 1


@pytest.mark.parametrize(
    ("kind", "seen"),
    [
        ("twice", ["PAID", "PAID", "SECOND"]),
        ("drop", ["SECOND"]),
        ("reorder", ["SECOND", "PAID"]),
        ("late", ["SECOND", "PAID"]),
    ],
)
async def test_callbacks_go_wrong(xendit: Client, sim: Simulator, service: Service, kind: str, seen: list[str]) -> None:
    made = await xendit.invoice()
    sim.faults.add("xendit", "webhook", kind, seconds=0.2)
    sim.xendit.pay(made["id"])
    made["status"] = sim.xendit.invoices[made["id"]]["status"] = "SECOND"
    sim.xendit.redeliver(made["id"])
    await service.got(len(seen))
    assert [status for _, status in told(service)] == seen


async def test_a_fault_for_one_reference_spares_the_others(xendit: Client, sim: Simulator, service: Service) -> None:
    one, other = await xendit.invoice(), await xendit.invoice(external_id="pay-2-1")
    for method in ("create", "list", "fetch", "expire", "refund"):
        sim.faults.add("xendit", method, "500", chat="pay-2-1")
    sim.faults.add("xendit", "webhook", "drop", chat="pay-2-1")
    for invoice, status in ((one, 200), (other, 500)):
        assert (await xendit.ask("POST", "/v2/invoices", WANTED | {"external_id": invoice["external_id"]}))[0] == status
        assert (await xendit.ask("GET", f"/v2/invoices?external_id={invoice['external_id']}"))[0] == status
        assert (await xendit.ask("GET", f"/v2/invoices/{invoice['id']}"))[0] == status
        sim.xendit.pay(invoice["id"])
        refund = {"invoice_id": invoice["id"], "reason": "OTHERS"}
        assert (await xendit.ask("POST", "/refunds", refund))[0] == status
    assert [each.method for each in sim.faults.list()] == ["expire"]
    await service.got(2)
    assert {reference for reference, _ in told(service)} == {"pay-1-1", "refund.succeeded"}


# --- the page ---


async def test_a_customer_pays_on_the_page(xendit: Client, service: Service) -> None:
    made = await xendit.invoice(success_redirect_url="http://127.0.0.1/back")
    async with xendit.session.get(made["invoice_url"]) as answer:
        page = await answer.text()
    assert "Rp 150.000" in page
    assert made["available_banks"][0]["bank_account_number"] in page
    status, page = await xendit.press(made, do="pay", channel="QRIS")
    assert (status, "Paid" in page, 'href="http://127.0.0.1/back"' in page) == (200, True, True)
    await service.got(1)
    assert told(service) == [("pay-1-1", "PAID")]
    assert (await xendit.press(made, do="pay"))[0] == 409


async def test_another_amount_comes_by_transfer(xendit: Client) -> None:
    made = await xendit.invoice()
    assert (await xendit.press(made, do="pay", channel="BCA", amount="1e3"))[0] == 409
    assert (await xendit.press(made, do="pay", channel="DANA", amount="1000"))[0] == 409
    await xendit.press(made, do="pay", channel="BCA", amount="149000")
    paid = await xendit.ok("GET", f"/v2/invoices/{made['id']}")
    assert (paid["status"], paid["amount"], paid["paid_amount"]) == ("PAID", 150_000, 149_000)


async def test_it_expires_on_the_page(xendit: Client, sim: Simulator) -> None:
    made = await xendit.invoice()
    assert "The time is over" in (await xendit.press(made, do="expire"))[1]
    with pytest.raises(NotPossible):
        sim.xendit.pay(made["id"], "BCA")
    assert sim.xendit.pay(made["id"], "BCA", late=True)["status"] == "PAID"


async def test_what_a_stranger_wrote_is_escaped(xendit: Client) -> None:
    made = await xendit.invoice(description="<script>alert(1)</script>")
    async with xendit.session.get(made["invoice_url"]) as answer:
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in policy


async def test_another_site_presses_nothing(xendit: Client) -> None:
    made = await xendit.invoice()
    headers = {"Sec-Fetch-Site": "cross-site"}
    async with xendit.session.post(made["invoice_url"], data={"do": "pay"}, headers=headers) as answer:
        assert answer.status == 403


# --- the spec ---


@pytest.fixture(scope="module")
def spec() -> Any:
    return json.loads(SPEC.read_text(encoding="utf-8"))


def valid(spec: Any, name: str, value: Any, *beyond: str) -> None:
    """Of the published form. What the derived spec leaves out is named."""
    schema = json.loads(json.dumps(spec["components"]["schemas"][name]))
    known = {key: each for key, each in value.items() if each is not None and key not in beyond}
    assert set(known) <= set(schema["properties"]), set(known) - set(schema["properties"])
    jsonschema.validate(known, {**schema, "components": spec["components"]})


@needs_spec
def test_an_invoice_takes_what_the_spec_says(spec: Any) -> None:
    schema = spec["components"]["schemas"]["CreateInvoiceRequest"]
    kinds = {"string": "s", "number": "n", "boolean": "b", "array": "a", "object": "o", None: "o"}
    published = {name: kinds[each.get("type")] for name, each in schema["properties"].items()}
    assert published == xendit_table.CREATE_INVOICE
    assert set(schema["required"]) == xendit_table.INVOICE_NEEDS


@needs_spec
async def test_answers_and_callbacks_have_the_published_form(
    spec: Any, xendit: Client, sim: Simulator, service: Service
) -> None:
    made = await xendit.invoice(payer_email="budi@example.com", success_redirect_url="http://127.0.0.1/")
    valid(spec, "Invoice", made)
    sim.xendit.pay(made["id"], "BCA")
    beyond = ("paid_amount", "paid_at", "payment_channel", "payment_id")
    valid(spec, "Invoice", await xendit.ok("GET", f"/v2/invoices/{made['id']}"), *beyond)
    (callback,) = await service.got(1)
    valid(spec, "InvoiceCallback", json.loads(callback.body))
