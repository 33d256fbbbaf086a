"""Stripe's hosted page, on which a customer pays."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web
from jinja2 import Environment, FileSystemLoader

from simulator.model import Json
from simulator.phones import NotPossible
from simulator.stripe import Stripe
from simulator.stripe_table import ZERO_DECIMAL

JAKARTA = ZoneInfo("Asia/Jakarta")
LONGEST = 4096
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class StripePage:
    """Shows a session and does what is pressed."""

    def __init__(self, stripe: Stripe) -> None:
        self._stripe = stripe
        folder = Path(__file__).parent / "templates"
        environment = Environment(loader=FileSystemLoader(folder), autoescape=True, trim_blocks=True)
        self._template = environment.get_template("stripe.html")

    def routes(self) -> list[web.RouteDef]:
        """The page's routes."""
        return [web.get("/c/pay/{id}", self._show), web.post("/c/pay/{id}", self._press)]

    async def _show(self, request: web.Request) -> web.Response:
        return self._answer(self._session(request))

    async def _press(self, request: web.Request) -> web.Response:
        # Another site's page must not press the buttons of this one.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise web.HTTPForbidden
        if (request.content_length or 0) > LONGEST:
            raise web.HTTPRequestEntityTooLarge(LONGEST, request.content_length or 0)
        session = self._session(request)
        form = await request.post()
        do, method = str(form.get("do", "")), str(form.get("method", "card"))
        try:
            if do == "decline":
                self._stripe.decline(session["id"], method)
                return self._answer(session, declined=True)
            if do not in ("pay", "later"):
                raise web.HTTPBadRequest
            self._stripe.pay(session["id"], method, later=do == "later")
        except NotPossible:
            return self._answer(session, status=409)
        raise web.HTTPSeeOther(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))

    def _session(self, request: web.Request) -> Json:
        try:
            return self._stripe.session(request.match_info["id"])
        except NotPossible:
            raise web.HTTPNotFound from None

    def _answer(self, session: Json, *, declined: bool = False, status: int = 200) -> web.Response:
        html = self._template.render(
            session=session,
            language="en" if session["locale"] == "en" else "id",
            name=self._stripe.named(session["id"]),
            price=price(session["amount_total"], session["currency"]),
            until=f"{datetime.fromtimestamp(session['expires_at'], JAKARTA):%d.%m.%Y %H:%M} WIB",
            declined=declined,
        )
        return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


def price(amount: int, currency: str) -> str:
    """An amount as Stripe counts it, for people: `IDR 150,000.00`."""
    digits = 0 if currency in ZERO_DECIMAL else 2
    return f"{currency.upper()} {amount / 10**digits:,.{digits}f}"
