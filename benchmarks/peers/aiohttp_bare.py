"""What HTTP alone costs: aiohttp on uvloop, the webhook in, sendMessage out, nothing checked and nothing kept."""

import asyncio
import json

import aiohttp
import uvloop
from aiohttp import web
from given import ENDPOINT, MENU, PORT, TOKEN


async def main() -> None:
    loop = asyncio.get_running_loop()
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=64))
    url = f"{ENDPOINT}/bot{TOKEN}/sendMessage"
    steps: dict[int, int] = {}
    tasks: set[asyncio.Task[None]] = set()

    async def send(chat: int, text: str) -> None:
        async with session.post(url, json={"chat_id": chat, "text": text}) as answer:
            await answer.read()

    async def webhook(request: web.Request) -> web.Response:
        update = json.loads(await request.read())
        chat = update["message"]["chat"]["id"]
        step = steps.get(chat, 0)
        steps[chat] = (step + 1) % 3
        task = loop.create_task(send(chat, MENU[step]))
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
