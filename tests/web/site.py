"""A service set up as for real customers, with played providers, and calls to it as the providers make them."""

import base64
import hashlib
import hmac
import io
import json
import sqlite3
import time
from collections.abc import AsyncIterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp

from bot.build import Role, Service
from bot.settings import Settings
from simulator.config import CUSTOMERS_TOKEN, OPS_TOKEN, SimulatorConfig
from simulator.server import Simulator

PUBLIC = "https://sahut.example"
ACCOUNT, TOKEN, SENDER = "AC" + "5a" * 16, "the-twilio-token", "whatsapp:+6281100000000"
CUSTOMERS_SECRET, OPS_SECRET = "secret-of-the-customers-bot", "secret-of-the-ops-bot"
CARE_SECRET = "care-secret"
SIGNATURE, SECRET = "X-Twilio-Signature", "X-Telegram-Bot-Api-Secret-Token"
STRIPE_SECRET, STRIPE_SIGNATURE = "whsec_of_the_site", "Stripe-Signature"
XENDIT_TOKEN, CALLBACK_TOKEN = "secret-of-xendit-s-callbacks", "x-callback-token"
FORM, JSON = "application/x-www-form-urlencoded", "application/json"


@dataclass(frozen=True, kw_only=True)
class Call:
    path: str
    body: bytes
    headers: Mapping[str, str]

    def without(self, header: str) -> "Call":
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})

    def having(self, **headers: str) -> "Call":
        """With these headers; an underscore stands for a hyphen."""
        return replace(self, headers={**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}})


