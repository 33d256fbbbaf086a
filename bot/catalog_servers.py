"""Reads the part of catalog.toml that says which machines are offered."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from pydantic import Field

from bot.catalog_parts import NAME_LIMIT, Line, Table, Words, mistakes_in_id
from domain.money import EXPONENTS, Money
from domain.server_offer import Image, Plan, Region, ServerOffer, ServerRules, Term

PLAN_ID = 20
"""Characters: with a machine's id and a way to pay they fit a button."""
ROWS = 7
"""Plans, regions and images each: with the way back and others they are the ten rows of a WhatsApp list."""


class _Rules(Table):
    pay_within_minutes: float = Field(ge=5)
    late_after_minutes: float = Field(gt=0)
    create_within_minutes: float = Field(gt=0)
    grace_days: float = Field(ge=0)
    keep_days: float = Field(ge=1)


class _Plan(Table):
    name: Line
    cpus: int = Field(ge=1)
    memory_gb: int = Field(ge=1)
    disk_gb: int = Field(ge=1)
    traffic_tb: int = Field(ge=1)
    prices: dict[str, int]


class _Image(Table):
    name: Line
    user: Line = Field(pattern=r"^[a-z][a-z0-9_-]{0,30}$")


class _Region(Table):
    name: Words
    provider: Line
    location: Line
    sizes: dict[str, str]
    images: dict[str, str]
    stock: dict[str, int]


class Offer(Table):
    """The table `servers`. `terms` gives for each number of months the per cent that are taken off."""

    rules: _Rules
    terms: dict[int, int]
    plans: dict[str, _Plan]
    images: dict[str, _Image]
    regions: dict[str, _Region]


def mistakes_in_servers(offer: Offer) -> Iterator[str]:
    """What is well formed and still wrong."""
    for what, table in (("plans", offer.plans), ("images", offer.images), ("regions", offer.regions)):
        if not 1 <= len(table) <= ROWS:
            yield f"servers.{what}: 1 to {ROWS} of them"
        for each in table:
            yield from mistakes_in_id(f"servers.{what}.{each}", each)
    for plan in offer.plans:
        if len(plan) > PLAN_ID:
            yield f"servers.plans.{plan}: an id of more than {PLAN_ID} characters"
    if not 1 <= len(offer.terms) <= ROWS:
        yield f"servers.terms: 1 to {ROWS} of them"
    for months, discount in offer.terms.items():
        if not 1 <= months <= 36 or not 0 <= discount < 100:
            yield f"servers.terms: {months} = {discount} is not months (1 to 36) = per cent taken off (0 to 99)"
    yield from _mistakes_in_names(offer)
    yield from _mistakes_in_prices(offer)
    for region_id, region in offer.regions.items():
        yield from _mistakes_in_region(f"servers.regions.{region_id}", region, offer)
    for plan_id in offer.plans:
        if not any(plan_id in region.sizes for region in offer.regions.values()):
            yield f"servers.plans.{plan_id}: no region has it"


def _mistakes_in_names(offer: Offer) -> Iterator[str]:
    names = {f"plans.{i}": each.name for i, each in offer.plans.items()}
    names |= {f"images.{i}": each.name for i, each in offer.images.items()}
    for region_id, region in offer.regions.items():
        names |= {f"regions.{region_id}.name.{code}": name for code, name in region.name.model_dump().items()}
    for where, name in names.items():
        if len(name) > NAME_LIMIT:
            yield f"servers.{where} is longer than {NAME_LIMIT} characters"


def _mistakes_in_prices(offer: Offer) -> Iterator[str]:
    currencies = [frozenset(plan.prices) for plan in offer.plans.values()]
    if currencies and not frozenset.intersection(*currencies):
        yield "servers.plans: there is no currency in which all of them have a price"
    for plan_id, plan in offer.plans.items():
        for currency, amount in plan.prices.items():
            if currency not in EXPONENTS:
                yield f"servers.plans.{plan_id}.prices: {currency!r} is not one of {', '.join(sorted(EXPONENTS))}"
            if amount <= 0:
                yield f"servers.plans.{plan_id}.prices.{currency} is not more than 0"


def _mistakes_in_region(where: str, region: _Region, offer: Offer) -> Iterator[str]:
    for field, ours, known in (
        ("sizes", region.sizes, offer.plans),
        ("stock", region.stock, offer.plans),
        ("images", region.images, offer.images),
    ):
        for each in ours:
            if each not in known:
                yield f"{where}.{field}: there is no {'image' if field == 'images' else 'plan'} {each!r}"
    if not region.sizes or not region.images:
        yield f"{where}: it needs a size and an image at least"
    if region.sizes.keys() != region.stock.keys():
        yield f"{where}: sizes and stock are of the same plans"
    for plan, count in region.stock.items():
        if not 0 <= count <= 10_000:
            yield f"{where}.stock.{plan}: 0 to 10000"


def servers(offer: Offer) -> ServerOffer:
    """As it was checked."""
    rules = offer.rules
    return ServerOffer(
        plans=tuple(_plan(plan_id, plan) for plan_id, plan in offer.plans.items()),
        images=tuple(Image(id=i, name=each.name, user=each.user) for i, each in offer.images.items()),
        regions=tuple(
            Region(
                id=region_id,
                name=region.name.model_dump(),
                provider=region.provider,
                location=region.location,
                sizes=region.sizes,
                images=region.images,
                stock=region.stock,
            )
            for region_id, region in offer.regions.items()
        ),
        terms=tuple(Term(months, discount) for months, discount in sorted(offer.terms.items())),
        rules=ServerRules(
            pay_within=timedelta(minutes=rules.pay_within_minutes),
            late_after=timedelta(minutes=rules.late_after_minutes),
            create_within=timedelta(minutes=rules.create_within_minutes),
            grace=timedelta(days=rules.grace_days),
            keep=timedelta(days=rules.keep_days),
        ),
    )


def _plan(plan_id: str, plan: _Plan) -> Plan:
    prices: Mapping[str, int] = plan.prices
    return Plan(
        id=plan_id,
        name=plan.name,
        cpus=plan.cpus,
        memory_gb=plan.memory_gb,
        disk_gb=plan.disk_gb,
        traffic_tb=plan.traffic_tb,
        prices=tuple(Money(amount, currency) for currency, amount in prices.items()),
    )
