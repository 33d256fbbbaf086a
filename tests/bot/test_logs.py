"""The log of a service that has seen faults, strangers and secrets."""

import asyncio
import hashlib
import hmac
import json
import time
from pathlib import Path
from urllib.parse import urlencode

import aiohttp

from simulator.config import CUSTOMERS_TOKEN, OPS_TOKEN, SimulatorConfig
from tests.bot.programs import Phones, as_real, program, simulator_at
from tests.ports import free_port

PRIVATE = "between-us"
"""Stands in everything that people write."""
SECRETS = {
    "TWILIO_AUTH_TOKEN": SimulatorConfig().twilio_auth_token,
    "TELEGRAM_BOT_TOKEN": CUSTOMERS_TOKEN,
    "OPS_BOT_TOKEN": OPS_TOKEN,
    "TELEGRAM_WEBHOOK_SECRET": "secret-of-the-customers-bot",
    "OPS_WEBHOOK_SECRET": "secret-of-the-ops-bot",
    "SECRET_KEY": "key-of-the-media",
    "CARE_LINK_SECRET": "secret-of-the-care-links",
    "METRICS_TOKEN": "token-of-the-metrics",
}


async def talk(phones: Phones) -> None:
    """A hand-over on each channel, while every provider fails now and then."""
    for provider, method, kind in (
        ("twilio", "create", "cut"),
        ("telegram", "sendMessage", "500"),
        ("telegram", "createForumTopic", "500"),
        ("twilio", "webhook", "twice"),
    ):
        await phones.post("faults", provider=provider, method=method, kind=kind)
    for person in ("budi", "sari"):
        await phones.say(person, f"saldo saya belum masuk {PRIVATE}")
        await phones.say(person, "CS")
        await phones.hears(person, "kasus Anda")
        await phones.say(person, f"PIN saya 1234 {PRIVATE}")
    await phones.post("block", person="sari")


async def visit(url: str) -> None:
    """Strangers, and providers that say something odd."""
    ts = str(int(time.time()))
    sig = hmac.new(b"secret-of-the-care-links", f"{PRIVATE}.{ts}".encode(), hashlib.sha256).hexdigest()
    async with aiohttp.ClientSession() as http:
        sealed = {"X-Telegram-Bot-Api-Secret-Token": "secret-of-the-customers-bot"}
        for headers in (sealed, {}):
            for body in (f"{{'{PRIVATE}", f'{{"update_id": "{PRIVATE}", "text": "{PRIVATE}"}}'):
                await (await http.post(f"{url}/webhooks/telegram", data=body, headers=headers)).read()
        form = {"Body": PRIVATE, "From": "whatsapp:+62811"}
        wrong = {"X-Twilio-Signature": "wrong"}
        await (await http.post(f"{url}/webhooks/whatsapp", data=form, headers=wrong)).read()
        for path in (
            "/care?" + urlencode({"name": PRIVATE, "ts": ts, "sig": sig}),
            f"/media/{PRIVATE}",
            f"/nowhere/{PRIVATE}?token={PRIVATE}",
        ):
            await (await http.get(url + path)).read()
        await (await http.get(f"{url}/metrics", headers={"Authorization": "Bearer token-of-the-metrics"})).read()
    port = int(url.rpartition(":")[2])
    for line in (f"GET /media/{PRIVATE}\xff HTTP/1.1", f"{PRIVATE}", f"GET /care?name={PRIVATE}\x01 HTTP/1.1"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(line.encode("latin-1") + b"\r\nHost: x\r\n\r\n")
        await reader.readline()
        writer.close()
        await writer.wait_closed()


async def test_no_secrets_and_no_words_of_people(tmp_path: Path) -> None:
    port = free_port()
    async with simulator_at(tmp_path, port) as simulator, aiohttp.ClientSession() as http:
        env = as_real(simulator, port, LOG_LEVEL="INFO", **SECRETS)
        async with program("bot", "run", folder=tmp_path, env=env) as service:
            await service.says("Sahut is ready")
            phones = Phones(simulator, http)
            await talk(phones)
            await visit(f"http://127.0.0.1:{port}")
            code, out, err = await service.stops()
    assert (code, err) == (0, "")
    entries = [json.loads(line) for line in out.splitlines()]
    assert len(entries) >= 3  # one for each fault, at least
    assert {"event", "level", "timestamp"} <= set.intersection(*(set(entry) for entry in entries))
    assert PRIVATE not in out
    assert "1234" not in "".join(str(entry.get("exception", "")) for entry in entries)
    for secret in SECRETS.values():
        assert secret not in out
    for token in (CUSTOMERS_TOKEN, OPS_TOKEN):
        assert token.partition(":")[2] not in out
    assert [entry for entry in entries if "exception" in entry] == []
