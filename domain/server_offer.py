"""Machines as the business offers them: plans, regions, operating systems, terms. `catalog.toml` says it, and
`bot/catalog_servers.py` reads it.
"""

from collections.abc import Mapping
from datetime import timedelta

from msgspec import Struct

from domain.localized import Localized
from domain.money import Money


class Plan(Struct, frozen=True, kw_only=True):
    """A size of machine. `cpus` are dedicated; memory and disk in GB, traffic in TB a month. `prices` are for a month
    without tax, one a currency.
    """

    id: str
    name: str
    cpus: int
    memory_gb: int
    disk_gb: int
    traffic_tb: int
    prices: tuple[Money, ...]

    def price(self, currency: str) -> Money | None:
        return next((each for each in self.prices if each.currency == currency), None)


class Image(Struct, frozen=True, kw_only=True):
    """An operating system. `user` is who its owner logs in as."""

    id: str
    name: str
    user: str


class Region(Struct, frozen=True, kw_only=True):
    """A place where machines run. `provider` is one of the configured (`SERVERS`); `location`, and the values of
    `sizes` and `images`, are that provider's words; their keys are our plans and images. `stock` is how many machines
    of a plan there may be at a time.
    """

    id: str
    name: Localized
    provider: str
    location: str
    sizes: Mapping[str, str]
    images: Mapping[str, str]
    stock: Mapping[str, int]


class Term(Struct, frozen=True):
    """For how many months one pays at once, and the hundredths that are taken off for it."""

    months: int
    discount: int


class ServerRules(Struct, frozen=True, kw_only=True):
    """`pay_within`: how long an unpaid order holds its machine. `late_after`: when the customer is told that it takes
    longer, `create_within`: when ops are told that it could not be made. After the expiry a machine runs for `grace`
    more, then stands suspended for `keep`, then is destroyed.
    """

    pay_within: timedelta
    late_after: timedelta
    create_within: timedelta
    grace: timedelta
    keep: timedelta


class ServerOffer(Struct, frozen=True, kw_only=True):
    """All of it, each in the order in which it is shown."""

    plans: tuple[Plan, ...]
    regions: tuple[Region, ...]
    images: tuple[Image, ...]
    terms: tuple[Term, ...]
    rules: ServerRules

    @property
    def currencies(self) -> tuple[str, ...]:
        """Those in which every plan has a price."""
        first = self.plans[0].prices if self.plans else ()
        return tuple(each.currency for each in first if all(plan.price(each.currency) for plan in self.plans))

    def plan(self, plan_id: str) -> Plan | None:
        return next((each for each in self.plans if each.id == plan_id), None)

    def region(self, region_id: str) -> Region | None:
        return next((each for each in self.regions if each.id == region_id), None)

    def image(self, image_id: str) -> Image | None:
        return next((each for each in self.images if each.id == image_id), None)

    def term(self, months: int) -> Term | None:
        return next((each for each in self.terms if each.months == months), None)

    def regions_of(self, plan_id: str) -> tuple[Region, ...]:
        return tuple(each for each in self.regions if plan_id in each.sizes)


def term_price(plan: Plan, term: Term, currency: str) -> Money:
    """What a plan costs for a term, its discount taken off, without tax. Raises LookupError where there is no price in
    that currency.
    """
    month = plan.price(currency)
    if month is None:
        raise LookupError(f"{plan.id} has no price in {currency}")
    return Money(month.amount * term.months, currency).share(100 - term.discount)
