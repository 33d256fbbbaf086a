"""What the SDKs cost: our channels' `send` beside the leanest call that does the same, a direct aiohttp POST, to the
same endpoint from the same event loop and session, 32 in flight.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import uvloop

from benchmarks.generator import SECRET, TELEGRAM_TOKEN, TWILIO_ACCOUNT, TWILIO_NUMBER, TWILIO_TOKEN, Generator
from benchmarks.machine import MeasureError
from benchmarks.messages import Length, Row
from bot.channels.base import Channel, Limits, Sent, Worded
from bot.channels.registry import TelegramBot, TwilioSender, build

IN_FLIGHT = 32
PUBLIC = "http://127.0.0.1:1"
TEXT = "Apa yang bisa kami bantu?\nPilih topik, atau tulis saja kendala Anda."
PHONE = "+6281100000007"
CHAT = 700000007

Send = Callable[[], Awaitable[None]]


def sends(length: Length) -> Iterator[Row]:
    """Our channels' sends beside direct ones by aiohttp."""
    with Generator() as generator:
        for number in range(length.rounds):
            for row in uvloop.run(_round(generator, min(3.0, length.seconds))):
                yield {"part": "sends", "round": number, **row}


async def _round(generator: Generator, seconds: float) -> list[Row]:
    connector = aiohttp.TCPConnector(limit=256, limit_per_host=128)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        ways = _ways(session, generator.endpoint)
        rows = []
        for name, send in ways.items():
            await _pump(send, 0.3)
            before = generator.count().sends
            cpu = time.process_time()
            sent, took = await _pump(send, seconds)
            cpu = time.process_time() - cpu
            if generator.count().sends - before != sent:
                raise MeasureError(f"{name}: the endpoint saw {generator.count().sends - before} sends, not {sent}")
            rows.append({"name": name, "per_second": sent / took, "cpu_per_1000": cpu / sent * 1000})
        return rows


def _ways(session: aiohttp.ClientSession, endpoint: str) -> dict[str, Send]:
    limits = Limits(overall=1e6)
    channels = build(
        session=session,
        media_url=lambda media: "",
        media_limit=0,
        telegram=TelegramBot(token=TELEGRAM_TOKEN, limits=limits, secret=SECRET, base_url=endpoint),
        whatsapp=TwilioSender(
            account_sid=TWILIO_ACCOUNT,
            auth_token=TWILIO_TOKEN,
            limits=limits,
            sender=TWILIO_NUMBER,
            public_url=PUBLIC,
            base_url=endpoint,
        ),
    )
    assert channels.whatsapp is not None
    assert channels.telegram is not None
    form = {
        "To": f"whatsapp:{PHONE}",
        "From": f"whatsapp:{TWILIO_NUMBER}",
        "Body": TEXT,
        "StatusCallback": f"{PUBLIC}/webhooks/whatsapp/status",
    }
    auth = {"Authorization": aiohttp.BasicAuth(TWILIO_ACCOUNT, TWILIO_TOKEN).encode()}
    messages = f"{endpoint}/2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json"
    return {
        "WhatsApp, aiohttp": _direct(session, messages, data=form, headers=auth),
        "WhatsApp, our channel": _by_channel(channels.whatsapp, f"whatsapp:{PHONE}"),
        "Telegram, aiohttp": _direct(
            session,
            f"{endpoint}/bot{TELEGRAM_TOKEN}/sendMessage",
            json={"chat_id": CHAT, "text": TEXT, "parse_mode": "HTML"},
        ),
        "Telegram, our channel": _by_channel(channels.telegram, f"telegram:{CHAT}"),
    }


def _direct(session: aiohttp.ClientSession, url: str, **request: Any) -> Send:
    async def send() -> None:
        async with session.post(url, **request) as answer:
            if answer.status not in (200, 201) or not await answer.json():
                raise MeasureError(f"the endpoint answered {answer.status}")

    return send


def _by_channel(channel: Channel, to: str) -> Send:
    (part,) = channel.render(Worded(to=to, text=TEXT))

    async def send() -> None:
        result = await channel.send(to, part)
        if not isinstance(result, Sent):
            raise MeasureError(f"{channel.name}: {result}")

    return send


async def _pump(send: Send, seconds: float) -> tuple[int, float]:
    """How many were sent, and in how many seconds."""
    sent = 0
    began = time.perf_counter()

    async def one_after_the_other() -> None:
        nonlocal sent
        while time.perf_counter() - began < seconds:
            await send()
            sent += 1

    await asyncio.gather(*(one_after_the_other() for _ in range(IN_FLIGHT)))
    return sent, time.perf_counter() - began
