"""Stripe: its hosted Checkout page, refunds and signed webhooks, by its own SDK over our shared aiohttp session."""

import hmac
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import aiohttp
import msgspec
import stripe
from msgspec import Raw, Struct
from yarl import URL

from domain.events import Arrival, PaymentNotice
from domain.money import EXPONENTS, Money
from domain.payments import Found
from services.failures import Failure, Permanent, Retry, Unknown
from services.http import NoAnswer, NotSent, TooLarge, exchange
from services.payments.base import BadRequest, Forbidden, Link, Returned, Wanted

API = "https://api.stripe.com"
ANSWER = 1 << 20
"""Bytes of an answer that are read at most."""

ROOM = timedelta(minutes=35)
"""A page is open for 30 minutes at least, counted from when Stripe makes it; five more for delays."""

TOLERANCE = 300
"""Seconds that a webhook's stamp may be off, either way."""

SMALLEST = {
    "IDR": 10_000, "JPY": 50, "AUD": 50, "CAD": 50, "CNY": 400, "EUR": 50, "GBP": 30, "HKD": 400, "MYR": 200,
    "NZD": 50, "SGD": 50, "USD": 50,
}  # fmt: skip
"""In our minor unit. Stripe's list of smallest charges; about USD 0.50, with room for the rate, where it has none."""

LARGEST = 99_999_999
LARGEST_IDR = 9_999_999_999
"""Eight digits as Stripe counts; twelve for rupiah, which it counts in hundredths."""

OPTIONAL = frozenset({"expires_at", "customer_email"})
"""What a page can do without: a deadline more than a day ahead (it is then open for Stripe's own day), and an address
that Stripe takes for none (the page asks for it).
"""

ALIPAY = frozenset({"AUD", "CAD", "CNY", "EUR", "GBP", "HKD", "JPY", "MYR", "NZD", "SGD", "USD"})
LANGUAGES = frozenset({"id", "en"})

NOTICES = frozenset(
    {
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "charge.refunded",
        "refund.updated",
        "refund.failed",
    }
)
"""The events that are a reason to ask. The endpoint at Stripe is set up for these."""

_REFUNDS = {"succeeded": "done", "failed": "failed", "canceled": "failed"}
_OVER = frozenset({"requires_payment_method", "canceled"})

Answered = TypeVar("Answered")


class _Intent(Struct):
    """The money of a page: a PaymentIntent."""

    id: str
    status: str
    amount_received: int


class _Session(Struct):
    """A page to pay at: a Checkout Session."""

    id: str
    status: str
    payment_status: str
    amount_total: int
    currency: str
    url: str | None = None
    client_reference_id: str | None = None
    payment_intent: _Intent | str | None = None


class _Refund(Struct):
    id: str
    status: str | None = None
    failure_reason: str | None = None
    metadata: dict[str, str] | None = None


class _Refunds(Struct):
    data: list[_Refund]


class _Event(Struct):
    """`data` has a form of its own for each type."""

    id: str
    type: str
    data: Raw = Raw()


class _Subject(Struct):
    """What an event is about: a session, a charge or a refund."""

    object: str
    id: str = ""
    client_reference_id: str | None = None
    metadata: dict[str, str] | None = None


class _Data(Struct):
    object: _Subject


@dataclass(frozen=True, slots=True)
class _Replayed(Unknown):
    """Stripe has failed, and says so again to every call under that key as long as it remembers it."""


@dataclass(frozen=True, slots=True)
class _Unfit(Permanent):
    """Refused for one parameter, before anything was made, and that one can be left out."""

    param: str


