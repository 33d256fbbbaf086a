"""What ops hear of the logs: new errors, those that come more often or come back, silent logs; and never a flood."""

from collections import Counter
from datetime import datetime, timedelta
from time import monotonic
from typing import Any

import pytest
from msgspec.structs import replace

from domain.log_alerts import LogAlerts
from domain.log_lines import Level
from tests.chat.logs import SCAN, SOURCE, Watch, finding, named, watching
from tests.talk import Scripted, Talk

A_MINUTE, AN_HOUR = timedelta(minutes=1), timedelta(hours=1)
REFUSED = "ERROR could not charge card: connection refused by gateway"
OTHER = "ERROR disk is full, nothing can be written any more"


@pytest.fixture
async def watch(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> Watch:
    return await watching(talk, monkeypatch).begun()


# --- new, and going on ---


async def test_a_new_error_is_told_within_its_scan(watch: Watch, ops: Scripted) -> None:
    await watch.finds(REFUSED, 3)
    told = await ops.hears("Error baru", "ERROR · api (tim payments)", REFUSED, "3×", "/var/log/api/api.log")
    labels = [button.text for row in told.buttons for button in row]
    assert labels == ["Saya tangani", "Bisukan 1 jam", "Bisukan 1 hari", "Beres", "Lihat semua"]


async def test_an_error_that_goes_on_is_told_by_its_count_in_the_same_message(watch: Watch, ops: Scripted) -> None:
    await watch.finds(REFUSED, 3)
    first = await ops.hears("Error baru")
    await watch.later()
    await watch.finds(REFUSED, 4)
    told = await ops.hears("Error baru", "7×")
    assert told.id == first.id
    assert told.buttons == first.buttons
    assert len(ops.sees()) == 1


async def test_the_gravest_are_told_first(watch: Watch, ops: Scripted) -> None:
    now = watch.clock.now()
    many = [finding(named(n), 1000, at=now) for n in range(9)]
    await watch.scans(*many, finding("FATAL out of memory", at=now, level=Level.CRITICAL))
    assert "FATAL out of memory" in ops.sees()[0]


async def test_a_restart_tells_nothing_twice(watch: Watch, ops: Scripted) -> None:
    now = watch.clock.now()
    await watch.scans(*(finding(named(n), 10, at=now) for n in range(40)))
    before = ops.sees()
    assert len(before) == 6
    await watch.talk.restart()
    await watch.later(A_MINUTE)
    assert ops.sees() == before
    await watch.scans(*(finding(named(n), 1, at=now) for n in range(40)))
    assert len(ops.sees()) == 6
    assert sum("11×" in each for each in ops.sees()) == 5


async def test_where_no_group_is_set_nothing_breaks(watch: Watch, ops: Scripted) -> None:
    turns = watch.talk.service._turns
    turns._configured = replace(turns._configured, ops="")
    turns.forget_places()
    await watch.finds(REFUSED)
    await ops.hears_nothing()
    assert (await watch.pattern(REFUSED)).count == 1


# --- floods ---


async def test_a_flood_is_five_messages_and_a_digest(watch: Watch, ops: Scripted) -> None:
    now = watch.clock.now()
    await watch.scans(*(finding(named(n), 3333 + (n < 100), at=now) for n in range(300)))
    assert len(ops.sees()) == 6
    assert sum("Error baru" in each for each in ops.sees()) == 5
    digest = await ops.hears("983330 error lain dari 295 pola", "dan 949990 lagi dari 285 pola. Lihat /errors")
    assert digest.text.count("\n🆕") == 10


async def test_many_scans_of_many_sources_stay_within_twenty_a_minute(watch: Watch, ops: Scripted) -> None:
    """Every three seconds another source brings ten new patterns, and more of those before."""
    watch.sources |= {f"s{n}": replace(SOURCE, id=f"s{n}") for n in range(5)}
    for each in watch.sources:
        await watch.scans(source=each)
    await watch.later(A_MINUTE)
    seen = Counter(_versions(ops))
    told: list[tuple[datetime, int]] = []
    for n in range(45):
        await watch.talk.later(timedelta(seconds=3))
        now = watch.clock.now()
        found = [finding(named(k), 5, at=now) for k in range(10 * n + 10)[-30:]]
        await watch.scans(*found, source=f"s{n % 5}")
        versions = Counter(_versions(ops))
        told.append((now, (versions - seen).total()))
        seen = versions
    minutes = [sum(n for at, n in told if begin <= at < begin + A_MINUTE) for begin, _ in told]
    assert max(minutes) <= 20
    assert max(minutes) > 15
    await watch.later(2 * A_MINUTE)
    new = sum("Error baru" in each for each in ops.sees())
    counts = [int(each.text.split(" dari ")[1].split()[0]) for each in _messages(ops) if "error lain dari" in each.text]
    assert new + sum(counts) == 450


def _messages(ops: Scripted) -> list:  # type: ignore[type-arg]  # of the simulator's
    return ops._theirs()


def _versions(ops: Scripted) -> list[tuple[str, str]]:
    return [(each.id, each.text) for each in _messages(ops)]


async def test_a_backlog_is_one_digest(watch: Watch, ops: Scripted) -> None:
    """After hours away the log is read on, in several scans."""
    await watch.later(timedelta(hours=1, minutes=30))
    then = watch.clock.now() - timedelta(minutes=30)
    for part in range(3):
        found = (finding(named(n), 100, at=then) for n in range(part * 20, part * 20 + 40))
        await watch.scans(*found, waiting=1_000_000 * (2 - part))
    await watch.later(A_MINUTE)
    (told,) = ops.sees()
    assert "12000 error lain dari 80 pola" in told
    await watch.later(A_MINUTE)
    assert len(ops.sees()) == 1


async def test_what_was_written_long_ago_is_in_the_digest_alone(watch: Watch, ops: Scripted) -> None:
    await watch.scans(finding(REFUSED, 7, at=watch.clock.now() - timedelta(hours=3)))
    await ops.hears("7 error lain dari 1 pola", REFUSED)
    assert len(ops.sees()) == 1


async def test_the_first_scan_of_a_log_full_of_errors_is_one_digest(watch: Watch, ops: Scripted) -> None:
    watch.sources["web"] = replace(SOURCE, id="web")
    now = watch.clock.now()
    await watch.scans(*(finding(named(n), 2, at=now) for n in range(50)), source="web")
    await watch.later(A_MINUTE)
    (told,) = ops.sees()
    assert "100 error lain dari 50 pola" in told


# --- more often, and again ---


async def test_an_error_that_comes_much_more_often_than_usual_is_told_once(watch: Watch, ops: Scripted) -> None:
    for _ in range(5):
        await watch.finds(REFUSED, 4)
        await watch.later(AN_HOUR)
    ops.ignores()
    await watch.finds(REFUSED, 19)
    await ops.hears("Error baru")
    await watch.finds(REFUSED, 30)
    told = await ops.hears("Error melonjak", "69×", "49× dalam satu jam, biasanya 4×")
    for _ in range(3):
        await watch.later()
        await watch.finds(REFUSED, 30)
    assert (await ops.hears("Error melonjak", "159×")).id == told.id
    await watch.later(AN_HOUR)
    await watch.finds(REFUSED, 90)
    assert sum("melonjak" in each for each in ops.sees()) == 1


async def test_an_acknowledged_error_is_told_of_again_only_where_it_spikes(watch: Watch, ops: Scripted) -> None:
    await watch.finds(REFUSED, 4)
    await ops.hears("Error baru")
    await ops.presses("Saya tangani")
    await ops.hears("Ditangani")
    await watch.later(2 * AN_HOUR)
    await watch.finds(REFUSED, 5)
    await ops.hears_nothing()
    await watch.finds(REFUSED, 95)
    await ops.hears("Error melonjak", "104×")


async def test_a_resolved_error_that_is_back_is_told(watch: Watch, ops: Scripted) -> None:
    await watch.finds(REFUSED, 4)
    old = watch.clock.now()
    await ops.hears("Error baru")
    await watch.later()
    await ops.presses("Beres")
    await ops.hears("Dinyatakan beres")
    await watch.scans(finding(REFUSED, 1, at=old))
    await ops.hears_nothing()
    await watch.later()
    await watch.finds(REFUSED)
    told = await ops.hears("muncul lagi", "6×")
    assert told.buttons


# --- sources ---


async def test_a_log_that_falls_silent_is_told_once_and_so_is_its_return(watch: Watch, ops: Scripted) -> None:
    await watch.later(timedelta(hours=1, minutes=55))
    await watch.scans(read=0)
    await ops.hears_nothing()
    for _ in range(3):
        await watch.later(timedelta(minutes=5))
        await watch.scans(read=0)
    await ops.hears("Log api sepi", "tim payments", "10.00 WIB")
    await ops.hears_nothing()
    await watch.scans(read=10)
    await ops.hears("Log api menulis lagi")
    await watch.later()
    await watch.scans(read=10)
    await ops.hears_nothing()


async def test_a_log_that_was_empty_from_the_beginning_is_silent_too(watch: Watch, ops: Scripted) -> None:
    watch.sources["web"] = replace(SOURCE, id="web")
    for _ in range(5):
        await watch.scans(source="web", read=0)
        await watch.later(AN_HOUR)
    await ops.hears("Log web sepi")
    await ops.hears_nothing()


async def test_a_scan_that_fails_is_told_once_for_each_reason_and_when_it_works_again(
    watch: Watch, ops: Scripted
) -> None:
    denied = (("/var/log/api/api.log", "Permission denied"),)
    for _ in range(3):
        await watch.scans(failed=denied)
        await watch.later()
    await ops.hears("Log api tidak terbaca", "/var/log/api/api.log: Permission denied")
    await ops.hears_nothing()
    await watch.scans(error="no such folder")
    await ops.hears("Log api tidak terbaca", "no such folder")
    for _ in range(3):  # comes and goes
        await watch.scans()
        await watch.later(A_MINUTE)
        await watch.scans(error="no such folder")
    await ops.hears_nothing()
    for _ in range(7):
        await watch.scans()
        await watch.later(A_MINUTE)
    await ops.hears("Log api terbaca lagi")
    await ops.hears_nothing()


# --- hostile lines ---


async def test_a_hostile_line_is_shown_harmless(watch: Watch, ops: Scripted) -> None:
    line = "ERROR <b>x</b> & \x1b[31mred\x1b[0m \u202eevil\u200b \ue000bold @dewi &lt; \x00\x07" + "<&>" * 3000
    await watch.finds(line)
    told = await ops.hears("Error baru", "ERROR <b>x</b> & red")
    assert not set(told.text) & set("\x1b\u202e\u200b\ue000\x00\x07")
    assert "@dewi" not in told.text
    assert "…" in told.text
    assert len(told.text) < 1500
    assert len(ops.sees()) == 1


# --- what cannot be sent, or not so fast ---


class TestSlowGroup:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"telegram_group_rate": 1}

    async def test_customers_are_answered_at_once_and_no_queue_builds_up(
        self, watch: Watch, ops: Scripted, budi: Scripted, sari: Scripted
    ) -> None:
        """The group takes one message a minute; a hundred new errors come every half minute, for half an hour."""
        for scan in range(60):
            now = watch.clock.now()
            await watch.scans(*(finding(named(100 * scan + n), 5, at=now) for n in range(100)), rest=False)
            await watch.talk.later(SCAN)
        for customer in (budi, sari):
            began = monotonic()
            await customer.says("halo")
            await customer.hears("Selamat datang")
            assert monotonic() - began < 3
        queued = await watch.talk.service.storage.outgoing("telegram-ops", now=2e9, after=0, limit=500)
        assert 0 < len(queued) <= 20
        alerts = await watch.talk.service.storage.get(LogAlerts, "ops")
        assert alerts
        assert alerts.waiting.patterns > 5000


