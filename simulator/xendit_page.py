"""The page on which a customer pays an invoice of Xendit's."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from aiohttp import web

from simulator.page_templates import page_template
from simulator.phones import NotPossible
from simulator.xendit import Xendit
from simulator.xendit_table import WALLETS

JAKARTA = ZoneInfo("Asia/Jakarta")
LONGEST = 4096
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self';"
    " frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class XenditPage:
    """Shows an invoice and does what is pressed."""

    def __init__(self, xendit: Xendit) -> None:
        self._xendit = xendit
        self._template = page_template("xendit.html")

    def routes(self) -> list[web.RouteDef]:
        """The page's routes."""
        return [web.get("/xendit/invoice/{id}", self._show), web.post("/xendit/invoice/{id}", self._press)]

    async def _show(self, request: web.Request) -> web.Response:
        try:
            invoice = self._xendit.seen(request.match_info["id"])
        except NotPossible:
            raise web.HTTPNotFound from None
        html = self._template.render(
            invoice=invoice,
            amount=f"{invoice['amount']:,}".replace(",", "."),
            paid=f"{invoice.get('paid_amount', 0):,}".replace(",", "."),
            until=f"{datetime.fromisoformat(invoice['expiry_date']).astimezone(JAKARTA):%d %b %Y, %H:%M} WIB",
            wallets=(*WALLETS, "QRIS"),
        )
        return web.Response(text=html, content_type="text/html", headers=HEADERS)

    async def _press(self, request: web.Request) -> web.Response:
        # Another site's page must not press the buttons of this one.
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise web.HTTPForbidden
        if (request.content_length or 0) > LONGEST:
            raise web.HTTPRequestEntityTooLarge(LONGEST, request.content_length or 0)
        form = await request.post()
        number = request.match_info["id"]
        try:
            if form.get("do") == "expire":
                if self._xendit.seen(number)["status"] == "PENDING":
                    self._xendit.expire(number)
            else:
                amount = str(form.get("amount") or "")
                if amount and not (amount.isascii() and amount.isdigit() and len(amount) < 13):
                    raise NotPossible("that is no amount")
                self._xendit.pay(number, str(form.get("channel") or "BCA"), int(amount) if amount else None)
        except NotPossible as problem:
            return web.Response(status=409, text=f"{problem}\n", headers=HEADERS)
        raise web.HTTPSeeOther(request.path)