class Stripe:
    """`webhook_secret` empty: no webhook is taken. The session is the caller's."""

    name = "stripe"
    limits: Mapping[str, tuple[int, int]] = {
        currency: (smallest, LARGEST_IDR if currency == "IDR" else LARGEST) for currency, smallest in SMALLEST.items()
    }

    def __init__(
        self, *, secret_key: str, session: aiohttp.ClientSession, webhook_secret: str = "", base_url: str = API
    ) -> None:
        # The SDK's own retries would only hold the effect that already has its own.
        self._api = stripe.StripeClient(
            secret_key,
            base_addresses={"api": base_url.rstrip("/")},
            http_client=_Http(session),
            max_network_retries=0,
        ).v1
        self._secret = webhook_secret.encode()

    async def create_link(self, wanted: Wanted) -> Link | Failure:
        """A page that nobody was given the address of can be paid by nobody: where a key has come to nothing, another
        one is safe here.
        """
        params, key = _page(wanted), wanted.key
        made = await self._create(params, key)
        while isinstance(made, _Unfit) and params.pop(made.param, None):
            key += f"-without-{made.param}"
            made = await self._create(params, key)
        if isinstance(made, _Replayed):
            made = await self._create(params, f"{key}-again")
        if not isinstance(made, _Session):
            return made
        return Link(made.id, made.url) if made.url else Unknown("a page without an address")

    async def fetch(self, provider_id: str) -> Found | Failure:
        asked = self._api.checkout.sessions.retrieve_async(provider_id, {"expand": ["payment_intent"]})
        return _found(await _answer(asked, _Session))

    async def expire(self, provider_id: str) -> Found | Failure:
        """Only an open page can be taken back: where Stripe refuses, what it says of the page then."""
        asked = self._api.checkout.sessions.expire_async(provider_id, {"expand": ["payment_intent"]})
        expired = await _answer(asked, _Session)
        return await self.fetch(provider_id) if isinstance(expired, Permanent) else _found(expired)

    async def refund(self, *, key: str, charge: str, amount: Money, reference: str) -> Returned | Failure:
        """`charge` is a payment intent's id. After a day Stripe has forgotten the key; the refund itself carries it.

        Unlike a page, a refund is never asked for under a second key: money that Stripe failed to give back (and says
        so again for a day) is asked for again when it has forgotten the key, and has no such refund.
        """
        listed = await _answer(self._api.refunds.list_async({"payment_intent": charge, "limit": 100}), _Refunds)
        if not isinstance(listed, _Refunds):
            return listed
        for each in listed.data:
            if (each.metadata or {}).get("refund") == key:
                return _returned(each)
        params: Any = {
            "payment_intent": charge,
            "amount": _counted(amount),
            "reason": "requested_by_customer",
            "metadata": {"refund": key, "reference": reference},
        }
        return _returned(await _answer(self._api.refunds.create_async(params, {"idempotency_key": key}), _Refund))

    async def fetch_refund(self, provider_id: str) -> Returned | Failure:
        return _returned(await _answer(self._api.refunds.retrieve_async(provider_id), _Refund))

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> list[Arrival]:
        """`now` is the time Stripe's stamps are held against. Raises Forbidden, BadRequest."""
        self._verify(body, headers.get("stripe-signature", ""), now)
        try:
            event = msgspec.json.decode(body, type=_Event)
            if event.type not in NOTICES:
                return []
            subject = msgspec.json.decode(event.data, type=_Data).object
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BadRequest("not an event") from None
        reference = (subject.metadata or {}).get("reference") or subject.client_reference_id
        if not reference:
            return []  # not by us: made at Stripe's dashboard, or by another program of the same account
        notice = PaymentNotice(
            provider=self.name,
            reference=reference,
            provider_id=subject.id if subject.object == "checkout.session" else "",
            what=event.type,
        )
        return [
            Arrival(source=self.name, external_id=event.id, conversation=f"payments:{reference}", event=notice),
        ]

    def _verify(self, body: bytes, header: str, now: datetime) -> None:
        if not self._secret:
            raise Forbidden("no secret is set")
        stamp, given = "", []
        for part in header.split(","):
            name, _, value = part.strip().partition("=")
            if name == "t":
                stamp = value
            elif name == "v1":
                given.append(value.encode(errors="surrogatepass"))
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
            raise Forbidden("no stamp")
        right = hmac.digest(self._secret, stamp.encode() + b"." + body, "sha256").hex().encode()
        if not any(hmac.compare_digest(right, each) for each in given):
            raise Forbidden("wrong signature")
        if abs(now.timestamp() - int(stamp)) > TOLERANCE:
            raise Forbidden("the stamp is too old, or of the future")

    async def _create(self, params: Any, key: str) -> _Session | Failure:
        return await _answer(self._api.checkout.sessions.create_async(params, {"idempotency_key": key}), _Session)


class _Http(stripe.HTTPClient):
    """The SDK's seam for another HTTP client: ours tells what has gone out from what has not, and reads whole answers
    (the SDK's own raises whatever aiohttp does where a body is cut off).
    """

    name = "aiohttp"

    def __init__(self, session: aiohttp.ClientSession) -> None:
        super().__init__()
        self._session = session

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """Raises NotSent, NoAnswer, TooLarge, UnicodeDecodeError."""
        answer = await exchange(
            self._session,
            method.upper(),
            URL(url, encoded=True),
            limit=ANSWER,
            headers=headers,
            data=post_data.encode() if post_data else None,
        )
        answer.body.decode()  # the SDK takes it to be text
        return answer.body, answer.status, answer.headers


