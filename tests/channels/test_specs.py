"""What we send, held against the providers' own specifications. Skipped where these are not there."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest

from bot.channels.base import Content, Option, Worded
from bot.channels.registry import Channels
from domain.messages import BOLD_OFF, BOLD_ON, Location, Media, MediaKind
from tests.channels.conftest import ACCOUNT, MENU
from tests.channels.provider import Asked, Provider, Reply

SPECS = Path(__file__).parents[3] / "shared/specs"
TELEGRAM, TWILIO = SPECS / "telegram/api.json", SPECS / "twilio/twilio_api_v2010.json"
MESSAGES = "/2010-04-01/Accounts/{AccountSid}/Messages.json"
FORUM, BUDI = "telegram:-1002000000001", "whatsapp:+6281234567801"
OPTIONS = (Option("a", "Ya"), Option("", "Situs", "https://x.id"))

pytestmark = pytest.mark.skipif(not SPECS.is_dir(), reason="provider specs absent")


def messages(to: str, channel: str) -> Iterator[Worded]:
    """One of each kind."""
    yield Worded(to=to, text=f"{BOLD_ON}Halo{BOLD_OFF} <&>", options=OPTIONS)
    yield Worded(to=to, text="Halo", options=OPTIONS, edit="41")
    yield Worded(to=to, text="Di sini", location=Location(-6.1, 106.8, "Monas"), options=OPTIONS)
    yield Worded(to=to, text="Halo", content=Content(MENU, ("name",)), content_values=("Budi",), options=OPTIONS)
    for kind in MediaKind:
        for source in (channel, "telegram-ops"):
            media = Media(kind=kind, channel=source, ref="AgAC-1", name="a.bin")
            yield Worded(to=to, text="Ini", media=media, options=OPTIONS)


# --- Telegram ---


SIMPLE: dict[str, tuple[type, ...]] = {
    "String": (str,),
    "Integer": (int,),
    "Float": (int, float),
    "Boolean": (bool,),
    "True": (bool,),
}


class Types:
    """The Bot API's types, scraped: a value is right if it fits one of the types that a field names."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.methods, self.types = spec["methods"], spec["types"]

    def wrong(self, name: str, value: Any) -> str:
        """What is wrong with the value, or nothing."""
        if name.startswith("Array of "):
            if not isinstance(value, list):
                return f"{value!r} is no {name}"
            return next(filter(None, (self.wrong(name.removeprefix("Array of "), each) for each in value)), "")
        if (simple := SIMPLE.get(name)) is not None:
            return "" if isinstance(value, simple) else f"{value!r} is no {name}"
        if name == "InputFile":
            return "" if value == "<file>" else "not a file"
        about = self.types[name]
        if "subtypes" in about:
            problems = [self.wrong(subtype, value) for subtype in about["subtypes"]]
            return "" if "" in problems else "; ".join(problems)
        return self.fields(about.get("fields", []), value, name)

    def fields(self, fields: list[dict[str, Any]], value: Any, name: str) -> str:
        if not isinstance(value, dict):
            return f"{value!r} is no {name}"
        known = {field["name"]: field for field in fields}
        if unknown := set(value) - set(known):
            return f"{name} has no {unknown}"
        if missing := {field["name"] for field in fields if field["required"]} - set(value):
            return f"{name} wants {missing}"
        for field, given in value.items():
            problems = [self.wrong(kind, given) for kind in known[field]["types"]]
            if "" not in problems:
                return f"{name}.{field}: {problems}"
        return ""


def parameters(asked: Asked) -> dict[str, Any]:
    if asked.headers["Content-Type"] == "application/json":
        given: dict[str, Any] = json.loads(asked.body)
        return given
    boundary = asked.headers["Content-Type"].partition("boundary=")[2].encode()
    values: dict[str, Any] = {}
    for part in asked.body.split(b"--" + boundary)[1:-1]:
        head, _, content = part.strip(b"\r\n").partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        values[name] = "<file>" if b"filename=" in head else decoded(content.decode())
    return values


def decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


