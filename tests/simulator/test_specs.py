"""The simulator's tables held against the providers' own specs, where these are at hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from simulator import stripe_table, telegram_table, twilio_table
from simulator.server import Simulator
from tests.simulator.actors import BotClient, Service, WhatsApp
from tests.simulator.till import Till

SPECS = Path(__file__).parents[3] / "shared" / "specs"
KINDS = {
    "Integer": "i",
    "String": "s",
    "Boolean": "b",
    "Float": "f",
    "Integer/String": "c",
    "InputFile": "m",
    "InputFile/String": "m",
}

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="the providers' specs are not beside the project")


def read(name: str) -> Any:
    return json.loads((SPECS / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def bot_api() -> Any:
    return read("telegram/api.json")


@pytest.fixture(scope="module")
def twilio_api() -> Any:
    return read("twilio/twilio_api_v2010.json")


@pytest.mark.parametrize("method", telegram_table.PARAMETERS)
def test_methods_take_what_the_bot_api_says(bot_api: Any, method: str) -> None:
    published = {
        field["name"]: (KINDS.get("/".join(field["types"]), "j"), bool(field["required"]))
        for field in bot_api["methods"][method].get("fields", [])
    }
    ours = {name: (parameter.kind, parameter.required) for name, parameter in telegram_table.PARAMETERS[method].items()}
    assert ours == published


def names(bot_api: Any, type_name: str) -> set[str]:
    return {field["name"] for field in bot_api["types"][type_name]["fields"]}


def test_keyboards_have_the_published_fields(bot_api: Any) -> None:
    assert names(bot_api, "InlineKeyboardButton") == telegram_table.BUTTON_FIELDS
    assert names(bot_api, "ReplyParameters") == telegram_table.REPLY_FIELDS
    types = {
        "inline_keyboard": "InlineKeyboardMarkup",
        "keyboard": "ReplyKeyboardMarkup",
        "remove_keyboard": "ReplyKeyboardRemove",
        "force_reply": "ForceReply",
    }
    assert {key: names(bot_api, name) for key, name in types.items()} == telegram_table.KEYBOARDS


def holds(bot_api: Any, type_name: str, value: dict[str, Any]) -> None:
    """Every field is published, every required one is there; nested objects likewise."""
    fields = {field["name"]: field for field in bot_api["types"][type_name].get("fields", [])}
    assert set(value) <= set(fields), (type_name, set(value) - set(fields))
    required = {name for name, field in fields.items() if field["required"]}
    assert required <= set(value), (type_name, required - set(value))
    for name, inner in value.items():
        (*_, kind) = fields[name]["types"]
        if kind in ("MaybeInaccessibleMessage",):
            kind = "Message"
        if isinstance(inner, dict) and bot_api["types"].get(kind, {}).get("fields"):
            holds(bot_api, kind, inner)
        if isinstance(inner, list) and kind.startswith("Array of ") and kind[9:] in bot_api["types"]:
            for one in inner:
                holds(bot_api, kind[9:], one)


async def test_updates_and_answers_have_the_published_shape(bot_api: Any, sim: Simulator, bot: BotClient) -> None:
    first = await sim.world.say("sari", "/start https://x.id")
    for kind in ("photo", "voice", "document", "sticker"):
        await sim.world.say("sari", "", media={"kind": kind}, reply_to=first.id, forwarded=True)
    await sim.world.say("sari", location={"lat": -6.2, "lon": 106.8})
    await sim.world.say("sari", contact={"phone_number": "+62811", "first_name": "Ibu"})
    await sim.world.edit("sari", "telegram:1001", first.id, "lain")
    keyboard = {"inline_keyboard": [[{"text": "Menu", "callback_data": "menu"}]]}
    sent = await bot.say(1001, "<b>pilih</b>", parse_mode="HTML", reply_markup=keyboard)
    await sim.world.press("sari", "telegram:1001", str(sent["message_id"]), "menu")
    await sim.world.block("sari")
    forum = sim.config.agents_chat_id
    topic = await bot.ok("createForumTopic", chat_id=forum, name="Budi")
    await sim.world.say("dewi", "halo", chat=f"telegram:{forum}", thread=topic["message_thread_id"])
    updates = await bot.ok("getUpdates")
    assert len(updates) == 11
    for update in updates:
        holds(bot_api, "Update", update)
    holds(bot_api, "Message", sent)
    holds(bot_api, "ForumTopic", topic)
    holds(bot_api, "User", await bot.ok("getMe"))
    holds(bot_api, "ChatFullInfo", await bot.ok("getChat", chat_id=forum))
    holds(bot_api, "WebhookInfo", await bot.ok("getWebhookInfo"))
    bots = [one for one in await bot.ok("getChatAdministrators", chat_id=forum) if one["status"] == "administrator"]
    holds(bot_api, "ChatMemberAdministrator", bots[0])


def form_of(twilio_api: Any, path: str) -> Any:
    return twilio_api["paths"][path]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]


def test_twilio_takes_what_its_spec_says(twilio_api: Any) -> None:
    path = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
    published = form_of(twilio_api, path)["properties"]
    assert set(published) == twilio_table.CREATE_MESSAGE
    assert {name for name, schema in published.items() if schema.get("type") == "array"} == twilio_table.REPEATED
    query = {one["name"] for one in twilio_api["paths"][path]["get"]["parameters"] if one["in"] == "query"}
    assert query == twilio_table.LIST_MESSAGES
    content = read("twilio/twilio_content_v1.json")["paths"]["/v1/Content"]["get"]["parameters"]
    assert {one["name"] for one in content if one["in"] == "query"} == twilio_table.LIST_CONTENT


async def test_twilios_answers_have_the_published_fields(
    twilio_api: Any, sim: Simulator, whatsapp: WhatsApp, service: Service
) -> None:
    schemas = twilio_api["components"]["schemas"]
    await sim.world.say("budi", "halo")
    status, message = await whatsapp.post(whatsapp.form())
    assert status == 201
    assert set(message) == set(schemas["api.v2010.account.message"]["properties"])
    url = f"{sim.url}/2010-04-01/Accounts/{sim.config.twilio_account_sid}.json"
    async with whatsapp.session.get(url, headers=whatsapp.headers) as response:
        assert set(await response.json()) == set(schemas["api.v2010.account"]["properties"])
    content = read("twilio/twilio_content_v1.json")["components"]["schemas"]["content.v1.content"]["properties"]
    async with whatsapp.session.get(f"{sim.url}/v1/Content", headers=whatsapp.headers) as response:
        assert all(set(one) == set(content) for one in (await response.json())["contents"])


STRIPE_OPTIONS = {"api_key", "stripe_version", "stripe_account", "stripe_context", "max_network_retries"}
STRIPE_OPTIONS |= {"idempotency_key", "content_type", "headers"}
"""The SDK's own, which stand beside a call's parameters."""
STRIPE_KINDS = {"string": "string", "integer": "integer", "boolean": "boolean"}


@pytest.fixture(scope="module")
def stripe_api() -> Any:
    return read("stripe/stripe-python-16.1.0.request-schemas.json")["schemas"]


@pytest.fixture(scope="module")
def stripe_objects() -> Any:
    return read("stripe/fixtures3.json")["resources"]


def fits(shape: Any, schema: Any, whole: Any) -> None:
    """Every parameter that is played is published, and of the kind that it is played as."""
    if "$ref" in schema:
        schema = whole["$defs"][schema["$ref"].rpartition("/")[2]]
    schema = next((one for one in schema.get("anyOf", []) if "const" not in one), schema)
    if isinstance(shape, dict):
        assert set(shape) <= set(schema["properties"])
        for name, inner in shape.items():
            fits(inner, schema["properties"][name], whole)
    elif isinstance(shape, list):
        assert schema["type"] == "array"
        fits(shape[0], schema["items"], whole)
    elif shape == stripe_table.WORDS:
        assert schema["additionalProperties"] == {"type": "string"}
    else:
        assert STRIPE_KINDS[shape] == schema["type"]


@pytest.mark.parametrize(
    ("call", "shape", "not_played"),
    [
        ("POST /v1/checkout/sessions", stripe_table.CREATE_SESSION, stripe_table.NOT_PLAYED),
        ("GET /v1/checkout/sessions/{session}", stripe_table.RETRIEVE_SESSION, frozenset()),
        ("POST /v1/checkout/sessions/{session}/expire", stripe_table.EXPIRE_SESSION, frozenset()),
        ("POST /v1/refunds", stripe_table.CREATE_REFUND, stripe_table.NOT_PLAYED_OF_REFUNDS),
    ],
)
def test_stripe_takes_what_its_sdk_sends(stripe_api: Any, call: str, shape: Any, not_played: frozenset[str]) -> None:
    published = stripe_api[call]
    fits(shape, published, published)
    assert set(shape) | not_played == set(published["properties"]) - STRIPE_OPTIONS
    assert not set(shape) & not_played


def test_stripes_words(stripe_api: Any) -> None:
    published = stripe_api["POST /v1/checkout/sessions"]["properties"]

    def words(schema: Any) -> set[str]:
        return set(next(one["enum"] for one in schema["anyOf"] if "enum" in one))

    assert words(published["allowed_payment_method_types"]["items"]) == stripe_table.METHODS
    assert words(published["excluded_payment_method_types"]["items"]) < stripe_table.METHODS
    assert words(published["locale"]) == stripe_table.LOCALES
    assert words(published["submit_type"]) == stripe_table.SUBMIT_TYPES
    reasons = words(stripe_api["POST /v1/refunds"]["properties"]["reason"])
    assert reasons == stripe_table.REASONS


async def test_stripes_objects_have_the_published_fields(stripe_objects: Any, till: Till) -> None:
    made = await till.made()
    await till.get(f"/v1/checkout/sessions/{made['id']}")
    till.stripe.pay(made["id"])
    _, paid = await till.get(f"/v1/checkout/sessions/{made['id']}?expand[]=payment_intent")
    status, refund = await till.post("/v1/refunds", {"payment_intent": paid["payment_intent"]["id"]})
    assert status == 200
    (charge,) = till.stripe.charges.values()
    for session in (made, paid):
        assert set(session) == set(stripe_objects["checkout.session"])
    assert set(paid["payment_intent"]) == set(stripe_objects["payment_intent"])
    assert set(charge) == set(stripe_objects["charge"]) - {"refunds"}  # shown only where it is asked for
    assert set(refund) == set(stripe_objects["refund"])
    assert {tuple(sorted(event)) for event in till.stripe.events.all.values()} == {
        tuple(sorted(stripe_objects["event"]))
    }


async def test_stripes_fields_are_of_the_published_kinds(stripe_objects: Any, till: Till) -> None:
    """Where the sample has a number, ours is one, and so on; null is everywhere allowed."""
    made = await till.made()
    till.stripe.pay(made["id"])
    (charge,) = till.stripe.charges.values()
    (intent,) = till.stripe.intents.values()
    pairs = ((made, "checkout.session"), (charge, "charge"), (intent, "payment_intent"))
    for ours, name in pairs:
        for field, sample in stripe_objects[name].items():
            value = ours.get(field)
            assert value is None or sample is None or type(value) is type(sample), (name, field)
