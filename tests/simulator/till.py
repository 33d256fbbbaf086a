"""A seller's account at the played Stripe, by plain HTTP."""

from typing import Any

import aiohttp

from simulator.server import Simulator
from simulator.stripe import Stripe

Json = dict[str, Any]


class Till:
    def __init__(self, sim: Simulator, session: aiohttp.ClientSession) -> None:
        self.sim = sim
        self.session = session
        self.headers = {"Authorization": f"Bearer {sim.config.stripe_secret_key}"}

    @property
    def stripe(self) -> Stripe:
        return self.sim.stripe

    async def post(self, path: str, form: Json, **headers: str) -> tuple[int, Json]:
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        pairs = [(name, str(value)) for name, value in form.items()]
        async with self.session.post(self.sim.url + path, data=pairs, headers={**self.headers, **given}) as response:
            return response.status, await response.json()

    async def get(self, path: str) -> tuple[int, Json]:
        async with self.session.get(self.sim.url + path, headers=self.headers) as response:
            return response.status, await response.json()

    async def made(self, **more: Any) -> Json:
        """A page to pay at."""
        status, made = await self.post("/v1/checkout/sessions", self.form(**more))
        assert status == 200, made
        return made

    async def refused(self, form: Json, path: str = "/v1/checkout/sessions", **headers: str) -> tuple[int, str, str]:
        """HTTP status, code (or else type) and parameter of the refusal."""
        status, body = await self.post(path, form, **headers)
        assert status >= 400, body
        error = body["error"]
        return status, error.get("code", error["type"]), error.get("param", "")

    def form(self, **more: Any) -> Json:
        """Only what is needed; `price` and `currency` are of its one item. None takes a parameter away."""
        price, currency = more.pop("price", 15_000_000), more.pop("currency", "idr")
        form: Json = {
            "mode": "payment",
            "success_url": "https://sahut.example/paid?s={CHECKOUT_SESSION_ID}",
            "line_items[0][quantity]": 1,
            "line_items[0][price_data][currency]": currency,
            "line_items[0][price_data][unit_amount]": price,
            "line_items[0][price_data][product_data][name]": "Python <Andi>",
            "client_reference_id": "pay-1",
            **more,
        }
        return {name: value for name, value in form.items() if value is not None}
