"""What the tests of the simulator's page share: a stand-in for the service, and where things are on the page."""

import base64
from datetime import datetime
from typing import Any

import aiohttp
from aiohttp import web
from playwright.async_api import Locator, Page

from simulator.server import ContentTemplate, Simulator

BUDI = "whatsapp:+6281234567801"
SARI = "telegram:1001"
LIST_SID = "HX" + "a" * 32
LIST = ContentTemplate(
    types={
        "twilio/list-picker": {
            "body": "Ada yang bisa kami bantu?",
            "button": "Pilih topik",
            "items": [
                {"id": "care.topup", "item": "Top up", "description": "Saldo belum masuk"},
                {"id": "care.loan", "item": "Pinjaman", "description": "Pengajuan dan angsuran"},
            ],
        }
    }
)


class Service:
    """Stands in for the service: takes webhooks and calls the played providers as the real one would."""

    def __init__(self) -> None:
        self.forms: list[dict[str, str]] = []
        self.due: datetime | None = None
        self.sim: Simulator
        self.http: aiohttp.ClientSession

    async def next_due(self) -> datetime | None:
        return self.due

    async def webhook(self, request: web.Request) -> web.Response:
        self.forms.append({name: str(value) for name, value in (await request.post()).items()})
        return web.Response(text="<Response/>", content_type="text/xml")

    async def telegram(self, method: str, **params: Any) -> Any:
        token = self.sim.config.telegram_bots[params.pop("bot", 0)].token
        async with self.http.post(f"{self.sim.url}/bot{token}/{method}", json=params) as answer:
            data = await answer.json()
        assert data["ok"], data
        return data["result"]

    async def whatsapp(self, **form: str) -> None:
        config = self.sim.config
        pair = f"{config.twilio_account_sid}:{config.twilio_auth_token}".encode()
        async with self.http.post(
            f"{self.sim.url}/2010-04-01/Accounts/{config.twilio_account_sid}/Messages.json",
            data={"From": config.whatsapp_from, "To": BUDI, **form},
            headers={"Authorization": f"Basic {base64.b64encode(pair).decode()}"},
        ) as answer:
            assert answer.status == 201, await answer.text()

    async def callback(self) -> Any:
        """The next pressed button, as getUpdates tells it."""
        offset = 0
        while True:
            for update in await self.telegram("getUpdates", offset=offset, timeout=5):
                offset = update["update_id"] + 1
                if "callback_query" in update:
                    return update["callback_query"]


def phone(page: Page, name: str) -> Locator:
    return page.locator("section.device").filter(has=page.get_by_role("heading", level=2, name=name))


def bubble(phone: Locator, text: str) -> Locator:
    return phone.locator(".msg").filter(has_text=text)
