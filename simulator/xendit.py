"""Xendit's invoices and refunds, the callbacks they cause, and what a customer does on an invoice's page."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
import secrets
from datetime import datetime, timedelta
from itertools import chain, repeat
from typing import Any

from aiohttp import web

from simulator.faults import Answering, Faults
from simulator.model import Json, read_json
from simulator.phones import NotPossible
from simulator.webhooks import Courier, Lanes
from simulator.world import World
from simulator.xendit_table import (
    BANKS,
    CHANNELS,
    CREATE_INVOICE,
    CREATE_REFUND,
    CURRENCIES,
    INVOICE_NEEDS,
    LIST_INVOICES,
    LIST_REFUNDS,
    REASONS,
    REFUND_NEEDS,
    WALLETS,
    fits,
)

ONE_DAY = 24 * 3600
LEAST = 1000
RETRIES = (15 * 60, 3600, 3 * 3600, 6 * 3600, 12 * 3600, 24 * 3600)
CALLBACK_TIMEOUT = 30.0
USER = "5f0d3a6b1e2c4d0011223344"
MERCHANT = "Sahut"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_ADDRESS = re.compile(r"https?://\S+")


class XenditError(Exception):
    """An answer that refuses."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> web.Response:
        return _json({"error_code": self.code, "message": self.message}, self.status)


