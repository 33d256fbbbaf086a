"""The pages on which customers pay, of every payment provider, as the page lists them.

  GET /sim/checkouts   {"checkouts": [Checkout, ..]}, newest first
A Checkout: {"provider", "name", "id", "reference" (the service's), "description", "email", "amount" (for people),
"state" (open, processing, failed, paid, expired, refunded), "url" (empty once closed), "expires_at", "made_at" (ISO)}.

  GET /sim/money       {"links": [Link, ..], "refunds": [Refund, ..]}: all there ever were, as the providers count them
A Link: {"provider", "id", "reference", "charge" (the provider's id of the money; empty: none came), "amount" (in the
currency's own unit)}. A Refund: {"provider", "id", "charge", "amount", "state"}.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

from aiohttp import web

from simulator.model import Json
from simulator.stripe import Stripe
from simulator.stripe_table import ZERO_DECIMAL
from simulator.xendit import Xendit

SHOWN = 100


class Checkouts:
    """`clock` is the world's. Looking changes nothing: a page whose time is over is shown so before its provider
    says so.
    """

    def __init__(self, stripe: Stripe, xendit: Xendit, clock: Callable[[], datetime]) -> None:
        self._stripe = stripe
        self._xendit = xendit
        self._clock = clock

    def routes(self) -> list[web.RouteDef]:
        """The control API's."""
        return [web.get("/sim/checkouts", self._list), web.get("/sim/money", self._money)]

    async def _list(self, request: web.Request) -> web.Response:
        found = [self._of_session(each) for each in self._stripe.sessions.values()]
        found += [self._of_invoice(each) for each in self._xendit.invoices.values()]
        # Of two made at the same moment, the later one stands behind the other and is the newer.
        found.sort(key=lambda each: datetime.fromisoformat(each["made_at"]))
        newest = found[: -SHOWN - 1 : -1]
        return web.json_response({"checkouts": newest}, dumps=lambda body: json.dumps(body, ensure_ascii=False))

    async def _money(self, request: web.Request) -> web.Response:
        stripe, xendit = self._stripe, self._xendit
        links = [
            {
                "provider": "stripe",
                "id": each["id"],
                "reference": each["client_reference_id"] or "",
                "charge": each["payment_intent"] if each["payment_status"] == "paid" else "",
                "amount": each["amount_total"] / unit(each["currency"]),
            }
            for each in stripe.sessions.values()
        ]
        links += [
            {
                "provider": "xendit",
                "id": each["id"],
                "reference": each["external_id"],
                "charge": each["id"] if each["status"] in ("PAID", "SETTLED") else "",
                "amount": each.get("paid_amount", 0),
            }
            for each in xendit.invoices.values()
        ]
        refunds = [
            {
                "provider": "stripe",
                "id": each["id"],
                "charge": each["payment_intent"],
                "amount": each["amount"] / unit(each["currency"]),
                "state": each["status"],
            }
            for each in stripe.refunds.values()
        ]
        refunds += [
            {
                "provider": "xendit",
                "id": each["id"],
                "charge": each["invoice_id"],
                "amount": each["amount"],
                "state": each["status"].lower(),
            }
            for each in xendit.refunds.values()
        ]
        return web.json_response({"links": links, "refunds": refunds})

    def _of_session(self, session: Json) -> Json:
        expires_at = datetime.fromtimestamp(session["expires_at"], UTC)
        intent = self._stripe.intents.get(session["payment_intent"] or "", {})
        refunds = [each for each in self._stripe.refunds.values() if each["payment_intent"] == intent.get("id", "")]
        if session["status"] == "open":
            state = "open" if self._clock() < expires_at else "expired"
        elif session["status"] == "expired":
            state = "expired"
        elif session["payment_status"] != "paid":
            state = "processing" if intent.get("status") == "processing" else "failed"
        else:
            state = "refunded" if any(each["status"] == "succeeded" for each in refunds) else "paid"
        currency = session["currency"]
        return {
            "provider": "stripe",
            "name": "Stripe",
            "id": session["id"],
            "reference": session["client_reference_id"] or "",
            "description": self._stripe.named(session["id"]),
            "email": session["customer_email"] or "",
            "amount": amount(session["amount_total"] / unit(currency), currency),
            "state": state,
            "url": session["url"] if state == "open" else "",
            "expires_at": expires_at.isoformat(),
            "made_at": datetime.fromtimestamp(session["created"], UTC).isoformat(),
        }

    def _of_invoice(self, invoice: Json) -> Json:
        refunds = [each for each in self._xendit.refunds.values() if each["invoice_id"] == invoice["id"]]
        state = {"PENDING": "open", "EXPIRED": "expired"}.get(invoice["status"], "paid")
        if state == "open" and self._clock() >= datetime.fromisoformat(invoice["expiry_date"]):
            state = "expired"
        if any(each["status"] == "SUCCEEDED" for each in refunds):
            state = "refunded"
        return {
            "provider": "xendit",
            "name": "Xendit",
            "id": invoice["id"],
            "reference": invoice["external_id"],
            "description": invoice.get("description", ""),
            "email": invoice.get("payer_email", ""),
            "amount": amount(invoice.get("paid_amount") or invoice["amount"], invoice["currency"]),
            "state": state,
            "url": invoice["invoice_url"] if state == "open" else "",
            "expires_at": invoice["expiry_date"],
            "made_at": invoice["created"],
        }


def unit(currency: str) -> int:
    """How many of what Stripe counts make one of the currency's own unit."""
    return 1 if currency in ZERO_DECIMAL else 100


def amount(major: float, currency: str) -> str:
    """As people write it: `Rp 150.000`, `USD 12.50`."""
    if currency.upper() == "IDR":
        return f"Rp {major:,.0f}".replace(",", ".")
    return f"{currency.upper()} {major:,.2f}"
