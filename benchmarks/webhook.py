"""How fast one process answers: `python -m benchmarks.webhook [--seconds 10] [--concurrency 32] [--chats 2000]`.

The whole way is measured: signed webhook, recorded once, state loaded, menu advanced, committed with
synchronous=FULL, rendered, sent to
a Bot API in another process (this one, which only counts), the send recorded. Each chat walks menu -> topic ->
detail, and every reply is
checked for the words it must have; `wrong` and `lost` must be 0. Rate limits stay in the way, raised by settings.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import psutil
import uvloop

TOKEN = "7000000001:benchmark-token-of-no-real-bot-000"
SECRET = "benchmark-secret"
STEPS = (("menu", b"topik"), ("2", b"bermasalah"), ("1", b"PPOB"))


@dataclass
class Waiting:
    """A message on its way: when it was posted, and what its answer must contain."""

    posted: float
    expected: bytes
    answered: asyncio.Future[None]


@dataclass
class Tally:
    waiting: dict[int, Waiting] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    wrong: int = 0
    refused: int = 0
    extra: int = 0

    def sent(self, chat: int, body: bytes) -> None:
        """The bot called sendMessage."""
        message = self.waiting.pop(chat, None)
        if message is None:
            self.extra += 1
            return
        self.seconds.append(time.perf_counter() - message.posted)
        if message.expected not in body:
            self.wrong += 1
        message.answered.set_result(None)


class BotApi(asyncio.Protocol):
    """Just enough of HTTP/1.1 to take calls as fast as they come."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._data = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        self._data += data
        while self._take_one():
            pass

    def _take_one(self) -> bool:
        head, found, rest = self._data.partition(b"\r\n\r\n")
        if not found or self._transport is None:
            return False
        lower = head.lower()
        at = lower.find(b"content-length:")
        length = int(lower[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(rest) < length:
            return False
        body, self._data = rest[:length], rest[length:]
        method = head.split(b" ", 2)[1].rsplit(b"/", 1)[-1]
        result: object = True
        if method == b"sendMessage":
            call = json.loads(body)
            chat = int(call["chat_id"])
            self._tally.sent(chat, call["text"].encode())
            result = {"message_id": int(time.time() * 1000) % 2**31, "date": 0, "chat": {"id": chat, "type": "private"}}
        elif method == b"getMe":
            result = {"id": 7000000001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
        answer = json.dumps({"ok": True, "result": result}).encode()
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )
        return bool(self._data)


class Webhook:
    """One connection that posts updates and reads the status."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def post(self, body: bytes) -> bool:
        self._writer.write(
            b"POST /webhooks/telegram HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
            b"X-Telegram-Bot-Api-Secret-Token: %s\r\nContent-Length: %d\r\n\r\n%s" % (SECRET.encode(), len(body), body)
        )
        head = await self._reader.readuntil(b"\r\n\r\n")
        at = head.lower().find(b"content-length:")
        await self._reader.readexactly(int(head[at + 15 :].split(b"\r\n", 1)[0]))
        return head.startswith(b"HTTP/1.1 200")


def update(number: int, chat: int, text: str) -> bytes:
    person = {"id": chat, "is_bot": False, "first_name": "Budi", "username": f"budi{chat}", "language_code": "id"}
    message = {
        "message_id": number,
        "from": person,
        "chat": {"id": chat, "first_name": "Budi", "type": "private"},
        "date": 1_790_000_000,
        "text": text,
    }
    return json.dumps({"update_id": number, "message": message}).encode()


async def customer(chats: list[int], numbers: Iterator[int], webhook: Webhook, tally: Tally, until: float) -> None:
    """One at a time: post, and go on when the answer has been sent."""
    steps = dict.fromkeys(chats, 0)
    while True:
        for chat in chats:
            if time.perf_counter() >= until:
                return
            text, expected = STEPS[steps[chat] % len(STEPS)]
            steps[chat] += 1
            answered = asyncio.get_running_loop().create_future()
            tally.waiting[chat] = Waiting(time.perf_counter(), expected, answered)
            if not await webhook.post(update(next(numbers), chat, text)):
                tally.refused += 1
                del tally.waiting[chat]
                continue
            try:
                await asyncio.wait_for(answered, 30)
            except TimeoutError:
                return


async def start_bot(folder: Path, port: int, api_port: int) -> asyncio.subprocess.Process:
    limits = dict.fromkeys(("TELEGRAM_RATE", "TELEGRAM_CHAT_RATE", "TELEGRAM_GROUP_RATE"), "1000000")
    environment = {
        "PATH": os.environ["PATH"],
        "PORT": str(port),
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "TELEGRAM_BOT_TOKEN": TOKEN,
        "TELEGRAM_WEBHOOK_SECRET": SECRET,
        "TELEGRAM_API_BASE": f"http://127.0.0.1:{api_port}",
        "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
        "LOG_LEVEL": "WARNING",
        **limits,
    }
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "run", env=environment, stdout=asyncio.subprocess.PIPE
    )


async def measure(seconds: float, concurrency: int, chats: int, folder: Path) -> None:
    tally = Tally()
    loop = asyncio.get_running_loop()
    api = await loop.create_server(lambda: BotApi(tally), "127.0.0.1", 0)
    api_port = api.sockets[0].getsockname()[1]
    port = api_port + 1
    began = time.perf_counter()
    bot = await start_bot(folder, port, api_port)
    assert bot.stdout is not None
    await bot.stdout.readline()
    ready = time.perf_counter() - began
    process = psutil.Process(bot.pid)
    at_rest = process.memory_info().rss
    try:
        webhooks = [Webhook(*await asyncio.open_connection("127.0.0.1", port)) for _ in range(concurrency)]
        numbers = iter(range(1, 2**31))
        shares = [list(range(1000 + share, 1000 + chats, concurrency)) for share in range(concurrency)]
        cpu = _cpu(process)
        start = time.perf_counter()
        until = start + seconds
        work = (customer(share, numbers, hook, tally, until) for share, hook in zip(shares, webhooks, strict=True))
        await asyncio.gather(*work)
        took = time.perf_counter() - start
        report(tally, took, _cpu(process) - cpu, ready, at_rest, process.memory_info().rss)
    finally:
        bot.terminate()
        await bot.wait()
        api.close()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def report(tally: Tally, took: float, cpu: float, ready: float, at_rest: int, rss: int) -> None:
    handled = len(tally.seconds)
    if handled < 2:
        sys.exit("nothing was handled")
    cuts = statistics.quantiles(tally.seconds, n=100)
    print(f"handled        {handled} messages in {took:.1f} s: {handled / took:.0f} a second")
    print(f"POST to send   p50 {cuts[49] * 1000:.1f} ms, p95 {cuts[94] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms")
    print(f"CPU            {cpu / handled * 1000:.3f} s per 1,000 messages")
    print(f"memory         {at_rest / 2**20:.0f} MiB at rest, {rss / 2**20:.0f} MiB after")
    print(f"start to ready {ready:.2f} s")
    print(f"wrong {tally.wrong}, refused {tally.refused}, lost {len(tally.waiting)}, extra {tally.extra}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.webhook", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--concurrency", type=int, default=32)
    parser.add_argument("--chats", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(measure(options.seconds, options.concurrency, options.chats, Path(folder)))


if __name__ == "__main__":
    main()