class Xendit:
    """The provider. `invoices` and `refunds` are resources by id; what was paid stands in the invoice, as in Xendit's
    answers. While `hold_refunds` is set, a refund stays PENDING until `finish_refund`.
    """

    def __init__(self, world: World, courier: Courier, faults: Faults, answering: Answering) -> None:
        self._world = world
        self._courier = courier
        self._faults = faults
        self._answering = answering
        self.lanes = Lanes(world.running)
        self.base_url = ""
        self.invoices: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.hold_refunds = False
        self._refund_keys: dict[str, tuple[Json, str]] = {}
        self._login = "Basic " + base64.b64encode(f"{world.config.xendit_secret_key}:".encode()).decode()

    def routes(self) -> list[web.RouteDef]:
        """The API's routes."""
        return [
            web.post("/v2/invoices/", self._handler("create", self._create)),
            web.post("/v2/invoices", self._handler("create", self._create)),
            web.get("/v2/invoices", self._handler("list", self._list)),
            web.get("/v2/invoices/{id}", self._handler("fetch", self._fetch)),
            web.post("/invoices/{id}/expire!", self._handler("expire", self._expire)),
            web.post("/refunds", self._handler("refund", self._refund)),
            web.get("/refunds", self._handler("refunds", self._list_refunds)),
            web.get("/refunds/", self._handler("refunds", self._list_refunds)),
            web.get("/refunds/{id}", self._handler("refund_status", self._fetch_refund)),
        ]

    async def stop(self) -> None:
        """Ends deliveries."""
        await self.lanes.stop()

    def reset(self) -> None:
        """No invoice was ever made."""
        self.invoices.clear()
        self.refunds.clear()
        self._refund_keys.clear()

    def kept(self) -> Json:
        """What goes into the file of the world."""
        return {"invoices": self.invoices, "refunds": self.refunds, "keys": self._refund_keys}

    def take_up(self, kept: Json) -> None:
        """What an earlier run has kept."""
        self.invoices, self.refunds = kept["invoices"], kept["refunds"]
        self._refund_keys = {key: (body, refund) for key, (body, refund) in kept["keys"].items()}

    # the service's side

    def _handler(self, method: str, work: Any) -> Any:
        async def handle(request: web.Request) -> web.StreamResponse:
            given = request.headers.get("Authorization", "")
            if not hmac.compare_digest(given.encode(errors="replace"), self._login.encode()):
                return XenditError(401, "INVALID_API_KEY", "API key is not authorized for this API service").response()
            about = await self._about(request)
            return await self._answering.answer(request, "xendit", method, about, lambda: carry_out(request), _refuse)

        async def carry_out(request: web.Request) -> web.StreamResponse:
            try:
                return _json(await work(request))
            except XenditError as error:
                return error.response()

        return handle

    async def _about(self, request: web.Request) -> str | None:
        """The reference that a call is about, so that faults can be for one."""
        try:
            body = read_json(await request.read() or b"{}")
        except ValueError:
            body = {}
        given = {**request.match_info, **request.query, **(body if isinstance(body, dict) else {})}
        refund = self.refunds.get(str(given.get("id")), {})
        invoice = self.invoices.get(str(given.get("invoice_id") or refund.get("invoice_id") or given.get("id")), {})
        reference = given.get("external_id") or invoice.get("external_id")
        return str(reference) if reference else None

    async def _create(self, request: web.Request) -> Json:
        wanted = await _body(request, CREATE_INVOICE, INVOICE_NEEDS)
        currency, amount = wanted.get("currency") or "IDR", wanted["amount"]
        if currency not in CURRENCIES or currency != "IDR":
            raise XenditError(400, "UNSUPPORTED_CURRENCY", f"{currency} is not activated for this account")
        if not wanted["external_id"]:
            raise _invalid("external_id is not allowed to be empty")
        if amount != amount // 1:
            raise _invalid("amount must be a whole number for IDR")
        if amount < LEAST:
            raise XenditError(400, "MINIMAL_TRANSFER_AMOUNT_ERROR", f"amount must be at least {LEAST}")
        if wanted.get("payer_email") is not None and not _EMAIL.fullmatch(wanted["payer_email"]):
            raise XenditError(400, "EMAIL_FORMAT_ERROR", "payer_email is not an e-mail address")
        seconds = wanted.get("invoice_duration") or ONE_DAY
        if seconds < 1:
            raise _invalid("invoice_duration must be at least 1")
        for name in ("success_redirect_url", "failure_redirect_url"):
            if wanted.get(name) is not None and not _ADDRESS.fullmatch(wanted[name]):
                raise _invalid(f"{name} must be a valid uri")
        now = self._world.now()
        number = secrets.token_hex(12)
        taken = ("payer_email", "description", "locale", "success_redirect_url", "failure_redirect_url", "metadata")
        invoice = {
            "id": number,
            "external_id": wanted["external_id"],
            "user_id": USER,
            "status": "PENDING",
            "merchant_name": MERCHANT,
            "merchant_profile_picture_url": f"{self.base_url}/static/none.png",
            "amount": amount,
            "currency": currency,
            "expiry_date": _moment(now + timedelta(seconds=seconds)),
            "invoice_url": f"{self.base_url}/xendit/invoice/{number}",
            "available_banks": [_bank(bank, number, amount) for bank in BANKS],
            "available_retail_outlets": [],
            "available_ewallets": [{"ewallet_type": wallet} for wallet in WALLETS],
            "available_qr_codes": [{"qr_code_type": "QRIS"}],
            "available_direct_debits": [],
            "available_paylaters": [],
            "should_send_email": bool(wanted.get("should_send_email")),
            "created": _moment(now),
            "updated": _moment(now),
            **{name: wanted[name] for name in taken if wanted.get(name) is not None},
        }
        self.invoices[number] = invoice
        self._announce()
        return invoice

    async def _list(self, request: web.Request) -> list[Json]:
        query = request.query
        if set(query) - LIST_INVOICES or not query.get("limit", "10").isdecimal():
            raise _invalid("unknown query")
        found = [self.seen(number) for number in reversed(self.invoices)]
        found = [one for one in found if query.get("external_id", one["external_id"]) == one["external_id"]]
        return found[: int(query.get("limit", "10"))]

    async def _fetch(self, request: web.Request) -> Json:
        return self.seen(self._wanted(request)["id"])

    async def _expire(self, request: web.Request) -> Json:
        invoice = self._wanted(request)
        if self.seen(invoice["id"])["status"] != "PENDING":
            raise XenditError(400, "INVALID_INVOICE_STATUS", "Only a pending invoice can be expired")
        return self.expire(invoice["id"])

    async def _refund(self, request: web.Request) -> Json:
        wanted = await _body(request, CREATE_REFUND, REFUND_NEEDS)
        key = request.headers.get("idempotency-key") or request.headers.get("X-IDEMPOTENCY-KEY", "")
        if key in self._refund_keys:
            before, made = self._refund_keys[key]
            if before != wanted:
                raise XenditError(409, "IDEMPOTENCY_ERROR", "The key was used for another request")
            return self.refunds[made]
        invoice = self.invoices.get(wanted.get("invoice_id") or "")
        if invoice is None:
            raise XenditError(404, "DATA_NOT_FOUND", "Invoice not found")
        self._check_refund(invoice, wanted)
        now = _moment(self._world.now())
        refund: Json = {
            "id": f"rfd-{secrets.token_hex(8)}",
            "payment_id": invoice["payment_id"],
            "invoice_id": invoice["id"],
            "amount": wanted.get("amount") or invoice["paid_amount"],
            "payment_method_type": invoice["payment_method"],
            "channel_code": invoice["payment_channel"],
            "currency": "IDR",
            "status": "PENDING",
            "reason": wanted["reason"],
            "reference_id": wanted.get("reference_id"),
            "failure_code": None,
            "refund_fee_amount": None,
            "created": now,
            "updated": now,
            "metadata": wanted.get("metadata"),
        }
        self.refunds[refund["id"]] = refund
        if key:
            self._refund_keys[key] = (wanted, refund["id"])
        self._announce()
        answer = dict(refund)
        if not self.hold_refunds:
            self.finish_refund(refund["id"])
        return answer

    def _check_refund(self, invoice: Json, wanted: Json) -> None:
        if wanted["reason"] not in REASONS:
            raise _invalid("reason is not one of those there are")
        if self.seen(invoice["id"])["status"] not in ("PAID", "SETTLED"):
            raise XenditError(403, "INELIGIBLE_TRANSACTION", "The transaction is not a successful one")
        if invoice["payment_method"] == "BANK_TRANSFER":
            raise XenditError(400, "REFUND_NOT_SUPPORTED", "The channel does not give back")
        if wanted.get("currency", "IDR") != "IDR":
            raise XenditError(400, "UNSUPPORTED_CURRENCY", "The payment was in IDR")
        amount = wanted.get("amount") or invoice["paid_amount"]
        given = [one for one in self.refunds.values() if one["invoice_id"] == invoice["id"]]
        left = invoice["paid_amount"] - sum(one["amount"] for one in given if one["status"] != "FAILED")
        if not 0 < amount <= left:
            raise XenditError(400, "MAXIMUM_REFUND_AMOUNT_REACHED", f"{left} can be given back")

    async def _list_refunds(self, request: web.Request) -> Json:
        query = request.query
        if set(query) - LIST_REFUNDS or not query.get("limit", "10").isdecimal():
            raise _invalid("unknown query")
        found = [
            one for one in self.refunds.values() if query.get("invoice_id", one["invoice_id"]) == one["invoice_id"]
        ]
        limit = int(query.get("limit", "10"))
        return {"data": found[:limit], "has_more": len(found) > limit}

    async def _fetch_refund(self, request: web.Request) -> Json:
        refund = self.refunds.get(request.match_info["id"])
        if refund is None:
            raise XenditError(404, "DATA_NOT_FOUND", "Refund not found")
        return refund

    def _wanted(self, request: web.Request) -> Json:
        invoice = self.invoices.get(request.match_info["id"])
        if invoice is None:
            raise XenditError(404, "INVOICE_NOT_FOUND_ERROR", "Invoice not found")
        return invoice

    # what people and banks do

    def seen(self, number: str) -> Json:
        """An invoice as it stands at this hour; raises NotPossible."""
        invoice = self._invoice(number)
        if invoice["status"] == "PENDING" and self._world.now() >= datetime.fromisoformat(invoice["expiry_date"]):
            self._move(invoice, "EXPIRED")
        return invoice

    def pay(self, number: str, channel: str = "DANA", amount: int | None = None, *, late: bool = False) -> Json:
        """The customer pays. By interbank transfer another amount can come, and where a transfer was under way, also
        after the time is over (`late`). Raises NotPossible.
        """
        invoice = self.seen(number)
        if channel not in CHANNELS:
            raise NotPossible(f"there is no channel {channel!r}")
        if amount is not None and (amount < 1 or CHANNELS[channel] != "BANK_TRANSFER"):
            raise NotPossible("only a transfer can be of another amount")
        if invoice["status"] != "PENDING" and not (late and invoice["status"] == "EXPIRED"):
            raise NotPossible(f"the invoice is {invoice['status']}")
        invoice.update(
            paid_amount=invoice["amount"] if amount is None else amount,
            paid_at=_moment(self._world.now()),
            payment_method=CHANNELS[channel],
            payment_channel=channel,
            payment_id=f"py-{secrets.token_hex(8)}",
        )
        self._move(invoice, "PAID")
        return invoice

    def expire(self, number: str) -> Json:
        """Its time is over."""
        invoice = self._invoice(number)
        self._move(invoice, "EXPIRED")
        return invoice

    def settle(self, number: str) -> Json:
        """The money has reached the merchant's balance, days after it was paid."""
        invoice = self._invoice(number)
        if invoice["status"] != "PAID":
            raise NotPossible(f"the invoice is {invoice['status']}")
        self._move(invoice, "SETTLED")
        return invoice

    def finish_refund(self, number: str, status: str = "SUCCEEDED", failure: str | None = None) -> None:
        """What became of a refund, which the service is told."""
        refund = self.refunds[number]
        refund.update(status=status, failure_code=failure, updated=_moment(self._world.now()))
        self._announce()
        event = "refund.succeeded" if status == "SUCCEEDED" else "refund.failed"
        told = {"event": event, "business_id": USER, "created": refund["updated"], "data": dict(refund)}
        self._call(refund["invoice_id"], told)

    def redeliver(self, number: str) -> None:
        """The callback of an invoice again."""
        self._call(number, _callback(self._invoice(number)))

    def _invoice(self, number: str) -> Json:
        try:
            return self.invoices[number]
        except KeyError:
            raise NotPossible(f"there is no invoice {number!r}") from None

    def _move(self, invoice: Json, status: str) -> None:
        invoice.update(status=status, updated=_moment(self._world.now()))
        self._announce()
        if status != "SETTLED":
            self._call(invoice["id"], _callback(invoice))

    def _announce(self) -> None:
        self._world.feed.publish("xendit", lambda: {"invoices": len(self.invoices)})

    def _call(self, key: str, told: Json) -> None:
        url = self._world.config.xendit_webhook_url
        if url is None:
            return
        body = json.dumps(told).encode()
        headers = {
            "Content-Type": "application/json",
            "x-callback-token": self._world.config.xendit_callback_token,
            "webhook-id": secrets.token_hex(16),
        }

        async def deliver() -> None:
            config = self._world.config
            more = repeat(RETRIES[-1], max(0, config.payment_retries - len(RETRIES)))
            for pause in chain(RETRIES, more, (None,)):
                if (await self._courier.post(url, body, headers, CALLBACK_TIMEOUT)).good or pause is None:
                    return
                await asyncio.sleep(min(pause, config.longest_pause))

        about = self.invoices.get(key, {}).get("external_id")
        self.lanes.push(key, deliver, self._faults.take("xendit", "webhook", about))


