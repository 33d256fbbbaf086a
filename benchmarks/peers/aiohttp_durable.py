"""How far down a durable bot can go: bare aiohttp on uvloop and one SQLite file, synchronous=FULL, one commit for all
that came in a round of the event loop.

The 200 goes out after the commit that holds the update's number (a repeat is dropped), the state and the reply; what
was sent leaves the outbox in a later commit.
"""

import asyncio
import hmac
import json
import sqlite3
from typing import Any

import aiohttp
import uvloop
from aiohttp import web
from given import ENDPOINT, FOLDER, MENU, PORT, SECRET, TOKEN

Update = dict[str, Any]
Reply = tuple[int, str, int]
"""Chat, text, number in the outbox."""


class Store:
    def __init__(self) -> None:
        self._db = sqlite3.connect(f"{FOLDER}/bare.db", isolation_level=None, cached_statements=64)
        self._db.execute("PRAGMA journal_mode = wal")
        self._db.execute("PRAGMA synchronous = full")
        self._db.execute("CREATE TABLE chat (id INTEGER PRIMARY KEY, step INT, data TEXT, last INT)")
        self._db.execute("CREATE TABLE outbox (id INTEGER PRIMARY KEY, chat INT, text TEXT)")
        self._waiting: list[tuple[Update, asyncio.Future[Reply | None]]] = []
        self.sent: list[int] = []

    async def take(self, update: Update) -> Reply | None:
        """The reply, once all of it is durable; None for a repeat."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            # One round more, so that every socket that is ready has been read.
            loop.call_soon(lambda: loop.call_soon(self._commit))
        future: asyncio.Future[Reply | None] = loop.create_future()
        self._waiting.append((update, future))
        return await future

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._db.execute("BEGIN IMMEDIATE")
        replies = [self._turn(update) for update, _ in waiting]
        self._db.executemany("DELETE FROM outbox WHERE id = ?", [(number,) for number in self.sent])
        self.sent.clear()
        self._db.execute("COMMIT")
        for (_, future), reply in zip(waiting, replies, strict=True):
            if not future.done():
                future.set_result(reply)

    def _turn(self, update: Update) -> Reply | None:
        message, number = update["message"], update["update_id"]
        chat, text = message["chat"]["id"], message["text"]
        row = self._db.execute("SELECT step, data, last FROM chat WHERE id = ?", (chat,)).fetchone()
        step, stored, last = row or (0, "{}", 0)
        if number <= last:
            return None
        data = json.loads(stored) | {"last": message["message_id"]}
        if step == 1:
            data["choice"] = text
        self._db.execute(
            "INSERT INTO chat VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
            " SET step = excluded.step, data = excluded.data, last = excluded.last",
            (chat, (step + 1) % 3, json.dumps(data), number),
        )
        reply = MENU[step].format(text)
        self._db.execute("INSERT INTO outbox VALUES (?, ?, ?)", (number, chat, reply))
        return chat, reply, number


async def main() -> None:
    loop = asyncio.get_running_loop()
    store = Store()
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
    url = f"{ENDPOINT}/bot{TOKEN}/sendMessage"
    tasks: set[asyncio.Task[None]] = set()

    async def send(reply: Reply) -> None:
        chat, text, number = reply
        async with session.post(url, json={"chat_id": chat, "text": text}) as answer:
            if (await answer.json())["ok"]:
                store.sent.append(number)

    async def webhook(request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get("X-Telegram-Bot-Api-Secret-Token", ""), SECRET):
            return web.Response(status=403)
        reply = await store.take(json.loads(await request.read()))
        if reply:
            task = loop.create_task(send(reply))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        return web.Response()

    app = web.Application()
    app.router.add_post("/webhook", webhook)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", PORT).start()
    await asyncio.Event().wait()


uvloop.run(main())