async def test_an_alert_that_is_refused_raises_none(watch: Watch, ops: Scripted) -> None:
    turns = watch.talk.service._turns
    right = turns._configured
    turns._configured = replace(right, ops="telegram-ops:-1009999999999")
    turns.forget_places()
    await watch.finds(REFUSED)
    turns._configured = right
    turns.forget_places()
    await ops.hears_nothing()
    await watch.later()
    await watch.finds(REFUSED)
    await ops.hears_nothing()
    await watch.finds(OTHER)
    await ops.hears("Error baru", OTHER)


class TestByWhatsApp:
    @pytest.fixture
    def settings(self) -> dict[str, Any]:
        return {"ops_whatsapp": "+6281234567801"}

    async def test_in_sum_and_once_an_hour(self, watch: Watch, ops: Scripted, budi: Scripted) -> None:
        """By template: who has never written cannot be written to otherwise."""
        assert budi.chat == "whatsapp:+6281234567801"
        await watch.finds(REFUSED, 3)
        await budi.hears("Sahut: 3 error dari 1 pola", "api, ERROR could not charge")
        for n in range(20):
            await watch.later(2 * A_MINUTE)
            await watch.finds(named(n), 5)
        await budi.hears_nothing()
        await watch.later(AN_HOUR / 2)
        await budi.hears("Sahut: 100 error dari 20 pola")
        await watch.later(2 * AN_HOUR)
        await budi.hears_nothing()

    async def test_a_number_that_takes_nothing_raises_no_alert(
        self, watch: Watch, ops: Scripted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bot.wording.Renderer.has_template", lambda *_: False)
        await watch.finds(REFUSED, 3)
        await ops.hears("Error baru")
        await watch.later(2 * AN_HOUR)
        await ops.hears_nothing()
