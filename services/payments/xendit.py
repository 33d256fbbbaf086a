"""Xendit: invoices by its HTTP API (its SDK is synchronous and counts money in floats).

An invoice is paid once, so its id is also the id of the money. Neither invoices nor, for ever, refunds are made unique
by Xendit: before one is made, it is looked for by our reference.
"""

import hmac
import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import aiohttp

from domain.events import Arrival, PaymentNotice
from domain.money import Money
from domain.payments import Found
from services.failures import Failure, Permanent, Retry, Unknown
from services.http import Answer, NoAnswer, NotSent, TooLarge, basic, exchange
from services.payments.base import BadRequest, Forbidden, Link, Returned, Wanted

LARGEST = 1024 * 1024
SECONDS = 15.0
"""For one call. Looking, making and looking again must be over before anybody else takes up the same effect."""
SHORTEST = 60
"""Seconds that an invoice is open at least."""
SAME_TIME = timedelta(minutes=15)
"""An invoice's end is counted in seconds from when Xendit heard of it, on its clock: it may differ from ours."""
LONGEST_NAME = 100
_STATES = {"PENDING": "open", "PAID": "paid", "SETTLED": "paid", "EXPIRED": "closed"}
_REFUNDS = {"SUCCEEDED": "done", "PENDING": "pending", "FAILED": "failed", "CANCELLED": "failed"}
_LOOKED_AT_FIRST = {"paid": 0, "open": 1, "closed": 2}
_ODD = Unknown("an answer that is not Xendit's")

Json = dict[str, Any]


class Xendit:
    """`token` empty: the webhook is closed. Rupiah alone, in whole ones."""

    name = "xendit"
    limits: Mapping[str, tuple[int, int]] = {"IDR": (10_000, 50_000_000_000)}

    def __init__(
        self, session: aiohttp.ClientSession, *, key: str, token: str, base_url: str, now: Callable[[], datetime]
    ) -> None:
        self._session = session
        self._headers = {"Authorization": basic(key, "")}
        self._token = token.encode()
        self._base_url = base_url
        self._now = now

    # --- invoices ---

    async def create_link(self, wanted: Wanted) -> Link | Failure:
        there = await self._link_for(wanted)
        if there is not None:
            return there
        # The time is counted from when Xendit hears of it; nothing is wrong with it being counted anew for each try.
        seconds = int((wanted.expires_at - self._now()).total_seconds())
        if seconds <= 0:
            return Permanent("its time is over")
        invoice: Json = {
            "external_id": wanted.reference,
            "amount": wanted.amount.amount,
            "currency": wanted.amount.currency,
            "description": wanted.description,
            "invoice_duration": max(seconds, SHORTEST),
            "locale": "en" if wanted.language == "en" else "id",
            "should_send_email": False,
            "success_redirect_url": wanted.return_url,
            "failure_redirect_url": wanted.return_url,
        }
        if wanted.email:
            invoice["payer_email"] = wanted.email
        made = await self._ask("POST", "/v2/invoices/", invoice)
        if isinstance(made, Unknown):
            return await self._link_for(wanted) or made
        return made if isinstance(made, Failure) else _link(made)

    async def _link_for(self, wanted: Wanted) -> Link | Failure | None:
        """The link that was made by an earlier try; None: there is none."""
        listed = await self._ask("GET", f"/v2/invoices?external_id={quote(wanted.reference, safe='')}")
        if isinstance(listed, Failure):
            return listed
        if not isinstance(listed, list):
            return _ODD
        ours = [each for each in listed if isinstance(each, dict) and _is_for(each, wanted)]
        ours.sort(key=lambda each: _LOOKED_AT_FIRST.get(_STATES.get(str(each.get("status")), ""), 9))
        return _link(ours[0]) if ours else None

    async def fetch(self, provider_id: str) -> Found | Failure:
        answer = await self._ask("GET", f"/v2/invoices/{quote(provider_id, safe='')}")
        return answer if isinstance(answer, Failure) else _found(answer)

    async def expire(self, provider_id: str) -> Found | Failure:
        answer = await self._ask("POST", f"/invoices/{quote(provider_id, safe='')}/expire!", {})
        if isinstance(answer, Permanent):
            return await self.fetch(provider_id)  # one that is paid or over cannot expire: then it says so
        return answer if isinstance(answer, Failure) else _found(answer)

    # --- refunds ---

    async def refund(self, *, key: str, charge: str, amount: Money, reference: str) -> Returned | Failure:
        there = await self._refund_of(charge, key)
        if there is not None:
            return there
        wanted = {
            "invoice_id": charge,
            "reference_id": key,
            "amount": amount.amount,
            "currency": amount.currency,
            "reason": "CANCELLATION",
            "metadata": {"payment": reference},
        }
        # Xendit's SDKs send the first name, its older documents say the second.
        keys = {"idempotency-key": key, "X-IDEMPOTENCY-KEY": key}
        made = await self._ask("POST", "/refunds", wanted, keys)
        if isinstance(made, Unknown):
            return await self._refund_of(charge, key) or made
        return made if isinstance(made, Failure) else _returned(made)

    async def _refund_of(self, charge: str, key: str) -> Returned | Failure | None:
        listed = await self._ask("GET", f"/refunds?invoice_id={quote(charge, safe='')}")
        if isinstance(listed, Failure):
            return listed
        rows = listed.get("data") if isinstance(listed, dict) else None
        if not isinstance(rows, list):
            return _ODD
        ours = [each for each in rows if isinstance(each, dict) and each.get("reference_id") == key]
        return _returned(ours[0]) if ours else None

    async def fetch_refund(self, provider_id: str) -> Returned | Failure:
        answer = await self._ask("GET", f"/refunds/{quote(provider_id, safe='')}")
        return answer if isinstance(answer, Failure) else _returned(answer)

    # --- the webhook ---

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> list[Arrival]:
        given = headers.get("x-callback-token", "").encode(errors="replace")
        if not self._token or not hmac.compare_digest(given, self._token):
            raise Forbidden
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            raise BadRequest from None
        if not isinstance(told, dict):
            raise BadRequest
        data = told.get("data")
        if isinstance(data, dict):
            return _of_refund(told.get("event"), data)
        return _of_invoice(told)

    # --- calls ---

    async def _ask(
        self, method: str, path: str, body: Json | None = None, headers: Mapping[str, str] | None = None
    ) -> Any | Failure:
        """The answer's JSON. What only looks fails with Retry where it fails for now: nothing can have been done."""
        arguments: Json = {"headers": {**self._headers, **(headers or {})}}
        if body is not None:
            arguments["json"] = body
        try:
            answer = await exchange(
                self._session, method, self._base_url + path, seconds=SECONDS, limit=LARGEST, **arguments
            )
            result = _result(answer)
        except NotSent as problem:
            return Retry(f"not sent: {problem}")
        except (NoAnswer, TooLarge) as problem:
            result = Unknown(f"no answer: {problem}")
        if method == "GET" and isinstance(result, Unknown):
            return Retry(result.detail)
        return result


