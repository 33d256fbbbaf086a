"""What every payment provider does for us. One file a provider; `registry.py` lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from domain.events import Arrival
from domain.money import Money
from domain.payments import Found
from services.failures import Failure


class Forbidden(Exception):
    """Not signed by the provider, or its secret is not set: nothing of it was read."""


class BadRequest(Exception):
    """Signed, and not of the form the provider sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A link to be made. `reference` is ours and travels with the money; `key` makes the same call one and the same.

    `expires_at` is when the customer's time is over: what a provider cannot express is rounded to later.
    """

    key: str
    reference: str
    amount: Money
    description: str
    email: str
    language: str
    expires_at: datetime
    return_url: str


@dataclass(frozen=True, slots=True)
class Link:
    provider_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Returned:
    """How far a refund has come: `state` is pending, done or failed."""

    state: str
    provider_id: str
    detail: str = ""


class Provider(Protocol):
    """A payment provider. Amounts are converted to what it counts in, and back, inside its file. The text of its button
    is `pay-by-<name>`.
    """

    name: str
    limits: Mapping[str, tuple[int, int]]
    """From and up to which amount of each currency it can be paid, in Money's minor units."""

    async def create_link(self, wanted: Wanted) -> Link | Failure: ...

    async def fetch(self, provider_id: str) -> Found | Failure:
        """What it says of a link and the money that came by it."""

    async def expire(self, provider_id: str) -> Found | Failure:
        """Take the link back; what it says of it then, which may be that it is paid."""

    async def refund(self, *, key: str, charge: str, amount: Money, reference: str) -> Returned | Failure:
        """Give (some of) a charge back. The same key is the same refund, also long after the provider's own memory of
        idempotency keys: an implementation looks first whether it is there.
        """

    async def fetch_refund(self, provider_id: str) -> Returned | Failure: ...

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> list[Arrival]:
        """The events of a webhook, each a PaymentNotice, in the lane `payments:<reference>`; its source is the
        provider's name, its external id the event's. Empty where it is of no interest. Raises Forbidden, BadRequest.
        """
