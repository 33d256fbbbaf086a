"""Machines that can be had: what the catalog offers, as far as a provider is configured and there are some left."""

from domain.server_offer import Region, ServerOffer
from domain.servers import shelf
from domain.stock import free_place
from handlers.flow import Turn
from handlers.server_stock import held_places


def machines(turn: Turn) -> ServerOffer | None:
    """None where machines are not offered at all."""
    offer = turn.catalog.servers
    sold = offer is not None and any(region.provider in turn.places.servers for region in offer.regions)
    return offer if sold else None


def regions_with(turn: Turn, plan: str) -> tuple[Region, ...]:
    """Where there are machines of that plan, sold out or not."""
    offer = machines(turn)
    found = offer.regions_of(plan) if offer else ()
    return tuple(region for region in found if region.provider in turn.places.servers)


async def places_left(turn: Turn, plan: str, region: Region) -> int:
    """How many can still be ordered there."""
    held = await held_places(turn, shelf(plan, region.id))
    return max(region.stock.get(plan, 0) - len(held), 0)


async def free_slot(turn: Turn, plan: str, region: Region) -> int | None:
    """The place that the next machine takes; None where it is sold out."""
    return free_place(await held_places(turn, shelf(plan, region.id)), region.stock.get(plan, 0))


async def is_sold_out(turn: Turn, plan: str) -> bool:
    """In every region."""
    for region in regions_with(turn, plan):
        if await places_left(turn, plan, region):
            return False
    return True