def _result(answer: Answer) -> Any | Failure:
    try:
        body = json.loads(answer.body)
    except (ValueError, RecursionError):
        body = None
    if answer.status == 429:
        return Retry("429", _seconds(answer.headers.get("Retry-After", "")))
    if answer.status >= 500 or answer.status in (408, 409):
        return Unknown(str(answer.status))
    if 400 <= answer.status < 500 and isinstance(body, dict):
        return Permanent(f"{answer.status} {body.get('error_code', '')}".strip())
    return body if 200 <= answer.status < 300 and isinstance(body, dict | list) else _ODD


def _seconds(given: str) -> float | None:
    return float(given) if given.isascii() and given.isdigit() and len(given) < 6 else None


def _is_for(invoice: Json, wanted: Wanted) -> bool:
    """An account may hold invoices of another installation, or of a database that was thrown away, with the same
    reference: those ask for something else, or until some other time.
    """
    try:
        until = datetime.fromisoformat(str(invoice.get("expiry_date")))
    except ValueError:
        return False
    if until.tzinfo is None or abs(until - wanted.expires_at) > SAME_TIME:
        return False
    return invoice.get("external_id") == wanted.reference and invoice.get("amount") == wanted.amount.amount


def _link(invoice: Any) -> Link | Failure:
    if not isinstance(invoice, dict) or not (_name(invoice.get("id")) and isinstance(invoice.get("invoice_url"), str)):
        return _ODD
    return Link(invoice["id"], invoice["invoice_url"])


def _found(invoice: Any) -> Found | Failure:
    if not isinstance(invoice, dict) or not (_name(invoice.get("id")) and _name(invoice.get("external_id"))):
        return _ODD
    state = _STATES.get(str(invoice.get("status")))
    paid = state == "paid"
    # An account number takes what it is sent: what was paid need not be what was asked.
    came = invoice.get("paid_amount") if paid else None
    amount = _money(came if came is not None else invoice.get("amount"), invoice.get("currency") or "IDR")
    if state is None or amount is None:
        return _ODD
    charge = invoice["id"] if paid else ""
    return Found(state=state, reference=invoice["external_id"], amount=amount, charge=charge)


def _returned(refund: Any) -> Returned | Failure:
    if not isinstance(refund, dict) or not _name(refund.get("id")):
        return _ODD
    state = _REFUNDS.get(str(refund.get("status")))
    return Returned(state, refund["id"], str(refund.get("failure_code") or "")) if state else _ODD


def _money(amount: Any, currency: Any) -> Money | None:
    """Whole ones: Xendit writes 150000 or 150000.0."""
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount != amount // 1:
        return None
    return Money(int(amount), currency) if currency == "IDR" else None


def _name(value: Any) -> bool:
    """Whether it can be an id."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST_NAME and value.isprintable()


def _of_invoice(told: Json) -> list[Arrival]:
    reference, invoice, status = told.get("external_id"), told.get("id"), told.get("status")
    if not (_name(reference) and _name(invoice) and _name(status)):
        return []
    payment = told.get("payment_id")
    return [_arrival(reference, f"{payment if _name(payment) else invoice}/{status}", invoice, status)]


def _of_refund(event: Any, data: Json) -> list[Arrival]:
    """A refund's webhook carries its data twice over, one in the other, or once."""
    inner = data.get("data")
    refund = inner if isinstance(inner, dict) else data
    metadata = refund.get("metadata")
    reference = metadata.get("payment") if isinstance(metadata, dict) else None
    if not (_name(event) and str(event).startswith("refund.") and _name(reference) and _name(refund.get("id"))):
        return []
    invoice = refund.get("invoice_id")
    return [_arrival(reference, f"{refund['id']}/{event}", invoice if _name(invoice) else "", event)]


def _arrival(reference: Any, unique: str, invoice: Any, what: Any) -> Arrival:
    event = PaymentNotice(provider=Xendit.name, reference=reference, provider_id=invoice, what=what)
    return Arrival(source=Xendit.name, external_id=unique, conversation=f"payments:{reference}", event=event)
