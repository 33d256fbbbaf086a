"""Stripe's hosted page, on which a customer pays; who pays by Alipay is sent on to a page of its own, on which they
authorise the payment or do not, as at Stripe in test mode.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from simulator.model import Json
from simulator.page_templates import page_template
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
        self._template = page_template("stripe.html")

    def routes(self) -> list[web.RouteDef]:
        """The page's routes."""
        return [
            web.get("/c/pay/{id}", self._show),
            web.post("/c/pay/{id}", self._press),
            web.get("/c/pay/{id}/alipay", self._show_alipay),
            web.post("/c/pay/{id}/alipay", self._press_alipay),
        ]

    async def _show(self, request: web.Request) -> web.Response:
        return self._answer(self._session(request))

    async def _press(self, request: web.Request) -> web.Response:
        session, form = await self._pressed(request)
        do, method = form.get("do", ""), form.get("method", "card")
        try:
            if do == "decline":
                self._stripe.decline(session["id"], method)
                return self._answer(session, declined="card")
            if do not in ("pay", "later"):
                raise web.HTTPBadRequest
            if method == "alipay":
                self._stripe.offered(session["id"], method)
                raise web.HTTPSeeOther(f"{request.path}/alipay")
            self._stripe.pay(session["id"], method, later=do == "later")
        except NotPossible:
            return self._answer(session, status=409)
        raise _back_to_the_seller(session)

    async def _show_alipay(self, request: web.Request) -> web.Response:
        session = self._session(request)
        try:
            self._stripe.offered(session["id"], "alipay")
        except NotPossible:
            return self._answer(session, status=409)
        return self._answer(session, at_alipay=True)

    async def _press_alipay(self, request: web.Request) -> web.Response:
        session, form = await self._pressed(request)
        try:
            match form.get("do"):
                case "authorize":
                    self._stripe.pay(session["id"], "alipay")
                case "fail":
                    self._stripe.decline(session["id"], "alipay")
                    return self._answer(session, declined="alipay")
                case _:
                    raise web.HTTPBadRequest
        except NotPossible:
            return self._answer(session, status=409)
        raise _back_to_the_seller(session)

    async def _pressed(self, request: web.Request) -> tuple[Json, dict[str, str]]:
        # Another site's page must not press the buttons of this one.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise web.HTTPForbidden
        if (request.content_length or 0) > LONGEST:
            raise web.HTTPRequestEntityTooLarge(LONGEST, request.content_length or 0)
        session = self._session(request)
        return session, {name: str(value) for name, value in (await request.post()).items()}

    def _session(self, request: web.Request) -> Json:
        try:
            return self._stripe.session(request.match_info["id"])
        except NotPossible:
            raise web.HTTPNotFound from None

    def _answer(self, session: Json, *, declined: str = "", at_alipay: bool = False, status: int = 200) -> web.Response:
        html = self._template.render(
            session=session,
            language="en" if session["locale"] == "en" else "id",
            name=self._stripe.named(session["id"]),
            price=price(session["amount_total"], session["currency"]),
            until=f"{datetime.fromtimestamp(session['expires_at'], JAKARTA):%d.%m.%Y %H:%M} WIB",
            declined=declined,
            at_alipay=at_alipay,
        )
        return web.Response(text=html, status=status, content_type="text/html", headers=HEADERS)


def _back_to_the_seller(session: Json) -> web.HTTPSeeOther:
    return web.HTTPSeeOther(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))


def price(amount: int, currency: str) -> str:
    """An amount as Stripe counts it, for people: `IDR 150,000.00`."""
    digits = 0 if currency in ZERO_DECIMAL else 2
    return f"{currency.upper()} {amount / 10**digits:,.{digits}f}"