async def _answer(call: Awaitable[Any], form: type[Answered]) -> Answered | Failure:
    try:
        answer = await call
        return msgspec.convert(answer.to_dict() if isinstance(answer, stripe.StripeObject) else answer, form)
    except NotSent as problem:
        return Retry(str(problem))
    except (NoAnswer, TooLarge) as problem:
        return Unknown(str(problem) or type(problem).__name__)
    except (msgspec.ValidationError, UnicodeDecodeError):
        return Unknown("not what was asked for")
    except stripe.StripeError as problem:
        return _failure(problem)


def _failure(problem: stripe.StripeError) -> Failure:
    status, said, headers = problem.http_status or 0, problem.error, problem.headers or {}
    # Its message may hold what we sent: only its codes are passed on.
    words = (getattr(said, name, None) for name in ("type", "code", "param")) if said else ()
    detail = " ".join([str(status), *(str(word) for word in words if word), problem.request_id or ""]).strip()
    if status == 429 or isinstance(problem, stripe.RateLimitError):
        after = headers.get("Retry-After", "")
        return Retry(detail, float(after) if after.isascii() and after.isdigit() else None)
    if status >= 500 and headers.get("Idempotent-Replayed") == "true":
        return _Replayed(detail)
    # What Stripe did not say in its own form, somebody in between did. 409: the same call is being carried out.
    if said is None or status >= 500 or status == 409:
        return Unknown(detail)
    param = getattr(said, "param", None)
    return _Unfit(detail, param) if param in OPTIONAL else Permanent(detail)


def _page(wanted: Wanted) -> dict[str, Any]:
    """The parameters of a page, computed from what was frozen at the commit alone: under one key they are always the
    same.

    So is `expires_at`, of the customer's deadline: whenever before the deadline this is carried out, or again, the page
    may be open for as long as Stripe wants it to be at least. At the deadline it is taken back by us.
    """
    currency = wanted.amount.currency
    about = {"reference": wanted.reference}
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": currency.lower(),
                    "unit_amount": _counted(wanted.amount),
                    "product_data": {"name": wanted.description},
                },
            }
        ],
        # What is told at once whether it was paid: a voucher or a bank debit may take days.
        "allowed_payment_method_types": ["card", "alipay"] if currency in ALIPAY else ["card"],
        # The price in the chat is the price: no other currency is offered on the page.
        "adaptive_pricing": {"enabled": False},
        "client_reference_id": wanted.reference,
        "metadata": about,
        "payment_intent_data": {"description": wanted.description, "metadata": about},
        "locale": wanted.language if wanted.language in LANGUAGES else "auto",
        "success_url": wanted.return_url,
        "cancel_url": wanted.return_url,
        "expires_at": int((wanted.expires_at + ROOM).timestamp()),
    }
    if wanted.email:
        params["customer_email"] = wanted.email
    return params


def _found(session: _Session | Failure) -> Found | Failure:
    if not isinstance(session, _Session):
        return session
    try:
        amount = _money(session.amount_total, session.currency)
        found = Found(state="closed", reference=session.client_reference_id or "", amount=amount)
        intent = session.payment_intent
        if session.status == "open":
            return msgspec.structs.replace(found, state="open")
        if session.status != "complete" or not isinstance(intent, _Intent):
            return found if session.payment_status != "paid" else Unknown("paid, and no payment is shown")
        if session.payment_status == "paid":
            received = _money(intent.amount_received, session.currency)
            return msgspec.structs.replace(found, state="paid", amount=received, charge=intent.id)
        # Some ways to pay are confirmed later.
        return found if intent.status in _OVER else msgspec.structs.replace(found, state="open")
    except ValueError:
        return Unknown("in a currency that is not ours")


def _returned(refund: _Refund | Failure) -> Returned | Failure:
    if not isinstance(refund, _Refund):
        return refund
    return Returned(_REFUNDS.get(refund.status or "", "pending"), refund.id, refund.failure_reason or "")


def _factor(currency: str) -> int:
    """Stripe counts rupiah in hundredths; the other currencies as we do."""
    return 100 if currency == "IDR" else 1


def _counted(amount: Money) -> int:
    """As Stripe counts it."""
    return amount.amount * _factor(amount.currency)


def _money(counted: int, currency: str) -> Money:
    """As we count it. Raises ValueError for a currency that is not ours. A fraction of our unit is rounded up, so that
    it never looks like what was asked for.
    """
    currency = currency.upper()
    return Money(-(-counted // _factor(currency)) if currency in EXPONENTS else 0, currency)