def signature(url: str, fields: Sequence[tuple[str, str]], token: str = TOKEN) -> str:
    """As Twilio's documents describe it."""
    text = url + "".join(name + value for name, value in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def twilio_call(path: str, form: Mapping[str, str], *, base: str = PUBLIC, token: str = TOKEN) -> Call:
    signed = signature(base + path, list(form.items()), token)
    return Call(path=path, body=urlencode(form).encode(), headers={"Content-Type": FORM, SIGNATURE: signed})


def whatsapp_call(number: int, **more: str) -> Call:
    form = {
        "MessageSid": f"SM{number:032x}",
        "AccountSid": ACCOUNT,
        "From": "whatsapp:+6281234567801",
        "To": SENDER,
        "WaId": "6281234567801",
        "ProfileName": "Budi",
        "Body": f"halo {number}",
        "NumMedia": "0",
    }
    return twilio_call("/webhooks/whatsapp", form | more)


def status_call(number: int, **more: str) -> Call:
    form = {
        "MessageSid": f"SM{number:032x}",
        "AccountSid": ACCOUNT,
        "From": SENDER,
        "To": "whatsapp:+6281234567801",
        "MessageStatus": "delivered",
    }
    return twilio_call("/webhooks/whatsapp/status", form | more)


def update_call(path: str, secret: str, update: Any) -> Call:
    return Call(path=path, body=json.dumps(update).encode(), headers={"Content-Type": JSON, SECRET: secret})


def _update(number: int) -> dict[str, Any]:
    chat = {"id": 1001, "type": "private", "first_name": "Sari"}
    sari = {"id": 1001, "is_bot": False, "first_name": "Sari", "language_code": "id"}
    message = {"message_id": number, "date": 1_795_000_000, "chat": chat, "from": sari, "text": f"halo {number}"}
    return {"update_id": 880_000_000 + number, "message": message}


def telegram_call(number: int, **more: Any) -> Call:
    return update_call("/webhooks/telegram", CUSTOMERS_SECRET, _update(number) | more)


def ops_call(number: int, **more: Any) -> Call:
    return update_call("/webhooks/telegram/ops", OPS_SECRET, _update(number) | more)


def stripe_signature(body: bytes, stamp: int, secret: str = STRIPE_SECRET) -> str:
    """As Stripe's documents describe it."""
    return f"t={stamp},v1={hmac.new(secret.encode(), f'{stamp}.'.encode() + body, hashlib.sha256).hexdigest()}"


def stripe_call(number: int, *, stamp: int | None = None, secret: str = STRIPE_SECRET, **more: Any) -> Call:
    """An event, signed just now unless told otherwise: a signature has its time."""
    session = {
        "id": f"cs_test_{number}",
        "object": "checkout.session",
        "client_reference_id": f"pay-{number}-1",
        "metadata": {"reference": f"pay-{number}-1"},
        "payment_status": "paid",
        "status": "complete",
    }
    event = {
        "id": f"evt_{number}",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": session},
    }
    body = json.dumps(event | more).encode()
    return stripe_sealed(body, stamp=stamp, secret=secret)


def stripe_sealed(body: bytes, *, stamp: int | None = None, secret: str = STRIPE_SECRET) -> Call:
    signed = stripe_signature(body, int(time.time()) if stamp is None else stamp, secret)
    return Call(path="/webhooks/stripe", body=body, headers={"Content-Type": JSON, STRIPE_SIGNATURE: signed})


def xendit_call(number: int, **more: Any) -> Call:
    told = {
        "id": f"invoice-{number}",
        "external_id": f"pay-{number}-1",
        "user_id": "5f0d3a6b1e2c4d0011223344",
        "status": "PAID",
        "merchant_name": "Sahut",
        "amount": 150000,
        "paid_amount": 150000,
        "payment_id": f"payment-{number}",
        "currency": "IDR",
        "created": "2026-11-21T03:00:00.000Z",
        "updated": "2026-11-21T03:05:00.000Z",
    }
    headers = {"Content-Type": JSON, CALLBACK_TOKEN: XENDIT_TOKEN}
    return Call(path="/webhooks/xendit", body=json.dumps(told | more).encode(), headers=headers)


def site_settings(folder: Path, simulator: Simulator, **given: Any) -> Settings:
    """What an operator would set, but for the providers' addresses."""
    values: dict[str, Any] = {
        "port": 0,
        "public_base_url": PUBLIC,
        "database_url": f"sqlite:///{folder / 'sahut.db'}",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_whatsapp_from": SENDER,
        "twilio_api_base": simulator.url,
        "telegram_bot_token": CUSTOMERS_TOKEN,
        "telegram_webhook_secret": CUSTOMERS_SECRET,
        "telegram_api_base": simulator.url,
        "ops_bot_token": OPS_TOKEN,
        "ops_webhook_secret": OPS_SECRET,
        "secret_key": "media-secret",
        "care_link_secret": CARE_SECRET,
        "payments": "stripe,xendit,sandbox",
        "stripe_secret_key": simulator.config.stripe_secret_key,
        "stripe_webhook_secret": STRIPE_SECRET,
        "stripe_api_base": simulator.url,
        "xendit_secret_key": simulator.config.xendit_secret_key,
        "xendit_callback_token": XENDIT_TOKEN,
        "xendit_api_base": simulator.url,
    }
    return Settings(**(values | given | {"_env_file": None}))


def site_simulator() -> Simulator:
    config = SimulatorConfig(
        twilio_account_sid=ACCOUNT, twilio_auth_token=TOKEN, whatsapp_from=SENDER, enforce_rates=False
    )
    return Simulator(config)


def unlimited() -> aiohttp.TCPConnector:
    """As many calls at once as a test makes."""
    return aiohttp.TCPConnector(limit=0)


@dataclass(frozen=True)
class Answer:
    status: int
    text: str
    body: bytes
    headers: Mapping[str, str]


@dataclass
class Site:
    """A started service. It only records (Role.WEB) unless told otherwise, so that what came stays to be seen."""

    service: Service
    simulator: Simulator
    file: Path
    http: aiohttp.ClientSession = field(default_factory=lambda: aiohttp.ClientSession(connector=unlimited()))

    @classmethod
    async def open(
        cls, folder: Path, simulator: Simulator | None = None, *, roles: Role = Role.WEB, **given: Any
    ) -> "Site":
        simulator = simulator or site_simulator()
        await simulator.start()
        settings = site_settings(folder, simulator, **given)
        service = Service(settings, roles)
        await service.start()
        return cls(service, simulator, folder / "sahut.db")

    async def close(self) -> None:
        await self.http.close()
        await self.service.stop()
        await self.simulator.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.service.port}"

    async def send(self, call: Call, body: bytes | AsyncIterable[bytes] | None = None) -> Answer:
        data = io.BytesIO(call.body if body is None else body) if isinstance(body, bytes | None) else body
        async with self.http.post(self.url + call.path, data=data, headers=call.headers) as answer:
            return await _read(answer)

    async def get(self, path: str, **headers: str) -> Answer:
        async with self.http.get(self.url + path, headers=headers, allow_redirects=False) as answer:
            return await _read(answer)

    def rows(self) -> list[tuple[str, str, str]]:
        """Source, external id and kind of all that was recorded, in order."""
        with closing(sqlite3.connect(self.file)) as connection:
            return connection.execute("SELECT source, external_id, kind FROM inbox ORDER BY seq").fetchall()

    async def count(self, metric: str) -> float:
        """A line of /metrics, written with its labels."""
        lines = (await self.get("/metrics")).text.splitlines()
        return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{metric} ")), 0.0)


async def _read(answer: aiohttp.ClientResponse) -> Answer:
    body = await answer.read()
    return Answer(answer.status, body.decode(errors="replace"), body, answer.headers)
