"""What becomes of a machine as time goes by: warned of, expired, suspended, gone. Each is told once, and by day."""

from datetime import time, timedelta

from msgspec.structs import replace

from domain.people import Person
from domain.servers import ServerStatus
from services.failures import Permanent
from tests.chat.lives import (
    customer,
    days_before,
    expires,
    is_destroyed,
    is_suspended,
    mails,
    ops,
    sari,
    switched_off,
    until,
    yard,
)
from tests.chat.machines import Yard
from tests.talk import Scripted

__all__ = ["customer", "ops", "sari", "yard"]

A_DAY = timedelta(days=1)


async def test_a_whole_life(yard: Yard, customer: Scripted) -> None:
    """Every message once, in chat and by mail, though on WhatsApp nobody has written for weeks."""
    for days, said in ((14, "14 hari lagi"), (7, "7 hari lagi"), (3, "3 hari lagi"), (1, "besok"), (0, "hari ini")):
        await until(yard, await days_before(yard, days, time(8, 59)))
        await customer.hears_nothing()
        await yard.later()
        await customer.hears("toko", said, "Perpanjang")
        await customer.hears_nothing()
    assert len(await mails(yard, "habis")) == 5
    await until(yard, await days_before(yard, 0, time(23, 59)))
    await customer.hears_nothing()
    server = await expires(yard)
    assert server.status is ServerStatus.GRACE
    await customer.hears("sudah habis", "masih menyala sampai", "09.00 WIB", "Perpanjang")
    assert yard.singapore.did == []
    await until(yard, await days_before(yard, -4))
    assert yard.singapore.did == [("stop", "m-1")]
    await customer.hears_nothing()
    server = await switched_off(yard)
    assert server.status is ServerStatus.SUSPENDED
    await customer.hears("kami matikan", "Isinya kami simpan sampai", "Perpanjang")
    await yard.later(timedelta(days=7))
    server = await yard.server()
    assert yard.singapore.did[1:] == [("destroy", "m-1")]
    assert server.status is ServerStatus.DESTROYING
    assert server.destroy_at is not None
    await customer.hears_nothing()
    yard.vanishes()
    await yard.later()
    server = await yard.server()
    assert server.status is ServerStatus.TERMINATED
    assert server.due_at is None
    await customer.hears("sudah dihapus")
    for subject in ("sudah habis", "kami matikan", "sudah dihapus"):
        assert len(await mails(yard, subject)) == 1
    await yard.later(timedelta(days=60))
    await customer.hears_nothing()


# --- after we were away ---


async def test_weeks_of_absence_are_one_warning(yard: Yard, customer: Scripted) -> None:
    await until(yard, await days_before(yard, 2, time(12)))
    await customer.hears("toko", "2 hari lagi")
    await customer.hears_nothing()
    await until(yard, await days_before(yard, 1, time(9, 1)))
    await customer.hears("besok")
    assert len(await mails(yard, "habis")) == 2


async def test_who_was_away_when_it_expired_gives_the_whole_grace(yard: Yard, sari: Scripted) -> None:
    await until(yard, await days_before(yard, -20, time(12)))
    await sari.hears("masa sewa server", "sudah habis")
    await sari.hears_nothing()
    assert yard.singapore.did == []
    await until(yard, await days_before(yard, -23, time(11, 59)))
    assert yard.singapore.did == []
    await yard.later()
    assert yard.singapore.did == [("stop", "m-1")]


async def test_a_warning_that_was_missed_waits_for_the_morning(yard: Yard, sari: Scripted) -> None:
    await until(yard, await days_before(yard, 14, time(23)))
    await sari.hears_nothing()
    await until(yard, await days_before(yard, 13, time(8, 59)))
    await sari.hears_nothing()
    await yard.later()
    await sari.hears("13 hari lagi")


async def test_a_restart_in_the_midst_of_a_suspension(yard: Yard, sari: Scripted) -> None:
    await expires(yard)
    await sari.hears("sudah habis")
    await until(yard, await days_before(yard, -4))
    await yard.talk.restart()
    await switched_off(yard)
    await sari.hears("kami matikan")
    await sari.hears_nothing()
    assert yard.singapore.did == [("stop", "m-1")]