async def _body(request: web.Request, fields: dict[str, str], needed: set[str]) -> Json:
    if request.content_type != "application/json":
        raise XenditError(400, "API_VALIDATION_ERROR", "JSON expected")
    try:
        body = read_json(await request.read())
    except ValueError:
        raise XenditError(400, "INVALID_JSON_FORMAT", "The request body is not valid JSON") from None
    if not isinstance(body, dict):
        raise _invalid("an object is expected")
    for name, value in body.items():
        if name not in fields:
            raise _invalid(f"{name} is not allowed")
        if not fits(fields[name], value):
            raise _invalid(f"{name} is of the wrong type")
    for name in needed:
        if body.get(name) is None:
            raise _invalid(f"{name} is required")
    return body


def _bank(bank: str, number: str, amount: int) -> Json:
    digits = f"{int(number, 16) % 10**10:010}"
    return {
        "bank_code": bank,
        "collection_type": "POOL",
        "account_holder_name": MERCHANT,
        "bank_branch": "Virtual Account",
        "bank_account_number": f"88{BANKS.index(bank)}{digits}",
        "transfer_amount": amount,
    }


def _callback(invoice: Json) -> Json:
    """The callback of an invoice has fields of its own."""
    names = (
        "id", "external_id", "user_id", "status", "merchant_name", "amount", "created", "updated", "currency",
        "payer_email", "description", "paid_amount", "paid_at", "payment_method", "payment_channel", "payment_id",
        "success_redirect_url", "failure_redirect_url",
    )  # fmt: skip
    return {name: invoice[name] for name in names if name in invoice}


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def _invalid(message: str) -> XenditError:
    return XenditError(400, "API_VALIDATION_ERROR", message)


def _json(body: Any, status: int = 200) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), status=status, content_type="application/json")


def _refuse(status: int, retry_after: int) -> web.Response:
    if status == 429:
        answer = XenditError(429, "RATE_LIMIT_EXCEEDED", "Too many requests").response()
        answer.headers["Retry-After"] = str(retry_after)
        return answer
    return XenditError(status, "SERVER_ERROR", "Something unexpected happened").response()