@pytest.fixture(scope="module")
def bot_api() -> Types:
    return Types(json.loads(TELEGRAM.read_bytes()))


async def test_telegram_s_methods_take_what_we_send(provider: Provider, scripted: Channels, bot_api: Types) -> None:
    channel = scripted.telegram
    assert channel is not None
    answer = {"file_path": "a.jpg", "file_size": 3, "message_id": 5, "message_thread_id": 17, "id": 7}
    provider.will(Reply(200, json.dumps({"ok": True, "result": answer}).encode()))
    for message in messages(FORUM + ":17", "telegram"):
        for part in channel.render(message):
            await channel.send(message.to, part)
    await channel.open_topic(FORUM, "K-1")
    await channel.rename_topic(f"{FORUM}:17", "K-2")
    await channel.close_topic(f"{FORUM}:17")
    await channel.reopen_topic(f"{FORUM}:17")
    await channel.set_webhook("https://a.example", "secret")
    await channel.delete_webhook()
    await channel.set_commands({"menu": "Menu"}, "id")
    await channel.poll(3, 0)
    await channel.check(forum="-100")
    called = {}
    for asked in provider.asked:
        method = asked.path.rpartition("/")[2]
        if asked.path.startswith("/file/"):
            continue
        called[method] = bot_api.fields(bot_api.methods[method].get("fields", []), parameters(asked), method)
    assert {method: wrong for method, wrong in called.items() if wrong} == {}
    assert len(called) >= 18


def test_the_checker_itself_finds_mistakes(bot_api: Types) -> None:
    fields = bot_api.methods["sendMessage"]["fields"]
    assert "has no" in bot_api.fields(fields, {"chat_id": 1, "text": "x", "nonsense": 1}, "sendMessage")
    assert "wants" in bot_api.fields(fields, {"chat_id": 1}, "sendMessage")
    keyboard = {"inline_keyboard": [[{"text": "a", "call": "b"}]]}
    assert bot_api.fields(fields, {"chat_id": 1, "text": "x", "reply_markup": keyboard}, "sendMessage")


# --- Twilio ---


@pytest.fixture(scope="module")
def twilio_spec() -> dict[str, Any]:
    """The one path that we use, and what it refers to: the whole would take seconds to read."""
    spec: dict[str, Any] = json.loads(TWILIO.read_bytes())
    schemas = spec["components"]["schemas"]
    used = {name: schema for name, schema in schemas.items() if ".message" in name or name.startswith("message_")}
    return {
        **spec,
        "paths": {MESSAGES: spec["paths"][MESSAGES]},
        "components": {**spec["components"], "schemas": used},
    }


async def test_twilio_s_api_takes_what_we_send(
    provider: Provider, scripted: Channels, twilio_spec: dict[str, Any]
) -> None:
    openapi = OpenAPI.from_dict(twilio_spec)
    operation = twilio_spec["paths"][MESSAGES]
    [content] = operation["post"]["requestBody"]["content"].values()
    queries = {parameter["name"] for parameter in operation["get"]["parameters"]}
    channel = scripted.whatsapp
    assert channel is not None
    provider.will(Reply(201, b'{"sid": "SM1", "messages": []}'))
    for message in messages(BUDI, "whatsapp"):
        for part in channel.render(message):
            await channel.send(message.to, part)
    for asked in provider.asked:
        fields = parse_qsl(asked.body.decode(), strict_parsing=True, keep_blank_values=True)
        names = {name for name, _ in fields}
        assert names <= set(content["schema"]["properties"])
        assert "" not in {value for _, value in fields}
        request = MockRequest(
            "https://api.twilio.com",
            asked.method,
            asked.path,
            view_args={"AccountSid": ACCOUNT},
            headers=dict(asked.headers),
            data=asked.body,
            content_type=asked.headers["Content-Type"],
        )
        openapi.validate_request(request)
    assert len(provider.asked) > 12
    provider.asked.clear()
    provider.will(Reply(200, b'{"messages": []}'))
    assert await channel.find_sent(BUDI, {"params": {}}, datetime.now(UTC)) is None
    [listed] = provider.asked
    assert set(listed.query) <= queries
