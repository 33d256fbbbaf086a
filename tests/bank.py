"""A payment provider for tests: it does what it is told to, and never gives back more than came."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.events import Arrival, PaymentNotice
from domain.money import Money
from domain.payments import Found
from services.failures import Failure, Permanent
from services.payments.base import Link, Returned, Wanted

RUPIAH = {"IDR": (10_000, 100_000_000)}


@dataclass
class Charge:
    id: str
    link: str
    amount: Money
    given_back: int = 0


@dataclass
class BankLink:
    """`charges` are the ids of the money that came by it; the provider shows the first, and further ones as links of
    their own.
    """

    id: str
    wanted: Wanted
    state: str = "open"
    charges: list[str] = field(default_factory=list)


@dataclass
class BankRefund:
    id: str
    charge: str
    amount: Money
    state: str


@dataclass
class Bank:
    """`failures` are what the next calls come to, one each (None: they work). `refunds_are` is how a refund begins.

    What is called twice under one key happens once. Raises AssertionError where more is wanted back than came.
    """

    name: str = "xendit"
    label: str = ""
    limits: Mapping[str, tuple[int, int]] = field(default_factory=lambda: dict(RUPIAH))
    failures: deque[Failure | None] = field(default_factory=deque)
    refunds_are: str = "done"
    links: dict[str, BankLink] = field(default_factory=dict)
    charges: dict[str, Charge] = field(default_factory=dict)
    refunds: dict[str, BankRefund] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    told: int = 0
    before_answering: Callable[[str], Awaitable[None]] | None = None
    """What happens after a call was carried out and before its answer is back."""

    # --- what customers do ---

    def pay(self, reference: str, amount: Money | None = None, *, charge: str = "") -> Charge:
        """Money comes by the link of an attempt, whether it is open or not; the link is paid, if it was not."""
        link = next(each for each in self.links.values() if each.wanted.reference == reference)
        paid = Charge(charge or f"{reference}-charge-{len(self.charges) + 1}", link.id, amount or link.wanted.amount)
        self.charges[paid.id] = paid
        if link.charges:
            link = BankLink(id=f"{link.id}-{len(self.links) + 1}", wanted=link.wanted)
            self.links[link.id] = link
            paid.link = link.id
        link.charges.append(paid.id)
        link.state = "paid"
        return paid

    def notice(self, reference: str, provider_id: str = "", what: str = "paid", event: str = "") -> Arrival:
        """A webhook's event, as it is recorded; a new one unless `event` names it."""
        self.told += 1
        notice = PaymentNotice(provider=self.name, reference=reference, provider_id=provider_id, what=what)
        return Arrival(
            source=self.name,
            external_id=event or f"event-{self.told}",
            conversation=f"payments:{reference}",
            event=notice,
        )

    def notice_of(self, charge: Charge, event: str = "") -> Arrival:
        link = self.links[charge.link]
        return self.notice(link.wanted.reference, link.id, event=event)

    # --- what the service asks ---

    def _next(self, call: str) -> Failure | None:
        self.calls.append(call)
        return self.failures.popleft() if self.failures else None

    async def create_link(self, wanted: Wanted) -> Link | Failure:
        failure = self._next(f"create {wanted.key}")
        if failure is not None:
            return failure
        link = self.links.setdefault(f"{self.name}-{wanted.key}", BankLink(f"{self.name}-{wanted.key}", wanted))
        assert link.wanted == wanted, f"{wanted.key} was another call"
        if self.before_answering is not None:
            await self.before_answering(link.id)
        return Link(link.id, f"https://pay.example/{link.id}")

    async def fetch(self, provider_id: str) -> Found | Failure:
        failure = self._next(f"fetch {provider_id}")
        return failure if failure is not None else self._found(provider_id)

    async def expire(self, provider_id: str) -> Found | Failure:
        failure = self._next(f"expire {provider_id}")
        if failure is not None:
            return failure
        if provider_id in self.links and self.links[provider_id].state == "open":
            self.links[provider_id].state = "closed"
        return self._found(provider_id)

    def _found(self, provider_id: str) -> Found | Failure:
        link = self.links.get(provider_id)
        if link is None:
            return Permanent("404 no such link")
        charge = self.charges[link.charges[0]] if link.charges else None
        amount = charge.amount if charge else link.wanted.amount
        return Found(
            state=link.state, reference=link.wanted.reference, amount=amount, charge=charge.id if charge else ""
        )

    async def refund(self, *, key: str, charge: str, amount: Money, reference: str) -> Returned | Failure:
        failure = self._next(f"refund {key}")
        if failure is not None:
            return failure
        if key not in self.refunds:
            came = self.charges[charge]
            assert amount.currency == came.amount.currency
            if self.refunds_are != "failed":
                came.given_back += amount.amount
            assert came.given_back <= came.amount.amount, f"{charge} is given back twice"
            self.refunds[key] = BankRefund(f"bank-{key}", charge, amount, self.refunds_are)
        return self._returned(self.refunds[key])

    async def fetch_refund(self, provider_id: str) -> Returned | Failure:
        failure = self._next(f"fetch {provider_id}")
        if failure is not None:
            return failure
        return self._returned(next(each for each in self.refunds.values() if each.id == provider_id))

    def _returned(self, refund: BankRefund) -> Returned:
        return Returned(refund.state, refund.id)

    def settle_refund(self, refund: BankRefund, state: str) -> None:
        """A refund that was pending is done or has failed: then the money stays."""
        if refund.state == "pending":
            refund.state = state
            if state == "failed":
                self.charges[refund.charge].given_back -= refund.amount.amount

    def parse_webhook(self, body: bytes, headers: Mapping[str, str], now: datetime) -> list[Arrival]:
        raise NotImplementedError("tests bring the events themselves")
