"""Machines that are sold out, the last one, and a catalog that changes while somebody orders."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.catalog_servers import ROWS
from domain.money import Money
from domain.orders import Order
from domain.server_offer import ServerOffer, Term
from domain.servers import ServerStatus
from tests.chat.serving import (
    Choices,
    ordered,
    refused,
    servers,
    to_the_plans,
    to_the_regions,
    to_the_summary,
)
from tests.talk import Scripted, Talk

LAST = Choices(plan="Large", hostname="besar")
"""Jakarta has one of it."""


@pytest.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    begun = await Talk.begin(tmp_path, payments="sandbox")
    await begun.at_office_hours()
    yield begun
    await begun.end()


def offer_of(talk: Talk) -> ServerOffer:
    offer = talk.service._turns._catalog.servers
    assert offer is not None
    return offer


def offers(talk: Talk, **changed: Any) -> None:
    """The catalog as the business has changed it."""
    talk.service._turns._catalog = replace(talk.simulation.catalog, servers=replace(offer_of(talk), **changed))


def stocked(talk: Talk, region: str, **stock: int) -> None:
    regions = offer_of(talk).regions
    offers(talk, regions=tuple(replace(r, stock={**r.stock, **stock}) if r.id == region else r for r in regions))


# --- the stock ---


async def test_few_that_are_left_are_counted(talk: Talk, customer: Scripted) -> None:
    await to_the_regions(customer, LAST)
    assert "Jakarta: tinggal satu" in customer.sees()[-1].replace("*", "")
    assert "Singapura: tersedia" in customer.sees()[-1].replace("*", "")
    stocked(talk, "jakarta", large=2)
    await customer.says("?")
    await customer.hears("Jakarta", "tinggal 2")


async def test_what_is_sold_out_is_said_before_anything_is_paid(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await ordered(budi, LAST)
    await to_the_plans(sari)
    await sari.presses("Large")
    await sari.hears("Jakarta: habis", "Singapura")
    assert sari.sees()[-1].count("Jakarta") == 1
    await refused(sari, "jakarta", "di Jakarta sudah habis", "ditempatkan di mana")
    stocked(talk, "singapore", large=0)
    await sari.says("kembali")
    await sari.hears("Large", "sedang habis")
    await refused(sari, "large", "Large sedang habis", "Paket mana")
    for region in ("jakarta", "singapore"):
        stocked(talk, region, small=0, medium=0, large=0)
    await sari.says("vps")
    await sari.hears("semua server sedang habis")


async def test_of_two_who_race_for_the_last_one_one_has_it(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await to_the_summary(budi, LAST)
    await to_the_summary(sari, LAST)
    await asyncio.gather(budi.presses("Pesan sekarang"), sari.presses("Pesan sekarang"))
    await talk.quiet()
    (server,) = await servers(talk)
    first, second = (budi, sari) if server.customer == budi.chat else (sari, budi)
    await first.hears("#1", "kami catat")
    await second.hears("Large", "di Jakarta sudah habis")
    await second.hears("ditempatkan di mana", "Singapura")
    assert len(await talk.service.storage.find(Order)) == 1
    await second.presses("Singapura")
    await second.hears("Sudah benar?", "Singapura")
    await second.presses("Pesan sekarang")
    await second.hears("#2", "kami catat")


async def test_ten_who_race_for_four_get_four(talk: Talk) -> None:
    people = [await talk.new_person(f"orang{n}", "telegram") for n in range(10)]
    want = Choices(plan="Medium")
    await asyncio.gather(*(to_the_summary(each, want) for each in people))
    await asyncio.gather(*(each.presses("Pesan sekarang") for each in people))
    await talk.quiet()
    made = await servers(talk)
    assert sorted(server.slot for server in made) == [0, 1, 2, 3]
    assert [server.number for server in made] == [1, 2, 3, 4]
    losers = [each for each in people if each.chat not in {server.customer for server in made}]
    assert len(losers) == 6
    for each in losers:
        await each.hears("di Jakarta sudah habis")


async def test_who_does_not_pay_gives_their_place_back(talk: Talk, budi: Scripted, sari: Scripted) -> None:
    await ordered(budi, LAST)
    await talk.later(timedelta(minutes=61))
    await talk.quiet()
    assert [server.status for server in await servers(talk)] == [ServerStatus.CANCELLED]
    await ordered(sari, LAST, number=2)
    assert (await servers(talk))[-1].slot == 0


async def test_a_provider_that_is_not_configured_sells_nothing(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    talk = await Talk.begin(tmp_path_factory.mktemp("one"), payments="sandbox", servers="libcloud")
    await talk.at_office_hours()
    sari = talk.person("sari")
    await to_the_plans(sari)
    assert "Small" not in sari.sees()[-1]
    await sari.presses("Medium")
    await sari.hears("ditempatkan di mana", "Singapura")
    assert "Jakarta" not in sari.sees()[-1]
    await talk.end()


async def test_no_list_has_more_than_whatsapp_s_ten_rows(talk: Talk, budi: Scripted) -> None:
    """With as many of everything as a catalog may have."""
    offer, seven = offer_of(talk), range(ROWS)
    plans = tuple(replace(offer.plans[0], id=f"plan{n}", name=f"Paket {n}") for n in seven)
    images = tuple(replace(offer.images[0], id=f"image{n}", name=f"Sistem {n}") for n in seven)
    everything = {
        "sizes": {plan.id: "2-15" for plan in plans},
        "stock": {plan.id: 9 for plan in plans},
        "images": {image.id: "9000" for image in images},
    }
    regions = (replace(offer.regions[0], id=f"r{n}", name={"id": f"Kota {n}"}, **everything) for n in seven)
    terms = tuple(Term(months, 0) for months in (1, 2, 3, 6, 12, 24, 36))
    offers(talk, plans=plans, images=images, regions=tuple(regions), terms=terms)
    await to_the_summary(budi, Choices(plan="Paket 6", region="Kota 6", image="Sistem 6", term="36 bulan"))
    lists = [said for said in budi.sees() if "Balas dengan angkanya" in said]
    assert len(lists) > 7
    for said in lists:
        assert "\n11. " not in said


# --- the catalog changes under way ---


async def test_a_plan_that_is_gone_is_asked_for_again(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    offers(talk, plans=offer_of(talk).plans[1:])
    await customer.presses("Pesan sekarang")
    await customer.hears("paket itu tidak ada lagi")
    await customer.hears("Paket mana", "Medium")
    await customer.presses("Medium")
    await customer.hears("Sudah benar?", "Medium", "Jakarta")


async def test_a_price_that_changed_is_shown_before_it_is_ordered(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    small, *others = offer_of(talk).plans
    offers(talk, plans=(replace(small, prices=(Money(130_000, "IDR"), *small.prices[1:])), *others))
    await customer.presses("Pesan sekarang")
    await customer.hears("baru saja berubah")
    await customer.hears("Sudah benar?", "Rp 144.300")
    await customer.presses("Pesan sekarang")
    await customer.hears("#1", "Rp 144.300")


async def test_a_region_an_image_and_a_term_that_are_gone_are_asked_for_again(talk: Talk, customer: Scripted) -> None:
    want = Choices(plan="Medium", image="Debian", term="3 bulan")
    await to_the_summary(customer, want)
    offer = offer_of(talk)
    offers(talk, terms=offer.terms[:1], images=offer.images[:1], regions=offer.regions[1:])
    await customer.presses("Pesan sekarang")
    await customer.hears("tidak tersedia di jakarta")
    await customer.hears("ditempatkan di mana")
    await customer.presses("Singapura")
    await customer.hears("debian tidak tersedia")
    await customer.hears("Sistem operasi")
    await customer.presses("Ubuntu")
    await customer.hears("berapa lama")
    await customer.presses("1 bulan")
    await customer.hears("Sudah benar?")


async def test_machines_that_are_no_longer_offered_are_told(talk: Talk, customer: Scripted) -> None:
    await to_the_summary(customer)
    talk.service._turns._catalog = replace(talk.simulation.catalog, servers=None)
    await customer.presses("Pesan sekarang")
    await customer.hears("server belum tersedia")
    assert await servers(talk) == []
