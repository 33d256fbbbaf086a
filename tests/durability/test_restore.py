"""A backup of a service at work, put back after more has happened: it goes on where the backup was taken."""

from pathlib import Path

import pytest

from tests.bot.programs import program
from tests.durability.stage import staged
from tests.durability.world import Someone


async def is_taken(person: Someone) -> None:
    """Until all that the person said was answered 200."""

    def taken() -> bool:
        seen = person.world.seen.get(person.chat, {})
        return all(each in seen and seen[each]["status"] == "delivered" for each in person.said)

    await person.world.until(taken, lambda: f"not all that {person.name} said was taken")


@pytest.mark.slow
async def test_a_restored_service_goes_on_where_its_live_backup_was_taken(tmp_path: Path) -> None:
    async def command(*words: str) -> tuple[int, str]:
        async with program("bot", *words, folder=tmp_path, env=stage.starter.environment) as running:
            code, _, err = await running.end()
            return code, err

    async with staged(tmp_path, roles=("web", "worker")) as stage:
        web, worker = stage.running
        budi, sari = await stage.person("Budi S", "whatsapp"), await stage.person("Sari S", "telegram")
        await budi.asks("halo", "Selamat datang")
        assert await worker.stop() == 0
        await budi.says("lupa pin")
        await is_taken(budi)
        assert await command("backup", "live.db") == (0, "")
        await sari.says("saldo saya belum masuk")
        await is_taken(sari)
        await worker.start()
        await budi.hears("Login")
        await sari.hears("Isi Saldo")
        code, why = await command("restore", "live.db")
        assert (code, why) == (1, f"Stop Sahut first: 2 of Sahut's processes run on {tmp_path / 'sahut.db'}.\n")
        assert [await web.stop(), await worker.stop()] == [0, 0]
        assert await command("restore", "live.db") == (0, "")
        for each in (web, worker):
            await each.start()
        await budi.hears("Login")
        await budi.asks("qwrtzp xkcd", "belum paham")
        ledger = await stage.close()
    told = [(send["chat"], send["message"]["text"].splitlines()[0].casefold()) for send in ledger.sends]
    # What was answered before the backup is not answered again; what waited in it is; what came after it is gone.
    counts = [
        sum(chat == person.chat and words in text for chat, text in told)
        for person, words in ((budi, "selamat datang"), (budi, "login"), (sari, "isi saldo"))
    ]
    assert counts == [1, 2, 1], told