# --- whose clock ---


async def test_by_the_customer_s_own_clock(yard: Yard, sari: Scripted) -> None:
    """Two hours east of where they were, where it ends a day later."""
    await moves(sari, "Jayapura")
    for days in (14, 7):
        await until(yard, await days_before(yard, days, time(8, 59), EAST))
        await sari.hears_nothing()
        await yard.later()
        await sari.hears(f"{days} hari lagi")


async def test_who_moves_back_misses_nothing(yard: Yard, sari: Scripted) -> None:
    await moves(sari, "Jayapura")
    await until(yard, await days_before(yard, 14, time(12), EAST))
    await sari.hears("14 hari lagi")
    await moves(sari, "Jakarta")
    await until(yard, await days_before(yard, 7, time(8, 59)))
    await sari.hears_nothing()
    await yard.later()
    await sari.hears("7 hari lagi")


async def test_a_clock_that_was_chosen_elsewhere_counts_too(yard: Yard, sari: Scripted) -> None:
    """Nobody is woken: what was due by the clock before waits until it is due by theirs."""
    person = await yard.talk.service.storage.get(Person, sari.chat)
    assert person
    await yard.talk.service.storage.save(replace(person, zone="Asia/Singapore"))
    server = await yard.server()
    await yard.talk.service.storage.save(replace(server, due_at=await days_before(yard, 14, time(7))))
    await until(yard, await days_before(yard, 14, time(8, 59), "Asia/Singapore"))
    await sari.hears_nothing()
    await yard.later()
    await sari.hears("hari lagi")


EAST = "Asia/Jayapura"


async def moves(person: Scripted, place: str) -> None:
    await person.says("zona waktu")
    await person.hears("Jayapura")
    await person.presses(place)
    await person.hears("menurut zona waktu")


# --- what does not work ---


async def test_a_suspension_that_fails_is_for_ops_and_the_term_waits(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await expires(yard)
    await sari.hears("sudah habis")
    yard.singapore.doing = Permanent("403 not yours")
    await until(yard, await days_before(yard, -4))
    alert = await ops.hears("#1", "403 not yours")
    await yard.later(timedelta(days=30))
    await sari.hears_nothing()
    assert (await yard.server()).status is ServerStatus.GRACE
    yard.singapore.doing = None
    await ops.presses_on(alert, "coba lagi")
    await switched_off(yard)
    await sari.hears("kami matikan")
    assert (await yard.server()).status is ServerStatus.SUSPENDED


async def test_a_destruction_that_fails_is_for_ops(yard: Yard, sari: Scripted, ops: Scripted) -> None:
    await is_suspended(yard)
    await sari.hears("kami matikan")
    yard.singapore.doing = Permanent("403 not yours")
    await yard.later(timedelta(days=7))
    alert = await ops.hears("#1", "403 not yours")
    assert (await yard.server()).destroy_at is not None
    yard.singapore.doing = None
    await ops.presses_on(alert, "coba lagi")
    await yard.talk.quiet()
    yard.vanishes()
    await yard.later()
    await sari.hears("sudah dihapus")
    await sari.hears_nothing()


async def test_its_place_is_free_again(yard: Yard, sari: Scripted) -> None:
    server = await is_destroyed(yard)
    assert server.status is ServerStatus.TERMINATED
    again = await yard.active(sari)
    assert (again.shelf, again.slot) == (server.shelf, server.slot)


async def test_machines_that_are_offered_no_longer_live_on(yard: Yard, sari: Scripted) -> None:
    catalog = yard.talk.simulation.catalog
    yard.talk.simulation.catalog = replace(catalog, servers=None)
    await yard.talk.restart()
    await until(yard, await days_before(yard, -30))
    await sari.hears_nothing()
    assert (await yard.server()).status is ServerStatus.ACTIVE
    assert yard.singapore.did == []
    yard.talk.simulation.catalog = catalog
    await yard.talk.restart()
    await yard.later(A_DAY)
    await sari.hears("sudah habis")
